//! IAM's limits on a role, checked before the first call.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.

use crate::diagnostic::Diagnostic;
use crate::intent::ownership::OTHERS_KEY;
use crate::intent::{Document, Needs, RoleSpec};
use crate::policy::Policy;

/// The most characters that the inline policies of a role may have together.
pub const INLINE_POLICIES: usize = 10_240;
/// The most characters that a trust policy may have, unless the account was granted more.
pub const TRUST_POLICY: usize = 2_048;
/// The most managed policies that a role may have, unless the account was granted more.
pub const MANAGED_POLICIES: usize = 10;
/// The most managed policies that AWS grants a role.
pub const MANAGED_POLICIES_GRANTED: usize = 20;
/// The most tags that a role may have.
pub const TAGS: usize = 50;
/// The most characters that the value of a tag may have.
pub const TAG_VALUE: usize = 256;

/// The codes of what these checks find.
pub mod codes {
    /// The inline policies of a role are too big together.
    pub const POLICIES_TOO_LARGE: &str = "policies-too-large";
    /// The trust policy of a role is too big.
    pub const TRUST_TOO_LARGE: &str = "trust-too-large";
    /// A role has more managed policies than every account allows.
    pub const TOO_MANY_MANAGED_POLICIES: &str = "too-many-managed-policies";
    /// A role has too many tags.
    pub const TOO_MANY_TAGS: &str = "too-many-tags";
    /// A role serves more topologies than it can have tags for.
    pub const SHARED_TAG: &str = "shared-tag";
    /// The value of a tag is too long.
    pub const TAG_TOO_LONG: &str = "tag-too-long";
}

/// What IAM would refuse about a role.
#[must_use]
pub fn check(role: &RoleSpec) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    findings.extend(policies(role));
    findings.extend(trust(role));
    findings.extend(managed_policies(role));
    findings.extend(tags(role));
    findings
}

fn policies(role: &RoleSpec) -> Option<Diagnostic> {
    let size = |document: &Document| document.known().map_or(0, Policy::size);
    let sizes: Vec<(usize, &str)> = role
        .policies
        .iter()
        .map(|(name, d)| (size(d), name.as_str()))
        .collect();
    let total: usize = sizes.iter().map(|(size, _)| size).sum();
    let (biggest, name) = sizes.into_iter().max()?;
    (total > INLINE_POLICIES).then(|| {
        let message = format!(
            "the inline policies of `{}` would have {total} characters, {} more than IAM allows",
            role.name,
            total - INLINE_POLICIES
        );
        let help = format!(
            "the biggest is `{name}` with {biggest}; the topologies of a sandbox share the limit: deploy one of them to a sandbox of its own, or name fewer queues, tables and events"
        );
        Diagnostic::error(codes::POLICIES_TOO_LARGE, message).help(help)
    })
}

fn trust(role: &RoleSpec) -> Option<Diagnostic> {
    let size = role.trust.known().map_or(0, Policy::size);
    (size > TRUST_POLICY).then(|| {
        let message = format!(
            "the trust policy of `{}` would have {size} characters of {TRUST_POLICY}",
            role.name
        );
        Diagnostic::error(codes::TRUST_TOO_LARGE, message).help("ask AWS for a higher quota of the account")
    })
}

fn managed_policies(role: &RoleSpec) -> Option<Diagnostic> {
    let number = role.managed_policies.len();
    if number <= MANAGED_POLICIES {
        return None;
    }
    let message = format!(
        "`{}` would have {number} managed policies of {MANAGED_POLICIES}",
        role.name
    );
    let code = codes::TOO_MANY_MANAGED_POLICIES;
    Some(if number > MANAGED_POLICIES_GRANTED {
        let help = format!("AWS grants no role more than {MANAGED_POLICIES_GRANTED}: join some of them");
        Diagnostic::error(code, message).help(help)
    } else {
        Diagnostic::warning(code, message)
            .help("IAM refuses them unless the account was granted a higher quota")
    })
}

fn tags(role: &RoleSpec) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    if role.tags.len() > TAGS {
        let message = format!(
            "`{}` would have {} tags, {} more than IAM allows",
            role.name,
            role.tags.len(),
            role.tags.len() - TAGS
        );
        let help = "remove tags that others put on the role: tcperm itself writes no more than 45";
        findings.push(Diagnostic::error(codes::TOO_MANY_TAGS, message).help(help));
    }
    if role.tags.get(OTHERS_KEY).is_some() {
        let message = format!("`{}` serves more topologies than it can have tags for", role.name);
        let help = format!(
            "{} have a tag of their own, the others share one: what only they need stays until the sandbox is deleted",
            Needs::NAMED
        );
        findings.push(Diagnostic::warning(codes::SHARED_TAG, message).help(help));
    }
    for (key, value) in role
        .tags
        .iter()
        .filter(|(_, value)| value.chars().count() > TAG_VALUE)
    {
        let message = format!(
            "the tag `{key}` of `{}` would have {} characters of {TAG_VALUE}",
            role.name,
            value.chars().count()
        );
        findings.push(Diagnostic::error(codes::TAG_TOO_LONG, message).help("split the topology in two"));
    }
    findings
}
