//! What is missing of what is needed.

mod conditions;
mod merging;

use proptest::prelude::*;

use crate::evaluate::{Authorizer, PolicySet, Request, RequestContext, Verdict};
use crate::policy::{Action, Effect, Policy, Resource, Statement};
use crate::prove::{Missing, Why, missing};

/// A policy of these statements.
fn policy(statements: &str) -> Policy {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    Policy::parse(&text).unwrap()
}

fn lacks(needed: &str, held: &str) -> Vec<Missing> {
    missing(&[&policy(needed)], &[&policy(held)])
}

/// What lacks: actions, resources and why.
#[track_caller]
fn assert_lacks(needed: &str, held: &str, expected: &[(&[&str], &[&str], Why)]) {
    let found = lacks(needed, held);
    let found: Vec<_> = found
        .iter()
        .map(|one| {
            let texts = |texts: &[String]| texts.join(" ");
            (texts(&one.actions), texts(&one.resources), one.why.clone())
        })
        .collect();
    let expected: Vec<_> = expected
        .iter()
        .map(|(actions, resources, why)| (actions.join(" "), resources.join(" "), why.clone()))
        .collect();
    assert_eq!(found, expected);
}

const SEND: &str = r#"{"Sid": "Send", "Effect": "Allow", "Action": "que:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:1:q"}"#;

