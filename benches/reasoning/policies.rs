//! Policies of any size, which look like those of roles.

use std::fmt::Write as _;

use tcperm::policy::{Effect, Policy, Resource, Scalar, Values};
use tcperm::prove::Answer;

use super::Outcome;

/// Actions and the resources that they take, `#` for a number.
const ALLOWED: &[(&str, &str)] = &[
    (
        r#"["lambda:InvokeFunction", "lambda:InvokeAsync"]"#,
        "lambda:us-west-2:123456789012:function:shop#_*_dev",
    ),
    (
        r#"["states:StartExecution", "states:StartSyncExecution"]"#,
        "states:us-west-2:123456789012:stateMachine:shop#_*_dev",
    ),
    (
        r#"["sqs:SendMessage", "sqs:GetQueueAttributes"]"#,
        "sqs:us-west-2:123456789012:orders#_dev",
    ),
    (
        r#"["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]"#,
        "dynamodb:us-west-2:123456789012:table/items#_dev",
    ),
    (r#""s3:Get*""#, "s3:::shop-#-dev/*"),
    (
        r#""events:PutEvents""#,
        "events:us-west-2:123456789012:event-bus/shop#_dev",
    ),
];

/// Each statement of this number denies what is not the sandbox's.
const DENIES: usize = 10;

/// A policy of so many statements, each of which stays in the sandbox `dev`.
pub fn of_statements(count: usize) -> Outcome<Policy> {
    let statements: Vec<String> = (0..count).map(statement).collect();
    let text = format!(
        r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
        statements.join(",")
    );
    Ok(Policy::parse(&text)?)
}

/// A policy of that kind with at least so many characters, as IAM counts them.
pub fn of_characters(least: usize) -> Outcome<Policy> {
    let mut count = 1;
    loop {
        let policy = of_statements(count)?;
        if policy.size() >= least {
            return Ok(policy);
        }
        count += 1;
    }
}

fn statement(number: usize) -> String {
    let (actions, resource) = ALLOWED
        .iter()
        .cycle()
        .nth(number)
        .copied()
        .unwrap_or(("\"s3:*\"", "s3:::*"));
    let resource = resource.replace('#', &number.to_string());
    let (effect, operator) = if number % DENIES == DENIES - 1 {
        ("Deny", "StringNotEquals")
    } else {
        ("Allow", "StringEquals")
    };
    let mut text = String::new();
    // Writing into a text does not fail.
    let _ = write!(
        text,
        r#"{{"Effect": "{effect}", "Action": {actions}, "Resource": "arn:aws:{resource}",
            "Condition": {{"{operator}": {{"aws:ResourceTag/sandbox": "dev"}}}}}}"#
    );
    text
}

/// The statement that matches what carries the tag of the sandbox.
pub fn sandboxed() -> Outcome<Policy> {
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/sandbox": "dev"}}}]}"#;
    Ok(Policy::parse(text)?)
}

/// The same policy, with one pattern in its middle that matches less.
pub fn narrowed(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    let middle = policy.statement.len() / 2;
    for statement in policy.statement.iter_mut().skip(middle) {
        let resources = statement.resource.iter().flat_map(|one| one.values().iter());
        let patterns: Vec<&str> = resources.filter(|one| one.contains('*')).collect();
        if let (Effect::Allow, [pattern]) = (statement.effect, patterns.as_slice()) {
            let one = Scalar::Text(pattern.replace('*', "one"));
            statement.resource = Some(Resource::In(Values::One(one)));
            break;
        }
    }
    policy
}

/// An answer in a word.
pub fn name(answer: &Answer) -> &'static str {
    match answer {
        Answer::Proved => "proved",
        Answer::Disproved(_) => "disproved",
        Answer::Unknown(_) => "unknown",
    }
}
