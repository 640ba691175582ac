//! `prune`: sandboxes that are past their time, or that serve no topology any more.

use serde_json::{Value, json};

use super::{CALLS, ORDERS, steps};
use crate::support::{Change, World, example};

on_both_accounts!(
    what_is_past_its_time_goes_and_nothing_else,
    a_sandbox_that_one_role_prolongs_stays,
    a_dry_run_shows_what_would_go_and_writes_nothing,
    nobody_to_ask_means_no,
    an_orphan_is_one_whose_topologies_are_all_gone,
    without_a_topology_nothing_is_an_orphan,
    a_protected_sandbox_is_never_pruned,
    what_others_put_on_the_roles_goes_with_them_and_their_roles_stay,
    roles_of_functions_of_their_own_go_too,
    a_young_sandbox_is_not_too_old,
);

fn create(world: &World, sandbox: &str, topology: &str) {
    world.run(&format!("create -s {sandbox} -d {topology}")).exits(0);
}

/// Lets a sandbox outlive what its roles say.
fn let_pass(world: &World, sandbox: &str) {
    let end = format!("-{sandbox}");
    for role in world.role_names().iter().filter(|role| role.ends_with(&end)) {
        world.change(role, Change::Tag("tcperm:ttl", "2024-02-29"));
    }
}

/// The sandboxes in a document, with what they are there for.
#[track_caller]
fn reasons(document: &Value) -> Vec<String> {
    let sandboxes = document["sandboxes"].as_array().unwrap().iter();
    sandboxes
        .map(|one| {
            let reasons = one["reasons"].as_array().unwrap().iter();
            let reasons: Vec<&str> = reasons.map(|why| why.as_str().unwrap()).collect();
            format!("{}: {}", one["sandbox"].as_str().unwrap(), reasons.join("; "))
        })
        .collect()
}

fn what_is_past_its_time_goes_and_nothing_else(world: &World) {
    for sandbox in ["old", "ahead", "endless"] {
        create(world, sandbox, &example("orders"));
    }
    let_pass(world, "old");
    world
        .run(&format!("create -s ahead -d {} --ttl 7d", example("orders")))
        .exits(0);
    let mut rest = world.roles();
    rest.retain(|name, _| !name.ends_with("-old"));
    let pruned = world.json("prune --yes").exits(0).json();
    assert_eq!(reasons(&pruned), ["old: was meant to live until 2024-02-29"]);
    let expected = ORDERS.map(|role| format!("{} delete done", role.replace("-dev", "-old")));
    assert_eq!(steps(&pruned["sandboxes"][0]), expected);
    assert_eq!(pruned["unchanged"], 2);
    assert_eq!(world.roles(), rest);
    world.forget();
    let again = world.json("prune --yes").exits(0).json();
    assert_eq!(again["sandboxes"], json!([]));
    assert_eq!(world.writes(), Vec::<String>::new());
}

fn a_sandbox_that_one_role_prolongs_stays(world: &World) {
    create(world, "dev", &example("orders"));
    let_pass(world, "dev");
    world.change(ORDERS[2], Change::Tag("tcperm:ttl", "2424-02-29"));
    let before = world.roles();
    world.run("prune --yes").exits(0);
    world.change(ORDERS[2], Change::Tag("tcperm:ttl", "next week"));
    let kept = world.json("prune --yes").exits(0);
    let why = "has `next week` as its tag `tcperm:ttl`, which is no day and no moment";
    assert_eq!(kept.json()["kept"], json!([{"sandbox": "dev", "reason": why}]));
    assert!(
        kept.stderr.contains("kept: the sandbox `dev` has `next week`"),
        "{kept}"
    );
    assert_eq!(world.role_names(), before.into_keys().collect::<Vec<_>>());
}

fn a_dry_run_shows_what_would_go_and_writes_nothing(world: &World) {
    create(world, "dev", &example("orders"));
    let_pass(world, "dev");
    world.forget();
    let shown = world.run("prune --dry-run").exits(0);
    let row = "dev      4      was meant to live until 2024-02-29\n";
    assert!(shown.stdout.ends_with(row), "{shown}");
    assert!(shown.stderr.contains("plan: 4 to delete in 1 sandbox"), "{shown}");
    let shown = world.json("prune --dry-run").exits(0).json();
    assert_eq!(
        steps(&shown["sandboxes"][0]),
        ORDERS.map(|role| format!("{role} delete"))
    );
    assert_eq!(world.writes(), Vec::<String>::new());
}

