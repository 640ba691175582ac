//! How two principals compare, of which not everything may be known.

use super::sides::Judged;
use crate::evaluate::Request;
use crate::ops::ProofResult;
use crate::prove::{Answer, Relation, compare};

/// How what one may do compares with what another may do.
#[derive(Debug, Clone)]
pub struct PolicyDiff {
    /// The second beside the first.
    pub relation: Relation,
    /// Whether the first may do nothing that the second may not.
    pub only_before: Half,
    /// Whether the second may do nothing that the first may not.
    pub only_after: Half,
}

/// Whether one may do nothing that another may not.
#[derive(Debug, Clone)]
pub struct Half {
    /// Proved where there is nothing.
    pub result: ProofResult,
    /// A request that it may make and the other may not.
    pub witness: Option<Request>,
    /// Why it cannot be told.
    pub why: Vec<String>,
}

/// What follows for two from what each may do alone.
pub(super) const fn relation(only_before: ProofResult, only_after: ProofResult) -> Relation {
    match (only_before, only_after) {
        (ProofResult::Proved, ProofResult::Proved) => Relation::Equal,
        (ProofResult::Disproved, ProofResult::Proved) => Relation::Narrower,
        (ProofResult::Proved, ProofResult::Disproved) => Relation::Broader,
        (ProofResult::Disproved, ProofResult::Disproved) => Relation::Incomparable,
        (ProofResult::Unknown, _) | (_, ProofResult::Unknown) => Relation::Unknown,
    }
}

/// Compares two principals.
pub(super) fn compared(before: &Judged, after: &Judged) -> PolicyDiff {
    let compared = compare(&before.subject(), &after.subject());
    let mut only_before = half(compared.only_first, before, after);
    let mut only_after = half(compared.only_second, after, before);
    // A request of the one is none of the other then: what both policies say of it tells nothing.
    let differing = before.differing(after);
    if !differing.is_empty() {
        for half in [&mut only_before, &mut only_after] {
            half.result = ProofResult::Unknown;
            half.why.extend(differing.iter().cloned());
        }
    }
    PolicyDiff {
        relation: relation(only_before.result, only_after.result),
        only_before,
        only_after,
    }
}

/// What an answer says of one beside another.
///
/// Where the same policies of both are not known, what is proved of the others holds with them too,
/// whatever they say; a request that only one may make is one unless they say otherwise. A boundary
/// that is not known can only forbid.
fn half(answer: Answer, one: &Judged, other: &Judged) -> Half {
    let whole = |result, witness, why| Half { result, witness, why };
    let is_bounded_more = one.boundary_is_unknown() && other.has_no_boundary();
    let same_policies = one.unread == other.unread;
    let same_boundary =
        one.boundary == other.boundary || (one.boundary_is_known() && other.boundary_is_known());
    let unknown: Vec<String> = one
        .not_known()
        .chain(other.not_known())
        .fold(Vec::new(), |mut all, name| {
            if !all.contains(&name) {
                all.push(name);
            }
            all
        });
    match answer {
        Answer::Proved if same_policies && (same_boundary || is_bounded_more) => {
            whole(ProofResult::Proved, None, Vec::new())
        }
        Answer::Disproved(witness) if unknown.is_empty() => {
            whole(ProofResult::Disproved, Some(witness.request), Vec::new())
        }
        Answer::Proved => whole(ProofResult::Unknown, None, unknown),
        Answer::Disproved(witness) => whole(ProofResult::Unknown, Some(witness.request), unknown),
        Answer::Unknown(why) => {
            let why = std::iter::once(why).chain(unknown);
            whole(ProofResult::Unknown, None, why.collect())
        }
    }
}
