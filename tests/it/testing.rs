//! `tcperm test`: what tests say of the roles, what is wrong with their files, and the tests that
//! follow from a topology.

mod files;
mod init;
mod junit;

use serde_json::{Value, json};

use crate::support::{Outcome, Tcperm};

const TOPOLOGY: &str = "\
name: orders
functions:
  intake: { function: packer }
  packer: {}
queues:
  returns: { function: packer }
";

const PLACE: &str = "-s dev --account 123456789012 --region us-west-2";

/// Runs tcperm in its folder.
fn run(tcperm: &Tcperm, line: &str) -> Outcome {
    tcperm.args(line.split_whitespace()).run()
}

/// A project with a topology of two functions, and these tests.
fn project(tests: &str) -> Tcperm {
    Tcperm::in_project(&[("topology.yml", TOPOLOGY), ("permissions.yml", tests)])
}

/// What these tests come to.
fn tested(tests: &str) -> Outcome {
    run(&project(tests), &format!("test {PLACE}"))
}

/// A test of `packer` with these lines besides.
fn packer(lines: &str) -> String {
    format!(
        "tests:\n- name: one\n  role: function\n  action: lambda:InvokeFunction\n  \
         resource: arn:aws:lambda:us-west-2:123456789012:function:orders_packer_dev\n{lines}"
    )
}

/// The first case of these tests in JSON.
fn case(tests: &str, code: i32) -> Value {
    let line = format!("test {PLACE} --format json");
    run(&project(tests), &line).exits(code).json()["tests"][0].clone()
}

#[test]
fn a_test_passes_when_the_role_says_what_it_expects_and_only_then() {
    let verdicts = ["allowed", "denied", "explicit_deny", "implicit_deny"];
    for (tag, passing) in [("dev", vec!["allowed"]), ("qa", vec!["denied", "implicit_deny"])] {
        for expected in verdicts {
            let tests = packer(&format!(
                "  context: {{ 'aws:ResourceTag/sandbox': {tag} }}\n  expected: {expected}\n"
            ));
            let passes = passing.contains(&expected);
            let case = case(&tests, if passes { 0 } else { 3 });
            assert_eq!(
                case["result"],
                if passes { "passed" } else { "failed" },
                "{tag} {expected}"
            );
            assert_eq!(
                case["answer"]["decision"],
                if tag == "dev" { "allowed" } else { "implicit_deny" }
            );
        }
    }
}

#[test]
fn a_green_run_says_one_line() {
    let tests = packer("  context: { 'aws:ResourceTag/sandbox': dev }\n  expected: allowed\n");
    let outcome = tested(&tests).exits(0);
    assert_eq!(
        (outcome.stdout.as_str(), outcome.stderr.as_str()),
        ("", "1 passed\n")
    );
}

#[test]
fn a_failure_names_the_test_the_nearest_statement_and_the_condition_that_fails() {
    let tests = packer("  context: { 'aws:ResourceTag/sandbox': qa }\n  expected: allowed\n");
    insta::assert_snapshot!("test that fails", tested(&tests));
}

#[test]
fn a_test_that_is_denied_and_allowed_names_the_statement_that_decided() {
    let tests = packer("  context: { 'aws:ResourceTag/sandbox': dev }\n  expected: denied\n");
    let outcome = tested(&tests).exits(3);
    assert!(
        outcome.stdout.contains(
            "  allowed by InvokeFunction of tc-base-function-dev
"
        ),
        "{outcome}"
    );
    assert!(
        outcome
            .stdout
            .contains("templates/capability/function.invoke.json:"),
        "{outcome}"
    );
    let case = case(&tests, 3);
    assert_eq!(case["answer"]["determining"][0]["sid"], "InvokeFunction");
    assert_eq!(case["answer"]["determining"][0]["effect"], "Allow");
}

