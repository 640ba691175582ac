//! IAM's rules for documents, tags and managed policies, as the embedded account applies them.
//!
//! In: what a call wants to write. Out: nothing, or IAM's refusal. Rules and limits are
//! those of <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html> and
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>. IAM
//! does not check that an action, a resource or a condition key exists, so neither does this.

use std::collections::HashSet;

use super::{Answer, Refusal};
use crate::iam::Fault;
use crate::model::{AccountId, Arn, Partition, PolicyName, Tags};
use crate::policy::{Action, Policy, Principal, Principals, Resource, Statement, Values};

pub(super) const INLINE_CHARACTERS: usize = 10_240;
pub(super) const TRUST_CHARACTERS: usize = 2_048;
const TAGS: usize = 50;
const KEY_CHARACTERS: usize = 128;
const VALUE_CHARACTERS: usize = 256;
const DESCRIPTION_CHARACTERS: usize = 1_000;
pub(super) const MANAGED_POLICIES: usize = 10;
const COMPARISONS: &[&str] = &[
    "equals",
    "notequals",
    "lessthan",
    "lessthanequals",
    "greaterthan",
    "greaterthanequals",
];

/// Refuses what cannot be an inline policy, but for its size.
pub(super) fn identity_policy(policy: &Policy) -> Answer<()> {
    document(policy)?;
    for statement in &policy.statement {
        if statement.principal.is_some() {
            return malformed("an identity policy names no principal");
        }
        match &statement.resource {
            None => return malformed("a statement of an identity policy names its resources"),
            Some(resource) => resources(resource)?,
        }
    }
    Ok(())
}

/// Refuses what cannot be a trust policy.
pub(super) fn trust_policy(policy: &Policy) -> Answer<()> {
    document(policy)?;
    for statement in &policy.statement {
        match &statement.principal {
            Some(Principal::In(who)) => principals(who)?,
            Some(Principal::NotIn(_)) => return malformed("a trust policy cannot hold NotPrincipal"),
            None => return malformed("a statement of a trust policy names its principals"),
        }
        if statement.resource.is_some() {
            return malformed("a trust policy names no resource");
        }
        if statement
            .action
            .values()
            .iter()
            .any(|action| vendor(action) != "sts")
        {
            return malformed("a trust policy allows and denies actions of STS only");
        }
    }
    let size = policy.to_json().chars().count();
    if size > TRUST_CHARACTERS {
        return limit(format!(
            "a trust policy has at most {TRUST_CHARACTERS} characters, this one {size}"
        ));
    }
    Ok(())
}

/// Refuses inline policies that are too long in sum; white space does not count.
pub(super) fn inline_size(documents: impl Iterator<Item = String>) -> Answer<()> {
    let counted = |text: String| text.chars().filter(|c| !c.is_ascii_whitespace()).count();
    let size: usize = documents.map(counted).sum();
    if size > INLINE_CHARACTERS {
        return limit(format!(
            "a role's inline policies have at most {INLINE_CHARACTERS} characters in sum, these have {size}"
        ));
    }
    Ok(())
}

/// Refuses a tag that a role cannot have.
pub(super) fn tag(key: &str, value: &str) -> Answer<()> {
    let shown = key.escape_debug();
    if !(1..=KEY_CHARACTERS).contains(&key.chars().count()) {
        return malformed(format!(
            "the tag key `{shown}` has not 1 to {KEY_CHARACTERS} characters"
        ));
    }
    if value.chars().count() > VALUE_CHARACTERS {
        return malformed(format!(
            "the value of the tag `{shown}` has more than {VALUE_CHARACTERS} characters"
        ));
    }
    if key
        .get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("aws:"))
    {
        return malformed(format!(
            "the tag key `{shown}` starts with `aws:`, which is AWS's own"
        ));
    }
    if !key.chars().chain(value.chars()).all(may_stand_in_a_tag) {
        return malformed(format!(
            "the tag `{shown}` holds something other than letters, digits, spaces and `_.:/=+-@`"
        ));
    }
    Ok(())
}

