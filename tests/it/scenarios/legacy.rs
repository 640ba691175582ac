//! Roles that somebody else keeps: the fixed ones of legacy mode, and those that functions name.

use super::steps;
use crate::support::{Change, FOREIGN_TRUST, World, example, text};

on_both_accounts!(
    every_role_that_is_missing_is_named_at_once_and_nothing_is_written,
    a_role_must_trust_the_service_that_assumes_it,
    schedules_must_be_trusted_where_there_are_any,
    a_trust_policy_that_cannot_be_read_is_not_trusting,
    roles_that_are_there_are_shown_and_nothing_is_written,
    the_first_name_that_there_is_counts,
    the_configuration_names_other_roles,
    legacy_mode_can_be_said_to_be_off,
    entity_limits_which_roles_are_looked_for,
    a_role_of_a_topologys_own_is_made_in_legacy_mode,
    a_role_of_its_own_never_takes_a_fixed_role,
    a_function_names_its_role_in_every_mode,
    a_role_that_another_function_has_made_for_it_can_be_named,
    a_base_role_that_a_function_names_is_left_as_it_is,
    base_roles_from_before_are_left_until_the_sandbox_is_deleted,
    delete_leaves_fixed_roles,
    check_live_lists_what_fixed_roles_do_not_allow,
    check_live_reads_managed_policies,
    check_live_finds_nothing_in_roles_that_create_made,
    check_live_says_which_roles_are_missing,
);

/// The fixed roles of `examples/orders`, and who assumes each.
const FIXED: [(&str, &str); 4] = [
    ("tc-base-event-role", "events"),
    ("tc-base-lambda-role", "lambda"),
    ("tc-base-route-role", "apigateway"),
    ("tc-base-sfn-role", "states"),
];

fn trusting(service: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}.amazonaws.com"}},"Action":"sts:AssumeRole"}}]}}"#
    )
}

/// Makes a role that a service may assume.
fn make(world: &World, name: &str, service: &str) {
    world.make_role(name, &[]);
    world.change(name, Change::Trust(&trusting(service)));
}

/// An account with fixed roles, in legacy mode.
fn legacy(world: &World, roles: &[(&str, &str)]) -> World {
    for (name, service) in roles {
        make(world, name, service);
    }
    let world = world.env("TC_LEGACY_ROLES", "1");
    world.forget();
    world
}

/// The findings of a run that fails before it writes: code and message.
#[track_caller]
fn refused(world: &World, arguments: &str) -> Vec<(String, String)> {
    world.forget();
    let document = world.json(arguments).exits(1).json();
    assert_eq!(world.writes(), Vec::<String>::new());
    let findings = document["diagnostics"].as_array().unwrap().iter();
    findings
        .map(|finding| (text(&finding["code"]), text(&finding["message"])))
        .collect()
}

fn create(directory: &str) -> String {
    format!("create -s dev -d {directory}")
}

/// The roles of a document: `route tc-base-route-role`.
fn roles(document: &serde_json::Value) -> Vec<String> {
    let roles = document["roles"].as_array().unwrap().iter();
    roles
        .map(|role| format!("{} {}", text(&role["entity"]), text(&role["name"])))
        .collect()
}

fn every_role_that_is_missing_is_named_at_once_and_nothing_is_written(world: &World) {
    let world = legacy(world, &[("tc-base-sfn-role", "states")]);
    let account = world.account();
    let missing = |names: &str, who: &str| {
        let message = format!("no role {names} in account {account}, which {who} of `orders` assume");
        ("role-missing".to_owned(), message)
    };
    let expected = [
        missing("`tc-base-route-role` or `tc-base-api-role`", "the routes"),
        missing("`tc-base-lambda-role`", "the functions"),
        missing("`tc-base-event-role`", "the rules"),
    ];
    for verb in ["create", "plan", "create --adopt"] {
        let run = format!("{verb} -s dev -d {}", example("orders"));
        assert_eq!(refused(&world, &run), expected, "{verb}");
    }
    assert_eq!(world.role_names(), ["tc-base-sfn-role"]);
}

