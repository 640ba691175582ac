//! Whether a trust policy admits more than another.

use std::collections::{BTreeMap, BTreeSet};

use crate::intent::Document;
use crate::policy::{Effect, Policy, Principal, Principals, Statement, Values};

/// What a change of a trust policy does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TrustChange {
    /// It admits nobody who was not admitted before, and nobody on other terms.
    NotWider,
    /// It admits somebody; who.
    Wider(String),
    /// It cannot be told; why.
    Unclear(String),
}

/// Compares trust policies statement by statement: each that allows must say no more than one did
/// before, and each that denied must still be there.
pub(super) fn change(before: &Document, after: &Document) -> TrustChange {
    if before == after {
        return TrustChange::NotWider;
    }
    let (Some(before), Some(after)) = (before.known(), after.known()) else {
        return TrustChange::Unclear("the trust policy cannot be read".to_owned());
    };
    if before.version != after.version {
        // Variables are texts in the one version and values in the other.
        return TrustChange::Unclear("the trust policy is in another version of the language".to_owned());
    }
    for statement in allowing(after) {
        if allowing(before).any(|known| covers(known, statement)) {
            continue;
        }
        let new: Vec<String> = admitted(statement)
            .difference(&all_admitted(before))
            .cloned()
            .collect();
        return if new.is_empty() {
            TrustChange::Unclear("the trust policy admits on other terms than before".to_owned())
        } else {
            TrustChange::Wider(format!("the trust policy admits {}", new.join(", ")))
        };
    }
    let is_there = |denied: &&Statement| after.statement.iter().any(|one| is_same(one, denied));
    if before
        .statement
        .iter()
        .filter(|one| one.effect == Effect::Deny)
        .all(|denied| is_there(&denied))
    {
        TrustChange::NotWider
    } else {
        TrustChange::Unclear("the trust policy no longer denies what it denied".to_owned())
    }
}

fn allowing(policy: &Policy) -> impl Iterator<Item = &Statement> {
    policy.statement.iter().filter(|one| one.effect == Effect::Allow)
}

fn is_same(one: &Statement, other: &Statement) -> bool {
    let nameless = |statement: &Statement| Statement {
        sid: None,
        ..statement.clone()
    };
    nameless(one) == nameless(other)
}

/// Whether a statement allows all that another does: the same, or more actions and principals under
/// the same conditions.
fn covers(known: &Statement, statement: &Statement) -> bool {
    let texts =
        |values: &Values| -> BTreeSet<String> { values.iter().map(str::to_ascii_lowercase).collect() };
    let actions = match (&known.action, &statement.action) {
        (crate::policy::Action::In(known), crate::policy::Action::In(now)) => {
            texts(now).is_subset(&texts(known))
        }
        (known, now) => known == now,
    };
    let principals = match (typed(known), typed(statement)) {
        (Some(known), Some(now)) => now.iter().all(|(kind, names)| {
            let known: BTreeSet<&str> = known.get(kind).into_iter().flat_map(Values::iter).collect();
            names.iter().all(|name| known.contains(name))
        }),
        _ => known.principal == statement.principal,
    };
    actions && principals && known.condition == statement.condition && known.resource == statement.resource
}

fn typed(statement: &Statement) -> Option<&BTreeMap<String, Values>> {
    match &statement.principal {
        Some(Principal::In(Principals::Typed(types))) => Some(types),
        _ => None,
    }
}

/// Who is admitted, by name: `lambda.amazonaws.com`.
fn admitted(statement: &Statement) -> BTreeSet<String> {
    match &statement.principal {
        Some(Principal::In(Principals::Typed(types))) => {
            let names = types.values().flat_map(Values::iter);
            names.map(|name| format!("`{}`", name.escape_debug())).collect()
        }
        Some(Principal::In(Principals::Anyone)) => BTreeSet::from(["anyone".to_owned()]),
        Some(Principal::NotIn(_)) => BTreeSet::from(["all but some".to_owned()]),
        None => BTreeSet::new(),
    }
}

fn all_admitted(policy: &Policy) -> BTreeSet<String> {
    allowing(policy).flat_map(admitted).collect()
}
