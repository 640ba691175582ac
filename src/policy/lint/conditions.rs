//! Conditions that hold where they should not.

use super::visit::{Asked, Visit, Visited};
use super::{Finding, codes};
use crate::policy::shown;

pub(super) fn check(visit: &Visit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for visited in visit.granting() {
        for asked in visited.asked() {
            let for_all = asked.parsed.is_some_and(|operator| operator.for_all);
            if for_all && !is_given(visited, asked.key) {
                findings.push(empty_set(&asked));
            }
        }
    }
    findings
}

/// Whether another condition sees to it that the key is there.
fn is_given(visited: &Visited<'_>, key: &str) -> bool {
    let given = visited.asked().any(|asked| {
        let is_null = asked.parsed.is_some_and(|operator| operator.base == "Null");
        is_null && asked.key.eq_ignore_ascii_case(key) && asked.values.iter().all(|value| value == "false")
    });
    given || visited.demands(key)
}

fn empty_set(asked: &Asked<'_>) -> Finding {
    let key = shown(asked.key);
    let message = format!(
        "{} on {key} holds of a request without any value of it",
        shown(asked.operator)
    );
    Finding::warning(codes::EMPTY_SET, &asked.places.entry.key, message).help(format!(
        "add `\"Null\": {{\"{}\": \"false\"}}` to the Condition",
        key.trim_matches('`')
    ))
}
