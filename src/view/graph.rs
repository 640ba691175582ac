//! A graph as a text that programs draw: Mermaid or DOT.
//!
//! Names are user text. Each stands between quotes, in which every character that could end
//! the quotes, begin markup or be obeyed by a terminal is replaced; a node is referred to by a
//! number. So no name changes the structure of a text.

mod dot;
mod mermaid;

use std::collections::BTreeSet;

use super::report::is_obeyed;
use crate::ops::{Arrow, Graph, Label, Node};

/// The language that a graph is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Language {
    /// Mermaid, which Markdown on many sites draws
    Mermaid,
    /// DOT, which Graphviz draws
    Dot,
}

/// A graph in a language.
pub(super) fn drawn(graph: &Graph, language: Language) -> String {
    match language {
        Language::Mermaid => mermaid::drawn(graph),
        Language::Dot => dot::drawn(graph),
    }
}

/// What is written in a node: `function intake`.
fn node(node: &Node) -> String {
    if node.kind.name() == node.name {
        return node.name.clone();
    }
    format!("{} {}", node.kind, node.name)
}

/// An arrow as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    source: usize,
    target: usize,
    /// What is written at it: what permits the use.
    label: String,
    /// Whether a statement on a role permits it.
    needs: bool,
}

/// The arrows, one for those that would look the same.
fn arrows(graph: &Graph) -> Vec<Line> {
    let line = |arrow: &Arrow| Line {
        source: arrow.source,
        target: arrow.target,
        label: match &arrow.label {
            Label::Needs(_, capabilities) => capabilities.join(", "),
            Label::Free(instead) => instead.as_deref().unwrap_or("no statement").to_owned(),
        },
        needs: matches!(arrow.label, Label::Needs(..)),
    };
    let mut drawn = BTreeSet::new();
    let lines = graph.arrows.iter().map(line);
    lines.filter(|line| drawn.insert(line.clone())).collect()
}

/// A character that can stand in a text, or what stands for one that cannot: it would end the
/// line, be obeyed by a terminal, or change the order of others.
pub(super) fn visible(c: char) -> char {
    if is_obeyed(c) || (c.is_whitespace() && c != ' ') {
        char::REPLACEMENT_CHARACTER
    } else {
        c
    }
}

#[cfg(test)]
mod tests;
