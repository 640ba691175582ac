//! Every statement of every role rendered from the examples is one that AWS understands
//! and that stays in its sandbox, by AWS's own service authorization data.
//!
//! The data is the catalogue of the binary, `templates/catalogue.txt`, renewed by
//! `scripts/renew-catalogue`.

pub mod capabilities;
mod planted;
pub mod reference;
pub mod rules;

use serde_json::Value;

use crate::support::{Outcome, Tcperm, examples, root};
use reference::Reference;
use rules::{Place, findings};

const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-west-2";

/// Names that are a part of nothing else, so that one can be put for the other in a text.
const SANDBOXES: [&str; 2] = ["zq1", "xw2"];

pub fn render(example: &str, sandbox: &str) -> Outcome {
    let directory = format!("examples/{example}");
    let arguments = ["render", "-d", &directory, "-s", sandbox, "--account", ACCOUNT];
    let output = [
        "--region",
        REGION,
        "--format",
        "json",
        "--graphql-api",
        "graphql=abcdefghijklmnopqrstuvwxyz",
    ];
    let run = Tcperm::in_folder(root()).args(arguments.into_iter().chain(output));
    run.run().exits(0)
}

pub fn roles(document: &Value) -> &Vec<Value> {
    document["roles"].as_array().expect("a list of roles")
}

#[test]
fn every_statement_of_every_example_is_one_that_aws_understands() {
    let reference = Reference::load();
    let mut found = Vec::new();
    for example in examples() {
        let document = render(&example, SANDBOXES[0]).json();
        let place = Place {
            partition: "aws",
            region: REGION,
            account: ACCOUNT,
            sandbox: SANDBOXES[0],
        };
        assert!(!roles(&document).is_empty(), "{example} has no role");
        for role in roles(&document) {
            let of_role = findings(&reference, &place, role);
            found.extend(of_role.into_iter().map(|finding| format!("{example}: {finding}")));
        }
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn examples_are_read_without_a_warning() {
    for example in examples() {
        let document = render(&example, SANDBOXES[0]).json();
        let diagnostics = document["diagnostics"].as_array().expect("a list of diagnostics");
        let complaints: Vec<&Value> = diagnostics
            .iter()
            .filter(|found| found["severity"] != "note")
            .collect();
        assert!(complaints.is_empty(), "{example}: {complaints:#?}");
    }
}

#[test]
fn roles_of_two_sandboxes_differ_in_the_sandbox_only() {
    for example in examples() {
        let [one, other] = SANDBOXES.map(|sandbox| render(&example, sandbox).stdout);
        assert!(
            !one.contains(SANDBOXES[1]),
            "{example}: `{}` has another meaning",
            SANDBOXES[1]
        );
        assert!(one.contains(SANDBOXES[0]), "{example}: no role of the sandbox");
        assert!(
            one.replace(SANDBOXES[0], SANDBOXES[1]) == other,
            "{example}: more than the sandbox differs\n{one}\n{other}"
        );
    }
}

#[test]
fn rendering_twice_gives_the_same_bytes() {
    for example in examples() {
        let [first, second] = [(); 2].map(|()| render(&example, SANDBOXES[0]).stdout);
        assert!(!first.is_empty(), "{example}: nothing was rendered");
        assert!(first == second, "{example}: two runs differ\n{first}\n{second}");
    }
}
