use super::variable::Variable;
use super::{Case, Piece, Reach, Value};

/// The question whether a text is matched by pieces.
pub(super) struct Matching<'a, F> {
    pieces: &'a [Piece],
    case: Case,
    value: F,
}

/// Where to go on when a match fails: the pieces behind a wildcard, and the text that is left to it.
type Retry<'a, 't> = Option<(&'a [Piece], &'t str)>;

impl<'a, F: Fn(&'a Variable) -> Option<Value<'a>>> Matching<'a, F> {
    /// `value` tells what a variable stands for; without it nothing is matched.
    pub(super) const fn of(pieces: &'a [Piece], case: Case, value: F) -> Self {
        Self { pieces, case, value }
    }

    /// Looks for the first place that each `*` can end at. When it fails, the last `*` takes one
    /// character more; one that ends at colons gives way to the last one that does not, since those
    /// between meet the same colon.
    pub(super) fn holds(&self, text: &str) -> bool {
        let mut pieces = self.pieces;
        let mut rest = text;
        let mut anywhere: Retry<'a, '_> = None;
        let mut in_segment: Retry<'a, '_> = None;
        loop {
            if let Some((piece, behind)) = pieces.split_first() {
                match self.step(piece, rest) {
                    Step::On(left) => {
                        (pieces, rest) = (behind, left);
                        continue;
                    }
                    Step::Many(Reach::Anywhere) => {
                        if behind.is_empty() {
                            return true;
                        }
                        (anywhere, in_segment) = (Some((behind, rest)), None);
                        pieces = behind;
                        continue;
                    }
                    Step::Many(Reach::Segment) => {
                        in_segment = Some((behind, rest));
                        pieces = behind;
                        continue;
                    }
                    Step::Stop => {}
                    Step::Never => return false,
                }
            } else if rest.is_empty() {
                return true;
            }
            if let Some((behind, left)) = longer(in_segment, Reach::Segment) {
                in_segment = Some((behind, left));
                (pieces, rest) = (behind, left);
            } else if let Some((behind, left)) = longer(anywhere, Reach::Anywhere) {
                (anywhere, in_segment) = (Some((behind, left)), None);
                (pieces, rest) = (behind, left);
            } else {
                return false;
            }
        }
    }

    fn step<'t>(&self, piece: &'a Piece, rest: &'t str) -> Step<'t> {
        match piece {
            Piece::Text(text) => self.strip(rest, text),
            Piece::One(reach) => match split_first(rest) {
                Some((c, left)) if reach.allows(c) => Step::On(left),
                _ => Step::Stop,
            },
            Piece::Many(reach) => Step::Many(*reach),
            Piece::Variable(variable) => match (self.value)(variable) {
                Some(Value::Text(text)) => self.strip(rest, text),
                Some(Value::Anything) => Step::Many(Reach::Anywhere),
                None => Step::Never,
            },
            Piece::Broken => Step::Never,
        }
    }

    fn strip<'t>(&self, rest: &'t str, text: &str) -> Step<'t> {
        let left = match self.case {
            Case::Counts => rest.strip_prefix(text),
            Case::Ignored => strip_without_case(rest, text),
        };
        left.map_or(Step::Stop, Step::On)
    }
}

/// What comes of a piece.
enum Step<'t> {
    /// It takes a part of the text; what is left.
    On(&'t str),
    Many(Reach),
    /// It takes nothing here.
    Stop,
    /// It takes nothing anywhere.
    Never,
}

/// A `*` with one character more.
fn longer<'a, 't>(retry: Retry<'a, 't>, reach: Reach) -> Retry<'a, 't> {
    let (pieces, rest) = retry?;
    let (c, left) = split_first(rest)?;
    reach.allows(c).then_some((pieces, left))
}

fn split_first(text: &str) -> Option<(char, &str)> {
    let mut characters = text.chars();
    let c = characters.next()?;
    Some((c, characters.as_str()))
}

fn strip_without_case<'t>(rest: &'t str, text: &str) -> Option<&'t str> {
    let mut left = rest.chars();
    for wanted in text.chars() {
        let found = left.next()?;
        if found != wanted && !found.to_lowercase().eq(wanted.to_lowercase()) {
            return None;
        }
    }
    Some(left.as_str())
}
