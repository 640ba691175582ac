//! `can` says what the roles of a sandbox may do, which statements decide, and what a denial lacks.

mod batch;
mod denials;
mod live;
mod policies;

use serde_json::{Value, json};

use crate::support::{Outcome, Tcperm, examples};

/// The account of all questions.
const ACCOUNT: &str = "123456789012";

/// A function of the example `orders`, without the sandbox.
const PACKER: &str = "arn:aws:lambda:us-west-2:123456789012:function:orders_packer";

fn orders() -> Tcperm {
    Tcperm::in_example("orders")
}

/// Asks the roles that are rendered for the sandbox `dev`.
fn ask(tcperm: &Tcperm, line: &str) -> Outcome {
    let head = format!("can -s dev --account {ACCOUNT} --region us-west-2");
    tcperm.args(head.split(' ').chain(line.split(' '))).run()
}

fn decisions(answer: &Value) -> Vec<(&str, &str)> {
    let roles = answer["roles"].as_array().unwrap().iter();
    roles
        .map(|role| {
            (
                role["role"]["name"].as_str().unwrap(),
                role["decision"].as_str().unwrap(),
            )
        })
        .collect()
}

#[test]
fn what_a_statement_allows_is_told_with_the_statement_its_template_and_the_edge() {
    let line = format!("--as state lambda:InvokeFunction --on {PACKER}_dev --resource-tag sandbox=dev");
    let answer = ask(&orders(), &format!("{line} --format json")).exits(0).json();
    let determining = json!([{
        "policy": "tc-base-state-dev", "sid": "InvokeFunction", "effect": "Allow",
        "file": "templates/capability/function.invoke.json:3", "edges": ["topology.yml:21"],
    }]);
    assert_eq!(answer["format_version"], "1");
    assert_eq!(answer["decision"], "allowed");
    assert_eq!(answer["determining"], determining);
    assert_eq!(answer["missing_context"], json!([]));
    assert_eq!(
        answer["derived_context"],
        json!({"aws:ResourceAccount": ACCOUNT, "aws:RequestedRegion": "us-west-2"})
    );
    let told = ask(&orders(), &line).exits(0).stdout;
    assert!(
        told.contains("allowed by InvokeFunction of tc-base-state-dev"),
        "{told}"
    );
    assert!(
        told.contains("function.invoke.json:3, asked for by topology.yml:21"),
        "{told}"
    );
}

#[test]
fn another_sandbox_s_tag_is_denied_with_the_condition_that_fails() {
    let line = format!("--as function lambda:InvokeFunction --on {PACKER}_dev --resource-tag sandbox=qa");
    let outcome = ask(&orders(), &line).exits(3);
    let wanted = "`aws:ResourceTag/sandbox` is `qa`, the statement wants `dev`";
    assert!(outcome.stdout.contains(wanted), "{outcome}");
    let answer = ask(&orders(), &format!("{line} --format json")).exits(3).json();
    assert_eq!(answer["decision"], "implicit_deny");
    assert_eq!(answer["lacking"], "identity");
    assert_eq!(
        answer["nearest"][0]["misses"],
        json!([{
            "element": "condition", "operator": "StringEquals", "key": "aws:ResourceTag/sandbox",
            "wanted": ["dev"], "found": ["qa"],
        }])
    );
}

#[test]
fn another_sandbox_s_name_is_denied_with_the_names_that_the_statement_is_for() {
    let line = format!("--as function lambda:InvokeFunction --on {PACKER}_qa --resource-tag sandbox=dev");
    let told = ask(&orders(), &line).exits(3).stdout;
    assert!(told.contains("function:*_dev`"), "{told}");
    assert!(told.contains("and not for this resource"), "{told}");
}