fn a_role_must_trust_the_service_that_assumes_it(world: &World) {
    let world = legacy(world, &FIXED);
    world.change("tc-base-event-role", Change::Trust(&trusting("lambda")));
    world.change("tc-base-lambda-role", Change::Trust(FOREIGN_TRUST));
    let denying = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"states.amazonaws.com"},"Action":"sts:TagSession"}]}"#;
    world.change("tc-base-sfn-role", Change::Trust(denying));
    let not_trusting = |role: &str, service: &str, who: &str| {
        let message =
            format!("`{role}` does not let `{service}.amazonaws.com` assume it, as {who} of `orders` need");
        ("role-not-trusting".to_owned(), message)
    };
    assert_eq!(
        refused(&world, &create(&example("orders"))),
        [
            not_trusting("tc-base-event-role", "events", "the rules"),
            not_trusting("tc-base-sfn-role", "states", "the state machines"),
        ]
    );
}

fn schedules_must_be_trusted_where_there_are_any(world: &World) {
    let world = legacy(world, &FIXED);
    let rules = "name: jobs\nfunctions: { run: {} }\nevents: { Due: { function: run } }\n";
    let folder = world.topology("jobs", rules);
    world.run(&create(&folder)).exits(0);
    let schedule = r#"{"daily": {"cron": "cron(0 3 * * ? *)", "target": "arn:aws:lambda:{{region}}:{{account}}:function:jobs_run_{{sandbox}}", "payload": {}}}"#;
    world
        .tcperm()
        .write("jobs/infrastructure/tc/schedules.json", schedule);
    let found = refused(&world, &create(&folder));
    let message =
        "`tc-base-event-role` does not let `scheduler.amazonaws.com` assume it, as the rules of `jobs` need";
    assert_eq!(found, [("role-not-trusting".to_owned(), message.to_owned())]);
}

