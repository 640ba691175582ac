//! IAM's limits on a role, checked before the first call.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.

use crate::diagnostic::Diagnostic;
use crate::intent::ownership::{OTHERS_KEY, namespace_policy};
use crate::intent::{Form, Needs, RoleSpec, Share};
use crate::model::{Namespace, PolicyName};
use crate::policy::{Policy, Statement};

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
    /// An inline policy of a role names what a topology needs less exactly, for want of room.
    pub const POLICY_WIDENED: &str = "policy-widened";
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

/// The size of a role's inline policies together, in characters, as far as they are known.
#[must_use]
pub fn inline_size(role: &RoleSpec) -> usize {
    known(role).map(|(_, policy)| policy.size()).sum()
}

fn known(role: &RoleSpec) -> impl Iterator<Item = (&PolicyName, &Policy)> {
    let policies = role.policies.iter();
    policies.filter_map(|(name, document)| Some((name, document.known()?)))
}

fn policies(role: &RoleSpec) -> Option<Diagnostic> {
    let total = inline_size(role);
    let over = total.checked_sub(INLINE_POLICIES).filter(|over| *over > 0)?;
    let message = format!(
        "the inline policies of `{}` would have {total} characters, {over} more than IAM allows",
        role.name
    );
    let of_topologies = || known(role).filter(|(name, _)| name.as_str() != role.name.as_str());
    let biggest = of_topologies().max_by_key(|(_, policy)| policy.size());
    let (name, policy) = biggest.or_else(|| known(role).next())?;
    let mut help = format!("the biggest is `{name}` with {}", policy.size());
    if let Some(statement) = biggest_statement(policy) {
        help = format!("{help}, of which {statement}");
    }
    let sharing = of_topologies().count();
    if sharing > 1 {
        help = format!("{help}; {sharing} topologies share the limit, and `-r` fits all of them together");
    }
    let ways = "name less, deploy a topology to a sandbox of its own, or tag the kind, end its names in the sandbox, and list it in `abac.tagged`";
    Some(Diagnostic::error(codes::POLICIES_TOO_LARGE, message).help(format!("{help}; {ways}")))
}

/// The biggest statement of a policy, in words.
fn biggest_statement(policy: &Policy) -> Option<String> {
    let size = |statement: &Statement| Policy::of(vec![statement.clone()]).size();
    let sized = policy
        .statement
        .iter()
        .map(|statement| (size(statement), statement));
    let (size, statement) = sized.max_by_key(|(size, _)| *size)?;
    let empty = Policy::of(Vec::new()).size();
    let name = statement.sid.as_deref().unwrap_or("a statement without a name");
    let resources = statement
        .resource
        .as_ref()
        .map_or(0, |all| all.values().iter().count());
    let arns = if resources == 1 { "ARN" } else { "ARNs" };
    Some(format!("`{name}` with {resources} {arns} has {}", size - empty))
}

/// What is to be said of the inline policies of a role that name less exactly what topologies need.
#[must_use]
pub fn widened<'a>(
    role: &RoleSpec,
    before: Option<&RoleSpec>,
    shares: impl Iterator<Item = (&'a Namespace, &'a Share)>,
) -> Option<Diagnostic> {
    let is_widened = |(namespace, share): &(&Namespace, &Share)| {
        let name = namespace_policy(namespace)?;
        let document = role.policies.get(&name)?.known()?;
        let is_new = before.and_then(|before| before.policies.get(&name)?.known()) != Some(document);
        let widened = share.widened.as_ref().and(share.document(Form::Widened))?;
        Some(is_new && *document == *widened)
    };
    let topologies: Vec<String> = shares
        .filter(|share| is_widened(share) == Some(true))
        .map(|(namespace, _)| format!("`{namespace}`"))
        .collect();
    if topologies.is_empty() {
        return None;
    }
    let message = format!(
        "`{}` reaches more than is needed by {}: what is tagged is named by the pattern of the sandbox's names",
        role.name,
        topologies.join(", ")
    );
    let help = format!(
        "their exact ARNs do not fit into the {INLINE_POLICIES} characters of a role; the tag still keeps other sandboxes out"
    );
    Some(Diagnostic::warning(codes::POLICY_WIDENED, message).help(help))
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
        let help = "remove tags that others put on the role: tcperm itself writes no more than 46";
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
