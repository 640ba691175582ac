use serde::{Deserialize, Serialize};

use crate::ops::{Status, StepOutcome};
use crate::plan::{Action, Plan, Step};
use crate::source::Moment;

/// Grows when a field of a record is renamed or removed.
pub(in crate::ops) const FORMAT_VERSION: &str = "1";

/// How many characters of a text a record keeps.
pub(super) const LONGEST_TEXT: usize = 2_000;

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "lowercase", expecting = "a record")]
pub(in crate::ops) enum Record {
    /// A run is about to change something.
    Begun(Box<Begun>),
    /// It has come to its end.
    Ended(Ended),
}

/// What is known of a run before its first write.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    pub(super) format_version: String,
    /// Tells the run from all others, of this machine and of others.
    pub id: String,
    /// When, by RFC 3339, in UTC.
    pub time: String,
    /// Who.
    pub who: Who,
    /// The account, twelve digits.
    pub account: String,
    /// The account's partition.
    pub partition: String,
    /// The region of the sandbox's resources.
    pub region: String,
    /// The sandbox.
    pub sandbox: String,
    /// The verb, as on the command line: `create --all`.
    pub verb: String,
    /// The version of the program.
    pub tcperm: String,
    /// The SHA-256 of the plan's steps, as `plan --out` saves them, in JSON without white space.
    pub plan: String,
    /// The roles with something to do, by name.
    pub steps: Vec<PlannedStep>,
}

/// Who ran it, as far as that is known without asking anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The name of the user, as the system has it.
    pub user: Option<String>,
    /// The name of the machine.
    pub host: Option<String>,
    /// The AWS profile that was named.
    pub profile: Option<String>,
    /// The role that was to be assumed.
    pub role: Option<String>,
}

/// What is to happen to a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedStep {
    /// The role's name.
    pub role: String,
    /// What happens: `create`, `update` or `delete`.
    pub action: String,
    /// Why.
    pub reasons: Vec<String>,
}

/// What is known of a run when it has come to its end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    pub(super) format_version: String,
    /// The run's.
    pub id: String,
    /// When, by RFC 3339, in UTC.
    pub time: String,
    /// What became of the roles.
    pub steps: Vec<EndedStep>,
    /// How many calls the run made.
    pub calls: u64,
    /// With what it exits; unknown where it goes on to other sandboxes.
    pub exit_code: Option<u8>,
}

/// What became of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedStep {
    /// The role's name.
    pub role: String,
    /// What was to happen: `create`, `update` or `delete`.
    pub action: String,
    /// What became of that: `done`, `failed`, `skipped` or `stale`.
    pub status: String,
    /// Whether a call has changed something.
    pub written: bool,
    /// Why it did not come to its end.
    pub error: Option<String>,
}

/// The roles of a plan with something to do.
pub(super) fn planned(plan: &Plan) -> Vec<PlannedStep> {
    let step = |step: &Step| PlannedStep {
        role: step.role.to_string(),
        action: step.action.name().to_owned(),
        reasons: step.reasons.iter().map(|reason| shortened(reason)).collect(),
    };
    let has_something = |step: &&Step| !step.operations.is_empty() && step.obstacle.is_none();
    plan.steps.iter().filter(has_something).map(step).collect()
}

/// What became of roles that something was to happen to.
pub(super) fn ended(outcomes: &[StepOutcome]) -> Vec<EndedStep> {
    let step = |outcome: &StepOutcome| EndedStep {
        role: outcome.step.role.to_string(),
        action: outcome.step.action.name().to_owned(),
        status: outcome.status.name().to_owned(),
        written: outcome.written,
        error: outcome.error.as_deref().map(shortened),
    };
    let was_to_be = |outcome: &&StepOutcome| {
        outcome.step.action != Action::None || outcome.error.is_some() || outcome.status != Status::Done
    };
    outcomes.iter().filter(was_to_be).map(step).collect()
}

/// A moment as records have it: `2026-03-01T09:30:00.125Z`.
pub(super) fn written(moment: &Moment) -> String {
    format!("{:.3}", moment.time)
}

/// A text of which a record keeps no more than it should.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_TEXT) {
        Some((at, _)) => text.get(..at).unwrap_or_default().to_owned() + "…",
        None => text.to_owned(),
    }
}
