//! Records what runs change: one line before a run's first write, one after its end.
//!
//! In: what a [`Watcher`] is told, and the outcome of the run. Out: lines of a file. It stands
//! around another watcher and passes everything on, so the operations know nothing of it. A run
//! that is killed is begun and never ended; a run that changes nothing leaves no line. No line
//! holds credentials, or a policy document.

mod record;

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use super::digest::sha256;
use super::{Approval, ChangeOutcome, Findings, Follower, Interrupt, OpError, StepOutcome, Touched, Watcher};
use crate::diagnostic::Diagnostic;
use crate::model::{Identity, Region, Sandbox};
use crate::plan::{Plan, Step};
use crate::source::{self, SourceError};

pub use record::{Begun, Ended, EndedStep, PlannedStep, Who};

pub(super) use record::{FORMAT_VERSION, Record};

/// The codes of what keeping a journal finds.
pub mod codes {
    /// The journal cannot be written.
    pub const JOURNAL_NOT_WRITTEN: &str = "journal-not-written";
}

/// Where runs are recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Journal {
    /// Nowhere.
    Off,
    /// In this file, which the user names: without it, nothing is changed.
    Named(PathBuf),
    /// In the file that is there for it; a run goes on without. `None` where there is no place for one.
    Usual(Option<PathBuf>),
}

/// What a run tells of itself.
#[derive(Debug, Clone)]
pub struct Doer {
    /// The verb, as on the command line.
    pub verb: &'static str,
    /// The region of the sandbox's resources.
    pub region: Region,
    /// The AWS profile that was named.
    pub profile: Option<String>,
    /// The role that is assumed.
    pub role: Option<String>,
}

/// Keeps the journal of a run, or of one run in each of many sandboxes.
#[derive(Debug)]
pub struct Keeper {
    journal: Journal,
    doer: Doer,
    interrupt: Interrupt,
    /// Why a journal that was named could not be written before the first write.
    refusal: RefCell<Option<SourceError>>,
}

impl Journal {
    /// Where it is kept.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Off => None,
            Self::Named(path) => Some(path),
            Self::Usual(path) => path.as_deref(),
        }
    }

    /// Begins to keep it for a run, which `interrupt` can stop.
    ///
    /// # Errors
    /// When the user names a file that cannot be written.
    pub fn keep(self, doer: Doer, interrupt: &Interrupt) -> Result<Keeper, OpError> {
        if let Self::Named(path) = &self {
            source::prepare_journal(path).map_err(OpError::Journal)?;
        }
        Ok(Keeper {
            journal: self,
            doer,
            interrupt: interrupt.clone(),
            refusal: RefCell::default(),
        })
    }
}

impl Keeper {
    /// Stands around the watcher of a run in a sandbox.
    #[must_use]
    pub fn watching<'a>(&'a self, watcher: &'a dyn Watcher, sandbox: &'a Sandbox) -> Journaled<'a> {
        Journaled {
            keeper: self,
            watcher,
            sandbox,
            entry: RefCell::default(),
        }
    }

    /// Stands around the follower of a run over sandboxes. `calls` tells how many calls were made.
    #[must_use]
    pub fn following<'a>(
        &'a self,
        follower: &'a dyn Follower,
        calls: &'a dyn Fn() -> u64,
    ) -> JournaledAll<'a> {
        JournaledAll {
            keeper: self,
            follower,
            calls,
            entry: RefCell::default(),
            before: RefCell::default(),
        }
    }

    /// What is to be said of a run that was stopped since its journal could not be written.
    ///
    /// # Errors
    /// When it was; nothing has been changed then.
    pub fn check(&self) -> Result<(), OpError> {
        match self.refusal.take() {
            Some(error) => Err(OpError::Journal(error)),
            None => Ok(()),
        }
    }

    /// What will be written when the first step begins; `None` where nothing will be.
    fn entry(&self, identity: &Identity, sandbox: &Sandbox, plan: &Plan) -> Option<Begun> {
        let steps = record::planned(plan);
        if steps.is_empty() || self.journal == Journal::Off {
            return None;
        }
        Some(Begun {
            format_version: FORMAT_VERSION.to_owned(),
            id: String::new(),
            time: String::new(),
            who: Who {
                user: None,
                host: None,
                profile: self.doer.profile.clone(),
                role: self.doer.role.clone(),
            },
            account: identity.account.to_string(),
            partition: identity.partition.to_string(),
            region: self.doer.region.to_string(),
            sandbox: sandbox.to_string(),
            verb: self.doer.verb.to_owned(),
            tcperm: env!("CARGO_PKG_VERSION").to_owned(),
            plan: hash(plan),
            steps,
        })
    }

    /// Records that a run begins, unless that was done. A journal that was named and cannot be
    /// written stops the run, which has not written yet.
    fn begin(&self, entry: &mut Option<Entry>, say: impl Fn(&Findings)) {
        let Some(Entry::Planned(begun)) = entry else {
            return;
        };
        let moment = source::moment();
        begun.time = record::written(&moment);
        begun.id = id(begun, &moment);
        begun.who.user = moment.user;
        begun.who.host = moment.host;
        let id = begun.id.clone();
        let record = Record::Begun(begun.clone());
        *entry = self.put(&record).map_or_else(
            |error| {
                match &self.journal {
                    Journal::Named(_) => {
                        self.interrupt.stop();
                        self.refusal.replace(error);
                    }
                    Journal::Off | Journal::Usual(_) => say(&not_written(error.as_ref())),
                }
                None
            },
            |()| Some(Entry::Begun(id)),
        );
    }

    /// Records the end of a run that was begun.
    fn end(
        &self,
        entry: Option<Entry>,
        steps: &[StepOutcome],
        (calls, exit_code): (u64, Option<u8>),
        say: impl Fn(&Findings),
    ) {
        let Some(Entry::Begun(id)) = entry else {
            return;
        };
        let record = Record::Ended(Ended {
            format_version: FORMAT_VERSION.to_owned(),
            id,
            time: record::written(&source::moment()),
            steps: record::ended(steps),
            calls,
            exit_code,
        });
        if let Err(error) = self.put(&record) {
            say(&not_written(error.as_ref()));
        }
    }

    /// The error is `None` where there is no place for a journal.
    fn put(&self, record: &Record) -> Result<(), Option<SourceError>> {
        let path = self.journal.path().ok_or(None)?;
        let line = serde_json::to_string(record).unwrap_or_default();
        source::append_line(path, &line).map_err(Some)
    }
}

