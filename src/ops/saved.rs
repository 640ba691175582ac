//! Plans that are kept in a file, and carried out later as they stand or not at all.
//!
//! The file says what the plan was made of: the request, the account, and a digest of every text
//! that was read. To carry it out, the same plan is made again and compared with the file, step by
//! step; what is called is the plan made anew, never what a file says.

mod difference;
mod error;
mod file;

use std::path::Path;

use super::converge::converge;
use super::create::{check_protection, not_begun, plan_prepared};
use super::preparation::prepare;
use super::{
    ChangeOutcome, CreateRequest, Interrupt, OpError, PlanOutcome, Resumption, Status, StepOutcome, Watcher,
    is_approved, role_lines,
};
use crate::diagnostic::Sources;
use crate::iam::Iam;
use crate::model::Identity;
use crate::plan::Purpose;
use crate::source;

pub use error::SavedPlanError;
pub use file::{SavedPlan, SavedRequest};

/// Saves a plan. `configuration` is the file that the user named for it.
///
/// # Errors
/// When the file cannot be written, or a path in it is no text.
pub fn save_plan(
    path: &Path,
    (request, configuration): (&CreateRequest, Option<&Path>),
    outcome: &PlanOutcome,
) -> Result<(), OpError> {
    let text = SavedPlan::of(request, configuration, outcome)?.to_json()?;
    Ok(source::write_atomically(path, text.as_bytes())?)
}

/// Reads a plan that was saved.
///
/// # Errors
/// When the file cannot be read, holds no plan, or is of another format.
pub fn read_plan(path: &Path) -> Result<SavedPlan, OpError> {
    Ok(SavedPlan::parse(path, &source::read(path)?)?)
}

/// Carries a saved plan out. `request` is the plan's own, with the configuration read again.
///
/// A role that changes under the run is left as it is then, and its step ends as stale: what would
/// have to be done now is another plan.
///
/// # Errors
/// When nothing was begun: the sandbox is protected, the files, the account or the roles are not
/// those of the plan, or a read fails. What happens after the first write stands in the outcome.
pub async fn apply_plan(
    account: &impl Iam,
    saved: &SavedPlan,
    request: &CreateRequest,
    watcher: &dyn Watcher,
    interrupt: &Interrupt,
) -> Result<ChangeOutcome, OpError> {
    check_protection(request)?;
    let preparation = prepare(&request.wanted).map_err(|error| match error {
        OpError::Findings(findings) => {
            changed(saved, &findings.sources).unwrap_or(OpError::Findings(findings))
        }
        error => error,
    })?;
    if let Some(changed) = changed(saved, &preparation.findings.sources) {
        return Err(changed);
    }
    let is_right = |identity: &Identity| Ok(saved.check_account(identity)?);
    let now = plan_prepared(account, request, preparation, watcher, is_right).await?;
    saved.check_steps(&now.plan)?;
    let approved = is_approved(watcher, interrupt, (&now.identity, &now.plan)).await;
    let steps = if approved && now.plan.obstructed().next().is_none() {
        let ended = converge(account, now.plan, Purpose::AsPlanned, watcher, interrupt).await;
        ended.into_iter().map(ended_for_good).collect()
    } else {
        not_begun(now.plan)
    };
    let resumption = if steps.iter().any(|step| step.written) {
        Resumption::NewPlan
    } else {
        Resumption::Again
    };
    Ok(ChangeOutcome {
        identity: now.identity,
        sandbox: now.sandbox,
        roles: role_lines(&steps, now.provided),
        steps,
        findings: now.findings,
        calls: account.calls(),
        interrupted: interrupt.is_asked(),
        resumption,
    })
}

fn changed(saved: &SavedPlan, now: &Sources) -> Option<OpError> {
    saved.check_files(now).err().map(OpError::from)
}

/// A step as it ends where nothing is planned anew.
fn ended_for_good(mut outcome: StepOutcome) -> StepOutcome {
    if outcome.status == Status::Stale {
        outcome.help = Some(error::NEW_PLAN.to_owned());
    }
    outcome
}

#[cfg(test)]
mod tests;
