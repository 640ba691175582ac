//! Collects what the checks find, in the words that all of them share.
//!
//! User text is shown in backticks, its control characters escaped and its length
//! bounded. The search for a nearest name has a budget, so that a large file full of
//! faults is answered as quickly as one without.

use std::collections::HashSet;

use super::codes;
use super::node::Node;
use crate::diagnostic::{Diagnostic, FileId, Sources, Span};

/// How many characters of a user's text a message shows.
const SHOWN: usize = 80;

/// How many bytes of a part of a value are looked at to tell whether it stands at a place.
const RECOGNISED: usize = 64;

/// Texts longer than this are never compared to find a nearest name.
const COMPARED: usize = 64;

/// How many names are compared in one reading.
const COMPARISONS: usize = 200_000;

/// The findings so far.
#[derive(Debug)]
pub(super) struct Findings {
    list: Vec<Diagnostic>,
    comparisons_left: usize,
    complete: bool,
    reported: HashSet<FileId>,
    parts: Vec<Part>,
}

/// Where the part of a value that a finding is about stands, if the value stands in its text as it is.
#[derive(Debug)]
struct Part {
    /// The number of the finding.
    finding: usize,
    /// How the part begins.
    beginning: String,
    /// Its place.
    span: Span,
}

impl Findings {
    /// None so far.
    pub(super) fn new() -> Self {
        Self {
            list: Vec::new(),
            comparisons_left: COMPARISONS,
            complete: true,
            reported: HashSet::new(),
            parts: Vec::new(),
        }
    }

    /// Adds a finding.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Adds what was found in a text when it was read as YAML: once, however often it is used.
    pub(super) fn push_of(&mut self, file: FileId, found: &[Diagnostic]) {
        if !found.is_empty() && self.reported.insert(file) {
            self.list.extend_from_slice(found);
        }
    }

    /// Adds an error at a place.
    pub(super) fn error(
        &mut self,
        code: &'static str,
        span: &Span,
        message: String,
        help: impl Into<String>,
    ) {
        self.push(Diagnostic::error(code, message).at(span.clone()).help(help));
    }

    /// Says that the last finding is about a part of the value at its place. Whether the value has
    /// the text of the file, or one without its quotes, line breaks and escapes, is seen in the end.
    pub(super) fn about(&mut self, part: &str, span: Span) {
        let Some(finding) = self.list.len().checked_sub(1) else {
            return;
        };
        let end = (0..=part.len().min(RECOGNISED))
            .rev()
            .find(|end| part.is_char_boundary(*end));
        let beginning = part.get(..end.unwrap_or_default()).unwrap_or_default().to_owned();
        self.parts.push(Part {
            finding,
            beginning,
            span,
        });
    }

    /// Adds a warning at a place.
    pub(super) fn warning(
        &mut self,
        code: &'static str,
        span: &Span,
        message: String,
        help: impl Into<String>,
    ) {
        self.push(Diagnostic::warning(code, message).at(span.clone()).help(help));
    }

    /// Remembers that a part was lost in which entities may be declared: from now on,
    /// what is missing is no fault.
    pub(super) fn mark_incomplete(&mut self) {
        self.complete = false;
    }

    /// Whether all that the texts declare could be read.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    /// Whether there is an error among the findings.
    pub(super) fn hold_errors(&self) -> bool {
        self.list.iter().any(Diagnostic::is_error)
    }

    /// All findings, each at the narrowest place that is known.
    pub(super) fn into_list(mut self, sources: &Sources) -> Vec<Diagnostic> {
        for part in self.parts {
            let there = sources.text(part.span.file).get(part.span.range.clone());
            let is_there = there.is_some_and(|text| text.starts_with(&part.beginning));
            if let Some(finding) = self.list.get_mut(part.finding).filter(|_| is_there) {
                finding.span = Some(part.span);
            }
        }
        self.list
    }

    /// Reports a value of a wrong type: `what` must be `expected`.
    pub(super) fn wrong_type(&mut self, node: &Node, what: &str, expected: &str, help: impl Into<String>) {
        let message = format!("{what} must be {expected}, not {}", node.type_name());
        self.error(codes::WRONG_TYPE, &node.span, message, help);
    }

    /// Reports a key that has no meaning where it stands, with the nearest of those that have.
    pub(super) fn unknown_key(&mut self, key: &str, span: &Span, owner: &str, known: &[&str]) {
        let help = match self.nearest(key, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("remove it, or see which keys {owner} has; tc ignores it without a word"),
        };
        let message = format!("{owner} has no key {}", shown(key));
        self.warning(codes::UNKNOWN_KEY, span, message, help);
    }

    /// The candidate nearest to a text, when it is near enough to be what was meant.
    pub(super) fn nearest<'a>(
        &mut self,
        text: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        if text.len() > COMPARED {
            return None;
        }
        let compared: Vec<&str> = candidates
            .into_iter()
            .filter(|candidate| candidate.len() <= COMPARED)
            .take(self.comparisons_left.saturating_add(1))
            .collect();
        // All or none, since the candidates come in no particular order.
        let Some(left) = self.comparisons_left.checked_sub(compared.len()) else {
            self.comparisons_left = 0;
            return None;
        };
        self.comparisons_left = left;
        crate::model::nearest(text, compared)
    }
}

/// A user's text for a message: in backticks, escaped, bounded.
pub(super) fn shown(text: &str) -> String {
    let is_plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'\\';
    if text.len() <= SHOWN && text.bytes().all(is_plain) {
        return format!("`{text}`");
    }
    let mut kept = text.chars();
    let mut shown = String::from("`");
    for c in kept.by_ref().take(SHOWN) {
        match c {
            '\'' | '"' => shown.push(c),
            c => shown.extend(c.escape_debug()),
        }
    }
    shown.push_str(if kept.next().is_some() { "…`" } else { "`" });
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Sources;

    #[test]
    fn shown_text_is_one_bounded_line_without_control_characters() {
        assert_eq!(shown("it's \"a\""), "`it's \"a\"`");
        assert_eq!(shown("a\n\u{1b}[31m"), "`a\\n\\u{1b}[31m`");
        assert_eq!(shown(&"x".repeat(500)).chars().count(), SHOWN + 3);
    }

    #[test]
    fn the_search_for_a_nearest_name_ends_with_its_budget() {
        let mut findings = Findings::new();
        assert_eq!(findings.nearest("packr", ["packer"]), Some("packer"));
        findings.comparisons_left = 2;
        assert_eq!(findings.nearest("packr", ["label", "packer", "pack"]), None);
        assert_eq!(findings.nearest("packr", ["packer"]), None);
    }

    #[test]
    fn what_is_wrong_with_a_text_is_said_once_however_often_it_is_used() {
        let mut sources = Sources::new();
        let (one, other) = (sources.add("a", ""), sources.add("b", ""));
        let found = [Diagnostic::error(codes::DUPLICATE_KEY, "no")];
        let mut findings = Findings::new();
        for file in [one, other, one] {
            findings.push_of(file, &found);
        }
        assert_eq!(findings.into_list(&sources).len(), 2);
    }

    #[test]
    fn a_very_long_text_is_compared_with_nothing() {
        assert_eq!(Findings::new().nearest(&"x".repeat(100_000), ["x"]), None);
    }
}
