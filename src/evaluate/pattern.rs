use std::collections::{BTreeSet, HashSet};

/// How many places in patterns a comparison may look at. What takes more is answered as not included
/// and as overlapping, which errs on the side of reporting.
const MOST_PLACES: usize = 200_000;

/// A text in which `*` stands for any characters, none included, and `?` for any one.
///
/// Patterns are compared as the sets of names that they match. Policy variables, `${aws:username}`,
/// stand for what nobody knows here; `${*}`, `${?}` and `${$}` are the characters themselves
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    tokens: Vec<Token>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Exactly(char),
    /// Any one character.
    One(Colons),
    /// Any characters.
    Many(Colons),
    /// Some characters, which nobody knows here.
    Variable,
}

/// Whether a wildcard stands for colons as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colons {
    Match,
    End,
}

impl Colons {
    const fn allow(self, c: char) -> bool {
        matches!(self, Self::Match) || c != ':'
    }
}

impl Pattern {
    /// A text in which wildcards stand for any characters, as in the values of `StringLike`.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::of(text, |_| Colons::Match)
    }

    /// A text in which nothing is a wildcard, as in the values of `StringEquals`. Variables are
    /// variables there too.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        let mut pattern = Self::text(text);
        for (token, c) in pattern.tokens.iter_mut().zip(characters(text)) {
            if let Character::Plain(c) = c {
                *token = Token::Exactly(c);
            }
        }
        pattern
    }

    /// A pattern of actions, `service:Get*`: compared without case.
    #[must_use]
    pub fn action(text: &str) -> Self {
        Self::text(&text.to_lowercase())
    }

    /// A pattern of resources: `*` or an ARN.
    ///
    /// A wildcard stands for characters within one segment of the ARN, slashes included; `*` at
    /// the end of a segment goes on beyond the colon
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>).
    /// That is the narrow reading of AWS's rule. Where the wide one is the careful one, for what a
    /// statement may deny, use [`Pattern::text`].
    #[must_use]
    pub fn resource(text: &str) -> Self {
        Self::of(text, |next| match next {
            None | Some(':') => Colons::Match,
            Some(_) => Colons::End,
        })
    }

    /// `star` tells from the character that follows whether a `*` stands for colons.
    fn of(text: &str, star: impl Fn(Option<char>) -> Colons) -> Self {
        let question = star(Some('?'));
        let mut tokens = Vec::new();
        let mut characters = characters(text).peekable();
        while let Some(character) = characters.next() {
            let next = characters.peek().map(|next| match next {
                Character::Plain(c) | Character::Escaped(c) => *c,
                Character::Variable => '$',
            });
            tokens.push(match character {
                Character::Plain('*') => Token::Many(star(next)),
                Character::Plain('?') => Token::One(question),
                Character::Plain(c) | Character::Escaped(c) => Token::Exactly(c),
                Character::Variable => Token::Variable,
            });
        }
        Self {
            text: text.to_owned(),
            tokens,
        }
    }

    /// Whether it holds a policy variable, whose value nobody knows here.
    #[must_use]
    pub fn has_variables(&self) -> bool {
        self.tokens.contains(&Token::Variable)
    }

    /// Whether it matches more than one text.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let is_open = |token: &Token| !matches!(token, Token::Exactly(_));
        self.tokens.iter().any(is_open)
    }

    /// Whether every text that `other` matches is matched by this pattern too.
    ///
    /// A pattern with variables includes only what is written alike.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        Self::together_include(&[self], other)
    }

    /// Whether every text that `other` matches is matched by at least one of these patterns.
    #[must_use]
    pub fn together_include(patterns: &[&Self], other: &Self) -> bool {
        patterns
            .iter()
            .any(|one| one.tokens == other.tokens && one.text == other.text)
            || Inclusion { patterns, other }.holds()
    }

    /// Whether some text is matched by both. A variable may stand for any text.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let mut reached = HashSet::new();
        let mut open = vec![(0, 0)];
        while let Some((mine, theirs)) = open.pop() {
            if !reached.insert((mine, theirs)) {
                continue;
            }
            if reached.len() > MOST_PLACES {
                return true;
            }
            let pair = (self.tokens.get(mine), other.tokens.get(theirs));
            if pair == (None, None) {
                return true;
            }
            let (left, right) = (pair.0.copied(), pair.1.copied());
            if left.is_some_and(Token::repeats) {
                open.push((mine + 1, theirs));
            }
            if right.is_some_and(Token::repeats) {
                open.push((mine, theirs + 1));
            }
            if let (Some(left), Some(right)) = (left, right)
                && left.meets(right)
            {
                open.push((mine + left.step(), theirs + right.step()));
            }
        }
        false
    }
}

/// A character of a pattern as it is written.
enum Character {
    Plain(char),
    /// A wildcard that stands for itself: `${*}`.
    Escaped(char),
    Variable,
}

