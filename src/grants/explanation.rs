use crate::diagnostic::Span;
use crate::model::RoleKind;
use crate::topology::{End, Via};

use super::Capability;

/// Who asks for something, why, and what the roles get for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Who asks, and why.
    pub asker: Asker,
    /// What the roles get.
    pub answer: Answer,
}

/// Who asks, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// Where it stands.
    pub span: Span,
    /// What stands there.
    pub subject: Subject,
    /// Why it is needed, or why not.
    pub reason: String,
    /// The AWS page that says so.
    pub doc: Option<String>,
}

/// What asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One entity's use of another.
    Edge {
        /// Who uses.
        source: End,
        /// Who is used.
        target: End,
        /// In which way.
        via: Via,
    },
    /// An entity, by being there.
    Entity(End),
    /// A line of the configuration.
    Setting,
}

/// What the roles get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A capability on a role.
    Granted {
        /// The kind of the role.
        role: RoleKind,
        /// The function whose own role it is; `None` for the base role.
        function: Option<String>,
        /// The capability.
        capability: Capability,
        /// The one resource that it is granted on, by its ARN; `None` for all of a kind.
        arn: Option<String>,
    },
    /// Nothing, although something is needed: a finding says what is not known.
    Withheld {
        /// The kind of the role that needs it.
        role: RoleKind,
        /// The capability that it needs, by its id.
        capability: String,
    },
    /// Nothing, because nothing is needed on a role.
    Unneeded {
        /// In short, what admits the edge instead: `resource policy`.
        instead: Option<String>,
    },
}
