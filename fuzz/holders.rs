//! What must hold of who bears what a topology needs.

use std::collections::BTreeSet;

use tcperm::grants::{Answer, Derivation, Derived, GrantTarget, derive};
use tcperm::model::{EntityKind, RoleKind};
use tcperm::topology::Topology;

/// The functions of a topology.
pub fn functions(topology: &Topology) -> BTreeSet<String> {
    let entities = topology.entities.iter();
    let functions = entities.filter(|entity| entity.kind == EntityKind::Function);
    functions.map(|function| function.name.clone()).collect()
}

/// Roles of their own for some functions change who bears what is needed, and nothing else.
pub fn check_holders(derivation: Derivation<'_>, topology: &Topology, apart: &BTreeSet<String>) {
    let together = derive(derivation, topology).expect("the templates are sound");
    let parted = derive(Derivation { apart, ..derivation }, topology).expect("the templates are sound");
    assert_eq!(borne(&parted), borne(&together), "apart: {apart:?}");
    assert_eq!(parted.diagnostics, together.diagnostics, "apart: {apart:?}");
    let explained = |derived: &Derived| -> Vec<_> {
        let mut explanations = derived.explanations.clone();
        for explanation in &mut explanations {
            if let Answer::Granted { function, .. } = &mut explanation.answer {
                *function = None;
            }
        }
        explanations
    };
    assert_eq!(explained(&parted), explained(&together), "apart: {apart:?}");
    let bearers: BTreeSet<&String> = parted.grants.iter().filter_map(|g| g.function.as_ref()).collect();
    assert!(bearers.iter().all(|name| apart.contains(*name)), "{bearers:?}");
    assert!(
        bearers.iter().all(|name| parted.functions.contains(*name)),
        "{bearers:?}"
    );
    let of_base = parted.grants.iter().filter(|grant| grant.function.is_none());
    let of_base: BTreeSet<RoleKind> = of_base.map(|grant| grant.role).collect();
    assert!(of_base.is_subset(&parted.roles), "{of_base:?}");
}

/// What is granted, whoever bears it: each part of it in words.
fn borne(derived: &Derived) -> BTreeSet<String> {
    let mut borne = BTreeSet::new();
    for grant in &derived.grants {
        let what = format!("{} {} {}", grant.role, grant.capability, grant.target.label());
        borne.extend(grant.asked_by.iter().map(|span| format!("{what} by {span:?}")));
        if let GrantTarget::Exact { limits, .. } = &grant.target {
            let limits = limits
                .iter()
                .flat_map(|(name, texts)| texts.iter().map(move |text| (name, text)));
            borne.extend(limits.map(|(name, text)| format!("{what} if {name} {text}")));
        }
        borne.insert(what);
    }
    borne
}
