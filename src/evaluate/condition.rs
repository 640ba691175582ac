//! What is known of a request against what a statement asks of it.
//!
//! What is known is the condition of a needed statement: every request that counts fulfils it.
//! Only what follows from one of its clauses alone is seen to follow.
//!
//! Operators: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.

use std::collections::BTreeMap;

use super::Pattern;
use crate::policy::{Condition, Values};

const IF_EXISTS: &str = "IfExists";

/// One operator on one key.
#[derive(Debug, Clone, Copy)]
struct Clause<'a> {
    operator: &'a str,
    key: &'a str,
    values: &'a Values,
}

fn clauses(condition: &Condition) -> impl Iterator<Item = Clause<'_>> {
    condition.iter().flat_map(|(operator, keys)| {
        keys.iter().map(move |(key, values)| Clause {
            operator,
            key,
            values,
        })
    })
}

/// What of a condition does not follow from what is known; empty when all of it does.
pub(super) fn unmet(known: &Condition, asked: &Condition) -> Condition {
    let mut unmet = Condition::new();
    let open = clauses(asked).filter(|asked| !follows(known, *asked));
    for clause in open {
        let keys: &mut BTreeMap<String, Values> = unmet.entry(clause.operator.to_owned()).or_default();
        keys.insert(clause.key.to_owned(), clause.values.clone());
    }
    unmet
}

/// Whether no request of which this is known fulfils a condition.
pub(super) fn is_excluded(known: &Condition, asked: &Condition) -> bool {
    clauses(asked).any(|asked| contradicts(known, asked))
}

fn follows(known: &Condition, asked: Clause<'_>) -> bool {
    clauses(known).any(|known| known.is_of_key(asked) && known.entails(asked))
}

fn contradicts(known: &Condition, asked: Clause<'_>) -> bool {
    let operator = asked.base();
    if operator.contains(':') {
        return false;
    }
    if let Some(positive) = positive(operator) {
        let positive = Clause {
            operator: positive,
            ..asked
        };
        return follows(known, positive);
    }
    clauses(known).any(|known| known.is_of_key(asked) && known.is_disjoint(asked))
}

/// The operator that is true where this one is false.
fn positive(operator: &str) -> Option<&'static str> {
    Some(match operator {
        "StringNotEquals" => "StringEquals",
        "StringNotLike" => "StringLike",
        "ArnNotEquals" => "ArnEquals",
        "ArnNotLike" => "ArnLike",
        _ => return None,
    })
}

impl Clause<'_> {
    fn is_of_key(self, other: Self) -> bool {
        self.key.eq_ignore_ascii_case(other.key)
    }

    /// The operator without `IfExists`, which asks for less.
    fn base(self) -> &'static str {
        // The operators that are compared by more than their text.
        const KNOWN: [&str; 14] = [
            "StringEquals",
            "StringLike",
            "ArnEquals",
            "ArnLike",
            "Bool",
            "Null",
            "StringNotEquals",
            "StringNotLike",
            "ArnNotEquals",
            "ArnNotLike",
            "ForAllValues:StringEquals",
            "ForAllValues:StringLike",
            "ForAnyValue:StringEquals",
            "ForAnyValue:StringLike",
        ];
        let base = self.operator.strip_suffix(IF_EXISTS).unwrap_or(self.operator);
        KNOWN.into_iter().find(|known| *known == base).unwrap_or_default()
    }

    fn is_lax(self) -> bool {
        self.operator.ends_with(IF_EXISTS)
    }

    /// Whether the request has the key, and one value of it.
    fn names_a_value(self) -> bool {
        let names = ["StringEquals", "StringLike", "ArnEquals", "ArnLike", "Bool"];
        !self.is_lax() && names.contains(&self.base())
    }

    /// Whether every request that fulfils this clause fulfils the other, on the same key.
    fn entails(self, asked: Self) -> bool {
        if self.operator == asked.operator && is_subset(self.values, asked.values) {
            return !is_negative(self.operator) || is_subset(asked.values, self.values);
        }
        if self.is_lax() && !asked.is_lax() {
            return false;
        }
        if asked.base() == "Null" && !asked.is_lax() {
            let mut values = asked.values.iter();
            return self.names_a_value() && values.any(|value| value == "false");
        }
        let every = |included: fn(&str, &str) -> bool| {
            let mut values = self.values.iter();
            values.all(|known| asked.values.iter().any(|asked| included(asked, known)))
        };
        let (set, known) = parts(self.base());
        let (asked_set, asked) = parts(asked.base());
        set == asked_set
            && match (known, asked) {
                ("StringEquals", "StringEquals") | ("Bool", "Bool") => every(|asked, known| asked == known),
                ("StringEquals", "StringLike") => {
                    every(|asked, known| Pattern::text(asked).includes(&Pattern::literal(known)))
                }
                ("StringLike", "StringLike") => {
                    every(|asked, known| Pattern::text(asked).includes(&Pattern::text(known)))
                }
                ("StringEquals", "ArnEquals" | "ArnLike") => {
                    every(|asked, known| arn_includes(asked, known, Pattern::literal))
                }
                ("ArnEquals" | "ArnLike", "ArnEquals" | "ArnLike") => {
                    every(|asked, known| arn_includes(asked, known, Pattern::text))
                }
                _ => false,
            }
    }

    /// Whether no request fulfils both, on the same key.
    fn is_disjoint(self, asked: Self) -> bool {
        if !self.names_a_value() {
            return false;
        }
        if asked.base() == "Null" {
            return asked.values.iter().all(|value| value == "true");
        }
        let pattern = |operator: &str| match operator {
            "StringEquals" | "Bool" => Some(Pattern::literal as fn(&str) -> Pattern),
            "StringLike" | "ArnEquals" | "ArnLike" => Some(Pattern::text as fn(&str) -> Pattern),
            _ => None,
        };
        let (Some(known), Some(other)) = (pattern(self.base()), pattern(asked.base())) else {
            return false;
        };
        let overlaps = |a: &str, b: &str| known(a).overlaps(&other(b));
        !self
            .values
            .iter()
            .any(|a| asked.values.iter().any(|b| overlaps(a, b)))
    }
}

/// The set operator, or nothing, and what it applies.
fn parts(operator: &str) -> (&str, &str) {
    operator.split_once(':').unwrap_or(("", operator))
}

/// Whether more values ask for more, not for less.
fn is_negative(operator: &str) -> bool {
    operator.contains("Not")
}

fn is_subset(few: &Values, many: &Values) -> bool {
    few.iter().all(|value| many.iter().any(|other| other == value))
}

/// ARNs are compared part by part: no wildcard goes beyond a part, but in the last one.
fn arn_includes(asked: &str, known: &str, known_pattern: fn(&str) -> Pattern) -> bool {
    let (asked, known): (Vec<&str>, Vec<&str>) =
        (asked.splitn(6, ':').collect(), known.splitn(6, ':').collect());
    asked.len() == known.len()
        && asked.len() == 6
        && asked
            .iter()
            .zip(&known)
            .all(|(asked, known)| Pattern::text(asked).includes(&known_pattern(known)))
}
