//! How a run comes to terms with one role, whoever else is at it.
//!
//! A state machine without any I/O: it says which calls are to be made and takes their answers.
//! Read, decide, write; the tags are read back after they were written and once more after the
//! policies ([`Operation`]). A run that finds other tags than it wrote for, or that
//! IAM refuses because the role is not what it was, has met another run: it looks again, decides
//! anew and goes on. Whoever drives it makes the calls; the model check drives three at once, in every
//! order of their calls.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::reading::{Documents, Extent, Found, Read, Reading};
use super::{Action, Operation, Purpose, Step};
use crate::intent::RoleSpec;
use crate::model::{RoleId, RoleName, Tags};
use crate::template::TemplateError;

/// How often a role is looked at in all before a run gives up because it never stands still.
pub const ROUNDS: u32 = 6;

/// A call on a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// One that reads.
    Read(Read),
    /// One that a step consists of.
    Perform(Operation),
}

/// What a call was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// What was read.
    Found(Found),
    /// The tags that the role has now, to [`Operation::ExpectTags`].
    Tags(Option<Tags>),
    /// The call was carried out.
    Done,
    /// IAM refused it because the role is not what it was: this exists already, that is gone, or
    /// somebody else is at it. In words.
    Refused(String),
}

/// A run's dealings with one role.
#[derive(Debug, Clone)]
pub struct Reconciliation<'a> {
    purpose: Purpose<'a>,
    id: RoleId,
    name: RoleName,
    stage: Stage,
    round: u32,
    set_out: Option<SetOut>,
}

/// What a run set out to do with a role, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetOut {
    /// What it set out to do.
    pub action: Action,
    /// Why.
    pub reasons: Vec<String>,
}

#[derive(Debug, Clone)]
enum Stage {
    Reading {
        reading: Reading,
        is_whole: bool,
    },
    Observed {
        role: Option<Rc<RoleSpec>>,
        created: i64,
        is_whole: bool,
    },
    Decided(Option<Rc<Step>>),
    Writing {
        step: Rc<Step>,
        next: usize,
    },
    /// All is written, and nothing may be decided anew: it is read once more whether the role is as
    /// planned.
    Verifying {
        step: Rc<Step>,
        reading: Reading,
    },
    Met {
        step: Rc<Step>,
        whom: String,
    },
    Ended(Option<Rc<Step>>),
}

