use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::converge::{converge, decided, look};
use super::create::not_begun;
use super::observe::{CONCURRENCY, Placed, identity, own_role, roles_of};
use super::templates::{Surroundings, Team};
use super::{
    ChangeOutcome, Findings, Interrupt, OpError, Protection, Resumption, Status, StepOutcome, Watcher,
    is_approved, role_lines,
};
use crate::diagnostic::Diagnostic;
use crate::iam::{Iam, IamError, RoleSummary};
use crate::intent::Shares;
use crate::intent::ownership::{OWN_KEY, Ownership, ownership, recorded_needs};
use crate::model::{Identity, Namespace, RoleId, RoleKind, Sandbox, nearest};
use crate::plan::{
    Adoption, Business, Intention, Lifetime, Obstacle, Plan, Purpose, Reconciliation, Regions, Teardown,
};

/// The codes of what deleting finds.
pub mod codes {
    /// No role of the sandbox records the topology that is to leave.
    pub const NOT_SERVED: &str = "not-served";
}

/// What `delete` is asked for.
#[derive(Debug, Clone)]
pub struct DeleteRequest {
    /// The sandbox.
    pub sandbox: Sandbox,
    /// How much of it.
    pub share: Share,
    /// The kinds of role it is about.
    pub kinds: Vec<RoleKind>,
    /// What to do with roles that are not tcperm's.
    pub adoption: Adoption,
    /// How the roles that stay are made.
    pub surroundings: Surroundings,
    /// Whether a protected sandbox may be deleted.
    pub protection: Protection,
}

impl DeleteRequest {
    /// What the roles of a whole sandbox are looked at for.
    const fn purpose(&self) -> Purpose<'_> {
        Purpose::TakeDown(Teardown {
            sandbox: &self.sandbox,
            adoption: self.adoption,
            as_listed: None,
        })
    }
}

/// How much of a sandbox is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Share {
    /// All of it.
    Whole,
    /// What one topology needs of it.
    Namespace(Namespace),
}

/// Takes a sandbox down, or one topology's share out of it; needs no topology.
///
/// # Errors
/// When the run did not begin: the sandbox is protected or a read fails. What happens after the
/// first write stands in the outcome.
pub async fn delete(
    account: &impl Iam,
    request: &DeleteRequest,
    watcher: &dyn Watcher,
    interrupt: &Interrupt,
) -> Result<ChangeOutcome, OpError> {
    if request.sandbox.is_protected() && request.protection == Protection::Kept {
        return Err(OpError::Protected {
            sandbox: request.sandbox.to_string(),
            variable: "TC_FORCE_DELETE",
        });
    }
    let listed = account.list_roles().await?;
    let identity = identity(account, &listed).await?;
    let mut roles = roles_of(&listed, &request.sandbox);
    roles.extend(undescribed(account, &listed, &request.sandbox).await?);
    let making = &request.surroundings.making;
    roles.retain(|(id, name)| request.kinds.contains(&id.kind) && !making.is_fixed(name));
    let mut findings = Findings::default();
    let steps = match &request.share {
        Share::Whole => whole(account, request, &identity, &roles, watcher, interrupt).await?,
        Share::Namespace(namespace) => {
            let session = (watcher, interrupt);
            let steps = one_topology(account, request, &identity, &roles, namespace, session).await?;
            // Only the roles of all kinds together tell that a topology is not served.
            if steps.is_empty() && RoleKind::ALL.iter().all(|kind| request.kinds.contains(kind)) {
                let said = not_served(account, &request.sandbox, &roles, namespace).await?;
                findings.diagnostics.extend(said);
                watcher.findings(&findings);
            }
            steps
        }
    };
    Ok(ChangeOutcome {
        identity,
        sandbox: request.sandbox.clone(),
        roles: role_lines(&steps, Vec::new()),
        steps,
        findings,
        calls: account.calls(),
        interrupted: interrupt.is_asked(),
        resumption: Resumption::Again,
    })
}

