//! Compares the roles a sandbox should have with the roles IAM holds.
//!
//! Pure: values in, a [`Plan`] out. Nothing here reads a file, the clock or the network, so
//! every rule about *what would change* is tested without AWS, and applying has no
//! decisions left to make: all that it does stands in a step's [`Operation`]s.
//!
//! Order: by role name, so two runs over the same input give the same plan byte for byte.

mod decide;
mod fit;
pub mod headroom;
pub mod limits;
mod obstacle;
mod old_tc;
mod operation;
mod prune;
mod purpose;
pub mod reading;
mod reasons;
pub mod reconciliation;
mod teardown;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::intent::ownership::TTL_KEY;
use crate::intent::{Recipes, RoleSpec, Shares};
use crate::model::{Context, Expiry, Namespace, RoleId, RoleKind, RoleName, Tags};

pub use decide::{decide, drift};
pub use fit::{Joining, fit};
pub use obstacle::Obstacle;
pub use old_tc::{is_of_old_tc, namesake};
pub use operation::Operation;
pub use prune::{Facts, Selection, Verdict, judge};
pub use purpose::Purpose;
pub use reconciliation::Reconciliation;
pub use teardown::{Teardown, teardown};

/// What brings a sandbox's roles to what they should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// One step a role, in the order of names.
    pub steps: Vec<Step>,
}

/// What happens to one role, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The role.
    pub role: RoleName,
    /// Which role of the sandbox it is.
    #[serde(rename = "entity", serialize_with = "kind_of")]
    pub id: RoleId,
    /// What happens.
    pub action: Action,
    /// Why, one clause each; empty when nothing happens.
    pub reasons: Vec<String>,
    /// Why nothing may happen although something should.
    pub obstacle: Option<Obstacle>,
    /// The role as IAM holds it.
    pub before: Option<RoleSpec>,
    /// The role as it will be.
    pub after: Option<RoleSpec>,
    /// What is called, in this order.
    pub operations: Vec<Operation>,
}

/// A role's kind, which is all of it that a step tells besides its name.
fn kind_of<S: serde::Serializer>(id: &RoleId, serializer: S) -> Result<S::Ok, S::Error> {
    id.kind.serialize(serializer)
}

/// What happens to a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// It is created.
    Create,
    /// It is changed.
    Update,
    /// It is deleted.
    Delete,
    /// It is right as it is.
    None,
}

impl Action {
    /// The action's name in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::None => "none",
        }
    }
}

impl FromIterator<Step> for Plan {
    fn from_iter<T: IntoIterator<Item = Step>>(steps: T) -> Self {
        let mut steps: Vec<Step> = steps.into_iter().collect();
        steps.sort_by(|a, b| a.role.cmp(&b.role));
        Self { steps }
    }
}

impl Plan {
    /// Whether carrying it out changes anything.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.steps.iter().any(|step| step.action != Action::None)
    }

    /// The steps that may not be carried out.
    pub fn obstructed(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.obstacle.is_some())
    }
}

/// What a run wants: the topologies it speaks for, and what they need.
#[derive(Debug, Clone, Copy)]
pub struct Intention<'a> {
    /// From what roles are made.
    pub recipes: Recipes<'a>,
    /// Where the roles are to stand.
    pub context: &'a Context,
    /// The topologies this run speaks for. One that needs nothing of a role takes its share out
    /// of it; topologies that are not named keep theirs.
    pub topologies: &'a BTreeMap<Namespace, Shares>,
    /// The kinds of role that this run is about.
    pub kinds: &'a [RoleKind],
    /// Which roles of these kinds are the run's business.
    pub business: Business,
    /// What to do with a role of a right name that is not tcperm's.
    pub adoption: Adoption,
    /// What to do with a role that was written for another region.
    pub regions: Regions,
    /// Until when the sandbox is meant to live.
    pub lifetime: Lifetime,
}

/// Which roles are a run's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Business {
    /// Those that its topologies need or needed, and those that nobody needs.
    Own,
    /// All: the run has begun to write to them, and leaves none behind half done, whoever needs
    /// them now.
    Begun,
    /// Those that somebody needs, as their tags record: the run speaks for no topology, and only
    /// says what roles are made from.
    Recorded,
}

/// What to do with a role that was written for another region than the run's.
///
/// IAM is global: a sandbox's base roles serve one region, and writing them for another would
/// take every permission from the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Regions {
    /// Leave it, and say so.
    Ours,
    /// Keep it as it is: the run only takes something out.
    AsWritten,
}

/// Until when a sandbox is meant to live, as a run wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(
    rename_all = "snake_case",
    expecting = "until when a sandbox is meant to live"
)]
pub enum Lifetime {
    /// As its roles say, if they do.
    #[default]
    AsItIs,
    /// Until then.
    Until(Expiry),
    /// Nothing is said of an end.
    Endless,
}

impl Lifetime {
    /// Writes it down among tags.
    fn record(self, tags: &mut Tags) {
        match self {
            Self::AsItIs => {}
            Self::Until(end) => tags.set(TTL_KEY, end.to_string()),
            Self::Endless => tags.remove(TTL_KEY),
        }
    }
}

/// What to do with a role of a right name that is not tcperm's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adoption {
    /// Leave it, and say so.
    Refuse,
    /// Take it over.
    Adopt,
    /// Take it over if an old tc made it, and delete the managed policy that bears its name.
    OfOldTc,
}

#[cfg(test)]
mod tests;
