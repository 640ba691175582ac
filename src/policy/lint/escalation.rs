//! Actions by which one gets permissions that one was not given.

use super::operator::Operator;
use super::visit::{Named, Visit, Visited};
use super::{Finding, codes};
use crate::policy::catalogue::matches;
use crate::policy::shown;

pub(super) fn check(visit: &Visit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for visited in visit.granting() {
        for named in visited.named() {
            findings.extend(escalation(visit, named));
            if named.text != "*" && named.covers(&visit.facts.pass) {
                findings.extend(open_pass(visit, visited, named));
            }
            findings.extend(pass_and_run(visit, named));
        }
    }
    findings
}

fn escalation(visit: &Visit<'_>, named: &Named<'_>) -> Option<Finding> {
    if named.text == "*" {
        return None;
    }
    let action = visit
        .facts
        .escalation
        .iter()
        .find(|action| named.covers(action))?;
    let message = if action.eq_ignore_ascii_case(named.text) {
        format!("whoever may call `{action}` can give permissions to himself")
    } else {
        let text = shown(named.text);
        format!("{text} covers `{action}`, by which one can give permissions to oneself")
    };
    Some(
        Finding::warning(codes::ESCALATION, named.range, message)
            .help("leave it to those who deploy, or hold them with a permissions boundary"),
    )
}

/// A role that is handed to any service, or any role.
fn open_pass(visit: &Visit<'_>, visited: &Visited<'_>, named: &Named<'_>) -> Option<Finding> {
    let any = visited.resources().find(|(resource, _)| {
        let role = resource.rsplit_once(":role/").map_or(*resource, |(_, role)| role);
        role == "*"
    });
    if let Some((resource, range)) = any {
        let message = format!("any role may be passed: {}", shown(resource));
        return Some(
            Finding::error(codes::OPEN_PASS_ROLE, range, message)
                .beside(named.range)
                .help("name the roles that are passed"),
        );
    }
    (!names_service(visit, visited)).then(|| {
        let key = &visit.facts.passed_to;
        Finding::warning(
            codes::OPEN_PASS_ROLE,
            named.range,
            "the role may be passed to any service",
        )
        .help(format!(
            "add `\"StringEquals\": {{\"{key}\": \"SERVICE.amazonaws.com\"}}`"
        ))
    })
}

/// Whether a condition names the services: a pattern for all of them does not.
fn names_service(visit: &Visit<'_>, visited: &Visited<'_>) -> bool {
    let is_any = |value: &str| {
        let service = value.strip_suffix(".amazonaws.com").unwrap_or(value);
        service.contains('*') && service.chars().all(|c| "*?.".contains(c))
    };
    visited.asked().any(|asked| {
        let operator = asked.parsed.filter(|operator| operator.needs_key());
        asked.key.eq_ignore_ascii_case(&visit.facts.passed_to)
            && operator.is_some_and(|operator| !operator.has_wildcards() || !asked.values.iter().any(is_any))
    })
}

/// An action that runs something with a role that may be passed to its service.
fn pass_and_run(visit: &Visit<'_>, named: &Named<'_>) -> Option<Finding> {
    if named.text == "*" {
        return None;
    }
    let ways = visit.facts.with_pass.iter();
    let mut ways = ways.filter(|(action, _)| named.covers(action));
    ways.find_map(|(action, service)| {
        let (pass, place) = visit.granting().find_map(|visited| {
            let mut passing = visited.named().iter();
            let pass = passing.find(|named| named.text != "*" && named.covers(&visit.facts.pass))?;
            reaches(visit, visited, service).then_some((pass.text, pass.range))
        })?;
        let message = format!(
            "with {} and `{action}` one can act with every role that may be passed to `{service}`",
            shown(pass)
        );
        Some(
            Finding::warning(codes::PASS_AND_RUN, named.range, message)
                .beside(place)
                .help("pass roles that may do no more than the caller, or leave one of the two out"),
        )
    })
}

/// Whether a statement lets roles be passed to a service.
fn reaches(visit: &Visit<'_>, visited: &Visited<'_>, service: &str) -> bool {
    let mut of_service = visited.asked().filter(|asked| {
        asked.key.eq_ignore_ascii_case(&visit.facts.passed_to)
            && asked.parsed.is_some_and(Operator::needs_key)
    });
    of_service.all(|asked| {
        let wild = asked.parsed.is_some_and(Operator::has_wildcards);
        let fits =
            |value: &str| value == service || value.contains("${") || (wild && matches(value, service));
        asked.values.iter().any(fits)
    })
}
