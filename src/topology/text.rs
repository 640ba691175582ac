//! Names with template variables in them.
//!
//! A text is parsed once, when the topology is read; its variables are filled in when a
//! policy is rendered. A variable that does not exist is an error, never an empty text.

use std::fmt;
use std::ops::Range;

use crate::model::{Context, Namespace};

/// A name that may hold template variables, `{{namespace}}_packer_{{sandbox}}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text {
    pieces: Vec<Piece>,
}

/// A part of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Piece {
    /// Characters that stand for themselves.
    Literal(String),
    /// A variable.
    Variable(Variable),
}

/// A variable that names may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variable {
    /// `{{account}}`, `{{acc}}`: the account id.
    Account,
    /// `{{region}}`.
    Region,
    /// `{{namespace}}`: the name of the topology.
    Namespace,
    /// `{{abbr_namespace}}`: the first letters of its `-` parts when it is longer than 15 characters.
    AbbreviatedNamespace,
    /// `{{sandbox}}`.
    Sandbox,
    /// `{{sandbox_trimmed}}`: the sandbox without `-`.
    SandboxTrimmed,
    /// `{{env}}`, `{{profile}}`: the profile name.
    Profile,
    /// `{{ASSET_BUCKET}}`: the bucket of what is deployed.
    AssetBucket,
    /// `{{ASSET_ACCOUNT}}`: the account of what is deployed.
    AssetAccount,
    /// `{{repo}}`: the repository of images.
    Repository,
    /// `{{version}}`: known to tc alone, as it deploys.
    Version,
    /// `{{lazy_id}}`: likewise.
    LazyId,
    /// `{{API_GATEWAY_URL}}`: known once the API stands.
    ApiGatewayUrl,
    /// `{{GRAPHQL_ENDPOINT}}`: likewise.
    GraphqlEndpoint,
    /// `{{GRAPHQL_API_KEY}}`: likewise.
    GraphqlApiKey,
    /// `{{HTTP_DOMAIN}}`: likewise.
    HttpDomain,
    /// `{{API_KEY}}`: likewise.
    ApiKey,
}

/// What keeps a text from being one: a variable that does not exist, or is not closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// There is no such variable.
    #[error("unknown variable `{}`", name.escape_debug())]
    UnknownVariable {
        /// The name between the braces.
        name: String,
        /// Where it stands in the text, with its braces.
        range: Range<usize>,
    },
    /// A `{{` has no `}}`.
    #[error("a variable is not closed with `}}}}`")]
    Unclosed {
        /// From the braces to the end of the text.
        range: Range<usize>,
    },
}

impl InvalidText {
    /// Where it stands in the text.
    #[must_use]
    pub fn range(&self) -> &Range<usize> {
        match self {
            Self::UnknownVariable { range, .. } | Self::Unclosed { range } => range,
        }
    }
}

impl Variable {
    /// Every variable by the names it goes by.
    pub const NAMES: [(&'static str, Self); 19] = [
        ("account", Self::Account),
        ("acc", Self::Account),
        ("region", Self::Region),
        ("namespace", Self::Namespace),
        ("abbr_namespace", Self::AbbreviatedNamespace),
        ("sandbox", Self::Sandbox),
        ("sandbox_trimmed", Self::SandboxTrimmed),
        ("env", Self::Profile),
        ("profile", Self::Profile),
        ("ASSET_BUCKET", Self::AssetBucket),
        ("ASSET_ACCOUNT", Self::AssetAccount),
        ("repo", Self::Repository),
        ("version", Self::Version),
        ("lazy_id", Self::LazyId),
        ("API_GATEWAY_URL", Self::ApiGatewayUrl),
        ("GRAPHQL_ENDPOINT", Self::GraphqlEndpoint),
        ("GRAPHQL_API_KEY", Self::GraphqlApiKey),
        ("HTTP_DOMAIN", Self::HttpDomain),
        ("API_KEY", Self::ApiKey),
    ];

    /// The variable of a name, if there is one.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, variable)| *variable)
    }

    /// Whether it can have a value before anything is deployed.
    #[must_use]
    pub const fn is_known_beforehand(self) -> bool {
        !matches!(
            self,
            Self::Version
                | Self::LazyId
                | Self::ApiGatewayUrl
                | Self::GraphqlEndpoint
                | Self::GraphqlApiKey
                | Self::HttpDomain
                | Self::ApiKey
        )
    }

    fn value(self, context: &Context, namespace: &Namespace) -> Option<String> {
        Some(match self {
            Self::Account => context.account.to_string(),
            Self::Region => context.region.to_string(),
            Self::Namespace => namespace.to_string(),
            Self::AbbreviatedNamespace => abbreviated(namespace.as_str()),
            Self::Sandbox => context.sandbox.to_string(),
            Self::SandboxTrimmed => context.sandbox.as_str().replace('-', ""),
            Self::Profile => context.profile.clone()?,
            Self::AssetBucket => context.assets.bucket.clone()?,
            Self::AssetAccount => context.assets.account.clone()?,
            Self::Repository => context.assets.repository.clone()?,
            Self::Version
            | Self::LazyId
            | Self::ApiGatewayUrl
            | Self::GraphqlEndpoint
            | Self::GraphqlApiKey
            | Self::HttpDomain
            | Self::ApiKey => return None,
        })
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES
            .iter()
            .find(|(_, variable)| variable == self)
            .map_or("", |(name, _)| *name);
        write!(f, "{{{{{name}}}}}")
    }
}

