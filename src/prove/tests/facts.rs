//! The facts of a clause against the evaluator: a clause holds of a request where all facts of one of its
//! alternatives do, and does not where all facts of one of the others do.

use proptest::prelude::*;
use proptest::sample::select;

use crate::evaluate::{Authorizer, PolicySet, Request, RequestContext, Verdict};
use crate::policy::{Effect, Policy};
use crate::prove::facts::{Fact, OfKey, alternatives};
use crate::prove::reading::{Breadth, Reader};

const KEY: &str = "some:key";

/// Operators with values that can be compared with those of [`found`].
fn clause() -> impl Strategy<Value = (String, Vec<&'static str>)> {
    let comparisons = prop_oneof![
        (
            select(vec![
                "StringEquals",
                "StringNotEquals",
                "StringEqualsIgnoreCase",
                "StringLike",
                "StringNotLike"
            ]),
            prop::collection::vec(select(vec!["", "a", "A", "a*", "?", "*", "b"]), 1..3),
        ),
        (
            select(vec![
                "NumericEquals",
                "NumericNotEquals",
                "NumericLessThan",
                "NumericGreaterThanEquals"
            ]),
            prop::collection::vec(select(vec!["1", "2.5", "-3", "a"]), 1..3),
        ),
        (
            select(vec![
                "DateEquals",
                "DateNotEquals",
                "DateLessThan",
                "DateGreaterThanEquals"
            ]),
            prop::collection::vec(select(vec!["2024-01-01", "2024-01-01T00:00:01Z"]), 1..3),
        ),
        (
            select(vec!["IpAddress", "NotIpAddress"]),
            prop::collection::vec(select(vec!["10.0.0.0/8", "10.1.2.3", "::/0"]), 1..3),
        ),
        (
            select(vec!["ArnLike", "ArnNotEquals"]),
            prop::collection::vec(select(vec!["*", "arn:a:b:c:d:*", "arn:*:b:c:d:e", "arn:a"]), 1..3),
        ),
        (
            select(vec!["Bool"]),
            prop::collection::vec(select(vec!["true", "FALSE", "a"]), 1..3)
        ),
        (
            select(vec!["BinaryEquals"]),
            prop::collection::vec(select(vec!["YQ==", "Yg=="]), 1..3)
        ),
    ];
    let quantifier = select(vec!["", "ForAllValues:", "ForAnyValue:"]);
    let if_exists = select(vec!["", "IfExists"]);
    let compared =
        (quantifier, comparisons, if_exists).prop_map(|(quantifier, (name, values), if_exists)| {
            (format!("{quantifier}{name}{if_exists}"), values)
        });
    let null = prop::collection::vec(select(vec!["true", "false"]), 1..3);
    prop_oneof![6 => compared, 1 => null.prop_map(|values| ("Null".to_owned(), values))]
}

/// The values that a request has of the key; none where it lacks it.
fn found() -> impl Strategy<Value = Vec<&'static str>> {
    let values = vec![
        "",
        "a",
        "A",
        "b",
        "aa",
        "1",
        "2.5",
        "-4",
        "2024-01-01T00:00:01Z",
        "2023",
        "10.1.2.3",
        "11.0.0.1",
        "::1",
        "arn:a:b:c:d:e:f",
        "true",
        "false",
        "YQ==",
    ];
    prop::collection::btree_set(select(values), 0..3).prop_map(|values| values.into_iter().collect())
}

fn policy(operator: &str, values: &[&str]) -> Policy {
    let text = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {KEY: values}},
        }],
    });
    Policy::parse(&text.to_string()).unwrap()
}

fn request(found: &[&str]) -> Request {
    let mut context = RequestContext::complete();
    if !found.is_empty() {
        context.set_all(KEY, found.iter().map(|&value| value.to_owned()).collect());
    }
    Request {
        principal: None,
        action: "thing:Do".to_owned(),
        resource: "*".to_owned(),
        context,
    }
}

fn is_true(fact: &Fact<'_>, found: &[&str]) -> bool {
    let Fact::Key(KEY, fact) = fact else {
        panic!("{fact:?} is of something else");
    };
    match fact {
        OfKey::There => !found.is_empty(),
        OfKey::Missing => found.is_empty(),
        OfKey::Single => found.len() < 2,
        OfKey::Several => found.len() > 1,
        OfKey::Some(member) => found.iter().any(|value| member.takes(value)),
        OfKey::All(member) => found.iter().all(|value| member.takes(value)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_clause_holds_by_its_alternatives_alone((operator, values) in clause(), found in found()) {
        let policy = policy(&operator, &values);
        let known = RequestContext::open();
        let readings = Reader::new(&known, Breadth::Documented).policies([&policy], Effect::Allow);
        let clause = &readings[0].clauses[0];
        let by = |holds| {
            let ways = alternatives(clause, holds);
            ways.iter().any(|facts| facts.iter().all(|fact| is_true(fact, &found)))
        };
        let set = PolicySet { identity: vec![&policy], ..PolicySet::default() };
        let holds = Authorizer::new(&set).verdict(&request(&found)) == Verdict::Allowed;
        prop_assert_eq!((by(true), by(false)), (holds, !holds));
    }
}
