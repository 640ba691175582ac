//! Every sandbox of an account: what other templates make of its roles, without any topology.
//!
//! A role's tags record what its topologies need, and that is all that the shared documents of a
//! role depend on besides its templates. What a topology alone knows, its exact ARNs, stays as it
//! stands. Sandboxes come one after the other; one that fails does not stop the others.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::apply::observe;
use super::converge::{converge, decided};
use super::create::{locate, not_begun};
use super::observe::{CONCURRENCY, Placed, own_role};
use super::templates::{Making, Surroundings, Team};
use super::{Approval, Findings, Interrupt, OpError, Protection, StepOutcome, Watcher};
use crate::diagnostic::Diagnostic;
use crate::iam::{Fault, Iam, IamError, RoleSummary};
use crate::intent::ownership::{MODE_KEY, MODE_OVERRIDE, MODE_SHARED, Ownership, ownership};
use crate::intent::{Choice, Recipe, Recipes, RoleSpec, Shares};
use crate::model::{Context, Identity, Namespace, RoleId, RoleKind, RoleName, Sandbox, Tags};
use crate::plan::reconciliation::Progress;
use crate::plan::{
    Action, Adoption, Business, Intention, Lifetime, Plan, Purpose, Reconciliation, Regions, Step,
};

/// What `plan --all` and `create --all` are asked for.
#[derive(Debug, Clone)]
pub struct AllRequest {
    /// The kinds of role it is about.
    pub kinds: Vec<RoleKind>,
    /// How roles are made.
    pub surroundings: Surroundings,
    /// Whether protected sandboxes may be changed.
    pub protection: Protection,
}

/// What `plan --all` and `create --all` give: a `T` for each role that is touched.
#[derive(Debug, Clone)]
pub struct FanOut<T> {
    /// The account.
    pub identity: Identity,
    /// The sandboxes with something to do, and those that failed, by name.
    pub sandboxes: Vec<Touched<T>>,
    /// How many sandboxes are as they should be.
    pub unchanged: usize,
    /// The protected sandboxes that were passed over.
    pub protected: Vec<Sandbox>,
    /// The roles that were left because their templates are not at hand.
    pub not_at_hand: Vec<RoleName>,
    /// How many sandboxes were not come to.
    pub not_begun: usize,
    /// How many calls were made.
    pub calls: u64,
    /// Whether the user stopped it.
    pub interrupted: bool,
}

/// A sandbox in which there is something to do, or which failed.
#[derive(Debug, Clone)]
pub struct Touched<T> {
    /// The sandbox.
    pub sandbox: Sandbox,
    /// Its roles with something to do or in the way, by name.
    pub steps: Vec<T>,
    /// Why nothing was decided for it.
    pub failure: Option<Failure>,
}

/// Why nothing was decided for a sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Why.
    pub message: String,
    /// What the user can do about it.
    pub help: Option<String>,
}

/// Who is told how a run over sandboxes goes on.
pub trait Follower {
    /// What was found in the templates, each finding once.
    fn findings(&self, findings: &Findings);
    /// How many sandboxes there are.
    fn counted(&self, sandboxes: usize);
    /// A sandbox is about to be looked at.
    fn begins(&self, sandbox: &Sandbox);
    /// The plan of a sandbox stands, and is about to be carried out.
    fn planned(&self, _: &Identity, _: &Sandbox, _: &Plan) {}
    /// A step of it is about to begin.
    fn step_begins(&self, _: &Step) {}
    /// Something was done in a sandbox, or failed.
    fn changed(&self, sandbox: &Touched<StepOutcome>);
    /// A sandbox has ended.
    fn ended(&self);
}

/// What the templates at hand would change in every sandbox of the account.
///
/// # Errors
/// When the run did not begin: the templates hold errors, or the roles cannot be listed.
pub async fn plan_all(
    account: &impl Iam,
    request: &AllRequest,
    follower: &dyn Follower,
) -> Result<FanOut<Step>, OpError> {
    let visit = async |_: Intention<'_>, plan: Plan| plan.steps;
    let concerns = |step: &Step| step.action != Action::None || step.obstacle.is_some();
    let ended = |_: &Touched<Step>| {};
    let session = (follower, &Interrupt::default());
    let shown = AllRequest {
        protection: Protection::Lifted,
        ..request.clone()
    };
    over(account, &shown, session, visit, concerns, ended).await
}

