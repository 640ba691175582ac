//! Requests of which something is known: a set of them, narrowed clause by clause.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use super::reading::{Clause, Side, escaped};
use super::values::{self, Kind, Member, ValueSet};
use crate::evaluate::{Comparison, Found, Known, Pattern, Quantifier, RequestContext, Words};

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
type Asked = Vec<(usize, bool)>;

impl Ground<'_> {
    /// A text, looked for once.
    fn find(&self, mut asked: Asked, look: impl FnOnce() -> Found) -> Found {
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

/// Something that is true of a request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fact<'a> {
    /// Its action is one that a statement speaks of, or is not.
    Action(&'a Side, bool),
    /// Its resource is.
    Resource(&'a Side, bool),
    /// It has a key.
    Has(&'a str),
    /// It lacks a key.
    Lacks(&'a str),
    /// It has no more than one value of a key.
    Single(&'a str),
    /// It has several values of a key.
    Several(&'a str),
    /// It has a key, and one of its values is such a one.
    Some(&'a str, Member<'a>),
    /// All values that it has of a key are such.
    All(&'a str, Member<'a>),
}

/// The facts by one of which a clause holds, each alternative a list that is true together; or by which
/// it does not.
pub(super) fn alternatives<'a>(clause: &'a Clause, holds: bool) -> Vec<Vec<Fact<'a>>> {
    let key = clause.key.as_str();
    let operator = clause.operator;
    let member = |is_inside| Member {
        set: &clause.set,
        is_inside,
    };
    let some = |is_inside| Fact::Some(key, member(is_inside));
    let all = |is_inside| Fact::All(key, member(is_inside));
    // A key that holds nothing but empty values counts as missing where several are looked at.
    let is_blank = || vec![Fact::Has(key), Fact::All(key, blank(true))];
    let is_not_blank = Fact::Some(key, blank(false));
    let lacks = || vec![Fact::Lacks(key)];
    if let Kind::Presence { missing, there } = clause.set.kind {
        let mut ways = Vec::new();
        if missing == holds {
            ways.extend([lacks(), is_blank()]);
        }
        if there == holds {
            ways.push(vec![is_not_blank]);
        }
        return ways;
    }
    let is_inside = !operator.negated;
    match (operator.quantifier, holds) {
        (Some(Quantifier::ForAllValues), true) => vec![vec![all(is_inside)], is_blank()],
        (Some(Quantifier::ForAllValues), false) => vec![vec![some(!is_inside), is_not_blank]],
        (Some(Quantifier::ForAnyValue), true) if operator.if_exists => {
            vec![vec![some(is_inside), is_not_blank], lacks(), is_blank()]
        }
        (Some(Quantifier::ForAnyValue), true) => vec![vec![some(is_inside), is_not_blank]],
        (Some(Quantifier::ForAnyValue), false) if operator.if_exists => {
            vec![vec![Fact::Has(key), all(!is_inside), is_not_blank]]
        }
        (Some(Quantifier::ForAnyValue), false) => vec![vec![all(!is_inside)], is_blank()],
        // Without a quantifier, several values equal nothing; what is negated holds then, and where there
        // is none.
        (None, holds) if holds == operator.negated => match operator.if_exists && !operator.negated {
            true => vec![vec![Fact::Has(key), all(false)], vec![Fact::Several(key)]],
            false => vec![vec![all(false)], vec![Fact::Several(key)]],
        },
        (None, _) if operator.if_exists && !operator.negated => {
            vec![vec![some(true), Fact::Single(key)], lacks()]
        }
        (None, _) => vec![vec![some(true), Fact::Single(key)]],
    }
}

/// The empty value, and no other; or any other.
fn blank(is_inside: bool) -> Member<'static> {
    static BLANK: OnceLock<ValueSet> = OnceLock::new();
    Member {
        set: BLANK.get_or_init(|| ValueSet {
            id: 0,
            kind: Kind::of(Comparison::String, vec![String::new()]),
        }),
        is_inside,
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

/// What is known of a key, and values that fit; none where it takes too long to find some.
#[derive(Debug, Clone)]
struct Key<'a> {
    known: Known<'a>,
    /// Whether it has several values; `None` where it may.
    is_several: Option<bool>,
    presence: Option<bool>,
    some: Vec<Member<'a>>,
    all: Vec<Member<'a>>,
    /// `Some(None)`: the key is missing.
    values: Option<Option<Vec<String>>>,
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
            Fact::Has(key)
            | Fact::Lacks(key)
            | Fact::Single(key)
            | Fact::Several(key)
            | Fact::Some(key, _)
            | Fact::All(key, _) => {
                let known = self.keys.entry(key).or_insert_with(|| Key::of(ground, key));
                known.add(ground, fact)
            }
        }
    }

    /// Whether there may be requests of which some facts, all of one thing, are true as well.
    pub(super) fn fits(&self, ground: &Ground<'a>, facts: &[Fact<'a>]) -> bool {
        let fits = match facts.first() {
            None => return true,
            Some(Fact::Action(..)) => self.only(|part| part.action = self.action.clone()),
            Some(Fact::Resource(..)) => self.only(|part| part.resource = self.resource.clone()),
            Some(
                Fact::Has(key)
                | Fact::Lacks(key)
                | Fact::Single(key)
                | Fact::Several(key)
                | Fact::Some(key, _)
                | Fact::All(key, _),
            ) => {
                let known = self.keys.get_key_value(key);
                self.only(|part| part.keys.extend(known.map(|(key, known)| (*key, known.clone()))))
            }
        };
        let mut part = fits;
        facts.iter().all(|fact| part.add(ground, *fact) == Filled::Maybe)
    }

    /// A region of which a part alone is known.
    fn only(&self, set: impl FnOnce(&mut Self)) -> Self {
        let mut part = Self::default();
        set(&mut part);
        part
    }

    /// An action and a resource of its requests, in small letters the one, and the values of keys that
    /// statements speak of; `None` where it took too long to find them.
    pub(super) fn example(&self) -> Option<Example<'_>> {
        let keys = self.keys.iter();
        let keys = keys.map(|(key, known)| Some((*key, known.values.as_ref()?.as_deref())));
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
        let Some(key) = self.keys.get(key) else {
            return true;
        };
        key.presence != Some(false)
            && key.is_several != Some(true)
            && key.some.iter().chain(&key.all).all(|member| member.takes(value))
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

impl<'a> Key<'a> {
    fn of(ground: &Ground<'a>, name: &str) -> Self {
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
            values: None,
        }
    }

    fn add(&mut self, ground: &Ground<'a>, fact: Fact<'a>) -> Filled {
        let is_there = match fact {
            Fact::Some(_, member) => {
                self.some.push(member);
                Some(true)
            }
            Fact::All(_, member) => {
                self.all.push(member);
                None
            }
            Fact::Has(_) => Some(true),
            Fact::Lacks(_) => Some(false),
            Fact::Single(_) | Fact::Several(_) => {
                let is_several = matches!(fact, Fact::Several(_));
                if self
                    .is_several
                    .replace(is_several)
                    .is_some_and(|known| known != is_several)
                {
                    return Filled::Empty;
                }
                is_several.then_some(true)
            }
            Fact::Action(..) | Fact::Resource(..) => None,
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
            self.values = Some(Some(values.to_vec()));
            return if self.fits(values) {
                Filled::Maybe
            } else {
                Filled::Empty
            };
        }
        if self.presence != Some(true) {
            self.values = Some(None);
            return Filled::Maybe;
        }
        let is_open = |member: &&Member<'_>| member.set.kind.is_open();
        if let Some(Some(values)) = &self.values
            && self.fits(values)
            && !self.some.iter().chain(&self.all).any(|member| is_open(&member))
        {
            return Filled::Maybe;
        }
        let found = match self.is_several {
            Some(false) => one(find(ground, self.some.iter().chain(&self.all))),
            None if self.some.len() < 2 => one(find(ground, self.some.iter().chain(&self.all))),
            None | Some(true) => self.several(ground),
        };
        match found {
            Ok(values) => self.values = values.map(Some),
            Err(Nothing) => return Filled::Empty,
        }
        Filled::Maybe
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
