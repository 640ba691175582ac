//! Macros: a tree with `!include`, `!read` and `!mutations` in, the tree they stand for out.
//!
//! What a macro brings in keeps its place in the file that it comes from. A file that brings
//! itself in, by whatever way round, is an error that shows the way; so is one that is missing.
//! The tree is bounded as one text is ([`yaml::MAX_NODES`], [`yaml::MAX_DEPTH`]), however often
//! its parts are brought in.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::codes;
use super::document::{Documents, Macro};
use super::findings::{Findings, shown};
use super::node::{Entry, Kind, Node, weight};
use super::yaml;
use crate::diagnostic::{FileId, Located, Sources, Span};

/// The tree of a topology's text, its macros expanded; `None` when there is no value.
pub(super) fn root(
    sources: &Sources,
    documents: &Documents,
    main: FileId,
    findings: &mut Findings,
) -> Option<Node> {
    file(sources, documents, (main, main), findings)
}

/// The tree of a text that belongs to a topology, whose own text is `main`, its macros expanded.
pub(super) fn file(
    sources: &Sources,
    documents: &Documents,
    (main, file): (FileId, FileId),
    findings: &mut Findings,
) -> Option<Node> {
    let mut expanding = Expanding {
        sources,
        documents,
        main,
        findings,
        chain: vec![file],
        nodes: 0,
        is_full: false,
    };
    expanding.file(file, 0)
}

/// The macro that a node is, with the paths that it names.
pub(super) fn macro_of(node: &Node) -> Option<(Macro, Vec<String>)> {
    let by = Macro::of(node.tag.as_deref()?)?;
    let text = node.scalar()?;
    let separator = format!(" {} ", by.tag());
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let paths = match by {
        Macro::Include => vec![text.trim().to_owned()],
        Macro::Read | Macro::Mutations => joined.split(&separator).map(str::to_owned).collect(),
    };
    Some((by, paths))
}

struct Expanding<'a> {
    sources: &'a Sources,
    documents: &'a Documents,
    main: FileId,
    findings: &'a mut Findings,
    /// The files that are being brought in, each by the one before it.
    chain: Vec<FileId>,
    nodes: usize,
    is_full: bool,
}

