//! What people see: the human output of every verb, on the embedded account.

use crate::support::{Outcome, Tcperm};

/// The text of a run, without the day, which differs from run to run.
fn text(outcome: &Outcome) -> String {
    let mut text = outcome.to_string();
    let is_day = |word: &str| {
        let mut places = word.bytes().enumerate();
        places.all(|(at, byte)| {
            if at == 4 || at == 7 {
                byte == b'-'
            } else {
                byte.is_ascii_digit()
            }
        })
    };
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    for at in starts {
        if text.get(at..at + 10).is_some_and(is_day) {
            text.replace_range(at..at + 10, "YYYY-MM-DD");
        }
    }
    text
}

fn run(tcperm: &Tcperm, arguments: &str) -> Outcome {
    tcperm.args(arguments.split_whitespace()).run()
}

/// An account in which `orders` stands in the sandbox `dev`.
fn standing() -> Tcperm {
    let tcperm = Tcperm::in_copy_of_example("orders").local();
    run(&tcperm, "create -s dev").exits(0);
    tcperm
}

/// Changes the file of the embedded account, as somebody at the console would.
#[expect(clippy::disallowed_methods, reason = "drift of the test's own")]
fn tamper(tcperm: &Tcperm, change: impl FnOnce(&mut Vec<serde_json::Value>)) {
    let path = tcperm.home().join("account.json");
    let mut account: serde_json::Value = serde_json::from_str(&crate::support::read(&path)).unwrap();
    change(account["roles"].as_array_mut().unwrap());
    std::fs::write(&path, account.to_string()).unwrap();
}

#[test]
fn create_shows_what_it_does_and_ends_with_the_roles() {
    let tcperm = Tcperm::in_copy_of_example("orders").local();
    insta::assert_snapshot!("create", text(&run(&tcperm, "create -s dev").exits(0)));
    insta::assert_snapshot!("create again", text(&run(&tcperm, "create -s dev").exits(0)));
}

#[test]
fn plan_shows_what_comes_and_goes_when_a_topology_changes() {
    let tcperm = standing();
    insta::assert_snapshot!("plan of nothing", text(&run(&tcperm, "plan -s dev").exits(0)));
    tcperm.write(
        "topology.yml",
        "name: orders\nroutes:\n  /api/orders: { state: orders, async: true }\nfunctions:\n  intake: {}\n  packer: { queue: lost }\nqueues:\n  returns: { function: packer }\n  lost: {}\nstates: { StartAt: Wait, States: { Wait: { Type: Wait, Seconds: 1, End: true } } }\n",
    );
    insta::assert_snapshot!("plan of a change", text(&run(&tcperm, "plan -s dev").exits(0)));
    tcperm.write("topology.yml", "name: billing\nfunctions: { pay: {} }\n");
    insta::assert_snapshot!(
        "plan of another topology",
        text(&run(&tcperm, "plan -s dev").exits(0))
    );
}

#[test]
fn plan_names_what_was_changed_by_hand() {
    let tcperm = standing();
    tamper(&tcperm, |roles| {
        let role = roles
            .iter_mut()
            .find(|role| role["name"] == "tc-base-function-dev")
            .unwrap();
        role["tags"]["tcperm:mode"] = "shared".into();
        role["trust"] = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999999999999:root"},"Action":"sts:AssumeRole"}}"#.into();
        role["managed_policies"] = serde_json::json!(["arn:aws:iam::aws:policy/AdministratorAccess"]);
        let policies = role["inline_policies"].as_array_mut().unwrap();
        policies.push(serde_json::json!({
            "name": "by-hand",
            "document": r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::films","arn:aws:sqs:us-west-2:999999999999:theirs"],"Condition":{"StringEqualsIfExists":{"aws:ResourceTag/sandbox":"dev"},"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}}]}"#,
        }));
    });
    insta::assert_snapshot!("plan of drift", text(&run(&tcperm, "plan -s dev").exits(0)));
    insta::assert_snapshot!("repair of drift", text(&run(&tcperm, "create -s dev").exits(0)));
}

#[test]
fn a_role_that_is_not_tcperms_is_named_and_left() {
    let tcperm = standing();
    tamper(&tcperm, |roles| {
        for role in roles.iter_mut() {
            if role["name"] == "tc-base-route-dev" {
                role["tags"] = serde_json::json!({"owner": "somebody"});
            }
        }
    });
    for (name, arguments, code) in [
        ("plan with a foreign role", "plan -s dev", 1),
        ("create with a foreign role", "create -s dev", 1),
        ("plan of an adoption", "plan -s dev --adopt", 0),
        ("list with a foreign role", "list", 0),
        ("show with a foreign role", "show -s dev -c route", 0),
        ("delete with a foreign role", "delete -s dev --yes", 0),
    ] {
        insta::assert_snapshot!(name, text(&run(&tcperm, arguments).exits(code)));
    }
}

