//! Roles as they are judged: what each may do, with where every statement comes from.

mod files;
mod live;
mod origins;
mod session;

use std::collections::{BTreeMap, BTreeSet};

use self::origins::{BuiltIn, of_statements};
use self::session::SessionTags;
use super::{
    ExplainedProvided, ExplainedRole, Findings, NeededStatement, OpError, Purpose, Question, Wanted, explain,
};
use crate::diagnostic::Span;
use crate::evaluate::{PolicySet, RequestContext};
use crate::grants::{Asker, Scope};
use crate::intent::Document;
use crate::model::{AccountId, Arn, Context, Namespace, RoleId, RoleName, Tags};
use crate::plan::Obstacle;
use crate::policy::{Effect, Policy, Resource, Statement, Values};

pub use files::{file_documents, read_policy};
pub use live::{LiveRoles, live_holders};

/// The roles of a sandbox, as they are judged.
#[derive(Debug, Clone)]
pub struct Holders {
    /// Where they stand.
    pub context: Context,
    /// The topologies whose needs are known.
    pub namespaces: Vec<Namespace>,
    /// The roles, by name.
    pub roles: Vec<Holder>,
    /// The roles that somebody else keeps, whose documents no topology says, by name.
    pub provided: Vec<ExplainedProvided>,
    /// Roles of a right name in an account that are not this sandbox's, and why.
    pub passed_over: Vec<(RoleName, Obstacle)>,
    /// What was found in the files, and the texts that places point into.
    pub findings: Findings,
    /// How many calls were made.
    pub calls: u64,
}

/// A role, as it is judged.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Which role of the sandbox it is.
    pub id: RoleId,
    /// Its name.
    pub name: RoleName,
    /// Its ARN.
    pub arn: Arn,
    /// How it is made: `dynamic`, `shared` or `override`; of a role in an account, what its tag says.
    pub mode: String,
    /// Its tags.
    pub tags: Tags,
    /// Who may assume it.
    pub trust: Document,
    /// The documents that say what it may do and could be read, inline policies first.
    pub documents: Vec<HeldDocument>,
    /// What else says what it may do and could not be read: `managed policy ARN`, `inline policy NAME`,
    /// `permissions boundary ARN`.
    pub unread: Vec<String>,
    /// Its permissions boundary.
    pub boundary: Option<Bound>,
    /// What its topologies need beyond the sandbox's tag, where AWS or tc leaves no choice.
    pub exceptions: Vec<Exception>,
}

/// A document that says what a role may do.
#[derive(Debug, Clone)]
pub struct HeldDocument {
    /// The name of an inline policy, the ARN of a managed one.
    pub name: String,
    /// The document, in canonical form; as it is written where it stands in a file.
    pub policy: Policy,
    /// Where each of its statements comes from, in their order.
    pub origins: Vec<Origin>,
}

/// Where a statement comes from, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The template: `templates/capability/function.invoke.json`, or the team's.
    pub template: Option<String>,
    /// Where it stands in the template, built-in or the team's, or in a file that was given.
    pub place: Option<Span>,
    /// What it is there for; several where a role is full and statements were merged.
    pub purposes: Vec<Purpose>,
    /// Who asked for it, in the order of topologies and places.
    pub asked_by: Vec<Asker>,
}

/// A permissions boundary.
#[derive(Debug, Clone)]
pub struct Bound {
    /// Its ARN.
    pub arn: Arn,
    /// Its document, where it is known.
    pub document: Option<HeldDocument>,
}

/// What may reach beyond a sandbox, and why.
#[derive(Debug, Clone)]
pub struct Exception {
    /// What is accepted: what this statement matches, whatever allows it.
    pub statement: Statement,
    /// What it is there for, where a topology needs it.
    pub purpose: Option<Purpose>,
    /// Why AWS or tc leaves no choice, or what the team says.
    pub reason: String,
    /// Who asked for it, in the order of topologies and places.
    pub asked_by: Vec<Asker>,
}

impl Holder {
    /// The policies that decide over its requests, as far as they are known.
    #[must_use]
    pub fn policy_set(&self) -> PolicySet<'_> {
        PolicySet {
            identity: self.documents.iter().map(|document| &document.policy).collect(),
            boundary: self.boundary_policy(),
            session: None,
            resource: None,
        }
    }

    /// The document of its boundary, where it has one and it is known.
    #[must_use]
    pub fn boundary_policy(&self) -> Option<&Policy> {
        let bound = self.boundary.as_ref()?;
        bound.document.as_ref().map(|document| &document.policy)
    }

    /// What every request of the role carries: who asks, and the role's tags, unless a session can be
    /// tagged. An open context.
    ///
    /// A tag that the role's documents ask for is known to be missing where the role does not have it
    /// and no session can.
    #[must_use]
    pub fn known(&self) -> RequestContext {
        self.known_beside(&[])
    }

    /// The same, where more policies ask for tags of the role.
    #[must_use]
    pub fn known_beside(&self, more: &[&Policy]) -> RequestContext {
        let mut context = principal(&self.arn);
        let session = SessionTags::of(&self.trust);
        for (key, value) in self
            .tags
            .iter()
            .filter(|(key, value)| !session.can_set(key, Some(value)))
        {
            context.set(&format!("{PRINCIPAL_TAG}{key}"), value);
        }
        let own = self.documents.iter().map(|document| &document.policy);
        for policy in own.chain(self.boundary_policy()).chain(more.iter().copied()) {
            for key in principal_tags(policy) {
                if self.tags.get(&key).is_none() && !session.can_set(&key, None) {
                    context.set_missing(&format!("{PRINCIPAL_TAG}{key}"));
                }
            }
        }
        context
    }
}

