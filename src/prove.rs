//! What policies allow of all requests there can be.
//!
//! [`evaluate`](crate::evaluate) answers for one request. Here the question is whether there is a
//! request at all: one that a role allows and that lies [`outside`] of what it is meant for, or
//! [`within`] what nobody may do; one that the first of two roles allows and the second does not
//! ([`compare`]). The answer is a proof that there is none, or a [`Witness`]: a request, confirmed by
//! the evaluator. What is beyond the reasoning is answered as not known, never as proved.
//!
//! [`missing()`] asks the same of each part of what a role needs: is there a request of it that the role's
//! policies do not allow? Where there is one, it says of which statement that comes, in place of a
//! witness. Boundaries and resource policies are not seen there: who calls passes the documents that
//! count.

mod attempt;
mod facts;
mod key;
mod missing;
mod part;
mod reading;
mod region;
mod search;
mod values;
mod witness;

use attempt::{Attempt, TOO_MANY};
use reading::Breadth;

use crate::evaluate::{Determining, Request, RequestContext};
use crate::policy::{Policy, Statement};

pub use missing::{Missing, Why, missing};
pub use witness::spelled;

/// What a principal may do: its policies, and what is known of each of its requests.
#[derive(Debug, Clone)]
pub struct Subject<'a> {
    /// Its policies.
    pub identity: Vec<&'a Policy>,
    /// Its permissions boundary, where it has one.
    pub boundary: Option<&'a Policy>,
    /// What every request carries, whatever is asked: `aws:PrincipalArn`, `aws:PrincipalTag/…`. Keys that
    /// are not set can have any value, or be missing, unless the context is complete.
    pub known: RequestContext,
}

/// Whether there is such a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// There is none.
    Proved,
    /// There is: this one.
    Disproved(Box<Witness>),
    /// It cannot be told; why.
    Unknown(String),
}

/// A request that shows something, as the evaluator confirms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witness {
    /// The request; its context is complete.
    pub request: Request,
    /// The statements that allow it.
    pub allowed_by: Vec<Determining>,
}

/// How what one subject may do compares with what another may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// The same.
    Equal,
    /// Less: the first allows nothing that the second does not.
    Narrower,
    /// More.
    Broader,
    /// Each allows something that the other does not.
    Incomparable,
    /// It cannot be told.
    Unknown,
}

/// How two subjects compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// How.
    pub relation: Relation,
    /// Whether the first allows nothing that the second does not; what it does allow.
    pub only_first: Answer,
    /// The other way round.
    pub only_second: Answer,
}

/// What is asked.
#[derive(Debug, Clone, Copy)]
enum Goal<'a> {
    /// A request that none of these statements matches.
    Outside(&'a [Statement]),
    /// A request that one of them matches.
    Within(&'a [Statement]),
    /// A request that another subject may not make.
    NotOf(&'a Subject<'a>),
}

/// Whether everything that a subject may do is matched by one of some statements (their effect does not
/// matter); disproved by a request that it may make and that none of them matches.
#[must_use]
pub fn outside(subject: &Subject<'_>, meant: &[Statement]) -> Answer {
    ask(subject, Goal::Outside(meant))
}

/// Whether nothing that a subject may do is matched by one of some statements (their effect does not
/// matter); disproved by a request that it may make and that one of them matches.
#[must_use]
pub fn within(subject: &Subject<'_>, forbidden: &[Statement]) -> Answer {
    ask(subject, Goal::Within(forbidden))
}

/// The same as [`within`], with wildcards read as AWS documents them and in no other way: for what is told
/// beside a proof.
#[must_use]
pub fn within_as_documented(subject: &Subject<'_>, forbidden: &[Statement]) -> Answer {
    ask_by(subject, Goal::Within(forbidden), |_| Answer::Proved)
}

/// How what one subject may do compares with what another may do. What is known of the requests of each
/// counts for those that it may make.
#[must_use]
pub fn compare(first: &Subject<'_>, second: &Subject<'_>) -> Compared {
    let only_first = ask(first, Goal::NotOf(second));
    let only_second = ask(second, Goal::NotOf(first));
    let relation = match (&only_first, &only_second) {
        (Answer::Proved, Answer::Proved) => Relation::Equal,
        (Answer::Proved, Answer::Disproved(_)) => Relation::Narrower,
        (Answer::Disproved(_), Answer::Proved) => Relation::Broader,
        (Answer::Disproved(_), Answer::Disproved(_)) => Relation::Incomparable,
        (Answer::Unknown(_), _) | (_, Answer::Unknown(_)) => Relation::Unknown,
    };
    Compared {
        relation,
        only_first,
        only_second,
    }
}

/// Looks for a request that shows what is asked for.
fn ask(subject: &Subject<'_>, goal: Goal<'_>) -> Answer {
    ask_by(subject, goal, widest)
}

/// Looks for a request, and does something else where there is none by the documented reading.
fn ask_by(subject: &Subject<'_>, goal: Goal<'_>, otherwise: fn(Attempt<'_>) -> Answer) -> Answer {
    let attempt = Attempt {
        subject,
        goal,
        known: &subject.known,
        breadth: Breadth::Documented,
    };
    let first = attempt.run();
    if let Some(witness) = first.witness {
        return Answer::Disproved(Box::new(witness));
    }
    if first.doubts.is_empty() {
        return otherwise(attempt);
    }
    // A candidate that the evaluator does not confirm: mostly since it is not known what a variable stands
    // for. So it is said, in turn, to be one thing or another.
    for known in first.assumptions(&subject.known) {
        let assuming = Attempt {
            known: &known,
            ..attempt
        };
        if let Some(witness) = assuming.run().witness {
            return Answer::Disproved(Box::new(witness));
        }
    }
    let mut doubts = first.doubts;
    doubts.extend(
        first
            .open
            .iter()
            .map(|key| format!("what `${{{}}}` stands for", spelled(key))),
    );
    let doubts: Vec<String> = doubts.into_iter().collect();
    Answer::Unknown(format!("it depends on {}", doubts.join(", and ")))
}

/// What is proved where wildcards are read as AWS documents them, and may not be where they stand for
/// colons too.
fn widest(attempt: Attempt<'_>) -> Answer {
    let attempted = Attempt {
        breadth: Breadth::Widest,
        ..attempt
    }
    .run();
    if attempted.witness.is_none() && attempted.doubts.is_empty() {
        return Answer::Proved;
    }
    let is_too_much = attempted.witness.is_none() && attempted.doubts.iter().all(|doubt| doubt == TOO_MANY);
    let what = if is_too_much {
        TOO_MANY
    } else {
        "whether a wildcard within a part of an ARN goes beyond a colon"
    };
    Answer::Unknown(format!("it depends on {what}"))
}

#[cfg(test)]
mod tests;
