//! What is written to IAM means what the file says.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::support::World;

on_both_accounts!(
    a_policy_is_written_as_the_file_has_it,
    a_trust_policy_is_written_as_the_file_has_it,
);

const ROLE: &str = "tc-base-function-dev";
const TOPOLOGY: &str = "name: calls\nfunctions:\n  one: { function: two }\n  two: {}\n";

/// Policies of all that the language allows, each with a name for when it fails.
fn policies() -> Vec<(&'static str, Value)> {
    let on = |more: Value| {
        let mut statement =
            json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"});
        statement
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({"Version": "2012-10-17", "Statement": [statement]})
    };
    let allow = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"});
    let deny = json!({"Effect": "Deny", "NotAction": ["iam:*", "s3:Get*"], "NotResource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"]});
    vec![
        (
            "a single statement",
            json!({"Version": "2012-10-17", "Statement": allow}),
        ),
        ("single texts", on(json!({}))),
        (
            "lists",
            on(
                json!({"Action": ["s3:PutObject", "s3:GetObject"], "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::a/*"]}),
            ),
        ),
        (
            "what is left out",
            json!({"Version": "2012-10-17", "Statement": [deny]}),
        ),
        (
            "an id and no sid",
            json!({"Version": "2012-10-17", "Id": "ours", "Statement": [allow, deny]}),
        ),
        ("sids", on(json!({"Sid": "One"}))),
        (
            "numbers and booleans",
            on(json!({"Condition": {
                "Bool": {"aws:SecureTransport": true, "aws:ViaAWSService": "false"},
                "NumericLessThan": {"s3:max-keys": 10},
                "NumericGreaterThanEquals": {"s3:max-keys": ["1", 2]},
            }})),
        ),
        (
            "conditions",
            on(json!({"Condition": {
                "StringEquals": {"aws:PrincipalTag/team": ["b", "a"], "aws:RequestedRegion": "us-west-2"},
                "ForAllValues:StringLike": {"aws:TagKeys": ["team-*"]},
                "StringEqualsIfExists": {"aws:ResourceTag/a\"b\\c": "${aws:PrincipalTag/x}"},
                "Null": {"aws:TokenIssueTime": "true"},
            }})),
        ),
    ]
}

fn trusts() -> Vec<(&'static str, Value)> {
    let by = |principal: Value, action: &str| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
            {"Sid": "Other", "Effect": "Allow", "Principal": principal, "Action": action,
             "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}},
        ]})
    };
    vec![
        (
            "services",
            by(
                json!({"Service": ["edgelambda.amazonaws.com", "apigateway.amazonaws.com"]}),
                "sts:AssumeRole",
            ),
        ),
        (
            "accounts",
            by(
                json!({"AWS": ["arn:aws:iam::210987654321:root", "arn:aws:iam::123456789012:role/x"]}),
                "sts:AssumeRole",
            ),
        ),
        ("everybody", by(json!("*"), "sts:AssumeRole")),
        (
            "federated",
            by(
                json!({"Federated": "cognito-identity.amazonaws.com"}),
                "sts:AssumeRoleWithWebIdentity",
            ),
        ),
        (
            "several kinds",
            by(
                json!({
                    "CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be",
                    "AWS": "arn:aws:iam::123456789012:role/x",
                    "Service": "events.amazonaws.com",
                }),
                "sts:AssumeRole",
            ),
        ),
    ]
}

/// What a document means, worked out without tcperm: lists where one may stand alone, in one order,
/// the version that IAM takes where none is said, and texts for numbers and booleans.
fn meaning(document: &Value) -> Value {
    let mut statements: Vec<Value> = several(&document["Statement"]).iter().map(statement).collect();
    statements.sort_by_key(Value::to_string);
    let version = document
        .get("Version")
        .cloned()
        .unwrap_or_else(|| json!("2008-10-17"));
    json!({"Version": version, "Id": document.get("Id"), "Statement": statements})
}

fn statement(statement: &Value) -> Value {
    let part = |(key, value): (&String, &Value)| {
        let value = match (key.as_str(), value) {
            ("Sid" | "Effect", _) => value.clone(),
            ("Condition", Value::Object(operators)) => {
                let operator = |(name, keys): (&String, &Value)| (name.clone(), lists(keys));
                in_order(operators.iter().map(operator))
            }
            (_, Value::Object(_)) => lists(value),
            _ => list(value),
        };
        (key.clone(), value)
    };
    in_order(statement.as_object().unwrap().iter().map(part))
}

fn in_order(entries: impl Iterator<Item = (String, Value)>) -> Value {
    let sorted: BTreeMap<String, Value> = entries.collect();
    Value::Object(sorted.into_iter().collect::<Map<_, _>>())
}

fn lists(map: &Value) -> Value {
    let entries = map.as_object().unwrap().iter();
    in_order(entries.map(|(key, value)| (key.clone(), list(value))))
}

fn list(value: &Value) -> Value {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut texts: Vec<String> = several(value).iter().map(text).collect();
    texts.sort();
    texts.dedup();
    json!(texts)
}

fn several(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

/// Policies of the version before, which IAM takes and moto does not.
fn old_policies() -> Vec<(&'static str, Value)> {
    let allow = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"});
    vec![
        (
            "an old version",
            json!({"Version": "2008-10-17", "Statement": [allow]}),
        ),
        ("no version", json!({"Statement": [allow]})),
    ]
}

fn a_policy_is_written_as_the_file_has_it(world: &World) {
    are_written(world, policies());
}

#[test]
fn a_policy_of_an_old_version_is_written_as_the_file_has_it() {
    let world = World::embedded();
    are_written(&world, old_policies());
    let again = world.run("plan -d calls -s dev --infra-dir infra").exits(0);
    let place = "warning[invalid-version]: the Version is missing, so IAM takes the old one\n --> infra/base/roles/function.json:1:1";
    assert!(again.stderr.contains(place), "{again}");
}

fn are_written(world: &World, policies: Vec<(&str, Value)>) {
    let directory = world.topology("calls", TOPOLOGY);
    for (what, policy) in policies {
        world
            .tcperm()
            .write("infra/base/roles/function.json", &policy.to_string());
        let line = format!("-d {directory} -s dev --infra-dir infra");
        world.run(&format!("create {line}")).exits(0);
        let role = world.role(ROLE);
        assert_eq!(meaning(&role.inline[ROLE]), meaning(&policy), "{what}");
        world.run(&format!("plan {line} --detailed-exitcode")).exits(0);
    }
}

fn a_trust_policy_is_written_as_the_file_has_it(world: &World) {
    let directory = world.topology("calls", TOPOLOGY);
    world
        .tcperm()
        .write("infra/base/roles/function.json", &policies()[0].1.to_string());
    for (what, trust) in trusts() {
        world
            .tcperm()
            .write("infra/base/roles/function.trust.json", &trust.to_string());
        let line = format!("-d {directory} -s dev --infra-dir infra");
        world.run(&format!("create {line}")).exits(0);
        assert_eq!(meaning(&world.role(ROLE).trust), meaning(&trust), "{what}");
        world.run(&format!("plan {line} --detailed-exitcode")).exits(0);
    }
}
