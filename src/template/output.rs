//! A text that is rendered, each byte with where it comes from.

use std::ops::Range;

use crate::diagnostic::{FileId, Span};

/// How many bytes a rendered text may have.
pub(super) const MAX_OUTPUT: usize = 1024 * 1024;

/// What a part of a rendered text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text of a template.
    Text,
    /// A value.
    Value,
    /// A list of values as JSON.
    List,
}

/// Where a part of a rendered text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    /// Byte for byte from a text, beginning at a byte.
    Exact(FileId, usize),
    /// As a whole from a tag.
    Tag(Span),
}

#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) range: Range<usize>,
    pub(super) kind: Kind,
    origin: Origin,
}

/// A rendered text.
#[derive(Debug, Clone, Default)]
pub(super) struct Output {
    pub(super) text: String,
    pub(super) pieces: Vec<Piece>,
}

impl Output {
    /// Adds a part that comes from the files of a team; false when the text would be too large.
    #[must_use]
    pub(super) fn push(&mut self, text: &str, kind: Kind, origin: Origin) -> bool {
        let start = self.text.len();
        if start + text.len() > MAX_OUTPUT {
            return false;
        }
        self.text.push_str(text);
        self.pieces.push(Piece {
            range: start..self.text.len(),
            kind,
            origin,
        });
        true
    }

    /// Where a range of the text comes from: from its first byte on, as far as that is one place.
    pub(super) fn span(&self, range: &Range<usize>) -> Option<Span> {
        let next = self
            .pieces
            .partition_point(|piece| piece.range.end <= range.start);
        let piece = self.pieces.get(next).or_else(|| self.pieces.last())?;
        match &piece.origin {
            Origin::Tag(span) => Some(span.clone()),
            Origin::Exact(file, at) => {
                let place =
                    |byte: usize| at + byte.clamp(piece.range.start, piece.range.end) - piece.range.start;
                let start = place(range.start);
                let end = self.end(*file, range).unwrap_or_else(|| place(range.end));
                Some(Span::new(*file, start..end.max(start)))
            }
        }
    }

    /// Where the last byte of a range comes from, if that is the same file.
    fn end(&self, file: FileId, range: &Range<usize>) -> Option<usize> {
        let last = range.end.checked_sub(1)?;
        let next = self.pieces.partition_point(|piece| piece.range.end <= last);
        let piece = self.pieces.get(next)?;
        match &piece.origin {
            Origin::Exact(of, at) if *of == file => Some(at + range.end - piece.range.start),
            Origin::Tag(span) if span.file == file => Some(span.range.end),
            Origin::Exact(..) | Origin::Tag(_) => None,
        }
    }
}
