use std::collections::BTreeMap;

use super::preparation::{context, prepare_in};
use super::{Findings, OpError, Wanted};
use crate::grants::Grant;
use crate::intent::RoleSpec;
use crate::model::{AccountId, Context, Identity, Namespace, RoleKind};

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
    /// The kind of entity that assumes it.
    pub kind: RoleKind,
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
    let mut grants: BTreeMap<RoleKind, Vec<Grant>> = BTreeMap::new();
    for (kind, share) in made.shares.into_values().flatten() {
        grants.entry(kind).or_default().extend(share.grants);
    }
    let mut roles: Vec<RenderedRole> = made
        .roles
        .into_iter()
        .filter(|(kind, _)| wanted.kinds.contains(kind))
        .map(|(kind, spec)| RenderedRole {
            kind,
            spec,
            grants: grants.remove(&kind).unwrap_or_default(),
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
