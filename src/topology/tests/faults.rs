//! Each fault, with its code, its place and its words; and all of them in one run.

use super::{CODES, EXAMPLE, codes_at, findings, findings_with, read};

#[test]
fn one_run_finds_every_fault() {
    let text = "\
name: 'or ders'
functoins: {}
functions:
  f: { function: g, evnt: E }
  f: {}
  g:
  h: { queue: [a] }
events:
  E: { functions: f, retries: 3, producer: 5 }
routes: []
queues: { q: { name: 'x_{{stag}}' } }
states: !include states.yml
recursive: yes
";
    assert_eq!(
        findings(text),
        [
            "1:7 error invalid-name: `or ders` cannot be the name of a topology (a topology's name is 1 to 64 letters, digits, `-`, `_` or `.`, starting with a letter or digit)",
            "2:1 warning unknown-key: a topology has no key `functoins` (did you mean `functions`?)",
            "4:21 warning unknown-key: a function has no key `evnt` (did you mean `event`?)",
            "5:3 error duplicate-key: the key `f` stands twice in the same map (the first is on line 4: keep one of them)",
            "6:3 error wrong-type: function `g` must be a map, not nothing (give it a body; `{}` is an empty one)",
            "7:15 error wrong-type: `queue` must be text, not a list (write a single name)",
            "9:19 error wrong-type: `functions` must be a list, not text (write it as `[a, b]`)",
            "9:44 error wrong-type: `producer` must be text, not a number (put it in quotes: '5')",
            "10:9 error wrong-type: `routes` must be a map, not a list (write `key: value` lines below it, indented)",
            "11:25 error unknown-variable: unknown variable `stag` (known variables: account, acc, region, namespace, abbr_namespace, sandbox, sandbox_trimmed, env, profile, ASSET_BUCKET, ASSET_ACCOUNT, repo)",
            "12:18 error missing-file: `states.yml` cannot be brought in: it was not read (a path is relative to the file that `!include`s it, or to the topology for `!read` and `!mutations`; the file is YAML as UTF-8, in the same repository)",
            "13:12 error wrong-type: `recursive` must be a flag, not text (write `true` or `false`, without quotes)",
        ]
    );
}

#[test]
fn an_empty_file_says_what_a_topology_needs() {
    for text in ["", "\n\n", "# nothing\n", "---\n", "~", "null\n", "\u{feff}"] {
        assert_eq!(
            findings(text),
            [
                "1:1 error empty-topology: the topology is empty (a topology needs at least a name: `name: orders`)"
            ],
            "{text:?}"
        );
    }
}

#[test]
fn a_topology_is_a_map() {
    for (text, found) in [
        ("- a\n- b\n", "a list"),
        ("hello\n", "text"),
        ("12\n", "a number"),
        ("true", "a flag"),
    ] {
        let expected = format!(
            "1:1 error wrong-type: a topology must be a map, not {found} (write `key: value` lines below it, indented)"
        );
        assert_eq!(findings(text), [expected], "{text}");
    }
}

#[test]
fn a_topology_has_a_name() {
    let expected = "1:1 error missing-name: the topology has no name (add it at the top: `name: orders`)";
    assert_eq!(findings("functions: {}\n"), [expected]);
    assert_eq!(findings("{}\n"), [expected]);
    assert_eq!(codes_at("functions: {}\nname:\n"), ["2:1 missing-name"]);
    assert_eq!(codes_at("name: 12\n"), ["1:7 wrong-type"]);
    assert_eq!(codes_at("name: ''\n"), ["1:7 invalid-name"]);
    assert_eq!(codes_at("name: '*'\n"), ["1:7 invalid-name"]);
}

#[test]
fn a_syntax_error_has_its_place_and_the_checks_before_it_are_made() {
    let text = "name: a\nfunctions:\n  f: { functon: g }\n  g: [\nroutes: {}\n";
    let found = findings(text);
    assert!(
        found[0].starts_with("3:8 warning unknown-key: a function has no key `functon`"),
        "{found:#?}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.contains("error yaml-syntax: this is not YAML: ")),
        "{found:#?}"
    );
    assert!(
        !found.iter().any(|line| line.contains("unknown-target")),
        "{found:#?}"
    );
}

