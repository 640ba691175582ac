//! What each role must be able to do, and which edges ask for it.
//!
//! In go a topology and a place, out come [`Grant`]s: a role kind, a [`Capability`] and
//! a target, with every edge that asked. Which edge needs which capability on which role
//! is data, the [`Matrix`]; nothing here names an AWS action. A capability on a kind that
//! carries the sandbox tag has the whole sandbox as its target; one on a kind that carries
//! none has the exact ARN of the edge's target.

mod capability;
mod derive;
mod explanation;
mod length;
mod matrix;
mod names;
mod options;

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Span};
use crate::model::RoleKind;

pub use capability::Capability;
pub use derive::{Derivation, codes, derive, role_of};
pub use explanation::{Answer, Asker, Explanation, Subject};
pub use matrix::{CapabilityRule, EdgeRule, EntityRule, Matrix, OptInRule, Scope, TrustRule};
pub use names::role_name;
pub use options::{ExplicitGrant, Options};

/// Who bears a grant: the base role of a kind, or the role that one function has instead.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// The kind of the role.
    pub role: RoleKind,
    /// The function, by its name as in [`Derivation::apart`]; `None` for the base role.
    pub function: Option<String>,
}

impl Holder {
    /// The base role of a kind.
    #[must_use]
    pub const fn base(role: RoleKind) -> Self {
        Self { role, function: None }
    }

    /// The role that a function has instead of the base role.
    pub fn of_function(name: impl Into<String>) -> Self {
        Self {
            role: RoleKind::Function,
            function: Some(name.into()),
        }
    }
}

/// A capability that a role needs, on a target, and who asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The kind of the role that needs it.
    pub role: RoleKind,
    /// The function whose own role needs it, by its name as in [`Derivation::apart`]; `None` where
    /// the base role does.
    pub function: Option<String>,
    /// What it can do.
    pub capability: Capability,
    /// On what.
    pub target: GrantTarget,
    /// The edges, or the entities where no edge is needed, that ask for it; in the order of places.
    pub asked_by: Vec<Span>,
}

/// What a grant reaches.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GrantTarget {
    /// Everything of a kind in the sandbox, or in the account where AWS knows no less.
    Kind(String),
    /// One resource.
    Exact {
        /// Its ARN.
        arn: String,
        /// What stands in the statement's condition, by the names that the template has for it: on
        /// an event bus the `sources` and `detail_types` that events may have.
        limits: BTreeMap<String, BTreeSet<String>>,
        /// The ARN with a pattern for its name, `*_dev`, that holds for the names of the sandbox alone:
        /// where the name ends with the sandbox, and a tag can tell the sandbox's from others.
        pattern: Option<String>,
    },
}

impl GrantTarget {
    /// The kind, or the ARN.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Kind(kind) => kind,
            Self::Exact { arn, .. } => arn,
        }
    }

    /// The ARN, where there is one.
    #[must_use]
    pub fn arn(&self) -> Option<&str> {
        match self {
            Self::Kind(_) => None,
            Self::Exact { arn, .. } => Some(arn),
        }
    }
}

/// What deriving gives.
#[derive(Debug, Clone, Default)]
pub struct Derived {
    /// The grants, sorted by role, function, capability and target.
    pub grants: Vec<Grant>,
    /// The base roles that the topology needs: one for each kind of entity in it that assumes one.
    pub roles: BTreeSet<RoleKind>,
    /// The functions of [`Derivation::apart`] that are in the topology, or bear something of it.
    pub functions: BTreeSet<String>,
    /// Why each grant is there, and why other edges need none; in the order of places.
    pub explanations: Vec<Explanation>,
    /// What was found on the way.
    pub diagnostics: Vec<Diagnostic>,
}

#[cfg(test)]
mod tests;
