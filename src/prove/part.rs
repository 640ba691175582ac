//! What policies say of a part of all requests: the part that a needed statement matches.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::missing::Why;
use super::reading::{Breadth, Reader, Reading};
use super::region::Ground;
use super::search::{Outcome, Search};
use crate::evaluate::{RequestContext, Variables};
use crate::policy::{Action, Condition, Effect, Policy, Resource, Scalar, Statement, Values};

/// A statement, read.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) statement: &'a Statement,
    /// What `${…}` is in it.
    pub(super) variables: Variables,
    pub(super) reading: Reading,
}

/// Needed and held statements, read in one way.
#[derive(Debug)]
pub(super) struct Readings<'a> {
    reader: RefCell<Reader<'a>>,
    /// The statements that allow what is needed.
    pub(super) needed: Vec<Part<'a>>,
    allowing: Vec<Part<'a>>,
    /// Those that deny what is not wanted to be denied.
    denying: Vec<Part<'a>>,
}

/// Questions on some readings.
#[derive(Debug)]
pub(super) struct Questions<'a> {
    readings: &'a Readings<'a>,
    ground: Ground<'a>,
}

/// Whether there is such a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// There is, unless it depends on what a variable stands for.
    One,
    Nothing,
    TooMuch,
}

impl<'a> Readings<'a> {
    pub(super) fn of(
        needed: &[&'a Policy],
        held: &[&'a Policy],
        is_wanted: impl Fn(&Statement) -> bool,
        known: &'a RequestContext,
        breadth: Breadth,
    ) -> Self {
        let mut reader = Reader::new(known, breadth);
        let mut read = |policies: &[&'a Policy], effect: Effect| -> Vec<Part<'a>> {
            let statements = policies.iter().flat_map(|policy| {
                let of_policy = policy.statement.iter();
                of_policy.map(|statement| (statement, Variables::of(policy.version.as_deref())))
            });
            let wanted = |statement: &Statement| effect == Effect::Deny && is_wanted(statement);
            statements
                .filter(|(statement, _)| statement.effect == effect && !wanted(statement))
                .map(|(statement, variables)| Part {
                    statement,
                    variables,
                    reading: reader.statement(statement, variables),
                })
                .collect()
        };
        let needed = read(needed, Effect::Allow);
        let (allowing, denying) = (read(held, Effect::Allow), read(held, Effect::Deny));
        Self {
            reader: RefCell::new(reader),
            needed,
            allowing,
            denying,
        }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Reading> {
        let parts = self.needed.iter().chain(&self.allowing).chain(&self.denying);
        parts.map(|part| &part.reading)
    }

    fn read(&self, statement: &Statement, variables: Variables) -> Reading {
        self.reader.borrow_mut().statement(statement, variables)
    }
}

impl<'a> Questions<'a> {
    pub(super) fn of(
        readings: &'a Readings<'a>,
        known: &'a RequestContext,
        several: &'a BTreeSet<&'a str>,
    ) -> Self {
        let ground = Ground {
            known,
            several,
            found: RefCell::default(),
        };
        Self { readings, ground }
    }

    /// A part of what is needed.
    pub(super) fn reading(&self, part: &Statement, variables: Variables) -> Reading {
        self.readings.read(part, variables)
    }

    /// Whether every request of a part is allowed, and none denied.
    pub(super) fn covers(&self, part: &Reading) -> bool {
        let mut denying = self.readings.denying.iter();
        self.unallowed(part) == Found::Nothing
            && denying.all(|deny| self.ask(&[part, &deny.reading], &[]) == Found::Nothing)
    }

    /// What of a part is denied, or may be: why, by statement.
    pub(super) fn denials(&self, part: &Reading) -> Vec<Why> {
        let of = |deny: &Part<'_>| {
            let found = self.ask(&[part, &deny.reading], &[]);
            if found == Found::Nothing {
                return None;
            }
            let open = self.unmet(part, deny);
            let is_open = part.resources.is_open || deny.reading.resources.is_open;
            let is_whole = || self.ask(&[part], &[&deny.reading]) == Found::Nothing;
            Some(if !open.is_empty() {
                conditional(deny, &open)
            } else if found == Found::One && (!is_open || is_whole()) {
                Why::Denied {
                    sid: deny.statement.sid.clone(),
                }
            } else {
                Why::Unknown
            })
        };
        self.readings.denying.iter().filter_map(of).collect()
    }

    /// Why a part is not allowed, if it is not, denied or not.
    pub(super) fn not_allowed(&self, part: &Reading) -> Option<Why> {
        let found = self.unallowed(part);
        if found == Found::Nothing {
            return None;
        }
        let mut cannot_be_told = found == Found::TooMuch;
        for allow in &self.readings.allowing {
            let unconditional = Statement {
                condition: Condition::new(),
                ..allow.statement.clone()
            };
            let unconditional = self.readings.read(&unconditional, allow.variables);
            if self.ask(&[part], &[&unconditional]) == Found::Nothing {
                let open = self.unmet(part, allow);
                return Some(conditional(allow, &open));
            }
            let is_open = unconditional.resources.is_open;
            cannot_be_told |= is_open && self.ask(&[part, &unconditional], &[]) != Found::Nothing;
        }
        Some(if cannot_be_told {
            Why::Unknown
        } else {
            Why::NotAllowed
        })
    }

    /// Whether there are requests of a part that no statement allows.
    fn unallowed(&self, part: &Reading) -> Found {
        let allowing: Vec<&Reading> = self
            .readings
            .allowing
            .iter()
            .map(|allow| &allow.reading)
            .collect();
        self.ask(&[part], &allowing)
    }

    /// What of a statement's condition does not follow from what is known of the requests of a part.
    fn unmet(&self, part: &Reading, of: &Part<'_>) -> Condition {
        let mut unmet = Condition::new();
        for (operator, keys) in &of.statement.condition {
            for (key, values) in keys {
                let alone = on_everything(operator, key, values);
                let alone = self.readings.read(&alone, of.variables);
                if self.ask(&[part], &[&alone]) != Found::Nothing {
                    let open: &mut BTreeMap<String, Values> = unmet.entry(operator.clone()).or_default();
                    open.insert(key.clone(), values.clone());
                }
            }
        }
        unmet
    }

    /// Whether there is a request that all of some statements match, and none of others. What cannot be
    /// read of a statement may hold or not.
    fn ask<'q>(&'q self, matched: &[&'q Reading], avoided: &[&'q Reading]) -> Found {
        let clear = avoided.iter().copied().filter(|reading| reading.is_clear);
        let avoided: Vec<&Reading> = clear.collect();
        match Search::new(&self.ground).run(matched, &avoided) {
            Outcome::Found(region) if region.example().is_some() => Found::One,
            Outcome::Nothing => Found::Nothing,
            Outcome::Found(_) | Outcome::TooMuch => Found::TooMuch,
        }
    }
}

/// A statement that speaks of every request of which one clause of a condition is true.
fn on_everything(operator: &str, key: &str, values: &Values) -> Statement {
    let everything = || Values::One(Scalar::Text("*".to_owned()));
    let keys = BTreeMap::from([(key.to_owned(), values.clone())]);
    Statement {
        sid: None,
        effect: Effect::Allow,
        principal: None,
        action: Action::In(everything()),
        resource: Some(Resource::In(everything())),
        condition: BTreeMap::from([(operator.to_owned(), keys)]),
    }
}

fn conditional(of: &Part<'_>, open: &Condition) -> Why {
    Why::Conditional {
        sid: of.statement.sid.clone(),
        condition: serde_json::to_string(open).unwrap_or_default(),
    }
}
