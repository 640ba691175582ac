use super::converge::{converge, look, warnings};
use super::observe::{Placed, identity, roles_of_run};
use super::preparation::{Needed, Preparation, context, prepare};
use super::provided::{Kept, kept};
use super::quota::room;
use super::{
    ChangeOutcome, CreateRequest, Findings, Interrupt, OpError, PlanOutcome, Protection, Resumption,
    RoleLine, StepOutcome, Watcher, is_approved, role_lines,
};
use crate::diagnostic::Diagnostic;
use crate::iam::{Iam, RoleSummary};
use crate::model::Identity;
use crate::plan::{Business, Intention, Plan, Purpose, Regions};

/// What would be done to bring the sandbox's roles to what the topology needs.
///
/// # Errors
/// When the files hold errors, a limit would be passed, or a call fails.
pub async fn plan(
    account: &impl Iam,
    request: &CreateRequest,
    watcher: &dyn Watcher,
) -> Result<PlanOutcome, OpError> {
    plan_prepared(account, request, prepare(&request.wanted)?, watcher, |_| Ok(())).await
}

/// What would be done for topologies that were read, in an account that is the right one.
pub(super) async fn plan_prepared(
    account: &impl Iam,
    request: &CreateRequest,
    preparation: Preparation,
    watcher: &dyn Watcher,
    is_right: impl FnOnce(&Identity) -> Result<(), OpError>,
) -> Result<PlanOutcome, OpError> {
    watcher.findings(&preparation.findings);
    let (identity, listed) = locate(account).await?;
    is_right(&identity)?;
    let context = context(&request.wanted, &identity)?;
    let needed = preparation.needed(&request.wanted, &context)?;
    let sought = (&preparation, &request.wanted);
    let kept = kept(account, sought, (&context, &needed), &listed).await?;
    let roles = roles_to_write(&listed, request, (&needed, &kept));
    let intention = Intention {
        recipes: preparation.recipes(&needed.files),
        context: &context,
        topologies: &needed.shares,
        kinds: &request.wanted.kinds,
        business: Business::Own,
        adoption: request.adoption,
        regions: Regions::Ours,
        lifetime: request.lifetime,
    };
    let plan = look(account, intention, &roles)
        .await
        .map_err(|error| preparation.placed(error))?;
    let room = room(account, &plan, listed.len()).await?;
    let said = say((&plan, &needed), (&kept, room), &preparation.findings, watcher);
    Ok(PlanOutcome {
        identity,
        sandbox: request.wanted.sandbox.clone(),
        plan,
        provided: kept.lines,
        findings: preparation.findings.and(said),
        calls: account.calls(),
    })
}

/// Brings the sandbox's roles to what the topology needs.
///
/// Idempotent, and right again after whatever stopped it. A role in the way that is not
/// tcperm's stops the run before the first write.
///
/// # Errors
/// When the run did not begin: the files hold errors, the sandbox is protected, a limit would
/// be passed, or a read fails. What happens after the first write stands in the outcome.
pub async fn create(
    account: &impl Iam,
    request: &CreateRequest,
    watcher: &dyn Watcher,
    interrupt: &Interrupt,
) -> Result<ChangeOutcome, OpError> {
    let wanted = &request.wanted;
    check_protection(request)?;
    let preparation = prepare(wanted)?;
    watcher.findings(&preparation.findings);
    let (identity, listed) = locate(account).await?;
    let context = context(wanted, &identity)?;
    let needed = preparation.needed(wanted, &context)?;
    let kept = kept(account, (&preparation, wanted), (&context, &needed), &listed).await?;
    let roles = roles_to_write(&listed, request, (&needed, &kept));
    let intention = Intention {
        recipes: preparation.recipes(&needed.files),
        context: &context,
        topologies: &needed.shares,
        kinds: &wanted.kinds,
        business: Business::Own,
        adoption: request.adoption,
        regions: Regions::Ours,
        lifetime: request.lifetime,
    };
    let plan = look(account, intention, &roles)
        .await
        .map_err(|error| preparation.placed(error))?;
    let room = room(account, &plan, listed.len()).await?;
    let said = say((&plan, &needed), (&kept, room), &preparation.findings, watcher);
    let approved = is_approved(watcher, interrupt, (&identity, &plan)).await;
    let steps = if approved && plan.obstructed().next().is_none() {
        converge(account, plan, Purpose::Serve(intention), watcher, interrupt).await
    } else {
        not_begun(plan)
    };
    let findings = preparation.findings.and(said);
    Ok(outcome(
        account,
        identity,
        request,
        findings,
        (steps, kept.lines),
        interrupt,
    ))
}

/// The roles that a run may write to. Where fixed roles are used, base roles that are there from
/// before are nobody's business.
fn roles_to_write(
    listed: &[RoleSummary],
    request: &CreateRequest,
    (needed, kept): (&Needed, &Kept),
) -> Vec<Placed> {
    let wanted = &request.wanted;
    let mut roles = roles_of_run(listed, &wanted.sandbox, &needed.shares, request.lifetime);
    let is_fixed = wanted.making.fixed.is_some();
    roles.retain(|(id, name)| !kept.holds(name, needed) && (id.owner.is_some() || !is_fixed));
    roles
}

/// Refuses to change a protected sandbox, unless the user has lifted that.
pub(super) fn check_protection(request: &CreateRequest) -> Result<(), OpError> {
    let sandbox = &request.wanted.sandbox;
    if sandbox.is_protected() && request.protection == Protection::Kept {
        return Err(OpError::Protected {
            sandbox: sandbox.to_string(),
            variable: "TC_FORCE_DEPLOY",
        });
    }
    Ok(())
}

/// Says what only the account could tell, and has not been said of the files alone.
fn say(
    (plan, needed): (&Plan, &Needed),
    (kept, room): (&Kept, Vec<Diagnostic>),
    said: &Findings,
    watcher: &dyn Watcher,
) -> Vec<Diagnostic> {
    let mut diagnostics = warnings(plan, &needed.shares);
    diagnostics.extend(room);
    diagnostics.extend(kept.diagnostics.iter().cloned());
    diagnostics.retain(|found| !said.diagnostics.contains(found));
    if !diagnostics.is_empty() {
        watcher.findings(&Findings {
            diagnostics: diagnostics.clone(),
            sources: said.sources.clone(),
        });
    }
    diagnostics
}

pub(super) async fn locate(account: &impl Iam) -> Result<(Identity, Vec<RoleSummary>), OpError> {
    let listed = account.list_roles().await?;
    let identity = identity(account, &listed).await?;
    Ok((identity, listed))
}

/// Every step that would have changed something, as skipped.
pub(super) fn not_begun(plan: Plan) -> Vec<StepOutcome> {
    plan.steps.into_iter().map(StepOutcome::not_begun).collect()
}

fn outcome(
    account: &impl Iam,
    identity: Identity,
    request: &CreateRequest,
    findings: Findings,
    (steps, provided): (Vec<StepOutcome>, Vec<RoleLine>),
    interrupt: &Interrupt,
) -> ChangeOutcome {
    ChangeOutcome {
        identity,
        sandbox: request.wanted.sandbox.clone(),
        roles: role_lines(&steps, provided),
        steps,
        findings,
        calls: account.calls(),
        interrupted: interrupt.is_asked(),
        resumption: Resumption::Again,
    }
}