fn characters(text: &str) -> impl Iterator<Item = Character> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if let Some((name, behind)) = rest.strip_prefix("${").and_then(|name| name.split_once('}')) {
            rest = behind;
            let mut name = name.chars();
            return Some(match (name.next(), name.next()) {
                (Some(c @ ('*' | '?' | '$')), None) => Character::Escaped(c),
                _ => Character::Variable,
            });
        }
        let c = rest.chars().next()?;
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        Some(Character::Plain(c))
    })
}

impl Token {
    const fn repeats(self) -> bool {
        matches!(self, Self::Many(_) | Self::Variable)
    }

    /// How far one goes on with a character.
    const fn step(self) -> usize {
        if self.repeats() { 0 } else { 1 }
    }

    /// Whether it can stand for a character.
    const fn takes(self, c: char) -> bool {
        match self {
            Self::Exactly(own) => own == c,
            Self::One(colons) | Self::Many(colons) => colons.allow(c),
            Self::Variable => true,
        }
    }

    /// Whether some character can be taken by both.
    const fn meets(self, other: Self) -> bool {
        match (self, other) {
            (Self::Exactly(c), other) | (other, Self::Exactly(c)) => other.takes(c),
            _ => true,
        }
    }
}

/// The question whether some patterns together match all that another does: answered by
/// following the other through all texts, with the places where the patterns may be meanwhile.
struct Inclusion<'a> {
    patterns: &'a [&'a Pattern],
    other: &'a Pattern,
}

/// Which pattern, and how many of its tokens are behind.
type Places = BTreeSet<(usize, usize)>;

impl Inclusion<'_> {
    fn holds(&self) -> bool {
        let alphabet = self.alphabet();
        let mut places = Places::new();
        for pattern in 0..self.patterns.len() {
            self.enter(&mut places, pattern, 0);
        }
        let mut reached = HashSet::new();
        let mut looked_at = 0;
        let mut open = vec![(0, places)];
        while let Some((at, places)) = open.pop() {
            if self.takes_everything(&places) || !reached.insert((at, places.clone())) {
                continue;
            }
            looked_at += places.len() * alphabet.len();
            if looked_at > MOST_PLACES {
                return false;
            }
            let Some(token) = self.other.tokens.get(at).copied() else {
                if self.has_ended(&places) {
                    continue;
                }
                return false;
            };
            if token.repeats() {
                open.push((at + 1, places.clone()));
            }
            for c in alphabet.iter().filter(|c| token.takes(**c)) {
                open.push((at + token.step(), self.after(&places, *c)));
            }
        }
        true
    }

    /// The characters that make a difference: all that are named, the colon, and one that stands
    /// for all others.
    fn alphabet(&self) -> BTreeSet<char> {
        let patterns = self.patterns.iter().copied().chain([self.other]);
        let named = patterns.flat_map(|pattern| &pattern.tokens);
        let mut alphabet: BTreeSet<char> = named
            .filter_map(|token| match token {
                Token::Exactly(c) => Some(*c),
                _ => None,
            })
            .chain([':'])
            .collect();
        alphabet.extend(('a'..=char::MAX).find(|c| !alphabet.contains(c)));
        alphabet
    }

    fn token(&self, (pattern, at): (usize, usize)) -> Option<Token> {
        self.patterns.get(pattern)?.tokens.get(at).copied()
    }

    /// Adds a place, and those that are reached from it without a character.
    fn enter(&self, places: &mut Places, pattern: usize, at: usize) {
        let mut at = at;
        while places.insert((pattern, at)) && matches!(self.token((pattern, at)), Some(Token::Many(_))) {
            at += 1;
        }
    }

    fn after(&self, places: &Places, c: char) -> Places {
        let mut next = Places::new();
        for place in places {
            // A variable of the patterns takes nothing for sure.
            match self.token(*place) {
                Some(token) if token != Token::Variable && token.takes(c) => {
                    self.enter(&mut next, place.0, place.1 + token.step());
                }
                _ => {}
            }
        }
        self.without_idle(next)
    }

    /// The places without those before a `*` that stands for all characters: what is matched from
    /// there is matched from the `*` as well.
    fn without_idle(&self, mut places: Places) -> Places {
        let is_star = |place: &&(usize, usize)| self.token(**place) == Some(Token::Many(Colons::Match));
        let stars: Places = places.iter().filter(is_star).copied().collect();
        places.retain(|(pattern, at)| {
            let behind = (*pattern, at + 1)..(*pattern, usize::MAX);
            stars.range(behind).next().is_none()
        });
        places
    }

    fn has_ended(&self, places: &Places) -> bool {
        places.iter().any(|place| self.token(*place).is_none())
    }

    /// Whether a pattern has come to a last `*`.
    fn takes_everything(&self, places: &Places) -> bool {
        places.iter().any(|(pattern, at)| {
            self.token((*pattern, *at)) == Some(Token::Many(Colons::Match))
                && self.token((*pattern, at + 1)).is_none()
        })
    }
}
