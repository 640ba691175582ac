//! What roles of the account allow, compared with what a topology needs.

use serde_json::{Value, json};

use crate::support::{Tcperm, World, example, examples, text};

/// A function that calls another one and polls a queue.
const TOPOLOGY: &str = "name: jobs
functions:
  one: { function: two }
  two: {}
queues:
  work: { function: two }
";

const INVOKE: &str = r#"{"Effect": "Allow", "Action": ["lambda:*"], "Resource": "*"}"#;
const LOGS: &str = r#"{"Effect": "Allow", "Action": ["logs:*"], "Resource": "*"}"#;
const POLL: &str = r#"{"Effect": "Allow", "Action": ["sqs:*"], "Resource": "*"}"#;

fn document(statements: &[&str]) -> String {
    let statements = statements.join(", ");
    format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)
}

fn policy(name: &str) -> String {
    format!("arn:aws:iam::000000000000:policy/{name}")
}

/// A role that functions may assume, with an inline policy of these statements.
fn role(statements: &[&str]) -> Value {
    let trust = r#"{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}"#;
    let mut role = json!({"name": "functions", "trust": document(&[trust])});
    if !statements.is_empty() {
        role["inline_policies"] = json!([{"name": "team", "document": document(statements)}]);
    }
    role
}

/// What is found for [`TOPOLOGY`] where `functions` is the fixed role of functions.
fn found(role: &Value, managed: &[(&str, &str)]) -> Vec<Value> {
    let managed = managed
        .iter()
        .map(|(name, document)| json!({"arn": policy(name), "document": document}));
    let account = json!({
        "format_version": "1", "account": "000000000000", "partition": "aws", "roles": [role],
        "managed_policies": managed.collect::<Value>(),
    });
    let files = [
        ("topology.yml", TOPOLOGY),
        ("tcperm.toml", "[legacy_roles]\nfunction = \"functions\"\n"),
        ("home/account.json", &account.to_string()),
    ];
    let tcperm = Tcperm::in_project(&files).local().env("TC_LEGACY_ROLES", "1");
    let home = tcperm.folder().join("home").to_str().unwrap().to_owned();
    let run = "check --live -s dev --region eu-west-1 --format json .".split(' ');
    let outcome = tcperm.env("TCPERM_HOME", &home).args(run).run();
    let found = outcome.json()["diagnostics"].as_array().unwrap().clone();
    let has_errors = found.iter().any(|finding| finding["severity"] == "error");
    assert_eq!(outcome.code, if has_errors { 3 } else { 0 }, "{outcome}");
    assert!(
        found.iter().all(|finding| finding["file"] == "topology.yml"),
        "{outcome}"
    );
    found
}

/// Codes and messages; ARNs without their beginning.
fn messages(found: &[Value]) -> Vec<String> {
    let message = |finding: &Value| {
        let message = text(&finding["message"]).replace("arn:aws:", "");
        format!("{}: {message}", text(&finding["code"]))
    };
    found.iter().map(message).collect()
}

/// What lacks when all of the queue's actions do.
const POLLING: &str = "`sqs:DeleteMessage`, `sqs:GetQueueAttributes`, `sqs:ReceiveMessage` on `sqs:eu-west-1:000000000000:work`";

#[test]
fn roles_that_tcperm_made_lack_nothing() {
    for name in examples() {
        let world = World::embedded();
        let directory = example(&name);
        let live = format!("check --live -s dev {directory}");
        let missing = world.json(&live).exits(3).json();
        let mut codes = missing["diagnostics"].as_array().unwrap().iter();
        assert!(codes.any(|finding| finding["code"] == "role-missing"), "{name}");
        world.run(&format!("create -s dev -d {directory}")).exits(0);
        let errors = world.json(&live).exits(0).json();
        let mut codes = errors["diagnostics"].as_array().unwrap().iter();
        assert!(
            codes.all(|finding| finding["severity"] != "error" && finding["code"] != "permission-unclear"),
            "{name}"
        );
    }
}

#[test]
fn a_role_that_allows_it_all_lacks_nothing() {
    assert_eq!(messages(&found(&role(&[INVOKE, LOGS, POLL]), &[])), [""; 0]);
}