#[test]
fn a_tag_that_nobody_gave_is_asked_for_with_the_flag_that_gives_it() {
    let line = format!("--as function lambda:InvokeFunction --on {PACKER}_dev");
    let told = ask(&orders(), &line).exits(3).stdout;
    assert!(told.contains("it depends on `aws:ResourceTag/sandbox`"), "{told}");
    assert!(told.contains("--resource-tag sandbox=VALUE"), "{told}");
    let line = "--as function events:PutEvents --on arn:aws:events:us-west-2:123456789012:event-bus/default \
                --context events:source=intake";
    let told = ask(&orders(), line).exits(3).stdout;
    assert!(told.contains("--context events:detail-type=VALUE"), "{told}");
}

#[test]
fn a_key_that_is_given_twice_has_both_values() {
    let ask_for = |types: &str| {
        let bus = "arn:aws:events:us-west-2:123456789012:event-bus/default";
        let line =
            format!("--as function events:PutEvents --on {bus} --context events:source=intake {types}");
        ask(&orders(), &line).code
    };
    assert_eq!(ask_for("--context events:detail-type=OrderPlaced"), 0);
    let both = "--context events:detail-type=OrderPlaced --context events:detail-type=Other";
    assert_eq!(ask_for(both), 3);
}

#[test]
fn without_a_role_each_role_answers() {
    let line = format!("lambda:InvokeFunction --on {PACKER}_dev --resource-tag sandbox=dev");
    let outcome = ask(&orders(), &line).exits(0);
    assert!(outcome.stderr.contains("3 of 4 roles may"), "{outcome}");
    let answer = ask(&orders(), &format!("{line} --format json")).exits(0).json();
    assert_eq!(
        decisions(&answer),
        [
            ("tc-base-event-dev", "implicit_deny"),
            ("tc-base-function-dev", "allowed"),
            ("tc-base-route-dev", "allowed"),
            ("tc-base-state-dev", "allowed"),
        ]
    );
    assert_eq!(answer["decision"], "allowed");
    assert_eq!(answer["role"]["name"], "tc-base-function-dev");
}

#[test]
fn a_role_is_asked_by_its_kind_its_name_and_its_arn() {
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/tc-base-function-dev");
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/tc-base-function-dev/one");
    for role in [
        "function",
        "tc-base-function-dev",
        "TC-base-function-DEV",
        &arn,
        &session,
    ] {
        let line = format!("--as {role} sqs:ReceiveMessage --on arn:aws:sqs:us-west-2:{ACCOUNT}:returns");
        let told = ask(&orders(), &line).exits(0).stdout;
        assert!(told.contains("tc-base-function-dev"), "{told}");
    }
    let other = "arn:aws:iam::999999999999:role/tc-base-function-dev";
    ask(&orders(), &format!("--as {other} sqs:ListQueues")).exits(1);
    let outcome = ask(&orders(), "--as fnction sqs:ListQueues").exits(1);
    assert!(outcome.stderr.contains("did you mean `function`?"), "{outcome}");
}

#[test]
fn an_action_that_aws_does_not_have_is_told_with_the_nearest() {
    let outcome = ask(&orders(), "--as function lambda:InvokeFunctio --on x").exits(3);
    assert!(
        outcome
            .stderr
            .contains("AWS has no action `lambda:InvokeFunctio`"),
        "{outcome}"
    );
    assert!(
        outcome.stderr.contains("did you mean `lambda:InvokeFunction`?"),
        "{outcome}"
    );
    let known = ask(&orders(), "--as function LAMBDA:invokefunction --on x").exits(3);
    assert!(!known.stderr.contains("AWS has no action"), "{known}");
}

#[test]
fn a_question_that_says_too_little_is_bad_usage() {
    for (line, message) in [
        ("--as function lambda:InvokeFunction", "none is named"),
        ("--as function invoke --on x", "`invoke` is no action"),
        ("--as function --on x", "ACTION"),
        ("--as function a:B --resource-tag x", "KEY=VALUE"),
        ("--as function a:B --local", "--live"),
    ] {
        let outcome = ask(&orders(), line).exits(2);
        assert!(outcome.stderr.contains(message), "{outcome}");
    }
    let nobody = orders().args(["can", "lambda:ListFunctions"]).run().exits(2);
    assert!(nobody.stderr.contains("name a sandbox with `-s`"), "{nobody}");
    let nowhere = orders()
        .args(["can", "-s", "dev", "lambda:ListFunctions"])
        .run()
        .exits(2);
    assert!(nowhere.stderr.contains("`--account`"), "{nowhere}");
    ask(&orders(), "--as function lambda:ListFunctions").exits(3);
}

