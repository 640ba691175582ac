use std::fmt::Write as _;

use super::{Place, change, table};
use crate::model::Namespace;
use crate::ops::{ListedRole, Listing};

/// The sandboxes with their roles.
pub(super) fn table(listing: &Listing) -> String {
    if listing.sandboxes.is_empty() {
        return String::new();
    }
    let roles = listing.sandboxes.iter().flat_map(|sandbox| {
        let name = sandbox.sandbox.to_string();
        sandbox.roles.iter().map(move |role| (name.clone(), role))
    });
    let row = |(sandbox, role): (String, &ListedRole)| {
        let others = role.serves_others.then_some("others");
        let topologies: Vec<&str> = role
            .namespaces
            .iter()
            .map(Namespace::as_str)
            .chain(others)
            .collect();
        let summary = &role.summary;
        [
            sandbox,
            summary.name.to_string(),
            day(summary.created),
            topologies.join(", "),
        ]
    };
    table::table(["SANDBOX", "ROLE", "CREATED", "TOPOLOGIES"], roles.map(row))
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

/// The day of a moment in seconds since 1970, in UTC.
fn day(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map(|moment| moment.strftime("%F").to_string())
        .unwrap_or_default()
}