fn nobody_to_ask_means_no(world: &World) {
    create(world, "dev", &example("orders"));
    world.run("prune").exits(0);
    let_pass(world, "dev");
    let before = world.roles();
    let refused = world.json("prune").exits(1);
    assert!(refused.stderr.contains("there is nobody to ask"), "{refused}");
    assert!(refused.stderr.contains("dev      4      was meant"), "{refused}");
    assert_eq!(refused.json()["not_begun"], 1);
    let refused = world.run("prune").exits(1);
    assert!(
        !refused.to_string().contains("to finish"),
        "nothing was begun: {refused}"
    );
    assert_eq!(world.roles(), before);
}

fn an_orphan_is_one_whose_topologies_are_all_gone(world: &World) {
    world.topology("all/calls", CALLS);
    let billing = world.topology("all/deep/billing", "name: billing\nfunctions:\n  f: {}\n");
    for (sandbox, topologies) in [
        ("both", &["all/calls", "all/deep/billing"][..]),
        ("one", &["all/calls"]),
        ("gone", &["all/deep/billing"]),
    ] {
        for topology in topologies {
            create(world, sandbox, topology);
        }
    }
    let none = world.json("prune --orphans -d all --dry-run").exits(0).json();
    assert_eq!(reasons(&none), Vec::<String>::new());
    world.tcperm().remove(&format!("{billing}/topology.yml"));
    let pruned = world.json("prune --orphans -d all --yes").exits(0).json();
    assert_eq!(reasons(&pruned), ["gone: its topology `billing` is not found"]);
    assert_eq!(
        world.role_names(),
        ["tc-base-function-both", "tc-base-function-one"]
    );
    world.change("tc-base-function-one", Change::Untag("tcperm:ns:calls"));
    world.change("tc-base-function-one", Change::Tag("tcperm:others", "logs.write"));
    let kept = world.json("prune --orphans -d all --yes").exits(0).json();
    let why = "serves topologies that its tags do not name";
    assert_eq!(kept["kept"], json!([{"sandbox": "one", "reason": why}]));
}

fn without_a_topology_nothing_is_an_orphan(world: &World) {
    create(world, "dev", &example("orders"));
    let before = world.roles();
    world.tcperm().write("empty/README", "");
    world.topology("broken", "name: [orders]\n");
    world.topology("some/right", CALLS);
    world.topology("some/wrong", "name: orders\nfunctions:\n  f: [\n");
    world.forget();
    for directory in ["empty", "nowhere", "broken", "some"] {
        let refused = world
            .run(&format!("prune --orphans --yes -d {directory}"))
            .exits(1);
        assert!(refused.stderr.contains("error"), "{refused}");
    }
    assert_eq!(world.roles(), before);
    assert_eq!(world.writes(), Vec::<String>::new());
}

fn a_protected_sandbox_is_never_pruned(world: &World) {
    world.topology("calls", CALLS);
    let lifted = world.env("TC_FORCE_DEPLOY", "1").env("TC_FORCE_DELETE", "1");
    create(&lifted, "stable", &example("orders"));
    let_pass(world, "stable");
    let before = world.roles();
    for run in ["prune --yes", "prune --yes --orphans -d calls --older-than 1h"] {
        let pruned = lifted.json(run).exits(0);
        assert_eq!(pruned.json()["protected"], json!(["stable"]));
        assert!(pruned.stderr.contains("never pruned"), "{pruned}");
    }
    assert_eq!(world.roles(), before);
}

fn what_others_put_on_the_roles_goes_with_them_and_their_roles_stay(world: &World) {
    create(world, "dev", &example("orders"));
    let_pass(world, "dev");
    for role in ORDERS {
        world.change(role, Change::Attach("administrator"));
        world.change(role, Change::Profile(&format!("machines-of-{role}")));
    }
    world.make_role(
        "tc-base-mutation-dev",
        &[("sandbox", "dev"), ("tcperm:ttl", "2024-02-29")],
    );
    world.make_role("tc-base-function-theirs", &[("tcperm:ttl", "2024-02-29")]);
    let pruned = world.run("prune --yes").exits(0);
    assert!(
        pruned.stderr.contains("left alone: `tc-base-mutation-dev`"),
        "{pruned}"
    );
    assert!(
        pruned.stderr.contains("4 deleted · 1 left alone in 1 sandbox"),
        "{pruned}"
    );
    assert_eq!(
        world.role_names(),
        ["tc-base-function-theirs", "tc-base-mutation-dev"]
    );
}

