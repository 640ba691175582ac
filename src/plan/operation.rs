//! The order of calls within a role.
//!
//! The tags come before the policy that follows from them, and are read again after it: a
//! run that finds other tags than it wrote for has met another run, and both end with the
//! union. A policy that is nobody's is deleted only after the tags have said once more that
//! it is nobody's. The tag of a topology that leaves is emptied first and goes last, when nothing that
//! it stood for is left: a run that is stopped in between leaves a trace by which it is finished. After
//! that the run looks at the role once more: whoever came back meanwhile may have gone by its tag.
//!
//! A role that no topology needs any more is deleted in two moves, each after a look at the
//! tags: first what it holds, then the role. Who joins such a role writes all its policies,
//! even those that seem to stand: IAM then refuses to delete the role, or the newcomer finds
//! that it is gone, and creates it. Managed policies are attached anew for the same reason.
//!
//! Nothing that could widen what a role may do is written before its permissions boundary stands:
//! the boundary comes with the role, or is set first. One that is not to be there goes last.
//! Managed policies are attached after the inline policies, which may deny a part of what they
//! allow. Inline policies that become smaller make room for those that become larger, and those that
//! go do so where there is none otherwise.

use std::collections::BTreeSet;

use serde::Serialize;

use super::limits::{INLINE_POLICIES, inline_size};
use super::old_tc::disposable;
use crate::intent::ownership::{
    description, namespace_policy, recorded_needs, recorded_others, records_needs,
};
use crate::intent::{Document, RoleSpec};
use crate::model::{Arn, Namespace, PolicyName, Tags};
use crate::policy::Policy;

/// One call on a role.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
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
    /// Delete a version of a managed policy that is not in force.
    DeletePolicyVersion {
        /// The policy.
        policy: Arn,
        /// The version.
        version: String,
    },
    /// Delete a managed policy.
    DeleteManagedPolicy(Arn),
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
    operations.extend(puts(None, after, &BTreeSet::new()));
    operations.extend(attachments(None, after));
    operations.push(Operation::ExpectTags(after.tags.clone()));
    operations
}

/// Whether what a run says of its topologies tells in the trust policy of a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// It does: one of them has schedules that assume the role.
    OfTopologies,
    /// It does not.
    OfKind,
}

/// The calls that bring a role from what it is to what it should be.
pub(super) fn updating(before: &RoleSpec, after: &RoleSpec, trust: Trust) -> Vec<Operation> {
    let meanwhile = while_leaving(&before.tags, &after.tags);
    let mut operations = tagging(&before.tags, &meanwhile);
    if operations.is_empty() {
        operations.push(Operation::ExpectTags(before.tags.clone()));
    }
    let looked = operations.len();
    let (mut first, mut last) = (Vec::new(), removals(before, Some(after)));
    if !has_room(before, after) {
        std::mem::swap(&mut first, &mut last);
    }
    operations.extend(first);
    operations.extend(bounding(before, after));
    operations.extend(permissions(before, after, trust));
    if !last.is_empty() && operations.len() > looked {
        operations.push(Operation::ExpectTags(meanwhile.clone()));
    }
    operations.extend(last);
    operations.push(Operation::ExpectTags(meanwhile.clone()));
    operations.extend(tag_changes(&meanwhile, &after.tags));
    operations
}

/// Whether the inline policies that come have room beside those that go.
fn has_room(before: &RoleSpec, after: &RoleSpec) -> bool {
    let goes = |name: &PolicyName| !after.policies.contains_key(name);
    let going = before.policies.iter().filter(|(name, _)| goes(name));
    let going: usize = going
        .filter_map(|(_, document)| Some(document.known()?.size()))
        .sum();
    going + inline_size(after) <= INLINE_POLICIES
}

/// The tags while topologies leave: those of before, as far as they go, are still there, and record
/// nothing. The last of them go when nothing that they stood for is left, so that a run that was
/// stopped in between is finished by the next one.
fn while_leaving(before: &Tags, after: &Tags) -> Tags {
    let mut tags = after.clone();
    for (key, value) in before.iter().filter(|(key, _)| after.get(key).is_none()) {
        tags.set(key, if records_needs(key) { "" } else { value });
    }
    tags
}

/// The calls that take a role over. What nobody vouches for goes, and the boundary stands, before
/// the tags say that the role is tcperm's: a run that ends in between leaves a foreign role, and
/// none that is trusted. A policy goes too that has the name of one of ours and says something else:
/// the runs of other topologies would keep it as it stands.
pub(super) fn adopting(before: &RoleSpec, after: &RoleSpec, trust: Trust) -> Vec<Operation> {
    let mut operations = vec![Operation::ExpectTags(before.tags.clone())];
    operations.extend(removals(before, Some(after)));
    operations.extend(impostors(before, after));
    operations.extend(disposal(before, Some(after)));
    operations.extend(bounding(before, after));
    operations.extend(tagging(&before.tags, &after.tags));
    operations.extend(permissions(before, after, trust));
    operations.push(Operation::ExpectTags(after.tags.clone()));
    operations
}

/// The inline policies that have the name of one that is to be there and say something else.
fn impostors<'a>(before: &'a RoleSpec, after: &'a RoleSpec) -> impl Iterator<Item = Operation> + 'a {
    let is_other = |(name, document): &(&PolicyName, &Document)| {
        let right = after.policies.get(*name);
        right.is_some_and(|right| right != *document)
    };
    let others = before.policies.iter().filter(is_other);
    others.map(|(name, _)| Operation::DeletePolicy(name.clone()))
}

