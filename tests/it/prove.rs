//! `prove` finds what is planted in templates and nothing in the examples.

mod faults;
mod known;
mod unsaid;

use serde_json::Value;

use crate::support::{Outcome, Tcperm, examples};

/// Sandboxes whose names are like each other for patterns, or for IAM.
const ALIKE: [&str; 5] = ["dev", "dev-2", "my_dev", "Dev", "d.v"];

pub fn prove(tcperm: &Tcperm, arguments: &str) -> Outcome {
    let line = format!("prove --format json {arguments}");
    tcperm.args(line.split_whitespace()).run()
}

/// The results of roles, by their names.
pub fn results(proof: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let roles = proof["roles"].as_array().unwrap().iter();
    roles
        .map(|role| (text(&role["role"]), text(&role["result"])))
        .collect()
}

#[test]
fn every_example_is_proved_to_stay_in_its_sandbox_and_to_get_no_other_permissions() {
    for example in examples() {
        for aim in ["", "--no-escalation"] {
            let proof = prove(&Tcperm::in_example(&example), &format!("-r -s dev {aim}"));
            let proof = proof.exits(0).json();
            assert_eq!(proof["result"], "proved", "{example} {aim}");
            assert!(!results(&proof).is_empty(), "{example} {aim}");
            assert!(
                results(&proof).iter().all(|(_, result)| result == "proved"),
                "{example} {aim}"
            );
        }
    }
}

#[test]
fn what_is_accepted_has_a_reason_and_who_asked_for_it() {
    let proof = prove(&Tcperm::in_example("orders"), "-s dev").exits(0).json();
    let accepted = proof["accepted"].as_array().unwrap();
    assert!(accepted.len() > 3, "{accepted:?}");
    for one in accepted {
        assert!(
            one["statement"]["Action"].is_string() || one["statement"]["Action"].is_array(),
            "{one}"
        );
        assert!(!one["reason"].as_str().unwrap().is_empty(), "{one}");
        assert!(
            one["asked_by"][0].as_str().unwrap().starts_with("topology.yml:"),
            "{one}"
        );
        assert_eq!(one["used"], true, "{one}");
    }
}

#[test]
fn sandboxes_of_like_names_are_proved_apart() {
    for (number, first) in ALIKE.iter().enumerate() {
        for second in ALIKE.iter().skip(number + 1) {
            let proof = prove(
                &Tcperm::in_example("orders"),
                &format!("--between {first} {second}"),
            );
            let proof = proof.exits(0).json();
            assert_eq!(proof["sandboxes"], serde_json::json!([first, second]));
            assert_eq!(results(&proof).len(), 8, "{first} {second}");
            let collides = first.eq_ignore_ascii_case(second);
            assert_eq!(
                proof["colliding"].as_array().unwrap().is_empty(),
                !collides,
                "{first} {second}"
            );
        }
    }
}

#[test]
fn what_both_of_two_sandboxes_reach_is_named_and_nothing_that_only_looks_alike() {
    let between = |pair: &str| {
        prove(&Tcperm::in_example("orders"), &format!("--between {pair}"))
            .exits(0)
            .json()
    };
    let actions = |proof: &Value| -> Vec<String> {
        let shared = proof["shared"].as_array().unwrap().iter();
        shared
            .map(|one| one["example"]["action"].as_str().unwrap().to_owned())
            .collect()
    };
    let apart = actions(&between("dev qa"));
    assert!(
        apart.iter().any(|action| action == "events:PutEvents"),
        "{apart:?}"
    );
    assert!(
        !apart.iter().any(|action| action == "logs:CreateLogGroup"),
        "{apart:?}"
    );
    let within = actions(&between("dev my_dev"));
    assert!(
        within.iter().any(|action| action == "logs:CreateLogGroup"),
        "{within:?}"
    );
}

#[test]
fn what_two_sandboxes_may_both_reach_is_named_where_it_cannot_be_told() {
    let of_user = r#"{"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sqs:SendMessage",
        "Resource": "arn:aws:sqs:us-west-2:000000000000:${aws:userid}", "Sid": "OwnQueue"}]}"#;
    let tcperm = Tcperm::in_project(&[
        (
            "topology.yml",
            "name: a\nfunctions: { f: { queue: jobs } }\nqueues: { jobs: {} }\n",
        ),
        ("infra/base/roles/function.json", of_user),
    ]);
    let tcperm = tcperm.env("TC_INFRA_DIR", "infra");
    let proof = prove(&tcperm, "--between dev qa").exits(3).json();
    let shared = proof["shared"].as_array().unwrap();
    assert!(shared.iter().any(|one| one["example"].is_null()), "{shared:#?}");
}

#[test]
fn a_proof_for_people_says_what_is_proved_and_what_is_accepted() {
    let outcome = Tcperm::in_example("hello").args(["prove", "-s", "dev"]).run();
    insta::assert_snapshot!(outcome.to_string());
}

#[test]
fn a_proof_for_people_shows_what_both_sandboxes_reach() {
    let outcome = Tcperm::in_example("hello")
        .args(["prove", "--between", "dev", "Dev"])
        .run();
    insta::assert_snapshot!(outcome.to_string());
}
