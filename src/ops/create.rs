use super::converge::{converge, look, warnings};
use super::diff::check_gate;
use super::observe::{Placed, identity, roles_of_run};
use super::preparation::{Needed, Preparation, context, prepare};
use super::provided::{Kept, kept};
use super::quota::room;
use super::{
    ChangeOutcome, CreateRequest, Findings, Interrupt, OpError, PlanOutcome, Protection, Resumption,
    StepOutcome, Watcher, is_approved, role_lines,
};
use crate::diagnostic::Diagnostic;
use crate::iam::{Iam, RoleSummary};
use crate::model::{Context, Identity};
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
    let mut run = Run::begin(account, request, preparation, watcher, is_right).await?;
    let plan = run.plan(account, watcher).await?;
    Ok(PlanOutcome {
        identity: run.identity,
        sandbox: request.wanted.sandbox.clone(),
        plan,
        provided: run.kept.lines,
        findings: run.preparation.findings,
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
    check_protection(request)?;
    let preparation = prepare(&request.wanted)?;
    let mut run = Run::begin(account, request, preparation, watcher, |_| Ok(())).await?;
    let plan = run.plan(account, watcher).await?;
    let approved = is_approved(watcher, interrupt, (&run.identity, &plan)).await;
    let steps = if approved && plan.obstructed().next().is_none() {
        converge(account, plan, Purpose::Serve(run.intention()), watcher, interrupt).await
    } else {
        not_begun(plan)
    };
    Ok(ChangeOutcome {
        identity: run.identity,
        sandbox: request.wanted.sandbox.clone(),
        roles: role_lines(&steps, run.kept.lines),
        steps,
        findings: run.preparation.findings,
        calls: account.calls(),
        interrupted: interrupt.is_asked(),
        resumption: Resumption::Again,
    })
}

/// A request in its account: what the topologies need there, and what is there of it.
struct Run<'a> {
    request: &'a CreateRequest,
    /// Its findings grow with what only the account can tell.
    preparation: Preparation,
    identity: Identity,
    context: Context,
    needed: Needed,
    kept: Kept,
    /// How many roles the account has.
    listed: usize,
    /// The roles that the run may write to.
    roles: Vec<Placed>,
}

impl<'a> Run<'a> {
    /// Says what was found in the files, and looks where in the account the request belongs.
    async fn begin(
        account: &impl Iam,
        request: &'a CreateRequest,
        preparation: Preparation,
        watcher: &dyn Watcher,
        is_right: impl FnOnce(&Identity) -> Result<(), OpError>,
    ) -> Result<Self, OpError> {
        let wanted = &request.wanted;
        watcher.findings(&preparation.findings);
        let (identity, listed) = locate(account).await?;
        is_right(&identity)?;
        let context = context(wanted, &identity)?;
        let needed = preparation.needed(wanted, &context)?;
        let kept = kept(account, (&preparation, wanted), (&context, &needed), &listed).await?;
        Ok(Self {
            roles: roles_to_write(&listed, request, (&needed, &kept)),
            listed: listed.len(),
            request,
            preparation,
            identity,
            context,
            needed,
            kept,
        })
    }

    fn intention(&self) -> Intention<'_> {
        Intention {
            recipes: self.preparation.recipes(&self.needed.files),
            context: &self.context,
            topologies: &self.needed.shares,
            kinds: &self.request.wanted.kinds,
            business: Business::Own,
            adoption: self.request.adoption,
            regions: Regions::Ours,
            lifetime: self.request.lifetime,
        }
    }

    /// Looks at the roles and decides what must happen to them.
    async fn plan(&mut self, account: &impl Iam, watcher: &dyn Watcher) -> Result<Plan, OpError> {
        let looked = look(account, self.intention(), &self.roles).await;
        let plan = looked.map_err(|error| self.preparation.placed(error))?;
        check_gate(&plan, self.request.gate)?;
        let room = room(account, &plan, self.listed).await?;
        self.say(&plan, room, watcher);
        Ok(plan)
    }

    /// Says what only the account could tell, and has not been said of the files alone.
    fn say(&mut self, plan: &Plan, room: Vec<Diagnostic>, watcher: &dyn Watcher) {
        let said = &mut self.preparation.findings;
        let mut diagnostics = warnings(plan, &self.needed.shares);
        diagnostics.extend(room);
        diagnostics.extend(self.kept.diagnostics.iter().cloned());
        diagnostics.retain(|found| !said.diagnostics.contains(found));
        if !diagnostics.is_empty() {
            watcher.findings(&Findings {
                diagnostics: diagnostics.clone(),
                sources: said.sources.clone(),
            });
        }
        said.diagnostics.extend(diagnostics);
    }
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

pub(super) async fn locate(account: &impl Iam) -> Result<(Identity, Vec<RoleSummary>), OpError> {
    let listed = account.list_roles().await?;
    let identity = identity(account, &listed).await?;
    Ok((identity, listed))
}

/// Every step that would have changed something, as skipped.
pub(super) fn not_begun(plan: Plan) -> Vec<StepOutcome> {
    plan.steps.into_iter().map(StepOutcome::not_begun).collect()
}
