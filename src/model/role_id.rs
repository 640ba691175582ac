use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::{InvalidName, Namespace, RoleKind, RoleName, Sandbox};

/// Which role of a sandbox: a base role, or one that part of a topology has for its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleId {
    /// The name that it has or is to have.
    pub name: RoleName,
    /// The kind of entity that assumes it.
    pub kind: RoleKind,
    /// Whose it is; `None` for a base role, which serves every topology of the sandbox.
    pub owner: Option<RoleOwner>,
}

/// Whose a role of its own is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleOwner {
    /// The topology.
    pub namespace: Namespace,
    /// The function; `None` when it serves all entities of the kind in the topology.
    pub function: Option<String>,
}

impl RoleId {
    /// The most characters that a role's name has.
    const MAX_LENGTH: usize = 64;
    /// How many characters tell shortened names apart.
    const HASH: usize = 10;

    /// The base role of a kind in a sandbox.
    #[must_use]
    pub fn base(kind: RoleKind, sandbox: &Sandbox) -> Self {
        Self {
            name: RoleName::base(kind, sandbox),
            kind,
            owner: None,
        }
    }

    /// The role that a topology, or one of its functions, has for its own:
    /// `tc-<namespace>-<function>-<sandbox>`, with the kind in the place of the function where it
    /// serves all entities of that kind.
    ///
    /// A name that would be too long, or that another role could have, is told apart by a hash
    /// before the sandbox; one that reads like the name of a base role begins with `tc+`.
    ///
    /// # Errors
    /// When the function's name cannot stand in the name and tags of a role.
    pub fn own(kind: RoleKind, owner: RoleOwner, sandbox: &Sandbox) -> Result<Self, InvalidName> {
        let namespace = &owner.namespace;
        let entity = owner.function.as_deref().unwrap_or(kind.name());
        if !entity
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
        {
            return Err(InvalidName::new(
                format!(
                    "the function `{}` cannot have a role of its own",
                    entity.escape_debug()
                ),
                "its name stands in the role's: use letters, digits, `-`, `_` and `.` alone",
            ));
        }
        let is_kind = |name: &str| {
            RoleKind::ALL
                .iter()
                .any(|kind| kind.name().eq_ignore_ascii_case(name))
        };
        let is_told_apart = owner.function.as_deref().is_some_and(is_kind);
        let head = format!("tc-{namespace}-{entity}");
        let tail = format!("-{sandbox}");
        let mut name = if is_told_apart || head.len() + tail.len() > Self::MAX_LENGTH {
            shortened(&head, &label(kind, &owner), &tail)
        } else {
            format!("{head}{tail}")
        };
        if RoleName::parse(&name).is_ok_and(|name| name.as_base().is_some()) {
            name.replace_range(2..3, "+");
        }
        Ok(Self {
            name: RoleName::parse(&name)?,
            kind,
            owner: Some(owner),
        })
    }

    /// The same role under a name that the team has chosen.
    #[must_use]
    pub fn named(self, name: RoleName) -> Self {
        Self { name, ..self }
    }

    /// What a role of its own is for, as its tag says it: `function/orders/place`, or
    /// `route/orders` for all routes of a topology. `None` for a base role.
    #[must_use]
    pub fn label(&self) -> Option<String> {
        self.owner.as_ref().map(|owner| label(self.kind, owner))
    }

    /// Reads what [`RoleId::label`] writes.
    #[must_use]
    pub fn from_label(name: RoleName, label: &str) -> Option<Self> {
        let mut parts = label.splitn(3, '/');
        let kind = parts.next()?;
        let kind = RoleKind::ALL.into_iter().find(|known| known.name() == kind)?;
        let namespace = Namespace::parse(parts.next()?).ok()?;
        let function = parts.next().map(str::to_owned);
        let is_right = function
            .as_deref()
            .is_none_or(|function| kind == RoleKind::Function && !function.is_empty());
        let owner = Some(RoleOwner { namespace, function });
        is_right.then_some(Self { name, kind, owner })
    }
}

fn label(kind: RoleKind, owner: &RoleOwner) -> String {
    match &owner.function {
        Some(function) => format!("{kind}/{}/{function}", owner.namespace),
        None => format!("{kind}/{}", owner.namespace),
    }
}

/// A head cut to what fits, and a hash of what the role is for in its sandbox.
fn shortened(head: &str, label: &str, tail: &str) -> String {
    // IAM compares names without case, so names that differ in case only are one name already.
    let digest = Sha256::digest(format!("{label}{tail}").to_ascii_lowercase());
    let mut hash = String::new();
    for byte in digest.iter().take(RoleId::HASH / 2) {
        let _ = write!(hash, "{byte:02x}");
    }
    let room = RoleId::MAX_LENGTH.saturating_sub(tail.len() + RoleId::HASH + 1);
    let mut cut: String = head.chars().take(room).collect();
    while cut.ends_with(['-', '_', '.']) {
        cut.pop();
    }
    format!("{cut}-{hash}{tail}")
}
