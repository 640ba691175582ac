use serde_json::{Value, json};

use super::{ACCOUNT, PACKER, orders};
use crate::support::{Outcome, Tcperm};

fn run(tcperm: &Tcperm, flags: &str, lines: &[&str]) -> Outcome {
    let line = format!("can {flags} --batch -");
    let words: Vec<&str> = line.split_whitespace().collect();
    tcperm.args(words).input(&lines.join("\n")).run()
}

fn of_sandbox() -> String {
    format!("-s dev --account {ACCOUNT} --region us-west-2")
}

fn answers(outcome: &Outcome) -> Vec<Value> {
    let lines = outcome.stdout.lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn each_line_is_answered_in_its_place() {
    let invoke = |principal: &str, tag: &str| {
        json!({
            "principal": principal, "action": "lambda:InvokeFunction", "resource": format!("{PACKER}_dev"),
            "context": {"aws:ResourceTag/sandbox": tag},
        })
        .to_string()
    };
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/tc-base-state-dev/run");
    let lines = [
        invoke("function", "dev"),
        invoke("tc-base-state-dev", "qa"),
        invoke(&session, "dev"),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let outcome = run(&orders(), &of_sandbox(), &lines).exits(0);
    let statement = |role: &str| {
        json!([{"policy": role, "sid": "InvokeFunction", "effect": "Allow",
            "file": "templates/capability/function.invoke.json:3"}])
    };
    assert_eq!(
        answers(&outcome),
        [
            json!({"decision": "allowed", "determining": statement("tc-base-function-dev"), "missing_context": []}),
            json!({"decision": "implicit_deny", "determining": [], "missing_context": []}),
            json!({"decision": "allowed", "determining": statement("tc-base-state-dev"), "missing_context": []}),
        ]
    );
    assert_eq!(outcome.stderr, "");
}

#[test]
fn a_bad_line_is_told_in_its_place_and_fails_the_run_at_its_end() {
    let good = r#"{"principal": "function", "action": "logs:PutLogEvents", "resource": "*"}"#;
    let lines = [
        good,
        "not json",
        "",
        r#"{"principal": "nobody", "action": "a:B"}"#,
        r#"{"principal": "function", "action": "a:B", "resorce": "*"}"#,
        r#"{"action": "a:B"}"#,
        r#"{"principal": "function", "action": "a:B", "context": {"k": {"v": 1}}}"#,
        r#"{"principal": "function", "action": "a:B", "context": {"a:k": "1", "A:K": "2"}}"#,
        r#"{"action": "a:B", "policies": [{"Statement": 1}]}"#,
        good,
    ];
    let outcome = run(&orders(), &of_sandbox(), &lines).exits(1);
    let answers = answers(&outcome);
    let numbers: Vec<&Value> = answers.iter().map(|answer| &answer["error"]["line"]).collect();
    let expected = [
        json!(null),
        json!(2),
        json!(4),
        json!(5),
        json!(6),
        json!(7),
        json!(8),
        json!(9),
        json!(null),
    ];
    assert_eq!(numbers, expected.iter().collect::<Vec<_>>());
    for (line, message) in [
        (2, "it is no JSON"),
        (4, "no role `nobody`"),
        (5, "unknown field `resorce`"),
        (6, "give its `principal`"),
        (8, "stands twice"),
        (9, "`policies[0]` is no policy"),
    ] {
        let told = outcome
            .stderr
            .lines()
            .find(|told| told.contains(&format!("-:{line}: ")));
        assert!(
            told.is_some_and(|told| told.contains(message)),
            "{line}: {outcome}"
        );
    }
}

#[test]
fn policies_of_a_line_count_and_are_told_apart_from_those_of_others() {
    let policy = |sid: &str, action: &str| json!({"Version": "2012-10-17", "Statement": [{"Sid": sid, "Effect": "Allow", "Action": action, "Resource": "*"}]});
    let line = |policies: &Value, boundary: &Value| {
        json!({"action": "s3:GetObject", "resource": "arn:aws:s3:::b/x", "policies": policies, "boundary": boundary}).to_string()
    };
    let (read, write) = (policy("Read", "s3:Get*"), policy("Write", "s3:Put*"));
    let lines = [
        line(&json!([read]), &Value::Null),
        line(&json!([write]), &Value::Null),
        line(&json!([write, read]), &Value::Null),
        line(&read, &write),
        line(&json!(read.to_string()), &Value::Null),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let outcome = run(&Tcperm::in_project(&[]), "", &lines).exits(0);
    let told: Vec<(Value, Value)> = answers(&outcome)
        .into_iter()
        .map(|answer| {
            (
                answer["decision"].clone(),
                answer["determining"][0]["policy"].clone(),
            )
        })
        .collect();
    let expected = [
        ("allowed", json!("policies[0]")),
        ("implicit_deny", Value::Null),
        ("allowed", json!("policies[1]")),
        ("implicit_deny", Value::Null),
        ("allowed", json!("policies")),
    ];
    assert_eq!(told, expected.map(|(decision, policy)| (json!(decision), policy)));
}

#[test]
fn a_key_can_be_missing_have_one_value_or_many() {
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:B", "Resource": "*", "Condition": {"ForAnyValue:StringEquals": {"a:k": "1"}}}]}"#;
    let line =
        |value: &str| format!(r#"{{"action": "a:B", "policies": {policy}, "context": {{"a:k": {value}}}}}"#);
    let open = format!(r#"{{"action": "a:B", "policies": {policy}}}"#);
    let lines: Vec<String> = ["1", "\"1\"", "[2, 1]", "[2]", "null", "true"].map(line).into();
    let lines: Vec<&str> = lines.iter().map(String::as_str).chain([open.as_str()]).collect();
    let outcome = run(&Tcperm::in_project(&[]), "", &lines).exits(0);
    let answers = answers(&outcome);
    let decisions: Vec<bool> = answers
        .iter()
        .map(|answer| answer["decision"] == "allowed")
        .collect();
    assert_eq!(decisions, [true, true, true, false, false, false, false]);
    let open: Vec<bool> = answers
        .iter()
        .map(|answer| answer["missing_context"] == json!(["a:k"]))
        .collect();
    assert_eq!(open, [false, false, false, false, false, false, true]);
}

#[test]
fn lines_of_a_file_are_answered_by_the_policies_of_files() {
    let policy = r#"{"Version": "2012-10-17", "Statement": [
 {"Sid": "One", "Effect": "Allow", "Action": "a:B", "Resource": "*"}]}"#;
    let tcperm = Tcperm::in_project(&[
        ("p.json", policy),
        ("lines", "{\"action\": \"a:B\"}\r\n{\"action\": \"a:C\"}"),
    ]);
    let outcome = tcperm
        .args(["can", "--batch", "lines", "--policy", "p.json"])
        .run()
        .exits(0);
    let answers = answers(&outcome);
    assert_eq!(answers[0]["determining"][0]["file"], "p.json:2");
    assert_eq!(answers[1]["decision"], "implicit_deny");
    let gone = tcperm
        .args(["can", "--batch", "gone", "--policy", "p.json"])
        .run()
        .exits(1);
    assert!(gone.stderr.contains("gone"), "{gone}");
}