/// Brings every sandbox of the account to what the templates at hand say.
///
/// Idempotent, and right again after whatever stopped it. A role in the way, and a sandbox that
/// fails, are reported, and the others go on.
///
/// # Errors
/// When the run did not begin: the templates hold errors, or the roles cannot be listed.
pub async fn create_all(
    account: &impl Iam,
    request: &AllRequest,
    follower: &dyn Follower,
    interrupt: &Interrupt,
) -> Result<FanOut<StepOutcome>, OpError> {
    let visit = async |intention: Intention<'_>, plan: Plan| {
        let context = intention.context;
        follower.planned(&context.identity(), &context.sandbox, &plan);
        let (obstructed, steps) = plan.steps.into_iter().partition(|step| step.obstacle.is_some());
        let purpose = Purpose::Serve(intention);
        let watcher = InSandbox(follower);
        let mut outcomes = converge(account, Plan { steps }, purpose, &watcher, interrupt).await;
        outcomes.extend(not_begun(Plan { steps: obstructed }));
        outcomes.sort_by(|a, b| a.step.role.cmp(&b.step.role));
        outcomes
    };
    let concerns = |outcome: &StepOutcome| outcome.step.action != Action::None || outcome.error.is_some();
    let ended = |touched: &Touched<StepOutcome>| follower.changed(touched);
    over(account, request, (follower, interrupt), visit, concerns, ended).await
}

/// Goes over the sandboxes of an account, and does with the plan of each what is to be done.
async fn over<T>(
    account: &impl Iam,
    request: &AllRequest,
    (follower, interrupt): (&dyn Follower, &Interrupt),
    visit: impl AsyncFn(Intention<'_>, Plan) -> Vec<T>,
    concerns: impl Fn(&T) -> bool,
    touched: impl Fn(&Touched<T>),
) -> Result<FanOut<T>, OpError> {
    let team = Team::read(&request.surroundings.making)?;
    follower.findings(&team.findings);
    let (identity, listed) = locate(account).await?;
    request.surroundings.check(&identity)?;
    let all = sandboxes(&request.surroundings.making, &listed);
    follower.counted(all.len());
    let mut fan = FanOut::over(identity);
    fan.not_begun = all.len();
    let mut said = Vec::new();
    for (sandbox, roles) in all {
        if interrupt.is_asked() {
            break;
        }
        follower.begins(&sandbox);
        fan.not_begun -= 1;
        if sandbox.is_protected() && request.protection == Protection::Kept {
            fan.protected.push(sandbox);
            follower.ended();
            continue;
        }
        let context = request.surroundings.context(&fan.identity, &sandbox);
        let looking = Looking {
            account,
            request,
            team: &team,
            context: &context,
        };
        let (steps, failure) = match looking.looked(&roles, &mut fan.not_at_hand).await {
            Ok((choice, plan)) => {
                let is_known = !plan.steps.is_empty();
                let mut steps = visit(looking.intention(choice), plan).await;
                steps.retain(&concerns);
                fan.unchanged += usize::from(is_known && steps.is_empty());
                (steps, None)
            }
            Err(error) => (Vec::new(), Some(team.placed(error))),
        };
        let is_over = failure.as_ref().is_some_and(is_of_account);
        if let Some(OpError::Findings(findings)) = &failure {
            follower.findings(&news(findings, &mut said));
        }
        let one = Touched {
            sandbox,
            steps,
            failure: failure.as_ref().map(Failure::of),
        };
        if one.failure.is_some() || !one.steps.is_empty() {
            touched(&one);
            fan.sandboxes.push(one);
        }
        follower.ended();
        if is_over {
            break;
        }
    }
    fan.calls = account.calls();
    fan.interrupted = interrupt.is_asked();
    Ok(fan)
}

/// The topologies that a run over all sandboxes speaks for.
static NOBODY: BTreeMap<Namespace, Shares> = BTreeMap::new();

/// The sandboxes of the account, by name, with the roles that say they are theirs. Where somebody
/// else keeps the base roles, only the others are ours to make.
pub(super) fn sandboxes(making: &Making, listed: &[RoleSummary]) -> BTreeMap<Sandbox, Vec<Placed>> {
    let keeps_base = making.fixed.is_none();
    let mut found: BTreeMap<Sandbox, Vec<Placed>> = BTreeMap::new();
    for role in listed.iter().filter(|role| !making.is_fixed(&role.name)) {
        let base = role.name.as_base();
        let base = base.map(|(kind, sandbox)| (RoleId::base(kind, &sandbox), sandbox));
        let (id, sandbox) = match base {
            Some(base) if keeps_base => base,
            Some(_) => continue,
            None => match own_role(role) {
                Some((sandbox, id)) => (id, sandbox),
                None => continue,
            },
        };
        found.entry(sandbox).or_default().push((id, role.name.clone()));
    }
    found
}

/// Whether a failure is the account's, so that no other sandbox could be reached.
pub(super) fn is_of_account(error: &OpError) -> bool {
    let OpError::Iam(error) = error else {
        return false;
    };
    matches!(
        error.fault,
        Fault::NoCredentials
            | Fault::ExpiredCredentials
            | Fault::InvalidCredentials
            | Fault::Unreachable
            | Fault::Storage
    )
}

/// What was found, and has not been said before.
fn news(findings: &Findings, said: &mut Vec<Diagnostic>) -> Findings {
    let mut news = findings.clone();
    news.diagnostics.retain(|found| !said.contains(found));
    said.extend(news.diagnostics.iter().cloned());
    news
}

impl Failure {
    pub(super) fn of(error: &OpError) -> Self {
        Self {
            message: error.to_string(),
            help: error.help(),
        }
    }
}

/// A sandbox that is looked at.
struct Looking<'a, A> {
    account: &'a A,
    request: &'a AllRequest,
    team: &'a Team,
    context: &'a Context,
}

