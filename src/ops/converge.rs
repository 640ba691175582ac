//! The roles of a run: looked at together, then each brought to what was decided.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::apply::{Halt, carry_out, decide};
use super::observe::{CONCURRENCY, Placed};
use super::{Findings, Interrupt, OpError, Status, StepOutcome, Watcher};
use crate::diagnostic::Diagnostic;
use crate::iam::{Fault, Iam};
use crate::intent::ownership::OTHERS_KEY;
use crate::intent::{RoleSpec, Shares};
use crate::model::Namespace;
use crate::plan::reconciliation::{Progress, ROUNDS};
use crate::plan::{Intention, Obstacle, Plan, Purpose, Reconciliation, Step, limits};

/// Observes the roles and decides what must happen to them.
pub(super) async fn look(
    account: &impl Iam,
    intention: Intention<'_>,
    roles: &[Placed],
) -> Result<Plan, OpError> {
    decided(account, intention.reconciliations(roles)).await
}

/// Decides what must happen to roles, reading of them what is needed for that.
pub(super) async fn decided<'a>(
    account: &impl Iam,
    runs: impl IntoIterator<Item = Reconciliation<'a>>,
) -> Result<Plan, OpError> {
    let decisions = runs.into_iter().map(|mut run| async move {
        decide(account, &mut run).await?;
        Ok::<_, OpError>(match run.progress() {
            Progress::Decided(step) => step.cloned(),
            _ => None,
        })
    });
    let steps: Vec<Option<Step>> = stream::iter(decisions.collect::<Vec<_>>())
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    let plan: Plan = steps.into_iter().flatten().collect();
    match over_a_limit(&plan.steps) {
        Some(error) => Err(error),
        None => Ok(plan),
    }
}

/// What IAM would refuse of some steps.
fn over_a_limit<'s>(steps: impl IntoIterator<Item = &'s Step>) -> Option<OpError> {
    let roles = steps.into_iter().filter_map(|step| step.after.as_ref());
    let diagnostics: Vec<Diagnostic> = roles
        .flat_map(limits::check)
        .filter(Diagnostic::is_error)
        .collect();
    (!diagnostics.is_empty()).then(|| {
        OpError::Findings(Box::new(Findings {
            diagnostics,
            ..Findings::default()
        }))
    })
}

/// What is to be said of a plan that passes no limit: a role is about to serve more topologies than
/// it has tags for, or to name less exactly what they need.
pub(super) fn warnings(plan: &Plan, topologies: &BTreeMap<Namespace, Shares>) -> Vec<Diagnostic> {
    let shares_a_tag = |role: &RoleSpec| role.tags.get(OTHERS_KEY).is_some();
    let begins_to = |step: &&Step| !step.before.as_ref().is_some_and(shares_a_tag);
    let roles = plan
        .steps
        .iter()
        .filter(begins_to)
        .filter_map(|step| step.after.as_ref());
    let widened = plan.steps.iter().filter_map(|step| {
        let shares = topologies.iter();
        let shares = shares.filter_map(|(namespace, shares)| Some((namespace, shares.get(&step.id)?)));
        limits::widened(step.after.as_ref()?, step.before.as_ref(), shares)
    });
    roles
        .flat_map(limits::check)
        .filter(|found| !found.is_error())
        .chain(widened)
        .collect()
}

/// Carries a plan out, a few roles at a time.
pub(super) async fn converge(
    account: &impl Iam,
    plan: Plan,
    purpose: Purpose<'_>,
    watcher: &dyn Watcher,
    interrupt: &Interrupt,
) -> Vec<StepOutcome> {
    let running = plan.steps.into_iter().map(|step| async move {
        if !step.operations.is_empty() {
            watcher.begins(&step);
        }
        let outcome = settle(account, step, purpose, interrupt).await;
        watcher.ended(&outcome);
        outcome
    });
    let mut outcomes: Vec<StepOutcome> = stream::iter(running.collect::<Vec<_>>())
        .buffer_unordered(CONCURRENCY)
        .collect()
        .await;
    outcomes.sort_by(|a, b| a.step.role.cmp(&b.step.role));
    outcomes
}

