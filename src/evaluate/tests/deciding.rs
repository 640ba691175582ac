//! What a request is answered, rule by rule.

use super::*;

/// A request for `x:Read` on a resource, by nobody in particular.
pub(super) fn request(context: &[(&str, &[&str])]) -> Request {
    let mut known = RequestContext::complete();
    for (key, values) in context {
        known.set_all(key, values.iter().map(|&value| value.to_owned()).collect());
    }
    Request {
        principal: None,
        action: "x:Read".to_owned(),
        resource: "arn:aws:x:eu-west-1:123456789012:thing/a".to_owned(),
        context: known,
    }
}

fn identity(statements: &str) -> Authorizer {
    Authorizer::new(&PolicySet {
        identity: vec![&policy(statements)],
        ..PolicySet::default()
    })
}

fn under(condition: &str) -> Authorizer {
    identity(&format!(
        r#"{{"Effect": "Allow", "Action": "x:Read", "Resource": "*", "Condition": {{{condition}}}}}"#
    ))
}

/// Whether conditions hold of a context, each of them written as `operator`, `[values]`, on the key `k`.
#[track_caller]
fn assert_conditions(cases: &[(&str, &str, Option<&[&str]>, bool)]) {
    for (operator, values, found, expected) in cases {
        let authorizer = under(&format!(r#""{operator}": {{"x:K": {values}}}"#));
        let found: Vec<_> = found.iter().map(|found| ("X:k", *found)).collect();
        let verdict = authorizer.verdict(&request(&found));
        let holds = verdict == Verdict::Allowed;
        assert_eq!(holds, *expected, "{operator} {values} of {found:?}");
    }
}

#[test]
fn texts_are_compared_as_their_operator_says() {
    assert_conditions(&[
        ("StringEquals", r#""a""#, Some(&["a"]), true),
        ("StringEquals", r#""a""#, Some(&["A"]), false),
        ("StringEquals", r#""a*""#, Some(&["ab"]), false),
        ("StringEquals", r#"["a", "b"]"#, Some(&["b"]), true),
        ("StringNotEquals", r#"["a", "b"]"#, Some(&["b"]), false),
        ("StringNotEquals", r#"["a", "b"]"#, Some(&["c"]), true),
        ("StringEqualsIgnoreCase", r#""Ä-Dev""#, Some(&["ä-dEV"]), true),
        ("StringEqualsIgnoreCase", r#""dev""#, Some(&["dev2"]), false),
        ("StringNotEqualsIgnoreCase", r#""dev""#, Some(&["DEV"]), false),
        ("StringLike", r#""a*c?""#, Some(&["a:bcd"]), true),
        ("StringLike", r#""a*c?""#, Some(&["abc"]), false),
        ("StringLike", r#""A*""#, Some(&["abc"]), false),
        ("StringNotLike", r#""a*""#, Some(&["b"]), true),
        ("stringequals", r#""a""#, Some(&["a"]), true),
        ("StringSimilar", r#""a""#, Some(&["a"]), false),
    ]);
}

#[test]
fn a_missing_key_fails_all_but_the_negated_and_the_lax() {
    assert_conditions(&[
        ("StringEquals", r#""a""#, None, false),
        ("StringLike", r#""*""#, None, false),
        ("StringNotEquals", r#""a""#, None, true),
        ("NumericNotEquals", r#""1""#, None, true),
        ("NotIpAddress", r#""10.0.0.0/8""#, None, true),
        ("ArnNotLike", r#""*""#, None, true),
        ("StringEqualsIfExists", r#""a""#, None, true),
        ("StringEqualsIfExists", r#""a""#, Some(&["b"]), false),
        ("BoolIfExists", r#""true""#, None, true),
        ("Bool", r#""false""#, None, false),
        ("ForAllValues:StringEquals", r#"["a"]"#, None, true),
        ("ForAnyValue:StringEquals", r#"["a"]"#, None, false),
        ("ForAnyValue:StringNotEquals", r#"["a"]"#, None, false),
        ("ForAnyValue:StringEqualsIfExists", r#"["a"]"#, None, true),
        ("Null", r#""true""#, None, true),
        ("Null", r#""false""#, None, false),
        ("Null", r#""true""#, Some(&["a"]), false),
        ("Null", r#""false""#, Some(&["a"]), true),
    ]);
}

#[test]
fn several_values_are_looked_at_as_their_set_operator_says() {
    assert_conditions(&[
        (
            "ForAllValues:StringEquals",
            r#"["a", "b"]"#,
            Some(&["a", "b"]),
            true,
        ),
        (
            "ForAllValues:StringEquals",
            r#"["a", "b"]"#,
            Some(&["a", "c"]),
            false,
        ),
        (
            "ForAnyValue:StringEquals",
            r#"["a", "b"]"#,
            Some(&["a", "c"]),
            true,
        ),
        ("ForAnyValue:StringEquals", r#"["a", "b"]"#, Some(&["c"]), false),
        (
            "ForAllValues:StringNotEquals",
            r#"["a"]"#,
            Some(&["b", "c"]),
            true,
        ),
        (
            "ForAllValues:StringNotEquals",
            r#"["a"]"#,
            Some(&["a", "c"]),
            false,
        ),
        ("ForAnyValue:StringNotEquals", r#"["a"]"#, Some(&["a", "c"]), true),
        ("ForAnyValue:StringNotEquals", r#"["a"]"#, Some(&["a"]), false),
        // Without one they equal nothing, and a negated operator holds.
        ("StringEquals", r#""a""#, Some(&["a", "c"]), false),
        ("StringEquals", r#"["a", "c"]"#, Some(&["a", "c"]), false),
        ("StringNotEquals", r#""a""#, Some(&["a", "c"]), true),
    ]);
}

#[test]
fn values_that_say_nothing_count_as_none_for_set_operators_and_null() {
    assert_conditions(&[
        ("ForAllValues:StringEquals", r#"["a"]"#, Some(&[]), true),
        ("ForAllValues:StringEquals", r#"["a"]"#, Some(&[""]), true),
        ("ForAllValues:StringEquals", r#"["a"]"#, Some(&["", "b"]), false),
        ("ForAnyValue:StringEquals", r#"["a", ""]"#, Some(&[""]), false),
        ("Null", r#""true""#, Some(&[""]), true),
        ("Null", r#""false""#, Some(&[]), false),
        ("StringEquals", r#""""#, Some(&[""]), true),
        ("StringEquals", r#""a""#, Some(&[]), false),
        ("StringNotEquals", r#""a""#, Some(&[]), true),
    ]);
}

#[test]
fn numbers_are_compared_as_decimals() {
    assert_conditions(&[
        ("NumericEquals", "10", Some(&["10.0"]), true),
        ("NumericEquals", r#""-0""#, Some(&["0"]), true),
        ("NumericLessThan", "10", Some(&["9.99"]), true),
        ("NumericLessThan", "10", Some(&["-11"]), true),
        ("NumericLessThan", "-10", Some(&["-9"]), false),
        ("NumericLessThanEquals", "10", Some(&["10"]), true),
        (
            "NumericGreaterThan",
            "9007199254740992",
            Some(&["9007199254740993"]),
            true,
        ),
        ("NumericGreaterThanEquals", r#"["7", "5"]"#, Some(&["6"]), true),
        ("NumericEquals", "10", Some(&["ten"]), false),
        ("NumericNotEquals", "10", Some(&["ten"]), true),
        ("NumericEquals", r#""1e1""#, Some(&["10"]), false),
    ]);
}

#[test]
fn dates_are_read_in_both_forms() {
    assert_conditions(&[
        (
            "DateEquals",
            r#""2024-06-01T12:00:00Z""#,
            Some(&["1717243200"]),
            true,
        ),
        (
            "DateEquals",
            r#""2024-06-01T14:00+02:00""#,
            Some(&["2024-06-01T12:00:00Z"]),
            true,
        ),
        (
            "DateEquals",
            r#""2024-06-01""#,
            Some(&["2024-06-01T00:00:00Z"]),
            true,
        ),
        ("DateEquals", r#""2024-06""#, Some(&["2024-06-01"]), true),
        ("DateEquals", r#""2024""#, Some(&["2024-01-01T00:00Z"]), true),
        (
            "DateLessThan",
            r#""2024-06-01T12:00:00Z""#,
            Some(&["2024-06-01T11:59:59.999Z"]),
            true,
        ),
        (
            "DateGreaterThan",
            r#""2024-06-01T12:00:00Z""#,
            Some(&["2024-06-01T12:00:00Z"]),
            false,
        ),
        (
            "DateGreaterThanEquals",
            "1717243200",
            Some(&["2024-06-01T12:00:00Z"]),
            true,
        ),
        ("DateNotEquals", r#""2024-06-01""#, Some(&["soon"]), true),
        ("DateLessThan", r#""2024-13-01""#, Some(&["2024-06-01"]), false),
    ]);
}

#[test]
fn addresses_are_compared_by_their_prefix() {
    assert_conditions(&[
        ("IpAddress", r#""203.0.113.0/24""#, Some(&["203.0.113.7"]), true),
        ("IpAddress", r#""203.0.113.0/24""#, Some(&["203.0.114.7"]), false),
        ("IpAddress", r#""203.0.113.7""#, Some(&["203.0.113.7"]), true),
        ("IpAddress", r#""0.0.0.0/0""#, Some(&["::1"]), false),
        (
            "IpAddress",
            r#""2001:DB8::/32""#,
            Some(&["2001:db8:ffff::1"]),
            true,
        ),
        ("IpAddress", r#""::/0""#, Some(&["2001:db8::1"]), true),
        ("IpAddress", r#""10.0.0.0/8""#, Some(&["10.1.0.0/16"]), true),
        ("IpAddress", r#""10.1.0.0/16""#, Some(&["10.0.0.0/8"]), false),
        ("NotIpAddress", r#""10.0.0.0/8""#, Some(&["10.0.0.1"]), false),
        ("NotIpAddress", r#""10.0.0.0/8""#, Some(&["here"]), true),
        ("IpAddress", r#""10.0.0.0/33""#, Some(&["10.0.0.0"]), false),
    ]);
}

#[test]
fn arns_are_compared_by_segment() {
    let role = Some(&["arn:aws:iam::123456789012:role/a/b:c"] as &[&str]);
    assert_conditions(&[
        ("ArnEquals", r#""arn:aws:iam::123456789012:role/*""#, role, true),
        ("ArnLike", r#""arn:*:iam::*:role/a/b?c""#, role, true),
        ("ArnLike", r#""arn:aws:*:role/a/b:c""#, role, false),
        ("ArnLike", r#""arn:aws:iam::12345678901?:*""#, role, true),
        ("ArnLike", r#""*""#, role, true),
        ("ArnLike", r#""*""#, Some(&["a"]), false),
        ("ArnNotLike", r#""arn:aws:iam::*:user/*""#, role, true),
        ("ArnNotEquals", r#""arn:aws:iam::*:role/*""#, role, false),
    ]);
}

#[test]
fn booleans_and_binaries_are_compared_by_what_they_say() {
    assert_conditions(&[
        ("Bool", r#""True""#, Some(&["true"]), true),
        ("Bool", "true", Some(&["TRUE"]), true),
        ("Bool", r#""false""#, Some(&["true"]), false),
        ("Bool", r#""yes""#, Some(&["yes"]), false),
        ("BinaryEquals", r#""QmluYXJ5""#, Some(&["QmluYXJ5"]), true),
        ("BinaryEquals", r#""QQ==""#, Some(&["QQ"]), true),
        ("BinaryEquals", r#""QQ==""#, Some(&["qq=="]), false),
        ("BinaryEquals", r#""Q!""#, Some(&["Q!"]), false),
    ]);
}

/// Whether a statement for a resource, with the tag `team` of whoever asks, is for `…:thing/a`.
#[track_caller]
fn assert_resource(version: &str, resource: &str, team: Option<&[&str]>, expected: bool) {
    let text = format!(
        r#"{{"Version": "{version}", "Statement": {{"Effect": "Allow", "Action": "*",
             "Resource": "arn:aws:x:eu-west-1:123456789012:thing/{resource}"}}}}"#
    );
    let policy = Policy::parse(&text).unwrap();
    let authorizer = Authorizer::new(&PolicySet {
        identity: vec![&policy],
        ..PolicySet::default()
    });
    let tag: Vec<_> = team.iter().map(|team| ("aws:PrincipalTag/Team", *team)).collect();
    let allowed = authorizer.verdict(&request(&tag)) == Verdict::Allowed;
    assert_eq!(allowed, expected, "{resource} for {team:?}");
}

#[test]
fn variables_stand_for_the_one_value_of_their_key() {
    let now = "2012-10-17";
    assert_resource(now, "${aws:PrincipalTag/team}", Some(&["a"]), true);
    assert_resource(now, "${AWS:principaltag/TEAM}", Some(&["b"]), false);
    assert_resource(now, "${aws:PrincipalTag/team}", None, false);
    assert_resource(now, "${aws:PrincipalTag/team, 'a'}", None, true);
    assert_resource(now, "${aws:PrincipalTag/team,'a'}", None, true);
    assert_resource(now, "${aws:PrincipalTag/team, 'a'}", Some(&["b"]), false);
    assert_resource(now, "${aws:PrincipalTag/team, a}", Some(&["a"]), false);
    assert_resource(now, "${aws:PrincipalTag/team}", Some(&["a", "b"]), false);
    // The values of a key are a set.
    assert_resource(now, "${aws:PrincipalTag/team}", Some(&["a", "a"]), true);
    // What a value holds is never a wildcard.
    assert_resource(now, "${aws:PrincipalTag/team}", Some(&["*"]), false);
    assert_resource(now, "${*}", None, false);
    assert_resource(now, "*${aws:PrincipalTag/team}*", Some(&["a"]), true);
    assert_resource("2008-10-17", "${aws:PrincipalTag/team}", Some(&["a"]), false);
    assert_resource("2008-10-17", "*", None, true);
}

#[test]
fn a_variable_without_a_value_equals_nothing() {
    let key = ("x:K", &["a"] as &[&str]);
    let equals = under(r#""StringEquals": {"x:K": "${x:L}"}"#);
    let differs = under(r#""StringNotEquals": {"x:K": "${x:L}"}"#);
    assert_eq!(equals.verdict(&request(&[key])), Verdict::ImplicitDeny);
    assert_eq!(differs.verdict(&request(&[key])), Verdict::Allowed);
    let both = [key, ("x:L", &["a"] as &[&str])];
    assert_eq!(equals.verdict(&request(&both)), Verdict::Allowed);
    assert_eq!(differs.verdict(&request(&both)), Verdict::ImplicitDeny);
}

#[test]
fn variables_in_arns_may_hold_colons() {
    let like = under(r#""ArnLike": {"x:K": ["${x:L}", "arn:aws:x:::${x:L}"]}"#);
    let arn = "arn:aws:iam::123456789012:role/a";
    let of = |found: &str, value: &str| like.verdict(&request(&[("x:K", &[found]), ("x:L", &[value])]));
    assert_eq!(of(arn, arn), Verdict::Allowed);
    assert_eq!(of("arn:aws:x:::a:b", "a:b"), Verdict::Allowed);
    assert_eq!(of("arn:aws:x:::a:b", "a*"), Verdict::ImplicitDeny);
}

#[test]
fn actions_are_matched_without_case_and_resources_with_it() {
    let cases = [
        (r#""Action": "X:rEAD", "Resource": "*""#, true),
        (r#""Action": ["x:Write", "x:R*d"], "Resource": "*""#, true),
        (r#""Action": "x:Rea?", "Resource": "*""#, true),
        (r#""Action": "y:*", "Resource": "*""#, false),
        (r#""NotAction": "x:read", "Resource": "*""#, false),
        (r#""NotAction": "x:Write", "Resource": "*""#, true),
        (
            r#""Action": "*", "Resource": "arn:aws:x:eu-west-1:123456789012:thing/A""#,
            false,
        ),
        (
            r#""Action": "*", "Resource": "arn:aws:x:*:123456789012:thing/?""#,
            true,
        ),
        (r#""Action": "*", "Resource": "arn:aws:x:*:thing/a""#, true),
        (r#""Action": "*", "Resource": "arn:aws:x:*t:thing/a""#, false),
        (r#""Action": "*", "NotResource": "arn:aws:x:*""#, false),
        (
            r#""Action": "*", "NotResource": ["arn:aws:x:*:thing/b", "arn:aws:y:*"]"#,
            true,
        ),
    ];
    for (statement, expected) in cases {
        let authorizer = identity(&format!(r#"{{"Effect": "Allow", {statement}}}"#));
        let allowed = authorizer.verdict(&request(&[])) == Verdict::Allowed;
        assert_eq!(allowed, expected, "{statement}");
    }
}

#[test]
fn a_denial_beats_whatever_allows_and_is_what_decides() {
    let authorizer = identity(
        r#"{"Effect": "Allow", "Action": "x:*", "Resource": "*"},
           {"Effect": "Deny", "Action": "x:Read", "Resource": "*"},
           {"Effect": "Deny", "Action": "x:Write", "Resource": "*"}"#,
    );
    let decision = authorizer.decide(&request(&[]));
    assert_eq!(decision.verdict, Verdict::ExplicitDeny);
    let deciding: Vec<_> = decision
        .determining
        .iter()
        .map(|one| one.statement.statement)
        .collect();
    assert_eq!(deciding, [1]);
}

#[test]
fn what_comes_near_is_named_with_what_it_wants() {
    let authorizer = identity(
        r#"{"Effect": "Allow", "Action": "x:Read", "Resource": "arn:aws:x:::other"},
           {"Effect": "Allow", "Action": "x:Read", "Resource": "*",
            "Condition": {"StringEquals": {"aws:ResourceTag/sandbox": "dev"}, "Null": {"x:K": "true"}}},
           {"Effect": "Allow", "Action": "x:Write", "Resource": "*"}"#,
    );
    let near = authorizer.near_misses(&request(&[("aws:resourcetag/sandbox", &["qa"])]));
    let texts = |texts: &[&str]| -> Vec<String> { texts.iter().map(|&text| text.to_owned()).collect() };
    let expected = [
        vec![Miss::Condition {
            operator: "StringEquals".to_owned(),
            key: "aws:ResourceTag/sandbox".to_owned(),
            wanted: texts(&["dev"]),
            found: Some(texts(&["qa"])),
        }],
        vec![Miss::Resource {
            patterns: texts(&["arn:aws:x:::other"]),
        }],
    ];
    let misses: Vec<_> = near.iter().map(|near| near.misses.clone()).collect();
    assert_eq!(misses, expected);
    assert_eq!(near[0].statement.statement, 1);
}

#[test]
fn only_keys_that_can_change_the_answer_are_missing() {
    let allow = |condition: &str| {
        format!(r#"{{"Effect": "Allow", "Action": "x:Read", "Resource": "*", "Condition": {{{condition}}}}}"#)
    };
    let asks = allow(r#""StringEquals": {"x:Key": "a"}"#);
    let elsewhere = asks.replace("x:Read", "x:Write").replace("x:Key", "x:Other");
    let fails = allow(r#""StringEquals": {"x:Other": "a", "x:Known": "b"}"#);
    let by_variable = allow(r#""StringEquals": {"x:Known": "${x:Variable}"}"#);
    let by_other_variable = allow(r#""StringEquals": {"x:Known": "b${x:Variable}"}"#);
    let by_resource = r#"{"Effect": "Allow", "Action": "*", "Resource": "*:thing/${x:Name}"}"#;
    let by_other_resource = r#"{"Effect": "Allow", "Action": "*", "Resource": "*:other/${x:Name}"}"#;
    let all = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
    let none = r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#;
    let denies = asks.replace("Allow", "Deny").replace("x:Key", "x:Denied");
    let cases: [(&[&str], &[&str]); 10] = [
        (&[&asks, &elsewhere], &["x:Key"]),
        (&[&asks, &fails], &["x:Key"]),
        (&[&asks, all], &[]),
        (&[&asks, none], &[]),
        (&[&by_variable], &["x:Variable"]),
        (&[&by_other_variable], &[]),
        (&[by_resource], &["x:Name"]),
        (&[by_other_resource], &[]),
        (&[all, &denies], &["x:Denied"]),
        (&[&asks, &denies], &["x:Denied", "x:Key"]),
    ];
    let mut open = request(&[]);
    open.context = RequestContext::open();
    open.context.set("x:known", "a");
    for (statements, expected) in cases {
        let decision = identity(&statements.join(", ")).decide(&open);
        let missing: Vec<&str> = decision.missing_context.iter().map(String::as_str).collect();
        assert_eq!(missing, expected, "{statements:#?}");
    }
    let boundary = policy(&asks);
    let bounded = |statements: &str| {
        let identity = policy(statements);
        let policies = PolicySet {
            identity: vec![&identity],
            boundary: Some(&boundary),
            ..PolicySet::default()
        };
        Authorizer::new(&policies).decide(&open).missing_context.len()
    };
    assert_eq!((bounded(all), bounded(&elsewhere)), (1, 0));
}
