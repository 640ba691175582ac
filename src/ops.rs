//! One operation a verb: sequences the I/O of reading, observing and applying.
//!
//! A request and an account go in, an outcome comes out. Operations decide nothing that
//! [`plan`](crate::plan) could decide and print nothing: who watches is told through
//! [`Watcher`]. Everything that can be checked offline is checked before the first call.

mod acceptance;
mod all;
mod apply;
mod bootstrap;
mod can;
mod check;
mod converge;
mod create;
mod delete;
mod diff;
mod digest;
mod error;
mod explain;
mod graph;
mod history;
mod holders;
mod init;
mod journal;
mod list;
mod live;
mod observe;
mod preparation;
mod prove;
mod provided;
mod prune;
mod quota;
mod render;
mod report;
mod saved;
mod show;
mod templates;
mod testing;

use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::{Either, select};
use tokio::sync::{Notify, oneshot};

use crate::diagnostic::{Diagnostic, Sources};
use crate::grants::Options;
use crate::model::{Arn, Assets, Identity, Namespace, Region, RoleKind, RoleName, Sandbox};
use crate::plan::{Action, Adoption, Lifetime, Plan, Step};
use crate::source::Reach;

pub use acceptance::{Acceptance, AcceptedOf};
pub use all::{AllRequest, Failure, FanOut, Follower, Touched, create_all, plan_all};
pub use bootstrap::{Bootstrap, BootstrapRequest, Caveat, bootstrap_policy};
pub use can::{
    AnsweredRole, Batch, BatchAnswer, BatchDefault, BatchEvent, BatchOutcome, Beside, CanAnswer, CanOutcome,
    CanQuestion, Denial, DenialReason, DeniedLayer, ExplainedDenial, GivenKey, Judge, NamedStatement, Remedy,
    RemedyEdge, can, can_by_policies, codes as can_codes, explain_denial, identity_documents,
    live_holders_explained, needs_resource, read_denial,
};
pub use check::{
    Accepted, Baseline, CheckRequest, Checked, LookedAt, accept, check, check_against, codes as check_codes,
};
pub use create::{create, plan};
pub use delete::{DeleteRequest, Share, delete};
pub use diff::{
    Diff, DiffRequest, DiffSide, Gate, Half, Known as KnownRoles, OnlyIn, Place as RolePlace, PolicyDiff,
    RoleDiff, StepDiff, diff, step_diff,
};
pub use error::{OpError, Widened};
pub use explain::{
    Explained, ExplainedProvided, ExplainedRole, ExplainedStatement, ExplainedTrust, NeededStatement,
    NotGranted, Purpose, Question, Withheld, explain,
};
pub use graph::{Arrow, Cluster, Graph, Label, Node, graph};
pub use history::{History, HistoryRequest, Run, history};
pub use holders::{
    Bound, Exception, HeldDocument, Holder, Holders, LiveRoles, Origin, file_documents, live_holders,
    rendered_holders,
};
pub use init::{InitRequest, Initialized, init};
pub use journal::{
    Begun, Doer, Ended, EndedStep, Journal, Journaled, JournaledAll, Keeper, PlannedStep, Who,
    codes as journal_codes,
};
pub use list::{DriftCheck, ListRequest, ListedRole, ListedSandbox, Listing, QuotaCheck, list};
pub use live::{LiveCheck, check_live, codes as live_codes};
pub use prove::{
    AcceptedReach, Aim, AllowedBy, Between, Claim, Proof, ProofRequest, ProofResult, RoleProof, SharedReach,
    ShownWitness, add_documents, between, live_or_alone, live_to_prove, prove, require_roles,
};
pub use provided::codes as provided_codes;
pub use prune::{Doomed, PruneRequest, Pruned, Pruner, plan_prune, prune};
pub use render::{ProvidedRole, Rendered, RenderedRole, render};
pub use report::{Report, RolesOf, report, write_report};
pub use saved::{SavedPlan, SavedPlanError, SavedRequest, apply_plan, read_plan, save_plan};
pub use show::{Shown, show};
pub use templates::{Making, Surroundings, TeamDirectory, codes as template_codes};
pub use testing::{
    Expected, InitializedTests, PermissionTest, PermissionTests, TestFailure, Tested, TestedCase, Untested,
    codes as test_codes, init_tests, read_tests, run_tests, write_test_report,
};