impl<A: Iam> Looking<'_, A> {
    fn intention(&self, choice: Choice) -> Intention<'_> {
        Intention {
            recipes: Recipes {
                choice,
                ..self.team.recipes()
            },
            context: self.context,
            topologies: &NOBODY,
            kinds: &self.request.kinds,
            business: Business::Recorded,
            adoption: Adoption::Refuse,
            regions: Regions::AsWritten,
            lifetime: Lifetime::AsItIs,
        }
    }

    /// What must happen to the roles of the sandbox, from which templates; those whose templates are
    /// not at hand are named.
    async fn looked(
        &self,
        roles: &[Placed],
        not_at_hand: &mut Vec<RoleName>,
    ) -> Result<(Choice, Plan), OpError> {
        let mut missing = Vec::new();
        let as_recorded = self.intention(Choice::AsRecorded);
        let in_scope = roles
            .iter()
            .filter(|(id, _)| self.request.kinds.contains(&id.kind));
        let (lost, at_hand): (Vec<&Placed>, Vec<&Placed>) =
            in_scope.partition(|(id, _)| matches!(as_recorded.recipes.of(id, None), Recipe::Missing));
        missing.extend(lost.into_iter().map(|(_, name)| name.clone()));
        let at_hand: Vec<Placed> = at_hand.into_iter().cloned().collect();
        let mut runs = self.observed(as_recorded.reconciliations(&at_hand)).await?;
        let choice = self.choice(roles, &runs).await?;
        let intention = self.intention(choice);
        runs.retain_mut(|run| {
            let tags = observed(run).map(|role| &role.tags);
            let is_missing =
                tags.is_some() && matches!(intention.recipes.of(run.id(), tags), Recipe::Missing);
            if is_missing {
                missing.push(run.name().clone());
            }
            run.turn_to(Purpose::Serve(intention));
            !is_missing
        });
        let plan = decided(self.account, runs).await?;
        missing.sort();
        not_at_hand.extend(missing);
        Ok((choice, plan))
    }

    /// The roles, read as far as a decision needs it.
    async fn observed<'i>(
        &self,
        runs: impl Iterator<Item = Reconciliation<'i>>,
    ) -> Result<Vec<Reconciliation<'i>>, IamError> {
        let reads = runs.map(|mut run| async move {
            observe(self.account, &mut run).await?;
            Ok(run)
        });
        stream::iter(reads.collect::<Vec<_>>())
            .buffered(CONCURRENCY)
            .try_collect()
            .await
    }

    /// From which templates the roles of the sandbox are made: from the team's where one of them was
    /// made from these, so that a template that comes or goes reaches all; else each as it was.
    async fn choice(&self, roles: &[Placed], runs: &[Reconciliation<'_>]) -> Result<Choice, OpError> {
        if self.team.set.roles().next().is_none() {
            return Ok(Choice::AsRecorded);
        }
        let mut seen = runs.iter().filter_map(|run| Some((run.id(), observed(run)?)));
        if seen.any(|(id, role)| self.is_of_team(id, &role.tags)) {
            return Ok(Choice::Strongest);
        }
        let others = roles
            .iter()
            .filter(|(id, _)| !self.request.kinds.contains(&id.kind));
        let reads = others.map(|(id, name)| async move {
            let tags = self.account.list_role_tags(name).await?;
            Ok::<_, IamError>(tags.is_some_and(|tags| self.is_of_team(id, &tags)))
        });
        let found: Vec<bool> = stream::iter(reads.collect::<Vec<_>>())
            .buffered(CONCURRENCY)
            .try_collect()
            .await?;
        Ok(if found.contains(&true) {
            Choice::Strongest
        } else {
            Choice::AsRecorded
        })
    }

    /// Whether a role of the sandbox is made from a template of the set at hand, or was: an own role
    /// can be made from a file that its topology names instead, and tells nothing.
    fn is_of_team(&self, id: &RoleId, tags: &Tags) -> bool {
        let is_ours = ownership(&self.context.sandbox, tags) == Ownership::Ours;
        is_ours
            && match tags.get(MODE_KEY) {
                Some(MODE_SHARED) => true,
                Some(MODE_OVERRIDE) => {
                    let recipe = self.team.recipes().of(id, Some(tags));
                    matches!(recipe, Recipe::Template(_))
                }
                _ => false,
            }
    }
}

