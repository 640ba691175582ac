//! Sets of values of a condition key, and values that lie in some of them and not in others.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::evaluate::{Comparison, Found, Pattern, Words};

/// The biggest number whose neighbours can be told apart.
const MOST_EXACT: f64 = 4_503_599_627_370_496.0;

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
    let mut candidates = Vec::new();
    let mut is_exact = true;
    for member in members {
        match &member.set.kind {
            Kind::Text(patterns) if member.is_inside => words = words.matched_by(patterns),
            Kind::Text(patterns) => words = words.not_matched_by(patterns),
            Kind::Compared(comparison, wanted) => {
                is_exact &= landmarks(*comparison, wanted, &mut candidates);
            }
            Kind::Presence { .. } => {}
        }
    }
    let of_texts = words.shortest();
    if candidates.is_empty() {
        return of_texts;
    }
    if of_texts == Found::Nothing {
        return Found::Nothing;
    }
    // The landmarks are one value of each part into which comparisons divide all values.
    let has_texts = members
        .iter()
        .any(|member| matches!(member.set.kind, Kind::Text(_)));
    let takes = |value: &String| members.iter().all(|member| member.takes(value));
    let word = match of_texts {
        Found::Word(word) => Some(word),
        _ => None,
    };
    match candidates.into_iter().chain(word).find(takes) {
        Some(value) => Found::Word(value),
        None if has_texts || !is_exact => Found::TooMuch,
        None => Found::Nothing,
    }
}

/// Adds one value of each part into which comparisons with some values divide all values; says whether
/// they are all.
fn landmarks(comparison: Comparison, wanted: &[String], candidates: &mut Vec<String>) -> bool {
    match comparison {
        Comparison::Numeric(_) => numbers(wanted, candidates),
        Comparison::Date(_) => dates(wanted, candidates),
        Comparison::Ip => addresses(wanted, candidates),
        _ => {
            candidates.extend(wanted.iter().cloned());
            candidates.push("none".to_owned());
            true
        }
    }
}

fn is(known: &str, text: &str) -> bool {
    text.eq_ignore_ascii_case(known)
}

/// The numbers, and one beside each; and what is no number.
fn numbers(wanted: &[String], candidates: &mut Vec<String>) -> bool {
    let mut is_exact = true;
    candidates.push("none".to_owned());
    for text in wanted {
        match text.trim().parse::<f64>() {
            Ok(number) if number.abs() < MOST_EXACT && number.fract() == 0.0 => {
                candidates.push(text.clone());
                candidates.push(format!("{}", number - 0.5));
                candidates.push(format!("{}", number + 0.5));
            }
            Ok(number) => {
                is_exact = false;
                candidates.extend([
                    text.clone(),
                    format!("{}", number - 1.0),
                    format!("{}", number + 1.0),
                ]);
            }
            Err(_) => {}
        }
    }
    is_exact
}

/// The moments, and a second before and after each; and what is no date.
fn dates(wanted: &[String], candidates: &mut Vec<String>) -> bool {
    let mut moments: Vec<i64> = wanted.iter().filter_map(|text| moment(text)).collect();
    let is_exact = moments.len() == wanted.len();
    moments.sort_unstable();
    candidates.push("none".to_owned());
    for moment in &moments {
        for second in [*moment, moment - 1, moment + 1] {
            candidates.extend(Timestamp::from_second(second).map(|time| time.to_string()));
        }
    }
    is_exact
        && moments
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if b - a != 1))
}

/// A date in seconds since 1970.
fn moment(text: &str) -> Option<i64> {
    let of_day = || {
        let day = text.parse::<Date>().ok()?;
        Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
    };
    let time = text.parse::<Timestamp>().ok().map(Timestamp::as_second);
    time.or_else(of_day).or_else(|| text.parse().ok())
}

/// The first and last address of each network, and those beside it; one of each kind, and what is none.
fn addresses(wanted: &[String], candidates: &mut Vec<String>) -> bool {
    candidates.extend(["192.0.2.1", "0.0.0.0", "::", "none"].map(str::to_owned));
    candidates.extend(wanted.iter().cloned());
    let mut is_exact = true;
    for text in wanted {
        let (address, length) = text.split_once('/').unwrap_or((text, ""));
        let length = length.parse::<u32>().ok();
        match address.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => {
                let host = 32_u32.saturating_sub(length.unwrap_or(32));
                let mask = u32::MAX.checked_shl(host).unwrap_or(0);
                let first = u32::from(address) & mask;
                let around = [
                    first,
                    first | !mask,
                    first.wrapping_sub(1),
                    (first | !mask).wrapping_add(1),
                ];
                candidates.extend(around.map(|bits| Ipv4Addr::from(bits).to_string()));
            }
            Ok(IpAddr::V6(address)) => {
                let host = 128_u32.saturating_sub(length.unwrap_or(128));
                let mask = u128::MAX.checked_shl(host).unwrap_or(0);
                let first = u128::from(address) & mask;
                let around = [
                    first,
                    first | !mask,
                    first.wrapping_sub(1),
                    (first | !mask).wrapping_add(1),
                ];
                candidates.extend(around.map(|bits| Ipv6Addr::from(bits).to_string()));
            }
            Err(_) => is_exact = false,
        }
    }
    is_exact
}