/// What a user wants of a sandbox, as far as it does not depend on the account.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The topology's directory.
    pub directory: PathBuf,
    /// Where topologies are looked for.
    pub reach: Reach,
    /// The one topology it is about, by name; all that there are without it.
    pub topology: Option<Namespace>,
    /// The sandbox.
    pub sandbox: Sandbox,
    /// The region of the sandbox's resources.
    pub region: Region,
    /// The name of the profile, for names that hold it.
    pub profile: Option<String>,
    /// The event bus.
    pub event_bus: String,
    /// The ids of GraphQL APIs.
    pub graphql_apis: std::collections::BTreeMap<Namespace, String>,
    /// What else names may hold.
    pub assets: Assets,
    /// What the team says beside its topologies.
    pub options: Options,
    /// The texts in which it does.
    pub configuration: Sources,
    /// The kinds of role it is about.
    pub kinds: Vec<RoleKind>,
    /// How roles are made.
    pub making: Making,
    /// What the team accepts although it reaches beyond a sandbox.
    pub accepted: Vec<Acceptance>,
}

/// What `create` and `plan` are asked for.
#[derive(Debug, Clone)]
pub struct CreateRequest {
    /// What the sandbox should be.
    pub wanted: Wanted,
    /// What to do with roles that are not tcperm's.
    pub adoption: Adoption,
    /// Until when the sandbox is meant to live.
    pub lifetime: Lifetime,
    /// Whether a protected sandbox may be changed.
    pub protection: Protection,
    /// Which plans are not carried out.
    pub gate: Gate,
}

/// Whether a protected sandbox may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// It may not.
    Kept,
    /// The user has lifted it, by the variable that is there for it.
    Lifted,
}

/// What `plan` gives.
#[derive(Debug, Clone)]
pub struct PlanOutcome {
    /// The account it is about.
    pub identity: Identity,
    /// The sandbox it is about.
    pub sandbox: Sandbox,
    /// What would be done.
    pub plan: Plan,
    /// The roles that somebody else keeps.
    pub provided: Vec<RoleLine>,
    /// What was found in the files.
    pub findings: Findings,
    /// How many calls were made.
    pub calls: u64,
}

/// What `create` and `delete` give.
#[derive(Debug, Clone)]
pub struct ChangeOutcome {
    /// The account that was written to.
    pub identity: Identity,
    /// The sandbox.
    pub sandbox: Sandbox,
    /// What was done, a step a role, in the order of names.
    pub steps: Vec<StepOutcome>,
    /// The roles that the sandbox has now, as far as this run knows them.
    pub roles: Vec<RoleLine>,
    /// What was found in the files.
    pub findings: Findings,
    /// How many calls were made.
    pub calls: u64,
    /// Whether the user stopped it.
    pub interrupted: bool,
    /// What goes on where it stopped.
    pub resumption: Resumption,
}

/// What goes on where a run stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resumption {
    /// The same command.
    Again,
    /// A new plan: the one that was carried out speaks of roles as they were.
    NewPlan,
}

/// A role in the table that ends `create`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleLine {
    /// Its name.
    pub name: RoleName,
    /// Its ARN.
    pub arn: Arn,
    /// The kind of entity that assumes it.
    pub kind: RoleKind,
    /// Whether somebody else keeps it.
    pub is_provided: bool,
}

/// A step and what became of it.
#[derive(Debug, Clone)]
pub struct StepOutcome {
    /// The step.
    pub step: Step,
    /// What became of it.
    pub status: Status,
    /// Why it did not come to its end.
    pub error: Option<String>,
    /// What the user can do about that.
    pub help: Option<String>,
    /// Whether a call of it has changed something.
    pub written: bool,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It came to its end, or there was nothing to do.
    Done,
    /// A call failed.
    Failed,
    /// It was not begun.
    Skipped,
    /// The role is not tcperm's, and a teardown leaves it where it is.
    Left,
    /// The role changed under it, again and again.
    Stale,
}

