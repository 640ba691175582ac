use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::OpError;
use super::observe::{CONCURRENCY, identity, own_role, whole_role};
use super::quota::known;
use super::templates::{Surroundings, Team};
use crate::iam::{Iam, RoleSummary};
use crate::intent::RoleSpec;
use crate::intent::ownership::{TTL_KEY, ownership, recorded_mode, recorded_needs, recorded_others};
use crate::model::{Identity, Namespace, RoleId, RoleName, Sandbox, Tags};
use crate::plan::headroom::{RoleUsage, Usage};
use crate::plan::{Adoption, Business, Intention, Lifetime, Obstacle, Regions, drift};

/// What `list` is asked for.
#[derive(Debug, Clone)]
pub struct ListRequest {
    /// Whether the roles are compared with what their tags say they should be.
    pub drift: DriftCheck,
    /// Whether it is told how much of IAM's limits is used.
    pub quota: QuotaCheck,
    /// What the roles are compared with.
    pub surroundings: Surroundings,
}

/// Whether a listing looks for drift: three and more calls a role instead of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DriftCheck {
    /// It does.
    On,
    /// It does not.
    Off,
}

/// Whether a listing tells how much of IAM's limits is used: one call more, and two and more a role
/// instead of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaCheck {
    /// It does.
    On,
    /// It does not.
    Off,
}

/// The sandboxes of an account.
#[derive(Debug, Clone)]
pub struct Listing {
    /// The account.
    pub identity: Identity,
    /// The sandboxes, by name.
    pub sandboxes: Vec<ListedSandbox>,
    /// Roles that are named like base roles and are not tcperm's, and why.
    pub passed_over: Vec<(RoleName, Obstacle)>,
    /// The roles of the account, and how many it may have, when that was asked for.
    pub roles: Option<Usage>,
}

/// A sandbox and its roles.
#[derive(Debug, Clone)]
pub struct ListedSandbox {
    /// Its name.
    pub sandbox: Sandbox,
    /// Its roles, by name.
    pub roles: Vec<ListedRole>,
}

/// A role of a sandbox.
#[derive(Debug, Clone)]
pub struct ListedRole {
    /// Name, ARN and age.
    pub summary: RoleSummary,
    /// Which role of the sandbox it is.
    pub id: RoleId,
    /// The topologies it serves, as far as each has a tag of its own.
    pub namespaces: Vec<Namespace>,
    /// Whether it serves others, which share a tag.
    pub serves_others: bool,
    /// How it was made, as its tags say it: `dynamic`, `shared` or `override`.
    pub mode: Option<&'static str>,
    /// Until when its sandbox is meant to live, as its tag says it.
    pub ttl: Option<String>,
    /// What was changed by hand, when that was asked for.
    pub drift: Option<Vec<String>>,
    /// How much of its limits it uses, when that was asked for.
    pub usage: Option<RoleUsage>,
}

/// Lists the sandboxes of an account, with the roles that tcperm keeps for them.
///
/// # Errors
/// When a call fails, or a role is compared with a template of the team's that is not right.
pub async fn list(account: &impl Iam, request: &ListRequest) -> Result<Listing, OpError> {
    let listed = account.list_roles().await?;
    let identity = identity(account, &listed).await?;
    let quotas = match request.quota {
        QuotaCheck::On => Some(known(&account.account_summary().await?, listed.len())),
        QuotaCheck::Off => None,
    };
    let placed = listed.into_iter().filter_map(|role| {
        let base = role.name.as_base();
        let base = base.map(|(kind, sandbox)| (RoleId::base(kind, &sandbox), sandbox));
        let (id, sandbox) = base.or_else(|| own_role(&role).map(|(sandbox, id)| (id, sandbox)))?;
        Some((role, id, sandbox))
    });
    let identity_of_roles = &identity;
    let team = match request.drift {
        DriftCheck::On => Some(Team::read(&request.surroundings.making)?),
        DriftCheck::Off => None,
    };
    let team = team.as_ref();
    let quotas = quotas.as_ref();
    let reads = placed.map(|(summary, id, sandbox)| async move {
        let found = read(account, request, &summary).await?;
        let Some((tags, role)) = found else {
            return Ok(None);
        };
        if let Some(obstacle) = Obstacle::of(ownership(&sandbox, &tags)) {
            return Ok(Some(Found::PassedOver(summary.name, obstacle)));
        }
        let drift = match (&role, team) {
            (Some(role), Some(team)) => {
                Some(drift_of((request, team), identity_of_roles, &sandbox, &id, role)?)
            }
            _ => None,
        };
        let role = ListedRole {
            summary,
            id,
            namespaces: recorded_needs(&tags).into_keys().collect(),
            serves_others: recorded_others(&tags).is_some(),
            mode: recorded_mode(&tags),
            ttl: tags.get(TTL_KEY).map(str::to_owned),
            drift,
            usage: role
                .zip(quotas)
                .map(|(role, quotas)| RoleUsage::of(&role, quotas)),
        };
        Ok::<_, OpError>(Some(Found::Ours(sandbox, Box::new(role))))
    });
    let found: Vec<Option<Found>> = stream::iter(reads.collect::<Vec<_>>())
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    let roles = quotas.map(|quotas| quotas.roles);
    Ok(sorted((identity, roles), found.into_iter().flatten()))
}

enum Found {
    Ours(Sandbox, Box<ListedRole>),
    PassedOver(RoleName, Obstacle),
}

async fn read(
    account: &impl Iam,
    request: &ListRequest,
    summary: &RoleSummary,
) -> Result<Option<(Tags, Option<RoleSpec>)>, OpError> {
    if request.drift == DriftCheck::Off && request.quota == QuotaCheck::Off {
        let tags = account.list_role_tags(&summary.name).await?;
        return Ok(tags.map(|tags| (tags, None)));
    }
    let role = whole_role(account, &summary.name).await?;
    Ok(role.map(|role| (role.tags.clone(), Some(role))))
}

fn drift_of(
    (request, team): (&ListRequest, &Team),
    identity: &Identity,
    sandbox: &Sandbox,
    id: &RoleId,
    role: &RoleSpec,
) -> Result<Vec<String>, OpError> {
    let context = request.surroundings.context(identity, sandbox);
    let intention = Intention {
        recipes: team.recipes(),
        context: &context,
        topologies: &BTreeMap::new(),
        kinds: &[id.kind],
        business: Business::Own,
        adoption: Adoption::Refuse,
        regions: Regions::AsWritten,
        lifetime: Lifetime::AsItIs,
    };
    drift(intention, id, role).map_err(|error| team.placed(error.into()))
}

fn sorted((identity, roles_used): (Identity, Option<Usage>), found: impl Iterator<Item = Found>) -> Listing {
    let mut sandboxes: BTreeMap<Sandbox, Vec<ListedRole>> = BTreeMap::new();
    let mut passed_over = Vec::new();
    for found in found {
        match found {
            Found::Ours(sandbox, role) => sandboxes.entry(sandbox).or_default().push(*role),
            Found::PassedOver(role, obstacle) => passed_over.push((role, obstacle)),
        }
    }
    for roles in sandboxes.values_mut() {
        roles.sort_by(|a, b| a.summary.name.cmp(&b.summary.name));
    }
    Listing {
        identity,
        sandboxes: sandboxes
            .into_iter()
            .map(|(sandbox, roles)| ListedSandbox { sandbox, roles })
            .collect(),
        passed_over,
        roles: roles_used,
    }
}
