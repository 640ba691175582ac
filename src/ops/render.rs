use std::collections::BTreeMap;

use super::preparation::{Needed, context, prepare_in};
use super::{Findings, OpError, Wanted};
use crate::grants::Grant;
use crate::intent::{Recipe, RoleSpec};
use crate::model::{AccountId, Arn, Context, Identity, Namespace, RoleId, RoleKind, RoleName};

/// The roles that a topology needs, as they would stand in an account of its own.
#[derive(Debug, Clone)]
pub struct Rendered {
    /// Where they would stand.
    pub context: Context,
    /// The topologies.
    pub namespaces: Vec<Namespace>,
    /// The roles, by name.
    pub roles: Vec<RenderedRole>,
    /// The roles that somebody else keeps.
    pub provided: Vec<ProvidedRole>,
    /// What was found in the files, and the texts that grants point into.
    pub findings: Findings,
}

/// A role and where it comes from.
#[derive(Debug, Clone)]
pub struct RenderedRole {
    /// Which role of the sandbox it is.
    pub id: RoleId,
    /// How it is made: `dynamic`, `shared` or `override`.
    pub mode: &'static str,
    /// The team's template that it is made from.
    pub template: Option<String>,
    /// The role.
    pub spec: RoleSpec,
    /// What it can do and who asked for it.
    pub grants: Vec<Grant>,
}

/// A role that somebody else keeps: it is never written.
#[derive(Debug, Clone)]
pub struct ProvidedRole {
    /// The kind of entity that assumes it.
    pub kind: RoleKind,
    /// The name that it should have, or else one of these.
    pub names: Vec<RoleName>,
    /// The ARN that it has under the first of its names.
    pub arn: Arn,
    /// What it should allow.
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
    let provided = provided(&context, &wanted.kinds, &made.needed);
    let namespaces = made.needed.shares.keys().cloned().collect();
    let mut grants: BTreeMap<RoleId, Vec<Grant>> = BTreeMap::new();
    for (id, share) in made.needed.shares.values().flatten() {
        grants
            .entry(id.clone())
            .or_default()
            .extend(share.grants.iter().cloned());
    }
    let recipes = preparation.recipes(&made.needed.files);
    let recipe = |id: &RoleId| match recipes.of(id, None) {
        recipe @ Recipe::Template(template) => (recipe.mode(id), Some(template.path.clone())),
        recipe => (recipe.mode(id), None),
    };
    let mut roles: Vec<RenderedRole> = made
        .roles
        .into_iter()
        .filter(|(id, _)| wanted.kinds.contains(&id.kind))
        .map(|(id, spec)| RenderedRole {
            mode: recipe(&id).0,
            template: recipe(&id).1,
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
        provided,
        findings: preparation.findings,
    })
}

/// The roles that somebody else keeps, by name.
fn provided(context: &Context, kinds: &[RoleKind], needed: &Needed) -> Vec<ProvidedRole> {
    let mut by_name: BTreeMap<(RoleKind, &RoleName), ProvidedRole> = BTreeMap::new();
    for ((kind, _), provided) in needed.provided.values().flatten() {
        let Some(name) = provided.names.first().filter(|_| kinds.contains(kind)) else {
            continue;
        };
        let role = by_name.entry((*kind, name)).or_insert_with(|| ProvidedRole {
            kind: *kind,
            names: provided.names.clone(),
            arn: Arn::role(context.partition, &context.account, name),
            grants: Vec::new(),
        });
        role.grants.extend(provided.grants.iter().cloned());
    }
    by_name.into_values().collect()
}
