//! `diff` says which of two allows more, by a request, and the gate holds back what would widen a role.

mod gate;

use serde_json::Value;

use crate::support::{Outcome, Tcperm};

/// A policy of one statement.
fn policy(actions: &str, resource: &str, more: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": {actions}, "Resource": "{resource}"{more}}}]}}"#
    )
}

fn diff(first: &str, second: &str) -> Outcome {
    let tcperm = Tcperm::in_project(&[("a.json", first), ("b.json", second)]);
    tcperm
        .args(["diff", "a.json", "b.json", "--format", "json"])
        .run()
}

#[test]
fn the_second_policy_is_compared_with_the_first() {
    let one = policy(r#""sqs:SendMessage""#, "arn:aws:sqs:us-west-2:123456789012:a", "");
    let pattern = policy(r#"["sqs:Send*"]"#, "arn:aws:sqs:us-west-2:123456789012:*", "");
    let other = policy(r#""sqs:GetQueueUrl""#, "arn:aws:sqs:us-west-2:123456789012:a", "");
    for (first, second, relation, code) in [
        (&one, &one, "EQUAL", 0),
        (&pattern, &one, "NARROWER", 0),
        (&one, &pattern, "BROADER", 3),
        (&one, &other, "INCOMPARABLE", 3),
    ] {
        let found = diff(first, second).exits(code).json();
        assert_eq!(found["relation"], relation);
        let witness = |side: &str| found["roles"][0][side]["witness"].clone();
        let is_more = |side: &str| witness(side) != Value::Null;
        assert_eq!(
            is_more("only_first"),
            ["NARROWER", "INCOMPARABLE"].contains(&relation),
            "{found:#}"
        );
        assert_eq!(
            is_more("only_second"),
            ["BROADER", "INCOMPARABLE"].contains(&relation),
            "{found:#}"
        );
    }
}

#[test]
fn other_words_for_the_same_are_equal() {
    let short = policy(r#"["sqs:SendMessage", "sqs:GetQueueUrl"]"#, "*", "");
    let long = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "SQS:sendmessage", "Resource": ["*", "arn:aws:sqs:*:*:a"]},
        {"Effect": "Allow", "Action": "sqs:GetQueueUrl", "Resource": "*"}]}"#;
    assert_eq!(diff(&short, long).exits(0).json()["relation"], "EQUAL");
}

#[test]
fn a_condition_makes_a_policy_narrower_and_if_exists_less_so() {
    let condition = |operator: &str| {
        policy(
            r#""sqs:*""#,
            "*",
            &format!(r#", "Condition": {{"{operator}": {{"aws:ResourceTag/sandbox": "dev"}}}}"#),
        )
    };
    let plain = policy(r#""sqs:*""#, "*", "");
    let (tagged, if_exists) = (condition("StringEquals"), condition("StringEqualsIfExists"));
    assert_eq!(diff(&plain, &tagged).exits(0).json()["relation"], "NARROWER");
    assert_eq!(diff(&tagged, &if_exists).exits(3).json()["relation"], "BROADER");
    assert_eq!(diff(&plain, &if_exists).exits(0).json()["relation"], "NARROWER");
}

#[test]
fn roles_that_stand_are_what_the_topology_renders() {
    let tcperm = Tcperm::in_copy_of_example("orders").local();
    tcperm.args(["create", "-s", "dev"]).run().exits(0);
    let found = tcperm
        .args(["diff", "rendered", "live", "-s", "dev", "--format", "json"])
        .run();
    let found = found.exits(0).json();
    assert_eq!(found["relation"], "EQUAL");
    assert_eq!(found["roles"].as_array().unwrap().len(), 4);
}

#[test]
fn a_policy_is_compared_with_a_role_and_plans_with_each_other() {
    let tcperm = Tcperm::in_copy_of_example("orders").local();
    tcperm.args(["create", "-s", "dev"]).run().exits(0);
    tcperm.write("all.json", &policy(r#""*""#, "*", ""));
    let live = "live:tc-base-function-dev";
    let found = tcperm
        .args(["diff", "all.json", live, "-s", "dev", "--format", "json"])
        .run();
    assert_eq!(found.exits(0).json()["relation"], "NARROWER");
    let nameless = tcperm
        .args(["diff", "all.json", "live", "-s", "dev"])
        .run()
        .exits(1);
    assert!(nameless.stderr.contains("live:ROLE"), "{nameless}");
    let unknown = tcperm
        .args(["diff", "all.json", "live:tc-base-page-dev", "-s", "dev"])
        .run()
        .exits(1);
    assert!(unknown.stderr.contains("`tc-base-function-dev`"), "{unknown}");
    tcperm
        .args(["plan", "-s", "dev", "--out", "before"])
        .run()
        .exits(0);
    let topology = tcperm::source::read(&tcperm.folder().join("topology.yml")).unwrap();
    assert!(topology.contains("  returns:"), "{topology}");
    let found = tcperm.args(["diff", "before", "before"]).run().exits(0);
    assert!(found.stderr.starts_with("EQUAL"), "{found}");
}

#[test]
fn a_difference_for_people_shows_a_request_each_way() {
    let first = policy(r#""sqs:SendMessage""#, "*", "");
    let second = policy(r#""sqs:GetQueueUrl""#, "*", "");
    let tcperm = Tcperm::in_project(&[("a.json", &first), ("b.json", &second)]);
    insta::assert_snapshot!(tcperm.args(["diff", "a.json", "b.json"]).run().to_string());
}

#[test]
fn what_is_neither_policy_nor_plan_is_refused_with_its_place() {
    let tcperm = Tcperm::in_project(&[("a.json", "{\"Statement\": 1}"), ("b.json", "{}")]);
    insta::assert_snapshot!(tcperm.args(["diff", "a.json", "b.json"]).run().to_string());
    let nobody = tcperm.args(["diff", "a.json", "live"]).run().exits(2);
    assert!(nobody.stderr.contains("--sandbox"), "{nobody}");
}