#[test]
fn a_resource_of_another_account_needs_its_own_policy() {
    let other = "arn:aws:sqs:us-west-2:999999999999:returns";
    let line = format!("--as function sqs:SendMessage --on {other}");
    let told = ask(&orders(), &line).exits(3).stdout;
    assert!(
        told.contains("the account 999999999999: its policy must allow it too"),
        "{told}"
    );
}

#[test]
fn the_own_role_of_a_function_answers_by_its_own_name() {
    let topology = "name: jobs\nfunctions:\n  one: { function: two }\n  two: {}\n";
    let spec = "name: one\nruntime:\n  role_name: team-one\n";
    let tcperm = Tcperm::in_project(&[("topology.yml", topology), ("one/function.yml", spec)]);
    let line = "lambda:InvokeFunction --on arn:aws:lambda:us-west-2:123456789012:function:jobs_two_dev \
                --resource-tag sandbox=dev --format json";
    let answer = ask(&tcperm, line).json();
    assert!(
        decisions(&answer)
            .iter()
            .any(|(name, _)| name.starts_with("tc-base-function")),
        "{answer}"
    );
}

/// What every edge of the examples asks for is allowed within the sandbox, and denied with the tag of
/// another, unless the statement stands without a tag.
#[test]
fn every_statement_of_every_example_allows_what_it_names() {
    let mut asked = 0;
    for example in examples() {
        let tcperm = Tcperm::in_example(&example);
        let render = format!(
            "render -s dev --account {ACCOUNT} --region us-west-2 --graphql-api graphql=abcdefghijklmnopqrstuvwxyz --format json"
        );
        let render = tcperm.args(render.split(' ')).run();
        if render.code != 0 {
            continue;
        }
        let render = render.json();
        let mut lines = Vec::new();
        for role in render["roles"].as_array().unwrap() {
            for policy in role["policies"].as_array().unwrap() {
                for statement in policy["document"]["Statement"].as_array().unwrap() {
                    lines.extend(request(role, statement));
                }
            }
        }
        let head = format!(
            "can -s dev --account {ACCOUNT} --region us-west-2 --graphql-api graphql=abcdefghijklmnopqrstuvwxyz --batch -"
        );
        let input = lines.join("\n");
        let outcome = tcperm.args(head.split(' ')).input(&input).run().exits(0);
        let answers: Vec<&str> = outcome.stdout.lines().collect();
        assert_eq!(answers.len(), lines.len());
        for (line, answer) in lines.iter().zip(answers) {
            asked += 1;
            assert!(
                answer.starts_with(r#"{"decision":"allowed""#),
                "{example}: {line}\n{answer}"
            );
        }
    }
    assert!(asked > 60, "{asked} statements");
}

/// A request that a statement allows: its first action on its first resource, with what its condition
/// asks for.
fn request(role: &Value, statement: &Value) -> Option<String> {
    let first = |value: &Value| match value {
        Value::Array(values) => values.first()?.as_str().map(str::to_owned),
        value => value.as_str().map(str::to_owned),
    };
    if statement["Effect"] != "Allow" || role["arn"].is_null() {
        return None;
    }
    let mut context = serde_json::Map::new();
    for (operator, keys) in statement["Condition"].as_object().into_iter().flatten() {
        for (key, value) in keys.as_object()? {
            if operator != "Null" {
                context.insert(key.clone(), json!(first(value)?.replace('*', "x")));
            }
        }
    }
    let line = json!({
        "principal": role["arn"],
        "action": first(&statement["Action"])?.replace('*', "x"),
        "resource": first(&statement["Resource"])?.replace('*', "x"),
        "context": context,
    });
    Some(line.to_string())
}
