use super::preparation::{context, prepare};
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
    let preparation = prepare(wanted)?;
    let identity = Identity {
        partition: wanted.region.partition(),
        account: account.clone(),
    };
    let context = context(wanted, &identity)?;
    let shares = preparation.shares(wanted, &context)?;
    let specs = preparation.roles(&context, &shares)?;
    let grants_of = |kind: RoleKind| {
        let shares = shares.values().filter_map(move |shares| shares.get(&kind));
        shares.flat_map(|share| share.grants.clone()).collect()
    };
    let mut roles: Vec<RenderedRole> = specs
        .into_iter()
        .filter(|(kind, _)| wanted.kinds.contains(kind))
        .map(|(kind, spec)| RenderedRole {
            kind,
            spec,
            grants: grants_of(kind),
        })
        .collect();
    roles.sort_by(|a, b| a.spec.name.cmp(&b.spec.name));
    Ok(Rendered {
        context,
        namespaces: shares.into_keys().collect(),
        roles,
        findings: preparation.findings,
    })
}
