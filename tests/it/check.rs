//! `tcperm check`: what it looks at, what it says, in which form, and how it exits.

mod baseline;
mod forms;
mod reading;
mod templates;

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Outcome, Tcperm, root};

/// A policy in which nothing is to be found.
const SOUND: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-west-2:123456789012:orders"}]}"#;

/// A policy with a warning.
const OPEN: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}]}"#;

/// A policy with an error.
const WRONG: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "SendMessage", "Resource": "arn:aws:sqs:us-west-2:123456789012:orders"}]}"#;

/// A project in which every rule about policies has something to find.
fn project() -> PathBuf {
    root().join("tests/it/data/check")
}

fn check(tcperm: &Tcperm, arguments: &[&str]) -> Outcome {
    tcperm.bare(["check"].iter().chain(arguments).copied()).run()
}

/// The findings of a run, as they are printed for programs.
#[track_caller]
fn found(tcperm: &Tcperm, arguments: &[&str]) -> Vec<Value> {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
    let document = check(tcperm, &arguments).json();
    document["diagnostics"].as_array().unwrap().clone()
}

/// `code file:line:column` of each finding.
#[track_caller]
fn places(tcperm: &Tcperm, arguments: &[&str]) -> Vec<String> {
    let place = |finding: &Value| {
        let text = |key: &str| finding[key].as_str().unwrap_or("-").to_owned();
        let (line, column) = (&finding["line"], &finding["column"]);
        format!("{} {}:{line}:{column}", text("code"), text("file"))
    };
    found(tcperm, arguments).iter().map(place).collect()
}

#[test]
fn every_rule_about_policies_is_found_in_the_file_that_bears_its_name() {
    let tcperm = Tcperm::in_copy_of(&project());
    let findings = found(&tcperm, &["policies", "infra", "--baseline", "none.toml"]);
    let mut codes = BTreeSet::new();
    for finding in &findings {
        let (code, file) = (
            finding["code"].as_str().unwrap(),
            finding["file"].as_str().unwrap(),
        );
        if let Some(name) = file.strip_prefix("policies/") {
            assert_eq!(name, format!("{code}.json"), "{finding:#}");
        }
        codes.insert(code);
    }
    for known in tcperm::policy::lint::CODES {
        assert!(codes.contains(known.name), "{} is not found", known.name);
    }
}

#[test]
fn the_exit_code_says_whether_something_was_found() {
    let tcperm = Tcperm::in_project(&[
        ("sound/a.json", SOUND),
        ("open/a.json", OPEN),
        ("wrong/a.json", WRONG),
    ]);
    check(&tcperm, &["sound"]).exits(0);
    check(&tcperm, &["sound", "--deny", "warnings"]).exits(0);
    check(&tcperm, &["open"]).exits(0);
    check(&tcperm, &["open", "--deny", "warnings"]).exits(3);
    check(&tcperm, &["wrong"]).exits(3);
    check(&tcperm, &[]).exits(3);
    check(&tcperm, &["sound", "nowhere"]).exits(1);
    check(&tcperm, &["sound", "--reason", "why"]).exits(2);
    check(&tcperm, &["sound", "--write-baseline", "--reason", " "]).exits(2);
    for format in ["json", "sarif"] {
        check(&tcperm, &["open", "--deny", "warnings", "--format", format]).exits(3);
    }
}

#[test]
fn where_there_is_nothing_to_check_it_fails() {
    let tcperm = Tcperm::in_project(&[("machine.json", r#"{"StartAt": "A", "States": {}}"#)]);
    let outcome = check(&tcperm, &[]).exits(1);
    assert!(outcome.stderr.contains("there is nothing to check"), "{outcome}");
}

#[test]
fn warnings_of_a_topology_are_those_of_rendering_it() {
    let topology = "name: shop\nfunctions:\n  intake: { event: Nothing }\n";
    let tcperm = Tcperm::in_project(&[("services/shop/topology.yml", topology)]);
    let expected = ["unknown-target services/shop/topology.yml:3:20"];
    for path in ["services", "services/shop", "services/shop/topology.yml", "."] {
        assert_eq!(places(&tcperm, &[path]), expected, "{path}");
    }
}

#[test]
fn what_is_wrong_in_the_configuration_is_found_and_other_paths_are_checked() {
    let tcperm = Tcperm::in_project(&[
        ("shop/tcperm.toml", "boundery = 'x'\n"),
        ("shop/open.json", OPEN),
        ("tools/open.json", OPEN),
    ]);
    assert_eq!(
        places(&tcperm, &["shop", "tools"]),
        [
            "invalid-config shop/tcperm.toml:1:1",
            "any-resource tools/open.json:1:102"
        ]
    );
    check(&tcperm, &["shop"]).exits(3);
}

#[test]
fn the_examples_have_no_errors() {
    let tcperm = Tcperm::in_folder(&root().join("examples"));
    let outcome = check(&tcperm, &[]).exits(0);
    assert!(outcome.stderr.contains(" in 11 topologies"), "{outcome}");
    for finding in found(&tcperm, &[]) {
        assert_eq!(finding["code"], "unknown-graphql-api");
    }
}

#[test]
fn the_version_says_of_which_day_the_data_about_aws_is() {
    let tcperm = Tcperm::in_project(&[]);
    let date = tcperm::policy::catalogue::Catalogue::built_in().date();
    let version = |arguments: &[&str]| tcperm.bare(arguments.iter().copied()).run().exits(0).stdout;
    let short = format!("tcperm {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(version(&["--version"]), short);
    for arguments in [&["--version", "--verbose"][..], &["-vV"], &["--verbose", "-V"]] {
        let long = version(arguments);
        assert!(long.starts_with(&short) && long.contains(date), "{long}");
    }
}
