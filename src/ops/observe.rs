use futures_util::future::try_join;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::OpError;
use crate::iam::{Iam, IamError, IamResult, RoleDetail, RoleSummary};
use crate::intent::ownership::namespace_policy;
use crate::intent::{Document, RoleSpec};
use crate::model::{Identity, PolicyName, RoleKind, RoleName, Sandbox};
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

/// The base roles of a sandbox among those listed, whatever the case of their names.
pub(super) fn base_roles(listed: &[RoleSummary], sandbox: &Sandbox) -> Vec<(RoleKind, RoleName)> {
    let base = |role: &RoleSummary| {
        let (kind, of) = role.name.as_base()?;
        of.is_same_for_iam(sandbox).then(|| (kind, role.name.clone()))
    };
    listed.iter().filter_map(base).collect()
}

/// What a run needs to know of the roles it may change.
pub(super) async fn observe(
    account: &impl Iam,
    intention: Intention<'_>,
    roles: &[(RoleKind, RoleName)],
) -> Result<Observed, OpError> {
    let wanted = roles.iter().filter(|(kind, _)| intention.kinds.contains(kind));
    let reads = wanted.map(|(kind, name)| async move {
        let role = role_of_run(account, intention, *kind, name).await?;
        Ok::<_, IamError>(role.map(|role| (*kind, role)))
    });
    let found: Vec<Option<(RoleKind, RoleSpec)>> = stream::iter(reads.collect::<Vec<_>>())
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
    kind: RoleKind,
    name: &RoleName,
) -> IamResult<Option<RoleSpec>> {
    let Some(detail) = account.get_role(name).await? else {
        return Ok(None);
    };
    if !concerns(intention, kind, &detail.tags) {
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

async fn read_role(
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
        instance_profiles: std::collections::BTreeSet::new(),
        tags: detail.tags,
    }))
}
