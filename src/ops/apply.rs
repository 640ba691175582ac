//! The calls that a [`Reconciliation`] asks for.

use std::rc::Rc;

use futures_util::future::{try_join, try_join_all};

use super::{Interrupt, OpError};
use crate::iam::{Fault, Iam, IamError, IamResult, NewRole, PolicyVersion, RoleDetail};
use crate::intent::{Document, RoleSpec};
use crate::model::{Arn, RoleName};
use crate::plan::reading::{Found, Read, Reading, RoleHead};
use crate::plan::reconciliation::{Answer, Call, Progress};
use crate::plan::{Operation, Reconciliation};

/// Reads a role until it can be decided on.
pub(super) async fn observe(account: &impl Iam, run: &mut Reconciliation<'_>) -> IamResult<()> {
    while let Progress::Reading = run.progress() {
        let calls = run.calls();
        let answers = calls.iter().map(|call| make(account, run.name(), call));
        for (call, answer) in calls.iter().zip(try_join_all(answers).await?) {
            run.answer(call, answer);
        }
    }
    Ok(())
}

/// Reads a role until it is decided what must happen to it.
pub(super) async fn decide(account: &impl Iam, run: &mut Reconciliation<'_>) -> Result<(), OpError> {
    loop {
        observe(account, run).await?;
        match run.progress() {
            Progress::Observed(_) => run.decide()?,
            _ => return Ok(()),
        }
    }
}

/// Why a step was not carried out to its end, other than that the role changed.
pub(super) enum Halt {
    /// The user stopped it.
    Interrupted,
    /// A call failed.
    Failed(IamError),
}

/// Carries a step out until it ends, meets another run or stops.
///
/// Decides nothing: each operation is called and reported as it stands in the step.
pub(super) async fn carry_out(
    account: &impl Iam,
    run: &mut Reconciliation<'_>,
    interrupt: &Interrupt,
) -> Option<Halt> {
    while let Progress::Carrying(_) = run.progress() {
        for call in run.calls() {
            if interrupt.is_asked() {
                return Some(Halt::Interrupted);
            }
            match make(account, run.name(), &call).await {
                Ok(answer) => run.answer(&call, answer),
                Err(error) => {
                    // A write without an answer may have been carried out all the same.
                    if error.fault == Fault::Unreachable {
                        run.lose_answer(&call);
                    }
                    return Some(Halt::Failed(error));
                }
            }
        }
    }
    None
}

async fn make(account: &impl Iam, role: &RoleName, call: &Call) -> IamResult<Answer> {
    match call {
        Call::Read(read) => find(account, role, read).await.map(Answer::Found),
        Call::Perform(operation) => perform(account, role, operation).await,
    }
}

/// Reads what is still to be known of a role; nothing of one that is gone.
pub(super) async fn read(
    account: &impl Iam,
    name: &RoleName,
    mut reading: Reading,
) -> IamResult<Option<RoleSpec>> {
    loop {
        let pending: Vec<Read> = reading.pending().cloned().collect();
        if pending.is_empty() {
            return Ok(reading.into_role().map(Rc::unwrap_or_clone));
        }
        let answers = pending.iter().map(|read| find(account, name, read));
        for found in try_join_all(answers).await? {
            reading.answer(found);
        }
    }
}

async fn find(account: &impl Iam, role: &RoleName, read: &Read) -> IamResult<Found> {
    Ok(match read {
        Read::Role => Found::Role(account.get_role(role).await?.map(head)),
        Read::PolicyNames => Found::PolicyNames(account.list_inline_policies(role).await?),
        Read::ManagedPolicies => Found::ManagedPolicies(account.list_managed_policies(role).await?),
        Read::Namesake(arn) => Found::Namesake(arn.clone(), namesake(account, arn).await?),
        Read::InstanceProfiles => Found::InstanceProfiles(account.list_instance_profiles(role).await?),
        Read::Policy(policy) => {
            let text = account.get_inline_policy(role, policy).await?;
            Found::Policy(policy.clone(), text.as_deref().map(Document::read))
        }
    })
}

/// How often a managed policy is held, and its versions beside the one in force.
async fn namesake(account: &impl Iam, arn: &Arn) -> IamResult<Option<(u64, Vec<String>)>> {
    let (uses, versions) = try_join(account.policy_uses(arn), account.list_policy_versions(arn)).await?;
    let others = |versions: Vec<PolicyVersion>| {
        let others = versions.into_iter().filter(|version| !version.is_default);
        others.map(|version| version.id).collect()
    };
    Ok(uses.zip(versions.map(others)))
}

/// What is known of a role by its detail.
pub(super) fn head(detail: RoleDetail) -> RoleHead {
    RoleHead {
        name: detail.summary.name,
        arn: detail.summary.arn,
        trust: Document::read(&detail.trust),
        boundary: detail.boundary,
        created: detail.summary.created,
        tags: detail.tags,
    }
}

async fn perform(account: &impl Iam, role: &RoleName, operation: &Operation) -> IamResult<Answer> {
    let result = match operation {
        Operation::ExpectTags(_) => {
            return Ok(Answer::Tags(account.list_role_tags(role).await?));
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
        Operation::DeletePolicyVersion { policy, version } => {
            gone_is_fine(account.delete_policy_version(policy, version).await)
        }
        Operation::DeleteManagedPolicy(policy) => gone_is_fine(account.delete_policy(policy).await),
        Operation::LeaveInstanceProfile(profile) => {
            gone_is_fine(account.remove_from_instance_profile(role, profile).await)
        }
        Operation::Delete => gone_is_fine(account.delete_role(role).await),
    };
    match result {
        Ok(()) => Ok(Answer::Done),
        Err(error)
            if matches!(
                error.fault,
                Fault::AlreadyExists | Fault::NotFound | Fault::Conflict
            ) =>
        {
            Ok(Answer::Refused(error.to_string()))
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