fn roles_of_functions_of_their_own_go_too(world: &World) {
    let own =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    world.tcperm().write("infra/shop/roles/f.json", own);
    world.tcperm().write("infra/shop/roles/g.json", own);
    world.topology("shop", "name: shop\nfunctions:\n  f: {}\n  g: {}\n");
    world.run("create -s dev -d shop --infra-dir infra").exits(0);
    let own = ["tc-shop-f-dev", "tc-shop-g-dev"];
    assert_eq!(world.role_names(), own);
    let_pass(world, "dev");
    world.forget_description(own[1]);
    world.run("prune --yes").exits(0);
    assert_eq!(world.role_names(), Vec::<String>::new());
    world.run("create -s dev -d shop --infra-dir infra").exits(0);
    let_pass(world, "dev");
    // What has lost its description says that the sandbox is to live on.
    world.forget_description(own[1]);
    world.change(own[1], Change::Tag("tcperm:ttl", "2424-02-29"));
    world.run("prune --yes").exits(0);
    assert_eq!(world.role_names(), own);
}

fn a_young_sandbox_is_not_too_old(world: &World) {
    create(world, "dev", &example("orders"));
    let pruned = world.json("prune --older-than 1h --yes").exits(0).json();
    assert_eq!(
        (&pruned["sandboxes"], &pruned["unchanged"]),
        (&json!([]), &json!(1))
    );
    assert_eq!(world.role_names().len(), 4);
}

#[test]
fn a_sandbox_is_as_old_as_its_youngest_role() {
    let world = World::embedded();
    for sandbox in ["old", "mixed"] {
        create(&world, sandbox, &example("orders"));
    }
    for role in world
        .role_names()
        .iter()
        .filter(|role| *role != "tc-base-route-mixed")
    {
        world.age(role, 15);
    }
    let none = world.json("prune --older-than 16d --yes").exits(0).json();
    assert_eq!(none["unchanged"], 2);
    let pruned = world.json("prune --older-than 2w --yes").exits(0).json();
    assert_eq!(pruned["sandboxes"][0]["sandbox"], "old");
    assert_eq!(pruned["sandboxes"].as_array().unwrap().len(), 1);
    assert!(reasons(&pruned)[0].starts_with("old: nothing was created in it since 20"));
}

/// One listing, and one read a role; before a sandbox goes, four more a role.
#[test]
fn a_thousand_roles_are_looked_at_with_one_call_each() {
    let world = World::embedded();
    for topology in ["orders", "graphql"] {
        create(&world, "s000", &example(topology));
    }
    assert_eq!(world.role_names().len(), 5);
    let copies: Vec<String> = (1..200).map(|number| format!("s{number:03}")).collect();
    world.copy_sandbox("s000", &copies);
    let calls = |run: &str| world.json(run).exits(0).json()["calls"].as_u64().unwrap();
    assert_eq!(calls("prune --yes"), 1 + 1000);
    let_pass(&world, "s007");
    assert_eq!(calls("prune --dry-run"), 1 + 1000 + 4 * 5);
    let policies: usize = world
        .roles()
        .iter()
        .filter(|(name, _)| name.ends_with("-s007"))
        .map(|(_, role)| role.inline.len())
        .sum();
    assert_eq!(calls("prune --yes"), 1 + 1000 + 4 * 5 + policies as u64 + 5);
    assert_eq!(world.role_names().len(), 995);
}

/// What happens between the listing and the deletion, and when calls fail.
#[cfg(feature = "aws")]
mod meeting {
    use super::*;
    use crate::support::Fault;

    const PRUNE: [&str; 4] = ["prune", "--yes", "--format", "json"];

    /// A world in which these sandboxes of two roles are past their time.
    fn past(sandboxes: &[&str]) -> World {
        let world = World::aws();
        for sandbox in sandboxes {
            create(&world, sandbox, &example("hello"));
            let_pass(&world, sandbox);
        }
        world.proxy().clear();
        world
    }

    /// The document of a run that is held at a call, while something happens to the role of that call.
    fn meanwhile(world: &World, nth: usize, happens: impl Fn(&str)) -> (Option<i32>, Value) {
        world.proxy().hold(nth);
        let process = world.tcperm().args(PRUNE).command().spawn().unwrap();
        world.proxy().wait_until_held();
        let held = world.proxy().calls()[nth - 1].to_string();
        happens(held.split_once(' ').unwrap().1);
        world.proxy().release();
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let document = serde_json::from_slice(&output.stdout);
        (
            output.status.code(),
            document.unwrap_or_else(|_| panic!("{said}")),
        )
    }

    /// The calls before a sandbox of two roles is looked at again: the listing, and both roles.
    const LISTED: usize = 3;

