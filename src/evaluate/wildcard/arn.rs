use std::collections::BTreeSet;

use super::{Case, Piece, Pieces, Reading, RequestContext, Truth, Value, Variables, Wildcard};

/// How many segments an ARN has.
const SEGMENTS: usize = 6;

/// A value of `ArnLike`: its six segments are compared one by one.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>
#[derive(Debug, Clone)]
pub(in crate::evaluate) struct ArnPattern {
    whole: Wildcard,
    /// By segment, where no variable says where segments end; none where they are not six.
    segments: Option<Vec<Wildcard>>,
}

impl ArnPattern {
    /// Reads one; `*` alone is every ARN.
    pub(in crate::evaluate) fn of(text: &str, variables: Variables) -> Self {
        let whole = Wildcard::text(if text == "*" { "*:*:*:*:*:*" } else { text }, variables);
        let segments = segments(whole.pieces.iter().cloned());
        Self { whole, segments }
    }

    /// Whether a text of a request is such an ARN.
    pub(in crate::evaluate) fn matches(&self, text: &str, context: &RequestContext) -> Truth {
        if !self.whole.has_variables {
            return self
                .segments
                .as_ref()
                .is_some_and(|segments| are_match(segments, text))
                .into();
        }
        let by_absence = self.is_match_by_absence(text, context);
        if !self.whole.depends_on_unknown(context) {
            by_absence.into()
        } else if self.whole.reads(text, Case::Counts, context, Reading::Anything) {
            Truth::Open(by_absence)
        } else {
            Truth::No
        }
    }

    fn is_match_by_absence(&self, text: &str, context: &RequestContext) -> bool {
        let known = self.whole.pieces.iter().map(|piece| match piece {
            Piece::Variable(variable) => match variable.value(context, Reading::Missing) {
                Some(Value::Text(value)) => Piece::Text(value.into()),
                _ => Piece::Broken,
            },
            other => other.clone(),
        });
        segments(known).is_some_and(|segments| are_match(&segments, text))
    }

    /// Adds the keys of variables that nobody knows.
    pub(in crate::evaluate) fn unknown_keys(&self, context: &RequestContext, keys: &mut BTreeSet<String>) {
        self.whole.unknown_keys(context, keys);
    }
}

fn are_match(segments: &[Wildcard], text: &str) -> bool {
    let mut parts = text.splitn(SEGMENTS, ':');
    let all = segments
        .iter()
        .all(|segment| parts.next().is_some_and(|part| segment.is_match(part)));
    all && parts.next().is_none()
}

/// Pieces, parted at the first five colons; `None` where there are fewer.
fn segments(pieces: impl Iterator<Item = Piece>) -> Option<Vec<Wildcard>> {
    let mut segments = Vec::with_capacity(SEGMENTS);
    let mut current = Pieces::default();
    for piece in pieces {
        let Piece::Text(text) = piece else {
            current.push(piece);
            continue;
        };
        for c in text.chars() {
            if c == ':' && segments.len() + 1 < SEGMENTS {
                segments.push(Wildcard::from_pieces(std::mem::take(&mut current).end()));
            } else {
                current.text.push(c);
            }
        }
    }
    segments.push(Wildcard::from_pieces(current.end()));
    (segments.len() == SEGMENTS).then_some(segments)
}
