mod roles;
mod selection;

use std::collections::{BTreeMap, BTreeSet};

use roles::Explaining;
pub(super) use selection::way_out;
use selection::{select_role, select_statement};

use super::preparation::{Preparation, context, prepare};
use super::{Findings, OpError, Wanted};
use crate::diagnostic::Span;
use crate::grants::{Answer, Asker, Capability, CapabilityRule, Explanation, Subject, TrustRule, role_of};
use crate::intent::{Assignment, Bearer, Document, RoleSpec};
use crate::model::{
    AccountId, Arn, Context, EntityKind, Identity, Namespace, PolicyName, RoleId, RoleKind, RoleName,
};
use crate::policy::{Principal, Principals, Statement, Values};
use crate::prove::Missing;
use crate::topology::End;

/// What is to be explained.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// The account, for names that hold it.
    pub account: Option<AccountId>,
    /// A role, by its name or by the kind of entity that assumes it; `None` for all.
    pub role: Option<String>,
    /// A statement, by its Sid; `None` for all.
    pub statement: Option<String>,
}

/// Why the roles of a topology hold what they hold.
#[derive(Debug, Clone)]
pub struct Explained {
    /// Where the roles would stand.
    pub context: Context,
    /// The account, where one is named; else a placeholder stands in names that hold the account.
    pub account: Option<AccountId>,
    /// The topologies.
    pub namespaces: Vec<Namespace>,
    /// The roles, by name.
    pub roles: Vec<ExplainedRole>,
    /// The roles that somebody else keeps, by name.
    pub provided: Vec<ExplainedProvided>,
    /// Who needs no statement on a role, and why; in the order of topologies and places.
    pub without_statement: Vec<Asker>,
    /// Who needs a statement that no role gets, since something is not known.
    pub withheld: Vec<Withheld>,
    /// What was found in the files, and the texts that askers point into.
    pub findings: Findings,
}

/// A role and why it is what it is.
#[derive(Debug, Clone)]
pub struct ExplainedRole {
    /// Which role of the sandbox it is.
    pub id: RoleId,
    /// How it is made: `dynamic`, `shared` or `override`.
    pub mode: &'static str,
    /// The team's template that it is made from.
    pub template: Option<String>,
    /// The role.
    pub spec: RoleSpec,
    /// Why who is trusted may assume it.
    pub trust: ExplainedTrust,
    /// Who needs a trust policy that says more, and the capability by which it does.
    pub trusted_for: Vec<(Capability, Asker)>,
    /// The statements of its inline policies, in the order in which they stand there.
    pub statements: Vec<ExplainedStatement>,
    /// What a topology needs and the team's template does not grant.
    pub not_granted: Vec<NotGranted>,
    /// What the topologies need, as the built-in templates say it, whatever the role holds.
    pub needed: Vec<NeededStatement>,
}

/// Why who is trusted may assume a role.
#[derive(Debug, Clone)]
pub enum ExplainedTrust {
    /// By the built-in trust policy.
    BuiltIn(TrustRule),
    /// The team's template says so, here.
    Template(Span),
}

impl ExplainedRole {
    /// Who may assume the role, in the order of names.
    #[must_use]
    pub fn trusted(&self) -> BTreeSet<&str> {
        let statements = match &self.spec.trust {
            Document::Known(policy) => policy.statement.as_slice(),
            Document::Unread | Document::Unreadable(_) => &[],
        };
        let names = statements
            .iter()
            .filter_map(principals)
            .flat_map(BTreeMap::values);
        names.flat_map(Values::iter).collect()
    }
}

fn principals(statement: &Statement) -> Option<&BTreeMap<String, Values>> {
    match &statement.principal {
        Some(Principal::In(Principals::Typed(types))) => Some(types),
        _ => None,
    }
}

/// A statement and why it is there.
#[derive(Debug, Clone)]
pub struct ExplainedStatement {
    /// The inline policy that it stands in.
    pub policy: PolicyName,
    /// The statement.
    pub statement: Statement,
    /// What it is there for; not known where a team wrote it in words of its own.
    pub purpose: Option<Purpose>,
    /// Where it stands in the team's template.
    pub place: Option<Span>,
    /// Who asked for it, in the order of topologies and places.
    pub asked_by: Vec<Asker>,
}

/// What a statement is there for.
#[derive(Debug, Clone)]
pub struct Purpose {
    /// The capability.
    pub capability: Capability,
    /// What the matrix says of it.
    pub rule: CapabilityRule,
}

impl Purpose {
    /// The file that holds the built-in statement's template.
    #[must_use]
    pub fn template(&self) -> String {
        format!("templates/capability/{}.json", self.capability.id)
    }
}

/// What a topology needs and the team's template does not grant.
#[derive(Debug, Clone)]
pub struct NotGranted {
    /// What it is needed for.
    pub purpose: Purpose,
    /// What lacks, and why.
    pub missing: Vec<Missing>,
    /// Who asked for it, in the order of topologies and places.
    pub asked_by: Vec<Asker>,
}

/// A role that somebody else keeps, and what it should allow.
#[derive(Debug, Clone)]
pub struct ExplainedProvided {
    /// The kind of entity that assumes it.
    pub kind: RoleKind,
    /// The names that it can have, the one that counts first.
    pub names: Vec<RoleName>,
    /// The ARN that it has under the first of its names.
    pub arn: Arn,
    /// What it should allow.
    pub statements: Vec<NeededStatement>,
}

