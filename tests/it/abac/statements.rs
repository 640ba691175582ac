//! Which statements can ask for the tag of the sandbox.

use tcperm::policy::catalogue::Catalogue;
use tcperm::policy::{Policy, Scoping, Statement, scope};

const CONDITION: &str = r#"{"StringEquals":{"aws:ResourceTag/sandbox":"dev"}}"#;

fn statement(parts: &str) -> Statement {
    let text = format!(r#"{{"Statement": {{{parts}}}}}"#);
    Policy::parse(&text).unwrap().statement.remove(0)
}

fn scoped(parts: &str) -> Scoping {
    scope(&statement(parts), ("sandbox", "dev"), Catalogue::built_in())
}

/// The condition of a statement that allows actions on a resource; or why there can be none.
fn on(actions: &str, resource: &str) -> Result<String, String> {
    let actions: Vec<String> = actions.split(' ').map(|one| format!("{one:?}")).collect();
    let parts = format!(
        r#""Effect": "Allow", "Action": [{}], "Resource": {resource:?}"#,
        actions.join(",")
    );
    match scoped(&parts) {
        Scoping::Added(statement) => Ok(serde_json::to_string(&statement.condition).unwrap()),
        Scoping::Impossible(help) => Err(help),
        Scoping::Unneeded => panic!("{parts}"),
    }
}

fn condition(parts: &str) -> String {
    let parts =
        format!(r#""Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*", "Condition": {parts}"#);
    match scoped(&parts) {
        Scoping::Added(statement) => serde_json::to_string(&statement.condition).unwrap(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_statement_gets_the_condition_where_all_it_speaks_of_has_tags() {
    let possible = [
        ("lambda:InvokeFunction", "*"),
        (
            "LAMBDA:invokefunction",
            "arn:aws:lambda:us-west-2:123456789012:function:*_dev:*",
        ),
        (
            "sqs:Send* sqs:ReceiveMessage",
            "arn:aws:sqs:us-west-2:123456789012:q",
        ),
        (
            "dynamodb:Query",
            "arn:aws:dynamodb:us-west-2:123456789012:table/t/index/*",
        ),
        ("lambda:InvokeFunction sqs:SendMessage", "*"),
        ("sqs:TagQueue", "*"),
    ];
    for (actions, resource) in possible {
        assert_eq!(
            on(actions, resource).as_deref(),
            Ok(CONDITION),
            "{actions} {resource}"
        );
    }
}

#[test]
fn what_cannot_be_held_to_tags_is_told_with_the_reason() {
    let split = "; put the actions that can ask for the tag into a statement of their own";
    let impossible = [
        (
            "sqs:ListQueues",
            "*",
            "`sqs:ListQueues` has no resource types: AWS accepts only `*`",
            "",
        ),
        (
            "lambda:InvokeFunction lambda:GetAccountSettings",
            "*",
            "`lambda:GetAccountSettings` has no resource types: AWS accepts only `*`",
            split,
        ),
        (
            "lambda:GetLayerVersion",
            "*",
            "`lambda:GetLayerVersion` does not know the tags of resources of type `layerVersion`",
            "",
        ),
        (
            "sqs:CreateQueue",
            "*",
            "what `sqs:CreateQueue` makes has no tags yet",
            "",
        ),
        (
            "sqs:SendMessage",
            "arn:aws:lambda:us-west-2:123456789012:function:f",
            "no resource of the statement is of a type that `sqs:SendMessage` takes",
            "",
        ),
        (
            "sqs:SendMesage",
            "*",
            "no action is known that `sqs:SendMesage` names",
            "",
        ),
    ];
    for (actions, resource, reason, way_out) in impossible {
        assert_eq!(on(actions, resource), Err(format!("{reason}{way_out}")));
    }
    // Each wildcard is all that it matches.
    for pattern in ["sqs:*", "*", "lambda:*"] {
        assert!(on(pattern, "*").unwrap_err().ends_with(split), "{pattern}");
    }
}

#[test]
fn a_resource_type_without_tags_counts_only_where_the_resource_can_be_of_it() {
    let action = "dynamodb:UpdateGlobalTableVersion";
    let table = "arn:aws:dynamodb:us-west-2:123456789012:table/t";
    assert_eq!(on(action, table).as_deref(), Ok(CONDITION));
    assert!(on(action, "*").unwrap_err().contains("type `global-table`"));
}

#[test]
fn nothing_is_added_to_what_denies_or_has_the_condition() {
    let deny = r#""Effect": "Deny", "Action": "sqs:SendMessage", "Resource": "*""#;
    assert_eq!(scoped(deny), Scoping::Unneeded);
    for operator in ["StringEquals", "stringlike"] {
        for value in [
            "${aws:PrincipalTag/sandbox}",
            "${AWS:principaltag/sandbox}",
            "dev",
        ] {
            let said = condition(&format!(
                r#"{{"{operator}": {{"AWS:resourcetag/Sandbox": "{value}"}}}}"#
            ));
            assert_eq!(said, "Unneeded");
        }
    }
}

#[test]
fn a_condition_on_the_tag_that_lets_others_in_is_none() {
    let joined = [
        ("StringLike", "\"*\""),
        ("StringEqualsIfExists", "\"dev\""),
        ("StringNotEquals", "\"prod\""),
        ("ForAllValues:StringEquals", "\"dev\""),
        ("Null", "\"false\""),
        ("StringLike", "[\"dev\",\"qa\"]"),
    ];
    for (operator, value) in joined {
        let said = condition(&format!(
            r#"{{"{operator}": {{"aws:ResourceTag/sandbox": {value}}}}}"#
        ));
        assert!(
            said.contains(r#""StringEquals":{"aws:ResourceTag/sandbox":"dev"}"#),
            "{said}"
        );
        assert!(said.contains(operator), "{said}");
    }
    for value in ["\"qa\"", "[\"dev\",\"qa\"]", "\"Dev\""] {
        let said = condition(&format!(
            r#"{{"StringEquals": {{"aws:resourcetag/sandbox": {value}}}}}"#
        ));
        assert!(said.contains("it asks for another value of the tag"), "{said}");
    }
}

#[test]
fn what_allows_all_but_something_is_left_and_told() {
    for parts in [
        r#""Effect": "Allow", "NotAction": "iam:*", "Resource": "*""#,
        r#""Effect": "Allow", "Action": "sqs:SendMessage", "NotResource": "arn:aws:sqs:::q""#,
    ] {
        assert!(matches!(scoped(parts), Scoping::Impossible(help) if help.starts_with("it allows all but")));
    }
    let deny = r#""Effect": "Deny", "NotAction": "iam:*", "NotResource": "arn:aws:sqs:::q""#;
    assert_eq!(scoped(deny), Scoping::Unneeded);
}

#[test]
fn the_condition_joins_those_that_are_there() {
    let cases = [
        (
            r#"{"StringEquals": {"aws:ResourceTag/team": "a"}}"#,
            r#"{"StringEquals":{"aws:ResourceTag/sandbox":"dev","aws:ResourceTag/team":"a"}}"#,
        ),
        (
            r#"{"stringEQUALS": {"aws:ResourceTag/team": ["a", "b"]}}"#,
            r#"{"stringEQUALS":{"aws:ResourceTag/sandbox":"dev","aws:ResourceTag/team":["a","b"]}}"#,
        ),
        (
            r#"{"Bool": {"aws:SecureTransport": true}}"#,
            r#"{"Bool":{"aws:SecureTransport":true},"StringEquals":{"aws:ResourceTag/sandbox":"dev"}}"#,
        ),
    ];
    for (before, after) in cases {
        assert_eq!(condition(before), after);
    }
}

#[test]
fn all_else_of_a_statement_stays() {
    let parts = r#""Sid": "A", "Effect": "Allow", "Action": ["sqs:SendMessage", "sqs:DeleteMessage"], "Resource": ["*"]"#;
    let Scoping::Added(mut added) = scoped(parts) else {
        panic!("it can have the condition");
    };
    added.condition.clear();
    assert_eq!(added, statement(parts));
}
