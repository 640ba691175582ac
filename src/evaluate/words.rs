//! Texts that some patterns match and others do not.
//!
//! Patterns are read as automata, side by side: a text is followed through all of them at once, with the
//! set of places where each may be. The first text that comes to an end where it should is a shortest
//! one; when all sets of places that can be reached were looked at, there is none.

use std::collections::HashSet;

use super::pattern::{Pattern, Token};

/// How many places are looked at, in all sets of places together. What takes more is not known.
const MOST_PLACES: usize = 2_000_000;

/// What is asked of a text.
#[derive(Debug, Clone, Default)]
pub struct Words<'a> {
    groups: Vec<Group<'a>>,
}

/// Patterns of which one at least is to match, or none.
#[derive(Debug, Clone)]
struct Group<'a> {
    patterns: Vec<&'a Pattern>,
    is_wanted: bool,
}

/// What a search for a text came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A shortest text; the first of them, in the order of the alphabet that the patterns need.
    Word(String),
    /// There is none.
    Nothing,
    /// It takes too long to tell.
    TooMuch,
}

impl<'a> Words<'a> {
    /// Asks that one at least of these patterns match. A variable in them can stand for any text.
    #[must_use]
    pub fn matched_by(mut self, patterns: impl IntoIterator<Item = &'a Pattern>) -> Self {
        self.add(patterns, true);
        self
    }

    /// Asks that none of these patterns match. A variable in them stands for nothing that is known: a
    /// pattern that holds one matches no text for sure.
    #[must_use]
    pub fn not_matched_by(mut self, patterns: impl IntoIterator<Item = &'a Pattern>) -> Self {
        self.add(patterns, false);
        self
    }

    fn add(&mut self, patterns: impl IntoIterator<Item = &'a Pattern>, is_wanted: bool) {
        let patterns = patterns.into_iter().collect();
        self.groups.push(Group { patterns, is_wanted });
    }

    /// Without what needs no search: a pattern that is wanted and unwanted matches nothing that is asked
    /// for, whatever its variables stand for; one that is unwanted and has variables, nothing for sure;
    /// and one that is plainly apart from all that are wanted matters to none of them.
    fn reduced(mut self) -> Self {
        let unwanted: Vec<&Pattern> = self.unwanted().collect();
        let wanted: Vec<Vec<&Pattern>> = self.wanted().map(<[_]>::to_vec).collect();
        let meets_all = |pattern: &Pattern| {
            let meets = |group: &Vec<&Pattern>| group.iter().any(|other| !pattern.is_plainly_apart(other));
            wanted.iter().all(meets)
        };
        for group in &mut self.groups {
            let is_wanted = group.is_wanted;
            group.patterns.retain(|pattern| {
                let is_idle = if is_wanted {
                    unwanted.contains(pattern)
                } else {
                    pattern.has_variables()
                };
                !is_idle && meets_all(pattern)
            });
        }
        self.groups
            .retain(|group| group.is_wanted || !group.patterns.is_empty());
        self
    }

    fn wanted(&self) -> impl Iterator<Item = &[&'a Pattern]> {
        let wanted = self.groups.iter().filter(|group| group.is_wanted);
        wanted.map(|group| group.patterns.as_slice())
    }

    fn unwanted(&self) -> impl Iterator<Item = &'a Pattern> {
        let unwanted = self.groups.iter().filter(|group| !group.is_wanted);
        unwanted.flat_map(|group| group.patterns.iter().copied())
    }

    /// A shortest text of this kind.
    #[must_use]
    pub fn shortest(self) -> Found {
        let words = self.reduced();
        let has_none = words.wanted().any(<[_]>::is_empty);
        if has_none || words.unwanted().any(Pattern::matches_everything) {
            return Found::Nothing;
        }
        match words.few() {
            Some(few) => {
                let taken = few.into_iter().filter(|word| words.take(word));
                let word = taken.min_by_key(|word| word.chars().count());
                word.map_or(Found::Nothing, Found::Word)
            }
            None => Search::of(&words).run(),
        }
    }

    /// Whether a text is such a one.
    fn take(&self, word: &str) -> bool {
        let is_right = |group: &Group<'_>| {
            let mut patterns = group.patterns.iter();
            patterns.any(|pattern| pattern.matches(word)) == group.is_wanted
        };
        self.groups.iter().all(is_right)
    }

    /// The texts of a group that matches a few alone.
    fn few(&self) -> Option<Vec<String>> {
        let few = self.wanted().filter_map(|patterns| {
            let words = patterns.iter().map(|pattern| pattern.only_word());
            words.collect::<Option<Vec<String>>>()
        });
        few.min_by_key(Vec::len)
    }
}

