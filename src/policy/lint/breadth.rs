//! Statements that allow more than is likely meant.

use super::visit::{Visit, Visited};
use super::{Finding, Subject, codes};
use crate::policy::{Action, Principal, Resource, shown};

pub(super) fn check(visit: &Visit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for visited in visit.granting() {
        opposites(visit, visited, &mut findings);
        let every = visited.named().iter().find(|named| named.text == "*");
        if let Some(named) = every {
            findings.push(
                Finding::warning(
                    codes::ANY_ACTION,
                    named.range,
                    "every action of every service is allowed",
                )
                .help("name the actions that are needed"),
            );
        } else {
            findings.extend(whole_services(visited));
            findings.extend(any_resource(visit, visited));
        }
    }
    findings
}

/// `service:*`: all that there is to a service.
fn whole_services(visited: &Visited<'_>) -> impl Iterator<Item = Finding> {
    let whole = visited.named().iter().filter(|named| !named.known.is_empty());
    whole.filter_map(|named| {
        let service = named.text.strip_suffix(":*")?;
        let message = format!(
            "every action of {} is allowed, also those that AWS adds later",
            shown(service)
        );
        Some(
            Finding::warning(codes::ANY_ACTION, named.range, message)
                .help("name the actions that are needed"),
        )
    })
}

/// `NotAction`, `NotResource` and `NotPrincipal` in an Allow.
fn opposites(visit: &Visit<'_>, visited: &Visited<'_>, findings: &mut Vec<Finding>) {
    let (statement, places) = (visited.statement, visited.places);
    if matches!(statement.action, Action::NotIn(_)) {
        findings.push(
            Finding::warning(
                codes::ALLOWS_THE_REST,
                &places.action.entry.key,
                "all actions but these are allowed, also those that AWS adds later",
            )
            .help("name what is allowed in Action, or deny these in a statement of their own"),
        );
    }
    if let (Some(Resource::NotIn(_)), Some(place)) = (&statement.resource, &places.resource) {
        findings.push(
            Finding::warning(
                codes::ALLOWS_THE_REST,
                &place.entry.key,
                "all resources but these are allowed, also those of later",
            )
            .help("name what is allowed in Resource, or deny these in a statement of their own"),
        );
    }
    if let (Some(Principal::NotIn(_)), Some(place)) = (&statement.principal, &places.principal) {
        let message = "everyone but these is allowed, also people of other accounts and nobody in particular";
        let help = "name who is allowed in Principal";
        findings.push(if matches!(visit.subject, Subject::Trust { .. }) {
            Finding::error(codes::ALLOWS_THE_REST, &place.entry.key, message).help(help)
        } else {
            Finding::warning(codes::ALLOWS_THE_REST, &place.entry.key, message).help(help)
        });
    }
}

/// `*` where each action could be limited. In the policy of a resource, `*` is that resource.
fn any_resource(visit: &Visit<'_>, visited: &Visited<'_>) -> Option<Finding> {
    if visited.statement.principal.is_some() || !matches!(visited.statement.resource, Some(Resource::In(_))) {
        return None;
    }
    let (_, range) = visited.resources().find(|(resource, _)| *resource == "*")?;
    let named = visited.named();
    let limited = |action| visit.facts.can_be_limited(action);
    let all = named
        .iter()
        .all(|named| !named.known.is_empty() && named.known.iter().all(|action| limited(action)));
    (all && !named.is_empty()).then(|| {
        let message = "everything is allowed that the actions could be limited to";
        Finding::warning(codes::ANY_RESOURCE, range, message)
            .help("name the resources; each of these actions takes some")
    })
}
