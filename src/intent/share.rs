use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::granting::{Granting, document};
use super::{Share, Shares};
use crate::grants::{Capability, Derivation, Derived, Grant, GrantTarget};
use crate::model::RoleId;
use crate::template::{TemplateError, place};

/// What a topology needs of each base role: an entry for every kind it has.
///
/// # Errors
/// When a built-in template fails: never in a build that passed its tests.
pub fn shares(derivation: Derivation<'_>, derived: &Derived) -> Result<Shares, TemplateError> {
    let sandbox = &derivation.context.sandbox;
    let mut shares: Shares = derived
        .roles
        .iter()
        .map(|kind| (RoleId::base(*kind, sandbox), Share::default()))
        .collect();
    for grant in &derived.grants {
        let share = shares.entry(RoleId::base(grant.role, sandbox)).or_default();
        if matches!(grant.target, GrantTarget::Kind(_)) {
            share.capabilities.insert(grant.capability.clone());
        }
        share.grants.push(grant.clone());
    }
    for share in shares.values_mut() {
        share.exact = document(exact_statements(derivation, &share.grants)?);
    }
    Ok(shares)
}

/// The statements on exact ARNs that grants of one role ask for.
pub(super) fn exact_statements(of: Derivation<'_>, grants: &[Grant]) -> Result<Vec<Granting>, TemplateError> {
    let mut by_capability: BTreeMap<&Capability, Vec<&GrantTarget>> = BTreeMap::new();
    for grant in grants
        .iter()
        .filter(|grant| matches!(grant.target, GrantTarget::Exact { .. }))
    {
        by_capability
            .entry(&grant.capability)
            .or_default()
            .push(&grant.target);
    }
    let mut statements: Vec<Granting> = Vec::new();
    for (capability, targets) in by_capability {
        let rule = of.matrix.capabilities.get(&capability.id);
        let kind = rule.and_then(|rule| rule.taggable.as_ref());
        let is_tagged = kind.is_some_and(|kind| of.options.tagged.contains(kind));
        for (index, group) in groups(targets).into_iter().enumerate() {
            let mut values = place(of.context);
            let ordinal = if index == 0 {
                String::new()
            } else {
                (index + 1).to_string()
            };
            values.insert("ordinal".to_owned(), Value::from(ordinal));
            values.insert("tagged".to_owned(), Value::from(is_tagged));
            values.extend(group.values);
            let rendered = of.rules.statements(&capability.id, &values)?;
            statements.extend(Granting::all(rendered, capability, &group.arns));
        }
    }
    Ok(statements)
}

/// The targets of one statement.
struct Group {
    /// Their ARNs.
    arns: BTreeSet<String>,
    /// The values of its template.
    values: serde_json::Map<String, Value>,
}

/// The targets of each statement that a capability needs: one statement a target that has
/// limits, since they stand in the condition, and one for all other targets.
fn groups(targets: Vec<&GrantTarget>) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut arns: Vec<Value> = Vec::new();
    let mut unlimited = BTreeSet::new();
    for target in targets {
        let GrantTarget::Exact { arn, limits } = target else {
            continue;
        };
        if limits.is_empty() {
            arns.push(Value::from(arn.as_str()));
            unlimited.insert(arn.clone());
            continue;
        }
        let list = |texts: &BTreeSet<String>| texts.iter().map(String::as_str).collect::<Value>();
        let limits = limits.iter().map(|(name, texts)| (name.clone(), list(texts)));
        let value = ("arn".to_owned(), Value::from(arn.as_str()));
        groups.push(Group {
            arns: BTreeSet::from([arn.clone()]),
            values: limits.chain([value]).collect(),
        });
    }
    if !arns.is_empty() {
        groups.push(Group {
            arns: unlimited,
            values: [("arns".to_owned(), Value::from(arns))].into_iter().collect(),
        });
    }
    groups
}
