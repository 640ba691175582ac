//! The document as such, the names in it, its conditions.

use tcperm::diagnostic::Severity::{Error, Warning};
use tcperm::policy::lint::Subject::{self, Any, Boundary, Identity};

use super::{TRUST, clean, deny, findings, finds, with};

const SEND: &str = r#""Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-west-2:123456789012:q""#;

#[test]
fn the_version_is_the_current_one() {
    let rest = format!(r#""Statement":[{{"Effect":"Allow",{SEND}}}]"#);
    finds(Identity, "invalid-version", Warning, &format!("«{{{rest}}}»"));
    finds(
        Identity,
        "invalid-version",
        Warning,
        &format!(r#"{{"Version":«"2008-10-17"»,{rest}}}"#),
    );
    finds(
        Identity,
        "invalid-version",
        Error,
        &format!(r#"{{"Version":«"2012-10-18"»,{rest}}}"#),
    );
    clean(Identity, &with(SEND));
}

#[test]
fn a_sid_is_letters_and_digits_and_stands_once() {
    finds(
        Identity,
        "invalid-sid",
        Error,
        &with(&format!(r#""Sid":«"a-b"»,{SEND}"#)),
    );
    clean(Identity, &with(&format!(r#""Sid":"aB9",{SEND}"#)));
    let two = |first: &str, second: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":{first},"Effect":"Allow",{SEND}}},{{"Sid":{second},"Effect":"Deny",{SEND}}}]}}"#
        )
    };
    let found = finds(Identity, "invalid-sid", Error, &two("\"A\"", "«\"A\"»"));
    assert_eq!(found.other, Some(44..47));
    clean(Identity, &two("\"A\"", "\"a\""));
    clean(Identity, &two("\"\"", "\"\""));
}

#[test]
fn a_document_has_the_size_that_iam_takes() {
    let of = |count: usize| {
        let arn = |n: usize| format!(r#""arn:aws:sqs:us-west-2:123456789012:{n:0>5}""#);
        let arns: Vec<String> = (0..count).map(arn).collect();
        with(&format!(
            r#""Action":"sqs:SendMessage","Resource":[{}]"#,
            arns.join(",")
        ))
    };
    let marked = |count: usize| format!("«{}»", of(count));
    let most = |size: usize| (1..1_000).take_while(|count| of(*count).len() <= size).count();
    clean(Identity, &of(most(10_240)));
    finds(Identity, "policy-too-long", Error, &marked(most(10_240) + 1));
    clean(Boundary, &of(most(6_144)));
    finds(Boundary, "policy-too-long", Error, &marked(most(6_144) + 1));
    let trust = |accounts: usize| {
        let role = |n: usize| format!(r#""arn:aws:iam::123456789012:role/{n:0>4}""#);
        let roles: Vec<String> = (0..accounts).map(role).collect();
        with(&format!(
            r#""Principal":{{"AWS":[{}]}},"Action":"sts:AssumeRole""#,
            roles.join(",")
        ))
    };
    let most = (1..1_000)
        .take_while(|count| trust(*count).len() <= 2_048)
        .count();
    clean(TRUST, &trust(most));
    finds(
        TRUST,
        "policy-too-long",
        Warning,
        &format!("«{}»", trust(most + 1)),
    );
}

#[test]
fn characters_are_those_that_iam_takes() {
    let queue = |name: &str| {
        with(&format!(
            r#""Action":"sqs:SendMessage","Resource":"arn:aws:sqs:us-west-2:123456789012:{name}""#
        ))
    };
    finds(
        Identity,
        "invalid-character",
        Error,
        &with(r#""Action":"sqs:SendMessage","Resource":«"arn:aws:sqs:us-west-2:123456789012:\u20ac"»"#),
    );
    clean(Identity, &queue("\u{ff}"));
    clean(Identity, &queue("\\u00e9"));
    finds(
        TRUST,
        "invalid-character",
        Error,
        &with(r#""Principal":{"AWS":«"arn:aws:iam::123456789012:role/商"»},"Action":"sts:AssumeRole""#),
    );
}

#[test]
fn elements_stand_where_the_kind_of_policy_takes_them() {
    let role = r#""Principal":{"AWS":"arn:aws:iam::123456789012:role/a"}"#;
    let marked = role.replace("\"Principal\"", "«\"Principal\"»");
    finds(
        Identity,
        "misplaced-element",
        Error,
        &with(&format!("{marked},{SEND}")),
    );
    finds(
        Boundary,
        "misplaced-element",
        Error,
        &with(&format!("{marked},{SEND}")),
    );
    clean(Any, &with(&format!("{role},{SEND}")));
    let assume = r#""Action":"sts:AssumeRole""#;
    finds(
        TRUST,
        "misplaced-element",
        Error,
        &with(&format!(r#"{role},{assume},«"Resource"»:"*""#)),
    );
    finds(
        TRUST,
        "misplaced-element",
        Error,
        r#"{"Version":"2012-10-17","Statement":«{"Effect":"Deny","Action":"sts:AssumeRole"}»}"#,
    );
    finds(
        Identity,
        "misplaced-element",
        Error,
        r#"{"Version":"2012-10-17","Statement":[«{"Effect":"Allow","Action":"sqs:SendMessage"}»]}"#,
    );
    clean(TRUST, &with(&format!("{role},{assume}")));
}

#[test]
fn actions_are_those_of_aws() {
    let on_all = |action: &str| with(&format!(r#""Action":{action},"Resource":"*""#));
    let found = finds(
        Identity,
        "unknown-action",
        Warning,
        &on_all(r#"["sqs:ListQueues",«"lambda:InvokeFuncton"»]"#),
    );
    assert_eq!(found.help, "did you mean `lambda:InvokeFunction`?");
    finds(Identity, "unknown-action", Warning, &on_all(r#"«"sqs:Xyzzy*"»"#));
    let found = finds(
        Identity,
        "unknown-service",
        Warning,
        &on_all(r#"«"lamda:InvokeFunction"»"#),
    );
    assert_eq!(found.help, "did you mean `lambda:InvokeFunction`?");
    let found = finds(Identity, "unknown-service", Warning, &on_all(r#"«"qqqqqqq:X"»"#));
    assert!(found.help.contains("not known here"), "{}", found.help);
    finds(Identity, "invalid-action", Error, &on_all(r#"«"*:Delete*"»"#));
    finds(Identity, "invalid-action", Error, &on_all(r#"«"ListQueues"»"#));
    clean(Identity, &on_all(r#""SQS:listqueue?""#));
    // A Deny of what does not exist denies nothing.
    finds(
        Identity,
        "unknown-action",
        Warning,
        &deny(r#""Action":«"sqs:SendMesage"»,"Resource":"*""#),
    );
}

fn condition(condition: &str) -> String {
    with(&format!(r#"{SEND},"Condition":{condition}"#))
}

#[test]
fn condition_keys_are_those_of_aws() {
    let equals = |key: &str| condition(&format!(r#"{{"StringEquals":{{{key}:"x"}}}}"#));
    let found = finds(
        Identity,
        "unknown-condition-key",
        Warning,
        &equals(r#"«"aws:SourceAcount"»"#),
    );
    assert_eq!(found.help, "did you mean `aws:SourceAccount`?");
    finds(
        Identity,
        "unknown-condition-key",
        Warning,
        &equals(r#"«"nothing"»"#),
    );
    finds(
        Identity,
        "unknown-condition-key",
        Warning,
        &equals(r#"«"aws:PrincipalTag/"»"#),
    );
    for key in [
        "aws:principaltag/team",
        "AWS:SourceAccount",
        "kms:ViaService",
        "s3:ExistingObjectTag/a",
    ] {
        clean(Identity, &equals(&format!("\"{key}\"")));
    }
    let provider = r#""Principal":{"Federated":"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com","example.com/realm:sub":"a"}}"#;
    clean(TRUST, &with(provider));
    let saml = r#""Principal":{"Federated":"arn:aws:iam::123456789012:saml-provider/p"},"Action":"sts:AssumeRoleWithSAML","Condition":{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}"#;
    clean(TRUST, &with(saml));
}

#[test]
fn operators_are_those_of_iam() {
    let of = |operator: &str| {
        condition(&format!(
            r#"{{{operator}:{{"aws:SourceAccount":"123456789012"}}}}"#
        ))
    };
    let found = finds(Identity, "unknown-operator", Error, &of(r#"«"StringEqual"»"#));
    assert_eq!(found.help, "did you mean `StringEquals`?");
    finds(Identity, "unknown-operator", Error, &of(r#"«"NullIfExists"»"#));
    finds(
        Identity,
        "unknown-operator",
        Error,
        &of(r#"«"ForSomeValues:StringEquals"»"#),
    );
    for operator in [
        "StringEqualsIfExists",
        "stringequals",
        "ForAnyValue:StringLikeIfExists",
    ] {
        clean(Identity, &of(&format!("\"{operator}\"")));
    }
}

#[test]
fn variables_are_closed_and_known_and_read_in_this_version() {
    let queue = |name: &str| {
        format!(r#""Action":"sqs:SendMessage","Resource":«"arn:aws:sqs:us-west-2:123456789012:{name}"»"#)
    };
    let plain = |name: &str| with(&queue(name)).replace(['«', '»'], "");
    finds(Identity, "invalid-variable", Error, &with(&queue("${aws:userid")));
    let found = finds(
        Identity,
        "invalid-variable",
        Warning,
        &with(&queue("${aws:usrid}")),
    );
    assert_eq!(found.help, "did you mean `aws:userid`?");
    finds(
        Identity,
        "invalid-variable",
        Warning,
        &with(&queue("${aws:userid}")).replace("${aws:userid}", "${}"),
    );
    for name in [
        "${aws:userid}",
        "${aws:PrincipalTag/team, 'none'}",
        "${*}${?}${$}",
        "$a{b}",
    ] {
        clean(Identity, &plain(name));
    }
    let old = plain("${aws:userid}").replace("2012-10-17", "2008-10-17");
    let codes: Vec<&str> = findings(Identity, &old).iter().map(|found| found.code).collect();
    assert_eq!(codes, ["invalid-version", "invalid-variable"]);
    finds(
        Identity,
        "invalid-variable",
        Error,
        &condition(r#"{"StringEquals":{"aws:SourceAccount":["a",«"${aws:userid"»]}}"#),
    );
}

#[test]
fn a_set_that_may_be_empty_is_found_unless_another_condition_sees_to_it() {
    let put = |condition: &str| {
        format!(
            r#""Action":"events:PutEvents","Resource":"arn:aws:events:us-west-2:123456789012:event-bus/b","Condition":{{{condition}}}"#
        )
    };
    let all = |key: &str| format!(r#""ForAllValues:StringEquals":{{{key}:["a"]}}"#);
    let marked = all(r#"«"events:source"»"#);
    let found = finds(Identity, "empty-set", Warning, &with(&put(&marked)));
    assert_eq!(
        found.help,
        r#"add `"Null": {"events:source": "false"}` to the Condition"#
    );
    let is_null = |value: &str| format!(r#"{marked},"Null":{{"events:source":{value}}}"#);
    finds(Identity, "empty-set", Warning, &with(&put(&is_null("true"))));
    let plain = |rest: &str| put(&format!("{}{rest}", all(r#""events:source""#)));
    clean(Identity, &with(&plain(r#","Null":{"events:source":false}"#)));
    clean(
        Identity,
        &with(&plain(r#","ForAnyValue:StringLike":{"Events:Source":"*"}"#)),
    );
    clean(Identity, &deny(&plain("")));
    clean(Boundary, &with(&plain("")));
}

#[test]
fn findings_come_in_the_order_of_the_text_and_once() {
    let text = r#"{"Statement":[{"Sid":"-","Effect":"Allow","Action":["a:b","a:b"],"Resource":"*"}]}"#;
    let found = findings(Subject::Any, text);
    let starts: Vec<usize> = found.iter().map(|found| found.range.start).collect();
    assert!(starts.is_sorted() && starts.len() == 4, "{found:#?}");
}
