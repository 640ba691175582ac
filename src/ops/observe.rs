use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::OpError;
use crate::iam::{Iam, IamError, IamResult, RoleDetail, RoleSummary};
use crate::intent::ownership::{described, namespace_policy};
use crate::intent::{Document, RoleSpec, Shares};
use crate::model::{Identity, Namespace, PolicyName, RoleId, RoleName, RoleOwner, Sandbox};
use crate::plan::{Intention, Observed, concerns};

/// How many roles are read or written at the same time.
pub(super) const CONCURRENCY: usize = 5;

/// Whose account it is: told by any role's ARN, asked for only where there is no role.
pub(super) async fn identity(account: &impl Iam, listed: &[RoleSummary]) -> IamResult<Identity> {
    let told = listed.iter().find_map(|role| {
        Some(Identity {
            partition: role.arn.partition()?,
            account: role.arn.account()?,
        })
    });
    match told {
        Some(identity) => Ok(identity),
        None => account.identity().await,
    }
}

/// A role of a sandbox, and the name that it has in the account, which may differ in case.
pub(super) type Placed = (RoleId, RoleName);

/// The roles of a sandbox among those listed, whatever the case of their names: its base roles, and
/// those whose description says that they are a topology's own.
pub(super) fn roles_of(listed: &[RoleSummary], sandbox: &Sandbox) -> Vec<Placed> {
    let placed = |role: &RoleSummary| {
        let id = match role.name.as_base() {
            Some((kind, of)) => of.is_same_for_iam(sandbox).then(|| RoleId::base(kind, sandbox)),
            None => own_role(role).filter(|(of, _)| of == sandbox).map(|(_, id)| id),
        };
        id.map(|id| (id, role.name.clone()))
    };
    listed.iter().filter_map(placed).collect()
}

/// The role of its own that a role says it is, with its sandbox.
pub(super) fn own_role(role: &RoleSummary) -> Option<(Sandbox, RoleId)> {
    let (sandbox, label) = described(role.description.as_deref()?)?;
    Some((sandbox, RoleId::from_label(role.name.clone(), &label)?))
}

/// The roles that a run is to look at: those that its topologies have or had, and those that are
/// to be there, by their names.
pub(super) fn roles_of_run(
    listed: &[RoleSummary],
    sandbox: &Sandbox,
    topologies: &BTreeMap<Namespace, Shares>,
) -> Vec<Placed> {
    let intended: BTreeSet<&RoleId> = topologies.values().flat_map(BTreeMap::keys).collect();
    let is_intended = |name: &RoleName| {
        let mut intended = intended.iter();
        intended.any(|id| id.name.as_str().eq_ignore_ascii_case(name.as_str()))
    };
    let is_of_run = |owner: &RoleOwner| topologies.contains_key(&owner.namespace);
    let mut placed = roles_of(listed, sandbox);
    placed.retain(|(id, name)| {
        let owner = id.owner.as_ref();
        owner.is_none_or(|owner| is_of_run(owner) && !is_intended(name))
    });
    let own = intended.into_iter().filter(|id| id.owner.is_some());
    placed.extend(own.filter_map(|id| {
        let is_it = |role: &&RoleSummary| role.name.as_str().eq_ignore_ascii_case(id.name.as_str());
        let found = listed.iter().find(is_it)?;
        Some((id.clone(), found.name.clone()))
    }));
    placed
}

/// What a run needs to know of the roles it may change.
pub(super) async fn observe(
    account: &impl Iam,
    intention: Intention<'_>,
    roles: &[Placed],
) -> Result<Observed, OpError> {
    let wanted = roles.iter().filter(|(id, _)| intention.scope.holds(id));
    let reads = wanted.map(|(id, name)| async move {
        let role = role_of_run(account, intention, id, name).await?;
        Ok::<_, IamError>(role.map(|role| (id.clone(), role)))
    });
    let found: Vec<Option<(RoleId, RoleSpec)>> = stream::iter(reads.collect::<Vec<_>>())
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

/// A role as a run that speaks for some topologies must know it: the shared policy and the
/// policies of its own topologies are read; of others it is enough that they are there.
async fn role_of_run(
    account: &impl Iam,
    intention: Intention<'_>,
    id: &RoleId,
    name: &RoleName,
) -> IamResult<Option<RoleSpec>> {
    let Some(detail) = account.get_role(name).await? else {
        return Ok(None);
    };
    if !concerns(intention, id, &detail.tags) {
        return Ok(None);
    }
    let own: Vec<PolicyName> = intention.topologies.keys().filter_map(namespace_policy).collect();
    let is_read = |policy: &PolicyName| policy.as_str() == name.as_str() || own.contains(policy);
    read_role(account, detail, is_read).await
}

/// A role with all its documents.
pub(super) async fn whole_role(account: &impl Iam, name: &RoleName) -> IamResult<Option<RoleSpec>> {
    match account.get_role(name).await? {
        Some(detail) => read_role(account, detail, |_| true).await,
        None => Ok(None),
    }
}

/// A role as a teardown must know it: what it holds, not what that says.
pub(super) async fn doomed_role(account: &impl Iam, name: &RoleName) -> IamResult<Option<RoleSpec>> {
    let Some(detail) = account.get_role(name).await? else {
        return Ok(None);
    };
    let Some(mut role) = read_role(account, detail, |_| false).await? else {
        return Ok(None);
    };
    let profiles = account.list_instance_profiles(name).await?;
    role.instance_profiles = profiles.unwrap_or_default().into_iter().collect();
    Ok(Some(role))
}

/// Reads the documents of a role that were left unread.
pub(super) async fn read_rest(account: &impl Iam, role: &mut RoleSpec) -> IamResult<()> {
    for (policy, document) in &mut role.policies {
        if *document == Document::Unread
            && let Some(text) = account.get_inline_policy(&role.name, policy).await?
        {
            *document = Document::read(&text);
        }
    }
    Ok(())
}

/// A role with those of its documents that are to be read.
pub(super) async fn read_role(
    account: &impl Iam,
    detail: RoleDetail,
    is_read: impl Fn(&PolicyName) -> bool,
) -> IamResult<Option<RoleSpec>> {
    let name = &detail.summary.name;
    let policies = async {
        let Some(names) = account.list_inline_policies(name).await? else {
            return Ok(None);
        };
        let is_read = &is_read;
        let documents = names.into_iter().map(|policy| async move {
            if !is_read(&policy) {
                return Ok(Some((policy, Document::Unread)));
            }
            let text = account.get_inline_policy(name, &policy).await?;
            Ok(text.map(|text| (policy, Document::read(&text))))
        });
        let read: Vec<Option<(PolicyName, Document)>> = stream::iter(documents.collect::<Vec<_>>())
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        Ok::<_, IamError>(Some(read.into_iter().flatten().collect()))
    };
    let (policies, managed) = try_join(policies, account.list_managed_policies(name)).await?;
    let (Some(policies), Some(managed)) = (policies, managed) else {
        return Ok(None);
    };
    Ok(Some(RoleSpec {
        name: name.clone(),
        arn: detail.summary.arn.clone(),
        trust: Document::read(&detail.trust),
        policies,
        managed_policies: managed.into_iter().collect(),
        boundary: detail.boundary,
        instance_profiles: BTreeSet::new(),
        tags: detail.tags,
    }))
}
