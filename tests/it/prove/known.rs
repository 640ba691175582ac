//! What a proof needs to know: the documents of managed policies and boundaries, and what a team accepts.

use super::prove;
use crate::support::Tcperm;

const BOUNDARY: &str = "arn:aws:iam::000000000000:policy/bound";

/// The hello example with a function role that may delete queues.
fn unsound() -> Tcperm {
    let tcperm = Tcperm::in_copy_of_example("hello").env("TC_INFRA_DIR", "infrastructure/tc");
    tcperm.args(["init"]).run().exits(0);
    let file = "infrastructure/tc/base/roles/function.json";
    let text = tcperm::source::read(&tcperm.folder().join(file)).unwrap();
    let more = r#""Statement": [
    {"Sid": "Purge", "Effect": "Allow", "Action": "sqs:PurgeQueue", "Resource": "*"},"#;
    tcperm.write(file, &text.replacen("\"Statement\": [", more, 1));
    tcperm
}

fn document(action: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}]}}"#
    )
}

#[test]
fn what_the_policies_keep_within_a_sandbox_needs_no_boundary() {
    let tcperm = Tcperm::in_example("hello");
    prove(&tcperm, &format!("-s dev --boundary {BOUNDARY}")).exits(0);
}

#[test]
fn a_request_that_an_unknown_boundary_may_forbid_is_shown_and_disproves_nothing() {
    let tcperm = unsound();
    let proof = prove(&tcperm, &format!("-s dev -c function --boundary {BOUNDARY}"))
        .exits(3)
        .json();
    let role = &proof["roles"][0];
    assert_eq!(role["result"], "unknown", "{role:#}");
    assert_eq!(role["witness"]["action"], "sqs:PurgeQueue");
    assert!(role["why"][0].as_str().unwrap().contains(BOUNDARY), "{role:#}");
}

#[test]
fn the_document_of_a_boundary_decides() {
    let tcperm = unsound();
    for (action, code, result) in [("logs:*", 0, "proved"), ("sqs:*", 3, "disproved")] {
        tcperm.write("bound.json", &document(action));
        let line = format!("-s dev -c function --boundary {BOUNDARY} --managed {BOUNDARY}=bound.json");
        let proof = prove(&tcperm, &line).exits(code).json();
        assert_eq!(proof["result"], result, "{action}");
    }
}

#[test]
fn a_document_of_a_policy_that_no_role_has_is_refused() {
    let tcperm = Tcperm::in_copy_of_example("hello");
    tcperm.write("policy.json", &document("logs:*"));
    let outcome = tcperm
        .args([
            "prove",
            "-s",
            "dev",
            "--managed",
            &format!("{BOUNDARY}=policy.json"),
        ])
        .run();
    insta::assert_snapshot!(outcome.to_string());
}

#[test]
fn what_the_team_accepts_is_proved_and_listed_with_its_reason_and_place() {
    let tcperm = unsound();
    prove(&tcperm, "-s dev -c function").exits(3);
    let accept = |roles: &str, resources: &str| {
        let text = format!(
            "[[accept]]\nactions = [\"sqs:Purge*\"]\nresources = [\"{resources}\"]\nreason = \"a test\"\n{roles}\n"
        );
        tcperm.write("tcperm.toml", &text);
    };
    for roles in [
        "",
        "roles = [\"function\"]",
        "roles = [\"tc-base-function-{{sandbox}}\"]",
    ] {
        accept(roles, "*");
        let proof = prove(&tcperm, "-s dev -c function").exits(0).json();
        let accepted = proof["accepted"].as_array().unwrap();
        let ours = accepted.iter().find(|one| one["reason"] == "a test").unwrap();
        assert_eq!(ours["at"], "tcperm.toml:1");
        assert_eq!(ours["used"], true);
    }
    for (roles, resources) in [
        ("roles = [\"state\"]", "*"),
        ("", "arn:aws:sqs:*:{{account}}:one"),
    ] {
        accept(roles, resources);
        prove(&tcperm, "-s dev -c function").exits(3);
    }
}

#[test]
fn what_is_accepted_and_not_needed_is_said_to_be_so() {
    let tcperm = Tcperm::in_copy_of_example("hello");
    tcperm.write(
        "tcperm.toml",
        "[[accept]]\nactions = [\"sqs:*\"]\nresources = [\"*\"]\nreason = \"once\"\n",
    );
    let proof = prove(&tcperm, "-s dev -c function").exits(0).json();
    let accepted = proof["accepted"].as_array().unwrap();
    let ours = accepted.iter().find(|one| one["reason"] == "once").unwrap();
    assert_eq!(ours["used"], false);
}