/// The trust policy and the inline policies that become others, and the managed policies that come.
///
/// What was read before the tags were written may be gone by then: who changes what a topology's tag
/// says also writes what depends on it, even where it seems to stand ([`removals`] likewise).
fn permissions(before: &RoleSpec, after: &RoleSpec, trust: Trust) -> Vec<Operation> {
    let serves_somebody = !recorded_needs(&before.tags).is_empty() || recorded_others(&before.tags).is_some();
    let stands = serves_somebody.then_some(before);
    let changed = changed_policies(before, after);
    let depends = trust == Trust::OfTopologies && !changed.is_empty();
    let trust = after.trust.known();
    let trust = trust.filter(|_| before.trust != after.trust || depends);
    let mut operations: Vec<Operation> = trust.cloned().map(Operation::UpdateTrust).into_iter().collect();
    operations.extend(puts(stands, after, &changed));
    operations.extend(attachments(stands, after));
    operations
}

/// The names of the inline policies that depend on tags which become others: the shared one, and those
/// of the topologies.
fn changed_policies(before: &RoleSpec, after: &RoleSpec) -> BTreeSet<PolicyName> {
    let (were, are) = (recorded_needs(&before.tags), recorded_needs(&after.tags));
    let namespaces: BTreeSet<&Namespace> = were.keys().chain(are.keys()).collect();
    let changed = namespaces
        .into_iter()
        .filter(|namespace| were.get(namespace) != are.get(namespace));
    let mut names: BTreeSet<PolicyName> = changed.filter_map(namespace_policy).collect();
    if !names.is_empty() || recorded_others(&before.tags) != recorded_others(&after.tags) {
        names.extend(PolicyName::parse(after.name.as_str()));
    }
    names
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
    let mut operations = removals(before, None);
    operations.extend(departure(before));
    operations
}

/// The calls that delete a role which an old tc made, with the managed policy of its name. The role goes
/// last, so that a run which ends in between is finished by the next.
pub(super) fn clearing(before: &RoleSpec) -> Vec<Operation> {
    std::iter::once(Operation::ExpectTags(before.tags.clone()))
        .chain(removals(before, None))
        .chain(disposal(before, None))
        .chain(departure(before))
        .collect()
}

/// The calls that delete the managed policy of a role's name, which the role does not hold any more.
fn disposal<'a>(before: &'a RoleSpec, after: Option<&'a RoleSpec>) -> impl Iterator<Item = Operation> + 'a {
    let policy = disposable(before, after);
    policy.into_iter().flat_map(|policy| {
        let versions = policy
            .other_versions
            .iter()
            .map(|version| Operation::DeletePolicyVersion {
                policy: policy.arn.clone(),
                version: version.clone(),
            });
        versions.chain([Operation::DeleteManagedPolicy(policy.arn.clone())])
    })
}

/// The calls that delete a role which holds no policy any more.
fn departure(before: &RoleSpec) -> impl Iterator<Item = Operation> + '_ {
    let profiles = before.instance_profiles.iter().cloned();
    profiles
        .map(Operation::LeaveInstanceProfile)
        .chain([Operation::Delete])
}

fn tagging(before: &Tags, after: &Tags) -> Vec<Operation> {
    let mut operations = tag_changes(before, after);
    if !operations.is_empty() {
        operations.push(Operation::ExpectTags(after.clone()));
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

/// The inline policies that become others, and those that are written in any case: first those that
/// become smaller, since IAM limits the sum.
fn puts(before: Option<&RoleSpec>, after: &RoleSpec, changed: &BTreeSet<PolicyName>) -> Vec<Operation> {
    let stands = |name: &PolicyName| before.and_then(|role| role.policies.get(name));
    let put = |(name, document): (&PolicyName, &Document)| match document {
        Document::Known(policy) if stands(name) != Some(document) || changed.contains(name) => {
            Some(Operation::PutPolicy {
                name: name.clone(),
                policy: policy.clone(),
            })
        }
        _ => None,
    };
    let size = |document: &Document| document.known().map_or(0, Policy::size);
    let shrinks = |(name, document): &(&PolicyName, &Document)| {
        stands(name).is_some_and(|stands| size(document) < size(stands))
    };
    let policies = after.policies.iter();
    let shrinking = policies.clone().filter(shrinks);
    let others = policies.filter(|policy| !shrinks(policy));
    shrinking.chain(others).filter_map(put).collect()
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

/// What goes: what the role holds and should not, and the policies that depend on tags which change,
/// even where they seem not to be there.
fn removals(before: &RoleSpec, after: Option<&RoleSpec>) -> Vec<Operation> {
    let mut names: BTreeSet<PolicyName> = before.policies.keys().cloned().collect();
    names.extend(
        after
            .into_iter()
            .flat_map(|after| changed_policies(before, after)),
    );
    let goes = |name: &PolicyName| after.is_none_or(|role| !role.policies.contains_key(name));
    let policies = names.into_iter().filter(goes).map(Operation::DeletePolicy);
    let detached = |arn: &&Arn| after.is_none_or(|role| !role.managed_policies.contains(*arn));
    let managed = before.managed_policies.iter().filter(detached);
    policies.chain(managed.cloned().map(Operation::Detach)).collect()
}
