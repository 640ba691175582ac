mod deciding;
mod landmarks;
mod laws;
mod layers;
mod patterns;
mod totality;
mod words;

use proptest::prelude::*;

use super::*;
use crate::policy::Policy;

/// A policy of these statements.
pub(super) fn policy(statements: &str) -> Policy {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    Policy::parse(&text).unwrap()
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
