//! The roles a sandbox should have.
//!
//! Base roles are shared by the topologies of a sandbox. So intent comes in two steps:
//! [`shares`] says what one topology needs of each role, and [`role`] makes the
//! role that serves a set of needs. What every topology needs is recorded in the role's
//! tags ([`ownership`]), so that a run that knows one topology can still write the union.
//!
//! Pure: nothing here knows what the account holds.

mod compose;
mod granting;
mod needs;
pub mod ownership;
mod share;

use std::collections::{BTreeMap, BTreeSet};

use crate::grants::{Capability, Grant};
use crate::model::{Arn, PolicyName, RoleId, RoleName, Tags};
use crate::policy::Policy;

pub use compose::role;
pub use granting::{Granting, grantings};
pub use needs::{Need, Needs, Others};
pub use share::shares;

/// A role: what stands in IAM, or what should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSpec {
    /// The name.
    pub name: RoleName,
    /// The ARN.
    pub arn: Arn,
    /// Who may assume it.
    pub trust: Document,
    /// What it may do: the inline policies.
    pub policies: BTreeMap<PolicyName, Document>,
    /// What else it may do: the managed policies attached to it.
    pub managed_policies: BTreeSet<Arn>,
    /// What it may do at most.
    pub boundary: Option<Arn>,
    /// The instance profiles that hold it: none that tcperm wants, so only what a teardown must undo.
    pub instance_profiles: BTreeSet<String>,
    /// Whose it is, and what for.
    pub tags: Tags,
}

/// A policy document of a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// A document, in canonical form.
    Known(Policy),
    /// It stands there, and what it says does not matter here: another topology's.
    Unread,
    /// IAM holds a text that is no policy in our grammar.
    Unreadable(String),
}

impl Document {
    /// Reads the text that IAM holds.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match Policy::parse(text) {
            Ok(policy) => Self::Known(policy.canonical()),
            Err(_) => Self::Unreadable(text.to_owned()),
        }
    }

    /// The policy, when it is known.
    #[must_use]
    pub const fn known(&self) -> Option<&Policy> {
        match self {
            Self::Known(policy) => Some(policy),
            Self::Unread | Self::Unreadable(_) => None,
        }
    }
}

/// What one topology needs of one role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// What its text does not depend on the topology for: recorded in a tag.
    pub capabilities: BTreeSet<Capability>,
    /// The exact ARNs of this topology: an inline policy of its own.
    pub exact: Option<Policy>,
    /// Where all this comes from.
    pub grants: Vec<Grant>,
}

/// The shares of one topology, by role.
pub type Shares = BTreeMap<RoleId, Share>;

#[cfg(test)]
mod tests;
