use super::{Action, Obstacle, Step, operation};
use crate::intent::RoleSpec;
use crate::intent::ownership::ownership;
use crate::model::{RoleId, Sandbox};

/// The step that takes a role down with its sandbox, and all that it holds.
///
/// A role of a right name that is not tcperm's, or that belongs to a sandbox spelled in another
/// case, is an obstructed step: it is reported and left.
#[must_use]
pub fn teardown(sandbox: &Sandbox, id: RoleId, role: RoleSpec) -> Step {
    let obstacle = Obstacle::of(ownership(sandbox, &role.tags));
    let (action, reasons, operations) = match obstacle {
        Some(_) => (Action::None, Vec::new(), Vec::new()),
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
