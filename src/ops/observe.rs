use std::collections::{BTreeMap, BTreeSet};

use super::apply::read;
use crate::iam::{Iam, IamResult, MOST_IN_FLIGHT, RoleSummary};
use crate::intent::ownership::described;
use crate::intent::{RoleSpec, Shares};
use crate::model::{Identity, Namespace, RoleId, RoleName, RoleOwner, Sandbox};
use crate::plan::Lifetime;
use crate::plan::reading::{Extent, Reading};

/// How many roles are read or written at the same time.
pub(super) const CONCURRENCY: usize = MOST_IN_FLIGHT;

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
/// to be there, by their names. A run that says until when the sandbox is to live looks at all.
pub(super) fn roles_of_run(
    listed: &[RoleSummary],
    sandbox: &Sandbox,
    topologies: &BTreeMap<Namespace, Shares>,
    lifetime: Lifetime,
) -> Vec<Placed> {
    let intended: BTreeSet<&RoleId> = topologies.values().flat_map(BTreeMap::keys).collect();
    let is_intended = |name: &RoleName| {
        let mut intended = intended.iter();
        intended.any(|id| id.name.as_str().eq_ignore_ascii_case(name.as_str()))
    };
    let is_of_run =
        |owner: &RoleOwner| topologies.contains_key(&owner.namespace) || lifetime != Lifetime::AsItIs;
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

/// A role with all its documents.
pub(super) async fn whole_role(account: &impl Iam, name: &RoleName) -> IamResult<Option<RoleSpec>> {
    read(account, name, Reading::begun(Extent::PERMISSIONS)).await
}
