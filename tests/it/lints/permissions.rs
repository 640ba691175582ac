//! What a role may do: too much, or nothing.

use tcperm::diagnostic::Severity::{Error, Warning};
use tcperm::policy::lint::Subject::{Any, Boundary, Identity};

use super::{clean, deny, finds, with};

const QUEUE: &str = "arn:aws:sqs:us-west-2:123456789012:q";
const FUNCTION: &str = "arn:aws:lambda:us-west-2:123456789012:function:f_dev";

#[test]
fn every_action_is_too_much() {
    finds(
        Identity,
        "any-action",
        Warning,
        &with(r#""Action":["sqs:ListQueues",«"*"»],"Resource":"*""#),
    );
    let found = finds(
        Identity,
        "any-action",
        Warning,
        &with(r#""Action":["sqs:SendMessage",«"Lambda:*"»],"Resource":"*""#),
    );
    assert!(
        found.message.contains("every action of `Lambda`"),
        "{}",
        found.message
    );
    clean(Identity, &deny(r#""Action":"*","Resource":"*""#));
    clean(Identity, &deny(r#""Action":"sqs:*","Resource":"*""#));
    clean(Boundary, &with(r#""Action":"sqs:*","Resource":"*""#));
    clean(Boundary, &with(r#""Action":"*","Resource":"*""#));
}

#[test]
fn everything_is_too_much_where_actions_take_resources() {
    finds(
        Identity,
        "any-resource",
        Warning,
        &with(&format!(
            r#""Action":["sqs:SendMessage","sqs:ReceiveMessage"],"Resource":["{QUEUE}",«"*"»]"#
        )),
    );
    clean(
        Identity,
        &with(r#""Action":["sqs:SendMessage","sqs:ListQueues"],"Resource":"*""#),
    );
    clean(
        Identity,
        &with(r#""Action":"ec2:CreateNetworkInterface","Resource":"*""#),
    );
    clean(Identity, &deny(r#""Action":"sqs:SendMessage","Resource":"*""#));
    clean(
        Any,
        &with(
            r#""Principal":{"AWS":"arn:aws:iam::123456789012:role/a"},"Action":"sqs:SendMessage","Resource":"*""#,
        ),
    );
    finds(
        Identity,
        "any-resource",
        Warning,
        &with(r#""Action":"states:SendTaskSuccess","Resource":«"*"»"#),
    );
}

#[test]
fn naming_what_is_not_allowed_allows_the_rest() {
    finds(
        Identity,
        "allows-the-rest",
        Warning,
        &with(r#"«"NotAction"»:"sqs:SendMessage","Resource":"*""#),
    );
    finds(
        Identity,
        "allows-the-rest",
        Warning,
        &with(&format!(
            r#""Action":"sqs:SendMessage",«"NotResource"»:"{QUEUE}""#
        )),
    );
    clean(Identity, &deny(r#""NotAction":"sqs:SendMessage","Resource":"*""#));
    clean(
        Identity,
        &deny(&format!(r#""Action":"sqs:SendMessage","NotResource":"{QUEUE}""#)),
    );
}

#[test]
fn resources_that_no_action_takes_are_found() {
    let found = finds(
        Identity,
        "dead-resource",
        Warning,
        &with(&format!(
            r#""Action":"sqs:SendMessage","Resource":["{QUEUE}",«"{FUNCTION}"»]"#
        )),
    );
    assert!(found.help.contains(":sqs:"), "{}", found.help);
    finds(
        Identity,
        "dead-resource",
        Warning,
        &deny(r#""Action":"s3:ListBucket","Resource":["arn:aws:s3:::b",«"arn:aws:s3:::b/*"»]"#),
    );
    clean(
        Identity,
        &with(
            r#""Action":["s3:ListBucket","s3:GetObject"],"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]"#,
        ),
    );
    // An action that is not known may take anything.
    finds(
        Identity,
        "unknown-action",
        Warning,
        &with(&format!(
            r#""Action":[«"sqs:Snd"»,"sqs:SendMessage"],"Resource":"{FUNCTION}""#
        )),
    );
    clean(
        Identity,
        &with(
            r#""Action":"states:SendTaskSuccess","Resource":"arn:aws:states:us-west-2:123456789012:stateMachine:m""#,
        ),
    );
}

#[test]
fn actions_that_take_none_of_the_resources_are_found() {
    let found = finds(
        Identity,
        "dead-action",
        Warning,
        &with(&format!(
            r#""Action":["sqs:SendMessage",«"sqs:ListQueues"»],"Resource":"{QUEUE}""#
        )),
    );
    assert!(found.help.contains("on `*`"), "{}", found.help);
    finds(
        Identity,
        "dead-action",
        Warning,
        &with(r#""Action":["s3:GetObject",«"s3:ListBucket"»],"Resource":"arn:aws:s3:::b/*""#),
    );
    clean(
        Identity,
        &with(&format!(r#""Action":["sqs:*Queue*"],"Resource":"{QUEUE}""#)),
    );
    clean(
        Identity,
        &with(r#""Action":["s3:GetObject","s3:ListBucket"],"Resource":"arn:aws:s3:::b*""#),
    );
}

fn invoke(condition: &str) -> String {
    with(&format!(
        r#""Action":"lambda:InvokeFunction","Resource":"{FUNCTION}","Condition":{{{condition}}}"#
    ))
}

#[test]
fn an_open_condition_on_the_sandbox_is_an_error() {
    for open in [
        r#""StringEqualsIfExists":{«"aws:ResourceTag/sandbox"»:"dev"}"#,
        r#""StringNotEquals":{«"aws:ResourceTag/sandbox"»:"qa"}"#,
        r#""Null":{«"AWS:resourcetag/Sandbox"»:"true"}"#,
        r#""StringEquals":{"aws:ResourceTag/sandbox":«"qa"»}"#,
        r#""StringEquals":{"aws:ResourceTag/sandbox":["dev",«"qa"»]}"#,
        r#""StringLike":{"aws:ResourceTag/sandbox":«"dev*"»}"#,
    ] {
        finds(Identity, "open-tag-condition", Error, &invoke(open));
    }
    for closed in [
        r#""StringEquals":{"aws:ResourceTag/sandbox":"dev"}"#,
        r#""StringLike":{"aws:ResourceTag/sandbox":"dev"}"#,
        r#""StringEquals":{"aws:ResourceTag/sandbox":"${aws:PrincipalTag/sandbox}"}"#,
        r#""StringEquals":{"aws:ResourceTag/sandbox":"dev"},"Null":{"aws:ResourceTag/sandbox":"false"}"#,
        r#""StringNotEquals":{"aws:ResourceTag/team":"x"}"#,
    ] {
        clean(Identity, &invoke(closed));
        clean(Boundary, &invoke(closed));
    }
    let denied = r#""StringNotEquals":{"aws:ResourceTag/sandbox":"dev"}"#;
    clean(Identity, &invoke(denied).replace("Allow", "Deny"));
}

#[test]
fn a_tag_that_no_request_carries_makes_a_statement_dead() {
    let destination = "arn:aws:events:us-west-2:123456789012:api-destination/d/*";
    let on = |operator: &str, action: &str, resource: &str, key: &str| {
        format!(r#""Action":{action},"Resource":"{resource}","Condition":{{"{operator}":{{"{key}":"dev"}}}}"#)
    };
    let tag = "aws:ResourceTag/sandbox";
    let found = finds(
        Identity,
        "dead-tag-condition",
        Warning,
        &with(&on(
            "StringEquals",
            r#"«"events:InvokeApiDestination"»"#,
            destination,
            tag,
        )),
    );
    assert!(found.other.is_some());
    finds(
        Identity,
        "dead-tag-condition",
        Warning,
        &with(&on(
            "StringEquals",
            r#"«"lambda:InvokeFunction"»"#,
            FUNCTION,
            "aws:RequestTag/sandbox",
        )),
    );
    // An action that takes none of the resources is that one finding alone.
    finds(
        Identity,
        "dead-action",
        Warning,
        &with(&on(
            "StringEquals",
            r#"["lambda:InvokeFunction",«"events:PutEvents"»]"#,
            FUNCTION,
            tag,
        )),
    );
    finds(
        Identity,
        "dead-tag-condition",
        Warning,
        &with(&on(
            "StringEquals",
            r#"["lambda:InvokeFunction",«"logs:CreateLogDelivery"»]"#,
            "*",
            tag,
        )),
    );
    clean(
        Identity,
        &with(&on("StringEquals", r#""lambda:InvokeFunction""#, FUNCTION, tag)),
    );
    clean(
        Identity,
        &with(&on(
            "StringEquals",
            r#""lambda:TagResource""#,
            FUNCTION,
            "aws:RequestTag/sandbox",
        )),
    );
    clean(
        Identity,
        &deny(&on(
            "StringEquals",
            r#""events:InvokeApiDestination""#,
            destination,
            tag,
        )),
    );
}

#[test]
fn giving_oneself_permissions_is_found() {
    let role = r#""Resource":"arn:aws:iam::123456789012:role/r""#;
    finds(
        Identity,
        "escalation",
        Warning,
        &with(&format!(
            r#""Action":["iam:GetRole",«"IAM:putrolepolicy"»],{role}"#
        )),
    );
    finds(
        Identity,
        "escalation",
        Warning,
        &with(&format!(r#""Action":«"iam:PutRoleP*"»,{role}"#)),
    );
    clean(
        Identity,
        &with(&format!(r#""Action":["iam:GetRole","iam:TagRole"],{role}"#)),
    );
    clean(
        Identity,
        &deny(&format!(r#""Action":"iam:PutRolePolicy",{role}"#)),
    );
    clean(
        Boundary,
        &with(&format!(r#""Action":"iam:PutRolePolicy",{role}"#)),
    );
}

fn pass(resource: &str, condition: &str) -> String {
    format!(r#""Action":"iam:PassRole","Resource":{resource}{condition}"#)
}

const TO_LAMBDA: &str = r#","Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}"#;

const ROLE: &str = r#""arn:aws:iam::123456789012:role/r""#;

#[test]
fn a_role_is_passed_by_name_and_to_one_service() {
    finds(
        Identity,
        "open-pass-role",
        Warning,
        &with(&pass(ROLE, "")).replace("\"iam:PassRole\"", "«\"iam:PassRole\"»"),
    );
    finds(
        Identity,
        "open-pass-role",
        Warning,
        &with(&pass(
            ROLE,
            &TO_LAMBDA.replace("StringEquals", "StringEqualsIfExists"),
        ))
        .replace("\"iam:PassRole\"", "«\"iam:PassRole\"»"),
    );
    finds(
        Identity,
        "open-pass-role",
        Error,
        &with(&pass(r#"«"arn:aws:iam::123456789012:role/*"»"#, TO_LAMBDA)),
    );
    for any in ["*", "*.amazonaws.com", "?*"] {
        let to_any = TO_LAMBDA
            .replace("StringEquals", "StringLike")
            .replace("lambda.amazonaws.com", any);
        let text = with(&pass(ROLE, &to_any)).replace("\"iam:PassRole\"", "«\"iam:PassRole\"»");
        finds(Identity, "open-pass-role", Warning, &text);
    }
    let like = TO_LAMBDA.replace("StringEquals", "StringLike");
    clean(Identity, &with(&pass(ROLE, &like)));
    clean(Identity, &with(&pass(ROLE, TO_LAMBDA)));
    clean(Identity, &deny(&pass(ROLE, "")));
}

#[test]
fn passing_a_role_to_what_one_may_run_is_found() {
    let both = |action: &str, condition: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":{action},"Resource":"{FUNCTION}"}},{{"Effect":"Allow",{}}}]}}"#,
            pass(ROLE, condition)
        )
    };
    let found = finds(
        Identity,
        "pass-and-run",
        Warning,
        &both(r#"«"lambda:CreateFunction"»"#, TO_LAMBDA),
    );
    assert!(found.other.is_some_and(|other| other.start > found.range.end));
    finds(
        Identity,
        "pass-and-run",
        Warning,
        &both(
            r#"«"lambda:CreateFunction"»"#,
            &TO_LAMBDA
                .replace("StringEquals", "StringLike")
                .replace("lambda.", "l*."),
        ),
    );
    clean(
        Identity,
        &both(
            r#""lambda:CreateFunction""#,
            &TO_LAMBDA.replace("lambda.", "ecs-tasks."),
        ),
    );
    clean(Identity, &both(r#""lambda:InvokeFunction""#, TO_LAMBDA));
}

#[test]
fn any_role_and_every_resource_are_two_findings() {
    let text = with(&pass("\"*\"", TO_LAMBDA));
    let found = super::findings(Identity, &text);
    let codes: Vec<&str> = found.iter().map(|found| found.code).collect();
    assert_eq!(codes, ["any-resource", "open-pass-role"]);
}
