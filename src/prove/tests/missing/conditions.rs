//! Which conditions follow from what is known, and which cannot hold.

use super::*;

const FROM: &str = r#""Effect": "Allow", "Action": "x:A", "Resource": "r""#;

fn under(condition: &str) -> String {
    format!(r#"{{"Sid": "A", {FROM}, "Condition": {{{condition}}}}}"#)
}

/// What remains open of a statement's condition where another is known.
#[track_caller]
fn open(known: &str, asked: &str) -> Option<String> {
    match lacks(&under(known), &under(asked)).as_slice() {
        [] => None,
        [one] => match &one.why {
            Why::Conditional { sid, condition } => {
                assert_eq!(sid.as_deref(), Some("A"));
                Some(condition.clone())
            }
            other => panic!("{other:?}"),
        },
        several => panic!("{several:?}"),
    }
}

#[test]
fn a_condition_that_follows_from_what_is_known_is_no_hindrance() {
    let tag = r#""StringEquals": {"aws:ResourceTag/sandbox": "dev", "aws:ResourceAccount": "1"}"#;
    let several =
        r#""ForAllValues:StringEquals": {"events:source": ["a", "b"]}, "Null": {"events:source": "false"}"#;
    for (known, asked) in [
        (tag, ""),
        (tag, tag),
        (
            tag,
            r#""StringEquals": {"AWS:resourcetag/sandbox": ["dev", "qa"]}"#,
        ),
        (tag, r#""StringLike": {"aws:ResourceTag/sandbox": "d*"}"#),
        (
            tag,
            r#""StringEqualsIfExists": {"aws:ResourceTag/sandbox": "dev"}"#,
        ),
        (tag, r#""Null": {"aws:ResourceTag/sandbox": "false"}"#),
        (
            tag,
            r#""ForAnyValue:StringEquals": {"aws:ResourceTag/sandbox": "dev"}"#,
        ),
        (
            r#""StringNotEquals": {"k": ["a", "b"]}"#,
            r#""StringNotEquals": {"k": "a"}"#,
        ),
        (
            r#""NumericLessThan": {"k": "5"}"#,
            r#""NumericLessThan": {"k": "6"}"#,
        ),
        (several, several),
        (several, r#""ForAllValues:StringLike": {"events:source": "?"}"#),
        (several, r#""Null": {"events:source": false}"#),
        (
            r#""StringLike": {"s3:prefix": "in/a*"}"#,
            r#""StringLike": {"s3:prefix": ["in/*", "out/*"]}"#,
        ),
        (
            r#""ArnEquals": {"k": "arn:aws:x:r:1:f:g"}"#,
            r#""ArnLike": {"k": "arn:*:x:r:1:f:*"}"#,
        ),
        (
            r#""StringEquals": {"k": "arn:aws:x:r:1:f:g"}"#,
            r#""ArnLike": {"k": "arn:aws:x:*:*:*"}"#,
        ),
        (
            r#""Bool": {"aws:SecureTransport": true}"#,
            r#""Bool": {"aws:SecureTransport": "true"}"#,
        ),
        (
            r#""IpAddress": {"aws:SourceIp": "10.0.0.0/8"}"#,
            r#""IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "::1"]}"#,
        ),
        (
            r#""StringNotEquals": {"k": ["a", "b"]}"#,
            r#""StringNotEquals": {"k": ["b", "a"]}"#,
        ),
        (
            r#""StringEquals": {"k": "${aws:username}"}"#,
            r#""StringEquals": {"k": "${aws:username}"}"#,
        ),
    ] {
        assert_eq!(open(known, asked), None, "{known} and {asked}");
    }
}

#[test]
fn what_does_not_follow_is_named_and_nothing_else() {
    let tag = r#""StringEquals": {"aws:ResourceTag/sandbox": "dev"}"#;
    for (known, asked) in [
        ("", r#""StringEquals":{"aws:ResourceTag/sandbox":"dev"}"#),
        (tag, r#""StringEquals":{"aws:ResourceTag/sandbox":"qa"}"#),
        (tag, r#""StringEquals":{"aws:PrincipalTag/sandbox":"dev"}"#),
        (tag, r#""StringLike":{"aws:ResourceTag/sandbox":"q*"}"#),
        (
            tag,
            r#""StringEquals":{"aws:ResourceTag/sandbox":"${aws:PrincipalTag/sandbox}"}"#,
        ),
        (
            r#""StringEquals": {"k": ["a", "b"]}"#,
            r#""StringEquals":{"k":"a"}"#,
        ),
        (r#""StringEquals": {"k": "a*"}"#, r#""StringEquals":{"k":"ab"}"#),
        (r#""StringLike": {"k": "a*"}"#, r#""StringEquals":{"k":"a*"}"#),
        (
            r#""StringEqualsIfExists": {"k": "a"}"#,
            r#""StringEquals":{"k":"a"}"#,
        ),
        (r#""StringEqualsIfExists": {"k": "a"}"#, r#""Null":{"k":"false"}"#),
        (
            r#""ForAllValues:StringEquals": {"k": "a"}"#,
            r#""Null":{"k":"false"}"#,
        ),
        (
            r#""ArnLike": {"k": "arn:aws:x:r:1:*"}"#,
            r#""ArnLike":{"k":"arn:aws:x:r:1:f"}"#,
        ),
        (
            r#""NumericLessThan": {"k": "6"}"#,
            r#""NumericLessThan":{"k":"5"}"#,
        ),
        (
            r#""StringEquals": {"k": "arn:aws:x:r:1:f"}"#,
            r#""ArnLike":{"k":"arn:aws:*:f"}"#,
        ),
        (
            r#""StringNotEquals": {"k": "a"}"#,
            r#""StringNotEquals":{"k":["a","b"]}"#,
        ),
    ] {
        assert_eq!(open(known, asked), Some(format!("{{{asked}}}")), "{known}");
    }
    let both = r#""StringEquals": {"aws:ResourceTag/sandbox": "dev", "k": "v"}"#;
    assert_eq!(open(tag, both).unwrap(), r#"{"StringEquals":{"k":"v"}}"#);
}

/// Whether a denial under a condition takes away what is known of the request.
fn denial(known: &str, condition: &str) -> Option<Why> {
    let deny = format!(
        r#"{{"Sid": "D", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {{{condition}}}}}"#
    );
    let all = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
    let found = lacks(&under(known), &format!("{all}, {deny}"));
    found.into_iter().next().map(|one| one.why)
}

#[test]
fn a_denial_whose_condition_cannot_hold_takes_nothing_away() {
    let tag = r#""StringEquals": {"aws:ResourceTag/sandbox": "dev"}"#;
    for condition in [
        r#""StringNotEquals": {"aws:ResourceTag/sandbox": ["dev", "qa"]}"#,
        r#""StringNotEqualsIfExists": {"aws:ResourceTag/sandbox": "dev"}"#,
        r#""StringNotLike": {"aws:ResourceTag/sandbox": "d*"}"#,
        r#""StringEquals": {"aws:ResourceTag/sandbox": ["qa", "prod"]}"#,
        r#""StringLikeIfExists": {"aws:ResourceTag/sandbox": "q*"}"#,
        r#""Null": {"aws:ResourceTag/sandbox": "true"}"#,
        r#""ForAllValues:StringEquals": {"aws:ResourceTag/sandbox": "other"}"#,
        r#""StringEquals": {"aws:ResourceTag/sandbox": "qa"}, "Bool": {"aws:SecureTransport": "false"}"#,
    ] {
        assert_eq!(denial(tag, condition), None, "{condition}");
    }
}

#[test]
fn a_denial_whose_condition_may_hold_is_named_and_one_that_must_hold_denies() {
    let tag = r#""StringEquals": {"aws:ResourceTag/sandbox": ["dev", "qa"]}"#;
    for condition in [
        r#""Bool":{"aws:SecureTransport":"false"}"#,
        r#""StringNotEquals":{"aws:ResourceTag/sandbox":"dev"}"#,
        r#""StringEquals":{"aws:ResourceTag/sandbox":"dev"}"#,
        r#""StringEquals":{"aws:ResourceTag/sandbox":"${aws:PrincipalTag/x}"}"#,
    ] {
        let expected = Why::Conditional {
            sid: Some("D".to_owned()),
            condition: format!("{{{condition}}}"),
        };
        assert_eq!(denial(tag, condition), Some(expected));
    }
    let sid = Some("D".to_owned());
    assert_eq!(denial(tag, tag), Some(Why::Denied { sid }));
}
