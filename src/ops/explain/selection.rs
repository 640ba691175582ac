use super::{ExplainedRole, ExplainedStatement};
use crate::model::nearest;
use crate::ops::OpError;

/// Keeps the role that is asked for.
pub(super) fn select_role(roles: &mut Vec<ExplainedRole>, asked: &str) -> Result<(), OpError> {
    let is_asked = |role: &ExplainedRole| {
        let name = role.spec.name.as_str();
        role.id.kind.name() == asked || name.eq_ignore_ascii_case(asked)
    };
    if roles.iter().any(is_asked) {
        roles.retain(is_asked);
        return Ok(());
    }
    let names: Vec<&str> = roles
        .iter()
        .flat_map(|role| [role.id.kind.name(), role.spec.name.as_str()])
        .collect();
    let listed: Vec<&str> = roles.iter().map(|role| role.spec.name.as_str()).collect();
    Err(OpError::NotThere {
        message: format!("no role `{}` is needed here", asked.escape_debug()),
        help: way_out(asked, &names, &listed, "role"),
    })
}

/// Keeps the statements that are asked for, and the roles that hold one.
pub(super) fn select_statement(roles: &mut Vec<ExplainedRole>, asked: &str) -> Result<(), OpError> {
    let sid_of = |explained: &ExplainedStatement| explained.statement.sid.clone().unwrap_or_default();
    let mut sids: Vec<String> = roles
        .iter()
        .flat_map(|role| &role.statements)
        .map(sid_of)
        .collect();
    sids.sort();
    sids.dedup();
    let sids: Vec<&str> = sids.iter().map(String::as_str).collect();
    if !sids.contains(&asked) {
        let who = match roles.as_slice() {
            [role] => format!("the role `{}` holds", role.spec.name),
            _ => "the roles hold".to_owned(),
        };
        return Err(OpError::NotThere {
            message: format!("{who} no statement `{}`", asked.escape_debug()),
            help: way_out(asked, &sids, &sids, "statement"),
        });
    }
    for role in roles.iter_mut() {
        role.statements.retain(|explained| sid_of(explained) == asked);
    }
    roles.retain(|role| !role.statements.is_empty());
    Ok(())
}

/// The nearest name, or all that there are.
fn way_out(asked: &str, names: &[&str], listed: &[&str], what: &str) -> String {
    match nearest(asked, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if listed.is_empty() => format!("there is no {what} to explain"),
        None => format!("one of `{}`", listed.join("`, `")),
    }
}
