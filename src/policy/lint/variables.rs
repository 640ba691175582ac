//! Policy variables: `${aws:PrincipalTag/team}`, in resources and in the values of conditions.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html>

use std::ops::Range;

use super::visit::Visit;
use super::{Finding, codes, names};
use crate::policy::shown;

pub(super) fn check(visit: &Visit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for visited in &visit.statements {
        for (resource, range) in visited.resources() {
            text(visit, resource, range, &mut findings);
        }
        for asked in visited.asked() {
            for (value, range) in asked.values.iter().zip(&asked.places.each) {
                text(visit, value, range, &mut findings);
            }
        }
    }
    findings
}

fn text(visit: &Visit<'_>, text: &str, range: &Range<usize>, findings: &mut Vec<Finding>) {
    let mut rest = text;
    let mut is_first = true;
    while let Some((_, after)) = rest.split_once("${") {
        if is_first && visit.read.policy.version.as_deref() != Some("2012-10-17") {
            let message = "`${` is plain text in the old version of the language";
            findings.push(
                Finding::warning(codes::INVALID_VARIABLE, range, message)
                    .help("write `\"Version\": \"2012-10-17\"`"),
            );
            return;
        }
        is_first = false;
        let Some((variable, after)) = after.split_once('}') else {
            findings.push(
                Finding::error(codes::INVALID_VARIABLE, range, "a policy variable is not closed")
                    .help("close it with `}`, or write `${$}` for a plain `$`"),
            );
            return;
        };
        rest = after;
        if let Some(finding) = unknown(visit, variable, range) {
            findings.push(finding);
        }
    }
}

fn unknown(visit: &Visit<'_>, variable: &str, range: &Range<usize>) -> Option<Finding> {
    let key = variable.split_once(',').map_or(variable, |(key, _)| key).trim();
    if matches!(variable, "*" | "?" | "$") || names::is_key(visit, key) {
        return None;
    }
    let message = format!("{} is no policy variable", shown(variable));
    let help = visit.catalogue.nearest_condition_key(key).map_or_else(
        || "name a condition key, such as `${aws:PrincipalTag/team}`".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Some(Finding::warning(codes::INVALID_VARIABLE, range, message).help(help))
}
