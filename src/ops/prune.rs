//! The sandboxes that nobody is meant to need any more: found, asked about, and taken down.
//!
//! One listing, and one read a role, tell which they are. Before a sandbox is taken down its roles are
//! read again: one that was prolonged or made anew meanwhile stays. Sandboxes go one after the other;
//! one that fails does not stop the others.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::all::{InSandbox, is_of_account, sandboxes};
use super::converge::{converge, decided};
use super::create::locate;
use super::delete::{left_alone, undescribed};
use super::observe::{CONCURRENCY, Placed};
use super::{
    Approval, Failure, FanOut, Findings, Follower, Interrupt, Making, OpError, StepOutcome, Touched, is_given,
};
use crate::diagnostic::Diagnostic;
use crate::grants::Matrix;
use crate::iam::{Iam, IamError, RoleDetail, RoleSummary};
use crate::intent::ownership::{Ownership, ownership};
use crate::model::{Identity, Namespace, Period, RoleName, Sandbox};
use crate::plan::{
    Adoption, Facts, Obstacle, Plan, Purpose, Reconciliation, Selection, Step, Teardown, Verdict, judge,
};
use crate::source::{self, Reach};
use crate::topology;

/// What `prune` is asked for.
#[derive(Debug, Clone)]
pub struct PruneRequest {
    /// The time, in seconds since 1970.
    pub now: i64,
    /// Sandboxes that were meant to live until now at most.
    pub expired: bool,
    /// Sandboxes in which nothing was created within this time.
    pub older_than: Option<Period>,
    /// Sandboxes whose topologies are found neither in this directory nor below it.
    pub orphans_of: Option<PathBuf>,
    /// How roles are made: those that somebody else keeps are none of a sandbox's.
    pub making: Making,
}

/// What `prune` gives: a `T` for each role of the sandboxes that go.
#[derive(Debug, Clone)]
pub struct Pruned<T> {
    /// What becomes of the sandboxes that go.
    pub fan: FanOut<T>,
    /// Why they go.
    pub reasons: BTreeMap<Sandbox, Vec<String>>,
    /// The sandboxes that stay although something that was asked about applies to them, and why.
    pub kept: BTreeMap<Sandbox, String>,
}

/// A sandbox that is about to go.
#[derive(Debug, Clone)]
pub struct Doomed {
    /// The sandbox.
    pub sandbox: Sandbox,
    /// How many roles it has.
    pub roles: usize,
    /// Why it goes.
    pub reasons: Vec<String>,
}

/// Who is asked before sandboxes go.
pub trait Pruner {
    /// The sandboxes are found: whether they may go.
    fn approve(&self, identity: &Identity, doomed: &[Doomed]) -> Approval;
}

/// Which sandboxes would be taken down, and what with them.
///
/// # Errors
/// When the topologies hold errors, or the roles cannot be listed and read.
pub async fn plan_prune(
    account: &impl Iam,
    request: &PruneRequest,
    follower: &dyn Follower,
) -> Result<Pruned<Step>, OpError> {
    let visit = async |_: Going<'_>, plan: Plan| plan.steps;
    let session = (follower, &Interrupt::default());
    over(account, request, session, None, visit, |_| {}).await
}

/// Takes the sandboxes down that nobody is meant to need any more.
///
/// # Errors
/// When the run did not begin: the topologies hold errors, or the roles cannot be listed and read.
pub async fn prune(
    account: &impl Iam,
    request: &PruneRequest,
    pruner: &dyn Pruner,
    (follower, interrupt): (&dyn Follower, &Interrupt),
) -> Result<Pruned<StepOutcome>, OpError> {
    let visit = async |(identity, sandbox, found): Going<'_>, plan: Plan| {
        follower.planned(identity, sandbox, &plan);
        let (obstructed, steps) = plan.steps.into_iter().partition(|step| step.obstacle.is_some());
        let purpose = Purpose::TakeDown(found.teardown(sandbox));
        let mut outcomes = converge(account, Plan { steps }, purpose, &InSandbox(follower), interrupt).await;
        outcomes.extend(left_alone(Plan { steps: obstructed }));
        outcomes.sort_by(|a, b| a.step.role.cmp(&b.step.role));
        outcomes
    };
    let ended = |touched: &Touched<StepOutcome>| follower.changed(touched);
    over(
        account,
        request,
        (follower, interrupt),
        Some(pruner),
        visit,
        ended,
    )
    .await
}