#[test]
fn what_no_policy_allows_is_missing_at_the_edge_that_asks_for_it() {
    let found = found(&role(&[LOGS, INVOKE]), &[]);
    assert_eq!(
        messages(&found),
        [format!(
            "permission-missing: `functions` does not allow {POLLING}"
        )]
    );
    assert_eq!(found[0]["severity"], "error");
    assert_eq!(
        (found[0]["line"].as_u64(), found[0]["column"].as_u64()),
        (Some(6), Some(21))
    );
    let help = text(&found[0]["help"]);
    assert!(
        help.contains(r#""Resource":"arn:aws:sqs:eu-west-1:000000000000:work""#),
        "{help}"
    );
}

#[test]
fn what_a_statement_denies_is_missing_by_its_name() {
    let deny = r#"{"Sid": "NoQueues", "Effect": "Deny", "Action": "sqs:DeleteMessage", "Resource": "*"}"#;
    assert_eq!(
        messages(&found(&role(&[INVOKE, LOGS, POLL, deny]), &[])),
        [
            "permission-missing: `functions` denies `sqs:DeleteMessage` on `sqs:eu-west-1:000000000000:work`, in the statement `NoQueues`"
        ]
    );
}

#[test]
fn what_is_allowed_under_a_condition_alone_is_missing() {
    let poll = r#"{"Sid": "Queues", "Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}"#;
    let found = found(&role(&[INVOKE, LOGS, poll]), &[]);
    let message = format!(
        "permission-missing: `functions` allows {POLLING} under a condition alone, in the statement `Queues`"
    );
    assert_eq!(messages(&found), [message]);
    assert!(text(&found[0]["help"]).contains("aws:SecureTransport"));
}

#[test]
fn what_depends_on_a_variable_is_unclear() {
    let poll = r#"{"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:eu-west-1:000000000000:${aws:PrincipalTag/queue}"}"#;
    let found = found(&role(&[INVOKE, LOGS, poll]), &[]);
    let message = format!("permission-unclear: it cannot be told whether `functions` allows {POLLING}");
    assert_eq!(messages(&found), [message]);
    assert_eq!(found[0]["severity"], "warning");
}

#[test]
fn managed_policies_allow_as_inline_ones_do() {
    let mut role = role(&[INVOKE]);
    role["managed_policies"] = json!([policy("logs"), policy("queues")]);
    let (logs, queues) = (document(&[LOGS]), document(&[POLL]));
    assert_eq!(
        messages(&found(&role, &[("logs", &logs), ("queues", &queues)])),
        [""; 0]
    );
    assert_eq!(
        messages(&found(&role, &[("logs", &logs)])),
        [
            "policy-unread: the managed policy `iam::000000000000:policy/queues` of `functions` could not be read".to_owned(),
            format!("permission-unclear: `functions` allows {POLLING} in no policy that could be read"),
        ]
    );
}

#[test]
fn what_the_boundary_does_not_allow_is_missing() {
    let mut role = role(&[INVOKE, LOGS, POLL]);
    role["boundary"] = json!(policy("limit"));
    let all = document(&[INVOKE, LOGS, POLL]);
    assert_eq!(messages(&found(&role, &[("limit", &all)])), [""; 0]);
    let boundary = "the permissions boundary `iam::000000000000:policy/limit` of `functions`";
    let less = document(&[INVOKE, LOGS]);
    assert_eq!(
        messages(&found(&role, &[("limit", &less)])),
        [format!("permission-missing: {boundary} does not allow {POLLING}")]
    );
    assert_eq!(
        messages(&found(&role, &[])),
        [format!("policy-unread: {boundary} could not be read")]
    );
}

#[test]
fn an_inline_policy_that_is_none_is_said_to_be_unread() {
    let mut role = role(&[INVOKE, LOGS, POLL]);
    role["inline_policies"] = json!([
        {"name": "team", "document": document(&[INVOKE, LOGS, POLL])},
        {"name": "odd", "document": "{}"},
    ]);
    assert_eq!(
        messages(&found(&role, &[])),
        ["policy-unread: the inline policy `odd` of `functions` could not be read"]
    );
}
