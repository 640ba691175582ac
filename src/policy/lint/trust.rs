//! Who may assume a role.

use std::ops::Range;

use super::operator::Operator;
use super::visit::{Asked, Visit, Visited};
use super::{Finding, Subject, codes};
use crate::policy::shown;

/// What tells for whom a service acts.
const OF_SOURCE: &[&str] = &[
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
];

/// The keys about the tags that come along with a session.
const OF_SESSION_TAGS: &[&str] = &["aws:requesttag/", "aws:tagkeys", "sts:transitivetagkeys"];

pub(super) fn check(visit: &Visit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Subject::Trust { services } = visit.subject else {
        return findings;
    };
    for visited in visit.granting() {
        for (kind, who, range) in visited.principals() {
            match kind {
                "AWS" => findings.extend(open(visit, visited, who, range)),
                "Service" => {
                    findings.extend(source(visit, visited, who, range));
                    if !services.is_empty() && !services.contains(&who) {
                        findings.push(foreign(who, range, services));
                    }
                }
                _ => {}
            }
        }
        findings.extend(session_tags(visit, visited));
    }
    for service in services {
        let trusted = |visited: &Visited<'_>| {
            visited
                .principals()
                .iter()
                .any(|(kind, who, _)| *kind == "Service" && who == service)
        };
        if !visit.granting().any(trusted) {
            let message = format!("{} runs with the role, and is not trusted", shown(service));
            findings.push(
                Finding::warning(codes::FOREIGN_TRUST, &visit.read.places.document, message)
                    .help("add a statement that lets the service assume the role"),
            );
        }
    }
    findings
}

fn foreign(who: &str, range: &Range<usize>, services: &[&str]) -> Finding {
    let message = format!("{} does not run with this role", shown(who));
    let known = services.join("`, `");
    Finding::warning(codes::FOREIGN_TRUST, range, message).help(format!("those that do: `{known}`"))
}

/// Everyone, or everyone of an account, without a condition.
fn open(visit: &Visit<'_>, visited: &Visited<'_>, who: &str, range: &Range<usize>) -> Option<Finding> {
    if visited
        .asked()
        .any(|asked| asked.parsed.is_some_and(Operator::needs_key))
    {
        return None;
    }
    if who == "*" {
        let help = "name roles, or add a condition such as `aws:PrincipalOrgID`";
        return Some(
            Finding::error(
                codes::OPEN_TRUST,
                range,
                "everyone in any account may assume the role",
            )
            .help(help),
        );
    }
    let account = account_of(who)?;
    (visit.options.account != Some(account)).then(|| {
        let message = format!(
            "every role and user of the account {} may assume the role",
            shown(account)
        );
        Finding::warning(codes::OPEN_TRUST, range, message)
            .help("name the roles, or add a condition on who they are")
    })
}

/// The account that a principal stands for as a whole.
fn account_of(who: &str) -> Option<&str> {
    let is_id = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let account = match who.strip_suffix(":root") {
        Some(arn) => arn.rsplit(':').next()?,
        None => who,
    };
    is_id(account).then_some(account)
}

/// What a service must send for the statement to hold, and what tells for whom it acts.
fn source(visit: &Visit<'_>, visited: &Visited<'_>, who: &str, range: &Range<usize>) -> Option<Finding> {
    let caller = visit.facts.callers.get(who)?;
    let name = shown(who);
    if caller.sends.is_empty() {
        let asked = visited.asked().find(|asked| {
            let key = asked.key.to_ascii_lowercase();
            OF_SOURCE.contains(&key.as_str()) && asked.parsed.is_some_and(Operator::needs_key)
        })?;
        let place = &asked.places.entry.key;
        let found = if caller.certain {
            let message = format!("{name} sends no {}: no request would succeed", shown(asked.key));
            Finding::error(codes::UNSENT_CONDITION_KEY, place, message)
        } else {
            let message = format!("{name} is not documented to send {}", shown(asked.key));
            Finding::warning(codes::UNSENT_CONDITION_KEY, place, message)
        };
        let help = format!("remove the condition for this service; see {}", caller.doc);
        return Some(found.beside(range).help(help));
    }
    if visited.asked().any(|asked| is_of_source(&asked)) {
        return None;
    }
    let message = format!("{name} may assume the role for whoever asks it to, in any account");
    let keys = caller.sends.join("` or `");
    let help = format!("add a condition on `{keys}`; see {}", caller.doc);
    Some(Finding::warning(codes::OPEN_SERVICE_TRUST, range, message).help(help))
}

/// Whether a condition tells for whom a service acts: not for an account that is a pattern for all.
fn is_of_source(asked: &Asked<'_>) -> bool {
    let Some(operator) = asked.parsed.filter(|operator| operator.needs_key()) else {
        return false;
    };
    let key = asked.key.to_ascii_lowercase();
    let is_any = |text: &str| !text.is_empty() && text.chars().all(|c| "*?".contains(c));
    let names_one = |value: &str| match key.as_str() {
        // `arn:partition:service:region:account:resource`; some ARNs name no account.
        "aws:sourcearn" => value.split(':').nth(4).is_some_and(|account| !is_any(account)),
        _ => !is_any(value),
    };
    OF_SOURCE.contains(&key.as_str()) && (!operator.has_wildcards() || asked.values.iter().all(names_one))
}

/// A condition on session tags in a document that lets nobody pass any.
fn session_tags(visit: &Visit<'_>, visited: &Visited<'_>) -> Option<Finding> {
    let covers = |visited: &Visited<'_>, name: &str| visited.named().iter().any(|named| named.covers(name));
    if !visit.facts.assume.iter().any(|name| covers(visited, name)) {
        return None;
    }
    let tag_session = &visit.facts.tag_session;
    if visit.granting().any(|other| covers(other, tag_session)) {
        return None;
    }
    let asked = visited.asked().find(|asked| {
        let key = asked.key.to_ascii_lowercase();
        OF_SESSION_TAGS.iter().any(|start| key.starts_with(start))
            && asked.parsed.is_some_and(Operator::needs_key)
    })?;
    let message = format!(
        "the condition asks for {}, and no statement allows `{tag_session}`",
        shown(asked.key)
    );
    Some(
        Finding::warning(codes::MISSING_TAG_SESSION, &asked.places.entry.key, message)
            .beside(&visited.places.action.entry.value)
            .help(format!("add `{tag_session}` to the actions")),
    )
}
