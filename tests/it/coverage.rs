//! What the roles of the examples hold covers what they need, and no statement of them is idle.

use serde_json::Value;
use tcperm::evaluate::trusts;
use tcperm::policy::{Effect, Policy};
use tcperm::prove::{Why, missing};

use crate::support::{Tcperm, examples};

/// The roles of an example as `render` gives them.
fn roles(example: &str) -> Vec<Value> {
    let rendered = Tcperm::in_example(example)
        .args([
            "render",
            "-r",
            "-s",
            "dev",
            "--account",
            "123456789012",
            "--format",
            "json",
        ])
        .run();
    rendered.exits(0).json()["roles"].as_array().unwrap().clone()
}

fn read(document: &Value) -> Policy {
    Policy::parse(&document.to_string()).unwrap()
}

#[test]
fn the_roles_of_every_example_lack_nothing_of_themselves() {
    let mut seen = 0;
    for example in examples() {
        for role in roles(&example) {
            let documents = role["policies"].as_array().unwrap().iter();
            let policies: Vec<Policy> = documents.map(|policy| read(&policy["document"])).collect();
            let policies: Vec<&Policy> = policies.iter().collect();
            assert_eq!(
                missing(&policies, &policies),
                vec![],
                "{example}: {}",
                role["name"]
            );
            seen += policies.len();
        }
    }
    assert!(seen > 20, "only {seen} policies");
}

#[test]
fn a_statement_that_is_taken_out_of_a_role_is_what_it_lacks() {
    for example in examples() {
        for role in roles(&example) {
            for policy in role["policies"].as_array().unwrap() {
                let needed = read(&policy["document"]);
                for (index, statement) in needed.statement.iter().enumerate() {
                    if statement.effect == Effect::Deny {
                        continue;
                    }
                    let mut held = needed.clone();
                    held.statement.remove(index);
                    let lacking = missing(&[&needed], &[&held]);
                    let at = format!("{example}: {} {:?}", role["name"], statement.sid);
                    assert!(!lacking.is_empty(), "{at}");
                    for lack in lacking {
                        assert_eq!(lack.sid, statement.sid, "{at}");
                        assert_ne!(lack.why, Why::Unknown, "{at}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_role_of_an_example_trusts_the_service_of_its_kind_and_no_other() {
    let services = [
        ("event", "events"),
        ("function", "lambda"),
        ("mutation", "appsync"),
        ("route", "apigateway"),
        ("state", "states"),
    ];
    for example in examples() {
        for role in roles(&example) {
            let trust = read(&role["trust"]);
            for (kind, service) in services {
                let service = format!("{service}.amazonaws.com");
                let expected = role["entity"] == kind;
                assert_eq!(
                    trusts(&trust, &service, "sts:AssumeRole"),
                    expected,
                    "{}",
                    role["name"]
                );
            }
        }
    }
}