/// How far a run has come with a role.
#[derive(Debug)]
pub enum Progress<'a> {
    /// It is being read: [`Reconciliation::calls`].
    Reading,
    /// What must be known is known, nothing of a role that is not there: [`Reconciliation::decide`].
    Observed(Option<&'a RoleSpec>),
    /// It was decided what must happen; nothing, when the role is no business of this run:
    /// [`Reconciliation::go_on`].
    Decided(Option<&'a Step>),
    /// A step is being carried out: [`Reconciliation::calls`].
    Carrying(&'a Step),
    /// It met another run while it carried a step out: [`Reconciliation::look_again`].
    Met(&'a Step, &'a str),
    /// It came to its end; without a step when there was none to carry out.
    Ended(Option<&'a Step>),
}

impl<'a> Reconciliation<'a> {
    /// With a role that is there, as far as a listing knows.
    #[must_use]
    pub fn with(purpose: Purpose<'a>, id: RoleId, name: RoleName) -> Self {
        Self {
            stage: Stage::reading(&purpose, &name),
            purpose,
            id,
            name,
            round: 0,
            set_out: None,
        }
    }

    /// With a role that is not there.
    #[must_use]
    pub fn without(purpose: Purpose<'a>, id: RoleId) -> Self {
        Self {
            purpose,
            name: id.name.clone(),
            id,
            stage: Stage::Observed {
                role: None,
                created: 0,
                is_whole: true,
            },
            round: 0,
            set_out: None,
        }
    }

    /// From a step on that was decided and may be carried out.
    #[must_use]
    pub fn of(purpose: Purpose<'a>, step: Step) -> Self {
        Self {
            purpose,
            id: step.id.clone(),
            name: step.role.clone(),
            stage: Stage::from_operation(Rc::new(step), 0),
            round: 0,
            set_out: None,
        }
    }

    /// Which role of the sandbox it is.
    #[must_use]
    pub const fn id(&self) -> &RoleId {
        &self.id
    }

    /// The role's name.
    #[must_use]
    pub const fn name(&self) -> &RoleName {
        &self.name
    }

    /// Which look at the role it is, counted from 0.
    #[must_use]
    pub const fn round(&self) -> u32 {
        self.round
    }

    /// What it set out to do, once something was written.
    #[must_use]
    pub const fn set_out(&self) -> Option<&SetOut> {
        self.set_out.as_ref()
    }

    /// How far it has come.
    #[must_use]
    pub fn progress(&self) -> Progress<'_> {
        match &self.stage {
            Stage::Reading { .. } | Stage::Verifying { .. } => Progress::Reading,
            Stage::Writing { step, .. } => Progress::Carrying(step),
            Stage::Observed { role, .. } => Progress::Observed(role.as_deref()),
            Stage::Decided(step) => Progress::Decided(step.as_deref()),
            Stage::Met { step, whom } => Progress::Met(step, whom),
            Stage::Ended(step) => Progress::Ended(step.as_deref()),
        }
    }

    /// The calls that are to be made now: those that read in any order, or at once; one that writes.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        match &self.stage {
            Stage::Reading { reading, .. } | Stage::Verifying { reading, .. } => {
                reading.pending().cloned().map(Call::Read).collect()
            }
            Stage::Writing { step, next } => {
                let next = step.operations.get(*next);
                next.cloned().map(Call::Perform).into_iter().collect()
            }
            Stage::Observed { .. } | Stage::Decided(_) | Stage::Met { .. } | Stage::Ended(_) => Vec::new(),
        }
    }

    /// Takes the answer to a call. All calls that were made at once are answered before the run goes on.
    pub fn answer(&mut self, call: &Call, answer: Answer) {
        match (&mut self.stage, call, answer) {
            (Stage::Reading { reading, .. }, Call::Read(_), Answer::Found(found)) => {
                reading.answer(found);
                self.read_on();
            }
            (Stage::Verifying { step, reading }, Call::Read(_), Answer::Found(found)) => {
                reading.answer(found);
                if reading.pending().next().is_none() {
                    self.stage = Stage::verified(step.clone(), reading.role());
                }
            }
            (_, Call::Perform(operation), answer) => {
                if operation.is_write() && answer == Answer::Done {
                    self.has_written();
                }
                self.performed(operation, answer);
            }
            _ => {}
        }
    }

    fn read_on(&mut self) {
        let Stage::Reading { reading, is_whole } = &self.stage else {
            return;
        };
        let concerned = reading
            .role()
            .is_none_or(|role| self.purpose.concerns(&self.id, &role.tags));
        if !concerned {
            self.stage = Stage::Decided(None);
        } else if reading.pending().next().is_none() {
            self.stage = Stage::Observed {
                role: reading.clone().into_role(),
                created: reading.created(),
                is_whole: *is_whole,
            };
        }
    }

    /// Notes that the answer to a call was lost: what it was to write may be written.
    pub fn lose_answer(&mut self, call: &Call) {
        if let Call::Perform(operation) = call
            && operation.is_write()
        {
            self.has_written();
        }
    }

    fn has_written(&mut self) {
        if let (Stage::Writing { step, .. }, None) = (&self.stage, &self.set_out) {
            self.set_out = Some(SetOut {
                action: step.action,
                reasons: step.reasons.clone(),
            });
        }
    }

    fn performed(&mut self, operation: &Operation, answer: Answer) {
        let Stage::Writing { step, next } = &self.stage else {
            return;
        };
        let (step, next) = (step.clone(), next + 1);
        if let Some(whom) = met(&step.role, operation, answer) {
            self.stage = Stage::Met { step, whom };
        } else if next == step.operations.len() && matches!(operation, Operation::Untag(_)) {
            self.verify(step);
        } else {
            self.stage = Stage::from_operation(step, next);
        }
    }

    /// Looks at the role once more although all is written: a tag went last, by which another run may
    /// have gone.
    fn verify(&mut self, step: Rc<Step>) {
        match self.purpose {
            Purpose::AsPlanned => self.stage = Stage::verifying(step),
            Purpose::Serve(_) | Purpose::TakeDown(_) => self.look_again(),
        }
    }

    /// Gives the run another purpose, before it decides.
    pub const fn turn_to(&mut self, purpose: Purpose<'a>) {
        self.purpose = purpose;
    }

    /// Decides what must happen to the role that was read, or what more must be read for that.
    ///
    /// # Errors
    /// When a template fails.
    pub fn decide(&mut self) -> Result<(), TemplateError> {
        if let Stage::Observed { role, created, .. } = &self.stage {
            let step = self.purpose.decide(&self.id, role.as_deref(), *created)?;
            self.decided(step.map(Rc::new));
        }
        Ok(())
    }

    fn decided(&mut self, step: Option<Rc<Step>>) {
        let Stage::Observed {
            role,
            created,
            is_whole,
        } = &self.stage
        else {
            return;
        };
        let beside = match (&step, role) {
            (Some(step), Some(role)) if !is_whole => self.purpose.beside(step, role),
            _ => BTreeSet::new(),
        };
        self.stage = match role {
            Some(role) if !beside.is_empty() => Stage::Reading {
                reading: Reading::more(role.clone(), *created, beside),
                is_whole: true,
            },
            _ => Stage::Decided(step),
        };
    }

    /// Begins to carry out what was decided. Where something stands in the way, it ends.
    pub fn go_on(&mut self) {
        if let Stage::Decided(step) = &mut self.stage {
            self.stage = match step.take() {
                Some(step) if step.obstacle.is_none() => Stage::from_operation(step, 0),
                other => Stage::Ended(other),
            };
        }
    }

    /// Looks at the role anew. Whoever needs it now, it is this run's business: nothing is left half
    /// done.
    pub fn look_again(&mut self) {
        self.round += 1;
        self.purpose = self.purpose.begun();
        self.stage = Stage::reading(&self.purpose, &self.name);
    }
}

