use proptest::prelude::*;

use super::*;

const MIXED: &str = r#"{
  "Version": "2012-10-17", "Id": "x",
  "Statement": {
    "Sid": "A", "Effect": "Deny",
    "NotPrincipal": {"AWS": ["b", "a"], "Service": "s"},
    "NotAction": ["x:B", "x:A"],
    "NotResource": "arn:aws:x:::r",
    "Condition": {"Bool": {"aws:SecureTransport": false}, "NumericLessThan": {"k": 5}}
  }
}"#;

#[test]
fn whatever_the_language_allows_survives_reading_and_printing() {
    let policy = Policy::parse(MIXED).unwrap();
    assert_eq!(Policy::parse(&policy.to_json()).unwrap(), policy);
    let statement = &policy.statement[0];
    assert!(matches!(
        statement.principal,
        Some(Principal::NotIn(Principals::Typed(_)))
    ));
    assert!(matches!(statement.action, Action::NotIn(_)));
    assert!(matches!(statement.resource, Some(Resource::NotIn(_))));
    assert!(policy.to_json().contains(r#""aws:SecureTransport":false"#));
    assert!(policy.to_json().contains(r#""k":5"#));
}

#[test]
fn documents_that_mean_the_same_have_one_canonical_form() {
    let one = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"B","Effect":"Allow","Action":["x:B","x:A","x:B"],"Resource":["r"]},
        {"Sid":"A","Effect":"Allow","Action":"x:A","Resource":"*",
         "Condition":{"Null":{"k":false},"ForAllValues:StringEquals":{"k":"v"}}}]}"#;
    let other = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"A","Effect":"Allow","Action":["x:A"],"Resource":["*"],
         "Condition":{"ForAllValues:StringEquals":{"k":["v"]},"Null":{"k":"false"}}},
        {"Sid":"B","Effect":"Allow","Action":["x:A","x:B"],"Resource":"r"}]}"#;
    let canonical = |text| Policy::parse(text).unwrap().canonical();
    assert_eq!(canonical(one), canonical(other));
}

#[test]
fn a_missing_version_means_the_old_one() {
    let missing = Policy::parse(r#"{"Statement":[]}"#).unwrap();
    let current = Policy::parse(r#"{"Version":"2012-10-17","Statement":[]}"#).unwrap();
    assert_ne!(missing.canonical(), current.canonical());
}

#[test]
fn an_added_condition_is_another_document() {
    let open = r#"{"Statement":[{"Effect":"Allow","Action":"x:A","Resource":"*"}]}"#;
    let closed = r#"{"Statement":[{"Effect":"Allow","Action":"x:A","Resource":"*","Condition":{"Bool":{"k":"true"}}}]}"#;
    assert_ne!(
        Policy::parse(open).unwrap().canonical(),
        Policy::parse(closed).unwrap().canonical()
    );
}

#[test]
fn a_key_that_stands_twice_is_an_error_at_every_depth() {
    let texts = [
        r#"{"Statement":[],"Statement":[]}"#,
        r#"{"Statement":[{"Effect":"Allow","Effect":"Deny","Action":"a:b","Resource":"*"}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"Bool":{"k":"1"},"Bool":{"k":"2"}}}]}"#,
        r#"{"Statement":[{"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"Bool":{"k":"1","k":"2"}}}]}"#,
    ];
    for text in texts {
        let error = Policy::parse(text).unwrap_err();
        assert!(error.message.contains("stands twice"), "{text}: {error}");
    }
}

#[test]
fn what_the_grammar_does_not_allow_is_an_error_that_names_it() {
    let cases = [
        ("[]", "a policy is an object"),
        ("{}", "no Statement"),
        (r#"{"Statements":[]}"#, "`Statements`"),
        (r#"{"Statement":[{"Action":"a:b"}]}"#, "no Effect"),
        (r#"{"Statement":[{"Effect":"allow","Action":"a:b"}]}"#, "`allow`"),
        (r#"{"Statement":[{"Effect":"Allow"}]}"#, "no Action"),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":"a:b","NotAction":"a:c"}]}"#,
            "its opposite",
        ),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":{"a":"b"}}]}"#,
            "`Action`",
        ),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":"a:b","Conditions":{}}]}"#,
            "`Conditions`",
        ),
    ];
    for (text, part) in cases {
        let error = Policy::parse(text).unwrap_err();
        assert!(error.message.contains(part), "{text}: {error}");
    }
}

#[test]
fn the_size_counts_no_white_space_between_tokens() {
    let spaced = Policy::parse("{\n  \"Statement\" : [ ]\n}").unwrap();
    assert_eq!(spaced.size(), r#"{"Statement":[]}"#.len());
}

fn words() -> impl Strategy<Value = Values> {
    let word = prop_oneof![
        "[a-c]{1,2}".prop_map(Scalar::Text),
        any::<bool>().prop_map(Scalar::Bool),
        (0_u8..9).prop_map(|n| Scalar::Number(n.to_string())),
    ];
    prop_oneof![
        word.clone().prop_map(Values::One),
        prop::collection::vec(word, 1..4).prop_map(Values::Many),
    ]
}

fn statements() -> impl Strategy<Value = Statement> {
    let operators = prop::sample::select(vec!["StringEquals", "Null", "ForAllValues:StringLike"]);
    let keys = prop::collection::btree_map("[k-m]", words(), 1..3);
    let condition = prop::collection::btree_map(operators.prop_map(str::to_owned), keys, 0..3);
    let sid = prop::option::of("[A-C]{1,2}");
    (sid, any::<[bool; 3]>(), words(), words(), condition).prop_map(
        |(sid, [denies, excludes, elsewhere], actions, resources, condition)| Statement {
            sid,
            effect: if denies { Effect::Deny } else { Effect::Allow },
            principal: None,
            action: if excludes {
                Action::NotIn(actions)
            } else {
                Action::In(actions)
            },
            resource: Some(if elsewhere {
                Resource::NotIn(resources)
            } else {
                Resource::In(resources)
            }),
            condition,
        },
    )
}

proptest! {
    #[test]
    fn reading_what_was_printed_gives_the_same(statement in prop::collection::vec(statements(), 0..5)) {
        let policy = Policy::of(statement);
        prop_assert_eq!(Policy::parse(&policy.to_json()).unwrap(), policy.clone());
        prop_assert_eq!(Policy::parse(&policy.to_pretty_json()).unwrap(), policy);
    }

    #[test]
    fn the_canonical_form_of_a_canonical_form_is_itself(statement in prop::collection::vec(statements(), 0..5)) {
        let canonical = Policy::of(statement).canonical();
        prop_assert_eq!(canonical.canonical(), canonical);
    }

    #[test]
    fn the_canonical_form_does_not_depend_on_order(statement in prop::collection::vec(statements(), 0..5)) {
        let mut reversed = statement.clone();
        reversed.reverse();
        prop_assert_eq!(Policy::of(statement).canonical(), Policy::of(reversed).canonical());
    }

    #[test]
    fn reading_never_panics(text in "\\PC{0,200}") {
        let _ = Policy::parse(&text);
    }
}
