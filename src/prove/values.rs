//! Sets of values of a condition key, and values that lie in some of them and not in others.

use crate::evaluate::{Comparison, Found, Pattern, Words};

/// The values of a key that a clause of a statement speaks of.
#[derive(Debug)]
pub(super) struct ValueSet {
    /// Which it is among all that are read.
    pub(super) id: usize,
    pub(super) kind: Kind,
}

/// How they are told.
#[derive(Debug)]
pub(super) enum Kind {
    /// Those that one of these patterns matches.
    Text(Vec<Pattern>),
    /// Those that compare rightly with one of these: numbers, dates, addresses.
    Compared(Comparison, Vec<String>),
    /// Of `Null`: whether it holds for a key that is missing, and for one that is there.
    Presence { missing: bool, there: bool },
}

/// A value lies in a set, or outside.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member<'a> {
    pub(super) set: &'a ValueSet,
    pub(super) is_inside: bool,
}

impl Kind {
    /// The values that compare rightly with one of some texts.
    pub(super) fn of(comparison: Comparison, texts: Vec<String>) -> Self {
        let patterns = |pattern: fn(&str) -> Pattern| Self::Text(texts.iter().map(|t| pattern(t)).collect());
        match comparison {
            Comparison::String => patterns(Pattern::literal),
            Comparison::StringIgnoreCase => patterns(|text| Pattern::literal(text).without_case()),
            Comparison::Bool => {
                let known = texts.iter().filter(|text| is("true", text) || is("false", text));
                Self::Text(known.map(|text| Pattern::literal(text).without_case()).collect())
            }
            Comparison::StringLike => patterns(Pattern::text),
            Comparison::Arn => Self::Text(texts.iter().filter_map(|text| Pattern::arn(text)).collect()),
            Comparison::Null => Self::Presence {
                missing: texts.iter().any(|text| is("true", text)),
                there: texts.iter().any(|text| is("false", text)),
            },
            Comparison::Numeric(_) | Comparison::Date(_) | Comparison::Ip | Comparison::Binary => {
                Self::Compared(comparison, texts)
            }
        }
    }

    /// Whether it depends on a variable whose value is not known.
    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::Text(patterns) => patterns.iter().any(Pattern::has_variables),
            _ => false,
        }
    }

    /// The values that it names one by one.
    pub(super) fn words(&self) -> impl Iterator<Item = String> {
        let patterns = match self {
            Self::Text(patterns) => patterns.as_slice(),
            _ => &[],
        };
        patterns.iter().filter_map(Pattern::only_word)
    }

    /// Whether a value lies in it; of a variable nobody knows, and it may.
    fn may_have(&self, value: &str) -> bool {
        match self {
            Self::Text(patterns) => patterns.iter().any(|pattern| pattern.matches(value)),
            Self::Compared(comparison, wanted) => wanted.iter().any(|one| comparison.holds(value, one)),
            Self::Presence { .. } => false,
        }
    }

    /// Whether a value lies in it, whatever variables stand for.
    fn surely_has(&self, value: &str) -> bool {
        match self {
            Self::Text(patterns) => {
                let mut known = patterns.iter().filter(|pattern| !pattern.has_variables());
                known.any(|pattern| pattern.matches(value))
            }
            other => other.may_have(value),
        }
    }
}

impl Member<'_> {
    /// Whether a value is such a one, or may be.
    pub(super) fn takes(self, value: &str) -> bool {
        if self.is_inside {
            self.set.kind.may_have(value)
        } else {
            !self.set.kind.surely_has(value)
        }
    }
}

/// A value that all of these take.
pub(super) fn value(members: &[Member<'_>]) -> Found {
    let mut words = Words::default();
    let mut compared: Vec<(Comparison, &[String])> = Vec::new();
    let mut has_texts = false;
    for member in members {
        match &member.set.kind {
            Kind::Text(patterns) if member.is_inside => {
                has_texts = true;
                words = words.matched_by(patterns);
            }
            Kind::Text(patterns) => {
                has_texts = true;
                words = words.not_matched_by(patterns);
            }
            Kind::Compared(comparison, wanted) => compared.push((*comparison, wanted)),
            Kind::Presence { .. } => {}
        }
    }
    let of_texts = words.shortest();
    if compared.is_empty() || of_texts == Found::Nothing {
        return of_texts;
    }
    let word = match of_texts {
        Found::Word(word) => Some(word),
        Found::Nothing | Found::TooMuch => None,
    };
    let takes = |value: &String| members.iter().all(|member| member.takes(value));
    let (landmarks, is_one_kind) = landmarks(&compared);
    match landmarks.into_iter().chain(word).find(takes) {
        Some(value) => Found::Word(value),
        // They tell nothing of texts, nor of values that are compared in two ways.
        None if has_texts || !is_one_kind => Found::TooMuch,
        None => Found::Nothing,
    }
}

/// Values that stand for all others, and whether all are compared in one way, so that they do.
fn landmarks(compared: &[(Comparison, &[String])]) -> (Vec<String>, bool) {
    let way = |comparison: &Comparison| std::mem::discriminant(comparison);
    let Some((first, _)) = compared.first() else {
        return (Vec::new(), true);
    };
    let mut landmarks = Vec::new();
    for (comparison, _) in compared {
        let alike = compared.iter().filter(|(other, _)| way(other) == way(comparison));
        let wanted: Vec<String> = alike.flat_map(|(_, wanted)| wanted.iter().cloned()).collect();
        landmarks.extend(comparison.landmarks(&wanted));
    }
    let is_one_kind = compared.iter().all(|(other, _)| way(other) == way(first));
    (landmarks, is_one_kind)
}

fn is(known: &str, text: &str) -> bool {
    text.eq_ignore_ascii_case(known)
}
