//! The order of calls within a role.
//!
//! The tags come before the policy that follows from them, and are read again after it: a
//! run that finds other tags than it wrote for has met another run, and both end with the
//! union. A policy that is nobody's is deleted only after the tags have said once more that
//! it is nobody's.
//!
//! A role that no topology needs any more is deleted in two moves, each after a look at the
//! tags: first what it holds, then the role. Who joins such a role writes all its policies,
//! even those that seem to stand: IAM then refuses to delete the role, or the newcomer finds
//! that it is gone, and creates it. Managed policies are attached anew for the same reason.
//!
//! Nothing that could widen what a role may do is written before its permissions boundary stands:
//! the boundary comes with the role, or is set first. One that is not to be there goes last.
//! Managed policies are attached after the inline policies, which may deny a part of what they
//! allow.

use serde::Serialize;

use crate::intent::ownership::{description, recorded_needs, recorded_others};
use crate::intent::{Document, RoleSpec};
use crate::model::{Arn, PolicyName, Tags};
use crate::policy::Policy;

/// One call on a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "call", content = "with", rename_all = "snake_case")]
pub enum Operation {
    /// Create the role.
    Create {
        /// Its trust policy.
        trust: Policy,
        /// Its tags.
        tags: Tags,
        /// Its permissions boundary.
        boundary: Option<Arn>,
        /// Its description.
        description: Option<String>,
    },
    /// Read the tags: when they are others than these, the plan is stale.
    ExpectTags(Tags),
    /// Set tags.
    Tag(Tags),
    /// Remove tags.
    Untag(Vec<String>),
    /// Replace the trust policy.
    UpdateTrust(Policy),
    /// Write an inline policy.
    PutPolicy {
        /// Its name.
        name: PolicyName,
        /// Its document.
        policy: Policy,
    },
    /// Delete an inline policy.
    DeletePolicy(PolicyName),
    /// Attach a managed policy.
    Attach(Arn),
    /// Set the permissions boundary.
    SetBoundary(Arn),
    /// Detach a managed policy.
    Detach(Arn),
    /// Take the role out of an instance profile.
    LeaveInstanceProfile(String),
    /// Delete the role.
    Delete,
}

impl Operation {
    /// Whether it changes anything in the account.
    #[must_use]
    pub const fn is_write(&self) -> bool {
        !matches!(self, Self::ExpectTags(_))
    }
}

/// The calls that create a role.
pub(super) fn creating(after: &RoleSpec) -> Vec<Operation> {
    let Some(trust) = after.trust.known() else {
        return Vec::new();
    };
    let create = Operation::Create {
        trust: trust.clone(),
        tags: after.tags.clone(),
        boundary: after.boundary.clone(),
        description: description(&after.tags),
    };
    let mut operations = vec![create];
    operations.extend(puts(None, after));
    operations.extend(attachments(None, after));
    operations.push(Operation::ExpectTags(after.tags.clone()));
    operations
}

/// The calls that bring a role from what it is to what it should be.
pub(super) fn updating(before: &RoleSpec, after: &RoleSpec) -> Vec<Operation> {
    let mut operations = tagging(before, after);
    if operations.is_empty() {
        operations.push(Operation::ExpectTags(before.tags.clone()));
    }
    let looked = operations.len();
    operations.extend(bounding(before, after));
    operations.extend(permissions(before, after));
    let mut removals = removals(before, Some(after)).peekable();
    if removals.peek().is_some() && operations.len() > looked {
        operations.push(Operation::ExpectTags(after.tags.clone()));
    }
    operations.extend(removals);
    operations.push(Operation::ExpectTags(after.tags.clone()));
    operations
}

/// The calls that take a role over. What nobody vouches for goes, and the boundary stands, before
/// the tags say that the role is tcperm's: a run that ends in between leaves a foreign role, and
/// none that is trusted.
pub(super) fn adopting(before: &RoleSpec, after: &RoleSpec) -> Vec<Operation> {
    let mut operations = vec![Operation::ExpectTags(before.tags.clone())];
    operations.extend(removals(before, Some(after)));
    operations.extend(bounding(before, after));
    operations.extend(tagging(before, after));
    operations.extend(permissions(before, after));
    operations.push(Operation::ExpectTags(after.tags.clone()));
    operations
}

