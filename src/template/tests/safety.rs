//! No value changes the structure of a document, and what is written is what Handlebars writes.

use handlebars::Handlebars;
use serde_json::json;

use super::super::fill::fill;
use super::super::partials::{Library, Script};
use super::super::values::escape_json;
use super::set::{naming, run, world};
use super::*;

/// Templates that write a value `v` and a list `w` of it in many places.
fn templates() -> Vec<String> {
    let resources = [
        "\"{{v}}\"",
        "\"{{v}}{{v}}\"",
        "\"a\\\\ {{v}}\"",
        "\"\\u00e9{{v}}\"",
        "\"{{#if v}}{{v}}{{/if}}\"",
        "\"{{arn 's' v}}\"",
        "{{json w}}",
        "[{{#each w}}\"{{this}}\",{{/each}}]",
        "[\"{{lookup w 0}}\"]",
        "\"{{#with v}}{{this}}{{/with}}\"",
        "\"{{> p v=v}}\"",
        "\"{{> p}}\\n\"",
        "\"{{> tail}}{{v}}\"",
        "\"\\u00{{v}}\"",
        "\"x\", \"Condition\": {\"StringEquals\": {\"aws:{{v}}\": {{json w}}}}",
        "{{v}}",
        "{{json v}}",
        "\"{{json w}}\"",
        "\"{{v}}",
        "{{v}}\"",
        "[{{> bare}}]",
    ];
    resources.iter().map(|resource| naming(resource)).collect()
}

fn parts() -> [(&'static str, &'static str); 3] {
    [
        ("partials/p.json", "-{{v}}-"),
        ("partials/tail.json", "\\"),
        ("partials/bare.json", "\"{{v}}\""),
    ]
}

/// What a template renders to with a value.
fn with(template: &str, value: &str) -> Result<String, String> {
    let [p, tail, bare] = parts();
    let world = world(&[("base/roles/function.json", template), p, tail, bare]);
    let mut values = run();
    values.insert("v".to_owned(), json!(value));
    values.insert("w".to_owned(), json!([value, value]));
    world.render(&values).map(|document| document.policy.to_json())
}

/// A document with each of its texts blank.
fn shape(text: &str) -> Value {
    fn blank(value: Value) -> Value {
        match value {
            Value::String(_) => json!(""),
            Value::Array(list) => list.into_iter().map(blank).collect(),
            Value::Object(map) => map
                .into_iter()
                .map(|(key, value)| (key.split(':').next().unwrap().to_owned(), blank(value)))
                .collect::<Map<_, _>>()
                .into(),
            other => other,
        }
    }
    blank(serde_json::from_str(text).unwrap())
}

/// A text of signs that mean something in JSON, in templates, or nowhere.
fn nasty() -> impl Strategy<Value = String> {
    let signs = [
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "{{",
        "}}",
        "{{sandbox}}",
        "a",
        "0",
        "41",
        "u0022",
        "\\u0022",
        " ",
        "\n",
        "\t",
        "\0",
        "\u{7f}",
        "\u{e000}",
        "\u{e001}",
        "é",
        "\u{ff}",
        "\u{100}",
        "\u{2028}",
        "*",
        "?",
        "${aws:username}",
        "\"]}",
        "//",
        "null",
    ];
    proptest::collection::vec(proptest::sample::select(signs.to_vec()), 0..6).prop_map(|signs| signs.concat())
}

proptest! {
    #[test]
    fn no_value_changes_the_structure_of_a_role_file(value in nasty(), index in 0..21_usize) {
        let template = &templates()[index];
        let usual = with(template, "x");
        match with(template, &value) {
            Ok(text) => prop_assert_eq!(shape(&text), shape(&usual.unwrap())),
            Err(told) => {
                let is_sound = value.chars().all(|c| !c.is_control() && c <= '\u{ff}');
                let is_usual = usual.is_err() || value.is_empty() && template.contains("#with") || value.is_empty() && template.contains("arn");
                prop_assert!(!is_sound || is_usual || told.contains("escape"), "{}", told);
            }
        }
    }

    #[test]
    fn what_is_written_is_what_handlebars_writes(template in template()) {
        let values = Value::Object(sample());
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        engine.register_escape_fn(|text| escape_json(text).into_owned());
        engine.register_partial("p", PARTIAL).unwrap();
        let theirs = engine.render_template(&template, &values);
        let mut library = Library::default();
        prop_assert!(library.add("p", Script::read(None, PARTIAL).unwrap()));
        let mut sources = crate::diagnostic::Sources::new();
        let script = Script::read(Some(sources.add("t", template.as_str())), &template).unwrap();
        if let Ok(ours) = fill(&library, &script, &values, &[]) {
            let bare = |text: &str| text.split_whitespace().collect::<String>();
            match theirs {
                Ok(theirs) => prop_assert_eq!(bare(&ours.text), bare(&theirs)),
                // They want an `else` where there is nothing to speak of.
                Err(error) => prop_assert!(template.contains("#with"), "{error}"),
            }
        }
    }
}

