//! The topologies of a project as they look from outside: what one may name of another.

use std::collections::{BTreeMap, HashSet};

use super::Separator;
use super::codes;
use super::findings::{Findings, shown};
use super::spec::{Mode, Spec};
use crate::diagnostic::{Sources, Span};

/// The topologies of a project, by name.
#[derive(Debug, Default)]
pub(super) struct Neighbours<'s> {
    by_name: BTreeMap<&'s str, Neighbour<'s>>,
    /// The usual names in AWS of all their functions and state machines, with the namespace
    /// filled in: `orders_packer_{{sandbox}}`.
    deployed: HashSet<String>,
}

/// A topology as it looks from outside.
#[derive(Debug)]
pub(super) struct Neighbour<'s> {
    /// What stands between the parts of its names.
    pub separator: Separator,
    /// Whether it has a state machine.
    pub has_machine: bool,
    /// Whether it says that its state machine is an Express one.
    pub is_express: bool,
    /// The type of that machine.
    pub mode: Option<Mode>,
    span: &'s Span,
}

impl<'s> Neighbours<'s> {
    /// The topologies of a project; reports two of one name.
    pub(super) fn of(sources: &Sources, specs: &'s [Spec], findings: &mut Findings) -> Self {
        let mut neighbours = Self::default();
        for spec in specs {
            let Some(name) = &spec.name else {
                continue;
            };
            let neighbour = Neighbour {
                separator: spec.separator,
                has_machine: spec.machine.is_some(),
                is_express: spec.is_express,
                mode: spec.machine.as_ref().map(|machine| machine.mode),
                span: &name.span,
            };
            if specs.len() > 1 {
                neighbours.deployed.extend(deployed(name.value.as_str(), spec));
            }
            if let Some(first) = neighbours.by_name.get(name.value.as_str()) {
                let message = format!("there are two topologies {}", shown(name.value.as_str()));
                let help = format!(
                    "the first is at {}: one would overwrite the other's permissions; rename one of them",
                    sources.label(first.span)
                );
                findings.error(codes::DUPLICATE_TOPOLOGY, &name.span, message, help);
            } else {
                neighbours.by_name.insert(name.value.as_str(), neighbour);
            }
        }
        neighbours
    }

    /// The topology of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Neighbour<'s>> {
        self.by_name.get(name)
    }

    /// Their names.
    pub(super) fn names(&self) -> impl Iterator<Item = &'s str> {
        self.by_name.keys().copied()
    }

    /// Whether a name in AWS is that of a function or a state machine of none of them, as far as
    /// that can be known: there are several, and it names one of them.
    pub(super) fn lack(&self, deployed: &str) -> bool {
        let mut ends = deployed.match_indices(['_', '-']);
        let is_name = |end: usize| {
            let name = deployed.get(..end);
            name.is_some_and(|name| self.by_name.contains_key(name))
        };
        !self.deployed.is_empty() && !self.deployed.contains(deployed) && ends.any(|(end, _)| is_name(end))
    }

    /// Whether a name is that of a function or a state machine of one of them in a sandbox that
    /// is written out.
    pub(super) fn have_in_another_sandbox(&self, name: &str) -> bool {
        let ends = name
            .match_indices(['_', '-'])
            .filter(|(at, _)| *at + 1 < name.len());
        ends.filter_map(|(at, _)| name.get(..=at))
            .any(|start| self.deployed.contains(&format!("{start}{{{{sandbox}}}}")))
    }

    /// The name in AWS that is nearest to one that they lack.
    pub(super) fn nearest<'a>(&'a self, findings: &mut Findings, deployed: &str) -> Option<&'a str> {
        findings.nearest(deployed, self.deployed.iter().map(String::as_str))
    }
}

/// The usual names in AWS of a topology's functions and of its state machine.
fn deployed<'s>(namespace: &'s str, spec: &'s Spec) -> impl Iterator<Item = String> + 's {
    let separator = spec.separator.as_str();
    let functions = spec.functions.iter().map(move |function| {
        let name = &function.name.value;
        format!("{namespace}{separator}{name}{separator}{{{{sandbox}}}}")
    });
    let machine = spec.machine.iter();
    functions.chain(machine.map(move |_| format!("{namespace}{separator}{{{{sandbox}}}}")))
}
