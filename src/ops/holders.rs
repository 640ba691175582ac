//! Roles as they are judged: what each may do, with where every statement comes from.

use super::{ExplainedRole, ExplainedStatement, Findings, OpError, Purpose, Question, Wanted, explain};
use crate::diagnostic::Span;
use crate::evaluate::{PolicySet, RequestContext};
use crate::grants::Asker;
use crate::intent::Document;
use crate::model::{AccountId, Arn, Context, Namespace, RoleId, RoleName, Tags};
use crate::policy::{Policy, Statement};

/// The roles of a sandbox, as they are judged.
#[derive(Debug, Clone)]
pub struct Holders {
    /// Where they stand.
    pub context: Context,
    /// The topologies whose needs are known.
    pub namespaces: Vec<Namespace>,
    /// The roles, by name.
    pub roles: Vec<Holder>,
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
    /// What else says what it may do and could not be read: `managed policy ARN`.
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
    /// The document, in canonical form.
    pub policy: Policy,
    /// Where each of its statements comes from, in their order.
    pub origins: Vec<Origin>,
}

/// Where a statement comes from, as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The template: `templates/capability/function.invoke.json`, or the team's.
    pub template: Option<String>,
    /// Where it stands in the team's template, or in a file that was given.
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
    #[must_use]
    pub fn known(&self) -> RequestContext {
        RequestContext::open()
    }
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
    let explained = explain(wanted, &question)?;
    Ok(Holders {
        context: explained.context,
        namespaces: explained.namespaces,
        roles: explained.roles.into_iter().map(rendered).collect(),
        findings: explained.findings,
        calls: 0,
    })
}

fn rendered(role: ExplainedRole) -> Holder {
    let policies = role.spec.policies.iter();
    let documents = policies.filter_map(|(name, document)| {
        let policy = document.known()?.clone();
        let of_policy = |one: &&ExplainedStatement| one.policy == *name;
        let explained: Vec<&ExplainedStatement> = role.statements.iter().filter(of_policy).collect();
        let origins = policy.statement.iter().map(|one| origin(&explained, one));
        let origins = origins.map(|origin| Origin {
            template: origin.template.or_else(|| role.template.clone()),
            ..origin
        });
        Some(HeldDocument {
            name: name.to_string(),
            origins: origins.collect(),
            policy,
        })
    });
    let documents = documents.collect();
    let unread = role.spec.managed_policies.iter();
    Holder {
        documents,
        unread: unread.map(|arn| format!("managed policy {arn}")).collect(),
        boundary: role.spec.boundary.map(|arn| Bound { arn, document: None }),
        exceptions: role
            .needed
            .into_iter()
            .filter_map(|needed| {
                Some(Exception {
                    reason: needed.purpose.rule.exception.clone()?,
                    statement: needed.statement,
                    purpose: Some(needed.purpose),
                    asked_by: needed.asked_by,
                })
            })
            .collect(),
        id: role.id,
        name: role.spec.name,
        arn: role.spec.arn,
        mode: role.mode.to_owned(),
        tags: role.spec.tags,
        trust: role.spec.trust,
    }
}

/// Where a statement of a document comes from, by what explains the document's statements.
fn origin(explained: &[&ExplainedStatement], statement: &Statement) -> Origin {
    let mut origin = Origin::default();
    for explained in explained.iter().filter(|one| one.statement == *statement) {
        if let Some(purpose) = &explained.purpose {
            if explained.place.is_none() {
                origin.template.get_or_insert_with(|| purpose.template());
            }
            origin.purposes.push(purpose.clone());
        }
        origin.place = origin.place.or_else(|| explained.place.clone());
        origin.asked_by.extend(explained.asked_by.iter().cloned());
    }
    origin
}
