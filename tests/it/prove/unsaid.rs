//! A proof speaks of every role that what the sandbox runs can have, and of no role it says nothing.

use serde_json::{Value, json};

use super::{prove, results};
use crate::support::Tcperm;

/// A topology of which one function has a role of its own.
const OWN_ROLE: &str = r"name: shop
routes:
  /in: { method: GET, function: intake }
functions:
  intake: { runtime: { role_file: intake.json } }
";

/// A policy that allows everything.
const EVERYTHING: &str =
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;

/// A project on an account of its own that holds its roles.
fn created(topology: Option<&str>) -> Tcperm {
    let tcperm = Tcperm::in_copy_of_example("hello");
    let home = tcperm.folder().join("home");
    let tcperm = tcperm.env("TCPERM_HOME", home.to_str().unwrap()).local();
    if let Some(topology) = topology {
        tcperm.write("topology.yml", topology);
        tcperm.write("intake.json", &EVERYTHING.replace("Allow", "Deny"));
    }
    tcperm.args(["create", "-s", "dev"]).run().exits(0);
    tcperm
}

/// Changes a role in the account by hand.
fn change(tcperm: &Tcperm, name: &str, change: impl FnOnce(&mut Value)) {
    let text = tcperm::source::read(&tcperm.home().join("account.json")).unwrap();
    let mut account: Value = serde_json::from_str(&text).unwrap();
    let mut roles = account["roles"].as_array_mut().unwrap().iter_mut();
    change(roles.find(|role| role["name"] == name).unwrap());
    tcperm.write("home/account.json", &account.to_string());
}

fn result_of(proof: &Value, role: &str) -> Option<String> {
    let found = results(proof).into_iter().find(|(name, _)| name == role);
    found.map(|(_, result)| result)
}

#[test]
fn of_no_role_nothing_is_proved() {
    for arguments in [
        "-s dev -c state",
        "-s dev -c state --no-escalation",
        "--between dev qa -c state",
    ] {
        let outcome = prove(&Tcperm::in_example("hello"), arguments).exits(1);
        assert!(outcome.stderr.contains("has no roles here"), "{outcome}");
    }
    let hello = Tcperm::in_example("hello").local();
    let outcome = prove(&hello, "-s qa --live").exits(1);
    assert!(outcome.stderr.contains("`qa` has no roles here"), "{outcome}");
    let outcome = hello.args(["diff", "live", "live", "-s", "qa"]).run().exits(1);
    assert!(outcome.stderr.contains("nothing was compared"), "{outcome}");
}

#[test]
fn a_role_of_the_right_name_that_says_it_is_another_s_is_not_left_out() {
    let name = "tc-base-function-dev";
    for (tag, value) in [("deployer", Value::Null), ("sandbox", json!("Dev"))] {
        let tcperm = created(None);
        change(&tcperm, name, |role| {
            role["inline_policies"][0]["document"] = json!(EVERYTHING);
            let tags = role["tags"].as_object_mut().unwrap();
            match value.as_str() {
                Some(value) => tags.insert(tag.to_owned(), json!(value)),
                None => tags.remove(tag),
            };
        });
        for aim in ["", "--no-escalation"] {
            let proof = prove(&tcperm, &format!("-s dev --live {aim}")).exits(3).json();
            assert_eq!(proof["result"], "unknown", "{tag}");
            assert_eq!(result_of(&proof, name).as_deref(), Some("unknown"), "{tag}");
        }
        let diff = tcperm
            .args(["diff", "rendered", "live", "-s", "dev"])
            .run()
            .exits(3);
        assert!(diff.stdout.contains("UNKNOWN"), "{diff}");
    }
}

#[test]
fn a_role_of_a_function_is_found_by_its_name_whatever_it_says_of_itself() {
    let name = "tc-shop-intake-dev";
    let tcperm = created(Some(OWN_ROLE));
    prove(&tcperm, "-s dev --live").exits(0);
    change(&tcperm, name, |role| {
        role["description"] = json!("nothing");
        role["inline_policies"][0]["document"] = json!(EVERYTHING);
    });
    let proof = prove(&tcperm, "-s dev --live").exits(3).json();
    assert_eq!(result_of(&proof, name).as_deref(), Some("disproved"), "{proof:#}");
}

