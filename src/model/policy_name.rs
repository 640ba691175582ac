use super::{InvalidName, checked_text};

/// The name of an inline policy, e.g. `tc-orders`.
///
/// Invariant: 1–128 characters from `[A-Za-z0-9_+=,.@-]`, IAM's own rule
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyName(String);

checked_text!(PolicyName);

impl PolicyName {
    /// Reads the name of a policy.
    ///
    /// # Errors
    /// When the text breaks IAM's rule.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let holds_well = text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c));
        if holds_well && (1..=128).contains(&text.len()) {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidName::new(
            format!("`{}` cannot be the name of a policy", text.escape_debug()),
            "a policy's name is 1 to 128 letters, digits or `_+=,.@-`",
        ))
    }
}
