//! What is read of a role, and in which order.
//!
//! A role is read in waves, since each says what the next one is about: the role with its tags; the
//! names of what it holds; the documents that matter; what an old tc left beside it. What a wave asks for can be asked
//! in any order or at once. A role that vanishes meanwhile is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::namesake;
use super::old_tc::is_as_by_old_tc;
use crate::intent::{Document, Namesake, RoleSpec};
use crate::model::{Arn, PolicyName, RoleName, Tags};

/// A call that reads something of a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Read {
    /// The role with its tags (`GetRole`).
    Role,
    /// The names of its inline policies (`ListRolePolicies`).
    PolicyNames,
    /// Its managed policies (`ListAttachedRolePolicies`).
    ManagedPolicies,
    /// The instance profiles that hold it (`ListInstanceProfilesForRole`).
    InstanceProfiles,
    /// The managed policy of its name, as an old tc makes it: who holds it and in which versions
    /// (`GetPolicy`, `ListPolicyVersions`).
    Namesake(Arn),
    /// An inline policy (`GetRolePolicy`).
    Policy(PolicyName),
}

/// What a call that reads was answered; `None` where there is no such role or policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// To [`Read::Role`].
    Role(Option<RoleHead>),
    /// To [`Read::PolicyNames`].
    PolicyNames(Option<Vec<PolicyName>>),
    /// To [`Read::ManagedPolicies`].
    ManagedPolicies(Option<Vec<Arn>>),
    /// To [`Read::InstanceProfiles`].
    InstanceProfiles(Option<Vec<String>>),
    /// To [`Read::Namesake`]: how often the policy is held, and its versions beside the default one.
    Namesake(Arn, Option<(u64, Vec<String>)>),
    /// To [`Read::Policy`].
    Policy(PolicyName, Option<Document>),
}

/// A role without what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleHead {
    /// Its name, in the spelling it was created with.
    pub name: RoleName,
    /// Its ARN, with the path.
    pub arn: Arn,
    /// Who may assume it.
    pub trust: Document,
    /// What it may do at most.
    pub boundary: Option<Arn>,
    /// When it was created, in seconds since 1970.
    pub created: i64,
    /// Its tags.
    pub tags: Tags,
}

/// How much of a role is read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Extent {
    /// Which documents of its inline policies; of the others it is enough that they are there.
    pub documents: Documents,
    /// Whether its instance profiles are.
    pub profiles: bool,
    /// Whether the managed policy of its name is, where an old tc made the role.
    pub namesake: bool,
}

/// Which documents are read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Documents {
    /// All.
    All,
    /// Those of these inline policies, as far as they are there.
    Of(BTreeSet<PolicyName>),
}

impl Extent {
    /// All that IAM can allow the role.
    pub const PERMISSIONS: Self = Self {
        documents: Documents::All,
        profiles: false,
        namesake: false,
    };

    fn reads(&self, policy: &PolicyName) -> bool {
        match &self.documents {
            Documents::All => true,
            Documents::Of(names) => names.contains(policy),
        }
    }
}

/// A role that is being read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reading {
    extent: Extent,
    wave: Wave,
    pending: BTreeSet<Read>,
    role: Option<Rc<RoleSpec>>,
    created: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Wave {
    Role,
    Names,
    Documents,
    Namesake,
}

impl Reading {
    /// A role of which nothing is known.
    #[must_use]
    pub fn begun(extent: Extent) -> Self {
        Self {
            extent,
            wave: Wave::Role,
            pending: BTreeSet::from([Read::Role]),
            role: None,
            created: 0,
        }
    }

    /// A role of which the head is known.
    #[must_use]
    pub fn of(head: RoleHead, extent: Extent) -> Self {
        let mut reading = Self::begun(extent);
        reading.answer(Found::Role(Some(head)));
        reading
    }

    /// More of a role that was read.
    #[must_use]
    pub fn more(role: Rc<RoleSpec>, created: i64, reads: BTreeSet<Read>) -> Self {
        Self {
            extent: Extent::PERMISSIONS,
            wave: Wave::Namesake,
            pending: reads,
            role: Some(role),
            created,
        }
    }

    /// What is to be asked now, in any order; nothing, when all is known.
    pub fn pending(&self) -> impl Iterator<Item = &Read> {
        self.pending.iter()
    }

