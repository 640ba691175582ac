//! Somebody else is at the roles while a run is at work on them.

use super::{Run, for_each};
use crate::support::{Call, Change, FOREIGN_POLICY, Fault, World};

const ROUTE: &str = "tc-base-route-dev";

/// A teardown of one role whose `DeleteRole`, the seventh call, is held.
fn held(world: &World) -> std::process::Child {
    world.proxy().hold(7);
    let run = ["delete", "-s", "dev", "-c", "route", "--format", "json"];
    let process = world.tcperm().args(run).command().spawn().unwrap();
    world.proxy().wait_until_held();
    let last = world.proxy().calls().pop().unwrap();
    assert_eq!(last.to_string(), format!("DeleteRole {ROUTE}"));
    process
}

fn created() -> World {
    let world = Run::Update.world();
    world.proxy().clear();
    world
}

#[test]
fn a_policy_that_appears_during_a_teardown_is_deleted_as_well() {
    let world = created();
    let process = held(&world);
    world.change(ROUTE, Change::PutInline("late", FOREIGN_POLICY));
    world.proxy().release();
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(world.role_names(), ["tc-base-function-dev"]);
}

#[test]
fn what_a_teardown_wrote_before_it_met_another_writer_counts_as_written() {
    let world = created();
    world.proxy().fail("DeleteRolePolicy", 2, Fault::AccessDenied);
    let process = held(&world);
    world.change(ROUTE, Change::PutInline("late", FOREIGN_POLICY));
    world.proxy().release();
    let output = process.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(5),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_role_that_another_teardown_took_meanwhile_is_deleted_all_the_same() {
    let world = created();
    let process = held(&world);
    world.change(ROUTE, Change::PutInline("late", FOREIGN_POLICY));
    world.proxy().hold(8);
    world.proxy().release();
    world.proxy().wait_until_held();
    world.change(ROUTE, Change::DeleteInline("late"));
    world.proxy().moto().call("DeleteRole", &[("RoleName", ROUTE)]);
    world.proxy().release();
    let output = process.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["steps"][0]["status"], "done");
}

/// A create that is held at each of its calls in turn, while another topology comes or goes:
/// the shared policy is the union in the end, whoever writes last.
#[test]
fn whatever_happens_between_two_calls_of_a_create_the_role_ends_right() {
    let prepared = |is_there: bool| {
        let world = World::aws();
        world.topology("plain", "name: plain\nfunctions:\n  f: {}\n");
        world.topology(
            "calls",
            "name: calls\nfunctions:\n  f: { function: g }\n  g: {}\n",
        );
        let dashes = "name: dashes\nhyphenated_names: true\nfunctions:\n  f: { function: g }\n  g: {}\n";
        world.topology("dashes", dashes);
        if is_there {
            world.run("create -s dev -d plain").exits(0);
        }
        world.forget();
        world
    };
    let create = ["create", "-s", "dev", "-d", "calls"];
    for is_there in [false, true] {
        let dry = prepared(is_there);
        dry.tcperm().args(create).run().exits(0);
        let calls: Vec<usize> = (1..=dry.traces().len()).collect();
        for_each(&calls, |nth| {
            let world = prepared(is_there);
            world.proxy().hold(*nth);
            let process = world.tcperm().args(create).command().spawn().unwrap();
            world.proxy().wait_until_held();
            world.run("create -s dev -d dashes").exits(0);
            if is_there {
                world.run("delete -s dev --namespace plain").exits(0);
            }
            world.proxy().release();
            let output = process.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "call {nth}: {said}");
            let role = world.role("tc-base-function-dev");
            let policy = role.inline["tc-base-function-dev"].to_string();
            for sid in ["\"InvokeFunction\"", "\"InvokeFunctionHyphen\""] {
                assert!(policy.contains(sid), "call {nth}: no {sid} in {policy}");
            }
            let served = role.tags.keys().filter(|key| key.starts_with("tcperm:ns:"));
            let served: Vec<&String> = served.collect();
            assert_eq!(served, ["tcperm:ns:calls", "tcperm:ns:dashes"], "call {nth}");
            for topology in ["calls", "dashes"] {
                world.forget();
                world.run(&format!("create -s dev -d {topology}")).exits(0);
                assert_eq!(world.writes(), Vec::<String>::new(), "call {nth}, {topology}");
            }
        });
    }
}

