//! Reading: what survives, what is refused, and where everything stands.

use std::ops::Range;

use super::super::*;

fn strict(text: &str) -> Result<Read, PolicyError> {
    read(text, ReadOptions::default())
}

/// The value of a place, read by itself.
#[track_caller]
fn value(text: &str, range: &Range<usize>) -> serde_json::Value {
    serde_json::from_str(&text[range.clone()]).unwrap()
}

#[track_caller]
fn assert_text(text: &str, place: Option<&EntryPlace>, key: &str, expected: Option<&str>) {
    let found = place.map(|place| {
        assert_eq!(value(text, &place.key), key);
        value(text, &place.value)
    });
    assert_eq!(found, expected.map(serde_json::Value::from));
}

#[track_caller]
fn assert_values(text: &str, places: &ValuesPlaces, key: &str, expected: &Values) {
    assert_eq!(value(text, &places.entry.key), key);
    let written = match expected {
        Values::One(one) => std::slice::from_ref(one),
        Values::Many(many) => many,
    };
    assert_eq!(places.each.len(), written.len());
    for (place, scalar) in places.each.iter().zip(written) {
        match scalar {
            Scalar::Text(expected) => assert_eq!(value(text, place), expected.as_str()),
            other => assert_eq!(&text[place.clone()], other.text()),
        }
    }
    let whole = &text[places.entry.value.clone()];
    assert_eq!(matches!(expected, Values::Many(_)), whole.starts_with('['));
}

fn assert_statement(text: &str, places: &StatementPlaces, statement: &Statement) {
    let whole = &text[places.statement.clone()];
    assert!(whole.starts_with('{') && whole.ends_with('}'));
    assert_text(text, places.sid.as_ref(), "Sid", statement.sid.as_deref());
    let effect = format!("{:?}", statement.effect);
    assert_text(text, Some(&places.effect), "Effect", Some(&effect));
    let (action, actions) = match &statement.action {
        Action::In(actions) => ("Action", actions),
        Action::NotIn(actions) => ("NotAction", actions),
    };
    assert_values(text, &places.action, action, actions);
    match &statement.resource {
        None => assert_eq!(places.resource, None),
        Some(Resource::In(r)) => assert_values(text, places.resource.as_ref().unwrap(), "Resource", r),
        Some(Resource::NotIn(r)) => assert_values(text, places.resource.as_ref().unwrap(), "NotResource", r),
    }
    if let Some(principal) = &statement.principal {
        let places = places.principal.as_ref().unwrap();
        let (key, who) = match principal {
            Principal::In(who) => ("Principal", who),
            Principal::NotIn(who) => ("NotPrincipal", who),
        };
        assert_eq!(value(text, &places.entry.key), key);
        match who {
            Principals::Anyone => assert_eq!(value(text, &places.entry.value), "*"),
            Principals::Typed(types) => {
                assert!(types.keys().eq(places.entries.keys()));
                for (kind, who) in types {
                    assert_values(text, &places.entries[kind], kind, who);
                }
            }
        }
    }
    for (operator, keys) in &statement.condition {
        let places = &places.condition.as_ref().unwrap().entries[operator];
        assert_eq!(value(text, &places.entry.key), operator.as_str());
        assert!(keys.keys().eq(places.entries.keys()));
        for (key, values) in keys {
            assert_values(text, &places.entries[key], key, values);
        }
    }
}

/// Each place of a text holds what was read from it.
pub(super) fn assert_places(text: &str) {
    let Read { policy, places } = strict(text).unwrap();
    let whole = &text[places.document.clone()];
    assert!(whole.starts_with('{') && whole.ends_with('}'));
    let version = policy.version.as_deref();
    assert_text(text, places.version.as_ref(), "Version", version);
    assert_text(text, places.id.as_ref(), "Id", policy.id.as_deref());
    assert_eq!(policy.statement.len(), places.statements.len());
    for (statement, places) in policy.statement.iter().zip(&places.statements) {
        assert_statement(text, places, statement);
    }
}

#[test]
fn places_are_bytes_whatever_stands_before_them() {
    assert_places(super::MIXED);
    assert_places(
        " {\"Id\":\"é𐀀\\ud800\\udc00\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[],\"Resource\":\"é\"}]}\n",
    );
}

