use serde_json::json;

use crate::support::{Outcome, Tcperm};

const READ: &str = r#"// what the team wrote
{"Version": "2012-10-17", "Statement": [
  {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"},
  /* "no" secrets [ */
  {"Sid": "NoSecret", "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b/secret/*"}
]}
"#;

const BOUND: &str = r#"{"Version": "2012-10-17", "Statement":
  {"Sid": "Only", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/x"}}"#;

const SESSION: &str = r#"{"Version": "2012-10-17", "Statement":
  {"Sid": "Passed", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/s*"}}"#;

const BUCKET: &str = r#"{"Version": "2012-10-17", "Statement":
  {"Sid": "Shared", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:role/reader"},
   "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}}"#;

fn project() -> Tcperm {
    Tcperm::in_project(&[
        ("read.json", READ),
        ("bound.json", BOUND),
        ("session.json", SESSION),
        ("bucket.json", BUCKET),
        ("bad.json", "{\"Version\": \"2012-10-17\",\n \"Statement\": [}"),
    ])
}

fn ask(line: &str) -> Outcome {
    project().args(format!("can {line}").split(' ')).run()
}

#[test]
fn policies_in_files_answer_with_the_line_of_the_statement() {
    for line in [
        "--policy read.json s3:GetObject --on arn:aws:s3:::b/x",
        "s3:GetObject --on arn:aws:s3:::b/x --policy read.json",
        "s3:GetObject --on arn:aws:s3:::b/x --policy bound.json read.json",
    ] {
        let answer = ask(&format!("{line} --format json")).exits(0).json();
        let found = answer["determining"].as_array().unwrap();
        let read = json!({"policy": "read.json", "sid": "Read", "effect": "Allow", "file": "read.json:3", "edges": []});
        assert!(found.contains(&read), "{answer}");
    }
}

#[test]
fn a_deny_in_a_file_wins() {
    let answer = ask("--policy read.json s3:GetObject --on arn:aws:s3:::b/secret/x --format json");
    let answer = answer.exits(3).json();
    assert_eq!(answer["decision"], "explicit_deny");
    assert_eq!(answer["determining"][0]["sid"], "NoSecret");
    assert_eq!(answer["determining"][0]["file"], "read.json:5");
}

#[test]
fn a_boundary_and_a_session_limit_what_policies_allow_and_say_which_of_them_does() {
    let lacking = |line: &str| {
        let answer = ask(&format!("--policy read.json s3:GetObject {line} --format json"));
        (answer.code, answer.json()["lacking"].clone())
    };
    let bound = "--boundary-policy bound.json";
    let session = "--session-policy session.json";
    assert_eq!(lacking("--on arn:aws:s3:::b/y").0, 0);
    assert_eq!(lacking(&format!("--on arn:aws:s3:::b/x {bound}")).0, 0);
    assert_eq!(
        lacking(&format!("--on arn:aws:s3:::b/y {bound}")),
        (3, json!("boundary"))
    );
    assert_eq!(
        lacking(&format!("--on arn:aws:s3:::b/y {session}")),
        (3, json!("session"))
    );
    assert_eq!(lacking("--on arn:aws:s3:::other/y"), (3, json!("identity")));
}

#[test]
fn the_policy_of_a_resource_allows_whom_it_names() {
    let line = "--policy session.json s3:GetObject --on arn:aws:s3:::b/x --resource-policy bucket.json";
    let named = |name: &str| {
        ask(&format!(
            "{line} --principal arn:aws:iam::123456789012:role/{name}"
        ))
        .code
    };
    assert_eq!(named("reader"), 0);
    assert_eq!(named("writer"), 3);
}

#[test]
fn a_file_that_is_no_policy_is_told_with_its_line() {
    let outcome = ask("--policy bad.json s3:GetObject --on arn:aws:s3:::b/x").exits(1);
    assert!(outcome.stderr.contains("bad.json:2"), "{outcome}");
    let outcome = ask("--policy nowhere.json s3:GetObject --on arn:aws:s3:::b/x").exits(1);
    assert!(outcome.stderr.contains("nowhere.json"), "{outcome}");
    let outcome = ask("--policy read.json --on arn:aws:s3:::b/x").exits(2);
    assert!(outcome.stderr.contains("`read.json` is no action"), "{outcome}");
}

#[test]
fn a_policy_that_iam_would_refuse_is_no_policy() {
    let deny = r#"{"Version": "2012-10-17", "Statement": [
 {"Effect": "Deny", "Action": "s3:*", "Resource": "*",
  "Condition": {"StringNotEqual": {"aws:PrincipalTag/a": "b"}}}]}"#;
    let tcperm = Tcperm::in_project(&[("read.json", READ), ("deny.json", deny), ("bucket.json", BUCKET)]);
    let ask = |line: &str| tcperm.args(format!("can {line}").split(' ')).run();
    let outcome = ask("s3:GetObject --on arn:aws:s3:::b/x --policy read.json deny.json").exits(1);
    assert!(
        outcome.stderr.contains("no condition operator `StringNotEqual`"),
        "{outcome}"
    );
    assert!(outcome.stderr.contains("deny.json:3"), "{outcome}");
    for flag in [
        "--policy",
        "--policy read.json --boundary-policy",
        "--policy read.json --session-policy",
    ] {
        let outcome = ask(&format!("s3:GetObject --on arn:aws:s3:::b/x {flag} bucket.json")).exits(1);
        assert!(outcome.stderr.contains("`--resource-policy FILE`"), "{outcome}");
    }
    let line = |policy: &str| {
        format!(
            r#"{{"action": "s3:GetObject", "policies": {}}}"#,
            policy.replace('\n', " ")
        )
    };
    let input = format!("{}\n{}\n", line(deny), line(BUCKET));
    let outcome = tcperm.args(["can", "--batch", "-"]).input(&input).run().exits(1);
    assert!(
        outcome
            .stderr
            .contains("-:1: `policies` is no policy: IAM has no condition operator"),
        "{outcome}"
    );
    assert!(
        outcome.stderr.contains("-:2: `policies` names a principal"),
        "{outcome}"
    );
}

#[test]
fn a_request_is_for_one_action_and_one_resource() {
    ask("--policy read.json s3:Get* --on arn:aws:s3:::b/x").exits(2);
    let wild = ask("--policy read.json s3:GetObject --on arn:aws:s3:::b/*").exits(0);
    assert!(
        wild.stderr
            .contains("a wildcard in it is taken as the character itself"),
        "{wild}"
    );
    let name = ask("--policy read.json s3:GetObject --on b").exits(3);
    assert!(name.stderr.contains("the resource is no ARN"), "{name}");
}
