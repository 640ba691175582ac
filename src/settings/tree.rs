//! The two languages of configuration, read to one kind of tree.

use std::ops::Range;
use std::rc::Rc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::codes;
use crate::diagnostic::{Diagnostic, FileId, Located, Sources, Span};
use crate::topology::{Document, Entry, Kind, Node, Style};

/// Reads a TOML text; `None` when it is none.
pub(super) fn toml(sources: &Sources, file: FileId, found: &mut Vec<Diagnostic>) -> Option<Node> {
    let text = sources.text(file);
    match DeTable::parse(text) {
        Ok(table) => {
            let range = table.span();
            let tree = Tree { file, text };
            Some(tree.table(range, table.into_inner()))
        }
        Err(error) => {
            let message = format!("this is not TOML: {}", error.message().replace('\n', ", "));
            let range = error.span().unwrap_or(0..0);
            let finding = Diagnostic::error(codes::INVALID_CONFIG, message)
                .help("check quotes, brackets and the `=` after each key; a table starts with `[name]`");
            found.push(finding.at(Span::new(file, within(text, &range))));
            None
        }
    }
}

/// Reads a YAML text; `None` when there is nothing in it, or it is no YAML.
pub(super) fn yaml(sources: &Sources, file: FileId, found: &mut Vec<Diagnostic>) -> Option<Node> {
    let document = Document::parse(sources, file);
    let faults = document.diagnostics();
    found.extend(faults.iter().cloned().map(|fault| Diagnostic {
        code: codes::INVALID_CONFIG,
        ..fault
    }));
    document.root().filter(|_| faults.is_empty()).cloned()
}

struct Tree<'t> {
    file: FileId,
    text: &'t str,
}

impl Tree<'_> {
    fn table(&self, range: Range<usize>, table: DeTable<'_>) -> Node {
        let mut entries: Vec<Entry> = table
            .into_iter()
            .map(|(key, value)| Entry {
                key: Located::new(Rc::from(key.get_ref().as_ref()), self.span(key.span())),
                value: self.value(value),
            })
            .collect();
        entries.sort_by_key(|entry| entry.key.span.range.start);
        self.node(range, Kind::Mapping(entries.into()))
    }

    fn value(&self, value: Spanned<DeValue<'_>>) -> Node {
        let range = value.span();
        let kind = match value.into_inner() {
            DeValue::Table(table) => return self.table(range, table),
            DeValue::Array(items) => {
                let items: Vec<Node> = items.into_iter().map(|item| self.value(item)).collect();
                Kind::Sequence(items.into())
            }
            DeValue::String(text) => Kind::Scalar(Rc::from(text.as_ref()), Style::Quoted),
            // As written: whatever it is, it is no text.
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_) | DeValue::Datetime(_) => {
                let written = self.text.get(range.clone()).unwrap_or_default();
                Kind::Scalar(Rc::from(written), Style::Plain)
            }
        };
        self.node(range, kind)
    }

    fn node(&self, range: Range<usize>, kind: Kind) -> Node {
        Node {
            span: self.span(range),
            tag: None,
            kind,
        }
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.file, within(self.text, &range))
    }
}

/// A range of a text, at its character boundaries.
fn within(text: &str, range: &Range<usize>) -> Range<usize> {
    let start = text.floor_char_boundary(range.start);
    start..text.ceil_char_boundary(range.end).max(start)
}
