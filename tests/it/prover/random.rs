//! Proofs and witnesses of random policies, against the evaluator and random requests.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tcperm::evaluate::{Authorizer, PolicySet, Request, RequestContext, Verdict};
use tcperm::policy::{Effect, Policy, Statement};
use tcperm::prove::{Answer, Relation, Subject, compare, outside, within};

use crate::support::Dice;

/// How many random requests are held against each proof.
const REQUESTS: usize = 60;

const ACTIONS: [&str; 10] = [
    "*",
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "S3:getobject",
    "s3:PutObject",
    "sqs:SendMessage",
    "sqs:?endMessage",
    "sqs:*Message",
    "sqs:ReceiveMessage",
];

const RESOURCES: [&str; 14] = [
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::a/b",
    "arn:aws:s3:::?/b",
    "arn:aws:s3:::*b",
    "arn:aws:s3:::${aws:PrincipalTag/team}/*",
    "arn:aws:s3:::${aws:PrincipalTag/team, 'a'}/b",
    "arn:aws:sqs:*:1:q_dev",
    "arn:aws:sqs:us:1:*_dev",
    "arn:aws:sqs:*_dev",
    "arn:aws:sqs:us:1:${*}_dev",
    "arn:aws:s3:::${aws:PrincipalTag/team, a}/b",
    "arn:aws:s3:::${a",
];

/// Condition keys, the operators that they are used with, and values.
const KEYS: [(&str, &[&str], &[&str]); 9] = [
    (
        "aws:ResourceTag/sandbox",
        &TEXTS,
        &[
            "dev",
            "Dev",
            "d*",
            "?ev",
            "qa",
            "",
            "${aws:PrincipalTag/team}",
            "d${*}",
        ],
    ),
    (
        "aws:PrincipalTag/team",
        &TEXTS,
        &[
            "dev",
            "a",
            "*",
            "${aws:PrincipalTag/team}",
            "${aws:userid, 'a'}",
            "${aws:userid, a}",
        ],
    ),
    (
        "aws:TagKeys",
        &[
            "ForAllValues:StringEquals",
            "ForAnyValue:StringEquals",
            "ForAllValues:StringNotLike",
            "ForAnyValue:StringNotEquals",
            "ForAnyValue:StringLikeIfExists",
            "StringEquals",
            "StringNotEquals",
            "Null",
        ],
        &["a", "b", "a*", "*", "true", "false"],
    ),
    (
        "s3:max-keys",
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericGreaterThanEquals",
            "NumericLessThanEqualsIfExists",
            "NumericNotEqualsIfExists",
        ],
        &["1", "2", "10", "-1"],
    ),
    (
        "aws:CurrentTime",
        &[
            "DateLessThan",
            "DateGreaterThan",
            "DateEquals",
            "DateNotEquals",
            "DateLessThanEqualsIfExists",
        ],
        &["2024-01-01T00:00:00Z", "2024-06-01", "1704067202"],
    ),
    (
        "aws:SourceIp",
        &["IpAddress", "NotIpAddress", "IpAddressIfExists"],
        &["10.0.0.0/8", "10.0.0.0/9", "10.1.2.3", "2001:db8::/32"],
    ),
    (
        "aws:SecureTransport",
        &["Bool", "BoolIfExists", "Null"],
        &["true", "false", "TRUE"],
    ),
    (
        "aws:SourceArn",
        &["ArnLike", "ArnNotEquals", "ArnEqualsIfExists", "StringLike"],
        &["arn:aws:s3:::a", "arn:aws:s3:*:*:*", "arn:*:s3:::?", "*"],
    ),
    (
        "custom:words",
        &[
            "ForAnyValue:StringLike",
            "ForAllValues:StringEqualsIgnoreCase",
            "StringEqualsIgnoreCase",
        ],
        &["a", "B", "b", "*"],
    ),
];

const TEXTS: [&str; 9] = [
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIfExists",
    "StringEqualsIgnoreCase",
    "StringLikeIfExists",
    "StringNotEqualsIgnoreCase",
    "Null",
];

