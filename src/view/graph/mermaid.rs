use std::fmt::Write as _;

use super::visible;
use crate::model::EntityKind;
use crate::ops::{Graph, Node};

/// A graph in Mermaid.
pub(super) fn drawn(graph: &Graph) -> String {
    let mut text = "flowchart LR\n".to_owned();
    for (number, cluster) in graph.clusters.iter().enumerate() {
        let _ = writeln!(
            text,
            "  subgraph t{number}[{}]",
            quoted(cluster.namespace.as_str())
        );
        for one in &cluster.nodes {
            let _ = writeln!(text, "    {}", node(one));
        }
        text.push_str("  end\n");
    }
    for one in &graph.outside {
        let _ = writeln!(text, "  {}", node(one));
    }
    for arrow in super::arrows(graph) {
        let line = if arrow.needs { "-->" } else { "-.->" };
        let label = quoted(&arrow.label);
        let _ = writeln!(text, "  n{} {line}|{label}| n{}", arrow.source, arrow.target);
    }
    text
}

fn node(node: &Node) -> String {
    let (open, close) = shape(node.kind);
    format!("n{}{open}{}{close}", node.number, quoted(&super::node(node)))
}

/// What stands around the text of a node: the brackets that give it its shape.
const fn shape(kind: EntityKind) -> (&'static str, &'static str) {
    match kind {
        EntityKind::Function => ("[", "]"),
        EntityKind::Transducer => ("[[", "]]"),
        EntityKind::Event => ("{{", "}}"),
        EntityKind::Route => (">", "]"),
        EntityKind::State => ("([", "])"),
        EntityKind::Mutation => ("[\\", "\\]"),
        EntityKind::Queue => ("[/", "/]"),
        EntityKind::Channel => ("((", "))"),
        EntityKind::Table => ("[(", ")]"),
        EntityKind::Bucket => ("[\\", "/]"),
        EntityKind::Schedule => ("(((", ")))"),
        EntityKind::Pool => ("(", ")"),
        EntityKind::Page => ("[/", "\\]"),
        EntityKind::Service => ("{", "}"),
    }
}

/// The marks by which Mermaid itself writes the number of a character while it reads a text: it
/// would take them for a number in a name too.
const MARKS: [char; 2] = ['ﬂ', '¶'];

/// A text between quotes; what could be more than itself is written by its number, `#34;`.
/// So is `:`, since Mermaid takes a `;` away from lines that look like a style, `style a:#f`.
fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for c in text.chars().map(visible) {
        if MARKS.contains(&c) {
            quoted.push(char::REPLACEMENT_CHARACTER);
        } else if c.is_alphanumeric() || " _-./,\u{fffd}".contains(c) {
            quoted.push(c);
        } else {
            let _ = write!(quoted, "#{};", u32::from(c));
        }
    }
    quoted.push('"');
    quoted
}