#[test]
fn nothing_is_accepted_that_leaves_nothing_to_prove() {
    let tcperm = Tcperm::in_copy_of_example("hello");
    for (actions, more) in [
        ("\"sqs:*\"", "roles = []"),
        ("\"sqs:Send*\", \"*\"", ""),
        ("\"*:*\"", ""),
    ] {
        let text =
            format!("[[accept]]\nactions = [{actions}]\nresources = [\"*\"]\nreason = \"a test\"\n{more}\n");
        tcperm.write("tcperm.toml", &text);
        let outcome = prove(&tcperm, "-s dev").exits(1);
        assert!(outcome.stderr.contains("nothing"), "{outcome}");
    }
}

#[test]
fn what_a_team_accepts_is_checked_with_its_places() {
    let tcperm = Tcperm::in_copy_of_example("hello");
    tcperm.write(
        "tcperm.toml",
        "[[accept]]\nactions = [\"sqs\"]\nresources = [\"queue\", \"arn:aws:sqs:::{{namespace}}\"]\n\n\
         [[accept]]\nactions = []\nreason = \" \"\nrole = \"function\"\n",
    );
    let outcome = tcperm.args(["prove", "-s", "dev"]).run();
    insta::assert_snapshot!(outcome.to_string());
}

#[test]
fn roles_of_an_account_are_proved_as_they_are() {
    let tcperm = Tcperm::in_copy_of_example("hello").local();
    tcperm.args(["create", "-s", "dev"]).run().exits(0);
    let proof = prove(&tcperm, "-s dev --live").exits(0).json();
    assert_eq!(proof["result"], "proved");
    assert_eq!(super::results(&proof).len(), 2);
    // Another topology's directory says nothing of these roles: what they need is not accepted there.
    tcperm.remove("topology.yml");
    let proof = prove(&tcperm, "-s dev --live").exits(3).json();
    let witness = &proof["roles"][0]["witness"];
    assert!(
        witness["action"].as_str().unwrap().starts_with("logs:"),
        "{witness:#}"
    );
}

#[test]
fn of_no_roles_nothing_is_proved() {
    let tcperm = Tcperm::in_copy_of_example("hello").local();
    let outcome = tcperm.args(["prove", "-s", "dev", "--live"]).run().exits(1);
    assert_eq!(outcome.stdout, "");
    assert!(
        outcome.stderr.contains("the sandbox `dev` has no roles here"),
        "{outcome}"
    );
}

#[test]
fn an_account_is_asked_only_where_that_is_said() {
    for verb in ["prove", "report -o -", "test", "can sqs:SendMessage"] {
        let arguments = format!("{verb} -s dev --account 123456789012 --local");
        let outcome = Tcperm::in_example("hello")
            .args(arguments.split(' '))
            .run()
            .exits(2);
        assert!(outcome.stderr.contains("it needs `--live`"), "{outcome}");
    }
}

#[test]
fn two_sandboxes_are_two() {
    let tcperm = Tcperm::in_example("hello");
    let outcome = tcperm.args(["prove", "--between", "dev", "dev"]).run().exits(2);
    assert!(
        outcome.stderr.contains("names the sandbox `dev` twice"),
        "{outcome}"
    );
}

#[test]
fn a_verb_that_only_reads_does_not_speak_of_writing() {
    let broken = Tcperm::in_project(&[("topology.yml", "name: [")]);
    let ask = |verb: &str| {
        let arguments = format!("{verb} -s dev --account 123456789012");
        let outcome = broken.args(arguments.split(' ')).run().exits(1);
        assert!(outcome.stderr.contains("errors found"), "{outcome}");
        outcome.stderr.contains("nothing was written")
    };
    for verb in ["prove", "can sqs:SendMessage", "render", "explain"] {
        assert!(!ask(verb), "{verb}");
    }
    for verb in ["report -o report.html", "test --init"] {
        assert!(ask(verb), "{verb}");
    }
}

#[test]
fn a_role_that_somebody_else_keeps_is_not_judged_offline() {
    let tcperm = Tcperm::in_example("hello").env("TC_LEGACY_ROLES", "1");
    let proof = prove(&tcperm, "-s dev").exits(3).json();
    assert_eq!(proof["result"], "unknown");
    assert!(
        super::results(&proof)
            .iter()
            .all(|(_, result)| result == "unknown")
    );
}