/// What random requests carry.
const ASKED_ACTIONS: [&str; 5] = [
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
];
const ASKED_RESOURCES: [&str; 8] = [
    "*",
    "arn:aws:s3:::a/b",
    "arn:aws:s3:::dev/b",
    "arn:aws:s3:::b",
    "arn:aws:sqs:us:1:q_dev",
    "arn:aws:sqs:eu:1:q_dev",
    "arn:aws:sqs:us:1:a:q_dev",
    "arn:aws:sqs:us:1:*_dev",
];
const ASKED_VALUES: [(&str, &[&str]); 10] = [
    ("aws:ResourceTag/sandbox", &["dev", "Dev", "DEV", "qa", "", "d*"]),
    ("aws:PrincipalTag/team", &["dev", "a", "b", "*"]),
    ("aws:TagKeys", &["a", "b", "ab", ""]),
    ("s3:max-keys", &["0", "1", "1.5", "2", "10", "11", "-1", "x"]),
    (
        "aws:CurrentTime",
        &[
            "2023-12-31T23:59:59Z",
            "2024-01-01T00:00:00Z",
            "2024-03-01T00:00:00Z",
            "2025-01-01",
        ],
    ),
    (
        "aws:SourceIp",
        &["10.1.2.3", "10.200.0.1", "11.0.0.1", "2001:db8::1", "2001:db9::1"],
    ),
    ("aws:SecureTransport", &["true", "false"]),
    ("aws:SourceArn", &["arn:aws:s3:::a", "arn:aws:s3:us:1:b", "x"]),
    ("custom:words", &["a", "A", "b", "c"]),
    ("aws:userid", &["a", "u"]),
];

/// One or a few of several.
fn some(dice: &mut Dice, things: &[&str]) -> Value {
    let count = 1 + dice.below(2);
    let chosen: Vec<&str> = (0..count).map(|_| dice.one_of(things)).collect();
    match chosen.as_slice() {
        [one] => json!(one),
        several => json!(several),
    }
}

fn condition(dice: &mut Dice) -> Value {
    let mut condition: Map<String, Value> = Map::new();
    for _ in 0..dice.below(4) {
        let (key, operators, values) = dice.one_of(&KEYS);
        let operator = dice.one_of(operators);
        let values = match operator {
            "Null" => some(dice, &["true", "false"]),
            _ => some(dice, values),
        };
        let keys = condition.entry(operator).or_insert_with(|| json!({}));
        keys[key] = values;
    }
    Value::Object(condition)
}

fn statement(dice: &mut Dice) -> Value {
    let effect = if dice.below(3) == 0 { "Deny" } else { "Allow" };
    let action = if dice.below(6) == 0 { "NotAction" } else { "Action" };
    let resource = if dice.below(6) == 0 {
        "NotResource"
    } else {
        "Resource"
    };
    json!({
        "Effect": effect,
        action: some(dice, &ACTIONS),
        resource: some(dice, &RESOURCES),
        "Condition": condition(dice),
    })
}

pub(super) fn policy(dice: &mut Dice, most: u64) -> Policy {
    let statements: Vec<Value> = (0..=dice.below(most)).map(|_| statement(dice)).collect();
    let version = if dice.below(8) == 0 {
        "2008-10-17"
    } else {
        "2012-10-17"
    };
    let text = json!({"Version": version, "Statement": statements}).to_string();
    Policy::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub(super) fn request(dice: &mut Dice, known: &RequestContext) -> Request {
    let mut context = RequestContext::complete();
    for (key, values) in ASKED_VALUES {
        let several = key == "aws:TagKeys" || key == "custom:words";
        let count = dice.below(if several { 3 } else { 2 });
        if count > 0 {
            let values = (0..count).map(|_| dice.one_of(values).to_owned()).collect();
            context.set_all(key, values);
        }
    }
    for (key, values) in known.iter() {
        match values {
            Some(values) => context.set_all(key, values.to_vec()),
            None => context.set_missing(key),
        }
    }
    Request {
        principal: None,
        action: dice.one_of(&ASKED_ACTIONS).to_owned(),
        resource: dice.one_of(&ASKED_RESOURCES).to_owned(),
        context,
    }
}

pub(super) fn allows(subject: &Subject<'_>) -> impl Fn(&Request) -> bool {
    let authorizer = Authorizer::new(&PolicySet {
        identity: subject.identity.clone(),
        boundary: subject.boundary,
        ..PolicySet::default()
    });
    move |request| authorizer.decide_for_principal(request).verdict == Verdict::Allowed
}

fn matches(statements: &[Statement]) -> impl Fn(&Request) -> bool {
    let allowing = statements.iter().map(|statement| Statement {
        effect: Effect::Allow,
        ..statement.clone()
    });
    let policy = Policy::of(allowing.collect());
    let authorizer = Authorizer::new(&PolicySet {
        identity: vec![&policy],
        ..PolicySet::default()
    });
    move |request| authorizer.decide_for_principal(request).verdict == Verdict::Allowed
}

/// An answer against what it is to be of: a witness is such a request, and no random one refutes a proof.
/// Says what kind of answer it is.
fn checked(
    answer: &Answer,
    requests: &[Request],
    shows: impl Fn(&Request) -> bool,
    of: &str,
) -> &'static str {
    match answer {
        Answer::Proved => {
            for request in requests {
                assert!(
                    !shows(request),
                    "{of}\nwas proved, and is refuted by {request:#?}"
                );
            }
            "proved"
        }
        Answer::Disproved(witness) => {
            assert!(witness.request.context.is_complete(), "{of}");
            assert!(shows(&witness.request), "{of}\n{witness:#?}\nshows nothing");
            assert!(!witness.allowed_by.is_empty(), "{of}");
            "disproved"
        }
        Answer::Unknown(_) => "unknown",
    }
}