/// A statement that a role should hold.
#[derive(Debug, Clone)]
pub struct NeededStatement {
    /// The statement.
    pub statement: Statement,
    /// What it is needed for.
    pub purpose: Purpose,
    /// Who asked for it, in the order of topologies and places.
    pub asked_by: Vec<Asker>,
}

/// An edge that needs a statement which no role gets.
#[derive(Debug, Clone)]
pub struct Withheld {
    /// Who asked.
    pub asker: Asker,
    /// The capability that is needed, by its id.
    pub capability: String,
    /// The kind of the role that it is needed on.
    pub role: RoleKind,
}

/// Explains the roles of a topology, offline.
///
/// # Errors
/// When the files cannot be read or hold errors, a role would pass a limit of IAM, or there is
/// no such role or statement.
pub fn explain(wanted: &Wanted, question: &Question) -> Result<Explained, OpError> {
    explain_prepared(prepare(wanted)?, wanted, question)
}

/// Explains the roles of topologies that were read.
pub(super) fn explain_prepared(
    preparation: Preparation,
    wanted: &Wanted,
    question: &Question,
) -> Result<Explained, OpError> {
    let identity = Identity {
        partition: wanted.region.partition(),
        account: question.account.clone().unwrap_or_else(AccountId::placeholder),
    };
    let context = context(wanted, &identity)?;
    let assigned = preparation.assigned(wanted, &context)?;
    let explaining = Explaining {
        preparation: &preparation,
        wanted,
        context: &context,
        assigned: &assigned,
    };
    let needed = preparation.needed(wanted, &context)?;
    let roles = explaining.roles(&needed)?;
    let mut explained = Explained {
        namespaces: assigned.keys().cloned().collect(),
        roles,
        provided: explaining.provided(&needed)?,
        without_statement: Vec::new(),
        withheld: Vec::new(),
        findings: Findings::default(),
        account: question.account.clone(),
        context: context.clone(),
    };
    if let Some(asked) = &question.role {
        select_role(&mut explained, asked)?;
    }
    if let Some(asked) = &question.statement {
        select_statement(&mut explained, asked)?;
    } else {
        let bearers = question.role.is_some().then(|| explained.bearers());
        for (_, (derived, assignment)) in assigned {
            let about = About {
                assignment: &assignment,
                kinds: &wanted.kinds,
                bearers: bearers.as_deref(),
            };
            for explanation in derived.explanations {
                explained.without_role(&about, explanation);
            }
        }
    }
    explained.findings = preparation.findings;
    Ok(explained)
}

impl Explained {
    fn bearers(&self) -> Vec<Bearer> {
        let roles = self.roles.iter().map(|role| Bearer::Role(role.id.clone()));
        let provided = self.provided.iter();
        roles
            .chain(provided.map(|role| Bearer::Provided(role.names.clone())))
            .collect()
    }

    /// Keeps what no statement of a role answers, as far as it is asked for.
    fn without_role(&mut self, about: &About<'_>, explanation: Explanation) {
        let asker = explanation.asker;
        match explanation.answer {
            Answer::Unneeded { .. } if about.user(&asker) => self.without_statement.push(asker),
            Answer::Withheld { role, capability } if about.needs(role, &asker) => {
                self.withheld.push(Withheld {
                    asker,
                    capability,
                    role,
                });
            }
            _ => {}
        }
    }
}

/// Which roles are asked about, in a topology.
struct About<'a> {
    assignment: &'a Assignment,
    kinds: &'a [RoleKind],
    /// Those that were named; `None` for all of the kinds.
    bearers: Option<&'a [Bearer]>,
}

impl About<'_> {
    /// Whether what uses something does so with one of the roles.
    fn user(&self, asker: &Asker) -> bool {
        if self.bearers.is_none() && self.kinds.len() == RoleKind::ALL.len() {
            return true;
        }
        let (Subject::Edge { source, .. } | Subject::Entity(source)) = &asker.subject else {
            return false;
        };
        role_of(source.kind).is_some_and(|kind| self.bears(kind, Some(source)))
    }

    /// Whether one of the roles, of a kind, would need what is withheld.
    fn needs(&self, kind: RoleKind, asker: &Asker) -> bool {
        let ends = match &asker.subject {
            Subject::Edge { source, target, .. } => [Some(source), Some(target)],
            Subject::Entity(entity) => [Some(entity), None],
            Subject::Setting => [None, None],
        };
        let of_kind = |end: &&End| role_of(end.kind) == Some(kind);
        self.bears(kind, ends.into_iter().flatten().find(of_kind))
    }

    fn bears(&self, kind: RoleKind, entity: Option<&End>) -> bool {
        let Some(bearers) = self.bearers else {
            return self.kinds.contains(&kind);
        };
        let function = entity.filter(|entity| entity.kind == EntityKind::Function);
        let of_function = function.and_then(|entity| self.assignment.bearer(kind, Some(&entity.name)));
        let bearer = of_function.or_else(|| self.assignment.bearer(kind, None));
        bearer.is_some_and(|bearer| bearers.contains(bearer))
    }
}