    /// What is known by now; nothing of a role that is not there.
    #[must_use]
    pub fn role(&self) -> Option<&RoleSpec> {
        self.role.as_deref()
    }

    /// When the role was created, in seconds since 1970; 0 where it is not there.
    #[must_use]
    pub const fn created(&self) -> i64 {
        self.created
    }

    /// What is known, and no more is asked.
    #[must_use]
    pub fn into_role(self) -> Option<Rc<RoleSpec>> {
        self.role
    }

    /// Takes an answer.
    pub fn answer(&mut self, found: Found) {
        let is_there = self.note(found);
        if !is_there {
            self.role = None;
            self.pending.clear();
        }
        while self.role.is_some() && self.pending.is_empty() && self.wave != Wave::Namesake {
            self.next_wave();
        }
    }

    /// Writes down what was found; answers whether the role is there.
    fn note(&mut self, found: Found) -> bool {
        self.pending.remove(&found.question());
        if let Found::Role(head) = found {
            self.created = head.as_ref().map_or(0, |head| head.created);
            self.role = head.map(RoleHead::bare).map(Rc::new);
            return self.role.is_some();
        }
        let Some(role) = self.role.as_mut().map(Rc::make_mut) else {
            return false;
        };
        match found {
            Found::PolicyNames(Some(names)) => {
                role.policies = names.into_iter().map(|name| (name, Document::Unread)).collect();
            }
            Found::ManagedPolicies(Some(arns)) => role.managed_policies = arns.into_iter().collect(),
            Found::InstanceProfiles(Some(names)) => role.instance_profiles = names.into_iter().collect(),
            Found::Namesake(arn, Some((uses, versions))) => {
                // As a boundary it stays: none is ever taken off.
                let held = u64::from(role.managed_policies.contains(&arn));
                role.namesake = Some(Namesake {
                    arn,
                    other_versions: versions,
                    other_uses: uses.saturating_sub(held),
                });
            }
            Found::Namesake(_, None) => {}
            Found::Policy(name, Some(document)) => drop(role.policies.insert(name, document)),
            Found::Policy(name, None) => drop(role.policies.remove(&name)),
            Found::Role(_)
            | Found::PolicyNames(None)
            | Found::ManagedPolicies(None)
            | Found::InstanceProfiles(None) => {
                return false;
            }
        }
        true
    }

    fn next_wave(&mut self) {
        let Some(role) = &self.role else {
            return;
        };
        match self.wave {
            Wave::Role => {
                self.wave = Wave::Names;
                self.pending = BTreeSet::from([Read::PolicyNames, Read::ManagedPolicies]);
                if self.extent.profiles {
                    self.pending.insert(Read::InstanceProfiles);
                }
            }
            Wave::Names => {
                self.wave = Wave::Documents;
                let names = role.policies.keys().filter(|policy| self.extent.reads(policy));
                self.pending = names.cloned().map(Read::Policy).collect();
            }
            Wave::Documents => {
                self.wave = Wave::Namesake;
                let policy = namesake(role).filter(|_| self.extent.namesake && is_as_by_old_tc(role));
                self.pending = policy.into_iter().map(Read::Namesake).collect();
            }
            Wave::Namesake => {}
        }
    }
}

impl Found {
    /// What it answers.
    fn question(&self) -> Read {
        match self {
            Self::Role(_) => Read::Role,
            Self::PolicyNames(_) => Read::PolicyNames,
            Self::ManagedPolicies(_) => Read::ManagedPolicies,
            Self::InstanceProfiles(_) => Read::InstanceProfiles,
            Self::Namesake(arn, _) => Read::Namesake(arn.clone()),
            Self::Policy(name, _) => Read::Policy(name.clone()),
        }
    }
}

impl RoleHead {
    /// The role, as if it held nothing.
    fn bare(self) -> RoleSpec {
        RoleSpec {
            name: self.name,
            arn: self.arn,
            trust: self.trust,
            policies: BTreeMap::new(),
            managed_policies: BTreeSet::new(),
            boundary: self.boundary,
            instance_profiles: BTreeSet::new(),
            namesake: None,
            tags: self.tags,
        }
    }
}