impl Stage {
    fn reading(purpose: &Purpose<'_>, name: &RoleName) -> Self {
        Self::Reading {
            reading: Reading::begun(purpose.extent(name)),
            is_whole: false,
        }
    }

    /// The stage in which it is read whether a role is as planned, as far as the plan knows it.
    fn verifying(step: Rc<Step>) -> Self {
        let policies = step.after.iter().flat_map(|role| &role.policies);
        let known = policies.filter(|(_, document)| document.known().is_some());
        let extent = Extent {
            documents: Documents::Of(known.map(|(name, _)| name.clone()).collect()),
            profiles: false,
            namesake: false,
        };
        let reading = Reading::begun(extent);
        Self::Verifying { step, reading }
    }

    fn verified(step: Rc<Step>, role: Option<&RoleSpec>) -> Self {
        if role == step.after.as_ref() {
            return Self::Ended(Some(step));
        }
        let whom = format!("`{}` was changed by another run", step.role);
        Self::Met { step, whom }
    }

    /// The stage in which the next operation is made. One after the other: IAM refuses changes of one
    /// role that come at the same time.
    fn from_operation(step: Rc<Step>, next: usize) -> Self {
        if next < step.operations.len() {
            Self::Writing { step, next }
        } else {
            Self::Ended(Some(step))
        }
    }
}

/// Whom a call has met, by its answer.
fn met(role: &RoleName, operation: &Operation, answer: Answer) -> Option<String> {
    match (operation, answer) {
        (Operation::ExpectTags(expected), Answer::Tags(Some(tags))) => {
            (tags != *expected).then(|| format!("the tags of `{role}` were changed by another run"))
        }
        (_, Answer::Tags(None)) => Some(format!("`{role}` was deleted by another run")),
        (_, Answer::Refused(reason)) => Some(reason),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
