use futures_util::{StreamExt, TryStreamExt, stream};

use super::OpError;
use super::observe::{CONCURRENCY, base_roles, identity, whole_role};
use crate::iam::{Iam, IamError};
use crate::intent::RoleSpec;
use crate::intent::ownership::ownership;
use crate::model::{Identity, RoleKind, RoleName, Sandbox};
use crate::plan::Obstacle;

/// The live roles of a sandbox.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The account.
    pub identity: Identity,
    /// The sandbox.
    pub sandbox: Sandbox,
    /// Its roles with all their documents, by name.
    pub roles: Vec<(RoleKind, RoleSpec)>,
    /// Roles of a right name that are not this sandbox's, and why.
    pub passed_over: Vec<(RoleName, Obstacle)>,
}

/// Reads the roles of a sandbox as the account holds them.
///
/// # Errors
/// When a call fails.
pub async fn show(account: &impl Iam, sandbox: &Sandbox, kinds: &[RoleKind]) -> Result<Shown, OpError> {
    let listed = account.list_roles().await?;
    let identity = identity(account, &listed).await?;
    let names = base_roles(&listed, sandbox)
        .into_iter()
        .filter(|(kind, _)| kinds.contains(kind));
    let reads = names.map(|(kind, name)| async move {
        let role = whole_role(account, &name).await?;
        Ok::<_, IamError>(role.map(|role| (kind, role)))
    });
    let mut read: Vec<Option<(RoleKind, RoleSpec)>> = stream::iter(reads.collect::<Vec<_>>())
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    read.sort_by(|a, b| {
        a.as_ref()
            .map(|(_, role)| &role.name)
            .cmp(&b.as_ref().map(|(_, role)| &role.name))
    });
    let mut shown = Shown {
        identity,
        sandbox: sandbox.clone(),
        roles: Vec::new(),
        passed_over: Vec::new(),
    };
    for (kind, role) in read.into_iter().flatten() {
        match Obstacle::of(ownership(sandbox, &role.tags)) {
            None => shown.roles.push((kind, role)),
            Some(obstacle) => shown.passed_over.push((role.name, obstacle)),
        }
    }
    Ok(shown)
}
