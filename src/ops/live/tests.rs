//! Roles of the embedded account, compared with what a topology needs.

use std::path::Path;

use futures_util::FutureExt as _;
use serde_json::{Value, json};

use super::*;
use crate::iam::local::LocalAccount;
use crate::model::{Assets, Region, RoleKind, RoleName};
use crate::ops::{Approval, CreateRequest, Interrupt, Making, Protection, StepOutcome, Watcher, create};
use crate::plan::{Adoption, Plan, Step};
use crate::source::{self, Reach};

/// Nobody watches.
struct Nobody;

impl Watcher for Nobody {
    fn findings(&self, _: &Findings) {}
    fn approve(&self, _: &Identity, _: &Plan) -> Approval {
        Approval::Given
    }
    fn begins(&self, _: &Step) {}
    fn ended(&self, _: &StepOutcome) {}
}

fn wanted(directory: &Path) -> Wanted {
    Wanted {
        directory: directory.to_owned(),
        reach: Reach::HereElseBelow,
        topology: None,
        sandbox: Sandbox::parse("dev").unwrap(),
        region: Region::parse("eu-west-1").unwrap(),
        profile: Some("dev".to_owned()),
        event_bus: "default".to_owned(),
        graphql_apis: BTreeMap::new(),
        assets: Assets::default(),
        options: crate::grants::Options::default(),
        configuration: crate::diagnostic::Sources::new(),
        kinds: RoleKind::ALL.to_vec(),
        making: Making::default(),
    }
}

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
fn found(role: &Value, managed: &[(&str, &str)]) -> Vec<Diagnostic> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        source::write_atomically(&folder.path().join(name), text.as_bytes()).unwrap();
    };
    let managed = managed
        .iter()
        .map(|(name, document)| json!({"arn": policy(name), "document": document}));
    let account = json!({
        "format_version": "1", "account": "000000000000", "partition": "aws", "roles": [role],
        "managed_policies": managed.collect::<Value>(),
    });
    write("topology.yml", TOPOLOGY);
    write("account.json", &account.to_string());
    let fixed = [(RoleKind::Function, vec![RoleName::parse("functions").unwrap()])];
    let mut wanted = wanted(folder.path());
    wanted.making.fixed = Some(fixed.into_iter().collect());
    let account = LocalAccount::open(folder.path()).unwrap();
    let checked = check_live(&account, &wanted).now_or_never().unwrap().unwrap();
    let files = checked.findings.sources;
    let is_placed = |finding: &&Diagnostic| {
        let span = finding.span.as_ref().unwrap();
        files.name(span.file) == "topology.yml"
    };
    assert!(
        checked
            .findings
            .diagnostics
            .iter()
            .all(|finding| is_placed(&finding))
    );
    checked.findings.diagnostics
}

/// Codes and messages; ARNs without their beginning.
fn messages(found: &[Diagnostic]) -> Vec<String> {
    let message = |finding: &Diagnostic| {
        let message = finding.message.replace("arn:aws:", "");
        format!("{}: {message}", finding.code)
    };
    found.iter().map(message).collect()
}

/// What lacks when all of the queue's actions do.
const POLLING: &str = "`sqs:DeleteMessage`, `sqs:GetQueueAttributes`, `sqs:ReceiveMessage` on `sqs:eu-west-1:000000000000:work`";

#[test]
fn roles_that_tcperm_made_lack_nothing() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let names = [
        "graphql",
        "media",
        "orders",
        "pipeline",
        "rest-api",
        "shop-monorepo",
        "storefront",
    ];
    for name in names {
        let home = tempfile::tempdir().unwrap();
        let account = LocalAccount::open(home.path()).unwrap();
        let mut wanted = wanted(&examples.join(name));
        wanted.assets.bucket = Some("assets".to_owned());
        let request = CreateRequest {
            wanted: wanted.clone(),
            adoption: Adoption::Refuse,
            protection: Protection::Kept,
        };
        let before = check_live(&account, &wanted).now_or_never().unwrap().unwrap();
        let missing = before.findings.diagnostics.iter();
        assert!(
            missing.filter(|one| one.code == "role-missing").count() > 0,
            "{name}"
        );
        let interrupt = Interrupt::default();
        let created = create(&account, &request, &Nobody, &interrupt);
        let created = created.now_or_never().unwrap().unwrap();
        let after = check_live(&account, &wanted).now_or_never().unwrap().unwrap();
        assert_eq!(after.findings.diagnostics, created.findings.diagnostics, "{name}");
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
    assert!(found[0].is_error());
    let span = found[0].span.clone().unwrap();
    let at = TOPOLOGY.find("two }\n").unwrap();
    assert_ne!(at, span.range.start, "that is the call");
    assert_eq!(&TOPOLOGY[span.range.clone()], "two");
    assert!(span.range.start > TOPOLOGY.find("queues").unwrap());
    let help = found[0].help.as_ref().unwrap();
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
    assert!(found[0].help.as_ref().unwrap().contains("aws:SecureTransport"));
}

#[test]
fn what_depends_on_a_variable_is_unclear() {
    let poll = r#"{"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:eu-west-1:000000000000:${aws:PrincipalTag/queue}"}"#;
    let found = found(&role(&[INVOKE, LOGS, poll]), &[]);
    let message = format!("permission-unclear: it cannot be told whether `functions` allows {POLLING}");
    assert_eq!(messages(&found), [message]);
    assert!(!found[0].is_error());
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