/// The roles that parts of the sandbox have for their own and that have lost their descriptions: by
/// the shape of their names, and of these the ones whose tags say so.
pub(super) async fn undescribed(
    account: &impl Iam,
    listed: &[RoleSummary],
    sandbox: &Sandbox,
) -> Result<Vec<Placed>, IamError> {
    let end = format!("-{sandbox}").to_ascii_lowercase();
    let has_shape = |role: &&RoleSummary| {
        let name = role.name.as_str().to_ascii_lowercase();
        (name.starts_with("tc-") || name.starts_with("tc+")) && name.ends_with(&end)
    };
    let is_told = |role: &RoleSummary| {
        let described = own_role(role).is_some_and(|(of, _)| of == *sandbox);
        role.name.as_base().is_some() || described
    };
    let reads = listed.iter().filter(has_shape).filter(|role| !is_told(role));
    let reads = reads.map(|role| async move {
        let tags = account.list_role_tags(&role.name).await?;
        let tags = tags.filter(|tags| ownership(sandbox, tags) == Ownership::Ours);
        let label = tags.as_ref().and_then(|tags| tags.get(OWN_KEY));
        let id = label.and_then(|label| RoleId::from_label(role.name.clone(), label));
        Ok(id.map(|id| (id, role.name.clone())))
    });
    let found: Vec<Option<Placed>> = stream::iter(reads.collect::<Vec<_>>())
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

async fn whole(
    account: &impl Iam,
    request: &DeleteRequest,
    identity: &Identity,
    roles: &[Placed],
    watcher: &dyn Watcher,
    interrupt: &Interrupt,
) -> Result<Vec<StepOutcome>, OpError> {
    let plan = doom(account, request, roles).await?;
    if !is_approved(watcher, interrupt, (identity, &plan)).await {
        return Ok(not_begun(plan));
    }
    let purpose = request.purpose();
    let (obstructed, steps) = plan.steps.into_iter().partition(|step| step.obstacle.is_some());
    let mut outcomes = converge(account, Plan { steps }, purpose, watcher, interrupt).await;
    outcomes.extend(left_alone(Plan { steps: obstructed }));
    outcomes.sort_by(|a, b| a.step.role.cmp(&b.step.role));
    Ok(outcomes)
}

/// Roles that stand in the way; those that are not tcperm's are where they belong.
pub(super) fn left_alone(plan: Plan) -> Vec<StepOutcome> {
    let mut outcomes = not_begun(plan);
    for outcome in &mut outcomes {
        if outcome.step.obstacle == Some(Obstacle::Foreign) {
            outcome.status = Status::Left;
        }
    }
    outcomes
}

async fn doom(account: &impl Iam, request: &DeleteRequest, roles: &[Placed]) -> Result<Plan, OpError> {
    let purpose = request.purpose();
    let runs = roles.iter().cloned();
    decided(
        account,
        runs.map(|(id, name)| Reconciliation::with(purpose, id, name)),
    )
    .await
}

async fn one_topology(
    account: &impl Iam,
    request: &DeleteRequest,
    identity: &Identity,
    roles: &[Placed],
    namespace: &Namespace,
    (watcher, interrupt): (&dyn Watcher, &Interrupt),
) -> Result<Vec<StepOutcome>, OpError> {
    let context = request.surroundings.context(identity, &request.sandbox);
    let team = Team::read(&request.surroundings.making)?;
    let topologies = BTreeMap::from([(namespace.clone(), Shares::new())]);
    let intention = Intention {
        recipes: team.recipes(),
        context: &context,
        topologies: &topologies,
        kinds: &request.kinds,
        business: Business::Own,
        adoption: Adoption::Refuse,
        regions: Regions::AsWritten,
        lifetime: Lifetime::AsItIs,
    };
    let plan = look(account, intention, roles)
        .await
        .map_err(|error| team.placed(error))?;
    if is_approved(watcher, interrupt, (identity, &plan)).await && plan.obstructed().next().is_none() {
        Ok(converge(account, plan, Purpose::Serve(intention), watcher, interrupt).await)
    } else {
        Ok(not_begun(plan))
    }
}

/// What to say when nothing is done for a topology: the roles serve others, and none of its name.
async fn not_served(
    account: &impl Iam,
    sandbox: &Sandbox,
    roles: &[Placed],
    namespace: &Namespace,
) -> Result<Option<Diagnostic>, OpError> {
    let mut served = BTreeSet::new();
    for (_, role) in roles {
        let tags = account.get_role(role).await?.map(|detail| detail.tags);
        let tags = tags.filter(|tags| ownership(sandbox, tags) == Ownership::Ours);
        served.extend(tags.iter().flat_map(recorded_needs).map(|(served, _)| served));
    }
    if served.is_empty() || served.contains(namespace) {
        return Ok(None);
    }
    let names: Vec<&str> = served.iter().map(Namespace::as_str).collect();
    let help = match nearest(namespace.as_str(), names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("they serve {}", names.join(", ")),
    };
    let message = format!("no role of the sandbox serves a topology `{namespace}` by name");
    Ok(Some(Diagnostic::warning(codes::NOT_SERVED, message).help(help)))
}
