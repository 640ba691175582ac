//! YAML text in, a tree of located values out.
//!
//! What is wrong with the text as YAML is found here: its syntax, keys that stand twice,
//! aliases without an anchor, more than one document. After an error of syntax the tree
//! holds what stood before it, so that the checks that follow still say what they can.
//!
//! Memory and time are bounded by the text: the nodes that aliases stand for are counted
//! before they are taken over, and they are shared, never copied.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Tag};

use super::codes;
use super::findings::{Findings, shown};
use super::node::{Entry, Kind, Node, Style, weight};
use crate::diagnostic::{FileId, Located, Sources, Span};

/// How many bytes a text may have.
pub(super) const MAX_BYTES: usize = 4 * 1024 * 1024;

/// How many nodes a text may have, with those that its aliases stand for.
pub(super) const MAX_NODES: usize = 100_000;

/// How deeply collections may be nested.
pub(super) const MAX_DEPTH: usize = 64;

/// Reads a text; `None` when there is no value in it, or none that could be read.
pub(super) fn read(sources: &Sources, file: FileId, findings: &mut Findings) -> Option<Node> {
    let text = sources.text(file);
    let mut builder = Builder {
        sources,
        file,
        text,
        findings,
        open: Vec::new(),
        anchors: HashMap::new(),
        nodes: 0,
        documents: 0,
        root: None,
    };
    if text.len() > MAX_BYTES {
        let message = format!("the file has {} bytes, more than {MAX_BYTES}", text.len());
        builder.stop(codes::TOO_LARGE, 0..0, message, "split the topology into several");
        return None;
    }
    let options = granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true };
    for event in Parser::new_from_str_with_options(text, options) {
        let goes_on = match event {
            Ok((event, span)) => builder.take(event, span.byte_range().unwrap_or(0..0)),
            Err(error) => builder.syntax(&error),
        };
        if !goes_on {
            break;
        }
    }
    builder.finish()
}

/// A collection that has begun and not ended.
struct Open {
    part: Part,
    range: Range<usize>,
    tag: Option<Rc<str>>,
    anchor: usize,
    size: Size,
}

enum Part {
    Sequence(Vec<Node>),
    Mapping(Vec<(Node, Node)>, Option<Node>),
}

/// How much a node is, its aliases taken over.
#[derive(Clone, Copy)]
struct Size {
    nodes: usize,
    height: usize,
}

/// The entries of a map so far, found by their keys.
struct Entries {
    list: Vec<Entry>,
    /// Where each stands, once there are more than a glance takes in.
    places: HashMap<Rc<str>, usize>,
}

impl Entries {
    /// Up to how many entries are looked at one by one.
    const FEW: usize = 16;

    fn with_capacity(capacity: usize) -> Self {
        Self {
            list: Vec::with_capacity(capacity),
            places: HashMap::new(),
        }
    }

    fn get(&self, key: &str) -> Option<&Entry> {
        if self.list.len() <= Self::FEW {
            return self.list.iter().find(|entry| &*entry.key.value == key);
        }
        self.places.get(key).and_then(|place| self.list.get(*place))
    }

    fn push(&mut self, entry: Entry) {
        self.list.push(entry);
        if self.list.len() > Self::FEW {
            let unplaced = self.list.iter().enumerate().skip(self.places.len());
            let placed = unplaced.map(|(place, entry)| (Rc::clone(&entry.key.value), place));
            self.places.extend(placed);
        }
    }
}

struct Builder<'a> {
    sources: &'a Sources,
    file: FileId,
    text: &'a str,
    findings: &'a mut Findings,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, Size)>,
    nodes: usize,
    documents: usize,
    root: Option<Node>,
}

