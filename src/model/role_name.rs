use super::{InvalidName, RoleKind, Sandbox, checked_text};

/// The name of an IAM role, e.g. `tc-base-function-dev`.
///
/// Invariant: 1–64 characters from `[A-Za-z0-9_+=,.@-]`, IAM's own rule
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>), so a
/// `RoleName` can stand in a request, an ARN or a file name without escaping.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleName(String);

checked_text!(RoleName);

impl RoleName {
    /// What the names of the roles that tcperm makes start with, where the team chooses no other.
    pub const STARTS: [&'static str; 2] = ["tc-", "tc+"];

    /// Reads a role name.
    ///
    /// # Errors
    /// When the text breaks IAM's rule.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let holds_well = text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c));
        if holds_well && (1..=64).contains(&text.len()) {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidName::new(
            format!("`{}` cannot be the name of a role", text.escape_debug()),
            "a role's name is 1 to 64 letters, digits or `_+=,.@-`",
        ))
    }

    /// The base role of a kind in a sandbox: `tc-base-<kind>-<sandbox>`.
    ///
    /// Always a valid role name: a sandbox has at most 47 characters, all of which IAM allows.
    #[must_use]
    pub fn base(kind: RoleKind, sandbox: &Sandbox) -> Self {
        Self(format!("{}{sandbox}", Self::base_start(kind)))
    }

    /// What the names of the base roles of a kind start with; the sandbox follows.
    #[must_use]
    pub fn base_start(kind: RoleKind) -> String {
        format!("tc-base-{kind}-")
    }

    /// The kind and sandbox of a base role; `None` for every other name.
    ///
    /// IAM compares role names without case, so the fixed part is matched the same way. The
    /// sandbox is all that follows the kind: `tc-base-event-my-dev` belongs to `my-dev`.
    #[must_use]
    pub fn as_base(&self) -> Option<(RoleKind, Sandbox)> {
        RoleKind::ALL.into_iter().find_map(|kind| {
            let prefix = Self::base_start(kind);
            let head = self.0.get(..prefix.len())?;
            let rest = self.0.get(prefix.len()..)?;
            let sandbox = Sandbox::parse(rest).ok()?;
            head.eq_ignore_ascii_case(&prefix).then_some((kind, sandbox))
        })
    }
}