/// The trust policy and the inline policies that become others, and the managed policies that come.
fn permissions<'a>(before: &'a RoleSpec, after: &'a RoleSpec) -> impl Iterator<Item = Operation> + 'a {
    let trust = after.trust.known().filter(|_| before.trust != after.trust);
    let serves_somebody = !recorded_needs(&before.tags).is_empty() || recorded_others(&before.tags).is_some();
    let stands = serves_somebody.then_some(before);
    let trust = trust.cloned().map(Operation::UpdateTrust);
    trust
        .into_iter()
        .chain(puts(stands, after))
        .chain(attachments(stands, after))
}

/// The boundary that comes, or takes the place of another. One that nobody asks for any more is kept.
fn bounding(before: &RoleSpec, after: &RoleSpec) -> Option<Operation> {
    let boundary = after.boundary.clone();
    let changed = boundary.filter(|_| before.boundary != after.boundary);
    changed.map(Operation::SetBoundary)
}

/// The calls that delete a role because no topology needs it any more.
pub(super) fn leaving(before: &RoleSpec, after_leaving: &Tags) -> Vec<Operation> {
    let mut operations = tag_changes(&before.tags, after_leaving);
    operations.push(Operation::ExpectTags(after_leaving.clone()));
    let emptied = operations.len();
    operations.extend(removals(before, None));
    if operations.len() > emptied {
        operations.push(Operation::ExpectTags(after_leaving.clone()));
    }
    operations.extend(departure(before));
    operations
}

/// The calls that delete a role with all that it holds.
pub(super) fn deleting(before: &RoleSpec) -> Vec<Operation> {
    removals(before, None).chain(departure(before)).collect()
}

/// The calls that delete a role which holds no policy any more.
fn departure(before: &RoleSpec) -> impl Iterator<Item = Operation> + '_ {
    let profiles = before.instance_profiles.iter().cloned();
    profiles
        .map(Operation::LeaveInstanceProfile)
        .chain([Operation::Delete])
}

fn tagging(before: &RoleSpec, after: &RoleSpec) -> Vec<Operation> {
    let mut operations = tag_changes(&before.tags, &after.tags);
    if !operations.is_empty() {
        operations.push(Operation::ExpectTags(after.tags.clone()));
    }
    operations
}

fn tag_changes(before: &Tags, after: &Tags) -> Vec<Operation> {
    let changed: Tags = after
        .iter()
        .filter(|(key, value)| before.get(key) != Some(*value))
        .collect();
    let removed: Vec<String> = before
        .iter()
        .filter(|(key, _)| after.get(key).is_none())
        .map(|(key, _)| key.to_owned())
        .collect();
    let mut operations = Vec::new();
    if !changed.is_empty() {
        operations.push(Operation::Tag(changed));
    }
    if !removed.is_empty() {
        operations.push(Operation::Untag(removed));
    }
    operations
}

fn puts<'a>(before: Option<&'a RoleSpec>, after: &'a RoleSpec) -> impl Iterator<Item = Operation> + 'a {
    after.policies.iter().filter_map(move |(name, document)| {
        let unchanged = before.and_then(|role| role.policies.get(name)) == Some(document);
        match document {
            Document::Known(policy) if !unchanged => Some(Operation::PutPolicy {
                name: name.clone(),
                policy: policy.clone(),
            }),
            _ => None,
        }
    })
}

fn attachments<'a>(
    before: Option<&'a RoleSpec>,
    after: &'a RoleSpec,
) -> impl Iterator<Item = Operation> + 'a {
    let stands = move |arn: &Arn| before.is_some_and(|role| role.managed_policies.contains(arn));
    after
        .managed_policies
        .iter()
        .filter(move |arn| !stands(arn))
        .cloned()
        .map(Operation::Attach)
}

fn removals<'a>(before: &'a RoleSpec, after: Option<&'a RoleSpec>) -> impl Iterator<Item = Operation> + 'a {
    let goes = move |name: &PolicyName| after.is_none_or(|role| !role.policies.contains_key(name));
    let detached = move |arn: &Arn| after.is_none_or(|role| !role.managed_policies.contains(arn));
    let policies = before
        .policies
        .keys()
        .filter(move |name| goes(name))
        .cloned()
        .map(Operation::DeletePolicy);
    let managed = before
        .managed_policies
        .iter()
        .filter(move |arn| detached(arn))
        .cloned()
        .map(Operation::Detach);
    policies.chain(managed)
}
