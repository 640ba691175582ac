use serde_json::{Value, json};

use crate::support::{Outcome, Tcperm};

const QUEUE: &str = "arn:aws:sqs:us-west-2:000000000000:returns";
const TEAM: &str = "arn:aws:iam::000000000000:policy/team";

fn document(sid: &str, action: &str) -> String {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": "*"}
    ]})
    .to_string()
}

/// The example `orders`, whose roles stand in an embedded account, changed there.
fn changed(change: impl FnOnce(&mut Value)) -> (Tcperm, String) {
    let tcperm = Tcperm::in_copy_of_example("orders");
    let home = tcperm.folder().join("account").to_str().unwrap().to_owned();
    let tcperm = tcperm.env("TCPERM_HOME", &home);
    let create = "create -s dev --local --region us-west-2".split(' ');
    tcperm.args(create).run().exits(0);
    let path = tcperm.folder().join("account/account.json");
    let mut account: Value = serde_json::from_str(&crate::support::read(&path)).unwrap();
    change(&mut account);
    tcperm.write("account/account.json", &account.to_string());
    (tcperm, home)
}

fn ask(tcperm: &Tcperm, line: &str) -> Outcome {
    let head = "can -s dev --live --local --region us-west-2";
    tcperm.args(head.split(' ').chain(line.split(' '))).run()
}

fn role<'a>(account: &'a mut Value, name: &str) -> &'a mut Value {
    let roles = account["roles"].as_array_mut().unwrap();
    roles.iter_mut().find(|role| role["name"] == name).unwrap()
}

#[test]
fn the_roles_of_an_account_answer_with_where_their_statements_come_from() {
    let (tcperm, _) = changed(|_| {});
    let line = format!("--as function sqs:ReceiveMessage --on {QUEUE} --format json");
    let answer = ask(&tcperm, &line).exits(0).json();
    let one = &answer["determining"][0];
    assert_eq!(one["file"], "templates/capability/queue.consume.json:3");
    assert_eq!(one["edges"], json!(["topology.yml:13"]));
}

#[test]
fn an_account_without_a_topology_answers_too() {
    let (tcperm, home) = changed(|_| {});
    drop(home);
    tcperm.write("elsewhere/note.txt", "");
    let line = format!("--as function sqs:ReceiveMessage --on {QUEUE} -d elsewhere --format json");
    let answer = ask(&tcperm, &line).exits(0).json();
    assert_eq!(answer["determining"][0]["file"], Value::Null);
}

#[test]
fn what_somebody_added_to_a_role_counts() {
    let (tcperm, _) = changed(|account| {
        let drifted = json!([{"name": "odd", "document": document("Odd", "s3:*")}]);
        let role = role(account, "tc-base-function-dev");
        role["inline_policies"]
            .as_array_mut()
            .unwrap()
            .extend(drifted.as_array().unwrap().clone());
        role["managed_policies"] = json!([TEAM]);
        account["managed_policies"] = json!([{"arn": TEAM, "document": document("Team", "kms:*")}]);
    });
    let answer = |action: &str, on: &str| {
        ask(
            &tcperm,
            &format!("--as function {action} --on {on} --format json"),
        )
        .exits(0)
        .json()
    };
    assert_eq!(
        answer("s3:GetObject", "arn:aws:s3:::b/x")["determining"][0]["policy"],
        "odd"
    );
    let key = "arn:aws:kms:us-west-2:000000000000:key/k";
    assert_eq!(answer("kms:Decrypt", key)["determining"][0]["policy"], TEAM);
}

#[test]
fn a_boundary_in_the_account_counts_and_one_that_is_not_known_is_told() {
    let bounded = |documents: Value| {
        let (tcperm, _) = changed(|account| {
            role(account, "tc-base-function-dev")["boundary"] = json!(TEAM);
            account["managed_policies"] = documents;
        });
        ask(
            &tcperm,
            &format!("--as function sqs:ReceiveMessage --on {QUEUE} --format json"),
        )
    };
    let known = bounded(json!([{"arn": TEAM, "document": document("Most", "s3:*")}]));
    assert_eq!(known.clone().exits(3).json()["lacking"], "boundary", "{known}");
    let unknown = bounded(json!([])).exits(0);
    assert_eq!(
        unknown.json()["unread"],
        json!([format!("permissions boundary {TEAM}")])
    );
    assert!(unknown.stderr.contains("counts for nothing here"), "{unknown}");
}

#[test]
fn a_sandbox_without_roles_is_told() {
    let (tcperm, _) = changed(|account| account["roles"] = json!([]));
    let outcome = ask(&tcperm, "--as function sqs:ListQueues").exits(1);
    assert!(outcome.stderr.contains("no role"), "{outcome}");
}
