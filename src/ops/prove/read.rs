//! What a proof needs to know of roles, from accounts and files.

use std::path::PathBuf;

use crate::iam::Iam;
use crate::model::Arn;
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

/// Gives managed policies, attached ones and boundaries, the documents that stand in files.
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
                message: format!("no role has the managed policy `{arn}`"),
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
        let (attached, unread): (Vec<String>, Vec<String>) = std::mem::take(&mut role.unread)
            .into_iter()
            .partition(|name| *name == format!("managed policy {arn}"));
        role.unread = unread;
        let is_known = |known: &&mut HeldDocument| known.name == document.name;
        if let Some(known) = role.documents.iter_mut().find(is_known) {
            known.clone_from(&document);
            is_used = true;
        } else if !attached.is_empty() {
            role.documents.push(document.clone());
            is_used = true;
        }
        if let Some(Bound {
            arn: bound,
            document: known,
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
