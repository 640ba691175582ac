use proptest::prelude::*;

use super::*;

mod read;

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
fn the_size_counts_no_white_space_between_tokens() {
    let spaced = Policy::parse("{\n  \"Statement\" : [ ]\n}").unwrap();
    assert_eq!(spaced.size(), r#"{"Statement":[]}"#.len());
}

fn words() -> impl Strategy<Value = Values> {
    let word = prop_oneof![
        "[a-c]{1,2}".prop_map(Scalar::Text),
        "\\PC{0,3}|[\\x00-\\x1f\"\\\\]{0,3}|[𐀀-𐀂é]{1,2}".prop_map(Scalar::Text),
        any::<bool>().prop_map(Scalar::Bool),
        "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?".prop_map(Scalar::Number),
    ];
    prop_oneof![
        word.clone().prop_map(Values::One),
        prop::collection::vec(word, 0..4).prop_map(Values::Many),
    ]
}

fn principals() -> impl Strategy<Value = Option<Principal>> {
    let types = prop::sample::select(vec!["AWS", "Service", "Federated", "CanonicalUser"]);
    let by_type = prop::collection::btree_map(types.prop_map(str::to_owned), words(), 0..4);
    let who = prop_oneof![Just(Principals::Anyone), by_type.prop_map(Principals::Typed)];
    let who = prop_oneof![
        who.clone().prop_map(Principal::In),
        who.prop_map(Principal::NotIn)
    ];
    prop::option::of(who)
}

fn policies() -> impl Strategy<Value = Policy> {
    let version = prop::option::of(prop::sample::select(vec!["2012-10-17", "2008-10-17"]));
    let id = prop::option::of("\\PC{0,4}");
    let statement = prop::collection::vec(statements(), 0..5);
    (version, id, statement).prop_map(|(version, id, statement)| Policy {
        version: version.map(str::to_owned),
        id,
        statement,
    })
}

fn statements() -> impl Strategy<Value = Statement> {
    let operators = prop::sample::select(vec!["StringEquals", "Null", "ForAllValues:StringLike"]);
    let keys = prop::collection::btree_map("[k-m]", words(), 1..3);
    let condition = prop::collection::btree_map(operators.prop_map(str::to_owned), keys, 0..3);
    let sid = prop::option::of("[A-C]{1,2}");
    let words = (words(), prop::option::of(words()));
    (sid, any::<[bool; 3]>(), principals(), words, condition).prop_map(
        |(sid, [denies, excludes, elsewhere], principal, (actions, resources), condition)| Statement {
            sid,
            effect: if denies { Effect::Deny } else { Effect::Allow },
            principal,
            action: if excludes {
                Action::NotIn(actions)
            } else {
                Action::In(actions)
            },
            resource: resources.map(if elsewhere { Resource::NotIn } else { Resource::In }),
            condition,
        },
    )
}

proptest! {
    #[test]
    fn reading_what_was_printed_gives_the_same(policy in policies()) {
        prop_assert_eq!(&Policy::parse(&policy.to_json()).unwrap(), &policy);
        prop_assert_eq!(Policy::parse(&policy.to_pretty_json()).unwrap(), policy);
    }

    #[test]
    fn every_place_is_that_of_its_value(policy in policies()) {
        read::assert_places(&policy.to_pretty_json());
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