/// Carries a step out, and looks at its role again when that changed meanwhile, until it stands still.
async fn settle(account: &impl Iam, step: Step, purpose: Purpose<'_>, interrupt: &Interrupt) -> StepOutcome {
    let mut outcome = StepOutcome::of(step.clone());
    let mut run = Reconciliation::of(purpose, step);
    loop {
        let halt = carry_out(account, &mut run, interrupt).await;
        outcome = outcome.followed_by(&run, halt);
        let is_last = matches!(purpose, Purpose::AsPlanned) || run.round() + 1 >= ROUNDS;
        match run.progress() {
            _ if interrupt.is_asked() => return outcome,
            Progress::Reading => {}
            Progress::Met(..) if !is_last => {
                pause(run.round()).await;
                run.look_again();
            }
            _ => return outcome,
        }
        let looked = decide(account, &mut run).await;
        let refused = match run.progress() {
            Progress::Decided(step) => over_a_limit(step),
            _ => None,
        };
        if let Some(error) = looked.err().or(refused) {
            return outcome.failed(error.to_string(), error.help());
        }
        run.go_on();
    }
}

impl StepOutcome {
    /// A step that has come to its end, or has nothing to do.
    pub(super) const fn of(step: Step) -> Self {
        Self {
            step,
            status: Status::Done,
            error: None,
            help: None,
            written: false,
        }
    }

    fn failed(self, error: String, help: Option<String>) -> Self {
        Self {
            status: Status::Failed,
            error: Some(error),
            help,
            ..self
        }
    }

    /// What has become of the role by now. What was written stays written, and what the run set out
    /// to do is what it did. A role that is no business of the run any more is done: another run has
    /// done it.
    fn followed_by(self, run: &Reconciliation<'_>, halt: Option<Halt>) -> Self {
        let mut outcome = match (run.progress(), halt) {
            (Progress::Carrying(step), Some(Halt::Failed(error))) => {
                Self::of(step.clone()).failed(error.to_string(), Some(error.fault.help().to_owned()))
            }
            (Progress::Carrying(step), Some(Halt::Interrupted)) => {
                let status = match run.set_out() {
                    Some(_) => Status::Failed,
                    None => Status::Skipped,
                };
                Self {
                    status,
                    error: Some("stopped by the user".to_owned()),
                    ..Self::of(step.clone())
                }
            }
            (Progress::Met(step, whom), _) => Self {
                status: Status::Stale,
                error: Some(whom.to_owned()),
                help: Some(Fault::Conflict.help().to_owned()),
                ..Self::of(step.clone())
            },
            (Progress::Ended(Some(step)), _) if step.obstacle.is_some() => Self::not_begun(step.clone()),
            (Progress::Ended(Some(step)), _) => Self::of(step.clone()),
            _ => Self::of(self.step),
        };
        if let Some(set_out) = run.set_out() {
            outcome.written = true;
            outcome.step.action = set_out.action;
            outcome.step.reasons.clone_from(&set_out.reasons);
        }
        outcome
    }

    /// A step that was not begun: something stands in its way, or the run does not come to it.
    pub(super) fn not_begun(step: Step) -> Self {
        let idle = step.operations.is_empty() && step.obstacle.is_none();
        let obstacle = step.obstacle.as_ref();
        Self {
            status: if idle { Status::Done } else { Status::Skipped },
            error: obstacle.map(|obstacle| format!("`{}` {obstacle}", step.role)),
            help: obstacle.map(Obstacle::help),
            written: false,
            step,
        }
    }
}

/// Gives the other run, and IAM's replication, time: none at first, then more and more.
async fn pause(round: u32) {
    if round > 0 {
        tokio::time::sleep(Duration::from_millis(100 << round)).await;
    }
}
