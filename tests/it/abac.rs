//! `--abac`: what a team's templates allow, held to the sandbox by its tag.

mod statements;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Outcome, Tcperm};

const TOPOLOGY: &str = "\
name: orders
routes:
  /api/orders: { method: POST, function: intake }
functions:
  intake: {}
  packer: {}
queues:
  returns: { function: packer }
";

/// A template with a statement that can ask for the tag, and one each that cannot or must not.
const FUNCTION: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Can", "Effect": "Allow",
      "Action": ["lambda:InvokeFunction", "sqs:SendMessage"], "Resource": "*",
      "Condition": {"stringequals": {"aws:ResourceTag/team": "a"}}
    },
    {"Sid": "Has", "Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*",
     "Condition": {"StringLike": {"AWS:ResourceTag/Sandbox": "{{sandbox}}"}}},
    {"Sid": "Denies", "Effect": "Deny", "Action": "sqs:DeleteQueue", "Resource": "*"},
    {"Sid": "Half", "Effect": "Allow", "Action": ["sqs:ListQueues", "sqs:SendMessage"], "Resource": "*"},
    {"Sid": "AllBut", "Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
    {{#each grants.[logs.write]}}{{> capability/logs.write}},{{/each}}
    {"Sid": "Last", "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": "*"}
  ]
}
"#;

/// Rendered once for each topology.
const OF_TOPOLOGY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {{#each grants.[queue.consume]}}{{> capability/queue.consume}},{{/each}}
    {"Sid": "List{{namespace}}", "Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}
  ]
}
"#;

fn project() -> Tcperm {
    Tcperm::in_project(&[
        ("orders/topology.yml", TOPOLOGY),
        (
            "billing/topology.yml",
            "name: billing\nfunctions:\n  charge: {}\n",
        ),
        ("infra/base/roles/function.json", FUNCTION),
        ("infra/base/roles/function.topology.json", OF_TOPOLOGY),
        (
            "infra/base/roles/route.json",
            r#"{"Version": "2012-10-17", "Statement":
                {"Sid": "InvokeFunction", "Effect": "Allow", "Action": "lambda:InvokeFunction",
                 "Resource": "arn:aws:lambda:{{region}}:{{account}}:function:*_{{sandbox}}*"}}"#,
        ),
    ])
}

fn render(tcperm: &Tcperm, flags: &str) -> Outcome {
    let line = format!("render -s dev --account 123456789012 -r --infra-dir infra --format json {flags}");
    tcperm.args(line.split_whitespace()).run().exits(0)
}

/// The statements of all inline policies of a role, by their Sids.
fn statements(document: &Value, name: &str) -> BTreeMap<String, Value> {
    let roles = document["roles"].as_array().unwrap();
    let role = roles.iter().find(|role| role["name"] == name).unwrap();
    let policies = role["policies"].as_array().unwrap().iter();
    let statements = policies.flat_map(|policy| policy["document"]["Statement"].as_array().unwrap());
    statements
        .map(|statement| (statement["Sid"].as_str().unwrap().to_owned(), statement.clone()))
        .collect()
}

fn with_condition(statement: &Value, condition: Value) -> Value {
    let mut statement = statement.clone();
    statement["Condition"] = condition;
    statement
}

#[test]
fn the_tag_condition_is_added_where_it_can_be_and_nothing_else_changes() {
    let tcperm = project();
    let before = statements(&render(&tcperm, "").json(), "tc-base-function-dev");
    let mut expected = before.clone();
    let tag = json!({"StringEquals": {"aws:ResourceTag/sandbox": "dev"}});
    for (sid, condition) in [
        (
            "Can",
            json!({"stringequals": {"aws:ResourceTag/sandbox": "dev", "aws:ResourceTag/team": "a"}}),
        ),
        ("Last", tag.clone()),
        // Only the team knows that its queues bear the tag.
        ("ConsumeQueue", tag),
    ] {
        expected.insert(sid.to_owned(), with_condition(&before[sid], condition));
    }
    let after = statements(&render(&tcperm, "--abac").json(), "tc-base-function-dev");
    assert_eq!(after, expected);
    // What functions log to bears no tags, and the built-in statement knows.
    assert!(after.contains_key("WriteLogs"));
}

#[test]
fn each_statement_that_cannot_bear_it_is_told_once_with_its_place() {
    let told = |flags: &str| -> Vec<String> {
        let document = render(&project(), flags).json();
        let found = document["diagnostics"].as_array().unwrap().iter();
        let found = found.filter(|one| one["code"] == "abac-not-possible");
        found
            .map(|one| {
                format!(
                    "{}:{}:{} {}",
                    one["file"], one["line"], one["column"], one["help"]
                )
            })
            .collect()
    };
    assert_eq!(told(""), Vec::<String>::new());
    let only = "`sqs:ListQueues` has no resource types: AWS accepts only `*`";
    let expected = [
        format!(
            "\"infra/base/roles/function.json\":12:5 \"{only}; put the actions that can ask for the tag into a statement of their own\""
        ),
        "\"infra/base/roles/function.json\":13:5 \"it allows all but what it names: name the actions and resources that it is to allow\"".to_owned(),
        format!("\"infra/base/roles/function.topology.json\":5:5 \"{only}\""),
    ];
    assert_eq!(told("--abac"), expected);
}

#[test]
fn a_statement_that_lacks_the_condition_alone_becomes_the_built_in_one() {
    let tcperm = project();
    let condition = |flags: &str| {
        let document = render(&tcperm, flags).json();
        statements(&document, "tc-base-route-dev")["InvokeFunction"]["Condition"].clone()
    };
    let built_in = {
        let line = "render -s dev --account 123456789012 -d orders --format json";
        let document = tcperm.args(line.split_whitespace()).run().exits(0).json();
        statements(&document, "tc-base-route-dev")["InvokeFunction"]["Condition"].clone()
    };
    assert_eq!(condition(""), Value::Null);
    assert_eq!(condition("--abac"), built_in);
}

#[test]
fn the_same_files_give_the_same_bytes_and_a_second_create_writes_nothing() {
    let tcperm = project();
    let rendered = render(&tcperm, "--abac").stdout;
    assert_eq!(render(&tcperm, "--abac").stdout, rendered);
    let tcperm = tcperm.local();
    let run = |line: &str| tcperm.args(line.split_whitespace()).run().exits(0);
    let create = "create -s dev -d orders --infra-dir infra --abac --format json";
    let steps = |outcome: &Outcome| outcome.json()["steps"].clone();
    let actions = |outcome: &Outcome| -> Vec<String> {
        let steps = steps(outcome);
        let steps = steps.as_array().unwrap().iter();
        steps
            .map(|step| step["action"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(actions(&run(create)), ["create", "create"]);
    assert_eq!(actions(&run(create)), ["none", "none"]);
    // Without the flag it is another role.
    let without = "plan -s dev -d orders --infra-dir infra --format json";
    assert_eq!(actions(&run(without)), ["update", "update"]);
}

#[test]
fn dynamic_roles_are_the_same_with_it() {
    let tcperm = Tcperm::in_example("orders");
    let run = |flags: &str| {
        let line = format!("render -s dev --account 123456789012 {flags}");
        tcperm.args(line.split_whitespace()).run().exits(0)
    };
    assert_eq!(run("--abac").stdout, run("").stdout);
}

#[test]
fn what_a_flag_or_a_variable_changes_is_not_put_on_somebodys_hand() {
    let tcperm = Tcperm::in_project(&[
        ("topology.yml", TOPOLOGY),
        (
            "infra/base/roles/function.json",
            r#"{"Version": "2012-10-17", "Statement":
                {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "{{arn "sqs" queue}}"}}"#,
        ),
    ]);
    let run = |verb: &str, queue: &str, more: &str| {
        tcperm.write(
            "tcperm.toml",
            &format!("infra_dir = \"infra\"\n[vars]\nqueue = \"{queue}\"\n"),
        );
        let line = format!("{verb} -s dev --local -c function --format json {more}");
        tcperm.bare(line.split_whitespace()).run().exits(0).json()
    };
    run("create", "jobs", "");
    for changed in [run("plan", "jobs", "--abac"), run("plan", "tasks", "")] {
        let reason = changed["steps"][0]["reason"].as_str().unwrap();
        assert!(
            reason.contains("a variable or flag says otherwise now"),
            "{reason}"
        );
    }
}
