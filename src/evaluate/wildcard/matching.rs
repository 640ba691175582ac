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
        let mut place = Place::start(self.pieces, text);
        loop {
            if let Some(holds) = self.go_on(&mut place) {
                return holds;
            }
        }
    }

    /// Looks at one piece; whether the text is matched, where that is known.
    pub(super) fn go_on(&self, place: &mut Place<'a, '_>) -> Option<bool> {
        let Some((piece, behind)) = place.pieces.split_first() else {
            return if place.rest.is_empty() {
                Some(true)
            } else {
                place.go_back()
            };
        };
        match self.step(piece, place.rest) {
            Step::On(left) => place.rest = left,
            Step::Many(Reach::Anywhere) if behind.is_empty() => return Some(true),
            Step::Many(Reach::Anywhere) => {
                (place.anywhere, place.in_segment) = (Some((behind, place.rest)), None);
            }
            Step::Many(Reach::Segment) => place.in_segment = Some((behind, place.rest)),
            Step::Stop => return place.go_back(),
            Step::Never => return Some(false),
        }
        place.pieces = behind;
        None
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

/// How far the pieces and the text are looked at, and where to go on when they do not match.
pub(super) struct Place<'a, 't> {
    pieces: &'a [Piece],
    rest: &'t str,
    anywhere: Retry<'a, 't>,
    in_segment: Retry<'a, 't>,
}

impl<'a, 't> Place<'a, 't> {
    pub(super) const fn start(pieces: &'a [Piece], text: &'t str) -> Self {
        Self {
            pieces,
            rest: text,
            anywhere: None,
            in_segment: None,
        }
    }

    /// Gives the last `*` one character more; nothing matches where none can take it.
    fn go_back(&mut self) -> Option<bool> {
        if let Some((behind, left)) = longer(self.in_segment, Reach::Segment) {
            self.in_segment = Some((behind, left));
            (self.pieces, self.rest) = (behind, left);
        } else if let Some((behind, left)) = longer(self.anywhere, Reach::Anywhere) {
            (self.anywhere, self.in_segment) = (Some((behind, left)), None);
            (self.pieces, self.rest) = (behind, left);
        } else {
            return Some(false);
        }
        None
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
