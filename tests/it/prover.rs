//! The reasoning over all requests, from outside: proofs that nothing refutes, witnesses that are true.

mod covered;
mod random;

use tcperm::evaluate::{Known, RequestContext};
use tcperm::policy::{Policy, Statement};
use tcperm::prove::{Answer, Relation, Subject, Witness, compare, outside, within};

const DEV: &str = "arn:aws:lambda:us-west-2:123456789012:function:*_dev";

/// A policy with these statements, in JSON.
fn policy(statements: &str) -> Policy {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    Policy::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn statements(text: &str) -> Vec<Statement> {
    policy(text).statement
}

fn subject(policy: &Policy) -> Subject<'_> {
    Subject {
        identity: vec![policy],
        boundary: None,
        known: RequestContext::open(),
    }
}

/// What carries the tag of the sandbox `dev`.
fn of_dev() -> Vec<Statement> {
    statements(
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/sandbox": "dev"}}}"#,
    )
}

/// A statement that lets functions of `dev` be invoked, under a condition.
fn invoke(condition: &str) -> Policy {
    policy(&format!(
        r#"{{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": "{DEV}",
             "Condition": {condition}}}"#
    ))
}

fn witness(answer: Answer) -> Witness {
    match answer {
        Answer::Disproved(witness) => *witness,
        other => panic!("{other:?}"),
    }
}

fn tag(witness: &Witness) -> Option<String> {
    match witness.request.context.get("aws:resourcetag/sandbox") {
        Known::Values(values) => Some(values.join(",")),
        _ => None,
    }
}

#[test]
fn a_statement_that_asks_for_the_tag_is_proved() {
    for condition in [
        r#"{"StringEquals": {"aws:ResourceTag/sandbox": "dev"}}"#,
        r#"{"StringLike": {"AWS:resourcetag/SANDBOX": "dev"}}"#,
        r#"{"StringEquals": {"aws:ResourceTag/sandbox": ["dev"], "aws:ResourceTag/team": "a"}}"#,
        r#"{"StringEqualsIgnoreCase": {"aws:ResourceTag/sandbox": "dev"}, "StringNotEquals": {"aws:ResourceTag/sandbox":
            ["Dev", "DEV", "dEv", "deV", "DeV", "DEv", "dEV"]}}"#,
    ] {
        let policy = invoke(condition);
        assert_eq!(
            outside(&subject(&policy), &of_dev()),
            Answer::Proved,
            "{condition}"
        );
    }
}

