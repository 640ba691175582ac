use std::fmt::Write as _;

use super::report::harmless;
use super::{Place, change, table};
use crate::model::{Namespace, RoleId, RoleOwner, day};
use crate::ops::{ListedRole, Listing};
use crate::plan::headroom::{RoleUsage, Usage};

/// The sandboxes with their roles.
pub(super) fn table(listing: &Listing) -> String {
    if listing.sandboxes.is_empty() {
        return String::new();
    }
    let roles = listing.sandboxes.iter().flat_map(|sandbox| {
        let name = sandbox.sandbox.to_string();
        sandbox.roles.iter().map(move |role| (name.clone(), role))
    });
    if listing.roles.is_some() {
        let row = |(sandbox, role): (String, &ListedRole)| {
            let parts = role.usage.map(|usage| usage.parts().map(|(_, usage)| of(usage)));
            let [inline, trust, tags, managed] = parts.unwrap_or_default();
            [
                sandbox,
                role.summary.name.to_string(),
                inline,
                trust,
                tags,
                managed,
            ]
        };
        let header = ["SANDBOX", "ROLE", "INLINE", "TRUST", "TAGS", "MANAGED"];
        return table::table(header, roles.map(row));
    }
    let row = |(sandbox, role): (String, &ListedRole)| {
        let summary = &role.summary;
        [
            sandbox,
            summary.name.to_string(),
            day(summary.created),
            role.mode.unwrap_or_default().to_owned(),
            topologies(role),
        ]
    };
    let mut all = listing.sandboxes.iter().flat_map(|one| &one.roles);
    if !all.any(|role| role.ttl.is_some()) {
        return table::table(
            ["SANDBOX", "ROLE", "CREATED", "MODE", "TOPOLOGIES"],
            roles.map(row),
        );
    }
    let row = |(name, role): (String, &ListedRole)| {
        let [sandbox, name, created, mode, topologies] = row((name, role));
        let until = harmless(role.ttl.as_deref().unwrap_or_default());
        [sandbox, name, created, until, mode, topologies]
    };
    table::table(
        ["SANDBOX", "ROLE", "CREATED", "UNTIL", "MODE", "TOPOLOGIES"],
        roles.map(row),
    )
}

/// `812 of 10240`.
fn of(Usage { used, limit }: Usage) -> String {
    format!("{used} of {limit}")
}

/// What is nearly full, and how many roles the account has.
fn usage(listing: &Listing) -> String {
    let mut text = String::new();
    for role in listing.sandboxes.iter().flat_map(|sandbox| &sandbox.roles) {
        for (what, usage) in role.usage.iter().flat_map(RoleUsage::parts) {
            if usage.is_nearly_full() {
                let _ = writeln!(
                    text,
                    "nearly full: `{}` has {} {what}",
                    role.summary.name,
                    of(usage)
                );
            }
        }
    }
    if let Some(roles) = listing.roles {
        let nearly = if roles.is_nearly_full() {
            "nearly full: "
        } else {
            ""
        };
        let _ = writeln!(text, "{nearly}the account has {} roles", of(roles));
    }
    text
}

/// The topologies that a role serves, or the part of one whose own it is.
fn topologies(role: &ListedRole) -> String {
    if let Some(owner) = &role.id.owner {
        return format!("{} ({})", owner.namespace, part(&role.id, owner));
    }
    let others = role.serves_others.then_some("others");
    let named = role.namespaces.iter().map(Namespace::as_str);
    named.chain(others).collect::<Vec<_>>().join(", ")
}

/// Whose a role of its own is: `role of function place of orders`. `None` for a base role.
pub(super) fn owner(id: &RoleId) -> Option<String> {
    let owner = id.owner.as_ref()?;
    Some(format!("role of {} of {}", part(id, owner), owner.namespace))
}

/// The part of a topology that has a role for its own: `function place`, `all routes`.
fn part(id: &RoleId, owner: &RoleOwner) -> String {
    match &owner.function {
        Some(function) => format!("function {}", harmless(function)),
        None => format!("all {}s", id.kind),
    }
}

/// How many there are, and what was passed over.
pub(super) fn summary(place: &Place, listing: &Listing) -> String {
    let mut text = String::new();
    for role in listing.sandboxes.iter().flat_map(|sandbox| &sandbox.roles) {
        for finding in role.drift.iter().flatten() {
            let _ = writeln!(text, "{}: {finding}", role.summary.name);
        }
    }
    for (role, obstacle) in &listing.passed_over {
        let _ = writeln!(text, "passed over: `{role}` {obstacle}");
    }
    text.push_str(&usage(listing));
    let roles: usize = listing.sandboxes.iter().map(|sandbox| sandbox.roles.len()).sum();
    let sandboxes = match listing.sandboxes.len() {
        0 => return text + &place.name(&listing.identity) + "\nno sandboxes\n",
        1 => "1 sandbox".to_owned(),
        number => format!("{number} sandboxes"),
    };
    let _ = writeln!(
        text,
        "{}\n{sandboxes} · {}",
        place.name(&listing.identity),
        change::roles(roles)
    );
    text
}
