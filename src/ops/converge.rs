use std::collections::BTreeMap;
use std::time::Duration;

use super::apply::apply;
use super::create::not_begun;
use super::observe::{Placed, observe, read_rest};
use super::{Findings, Interrupt, OpError, Status, StepOutcome, Watcher};
use crate::diagnostic::Diagnostic;
use crate::iam::Iam;
use crate::intent::ownership::OTHERS_KEY;
use crate::intent::{Document, RoleSpec};
use crate::model::{RoleId, RoleName};
use crate::plan::{Action, Business, Intention, Observed, Operation, Plan, Scope, Step, decide, limits};

/// How often a role is planned anew because it changed under the run.
const ROUNDS: u32 = 6;

/// Observes the roles and decides what must happen to them.
pub(super) async fn look(
    account: &impl Iam,
    intention: Intention<'_>,
    roles: &[Placed],
) -> Result<Plan, OpError> {
    let observed = observe(account, intention, roles).await?;
    decided(account, intention, observed).await
}

/// Decides what must happen to roles that were observed.
pub(super) async fn decided(
    account: &impl Iam,
    intention: Intention<'_>,
    mut observed: Observed,
) -> Result<Plan, OpError> {
    let mut plan = decide(intention, &observed)?;
    if read_what_is_beside(account, &plan, &mut observed).await? {
        plan = decide(intention, &observed)?;
    }
    let diagnostics: Vec<Diagnostic> = plan
        .steps
        .iter()
        .filter_map(|step| step.after.as_ref())
        .flat_map(limits::check)
        .filter(Diagnostic::is_error)
        .collect();
    if diagnostics.is_empty() {
        return Ok(plan);
    }
    Err(OpError::Findings(Box::new(Findings {
        diagnostics,
        ..Findings::default()
    })))
}

/// What is to be said of a plan that passes no limit: a role is about to serve more topologies than
/// it has tags for.
pub(super) fn warnings(plan: &Plan) -> Vec<Diagnostic> {
    let shares_a_tag = |role: &RoleSpec| role.tags.get(OTHERS_KEY).is_some();
    let begins_to = |step: &&Step| !step.before.as_ref().is_some_and(shares_a_tag);
    let roles = plan
        .steps
        .iter()
        .filter(begins_to)
        .filter_map(|step| step.after.as_ref());
    roles
        .flat_map(limits::check)
        .filter(|found| !found.is_error())
        .collect()
}

/// Before a policy is written, the size of those beside it must be known: IAM limits their sum.
/// Before a role is deleted, the instance profiles that hold it must be.
async fn read_what_is_beside(
    account: &impl Iam,
    plan: &Plan,
    observed: &mut Observed,
) -> Result<bool, OpError> {
    let mut has_read = false;
    for step in &plan.steps {
        if let Some(role) = observed
            .get_mut(&step.id)
            .filter(|_| step.action == Action::Delete)
        {
            let profiles = account.list_instance_profiles(&role.name).await?;
            role.instance_profiles = profiles.unwrap_or_default().into_iter().collect();
            has_read |= !role.instance_profiles.is_empty();
        }
        let writes = step
            .operations
            .iter()
            .any(|operation| matches!(operation, Operation::PutPolicy { .. }));
        let Some(role) = observed.get_mut(&step.id).filter(|_| writes) else {
            continue;
        };
        if role
            .policies
            .values()
            .any(|document| *document == Document::Unread)
        {
            read_rest(account, role).await?;
            has_read = true;
        }
    }
    Ok(has_read)
}

/// Carries a plan out, and looks at the roles again that changed meanwhile, until they stand still.
pub(super) async fn converge(
    account: &impl Iam,
    first: Plan,
    again: impl AsyncFn(&[Placed]) -> Result<Plan, OpError>,
    watcher: &dyn Watcher,
    interrupt: &Interrupt,
) -> Vec<StepOutcome> {
    let mut outcomes: BTreeMap<RoleName, StepOutcome> = BTreeMap::new();
    let mut steps = first.steps;
    for round in 0..ROUNDS {
        let ended = apply(account, steps, watcher, interrupt).await;
        let is_stale = |outcome: &&StepOutcome| outcome.status == Status::Stale;
        let stale: Vec<Placed> = ended
            .iter()
            .filter(is_stale)
            .map(|outcome| (outcome.step.id.clone(), outcome.step.role.clone()))
            .collect();
        for outcome in ended {
            remember(&mut outcomes, outcome);
        }
        if stale.is_empty() || interrupt.is_asked() || round + 1 == ROUNDS {
            break;
        }
        pause(round).await;
        match again(&stale).await {
            Ok(plan) => steps = settled(&mut outcomes, &stale, plan),
            Err(error) => {
                fail(&mut outcomes, &stale, &error);
                break;
            }
        }
    }
    outcomes.into_values().collect()
}

/// Looks again at some of the roles of a run.
pub(super) async fn look_again(
    account: &impl Iam,
    intention: Intention<'_>,
    roles: &[Placed],
) -> Result<Plan, OpError> {
    let ids: Vec<RoleId> = roles.iter().map(|(id, _)| id.clone()).collect();
    let about_these = Intention {
        scope: Scope::Roles(&ids),
        business: Business::Begun,
        ..intention
    };
    look(account, about_these, roles).await
}

/// The steps of the next round. A stale role that needs none any more is done: another run has
/// done it. One that something stands in the way of by now has come to its end as well.
fn settled(outcomes: &mut BTreeMap<RoleName, StepOutcome>, stale: &[Placed], plan: Plan) -> Vec<Step> {
    for (_, role) in stale {
        if !plan.steps.iter().any(|next| next.role == *role)
            && let Some(outcome) = outcomes.get_mut(role)
        {
            outcome.status = Status::Done;
            outcome.error = None;
            outcome.help = None;
        }
    }
    let (obstructed, steps) = plan.steps.into_iter().partition(|step| step.obstacle.is_some());
    for outcome in not_begun(Plan { steps: obstructed }) {
        remember(outcomes, outcome);
    }
    steps
}

/// A later outcome replaces an earlier one, but what was written stays written, and a role that
/// the first round created stays created.
fn remember(outcomes: &mut BTreeMap<RoleName, StepOutcome>, mut outcome: StepOutcome) {
    if let Some(earlier) = outcomes.remove(&outcome.step.role)
        && earlier.written
    {
        outcome.written = true;
        outcome.step.action = earlier.step.action;
        outcome.step.reasons = earlier.step.reasons;
    }
    outcomes.insert(outcome.step.role.clone(), outcome);
}

fn fail(outcomes: &mut BTreeMap<RoleName, StepOutcome>, stale: &[Placed], error: &OpError) {
    for (_, role) in stale {
        if let Some(outcome) = outcomes.get_mut(role) {
            outcome.status = Status::Failed;
            outcome.error = Some(error.to_string());
            outcome.help = error.help();
        }
    }
}

/// Gives the other run, and IAM's replication, time: none at first, then more and more.
async fn pause(round: u32) {
    if round > 0 {
        tokio::time::sleep(Duration::from_millis(100 << round)).await;
    }
}
