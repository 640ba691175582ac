//! How near a plan brings roles and the account to IAM's limits.
//!
//! [`limits`](super::limits) finds what IAM would refuse of a role; here it is found early what is
//! nearly full, and that new roles do not fit into the account. It is said only of what the plan
//! itself adds to: a second run is silent.
//!
//! Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.

use serde::Serialize;

use super::limits::{INLINE_POLICIES, MANAGED_POLICIES, TAGS, TRUST_POLICY};
use super::{Action, Plan, Step};
use crate::diagnostic::Diagnostic;
use crate::intent::{Document, RoleSpec};
use crate::policy::Policy;

/// The codes of what these checks find.
pub mod codes {
    /// A role will be near one of its limits.
    pub const NEARLY_FULL: &str = "nearly-full";
    /// The account will be near the most roles that it may have, or past it.
    pub const ROLE_QUOTA: &str = "role-quota";
}

/// The most roles that an account may have, unless it was granted more.
pub const ROLES: usize = 1_000;

/// How much of a limit is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Usage {
    /// How much is used.
    pub used: usize,
    /// How much there may be.
    pub limit: usize,
}

impl Usage {
    /// Whether nine tenths are used, or more.
    #[must_use]
    pub const fn is_nearly_full(self) -> bool {
        self.used.saturating_mul(10) >= self.limit.saturating_mul(9)
    }
}

/// The quotas of an account, as far as it tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Of the roles in the account: how many there are, and may be.
    pub roles: Usage,
    /// The most characters that the inline policies of a role may have together.
    pub inline_policies: usize,
    /// The most characters that a trust policy may have.
    pub trust_policy: usize,
    /// The most managed policies that a role may have.
    pub managed_policies: usize,
}

impl Quotas {
    /// Those of an account that was granted nothing, with so many roles.
    #[must_use]
    pub const fn usual(roles: usize) -> Self {
        Self {
            roles: Usage {
                used: roles,
                limit: ROLES,
            },
            inline_policies: INLINE_POLICIES,
            trust_policy: TRUST_POLICY,
            managed_policies: MANAGED_POLICIES,
        }
    }
}

/// How much of its limits a role uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RoleUsage {
    /// Characters of its inline policies together.
    pub inline_policies: Usage,
    /// Characters of its trust policy.
    pub trust_policy: Usage,
    /// Tags.
    pub tags: Usage,
    /// Managed policies.
    pub managed_policies: Usage,
}

impl RoleUsage {
    /// That of a role. Documents that were not read count for nothing.
    #[must_use]
    pub fn of(role: &RoleSpec, quotas: &Quotas) -> Self {
        let usage = |used, limit| Usage { used, limit };
        Self {
            inline_policies: usage(role.policies.values().map(size).sum(), quotas.inline_policies),
            trust_policy: usage(size(&role.trust), quotas.trust_policy),
            tags: usage(role.tags.len(), TAGS),
            managed_policies: usage(role.managed_policies.len(), quotas.managed_policies),
        }
    }

    /// What is limited, in words, with how much of it is used.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, Usage); 4] {
        [
            ("characters of inline policies", self.inline_policies),
            ("characters of the trust policy", self.trust_policy),
            ("tags", self.tags),
            ("managed policies", self.managed_policies),
        ]
    }
}

/// IAM counts no white space; a text that is no policy is counted by its other characters.
fn size(document: &Document) -> usize {
    match document {
        Document::Known(policy) => Policy::size(policy),
        Document::Unread => 0,
        Document::Unreadable(text) => text.chars().filter(|c| !c.is_whitespace()).count(),
    }
}

/// How many roles a plan adds to the account.
fn added(plan: &Plan) -> usize {
    let count = |action| {
        let of = |step: &&Step| step.action == action && step.obstacle.is_none();
        plan.steps.iter().filter(of).count()
    };
    count(Action::Create).saturating_sub(count(Action::Delete))
}

/// Whether what an account may have could matter to a plan, where `listed` roles are in it: whether
/// more roles come to be than nine tenths of what every account may have, or a trust policy grows
/// past that. Else nobody has to ask.
#[must_use]
pub fn is_account_asked(plan: &Plan, listed: usize) -> bool {
    let quotas = Quotas::usual(listed);
    account(plan, &quotas).is_some()
        || growing(plan, &quotas).any(|(_, what, _)| what == "characters of the trust policy")
}

/// What is to be said of a plan in an account of these quotas: an error where its new roles do not
/// fit, warnings where they, or what they hold, nearly reach a limit.
#[must_use]
pub fn check(plan: &Plan, quotas: &Quotas) -> Vec<Diagnostic> {
    let roles = growing(plan, quotas).map(|(role, what, Usage { used, limit })| {
        let message = format!("`{}` will have {used} {what} of {limit}", role.name);
        let help = "the topologies of a sandbox share the limit: `tcperm list --quota` shows what is left, and another sandbox has room of its own";
        Diagnostic::warning(codes::NEARLY_FULL, message).help(help)
    });
    account(plan, quotas).into_iter().chain(roles).collect()
}

/// What grows by a plan and nearly reaches its limit. More managed policies than usual are found
/// by [`limits`](super::limits).
fn growing<'a>(
    plan: &'a Plan,
    quotas: &'a Quotas,
) -> impl Iterator<Item = (&'a RoleSpec, &'static str, Usage)> {
    let changed = plan.steps.iter().filter(|step| step.obstacle.is_none());
    changed.flat_map(move |step| {
        let before = step
            .before
            .as_ref()
            .map(|role| RoleUsage::of(role, quotas).parts());
        let after = step
            .after
            .as_ref()
            .map(|role| (role, RoleUsage::of(role, quotas).parts()));
        let parts = after
            .into_iter()
            .flat_map(|(role, parts)| parts.map(|part| (role, part)));
        parts.enumerate().filter_map(move |(at, (role, (what, usage)))| {
            let was = before.and_then(|parts| Some(parts.get(at)?.1.used));
            let grows = usage.used > was.unwrap_or(0);
            let is_told_here = what != "managed policies";
            (is_told_here && grows && usage.is_nearly_full()).then_some((role, what, usage))
        })
    })
}

fn account(plan: &Plan, quotas: &Quotas) -> Option<Diagnostic> {
    let added = added(plan);
    let Usage { used, limit } = quotas.roles;
    let after = Usage {
        used: used + added,
        limit,
    };
    if added == 0 || !after.is_nearly_full() {
        return None;
    }
    let more = if added == 1 {
        "1 more".to_owned()
    } else {
        format!("{added} more")
    };
    let help = "`tcperm list --quota` shows the sandboxes and what they take, `tcperm delete -s` makes room; AWS raises the quota L-FE177D64, roles per account, on request";
    let code = codes::ROLE_QUOTA;
    Some(if after.used > limit {
        let message =
            format!("the account has {used} of the {limit} roles that it may have, and {more} do not fit");
        Diagnostic::error(code, message).help(help)
    } else {
        let message = format!(
            "the account will have {} of the {limit} roles that it may have",
            after.used
        );
        Diagnostic::warning(code, message).help(help)
    })
}

#[cfg(test)]
mod tests;
