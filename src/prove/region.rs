//! Requests of which something is known: a set of them, narrowed clause by clause.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::facts::Fact;
use super::key::{Fit, Key};
use super::reading::Side;
use crate::evaluate::{Found, Pattern, RequestContext, Words};

/// What every request of a question has in common.
#[derive(Debug)]
pub(super) struct Ground<'a> {
    /// What is known of keys.
    pub(super) known: &'a RequestContext,
    /// The keys that can have several values.
    pub(super) several: &'a BTreeSet<&'a str>,
    /// Texts that were looked for before, by what was asked of them.
    pub(super) found: RefCell<HashMap<Asked, Found>>,
}

/// What is asked of a text: sets by their number, and whether it is in them.
pub(super) type Asked = Vec<(usize, bool)>;

impl Ground<'_> {
    /// A text, looked for once.
    pub(super) fn find(&self, mut asked: Asked, look: impl FnOnce() -> Found) -> Found {
        asked.sort_unstable();
        asked.dedup();
        if let Some(found) = self.found.borrow().get(&asked) {
            return found.clone();
        }
        let found = look();
        self.found.borrow_mut().insert(asked, found.clone());
        found
    }
}

/// A set of requests.
#[derive(Debug, Clone, Default)]
pub(super) struct Region<'a> {
    action: Text<'a>,
    resource: Text<'a>,
    keys: BTreeMap<&'a str, Key<'a>>,
}

/// What is known of a text, and one that fits; none where it takes too long to find.
#[derive(Debug, Clone, Default)]
struct Text<'a> {
    sides: Vec<(&'a Side, bool)>,
    word: Option<String>,
}

/// Whether there are requests in a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filled {
    /// There are, or it takes too long to tell.
    Maybe,
    /// There are none.
    Empty,
}

impl<'a> Region<'a> {
    /// Leaves the requests alone of which something is true as well.
    pub(super) fn add(&mut self, ground: &Ground<'a>, fact: Fact<'a>) -> Filled {
        match fact {
            Fact::Action(side, is_of) => self.action.add(ground, side, is_of),
            Fact::Resource(side, is_of) => self.resource.add(ground, side, is_of),
            Fact::Key(key, fact) => {
                let known = self.keys.entry(key).or_insert_with(|| Key::of(ground, key));
                known.add(ground, fact)
            }
        }
    }

    /// Whether there may be requests of which some facts, all of one thing, are true as well.
    pub(super) fn fits(&self, ground: &Ground<'a>, facts: &[Fact<'a>]) -> bool {
        let mut part = Self::default();
        match facts.first() {
            None => return true,
            Some(Fact::Action(..)) => part.action = self.action.clone(),
            Some(Fact::Resource(..)) => part.resource = self.resource.clone(),
            Some(Fact::Key(key, _)) => {
                let known = self.keys.get_key_value(key);
                part.keys.extend(known.map(|(key, known)| (*key, known.clone())));
            }
        }
        facts.iter().all(|fact| part.add(ground, *fact) == Filled::Maybe)
    }

    /// An action and a resource of its requests, in small letters the one, and the values of keys that
    /// statements speak of; `None` where it took too long to find them.
    pub(super) fn example(&self) -> Option<Example<'_>> {
        let keys = self.keys.iter();
        let keys = keys.map(|(key, known)| match &known.found {
            Fit::Missing => Some((*key, None)),
            Fit::Values(values) => Some((*key, Some(values.as_slice()))),
            Fit::Unknown => None,
        });
        Some(Example {
            action: self.action.word.as_deref()?,
            resource: self.resource.word.as_deref()?,
            keys: keys.collect::<Option<_>>()?,
        })
    }

    /// Whether its requests can be for an action, given in small letters.
    pub(super) fn takes_action(&self, action: &str) -> bool {
        self.action.takes(action)
    }

    /// Whether its requests can be on a resource.
    pub(super) fn takes_resource(&self, resource: &str) -> bool {
        self.resource.takes(resource)
    }

    /// A resource of its requests that one of some patterns matches as well.
    pub(super) fn resource_like(&self, patterns: &[Pattern]) -> Option<String> {
        match self.resource.words().matched_by(patterns).shortest() {
            Found::Word(word) => Some(word),
            Found::Nothing | Found::TooMuch => None,
        }
    }

    /// Whether a key of its requests can have one value.
    pub(super) fn takes_value(&self, key: &str, value: &str) -> bool {
        self.keys.get(key).is_none_or(|key| key.takes(value))
    }
}

/// A request of a region.
#[derive(Debug)]
pub(super) struct Example<'r> {
    pub(super) action: &'r str,
    pub(super) resource: &'r str,
    /// By key; `None` where it is missing.
    pub(super) keys: BTreeMap<&'r str, Option<&'r [String]>>,
}

impl<'a> Text<'a> {
    fn add(&mut self, ground: &Ground<'a>, side: &'a Side, is_of: bool) -> Filled {
        self.sides.push((side, is_of));
        // Of one text alone it cannot be told whether two open sides are the same.
        let word = self.word.as_deref().filter(|_| !side.is_open);
        if word.is_some_and(|word| side.takes(word, is_of)) {
            return Filled::Maybe;
        }
        let asked = self.sides.iter().map(|(side, is_of)| (side.id, *is_of));
        self.word = match ground.find(asked.collect(), || self.words().shortest()) {
            Found::Word(word) => Some(word),
            Found::TooMuch => None,
            Found::Nothing => return Filled::Empty,
        };
        Filled::Maybe
    }

    fn words(&self) -> Words<'_> {
        self.sides.iter().fold(Words::default(), |words, (side, is_of)| {
            if side.is_exclusion == *is_of {
                words.not_matched_by(&side.patterns)
            } else {
                words.matched_by(&side.patterns)
            }
        })
    }

    fn takes(&self, text: &str) -> bool {
        self.sides.iter().all(|(side, is_of)| side.takes(text, *is_of))
    }
}

impl Side {
    /// Whether a text can be one that it speaks of, or can be none.
    fn takes(&self, text: &str, is_of: bool) -> bool {
        let is_matched = self.is_exclusion != is_of;
        let mut patterns = self.patterns.iter();
        if is_matched {
            patterns.any(|pattern| pattern.matches(text))
        } else {
            !patterns.any(|pattern| !pattern.has_variables() && pattern.matches(text))
        }
    }
}