/// What every request of a session of a role carries, whatever its tags
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>). An open
/// context.
pub(super) fn principal(role: &Arn) -> RequestContext {
    let mut context = RequestContext::open();
    context.set("aws:PrincipalArn", role.as_str());
    if let Some(account) = role.account() {
        context.set("aws:PrincipalAccount", account.to_string());
    }
    context.set("aws:PrincipalType", "AssumedRole");
    context.set("aws:PrincipalIsAWSService", "false");
    context.set_missing("aws:PrincipalServiceName");
    context.set_missing("aws:PrincipalServiceNamesList");
    context.set_missing("aws:username");
    context
}

/// How the keys of a principal's tags begin.
const PRINCIPAL_TAG: &str = "aws:PrincipalTag/";

/// The tags of a principal that a policy asks for, in conditions and in variables; in small letters.
fn principal_tags(policy: &Policy) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for statement in &policy.statement {
        let resources = statement.resource.iter().map(Resource::values);
        let conditions = statement.condition.values();
        for (key, _) in conditions.clone().flatten() {
            found.extend(principal_tag(key));
        }
        for text in resources
            .chain(conditions.flat_map(BTreeMap::values))
            .flat_map(Values::iter)
        {
            let variables = text.split("${").skip(1);
            let names = variables.filter_map(|rest| rest.split(['}', ',']).next());
            found.extend(names.filter_map(|name| principal_tag(name.trim())));
        }
    }
    found
}

fn principal_tag(key: &str) -> Option<String> {
    let key = key.to_ascii_lowercase();
    key.strip_prefix(&PRINCIPAL_TAG.to_ascii_lowercase())
        .map(str::to_owned)
}

/// The roles that topologies need, rendered, offline.
///
/// # Errors
/// When the files cannot be read or hold errors, or a role would pass a limit of IAM.
pub fn rendered_holders(wanted: &Wanted, account: &AccountId) -> Result<Holders, OpError> {
    let question = Question {
        account: Some(account.clone()),
        ..Question::default()
    };
    let mut explained = explain(wanted, &question)?;
    let mut built_in = BuiltIn::new(&mut explained.findings.sources);
    let roles = explained
        .roles
        .into_iter()
        .map(|role| rendered(role, &mut built_in));
    Ok(Holders {
        context: explained.context,
        namespaces: explained.namespaces,
        roles: roles.collect(),
        provided: explained.provided,
        passed_over: Vec::new(),
        findings: explained.findings,
        calls: 0,
    })
}

fn rendered(role: ExplainedRole, built_in: &mut BuiltIn<'_>) -> Holder {
    let policies = role.spec.policies.iter();
    let documents = policies.filter_map(|(name, document)| {
        let policy = document.known()?.clone();
        Some(HeldDocument {
            name: name.to_string(),
            origins: of_statements(&role, (Some(name), &policy), built_in),
            policy,
        })
    });
    let documents = documents.collect();
    let managed = role.spec.managed_policies.iter();
    let bounds = role.spec.boundary.iter();
    let unread = managed
        .map(|arn| format!("managed policy {arn}"))
        .chain(bounds.map(|arn| format!("permissions boundary {arn}")));
    Holder {
        documents,
        unread: unread.collect(),
        boundary: role.spec.boundary.map(|arn| Bound { arn, document: None }),
        exceptions: exceptions(role.needed),
        id: role.id,
        name: role.spec.name,
        arn: role.spec.arn,
        mode: role.mode.to_owned(),
        tags: role.spec.tags,
        trust: role.spec.trust,
    }
}

/// Why a resource that is named exactly may lie beyond the sandbox, where the matrix gives no other reason.
const NAMED: &str = "the topology names exactly this, and it carries no tag of the sandbox";

/// What of the statements that a role needs reaches beyond the sandbox, with the reason.
fn exceptions(needed: Vec<NeededStatement>) -> Vec<Exception> {
    let exception = |needed: NeededStatement| {
        let rule = &needed.purpose.rule;
        let is_named = rule.scope == Scope::Exact && needed.statement.effect == Effect::Allow;
        let named = is_named.then(|| NAMED.to_owned());
        Some(Exception {
            reason: rule.exception.clone().or(named)?,
            statement: needed.statement,
            purpose: Some(needed.purpose),
            asked_by: needed.asked_by,
        })
    };
    needed.into_iter().filter_map(exception).collect()
}

#[cfg(test)]
mod tests;
