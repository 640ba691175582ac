use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Share, Shares};
use crate::grants::{Derivation, Derived, Grant, GrantTarget};
use crate::policy::{Policy, Statement};
use crate::template::{TemplateError, place};

/// What a topology needs of each base role: an entry for every kind it has.
///
/// # Errors
/// When a built-in template fails: never in a build that passed its tests.
pub fn shares(derivation: Derivation<'_>, derived: &Derived) -> Result<Shares, TemplateError> {
    let mut shares: Shares = derived
        .roles
        .iter()
        .map(|kind| (*kind, Share::default()))
        .collect();
    for grant in &derived.grants {
        let share = shares.entry(grant.role).or_default();
        if matches!(grant.target, GrantTarget::Kind(_)) {
            share.capabilities.insert(grant.capability.clone());
        }
        share.grants.push(grant.clone());
    }
    for share in shares.values_mut() {
        share.exact = exact_policy(derivation, &share.grants)?;
    }
    Ok(shares)
}

fn exact_policy(of: Derivation<'_>, grants: &[Grant]) -> Result<Option<Policy>, TemplateError> {
    let mut by_capability: BTreeMap<&str, Vec<&GrantTarget>> = BTreeMap::new();
    for grant in grants
        .iter()
        .filter(|grant| matches!(grant.target, GrantTarget::Exact { .. }))
    {
        by_capability
            .entry(&grant.capability.id)
            .or_default()
            .push(&grant.target);
    }
    let mut statements: Vec<Statement> = Vec::new();
    for (capability, targets) in by_capability {
        let rule = of.matrix.capabilities.get(capability);
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
            values.extend(group);
            statements.extend(of.rules.statements(capability, &values)?);
        }
    }
    Ok((!statements.is_empty()).then(|| Policy::of(statements).canonical()))
}

/// The values of each statement that the targets of a capability need: one statement a
/// target that has limits, since they stand in the condition, and one for all other targets.
fn groups(targets: Vec<&GrantTarget>) -> Vec<serde_json::Map<String, Value>> {
    let mut groups = Vec::new();
    let mut arns: Vec<Value> = Vec::new();
    for target in targets {
        let GrantTarget::Exact { arn, limits } = target else {
            continue;
        };
        if limits.is_empty() {
            arns.push(Value::from(arn.as_str()));
            continue;
        }
        let list = |texts: &BTreeSet<String>| texts.iter().map(String::as_str).collect::<Value>();
        let limits = limits.iter().map(|(name, texts)| (name.clone(), list(texts)));
        let arn = ("arn".to_owned(), Value::from(arn.as_str()));
        groups.push(limits.chain([arn]).collect());
    }
    if !arns.is_empty() {
        groups.push([("arns".to_owned(), Value::from(arns))].into_iter().collect());
    }
    groups
}
