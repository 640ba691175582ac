//! What a proof needs to know of roles, from accounts and files.

use std::path::PathBuf;

use crate::iam::Iam;
use crate::model::Arn;
use crate::ops::can::no_roles;
use crate::ops::{Bound, HeldDocument, Holders, LiveRoles, OpError, Wanted, file_documents, live_holders};
use crate::source::SourceError;

/// The roles of a sandbox as an account holds them, with what the topologies of the directory need;
/// where it holds no topology, with that left out.
///
/// # Errors
/// When a call fails, or the files cannot be read or hold errors.
pub async fn live_or_alone(account: &impl Iam, wanted: &Wanted) -> Result<Holders, OpError> {
    let of = LiveRoles {
        sandbox: &wanted.sandbox,
        kinds: &wanted.kinds,
        region: &wanted.region,
        wanted: Some(wanted),
    };
    match live_holders(account, of).await {
        Err(OpError::Source(SourceError::NoTopology { .. })) if wanted.topology.is_none() => {
            live_holders(account, LiveRoles { wanted: None, ..of }).await
        }
        holders => holders,
    }
}

/// Demands that there is something to prove: of no role nothing is.
///
/// # Errors
/// When a sandbox has no role, not even one that somebody else keeps.
pub fn require_roles(holders: &[Holders]) -> Result<(), OpError> {
    let is_empty = |of: &&Holders| of.roles.is_empty() && of.provided.is_empty() && of.passed_over.is_empty();
    match holders.iter().find(is_empty) {
        None => Ok(()),
        Some(empty) => Err(no_roles(empty)),
    }
}

/// The same, of a sandbox that has roles there: of none there is nothing to prove.
///
/// # Errors
/// Those of [`live_or_alone`], and when the account holds no such role.
pub async fn live_to_prove(account: &impl Iam, wanted: &Wanted) -> Result<Holders, OpError> {
    let holders = live_or_alone(account, wanted).await?;
    require_roles(std::slice::from_ref(&holders))?;
    Ok(holders)
}

/// Gives managed policies, attached ones and boundaries, the documents that stand in files. What is known
/// of them already is not replaced.
///
/// # Errors
/// When a file cannot be read or holds no policy, or no role has such a policy.
pub fn add_documents(holders: &mut [Holders], files: &[(Arn, PathBuf)]) -> Result<(), OpError> {
    for (arn, path) in files {
        let mut is_used = false;
        for holders in &mut *holders {
            let read = file_documents(std::slice::from_ref(path), &mut holders.findings.sources)?;
            for document in read {
                is_used |= add(holders, arn, &document);
            }
        }
        if !is_used {
            return Err(OpError::NotThere {
                message: format!("no role has the managed policy `{arn}`, or it is known already"),
                help: there(holders),
            });
        }
    }
    Ok(())
}

/// Adds a document wherever its policy counts.
fn add(holders: &mut Holders, arn: &Arn, document: &HeldDocument) -> bool {
    let document = HeldDocument {
        name: arn.to_string(),
        ..document.clone()
    };
    let mut is_used = false;
    for role in &mut holders.roles {
        // What the account says of a policy counts: a file speaks of those alone that are not known.
        let count = role.unread.len();
        role.unread
            .retain(|name| *name != format!("managed policy {arn}"));
        if role.unread.len() < count {
            role.documents.push(document.clone());
            is_used = true;
        }
        if let Some(Bound {
            arn: bound,
            document: known @ None,
        }) = &mut role.boundary
            && bound == arn
        {
            *known = Some(document.clone());
            role.unread
                .retain(|name| *name != format!("permissions boundary {arn}"));
            is_used = true;
        }
    }
    is_used
}

/// The managed policies that there are.
fn there(holders: &[Holders]) -> String {
    let roles = || holders.iter().flat_map(|holders| &holders.roles);
    let unread = roles().flat_map(|role| &role.unread);
    let names = unread.filter_map(|name| name.split_once(" arn:").map(|(_, rest)| format!("`arn:{rest}`")));
    let names: std::collections::BTreeSet<String> = names.collect();
    if names.is_empty() {
        "every document is known".to_owned()
    } else {
        let names: Vec<String> = names.into_iter().collect();
        format!("not known are {}", names.join(", "))
    }
}