    #[test]
    fn a_sandbox_that_is_prolonged_after_it_was_listed_stays() {
        let world = past(&["dev"]);
        let prolong = |role: &str| world.change(role, Change::Tag("tcperm:ttl", "2424-02-29"));
        let (code, document) = meanwhile(&world, LISTED + 1, prolong);
        assert_eq!((code, world.role_names().len()), (Some(0), 2));
        let kept = json!([{"sandbox": "dev", "reason": "was changed after it was listed"}]);
        assert_eq!(document["kept"], kept);
        assert_eq!(world.writes(), Vec::<String>::new());
    }

    #[test]
    fn a_sandbox_to_which_somebody_deploys_after_it_was_listed_stays() {
        let world = past(&["dev"]);
        let join = |role: &str| world.change(role, Change::Tag("tcperm:ns:other", "logs.write"));
        let (code, _) = meanwhile(&world, LISTED + 1, join);
        assert_eq!((code, world.role_names().len()), (Some(0), 2));
    }

    #[test]
    fn what_another_teardown_took_meanwhile_is_no_hindrance() {
        let world = past(&["dev"]);
        let (code, _) = meanwhile(&world, LISTED + 1, |_| drop(world.run("delete -s dev").exits(0)));
        assert_eq!((code, world.role_names().len()), (Some(0), 0));
    }

    #[test]
    fn a_role_that_changes_while_its_sandbox_goes_is_left_and_said() {
        let world = past(&["dev"]);
        let mut calls = world.proxy().calls().len();
        assert_eq!(calls, 0);
        // The last call of all deletes a role: a dry run on a copy tells which it is.
        let dry = past(&["dev"]);
        dry.tcperm().args(PRUNE).run().exits(0);
        calls += dry.proxy().calls().len();
        let revive = |role: &str| {
            world.change(role, Change::PutInline("late", crate::support::FOREIGN_POLICY));
            world.change(role, Change::Tag("tcperm:ttl", "2424-02-29"));
        };
        let (code, document) = meanwhile(&world, calls, revive);
        assert_eq!(code, Some(5), "{document:#}");
        assert_eq!(world.role_names().len(), 1);
        let text = document.to_string();
        assert!(text.contains("was changed after it was listed"), "{text}");
    }

    #[test]
    fn a_sandbox_that_fails_does_not_stop_the_others_and_the_next_run_finishes() {
        for call in ["DeleteRolePolicy", "DeleteRole", "ListInstanceProfilesForRole"] {
            let world = past(&["a", "b", "c"]);
            world.proxy().fail(call, 1, Fault::AccessDenied);
            let failed = world.run("prune --yes").exits(5);
            assert!(failed.stderr.contains("run it again to finish"), "{failed}");
            let left = world.role_names();
            assert!(
                !left.is_empty() && left.iter().all(|role| role.ends_with("-a")),
                "{left:?}"
            );
            world.proxy().clear();
            world.run("prune --yes").exits(0);
            assert_eq!(world.role_names(), Vec::<String>::new(), "{call}");
        }
    }

    #[test]
    fn where_the_credentials_end_the_other_sandboxes_are_not_begun() {
        let world = past(&["a", "b", "c"]);
        world.proxy().fail_always("ListRolePolicies", Fault::ExpiredToken);
        let failed = world.json("prune --yes").exits(1).json();
        assert_eq!(failed["not_begun"], 2);
    }

    #[cfg(unix)]
    #[test]
    fn an_interrupted_run_says_what_was_done_and_the_next_one_finishes() {
        let world = past(&["a", "b"]);
        // The listing and four roles, then four reads for each of the two roles of the first sandbox.
        world.proxy().hold(1 + 4 + 8 + 1);
        let process = world.tcperm().args(["prune", "--yes"]).command().spawn().unwrap();
        world.proxy().wait_until_held();
        crate::support::interrupt(&process);
        world.proxy().release();
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{said}");
        assert!(said.contains("1 sandbox not begun"), "{said}");
        let left = world.role_names();
        assert_eq!(
            left.iter().filter(|role| role.ends_with("-b")).count(),
            2,
            "{left:?}"
        );
        world.proxy().clear();
        world.run("prune --yes").exits(0);
        assert_eq!(world.role_names(), Vec::<String>::new());
    }

    #[test]
    fn one_listing_serves_all_sandboxes_and_a_few_calls_run_at_once() {
        let world = past(&["a", "b", "c", "d"]);
        world.run("prune --yes").exits(0);
        let calls = world.traces();
        let listings = calls.iter().filter(|call| call.starts_with("ListRoles"));
        assert_eq!(listings.count(), 1);
        let most = world.proxy().most_at_once();
        assert!((2..=10).contains(&most), "{most} at once");
    }
}
