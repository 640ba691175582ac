//! Whatever the text: an answer, soon, in little memory.

use std::fmt::Write;

use proptest::prelude::*;

use super::{EXAMPLE, codes_at, findings, integrations, project, read};
use crate::diagnostic::Diagnostic;
use crate::topology::parse;

#[test]
fn a_yaml_bomb_is_refused() {
    let mut text = "name: a\ntests:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..60 {
        let below = format!("*a{}", level - 1);
        let items = [below.as_str(); 10].join(", ");
        writeln!(text, "  a{level}: &a{level} [{items}]").unwrap();
    }
    let found = findings(&text);
    assert_eq!(
        found,
        [
            "7:47 error too-large: the file holds more than 100000 values, those of its aliases included (split the topology, or use fewer aliases)"
        ]
    );
}

#[test]
fn a_bomb_of_merge_keys_is_refused() {
    let mut text = "name: a\ntests:\n  a0: &a0 { x: 1, y: 2, z: 3 }\n".to_owned();
    for level in 1..60 {
        let below = level - 1;
        writeln!(
            text,
            "  a{level}: &a{level} {{ <<: [*a{below}, *a{below}, *a{below}], k{level}: *a{below} }}"
        )
        .unwrap();
    }
    assert_eq!(codes_at(&text), ["10:23 too-large"]);
}

#[test]
fn values_nested_too_deeply_are_refused() {
    let nested = |depth: usize| format!("name: a\ntests: {}{}\n", "[".repeat(depth), "]".repeat(depth));
    assert_eq!(findings(&nested(63)), [""; 0]);
    assert_eq!(
        findings(&nested(64)),
        [
            "2:71 error too-deep: more than 64 lists and maps stand within each other here (nest them less deeply)"
        ]
    );
    assert_eq!(codes_at(&nested(100_000)), ["2:263 too-deep"]);
}

#[test]
fn aliases_cannot_nest_values_more_deeply() {
    let mut text = "name: a\ntests:\n  a0: &a0 [x]\n".to_owned();
    for level in 1..80 {
        writeln!(text, "  a{level}: &a{level} [*a{}]", level - 1).unwrap();
    }
    let found = codes_at(&text);
    assert_eq!(found.len(), 1);
    assert!(found[0].ends_with(" too-deep"), "{found:?}");
}

#[test]
fn a_text_of_ten_megabytes_is_refused() {
    let text = format!("name: a\n# {}\n", "x".repeat(10_000_000));
    assert_eq!(codes_at(&text), ["1:1 too-large"]);
}

#[test]
fn a_text_of_many_values_is_refused() {
    let text = format!("name: a\ntests:\n{}", "- x\n".repeat(200_000));
    assert_eq!(codes_at(&text), ["99998:3 too-large"]);
}

#[test]
fn a_name_of_a_megabyte_is_refused() {
    let text = format!(
        "name: a\nfunctions: {{ f: {{ function: {} }} }}\n",
        "x".repeat(1_000_000)
    );
    let found = findings(&text);
    assert_eq!(
        found,
        [
            "2:29 error invalid-name: `function` has 1000000 characters, too many for a name (a name or a reference has at most 512)"
        ]
    );
    let text = format!(
        "name: {}\n\"{}\": {{}}\n",
        "x".repeat(1000),
        "y".repeat(1_000_000)
    );
    assert_eq!(codes_at(&text), ["1:7 invalid-name", "2:1 yaml-syntax"]);
}

#[test]
fn an_event_of_more_producers_than_a_policy_can_list_is_refused() {
    let text = |producers: usize| {
        format!(
            "name: a\nevents: {{ E: {{ producers: [{}], function: f }} }}\nfunctions: {{ f: {{}} }}\n",
            "p, ".repeat(producers)
        )
    };
    assert_eq!(findings(&text(100)), [""; 0]);
    assert_eq!(codes_at(&text(101)), ["2:27 too-large"]);
}

#[test]
fn as_many_faults_as_a_file_can_hold_are_all_found() {
    let mut text = "name: a\nfunctions:\n".to_owned();
    for number in 0..10_000 {
        writeln!(text, "  f{number}: {{ function: missing{number} }}").unwrap();
    }
    assert_eq!(read(&text).diagnostics.len(), 10_000);
}

