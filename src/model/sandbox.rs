use super::{InvalidName, checked_text};

/// The name of a sandbox, e.g. `dev`, `qa-7`, `my-branch`.
///
/// Invariant: 1–47 characters from `[A-Za-z0-9_.-]`, starting with a letter or digit. So
/// the longest base role name (`tc-base-mutation-` and 47 characters) fits IAM's 64, and a
/// sandbox can never be a pattern, a variable or a break-out in a policy. IAM compares role
/// names without case: `dev` and `Dev` would share their roles, which
/// [`Sandbox::is_same_for_iam`] tells.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sandbox(String);

checked_text!(Sandbox);

impl Sandbox {
    /// The longest sandbox name, in characters.
    pub const MAX_LENGTH: usize = 47;

    /// The end of the names that roles for all sandboxes have: `tc-base-event-role`.
    const RESERVED: &'static str = "role";

    /// A sandbox that stands for any other, where its name does not matter.
    #[must_use]
    pub fn placeholder() -> Self {
        Self("sandbox".to_owned())
    }

    /// Reads a sandbox name.
    ///
    /// # Errors
    /// When the text breaks the type's invariant; the message says in which way.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let help = format!(
            "a sandbox is 1 to {} letters, digits, `-`, `_` or `.`, starting with a letter or digit, for example `qa-7`",
            Self::MAX_LENGTH
        );
        let shown = text.escape_debug();
        if text.is_empty() {
            return Err(InvalidName::new("the sandbox name is empty", help));
        }
        if let Some(odd) = text
            .chars()
            .find(|c| !(c.is_ascii_alphanumeric() || "-_.".contains(*c)))
        {
            let message = format!(
                "sandbox `{shown}` holds `{}`, which is not allowed",
                odd.escape_debug()
            );
            return Err(InvalidName::new(message, help));
        }
        if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return Err(InvalidName::new(
                format!("sandbox `{shown}` does not start with a letter or digit"),
                help,
            ));
        }
        if text.len() > Self::MAX_LENGTH {
            let message = format!(
                "sandbox `{shown}` has {} characters, {} too many",
                text.len(),
                text.len() - Self::MAX_LENGTH
            );
            return Err(InvalidName::new(message, help));
        }
        if text.eq_ignore_ascii_case(Self::RESERVED) {
            let message = format!("no sandbox can be named `{shown}`");
            let help = "its base roles would bear the names of fixed roles such as `tc-base-event-role`: choose another name";
            return Err(InvalidName::new(message, help));
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether IAM would give both sandboxes the same roles: equal but for case.
    #[must_use]
    pub fn is_same_for_iam(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }

    /// Whether the sandbox is the protected one, `stable`, in whatever case.
    #[must_use]
    pub fn is_protected(&self) -> bool {
        self.0.eq_ignore_ascii_case("stable")
    }
}
