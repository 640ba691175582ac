use std::collections::{BTreeMap, BTreeSet};

use super::{Naming, Recipe, Recipes, Shares, compose, ownership, share, written};
use crate::grants::{Capability, Derivation, Grant, GrantTarget};
use crate::model::{Namespace, PolicyName, RoleId};
use crate::policy::{Policy, Statement};
use crate::template::TemplateError;

/// A statement of a role, and the capability that it is there for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granting {
    /// The statement, in canonical form.
    pub statement: Statement,
    /// What it lets the role do.
    pub capability: Capability,
    /// The resources that it was made for, by their ARNs; none where it is for all of a kind.
    pub arns: BTreeSet<String>,
    /// The topology that it is for; `None` where it serves all that need the capability.
    pub namespace: Option<Namespace>,
}

impl Granting {
    /// The statements that a capability's template gave.
    pub(super) fn all(
        statements: Vec<Statement>,
        capability: &Capability,
        arns: &BTreeSet<String>,
    ) -> Vec<Self> {
        let statements = Policy::of(statements).canonical().statement.into_iter();
        let one = |statement| Self {
            statement,
            capability: capability.clone(),
            arns: arns.clone(),
            namespace: None,
        };
        statements.map(one).collect()
    }

    /// Whether a statement says the same, under whatever name.
    pub(super) fn says(&self, statement: &Statement) -> bool {
        let nameless = Statement {
            sid: self.statement.sid.clone(),
            ..statement.clone()
        };
        Policy::of(vec![nameless]).canonical().statement == [self.statement.clone()]
    }
}

/// The document that holds these statements; none for no statement.
pub(super) fn document(grantings: Vec<Granting>) -> Option<Policy> {
    let statements: Vec<Statement> = grantings.into_iter().map(|g| g.statement).collect();
    (!statements.is_empty()).then(|| Policy::of(statements).canonical())
}

/// What each statement of a role is there for, by inline policy: the statements of which
/// [`demand`](super::demand) and [`role`](super::role) make their documents.
///
/// # Errors
/// When a built-in template fails: never in a build that passed its tests.
pub fn grantings(
    of: Derivation<'_>,
    recipes: Recipes<'_>,
    id: &RoleId,
    (shares, naming): (&BTreeMap<Namespace, Shares>, Naming),
) -> Result<BTreeMap<PolicyName, Vec<Granting>>, TemplateError> {
    let shares: BTreeMap<_, _> = shares
        .iter()
        .filter_map(|(namespace, shares)| Some((namespace, shares.get(id)?)))
        .collect();
    let union = shares.values().flat_map(|share| &share.capabilities).collect();
    let mut grantings: BTreeMap<PolicyName, Vec<Granting>> = BTreeMap::new();
    if let Ok(name) = PolicyName::parse(id.name.as_str()) {
        grantings.insert(name, compose::shared_statements(of.rules, of.context, &union)?);
    }
    for (namespace, share) in shares {
        if let Some(name) = ownership::namespace_policy(namespace) {
            let mut exact = share::exact_statements(of, naming, &share.grants)?;
            for granting in &mut exact {
                granting.namespace = Some(namespace.clone());
            }
            grantings.entry(name).or_default().extend(exact);
        }
    }
    if recipes.abac && matches!(recipes.of(id, None), Recipe::Template(_)) {
        for granting in grantings.values_mut().flatten() {
            written::scope_granting(granting, of.context)?;
        }
    }
    Ok(grantings)
}

/// The statements that grants of one role ask for, as the built-in templates say them, whoever
/// keeps the role.
///
/// # Errors
/// When a built-in template fails: never in a build that passed its tests.
pub fn statements(of: Derivation<'_>, grants: &[Grant]) -> Result<Vec<Granting>, TemplateError> {
    let of_kinds = grants
        .iter()
        .filter(|grant| matches!(grant.target, GrantTarget::Kind(_)));
    let union = of_kinds.map(|grant| &grant.capability).collect();
    let mut statements = compose::shared_statements(of.rules, of.context, &union)?;
    statements.extend(share::exact_statements(of, Naming::Each, grants)?);
    Ok(statements)
}
