use super::{InvalidName, checked_text};

/// The name of a topology, which is the namespace of its resources, e.g. `orders`.
///
/// Invariant: 1–64 characters from `[A-Za-z0-9_.-]`, starting with a letter or digit.
/// So a namespace can stand in a tag key (`tcperm:ns:orders`), in the name of an inline
/// policy (`tc-orders`) and in an ARN without escaping, and can never be a pattern.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Namespace(String);

checked_text!(Namespace);

impl Namespace {
    /// One that stands for any, where no name depends on it.
    #[must_use]
    pub fn placeholder() -> Self {
        Self("any".to_owned())
    }

    /// The longest namespace, in characters: a Lambda function's name has 64 in all.
    pub const MAX_LENGTH: usize = 64;

    /// Reads a namespace.
    ///
    /// # Errors
    /// When the text breaks the type's invariant.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let help = format!(
            "a topology's name is 1 to {} letters, digits, `-`, `_` or `.`, starting with a letter or digit",
            Self::MAX_LENGTH
        );
        if text.is_empty() {
            return Err(InvalidName::new("the name of the topology is empty", help));
        }
        let starts_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        let holds_well = text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        if starts_well && holds_well && text.len() <= Self::MAX_LENGTH {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidName::new(
            format!("`{}` cannot be the name of a topology", text.escape_debug()),
            help,
        ))
    }
}
