use std::fmt::Write as _;

use super::visible;
use crate::model::EntityKind;
use crate::ops::{Graph, Node};

/// A graph in DOT.
pub(super) fn drawn(graph: &Graph) -> String {
    let mut text = "digraph {\n  rankdir=LR\n".to_owned();
    for (number, cluster) in graph.clusters.iter().enumerate() {
        let _ = writeln!(text, "  subgraph cluster_{number} {{");
        let _ = writeln!(text, "    label={}", quoted(cluster.namespace.as_str()));
        for one in &cluster.nodes {
            let _ = writeln!(text, "    {}", node(one));
        }
        text.push_str("  }\n");
    }
    for one in &graph.outside {
        let _ = writeln!(text, "  {}", node(one));
    }
    for arrow in super::arrows(graph) {
        let style = if arrow.needs { "" } else { " style=dashed" };
        let label = quoted(&arrow.label);
        let _ = writeln!(
            text,
            "  n{} -> n{} [label={label}{style}]",
            arrow.source, arrow.target
        );
    }
    text.push_str("}\n");
    text
}

fn node(node: &Node) -> String {
    let shape = shape(node.kind);
    format!(
        "n{} [shape={shape} label={}]",
        node.number,
        quoted(&super::node(node))
    )
}

const fn shape(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Function => "box",
        EntityKind::Transducer => "component",
        EntityKind::Event => "hexagon",
        EntityKind::Route => "cds",
        EntityKind::State => "oval",
        EntityKind::Mutation => "parallelogram",
        EntityKind::Queue => "folder",
        EntityKind::Channel => "circle",
        EntityKind::Table => "cylinder",
        EntityKind::Bucket => "invtrapezium",
        EntityKind::Schedule => "doublecircle",
        EntityKind::Pool => "house",
        EntityKind::Page => "note",
        EntityKind::Service => "diamond",
    }
}

/// A text between quotes. Graphviz reads escapes and HTML entities in it.
fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for c in text.chars().map(visible) {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '&' => quoted.push_str("&amp;"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