fn abbreviated(namespace: &str) -> String {
    if namespace.chars().count() <= 15 {
        return namespace.to_owned();
    }
    namespace
        .split('-')
        .filter_map(|part| part.chars().next())
        .collect()
}

impl Text {
    /// A text of these pieces.
    #[must_use]
    pub const fn of(pieces: Vec<Piece>) -> Self {
        Self { pieces }
    }

    /// A text without variables.
    #[must_use]
    pub fn literal(text: impl Into<String>) -> Self {
        Self::of(vec![Piece::Literal(text.into())])
    }

    /// Reads a text; spaces within the braces do not matter.
    ///
    /// # Errors
    /// With every variable that does not exist.
    pub fn parse(text: &str) -> Result<Self, Vec<InvalidText>> {
        let mut pieces = Vec::new();
        let mut faults = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            push_literal(&mut pieces, before);
            let start = text.len() - after.len() - 2;
            let Some((name, behind)) = after.split_once("}}") else {
                let range = start..text.len();
                faults.push(InvalidText::Unclosed { range });
                return Err(faults);
            };
            rest = behind;
            match Variable::named(name.trim()) {
                Some(variable) => pieces.push(Piece::Variable(variable)),
                None => faults.push(InvalidText::UnknownVariable {
                    name: name.trim().to_owned(),
                    range: start..text.len() - behind.len(),
                }),
            }
        }
        push_literal(&mut pieces, rest);
        if faults.is_empty() {
            Ok(Self::of(pieces))
        } else {
            Err(faults)
        }
    }

    /// The pieces, in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Whether all characters beside the variables are as a name of its kind has them.
    #[must_use]
    pub fn holds_only(&self, holds: impl Fn(char) -> bool) -> bool {
        self.pieces.iter().all(|piece| match piece {
            Piece::Literal(text) => text.chars().all(&holds),
            Piece::Variable(_) => true,
        })
    }

    /// Whether the sandbox is a part of the name, told from the rest by `-`, `_`, `.` or `/`.
    #[must_use]
    pub fn names_sandbox(&self) -> bool {
        let parts = |c: char| "-_./".contains(c);
        self.pieces.iter().enumerate().any(|(at, piece)| {
            let before = at.checked_sub(1).and_then(|before| self.pieces.get(before));
            let after = self.pieces.get(at + 1);
            let is_parted = match (before, after) {
                (None, None) => false,
                _ => {
                    before.is_none_or(|piece| matches!(piece, Piece::Literal(text) if text.ends_with(parts)))
                        && after.is_none_or(
                            |piece| matches!(piece, Piece::Literal(text) if text.starts_with(parts)),
                        )
                }
            };
            *piece == Piece::Variable(Variable::Sandbox) && is_parted
        })
    }

    /// The text with its variables filled in.
    ///
    /// # Errors
    /// With the first variable that has no value here, such as the profile when none is named.
    pub fn resolve(&self, context: &Context, namespace: &Namespace) -> Result<String, Variable> {
        let value = |piece: &Piece| match piece {
            Piece::Literal(text) => Ok(text.clone()),
            Piece::Variable(variable) => variable.value(context, namespace).ok_or(*variable),
        };
        self.pieces.iter().map(value).collect()
    }
}

fn push_literal(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Literal(text.to_owned()));
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => f.write_str(text)?,
                Piece::Variable(variable) => write!(f, "{variable}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_prints_as_it_was_written_but_for_spaces_and_synonyms() {
        let text = Text::parse("{{ namespace }}_a_{{sandbox}}").unwrap();
        assert_eq!(text.to_string(), "{{namespace}}_a_{{sandbox}}");
        assert_eq!(Text::parse("{{acc}}").unwrap().to_string(), "{{account}}");
        assert_eq!(Text::parse("").unwrap().pieces(), []);
        assert_eq!(Text::parse("a}}b").unwrap(), Text::literal("a}}b"));
    }

    #[test]
    fn every_unknown_variable_is_named_with_its_place() {
        let faults = Text::parse("{{foo}}-{{sandbox}}-{{ é }}").unwrap_err();
        let ranges: Vec<_> = faults.iter().map(|fault| fault.range().clone()).collect();
        assert_eq!(ranges, [0..7, 20..28]);
        assert_eq!(faults[0].to_string(), "unknown variable `foo`");
    }

    #[test]
    fn a_name_holds_the_sandbox_as_a_part_of_its_own_or_not_at_all() {
        let names = |text: &str| Text::parse(text).unwrap().names_sandbox();
        for text in [
            "a-{{sandbox}}",
            "{{sandbox}}_a",
            "a.{{sandbox}}-b",
            "{{namespace}}/{{sandbox}}/a",
        ] {
            assert!(names(text), "{text}");
        }
        for text in [
            "a",
            "a-dev",
            "{{sandbox}}",
            "a{{sandbox}}",
            "{{sandbox}}a",
            "{{env}}{{sandbox}}",
            "a-{{env}}",
        ] {
            assert!(!names(text), "{text}");
        }
    }

    #[test]
    fn a_variable_must_be_closed() {
        let faults = Text::parse("a{{sandbox").unwrap_err();
        assert_eq!(faults, [InvalidText::Unclosed { range: 1..10 }]);
        assert_eq!(faults[0].to_string(), "a variable is not closed with `}}`");
    }
}