const PARTIAL: &str = "<{{a}}{{#each l}}{{this}}{{@last}}{{/each}}>";

fn sample() -> Map<String, Value> {
    let values = json!({
        "a": "A\"", "b": false, "n": 3, "z": 0, "e": "", "l": ["x", "y"], "none": [],
        "o": {"a": "inner", "l": [1, 2], "d.t": "dotted"}, "many": [{"a": "1", "l": []}, {"a": "2", "l": ["z"]}],
    });
    values.as_object().unwrap().clone()
}

/// A template of all parts of the language.
fn template() -> impl Strategy<Value = String> {
    let path = || {
        let paths = [
            "a",
            "b",
            "n",
            "z",
            "e",
            "l",
            "none",
            "o.a",
            "o.[d.t]",
            "o/a",
            "this",
            "this.a",
            "./a",
            "../a",
            "../../a",
            "@root.a",
            "@root.o.a",
            "l.[0]",
            "l.1",
            "many",
            "o",
            "../l",
            "this.l",
            "@root.many",
        ];
        proptest::sample::select(paths.to_vec()).prop_map(str::to_owned)
    };
    let value = prop_oneof![
        4 => path(),
        1 => (proptest::sample::select(vec!["eq", "ne", "and", "or"]), path(), path()).prop_map(|(f, a, b)| format!("({f} {a} {b})")),
        1 => path().prop_map(|a| format!("(not {a})")),
        1 => path().prop_map(|a| format!("(eq {a} 'x')")),
        1 => path().prop_map(|a| format!("(len {a})")),
        1 => path().prop_map(|a| format!("(lookup {a} 0)")),
        1 => path().prop_map(|a| format!("(lookup {a} \"a\")")),
    ];
    let value = value.boxed();
    let leaf = prop_oneof![
        Just(" text ".to_owned()),
        Just("{{! a }} comment ".to_owned()),
        Just("\n  ".to_owned()),
        Just("{ ".to_owned()),
        Just("}".to_owned()),
        path().prop_map(|path| format!("{{{{{path}}}}}")),
        path().prop_map(|path| format!("{{{{~{path}~}}}} ")),
        value
            .clone()
            .prop_map(|value| format!("{{{{{}}}}}", value.trim_start_matches('(').trim_end_matches(')'))),
        Just("{{@index}}{{@first}}{{@last}}".to_owned()),
        Just("{{#each o}}{{@key}},{{/each}}".to_owned()),
        Just("{{> p}}".to_owned()),
        Just("{{> p o}}".to_owned()),
        Just("{{> p a=n}}".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let body = proptest::collection::vec(inner, 0..4)
            .prop_map(|parts| parts.concat())
            .boxed();
        let value = value.clone();
        prop_oneof![
            body.clone(),
            (
                proptest::sample::select(vec!["if", "unless", "each", "with"]),
                value.clone(),
                body.clone()
            )
                .prop_map(|(kind, value, body)| format!("{{{{#{kind} {value}}}}}{body}{{{{/{kind}}}}}")),
            (
                proptest::sample::select(vec!["if", "unless", "each", "with"]),
                value.clone(),
                body.clone(),
                body.clone()
            )
                .prop_map(|(kind, value, body, other)| format!(
                    "{{{{#{kind} {value}}}}}{body}{{{{else}}}}{other}{{{{/{kind}}}}}"
                )),
            (value.clone(), value, body.clone(), body.clone(), body).prop_map(|(one, two, a, b, c)| format!(
                "{{{{#if {one}}}}}{a}{{{{else if {two}}}}}{b}{{{{^}}}}{c}{{{{/if}}}}"
            )),
        ]
    })
}

/// What is built in, with values: each statement, each trust policy, the ARN of each kind of target.
fn built_in() -> Vec<(String, Arc<Script>)> {
    let rules = RuleBook::built_in().unwrap();
    let of = |directory: &'static str| {
        let names = template_files(directory).into_iter();
        names.map(move |id| format!("{directory}/{id}"))
    };
    let files = of("capability").chain(of("trust"));
    let files = files.map(|name| (name.clone(), rules.file(&name).unwrap()));
    let all = capabilities();
    let lines = all.values().filter_map(|rule| rule["arn"].as_str());
    let lines = lines.map(|line| (line.to_owned(), Arc::new(Script::read(None, line).unwrap())));
    files.chain(lines).collect()
}

