//! Whose a role is and what for, as its tags tell.
//!
//! A base role of a sandbox carries `sandbox=<sandbox>` and `deployer=tcperm`; both together,
//! and the name, make it tcperm's. `tcperm:ns:<namespace>` lists the capabilities that a
//! topology needs of it, `tcperm:others` what the topologies need that have no tag of their own.
//! A role that is no base role says in `tcperm:own` what it is for, and so does its description.
//! `tcperm:ttl` says until when the sandbox is meant to live.
//! Tags that are none of these belong to others and are left alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::grants::Capability;
use crate::model::{Context, Namespace, PolicyName, Sandbox, Tags};

/// The tag that says who made the role.
pub const DEPLOYER_KEY: &str = "deployer";
/// Its value.
pub const DEPLOYER: &str = "tcperm";
/// The tag that says how the role came about.
pub const MODE_KEY: &str = "tcperm:mode";
/// Its value for built-in templates.
pub const MODE_DYNAMIC: &str = "dynamic";
/// Its value for a base role from a template of the team's.
pub const MODE_SHARED: &str = "shared";
/// Its value for a role of a topology's own.
pub const MODE_OVERRIDE: &str = "override";
/// The tag that holds the digest of the templates that the role was made from.
pub const TEMPLATE_KEY: &str = "tcperm:template";
/// What the key of a topology's tag starts with.
pub const NAMESPACE_PREFIX: &str = "tcperm:ns:";

/// The tag of the topologies that have none of their own, because a role has 50 tags in all.
pub const OTHERS_KEY: &str = "tcperm:others";

/// The tag of a role that one entity has for itself, or one topology: `function/orders/place`,
/// `route/orders`.
pub const OWN_KEY: &str = "tcperm:own";

/// The tag that says until when the sandbox is meant to live.
pub const TTL_KEY: &str = "tcperm:ttl";

/// What the tags of a role say about whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// tcperm's, for this sandbox.
    Ours,
    /// tcperm's, for a sandbox whose name differs in case only.
    OtherSpelling(String),
    /// Not tcperm's.
    Foreign,
}

/// Whose a base role of `sandbox` is.
#[must_use]
pub fn ownership(sandbox: &Sandbox, tags: &Tags) -> Ownership {
    if tags.get(DEPLOYER_KEY) != Some(DEPLOYER) {
        return Ownership::Foreign;
    }
    match tags.get(Context::TAG_KEY) {
        Some(value) if value == sandbox.as_str() => Ownership::Ours,
        Some(value) if value.eq_ignore_ascii_case(sandbox.as_str()) => {
            Ownership::OtherSpelling(value.to_owned())
        }
        _ => Ownership::Foreign,
    }
}

/// The key of a topology's tag.
#[must_use]
pub fn namespace_key(namespace: &Namespace) -> String {
    format!("{NAMESPACE_PREFIX}{namespace}")
}

/// The name of a topology's inline policy.
///
/// Always a valid policy name: a namespace holds only characters that IAM allows there. One
/// that starts with `base-` is set off by a `+`, which no namespace holds, because the shared
/// policy bears the name of its role, `tc-base-…`.
#[must_use]
pub fn namespace_policy(namespace: &Namespace) -> Option<PolicyName> {
    let start = namespace.as_str().get(..5).unwrap_or_default();
    let separator = if start.eq_ignore_ascii_case("base-") {
        '+'
    } else {
        '-'
    };
    PolicyName::parse(&format!("tc{separator}{namespace}")).ok()
}

/// The topology whose inline policy has this name, if it is that of one.
#[must_use]
pub fn policy_namespace(policy: &PolicyName) -> Option<Namespace> {
    let rest = policy.as_str().strip_prefix("tc")?;
    let namespace = Namespace::parse(rest.get(1..)?).ok()?;
    (namespace_policy(&namespace).as_ref() == Some(policy)).then_some(namespace)
}

/// The topologies that a role serves and that have a tag of their own, with the capabilities recorded for each.
#[must_use]
pub fn recorded_needs(tags: &Tags) -> BTreeMap<Namespace, BTreeSet<Capability>> {
    let need = |(key, value): (&str, &str)| {
        let prefix = key.get(..NAMESPACE_PREFIX.len())?;
        let name = key.get(NAMESPACE_PREFIX.len()..)?;
        let namespace = Namespace::parse(name).ok()?;
        let capabilities = value.split_whitespace().map(Capability::parse).collect();
        prefix
            .eq_ignore_ascii_case(NAMESPACE_PREFIX)
            .then_some((namespace, capabilities))
    };
    tags.iter().filter_map(need).collect()
}

/// Whether a tag records what topologies need.
#[must_use]
pub fn records_needs(key: &str) -> bool {
    let prefix = key.get(..NAMESPACE_PREFIX.len());
    prefix.is_some_and(|prefix| prefix.eq_ignore_ascii_case(NAMESPACE_PREFIX))
        || key.eq_ignore_ascii_case(OTHERS_KEY)
}

/// How a role came about, where its tags say it.
#[must_use]
pub fn recorded_mode(tags: &Tags) -> Option<&'static str> {
    let recorded = tags.get(MODE_KEY)?;
    let known = [MODE_DYNAMIC, MODE_SHARED, MODE_OVERRIDE];
    known.into_iter().find(|mode| *mode == recorded)
}

/// The capabilities recorded for the topologies that share a tag, where there are any.
#[must_use]
pub fn recorded_others(tags: &Tags) -> Option<BTreeSet<Capability>> {
    let value = tags.get(OTHERS_KEY)?;
    Some(value.split_whitespace().map(Capability::parse).collect())
}

/// The description of a role with these tags, by which a listing tells it without its tags:
/// `tcperm sandbox=dev role=function/orders/place`.
///
/// A base role has none: its name tells. Nor has a role whose tag holds more than printable ASCII
/// characters, which is not one that tcperm writes.
#[must_use]
pub fn description(tags: &Tags) -> Option<String> {
    let sandbox = Sandbox::parse(tags.get(Context::TAG_KEY)?).ok()?;
    let own = tags.get(OWN_KEY).filter(|value| is_own(value))?;
    Some(format!("{DESCRIBED}{sandbox}{DESCRIBED_ROLE}{own}"))
}

/// The sandbox that a description names, and the value of the role's own tag.
#[must_use]
pub fn described(text: &str) -> Option<(Sandbox, String)> {
    let (sandbox, own) = text.strip_prefix(DESCRIBED)?.split_once(DESCRIBED_ROLE)?;
    let sandbox = Sandbox::parse(sandbox).ok()?;
    is_own(own).then(|| (sandbox, own.to_owned()))
}

const DESCRIBED: &str = "tcperm sandbox=";
const DESCRIBED_ROLE: &str = " role=";

fn is_own(value: &str) -> bool {
    !value.is_empty() && value.chars().all(|c| c.is_ascii_graphic() || c == ' ')
}

/// The value of a topology's tag.
#[must_use]
pub fn record(capabilities: &BTreeSet<Capability>) -> String {
    let ids: Vec<String> = capabilities.iter().map(Capability::to_string).collect();
    ids.join(" ")
}
