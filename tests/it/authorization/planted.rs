//! Each rule finds what it is there to find, planted in a role that is right.

use serde_json::{Value, json};

use super::reference::Reference;
use super::rules::{Place, findings};

const PLACE: Place<'static> = Place {
    partition: "aws",
    region: "us-west-2",
    account: "123456789012",
    sandbox: "dev",
};

const QUEUE: &str = "arn:aws:sqs:us-west-2:123456789012:returns";
const FUNCTIONS: &str = "arn:aws:lambda:us-west-2:123456789012:function:*_dev";

fn role() -> Value {
    json!({
        "name": "tc-base-function-dev",
        "trust": {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        }]},
        "policies": [{"name": "p", "document": {"Version": "2012-10-17", "Statement": [
            {"Sid": "Invoke", "Effect": "Allow", "Action": "lambda:InvokeFunction",
             "Resource": [FUNCTIONS, format!("{FUNCTIONS}:*")],
             "Condition": {"StringEquals": {"aws:ResourceTag/sandbox": "dev"}}},
            {"Sid": "Deliver", "Effect": "Allow", "Action": ["logs:CreateLogDelivery", "logs:ListLogDeliveries"],
             "Resource": "*"},
            {"Sid": "PutEvents", "Effect": "Allow", "Action": "events:PutEvents",
             "Resource": "arn:aws:events:us-west-2:123456789012:event-bus/default",
             "Condition": {"ForAllValues:StringEquals": {"events:source": ["intake"]}, "Null": {"events:source": "false"}}},
        ]}}],
    })
}

#[track_caller]
fn finds(role: &Value, expected: &str) {
    let found = findings(&Reference::load(), &PLACE, role);
    assert!(
        found.iter().any(|finding| finding.contains(expected)),
        "not found: {expected}\n{found:#?}"
    );
}

/// The role with one more statement.
fn planted(statement: Value) -> Value {
    let mut role = role();
    let statements = &mut role["policies"][0]["document"]["Statement"];
    statements.as_array_mut().unwrap().push(statement);
    role
}

/// The role with a statement on lambda functions, changed.
fn invoke(element: &str, value: Value) -> Value {
    let mut role = role();
    role["policies"][0]["document"]["Statement"][0][element] = value;
    role
}

fn allow(action: &str, resource: &str) -> Value {
    planted(json!({"Sid": "Planted", "Effect": "Allow", "Action": action, "Resource": resource}))
}

#[test]
fn a_role_that_is_right_has_no_findings() {
    assert_eq!(
        findings(&Reference::load(), &PLACE, &role()),
        Vec::<String>::new()
    );
}

#[test]
fn actions_that_do_not_exist_or_are_too_much_are_found() {
    finds(
        &allow("states:StartExecutionSync", "*"),
        "AWS has no action states:StartExecutionSync",
    );
    finds(&allow("lambda:invokefunction", FUNCTIONS), "AWS has no action");
    finds(&allow("sqs:*", QUEUE), "sqs:* holds a wildcard");
    finds(&allow("*", "*"), "* holds a wildcard");
    finds(&allow("iam:PassRole", "*"), "iam:PassRole hands out permissions");
    finds(
        &allow("sts:AssumeRole", "*"),
        "sts:AssumeRole hands out permissions",
    );
    finds(
        &allow("lambda:TagResource", FUNCTIONS),
        "moves resources between sandboxes",
    );
    finds(
        &allow("sqs:UntagQueue", QUEUE),
        "moves resources between sandboxes",
    );
}

#[test]
fn resources_that_an_action_does_not_take_are_found() {
    finds(
        &allow("sqs:SendMessage", "*"),
        "* is nothing that sqs:SendMessage takes",
    );
    finds(
        &allow("sqs:SendMessage", "arn:aws:sqs:us-west-2:999999999999:returns"),
        "in this account",
    );
    finds(
        &allow(
            "states:StartExecution",
            "arn:aws:states:us-west-2:123456789012:execution:a_dev:*",
        ),
        "nothing that",
    );
    finds(
        &allow("logs:CreateLogDelivery", QUEUE),
        "takes no resource, only *",
    );
    finds(
        &allow("sqs:SendMessage", "arn:aws:sqs:us-west-2:123456789012:*"),
        "not named exactly",
    );
    let mixed = json!({"Sid": "P", "Effect": "Allow", "Action": ["sqs:SendMessage", "lambda:InvokeFunction"], "Resource": QUEUE});
    finds(&planted(mixed), "is nothing that lambda:InvokeFunction takes");
}

