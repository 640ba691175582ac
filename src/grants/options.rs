use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Located, Shift, Span};
use crate::model::{Namespace, RoleKind, nearest};
use crate::topology::Text;

use super::codes;

/// What a team says beside its topologies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The kinds that tc does not tag and the team does, by the names that the matrix has for them.
    pub tagged: BTreeSet<String>,
    /// The capabilities that no edge asks for.
    pub grants: Vec<ExplicitGrant>,
}

/// A capability that the team gives to a role although no edge asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplicitGrant {
    /// The kind of the role.
    pub role: RoleKind,
    /// The capability's id; one that the matrix offers for the role.
    pub capability: String,
    /// For exact capabilities the targets: values by the names that the capability has for its
    /// parts. Empty for all others.
    pub on: Vec<Located<BTreeMap<String, Text>>>,
    /// The topologies that need it; `None` for all.
    pub topologies: Option<Vec<Located<Namespace>>>,
    /// Where it is said.
    pub span: Span,
}

impl Options {
    /// The same with its places in texts that were moved.
    #[must_use]
    pub fn moved(mut self, shift: Shift) -> Self {
        for grant in &mut self.grants {
            grant.span = shift.of(&grant.span);
            for target in &mut grant.on {
                target.span = shift.of(&target.span);
            }
            for topology in grant.topologies.iter_mut().flatten() {
                topology.span = shift.of(&topology.span);
            }
        }
        self
    }

    /// What is granted to nobody, in a run of topologies with these roles.
    #[must_use]
    pub fn unused(&self, roles: &BTreeMap<Namespace, BTreeSet<RoleKind>>) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for grant in &self.grants {
            let missing = grant.missing(roles, &mut found);
            let in_run = roles.keys().filter(|name| grant.is_for(name));
            let is_used = in_run.clone().any(|name| has(roles, name, grant.role));
            if is_used || missing {
                continue;
            }
            let role = grant.role;
            let message = format!(
                "`{}` is granted to nobody: no topology of this run has a role `{role}`",
                grant.capability
            );
            let help = "grant it to a role that a topology has, or remove the grant";
            let finding = Diagnostic::warning(codes::UNUSED_GRANT, message).help(help);
            found.push(finding.at(grant.span.clone()));
        }
        found
    }
}

impl ExplicitGrant {
    /// Whether a topology is among those that need it.
    #[must_use]
    pub fn is_for(&self, namespace: &Namespace) -> bool {
        let names = |all: &Vec<Located<Namespace>>| all.iter().any(|name| name.value == *namespace);
        self.topologies.as_ref().is_none_or(names)
    }

    /// Reports the topologies that the run does not have; answers whether that is all of them.
    fn missing(&self, roles: &BTreeMap<Namespace, BTreeSet<RoleKind>>, found: &mut Vec<Diagnostic>) -> bool {
        let Some(named) = &self.topologies else {
            return false;
        };
        let missing: Vec<_> = named
            .iter()
            .filter(|name| !roles.contains_key(&name.value))
            .collect();
        for name in &missing {
            let message = format!("this run has no topology `{}`", name.value);
            let finding = match nearest(name.value.as_str(), roles.keys().map(Namespace::as_str)) {
                Some(near) => {
                    let help = format!("did you mean `{near}`?");
                    Diagnostic::warning(codes::UNUSED_GRANT, message).help(help)
                }
                None => Diagnostic::note(codes::UNUSED_GRANT, message)
                    .help("the grant is for a run that has it; if there is no such topology, remove it"),
            };
            found.push(finding.at(name.span.clone()));
        }
        missing.len() == named.len()
    }
}

fn has(roles: &BTreeMap<Namespace, BTreeSet<RoleKind>>, name: &Namespace, role: RoleKind) -> bool {
    roles.get(name).is_some_and(|roles| roles.contains(&role))
}
