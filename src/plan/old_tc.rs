//! Roles that an old tc made: base roles without a word of whose they are, each with a managed policy
//! of its own name.

use crate::intent::ownership::DEPLOYER_KEY;
use crate::intent::{Namesake, RoleSpec};
use crate::model::{Arn, Sandbox};

/// The managed policy that an old tc gives a role, by its ARN; `None` where the ARN of the role tells
/// no account.
#[must_use]
pub fn namesake(role: &RoleSpec) -> Option<Arn> {
    let partition = role.arn.partition()?;
    let account = role.arn.account()?;
    Arn::parse(&format!("arn:{partition}:iam::{account}:policy/{}", role.name)).ok()
}

/// Whether an old tc made a role as a base role of this sandbox. The name alone says of which sandbox it
/// is: in another case it is of another one, although IAM takes both for one name.
#[must_use]
pub fn is_of_old_tc(sandbox: &Sandbox, role: &RoleSpec) -> bool {
    let base = role.name.as_base();
    base.is_some_and(|(_, of)| of == *sandbox) && is_as_by_old_tc(role)
}

/// Whether a role is as an old tc makes a base role, of whatever sandbox: nobody says in its tags who
/// deployed it, it stands at the path `/`, and the managed policy of its name is attached to it; or it
/// holds no policy any more, as where a run ended that was taking it away.
pub(super) fn is_as_by_old_tc(role: &RoleSpec) -> bool {
    let Some(policy) = namesake(role) else {
        return false;
    };
    let stands_at_root = role.arn.resource() == format!("role/{}", role.name);
    let is_empty = role.policies.is_empty() && role.managed_policies.is_empty();
    role.name.as_base().is_some()
        && role.tags.get(DEPLOYER_KEY).is_none()
        && stands_at_root
        && (is_empty || role.managed_policies.contains(&policy))
}

/// The managed policy of a role's name that is deleted with what the role was: nobody else holds it, and
/// the role is not to have it.
pub(super) fn disposable<'a>(before: &'a RoleSpec, after: Option<&RoleSpec>) -> Option<&'a Namesake> {
    let is_kept = |policy: &Namesake| after.is_some_and(|role| role.managed_policies.contains(&policy.arn));
    let policy = before.namesake.as_ref();
    policy.filter(|policy| policy.other_uses == 0 && !is_kept(policy))
}
