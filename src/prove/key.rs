//! What is known of a condition key, and values that fit.

use super::facts::OfKey;
use super::reading::escaped;
use super::region::{Filled, Ground};
use super::values::{self, Kind, Member, ValueSet};
use crate::evaluate::{Comparison, Found, Known};

/// A condition key of a set of requests.
#[derive(Debug, Clone)]
pub(super) struct Key<'a> {
    known: Known<'a>,
    /// Whether it has several values; `None` where it may.
    is_several: Option<bool>,
    presence: Option<bool>,
    some: Vec<Member<'a>>,
    all: Vec<Member<'a>>,
    pub(super) found: Fit,
}

/// What of a key fits.
#[derive(Debug, Clone)]
pub(super) enum Fit {
    /// That it is missing.
    Missing,
    /// These values.
    Values(Vec<String>),
    /// It takes too long to tell.
    Unknown,
}

impl<'a> Key<'a> {
    pub(super) fn of(ground: &Ground<'a>, name: &str) -> Self {
        let known = match ground.known.get(name) {
            Known::Values([]) => Known::Missing,
            known => known,
        };
        Self {
            known,
            is_several: (!ground.several.contains(name)).then_some(false),
            presence: match known {
                Known::Values(_) => Some(true),
                Known::Missing => Some(false),
                Known::Nothing => None,
            },
            some: Vec::new(),
            all: Vec::new(),
            found: Fit::Unknown,
        }
    }

    /// Says something of it.
    pub(super) fn add(&mut self, ground: &Ground<'a>, fact: OfKey<'a>) -> Filled {
        let is_there = match fact {
            OfKey::Some(member) => {
                self.some.push(member);
                Some(true)
            }
            OfKey::All(member) => {
                self.all.push(member);
                None
            }
            OfKey::There => Some(true),
            OfKey::Missing => Some(false),
            OfKey::Single | OfKey::Several => {
                let is_several = matches!(fact, OfKey::Several);
                let known = self.is_several.replace(is_several);
                if known.is_some_and(|known| known != is_several) {
                    return Filled::Empty;
                }
                is_several.then_some(true)
            }
        };
        if let Some(is_there) = is_there {
            let known = self.presence.replace(is_there);
            if known.is_some_and(|known| known != is_there) {
                return Filled::Empty;
            }
        }
        self.settle(ground)
    }

    /// Finds values that fit.
    fn settle(&mut self, ground: &Ground<'a>) -> Filled {
        if let Known::Values(values) = self.known {
            self.found = Fit::Values(values.to_vec());
            return if self.fits(values) {
                Filled::Maybe
            } else {
                Filled::Empty
            };
        }
        if self.presence != Some(true) {
            self.found = Fit::Missing;
            return Filled::Maybe;
        }
        if let Fit::Values(values) = &self.found
            && self.fits(values)
            && !self.members().any(|member| member.set.kind.is_open())
        {
            return Filled::Maybe;
        }
        let found = match self.is_several {
            Some(false) => one(find(ground, self.members())),
            None if self.some.len() < 2 => one(find(ground, self.members())),
            None | Some(true) => self.several(ground),
        };
        match found {
            Ok(values) => self.found = values.map_or(Fit::Unknown, Fit::Values),
            Err(Nothing) => return Filled::Empty,
        }
        Filled::Maybe
    }

    fn members(&self) -> impl Iterator<Item = &Member<'a>> {
        self.some.iter().chain(&self.all)
    }

    /// Whether it can have one value.
    pub(super) fn takes(&self, value: &str) -> bool {
        self.presence != Some(false)
            && self.is_several != Some(true)
            && self.members().all(|member| member.takes(value))
    }

    fn fits(&self, values: &[String]) -> bool {
        let some = |member: &Member<'_>| values.iter().any(|value| member.takes(value));
        let all = |member: &Member<'_>| values.iter().all(|value| member.takes(value));
        let is_several = values.len() > 1;
        self.some.iter().all(some)
            && self.all.iter().all(all)
            && self.is_several.is_none_or(|known| known == is_several)
    }

    /// A value for each that has to be there, all of which are such as all have to be.
    fn several(&self, ground: &Ground<'a>) -> Result<Option<Vec<String>>, Nothing> {
        let mut several: Option<Vec<String>> = Some(Vec::new());
        for member in &self.some {
            let found = one(find(ground, std::iter::once(member).chain(&self.all)))?;
            several = several.zip(found).map(|(mut several, found)| {
                several.extend(found);
                several
            });
        }
        let Some(mut several) = several else {
            return Ok(None);
        };
        several.sort();
        several.dedup();
        if self.is_several == Some(true) && several.len() < 2 {
            let known = ValueSet {
                id: 0,
                kind: Kind::of(
                    Comparison::String,
                    several.iter().map(|text| escaped(text)).collect(),
                ),
            };
            let other = Member {
                set: &known,
                is_inside: false,
            };
            let members: Vec<Member<'_>> = self.all.iter().copied().chain([other]).collect();
            match one(values::value(&members))? {
                Some(other) => several.extend(other),
                None => return Ok(None),
            }
        }
        Ok(Some(several))
    }
}

/// There is no such value.
struct Nothing;

/// A value that all of these take, looked for once.
fn find<'m, 'a: 'm>(ground: &Ground<'a>, members: impl Iterator<Item = &'m Member<'a>>) -> Found {
    let members: Vec<Member<'_>> = members.copied().collect();
    let asked = members.iter().map(|member| (member.set.id, member.is_inside));
    ground.find(asked.collect(), || values::value(&members))
}

/// The value alone; `None` where it takes too long to tell.
fn one(found: Found) -> Result<Option<Vec<String>>, Nothing> {
    match found {
        Found::Word(word) => Ok(Some(vec![word])),
        Found::TooMuch => Ok(None),
        Found::Nothing => Err(Nothing),
    }
}
