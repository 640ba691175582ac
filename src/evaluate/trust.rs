use super::Pattern;
use crate::policy::{Effect, Policy, Principal, Principals, Statement, Values};

/// Whether a trust policy lets a service, `lambda.amazonaws.com`, assume the role by an action.
///
/// Conditions are not looked at: one that allows is taken to hold, one that denies not to. They
/// speak of the request, mostly of the account and the resource for which the service asks.
#[must_use]
pub fn trusts(trust: &Policy, service: &str, action: &str) -> bool {
    let action = Pattern::action(action);
    let speaks = |statement: &&Statement| {
        let mut actions = statement.action.values().iter().map(Pattern::action);
        let is_named = actions.any(|pattern| pattern.includes(&action));
        let is_meant = is_named == matches!(statement.action, crate::policy::Action::In(_));
        is_meant && is_of(statement, service)
    };
    let mut speaking = trust.statement.iter().filter(speaks);
    let denies = |statement: &Statement| statement.effect == Effect::Deny && statement.condition.is_empty();
    let mut allows = false;
    speaking.all(|statement| {
        allows |= statement.effect == Effect::Allow;
        !denies(statement)
    }) && allows
}

fn is_of(statement: &Statement, service: &str) -> bool {
    match &statement.principal {
        Some(Principal::In(principals)) => name(principals, service),
        Some(Principal::NotIn(principals)) => !name(principals, service),
        None => false,
    }
}

/// Whether principals name a service; `{"AWS": "*"}` is everyone, as `"*"` is.
fn name(principals: &Principals, service: &str) -> bool {
    match principals {
        Principals::Anyone => true,
        Principals::Typed(types) => types.iter().any(|(kind, who)| {
            let has = |who: &Values, name: &str| who.iter().any(|one| one == name);
            match kind.as_str() {
                "Service" => has(who, service) || has(who, "*"),
                "AWS" => has(who, "*"),
                _ => false,
            }
        }),
    }
}
