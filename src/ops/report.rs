//! What a reviewer wants to know of a sandbox, gathered for one page.

use std::path::Path;

use super::{Aim, Graph, Holders, OpError, Proof, ProofRequest, Wanted, graph, prove};
use crate::model::AccountId;
use crate::source::{self, SourceError};

/// What a reviewer wants to know of a sandbox.
#[derive(Debug, Clone)]
pub struct Report {
    /// Where the roles were read.
    pub roles_of: RolesOf,
    /// The account, where one is named; else a placeholder stands in names that hold the account.
    pub account: Option<AccountId>,
    /// The roles, with where each of their statements comes from.
    pub holders: Holders,
    /// What there is in the topologies, and who uses whom.
    pub graph: Graph,
    /// What was proved of the roles: that they do not reach beyond the sandbox, and that they cannot
    /// give themselves more.
    pub proofs: [Proof; 2],
}

/// Where the roles of a report were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolesOf {
    /// They are rendered, as the topologies need them.
    Topologies,
    /// As the account holds them.
    Account,
}

/// Gathers it of roles that are known. Reads the topologies, for the picture; where there are none, it
/// is empty.
///
/// # Errors
/// When the files cannot be read or hold errors, or a role would pass a limit of IAM.
pub fn report(
    wanted: &Wanted,
    (roles_of, account): (RolesOf, Option<AccountId>),
    holders: Holders,
) -> Result<Report, OpError> {
    let graph = match graph(wanted) {
        Err(OpError::Source(SourceError::NoTopology { .. })) if roles_of == RolesOf::Account => {
            Graph::default()
        }
        drawn => drawn?,
    };
    let proof = |aim| {
        let accepted = wanted.accepted.clone();
        prove(&holders, &ProofRequest { aim, accepted })
    };
    Ok(Report {
        proofs: [proof(Aim::Isolation), proof(Aim::NoEscalation)],
        roles_of,
        account,
        graph,
        holders,
    })
}

/// Writes the page of a report, in the place of what is there.
///
/// # Errors
/// When the file cannot be written; what was there is left as it was.
pub fn write_report(path: &Path, page: &str) -> Result<(), OpError> {
    Ok(source::write_atomically(path, page.as_bytes())?)
}