#[test]
fn a_tagged_kind_without_the_tag_condition_is_found() {
    finds(
        &allow("lambda:InvokeFunction", FUNCTIONS),
        "without the tag of the sandbox",
    );
    let machine = "arn:aws:states:us-west-2:123456789012:stateMachine:*_dev";
    finds(
        &allow("states:StartExecution", machine),
        "without the tag of the sandbox",
    );
    let tag = |operator: &str, value: Value| {
        invoke("Condition", json!({operator: {"aws:ResourceTag/sandbox": value}}))
    };
    finds(
        &tag("StringEquals", json!("qa")),
        "without the tag of the sandbox",
    );
    finds(
        &tag("StringEquals", json!(["dev", "qa"])),
        "without the tag of the sandbox",
    );
    finds(
        &tag("StringEquals", json!("${aws:PrincipalTag/sandbox}")),
        "without the tag of the sandbox",
    );
    finds(&tag("StringLike", json!("dev")), "is not the tag condition");
    finds(
        &tag("StringEqualsIfExists", json!("dev")),
        "is true where the key is missing",
    );
    let everywhere = "arn:aws:lambda:us-west-2:123456789012:function:*";
    finds(
        &invoke("Resource", json!(everywhere)),
        "does not hold the name of the sandbox",
    );
}

#[test]
fn condition_keys_that_an_action_does_not_have_are_found() {
    let tagged = |action: &str, resource: &str| {
        planted(
            json!({"Sid": "Planted", "Effect": "Allow", "Action": action, "Resource": resource,
            "Condition": {"StringEquals": {"aws:ResourceTag/sandbox": "dev"}}}),
        )
    };
    finds(
        &tagged("logs:CreateLogDelivery", "*"),
        "has no condition key aws:ResourceTag/sandbox",
    );
    let destination = "arn:aws:events:us-west-2:123456789012:api-destination/orders/*";
    finds(
        &tagged("events:InvokeApiDestination", destination),
        "has no condition key",
    );
    let field = "arn:aws:appsync:us-west-2:123456789012:apis/*/types/Mutation/fields/progress";
    finds(&tagged("appsync:GraphQL", field), "has no condition key");
    let condition = json!({"StringEquals": {"aws:ResourceTag/sandbox": "dev", "events:source": "a"}});
    finds(
        &invoke("Condition", condition),
        "has no condition key events:source",
    );
}

#[test]
fn elements_that_turn_a_statement_round_are_found() {
    finds(
        &invoke("NotAction", json!("sqs:SendMessage")),
        "the element NotAction",
    );
    finds(&invoke("NotResource", json!(QUEUE)), "the element NotResource");
    finds(&invoke("Principal", json!("*")), "the element Principal");
    finds(&invoke("Effect", json!("allow")), "the effect is");
    finds(&invoke("Action", json!([])), "no action or no resource");
}

#[test]
fn sids_that_iam_refuses_are_found() {
    finds(&invoke("Sid", json!("not-a-sid")), "`not-a-sid` is no Sid");
    finds(&invoke("Sid", json!("Deliver")), "the Sid `Deliver` stands twice");
    finds(&invoke("Sid", json!("")), "`` is no Sid");
}

#[test]
fn trust_in_more_than_one_service_is_found() {
    let trust = |element: &str, value: Value| {
        let mut role = role();
        role["trust"]["Statement"][0][element] = value;
        role
    };
    let two = json!({"Service": ["lambda.amazonaws.com", "events.amazonaws.com"]});
    finds(&trust("Principal", two), "not one service");
    let account = json!({"Service": "lambda.amazonaws.com", "AWS": "123456789012"});
    finds(&trust("Principal", account), "not one service");
    finds(&trust("Principal", json!("*")), "not one service");
    finds(
        &trust("Action", json!(["sts:AssumeRole", "sts:TagSession"])),
        "something else than sts:AssumeRole",
    );
    finds(
        &trust("Condition", json!({"StringEquals": {"events:source": "a"}})),
        "the condition StringEquals",
    );
    finds(
        &trust("Condition", json!({"ArnLikeIfExists": {"aws:SourceArn": "a"}})),
        "the condition ArnLikeIfExists",
    );
    let mut role = role();
    let statement = role["trust"]["Statement"][0].clone();
    role["trust"]["Statement"].as_array_mut().unwrap().push(statement);
    finds(&role, "2 statements, not one");
    role["trust"]["Version"] = json!("2008-10-17");
    finds(&role, "the version is");
}
