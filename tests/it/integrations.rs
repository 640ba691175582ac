//! Every integration of a state machine gives exactly the statements that a table written by
//! hand, `tests/it/data/integrations.json`, says; and AWS understands each of them.
//!
//! A row of the table: `call`, its parameters `with` (or the whole `state`), and what the role
//! of state machines `needs` besides the delivery of logs: actions, resources, condition. In a
//! resource, `@` is the region and the account. `answers` is what the function role gets.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::authorization::reference::Reference;
use crate::authorization::rules::{Place, findings};
use crate::support::{Tcperm, read, root};

const PLACE: Place = Place {
    partition: "aws",
    region: "us-west-2",
    account: "123456789012",
    sandbox: "dev",
};

pub fn table() -> Vec<Value> {
    let text = read(&root().join("tests/it/data/integrations.json"));
    serde_json::from_str(&text).expect("integrations.json is a list")
}

/// A topology whose state machine has one state: the row's.
pub fn topology(row: &Value) -> String {
    let call = row["call"].as_str().expect("a call");
    let resource = if call.starts_with("arn:") {
        call.to_owned()
    } else {
        format!("arn:aws:states:::{call}")
    };
    let state = match row.get("state") {
        Some(state) => state.clone(),
        None => json!({"Type": "Task", "Resource": resource, "Parameters": row.get("with")}),
    };
    let topology = json!({
        "name": "shop",
        "mode": "Standard",
        "functions": {"pack": {}},
        "queues": {"labels": {"function": "pack"}},
        "states": {"StartAt": "S", "States": {"S": state}},
    });
    topology.to_string()
}

fn rendered(row: &Value) -> Value {
    let tcperm = Tcperm::in_project(&[("topology.yml", &topology(row))]);
    let arguments = "render -s dev --account 123456789012 --region us-west-2 -d . --format json";
    tcperm.args(arguments.split_whitespace()).run().exits(0).json()
}

fn role<'a>(document: &'a Value, kind: &str) -> &'a Value {
    let roles = document["roles"].as_array().expect("a list of roles");
    let name = format!("tc-base-{kind}-dev");
    roles
        .iter()
        .find(|role| role["name"] == name.as_str())
        .expect("the role")
}

/// The statements of a role, a line each, but for those that every role of its kind has.
fn statements(role: &Value) -> BTreeSet<String> {
    let policies = role["policies"].as_array().expect("a list of policies");
    let all = policies
        .iter()
        .flat_map(|policy| policy["document"]["Statement"].as_array().expect("statements"));
    let common = ["DeliverLogs", "CreateLogGroup", "WriteLogs", "ConsumeQueue"];
    all.filter(|statement| !common.contains(&statement["Sid"].as_str().unwrap_or_default()))
        .map(|statement| {
            let [actions, resources] = ["Action", "Resource"].map(|key| texts(&statement[key]).join(" "));
            format!(
                "{actions} on {resources} if {}",
                conditions(&statement["Condition"])
            )
        })
        .collect()
}

fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

type Conditions = BTreeMap<String, BTreeSet<String>>;

/// Conditions in a form that does not depend on order: `operator` and `key=value`s.
fn conditions(condition: &Value) -> String {
    let mut all = Conditions::new();
    for (operator, keys) in condition.as_object().into_iter().flatten() {
        let keys = keys.as_object().expect("keys");
        let pairs = keys
            .iter()
            .map(|(key, value)| format!("{key}={}", texts(value).join(",")));
        all.insert(operator.clone(), pairs.collect());
    }
    format!("{all:?}")
}

/// What the table says, in the same form.
fn expected(list: Option<&Value>) -> BTreeSet<String> {
    let rows = list.and_then(Value::as_array).into_iter().flatten();
    rows.map(|row| {
        let [actions, resources, condition] =
            [0, 1, 2].map(|index| row.get(index).and_then(Value::as_str).unwrap_or_default());
        let resources = resources.replace('@', "us-west-2:123456789012");
        let arns: Vec<String> = resources
            .split(' ')
            .map(|resource| format!("arn:aws:{resource}"))
            .collect();
        let mut all = Conditions::new();
        let condition = condition.replace("tag", "StringEquals={aws:ResourceTag/sandbox=dev}");
        for (operator, pairs) in condition.split("} ").filter_map(|part| part.split_once("={")) {
            let pairs = pairs.trim_end_matches('}').split(' ').map(str::to_owned);
            all.insert(operator.to_owned(), pairs.collect());
        }
        format!("{actions} on {} if {all:?}", arns.join(" "))
    })
    .collect()
}

#[test]
fn every_integration_gives_exactly_the_statements_that_the_table_says() {
    let reference = Reference::load();
    for row in table() {
        let document = rendered(&row);
        let state = role(&document, "state");
        assert_eq!(statements(state), expected(row.get("needs")), "{row}");
        let function = role(&document, "function");
        assert_eq!(statements(function), expected(row.get("answers")), "{row}");
        for role in [state, function] {
            assert_eq!(findings(&reference, &PLACE, role), [""; 0], "{row}");
        }
    }
}

#[test]
fn every_call_that_tcperm_knows_stands_in_the_table() {
    let known: Value = serde_json::from_str(&read(&root().join("templates/asl.json"))).unwrap();
    let tested: BTreeSet<String> = table()
        .iter()
        .map(|row| row["call"].as_str().expect("a call").to_owned())
        .collect();
    let mut missing = Vec::new();
    for row in known["integrations"].as_array().expect("rows") {
        let prefix = match row["place"].as_str() {
            None => "",
            Some("distributed-map") => "map:",
            Some("item-reader") => "item-reader:",
            Some("result-writer") => "result-writer:",
            Some(_) => continue,
        };
        for resource in texts(&row["resources"]) {
            let patterns = if resource.starts_with("aws-sdk:") || row["patterns"].is_null() {
                vec![""]
            } else {
                texts(&row["patterns"])
            };
            let calls = patterns
                .iter()
                .map(|pattern| format!("{prefix}{resource}{pattern}"));
            missing.extend(calls.filter(|call| !tested.contains(call)));
        }
    }
    assert_eq!(missing, [""; 0]);
}
