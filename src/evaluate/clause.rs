//! One operator on one key of a statement's condition, prepared to be looked at many times.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::operator::{Comparison, Operator, Order, Quantifier};
use super::request::{Known, RequestContext};
use super::truth::Truth;
use super::values::{Decimal, Range, base64, moment};
use super::wildcard::{ArnPattern, Case, Variables, Wildcard};
use crate::policy::Values;

/// One operator on one key.
#[derive(Debug, Clone)]
pub(super) struct Clause {
    /// The operator, as written.
    pub(super) operator: Box<str>,
    /// The key, as written.
    pub(super) key: Box<str>,
    /// The values, as written.
    pub(super) values: Vec<String>,
    lower_key: Box<str>,
    /// `None` where IAM knows no such operator.
    parsed: Option<Operator>,
    wanted: Wanted,
}

/// Values to compare with, read once. What cannot be read equals nothing and is left out.
#[derive(Debug, Clone)]
enum Wanted {
    Text(Vec<Wildcard>, Case),
    Arn(Vec<ArnPattern>),
    Number(Order, Vec<Box<str>>),
    Date(Order, Vec<i128>),
    Bool(Vec<bool>),
    Binary(Vec<Box<str>>),
    Ip(Vec<Range>),
}

impl Clause {
    pub(super) fn of(operator: &str, key: &str, values: &Values, variables: Variables) -> Self {
        let parsed = Operator::parse(operator);
        let comparison = parsed.map_or(Comparison::String, |parsed| parsed.comparison);
        Self {
            operator: operator.into(),
            key: key.into(),
            values: values.iter().map(str::to_owned).collect(),
            lower_key: key.to_ascii_lowercase().into(),
            parsed,
            wanted: Wanted::of(comparison, values, variables),
        }
    }

    /// Whether it holds of a request.
    pub(super) fn holds(&self, context: &RequestContext) -> Truth {
        let Some(operator) = self.parsed else {
            return Truth::No;
        };
        match context.get(&self.lower_key) {
            Known::Values(values) => self.holds_of(operator, values, context),
            Known::Missing => self.holds_without(operator).into(),
            Known::Nothing => Truth::Open(self.holds_without(operator)),
        }
    }

    fn holds_without(&self, operator: Operator) -> bool {
        if operator.comparison == Comparison::Null {
            return self.asks_for_null(true);
        }
        operator.if_exists
            || match operator.quantifier {
                None => operator.negated,
                Some(Quantifier::ForAllValues) => true,
                Some(Quantifier::ForAnyValue) => false,
            }
    }

    fn holds_of(&self, operator: Operator, found: &[String], context: &RequestContext) -> Truth {
        let is_null = found.iter().all(String::is_empty);
        if operator.comparison == Comparison::Null {
            return self.asks_for_null(is_null).into();
        }
        let compared = |value: &String| self.wanted.holds(value, context);
        let value = |value: &String| match compared(value) {
            truth if operator.negated => truth.not(),
            truth => truth,
        };
        match operator.quantifier {
            Some(Quantifier::ForAllValues) if is_null => Truth::Yes,
            Some(Quantifier::ForAnyValue) if is_null => Truth::No,
            Some(Quantifier::ForAllValues) => Truth::all(found.iter().map(value)),
            Some(Quantifier::ForAnyValue) => Truth::any(found.iter().map(value)),
            None => {
                // Without a set operator, several values equal nothing.
                let only = match found {
                    [only] => compared(only),
                    _ => Truth::No,
                };
                if operator.negated { only.not() } else { only }
            }
        }
    }

    /// Whether `Null` asks for a key that is missing, or for one that is there.
    fn asks_for_null(&self, is_null: bool) -> bool {
        match &self.wanted {
            Wanted::Bool(wanted) => wanted.contains(&is_null),
            _ => false,
        }
    }

