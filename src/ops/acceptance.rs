//! What a team accepts although it reaches beyond a sandbox.

use crate::model::RoleKind;
use crate::topology::Text;

/// What a team accepts although it reaches beyond a sandbox, as its configuration says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acceptance {
    /// Patterns of actions.
    pub actions: Vec<String>,
    /// Patterns of ARNs, with variables.
    pub resources: Vec<Text>,
    /// Why.
    pub reason: String,
    /// The roles that it is accepted of; all where none is named.
    pub roles: Vec<AcceptedOf>,
    /// Where it is said: `tcperm.toml:12`.
    pub place: String,
}

/// Roles of which something is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcceptedOf {
    /// Those of a kind.
    Kind(RoleKind),
    /// The one of this name, with variables.
    Named(Text),
}
