//! The tests that follow from a topology: they hold of what tcperm renders, and fail where a role
//! reaches further.

use std::path::Path;

use serde_json::Value;

use super::{PLACE, TOPOLOGY, run};
use crate::support::{Tcperm, entries, examples, read, root};

const API: &str = "--graphql-api graphql=abcdefghijklmnopqrstuvwxyz";

/// Sandboxes whose names are alike, or hold what names can.
const SANDBOXES: [&str; 4] = ["dev", "my_dev", "other", "d.v-2"];

/// Writes the tests of a project and runs them for each sandbox; how many cases there are, and what is
/// not tested in full. `None` where the project has no roles.
fn held(folder: &Path, sandboxes: &[&str]) -> Option<(u64, Vec<Value>)> {
    let tcperm = Tcperm::in_copy_of(folder);
    let place = format!("--account 123456789012 --region us-west-2 {API}");
    let rendered = run(&tcperm, &format!("render -s dev {place} --format json"));
    if rendered.code != 0 || made(&rendered.json()) == 0 {
        return None;
    }
    let line = format!("test --init all.yml --region us-west-2 {API} --format json");
    let written = run(&tcperm, &line).exits(0).json();
    let mut cases = 0;
    // No test is no success.
    let code = i32::from(written["tests"] == 0);
    for sandbox in sandboxes {
        let outcome = run(
            &tcperm,
            &format!("test all.yml -s {sandbox} {place} --format json"),
        );
        assert_eq!(outcome.code, code, "{} {sandbox}: {outcome}", folder.display());
        if code == 0 {
            cases = outcome.json()["passed"].as_u64().unwrap();
        }
    }
    assert!(written["tests"].as_u64().unwrap() <= cases, "{written}");
    Some((cases, written["untested"].as_array().unwrap().clone()))
}

/// How many roles tcperm makes.
fn made(rendered: &Value) -> usize {
    let roles = rendered["roles"].as_array().unwrap().iter();
    roles.filter(|role| role["kind"] != "provided").count()
}

#[test]
fn the_tests_of_every_example_hold_in_every_sandbox() {
    for name in examples() {
        let held = held(&root().join("examples").join(&name), &SANDBOXES);
        let (cases, untested) = held.unwrap_or_default();
        assert!(cases > 0, "{name}");
        for one in untested {
            assert_eq!(one["capability"], "logs.deliver", "{name}: {one}");
        }
    }
}

#[test]
fn the_tests_of_every_fixture_hold_in_every_sandbox() {
    let mut projects = 0;
    for folder in entries(&root().join("tests/fixtures")) {
        if folder.join("arguments").is_file() {
            continue;
        }
        let Some((_, untested)) = held(&folder, &["other"]) else {
            continue;
        };
        projects += 1;
        for one in untested {
            let reason = one["reason"].as_str().unwrap();
            let known = [
                "AWS has nothing narrower",
                "somebody else keeps the role",
                "something is not known",
            ];
            assert!(
                known.iter().any(|known| reason.contains(known)),
                "{}: {one}",
                folder.display()
            );
        }
    }
    assert!(projects > 50, "{projects} projects");
}

/// What stands in the built-in template of calls, and what a team could write instead.
const CONDITION: &str = r#""Condition": {"StringEquals": {"aws:ResourceTag/{{tag_key}}": "{{sandbox}}"}}"#;

/// A project whose function role is made by this template of the statement that lets functions call.
fn planted(statement: &str) -> Tcperm {
    let tcperm = Tcperm::in_project(&[("topology.yml", TOPOLOGY)]);
    run(&tcperm, &format!("test --init {API}")).exits(0);
    run(&tcperm, "init --infra-dir infra -c function").exits(0);
    let path = "infra/base/roles/function.json";
    let text = read(&tcperm.folder().join(path));
    let (before, rest) = text.split_once("{{#each grants.[function.invoke]}}").unwrap();
    let (_, after) = rest.split_once("{{/each}}").unwrap();
    let block = format!("{{{{#each grants.[function.invoke]}}}}{statement},{{{{/each}}}}");
    tcperm.write(path, &format!("{before}{block}{after}"));
    tcperm
}

fn statement(resource: &str, condition: &str) -> String {
    format!(
        r#"{{"Sid": "InvokeFunction{{{{variant}}}}", "Effect": "Allow", "Action": "lambda:InvokeFunction", {resource}{condition}}}"#
    )
}