#[test]
fn what_depends_on_a_key_that_is_not_given_fails_whatever_is_expected() {
    for expected in ["allowed", "denied"] {
        let tests = packer(&format!("  expected: {expected}\n"));
        let case = case(&tests, 3);
        assert_eq!(case["failure"], "uncertain");
        assert_eq!(
            case["answer"]["missing_context"],
            json!(["aws:ResourceTag/sandbox"])
        );
        let help = case["reasons"][1].as_str().unwrap();
        assert!(
            help.contains("`aws:ResourceTag/sandbox: …` below `context`"),
            "{help}"
        );
    }
    let missing = packer("  context: { 'aws:ResourceTag/sandbox': null }\n  expected: denied\n");
    assert_eq!(case(&missing, 0)["result"], "passed");
}

#[test]
fn a_role_goes_by_its_kind_and_by_its_name_and_another_one_fails() {
    let with = |role: &str| {
        let tests = packer("  context: { 'aws:ResourceTag/sandbox': dev }\n  expected: allowed\n");
        tests.replace("role: function", &format!("role: {role}"))
    };
    for role in ["function", "tc-base-function-dev", "TC-base-function-{{sandbox}}"] {
        assert_eq!(
            case(&with(role), 0)["answer"]["role"]["name"],
            "tc-base-function-dev",
            "{role}"
        );
    }
    let case = case(&with("functoin"), 3);
    assert_eq!(case["failure"], "no_role");
    assert_eq!(case["answer"], Value::Null);
    let known = "help: did you mean `function`? there are `function`";
    assert_eq!(case["reasons"], json!(["there is no role `functoin`", known]));
}

#[test]
fn a_function_s_own_role_goes_by_what_it_is_for() {
    let tests = packer("  context: { 'aws:ResourceTag/sandbox': dev }\n  expected: allowed\n");
    let tests = tests.replace(
        "role: function",
        "role: [function/orders/intake, tc-orders-intake-dev]",
    );
    let own = TOPOLOGY.replace(
        "{ function: packer }",
        "{ function: packer, runtime: { role_name: intake } }",
    );
    let tcperm = Tcperm::in_project(&[("topology.yml", &own), ("permissions.yml", &tests)]);
    let rendered = run(&tcperm, &format!("render {PLACE} --format json"));
    if rendered.code != 0 || !rendered.stdout.contains("tc-orders-intake-dev") {
        let with = "{ function: packer, runtime: { role_file: intake.json } }";
        tcperm.write("topology.yml", &TOPOLOGY.replace("{ function: packer }", with));
        let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "lambda:InvokeFunction",
            "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/sandbox": "{{sandbox}}"}}}]}"#;
        tcperm.write("intake.json", policy);
    }
    let outcome = run(&tcperm, &format!("test {PLACE}")).exits(0);
    assert!(outcome.stderr.ends_with("2 passed\n"), "{outcome}");
}

#[test]
fn lists_make_a_case_of_each_combination() {
    let tests = "\
tests:
- name: queues
  role: [function, tc-base-function-dev]
  action: [sqs:ReceiveMessage, sqs:DeleteMessage, sqs:GetQueueAttributes]
  resource:
  - 'arn:{{partition}}:sqs:{{region}}:{{account}}:returns'
  - 'arn:{{partition}}:sqs:{{region}}:{{ account }}:others'
  expected: allowed
";
    let outcome = run(&project(tests), &format!("test {PLACE} --format json")).exits(3);
    let document = outcome.json();
    assert_eq!((&document["passed"], &document["failed"]), (&json!(6), &json!(6)));
    let failed: Vec<&str> = document["tests"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|case| case["result"] == "failed")
        .map(|case| case["resource"].as_str().unwrap())
        .collect();
    assert_eq!(failed, ["arn:aws:sqs:us-west-2:123456789012:others"; 6]);
}

