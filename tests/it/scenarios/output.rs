use serde_json::{Value, json};

use super::{BILLING, CALLS};
use crate::support::{Outcome, World, as_rendered, example};

on_both_accounts!(
    list_names_the_sandboxes_with_their_roles_and_topologies,
    show_has_the_live_documents,
    create_and_delete_have_the_agreed_shape,
    plan_has_the_agreed_shape,
    json_is_one_document_on_stdout_and_never_on_stderr,
    a_reader_that_goes_away_is_no_error,
);

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn list_names_the_sandboxes_with_their_roles_and_topologies(world: &World) {
    let empty = world.json("list").exits(0).json();
    assert_eq!(empty["sandboxes"], json!([]));
    let (billing, calls) = (world.topology("billing", BILLING), world.topology("calls", CALLS));
    world.run(&format!("create -s qa -d {calls}")).exits(0);
    world.run(&format!("create -s dev -d {calls}")).exits(0);
    world.run(&format!("create -s dev -d {billing}")).exits(0);
    world.make_role("tc-base-route-dev", &[]);
    world.make_role("somebody-elses", &[("sandbox", "dev"), ("deployer", "tcperm")]);
    let account = world.account();
    let role = |entity: &str, sandbox: &str, namespaces: &[&str]| {
        let name = format!("tc-base-{entity}-{sandbox}");
        let arn = format!("arn:aws:iam::{account}:role/{name}");
        json!({"name": name, "arn": arn, "entity": entity, "namespaces": namespaces})
    };
    let dev = [
        role("function", "dev", &["billing", "calls"]),
        role("state", "dev", &["billing"]),
    ];
    let qa = [role("function", "qa", &["calls"])];
    let listed = world.json("list").exits(0).json();
    assert_eq!(
        listed,
        json!({
            "format_version": "1",
            "account": account,
            "sandboxes": [{"sandbox": "dev", "roles": dev}, {"sandbox": "qa", "roles": qa}],
        })
    );
    let said = world.run("list").exits(0);
    assert!(said.stderr.contains("passed over: `tc-base-route-dev`"), "{said}");
}

fn show_has_the_live_documents(world: &World) {
    let orders = example("orders");
    world.run(&format!("create -s dev -d {orders}")).exits(0);
    let change = crate::support::Change::PutInline("backdoor", crate::support::FOREIGN_POLICY);
    world.change("tc-base-route-dev", change);
    world.forget();
    let shown = world.json("show -s dev").exits(0).json();
    assert_eq!(keys(&shown), ["account", "format_version", "roles", "sandbox"]);
    let live = world.roles();
    let roles = shown["roles"].as_array().unwrap();
    assert_eq!(roles.len(), live.len());
    for (role, (name, live)) in roles.iter().zip(&live) {
        assert_eq!(role["name"], *name);
        assert_eq!(as_rendered(role), *live);
    }
    assert_eq!(world.writes(), Vec::<String>::new());
    let nothing = world.json("show -s nothing").exits(0).json();
    assert_eq!(nothing["roles"], json!([]));
}

fn create_and_delete_have_the_agreed_shape(world: &World) {
    let orders = example("orders");
    let created = world.json(&format!("create -s dev -d {orders}")).exits(0).json();
    let deleted = world.json("delete -s dev").exits(0).json();
    for document in [&created, &deleted] {
        let all = ["account", "calls", "format_version", "roles", "sandbox", "steps"];
        assert_eq!(keys(document), all);
        assert_eq!(
            (&document["format_version"], &document["sandbox"]),
            (&json!("1"), &json!("dev"))
        );
        assert_eq!(document["account"], world.account());
        for step in document["steps"].as_array().unwrap() {
            assert_eq!(keys(step), ["action", "error", "reason", "role", "status"]);
            assert_eq!(step["error"], Value::Null);
        }
    }
    let rendered = world.rendered(&orders, "dev");
    let roles: Vec<Value> = rendered
        .iter()
        .map(|(name, role)| {
            let entity = name.split('-').nth(2).unwrap();
            json!({"name": name, "arn": role.arn, "entity": entity})
        })
        .collect();
    assert_eq!(created["roles"], Value::from(roles));
    assert_eq!(deleted["roles"], json!([]));
}

fn plan_has_the_agreed_shape(world: &World) {
    let plan = world
        .json(&format!("plan -s dev -d {}", example("orders")))
        .exits(0)
        .json();
    let all = ["account", "calls", "format_version", "roles", "sandbox", "steps"];
    assert_eq!(keys(&plan), all);
    for step in plan["steps"].as_array().unwrap() {
        assert_eq!(
            keys(step),
            ["action", "after", "before", "error", "reason", "role", "verdict"]
        );
        assert_eq!(keys(&step["after"]), ["boundary", "policies", "tags", "trust"]);
    }
}

/// Standard output is one document, and no line of standard error could be taken for one.
#[track_caller]
fn is_apart(outcome: &Outcome) {
    assert!(outcome.json().is_object(), "{outcome}");
    let is_json = |line: &str| serde_json::from_str::<Value>(line).is_ok_and(|value| !value.is_number());
    assert!(
        !outcome.stderr.lines().any(|line| is_json(line.trim())),
        "{outcome}"
    );
    assert!(serde_json::from_str::<Value>(&outcome.stderr).is_err());
}

fn json_is_one_document_on_stdout_and_never_on_stderr(world: &World) {
    let orders = example("orders");
    let broken = world.topology("broken", "name: broken\nfunctions: 7\n");
    world.make_role("tc-base-mutation-dev", &[]);
    let runs = [
        (format!("plan -s dev -d {orders}"), 0),
        (format!("create -s dev -d {orders}"), 0),
        ("list".to_owned(), 0),
        ("show -s dev".to_owned(), 0),
        (format!("create -s dev -d {}", example("graphql")), 1),
        ("delete -s dev --namespace orders".to_owned(), 0),
        ("delete -s dev".to_owned(), 0),
        (format!("create -s dev -d {broken}"), 1),
        ("create -s dev -d nowhere".to_owned(), 1),
        (format!("create -s stable -d {orders}"), 1),
        (format!("create -s dev --region us-wst-2 -d {orders}"), 2),
    ];
    for (run, code) in runs {
        is_apart(&world.json(&run).exits(code));
    }
}

fn a_reader_that_goes_away_is_no_error(world: &World) {
    let storefront = example("storefront");
    let bare = format!("render -s dev --account 123456789012 -d {storefront}");
    world.run(&format!("create -s dev -d {storefront}")).exits(0);
    let invocations = [
        world.tcperm().bare(bare.split_whitespace()),
        world
            .tcperm()
            .bare(format!("{bare} --format json").split_whitespace()),
        world.tcperm().args(["show", "-s", "dev"]),
        world.tcperm().args(["list"]),
        world.tcperm().bare(["--help"]),
    ];
    for invocation in invocations {
        let mut process = invocation.command().spawn().unwrap();
        drop(process.stdout.take());
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("panicked"), "{said}");
        assert_eq!(output.status.code(), Some(0), "{said}");
    }
}
