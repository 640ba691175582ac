//! Conditions on tags: the sandbox's, which must not be open, and those that no request carries.

use super::operator::Operator;
use super::visit::{Asked, Named, Visit, Visited};
use super::{Finding, codes};
use crate::policy::{Resource, shown};

/// The condition keys about tags that only some requests carry.
const OF_SOME: &[&str] = &["aws:resourcetag/", "aws:requesttag/", "aws:tagkeys"];

pub(super) fn check(visit: &Visit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for visited in visit.granting() {
        for asked in visited.asked() {
            findings.extend(open(visit, visited, &asked));
            dead(visit, visited, &asked, &mut findings);
        }
    }
    findings
}

/// A condition on the sandbox's tag that other resources fulfil, too.
fn open(visit: &Visit<'_>, visited: &Visited<'_>, asked: &Asked<'_>) -> Option<Finding> {
    let operator = asked.parsed?;
    let tag = format!("aws:ResourceTag/{}", visit.options.tag_key);
    if !asked.key.eq_ignore_ascii_case(&tag) {
        return None;
    }
    let range = &asked.places.entry.key;
    let written = shown(asked.operator);
    let message = if operator.base == "Null" {
        if asked.values.iter().all(|value| value == "false") {
            return None;
        }
        "the condition holds of resources without the tag of a sandbox".to_owned()
    } else if operator.if_exists {
        format!("{written} holds of resources without the tag of a sandbox")
    } else if operator.is_negated() {
        format!("{written} holds of resources of other sandboxes, and of those without the tag")
    } else if operator.for_all && !visited.demands(asked.key) {
        format!("{written} holds of resources without the tag of a sandbox")
    } else {
        return other_value(visit, asked, operator);
    };
    Some(Finding::error(codes::OPEN_TAG_CONDITION, range, message).help(help(visit)))
}

/// A value of the tag that other sandboxes have.
fn other_value(visit: &Visit<'_>, asked: &Asked<'_>, operator: Operator) -> Option<Finding> {
    let mut values = asked.values.iter().zip(&asked.places.each);
    let wild = |value: &str| operator.has_wildcards() && value.replace("${*}", "").contains(['*', '?']);
    let other = |value: &str| {
        let named = visit.options.sandbox.filter(|_| !value.contains("${"));
        named.is_some_and(|sandbox| sandbox != value)
    };
    let (value, range) = values.find(|(value, _)| wild(value) || other(value))?;
    let message = if wild(value) {
        format!("{} is the tag of several sandboxes", shown(value))
    } else {
        format!("{} is the tag of another sandbox", shown(value))
    };
    Some(Finding::error(codes::OPEN_TAG_CONDITION, range, message).help(help(visit)))
}

fn help(visit: &Visit<'_>) -> String {
    let tag = visit.options.tag_key;
    let sandbox = visit.options.sandbox.unwrap_or("SANDBOX");
    format!("write `\"StringEquals\": {{\"aws:ResourceTag/{tag}\": \"{sandbox}\"}}`")
}

/// A condition on a tag that requests for an action do not carry.
fn dead(visit: &Visit<'_>, visited: &Visited<'_>, asked: &Asked<'_>, findings: &mut Vec<Finding>) {
    let key = asked.key.to_ascii_lowercase();
    let is_of_some = OF_SOME.iter().any(|start| key.starts_with(start));
    let is_demanded = asked.parsed.is_some_and(Operator::needs_key);
    let is_list = matches!(visited.statement.resource, Some(Resource::In(_)));
    if !is_of_some || !is_demanded || !is_list {
        return;
    }
    for named in visited.named() {
        if !named.known.is_empty() && !carries(visit, visited, named, asked.key) {
            let message = format!(
                "a request for {} on these resources never carries {}",
                shown(named.text),
                shown(asked.key)
            );
            findings.push(
                Finding::warning(codes::DEAD_TAG_CONDITION, named.range, message)
                    .beside(&asked.places.entry.key)
                    .help("give the action a statement of its own, limited by exact resources"),
            );
        }
    }
}

/// Whether a request for one of the actions on one of the resources can carry the key. Actions
/// that take none of the resources are another finding.
fn carries(visit: &Visit<'_>, visited: &Visited<'_>, named: &Named<'_>, key: &str) -> bool {
    let mut taken = false;
    for (resource, _) in visited.resources() {
        for action in &named.known {
            if visit.facts.takes(visit.catalogue, action, resource) {
                taken = true;
                if visit.facts.supports(visit.catalogue, action, resource, key) {
                    return true;
                }
            }
        }
    }
    !taken
}
