//! What holds of every answer.

use super::*;

/// What a few characters stand for, so that requests and policies meet often.
fn condition() -> impl Strategy<Value = String> {
    let operator = prop::sample::select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringEqualsIfExists",
        "ForAllValues:StringEquals",
        "ForAnyValue:StringLike",
        "ForAnyValue:StringNotEquals",
        "Null",
        "NumericLessThan",
        "ArnLike",
    ]);
    let value = prop::sample::select(vec![
        "a",
        "b",
        "*",
        "1",
        "true",
        "false",
        "${x:K1}",
        "${x:K2, 'a'}",
        "arn:aws:x:::${x:K1}",
        "",
    ]);
    let key = prop::sample::select(vec!["x:K1", "x:K2", "x:K3"]);
    (operator, key, prop::collection::vec(value, 1..3)).prop_map(|(operator, key, values)| {
        let values: Vec<String> = values.iter().map(|value| format!(r#""{value}""#)).collect();
        format!(
            r#", "Condition": {{"{operator}": {{"{key}": [{}]}}}}"#,
            values.join(", ")
        )
    })
}

fn statement(effect: &'static str) -> impl Strategy<Value = String> {
    let action = prop::sample::select(vec!["x:Read", "X:read", "x:*", "x:Write"]);
    let not_action = prop::sample::select(vec!["Action", "Action", "Action", "NotAction"]);
    let resource = prop::sample::select(vec![
        "*",
        "arn:aws:x:::a",
        "arn:aws:x:::${x:K1}",
        "arn:aws:x:::b*",
    ]);
    let not_resource = prop::sample::select(vec!["Resource", "Resource", "NotResource"]);
    let condition = prop::option::weighted(0.7, condition());
    (action, not_action, resource, not_resource, condition).prop_map(
        move |(action, not_action, resource, not_resource, condition)| {
            let condition = condition.unwrap_or_default();
            format!(
                r#"{{"Effect": "{effect}", "{not_action}": "{action}", "{not_resource}": "{resource}"{condition}}}"#
            )
        },
    )
}

fn statements() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop_oneof![3 => statement("Allow"), 1 => statement("Deny")], 0..4)
}

/// What is known of three keys: a value, that the request lacks it, or nothing.
fn context() -> impl Strategy<Value = RequestContext> {
    let value = prop::sample::select(vec!["a", "b", "1", "arn:aws:x:::a", ""]);
    let known = prop_oneof![
        prop::collection::vec(value, 0..3).prop_map(Some).prop_map(Some),
        Just(Some(None)),
        Just(None),
    ];
    prop::collection::vec(known, 3).prop_map(|known| {
        let mut context = RequestContext::open();
        for (at, known) in known.into_iter().enumerate() {
            let key = format!("x:K{}", at + 1);
            match known {
                Some(Some(values)) => context.set_all(&key, values.into_iter().map(str::to_owned).collect()),
                Some(None) => context.set_missing(&key),
                None => {}
            }
        }
        context
    })
}

fn asked(resource: &str, context: RequestContext) -> Request {
    Request {
        principal: None,
        action: "x:Read".to_owned(),
        resource: resource.to_owned(),
        context,
    }
}

fn resource() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["arn:aws:x:::a", "arn:aws:x:::b", "*"])
}

/// The policy of an identity, and a boundary where there is one.
fn authorizer(identity: &[String], boundary: Option<&[String]>) -> Authorizer {
    let identity = policy(&identity.join(", "));
    let boundary = boundary.map(|boundary| policy(&boundary.join(", ")));
    Authorizer::new(&PolicySet {
        identity: vec![&identity],
        boundary: boundary.as_ref(),
        ..PolicySet::default()
    })
}