#[test]
fn what_is_built_in_renders_as_handlebars_renders_it() {
    let mut engine = Handlebars::new();
    engine.set_strict_mode(true);
    engine.register_escape_fn(|text| escape_json(text).into_owned());
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    let scripts = built_in();
    assert!(scripts.len() > 100, "{}", scripts.len());
    for odd in ["", "x\"\\{{a}}"] {
        let mut values = values();
        let lists = ["schedule_groups", "any_schedule_group", "tagged"];
        values.extend(lists.map(|name| (name.to_owned(), json!([odd]))));
        let named = [
            "name",
            "api",
            "bucket",
            "cluster",
            "connection",
            "family",
            "file_system",
            "folder",
            "full",
            "geo",
            "id",
            "index",
            "key",
            "label",
            "machine",
            "method",
            "model",
            "path",
            "reach",
            "revision",
            "stage",
            "version",
        ];
        values.extend(named.map(|name| (name.to_owned(), json!(odd))));
        let values = Value::Object(values);
        for (name, script) in &scripts {
            let ours = fill(&Library::default(), script, &values, &[])
                .unwrap_or_else(|error| panic!("{name}: {error:?}"));
            let theirs = engine.render_template(&script.text, &values).unwrap();
            assert_eq!(bare(&ours.text), bare(&theirs), "{name}");
        }
    }
}

/// The statements of each capability, brought in as they are, are those that tcperm writes itself.
#[test]
fn the_built_in_statements_are_the_same_in_a_template() {
    let rules = RuleBook::built_in().unwrap();
    for (id, _) in &capabilities() {
        for tagged in [true, false] {
            let mut own = values();
            own.insert("tagged".to_owned(), json!(tagged));
            let mut all = run();
            all["grants"][id] = json!([own, own]);
            let text = format!(
                "{{\"Statement\": [{{{{#each grants.[{id}]}}}}{{{{> capability/{id}}}}},{{{{/each}}}}]}}"
            );
            let rendered = world(&[("base/roles/function.json", &text)])
                .render(&all)
                .unwrap();
            let statements = rules.statements(id, &own).unwrap();
            assert_eq!(
                rendered.policy.statement,
                [statements.clone(), statements].concat(),
                "{id}"
            );
        }
    }
}

#[test]
fn a_value_that_nobody_of_the_team_wrote_is_no_pattern() {
    let written = [
        "{{env}}",
        "{{@root.env}}",
        "{{this.env}}",
        "{{lookup this 'env'}}",
        "{{#with env}}{{this}}{{/with}}",
        "{{#each queues}}{{@root.env}}{{/each}}",
        "{{> p x=env}}",
        "{{bucket_arn env}}",
        "{{#if env}}{{/if}}",
        "{{#each two}}{{env}}{{/each}}",
        "{{#each this}}{{#if (eq @key 'env')}}{{this}}{{/if}}{{/each}}",
    ];
    for written in written {
        let text = naming(&format!("\"{written}\""));
        let world = world(&[("base/roles/function.json", &text), ("partials/p.json", "{{x}}")]);
        for (env, is_pattern) in [
            ("a*", true),
            ("a?", true),
            ("${aws:username}", true),
            // Halves of one: the template or another value would be the rest.
            ("{aws:username}", true),
            ("a$", true),
            ("a$b", false),
            ("a{b", false),
        ] {
            let mut values = run();
            values.insert("env".to_owned(), json!(env));
            values.insert("two".to_owned(), json!([{"env": env}]));
            let rendered = world.render(&values);
            assert_eq!(rendered.is_err(), is_pattern, "{written} {env} {rendered:?}");
        }
    }
}

/// Policy documents hold U+0020 to U+00FF, and control characters are none of these.
#[test]
fn a_value_holds_only_what_a_document_can_hold() {
    let told = |resource: &str, value: &str| {
        let text = naming(resource);
        let mut values = run();
        values.insert("w".to_owned(), json!(["a", value]));
        world(&[("base/roles/function.json", &text)]).render(&values)
    };
    for written in [
        "\"{{w.[1]}}\"",
        "{{json w}}",
        "[{{#each w}}\"{{this}}\",{{/each}}]",
        "\"{{arn 's' w.[1]}}\"",
    ] {
        for odd in [
            '\0', '\t', '\n', '\u{7f}', '\u{80}', '\u{100}', '\u{2028}', '\u{e000}',
        ] {
            let told = told(written, &format!("a{odd}")).unwrap_err();
            let code = format!(
                "template-value: a value holds the character U+{:04X}",
                u32::from(odd)
            );
            assert!(told.contains(&code), "{written}: {told}");
        }
        told(written, " ~é\u{a0}\u{ff}").unwrap();
    }
}