impl Expanding<'_> {
    fn file(&mut self, file: FileId, depth: usize) -> Option<Node> {
        let document = self.documents.get(file)?;
        let root = document.reported(self.findings)?;
        if document.mentions().is_empty() {
            return self.count(root.size(), &root.span).then_some(root);
        }
        Some(self.node(&root, depth))
    }

    fn node(&mut self, node: &Node, depth: usize) -> Node {
        let faulty = |node: &Node| Node {
            span: node.span.clone(),
            tag: None,
            kind: Kind::Faulty,
        };
        if depth > yaml::MAX_DEPTH {
            let message = format!(
                "the values that macros bring in are nested deeper than {}",
                yaml::MAX_DEPTH
            );
            self.findings
                .error(codes::TOO_DEEP, &node.span, message, "flatten them");
            self.findings.mark_incomplete();
            return faulty(node);
        }
        let weight = node.scalar().map_or(1, weight);
        if !self.count(weight, &node.span) {
            return faulty(node);
        }
        if let Some((by, paths)) = macro_of(node) {
            return self
                .brought_in(node, (by, &paths), depth)
                .unwrap_or_else(|| faulty(node));
        }
        let kind = match &node.kind {
            Kind::Sequence(items) => {
                Kind::Sequence(items.iter().map(|item| self.node(item, depth + 1)).collect())
            }
            Kind::Mapping(entries) => {
                let entry = |entry: &Entry| Entry {
                    key: entry.key.clone(),
                    value: self.node(&entry.value, depth + 1),
                };
                Kind::Mapping(entries.iter().map(entry).collect())
            }
            other => other.clone(),
        };
        Node {
            span: node.span.clone(),
            tag: node.tag.clone(),
            kind,
        }
    }

    /// What a macro stands for.
    fn brought_in(&mut self, node: &Node, (by, paths): (Macro, &[String]), depth: usize) -> Option<Node> {
        let values: Vec<Node> = paths
            .iter()
            .filter_map(|path| self.included(node, (by, path), depth))
            .collect();
        if values.len() < paths.len() {
            return None;
        }
        match by {
            Macro::Include => values.into_iter().next(),
            Macro::Read => self.joined(node, &values),
            Macro::Mutations => self.merged(node, &values),
        }
    }

    fn included(&mut self, node: &Node, (by, path): (Macro, &str), depth: usize) -> Option<Node> {
        let base = match by {
            Macro::Include => self.chain.last().copied()?,
            Macro::Read | Macro::Mutations => self.main,
        };
        let found = self.documents.resolved(base, path);
        let file = match found {
            Some(Ok(file)) => *file,
            Some(Err(reason)) => {
                self.missing(node, path, reason);
                return None;
            }
            None => {
                self.missing(node, path, "it was not read");
                return None;
            }
        };
        if self.chain.contains(&file) {
            self.circle(node, file);
            return None;
        }
        self.chain.push(file);
        let root = self.file(file, depth + 1);
        self.chain.pop();
        if root.is_none() && self.findings.is_complete() {
            let message = format!("{} is empty", shown(path));
            let help = format!(
                "give it the value that belongs here, or remove the `{}`",
                by.tag()
            );
            self.findings
                .error(codes::MISSING_FILE, &node.span, message, help);
            self.findings.mark_incomplete();
        }
        root
    }

    fn missing(&mut self, node: &Node, path: &str, reason: &str) {
        let message = format!("{} cannot be brought in: {reason}", shown(path));
        let mut help = "a path is relative to the file that `!include`s it, or to the topology for `!read` and `!mutations`; the file is YAML as UTF-8, in the same repository".to_owned();
        if self.chain.len() > 1 {
            help = format!("brought in by {}; {help}", self.way(&self.chain));
        }
        self.findings
            .error(codes::MISSING_FILE, &node.span, message, help);
        self.findings.mark_incomplete();
    }

    fn circle(&mut self, node: &Node, file: FileId) {
        let start = self.chain.iter().position(|link| *link == file).unwrap_or(0);
        let mut circle: Vec<FileId> = self.chain.get(start..).unwrap_or_default().to_vec();
        circle.push(file);
        let message = format!(
            "{} brings itself in: {}",
            shown(self.sources.name(file)),
            self.way(&circle)
        );
        let help = "break the circle: remove one of these macros";
        self.findings
            .error(codes::CIRCULAR_INCLUDE, &node.span, message, help);
        self.findings.mark_incomplete();
    }

    fn way(&self, files: &[FileId]) -> String {
        let names: Vec<String> = files.iter().map(|file| shown(self.sources.name(*file))).collect();
        names.join(" → ")
    }

    /// Maps joined to one map, or lists to one list.
    fn joined(&mut self, node: &Node, values: &[Node]) -> Option<Node> {
        if values.iter().all(|value| matches!(value.kind, Kind::Sequence(_))) {
            let items = values.iter().flat_map(|value| match &value.kind {
                Kind::Sequence(items) => items.to_vec(),
                _ => Vec::new(),
            });
            return Some(Self::in_place_of(node, Kind::Sequence(items.collect())));
        }
        let mut first: HashMap<Rc<str>, Span> = HashMap::new();
        let mut entries: Vec<Entry> = Vec::new();
        for value in values {
            for entry in self.map_of(value, Macro::Read)? {
                if let Some(first) = first.get(&entry.key.value) {
                    let message = format!("the key {} stands in two of the files", shown(&entry.key.value));
                    let help = format!("the first is at {}: keep one of them", self.sources.label(first));
                    self.findings
                        .error(codes::DUPLICATE_KEY, &entry.key.span, message, help);
                } else {
                    first.insert(Rc::clone(&entry.key.value), entry.key.span.clone());
                    entries.push(entry);
                }
            }
        }
        Some(Self::in_place_of(node, Kind::Mapping(entries.into())))
    }

    /// Mutations joined: `inputs`, `types` and `resolvers` key by key, the later one counts.
    fn merged(&mut self, node: &Node, values: &[Node]) -> Option<Node> {
        let mut places: HashMap<Rc<str>, usize> = HashMap::new();
        let mut found: Vec<(Located<Rc<str>>, Vec<Node>)> = Vec::new();
        for value in values {
            for Entry { key, value } in self.map_of(value, Macro::Mutations)? {
                let place = *places.entry(Rc::clone(&key.value)).or_insert(found.len());
                match found.get_mut(place) {
                    Some((_, values)) => values.push(value),
                    None => found.push((key, vec![value])),
                }
            }
        }
        let entries: Vec<Entry> = found
            .into_iter()
            .filter_map(|(key, values)| overlaid(values).map(|value| Entry { key, value }))
            .collect();
        Some(Self::in_place_of(node, Kind::Mapping(entries.into())))
    }

    fn map_of(&mut self, value: &Node, by: Macro) -> Option<Vec<Entry>> {
        match &value.kind {
            Kind::Mapping(entries) => Some(entries.to_vec()),
            Kind::Faulty => None,
            _ => {
                let what = format!("a file of `{}`", by.tag());
                let help = "write `key: value` lines; files that are joined hold maps, or lists all of them";
                self.findings.wrong_type(value, &what, "a map", help);
                self.findings.mark_incomplete();
                None
            }
        }
    }

    fn in_place_of(node: &Node, kind: Kind) -> Node {
        Node {
            span: node.span.clone(),
            tag: None,
            kind,
        }
    }

    fn count(&mut self, nodes: usize, span: &Span) -> bool {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= yaml::MAX_NODES {
            return true;
        }
        if !self.is_full {
            self.is_full = true;
            let message = format!("the macros stand for more than {} values", yaml::MAX_NODES);
            self.findings
                .error(codes::TOO_LARGE, span, message, "split the topology into several");
            self.findings.mark_incomplete();
        }
        false
    }
}

/// Maps on top of each other: the entries of all, the latest of a key. What stands before a value
/// that is no map is hidden by it.
fn overlaid(mut values: Vec<Node>) -> Option<Node> {
    let is_map = |value: &Node| matches!(value.kind, Kind::Mapping(_));
    let hidden = values
        .iter()
        .rposition(|value| !is_map(value))
        .map_or(0, |at| at + 1);
    let last = values.pop()?;
    if !is_map(&last) || hidden >= values.len() {
        return Some(last);
    }
    let mut seen: HashSet<&str> = HashSet::new();
    let maps = values.get(hidden..).unwrap_or_default().iter().chain([&last]);
    let latest = maps.rev().flat_map(|map| map.entries().iter().rev());
    let mut entries: Vec<Entry> = latest
        .filter(|entry| seen.insert(&entry.key.value))
        .cloned()
        .collect();
    entries.reverse();
    Some(Node {
        kind: Kind::Mapping(entries.into()),
        ..last
    })
}
