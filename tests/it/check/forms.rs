//! The forms in which findings are printed.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{OPEN, WRONG, check, project};
use crate::support::Tcperm;

#[test]
fn the_findings_of_a_project_are_printed_as_recorded() {
    let tcperm = Tcperm::in_copy_of(&project());
    for format in ["human", "json", "sarif"] {
        let outcome = check(&tcperm, &[".", "--infra-dir", "infra", "--format", format]).exits(3);
        let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
        let text = outcome.to_string().replace(&version, "\"[VERSION]\"");
        insta::assert_snapshot!(format!("check as {format}"), text);
    }
}

#[test]
fn two_runs_print_the_same() {
    let tcperm = Tcperm::in_copy_of(&project());
    let run = || check(&tcperm, &["infra", ".", "policies", "--format", "sarif"]).stdout;
    assert_eq!(run(), run());
}

/// What code scanning asks of a run, beyond what the schema of SARIF does:
/// <https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>.
#[test]
fn sarif_holds_what_code_scanning_asks_for() {
    let tcperm = Tcperm::in_copy_of(&project());
    let document = check(&tcperm, &["--format", "sarif"]).json();
    assert_eq!(document["version"], "2.1.0");
    let [run] = document["runs"].as_array().unwrap().as_slice() else {
        panic!("not one run");
    };
    let driver = &run["tool"]["driver"];
    assert_eq!(
        (&driver["name"], &driver["version"]),
        (&json!("tcperm"), &json!(env!("CARGO_PKG_VERSION")))
    );
    let rules = driver["rules"].as_array().unwrap();
    let mut fingerprints = BTreeSet::new();
    let mut used = BTreeSet::new();
    for result in run["results"].as_array().unwrap() {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        used.insert(rule["id"].as_str().unwrap());
        assert!(rule["shortDescription"]["text"].as_str().unwrap().ends_with('.'));
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.starts_with('/') && !uri.contains([' ', ':', '\\']), "{uri}");
        assert!(place["region"]["startLine"].as_u64().unwrap() > 0);
        assert!(place["region"]["startColumn"].as_u64().unwrap() > 0);
        let fingerprint = result["partialFingerprints"]["tcpermFinding/v1"]
            .as_str()
            .unwrap();
        assert!(fingerprints.insert(fingerprint), "{fingerprint} twice");
        let expected = match result["ruleId"].as_str().unwrap() {
            "open-trust" => {
                json!([{"kind": "external", "status": "accepted", "justification": "the role holds nothing"}])
            }
            _ => Value::Null,
        };
        assert_eq!(result["suppressions"], expected);
    }
    assert_eq!(used.len(), rules.len(), "a rule without a result");
}

#[test]
fn a_fingerprint_stays_while_lines_move_and_differs_for_each_finding() {
    let fingerprints = |text: &str| {
        let tcperm = Tcperm::in_project(&[("a.json", text)]);
        let document = check(&tcperm, &["--format", "sarif"]).json();
        let results = document["runs"][0]["results"].as_array().unwrap().clone();
        let of = |result: &Value| result["partialFingerprints"].to_string();
        results.iter().map(of).collect::<Vec<_>>()
    };
    let moved = OPEN.replace(r#""Statement""#, "\n\n\"Statement\"");
    assert_eq!(fingerprints(OPEN), fingerprints(&moved));
    let (head, statement) = OPEN.split_once('[').unwrap();
    let statement = statement.trim_end_matches("]}");
    let twice = fingerprints(&format!("{head}[{statement}, {statement}]}}"));
    assert_eq!(twice.len(), 2);
    assert_ne!(twice[0], twice[1]);
    assert_eq!(twice[0], fingerprints(OPEN)[0]);
}

#[test]
fn paths_in_sarif_are_those_of_the_repository() {
    let tcperm = Tcperm::in_project(&[(".git/HEAD", ""), ("my svc/a.json", OPEN)]);
    let below = Tcperm::in_folder(&tcperm.folder().join("my svc"));
    let document = check(&below, &["--format", "sarif"]).json();
    let place = &document["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "my%20svc/a.json");
}

#[test]
fn a_run_that_could_not_read_all_says_so_in_sarif() {
    let tcperm = Tcperm::in_project(&[("a.json", WRONG)]);
    let whole = |arguments: &[&str]| {
        let document = check(&tcperm, arguments).json();
        document["runs"][0]["invocations"][0]["executionSuccessful"].clone()
    };
    assert_eq!(whole(&["--format", "sarif"]), true);
    assert_eq!(whole(&["a.json", "b.json", "--format", "sarif"]), false);
}

#[test]
fn other_verbs_do_not_speak_sarif() {
    let tcperm = Tcperm::in_copy_of_example("hello").local();
    for arguments in [&["create", "-s", "dev"][..], &["graph"], &["render", "-s", "dev"]] {
        let all = arguments.iter().chain(&["--format", "sarif"]).copied();
        let outcome = match arguments[0] {
            "create" => tcperm.args(all).run(),
            "render" => tcperm.bare(all.chain(["--account", "123456789012"])).run(),
            _ => tcperm.bare(all).run(),
        };
        let outcome = outcome.exits(2);
        assert!(
            outcome.stderr.contains("for `check` alone") && outcome.stdout.is_empty(),
            "{outcome}"
        );
    }
    assert!(!tcperm.home().join("account.json").exists());
}
