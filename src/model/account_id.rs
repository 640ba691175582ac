use super::{InvalidName, checked_text};

/// An AWS account id: a string of twelve digits, leading zeros included.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(String);

checked_text!(AccountId);

impl AccountId {
    /// An account id that stands for any other, where only its length matters.
    #[must_use]
    pub fn placeholder() -> Self {
        Self("0".repeat(12))
    }

    /// Reads an account id.
    ///
    /// # Errors
    /// When the text is not exactly twelve ASCII digits.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidName::new(
            format!("`{}` is not an AWS account id", text.escape_debug()),
            "an account id is twelve digits, for example 123456789012; keep leading zeros",
        ))
    }
}
