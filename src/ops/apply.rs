use futures_util::{StreamExt, stream};

use super::observe::CONCURRENCY;
use super::{Interrupt, Status, StepOutcome, Watcher};
use crate::iam::{Fault, Iam, IamError, NewRole};
use crate::model::RoleName;
use crate::plan::{Operation, Step};

/// Carries steps out, a few roles at a time; the operations of a role one after the other.
///
/// Decides nothing: each operation is compared, called and reported as it stands in the step.
/// A step whose role changed meanwhile ends as stale, and is planned anew by who called.
pub(super) async fn apply(
    account: &impl Iam,
    steps: Vec<Step>,
    watcher: &dyn Watcher,
    interrupt: &Interrupt,
) -> Vec<StepOutcome> {
    let running = steps.into_iter().map(|step| async move {
        if !step.operations.is_empty() {
            watcher.begins(&step);
        }
        let outcome = carry_out(account, step, interrupt).await;
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

async fn carry_out(account: &impl Iam, step: Step, interrupt: &Interrupt) -> StepOutcome {
    let mut outcome = StepOutcome {
        step,
        status: Status::Done,
        error: None,
        help: None,
        written: false,
    };
    let operations = outcome.step.operations.clone();
    for operation in &operations {
        if interrupt.is_asked() {
            outcome.status = if outcome.written {
                Status::Failed
            } else {
                Status::Skipped
            };
            outcome.error = Some("stopped by the user".to_owned());
            break;
        }
        match perform(account, &outcome.step.role, operation).await {
            Ok(Performed::Done) => outcome.written |= operation.is_write(),
            Ok(Performed::Stale(error)) => {
                outcome.status = Status::Stale;
                outcome.error = Some(error);
                outcome.help = Some(Fault::Conflict.help().to_owned());
                break;
            }
            Err(error) => {
                // A write without an answer may have been carried out all the same.
                outcome.written |= operation.is_write() && error.fault == Fault::Unreachable;
                outcome.status = Status::Failed;
                outcome.help = Some(error.fault.help().to_owned());
                outcome.error = Some(error.to_string());
                break;
            }
        }
    }
    outcome
}

enum Performed {
    Done,
    Stale(String),
}

async fn perform(account: &impl Iam, role: &RoleName, operation: &Operation) -> Result<Performed, IamError> {
    let result = match operation {
        Operation::ExpectTags(expected) => {
            let tags = account.list_role_tags(role).await?;
            return Ok(match tags {
                Some(tags) if tags == *expected => Performed::Done,
                Some(_) => Performed::Stale(format!("the tags of `{role}` were changed by another run")),
                None => Performed::Stale(format!("`{role}` was deleted by another run")),
            });
        }
        Operation::Create {
            trust,
            tags,
            boundary,
            description,
        } => {
            let new = NewRole {
                name: role,
                trust,
                tags,
                boundary: boundary.as_ref(),
                description: description.as_deref(),
            };
            account.create_role(&new).await
        }
        Operation::Tag(tags) => account.tag_role(role, tags).await,
        Operation::Untag(keys) => account.untag_role(role, keys).await,
        Operation::UpdateTrust(trust) => account.update_trust(role, trust).await,
        Operation::PutPolicy { name, policy } => account.put_inline_policy(role, name, policy).await,
        Operation::DeletePolicy(name) => gone_is_fine(account.delete_inline_policy(role, name).await),
        Operation::Attach(arn) => account.attach_managed_policy(role, arn).await,
        Operation::SetBoundary(arn) => account.put_boundary(role, arn).await,
        Operation::Detach(arn) => gone_is_fine(account.detach_managed_policy(role, arn).await),
        Operation::LeaveInstanceProfile(profile) => {
            gone_is_fine(account.remove_from_instance_profile(role, profile).await)
        }
        Operation::Delete => gone_is_fine(account.delete_role(role).await),
    };
    match result {
        Ok(()) => Ok(Performed::Done),
        Err(error)
            if matches!(
                error.fault,
                Fault::AlreadyExists | Fault::NotFound | Fault::Conflict
            ) =>
        {
            Ok(Performed::Stale(error.to_string()))
        }
        Err(error) => Err(error),
    }
}

/// What was to be removed and is not there has been removed.
fn gone_is_fine(result: Result<(), IamError>) -> Result<(), IamError> {
    match result {
        Err(error) if error.fault == Fault::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
