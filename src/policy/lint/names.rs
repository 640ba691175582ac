//! Names that AWS does not have: actions, services, condition keys, operators.

use super::operator::Operator;
use super::visit::{Named, Visit};
use super::{Finding, codes};
use crate::policy::shown;

pub(super) fn check(visit: &Visit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for visited in &visit.statements {
        findings.extend(visited.actions.iter().filter_map(|named| action(visit, named)));
        for asked in visited.asked() {
            if asked.parsed.is_none() {
                let message = format!("{} is no condition operator", shown(asked.operator));
                let help = Operator::nearest(asked.operator).map_or_else(
                    || "an operator is one such as `StringEquals` or `Null`, with or without `ForAllValues:` or `ForAnyValue:` before it and, but for `Null`, `IfExists` behind it".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                findings.push(
                    Finding::error(codes::UNKNOWN_OPERATOR, &asked.operator_place.key, message).help(help),
                );
            }
            if !is_key(visit, asked.key) {
                let message = format!("AWS has no condition key {}", shown(asked.key));
                let help = visit.catalogue.nearest_condition_key(asked.key);
                let help = help.map_or_else(|| as_of(visit), |near| format!("did you mean `{near}`?"));
                findings.push(
                    Finding::warning(codes::UNKNOWN_CONDITION_KEY, &asked.places.entry.key, message)
                        .help(help),
                );
            }
        }
    }
    findings
}

/// Whether AWS has a condition key. Those of identity providers begin with a host.
pub(super) fn is_key(visit: &Visit<'_>, key: &str) -> bool {
    let of_provider = |(prefix, _): (&str, &str)| prefix.contains('.') || prefix.eq_ignore_ascii_case("saml");
    let is_known = visit.catalogue.condition_key(key).is_some();
    is_known || key.rsplit_once(':').is_some_and(of_provider) || is_of_service(visit, key)
}

/// Keys that a service knows under another's prefix.
fn is_of_service(visit: &Visit<'_>, key: &str) -> bool {
    let actions = visit.statements.iter().flat_map(|visited| &visited.actions);
    let mut known = actions.flat_map(|named| &named.known);
    known.any(|action| {
        let keys = action.condition_keys.iter();
        let of_types = action.uses.iter().flat_map(|used| {
            used.resource_type
                .condition_keys
                .iter()
                .chain(&used.condition_keys)
        });
        keys.chain(of_types).any(|known| known.eq_ignore_ascii_case(key))
    })
}

/// What may explain that a name is not known.
fn as_of(visit: &Visit<'_>) -> String {
    format!(
        "check the spelling; what AWS added after {} is not known here",
        visit.catalogue.date()
    )
}

fn action(visit: &Visit<'_>, named: &Named<'_>) -> Option<Finding> {
    if named.text == "*" || !named.known.is_empty() {
        return None;
    }
    let Some((prefix, _)) = named.text.split_once(':') else {
        let message = format!("{} is no action", shown(named.text));
        let help = "an action is a service and a name, as in `service:Name`";
        return Some(Finding::error(codes::INVALID_ACTION, named.range, message).help(help));
    };
    if prefix.contains(['*', '?']) {
        let message = format!("IAM takes no wildcard in the service of {}", shown(named.text));
        let help = "name each service, or write `*` alone for every action";
        return Some(Finding::error(codes::INVALID_ACTION, named.range, message).help(help));
    }
    let nearest = visit.catalogue.nearest_action(named.text);
    let help = nearest.map(|near| format!("did you mean `{near}`?"));
    if visit.catalogue.service(prefix).is_none() {
        let near = visit.catalogue.nearest_prefix(prefix);
        let help = help.or_else(|| near.map(|near| format!("did you mean `{near}`?")));
        let message = format!("AWS has no service {}", shown(prefix));
        let help = help.unwrap_or_else(|| as_of(visit));
        return Some(Finding::warning(codes::UNKNOWN_SERVICE, named.range, message).help(help));
    }
    let message = if named.text.contains(['*', '?']) {
        format!("{} matches no action of AWS", shown(named.text))
    } else {
        format!("AWS has no action {}", shown(named.text))
    };
    let help = help.unwrap_or_else(|| as_of(visit));
    Some(Finding::warning(codes::UNKNOWN_ACTION, named.range, message).help(help))
}