/// All that a context may turn out to be, by values that make a difference.
fn completions(context: &RequestContext) -> Vec<RequestContext> {
    let mut all = vec![RequestContext::complete()];
    for key in ["x:k1", "x:k2", "x:k3"] {
        let values: Vec<Option<Vec<String>>> = match context.get(key) {
            Known::Values(values) => vec![Some(values.to_vec())],
            Known::Missing => vec![None],
            Known::Nothing => {
                let some = ["a", "b", "1", "arn:aws:x:::a", ""].map(|value| Some(vec![value.to_owned()]));
                let several = Some(vec!["a".to_owned(), "c".to_owned()]);
                some.into_iter()
                    .chain([None, several, Some(Vec::new())])
                    .collect()
            }
        };
        all = all
            .iter()
            .flat_map(|known| {
                values.iter().map(|values| {
                    let mut known = known.clone();
                    match values {
                        Some(values) => known.set_all(key, values.clone()),
                        None => known.set_missing(key),
                    }
                    known
                })
            })
            .collect();
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn an_answer_without_missing_keys_is_that_of_every_completion(
        identity in statements(),
        boundary in prop::option::of(statements()),
        context in context(),
        resource in resource(),
    ) {
        let authorizer = authorizer(&identity, boundary.as_deref());
        let decision = authorizer.decide(&asked(resource, context.clone()));
        let answers: Vec<Verdict> = completions(&context)
            .into_iter()
            .map(|context| authorizer.verdict(&asked(resource, context)))
            .collect();
        if decision.missing_context.is_empty() {
            prop_assert!(answers.iter().all(|answer| *answer == decision.verdict), "{answers:?}");
        }
        for key in &decision.missing_context {
            prop_assert_eq!(context.get(&key.to_lowercase()), Known::Nothing);
        }
    }

    #[test]
    fn what_is_not_known_counts_as_missing(
        identity in statements(), context in context(), resource in resource(),
    ) {
        let authorizer = authorizer(&identity, None);
        let mut complete = RequestContext::complete();
        for (key, values) in context.iter() {
            match values {
                Some(values) => complete.set_all(key, values.to_vec()),
                None => complete.set_missing(key),
            }
        }
        let open = asked(resource, context);
        let decision = authorizer.decide(&asked(resource, complete));
        prop_assert_eq!(authorizer.verdict(&open), decision.verdict);
        prop_assert_eq!(authorizer.decide(&open).determining, decision.determining);
        prop_assert!(decision.missing_context.is_empty());
    }

    #[test]
    fn a_verdict_is_the_decision_s(
        identity in statements(),
        boundary in prop::option::of(statements()),
        context in context(),
        resource in resource(),
    ) {
        let authorizer = authorizer(&identity, boundary.as_deref());
        let request = asked(resource, context);
        let decision = authorizer.decide(&request);
        prop_assert_eq!(authorizer.verdict(&request), decision.verdict);
        let has_decided = !decision.determining.is_empty();
        prop_assert_eq!(has_decided, decision.verdict != Verdict::ImplicitDeny);
        let near = authorizer.near_misses(&request);
        prop_assert!(near.iter().all(|near| !near.misses.is_empty()));
        prop_assert!(near.is_empty() || decision.verdict != Verdict::Allowed);
    }

    #[test]
    fn one_more_denial_never_allows_more(
        identity in statements(), deny in statement("Deny"), context in context(), resource in resource(),
    ) {
        let request = asked(resource, context);
        let before = authorizer(&identity, None).verdict(&request);
        let more: Vec<String> = identity.into_iter().chain([deny]).collect();
        let after = authorizer(&more, None).verdict(&request);
        prop_assert!(after == before || after == Verdict::ExplicitDeny);
    }

    #[test]
    fn one_more_statement_that_allows_never_denies_more(
        identity in statements(), allow in statement("Allow"), context in context(), resource in resource(),
    ) {
        let request = asked(resource, context);
        let before = authorizer(&identity, None).verdict(&request);
        let more: Vec<String> = identity.into_iter().chain([allow]).collect();
        let after = authorizer(&more, None).verdict(&request);
        prop_assert!(after == before || (before, after) == (Verdict::ImplicitDeny, Verdict::Allowed));
    }

    #[test]
    fn neither_order_nor_form_of_a_document_matters(
        identity in statements(), context in context(), resource in resource(),
    ) {
        let request = asked(resource, context);
        let answer = |policy: &Policy| {
            let authorizer = Authorizer::new(&PolicySet { identity: vec![policy], ..PolicySet::default() });
            let decision = authorizer.decide(&request);
            (decision.verdict, decision.missing_context)
        };
        let backwards: Vec<String> = identity.iter().rev().cloned().collect();
        let as_written = policy(&identity.join(", "));
        let expected = answer(&as_written);
        prop_assert_eq!(&answer(&policy(&backwards.join(", "))), &expected);
        prop_assert_eq!(&answer(&as_written.canonical()), &expected);
    }

    /// A slow way to match: every way to share the text out among the wildcards.
    #[test]
    fn resources_are_matched_as_sets_of_names_are(
        pattern in "arn:aws:x:[a:*?]{0,7}", text in "arn:aws:x:[a:]{0,7}",
    ) {
        let statement = format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "{pattern}"}}"#);
        let allowed = authorizer(&[statement], None).verdict(&asked(&text, RequestContext::complete()));
        let expected = Pattern::resource(&pattern).includes(&Pattern::literal(&text));
        prop_assert_eq!(allowed == Verdict::Allowed, expected);
    }
}