#[test]
fn every_form_of_the_language_survives() {
    let statement = |rest: &str| {
        let text = format!(r#"{{"Statement":{{"Effect":"Allow",{rest}}}}}"#);
        Policy::parse(&text).unwrap().statement.remove(0)
    };
    let text = |text: &str| Values::One(Scalar::Text(text.to_owned()));
    let typed = |kind: &str, who: Values| Principals::Typed([(kind.to_owned(), who)].into());

    let anyone = statement(r#""Action":"a:b","Principal":"*""#);
    assert_eq!(anyone.principal, Some(Principal::In(Principals::Anyone)));
    assert_eq!((anyone.sid, anyone.resource), (None, None));
    let everyone = statement(r#""Action":"a:b","Principal":{"AWS":"*"}"#);
    assert_eq!(everyone.principal, Some(Principal::In(typed("AWS", text("*")))));
    let federated = statement(r#""Action":"a:b","NotPrincipal":{"Federated":"idp"}"#);
    assert_eq!(
        federated.principal,
        Some(Principal::NotIn(typed("Federated", text("idp"))))
    );
    let user = statement(r#""Action":"a:b","Principal":{"CanonicalUser":["79a5"]}"#);
    let list = Values::Many(vec![Scalar::Text("79a5".to_owned())]);
    assert_eq!(user.principal, Some(Principal::In(typed("CanonicalUser", list))));
    let empty = statement(r#""NotAction":[],"NotResource":[]"#);
    assert_eq!(empty.action, Action::NotIn(Values::Many(Vec::new())));
    assert_eq!(empty.resource, Some(Resource::NotIn(Values::Many(Vec::new()))));
}

#[test]
fn numbers_keep_their_digits_and_strings_their_characters() {
    let text = r#"{"Statement":[{"Effect":"Deny","Action":"\u0061\ud83d\ude00\/\n","Condition":{"NumericEquals":{"k":[1.10,1e400,-0,12345678901234567890123,0.30000000000000004441]}}}]}"#;
    let policy = Policy::parse(text).unwrap();
    let statement = &policy.statement[0];
    assert_eq!(
        statement.action,
        Action::In(Values::One(Scalar::Text("a😀/\n".to_owned())))
    );
    let numbers = "[1.10,1e400,-0,12345678901234567890123,0.30000000000000004441]";
    assert!(policy.to_json().contains(numbers), "{}", policy.to_json());
    assert!(policy.canonical().to_json().contains(r#""1.10""#));
}

/// A statement around a part of it.
fn around(part: &str) -> String {
    format!(r#"{{"Statement":[{{"Effect":"Allow","Action":"a:b",{part}}}]}}"#)
}

#[test]
fn a_key_that_stands_twice_is_an_error_that_shows_both() {
    let cases = [
        (
            r#"{"Statement":[],"Id":"","Statement":[]}"#.to_owned(),
            "\"Statement\"",
        ),
        (around(r#""Effect":"Deny""#), "\"Effect\""),
        (around(r#""Action":"a:b""#), "\"Action\""),
        (around(r#""\u0041ction":"a:b""#), "\"Action\""),
        (around(r#""Principal":{"AWS":"1","AWS":"2"}"#), "\"AWS\""),
        (around(r#""Condition":{"Bool":{},"Bool":{}}"#), "\"Bool\""),
        (around(r#""Condition":{"Bool":{"k":"1","k":"2"}}"#), "\"k\""),
    ];
    for (text, key) in cases {
        let error = strict(&text).unwrap_err();
        assert!(error.message.contains("stands twice"), "{text}: {error}");
        let first = text.find(key).unwrap();
        assert_eq!(error.other, Some(first..first + key.len()), "{text}");
        assert!(error.range.start > first, "{text}");
        assert_eq!(
            value(&text, &error.range),
            value(&text, &(first..first + key.len()))
        );
    }
}

#[test]
fn of_several_repeated_keys_the_first_repetition_is_told() {
    let text = r#"{"Statement":[{"Z":1,"Z":2,"A":3,"A":4}]}"#;
    assert_eq!(strict(text).unwrap_err().range, 21..24);
}

#[test]
fn what_the_grammar_does_not_allow_is_an_error_at_its_place() {
    let cases = [
        ("[]", "a policy is an object", "[]"),
        ("\"\"", "a policy is an object", "\"\""),
        (" {} ", "no Statement", "{}"),
        (r#"{"Statements":[]}"#, "`Statements`", "\"Statements\""),
        (r#"{"statement":[]}"#, "`statement`", "\"statement\""),
        (
            r#"{"Version":2012,"Statement":[]}"#,
            "`Version` is a string",
            "2012",
        ),
        (r#"{"Statement":["x"]}"#, "a statement is an object", "\"x\""),
        (r#"{"Statement":[[]]}"#, "a statement is an object", "[]"),
        (r#"{"Statement":null}"#, "a statement is an object", "null"),
        (
            r#"{"Statement":[{"Action":"a:b"}]}"#,
            "no Effect",
            r#"{"Action":"a:b"}"#,
        ),
        (
            r#"{"Statement":{"Effect":"Allow"}}"#,
            "no Action",
            r#"{"Effect":"Allow"}"#,
        ),
        (
            r#"{"Statement":[{"Effect":"allow","Action":"a:b"}]}"#,
            "`allow`",
            "\"allow\"",
        ),
        (&around(r#""NotAction":"a:c""#), "opposite", "\"NotAction\""),
        (
            &around(r#""NotResource":"a","Resource":"b""#),
            "opposite",
            "\"Resource\"",
        ),
        (
            &around(r#""Principal":"*","NotPrincipal":"*""#),
            "opposite",
            "\"NotPrincipal\"",
        ),
        (&around(r#""Principal":"me""#), "`Principal` is \"*\"", "\"me\""),
        (&around(r#""Principal":{"AWS":{}}"#), "`AWS` is a string", "{}"),
        (&around(r#""Resource":{"a":"b"}"#), "`Resource`", r#"{"a":"b"}"#),
        (&around(r#""Resource":["a",null]"#), "`Resource`", "null"),
        (&around(r#""Resource":[["a"]]"#), "`Resource`", r#"["a"]"#),
        (&around(r#""Conditions":{}"#), "`Conditions`", "\"Conditions\""),
        (&around(r#""Condition":[]"#), "`Condition` is an object", "[]"),
        (&around(r#""Condition":{"Bool":3}"#), "`Bool` is an object", "3"),
        (
            &around(r#""Condition":{"Bool":{"k":{}}}"#),
            "`k` is a string",
            "{}",
        ),
    ];
    for (text, part, place) in cases {
        let error = strict(text).unwrap_err();
        assert!(error.message.contains(part), "{text}: {error}");
        assert_eq!(&text[error.range], place, "{text}");
    }
}

#[test]
fn what_is_not_json_is_an_error_at_its_place() {
    let cases = [
        ("", "empty", 0..0),
        (" \n", "empty", 0..2),
        ("{\"Id\":\"\" \"Statement\":[]}", "comma", 8..8),
        ("{\"Statement\":[1 2]}", "comma", 15..15),
        ("{\"Statement\":[,]}", "value", 14..15),
        ("{\"Statement\":[],}", "nothing follows", 15..16),
        ("{\"Statement\":[],,}", "key", 16..17),
        ("{\"Statement\":[{},]}", "nothing follows", 16..17),
        ("{\"Statement\"}", "`:`", 12..13),
        ("{\"Statement\":}", "value", 13..14),
        ("{\"Statement\":[}", "value", 14..15),
        ("{Statement:[]}", "key", 1..10),
        ("{'Statement':[]}", "double quotes", 1..2),
        ("{\"Statement\":[]} x", "goes on", 17..18),
        ("{\"Statement\":[]}{}", "goes on", 16..17),
        ("{\"Statement\":[] // no\n}", "comments", 16..21),
        ("/* no */{\"Statement\":[]}", "comments", 0..8),
        ("{\"Statement\":[", "list is not closed", 13..14),
        ("{\"Statement\":[]", "object is not closed", 0..15),
        ("{\"Statement", "string is not closed", 1..11),
        ("{\"Id\":\"a\nb\"}", "control character", 8..9),
        ("{\"Id\":\"a\\\tb\"}", "control character", 9..10),
        ("{\"Id\":\"\\x\"}", "escape", 7..9),
        ("{\"Id\":\"\\u12g4\"}", "four", 7..12),
        ("{\"Id\":\"\\ud800\"}", "surrogate", 7..14),
        ("{\"Id\":\"\\ud800\\u0041\"}", "surrogate", 7..19),
        ("{\"Id\":\"\\udc00\"}", "surrogate", 7..13),
        ("{\"Id\":01}", "comma", 7..7),
        ("{\"Id\":+1}", "number", 6..7),
        ("{\"Id\":.5}", "number", 6..7),
        ("{\"Id\":5.}", "number", 6..8),
        ("{\"Id\":1e}", "number", 8..9),
        ("{\"Id\":0x1}", "number", 6..7),
        ("{\"Id\":-Infinity}", "number", 6..15),
        ("{\"Id\":NaN}", "value", 6..9),
        ("{\"Id\":nul}", "value", 6..9),
        ("\u{feff}{}", "`\\u{feff}`", 0..3),
        ("{\u{a0}}", "`\\u{a0}`", 1..3),
        ("{\u{b}}", "`\\u{b}`", 1..2),
    ];
    for (text, part, range) in cases {
        let error = strict(text).unwrap_err();
        assert!(error.message.contains(part), "{text}: {error}");
        assert_eq!(error.range, range, "{text}: {error}");
    }
}

#[test]
fn commas_at_the_end_are_read_only_when_asked_for() {
    let text = r#"{"Statement":[{"Effect":"Allow","Action":["a:b",],},],}"#;
    let lenient = ReadOptions {
        trailing_commas: true,
        ..ReadOptions::default()
    };
    assert_eq!(read(text, lenient).unwrap().policy.statement.len(), 1);
    assert!(strict(text).is_err());
    for text in [
        r#"{"Statement":[,]}"#,
        r#"{,"Statement":[]}"#,
        r#"{"Statement":[],,}"#,
    ] {
        assert!(read(text, lenient).is_err(), "{text}");
    }
}

#[test]
fn whatever_is_nested_too_deeply_is_an_error() {
    let most = "[".repeat(127) + &"]".repeat(127);
    let error = strict(&around(&format!(r#""Resource":{most}"#))).unwrap_err();
    assert!(error.message.contains("nested"), "{error}");
    for open in ["[", "{\"a\":", "[{\"Statement\":"] {
        let error = strict(&open.repeat(1_000_000)).unwrap_err();
        assert!(error.message.contains("128 deep"), "{error}");
    }
    let wide = format!("{{\"Statement\":[{}{{}}]}}", "{},".repeat(100_000));
    assert!(strict(&wide).unwrap_err().message.contains("no Effect"));
}

#[test]
fn a_message_shows_a_long_text_in_part_and_escaped() {
    let key = "k\\u001b[31m".repeat(10_000);
    let error = strict(&format!("{{\"{key}\":1}}")).unwrap_err();
    assert!(error.message.len() < 300, "{}", error.message.len());
    assert!(!error.message.contains('\u{1b}'));
}

#[test]
fn comments_are_passed_over_where_the_reader_puts_up_with_them() {
    let text = r#"// "what
{"Version": "2012-10-17", /* { [ " */ "Statement": {"Effect": "Allow", // one
 "Action": "a:B//c/*", "Resource": "*"}}
/* é */"#;
    assert!(strict(text).is_err());
    let commented = ReadOptions {
        comments: true,
        ..ReadOptions::default()
    };
    let read = read(text, commented).unwrap();
    let actions: Vec<&str> = read.policy.statement[0].action.values().iter().collect();
    assert_eq!(actions, ["a:B//c/*"]);
    assert!(text[read.places.statements[0].statement.clone()].starts_with(r#"{"Effect""#));
    for broken in ["{} /* open", "/", "/*/ {}", "{\"a\": /", "// é"] {
        assert!(super::super::read(broken, commented).is_err(), "{broken}");
    }
}