/// Refuses more tags than a role can have.
pub(super) fn tag_count(tags: &Tags) -> Answer<()> {
    if tags.len() > TAGS {
        return limit(format!(
            "a role has at most {TAGS} tags, this one would have {}",
            tags.len()
        ));
    }
    Ok(())
}

/// Refuses a description that a role cannot have.
pub(super) fn description(text: &str) -> Answer<()> {
    let size = text.chars().count();
    if size > DESCRIPTION_CHARACTERS {
        return malformed(format!(
            "a description has at most {DESCRIPTION_CHARACTERS} characters, this one {size}"
        ));
    }
    let foreign = text.chars().find(|c| !may_stand_in_a_description(*c));
    foreign.map_or(Ok(()), |foreign| {
        malformed(format!(
            "a description cannot hold the character `{}`",
            foreign.escape_unicode()
        ))
    })
}

/// Refuses what is not the ARN of a managed policy, and one that is of another account.
pub(super) fn managed_policy(partition: Partition, account: &AccountId, policy: &Arn) -> Answer<()> {
    let text = policy.as_str();
    let name = policy.resource().strip_prefix("policy/");
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let [_, of, "iam", "", owner, _] = parts[..] else {
        return no_policy_arn(text);
    };
    if !name.is_some_and(is_policy_name) {
        return no_policy_arn(text);
    }
    if of != partition.as_str() || !["aws", account.as_str()].contains(&owner) {
        let detail = format!("`{text}` does not exist or is not attachable");
        return Err(Refusal::new(Fault::NoManagedPolicy, detail));
    }
    Ok(())
}

/// Refuses more managed policies than a role can have.
pub(super) fn managed_count(number: usize) -> Answer<()> {
    if number > MANAGED_POLICIES {
        return limit(format!(
            "a role has at most {MANAGED_POLICIES} managed policies, this one would have {number}"
        ));
    }
    Ok(())
}

fn document(policy: &Policy) -> Answer<()> {
    if let Some(other) = &policy.version
        && !["2012-10-17", "2008-10-17"].contains(&other.as_str())
    {
        return malformed(format!("there is no policy version `{}`", other.escape_debug()));
    }
    if policy.statement.is_empty() {
        return malformed("a policy has at least one statement");
    }
    if let Some(foreign) = policy.to_json().chars().find(|c| !may_stand_in_a_document(*c)) {
        return malformed(format!(
            "a policy cannot hold the character `{}`",
            foreign.escape_unicode()
        ));
    }
    let mut sids = HashSet::new();
    for statement in &policy.statement {
        sid(statement, &mut sids)?;
        actions(&statement.action)?;
        conditions(statement)?;
    }
    Ok(())
}

fn sid<'a>(statement: &'a Statement, known: &mut HashSet<&'a str>) -> Answer<()> {
    let Some(sid) = statement.sid.as_deref().filter(|sid| !sid.is_empty()) else {
        return Ok(());
    };
    if !sid.chars().all(|c| c.is_ascii_alphanumeric()) {
        return malformed(format!(
            "the Sid `{}` holds more than letters and digits",
            sid.escape_debug()
        ));
    }
    if !known.insert(sid) {
        return malformed(format!("the Sid `{sid}` stands twice"));
    }
    Ok(())
}

fn actions(action: &Action) -> Answer<()> {
    for text in some(action.values(), "actions")? {
        let vendor = vendor(text);
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        let named = text.len() > vendor.len() + 1 && !vendor.is_empty() && vendor.chars().all(is_name);
        if text != "*" && !named {
            return malformed(format!(
                "the action `{}` does not name one vendor, as in vendor:name",
                text.escape_debug()
            ));
        }
    }
    Ok(())
}

fn resources(resource: &Resource) -> Answer<()> {
    for text in some(resource.values(), "resources")? {
        if text != "*" && !(text.starts_with("arn:") && text.splitn(6, ':').count() == 6) {
            return malformed(format!(
                "the resource `{}` is neither an ARN nor `*`",
                text.escape_debug()
            ));
        }
    }
    Ok(())
}

