use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::granting::{self, Granting};
use super::values::{self, Values};
use super::written::{TeamDocument, built_in_statements};
use super::{Assignment, Bearer, Demand, Provided, Recipe, Recipes, Share};
use crate::grants::{Capability, Derivation, Derived, Grant, GrantTarget};
use crate::model::{Namespace, RoleId, RoleKind};
use crate::policy::Policy;
use crate::template::{Part, RoleTemplate, TemplateError, place};

/// What a topology needs of each role: a share for every role that its entities assume.
///
/// # Errors
/// When a template fails.
pub fn demand(
    derivation: Derivation<'_>,
    recipes: Recipes<'_>,
    assignment: &Assignment,
    (namespace, derived): (&Namespace, &Derived),
) -> Result<Demand, TemplateError> {
    let mut demand = Demand::default();
    let kinds = derived.roles.iter().map(|kind| (*kind, None));
    let functions = derived.functions.iter();
    let functions = functions.map(|function| (RoleKind::Function, Some(function.as_str())));
    for (kind, function) in kinds.chain(functions) {
        demand.bearer(assignment, kind, function);
    }
    for grant in &derived.grants {
        match demand.bearer(assignment, grant.role, grant.function.as_deref()) {
            Some(Borne::Share(share)) => {
                if matches!(grant.target, GrantTarget::Kind(_)) {
                    share.capabilities.insert(grant.capability.clone());
                }
                share.grants.push(grant.clone());
            }
            Some(Borne::Provided(provided)) => provided.grants.push(grant.clone()),
            None => {}
        }
    }
    for (id, share) in &mut demand.shares {
        share.exact = exact(derivation, recipes, (id, namespace), share)?;
    }
    Ok(demand)
}

/// Where a grant goes.
enum Borne<'a> {
    Share(&'a mut Share),
    Provided(&'a mut Provided),
}

impl Demand {
    fn bearer(
        &mut self,
        assignment: &Assignment,
        kind: RoleKind,
        function: Option<&str>,
    ) -> Option<Borne<'_>> {
        match assignment.bearer(kind, function)? {
            Bearer::Role(id) => Some(Borne::Share(self.shares.entry(id.clone()).or_default())),
            Bearer::Provided(names) => {
                let key = (kind, function.map(str::to_owned));
                let provided = self.provided.entry(key).or_insert_with(|| Provided {
                    names: names.clone(),
                    grants: Vec::new(),
                });
                Some(Borne::Provided(provided))
            }
        }
    }
}

/// The inline policy of what one topology alone needs of a role.
fn exact(
    of: Derivation<'_>,
    recipes: Recipes<'_>,
    (id, namespace): (&RoleId, &Namespace),
    share: &Share,
) -> Result<Option<Policy>, TemplateError> {
    match recipes.of(id, None) {
        Recipe::BuiltIn | Recipe::Missing => Ok(granting::document(exact_statements(of, &share.grants)?)),
        Recipe::Template(template) => {
            let document = document(of, recipes, template, (id, namespace), share)?;
            Ok(document.and_then(|document| document.canonical()))
        }
    }
}

/// What a template of the team's says of one topology.
pub(super) fn document(
    of: Derivation<'_>,
    recipes: Recipes<'_>,
    template: &RoleTemplate,
    (id, namespace): (&RoleId, &Namespace),
    share: &Share,
) -> Result<Option<TeamDocument>, TemplateError> {
    let mut values = Values::of(of.context, id).of_topology(namespace);
    let shared = share.capabilities.iter();
    let shared = shared.map(|capability| (capability.id.clone(), values::form_of(of.context, capability)));
    let exact = exact_targets(of, &share.grants).into_iter();
    let exact = exact.map(|target| (target.capability.id.clone(), target.values));
    values.set("grants", values::grants(of.matrix, |_| true, shared.chain(exact)));
    let rendered = recipes
        .set
        .document(template, Part::Topology, &values.map, &values.absent)?;
    let Some(document) = rendered.map(TeamDocument::of) else {
        return Ok(None);
    };
    if !recipes.abac {
        return Ok(Some(document));
    }
    let mut built_in = built_in_statements(recipes, of.context, id.kind)?;
    built_in.extend(exact_statements(of, &share.grants)?);
    document.scoped(of.context, &built_in).map(Some)
}

/// The statements on exact ARNs that grants of one role ask for.
pub(super) fn exact_statements(of: Derivation<'_>, grants: &[Grant]) -> Result<Vec<Granting>, TemplateError> {
    let mut statements: Vec<Granting> = Vec::new();
    for target in exact_targets(of, grants) {
        let rendered = of.rules.statements(&target.capability.id, &target.values)?;
        statements.extend(Granting::all(rendered, target.capability, &target.arns));
    }
    Ok(statements)
}

/// The targets of one statement.
struct Target<'a> {
    /// What it lets the role do.
    capability: &'a Capability,
    /// Their ARNs.
    arns: BTreeSet<String>,
    /// The values of its template.
    values: Map<String, Value>,
}

/// The targets of each statement on exact ARNs.
fn exact_targets<'a>(of: Derivation<'_>, grants: &'a [Grant]) -> Vec<Target<'a>> {
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
    let mut all = Vec::new();
    for (capability, targets) in by_capability {
        let rule = of.matrix.capabilities.get(&capability.id);
        let kind = rule.and_then(|rule| rule.taggable.as_ref());
        let is_tagged = kind.is_some_and(|kind| of.options.tagged.contains(kind));
        for (index, (arns, group)) in groups(targets).into_iter().enumerate() {
            let mut values = place(of.context);
            let ordinal = if index == 0 {
                String::new()
            } else {
                (index + 1).to_string()
            };
            values.insert("ordinal".to_owned(), Value::from(ordinal));
            values.insert("tagged".to_owned(), Value::from(is_tagged));
            values.extend(group);
            all.push(Target {
                capability,
                arns,
                values,
            });
        }
    }
    all
}

/// The targets of each statement that a capability needs, with what its template has for them: one
/// statement a target that has limits, since they stand in the condition, and one for all others.
fn groups(targets: Vec<&GrantTarget>) -> Vec<(BTreeSet<String>, Map<String, Value>)> {
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
        groups.push((BTreeSet::from([arn.clone()]), limits.chain([value]).collect()));
    }
    if !arns.is_empty() {
        let values = [("arns".to_owned(), Value::from(arns))].into_iter().collect();
        groups.push((unlimited, values));
    }
    groups
}
