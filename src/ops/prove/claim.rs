//! What an answer says of a role, of which not everything may be known.

use super::{AllowedBy, Claim, ProofResult, ShownWitness};
use crate::evaluate::{Determining, Layer};
use crate::ops::Holder;
use crate::prove::{Answer, Subject, Witness};

/// A role, as it is reasoned about.
pub(super) fn subject(holder: &Holder) -> Subject<'_> {
    Subject {
        identity: holder.documents.iter().map(|document| &document.policy).collect(),
        boundary: holder.boundary_policy(),
        known: holder.known(),
    }
}

/// What an answer says of a role.
///
/// What is proved of the documents that are known holds under any boundary, which can only forbid. It
/// does not hold of a policy that is not known, which can allow. A request that the known documents
/// allow is one unless a boundary that is not known forbids it.
pub(super) fn judged(holder: &Holder, (name, says): (&str, &str), answer: Answer) -> Claim {
    let unread: Vec<String> = unread(holder).map(not_known).collect();
    let boundary = unknown_boundary(holder);
    let (result, witness, why) = match (answer, boundary) {
        (Answer::Proved, _) if unread.is_empty() => (ProofResult::Proved, None, Vec::new()),
        (Answer::Proved, _) => (ProofResult::Unknown, None, unread),
        (Answer::Unknown(reason), _) => {
            let reasons = std::iter::once(reason).chain(unread);
            (ProofResult::Unknown, None, reasons.collect())
        }
        (Answer::Disproved(witness), Some(arn)) => {
            let unless = format!("unless the permissions boundary `{arn}` forbids it: {NOT_KNOWN}");
            (ProofResult::Unknown, Some(witness), vec![unless])
        }
        (Answer::Disproved(witness), None) => {
            let may_deny =
                self::unread(holder).map(|name| format!("{name} is not known here, and could deny it"));
            (ProofResult::Disproved, Some(witness), may_deny.collect())
        }
    };
    Claim {
        name: name.to_owned(),
        says: says.to_owned(),
        result,
        witness: witness.map(|witness| shown(holder, *witness)),
        why,
    }
}

/// The way out where a document is missing.
const NOT_KNOWN: &str = "its document is not known here; use `--live`, or `--managed ARN=FILE`";

/// What else says what a role may do and could not be read, but for the boundary.
fn unread(holder: &Holder) -> impl Iterator<Item = &String> {
    let bound = holder.boundary.as_ref();
    let is_boundary =
        move |name: &str| bound.is_some_and(|bound| name == format!("permissions boundary {}", bound.arn));
    holder.unread.iter().filter(move |name| !is_boundary(name))
}

fn not_known(name: &String) -> String {
    match name.strip_prefix("managed policy ") {
        Some(arn) => format!("managed policy `{arn}`: {NOT_KNOWN}"),
        None => format!("{name} cannot be read"),
    }
}

/// The ARN of a boundary whose document is not known.
fn unknown_boundary(holder: &Holder) -> Option<&str> {
    let bound = holder.boundary.as_ref()?;
    bound.document.is_none().then(|| bound.arn.as_str())
}

/// A witness with the statements that allow it.
pub(super) fn shown(holder: &Holder, witness: Witness) -> ShownWitness {
    ShownWitness {
        allowed_by: witness
            .allowed_by
            .iter()
            .filter_map(|one| allowed_by(holder, one))
            .collect(),
        request: witness.request,
    }
}

fn allowed_by(holder: &Holder, determining: &Determining) -> Option<AllowedBy> {
    let id = determining.statement;
    let document = match id.layer {
        Layer::Identity => holder.documents.get(id.document)?,
        Layer::Boundary => holder.boundary.as_ref()?.document.as_ref()?,
        Layer::Session | Layer::Resource => return None,
    };
    Some(AllowedBy {
        document: document.name.clone(),
        statement: document.policy.statement.get(id.statement)?.clone(),
        origin: document.origins.get(id.statement).cloned().unwrap_or_default(),
    })
}