#[test]
fn a_sandbox_of_another_region_is_in_the_way() {
    let tcperm = standing();
    let outcome = run(&tcperm, "plan -s dev --region eu-west-1");
    insta::assert_snapshot!("plan in another region", text(&outcome));
}

#[test]
fn list_show_and_delete_speak_of_what_the_account_holds() {
    let tcperm = Tcperm::in_copy_of_example("orders").local();
    insta::assert_snapshot!("list of nothing", text(&run(&tcperm, "list").exits(0)));
    insta::assert_snapshot!("show of nothing", text(&run(&tcperm, "show -s dev").exits(0)));
    insta::assert_snapshot!(
        "delete of nothing",
        text(&run(&tcperm, "delete -s dev --yes").exits(0))
    );
    let tcperm = standing();
    run(&tcperm, "create -s qa").exits(0);
    tcperm.write("topology.yml", "name: billing\nfunctions: { pay: {} }\n");
    run(&tcperm, "create -s dev").exits(0);
    insta::assert_snapshot!("list", text(&run(&tcperm, "list").exits(0)));
    insta::assert_snapshot!("show", text(&run(&tcperm, "show -s dev").exits(0)));
    let leaving = run(&tcperm, "delete -s dev --namespace orders --yes").exits(0);
    insta::assert_snapshot!("delete of a share", text(&leaving));
    insta::assert_snapshot!("delete", text(&run(&tcperm, "delete -s dev --yes").exits(0)));
}

#[test]
fn no_line_ends_in_blanks_and_every_output_ends_with_its_line() {
    let tcperm = standing();
    for arguments in [
        "create -s qa",
        "plan -s qa-2",
        "list",
        "show -s dev",
        "render -s dev --account 123456789012",
        "delete -s dev --yes",
    ] {
        let tcperm = if arguments.starts_with("render") {
            Tcperm::in_example("orders")
        } else {
            tcperm.clone()
        };
        let outcome = run(&tcperm, arguments).exits(0);
        for output in [&outcome.stdout, &outcome.stderr] {
            assert!(
                output.is_empty() || output.ends_with('\n'),
                "{arguments}: {output:?}"
            );
            assert!(!output.ends_with("\n\n"), "{arguments}: {output:?}");
            let padded = output.lines().find(|line| line.ends_with(' '));
            assert_eq!(padded, None, "{arguments}");
        }
    }
}

/// Only what cannot be broken is wider: a name, an ARN, a path.
#[test]
fn a_plan_fits_a_terminal_of_eighty_columns() {
    for example in crate::support::examples() {
        let tcperm = Tcperm::in_example(&example).local();
        let outcome = run(&tcperm, "plan -s dev").exits(0);
        for line in outcome.stdout.lines().filter(|line| line.starts_with("   ")) {
            assert!(line.chars().count() <= 80, "{example}: {line}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    for (format, verb) in [
        ("json", "list"),
        ("json", "create -s dev"),
        ("human", "create -s qa"),
    ] {
        let tcperm = Tcperm::in_example("hello").local();
        let arguments = verb.split(' ').chain(["--format", format]);
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = tcperm.args(arguments).command();
        let output = command.stdout(full).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{verb}: {said}");
        assert!(said.contains("the result cannot be written"), "{verb}: {said}");
    }
}

#[test]
fn a_region_of_another_partition_is_refused_before_anything_is_written() {
    let tcperm = Tcperm::in_example("hello").local();
    let refused = tcperm
        .args(["create", "-s", "dev", "--region", "cn-north-1"])
        .run()
        .exits(1);
    assert!(refused.stderr.contains("`aws-cn`"), "{}", refused.stderr);
    assert!(!tcperm.home().join("account.json").exists());
}

#[test]
fn verbose_names_each_call_with_its_role_and_quiet_names_none() {
    let tcperm = Tcperm::in_example("hello").local();
    let quiet = tcperm.args(["create", "-s", "dev"]).run().exits(0);
    assert!(!quiet.stderr.contains("CreateRole"), "{}", quiet.stderr);
    let verbose = tcperm
        .args(["create", "-s", "qa", "-v", "--format", "json"])
        .run()
        .exits(0);
    let calls = verbose
        .stderr
        .lines()
        .filter(|line| line.contains("DEBUG"))
        .count();
    assert_eq!(verbose.json()["calls"], calls);
    assert!(
        verbose.stderr.contains("CreateRole tc-base-route-qa"),
        "{}",
        verbose.stderr
    );
}
