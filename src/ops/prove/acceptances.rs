//! What is accepted of a role.

use super::{AcceptedReach, Aim, ProofRequest, claim, escalation, of_tag};
use crate::grants::Scope;
use crate::model::{Context, Namespace};
use crate::ops::{Acceptance, AcceptedOf, Exception, Holder};
use crate::policy::{Action, Condition, Effect, Policy, Resource, Scalar, Statement, Values};
use crate::prove::{Answer, within};
use crate::topology::Text;

/// What is accepted of a role.
pub(super) struct Acceptances {
    /// Each with its reason.
    pub(super) shown: Vec<AcceptedReach>,
    /// Of which of the team's it is not known what they accept, and why.
    pub(super) without_value: Vec<String>,
}

impl Acceptances {
    pub(super) fn of(holder: &Holder, context: &Context, request: &ProofRequest) -> Self {
        let exceptions = holder.exceptions.iter();
        let exceptions = exceptions.filter(|one| one.statement.effect == Effect::Allow);
        let mut shown: Vec<AcceptedReach> = exceptions
            .filter(|one| request.aim == Aim::Isolation || is_forced(one))
            .map(|one| AcceptedReach {
                role: holder.name.clone(),
                statement: one.statement.clone(),
                reason: one.reason.clone(),
                asked_by: one.asked_by.clone(),
                place: None,
                used: None,
            })
            .collect();
        let mut without_value = Vec::new();
        for acceptance in &request.accepted {
            match statement(acceptance, holder, context) {
                Ok(Some(statement)) => shown.push(AcceptedReach {
                    role: holder.name.clone(),
                    statement,
                    reason: acceptance.reason.clone(),
                    asked_by: Vec::new(),
                    place: Some(acceptance.place.clone()),
                    used: None,
                }),
                Ok(None) => {}
                Err(text) => without_value.push(format!(
                    "`{text}` in {} has no value here, so nothing is accepted there",
                    acceptance.place
                )),
            }
        }
        for accepted in &mut shown {
            accepted.used = is_used(holder, context, (&accepted.statement, request.aim));
        }
        if request.aim == Aim::NoEscalation {
            shown.retain(|accepted| accepted.used != Some(false));
        }
        Self { shown, without_value }
    }

    /// The statements that say what is accepted.
    pub(super) fn statements(&self) -> impl Iterator<Item = Statement> {
        self.shown.iter().map(|accepted| accepted.statement.clone())
    }
}

/// Whether AWS leaves no choice, whatever a topology asks for.
fn is_forced(exception: &Exception) -> bool {
    let purpose = exception.purpose.as_ref();
    purpose.is_some_and(|purpose| purpose.rule.scope == Scope::Account)
}

/// What the team accepts of a role; `None` where it speaks of others, an error where a variable has
/// no value.
fn statement(acceptance: &Acceptance, holder: &Holder, context: &Context) -> Result<Option<Statement>, Text> {
    let value = |text: &Text| {
        // What the configuration accepts does not depend on the topology.
        let anywhere = Namespace::placeholder();
        text.resolve(context, &anywhere).map_err(|_| text.clone())
    };
    let mut is_of_role = acceptance.roles.is_empty();
    for of in &acceptance.roles {
        is_of_role |= match of {
            AcceptedOf::Kind(kind) => *kind == holder.id.kind,
            AcceptedOf::Named(text) => value(text)?.eq_ignore_ascii_case(holder.name.as_str()),
        };
    }
    if !is_of_role {
        return Ok(None);
    }
    let resources: Result<Vec<String>, Text> = acceptance.resources.iter().map(value).collect();
    let values = |texts: Vec<String>| Values::Many(texts.into_iter().map(Scalar::Text).collect());
    Ok(Some(Statement {
        sid: None,
        effect: Effect::Allow,
        principal: None,
        action: Action::In(values(acceptance.actions.clone())),
        resource: Some(Resource::In(values(resources?))),
        condition: Condition::new(),
    }))
}

/// Whether a role may do something that needs to be accepted by a statement, or another like it.
fn is_used(holder: &Holder, context: &Context, (statement, aim): (&Statement, Aim)) -> Option<bool> {
    let mut subject = claim::subject(holder);
    let tagged = Policy::of(vec![Statement {
        effect: Effect::Deny,
        ..of_tag(&context.sandbox)
    }]);
    let matched = match aim {
        Aim::Isolation if holds(holder, statement) => return Some(true),
        Aim::Isolation => {
            subject.identity.push(&tagged);
            vec![statement.clone()]
        }
        Aim::NoEscalation => escalation::of_statement(statement),
    };
    if matched.is_empty() {
        return Some(false);
    }
    match within(&subject, &matched) {
        Answer::Proved => Some(false),
        Answer::Disproved(_) => Some(true),
        Answer::Unknown(_) => None,
    }
}

/// Whether a role has the very statement, under whatever name.
fn holds(holder: &Holder, statement: &Statement) -> bool {
    let nameless = |statement: &Statement| Statement {
        sid: None,
        ..statement.clone()
    };
    let sought = nameless(statement);
    let held = holder
        .documents
        .iter()
        .flat_map(|document| &document.policy.statement);
    held.into_iter().any(|one| nameless(one) == sought)
}