/// Asks all that can be asked of random pairs of roles, and counts the answers.
fn check(seed: u64, pairs: usize) -> BTreeMap<String, usize> {
    let mut dice = Dice::new(seed);
    let mut counts = BTreeMap::new();
    for _ in 0..pairs {
        let (first, second) = (policy(&mut dice, 4), policy(&mut dice, 4));
        let boundary = (dice.below(3) == 0).then(|| policy(&mut dice, 2));
        let mut known = RequestContext::open();
        match dice.below(3) {
            0 => known.set("aws:PrincipalTag/team", dice.one_of(&["dev", "a", "*"])),
            1 => known.set_missing("aws:PrincipalTag/team"),
            _ => {}
        }
        let one = Subject {
            identity: vec![&first],
            boundary: boundary.as_ref(),
            known: known.clone(),
        };
        let other = Subject {
            identity: vec![&second],
            boundary: None,
            known: known.clone(),
        };
        let of = format!(
            "{}\n{}\n{:?}\n{known:?}",
            first.to_json(),
            second.to_json(),
            boundary.as_ref().map(Policy::to_json)
        );
        let requests: Vec<Request> = (0..REQUESTS).map(|_| request(&mut dice, &known)).collect();
        let (allowed, by_other) = (allows(&one), allows(&other));
        let meant = matches(&second.statement);
        let mut count = |question: &str, answer: &'static str| {
            *counts.entry(format!("{question}: {answer}")).or_default() += 1;
        };
        if second.version.as_deref() == Some("2012-10-17") {
            let answer = outside(&one, &second.statement);
            count(
                "outside",
                checked(&answer, &requests, |r| allowed(r) && !meant(r), &of),
            );
            let answer = within(&one, &second.statement);
            count(
                "within",
                checked(&answer, &requests, |r| allowed(r) && meant(r), &of),
            );
        }
        let compared = compare(&one, &other);
        let only_first = |r: &Request| allowed(r) && !by_other(r);
        count(
            "only first",
            checked(&compared.only_first, &requests, only_first, &of),
        );
        let only_second = |r: &Request| by_other(r) && !allowed(r);
        count(
            "only second",
            checked(&compared.only_second, &requests, only_second, &of),
        );
        match compare(&one, &one).relation {
            Relation::Equal => count("itself", "proved"),
            Relation::Unknown => count("itself", "unknown"),
            other => panic!("{of}\nis {other:?} than itself"),
        }
    }
    counts
}

/// Every kind of answer is among them, and few are not known.
fn is_telling(counts: &BTreeMap<String, usize>) {
    for question in ["outside", "within", "only first", "only second"] {
        let of = |answer: &str| {
            counts
                .get(&format!("{question}: {answer}"))
                .copied()
                .unwrap_or_default()
        };
        let all = of("proved") + of("disproved") + of("unknown");
        assert!(
            of("proved") * 20 > all && of("disproved") * 20 > all,
            "{counts:#?}"
        );
        assert!(of("unknown") * 10 < all, "{counts:#?}");
    }
}

#[test]
fn no_random_request_refutes_a_proof_and_every_witness_is_true() {
    is_telling(&check(1, 300));
}

#[test]
#[ignore = "long: a hundred thousand pairs of roles"]
fn of_a_hundred_thousand_pairs_no_proof_is_refuted_and_every_witness_is_true() {
    is_telling(&check(2, 100_000));
}