/// The last topology leaves while another one joins, and one of the two is held at each of its
/// calls in turn: the newcomer's role stands in the end, with all that it needs.
#[test]
fn a_newcomer_keeps_its_role_whatever_the_last_to_leave_does_meanwhile() {
    for policies in ["", "queues:\n  q: { function: f }\n"] {
        let prepared = || {
            let world = World::aws();
            world.topology("last", "name: last\nfunctions:\n  f: {}\n");
            let newcomer = format!("name: newcomer\nfunctions:\n  f: {{}}\n{policies}");
            world.topology("newcomer", &newcomer);
            world.run("create -s dev -d last").exits(0);
            world.forget();
            world
        };
        let runs = ["delete -s dev --namespace last", "create -s dev -d newcomer"];
        for (slow, quick) in [(0, 1), (1, 0)] {
            let arguments = || runs[slow].split(' ');
            let dry = prepared();
            dry.tcperm().args(arguments()).run().exits(0);
            let calls: Vec<usize> = (1..=dry.traces().len()).collect();
            for_each(&calls, |nth| {
                let world = prepared();
                world.proxy().hold(*nth);
                let process = world.tcperm().args(arguments()).command().spawn().unwrap();
                world.proxy().wait_until_held();
                world.run(runs[quick]).exits(0);
                world.proxy().release();
                let output = process.wait_with_output().unwrap();
                let said = String::from_utf8_lossy(&output.stderr);
                let held = format!("`{}` held at call {nth}", runs[slow]);
                assert_eq!(output.status.code(), Some(0), "{held}: {said}");
                assert_eq!(world.roles(), world.rendered("newcomer", "dev"), "{held}: {said}");
            });
        }
    }
}

/// A plan that is applied and held behind its first write, while another topology comes.
#[test]
fn an_applied_plan_that_meets_another_run_ends_as_stale_and_a_new_one_finishes() {
    let prepared = || {
        let world = World::aws();
        world.topology(
            "calls",
            "name: calls\nfunctions:\n  f: { function: g }\n  g: {}\n",
        );
        let dashes = "name: dashes\nhyphenated_names: true\nfunctions:\n  f: { function: g }\n  g: {}\n";
        world.topology("dashes", dashes);
        world.run("plan -s dev -d calls --out plan.json").exits(0);
        world.forget();
        world
    };
    let apply = ["apply", "plan.json", "--format", "json"];
    let dry = prepared();
    dry.tcperm().args(apply).run().exits(0);
    let creates = |call: &Call| call.action == "CreateRole";
    let calls = dry.proxy().calls();
    let first_write = calls.iter().position(creates).unwrap() + 1;
    assert!(first_write < calls.len());
    for nth in first_write + 1..=calls.len() {
        let world = prepared();
        world.proxy().hold(nth);
        let process = world.tcperm().args(apply).command().spawn().unwrap();
        world.proxy().wait_until_held();
        world.run("create -s dev -d dashes").exits(0);
        world.proxy().release();
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(5), "call {nth}: {said}");
        assert!(said.contains("make a new plan"), "call {nth}: {said}");
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["steps"][0]["status"], "stale", "call {nth}");
        world.run(&apply.join(" ")).exits(1);
        world.run("plan -s dev -d calls --out plan.json").exits(0);
        world.run(&apply.join(" ")).exits(0);
        let policy = world.role("tc-base-function-dev").inline["tc-base-function-dev"].to_string();
        for sid in ["\"InvokeFunction\"", "\"InvokeFunctionHyphen\""] {
            assert!(policy.contains(sid), "call {nth}: no {sid} in {policy}");
        }
    }
}

#[test]
fn a_foreign_role_that_appears_in_the_way_is_left_and_said() {
    let create = || "create -s dev -d shop -c route".split(' ');
    let dry = Run::FirstCreate.world();
    dry.tcperm().args(create()).run().exits(0);
    let calls = dry.proxy().calls();
    let creates = |call: &Call| call.action == "CreateRole";
    let nth = calls.iter().position(creates).unwrap() + 1;
    let world = Run::FirstCreate.world();
    world.proxy().hold(nth);
    let process = world.tcperm().args(create()).command().spawn().unwrap();
    world.proxy().wait_until_held();
    world.make_role(ROUTE, &[]);
    let theirs = world.role(ROUTE);
    world.proxy().release();
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("does not carry tcperm's tags"), "{said}");
    assert_eq!(world.role(ROUTE), theirs);
}