/// A sandbox that goes, with the account.
type Going<'a> = (&'a Identity, &'a Sandbox, &'a Found);

/// Finds the sandboxes, and does with the plan of each that goes what is to be done.
async fn over<T>(
    account: &impl Iam,
    request: &PruneRequest,
    (follower, interrupt): (&dyn Follower, &Interrupt),
    pruner: Option<&dyn Pruner>,
    visit: impl AsyncFn(Going<'_>, Plan) -> Vec<T>,
    touched: impl Fn(&Touched<T>),
) -> Result<Pruned<T>, OpError> {
    let selection = selection(request, follower)?;
    let (identity, listed) = locate(account).await?;
    let mut outcome = Pruned {
        fan: FanOut::over(identity),
        reasons: BTreeMap::new(),
        kept: BTreeMap::new(),
    };
    let all = find(account, (request, &selection), &listed, &mut outcome).await?;
    outcome.fan.not_begun = all.len();
    let doomed: Vec<Doomed> = all.iter().map(|(sandbox, found)| found.doomed(sandbox)).collect();
    let may_go = match pruner.filter(|_| !doomed.is_empty()) {
        Some(pruner) => is_given(pruner.approve(&outcome.fan.identity, &doomed), interrupt).await,
        None => true,
    };
    if may_go {
        follower.counted(all.len());
    }
    for (sandbox, found) in all.iter().filter(|_| may_go) {
        if interrupt.is_asked() {
            break;
        }
        follower.begins(sandbox);
        outcome.fan.not_begun -= 1;
        let is_changed = |step: &Step| step.obstacle == Some(Obstacle::ChangedMeanwhile);
        let (steps, failure) = match found.plan(account, sandbox).await {
            Ok(plan) if !plan.steps.iter().any(is_changed) => {
                let going = (&outcome.fan.identity, sandbox, found);
                (visit(going, plan).await, None)
            }
            Ok(_) => {
                let why = "was changed after it was listed".to_owned();
                outcome.kept.insert(sandbox.clone(), why);
                follower.ended();
                continue;
            }
            Err(error) => (Vec::new(), Some(error)),
        };
        let is_over = failure.as_ref().is_some_and(is_of_account);
        let one = Touched {
            sandbox: sandbox.clone(),
            steps,
            failure: failure.as_ref().map(Failure::of),
        };
        touched(&one);
        outcome.reasons.insert(sandbox.clone(), found.reasons.clone());
        outcome.fan.sandboxes.push(one);
        follower.ended();
        if is_over {
            break;
        }
    }
    outcome.fan.calls = account.calls();
    outcome.fan.interrupted = interrupt.is_asked();
    Ok(outcome)
}

/// What is asked for, with the topologies that there are.
fn selection(request: &PruneRequest, follower: &dyn Follower) -> Result<Selection, OpError> {
    let known = request.orphans_of.as_deref();
    Ok(Selection {
        now: request.now,
        expired: request.expired,
        older_than: request.older_than,
        orphans: known
            .map(|directory| known_topologies(directory, follower))
            .transpose()?,
    })
}

/// The names of the topologies in a directory and below it, of which there is at least one. One that
/// cannot be read could be any.
fn known_topologies(directory: &Path, follower: &dyn Follower) -> Result<BTreeSet<Namespace>, OpError> {
    let loaded = source::load(directory, Reach::Below)?;
    let reading = topology::parse(
        &loaded.sources,
        &loaded.project,
        &Matrix::built_in()?.integrations,
    );
    let findings = Findings {
        sources: loaded.sources,
        diagnostics: reading.diagnostics,
    };
    let is_wrong = findings.diagnostics.iter().any(Diagnostic::is_error);
    let names: BTreeSet<Namespace> = reading
        .topologies
        .into_iter()
        .map(|topology| topology.name.value)
        .collect();
    if is_wrong || names.is_empty() {
        return Err(OpError::Findings(Box::new(findings)));
    }
    follower.findings(&findings);
    Ok(names)
}

/// The sandboxes that go, by name. Those that stay are counted, and named where something speaks for
/// their going.
async fn find<T>(
    account: &impl Iam,
    (request, selection): (&PruneRequest, &Selection),
    listed: &[RoleSummary],
    pruned: &mut Pruned<T>,
) -> Result<Vec<(Sandbox, Found)>, OpError> {
    let mut all = sandboxes(&request.making, listed);
    all.retain(|sandbox, _| {
        if sandbox.is_protected() {
            pruned.fan.protected.push(sandbox.clone());
        }
        !sandbox.is_protected()
    });
    let roles = all
        .into_iter()
        .flat_map(|(sandbox, roles)| roles.into_iter().map(move |role| (sandbox.clone(), role)));
    let mut found: BTreeMap<Sandbox, Found> = BTreeMap::new();
    for (sandbox, role, facts) in facts(account, roles.collect()).await? {
        found.entry(sandbox).or_default().add(role, facts);
    }
    let mut doomed = Vec::new();
    for (sandbox, mut one) in found {
        let mut verdict = one.judged(selection, &sandbox);
        if matches!(verdict, Some(Verdict::Goes(_))) {
            let more = undescribed(account, listed, &sandbox).await?.into_iter();
            let more = more.map(|role| (sandbox.clone(), role)).collect();
            for (_, role, facts) in facts(account, more).await? {
                one.add(role, facts);
            }
            verdict = one.judged(selection, &sandbox);
        }
        match verdict {
            Some(Verdict::Goes(reasons)) => doomed.push((sandbox, Found { reasons, ..one })),
            Some(Verdict::Stays(Some(why))) => drop(pruned.kept.insert(sandbox, why)),
            Some(Verdict::Stays(None)) => pruned.fan.unchanged += 1,
            None => {}
        }
    }
    Ok(doomed)
}

/// What roles tell of their use; those that are gone are left out.
async fn facts(
    account: &impl Iam,
    roles: Vec<(Sandbox, Placed)>,
) -> Result<Vec<(Sandbox, Placed, Facts)>, OpError> {
    let reads = roles.into_iter().map(|(sandbox, (id, name))| async move {
        let detail = account.get_role(&name).await?;
        Ok::<_, IamError>(detail.map(|detail| (sandbox, (id, name), facts_of(&detail))))
    });
    let found: Vec<Option<_>> = stream::iter(reads.collect::<Vec<_>>())
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

fn facts_of(detail: &RoleDetail) -> Facts {
    Facts {
        created: detail.summary.created,
        last_used: detail.last_used,
        tags: detail.tags.clone(),
    }
}

/// The roles that say by their names or descriptions that they are a sandbox's.
#[derive(Default)]
struct Found {
    roles: Vec<Placed>,
    facts: BTreeMap<RoleName, Facts>,
    reasons: Vec<String>,
}

impl Found {
    fn add(&mut self, role: Placed, facts: Facts) {
        self.facts.insert(role.1.clone(), facts);
        self.roles.push(role);
    }

    /// The roles that are tcperm's, for this sandbox.
    fn ours(&self, sandbox: &Sandbox) -> BTreeMap<RoleName, Facts> {
        let is_ours = |facts: &Facts| ownership(sandbox, &facts.tags) == Ownership::Ours;
        let ours = self.facts.iter().filter(|(_, facts)| is_ours(facts));
        ours.map(|(name, facts)| (name.clone(), facts.clone())).collect()
    }

    /// What becomes of the sandbox; `None` where no role of it is tcperm's.
    fn judged(&self, selection: &Selection, sandbox: &Sandbox) -> Option<Verdict> {
        let ours = self.ours(sandbox);
        (!ours.is_empty()).then(|| judge(selection, &ours))
    }

    fn doomed(&self, sandbox: &Sandbox) -> Doomed {
        Doomed {
            sandbox: sandbox.clone(),
            roles: self.ours(sandbox).len(),
            reasons: self.reasons.clone(),
        }
    }

    /// What takes the sandbox down, as it was listed.
    const fn teardown<'f>(&'f self, sandbox: &'f Sandbox) -> Teardown<'f> {
        Teardown {
            sandbox,
            adoption: Adoption::Refuse,
            as_listed: Some(&self.facts),
        }
    }

    /// What takes the sandbox down; a role that is not any more what was listed is in the way.
    async fn plan(&self, account: &impl Iam, sandbox: &Sandbox) -> Result<Plan, OpError> {
        let purpose = Purpose::TakeDown(self.teardown(sandbox));
        let roles = self.roles.iter().cloned();
        let runs = roles.map(|(id, name)| Reconciliation::with(purpose, id, name));
        decided(account, runs).await
    }
}
