//! Actions and resources of a statement that have nothing to do with each other.

use super::visit::{Named, Visit, Visited};
use super::{Finding, codes};
use crate::policy::catalogue::ResourceUse;
use crate::policy::{Resource, shown};

pub(super) fn check(visit: &Visit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for visited in &visit.statements {
        let known = visited.named().iter().all(|named| !named.known.is_empty());
        let is_list = matches!(visited.statement.resource, Some(Resource::In(_)));
        if !known || !is_list || visited.named().is_empty() {
            continue;
        }
        dead_resources(visit, visited, &mut findings);
        dead_actions(visit, visited, &mut findings);
    }
    findings
}

fn takes(visit: &Visit<'_>, named: &Named<'_>, resource: &str) -> bool {
    let mut known = named.known.iter();
    known.any(|action| visit.facts.takes(visit.catalogue, action, resource))
}

fn dead_resources(visit: &Visit<'_>, visited: &Visited<'_>, findings: &mut Vec<Finding>) {
    for (resource, range) in visited.resources() {
        if !visited.named().iter().any(|named| takes(visit, named, resource)) {
            let message = format!("no action of the statement takes {}", shown(resource));
            findings.push(
                Finding::warning(codes::DEAD_RESOURCE, range, message)
                    .beside(&visited.places.action.entry.value)
                    .help(forms(visited)),
            );
        }
    }
}

/// Which ARNs the actions of a statement take.
fn forms(visited: &Visited<'_>) -> String {
    let known = visited.named().iter().flat_map(|named| &named.known);
    let uses = known.flat_map(|action| action.uses.iter());
    let mut forms: Vec<&str> = uses.flat_map(arns).collect();
    forms.sort_unstable();
    forms.dedup();
    match forms.as_slice() {
        [] => "the actions take no resource: write `*`".to_owned(),
        [first, second, third, _, ..] => format!("they take `{first}`, `{second}`, `{third}` and others"),
        few => format!("they take `{}`", few.join("`, `")),
    }
}

fn arns(used: &ResourceUse) -> impl Iterator<Item = &str> {
    used.resource_type.arns.iter().map(String::as_str)
}

fn dead_actions(visit: &Visit<'_>, visited: &Visited<'_>, findings: &mut Vec<Finding>) {
    for named in visited.named() {
        if visited
            .resources()
            .any(|(resource, _)| takes(visit, named, resource))
        {
            continue;
        }
        let Some(places) = &visited.places.resource else {
            continue;
        };
        let message = format!(
            "{} takes none of the resources of the statement",
            shown(named.text)
        );
        let unlimited = named.known.iter().all(|action| action.uses.is_empty());
        let help = if unlimited {
            "AWS cannot limit it to resources: give it a statement of its own, on `*`"
        } else {
            "give it a statement of its own, on resources that it takes"
        };
        findings.push(
            Finding::warning(codes::DEAD_ACTION, named.range, message)
                .beside(&places.entry.value)
                .help(help),
        );
    }
}
