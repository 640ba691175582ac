//! `plan --all` and `create --all`: how many calls they make, what they refuse, and how they end.

use serde_json::Value;

use crate::support::{World, example};

const PLAN_ALL: &str = "plan --all --infra-dir infra";
const CREATE_ALL: &str = "create --all --infra-dir infra";

/// A set with a template for each kind of base role, the one of functions with this action.
fn templates(world: &World, action: &str) {
    for kind in ["event", "mutation", "route", "state"] {
        template(world, kind, "logs:CreateLogStream");
    }
    template(world, "function", action);
}

fn template(world: &World, kind: &str, action: &str) {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Logs","Effect":"Allow","Action":"{action}","Resource":"arn:{{{{partition}}}}:logs:{{{{region}}}}:{{{{account}}}}:log-group:{{{{sandbox}}}}*"}}]}}"#
    );
    world
        .tcperm()
        .write(&format!("infra/base/roles/{kind}.json"), &text);
}

/// A sandbox with a base role of each of the five kinds.
fn create(world: &World, sandbox: &str) {
    for topology in ["orders", "graphql"] {
        let directory = example(topology);
        let run = format!("create -s {sandbox} -d {directory} --infra-dir infra");
        world.run(&run).exits(0);
    }
}

/// The calls of a run, and how many sandboxes it left as they are.
#[track_caller]
fn counted(world: &World, run: &str) -> (u64, u64, usize) {
    let document = world.json(run).exits(0).json();
    let touched = document["sandboxes"].as_array().unwrap().len();
    let number = |key: &str| document[key].as_u64().unwrap();
    (number("calls"), number("unchanged"), touched)
}

/// One listing, and four reads a role. A role that changes is written with two calls, its tags and
/// its policy, and its tags are read after each.
#[test]
fn a_thousand_roles_are_planned_and_converged_with_the_calls_that_the_guide_states() {
    let world = World::embedded();
    templates(&world, "logs:PutLogEvents");
    create(&world, "s000");
    assert_eq!(world.role_names().len(), 5);
    let copies: Vec<String> = (1..200).map(|number| format!("s{number:03}")).collect();
    world.copy_sandbox("s000", &copies);
    let reads = 1 + 4 * 5 * 200;
    assert_eq!(counted(&world, PLAN_ALL), (reads, 200, 0));
    templates(&world, "logs:DeleteLogStream");
    assert_eq!(counted(&world, CREATE_ALL), (reads + 4 * 200, 0, 200));
    world.forget();
    assert_eq!(counted(&world, CREATE_ALL), (reads, 200, 0));
    assert_eq!(world.writes(), Vec::<String>::new());
    let narrow = format!("{PLAN_ALL} -c route");
    assert_eq!(counted(&world, &narrow), (1 + 4 * 200, 200, 0));
}

#[cfg(feature = "aws")]
#[test]
fn twelve_sandboxes_on_aws_take_one_listing_and_at_most_five_calls_at_once() {
    let world = World::aws();
    templates(&world, "logs:PutLogEvents");
    for number in 0..12 {
        create(&world, &format!("s{number}"));
    }
    templates(&world, "logs:DeleteLogStream");
    world.forget();
    let reads = 1 + 4 * 5 * 12;
    assert_eq!(counted(&world, CREATE_ALL), (reads + 4 * 12, 0, 12));
    let calls = world.traces();
    assert_eq!(calls.len() as u64, reads + 4 * 12);
    let listings = calls.iter().filter(|call| call.starts_with("ListRoles"));
    assert_eq!(listings.count(), 1);
    assert_eq!(world.writes().len(), 2 * 12);
    let most = world.proxy().most_at_once();
    assert!((2..=10).contains(&most), "{most} at once");
    world.forget();
    assert_eq!(counted(&world, CREATE_ALL), (reads, 12, 0));
    assert_eq!(world.writes(), Vec::<String>::new());
}

#[cfg(feature = "aws")]
#[test]
fn a_call_that_fails_stops_its_sandbox_alone_and_the_next_run_finishes() {
    use crate::support::Fault;

    for (call, nth, code) in [("GetRole", 2, 5), ("PutRolePolicy", 2, 5), ("TagRole", 1, 5)] {
        let world = World::aws();
        templates(&world, "logs:PutLogEvents");
        for sandbox in ["a", "b", "c"] {
            create(&world, sandbox);
        }
        templates(&world, "logs:DeleteLogStream");
        world.proxy().clear();
        world.proxy().fail(call, nth, Fault::AccessDenied);
        let failed = world.run(CREATE_ALL).exits(code);
        assert!(failed.stderr.contains("run it again to finish"), "{failed}");
        world.proxy().clear();
        assert_eq!(counted(&world, CREATE_ALL).2, 1, "{call}: the one that failed");
        assert_eq!(counted(&world, CREATE_ALL).2, 0, "{call}");
    }
}

#[cfg(feature = "aws")]
#[test]
fn where_the_credentials_end_the_other_sandboxes_are_not_begun() {
    use crate::support::Fault;

    let world = World::aws();
    templates(&world, "logs:PutLogEvents");
    for sandbox in ["a", "b", "c"] {
        create(&world, sandbox);
    }
    world.proxy().fail_always("GetRole", Fault::ExpiredToken);
    let document = world.json(CREATE_ALL).exits(1).json();
    assert_eq!(document["not_begun"], 2);
    assert_eq!(document["sandboxes"].as_array().unwrap().len(), 1);
}

