//! Merging keeps what a policy allows: judged by what decides that.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{lacks, policy};
use crate::policy::Policy;
use crate::prove::{Missing, missing};

/// Statements of few actions, resources and conditions, so that many of them can be joined.
fn statements() -> impl Strategy<Value = Policy> {
    let one_of = |texts: &'static [&'static str]| prop::sample::select(texts);
    let names = |texts| prop::collection::vec(one_of(texts), 1..4).prop_map(|all| format!("{all:?}"));
    let statement = (
        prop::option::of(one_of(&["A", "B", "AB", "C"])),
        one_of(&["Allow", "Allow", "Allow", "Deny"]),
        one_of(&["Action", "Action", "Action", "NotAction"]),
        names(&["x:A", "x:B", "x:C", "x:*", "y:A"]),
        one_of(&["Resource", "Resource", "Resource", "NotResource"]),
        names(&["arn:aws:x:::a", "arn:aws:x:::b", "arn:aws:x:::c", "arn:aws:x:::*"]),
        one_of(&["", r#", "Condition": {"StringEquals": {"k": "v"}}"#]),
    );
    let statement = statement.prop_map(|(sid, effect, action, actions, resource, resources, condition)| {
        let sid = sid.map_or_else(String::new, |sid| format!(r#""Sid": "{sid}", "#));
        format!(
            r#"{{{sid}"Effect": "{effect}", "{action}": {actions}, "{resource}": {resources}{condition}}}"#
        )
    });
    prop::collection::vec(statement, 0..7).prop_map(|statements| policy(&statements.join(", ")))
}

/// What of a policy can be asked for: what it allows by name.
fn asked(of: &Policy) -> Policy {
    let (deny, all_but) = (r#""Effect":"Deny""#, [r#""NotAction""#, r#""NotResource""#]);
    let statement = of.statement.iter().filter(|statement| {
        let text = serde_json::to_string(statement).unwrap();
        !text.contains(deny) && !all_but.iter().any(|word| text.contains(word))
    });
    Policy::of(statement.cloned().collect())
}

proptest! {
    /// Of what either of the two names, both allow the same.
    #[test]
    fn a_merged_policy_allows_what_it_did_and_no_more(before in statements()) {
        let after = before.merged();
        for wish in asked(&before).statement.iter().chain(&asked(&after).statement) {
            let lacking = |held: &Policy| -> BTreeSet<(String, String)> {
                let pairs = |one: Missing| {
                    let resources = one.resources.into_iter();
                    let of_each = move |resource: String| one.actions.clone().into_iter().map(move |action| (action, resource.clone()));
                    resources.flat_map(of_each)
                };
                missing(&[&Policy::of(vec![wish.clone()])], &[held]).into_iter().flat_map(pairs).collect()
            };
            prop_assert_eq!(lacking(&before), lacking(&after), "{:?}", after.to_json());
        }
    }

    #[test]
    fn a_merged_policy_is_canonical_no_larger_and_the_same_when_merged_again(before in statements()) {
        let after = before.merged();
        prop_assert_eq!(&after.canonical(), &after);
        prop_assert_eq!(&after.merged(), &after);
        prop_assert_eq!(&before.canonical().merged(), &after);
        prop_assert!(after.size() <= before.canonical().size());
        let mut sids: Vec<_> = after.statement.iter().filter_map(|one| one.sid.as_ref()).collect();
        let all = sids.len();
        sids.sort();
        sids.dedup();
        prop_assert_eq!(sids.len(), all, "names are not told apart in {}", after.to_json());
    }
}

fn allow(sid: &str, actions: &str, resources: &str) -> String {
    format!(r#"{{"Sid": "{sid}", "Effect": "Allow", "Action": {actions}, "Resource": {resources}}}"#)
}

#[test]
fn statements_that_differ_in_one_thing_alone_become_one() {
    let merged = |statements: &[String]| policy(&statements.join(", ")).merged();
    let by_action = [
        allow("Read", r#"["x:R"]"#, r#"["q", "r"]"#),
        allow("Write", r#""x:W""#, r#"["r", "q"]"#),
    ];
    let expected = policy(&allow("ReadWrite", r#"["x:R", "x:W"]"#, r#"["q", "r"]"#));
    assert_eq!(merged(&by_action), expected.canonical());
    let by_resource = [
        allow("One", r#""x:R""#, r#""q""#),
        allow("Other", r#""x:R""#, r#""r""#),
    ];
    let expected = policy(&allow("OneOther", r#""x:R""#, r#"["q", "r"]"#));
    assert_eq!(merged(&by_resource), expected.canonical());
    let inner = [
        allow("All", r#"["x:R", "x:W"]"#, r#"["q", "r"]"#),
        allow("Part", r#""x:W""#, r#""q""#),
    ];
    let expected = policy(&allow("All", r#"["x:R", "x:W"]"#, r#"["q", "r"]"#));
    assert_eq!(merged(&inner), expected.canonical());
}

#[test]
fn statements_that_differ_in_more_stay_apart() {
    let crossed = [
        allow("One", r#""x:R""#, r#""q""#),
        allow("Other", r#""x:W""#, r#""r""#),
    ];
    let crossed = policy(&crossed.join(", "));
    assert_eq!(crossed.merged(), crossed.canonical());
    let joined = allow("Both", r#"["x:R", "x:W"]"#, r#"["q", "r"]"#);
    assert!(
        !lacks(&joined, &allow("One", r#""x:R""#, r#""q""#)).is_empty(),
        "what would be wrong is seen"
    );
    let all_but = r#"{"Effect": "Allow", "NotAction": "x:R", "Resource": "q"},
        {"Effect": "Allow", "NotAction": "x:W", "Resource": "q"}"#;
    let all_but = policy(all_but);
    assert_eq!(all_but.merged(), all_but.canonical());
    let denied = r#"{"Effect": "Deny", "Action": "x:R", "Resource": "q"},
        {"Effect": "Allow", "Action": "x:W", "Resource": "q"}"#;
    assert_eq!(policy(denied).merged(), policy(denied).canonical());
}