/// The role that was read, if it is there and concerns the run.
fn observed<'r>(run: &'r Reconciliation<'_>) -> Option<&'r RoleSpec> {
    match run.progress() {
        Progress::Observed(role) => role,
        _ => None,
    }
}

/// Watches the roles of a sandbox where the sandboxes are followed.
pub(super) struct InSandbox<'a>(pub(super) &'a dyn Follower);

impl Watcher for InSandbox<'_> {
    fn findings(&self, _: &Findings) {}

    fn approve(&self, _: &Identity, _: &Plan) -> Approval {
        Approval::Given
    }

    fn begins(&self, step: &Step) {
        self.0.step_begins(step);
    }

    fn ended(&self, _: &StepOutcome) {}
}

impl<T> FanOut<T> {
    /// That of an account in which nothing was looked at yet.
    pub(super) const fn over(identity: Identity) -> Self {
        Self {
            identity,
            sandboxes: Vec::new(),
            unchanged: 0,
            protected: Vec::new(),
            not_at_hand: Vec::new(),
            not_begun: 0,
            calls: 0,
            interrupted: false,
        }
    }

    /// Whether a sandbox failed, or was not come to.
    #[must_use]
    pub fn has_failures(&self) -> bool {
        self.not_begun > 0 || self.sandboxes.iter().any(|sandbox| sandbox.failure.is_some())
    }

    /// What is touched, of all sandboxes.
    pub fn steps(&self) -> impl Iterator<Item = &T> {
        self.sandboxes.iter().flat_map(|sandbox| &sandbox.steps)
    }
}