#[test]
fn one_file_serves_every_sandbox_account_and_region() {
    let tests = "\
tests:
- name: own
  role: function
  action: lambda:InvokeFunction
  resource: arn:{{partition}}:lambda:{{region}}:{{account}}:function:orders_packer_{{sandbox}}
  context: { aws:ResourceTag/sandbox: '{{sandbox}}' }
  expected: allowed
";
    for place in [
        "-s qa-7 --account 210987654321 --region eu-central-1",
        "-s my_dev --account 123456789012 --region cn-north-1",
    ] {
        run(&project(tests), &format!("test {place}")).exits(0);
    }
    let with_profile = tests.replace("packer_", "packer_{{profile}}_");
    let outcome = run(&project(&with_profile), &format!("test {PLACE}")).exits(1);
    assert!(
        outcome
            .stderr
            .contains("the variable `{{profile}}` has no value here"),
        "{outcome}"
    );
    run(&project(&with_profile), &format!("test {PLACE} -e prod")).exits(0);
}

#[test]
fn json_is_read_as_yaml_is() {
    let tests = json!({"tests": [{
        "name": "one", "role": "function", "action": "sqs:ReceiveMessage",
        "resource": "arn:aws:sqs:us-west-2:123456789012:returns", "expected": "allowed",
    }]});
    let tcperm = project("");
    tcperm.remove("permissions.yml");
    tcperm.write("permissions.json", &serde_json::to_string_pretty(&tests).unwrap());
    let outcome = run(&tcperm, &format!("test {PLACE}")).exits(0);
    assert_eq!(outcome.stderr, "1 passed\n");
}

#[test]
fn what_could_not_be_read_can_allow_what_nothing_else_does() {
    let tests = packer("  context: { 'aws:ResourceTag/sandbox': qa }\n  expected: denied\n");
    let tcperm = project(&tests).local();
    run(&tcperm, "create -s dev --region us-west-2").exits(0);
    run(&tcperm, "test -s dev --live --region us-west-2").exits(0);
    let bounded = project(&tests);
    let line = format!("test {PLACE} --boundary arn:aws:iam::123456789012:policy/edge");
    let outcome = run(&bounded, &line).exits(0);
    let unseen = "note: the permissions boundary arn:aws:iam::123456789012:policy/edge of `tc-base-function-dev` is not known";
    assert!(outcome.stderr.contains(unseen), "{outcome}");
}

#[test]
fn the_roles_of_an_account_are_tested_as_they_are() {
    let tests = packer("  context: { 'aws:ResourceTag/sandbox': dev }\n  expected: allowed\n");
    let resource = "arn:aws:lambda:us-west-2:{{account}}:function:orders_packer_dev";
    let tests = tests.replace(
        "arn:aws:lambda:us-west-2:123456789012:function:orders_packer_dev",
        resource,
    );
    let tcperm = project(&tests).local();
    let line = "test -s dev --live --region us-west-2";
    let outcome = run(&tcperm, line).exits(1);
    assert!(
        outcome.stderr.contains("the sandbox `dev` has no roles to test"),
        "{outcome}"
    );
    run(&tcperm, "create -s dev --region us-west-2").exits(0);
    run(&tcperm, line).exits(0);
    tcperm.write(
        "topology.yml",
        "name: orders\nfunctions: { intake: {}, packer: {} }\n",
    );
    run(&tcperm, line).exits(0);
    run(&tcperm, "create -s dev --region us-west-2").exits(0);
    run(&tcperm, line).exits(3);
}

#[test]
fn flags_that_do_not_go_together_are_bad_usage() {
    let tcperm = project(&packer("  expected: denied\n"));
    for line in [
        "test",
        "test -s dev",
        "test --account 123456789012",
        "test -s dev --account 123456789012 --local",
        "test -s dev --account 123456789012 --live --local",
        "test -s dev --account 123456789012 --force",
        "test --init --live",
        "test --init --junit a.xml",
    ] {
        run(&tcperm, line).exits(2);
    }
}