fn principals(principals: &Principals) -> Answer<()> {
    let Principals::Typed(types) = principals else {
        return Ok(());
    };
    if types.is_empty() {
        return malformed("a statement names no principals");
    }
    for (kind, who) in types {
        if !["AWS", "Service", "Federated", "CanonicalUser"].contains(&kind.as_str()) {
            return malformed(format!("there is no kind of principal `{}`", kind.escape_debug()));
        }
        let _named = some(who, "principals")?;
    }
    Ok(())
}

fn conditions(statement: &Statement) -> Answer<()> {
    for (operator, keys) in &statement.condition {
        if !is_operator(operator) {
            return malformed(format!(
                "there is no condition operator `{}`",
                operator.escape_debug()
            ));
        }
        if let Some(key) = keys.keys().find(|key| !key.contains(':')) {
            return malformed(format!(
                "the condition key `{}` does not name its vendor, as in vendor:key",
                key.escape_debug()
            ));
        }
    }
    Ok(())
}

/// Whether IAM has such an operator
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>).
fn is_operator(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let single = ["forallvalues:", "foranyvalue:"]
        .iter()
        .find_map(|prefix| lower.strip_prefix(prefix))
        .unwrap_or(&lower);
    let plain = single.strip_suffix("ifexists").unwrap_or(single);
    let families = [
        (
            "string",
            &[
                "equals",
                "notequals",
                "equalsignorecase",
                "notequalsignorecase",
                "like",
                "notlike",
            ][..],
        ),
        ("arn", &["equals", "notequals", "like", "notlike"]),
        ("numeric", COMPARISONS),
        ("date", COMPARISONS),
    ];
    let in_family = families.iter().any(|(family, suffixes)| {
        plain
            .strip_prefix(family)
            .is_some_and(|rest| suffixes.contains(&rest))
    });
    in_family || single == "null" || ["bool", "binaryequals", "ipaddress", "notipaddress"].contains(&plain)
}

fn some<'a>(values: &'a Values, what: &str) -> Answer<impl Iterator<Item = &'a str>> {
    if values.iter().next().is_none() {
        return malformed(format!("a statement names no {what}"));
    }
    Ok(values.iter())
}

fn vendor(action: &str) -> &str {
    action.split_once(':').map_or("", |(vendor, _)| vendor)
}

fn may_stand_in_a_document(c: char) -> bool {
    matches!(c, '\u{09}' | '\u{0A}' | '\u{0D}' | '\u{20}'..='\u{FF}')
}

fn may_stand_in_a_description(c: char) -> bool {
    matches!(c, '\u{09}' | '\u{0A}' | '\u{0D}' | '\u{20}'..='\u{7E}' | '\u{A1}'..='\u{FF}')
}

/// Whether it is the name of a managed policy, after its path, if it has one.
fn is_policy_name(text: &str) -> bool {
    let (path, name) = text.rsplit_once('/').unwrap_or(("", text));
    path.chars().all(|c| matches!(c, '\u{21}'..='\u{7F}')) && PolicyName::parse(name).is_ok()
}

fn may_stand_in_a_tag(c: char) -> bool {
    let is_space = c.is_whitespace() && !c.is_control();
    c.is_alphanumeric() || is_space || "_.:/=+-@".contains(c)
}

fn no_policy_arn<T>(text: &str) -> Answer<T> {
    malformed(format!(
        "`{}` is not the ARN of a managed policy",
        text.escape_debug()
    ))
}

fn malformed<T>(detail: impl Into<String>) -> Answer<T> {
    Err(Refusal::new(Fault::Malformed, detail))
}

fn limit<T>(detail: impl Into<String>) -> Answer<T> {
    Err(Refusal::new(Fault::LimitExceeded, detail))
}

#[cfg(test)]
mod tests;
