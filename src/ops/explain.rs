mod selection;

use std::collections::{BTreeMap, BTreeSet};

use selection::{select_role, select_statement};

use super::preparation::{Preparation, context, prepare};
use super::{Findings, OpError, Wanted};
use crate::grants::{
    Answer, Asker, Capability, CapabilityRule, Derived, Explanation, Matrix, Scope, Subject, TrustRule,
    role_of,
};
use crate::intent::{Document, Granting, RoleSpec, grantings};
use crate::model::{AccountId, Context, Identity, Namespace, PolicyName, RoleId, RoleKind};
use crate::policy::{Principal, Principals, Statement, Values};
use crate::template::TemplateError;

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
    /// The role.
    pub spec: RoleSpec,
    /// Why the service may assume it.
    pub trust: TrustRule,
    /// Who needs a trust policy that says more, and the capability by which it does.
    pub trusted_for: Vec<(Capability, Asker)>,
    /// The statements of its inline policies, in the order in which they stand there.
    pub statements: Vec<ExplainedStatement>,
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
    /// The capability that it is there for.
    pub capability: Capability,
    /// What the matrix says of the capability.
    pub rule: CapabilityRule,
    /// Who asked for it, in the order of topologies and places.
    pub asked_by: Vec<Asker>,
}

impl ExplainedStatement {
    /// The file that holds the statement's template.
    #[must_use]
    pub fn template(&self) -> String {
        format!("templates/capability/{}.json", self.capability.id)
    }
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
    let preparation = prepare(wanted)?;
    let identity = Identity {
        partition: wanted.region.partition(),
        account: question.account.clone().unwrap_or_else(AccountId::placeholder),
    };
    let context = context(wanted, &identity)?;
    let derived = preparation.derived(wanted, &context)?;
    let mut roles = explained_roles(&preparation, wanted, &context, &derived)?;
    let everything = question.role.is_none() && wanted.kinds.len() == RoleKind::ALL.len();
    if let Some(asked) = &question.role {
        select_role(&mut roles, asked)?;
    }
    if let Some(asked) = &question.statement {
        select_statement(&mut roles, asked)?;
    }
    let kinds: Vec<RoleKind> = match question.role {
        Some(_) => roles.iter().map(|role| role.id.kind).collect(),
        None => wanted.kinds.clone(),
    };
    let mut explained = Explained {
        namespaces: Vec::new(),
        roles,
        without_statement: Vec::new(),
        withheld: Vec::new(),
        findings: Findings::default(),
        account: question.account.clone(),
        context,
    };
    for (namespace, derived) in derived {
        explained.namespaces.push(namespace);
        let others = derived
            .explanations
            .into_iter()
            .filter(|_| question.statement.is_none());
        for explanation in others {
            let asker = explanation.asker;
            match explanation.answer {
                Answer::Unneeded { .. } if everything || is_of(&asker, &kinds) => {
                    explained.without_statement.push(asker);
                }
                Answer::Withheld { role, capability } if kinds.contains(&role) => {
                    explained.withheld.push(Withheld {
                        asker,
                        capability,
                        role,
                    });
                }
                _ => {}
            }
        }
    }
    explained.findings = preparation.findings;
    Ok(explained)
}

/// Whether what uses something does so with a role of one of these kinds.
fn is_of(asker: &Asker, kinds: &[RoleKind]) -> bool {
    match &asker.subject {
        Subject::Edge { source, .. } | Subject::Entity(source) => {
            role_of(source.kind).is_some_and(|kind| kinds.contains(&kind))
        }
        Subject::Setting => false,
    }
}

fn explained_roles(
    preparation: &Preparation,
    wanted: &Wanted,
    context: &Context,
    derived: &BTreeMap<Namespace, Derived>,
) -> Result<Vec<ExplainedRole>, OpError> {
    let needed = preparation.needed(wanted, context)?;
    let specs = preparation.roles(context, &needed)?;
    let apart = BTreeSet::new();
    let specs = specs
        .into_iter()
        .filter(|(id, _)| wanted.kinds.contains(&id.kind));
    let mut roles = Vec::new();
    for (id, spec) in specs {
        let kind = id.kind;
        let trust = preparation.matrix.trust.get(&kind).cloned();
        let of_policies = grantings(
            preparation.derivation(wanted, context, &apart),
            &id,
            &needed.shares,
        )?;
        let mut statements = Vec::new();
        for (policy, document) in &spec.policies {
            let known = document.known().map(|policy| policy.statement.as_slice());
            for statement in known.unwrap_or_default() {
                let grantings = of_policies.get(policy).into_iter().flatten();
                for granting in grantings.filter(|granting| granting.statement == *statement) {
                    statements.push(ExplainedStatement {
                        policy: policy.clone(),
                        statement: statement.clone(),
                        capability: granting.capability.clone(),
                        rule: rule_of(preparation, granting)?,
                        asked_by: askers(derived, kind, granting),
                    });
                }
            }
        }
        roles.push(ExplainedRole {
            id,
            trust: trust.ok_or_else(|| missing("trust", kind.name()))?,
            trusted_for: trusted_for(preparation.matrix, derived, kind),
            spec,
            statements,
        });
    }
    roles.sort_by(|a, b| a.spec.name.cmp(&b.spec.name));
    Ok(roles)
}

/// Who asks for what only the trust policy of a role can give.
fn trusted_for(
    matrix: &Matrix,
    derived: &BTreeMap<Namespace, Derived>,
    kind: RoleKind,
) -> Vec<(Capability, Asker)> {
    let explanations = derived.values().flat_map(|derived| &derived.explanations);
    let of_trust = |explanation: &Explanation| match &explanation.answer {
        Answer::Granted { role, capability, .. } if *role == kind => {
            let rule = matrix.capabilities.get(&capability.id)?;
            let asker = (capability.clone(), explanation.asker.clone());
            (rule.scope == Scope::Trust).then_some(asker)
        }
        _ => None,
    };
    explanations.filter_map(of_trust).collect()
}

fn rule_of(preparation: &Preparation, granting: &Granting) -> Result<CapabilityRule, TemplateError> {
    let id = &granting.capability.id;
    let rule = preparation.matrix.capabilities.get(id).cloned();
    rule.ok_or_else(|| missing("capabilities", id))
}

fn missing(part: &str, name: &str) -> TemplateError {
    TemplateError {
        template: "matrix".to_owned(),
        message: format!("`{name}` is not among the {part}"),
        findings: Vec::new(),
    }
}

/// Who asked for a statement.
fn askers(derived: &BTreeMap<Namespace, Derived>, kind: RoleKind, granting: &Granting) -> Vec<Asker> {
    let of_topology = |namespace: &Namespace| {
        let only = granting.namespace.as_ref();
        only.is_none_or(|only| only == namespace)
    };
    let asked = |answer: &Answer| match answer {
        Answer::Granted {
            role,
            function: _,
            capability,
            arn,
        } => {
            let reached = match arn {
                Some(arn) => granting.arns.contains(arn),
                None => granting.arns.is_empty(),
            };
            *role == kind && *capability == granting.capability && reached
        }
        Answer::Withheld { .. } | Answer::Unneeded { .. } => false,
    };
    derived
        .iter()
        .filter(|(namespace, _)| of_topology(namespace))
        .flat_map(|(_, derived)| &derived.explanations)
        .filter(|explanation| asked(&explanation.answer))
        .map(|explanation| explanation.asker.clone())
        .collect()
}

#[cfg(test)]
mod tests;
