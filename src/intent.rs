//! The roles a sandbox should have.
//!
//! Base roles are shared by the topologies of a sandbox. So intent comes in two steps:
//! [`demand`] says what one topology needs of each role, and [`role`] makes the
//! role that serves a set of needs. Part of a topology can have a role of its own ([`assign`]), and
//! a team can keep templates that roles are made from ([`Recipes`]). What every topology needs is recorded in the role's
//! tags ([`ownership`]), so that a run that knows one topology can still write the union.
//!
//! Pure: nothing here knows what the account holds.

mod assignment;
mod built_in_set;
mod compose;
mod form;
mod granting;
mod needs;
pub mod ownership;
mod recipe;
mod samples;
mod share;
mod values;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::grants::{Capability, Grant};
use crate::model::{Arn, PolicyName, RoleId, RoleKind, RoleName, Tags};
use crate::policy::Policy;

pub use assignment::{Assignment, Bearer, FixedRoles, assign, clashes, codes, is_fixed};
pub use built_in_set::built_in_set;
pub use compose::{built_in_trust, role};
pub use form::{Form, Naming};
pub use granting::{Granting, grantings, statements};
pub use needs::{Need, Needs, Others};
pub use recipe::{Choice, Recipe, Recipes, without_template};
pub use samples::{Extent, Samples, samples};
pub use share::demand;
pub use values::VARIABLES;
pub use written::{Written, codes as template_codes, written};

/// A role: what stands in IAM, or what should.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
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
    /// The managed policy that bears its name, where an old tc made both and it goes with the role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namesake: Option<Namesake>,
}

/// A managed policy that bears the name of a role.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Namesake {
    /// Its ARN.
    pub arn: Arn,
    /// Its versions besides the one in force.
    pub other_versions: Vec<String>,
    /// How many besides this role hold it.
    pub other_uses: u64,
}

/// A policy document of a role. In JSON the document, null where it was not read, or the bare text
/// where it is no policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
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
    /// The same with patterns that hold for the sandbox's names, beside its tag, in place of ARNs:
    /// where that can be, and is smaller.
    pub widened: Option<Policy>,
    /// Where all this comes from.
    pub grants: Vec<Grant>,
}

/// What one topology needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demand {
    /// Of the roles that tcperm makes.
    pub shares: Shares,
    /// Of the roles that somebody else keeps: by the kind, and the function where it is one alone.
    pub provided: BTreeMap<(RoleKind, Option<String>), Provided>,
}

/// A role that somebody else keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provided {
    /// The names that it can have, the one that counts first.
    pub names: Vec<RoleName>,
    /// What it should allow.
    pub grants: Vec<Grant>,
}

/// The shares of one topology, by role.
pub type Shares = BTreeMap<RoleId, Share>;

#[cfg(test)]
mod tests;