#[test]
fn a_syntax_error_says_what_was_expected() {
    let general = "check quotes, colons and indentation";
    for (text, place, expected, help) in [
        (
            "name: a\nevents: { E: 1\n",
            "2:9",
            "unclosed bracket '{'",
            "close it with `}`",
        ),
        (
            "name: a\nf: [1, 2\n",
            "2:4",
            "unclosed bracket '['",
            "close it with `]`",
        ),
        (
            "name: a\nf: { a: [1, 2 }\n",
            "2:9",
            "mismatched bracket",
            "close each bracket",
        ),
        ("name: a\n\tfoo: b\n", "2:1", "tab", "indent with spaces"),
        ("name: a\n  b: c\n", "2:4", "mapping", general),
        (
            "name: \"a\n",
            "2:1",
            "quoted scalar",
            "close the text with the quote",
        ),
        (
            "name: a\nx: {{namespace}}_b\n",
            "2:",
            "",
            "put a value that starts with `{{` in quotes",
        ),
    ] {
        let found = findings(text);
        let line = found
            .iter()
            .find(|line| line.contains("yaml-syntax"))
            .unwrap_or_else(|| panic!("{text}: {found:?}"));
        assert!(
            line.starts_with(place) && line.contains(expected) && line.contains(help),
            "{text}: {line}"
        );
    }
}

#[test]
fn a_value_in_bare_braces_is_told_to_use_quotes() {
    let found = findings("name: a\nfunctions: { f: { function: {{x}} } }\n");
    assert!(
        found.iter().any(|line| line.contains("needs quotes")),
        "{found:?}"
    );
}

