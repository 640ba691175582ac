//! What every check returns: a finding with its code, its place and the way out.
//!
//! Checks collect diagnostics instead of stopping at the first. A diagnostic points into
//! [`Sources`], the texts that were read, so that a view can show the line it speaks of.

use std::cmp::Ordering;
use std::ops::Range;

use serde::{Deserialize, Serialize};

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
        Span::new(FileId(span.file.0 + self.0), span.range.clone())
    }
}

#[derive(Debug, Clone)]
struct SourceText {
    name: String,
    text: String,
    line_starts: Vec<usize>,
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
        self.texts.push(SourceText {
            name: name.into(),
            text,
            line_starts,
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
        let column = source
            .text
            .get(start..byte)
            .map_or(1, |before| before.chars().count() + 1);
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
