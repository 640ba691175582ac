//! Who may assume a role.

use tcperm::diagnostic::Severity::{Error, Warning};
use tcperm::policy::lint::Subject::{self, Any, Identity};

use super::{TRUST, clean, deny, finds, with};

fn service(name: &str, condition: &str) -> String {
    with(&format!(
        r#""Principal":{{"Service":{name}}},"Action":"sts:AssumeRole"{condition}"#
    ))
}

fn on(operator: &str, key: &str, value: &str) -> String {
    format!(r#","Condition":{{"{operator}":{{{key}:"{value}"}}}}"#)
}

#[test]
fn a_service_is_trusted_for_this_account() {
    for name in ["states", "events", "appsync", "pipes", "scheduler"] {
        let marked = format!(r#"«"{name}.amazonaws.com"»"#);
        let plain = format!(r#""{name}.amazonaws.com""#);
        finds(TRUST, "open-service-trust", Warning, &service(&marked, ""));
        finds(
            TRUST,
            "open-service-trust",
            Warning,
            &service(
                &marked,
                &on("StringEqualsIfExists", "\"aws:SourceAccount\"", "123456789012"),
            ),
        );
        clean(
            TRUST,
            &service(
                &plain,
                &on("StringEquals", "\"aws:SourceAccount\"", "123456789012"),
            ),
        );
        clean(
            TRUST,
            &service(
                &plain,
                &on("ArnLike", "\"aws:sourcearn\"", "arn:aws:*:*:123456789012:*"),
            ),
        );
    }
    let everyone = [
        ("StringLike", "aws:SourceAccount", "*"),
        ("StringLike", "aws:SourceAccount", "????????????"),
        ("ArnLike", "aws:SourceArn", "*"),
        ("ArnLike", "aws:SourceArn", "arn:aws:*"),
        ("StringLike", "aws:SourceArn", "arn:aws:states:*:*:stateMachine:*"),
    ];
    for (operator, key, value) in everyone {
        let condition = on(operator, &format!("{key:?}"), value);
        let text = service(r#"«"states.amazonaws.com"»"#, &condition);
        finds(TRUST, "open-service-trust", Warning, &text);
    }
    clean(
        TRUST,
        &service(
            r#""events.amazonaws.com""#,
            &on("ArnLike", "\"aws:SourceArn\"", "arn:aws:s3:::uploads"),
        ),
    );
    clean(TRUST, &service(r#""lambda.amazonaws.com""#, ""));
    clean(TRUST, &service(r#""other.amazonaws.com""#, ""));
    clean(Any, &service(r#""states.amazonaws.com""#, ""));
}

#[test]
fn a_condition_that_a_service_never_fulfils_is_found() {
    let account = |operator: &str, key: &str| on(operator, key, "123456789012");
    let marked = account("StringEquals", r#"«"aws:SourceAccount"»"#);
    finds(
        TRUST,
        "unsent-condition-key",
        Error,
        &service(r#""apigateway.amazonaws.com""#, &marked),
    );
    finds(
        TRUST,
        "unsent-condition-key",
        Warning,
        &service(r#""lambda.amazonaws.com""#, &marked),
    );
    let if_exists = account("StringEqualsIfExists", "\"aws:SourceAccount\"");
    clean(TRUST, &service(r#""apigateway.amazonaws.com""#, &if_exists));
    clean(TRUST, &service(r#""apigateway.amazonaws.com""#, ""));
}

#[test]
fn a_role_is_not_open_to_everyone_of_an_account() {
    let aws = |who: &str, rest: &str| {
        with(&format!(
            r#""Principal":{{"AWS":{who}}},"Action":"sts:AssumeRole"{rest}"#
        ))
    };
    finds(TRUST, "open-trust", Error, &aws(r#"«"*"»"#, ""));
    finds(
        TRUST,
        "open-trust",
        Error,
        &with(r#""Principal":«"*"»,"Action":"sts:AssumeRole""#),
    );
    finds(TRUST, "open-trust", Warning, &aws(r#"«"999999999999"»"#, ""));
    finds(
        TRUST,
        "open-trust",
        Warning,
        &aws(
            r#"["arn:aws:iam::123456789012:role/a",«"arn:aws:iam::999999999999:root"»]"#,
            "",
        ),
    );
    clean(TRUST, &aws(r#""arn:aws:iam::123456789012:root""#, ""));
    clean(TRUST, &aws(r#""arn:aws:iam::999999999999:role/a""#, ""));
    clean(
        TRUST,
        &aws(r#""*""#, &on("StringEquals", "\"aws:PrincipalOrgID\"", "o-1")),
    );
    finds(
        TRUST,
        "open-trust",
        Error,
        &aws(
            r#"«"*"»"#,
            &on("StringNotEquals", "\"aws:PrincipalOrgID\"", "o-1"),
        ),
    );
    clean(TRUST, &deny(r#""Principal":"*","Action":"sts:AssumeRole""#));
    finds(
        TRUST,
        "allows-the-rest",
        Error,
        &with(r#"«"NotPrincipal"»:{"AWS":"arn:aws:iam::123456789012:role/a"},"Action":"sts:AssumeRole""#),
    );
}

#[test]
fn session_tags_need_an_action_of_their_own() {
    let assume = |actions: &str, key: &str| {
        with(&format!(
            r#""Principal":{{"AWS":"arn:aws:iam::123456789012:role/a"}},"Action":{actions},"Condition":{{"StringEquals":{{{key}:"x"}}}}"#
        ))
    };
    let marked = r#"«"aws:RequestTag/team"»"#;
    let plain = r#""aws:RequestTag/team""#;
    let found = finds(
        TRUST,
        "missing-tag-session",
        Warning,
        &assume(r#""sts:AssumeRole""#, marked),
    );
    assert_eq!(found.help, "add `sts:TagSession` to the actions");
    clean(TRUST, &assume(r#"["sts:AssumeRole","sts:TagSession"]"#, plain));
    clean(TRUST, &assume(r#""sts:*s*""#, plain));
    // The tags of the caller need no session tags.
    clean(
        TRUST,
        &assume(r#""sts:AssumeRole""#, r#""aws:PrincipalTag/team""#),
    );
}

#[test]
fn the_services_are_those_that_run_with_the_role() {
    let lambda = Subject::Trust {
        services: &["lambda.amazonaws.com"],
    };
    clean(lambda, &service(r#""lambda.amazonaws.com""#, ""));
    finds(
        lambda,
        "foreign-trust",
        Warning,
        &service(r#"["lambda.amazonaws.com",«"ec2.amazonaws.com"»]"#, ""),
    );
    let missing = with(r#""Principal":{"AWS":"arn:aws:iam::123456789012:role/a"},"Action":"sts:AssumeRole""#);
    finds(lambda, "foreign-trust", Warning, &format!("«{missing}»"));
    clean(TRUST, &missing);
}

#[test]
fn what_is_of_a_trust_policy_is_not_looked_for_in_others() {
    clean(
        Identity,
        &with(r#""Action":"sts:AssumeRole","Resource":"arn:aws:iam::123456789012:role/a""#),
    );
}