#[test]
fn what_opens_a_tag_condition_is_disproved() {
    for (condition, found) in [
        ("{}", Some("another")),
        (
            r#"{"StringEqualsIfExists": {"aws:ResourceTag/sandbox": "dev"}}"#,
            None,
        ),
        (
            r#"{"StringLike": {"aws:ResourceTag/sandbox": "dev*"}}"#,
            Some("devx"),
        ),
        (
            r#"{"StringLike": {"aws:ResourceTag/sandbox": "?ev"}}"#,
            Some("xev"),
        ),
        (
            r#"{"StringNotEquals": {"aws:ResourceTag/sandbox": "qa"}}"#,
            Some("another"),
        ),
        (r#"{"Null": {"aws:ResourceTag/sandbox": "true"}}"#, None),
        (
            r#"{"StringEqualsIgnoreCase": {"aws:ResourceTag/sandbox": "dev"}}"#,
            Some("DEV"),
        ),
        (
            r#"{"ForAllValues:StringEquals": {"aws:ResourceTag/sandbox": "dev"}}"#,
            None,
        ),
        (
            r#"{"StringEquals": {"aws:RequestTag/sandbox": "dev"}}"#,
            Some("another"),
        ),
        (
            r#"{"StringEquals": {"aws:ResourceTag/sandbox": ["dev", "qa"]}}"#,
            Some("qa"),
        ),
    ] {
        let policy = invoke(condition);
        let witness = witness(outside(&subject(&policy), &of_dev()));
        assert_eq!(tag(&witness).as_deref(), found, "{condition}");
        assert!(witness.request.resource.ends_with("_dev"), "{witness:?}");
    }
}

#[test]
fn a_variable_is_as_open_as_what_it_stands_for() {
    let policy = invoke(r#"{"StringEquals": {"aws:ResourceTag/sandbox": "${aws:PrincipalTag/sandbox}"}}"#);
    let taggable = witness(outside(&subject(&policy), &of_dev()));
    assert_eq!(tag(&taggable).as_deref(), Some("another"));
    let mut known = subject(&policy);
    known.known.set("aws:PrincipalTag/sandbox", "dev");
    assert_eq!(outside(&known, &of_dev()), Answer::Proved);
    known.known.set("aws:PrincipalTag/sandbox", "qa");
    assert_eq!(tag(&witness(outside(&known, &of_dev()))).as_deref(), Some("qa"));
}

#[test]
fn what_is_excluded_leaves_the_rest() {
    let policy = policy(&format!(
        r#"{{"Effect": "Allow", "NotAction": "iam:*", "NotResource": "{DEV}"}}"#
    ));
    let witness = witness(outside(&subject(&policy), &of_dev()));
    assert!(!witness.request.action.starts_with("iam:"), "{witness:?}");
    assert!(!witness.request.resource.ends_with("_dev"), "{witness:?}");
}

#[test]
fn what_is_denied_and_what_is_out_of_bounds_is_not_allowed() {
    let wide = policy(r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#);
    let guarded = policy(
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*"},
           {"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:ResourceTag/sandbox": "dev"}}}"#,
    );
    assert_eq!(outside(&subject(&guarded), &of_dev()), Answer::Proved);
    let bound = invoke(r#"{"StringEquals": {"aws:ResourceTag/sandbox": "dev"}}"#);
    let bounded = Subject {
        boundary: Some(&bound),
        ..subject(&wide)
    };
    assert_eq!(outside(&bounded, &of_dev()), Answer::Proved);
    assert_eq!(compare(&bounded, &subject(&bound)).relation, Relation::Equal);
    assert_eq!(compare(&bounded, &subject(&wide)).relation, Relation::Narrower);
    assert_eq!(
        compare(&subject(&wide), &subject(&guarded)).relation,
        Relation::Broader
    );
}

#[test]
fn what_is_forbidden_is_found_where_it_is_allowed() {
    let policy = policy(
        r#"{"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
           {"Effect": "Deny", "NotAction": "iam:Get*", "Resource": "*"}"#,
    );
    let writing =
        statements(r#"{"Effect": "Deny", "Action": ["iam:Put*", "iam:PassRole"], "Resource": "*"}"#);
    let reading = statements(r#"{"Effect": "Deny", "Action": "iam:*Role", "Resource": "*"}"#);
    assert_eq!(within(&subject(&policy), &writing), Answer::Proved);
    let witness = witness(within(&subject(&policy), &reading));
    assert_eq!(witness.request.action, "iam:GetRole");
}

#[test]
fn a_request_is_such_as_aws_knows() {
    let policy = policy(r#"{"Effect": "Allow", "Action": "lambda:Inv*", "Resource": "*"}"#);
    let witness = witness(outside(&subject(&policy), &of_dev()));
    assert_eq!(witness.request.action, "lambda:InvokeAsync");
    assert_eq!(
        witness.request.resource,
        "arn:aws:lambda:us-east-1:111122223333:function:x"
    );
}

#[test]
fn numbers_dates_and_addresses_are_told_apart() {
    let between = |low: &str, high: &str| {
        policy(&format!(
            r#"{{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*", "Condition": {{
                 "NumericGreaterThan": {{"s3:max-keys": "{low}"}}, "NumericLessThan": {{"s3:max-keys": "{high}"}},
                 "DateGreaterThan": {{"aws:CurrentTime": "2024-01-01T00:00:00Z"}},
                 "IpAddress": {{"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]}},
                 "NotIpAddress": {{"aws:SourceIp": ["10.0.0.0/9", "10.128.0.0/10"]}}}}}}"#
        ))
    };
    let (narrow, wide) = (between("10", "20"), between("9", "20"));
    let compared = compare(&subject(&narrow), &subject(&wide));
    assert_eq!(compared.relation, Relation::Narrower, "{compared:?}");
    let empty = between("10", "10");
    assert_eq!(outside(&subject(&empty), &[]), Answer::Proved);
}

#[test]
fn what_cannot_be_read_proves_nothing_however_often_it_stands() {
    let odd = |effect: &str| {
        format!(
            r#"{{"Effect": "{effect}", "Action": "*", "Resource": "*", "Condition": {{"Odd": {{"k": "v"}}}}}}"#
        )
    };
    let all = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
    let twice = |effect: &str| format!("{0}, {0}", odd(effect));
    let denying = policy(&format!("{all}, {}", twice("Deny")));
    assert_ne!(outside(&subject(&denying), &of_dev()), Answer::Proved);
    let (all, allowing) = (policy(all), policy(&twice("Allow")));
    assert_ne!(
        compare(&subject(&all), &subject(&allowing)).only_first,
        Answer::Proved
    );
}