fn a_trust_policy_that_cannot_be_read_is_not_trusting(world: &World) {
    let world = legacy(world, &FIXED);
    // IAM keeps the last of two keys; nobody can tell from the text which one was meant.
    let twice = trusting("lambda").replace(r#""Effect""#, r#""Effect":"Deny","Effect""#);
    world.change("tc-base-lambda-role", Change::Trust(&twice));
    let found = refused(&world, &create(&example("orders")));
    let message = "the trust policy of `tc-base-lambda-role` is no policy that tcperm can read";
    assert_eq!(found, [("role-not-trusting".to_owned(), message.to_owned())]);
}

fn roles_that_are_there_are_shown_and_nothing_is_written(world: &World) {
    let world = legacy(world, &FIXED);
    let before = world.roles();
    let run = create(&example("orders"));
    let created = world.json(&run).exits(0).json();
    assert_eq!(steps(&created), Vec::<String>::new());
    assert_eq!(
        roles(&created),
        [
            "event tc-base-event-role",
            "function tc-base-lambda-role",
            "route tc-base-route-role",
            "state tc-base-sfn-role",
        ]
    );
    for role in created["roles"].as_array().unwrap() {
        assert_eq!(text(&role["arn"]), before[&text(&role["name"])].arn);
    }
    assert_eq!(created["calls"], 1 + FIXED.len());
    let planned = world
        .json(&format!(
            "plan --detailed-exitcode -s dev -d {}",
            example("orders")
        ))
        .exits(0)
        .json();
    assert_eq!(planned["roles"], created["roles"]);
    let human = world.run(&run).exits(0);
    assert!(human.stdout.contains(&before["tc-base-sfn-role"].arn), "{human}");
    assert!(
        human.stderr.contains("4 roles kept by others, nothing to change"),
        "{human}"
    );
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(world.roles(), before);
}

fn the_first_name_that_there_is_counts(world: &World) {
    let world = legacy(world, &FIXED[..2]);
    make(&world, "tc-base-sfn-role", "states");
    make(&world, "TC-Base-API-role", "apigateway");
    let run = create(&example("orders"));
    let second = world.json(&run).exits(0).json();
    assert!(roles(&second).contains(&"route TC-Base-API-role".to_owned()));
    make(&world, "tc-base-route-role", "lambda");
    let found = refused(&world, &run);
    assert_eq!(found.len(), 1);
    assert!(
        found[0].1.starts_with("`tc-base-route-role` does not let"),
        "{found:?}"
    );
}

fn the_configuration_names_other_roles(world: &World) {
    let world = legacy(world, &FIXED);
    let folder = world.topology("calls", super::CALLS);
    let config = "[legacy_roles]\nfunction = \"functions-of-ours\"\n";
    world.tcperm().write("calls/tcperm.toml", config);
    let found = refused(&world, &create(&folder));
    assert!(
        found[0].1.starts_with("no role `functions-of-ours` in account"),
        "{found:?}"
    );
    make(&world, "functions-of-ours", "lambda");
    let created = world.json(&create(&folder)).exits(0).json();
    assert_eq!(roles(&created), ["function functions-of-ours"]);
}

fn legacy_mode_can_be_said_to_be_off(world: &World) {
    for off in ["", "0", "false"] {
        let world = world.another().env("TC_LEGACY_ROLES", off);
        let folder = world.topology("calls", super::CALLS);
        let created = world.json(&create(&folder)).exits(0).json();
        assert_eq!(steps(&created), ["tc-base-function-dev create done"], "{off:?}");
    }
}

fn entity_limits_which_roles_are_looked_for(world: &World) {
    let world = legacy(world, &FIXED[..1]);
    let run = format!("create -c event -s dev -d {}", example("orders"));
    let created = world.json(&run).exits(0).json();
    assert_eq!(roles(&created), ["event tc-base-event-role"]);
    assert_eq!(created["calls"], 2);
}

/// A topology whose function `one` has a role of its own from a file of the team's.
fn overridden(world: &World, name: &str) -> String {
    let topology = format!(
        "name: calls\nfunctions:\n  one: {{ function: two, runtime: {{ role_file: one.json{name} }} }}\n  two: {{}}\n"
    );
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Own","Effect":"Allow","Action":"logs:PutLogEvents","Resource":"*"}]}"#;
    world.tcperm().write("calls/one.json", policy);
    world.topology("calls", &topology)
}

fn a_role_of_a_topologys_own_is_made_in_legacy_mode(world: &World) {
    let world = legacy(world, &FIXED[1..2]);
    let before = world.roles();
    let folder = overridden(&world, "");
    let created = world.json(&create(&folder)).exits(0).json();
    assert_eq!(steps(&created), ["tc-calls-one-dev create done"]);
    assert_eq!(
        roles(&created),
        ["function tc-base-lambda-role", "function tc-calls-one-dev"]
    );
    let human = world.run(&create(&folder)).exits(0);
    let said = "nothing to change · 1 role · 1 role kept by others";
    assert!(human.stderr.contains(said), "{human}");
    let deleted = world.json("delete -s dev").exits(0).json();
    assert_eq!(steps(&deleted), ["tc-calls-one-dev delete done"]);
    assert_eq!(world.roles(), before);
}

fn a_role_of_its_own_never_takes_a_fixed_role(world: &World) {
    let world = legacy(world, &FIXED[1..2]);
    let folder = overridden(&world, ", role_name: TC-base-lambda-role");
    for run in [create(&folder), format!("{} --adopt", create(&folder))] {
        let found = refused(&world, &run);
        let codes: Vec<&str> = found.iter().map(|(code, _)| code.as_str()).collect();
        assert!(codes.contains(&"role-name-taken"), "{found:?}");
    }
}

fn naming(world: &World, role: &str) -> String {
    let topology = format!(
        "name: calls\nfunctions:\n  one: {{ function: two, runtime: {{ role: '{role}' }} }}\n  two: {{}}\n"
    );
    world.topology("calls", &topology)
}

fn a_function_names_its_role_in_every_mode(world: &World) {
    let folder = naming(world, "ours-{{sandbox}}");
    let found = refused(world, &create(&folder));
    let account = world.account();
    let message =
        format!("no role `ours-dev` in account {account}, which the function `one` of `calls` assumes");
    assert_eq!(found, [("role-missing".to_owned(), message)]);
    make(world, "ours-dev", "events");
    let found = refused(world, &create(&folder));
    assert_eq!(found[0].0, "role-not-trusting");
    world.change("ours-dev", Change::Trust(&trusting("lambda")));
    let before = world.role("ours-dev");
    let created = world.json(&create(&folder)).exits(0).json();
    assert_eq!(steps(&created), ["tc-base-function-dev create done"]);
    assert_eq!(
        roles(&created),
        ["function ours-dev", "function tc-base-function-dev"]
    );
    world.run("delete -s dev").exits(0);
    assert_eq!(world.role_names(), ["ours-dev"]);
    assert_eq!(world.role("ours-dev"), before);
    let legacy = legacy(world, &FIXED[1..2]);
    let created = legacy.json(&create(&folder)).exits(0).json();
    assert_eq!(
        roles(&created),
        ["function ours-dev", "function tc-base-lambda-role"]
    );
}

fn a_role_that_another_function_has_made_for_it_can_be_named(world: &World) {
    overridden(world, "");
    let topology = "name: calls\nfunctions:\n  one: { runtime: { role_file: one.json } }\n  two: { runtime: { role: 'tc-calls-one-{{sandbox}}' } }\n";
    let folder = world.topology("calls", topology);
    for _ in 0..2 {
        let created = world.json(&create(&folder)).exits(0).json();
        assert_eq!(roles(&created), ["function tc-calls-one-dev"]);
    }
}

fn a_base_role_that_a_function_names_is_left_as_it_is(world: &World) {
    let other = world.topology("other", "name: other\nfunctions: { f: {} }\n");
    world.run(&create(&other)).exits(0);
    let plain = world.topology("calls", super::CALLS);
    world.run(&create(&plain)).exits(0);
    let before = world.roles();
    let topology = "name: calls\nfunctions:\n  one: { runtime: { role: 'tc-base-function-{{sandbox}}' } }\n";
    let folder = world.topology("calls", topology);
    world.forget();
    let run = world.run(&create(&folder)).exits(0);
    assert!(run.stderr.contains("warning[not-kept-by-others]"), "{run}");
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(world.roles(), before);
}

fn base_roles_from_before_are_left_until_the_sandbox_is_deleted(world: &World) {
    let orders = crate::support::example("orders");
    world.run(&create(&orders)).exits(0);
    let world = legacy(world, &FIXED);
    let before = world.roles();
    let created = world.json(&create(&orders)).exits(0).json();
    assert_eq!(steps(&created), Vec::<String>::new());
    assert_eq!(world.writes(), Vec::<String>::new());
    assert_eq!(world.roles(), before);
    world.run("delete -s dev").exits(0);
    assert_eq!(world.role_names(), FIXED.map(|(name, _)| name));
}

fn delete_leaves_fixed_roles(world: &World) {
    let folder = world.topology("calls", super::CALLS);
    world.run(&create(&folder)).exits(0);
    world.run("create -s qa -d calls").exits(0);
    let world = legacy(world, &FIXED);
    let config = "[legacy_roles]\nfunction = \"tc-base-function-dev\"\n";
    world.tcperm().write("tcperm.toml", config);
    let before = world.role("tc-base-function-dev");
    let run = world.run(&create(&folder)).exits(0);
    assert!(run.stderr.contains("warning[not-kept-by-others]"), "{run}");
    let deleted = world.json("delete -s dev").exits(0).json();
    assert_eq!(steps(&deleted), Vec::<String>::new());
    assert_eq!(world.role("tc-base-function-dev"), before);
    world.run("delete -s qa").exits(0);
    assert!(!world.role_names().contains(&"tc-base-function-qa".to_owned()));
}

/// What `check --live` finds: code, message and line.
#[track_caller]
fn live(world: &World, directory: &str, code: i32) -> Vec<(String, String, u64)> {
    world.forget();
    let run = format!("check --live -s dev {directory}");
    let document = world.json(&run).exits(code).json();
    assert_eq!(world.writes(), Vec::<String>::new());
    let findings = document["diagnostics"].as_array().unwrap().iter();
    let found = |finding: &serde_json::Value| {
        let line = finding["line"].as_u64().unwrap();
        (text(&finding["code"]), text(&finding["message"]), line)
    };
    findings.map(found).collect()
}

fn allowing(statements: &[&str]) -> String {
    let statements = statements.join(",");
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

const EVERYTHING: &str = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;

fn check_live_lists_what_fixed_roles_do_not_allow(world: &World) {
    let world = legacy(world, &FIXED);
    let folder = world.topology("calls", super::CALLS);
    let logs = r#"{"Sid":"Logs","Effect":"Allow","Action":"logs:*","Resource":"*"}"#;
    let change = |statements: &[&str]| {
        let policy = allowing(statements);
        world.change("tc-base-lambda-role", Change::PutInline("team", &policy));
    };
    change(&[logs]);
    let account = world.account();
    let function = format!("arn:aws:lambda:us-west-2:{account}:function:*_dev");
    let what = format!("`lambda:InvokeFunction` on `{function}`, `{function}:*`");
    let missing = |message: String| vec![("permission-missing".to_owned(), message, 3)];
    let message = format!("`tc-base-lambda-role` does not allow {what}");
    assert_eq!(live(&world, &folder, 3), missing(message));
    let never = r#"{"Sid":"Never","Effect":"Deny","Action":"lambda:Invoke*","Resource":"*"}"#;
    change(&[EVERYTHING, never]);
    let message = format!("`tc-base-lambda-role` denies {what}, in the statement `Never`");
    assert_eq!(live(&world, &folder, 3), missing(message));
    change(&[EVERYTHING]);
    assert_eq!(live(&world, &folder, 0), []);
}

fn check_live_reads_managed_policies(world: &World) {
    let world = legacy(world, &FIXED);
    let topology = "name: files\nfunctions: { f: { store: files } }\nstores: { files: { kind: S3, bucket: 'files-{{sandbox}}' } }\n";
    let folder = world.topology("files", topology);
    world.change(
        "tc-base-lambda-role",
        Change::PutInline(
            "team",
            &allowing(&[r#"{"Effect":"Allow","Action":"logs:*","Resource":"*"}"#]),
        ),
    );
    let before = live(&world, &folder, 3);
    assert!(
        before
            .iter()
            .all(|(code, message, _)| code == "permission-missing" && message.contains("s3:"))
    );
    assert!(!before.is_empty());
    // Allows all of S3.
    world.change("tc-base-lambda-role", Change::Attach("files"));
    assert_eq!(live(&world, &folder, 0), []);
}

fn check_live_finds_nothing_in_roles_that_create_made(world: &World) {
    let orders = example("orders");
    world.run(&create(&orders)).exits(0);
    assert_eq!(live(world, &orders, 0), []);
    world.change("tc-base-state-dev", Change::DeleteInline("tc-base-state-dev"));
    let found = live(world, &orders, 3);
    assert!(!found.is_empty());
    assert!(
        found
            .iter()
            .all(|(_, message, _)| message.starts_with("`tc-base-state-dev` does not allow"))
    );
}

fn check_live_says_which_roles_are_missing(world: &World) {
    let folder = world.topology("calls", super::CALLS);
    let account = world.account();
    let message =
        format!("no role `tc-base-function-dev` in account {account}, which the functions of `calls` assume");
    assert_eq!(live(world, &folder, 3), [("role-missing".to_owned(), message, 3)]);
}
