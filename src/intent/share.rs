use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::granting::{self, Granting};
use super::values::{self, Values};
use super::written::{TeamDocument, built_in_statements};
use super::{Assignment, Bearer, Demand, Naming, Provided, Recipe, Recipes, Share};
use crate::grants::{Capability, Derivation, Derived, Grant, GrantTarget};
use crate::model::{Context, Namespace, RoleId, RoleKind};
use crate::policy::catalogue::Catalogue;
use crate::policy::{Effect, Policy, Scoping, Statement, scope};
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
        let of = (id, namespace);
        share.exact = exact(derivation, recipes, Naming::Each, of, share)?;
        if derivation.options.tagged.is_empty() {
            continue;
        }
        let widened = exact(derivation, recipes, Naming::Pattern, of, share)?;
        let exact = share.exact.as_ref();
        share.widened = widened.filter(|widened| {
            exact.is_some_and(|exact| is_narrow(derivation, exact, widened) && widened.size() < exact.size())
        });
    }
    Ok(demand)
}

/// Whether what a widened policy says besides reaches nothing without the sandbox's tag. A template of
/// the team's can write ARNs where it asks for no tag.
fn is_narrow(of: Derivation<'_>, exact: &Policy, widened: &Policy) -> bool {
    let tag = (Context::TAG_KEY, of.context.sandbox.as_str());
    let asks = |statement: &Statement| {
        statement.effect == Effect::Allow && scope(statement, tag, Catalogue::built_in()) == Scoping::Unneeded
    };
    let besides = widened.statement.iter();
    besides
        .filter(|statement| !exact.statement.contains(statement))
        .all(asks)
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
    naming: Naming,
    (id, namespace): (&RoleId, &Namespace),
    share: &Share,
) -> Result<Option<Policy>, TemplateError> {
    match recipes.of(id, None) {
        Recipe::BuiltIn | Recipe::Missing => {
            Ok(granting::document(exact_statements(of, naming, &share.grants)?))
        }
        Recipe::Template(template) => {
            let document = document(of, recipes, (template, naming), (id, namespace), share)?;
            Ok(document.and_then(|document| document.canonical()))
        }
    }
}

/// What a template of the team's says of one topology.
pub(super) fn document(
    of: Derivation<'_>,
    recipes: Recipes<'_>,
    (template, naming): (&RoleTemplate, Naming),
    (id, namespace): (&RoleId, &Namespace),
    share: &Share,
) -> Result<Option<TeamDocument>, TemplateError> {
    let mut values = Values::of(of.context, id).of_topology(namespace);
    let shared = share.capabilities.iter();
    let shared = shared.map(|capability| (capability.id.clone(), values::form_of(of.context, capability)));
    let exact = exact_targets(of, naming, &share.grants).into_iter();
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
    built_in.extend(exact_statements(of, naming, &share.grants)?);
    document.scoped(of.context, &built_in).map(Some)
}

/// The statements on exact ARNs that grants of one role ask for.
pub(super) fn exact_statements(
    of: Derivation<'_>,
    naming: Naming,
    grants: &[Grant],
) -> Result<Vec<Granting>, TemplateError> {
    let mut statements: Vec<Granting> = Vec::new();
    for target in exact_targets(of, naming, grants) {
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
fn exact_targets<'a>(of: Derivation<'_>, naming: Naming, grants: &'a [Grant]) -> Vec<Target<'a>> {
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
        // A pattern without the tag beside it would reach other sandboxes.
        let naming = if is_tagged { naming } else { Naming::Each };
        for (index, (arns, group)) in groups(targets, naming).into_iter().enumerate() {
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
fn groups(targets: Vec<&GrantTarget>, naming: Naming) -> Vec<(BTreeSet<String>, Map<String, Value>)> {
    let mut groups = Vec::new();
    let mut unlimited: BTreeMap<&str, Option<&str>> = BTreeMap::new();
    for target in targets {
        let GrantTarget::Exact { arn, limits, pattern } = target else {
            continue;
        };
        if limits.is_empty() {
            unlimited.insert(arn, pattern.as_deref());
            continue;
        }
        let list = |texts: &BTreeSet<String>| texts.iter().map(String::as_str).collect::<Value>();
        let limits = limits.iter().map(|(name, texts)| (name.clone(), list(texts)));
        let value = ("arn".to_owned(), Value::from(arn.as_str()));
        groups.push((BTreeSet::from([arn.clone()]), limits.chain([value]).collect()));
    }
    if !unlimited.is_empty() {
        let values = [("arns".to_owned(), named(&unlimited, naming))];
        let arns = unlimited.into_keys().map(str::to_owned).collect();
        groups.push((arns, values.into_iter().collect()));
    }
    groups
}

/// What a statement names: each ARN, or the pattern that holds for several of them in their place.
fn named(arns: &BTreeMap<&str, Option<&str>>, naming: Naming) -> Value {
    let mut holds_for: BTreeMap<&str, usize> = BTreeMap::new();
    for pattern in arns.values().flatten().filter(|_| naming == Naming::Pattern) {
        *holds_for.entry(pattern).or_default() += 1;
    }
    let several = |pattern: &&str| holds_for.get(pattern).is_some_and(|number| *number > 1);
    let names = arns
        .iter()
        .map(|(arn, pattern)| pattern.filter(several).unwrap_or(arn));
    let names: BTreeSet<&str> = names.collect();
    names.into_iter().map(Value::from).collect()
}