/// A set of places in patterns: a bit each.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Places(Box<[u64]>);

/// The patterns of a question, as one automaton. A pattern has a place before each token, and one behind
/// the last.
struct Search {
    places: usize,
    /// The characters that make a difference, and where each is taken.
    alphabet: Vec<(char, Places)>,
    start: Places,
    /// Before tokens that stand for any number of characters.
    repeating: Places,
    /// Before each `*` that stands for all characters: the place, and those before it in its pattern.
    stars: Vec<(usize, Places)>,
    /// Of each group that is wanted: all places, and those behind the last token.
    wanted: Vec<(Places, Places)>,
    /// Of the groups that are not: behind the last token.
    unwanted: Places,
    /// Behind the last token where that is a `*`: nothing can follow that is not matched.
    lost: Places,
}

impl Search {
    fn of(words: &Words<'_>) -> Self {
        let patterns = || words.groups.iter().flat_map(|group| &group.patterns);
        let places: usize = patterns().map(|pattern| pattern.tokens().len() + 1).sum();
        let none = Places(vec![0; places.div_ceil(64)].into_boxed_slice());
        let mut search = Self {
            places,
            alphabet: alphabet(patterns().flat_map(|pattern| pattern.tokens()))
                .into_iter()
                .map(|c| (c, none.clone()))
                .collect(),
            start: none.clone(),
            repeating: none.clone(),
            stars: Vec::new(),
            wanted: Vec::new(),
            unwanted: none.clone(),
            lost: none.clone(),
        };
        let mut first = 0;
        for group in &words.groups {
            let (mut all, mut ends) = (none.clone(), none.clone());
            for pattern in &group.patterns {
                let tokens = pattern.tokens();
                search.lay(first, tokens, &none);
                let end = first + tokens.len();
                (first..=end).for_each(|place| all.set(place));
                ends.set(end);
                if !group.is_wanted && tokens.last().is_some_and(|last| last.takes_all()) {
                    search.lost.set(end);
                }
                first = end + 1;
            }
            if group.is_wanted {
                search.wanted.push((all, ends));
            } else {
                search.unwanted.add(&ends);
            }
        }
        search
    }

    /// Adds a pattern, from a place on.
    fn lay(&mut self, first: usize, tokens: &[Token], none: &Places) {
        self.start.set(first);
        for (at, token) in tokens.iter().enumerate() {
            for (c, taken) in &mut self.alphabet {
                if token.takes(*c) {
                    taken.set(first + at);
                }
            }
            if token.repeats() {
                self.repeating.set(first + at);
            }
            if token.takes_all() {
                let mut before = none.clone();
                (first..first + at).for_each(|place| before.set(place));
                self.stars.push((first + at, before));
            }
        }
    }

    fn run(&self) -> Found {
        let start = self.closed(self.start.clone());
        if !self.is_hopeful(&start) {
            return Found::Nothing;
        }
        // The sets of places in the order in which they were reached, each with the one before and the
        // character between.
        let mut reached = vec![(start.clone(), None)];
        let mut known = HashSet::from([start]);
        let mut at = 0;
        while let Some((places, _)) = reached.get(at) {
            if self.is_right(places) {
                return Found::Word(word(&reached, at));
            }
            if reached.len() * self.places > MOST_PLACES {
                return Found::TooMuch;
            }
            let places = places.clone();
            for (c, taken) in &self.alphabet {
                let next = self.closed(places.after(taken, &self.repeating));
                if self.is_hopeful(&next) && known.insert(next.clone()) {
                    reached.push((next, Some((at, *c))));
                }
            }
            at += 1;
        }
        Found::Nothing
    }

