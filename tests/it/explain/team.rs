//! Roles that a team makes from templates of its own, or keeps itself.

use serde_json::{Value, json};

use super::{list, text};
use crate::support::Tcperm;

const TOPOLOGY: &str = "\
name: orders
functions:
  intake: { event: OrderPlaced }
  packer: {}
  porter: { runtime: { role: porters-role } }
events:
  OrderPlaced: { state: orders }
queues:
  returns: { function: packer }
  parcels: { function: porter }
states:
  StartAt: Pack
  States:
    Pack: { Type: Task, Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: packer }, End: true }
";

const FUNCTION: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {{#each grants.[logs.write]}}{{> capability/logs.write}},{{/each}}
    {"Sid": "Hand", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
  ]
}
"#;

const PACKER: &str = r#"{
  "Version": "2012-10-17",
  "Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
}
"#;

const PACKER_TRUST: &str = r#"{
  "Version": "2012-10-17",
  "Statement": {"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com", "edgelambda.amazonaws.com"]},
    "Action": "sts:AssumeRole"}
}
"#;

fn project() -> Tcperm {
    Tcperm::in_project(&[
        ("topology.yml", TOPOLOGY),
        ("infra/base/roles/function.json", FUNCTION),
        ("infra/orders/roles/packer.json", PACKER),
        ("infra/orders/roles/packer.trust.json", PACKER_TRUST),
    ])
}

fn explained(arguments: &str) -> Value {
    let line = format!("explain -s dev --infra-dir infra --format json {arguments}");
    project().args(line.split_whitespace()).run().exits(0).json()
}

fn role<'a>(document: &'a Value, name: &str) -> &'a Value {
    let mut roles = list(document, "roles");
    roles.find(|role| role["name"] == name).unwrap()
}

/// Sid, place, capability and who asked, of each statement.
fn statements(role: &Value) -> Vec<[String; 4]> {
    let askers = |statement| {
        let askers: Vec<String> = list(statement, "asked_by")
            .map(|asker| text(&asker["at"]))
            .collect();
        askers.join(" ")
    };
    list(role, "statements")
        .map(|one| {
            [
                text(&one["sid"]),
                text(&one["at"]),
                text(&one["capability"]),
                askers(one),
            ]
        })
        .collect()
}

/// The capabilities that a template does not grant.
fn lacking(role: &Value) -> Vec<String> {
    list(role, "not_granted")
        .map(|one| text(&one["capability"]))
        .collect()
}

#[test]
fn a_shared_role_says_where_each_statement_stands_and_which_of_them_are_known() {
    let document = explained("");
    let base = role(&document, "tc-base-function-dev");
    assert_eq!(base["kind"], "base");
    assert_eq!(
        base["source"],
        json!({"mode": "shared", "path": "infra/base/roles/function.json"})
    );
    let at = "infra/base/roles/function.json";
    // Only `intake` runs with the base role.
    let known = |sid: &str| [sid, &format!("{at}:4"), "logs.write", "topology.yml:3"].map(str::to_owned);
    let hand = ["Hand", &format!("{at}:5"), "", ""].map(str::to_owned);
    assert_eq!(
        statements(base),
        [known("CreateLogGroup"), hand, known("WriteLogs")]
    );
    assert_eq!(lacking(base), ["function.invoke", "event.put"]);
}

#[test]
fn a_function_s_own_role_is_asked_for_by_its_edges_alone() {
    let document = explained("");
    let own = role(&document, "tc-orders-packer-dev");
    assert_eq!(own["kind"], "override");
    assert_eq!(own["source"]["path"], "infra/orders/roles/packer.json");
    let at = "infra/orders/roles/packer.json:3";
    assert_eq!(statements(own), [["", at, "", ""].map(str::to_owned)]);
    // What `sqs:*` covers is granted, whatever its form.
    let lacking: Vec<&Value> = list(own, "not_granted").collect();
    assert_eq!(lacking.len(), 2, "{lacking:#?}");
    for one in lacking {
        assert_eq!(one["capability"], "logs.write");
        assert_eq!(one["missing"][0]["why"], "not-allowed");
        assert_eq!(one["missing"][0]["resources"], Value::Null);
        let askers: Vec<&Value> = list(one, "asked_by").collect();
        assert_eq!(askers.len(), 1);
        assert_eq!(askers[0]["source"]["name"], "packer");
    }
}

