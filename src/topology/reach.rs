//! Functions that are left over: nothing in the topology calls them, and they call nothing.
//!
//! Only a note, and only where the topology says at all who calls whom: functions that are
//! called from elsewhere, by hand or by other programs, are as good as any. Nothing is said
//! where a call is decided at run time.

use std::collections::HashSet;

use super::findings::{Findings, shown};
use super::spec::Spec;
use super::{Edge, Entity, codes};
use crate::diagnostic::Diagnostic;
use crate::model::EntityKind;

/// Notes the functions of a project that are left over.
pub(super) fn unreachable(specs: &[Spec], linked: &[(Vec<Entity>, Vec<Edge>)], findings: &mut Findings) {
    if !findings.is_complete() || findings.hold_errors() {
        return;
    }
    let named = names_in_full(specs, linked);
    for (spec, (entities, edges)) in specs.iter().zip(linked) {
        for function in left_over(spec, entities, edges) {
            let physical = function.physical.as_ref().map(ToString::to_string);
            let namespace = spec.name.as_ref().map_or("", |name| name.value.as_str());
            let deployed = physical.unwrap_or_default().replace("{{namespace}}", namespace);
            if named.contains(&deployed) {
                continue;
            }
            let message = format!("nothing in the topology calls function {}", shown(&function.name));
            let help = "name it where it is to be called, such as under `routes` or `events`; leave it if it is called from elsewhere";
            let note = Diagnostic::note(codes::UNREACHABLE_FUNCTION, message).help(help);
            findings.push(note.at(function.span.clone()));
        }
    }
}

/// The names in AWS, with the namespace filled in, by which topologies call functions.
fn names_in_full(specs: &[Spec], linked: &[(Vec<Entity>, Vec<Edge>)]) -> HashSet<String> {
    let mut names = HashSet::new();
    for (spec, (_, edges)) in specs.iter().zip(linked) {
        let namespace = spec.name.as_ref().map_or("", |name| name.value.as_str());
        let called = edges
            .iter()
            .filter(|edge| edge.target.kind == EntityKind::Function);
        let full = called.filter(|edge| edge.target.name.ends_with("{{sandbox}}"));
        names.extend(full.map(|edge| edge.target.name.replace("{{namespace}}", namespace)));
    }
    names
}

/// The functions of a topology that no edge touches, when others are called.
fn left_over<'t>(spec: &Spec, entities: &'t [Entity], edges: &[Edge]) -> Vec<&'t Entity> {
    let functions: Vec<&Entity> = entities
        .iter()
        .filter(|entity| entity.kind == EntityKind::Function)
        .collect();
    let declared: HashSet<&str> = functions.iter().map(|entity| entity.name.as_str()).collect();
    let mut called: HashSet<&str> = HashSet::new();
    for edge in edges {
        if edge.target.kind == EntityKind::Function {
            let name = edge.target.name.as_str();
            if !declared.contains(name) && !name.ends_with("{{sandbox}}") {
                return Vec::new();
            }
            called.insert(name);
        }
    }
    if !called.iter().any(|name| declared.contains(name)) {
        return Vec::new();
    }
    let mut calling: HashSet<&str> = edges
        .iter()
        .filter(|edge| edge.source.kind == EntityKind::Function)
        .map(|edge| edge.source.name.as_str())
        .collect();
    let has_targets = spec
        .functions
        .iter()
        .filter(|function| !function.targets.is_empty() || function.dead_letter.is_some());
    calling.extend(has_targets.map(|function| function.name.value.as_str()));
    let is_left = |entity: &&Entity| {
        let name = entity.name.as_str();
        !called.contains(name) && !calling.contains(name)
    };
    functions.into_iter().filter(is_left).collect()
}