#[cfg(all(feature = "aws", unix))]
#[test]
fn an_interrupted_run_stops_after_its_call_and_the_next_one_finishes() {
    let world = World::aws();
    templates(&world, "logs:PutLogEvents");
    for sandbox in ["a", "b", "c"] {
        create(&world, sandbox);
    }
    templates(&world, "logs:DeleteLogStream");
    world.proxy().clear();
    // The first write of the first sandbox: a listing, and four reads of each of five roles.
    world.proxy().hold(1 + 20 + 1);
    let invocation = world.tcperm().args(CREATE_ALL.split_whitespace());
    let process = invocation.command().spawn().unwrap();
    world.proxy().wait_until_held();
    crate::support::interrupt(&process);
    world.proxy().release();
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("run it again to finish"), "{said}");
    assert_eq!(world.writes().len(), 1, "{said}");
    world.proxy().clear();
    assert_eq!(counted(&world, CREATE_ALL).2, 3);
    assert_eq!(counted(&world, CREATE_ALL).2, 0);
}

#[test]
fn flags_of_one_sandbox_are_refused_and_variables_of_the_environment_are_not() {
    let world = World::embedded();
    let flags = [
        "-s dev",
        "-d .",
        "-r",
        "-T orders",
        "--adopt",
        "--graphql-api a=b",
        "--out plan.json",
    ];
    for flag in flags {
        let verbs = if flag.starts_with("--out") {
            &["plan"][..]
        } else {
            &["plan", "create", "update"]
        };
        for verb in verbs {
            let refused = world.run(&format!("{verb} --all {flag}")).exits(2);
            let said = "`--all` is about every sandbox and reads no topology: it cannot be used with `--";
            assert!(refused.stderr.contains(said), "{verb} {flag}: {refused}");
        }
    }
    let with_variables = world.env("TC_SANDBOX", "dev").env("TC_DIR", "nowhere");
    let nothing = with_variables.run("plan --all").exits(0);
    assert!(nothing.stderr.contains("no sandboxes"), "{nothing}");
    world.run("plan").exits(2);
}

/// A template that cannot be rendered is told of once, with its place, however many sandboxes fail.
#[test]
fn a_template_that_cannot_be_rendered_is_found_once_for_all_sandboxes() {
    let world = World::embedded();
    templates(&world, "logs:PutLogEvents");
    create(&world, "a");
    create(&world, "b");
    for kind in ["function", "mutation"] {
        template(&world, kind, "logs:{{namespace}}");
    }
    world.forget();
    for run in [PLAN_ALL, CREATE_ALL] {
        let failed = world.run(run).exits(1);
        let place = "function.json:1:";
        assert_eq!(failed.stderr.matches(place).count(), 1, "{failed}");
        assert!(failed.stderr.contains("sandbox `b`: 1 error"), "{failed}");
    }
    assert_eq!(world.writes(), Vec::<String>::new());
    for other in [
        "list --drift --infra-dir infra",
        "delete -s a --namespace orders --infra-dir infra --yes",
    ] {
        let failed = world.run(other).exits(1);
        assert!(failed.stderr.contains("function.json:1:"), "{failed}");
        assert!(!failed.stderr.contains("please report this"), "{failed}");
    }
    world.run("list").exits(0);
    world.run("delete -s a --infra-dir infra --yes").exits(0);
    // Nobody needs what is left by then, and a role that goes is not made from anything.
    world
        .run("delete -s b --namespace graphql --infra-dir infra -c mutation --yes")
        .exits(0);
}

#[test]
fn one_sandbox_that_would_pass_a_limit_does_not_stop_the_others() {
    let world = World::embedded();
    templates(&world, "logs:PutLogEvents");
    for sandbox in ["a", "b", "c"] {
        create(&world, sandbox);
    }
    let big = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-west-2:1:{}"}}]}}"#,
        "q".repeat(10_050)
    );
    let put = crate::support::Change::PutInline("tc-orders", &big);
    world.change("tc-base-function-b", put);
    templates(&world, "logs:DeleteLogStream");
    let document = world.json(CREATE_ALL).exits(5).json();
    let sandboxes = document["sandboxes"].as_array().unwrap();
    let errors: Vec<&Value> = sandboxes.iter().map(|sandbox| &sandbox["error"]).collect();
    assert_eq!(
        errors,
        [
            &Value::Null,
            &Value::from("1 error; nothing was written"),
            &Value::Null
        ]
    );
    world.json(CREATE_ALL).exits(1);
}

#[test]
fn a_line_for_each_sandbox_that_changes_stands_on_stderr_and_none_for_others() {
    let world = World::embedded();
    templates(&world, "logs:PutLogEvents");
    create(&world, "a");
    create(&world, "b");
    template(&world, "route", "logs:DeleteLogStream");
    let narrow = world.run(&format!("{PLAN_ALL} -c route")).exits(0);
    assert!(narrow.stdout.contains("tc-base-route-b  as in a"), "{narrow}");
    let done = world.run(CREATE_ALL).exits(0);
    let lines: Vec<&str> = done
        .stderr
        .lines()
        .filter(|line| line.contains(": 1 updated"))
        .collect();
    assert_eq!(lines, ["a: 1 updated", "b: 1 updated"], "{done}");
    assert!(done.stderr.contains("2 updated in 2 sandboxes"), "{done}");
    let again = world.run(CREATE_ALL).exits(0);
    assert_eq!(again.stdout, "");
    assert!(!again.stderr.contains("a:"), "{again}");
}
