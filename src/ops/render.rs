use std::collections::BTreeMap;

use super::preparation::{context, prepare_in};
use super::{Findings, OpError, Wanted};
use crate::grants::Grant;
use crate::intent::RoleSpec;
use crate::model::{AccountId, Context, Identity, Namespace, RoleId};

/// The roles that a topology needs, as they would stand in an account of its own.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// Where they would stand.
    pub context: Context,
    /// The topologies.
    pub namespaces: Vec<Namespace>,
    /// The roles, by name.
    pub roles: Vec<RenderedRole>,
    /// What was found in the files, and the texts that grants point into.
    pub findings: Findings,
}

/// A role and where it comes from.
#[derive(Debug, Clone)]
pub struct RenderedRole {
    /// Which role of the sandbox it is.
    pub id: RoleId,
    /// The role.
    pub spec: RoleSpec,
    /// What it can do and who asked for it.
    pub grants: Vec<Grant>,
}

/// Renders a topology's roles, offline.
///
/// # Errors
/// When the files cannot be read or hold errors, or a role would pass a limit of IAM.
pub fn render(wanted: &Wanted, account: &AccountId) -> Result<Rendered, OpError> {
    let identity = Identity {
        partition: wanted.region.partition(),
        account: account.clone(),
    };
    let context = context(wanted, &identity)?;
    let (preparation, made) = prepare_in(wanted, &context)?;
    let namespaces = made.shares.keys().cloned().collect();
    let mut grants: BTreeMap<RoleId, Vec<Grant>> = BTreeMap::new();
    for (id, share) in made.shares.into_values().flatten() {
        grants.entry(id).or_default().extend(share.grants);
    }
    let mut roles: Vec<RenderedRole> = made
        .roles
        .into_iter()
        .filter(|(id, _)| wanted.kinds.contains(&id.kind))
        .map(|(id, spec)| RenderedRole {
            spec,
            grants: grants.remove(&id).unwrap_or_default(),
            id,
        })
        .collect();
    roles.sort_by(|a, b| a.spec.name.cmp(&b.spec.name));
    Ok(Rendered {
        context,
        namespaces,
        roles,
        findings: preparation.findings,
    })
}
