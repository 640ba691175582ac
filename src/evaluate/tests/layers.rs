//! How the kinds of policy decide together, and for whom.

use super::deciding::request;
use super::*;

const ACCOUNT: &str = "123456789012";
const ROLE: &str = "arn:aws:iam::123456789012:role/path/app";
const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/app/run";
const USER: &str = "arn:aws:iam::123456789012:user/ada";
const FEDERATED: &str = "arn:aws:sts::123456789012:federated-user/ada";
const ROOT: &str = "arn:aws:iam::123456789012:root";
const SERVICE: &str = "lambda.amazonaws.com";

const ALL: &str = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
const NONE: &str = r#"{"Effect": "Allow", "Action": "x:Other", "Resource": "*"}"#;

fn named(effect: &str, principal: &str) -> String {
    format!(r#"{{"Effect": "{effect}", {principal}, "Action": "x:Read", "Resource": "*"}}"#)
}

fn by(principal: &str) -> Request {
    Request {
        principal: Some(principal.to_owned()),
        ..request(&[])
    }
}

/// The answer by identity policy, boundary, session policy and resource policy, where there are such.
fn answer(policies: [Option<&str>; 4], request: &Request) -> Verdict {
    let policies = policies.map(|statements| statements.map(policy));
    let [identity, boundary, session, resource] = &policies;
    let authorizer = Authorizer::new(&PolicySet {
        identity: identity.iter().collect(),
        boundary: boundary.as_ref(),
        session: session.as_ref().map(|session| vec![session]),
        resource: resource.as_ref(),
    });
    assert_eq!(authorizer.decide(request).verdict, authorizer.verdict(request));
    authorizer.verdict(request)
}

#[test]
fn boundary_and_session_limit_what_identity_policies_allow() {
    let by = by(SESSION);
    let cases = [
        ([Some(ALL), None, None, None], Verdict::Allowed),
        ([Some(ALL), Some(ALL), Some(ALL), None], Verdict::Allowed),
        ([Some(ALL), Some(NONE), None, None], Verdict::ImplicitDeny),
        ([Some(ALL), None, Some(NONE), None], Verdict::ImplicitDeny),
        ([None, Some(ALL), Some(ALL), None], Verdict::ImplicitDeny),
    ];
    for (policies, expected) in cases {
        assert_eq!(answer(policies, &by), expected, "{policies:?}");
    }
    let deny = ALL.replace("Allow", "Deny");
    for at in 0..3 {
        let mut policies = [Some(ALL), Some(ALL), Some(ALL), None];
        policies[at] = Some(&deny);
        assert_eq!(answer(policies, &by), Verdict::ExplicitDeny);
    }
}

#[test]
fn a_session_to_which_nothing_was_passed_may_do_nothing() {
    let all = policy(ALL);
    let authorizer = Authorizer::new(&PolicySet {
        identity: vec![&all],
        session: Some(Vec::new()),
        ..PolicySet::default()
    });
    assert_eq!(authorizer.verdict(&by(SESSION)), Verdict::ImplicitDeny);
}

#[test]
fn a_user_that_a_trust_policy_names_stays_within_its_boundary() {
    let trust =
        |principal: &str| format!(r#"{{"Effect": "Allow", "Principal": {principal}, "Action": "x:Read"}}"#);
    let names = [format!(r#"{{"AWS": "{USER}"}}"#), r#""*""#.to_owned()];
    for name in names {
        let trust = trust(&name);
        let of = |boundary| answer([None, boundary, None, Some(&trust)], &by(USER));
        assert_eq!(of(None), Verdict::Allowed, "{name}");
        assert_eq!(of(Some(ALL)), Verdict::Allowed, "{name}");
        assert_eq!(of(Some(NONE)), Verdict::ImplicitDeny, "{name}");
    }
    // Sessions that are named themselves do not, nor users in policies of other resources.
    let session = trust(&format!(r#"{{"AWS": "{SESSION}"}}"#));
    assert_eq!(
        answer([None, Some(NONE), None, Some(&session)], &by(SESSION)),
        Verdict::Allowed
    );
    let other = named("Allow", &format!(r#""Principal": {{"AWS": "{USER}"}}"#));
    assert_eq!(
        answer([None, Some(NONE), None, Some(&other)], &by(USER)),
        Verdict::Allowed
    );
}

/// The table of AWS: who asks, whom the policy of the resource names, and whether that allows it where
/// nothing else does, where boundary and session policies do, and where identity policies do.
#[test]
fn what_a_resource_policy_allows_depends_on_whom_it_names() {
    const NEVER: [bool; 3] = [false, false, true];
    const LIMITED: [bool; 3] = [false, true, true];
    const ALONE: [bool; 3] = [true, true, true];
    let aws = |name: &str| format!(r#""Principal": {{"AWS": "{name}"}}"#);
    let cases = [
        (SESSION, aws(SESSION), ALONE),
        (SESSION, aws(ROLE), LIMITED),
        (SESSION, aws("*"), ALONE),
        (SESSION, r#""Principal": "*""#.to_owned(), ALONE),
        (SESSION, aws(ACCOUNT), NEVER),
        (SESSION, aws(ROOT), NEVER),
        (SESSION, aws("arn:aws:iam::123456789012:role/other"), NEVER),
        (SESSION, aws(USER), NEVER),
        (ROLE, aws(ROLE), LIMITED),
        (ROLE, aws(SESSION), NEVER),
        (USER, aws(USER), ALONE),
        (FEDERATED, aws(USER), LIMITED),
        (FEDERATED, aws(FEDERATED), ALONE),
    ];
    for (caller, principal, expected) in cases {
        let resource = named("Allow", &principal);
        let others = [
            [Some(NONE), Some(NONE), Some(NONE)],
            [Some(NONE), Some(ALL), Some(ALL)],
            [Some(ALL), Some(ALL), Some(ALL)],
        ];
        let allowed = others.map(|[identity, boundary, session]| {
            let policies = [identity, boundary, session, Some(resource.as_str())];
            answer(policies, &by(caller)) == Verdict::Allowed
        });
        assert_eq!(allowed, expected, "{caller} by {principal}");
    }
}

#[test]
fn a_role_is_known_by_its_path_where_the_context_tells_it() {
    let resource = named(
        "Allow",
        r#""Principal": {"AWS": "arn:aws:iam::123456789012:role/other/app"}"#,
    );
    let policies = [None, None, None, Some(resource.as_str())];
    let mut by = by(SESSION);
    assert_eq!(answer(policies, &by), Verdict::Allowed);
    by.context.set("aws:PrincipalArn", ROLE);
    assert_eq!(answer(policies, &by), Verdict::ImplicitDeny);
}

#[test]
fn a_service_needs_the_policy_of_the_resource_alone() {
    let resource = named("Allow", r#""Principal": {"Service": "lambda.amazonaws.com"}"#);
    let deny = ALL.replace("Allow", "Deny");
    assert_eq!(
        answer([Some(&deny), None, None, Some(&resource)], &by(SERVICE)),
        Verdict::Allowed
    );
    assert_eq!(
        answer([Some(ALL), None, None, None], &by(SERVICE)),
        Verdict::ImplicitDeny
    );
    assert_eq!(
        answer([None, None, None, Some(&resource)], &by("sns.amazonaws.com")),
        Verdict::ImplicitDeny
    );
}

#[test]
fn the_root_user_may_do_everything_in_its_account() {
    assert_eq!(answer([None, None, None, None], &by(ROOT)), Verdict::Allowed);
    assert_eq!(
        answer([None, Some(NONE), None, None], &by(ROOT)),
        Verdict::ImplicitDeny
    );
}

#[test]
fn between_accounts_both_sides_must_allow() {
    let names =
        [SESSION, ROLE, ROOT, ACCOUNT, "*"].map(|name| format!(r#""Principal": {{"AWS": "{name}"}}"#));
    let mut by = by(SESSION);
    by.resource = by.resource.replace(ACCOUNT, "999999999999");
    for name in names {
        let resource = named("Allow", &name);
        let cases = [
            ([Some(ALL), None, None, Some(resource.as_str())], Verdict::Allowed),
            ([Some(ALL), None, None, None], Verdict::ImplicitDeny),
            ([None, None, None, Some(resource.as_str())], Verdict::ImplicitDeny),
            (
                [Some(ALL), Some(NONE), None, Some(resource.as_str())],
                Verdict::ImplicitDeny,
            ),
        ];
        for (policies, expected) in cases {
            assert_eq!(answer(policies, &by), expected, "{name}");
        }
    }
    let all = policy(ALL);
    let alone = Authorizer::new(&PolicySet {
        identity: vec![&all],
        ..PolicySet::default()
    });
    assert_eq!(alone.decide_for_principal(&by).verdict, Verdict::Allowed);
}

#[test]
fn the_account_of_a_resource_without_one_is_told_by_the_context() {
    let mut by = by(SESSION);
    by.resource = "arn:aws:s3:::bucket".to_owned();
    let policies = [Some(ALL), None, None, None];
    assert_eq!(answer(policies, &by), Verdict::Allowed);
    by.context.set("aws:ResourceAccount", "999999999999");
    assert_eq!(answer(policies, &by), Verdict::ImplicitDeny);
}

#[test]
fn a_denial_spares_who_is_listed_with_account_and_role() {
    let but = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| format!(r#""{name}""#)).collect();
        named(
            "Deny",
            &format!(r#""NotPrincipal": {{"AWS": [{}]}}"#, names.join(", ")),
        )
    };
    let cases: [(&str, &[&str], bool); 6] = [
        (SESSION, &[ROOT, ROLE, SESSION], true),
        (SESSION, &[ACCOUNT, ROLE, SESSION], true),
        (SESSION, &[ROLE, SESSION], false),
        (SESSION, &[ROOT, ROLE], false),
        (USER, &[ROOT, USER], true),
        (USER, &[USER], false),
    ];
    for (caller, names, is_spared) in cases {
        let resource = but(names);
        let verdict = answer([Some(ALL), None, None, Some(&resource)], &by(caller));
        assert_eq!(verdict == Verdict::Allowed, is_spared, "{caller} {names:?}");
        let bounded = answer([Some(ALL), Some(ALL), None, Some(&resource)], &by(caller));
        assert_eq!(bounded, Verdict::ExplicitDeny);
    }
}

#[test]
fn whoever_is_named_otherwise_is_known_by_the_provider() {
    let resource = named(
        "Allow",
        r#""Principal": {"Federated": "cognito-identity.amazonaws.com"}"#,
    );
    let mut by = by(SESSION);
    let policies = [None, None, None, Some(resource.as_str())];
    assert_eq!(answer(policies, &by), Verdict::ImplicitDeny);
    by.context
        .set("aws:FederatedProvider", "cognito-identity.amazonaws.com");
    assert_eq!(answer(policies, &by), Verdict::Allowed);
}

#[test]
fn a_role_s_trust_and_a_key_s_policy_must_allow_in_one_account_too() {
    let trust = |name: &str| {
        format!(r#"{{"Effect": "Allow", "Principal": {{"AWS": "{name}"}}, "Action": "x:Read"}}"#)
    };
    let by = by(SESSION);
    let cases = [
        (
            [Some(ALL), None, None],
            "arn:aws:iam::123456789012:role/other",
            Verdict::ImplicitDeny,
        ),
        ([Some(ALL), None, None], ROOT, Verdict::Allowed),
        ([None, None, None], ROOT, Verdict::ImplicitDeny),
        ([None, None, None], ROLE, Verdict::Allowed),
        ([None, Some(NONE), None], ROLE, Verdict::ImplicitDeny),
    ];
    for ([identity, boundary, session], name, expected) in cases {
        let trust = trust(name);
        assert_eq!(
            answer([identity, boundary, session, Some(&trust)], &by),
            expected,
            "{name}"
        );
    }
    let mut of_key = by.clone();
    of_key.resource = "arn:aws:kms:eu-west-1:123456789012:key/1".to_owned();
    let other = named(
        "Allow",
        r#""Principal": {"AWS": "arn:aws:iam::123456789012:role/other"}"#,
    );
    assert_eq!(
        answer([Some(ALL), None, None, Some(&other)], &of_key),
        Verdict::ImplicitDeny
    );
    assert_eq!(
        answer([Some(ALL), None, None, Some(&other)], &by),
        Verdict::Allowed
    );
    assert_eq!(answer([Some(ALL), None, None, None], &of_key), Verdict::Allowed);
}