    /// The places with those that are reached from them without a character, and without those before a
    /// `*` that stands for all characters: what is matched from there is matched from the `*` as well.
    fn closed(&self, mut places: Places) -> Places {
        while places.add(&places.next(&self.repeating)) {}
        for (star, before) in &self.stars {
            if places.has(*star) {
                places.remove(before);
            }
        }
        places
    }

    /// Whether the text is a right one when it ends here.
    fn is_right(&self, places: &Places) -> bool {
        self.wanted.iter().all(|(_, ends)| places.meets(ends)) && !places.meets(&self.unwanted)
    }

    /// Whether the text may become a right one.
    fn is_hopeful(&self, places: &Places) -> bool {
        self.wanted.iter().all(|(all, _)| places.meets(all)) && !places.meets(&self.lost)
    }
}

impl Places {
    fn has(&self, place: usize) -> bool {
        self.0
            .get(place / 64)
            .is_some_and(|block| block & (1 << (place % 64)) != 0)
    }

    fn set(&mut self, place: usize) {
        if let Some(block) = self.0.get_mut(place / 64) {
            *block |= 1 << (place % 64);
        }
    }

    /// Adds others; says whether there was a new one.
    fn add(&mut self, others: &Self) -> bool {
        let mut is_new = false;
        for (block, other) in self.0.iter_mut().zip(&others.0) {
            is_new |= other & !*block != 0;
            *block |= other;
        }
        is_new
    }

    fn remove(&mut self, others: &Self) {
        for (block, other) in self.0.iter_mut().zip(&others.0) {
            *block &= !other;
        }
    }

    fn meets(&self, others: &Self) -> bool {
        self.0
            .iter()
            .zip(&others.0)
            .any(|(block, other)| block & other != 0)
    }

    /// The places behind those that are among others.
    fn next(&self, others: &Self) -> Self {
        let mut carry = 0;
        let blocks = self.0.iter().zip(&others.0).map(|(block, other)| {
            let both = block & other;
            let next = (both << 1) | carry;
            carry = both >> 63;
            next
        });
        Self(blocks.collect())
    }

    /// The places after a character: where it is taken, one further, or the same where a token repeats.
    fn after(&self, taken: &Self, repeating: &Self) -> Self {
        let mut carry = 0;
        let blocks = self
            .0
            .iter()
            .zip(&taken.0)
            .zip(&repeating.0)
            .map(|((block, taken), repeating)| {
                let (stay, go) = (block & taken & repeating, block & taken & !repeating);
                let next = stay | (go << 1) | carry;
                carry = go >> 63;
                next
            });
        Self(blocks.collect())
    }
}

/// The characters that make a difference: one that stands for all that no pattern names, the colon, and
/// those that are named.
fn alphabet<'t>(tokens: impl Iterator<Item = &'t Token>) -> Vec<char> {
    let mut named: Vec<char> = vec![':'];
    for token in tokens {
        named.extend(token.characters());
    }
    named.sort_unstable();
    named.dedup();
    let letters = ('x'..='z').chain('a'..='w').chain('0'..='9');
    let mut others = letters.chain('A'..=char::MAX);
    let other = others.find(|c| named.binary_search(c).is_err());
    other.into_iter().chain(named).collect()
}

fn word(reached: &[(Places, Option<(usize, char)>)], at: usize) -> String {
    let mut characters = Vec::new();
    let mut at = at;
    while let Some((_, Some((before, c)))) = reached.get(at) {
        characters.push(*c);
        at = *before;
    }
    characters.iter().rev().collect()
}