#[test]
fn a_role_that_the_account_does_not_hold_is_named() {
    let tcperm = created(None);
    let text = tcperm::source::read(&tcperm.home().join("account.json")).unwrap();
    let mut account: Value = serde_json::from_str(&text).unwrap();
    let roles = account["roles"].as_array_mut().unwrap();
    roles.retain(|role| role["name"] != "tc-base-function-dev");
    tcperm.write("home/account.json", &account.to_string());
    let outcome = tcperm.args(["prove", "-s", "dev", "--live"]).run().exits(0);
    assert!(
        outcome.stderr.contains("no role `tc-base-function-dev`"),
        "{outcome}"
    );
}

#[test]
fn what_the_account_says_of_a_policy_is_not_replaced_by_a_file() {
    let arn = "arn:aws:iam::000000000000:policy/more";
    let tcperm = created(None);
    change(&tcperm, "tc-base-function-dev", |role| {
        role["managed_policies"] = json!([arn]);
    });
    let live = format!("-s dev --live -c function --managed {arn}=little.json");
    tcperm.write("little.json", &EVERYTHING.replace("Allow", "Deny"));
    prove(&tcperm, "-s dev --live -c function").exits(3);
    prove(&tcperm, &live).exits(0);
    let text = tcperm::source::read(&tcperm.home().join("account.json")).unwrap();
    let mut account: Value = serde_json::from_str(&text).unwrap();
    account["managed_policies"] = json!([{"arn": arn, "document": EVERYTHING}]);
    tcperm.write("home/account.json", &account.to_string());
    let known = prove(&tcperm, "-s dev --live -c function").exits(3).json();
    assert_eq!(known["result"], "disproved", "{known:#}");
    let refused = prove(&tcperm, &live).exits(1);
    assert!(refused.stderr.contains("known already"), "{refused}");
}

#[test]
fn a_tag_of_a_role_for_which_policies_ask_counts_where_roles_are_compared() {
    let tcperm = Tcperm::in_copy_of_example("hello").env("TC_INFRA_DIR", "infra");
    let home = tcperm.folder().join("home");
    let tcperm = tcperm.env("TCPERM_HOME", home.to_str().unwrap()).local();
    tcperm.bare(["init"]).run().exits(0);
    let file = "infra/base/roles/function.json";
    let text = tcperm::source::read(&tcperm.folder().join(file)).unwrap();
    let more = r#""Statement": [
    {"Sid": "Purge", "Effect": "Allow", "Action": "sqs:PurgeQueue", "Resource": "*",
     "Condition": {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}},"#;
    tcperm.write(file, &text.replacen("\"Statement\": [", more, 1));
    tcperm.args(["create", "-s", "dev"]).run().exits(0);
    let diff = || {
        tcperm
            .args(["diff", "rendered", "live", "-s", "dev", "--format", "json"])
            .run()
    };
    assert_eq!(diff().exits(0).json()["relation"], "EQUAL");
    change(&tcperm, "tc-base-function-dev", |role| {
        role["tags"]
            .as_object_mut()
            .unwrap()
            .insert("team".to_owned(), json!("red"));
    });
    let found = diff().exits(3).json();
    assert_eq!(found["relation"], "UNKNOWN", "{found:#}");
    assert!(found.to_string().contains("aws:PrincipalTag/team"), "{found:#}");
}

#[test]
fn what_is_named_beside_two_sandboxes_is_refused() {
    let hello = || Tcperm::in_example("hello");
    prove(&hello(), "-s dev --between dev qa").exits(2);
    prove(&hello(), "--between dev dev").exits(2);
    // The environment makes no choice.
    prove(&hello().env("TC_SANDBOX", "dev"), "--between dev qa").exits(0);
}
