mod conditions;
mod deciding;
mod laws;
mod layers;
mod merging;
mod patterns;

use proptest::prelude::*;

use super::*;
use crate::policy::{Action, Effect, Policy, Resource, Statement};

/// A policy of these statements.
pub(super) fn policy(statements: &str) -> Policy {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    Policy::parse(&text).unwrap()
}

pub(super) fn lacks(needed: &str, held: &str) -> Vec<Missing> {
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
    let wanted = r#"{"Sid": "D", "Effect": "Deny", "Action": ["x:A", "x:B"], "Resource": "*", "Condition": {"ArnLike": {"k": "arn:*"}}}"#;
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
    let get = allow(r#""sto:Get*""#, r#""*""#);
    let parts = format!(
        "{}, {}",
        allow(r#""sto:GetA*""#, r#""*""#),
        allow(r#""sto:GetB*""#, r#""*""#)
    );
    assert_lacks(&get, &parts, &[(&["sto:Get*"], &["*"], Why::Unknown)]);
    let inverse = r#"{"Effect": "Allow", "NotAction": "who:*", "Resource": "*"}"#;
    assert_lacks(
        inverse,
        &allow(r#""*""#, r#""*""#),
        &[(&["who:*"], &["*"], Why::Unknown)],
    );
}

#[test]
fn a_service_is_trusted_when_its_principal_is_allowed_and_not_denied() {
    let trusts = |statements: &str| trusts(&policy(statements), "svc.amazonaws.com", "who:AssumeRole");
    let allow = |who: &str| format!(r#"{{"Effect": "Allow", "Principal": {who}, "Action": "who:assume*"}}"#);
    let service = r#"{"Service": ["other.amazonaws.com", "svc.amazonaws.com"]}"#;
    for who in [service, r#""*""#, r#"{"AWS": "*"}"#] {
        assert!(trusts(&allow(who)), "{who}");
    }
    for who in [
        r#"{"Service": "other.amazonaws.com"}"#,
        r#"{"AWS": "arn:aws:iam::1:root"}"#,
        r#"{"Federated": "*"}"#,
    ] {
        assert!(!trusts(&allow(who)), "{who}");
    }
    let other = format!(r#"{{"Effect": "Allow", "Principal": {service}, "Action": "who:TagSession"}}"#);
    assert!(!trusts(&other));
    let deny = |rest: &str| format!(r#"{}, {{"Effect": "Deny", {rest}}}"#, allow(service));
    assert!(!trusts(&deny(r#""Principal": "*", "Action": "who:*""#)));
    assert!(!trusts(&deny(
        r#""NotPrincipal": {"AWS": "x"}, "NotAction": "who:TagSession""#
    )));
    assert!(trusts(&deny(
        r#""NotPrincipal": {"Service": "svc.amazonaws.com"}, "Action": "who:*""#
    )));
    let elsewhere =
        r#""Principal": "*", "Action": "*", "Condition": {"StringNotEquals": {"aws:SourceAccount": "1"}}"#;
    assert!(trusts(&deny(elsewhere)));
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

/// Whether policies allow one request, as IAM decides it where there are no conditions.
fn allows(policies: &Policy, action: &str, resource: &str) -> bool {
    let speaks = |statement: &&Statement| {
        let mut actions = statement.action.values().iter();
        let of_action = actions.any(|pattern| patterns::wide(pattern, action));
        let values = statement.resource.as_ref().unwrap().values();
        let narrow =
            matches!(statement.resource, Some(Resource::In(_))) == (statement.effect == Effect::Allow);
        let matches = if narrow { patterns::narrow } else { patterns::wide };
        let of_resource = values.iter().any(|pattern| matches(pattern, resource));
        of_action == matches!(statement.action, Action::In(_))
            && of_resource == matches!(statement.resource, Some(Resource::In(_)))
    };
    let has = |effect| {
        let mut speaking = policies.statement.iter().filter(speaks);
        speaking.any(|statement| statement.effect == effect)
    };
    has(Effect::Allow) && !has(Effect::Deny)
}

proptest! {
    #[test]
    fn what_lacks_nothing_is_allowed_request_by_request(
        held in prop::collection::vec(statement(), 1..4),
        (action, resource) in (word(), word()),
    ) {
        let held = Policy::of(held);
        let needed = policy(&allow(&format!("{action:?}"), &format!("{resource:?}")));
        let lacking = missing(&[&needed], &[&held]);
        let texts = patterns::texts(3);
        let wished = |pattern: &str, matches: fn(&str, &str) -> bool| -> Vec<String> {
            texts.iter().filter(|text| matches(pattern, text)).cloned().collect()
        };
        if lacking.is_empty() {
            for action in wished(&action, patterns::wide) {
                for resource in wished(&resource, patterns::narrow) {
                    prop_assert!(allows(&held, &action, &resource), "{} on {}", action, resource);
                }
            }
        }
    }

    #[test]
    fn one_request_lacks_exactly_when_it_is_not_allowed(
        held in prop::collection::vec(statement(), 1..4),
        action in "[ab:]{1,3}",
        resource in "[ab:]{1,3}",
    ) {
        let held = Policy::of(held);
        let needed = policy(&allow(&format!("{action:?}"), &format!("{resource:?}")));
        let lacking = missing(&[&needed], &[&held]);
        prop_assert_eq!(lacking.is_empty(), allows(&held, &action, &resource));
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
