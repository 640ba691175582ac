use super::{Explained, ExplainedProvided, ExplainedRole};
use crate::model::{RoleName, nearest};
use crate::ops::OpError;
use crate::policy::Statement;

/// Keeps the role of a name, or all roles of a kind: the base role and those that parts of the
/// topologies have for their own.
pub(super) fn select_role(explained: &mut Explained, asked: &str) -> Result<(), OpError> {
    let is_name = |name: &RoleName| name.as_str().eq_ignore_ascii_case(asked);
    let is_asked = |role: &ExplainedRole| role.id.kind.name() == asked || is_name(&role.spec.name);
    let is_provided = |role: &ExplainedProvided| role.kind.name() == asked || role.names.iter().any(is_name);
    if explained.roles.iter().any(is_asked) || explained.provided.iter().any(is_provided) {
        explained.roles.retain(is_asked);
        explained.provided.retain(is_provided);
        return Ok(());
    }
    let roles = explained.roles.iter();
    let roles = roles.map(|role| (role.id.kind, role.spec.name.as_str()));
    let provided = explained.provided.iter();
    let provided = provided.flat_map(|role| role.names.iter().map(|name| (role.kind, name.as_str())));
    let listed: Vec<(_, &str)> = roles.chain(provided).collect();
    let names: Vec<&str> = listed
        .iter()
        .flat_map(|(kind, name)| [kind.name(), name])
        .collect();
    let listed: Vec<&str> = listed.iter().map(|(_, name)| *name).collect();
    Err(OpError::NotThere {
        message: format!("no role `{}` is needed here", asked.escape_debug()),
        help: way_out(asked, &names, &listed, "role"),
    })
}

/// Keeps the statements that are asked for, and the roles that hold one, or should.
pub(super) fn select_statement(explained: &mut Explained, asked: &str) -> Result<(), OpError> {
    fn sid_of(statement: &Statement) -> &str {
        statement.sid.as_deref().unwrap_or_default()
    }
    let held = explained.roles.iter().flat_map(|role| &role.statements);
    let needed = explained.provided.iter().flat_map(|role| &role.statements);
    let mut sids: Vec<&str> = held
        .map(|explained| sid_of(&explained.statement))
        .chain(needed.map(|needed| sid_of(&needed.statement)))
        .collect();
    sids.sort_unstable();
    sids.dedup();
    if !sids.contains(&asked) {
        let who = match explained.roles.as_slice() {
            [role] => format!("the role `{}` holds", role.spec.name),
            _ => "the roles hold".to_owned(),
        };
        return Err(OpError::NotThere {
            message: format!("{who} no statement `{}`", asked.escape_debug()),
            help: way_out(asked, &sids, &sids, "statement"),
        });
    }
    for role in &mut explained.roles {
        role.statements
            .retain(|explained| sid_of(&explained.statement) == asked);
        role.not_granted.clear();
    }
    for role in &mut explained.provided {
        role.statements
            .retain(|needed| sid_of(&needed.statement) == asked);
    }
    explained.roles.retain(|role| !role.statements.is_empty());
    explained.provided.retain(|role| !role.statements.is_empty());
    Ok(())
}

/// The nearest name, or all that there are.
pub(in crate::ops) fn way_out(asked: &str, names: &[&str], listed: &[&str], what: &str) -> String {
    match nearest(asked, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if listed.is_empty() => format!("there is no {what} to explain"),
        None => format!("one of `{}`", listed.join("`, `")),
    }
}
