//! Policy documents, read strictly and without loss, each part with its place.

mod grammar;
mod json;

use std::ops::Range;

use super::document::Policy;
use super::places::Places;

/// A text that is not a policy document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PolicyError {
    /// What is wrong.
    pub message: String,
    /// Where: bytes of the text, at character boundaries.
    pub range: Range<usize>,
    /// Where the other of two stands that exclude each other, as the first of two equal keys.
    pub other: Option<Range<usize>>,
}

impl PolicyError {
    fn at(range: Range<usize>, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            message,
            range,
            other: None,
        }
    }

    fn beside(mut self, other: Range<usize>) -> Self {
        self.other = Some(other);
        self
    }
}

/// What a reader puts up with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// A comma after the last of a list or object, as loops in templates leave it.
    pub trailing_commas: bool,
    /// `// …` and `/* … */`, as people keep policies in files. IAM takes none.
    pub comments: bool,
}

/// A document and where everything of it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The document.
    pub policy: Policy,
    /// Its places in the text.
    pub places: Places,
}

/// Reads a document with the place of each part.
///
/// # Errors
/// When the text is not JSON, a key stands twice, or the grammar is broken.
pub fn read(text: &str, options: ReadOptions) -> Result<Read, PolicyError> {
    grammar::document(json::parse(text, options)?)
}

/// Reads a JSON list of texts, each with its place: bytes of the text, with the quotes.
///
/// # Errors
/// When the text is not JSON, or no list of texts.
pub fn read_list(text: &str, options: ReadOptions) -> Result<Vec<(String, Range<usize>)>, PolicyError> {
    grammar::texts(json::parse(text, options)?)
}

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// When the text is not JSON, a key stands twice, or the grammar is broken.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        read(text, ReadOptions::default()).map(|read| read.policy)
    }
}
