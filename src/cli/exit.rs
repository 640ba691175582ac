use std::process::ExitCode;

use crate::ops::{ChangeOutcome, FanOut, Status, StepOutcome};

/// How the program ends. Never renumbered: scripts and CI rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    /// Everything is as asked.
    Ok = 0,
    /// It failed, and nothing was changed.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The answer is no: something was found.
    No = 3,
    /// `plan --detailed-exitcode`: there is something to change.
    ChangesPending = 4,
    /// It failed after something was changed: run it again.
    PartlyApplied = 5,
    /// The user stopped it.
    Interrupted = 130,
}

impl ExitStatus {
    /// The status of a run that changes roles.
    #[must_use]
    pub fn of_change(outcome: &ChangeOutcome) -> Self {
        if outcome.is_complete() {
            Self::Ok
        } else if outcome.interrupted {
            Self::Interrupted
        } else if outcome.has_written() {
            Self::PartlyApplied
        } else {
            Self::Failed
        }
    }
}

impl ExitStatus {
    /// The status of a run that changes the roles of many sandboxes.
    #[must_use]
    pub fn of_all(outcome: &FanOut<StepOutcome>) -> Self {
        let mut steps = outcome.steps();
        let is_complete = steps.all(|step| matches!(step.status, Status::Done | Status::Left));
        if is_complete && !outcome.has_failures() {
            Self::Ok
        } else if outcome.interrupted {
            Self::Interrupted
        } else if outcome.steps().any(|step| step.written) {
            Self::PartlyApplied
        } else {
            Self::Failed
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}
