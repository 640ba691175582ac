use std::collections::BTreeMap;

use super::{Action, Adoption, Facts, Obstacle, Step, is_of_old_tc, operation, reasons};
use crate::intent::RoleSpec;
use crate::intent::ownership::ownership;
use crate::model::{RoleId, RoleName, Sandbox};

/// What a run that takes a sandbox down wants.
#[derive(Debug, Clone, Copy)]
pub struct Teardown<'a> {
    /// The sandbox.
    pub sandbox: &'a Sandbox,
    /// What to do with base roles that are not tcperm's.
    pub adoption: Adoption,
    /// The roles as they were when it was decided that the sandbox goes: one that is not any more what
    /// it was is left. None, where it goes however it stands.
    pub as_listed: Option<&'a BTreeMap<RoleName, Facts>>,
}

impl Teardown<'_> {
    /// Whether the role became another one since it was decided that it goes.
    fn is_changed(&self, role: &RoleSpec, created: i64) -> bool {
        let is_still = |listed: &Facts| listed.is_still(created, &role.tags);
        let listed = self.as_listed.map(|listed| listed.get(&role.name));
        listed.is_some_and(|listed| !listed.is_some_and(is_still))
    }
}

/// The step that takes a role down with its sandbox, and all that it holds.
///
/// Where base roles of an old tc are adopted, they go too, with the managed policies of their names.
/// A role of a right name that is not tcperm's, or that belongs to a sandbox spelled in another
/// case, is an obstructed step: it is reported and left.
#[must_use]
pub fn teardown(teardown: &Teardown<'_>, id: RoleId, (role, created): (RoleSpec, i64)) -> Step {
    let sandbox = teardown.sandbox;
    let is_taken_too = teardown.adoption == Adoption::OfOldTc && is_of_old_tc(sandbox, &role);
    let obstacle = Obstacle::of(ownership(sandbox, &role.tags)).filter(|_| !is_taken_too);
    let changed = teardown
        .is_changed(&role, created)
        .then_some(Obstacle::ChangedMeanwhile);
    let obstacle = obstacle.or(changed);
    let (action, reasons, operations) = match obstacle {
        Some(_) => (Action::None, Vec::new(), Vec::new()),
        None if is_taken_too => (
            Action::Delete,
            std::iter::once(format!(
                "the sandbox `{sandbox}` is taken down, and an old tc made the role"
            ))
            .chain(reasons::of_namesake(&role, None))
            .collect(),
            operation::clearing(&role),
        ),
        None => (
            Action::Delete,
            vec![format!("the sandbox `{sandbox}` is taken down")],
            operation::deleting(&role),
        ),
    };
    Step {
        role: role.name.clone(),
        id,
        action,
        reasons,
        obstacle,
        before: Some(role),
        after: None,
        operations,
    }
}
