//! The document as such: version, Sids, size, characters, which elements stand where.

use std::collections::BTreeMap;
use std::ops::Range;

use super::visit::{Visit, Visited};
use super::{Finding, Subject, codes};
use crate::policy::{Places, Policy, Principal, Principals, Resource, Values, ValuesPlaces, shown};

/// The most characters of a role's inline policies in sum, of a managed policy, and of a trust
/// policy: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const INLINE: usize = 10_240;
const MANAGED: usize = 6_144;
const TRUST: usize = 2_048;

pub(super) fn check(visit: &Visit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(version(&visit.read.policy, &visit.read.places));
    size(visit, &mut findings);
    sids(visit, &mut findings);
    characters(visit, &mut findings);
    for visited in &visit.statements {
        elements(visit.subject, visited, &mut findings);
    }
    findings
}

/// What is to be said of the version of the language in which a document is written.
#[must_use]
pub fn version(policy: &Policy, places: &Places) -> Option<Finding> {
    let range = places
        .version
        .as_ref()
        .map_or(&places.document, |place| &place.value);
    let found = match policy.version.as_deref() {
        Some("2012-10-17") => return None,
        None => Finding::warning(
            codes::INVALID_VERSION,
            range,
            "the Version is missing, so IAM takes the old one",
        ),
        Some("2008-10-17") => Finding::warning(codes::INVALID_VERSION, range, "the Version is the old one"),
        Some(other) => {
            let message = format!("{} is no Version of the policy language", shown(other));
            Finding::error(codes::INVALID_VERSION, range, message)
        }
    };
    Some(found.help("write `\"Version\": \"2012-10-17\"`: policy variables are read in that version alone"))
}

fn size(visit: &Visit<'_>, findings: &mut Vec<Finding>) {
    let size = visit.read.policy.size();
    let (most, what) = match visit.subject {
        Subject::Identity | Subject::Any => (INLINE, "all inline policies of a role"),
        Subject::Boundary => (MANAGED, "a managed policy"),
        Subject::Trust { .. } => (TRUST, "a trust policy"),
    };
    if size <= most {
        return;
    }
    let message = format!("the document has {size} characters, and {what} at most {most}");
    let range = &visit.read.places.document;
    findings.push(match visit.subject {
        Subject::Trust { .. } => Finding::warning(codes::TOO_LONG, range, message)
            .help("name less, or ask AWS for a higher quota of the account"),
        _ => Finding::error(codes::TOO_LONG, range, message).help("name less, or split the document"),
    });
}

fn sids(visit: &Visit<'_>, findings: &mut Vec<Finding>) {
    let mut known: BTreeMap<&str, &Range<usize>> = BTreeMap::new();
    for visited in &visit.statements {
        let (Some(sid), Some(place)) = (&visited.statement.sid, &visited.places.sid) else {
            continue;
        };
        if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let message = format!("{} is no Sid", shown(sid));
            findings.push(
                Finding::error(codes::INVALID_SID, &place.value, message)
                    .help("use letters and digits alone"),
            );
        }
        match known.get(sid.as_str()) {
            Some(first) if !sid.is_empty() => {
                let message = format!("the Sid {} stands twice", shown(sid));
                findings.push(
                    Finding::error(codes::INVALID_SID, &place.value, message)
                        .beside(first)
                        .help("give each statement a Sid of its own, or none"),
                );
            }
            _ => {
                known.insert(sid, &place.value);
            }
        }
    }
}

/// IAM takes tab, line breaks and U+0020 to U+00FF.
fn characters(visit: &Visit<'_>, findings: &mut Vec<Finding>) {
    let refused = |c: &char| !matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{ff}');
    let mut look = |text: &str, range: &Range<usize>| {
        if let Some(c) = text.chars().find(refused) {
            let message = format!("IAM takes no character such as `{}`", c.escape_unicode());
            findings.push(
                Finding::error(codes::INVALID_CHARACTER, range, message)
                    .help("use characters up to U+00FF, or a wildcard in place of others"),
            );
        }
    };
    let (policy, places) = (&visit.read.policy, &visit.read.places);
    if let (Some(id), Some(place)) = (&policy.id, &places.id) {
        look(id, &place.value);
    }
    for visited in &visit.statements {
        if let (Some(sid), Some(place)) = (&visited.statement.sid, &visited.places.sid) {
            look(sid, &place.value);
        }
        for named in &visited.actions {
            look(named.text, named.range);
        }
        for (resource, range) in visited.resources() {
            look(resource, range);
        }
        for (values, places) in who(visited) {
            each(values, places, &mut look);
        }
        for asked in visited.asked() {
            look(asked.key, &asked.places.entry.key);
            each(asked.values, asked.places, &mut look);
        }
    }
}

fn each(values: &Values, places: &ValuesPlaces, look: &mut impl FnMut(&str, &Range<usize>)) {
    for (text, range) in values.iter().zip(&places.each) {
        look(text, range);
    }
}

/// The principals of a statement, whichever way they count.
fn who<'a>(visited: &Visited<'a>) -> Vec<(&'a Values, &'a ValuesPlaces)> {
    let (Some(principal), Some(places)) = (&visited.statement.principal, &visited.places.principal) else {
        return Vec::new();
    };
    match principal {
        Principal::In(Principals::Typed(types)) | Principal::NotIn(Principals::Typed(types)) => {
            types.values().zip(places.entries.values()).collect()
        }
        Principal::In(Principals::Anyone) | Principal::NotIn(Principals::Anyone) => Vec::new(),
    }
}

fn elements(subject: Subject<'_>, visited: &Visited<'_>, findings: &mut Vec<Finding>) {
    let places = visited.places;
    let (principal, resource) = (places.principal.as_ref(), places.resource.as_ref());
    let mut find = |range: &Range<usize>, message: &str, help: &str| {
        findings.push(Finding::error(codes::MISPLACED_ELEMENT, range, message).help(help));
    };
    match subject {
        Subject::Identity | Subject::Boundary => {
            if let Some(place) = principal {
                find(
                    &place.entry.key,
                    "a policy of a role has no principal: it is the role",
                    "remove it, or write it into the trust policy",
                );
            }
            if resource.is_none() {
                find(
                    &places.statement,
                    "the statement has no Resource",
                    "say on what the actions are allowed or denied",
                );
            }
        }
        Subject::Trust { .. } => {
            if let (Some(place), Some(Resource::In(_) | Resource::NotIn(_))) =
                (resource, &visited.statement.resource)
            {
                find(
                    &place.entry.key,
                    "a trust policy has no resource: it is the role",
                    "remove it",
                );
            }
            if principal.is_none() {
                find(
                    &places.statement,
                    "the statement has no Principal",
                    "say who may assume the role, or may not",
                );
            }
        }
        Subject::Any => {}
    }
}
