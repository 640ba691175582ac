use std::collections::{BTreeMap, BTreeSet};

use super::decide::{concerns, outlives};
use super::reading::{Documents, Extent, Read};
use super::{
    Action, Adoption, Business, Intention, Operation, Reconciliation, Step, Teardown, decide, teardown,
};
use crate::intent::ownership::namespace_policy;
use crate::intent::{Document, RoleSpec};
use crate::model::{PolicyName, RoleId, RoleName, Tags};
use crate::template::TemplateError;

/// What a run looks at a role for.
#[derive(Debug, Clone, Copy)]
pub enum Purpose<'a> {
    /// To bring it to what topologies need.
    Serve(Intention<'a>),
    /// To take it down with its sandbox.
    TakeDown(Teardown<'a>),
    /// To carry out what was planned, and nothing else: whatever happens, nothing is decided anew.
    AsPlanned,
}

impl<'a> Intention<'a> {
    /// The roles to come to terms with: those that are there, by their names, and those that are to be.
    pub fn reconciliations<'r>(
        self,
        there: &'r [(RoleId, RoleName)],
    ) -> impl Iterator<Item = Reconciliation<'a>> + 'r
    where
        'a: 'r,
    {
        let purpose = Purpose::Serve(self);
        let present = there
            .iter()
            .map(move |(id, name)| Reconciliation::with(purpose, id.clone(), name.clone()));
        let intended: BTreeSet<&RoleId> = self.topologies.values().flat_map(BTreeMap::keys).collect();
        let is_there = |id: &&RoleId| there.iter().any(|(there, _)| there == *id);
        let absent = intended.into_iter().filter(move |id| !is_there(id));
        let absent = absent.map(move |id| Reconciliation::without(purpose, id.clone()));
        present
            .chain(absent)
            .filter(move |run| self.kinds.contains(&run.id().kind))
    }
}

impl Purpose<'_> {
    /// Whether a role with these tags is the run's business.
    pub(super) fn concerns(&self, id: &RoleId, tags: &Tags) -> bool {
        match self {
            Self::Serve(intention) => concerns(*intention, id, tags) || outlives(*intention, tags),
            Self::TakeDown(_) => true,
            Self::AsPlanned => false,
        }
    }

    /// How much of a role must be known. To serve a topology, the shared policy and those of its own
    /// topologies; to take a role down, what it holds and not what that says.
    pub(super) fn extent(&self, role: &RoleName) -> Extent {
        let documents: BTreeSet<PolicyName> = match self {
            Self::Serve(intention) => {
                let own = intention.topologies.keys().filter_map(namespace_policy);
                own.chain(PolicyName::parse(role.as_str()).ok()).collect()
            }
            Self::TakeDown(_) | Self::AsPlanned => BTreeSet::new(),
        };
        Extent {
            documents: Documents::Of(documents),
            profiles: matches!(self, Self::TakeDown(_)),
            namesake: self.adoption() == Adoption::OfOldTc,
        }
    }

    const fn adoption(&self) -> Adoption {
        match self {
            Self::Serve(intention) => intention.adoption,
            Self::TakeDown(teardown) => teardown.adoption,
            Self::AsPlanned => Adoption::Refuse,
        }
    }

    /// What must happen to a role, which was created then.
    pub(super) fn decide(
        &self,
        id: &RoleId,
        observed: Option<&RoleSpec>,
        created: i64,
    ) -> Result<Option<Step>, TemplateError> {
        match self {
            Self::Serve(intention) => decide(*intention, id, observed),
            Self::TakeDown(wanted) => {
                let role = observed.cloned();
                Ok(role.map(|role| teardown(wanted, id.clone(), (role, created))))
            }
            Self::AsPlanned => Ok(None),
        }
    }

    /// What must be known of a role beside what was decided on. Before a policy is written, the size of
    /// those beside it: IAM limits their sum. Before a role is deleted, the instance profiles that hold it.
    pub(super) fn beside(&self, step: &Step, role: &RoleSpec) -> BTreeSet<Read> {
        let mut reads = BTreeSet::new();
        if step.action == Action::Delete && !self.extent(&role.name).profiles {
            reads.insert(Read::InstanceProfiles);
        }
        let is_put = |operation: &Operation| matches!(operation, Operation::PutPolicy { .. });
        if step.operations.iter().any(is_put) {
            let unread = role.policies.iter();
            let unread = unread.filter(|(_, document)| **document == Document::Unread);
            reads.extend(unread.map(|(name, _)| Read::Policy(name.clone())));
        }
        reads
    }

    /// The purpose of a run that has begun to write to the role.
    pub(super) const fn begun(self) -> Self {
        match self {
            Self::Serve(intention) => Self::Serve(Intention {
                business: Business::Begun,
                ..intention
            }),
            Self::TakeDown(_) | Self::AsPlanned => self,
        }
    }
}
