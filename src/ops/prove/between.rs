//! What two sandboxes have to do with each other.

use super::{AcceptedReach, Proof, ProofRequest, ProofResult, claim, prove};
use crate::evaluate::Request;
use crate::model::RoleName;
use crate::ops::{Holder, Holders};
use crate::policy::Statement;
use crate::prove::{Answer, within_as_documented};

/// What was proved of two sandboxes.
#[derive(Debug, Clone)]
pub struct Between {
    /// Of all roles of both.
    pub result: ProofResult,
    /// Each against its own tag, in the order in which they were named.
    pub proofs: [Proof; 2],
    /// What is accepted of one and the other reaches too.
    pub shared: Vec<SharedReach>,
    /// Roles of the two that IAM cannot tell apart: their names differ in case alone, or not at all.
    pub colliding: Vec<[RoleName; 2]>,
}

/// What both of two sandboxes reach.
#[derive(Debug, Clone)]
pub struct SharedReach {
    /// What is accepted: whatever it matches, both may reach.
    pub accepted: AcceptedReach,
    /// Roles of the other sandbox that reach something of it, or of which that cannot be told.
    pub reached_by: Vec<RoleName>,
    /// Something that it matches and one of them may do; `None` where it cannot be told of any.
    pub example: Option<Request>,
}

/// Proves it of two sandboxes, each against its own tag, and finds what both reach.
#[must_use]
pub fn between(holders: [&Holders; 2], request: &ProofRequest) -> Between {
    let proofs = holders.map(|holders| prove(holders, request));
    let [first, second] = holders;
    let [of_first, of_second] = &proofs;
    let mut shared = Vec::new();
    overlaps(&of_second.accepted, &first.roles, &mut shared);
    overlaps(&of_first.accepted, &second.roles, &mut shared);
    let colliding = first.roles.iter().flat_map(|one| {
        let others = second.roles.iter().map(|other| &other.name);
        let same = others.filter(|other| other.as_str().eq_ignore_ascii_case(one.name.as_str()));
        same.map(|other| [one.name.clone(), other.clone()])
    });
    Between {
        result: ProofResult::worst(proofs.iter().map(|proof| proof.result)),
        colliding: colliding.collect(),
        shared,
        proofs,
    }
}

/// What is accepted of one sandbox and the roles of the other reach.
fn overlaps(accepted: &[AcceptedReach], others: &[Holder], shared: &mut Vec<SharedReach>) {
    for accepted in accepted.iter().filter(|accepted| accepted.used != Some(false)) {
        let is_same = |known: &SharedReach| is_same(&known.accepted.statement, &accepted.statement);
        if shared.iter().any(is_same) {
            continue;
        }
        let reached = others.iter().filter_map(|holder| {
            let matched = std::slice::from_ref(&accepted.statement);
            match within_as_documented(&claim::subject(holder), matched) {
                Answer::Disproved(witness) => Some((holder.name.clone(), Some(witness.request))),
                Answer::Unknown(_) => Some((holder.name.clone(), None)),
                Answer::Proved => None,
            }
        });
        let (names, examples): (Vec<RoleName>, Vec<Option<Request>>) = reached.unzip();
        if names.is_empty() {
            continue;
        }
        let example = examples.into_iter().flatten().next();
        let is_known = |known: &SharedReach| {
            let is_pair = known.reached_by.contains(&accepted.role) && names.contains(&known.accepted.role);
            let examples = known.example.as_ref().zip(example.as_ref());
            is_pair && examples.is_some_and(|(a, b)| a.action == b.action && a.resource == b.resource)
        };
        if !shared.iter().any(is_known) {
            shared.push(SharedReach {
                accepted: accepted.clone(),
                reached_by: names,
                example,
            });
        }
    }
}

/// Whether two statements match the same, whatever they are called.
fn is_same(one: &Statement, other: &Statement) -> bool {
    one.action == other.action && one.resource == other.resource && one.condition == other.condition
}