    /// Adds the keys that nobody knows and on which it depends.
    pub(super) fn unknown_keys(&self, context: &RequestContext, keys: &mut BTreeSet<String>) {
        if !self.holds(context).is_open() {
            return;
        }
        if context.get(&self.lower_key) == Known::Nothing {
            keys.insert(self.key.to_string());
        }
        match &self.wanted {
            Wanted::Text(wanted, _) => wanted.iter().for_each(|one| one.unknown_keys(context, keys)),
            Wanted::Arn(wanted) => wanted.iter().for_each(|one| one.unknown_keys(context, keys)),
            _ => {}
        }
    }

    /// What the request has; `None` where it lacks the key or nobody knows.
    pub(super) fn found(&self, context: &RequestContext) -> Option<Vec<String>> {
        match context.get(&self.lower_key) {
            Known::Values(values) => Some(values.to_vec()),
            Known::Missing | Known::Nothing => None,
        }
    }
}

impl Wanted {
    fn of(comparison: Comparison, values: &Values, variables: Variables) -> Self {
        let literals = || values.iter().map(|text| Wildcard::literal(text, variables));
        match comparison {
            Comparison::String => Self::Text(literals().collect(), Case::Counts),
            Comparison::StringIgnoreCase => Self::Text(literals().collect(), Case::Ignored),
            Comparison::StringLike => {
                let patterns = values.iter().map(|text| Wildcard::text(text, variables));
                Self::Text(patterns.collect(), Case::Counts)
            }
            Comparison::Arn => {
                let patterns = values.iter().map(|text| ArnPattern::of(text, variables));
                Self::Arn(patterns.collect())
            }
            Comparison::Numeric(order) => {
                let numbers = values.iter().filter(|text| Decimal::parse(text).is_some());
                Self::Number(order, numbers.map(Into::into).collect())
            }
            Comparison::Date(order) => Self::Date(order, values.iter().filter_map(moment).collect()),
            Comparison::Bool | Comparison::Null => Self::Bool(values.iter().filter_map(boolean).collect()),
            Comparison::Binary => {
                let texts = values.iter().filter_map(base64);
                Self::Binary(texts.map(Into::into).collect())
            }
            Comparison::Ip => Self::Ip(values.iter().filter_map(Range::parse).collect()),
        }
    }

    /// Whether a value of a request compares as asked with one of the values.
    fn holds(&self, found: &str, context: &RequestContext) -> Truth {
        match self {
            Self::Text(wanted, case) => {
                Truth::any(wanted.iter().map(|one| one.matches(found, *case, context)))
            }
            Self::Arn(wanted) => Truth::any(wanted.iter().map(|one| one.matches(found, context))),
            Self::Number(order, wanted) => {
                let found = Decimal::parse(found);
                let wanted = wanted.iter().filter_map(|text| Decimal::parse(text));
                compares(found, wanted, *order).into()
            }
            Self::Date(order, wanted) => compares(moment(found), wanted.iter().copied(), *order).into(),
            Self::Bool(wanted) => boolean(found).is_some_and(|found| wanted.contains(&found)).into(),
            Self::Binary(wanted) => base64(found)
                .is_some_and(|found| wanted.iter().any(|wanted| **wanted == *found))
                .into(),
            Self::Ip(wanted) => Range::parse(found)
                .is_some_and(|found| wanted.iter().any(|wanted| wanted.includes(found)))
                .into(),
        }
    }
}

fn compares<T: Ord>(found: Option<T>, wanted: impl IntoIterator<Item = T>, order: Order) -> bool {
    let Some(found) = found else {
        return false;
    };
    wanted.into_iter().any(|wanted| {
        let ordering = found.cmp(&wanted);
        match order {
            Order::Equal => ordering == Ordering::Equal,
            Order::Less => ordering == Ordering::Less,
            Order::AtMost => ordering != Ordering::Greater,
            Order::Greater => ordering == Ordering::Greater,
            Order::AtLeast => ordering != Ordering::Less,
        }
    })
}

fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

impl Comparison {
    /// Whether a value of a request compares so with one of a statement, of which no variable has a value.
    #[must_use]
    pub fn holds(self, found: &str, wanted: &str) -> bool {
        let values = Values::One(crate::policy::Scalar::Text(wanted.to_owned()));
        Wanted::of(self, &values, Variables::Stand).holds(found, &RequestContext::complete()) == Truth::Yes
    }
}