fn allow(action: &str, resource: &str) -> String {
    format!(r#"{{"Sid": "A", "Effect": "Allow", "Action": {action}, "Resource": {resource}}}"#)
}

fn deny(action: &str, resource: &str) -> String {
    format!(r#"{{"Sid": "D", "Effect": "Deny", "Action": {action}, "Resource": {resource}}}"#)
}

const Q: &str = "arn:aws:sqs:eu-west-1:1:q";

#[test]
fn what_is_allowed_lacks_nothing() {
    let held = [
        SEND.to_owned(),
        allow(r#""que:*""#, r#""*""#),
        allow(r#"["que:Get*", "QUE:sendmessag?"]"#, r#"["arn:aws:sqs:*:1:q"]"#),
        r#"{"Effect": "Allow", "NotAction": "who:*", "NotResource": "arn:aws:sqs:eu-west-1:1:other"}"#
            .to_owned(),
    ];
    for held in held {
        assert_lacks(SEND, &held, &[]);
    }
}

#[test]
fn what_no_statement_allows_lacks() {
    let held = [
        String::new(),
        allow(r#""que:ReceiveMessage""#, r#""*""#),
        allow(r#""que:SendMessage""#, r#""arn:aws:sqs:eu-west-1:2:*""#),
        r#"{"Effect": "Allow", "NotAction": "que:Send*", "Resource": "*"}"#.to_owned(),
        r#"{"Effect": "Allow", "Action": "que:*", "NotResource": "arn:aws:sqs:*"}"#.to_owned(),
    ];
    for held in held {
        assert_lacks(SEND, &held, &[(&["que:SendMessage"], &[Q], Why::NotAllowed)]);
    }
}

#[test]
fn only_the_pairs_that_lack_are_named() {
    let needed = r#"{"Sid": "N", "Effect": "Allow", "Action": ["x:A", "x:B", "x:C"], "Resource": ["r", "s"],
        "Condition": {"StringEquals": {"k": "v"}}}"#;
    let held = format!(
        "{}, {}",
        allow(r#"["x:A", "x:B"]"#, r#""r""#),
        allow(r#""x:A""#, r#""s""#)
    );
    let found = lacks(needed, &held);
    assert_lacks(
        needed,
        &held,
        &[
            (&["x:C"], &["r", "s"], Why::NotAllowed),
            (&["x:B"], &["s"], Why::NotAllowed),
        ],
    );
    let reduced = policy(
        r#"{"Sid": "N", "Effect": "Allow", "Action": "x:B", "Resource": "s", "Condition": {"StringEquals": {"k": "v"}}}"#,
    );
    assert_eq!(found[1].statement, reduced.statement[0]);
    assert_eq!(found[1].sid.as_deref(), Some("N"));
}

#[test]
fn what_is_denied_lacks_whatever_allows_it() {
    let all = allow(r#""*""#, r#""*""#);
    let denied = |sid: &str| Why::Denied {
        sid: Some(sid.to_owned()),
    };
    for deny in [
        deny(r#""que:*""#, r#""*""#),
        deny(r#""QUE:SENDMESSAGE""#, r#""arn:aws:sqs:*:q""#),
        r#"{"Sid": "D", "Effect": "Deny", "NotAction": "que:Get*", "NotResource": "arn:aws:sqs:eu-west-1:1:other"}"#.to_owned(),
    ] {
        assert_lacks(SEND, &format!("{all}, {deny}"), &[(&["que:SendMessage"], &[Q], denied("D"))]);
    }
    for other in [
        deny(r#""que:Get*""#, r#""*""#),
        deny(r#""*""#, r#""arn:aws:sqs:eu-west-1:1:other""#),
        r#"{"Effect": "Deny", "NotAction": "que:Send*", "Resource": "*"}"#.to_owned(),
        r#"{"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:sqs:*"}"#.to_owned(),
    ] {
        assert_lacks(SEND, &format!("{all}, {other}"), &[]);
    }
}

#[test]
fn a_part_that_is_denied_denies_the_whole() {
    let needed = allow(r#""x:A""#, r#""arn:aws:x:r:1:f:*""#);
    let held = format!("{needed}, {}", deny(r#""x:*""#, r#""arn:aws:x:r:1:f:secret""#));
    let denied = Why::Denied {
        sid: Some("D".to_owned()),
    };
    assert_lacks(&needed, &held, &[(&["x:A"], &["arn:aws:x:r:1:f:*"], denied)]);
}

#[test]
fn a_denial_that_is_wanted_takes_nothing_away() {
    let wanted = r#"{"Sid": "D", "Effect": "Deny", "Action": ["x:A", "x:B"], "Resource": "*", "Condition": {"ArnLike": {"k": "arn:*:*:*:*:*"}}}"#;
    let turned = wanted.replace(r#""x:A", "x:B""#, r#""x:B", "x:A""#);
    let one = allow(r#""x:A""#, r#""*""#);
    assert_lacks(&format!("{one}, {wanted}"), &format!("{one}, {turned}"), &[]);
    assert_eq!(lacks(&one, &format!("{one}, {turned}")).len(), 1);
}

#[test]
fn narrower_resources_cover_a_pattern_only_together() {
    let needed = allow(r#""x:A""#, r#""arn:aws:x:r:1:a?""#);
    let halves = r#"["arn:aws:x:r:1:*b", "arn:aws:x:r:1:a*", "arn:aws:x:r:1:c"]"#;
    assert_lacks(&needed, &allow(r#""x:A""#, halves), &[]);
    let part = allow(r#""x:A""#, r#"["arn:aws:x:r:1:ab", "arn:aws:x:r:1:ac"]"#);
    let whole = [(&["x:A"][..], &["arn:aws:x:r:1:a?"][..], Why::NotAllowed)];
    assert_lacks(&needed, &part, &whole);
}

#[test]
fn what_cannot_be_told_is_said_not_to_be_known() {
    let variable = allow(r#""que:*""#, r#""arn:aws:sqs:eu-west-1:1:${aws:username}""#);
    assert_lacks(SEND, &variable, &[(&["que:SendMessage"], &[Q], Why::Unknown)]);
    assert_lacks(&variable, &variable, &[]);
    let escaped = allow(r#""que:*""#, r#""arn:aws:sqs:eu-west-1:1:${*}""#);
    assert_lacks(SEND, &escaped, &[(&["que:SendMessage"], &[Q], Why::NotAllowed)]);
    let denied = deny(r#""que:*""#, r#""arn:aws:sqs:eu-west-1:1:${aws:username}""#);
    assert_lacks(
        SEND,
        &format!("{SEND}, {denied}"),
        &[(&["que:SendMessage"], &[Q], Why::Unknown)],
    );
    let inverse = r#"{"Effect": "Allow", "NotAction": "who:*", "Resource": "*"}"#;
    assert_lacks(
        inverse,
        &allow(r#""sto:*""#, r#""*""#),
        &[(&["who:*"], &["*"], Why::Unknown)],
    );
}

#[test]
fn all_but_some_is_covered_by_all() {
    let inverse = r#"{"Effect": "Allow", "NotAction": "who:*", "NotResource": "arn:aws:x:r:1:a"}"#;
    assert_lacks(inverse, &allow(r#""*""#, r#""*""#), &[]);
    assert_lacks(inverse, inverse, &[]);
}

#[test]
fn several_statements_cover_together_what_none_covers_alone() {
    let get = allow(r#""sto:Get*""#, r#""*""#);
    let parts = |rest: &str| format!("{}, {}", allow(r#""sto:Get?*""#, r#""*""#), allow(rest, r#""*""#));
    assert_lacks(&get, &parts(r#""sto:Get""#), &[]);
    let part = parts(r#""sto:Put""#);
    assert_lacks(&get, &part, &[(&["sto:Get*"], &["*"], Why::NotAllowed)]);
    let under = |condition: &str| {
        let condition = format!(r#", "Condition": {{{condition}}}}}"#);
        get.replace('}', &condition)
    };
    let either = [
        under(r#""Null": {"k": "true"}"#),
        under(r#""Null": {"k": "false"}"#),
    ];
    assert_lacks(&get, &either.join(", "), &[]);
}

#[test]
fn what_is_allowed_in_one_reading_of_wildcards_alone_lacks() {
    let colon = allow(r#""x:A""#, r#""arn:aws:x:r:1:a:z""#);
    let held = allow(r#""x:A""#, r#""arn:aws:x:r:1:a*z""#);
    let lacking = |why| [(&["x:A"][..], &["arn:aws:x:r:1:a:z"][..], why)];
    assert_lacks(&colon, &held, &lacking(Why::NotAllowed));
    let sid = Some("D".to_owned());
    let denied = format!("{colon}, {}", deny(r#""x:A""#, r#""arn:aws:x:r:1:a*z""#));
    assert_lacks(&colon, &denied, &lacking(Why::Denied { sid }));
}

#[test]
fn an_operator_that_cannot_be_read_proves_nothing_however_often_it_stands() {
    let odd = |statement: String| statement.replace('}', r#", "Condition": {"Odd": {"k": "v"}}}"#);
    let all = allow(r#""*""#, r#""*""#);
    let [allowing, denying] = [odd(all.clone()), odd(deny(r#""*""#, r#""*""#))];
    for held in [
        format!("{allowing}, {allowing}"),
        format!("{all}, {denying}, {denying}"),
        format!("{all}, {denying}, {allowing}"),
    ] {
        let found = lacks(SEND, &held);
        assert!(
            matches!(found.as_slice(), [Missing { why: Why::Conditional { condition, .. }, .. }] if condition.contains("Odd")),
            "{held}: {found:?}"
        );
    }
}

#[test]
fn what_begins_no_variable_is_plain_text() {
    let plain = allow(r#""x:A""#, r#""arn:aws:x:r:1:${a""#);
    assert_lacks(&plain, &allow(r#""x:A""#, r#""arn:aws:x:r:1:?{a""#), &[]);
    let other = allow(r#""x:A""#, r#""arn:aws:x:r:1:arn:aws:x:r:1:${a""#);
    assert_eq!(lacks(&plain, &other).len(), 1);
}

fn word() -> impl Strategy<Value = String> {
    "[ab:*?]{1,3}"
}

fn statement() -> impl Strategy<Value = Statement> {
    let words = || prop::collection::vec(word(), 1..3);
    (any::<[bool; 3]>(), words(), words()).prop_map(
        |([denies, not_action, not_resource], actions, resources)| {
            let values = |words: Vec<String>| {
                crate::policy::Values::Many(words.into_iter().map(crate::policy::Scalar::Text).collect())
            };
            let (actions, resources) = (values(actions), values(resources));
            Statement {
                sid: None,
                effect: if denies { Effect::Deny } else { Effect::Allow },
                principal: None,
                action: if not_action {
                    Action::NotIn(actions)
                } else {
                    Action::In(actions)
                },
                resource: Some(if not_resource {
                    Resource::NotIn(resources)
                } else {
                    Resource::In(resources)
                }),
                condition: crate::policy::Condition::new(),
            }
        },
    )
}

/// Whether policies allow one request, as the evaluator says.
fn allows(policies: &Policy) -> impl Fn(&str, &str) -> bool {
    let authorizer = Authorizer::new(&PolicySet {
        identity: vec![policies],
        ..PolicySet::default()
    });
    move |action, resource| {
        let request = Request {
            principal: None,
            action: action.to_owned(),
            resource: resource.to_owned(),
            context: RequestContext::complete(),
        };
        authorizer.decide_for_principal(&request).verdict == Verdict::Allowed
    }
}

/// Every text of at most three characters.
fn texts() -> Vec<String> {
    let longer = |all: &[String]| -> Vec<String> {
        let each = all
            .iter()
            .flat_map(|text| ["a", "b", ":", "c"].map(|c| format!("{text}{c}")));
        each.collect()
    };
    let one = longer(&[String::new()]);
    let two = longer(&one);
    [one, longer(&two), two].concat()
}

proptest! {
    #[test]
    fn what_lacks_nothing_is_allowed_request_by_request(
        held in prop::collection::vec(statement(), 1..4),
        (action, resource) in (word(), word()),
    ) {
        let held = Policy::of(held);
        let needed = policy(&allow(&format!("{action:?}"), &format!("{resource:?}")));
        if missing(&[&needed], &[&held]).is_empty() {
            let (needed, held) = (allows(&needed), allows(&held));
            let of_both = texts().into_iter().filter(|action| texts().iter().any(|resource| needed(action, resource)));
            for action in of_both {
                for resource in texts().iter().filter(|resource| needed(&action, resource)) {
                    prop_assert!(held(&action, resource), "{} on {}", action, resource);
                }
            }
        }
    }

    /// On a resource without a colon: there, wildcards can be read in one way alone.
    #[test]
    fn one_request_lacks_exactly_when_it_is_not_allowed(
        held in prop::collection::vec(statement(), 1..4),
        action in "[ab:]{1,3}",
        resource in "[ab]{1,3}",
    ) {
        let held = Policy::of(held);
        let needed = policy(&allow(&format!("{action:?}"), &format!("{resource:?}")));
        let lacking = missing(&[&needed], &[&held]);
        prop_assert_eq!(lacking.is_empty(), allows(&held)(&action, &resource));
        for lack in lacking {
            prop_assert_ne!(lack.why, Why::Unknown);
        }
    }

    #[test]
    fn policies_that_only_allow_lack_nothing_of_themselves(mut held in prop::collection::vec(statement(), 1..4)) {
        for statement in &mut held {
            statement.effect = Effect::Allow;
            statement.action = Action::In(statement.action.values().clone());
            let resources = statement.resource.as_ref().unwrap().values().clone();
            statement.resource = Some(Resource::In(resources));
        }
        let held = Policy::of(held);
        prop_assert_eq!(missing(&[&held], &[&held]), vec![]);
    }
}
