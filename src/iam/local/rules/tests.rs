//! Each rule of IAM, at its border.

use super::*;

fn policy(text: &str) -> Policy {
    Policy::parse(text).unwrap()
}

fn identity(statement: &str) -> Answer<()> {
    identity_policy(&policy(&format!(
        r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#
    )))
}

fn trust(statement: &str) -> Answer<()> {
    trust_policy(&policy(&format!(
        r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#
    )))
}

#[track_caller]
fn refused(answer: Answer<()>, fault: Fault, why: &str) {
    let refusal = answer.unwrap_err();
    assert_eq!(refusal.fault, fault, "{refusal:?}");
    assert!(refusal.detail.contains(why), "{refusal:?}");
}

const GOOD: &str = r#"{"Sid": "A1", "Effect": "Allow", "Action": ["svc:*", "*"], "Resource": "arn:aws:svc:*:*:x/*", "Condition": {"ForAllValues:StringEqualsIfExists": {"aws:ResourceTag/sandbox": "dev"}, "Null": {"svc:key": false}}}"#;
const TRUST: &str =
    r#"{"Effect": "Allow", "Principal": {"Service": "svc.amazonaws.com"}, "Action": "sts:take"}"#;

#[test]
fn a_document_by_the_rules_is_taken() {
    assert_eq!(identity(GOOD), Ok(()));
    assert_eq!(trust(TRUST), Ok(()));
    assert_eq!(
        identity_policy(&policy(&format!(r#"{{"Statement": [{GOOD}]}}"#))),
        Ok(())
    );
}

#[test]
fn an_identity_policy_has_resources_and_no_principal() {
    refused(
        identity(r#"{"Effect": "Allow", "Action": "svc:Do"}"#),
        Fault::Malformed,
        "names its resources",
    );
    refused(
        identity(r#"{"Effect": "Allow", "Action": "svc:Do", "Resource": []}"#),
        Fault::Malformed,
        "names no resources",
    );
    refused(
        identity(r#"{"Effect": "Allow", "Action": "svc:Do", "Resource": "*", "Principal": "*"}"#),
        Fault::Malformed,
        "no principal",
    );
}

#[test]
fn a_resource_is_an_arn_or_everything() {
    for resource in ["table", "arn:aws:svc", "**"] {
        let statement = format!(r#"{{"Effect": "Allow", "Action": "svc:Do", "Resource": "{resource}"}}"#);
        refused(identity(&statement), Fault::Malformed, "neither an ARN");
    }
}

#[test]
fn an_action_names_one_vendor() {
    for action in ["Do", "*:Do", "s?c:Do", ":Do", "svc:", "sv c:Do"] {
        let statement = format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": "*"}}"#);
        refused(identity(&statement), Fault::Malformed, "one vendor");
    }
    refused(
        identity(r#"{"Effect": "Allow", "Action": [], "Resource": "*"}"#),
        Fault::Malformed,
        "names no actions",
    );
}

#[test]
fn a_condition_has_an_operator_and_a_key_that_iam_can_read() {
    let with = |condition: &str| {
        identity(&format!(
            r#"{{"Effect": "Allow", "Action": "svc:Do", "Resource": "*", "Condition": {condition}}}"#
        ))
    };
    for operator in [
        "StringEqual",
        "ArnEqualsIgnoreCase",
        "NullIfExists",
        "ForAll:StringLike",
    ] {
        let condition = format!(r#"{{"{operator}": {{"aws:SourceArn": "x"}}}}"#);
        refused(with(&condition), Fault::Malformed, "no condition operator");
    }
    refused(
        with(r#"{"StringEquals": {"sandbox": "dev"}}"#),
        Fault::Malformed,
        "vendor:key",
    );
    assert_eq!(
        with(r#"{"numericlessthanequals": {"aws:MultiFactorAuthAge": "1"}}"#),
        Ok(())
    );
}

#[test]
fn a_trust_policy_has_principals_and_no_resource() {
    refused(
        trust(r#"{"Effect": "Allow", "Action": "sts:take"}"#),
        Fault::Malformed,
        "names its principals",
    );
    refused(
        trust(r#"{"Effect": "Allow", "Principal": "*", "Action": "sts:take", "Resource": "*"}"#),
        Fault::Malformed,
        "names no resource",
    );
    refused(
        trust(r#"{"Effect": "Allow", "NotPrincipal": {"AWS": "1"}, "Action": "sts:take"}"#),
        Fault::Malformed,
        "NotPrincipal",
    );
    refused(
        trust(r#"{"Effect": "Allow", "Principal": {"Servce": "x"}, "Action": "sts:take"}"#),
        Fault::Malformed,
        "kind of principal",
    );
    refused(
        trust(r#"{"Effect": "Allow", "Principal": {}, "Action": "sts:take"}"#),
        Fault::Malformed,
        "no principals",
    );
    refused(
        trust(r#"{"Effect": "Allow", "Principal": {"AWS": []}, "Action": "sts:take"}"#),
        Fault::Malformed,
        "no principals",
    );
}

#[test]
fn a_trust_policy_speaks_of_sts_only() {
    for action in ["svc:Do", "*"] {
        let statement = format!(r#"{{"Effect": "Allow", "Principal": "*", "Action": "{action}"}}"#);
        refused(trust(&statement), Fault::Malformed, "STS only");
    }
}

#[test]
fn a_trust_policy_has_2048_characters() {
    let of = |filler: usize| {
        let mut policy = policy(&format!(r#"{{"Statement": {TRUST}}}"#));
        policy.id = Some("x".repeat(filler));
        policy
    };
    let frame = of(0).to_json().len();
    assert_eq!(trust_policy(&of(TRUST_CHARACTERS - frame)), Ok(()));
    refused(
        trust_policy(&of(TRUST_CHARACTERS - frame + 1)),
        Fault::LimitExceeded,
        "2048",
    );
}

#[test]
fn inline_policies_have_10240_characters_in_sum_without_white_space() {
    let sizes =
        |a: usize, b: usize| inline_size([" \n\t".repeat(9) + &"ö".repeat(a), "x".repeat(b)].into_iter());
    assert_eq!(sizes(10_000, 240), Ok(()));
    refused(sizes(10_000, 241), Fault::LimitExceeded, "10241");
}

#[test]
fn sids_are_letters_and_digits_and_stand_once() {
    let with = |a: &str, b: &str| {
        let statement =
            |sid: &str| format!(r#"{{"Sid": "{sid}", "Effect": "Deny", "Action": "*", "Resource": "*"}}"#);
        identity(&format!("[{}, {}]", statement(a), statement(b)))
    };
    assert_eq!(with("A", "a"), Ok(()));
    assert_eq!(with("", ""), Ok(()));
    refused(with("A-1", "B"), Fault::Malformed, "letters and digits");
    refused(with("A", "A"), Fault::Malformed, "stands twice");
}

#[test]
fn a_policy_has_a_known_version_and_a_statement() {
    for version in ["2012-10-18", ""] {
        let text = format!(r#"{{"Version": "{version}", "Statement": {GOOD}}}"#);
        refused(
            identity_policy(&policy(&text)),
            Fault::Malformed,
            "policy version",
        );
    }
    let old = format!(r#"{{"Version": "2008-10-17", "Statement": {GOOD}}}"#);
    assert_eq!(identity_policy(&policy(&old)), Ok(()));
    refused(identity("[]"), Fault::Malformed, "at least one statement");
}

#[test]
fn a_policy_holds_latin_characters_only() {
    let with = |text: &str| {
        identity(&format!(
            r#"{{"Effect": "Deny", "Action": "*", "Resource": "arn:aws:svc:::{text}"}}"#
        ))
    };
    assert_eq!(with("ÿ~ "), Ok(()));
    for foreign in ["Ā", "\u{7F}\u{2603}", "\u{1F600}"] {
        refused(with(foreign), Fault::Malformed, "character");
    }
}

#[test]
fn a_tag_has_the_length_and_characters_iam_allows() {
    assert_eq!(tag(&"k".repeat(128), &"ü".repeat(256)), Ok(()));
    assert_eq!(tag("tcperm:ns/a b=c+d-e@f.g_h", ""), Ok(()));
    refused(tag("", "v"), Fault::Malformed, "1 to 128");
    refused(tag(&"k".repeat(129), "v"), Fault::Malformed, "1 to 128");
    refused(tag("k", &"v".repeat(257)), Fault::Malformed, "256");
    for foreign in ["a,b", "a*", "a\tb", "{}", "a\"b"] {
        refused(tag("k", foreign), Fault::Malformed, "other than letters");
        refused(tag(foreign, "v"), Fault::Malformed, "other than letters");
    }
}

#[test]
fn tag_keys_of_aws_itself_are_refused() {
    refused(tag("aws:x", "v"), Fault::Malformed, "aws:");
    refused(tag("AWS:x", "v"), Fault::Malformed, "aws:");
    assert_eq!(tag("awsx", "v"), Ok(()));
}

#[test]
fn a_role_has_50_tags() {
    let of = |count: usize| (0..count).map(|n| (format!("k{n}"), "v")).collect::<Tags>();
    assert_eq!(tag_count(&of(50)), Ok(()));
    refused(tag_count(&of(51)), Fault::LimitExceeded, "50 tags");
}

#[test]
fn a_description_has_1000_characters_of_latin_without_control_characters() {
    assert_eq!(description(&"ü".repeat(1_000)), Ok(()));
    assert_eq!(description("tab\t line\r\n ~¡ÿ"), Ok(()));
    assert_eq!(description(""), Ok(()));
    refused(description(&"d".repeat(1_001)), Fault::Malformed, "1000");
    for foreign in ["\u{0}", "\u{7F}", "\u{A0}", "Ā", "\u{1F600}"] {
        refused(description(foreign), Fault::Malformed, "character");
    }
}

#[test]
fn a_role_has_10_managed_policies() {
    assert_eq!(managed_count(10), Ok(()));
    refused(managed_count(11), Fault::LimitExceeded, "10 managed policies");
}