/// What stands for a place in a file that somebody is in the middle of editing.
fn edited() -> impl Strategy<Value = String> {
    let lines: Vec<String> = EXAMPLE.lines().map(str::to_owned).collect();
    let words = prop::sample::select(vec![
        "",
        "{",
        "}",
        "[",
        "]",
        ":",
        "- ",
        "&a ",
        "*a",
        "<<: *a",
        "!include x",
        "\"",
        "'",
        "|",
        ">",
        "#",
        "\t",
        "? ",
        "---",
        "...",
        "{{",
        "}}",
        "{{x}}",
        "%",
        "é",
        "\u{feff}",
        "\0",
        "null",
        "\r",
        "$.x",
        "{% x %}",
        "arn:aws:",
    ]);
    let edit = (0..lines.len(), 0..80usize, words, any::<bool>());
    prop::collection::vec(edit, 0..6).prop_map(move |edits| {
        let mut lines = lines.clone();
        for (row, column, word, cut) in edits {
            let line: Vec<char> = lines[row].chars().collect();
            let at = column.min(line.len());
            let rest: String = if cut {
                String::new()
            } else {
                line[at..].iter().collect()
            };
            lines[row] = format!("{}{word}{rest}", line[..at].iter().collect::<String>());
        }
        lines.join("\n")
    })
}

fn is_answered(text: &str) {
    let (sources, input) = project(text, &[("f", text)]);
    let reading = parse(&sources, &input, &integrations());
    assert_eq!(
        reading.topologies.is_empty(),
        reading.diagnostics.iter().any(Diagnostic::is_error)
    );
    for diagnostic in &reading.diagnostics {
        let span = diagnostic.span.as_ref().unwrap();
        assert!(
            sources.text(span.file).get(span.range.clone()).is_some(),
            "{diagnostic:?}"
        );
    }
    for edge in reading.topologies.iter().flat_map(|topology| &topology.edges) {
        assert!(
            sources
                .text(edge.span.file)
                .get(edge.span.range.clone())
                .is_some(),
            "{edge:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in ".*") {
        is_answered(&text);
    }

    #[test]
    fn any_text_of_the_characters_of_yaml_is_answered(text in "[a-c{}\\[\\]:,&*!|>'\"%@#?<\\-\\n\\t\\r .$~é]{0,80}") {
        is_answered(&text);
    }

    #[test]
    fn any_edit_of_a_sound_topology_is_answered(text in edited()) {
        is_answered(&text);
    }

    #[test]
    fn reading_twice_gives_the_same(text in edited()) {
        prop_assert_eq!(format!("{:?}", read(&text)), format!("{:?}", read(&text)));
    }
}

#[test]
fn a_key_that_stands_twice_is_found_among_few_and_among_many() {
    for keys in [2, 15, 16, 17, 18, 400] {
        for twice in [0, keys / 2, keys - 1] {
            let line = |key| format!("  f{key}: {{}}\n");
            let keys: String = (0..keys).map(line).collect();
            let text = format!("name: a\nfunctions:\n{keys}  f{twice}: {{}}\n");
            let found = findings(&text);
            assert_eq!(found.len(), 1, "{found:?}");
            let first = format!("the first is on line {}", twice + 3);
            assert!(
                found[0].contains("duplicate-key") && found[0].contains(&first),
                "{found:?}"
            );
        }
    }
}

#[test]
fn aliases_cannot_make_a_long_text_be_read_over_and_over() {
    let text = format!(
        "name: a\nx: [&long {}, {}]\n",
        "word ".repeat(100_000),
        "*long, ".repeat(1_000)
    );
    assert!(
        findings(&text)
            .iter()
            .any(|finding| finding.contains("too-large") && finding.contains("aliases"))
    );
}

#[test]
fn a_value_full_of_unknown_variables_is_answered_with_a_few() {
    let name = "{{nowhere}}".repeat(10_000);
    let found = codes_at(&format!("name: a\nx: '{name}'\n"));
    assert_eq!(
        found
            .iter()
            .filter(|found| found.ends_with("unknown-variable"))
            .count(),
        20
    );
}