const NAMES: &str = r#""Resource": ["arn:{{partition}}:lambda:{{region}}:{{account}}:function:*{{separator}}{{sandbox}}",
    "arn:{{partition}}:lambda:{{region}}:{{account}}:function:*{{separator}}{{sandbox}}:*"]"#;

/// What the tests of one call are named after.
const OWN: &str = "function InvokeFunction: orders_transducer";

/// The names of the tests of that call that fail with a planted statement.
fn failing(statement: &str) -> Vec<String> {
    let tcperm = planted(statement);
    let outcome = run(&tcperm, &format!("test {PLACE} --infra-dir infra --format json"));
    assert!([0, 3].contains(&outcome.code), "{outcome}");
    let document = outcome.json();
    let cases = document["tests"].as_array().unwrap().iter();
    let failed = cases.filter(|case| case["result"] == "failed");
    let mut names: Vec<String> = failed
        .map(|case| case["name"].as_str().unwrap().to_owned())
        .collect();
    names.dedup();
    names.retain(|name| name.starts_with(OWN));
    names
}

#[test]
fn a_fault_in_a_template_of_the_team_fails_the_tests_that_it_concerns() {
    let (begins, ends, untagged) = (
        format!("{OWN}, in a sandbox whose name begins alike"),
        format!("{OWN}, in a sandbox whose name ends alike"),
        format!("{OWN}, without its tag"),
    );
    let with = |condition: &str| statement(NAMES, &format!(", {condition}"));
    assert_eq!(failing(&with(CONDITION)), Vec::<String>::new());
    assert_eq!(failing(&statement(NAMES, "")), [ends.clone(), untagged.clone()]);
    let if_exists = CONDITION.replace("StringEquals", "StringEqualsIfExists");
    assert_eq!(failing(&with(&if_exists)), std::slice::from_ref(&untagged));
    let like = CONDITION
        .replace("StringEquals", "StringLike")
        .replace("\"{{sandbox}}\"", "\"*{{sandbox}}\"");
    assert_eq!(failing(&with(&like)), std::slice::from_ref(&ends));
    let anywhere = statement(r#""Resource": "*""#, "");
    assert_eq!(failing(&anywhere), [begins, ends, untagged]);
    let nothing = with(&CONDITION.replace("\"{{sandbox}}\"", "\"x{{sandbox}}\""));
    assert_eq!(failing(&nothing), [OWN]);
}

#[test]
fn a_file_that_is_there_is_kept_unless_it_is_to_be_replaced() {
    let tcperm = Tcperm::in_project(&[("topology.yml", TOPOLOGY)]);
    run(&tcperm, "test --init").exits(0);
    let path = tcperm.folder().join("permissions.yml");
    let written = read(&path);
    tcperm.write("permissions.yml", "tests: []\n");
    let outcome = run(&tcperm, "test --init").exits(1);
    assert!(
        outcome
            .stderr
            .contains("`permissions.yml` is there already; nothing was written"),
        "{outcome}"
    );
    assert!(outcome.stderr.contains("`--force` replaces it"), "{outcome}");
    assert_eq!(read(&path), "tests: []\n");
    let outcome = run(&tcperm, "test -s dev --account 123456789012").exits(1);
    assert!(outcome.stderr.contains("nothing was tested"), "{outcome}");
    run(&tcperm, "test --init --force").exits(0);
    assert_eq!(read(&path), written);
}

#[test]
fn what_is_written_names_no_sandbox_account_or_region() {
    let tcperm = Tcperm::in_copy_of_example("storefront");
    run(&tcperm, "test --init all.yml --region eu-central-1").exits(0);
    let text = read(&tcperm.folder().join("all.yml"));
    for mark in [
        "zq0x",
        "zq1x",
        "zq2x",
        "907160483521",
        "eu-central-1:",
        "arn:aws:",
    ] {
        assert!(!text.contains(mark), "{mark} in {text}");
    }
    let again = Tcperm::in_copy_of_example("storefront");
    run(
        &again,
        "test --init all.yml --region us-west-2 -s qa --account 123456789012",
    )
    .exits(0);
    assert_eq!(read(&again.folder().join("all.yml")), text);
}

#[test]
fn a_topology_with_faults_gives_no_tests_and_speaks_of_no_mark() {
    let tcperm = Tcperm::in_project(&[("topology.yml", "name: orders\nfunctions: [a\n")]);
    let outcome = run(&tcperm, "test --init").exits(1);
    assert!(!outcome.stderr.contains("zq0x"), "{outcome}");
    assert!(!tcperm.folder().join("permissions.yml").exists());
}
