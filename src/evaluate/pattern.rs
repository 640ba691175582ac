use std::str::Chars;

use super::wildcard::{Symbol, Variables, symbols};
use super::words::{Found, Words};

/// How many parts an ARN has: what stands behind the fifth colon is one.
const ARN_PARTS: usize = 6;

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

/// A part of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Exactly(char),
    /// A small letter, which stands for the capital one too.
    AnyCase(char),
    /// Any one character.
    One(Colons),
    /// Any characters.
    Many(Colons),
    /// Some characters, which nobody knows here.
    Variable,
}

/// Whether a wildcard stands for colons as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colons {
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
        for (token, symbol) in pattern.tokens.iter_mut().zip(symbols(text, Variables::Stand)) {
            if let Symbol::Plain(c) = symbol {
                *token = Token::Exactly(c);
            }
        }
        pattern
    }

    /// The same pattern, compared without case.
    #[must_use]
    pub fn without_case(mut self) -> Self {
        for token in &mut self.tokens {
            if let Token::Exactly(c) = *token {
                let mut small = c.to_lowercase();
                *token = match (small.next(), small.next()) {
                    (Some(small), None) if small.to_uppercase().ne([small]) => Token::AnyCase(small),
                    _ => Token::Exactly(c),
                };
            }
        }
        self
    }

    /// An ARN in the value of a condition: each of its six parts matches by itself, and no wildcard
    /// goes beyond a colon but in the last part. `None` for what has fewer parts, and matches nothing;
    /// `*` alone matches every ARN.
    #[must_use]
    pub fn arn(text: &str) -> Option<Self> {
        if text == "*" {
            return Self::arn("*:*:*:*:*:*");
        }
        let mut pattern = Self::text(text);
        let mut parts = 1;
        for token in &mut pattern.tokens {
            match token {
                Token::Exactly(':') => parts += 1,
                Token::One(colons) | Token::Many(colons) if parts < ARN_PARTS => *colons = Colons::End,
                _ => {}
            }
        }
        (parts >= ARN_PARTS).then_some(pattern)
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
        let mut symbols = symbols(text, Variables::Stand).peekable();
        while let Some(symbol) = symbols.next() {
            let next = symbols.peek().map(Symbol::first);
            tokens.push(match symbol {
                Symbol::Plain('*') => Token::Many(star(next)),
                Symbol::Plain('?') => Token::One(question),
                Symbol::Plain(c) | Symbol::Escaped(c) => Token::Exactly(c),
                Symbol::Variable(_) | Symbol::Broken => Token::Variable,
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

    /// Whether every text that `other` matches is matched by this pattern too. What takes too long to
    /// tell is answered as not included.
    ///
    /// A pattern with variables includes only what is written alike.
    #[must_use]
    pub fn includes(&self, other: &Self) -> bool {
        let rest = Words::default().matched_by([other]).not_matched_by([self]);
        self == other || rest.shortest() == Found::Nothing
    }

    /// Whether some text is matched by both. A variable may stand for any text. What takes too long to
    /// tell is answered as overlapping.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let both = Words::default().matched_by([self]).matched_by([other]);
        both.shortest() != Found::Nothing
    }

    /// Whether it matches a text. A variable may stand for any text.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let mut text = text.chars();
        let mut tokens = self.tokens.iter();
        // What stands before the first wildcard, character by character.
        loop {
            match tokens.as_slice().first() {
                None => return text.next().is_none(),
                Some(token) if token.repeats() => return Self::rest_matches(tokens.as_slice(), text),
                Some(token) => match text.next() {
                    Some(c) if token.takes(c) => tokens.next(),
                    _ => return false,
                },
            };
        }
    }

    fn rest_matches(tokens: &[Token], text: Chars<'_>) -> bool {
        let enter = |places: &mut [bool], at: usize| {
            for place in at..places.len() {
                if let Some(reached) = places.get_mut(place) {
                    *reached = true;
                }
                if !tokens.get(place).is_some_and(|token| token.repeats()) {
                    break;
                }
            }
        };
        let mut places = vec![false; tokens.len() + 1];
        let mut next = places.clone();
        enter(&mut places, 0);
        for c in text {
            next.fill(false);
            for (at, token) in tokens.iter().enumerate() {
                if places.get(at) == Some(&true) && token.takes(c) {
                    enter(&mut next, at + token.step());
                }
            }
            std::mem::swap(&mut places, &mut next);
        }
        places.last() == Some(&true)
    }

    /// Whether it is plain that no text is matched by both: they begin or end with other characters. Where
    /// that is not plain, there may be none all the same.
    #[must_use]
    pub fn is_plainly_apart(&self, other: &Self) -> bool {
        fn differ<'t>(
            mine: impl Iterator<Item = &'t Token>,
            theirs: impl Iterator<Item = &'t Token>,
        ) -> bool {
            let both = mine.zip(theirs).map_while(|pair| match pair {
                (Token::Exactly(mine), Token::Exactly(theirs)) => Some(mine != theirs),
                _ => None,
            });
            both.into_iter().any(|differ| differ)
        }
        differ(self.tokens.iter(), other.tokens.iter())
            || differ(self.tokens.iter().rev(), other.tokens.iter().rev())
    }

    /// Whether it is `*`, and matches every text.
    #[must_use]
    pub fn matches_everything(&self) -> bool {
        !self.tokens.is_empty() && self.tokens.iter().all(|token| token.takes_all())
    }

    /// The text that it matches, where that is one alone.
    #[must_use]
    pub fn only_word(&self) -> Option<String> {
        let characters = self.tokens.iter().map(|token| match token {
            Token::Exactly(c) => Some(*c),
            _ => None,
        });
        characters.collect()
    }

    pub(super) fn tokens(&self) -> &[Token] {
        &self.tokens
    }
}

impl Token {
    /// Whether it stands for any number of characters.
    pub(super) const fn repeats(self) -> bool {
        matches!(self, Self::Many(_) | Self::Variable)
    }

    /// How far one goes on with a character.
    pub(super) const fn step(self) -> usize {
        if self.repeats() { 0 } else { 1 }
    }

    /// Whether it can stand for a character.
    pub(super) fn takes(self, c: char) -> bool {
        match self {
            Self::Exactly(own) => own == c,
            Self::AnyCase(own) => own == c || c.to_lowercase().eq([own]),
            Self::One(colons) | Self::Many(colons) => colons.allow(c),
            Self::Variable => true,
        }
    }

    /// Whether it stands for all texts.
    pub(super) const fn takes_all(self) -> bool {
        matches!(self, Self::Many(Colons::Match) | Self::Variable)
    }

    /// The characters that it names.
    pub(super) fn characters(self) -> impl Iterator<Item = char> {
        let named = match self {
            Self::Exactly(c) => [Some(c), None],
            Self::AnyCase(c) => [Some(c), c.to_uppercase().next()],
            Self::One(_) | Self::Many(_) | Self::Variable => [None; 2],
        };
        named.into_iter().flatten()
    }
}