impl Builder<'_> {
    /// Takes an event; answers whether to go on.
    fn take(&mut self, event: Event<'_>, range: Range<usize>) -> bool {
        match event {
            Event::DocumentStart(..) => self.document(range),
            Event::Scalar(text, style, anchor, tag) => {
                let style = match (style, &tag) {
                    (ScalarStyle::Plain, None) => Style::Plain,
                    (ScalarStyle::Plain, Some(tag)) if tag.core_suffix().is_some_and(|s| s != "str") => {
                        Style::Plain
                    }
                    _ => Style::Quoted,
                };
                let nodes = weight(&text);
                let node = self.node(range, tag.as_deref(), Kind::Scalar(Rc::from(&*text), style));
                self.attach(node, anchor, Size { nodes, height: 0 })
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.begin(Part::Sequence(Vec::new()), range, tag.as_deref(), anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                self.begin(Part::Mapping(Vec::new(), None), range, tag.as_deref(), anchor)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor, range),
            Event::UnresolvedAlias(_) => self.unknown_alias(range, "no anchor of that name stands before it"),
            _ => true,
        }
    }

    fn document(&mut self, range: Range<usize>) -> bool {
        self.documents += 1;
        if self.documents == 1 {
            return true;
        }
        let message = "a second YAML document begins here".to_owned();
        let help = "a file holds one topology: remove the `---`, or move what follows to a file of its own";
        let span = self.span(range);
        self.findings
            .error(codes::SEVERAL_DOCUMENTS, &span, message, help);
        false
    }

    fn begin(&mut self, part: Part, range: Range<usize>, tag: Option<&Tag>, anchor: usize) -> bool {
        if self.open.len() >= MAX_DEPTH {
            return self.too_deep(range);
        }
        let size = Size { nodes: 1, height: 1 };
        let tag = tag.and_then(written);
        self.open.push(Open {
            part,
            range: range.clone(),
            tag,
            anchor,
            size,
        });
        self.count(1, range)
    }

    fn end(&mut self) -> bool {
        let Some(open) = self.open.pop() else {
            return true;
        };
        let (kind, range) = match open.part {
            Part::Sequence(items) => (Kind::Sequence(items.into()), open.range),
            Part::Mapping(pairs, _) => {
                let range = beginning(&open.range, &pairs);
                (Kind::Mapping(self.entries(pairs).into()), range)
            }
        };
        let span = self.span(range);
        let tag = open.tag;
        self.place(Node { span, tag, kind }, open.anchor, open.size);
        true
    }

    fn alias(&mut self, anchor: usize, range: Range<usize>) -> bool {
        let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
            return self.unknown_alias(range, "it stands within the value that it names");
        };
        if self.open.len() + size.height > MAX_DEPTH {
            return self.too_deep(range);
        }
        if !self.count(size.nodes, range.clone()) {
            return false;
        }
        let span = self.span(range);
        self.place(Node { span, ..node }, 0, size);
        true
    }

    fn unknown_alias(&mut self, range: Range<usize>, why: &str) -> bool {
        let span = self.span(range.clone());
        let name = shown(self.text.get(range.clone()).unwrap_or_default());
        let message = format!("{name} stands for nothing: {why}");
        let help = "write the value out, or put its anchor (`&name`) on an earlier value";
        self.findings.error(codes::UNKNOWN_ALIAS, &span, message, help);
        let node = self.node(range, None, Kind::Faulty);
        self.attach(node, 0, Size { nodes: 1, height: 0 })
    }

    fn attach(&mut self, node: Node, anchor: usize, size: Size) -> bool {
        let goes_on = self.count(size.nodes, node.span.range.clone());
        self.place(node, anchor, size);
        goes_on
    }

    /// Puts a finished node where it belongs.
    fn place(&mut self, node: Node, anchor: usize, size: Size) {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        parent.size.nodes = parent.size.nodes.saturating_add(size.nodes);
        parent.size.height = parent.size.height.max(size.height + 1);
        match &mut parent.part {
            Part::Sequence(items) => items.push(node),
            Part::Mapping(pairs, key) => match key.take() {
                None => *key = Some(node),
                Some(key) => pairs.push(beside(key, node)),
            },
        }
    }

    /// The entries of a map, with merge keys resolved; reports keys that stand twice.
    fn entries(&mut self, pairs: Vec<(Node, Node)>) -> Vec<Entry> {
        let mut entries = Entries::with_capacity(pairs.len());
        let mut merged = Vec::new();
        for (key, value) in pairs {
            let Kind::Scalar(text, style) = key.kind else {
                if !matches!(key.kind, Kind::Faulty) {
                    let help = "write a text before the `:`; a value that starts with `{{` needs quotes";
                    self.findings.wrong_type(&key, "a key", "text", help);
                }
                continue;
            };
            if &*text == "<<" && style == Style::Plain {
                self.merge(&value, &mut merged);
            } else if let Some(first) = entries.get(&text) {
                let (line, _) = self
                    .sources
                    .line_and_column(self.file, first.key.span.range.start);
                let message = format!("the key {} stands twice in the same map", shown(&text));
                let help = format!("the first is on line {line}: keep one of them");
                self.findings
                    .error(codes::DUPLICATE_KEY, &key.span, message, help);
            } else {
                let key = Located::new(text, key.span);
                entries.push(Entry { key, value });
            }
        }
        for entry in merged {
            if entries.get(&entry.key.value).is_none() {
                entries.push(entry);
            }
        }
        entries.list
    }

    fn merge(&mut self, value: &Node, merged: &mut Vec<Entry>) {
        match &value.kind {
            Kind::Mapping(entries) => merged.extend(entries.iter().cloned()),
            Kind::Sequence(items) if items.iter().all(|item| matches!(item.kind, Kind::Mapping(_))) => {
                merged.extend(items.iter().flat_map(|item| item.entries().iter().cloned()));
            }
            Kind::Faulty => {}
            _ => {
                let help = "a merge key takes an alias of a map, `<<: *defaults`, or a list of them";
                self.findings
                    .wrong_type(value, "the value of `<<`", "a map", help);
            }
        }
    }

    /// Counts the nodes that stand at a place, or that its alias stands for.
    fn count(&mut self, nodes: usize, range: Range<usize>) -> bool {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= MAX_NODES {
            return true;
        }
        let message = format!("the file holds more than {MAX_NODES} values, those of its aliases included");
        self.stop(
            codes::TOO_LARGE,
            range,
            message,
            "split the topology, or use fewer aliases",
        )
    }

    fn too_deep(&mut self, range: Range<usize>) -> bool {
        let message = format!("more than {MAX_DEPTH} lists and maps stand within each other here");
        self.stop(codes::TOO_DEEP, range, message, "nest them less deeply")
    }

    fn syntax(&mut self, error: &ScanError) -> bool {
        let byte = error.marker().byte_offset().unwrap_or(0);
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            return self.too_deep(byte..byte);
        }
        let is_tab = error.info().contains("tab");
        let byte = if is_tab { self.tab_near(byte) } else { byte };
        let next = self.text.get(byte..).and_then(|rest| rest.chars().next());
        let end = byte + next.filter(|c| *c != '\n').map_or(0, char::len_utf8);
        let message = format!("this is not YAML: {}", lower(&error.info()));
        let help = self.syntax_help(error.kind(), byte);
        self.stop(codes::YAML_SYNTAX, byte..end, message, help)
    }

    /// The tab that a fault at a byte speaks of: right before it, or the next one.
    fn tab_near(&self, byte: usize) -> usize {
        match self.text.split_at_checked(byte) {
            Some((before, _)) if before.ends_with('\t') => byte - 1,
            Some((_, after)) => byte + after.find('\t').unwrap_or(0),
            None => byte,
        }
    }

    fn syntax_help(&self, kind: &ErrorKind, byte: usize) -> &'static str {
        let (line, _) = self.sources.line_and_column(self.file, byte);
        let near = self.text.lines().skip(line.saturating_sub(2)).take(2);
        if near
            .into_iter()
            .any(|line| line.contains(": {{") || line.contains("- {{"))
        {
            return "put a value that starts with `{{` in quotes";
        }
        if self.text.get(byte..).is_some_and(|rest| rest.starts_with('\t')) {
            return "indent with spaces, not with tabs";
        }
        match kind {
            ErrorKind::UnclosedFlowCollection { open: '{' } => "close it with `}`, or put it in quotes",
            ErrorKind::UnclosedFlowCollection { .. } => "close it with `]`, or put it in quotes",
            ErrorKind::MismatchedFlowCollectionEnd { .. }
            | ErrorKind::MisplacedFlowCollectionEnd
            | ErrorKind::ExpectedFlowMappingSeparator
            | ErrorKind::ExpectedFlowSequenceSeparator => {
                "close each bracket with its own kind, and put a `,` between items"
            }
            ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => {
                "close the text with the quote that opens it"
            }
            ErrorKind::InvalidIndentation | ErrorKind::ExpectedBlockMappingKey => {
                "give the keys of one map the same indentation, and each key a `:` and a space"
            }
            _ => "check quotes, colons and indentation here and on the line before",
        }
    }

    /// Reports what makes the rest of the text unreadable.
    fn stop(&mut self, code: &'static str, range: Range<usize>, message: String, help: &str) -> bool {
        let span = self.span(range);
        self.findings.error(code, &span, message, help);
        self.findings.mark_incomplete();
        false
    }

    fn finish(mut self) -> Option<Node> {
        while !self.open.is_empty() {
            self.end();
        }
        self.root
    }

    fn node(&self, range: Range<usize>, tag: Option<&Tag>, kind: Kind) -> Node {
        Node {
            span: self.span(range),
            tag: tag.and_then(written),
            kind,
        }
    }

    /// A place in the text, without the white space at its end.
    fn span(&self, range: Range<usize>) -> Span {
        let start = range.start.min(self.text.len());
        let length = self
            .text
            .get(start..range.end)
            .map_or(0, |text| text.trim_end().len());
        Span::new(self.file, start..start + length)
    }
}

/// A tag as written, unless it is one of YAML's own.
fn written(tag: &Tag) -> Option<Rc<str>> {
    let common = tag.core_suffix().is_some() || tag.original() == "!";
    (!common).then(|| Rc::from(tag.original()))
}

/// Where a map begins: its brace, or the first of its keys.
fn beginning(range: &Range<usize>, pairs: &[(Node, Node)]) -> Range<usize> {
    match pairs.first() {
        Some((key, _)) if range.is_empty() => key.span.range.clone(),
        _ => range.clone(),
    }
}

/// A key and its value; where there is no value, its place is that of the key.
fn beside(key: Node, mut value: Node) -> (Node, Node) {
    if value.span.range.is_empty() {
        value.span = key.span.clone();
    }
    (key, value)
}

fn lower(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some('Y') | None => text.to_owned(),
        Some(first) => first.to_lowercase().chain(chars).collect(),
    }
}
