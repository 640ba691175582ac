//! Texts of a policy, prepared to be matched with texts of requests.
//!
//! [`Pattern`](super::Pattern) compares sets of names; here one name is looked at, a million times a
//! second. Both read `*` and `?` alike.

mod arn;
mod matching;
#[cfg(test)]
mod tests;
mod variable;

use std::collections::BTreeSet;

use super::request::{Known, RequestContext};
use super::truth::Truth;
pub(super) use arn::ArnPattern;
use matching::Matching;
pub(crate) use variable::{Symbol, Variable, symbols};

/// A text of a policy, in which wildcards and variables stand for something.
#[derive(Debug, Clone)]
pub(super) struct Wildcard {
    pieces: Vec<Piece>,
    has_variables: bool,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(Box<str>),
    /// Any one character.
    One(Reach),
    /// Any characters.
    Many(Reach),
    Variable(Variable),
    /// What is written like a variable and is none: nothing matches it.
    Broken,
}

/// How far a wildcard goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Beyond colons.
    Anywhere,
    /// Up to a colon.
    Segment,
}

impl Reach {
    const fn allows(self, c: char) -> bool {
        matches!(self, Self::Anywhere) || c != ':'
    }
}

/// Whether `${…}` is a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variables {
    /// As in version `2012-10-17`.
    Stand,
    /// They are plain text, as in version `2008-10-17`, and in actions.
    AreText,
}

impl Variables {
    /// Those of a version of the language; without one it is `2008-10-17`.
    pub(crate) fn of(version: Option<&str>) -> Self {
        match version {
            Some("2012-10-17") => Self::Stand,
            _ => Self::AreText,
        }
    }
}

/// How letters are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Counts,
    Ignored,
}

/// What a variable stands for that nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Its default, or nothing: the request lacks the key.
    Missing,
    /// Any text.
    Anything,
}

impl Wildcard {
    /// A text in which wildcards stand for any characters, as in the values of `StringLike`.
    pub(super) fn text(text: &str, variables: Variables) -> Self {
        Self::of(text, variables, |_| Some(Reach::Anywhere))
    }

    /// A text in which nothing is a wildcard, as in the values of `StringEquals`.
    pub(super) fn literal(text: &str, variables: Variables) -> Self {
        Self::of(text, variables, |_| None)
    }

    /// A pattern of actions, in small letters.
    pub(super) fn action(text: &str) -> Self {
        Self::text(&text.to_ascii_lowercase(), Variables::AreText)
    }

    /// A pattern of resources: a wildcard stays within a segment of the ARN, but for a `*` at a
    /// segment's end.
    pub(super) fn resource(text: &str, variables: Variables) -> Self {
        Self::of(text, variables, |next| match next {
            None | Some(':') => Some(Reach::Anywhere),
            Some(_) => Some(Reach::Segment),
        })
    }

    /// `reach` tells from the character that follows how far a wildcard goes, if it is one at all.
    fn of(text: &str, variables: Variables, reach: impl Fn(Option<char>) -> Option<Reach>) -> Self {
        let mut pieces = Pieces::default();
        let mut symbols = symbols(text, variables).peekable();
        while let Some(symbol) = symbols.next() {
            let next = symbols.peek().map(Symbol::first);
            match symbol {
                Symbol::Plain(c) => {
                    let wildcard = match c {
                        '*' => reach(next).map(Piece::Many),
                        '?' => reach(Some('?')).map(Piece::One),
                        _ => None,
                    };
                    match wildcard {
                        Some(wildcard) => pieces.push(wildcard),
                        None => pieces.text.push(c),
                    }
                }
                Symbol::Escaped(c) => pieces.text.push(c),
                Symbol::Variable(variable) => pieces.push(Piece::Variable(variable)),
                Symbol::Broken => pieces.push(Piece::Broken),
            }
        }
        Self::from_pieces(pieces.end())
    }

    fn from_pieces(pieces: Vec<Piece>) -> Self {
        let has_variables = pieces.iter().any(|piece| matches!(piece, Piece::Variable(_)));
        Self {
            pieces,
            has_variables,
        }
    }

    /// Whether it is one text alone; that text.
    pub(super) fn only_text(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether a text of a request matches.
    pub(super) fn matches(&self, text: &str, case: Case, context: &RequestContext) -> Truth {
        let by_absence = self.reads(text, case, context, Reading::Missing);
        if !self.has_variables || !self.depends_on_unknown(context) {
            return by_absence.into();
        }
        if self.reads(text, case, context, Reading::Anything) {
            Truth::Open(by_absence)
        } else {
            Truth::No
        }
    }

    /// Whether a text matches, where neither variables nor the context count.
    pub(super) fn is_match(&self, text: &str) -> bool {
        Matching::of(&self.pieces, Case::Counts, |_| None).holds(text)
    }

    fn reads(&self, text: &str, case: Case, context: &RequestContext, reading: Reading) -> bool {
        if let (Case::Counts, Some(only)) = (case, self.only_text()) {
            return only == text;
        }
        Matching::of(&self.pieces, case, |variable| variable.value(context, reading)).holds(text)
    }

    fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(variable) => Some(variable),
            _ => None,
        })
    }

    fn depends_on_unknown(&self, context: &RequestContext) -> bool {
        self.variables().any(|variable| variable.is_unknown(context))
    }

    /// Adds the keys of variables that nobody knows.
    pub(super) fn unknown_keys(&self, context: &RequestContext, keys: &mut BTreeSet<String>) {
        let unknown = self.variables().filter(|variable| variable.is_unknown(context));
        keys.extend(unknown.map(|variable| variable.written.to_string()));
    }
}

impl Variable {
    fn is_unknown(&self, context: &RequestContext) -> bool {
        context.get(&self.key) == Known::Nothing
    }

    /// What it stands for. A key with several values, or with none, stands for nothing
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>).
    fn value<'a>(&'a self, context: &'a RequestContext, reading: Reading) -> Option<Value<'a>> {
        match (context.get(&self.key), reading) {
            (Known::Values([value]), _) => Some(Value::Text(value)),
            (Known::Values(_), _) => None,
            (Known::Nothing, Reading::Anything) => Some(Value::Anything),
            (Known::Missing | Known::Nothing, _) => self.default.as_deref().map(Value::Text),
        }
    }
}

/// What a variable stands for.
#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    Text(&'a str),
    Anything,
}

/// Pieces, and the text that is read since the last of them.
#[derive(Debug, Default)]
struct Pieces {
    pieces: Vec<Piece>,
    text: String,
}

impl Pieces {
    fn push(&mut self, piece: Piece) {
        self.end_text();
        self.pieces.push(piece);
    }

    fn end_text(&mut self) {
        if !self.text.is_empty() {
            self.pieces
                .push(Piece::Text(std::mem::take(&mut self.text).into()));
        }
    }

    fn end(mut self) -> Vec<Piece> {
        self.end_text();
        self.pieces
    }
}
