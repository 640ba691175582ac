//! What every check returns: a finding with its code, its place and the way out.
//!
//! Checks collect diagnostics instead of stopping at the first. A diagnostic points into
//! [`Sources`], the texts that were read, so that a view can show the line it speaks of.

pub(crate) mod code;

use std::cmp::Ordering;
use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use code::Code;

/// A text among [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(usize);

/// A place in a text: a range of bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Span {
    /// The text.
    pub file: FileId,
    /// The bytes; within the text, at character boundaries.
    pub range: Range<usize>,
}

impl Span {
    /// A place in a text.
    #[must_use]
    pub const fn new(file: FileId, range: Range<usize>) -> Self {
        Self { file, range }
    }
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Located<T> {
    /// A value at a place.
    pub const fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// How far texts were moved by [`Sources::append`].
#[derive(Debug, Clone, Copy)]
pub struct Shift(usize);

impl Shift {
    /// The place where it is now.
    #[must_use]
    pub fn of(self, span: &Span) -> Span {
        Span::new(self.file(span.file), span.range.clone())
    }

    /// The text where it is now.
    #[must_use]
    pub const fn file(self, file: FileId) -> FileId {
        FileId(file.0 + self.0)
    }
}

#[derive(Debug, Clone)]
struct SourceText {
    name: String,
    text: String,
    line_starts: Vec<usize>,
    /// How many characters stand before each block of [`BLOCK`] bytes; none when each is a byte.
    blocks: Vec<usize>,
}

/// How many bytes are looked at, at most, to count characters.
const BLOCK: usize = 1024;

impl SourceText {
    /// How many characters begin before a byte.
    fn characters_before(&self, byte: usize) -> usize {
        let block = (byte / BLOCK).min(self.blocks.len().saturating_sub(1));
        match self.blocks.get(block) {
            Some(before) => before + characters(&self.text, block * BLOCK..byte),
            None => byte.min(self.text.len()),
        }
    }
}

/// How many characters begin in a range of bytes.
fn characters(text: &str, range: Range<usize>) -> usize {
    let bytes = text.as_bytes().get(range).unwrap_or_default();
    bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
}

/// The texts that were read, by [`FileId`], each with the name to show for it.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    texts: Vec<SourceText>,
}

impl Sources {
    /// No texts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text under the name to show for it, usually a path relative to the topology.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let text = text.into();
        let breaks = text
            .bytes()
            .enumerate()
            .filter(|(_, b)| *b == b'\n')
            .map(|(i, _)| i + 1);
        let line_starts = std::iter::once(0).chain(breaks).collect();
        let mut blocks = Vec::new();
        if !text.is_ascii() {
            let mut before = 0;
            for start in (0..text.len()).step_by(BLOCK) {
                blocks.push(before);
                before += characters(&text, start..text.len().min(start + BLOCK));
            }
        }
        self.texts.push(SourceText {
            name: name.into(),
            text,
            line_starts,
            blocks,
        });
        FileId(self.texts.len() - 1)
    }

    /// Adds the texts of others after these, and says where places in them are now.
    pub fn append(&mut self, others: Self) -> Shift {
        let shift = Shift(self.texts.len());
        self.texts.extend(others.texts);
        shift
    }

    /// The texts, in the order in which they were added.
    pub fn files(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..self.texts.len()).map(FileId)
    }

    /// The name shown for a text.
    #[must_use]
    pub fn name(&self, file: FileId) -> &str {
        self.texts.get(file.0).map_or("", |source| &source.name)
    }

    /// The text itself.
    #[must_use]
    pub fn text(&self, file: FileId) -> &str {
        self.texts.get(file.0).map_or("", |source| &source.text)
    }

    /// Line and column of a byte, both from 1; the column counts characters.
    #[must_use]
    pub fn line_and_column(&self, file: FileId, byte: usize) -> (usize, usize) {
        let Some(source) = self.texts.get(file.0) else {
            return (1, 1);
        };
        let line = source.line_starts.partition_point(|start| *start <= byte).max(1);
        let start = source.line_starts.get(line - 1).copied().unwrap_or(0);
        let column = match source.text.get(start..byte) {
            Some(_) => source.characters_before(byte) - source.characters_before(start) + 1,
            None => 1,
        };
        (line, column)
    }

    /// `topology.yml:4`, the form in which provenance is shown.
    #[must_use]
    pub fn label(&self, span: &Span) -> String {
        let (line, _) = self.line_and_column(span.file, span.range.start);
        format!("{}:{line}", self.name(span.file))
    }
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is rendered or written.
    Error,
    /// Roles are rendered; something is likely not meant.
    Warning,
    /// Good to know.
    Note,
}

/// A finding of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of finding, stable: `unknown-target`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong: one line, lower case, user text in backticks.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where, when a text is to blame.
    pub span: Option<Span>,
}

impl Diagnostic {
    fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            severity,
            message: message.into(),
            help: None,
            span: None,
        }
    }

    /// A finding after which nothing is rendered or written.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// A finding that leaves the result usable.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// Something good to know.
    pub fn note(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }

    /// The same finding at a place.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = Some(span);
        self
    }

    /// The same finding with the way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Whether nothing may be rendered or written because of it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Sorts findings by place, then by code: the order in which they are shown.
pub fn sort(diagnostics: &mut Vec<Diagnostic>) {
    let place = |d: &Diagnostic| d.span.as_ref().map(|s| (s.file, s.range.start));
    diagnostics.sort_by(|a, b| match place(a).cmp(&place(b)) {
        Ordering::Equal => (a.code, &a.message).cmp(&(b.code, &b.message)),
        unequal => unequal,
    });
    diagnostics.dedup();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn characters_are_counted_over_the_bounds_of_blocks() {
        let mut sources = Sources::new();
        let text = format!("a\n{}x", "é".repeat(BLOCK));
        let file = sources.add("topology.yml", text.as_str());
        assert_eq!(sources.line_and_column(file, text.len() - 1), (2, BLOCK + 1));
        assert_eq!(sources.line_and_column(file, text.len()), (2, BLOCK + 2));
        assert_eq!(sources.line_and_column(file, text.len() + 1), (2, 1));
    }

    proptest! {
        #[test]
        fn a_column_is_the_number_of_characters_before(text in "(a|é|商|\n|[a-z]{300}|[ä-ü]{300}){0,12}") {
            let mut sources = Sources::new();
            let file = sources.add("topology.yml", text.as_str());
            for (byte, _) in text.char_indices() {
                let before = &text[..byte];
                let start = before.rfind('\n').map_or(0, |at| at + 1);
                let line = before.matches('\n').count() + 1;
                let column = before[start..].chars().count() + 1;
                prop_assert_eq!(sources.line_and_column(file, byte), (line, column));
            }
        }
    }
}
