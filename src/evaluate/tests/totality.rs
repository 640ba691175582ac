//! Whatever stands in a policy and in a request, there is an answer.

use serde_json::{Value, json};

use super::*;

/// What texts are made of that somebody reads: wildcards, variables, ARNs, dates, numbers, addresses,
/// and letters whose other case has another length.
const FRAGMENTS: &[&str] = &[
    "*",
    "?",
    ":",
    "::",
    "/",
    "$",
    "${",
    "}",
    "${x:K}",
    "${x:K,'",
    "'",
    ",",
    "arn:aws:",
    "x:K",
    "a",
    "İ",
    "ß",
    "Σ",
    "💥",
    "\u{0}",
    "\u{301}",
    " ",
    "2024-",
    "02-30",
    "T",
    "24:00",
    "Z",
    "+99:99",
    "-",
    "+",
    ".",
    "e",
    "99999999999999999999",
    "0",
    "1",
    "=",
    "QQ",
    "10.0.0.",
    "/33",
    "2001:db8:",
    "true",
    "root",
    "iam",
    "sts",
    "assumed-role",
    "kms",
    "123456789012",
    ".amazonaws.com",
];

fn text() -> impl Strategy<Value = String> {
    let fragments = || prop::collection::vec(prop::sample::select(FRAGMENTS), 0..12);
    prop_oneof![
        4 => fragments().prop_map(|parts| parts.concat()),
        2 => any::<String>(),
        1 => (fragments(), 1..300_usize).prop_map(|(parts, times)| parts.concat().repeat(times)),
    ]
}

/// A text, of which some are well known.
fn one_of(known: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![3 => prop::sample::select(known).prop_map(str::to_owned), 2 => text()]
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..4)
}

fn operator() -> impl Strategy<Value = String> {
    let set = prop::sample::select(vec!["", "", "ForAllValues:", "ForAnyValue:", "forallvalues:"]);
    let lax = prop::sample::select(vec!["", "", "IfExists", "ifexists"]);
    let name = one_of(&[
        "StringEquals",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
        "NumericLessThanEquals",
        "DateGreaterThan",
        "Bool",
        "BinaryEquals",
        "IpAddress",
        "NotIpAddress",
        "ArnLike",
        "ArnNotEquals",
        "Null",
    ]);
    (set, name, lax).prop_map(|(set, name, lax)| format!("{set}{name}{lax}"))
}

fn statement() -> impl Strategy<Value = Value> {
    let principal = (one_of(&["AWS", "Service", "Federated"]), texts());
    let principal = prop::option::of((prop::sample::select(vec!["Principal", "NotPrincipal"]), principal));
    let action = (prop::sample::select(vec!["Action", "NotAction"]), texts());
    let resource = prop::option::of((prop::sample::select(vec!["Resource", "NotResource"]), texts()));
    let clause = (operator(), one_of(&["x:K", "X:k", "x:L"]), texts());
    let condition = prop::collection::vec(clause, 0..3);
    let effect = prop::sample::select(vec!["Allow", "Deny"]);
    (effect, principal, action, resource, condition).prop_map(
        |(effect, principal, (action, actions), resource, condition)| {
            let mut statement = json!({"Effect": effect, action: actions, "Condition": {}});
            if let Some((element, (kind, names))) = principal {
                statement[element] = json!({ kind: names });
            }
            if let Some((element, resources)) = resource {
                statement[element] = resources.into();
            }
            for (operator, key, values) in condition {
                statement["Condition"][operator] = json!({ key: values });
            }
            statement
        },
    )
}

/// A policy that can be read; of what cannot be read nobody asks.
fn any_policy() -> impl Strategy<Value = Option<Policy>> {
    let version = prop::sample::select(vec!["2012-10-17", "2012-10-17", "2008-10-17"]);
    (version, prop::collection::vec(statement(), 0..3)).prop_map(|(version, statements)| {
        Policy::parse(&json!({"Version": version, "Statement": statements}).to_string()).ok()
    })
}

fn any_request() -> impl Strategy<Value = Request> {
    let key = || one_of(&["x:K", "x:L", "aws:PrincipalArn", "aws:ResourceAccount"]);
    let values = prop::option::of(texts());
    let context = (any::<bool>(), prop::collection::vec((key(), values), 0..4));
    let principal = one_of(&[
        "arn:aws:iam::123456789012:user/u",
        "arn:aws:sts::123456789012:assumed-role/r/s",
        "lambda.amazonaws.com",
    ]);
    let action = one_of(&["x:Read"]);
    let resource = one_of(&["*", "arn:aws:x:::a", "arn:aws:kms:::key/a"]);
    (prop::option::of(principal), action, resource, context).prop_map(
        |(principal, action, resource, (is_complete, known))| {
            let mut context = if is_complete {
                RequestContext::complete()
            } else {
                RequestContext::open()
            };
            for (key, values) in known {
                match values {
                    Some(values) => context.set_all(&key, values),
                    None => context.set_missing(&key),
                }
            }
            Request {
                principal,
                action,
                resource,
                context,
            }
        },
    )
}

proptest! {
    /// The ways to ask agree, and nothing is missing where everything is known.
    #[test]
    fn every_request_has_an_answer(
        [identity, boundary, session, resource] in [any_policy(), any_policy(), any_policy(), any_policy()],
        request in any_request(),
    ) {
        let authorizer = Authorizer::new(&PolicySet {
            identity: identity.iter().collect(),
            boundary: boundary.as_ref(),
            session: session.as_ref().map(|session| vec![session]),
            resource: resource.as_ref(),
        });
        let decision = authorizer.decide(&request);
        prop_assert_eq!(decision.verdict, authorizer.verdict(&request));
        prop_assert!(decision.missing_context.is_empty() || !request.context.is_complete());
        let is_denied = decision.determining.iter().any(|one| one.effect == crate::policy::Effect::Deny);
        prop_assert_eq!(is_denied, decision.verdict == Verdict::ExplicitDeny);
        let near = authorizer.near_misses(&request);
        prop_assert!(near.is_empty() || decision.verdict != Verdict::Allowed);
        let alone = authorizer.decide_for_principal(&request);
        prop_assert!(alone.determining.iter().all(|one| one.statement.layer != Layer::Resource));
    }
}
