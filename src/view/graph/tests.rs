use proptest::prelude::*;

use super::*;
use crate::model::{EntityKind, Namespace, RoleKind};
use crate::ops::{Cluster, Findings};
use crate::topology::Via;

const KINDS: [EntityKind; 14] = [
    EntityKind::Function,
    EntityKind::Transducer,
    EntityKind::Event,
    EntityKind::Route,
    EntityKind::State,
    EntityKind::Mutation,
    EntityKind::Queue,
    EntityKind::Channel,
    EntityKind::Table,
    EntityKind::Bucket,
    EntityKind::Schedule,
    EntityKind::Pool,
    EntityKind::Page,
    EntityKind::Service,
];

/// A topology with a node of each kind, all of one name, each used by the next.
fn graph_of(name: &str) -> Graph {
    let node = |(number, kind): (usize, &EntityKind)| Node {
        number,
        kind: *kind,
        name: name.to_owned(),
    };
    let arrow = |number: usize| Arrow {
        source: number,
        target: number - 1,
        via: Via::Task,
        label: Label::Needs(RoleKind::Function, vec!["a.b".to_owned(), "c.d".to_owned()]),
        spans: Vec::new(),
    };
    let mut nodes: Vec<Node> = KINDS.iter().enumerate().map(node).collect();
    let outside = nodes.split_off(7);
    Graph {
        clusters: vec![Cluster {
            namespace: Namespace::parse("orders").unwrap(),
            nodes,
        }],
        outside,
        arrows: (1..KINDS.len()).map(arrow).collect(),
        findings: Findings::default(),
    }
}

/// A graph's lines with what stands between quotes taken out, and that.
fn taken_apart(text: &str, ends: fn(&str) -> usize) -> (Vec<String>, Vec<String>) {
    let mut texts = Vec::new();
    let mut line = |line: &str| match line.split_once('"') {
        Some((before, rest)) => {
            let (quoted, after) = rest.split_at(ends(rest));
            texts.push(quoted.to_owned());
            format!("{before}{after}")
        }
        None => line.to_owned(),
    };
    let lines = text.split('\n').map(&mut line).collect();
    (lines, texts)
}

/// Where a text of Mermaid ends: at the first quote.
fn mermaid_end(text: &str) -> usize {
    text.find('"').unwrap()
}

/// Where a text of DOT ends: at the first quote that no backslash stands before.
fn dot_end(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.unwrap().0
}

/// What Mermaid shows for a text.
fn mermaid_shows(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('#') {
        let (number, after) = after.split_once(';').unwrap();
        shown.push_str(before);
        shown.push(char::from_u32(number.parse().unwrap()).unwrap());
        rest = after;
    }
    shown + rest
}

/// What Graphviz shows for a text.
fn dot_shows(text: &str) -> String {
    let mut shown = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        shown.push(if c == '\\' { chars.next().unwrap() } else { c });
    }
    shown.replace("&amp;", "&")
}

/// Names with all that means something to Mermaid, to Graphviz or to HTML.
fn names() -> impl Strategy<Value = String> {
    let parts = prop_oneof![
        "[ \\PC\\p{Cc}\\p{Cf}]{0,8}",
        prop::sample::select(vec![
            "\"",
            "\\",
            "\\\"",
            "]",
            "]]",
            "|",
            "-->",
            "-.->",
            "\n",
            "\r\n",
            "end",
            "subgraph",
            "%%",
            "%%{init: {}}%%",
            "#quot;",
            "#34;",
            "&quot;",
            "&amp;",
            "<script>",
            "<br/>",
            "`",
            "style a:#f;",
            "classDef a:#f;",
            "{",
            "}}",
            "(",
            "))",
            ";",
            "click n0 \"x\"",
            "->",
            "/*",
            "*/",
            "//",
            "\\N",
            "\u{2028}",
            "\u{202e}",
            "---",
            ":::a",
            "@{",
            "ﬂ°°34¶ß",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(parts, 0..6).prop_map(|parts| parts.concat())
}

fn visible_text(name: &str) -> String {
    name.chars().map(visible).collect()
}

#[test]
fn every_kind_has_a_shape_of_its_own_in_both_languages() {
    for language in [Language::Mermaid, Language::Dot] {
        let text = drawn(&graph_of("x"), language);
        let shape = |kind: &EntityKind| {
            let line = text
                .lines()
                .find(|line| line.contains(&format!("\"{kind} x\"")))
                .unwrap();
            let line = line.trim_start().trim_start_matches('n').replace(kind.name(), "");
            line.trim_start_matches(|c: char| c.is_ascii_digit()).to_owned()
        };
        let shapes: BTreeSet<String> = KINDS.iter().map(shape).collect();
        assert_eq!(shapes.len(), KINDS.len(), "{text}");
    }
}

#[test]
fn arrows_that_look_the_same_are_drawn_once() {
    let mut graph = graph_of("x");
    let mut again = graph.arrows[0].clone();
    again.via = Via::Producer;
    graph.arrows.push(again);
    assert_eq!(arrows(&graph).len(), KINDS.len() - 1);
    graph.arrows[0].label = Label::Free(Some("API key".to_owned()));
    assert_eq!(arrows(&graph).len(), KINDS.len());
}

#[test]
fn an_arrow_without_a_statement_is_broken() {
    let mut graph = graph_of("x");
    graph.arrows.truncate(1);
    graph.arrows[0].label = Label::Free(Some("API key".to_owned()));
    let mermaid = drawn(&graph, Language::Mermaid);
    assert!(mermaid.ends_with("  n1 -.->|\"API key\"| n0\n"), "{mermaid}");
    let dot = drawn(&graph, Language::Dot);
    assert!(
        dot.ends_with("  n1 -> n0 [label=\"API key\" style=dashed]\n}\n"),
        "{dot}"
    );
}

proptest! {
    #[test]
    fn no_name_changes_the_structure_of_a_graph_and_each_is_shown_as_it_is(name in names()) {
        let graph = graph_of(&name);
        let plain = graph_of("x");
        for (language, end, shows) in [
            (Language::Mermaid, mermaid_end as fn(&str) -> usize, mermaid_shows as fn(&str) -> String),
            (Language::Dot, dot_end, dot_shows),
        ] {
            let (lines, texts) = taken_apart(&drawn(&graph, language), end);
            let (expected, _) = taken_apart(&drawn(&plain, language), end);
            prop_assert_eq!(&lines, &expected);
            let shown: Vec<String> = texts.iter().map(|text| shows(text)).collect();
            for kind in KINDS {
                let mut written = format!("{kind} {}", visible_text(&name));
                if language == Language::Mermaid {
                    written = written.replace(['ﬂ', '¶'], "\u{fffd}");
                }
                prop_assert!(name == kind.name() || shown.contains(&written), "{:?} not in {:?}", written, shown);
            }
        }
    }

    #[test]
    fn a_text_of_mermaid_holds_nothing_but_letters_and_numbers_of_characters(name in names()) {
        let (_, texts) = taken_apart(&drawn(&graph_of(&name), Language::Mermaid), mermaid_end);
        let holds = |c: char| (c.is_alphanumeric() && c != 'ﬂ') || " _-./,#;\u{fffd}".contains(c);
        prop_assert!(texts.iter().all(|text| text.chars().all(holds)), "{:?}", texts);
    }
}