#[test]
fn a_trust_policy_of_the_team_s_has_no_built_in_reason() {
    let document = explained("--account 123456789012");
    let own = &role(&document, "tc-orders-packer-dev")["trust"];
    assert_eq!(own["at"], "infra/orders/roles/packer.trust.json:3");
    assert_eq!((&own["reason"], &own["doc"]), (&Value::Null, &Value::Null));
    let base = &role(&document, "tc-base-function-dev")["trust"];
    assert_eq!(base["at"], Value::Null);
    assert_ne!(text(&base["reason"]), "");
    let missing = &role(&document, "tc-orders-packer-dev")["not_granted"][0]["missing"][0];
    assert!(text(&missing["resources"][0]).contains(":123456789012:"));
}

#[test]
fn a_role_of_others_is_listed_with_what_it_should_allow() {
    let document = explained("");
    let provided: Vec<&Value> = list(&document, "provided").collect();
    assert_eq!(provided.len(), 1);
    assert_eq!(provided[0]["names"], json!(["porters-role"]));
    let sids: Vec<String> = list(provided[0], "statements")
        .map(|one| text(&one["sid"]))
        .collect();
    assert_eq!(sids, ["CreateLogGroup", "WriteLogs", "ConsumeQueue"]);
    for statement in list(provided[0], "statements") {
        assert!(list(statement, "asked_by").count() > 0, "{statement}");
    }
}

#[test]
fn a_kind_selects_the_base_role_and_those_beside_it_and_a_name_selects_one() {
    let names = |arguments: &str| -> Vec<String> {
        let document = explained(arguments);
        let roles = list(&document, "roles").map(|role| text(&role["name"]));
        let provided = list(&document, "provided").map(|role| text(&role["names"][0]));
        roles.chain(provided).collect()
    };
    let of_kind = ["tc-base-function-dev", "tc-orders-packer-dev", "porters-role"];
    assert_eq!(names("function"), of_kind);
    assert_eq!(names("TC-orders-Packer-dev"), ["tc-orders-packer-dev"]);
    assert_eq!(names("porters-role"), ["porters-role"]);
    assert_eq!(names("function Hand"), ["tc-base-function-dev"]);
}

#[test]
fn for_people_all_of_it_stands_there_and_no_account_is_made_up() {
    let outcome = project()
        .args(["explain", "-s", "dev", "--infra-dir", "infra", "function"])
        .run()
        .exits(0);
    for line in [
        "  shared role, made from infra/base/roles/function.json\n",
        "  role of function packer of orders, made from infra/orders/roles/packer.json\n",
        "      stands in   infra/base/roles/function.json:5\n",
        "    infra/orders/roles/packer.trust.json:3\n",
        "  not granted by the template\n",
        "      lacks       no statement allows it\n",
        "porters-role  function, kept by others\n  should allow\n",
    ] {
        assert!(outcome.stdout.contains(line), "{line}{outcome}");
    }
    assert!(!outcome.stdout.contains("000000000000"), "{outcome}");
    let summary = "2 roles · 1 role kept by others\n";
    assert!(outcome.stderr.ends_with(summary), "{outcome}");
}

#[test]
fn list_and_show_say_how_a_role_was_made_and_whose_it_is() {
    let tcperm = project().local();
    // A role of others would have to be there.
    let without = TOPOLOGY.replace("{ runtime: { role: porters-role } }", "{}");
    tcperm.write("topology.yml", &without);
    let run = |line: &str| tcperm.args(line.split_whitespace()).run().exits(0);
    run("create -s dev --infra-dir infra");
    let listed = run("list").stdout;
    let row = |role: &str| -> Vec<String> {
        let mut lines = listed.lines();
        let line = lines
            .find(|line| line.split_whitespace().nth(1) == Some(role))
            .unwrap();
        line.split_whitespace().skip(3).map(str::to_owned).collect()
    };
    assert_eq!(row("tc-base-event-dev"), ["dynamic", "orders"]);
    assert_eq!(row("tc-base-function-dev"), ["shared", "orders"]);
    assert_eq!(
        row("tc-orders-packer-dev"),
        ["override", "orders", "(function", "packer)"]
    );
    let shown = run("show -s dev").stdout;
    for head in [
        "tc-base-event-dev  event\n  arn",
        "tc-base-function-dev  function, shared\n  arn",
        "tc-orders-packer-dev  function, override\n  role of function packer of orders\n  arn",
    ] {
        assert!(shown.contains(head), "{head}\n{shown}");
    }
}