/// What the journal knows of a run.
#[derive(Debug)]
enum Entry {
    /// It has a plan.
    Planned(Box<Begun>),
    /// It has begun, under this id.
    Begun(String),
}

/// A watcher that keeps the journal of a run.
pub struct Journaled<'a> {
    keeper: &'a Keeper,
    watcher: &'a dyn Watcher,
    sandbox: &'a Sandbox,
    entry: RefCell<Option<Entry>>,
}

impl Journaled<'_> {
    /// Records the end of the run, and with what it exits.
    ///
    /// # Errors
    /// When the run was stopped since its journal could not be written; nothing has been changed.
    pub fn end(self, outcome: &ChangeOutcome, exit_code: u8) -> Result<(), OpError> {
        self.keeper.check()?;
        let numbers = (outcome.calls, Some(exit_code));
        let say = |findings: &Findings| self.watcher.findings(findings);
        self.keeper.end(self.entry.take(), &outcome.steps, numbers, say);
        Ok(())
    }
}

impl Watcher for Journaled<'_> {
    fn findings(&self, findings: &Findings) {
        self.watcher.findings(findings);
    }

    fn approve(&self, identity: &Identity, plan: &Plan) -> Approval {
        let begun = self.keeper.entry(identity, self.sandbox, plan);
        self.entry
            .replace(begun.map(|begun| Entry::Planned(Box::new(begun))));
        self.watcher.approve(identity, plan)
    }

    fn begins(&self, step: &Step) {
        let say = |findings: &Findings| self.watcher.findings(findings);
        self.keeper.begin(&mut self.entry.borrow_mut(), say);
        self.watcher.begins(step);
    }

    fn ended(&self, outcome: &StepOutcome) {
        self.watcher.ended(outcome);
    }
}

/// A follower that keeps the journal of a run in each sandbox.
pub struct JournaledAll<'a> {
    keeper: &'a Keeper,
    follower: &'a dyn Follower,
    calls: &'a dyn Fn() -> u64,
    entry: RefCell<Option<Entry>>,
    /// How many calls were made before the sandbox.
    before: RefCell<u64>,
}

impl Follower for JournaledAll<'_> {
    fn findings(&self, findings: &Findings) {
        self.follower.findings(findings);
    }

    fn counted(&self, sandboxes: usize) {
        self.follower.counted(sandboxes);
    }

    fn begins(&self, sandbox: &Sandbox) {
        self.entry.take();
        self.before.replace((self.calls)());
        self.follower.begins(sandbox);
    }

    fn planned(&self, identity: &Identity, sandbox: &Sandbox, plan: &Plan) {
        let begun = self.keeper.entry(identity, sandbox, plan);
        self.entry
            .replace(begun.map(|begun| Entry::Planned(Box::new(begun))));
        self.follower.planned(identity, sandbox, plan);
    }

    fn step_begins(&self, step: &Step) {
        let say = |findings: &Findings| self.follower.findings(findings);
        self.keeper.begin(&mut self.entry.borrow_mut(), say);
        self.follower.step_begins(step);
    }

    fn changed(&self, sandbox: &Touched<StepOutcome>) {
        let calls = (self.calls)().saturating_sub(*self.before.borrow());
        let say = |findings: &Findings| self.follower.findings(findings);
        self.keeper
            .end(self.entry.take(), &sandbox.steps, (calls, None), say);
        self.follower.changed(sandbox);
    }

    fn ended(&self) {
        self.follower.ended();
    }
}

/// The hash of a plan: of its steps as `plan --out` saves them, without white space.
fn hash(plan: &Plan) -> String {
    sha256(&serde_json::to_vec(&plan.steps).unwrap_or_default())
}

/// Tells a run from all others: by what it does, when, in which process of which machine.
fn id(begun: &Begun, moment: &source::Moment) -> String {
    let parts = [
        moment.time.to_string(),
        moment.process.to_string(),
        moment.host.clone().unwrap_or_default(),
        begun.account.clone(),
        begun.sandbox.clone(),
    ];
    let mut id = sha256(parts.join("\n").as_bytes());
    id.truncate(16);
    id
}

/// The run goes on without a line in the journal.
fn not_written(error: Option<&SourceError>) -> Findings {
    let (why, help) = match error {
        Some(error) => (error.to_string(), error.help()),
        None => (
            "there is no home directory to keep it in".to_owned(),
            "name a folder with TCPERM_HOME".to_owned(),
        ),
    };
    let message = format!("this run is not recorded in the journal: {why}");
    let help = format!("{help}; `--journal FILE` keeps it elsewhere, `--journal off` nowhere");
    Findings {
        diagnostics: vec![Diagnostic::warning(codes::JOURNAL_NOT_WRITTEN, message).help(help)],
        ..Findings::default()
    }
}

#[cfg(test)]
mod tests;
