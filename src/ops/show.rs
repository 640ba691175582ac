use futures_util::{StreamExt, TryStreamExt, stream};

use super::OpError;
use super::observe::{CONCURRENCY, identity, roles_of, whole_role};
use crate::iam::{Iam, IamError};
use crate::intent::RoleSpec;
use crate::intent::ownership::ownership;
use crate::model::{Identity, RoleId, RoleKind, RoleName, Sandbox};
use crate::plan::Obstacle;

/// The live roles of a sandbox.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The account.
    pub identity: Identity,
    /// The sandbox.
    pub sandbox: Sandbox,
    /// Its roles with all their documents, by name.
    pub roles: Vec<(RoleId, RoleSpec)>,
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
    let names = roles_of(&listed, sandbox)
        .into_iter()
        .filter(|(id, _)| kinds.contains(&id.kind));
    let reads = names.map(|(id, name)| async move {
        let role = whole_role(account, &name).await?;
        Ok::<_, IamError>(role.map(|role| (id, role)))
    });
    let mut read: Vec<Option<(RoleId, RoleSpec)>> = stream::iter(reads.collect::<Vec<_>>())
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
    for (id, role) in read.into_iter().flatten() {
        match Obstacle::of(ownership(sandbox, &role.tags)) {
            None => shown.roles.push((id, role)),
            Some(obstacle) => shown.passed_over.push((role.name, obstacle)),
        }
    }
    Ok(shown)
}
