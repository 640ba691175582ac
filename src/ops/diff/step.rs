//! Whether a step of a plan widens a role.

use super::half::{PolicyDiff, compared, relation};
use super::sides::Judged;
use super::trust::{self, TrustChange};
use crate::ops::{OpError, ProofResult, Widened};
use crate::plan::{Action, Plan, Step};

/// Which plans are not carried out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Gate {
    /// None for what they do to a role.
    #[default]
    Open,
    /// Those that widen a role that is there, or of which it cannot be told.
    NoBroader,
}

/// How a role that a step changes compares with itself before.
#[derive(Debug, Clone)]
pub struct StepDiff {
    /// What it may do, and who may assume it, after beside before.
    pub diff: PolicyDiff,
}

/// How a role that a step changes compares with itself before; `None` for steps that change no role
/// that is there.
#[must_use]
pub fn step_diff(step: &Step) -> Option<StepDiff> {
    let (Action::Update, Some(before), Some(after)) = (step.action, &step.before, &step.after) else {
        return None;
    };
    let mut diff = compared(
        &Judged::of_role(&step.id, before),
        &Judged::of_role(&step.id, after),
    );
    match trust::change(&before.trust, &after.trust) {
        TrustChange::NotWider => {}
        TrustChange::Wider(who) => {
            diff.only_after.result = ProofResult::Disproved;
            diff.only_after.why.push(who);
        }
        TrustChange::Unclear(why) => {
            diff.only_after.result = diff.only_after.result.max(ProofResult::Unknown);
            diff.only_after.why.push(why);
        }
    }
    diff.relation = relation(diff.only_before.result, diff.only_after.result);
    Some(StepDiff { diff })
}

/// Holds a plan against a gate.
///
/// # Errors
/// When it may not pass: with the roles that it widens.
pub fn check_gate(plan: &Plan, gate: Gate) -> Result<(), OpError> {
    if gate == Gate::Open {
        return Ok(());
    }
    let widened = |step: &Step| {
        let diff = step_diff(step)?.diff;
        let is_wider = diff.only_after.result != ProofResult::Proved;
        is_wider.then(|| Widened {
            role: step.role.clone(),
            more: diff.only_after,
        })
    };
    let widened: Vec<Widened> = plan.steps.iter().filter_map(widened).collect();
    if widened.is_empty() {
        Ok(())
    } else {
        Err(OpError::Gate(widened))
    }
}