impl Status {
    /// The status's name in JSON and in the journal.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped | Self::Left => "skipped",
            Self::Stale => "stale",
        }
    }
}

/// Findings and the texts they point into.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// The texts.
    pub sources: Sources,
    /// The findings, in the order of places.
    pub diagnostics: Vec<Diagnostic>,
}

impl Findings {
    /// These findings and more of them.
    fn and(mut self, more: Vec<Diagnostic>) -> Self {
        self.diagnostics.extend(more);
        self
    }
}

/// Who is told how a run goes on, and asked where only a person can answer.
pub trait Watcher {
    /// The files were read: what was found in them.
    fn findings(&self, findings: &Findings);
    /// The plan stands: what is going to be done.
    fn approve(&self, identity: &Identity, plan: &Plan) -> Approval;
    /// A step is about to begin.
    fn begins(&self, step: &Step);
    /// A step has ended.
    fn ended(&self, outcome: &StepOutcome);
}

/// Whether a plan may be carried out.
#[derive(Debug)]
pub enum Approval {
    /// It may.
    Given,
    /// It may not.
    Withheld,
    /// A person was asked. What ends without an answer calls it off.
    Asked(oneshot::Receiver<bool>),
}

/// The user's wish to stop, which may come at any moment.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<(AtomicBool, Notify)>);

impl Interrupt {
    /// Asks the run to stop after the call in flight.
    pub fn stop(&self) {
        let (is_asked, wake) = &*self.0;
        is_asked.store(true, Ordering::Relaxed);
        wake.notify_one();
    }

    /// Whether the run is to stop.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.0.0.load(Ordering::Relaxed)
    }
}

/// Waits until the plan is approved, called off or interrupted.
async fn is_approved(
    watcher: &dyn Watcher,
    interrupt: &Interrupt,
    (identity, plan): (&Identity, &Plan),
) -> bool {
    is_given(watcher.approve(identity, plan), interrupt).await
}

/// Waits until the question is answered, or the run is interrupted.
async fn is_given(approval: Approval, interrupt: &Interrupt) -> bool {
    match approval {
        Approval::Given => true,
        Approval::Withheld => false,
        Approval::Asked(answer) => match select(answer, pin!(interrupt.0.1.notified())).await {
            Either::Left((answer, _)) => answer.unwrap_or(false),
            Either::Right(_) => false,
        },
    }
}

impl ChangeOutcome {
    /// Whether every step came to its end.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.steps
            .iter()
            .all(|step| matches!(step.status, Status::Done | Status::Left))
    }

    /// Whether a call has changed something.
    #[must_use]
    pub fn has_written(&self) -> bool {
        self.steps.iter().any(|step| step.written)
    }
}

/// The roles that a run leaves, and those that somebody else keeps, by name.
fn role_lines(steps: &[StepOutcome], provided: Vec<RoleLine>) -> Vec<RoleLine> {
    let line = |outcome: &StepOutcome| {
        let step = &outcome.step;
        let there = match (step.action, outcome.status) {
            (Action::Create, _) if outcome.written => step.after.as_ref(),
            (Action::Delete, Status::Done) => None,
            (Action::Create | Action::None | Action::Update | Action::Delete, _) => step.before.as_ref(),
        };
        let role = there.filter(|_| step.obstacle.is_none())?;
        Some(RoleLine {
            name: role.name.clone(),
            arn: role.arn.clone(),
            kind: step.id.kind,
            is_provided: false,
        })
    };
    let mut lines: Vec<RoleLine> = steps.iter().filter_map(line).collect();
    for line in provided {
        if !lines
            .iter()
            .any(|made| made.name == line.name && made.kind == line.kind)
        {
            lines.push(line);
        }
    }
    lines.sort_by(|a, b| a.name.cmp(&b.name));
    lines
}

#[cfg(test)]
mod tests;