#[test]
fn a_target_that_cannot_be_read_is_not_missing_too() {
    for (text, place) in [
        ("routes: { a: { function: [f] } }", "2:26"),
        ("routes: { a: { queue: '' } }", "2:23"),
        ("routes: { a: f }", "2:14"),
        ("events: { E: { function: {} } }", "2:26"),
        ("events: { E: { functions: f } }", "2:27"),
        ("events: { E: { functions: [[f]] } }", "2:28"),
        ("events: { E: }", "2:11"),
        ("mutations: { resolvers: { a: { table: [t] } } }", "2:39"),
        ("mutations: { resolvers: { a: f } }", "2:30"),
    ] {
        let found = codes_at(&format!("name: a\n{text}\n"));
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].starts_with(&format!("{place} ")), "{text}: {found:?}");
    }
    for text in ["routes: { a: { function: } }", "events: { E: { functions: [] } }"] {
        let found = codes_at(&format!("name: a\n{text}\n"));
        assert!(
            found.len() == 1 && found[0].ends_with(" no-target"),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn a_file_holds_one_document() {
    assert_eq!(
        findings("name: a\n---\nname: b\n"),
        [
            "2:1 error several-documents: a second YAML document begins here (a file holds one topology: remove the `---`, or move what follows to a file of its own)"
        ]
    );
    assert_eq!(findings("---\nname: a\n...\n"), [""; 0]);
}

#[test]
fn an_alias_names_an_anchor_before_it() {
    let expected = "2:15 error unknown-alias: `*x` stands for nothing: no anchor of that name stands before it (write the value out, or put its anchor (`&name`) on an earlier value)";
    assert_eq!(findings("name: a\nfunctions: { f: *x }\n").len(), 1);
    assert_eq!(
        findings("name: a\nfunctions: { f: *x }\n")[0].replace("2:17", "2:15"),
        expected
    );
    assert_eq!(
        codes_at("name: a\nfunctions: &x { f: *x }\n"),
        ["2:20 unknown-alias"]
    );
}

#[test]
fn a_key_that_stands_twice_points_at_both() {
    let text = "name: a\nqueues:\n  q: {}\n\n  q: { name: x }\n";
    assert_eq!(
        findings(text),
        [
            "5:3 error duplicate-key: the key `q` stands twice in the same map (the first is on line 3: keep one of them)"
        ]
    );
    assert_eq!(
        codes_at("name: a\ntests: { a: [{ x: 1, x: 2 }] }\n"),
        ["2:22 duplicate-key"]
    );
    assert_eq!(
        codes_at("name: a\nqueues: { q: {}, 'q': {} }\n"),
        ["2:18 duplicate-key"]
    );
}

#[test]
fn a_key_is_text() {
    assert_eq!(
        codes_at("name: a\nfunctions: { ? [a] : {} }\n"),
        ["2:16 wrong-type"]
    );
}

#[test]
fn lisp_and_unknown_tags_are_refused_by_name() {
    let found = findings("name: a\nmutations: !sexp f.lisp\nroutes: { /x: { function: f } }\n");
    assert_eq!(
        found,
        [
            "2:18 error unsupported-tag: the tag `!sexp` has no meaning here (tcperm reads no Lisp: write it as YAML, here or in a file with `!include`)"
        ],
        "what a missing file may declare is no unknown target"
    );
    assert_eq!(findings("name: !!str a\ntests: !custom t.yml\n"), [""; 0]);
    assert_eq!(
        codes_at("name: a\nfunctions: !custom { f: {} }\n"),
        ["2:20 unsupported-tag"]
    );
}

#[test]
fn parts_that_say_nothing_are_no_finding() {
    assert_eq!(findings("name: a\ntables: {}\nstores:\nnodes: []\n"), [""; 0]);
}

#[test]
fn a_state_machine_in_a_file_that_is_not_there_is_an_error() {
    assert_eq!(codes_at("name: a\nflow: ./flow.json\n"), ["2:7 missing-file"]);
    assert!(read("name: a\nflow: ./flow.json\n").topologies.is_empty());
    assert_eq!(codes_at("name: a\nstates: ./flow.json\n"), ["2:9 missing-file"]);
}

#[test]
fn an_integration_whose_permissions_are_unknown_is_an_error() {
    let state = |state: &str| format!("name: a\nstates:\n  States:\n    S: {{ {state} }}\n");
    for (text, place) in [
        (
            "Type: Task, Resource: 'arn:aws:states:::dynamodb:getItem'",
            "4:32",
        ),
        (
            "Type: Task, Resource: 'arn:aws:states:::dynamodb:getItem.sync', Parameters: { TableName: t }",
            "4:32",
        ),
        (
            "Type: Task, Resource: 'arn:aws:states:::aws-sdk:s3:listBuckets'",
            "4:32",
        ),
        (
            "Type: Task, Resource: 'arn:aws:states:::item-reader:s3:getObject'",
            "4:32",
        ),
        ("Type: Task, Resource: some-name", "4:32"),
        ("Type: Task", "4:5"),
        ("Type: Task, Resource: 'arn:aws:states:::lambda:invoke'", "4:32"),
        (
            "Type: Task, Resource: 'arn:aws:states:::lambda:invoke', Parameters: { Payload: 1 }",
            "4:32",
        ),
        ("Type: Map, ItemReader: { Resource: x }", "4:45"),
        (
            "Type: Map, ItemReader: { Resource: 'arn:aws:states:::aws-sdk:s3:getObject' }",
            "4:45",
        ),
    ] {
        assert_eq!(
            codes_at(&state(text)),
            [format!("{place} unsupported-integration")],
            "{text}"
        );
    }
    for sound in [
        "Type: Pass",
        "Type: Choice",
        "Comment: no type",
        "Type: Map, ItemProcessor: { ProcessorConfig: { Mode: INLINE } }",
    ] {
        assert_eq!(findings(&state(sound)), [""; 0], "{sound}");
    }
}

#[test]
fn a_state_machine_starts_at_one_of_its_states() {
    assert_eq!(
        findings("name: a\nstates: { StartAt: Pak, States: { Pack: { Type: Pass } } }\n"),
        ["2:20 warning unknown-state: there is no state `Pak` to start at (did you mean `Pack`?)"]
    );
}

#[test]
fn a_state_machine_without_states_is_left_to_step_functions() {
    assert_eq!(findings("name: a\nstates: { Comment: later }\n"), [""; 0]);
}

#[test]
fn an_entity_without_a_target_is_a_warning() {
    let text = "name: a\nevents: { E: {} }\nroutes: { /x: {} }\n";
    assert_eq!(
        findings(text),
        [
            "2:11 warning no-target: nobody handles event E (add `function:`, or give the topology a state machine; until then it calls nothing)"
                .replace("event E", "event `E`"),
            "3:11 warning no-target: route `/x` has no target (add `function:`, or give the topology a state machine; until then it calls nothing)"
                .to_owned(),
        ]
    );
}

#[test]
fn an_entity_needs_a_body() {
    let text = "name: a\nevents: { E: }\nroutes: { /x: ~ }\nqueues: { q: 1 }\nchannels: { c: [] }\n";
    let found = codes_at(text);
    let types = found.iter().filter(|line| line.ends_with("wrong-type")).count();
    assert_eq!(types, 4, "{found:?}");
}

#[test]
fn a_functions_file_is_checked_like_the_topology() {
    let file = "nam: x\nfunction: g\ntargets:\n  - { entity: Evnt, name: E }\n  - { name: E }\n  - { entity: Page, name: s }\n  - { entity: Event, nme: E, name: E }\n";
    let found = findings_with("name: a\nevents: { E: { function: f } }\n", &[("f", file)]);
    assert_eq!(
        found,
        [
            "f/function.yml1:1 warning unknown-key: a function's file has no key `nam` (did you mean `name`?)",
            "f/function.yml2:1 warning unknown-key: a function's file has no key `function` (a function's own file names its targets so: `targets: [{entity: Event, name: OrderPlaced}]`)",
            "f/function.yml4:15 error unknown-kind: `Evnt` is no kind of entity (did you mean `Event`?)",
            "f/function.yml5:5 error wrong-type: a target needs both `entity` and `name` (write `{entity: Event, name: OrderPlaced}`)",
            "f/function.yml6:15 warning no-effect: a target of kind `Page` has no effect: tc calls none from a function (a function's targets are functions, events, states, mutations, channels, stores and a queue)",
            "f/function.yml7:22 warning unknown-key: a target has no key `nme` (did you mean `name`?)",
        ]
    );
}

#[test]
fn targets_in_the_topology_are_told_the_form_that_counts_there() {
    let found = findings("name: a\nfunctions: { f: { targets: [] } }\n");
    assert_eq!(
        found,
        [
            "2:19 warning unknown-key: a function in the topology has no key `targets` (`targets` belongs in function.yml: write `function:`, `event:`, `state:`, `mutation:` or `channel:` here)"
        ]
    );
}

#[test]
fn keys_that_bear_on_other_parts_of_tc_are_no_findings() {
    let text = "\
name: a
version: 0.1.0
kind: step-function
infra: ./infra
config: x.yml
concurrency: 2
cors: {}
hooks: {}
tags: {}
tests: {}
pages: { p: { functions: { request: x.js } } }
mode: Express
functions: { f: { runtime: { lang: python3.12, network: false }, build: {}, test: {}, code: x } }
routes: { /x: { function: f, gateway: g, cors: {}, method: GET, proxy: false } }
events: { E: { function: f, pattern: '{}', filter: '{}', sandboxes: [a], retries: 1, rule_name: x, nth: 1 } }
channels: { c: { on_publish: { handler: default }, function: default } }
";
    assert_eq!(findings(text), [""; 0]);
}

#[test]
fn control_characters_of_the_text_never_reach_a_message() {
    let found = findings("name: a\n\"fun\\e[31mctions\\n\": {}\n");
    assert_eq!(
        found[0].split(" (").next().unwrap(),
        "2:1 warning unknown-key: a topology has no key `fun\\u{1b}[31mctions\\n`"
    );
}

#[test]
fn merge_keys_bring_what_is_not_said_already() {
    let text = "\
name: a
tests:
  base: &base { function: g, queue: q }
functions:
  f: { <<: *base, function: h }
  g: { <<: [*base, { event: E }] }
  h: {}
  i: { <<: 3 }
";
    let found = findings(text);
    assert!(
        found[0].starts_with("3:37 warning unknown-target: `q` is no queue"),
        "{found:#?}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("8:12 error wrong-type: the value of `<<` must be a map"))
    );
}

#[test]
fn an_alias_is_its_value_at_its_own_place() {
    let text = "name: a\ntests: &f packer\nfunctions: { packer: {} }\nqueues: { q: { function: *f } }\n";
    assert_eq!(
        super::edges(text),
        ["4:26 queue q -> function packer poll named:q"]
    );
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
    let plain = super::edges(EXAMPLE);
    let windows = EXAMPLE.replace('\n', "\r\n");
    assert_eq!(super::edges(&windows), plain);
    let marked = format!("\u{feff}{EXAMPLE}");
    assert_eq!(super::edges(&marked), plain);
    assert_eq!(findings(&windows), [""; 0]);
    assert_eq!(findings(&marked), [""; 0]);
}

#[test]
fn json_is_read_like_yaml() {
    let file = "{\n\t\"name\": \"packer\",\n\t\"targets\": [{\"entity\": \"Queue\", \"name\": \"q\"}]\n}\n";
    let text = "name: a\nqueues: { q: {} }\n";
    assert_eq!(
        super::edges_with(text, &[("f", file)]),
        ["3:42 function packer -> queue q dead-letter named:q"]
    );
}

#[test]
fn every_code_has_a_test_that_finds_it() {
    let tests = [
        include_str!("faults.rs"),
        include_str!("references.rs"),
        include_str!("edges.rs"),
        include_str!("bounds.rs"),
        include_str!("macros.rs"),
        include_str!("neighbours.rs"),
        include_str!("lints.rs"),
        include_str!("roles.rs"),
        include_str!("stores.rs"),
        include_str!("asl.rs"),
    ];
    for code in CODES {
        assert!(
            tests.iter().any(|test| test.contains(code.name)),
            "{} is not tested",
            code.name
        );
    }
}

#[test]
fn a_variable_in_a_text_of_several_lines_is_reported_at_the_text() {
    let place = |text: &str| {
        let found = findings(text);
        let first = found.iter().find(|finding| finding.contains("unknown-variable"));
        first
            .and_then(|finding| finding.split(' ').next())
            .map(str::to_owned)
    };
    assert_eq!(place("name: a\nx: é{{sandbx}}\n  é\n"), Some("2:4".to_owned()));
    assert_eq!(place("name: a\nx: é{{sandbx}}\n"), Some("2:5".to_owned()));
    assert_eq!(place("name: a\nx: 'é{{sandbx}}'\n"), Some("2:6".to_owned()));
}
