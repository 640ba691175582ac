//! Which role each entity of a topology assumes.
//!
//! Strongest first, for a function: a role that somebody else keeps (`runtime.role`), a role of its
//! own from the file that it names (`runtime.role_file`) or that the team keeps for it, the role that
//! its topology has for all functions, the base role. For other entities: the role that the topology
//! has for the kind, the base role. Where fixed roles are used, they stand in the place of base roles.

use std::collections::{BTreeMap, BTreeSet};

use super::ownership::namespace_policy;
use crate::diagnostic::{Diagnostic, Located, Sources, Span};
use crate::grants::role_name;
use crate::model::{Context, EntityKind, InvalidName, RoleId, RoleKind, RoleName, RoleOwner, Sandbox};
use crate::template::{RoleFiles, RoleTemplate, TemplateSet};
use crate::topology::{FunctionRole, RoleFileIds, Text, Topology};

/// The codes of what assigning roles finds.
pub mod codes {
    /// A name that no role can have.
    pub const INVALID_ROLE_NAME: &str = "invalid-role-name";
    /// Two things would have one role.
    pub const ROLE_NAME_TAKEN: &str = "role-name-taken";
    /// A name for a role of its own, where there is none.
    pub const UNUSED_ROLE_NAME: &str = "unused-role-name";
    /// A role of its own whose name does not hold the sandbox.
    pub const SHARED_ROLE_NAME: &str = "shared-role-name";
    /// A role that is named as somebody else's is one that tcperm makes and deletes.
    pub const NOT_KEPT_BY_OTHERS: &str = "not-kept-by-others";
}

/// Who bears what an entity needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    /// A role that tcperm makes.
    Role(RoleId),
    /// A role that somebody else keeps: the first of these names that there is.
    Provided(Vec<RoleName>),
}

/// The roles of a topology's entities.
#[derive(Debug, Clone, Default)]
pub struct Assignment {
    kinds: BTreeMap<RoleKind, Bearer>,
    functions: BTreeMap<String, Bearer>,
    /// The templates that functions name themselves.
    pub files: BTreeMap<RoleId, RoleTemplate>,
    /// What was found on the way.
    pub diagnostics: Vec<Diagnostic>,
}

/// The names of the roles that somebody else keeps, by kind, in the order in which they are looked for.
pub type FixedRoles = BTreeMap<RoleKind, Vec<RoleName>>;

/// Whether a name is that of a fixed role.
#[must_use]
pub fn is_fixed(fixed: Option<&FixedRoles>, name: &RoleName) -> bool {
    let is_it = |fixed: &RoleName| fixed.as_str().eq_ignore_ascii_case(name.as_str());
    fixed.is_some_and(|fixed| fixed.values().flatten().any(is_it))
}

impl Assignment {
    /// The functions that do not assume the role of all functions.
    #[must_use]
    pub fn apart(&self) -> BTreeSet<String> {
        self.functions.keys().cloned().collect()
    }

    /// An assignment of kinds alone.
    #[must_use]
    pub fn of(kinds: impl IntoIterator<Item = (RoleKind, Bearer)>) -> Self {
        Self {
            kinds: kinds.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Who bears what a kind of entity, or one function that is apart, needs.
    #[must_use]
    pub fn bearer(&self, kind: RoleKind, function: Option<&str>) -> Option<&Bearer> {
        match function {
            Some(function) => self.functions.get(function),
            None => self.kinds.get(&kind),
        }
    }
}

/// Says which role each entity of a topology assumes.
#[must_use]
pub fn assign(
    topology: &Topology,
    (set, sources): (&TemplateSet, &Sources),
    context: &Context,
    fixed: Option<&FixedRoles>,
) -> Assignment {
    let mut assigning = Assigning {
        topology,
        context,
        set,
        sources,
        fixed,
        done: Assignment::default(),
    };
    for kind in RoleKind::ALL {
        assigning.kind(kind);
    }
    let functions: BTreeMap<&str, &Span> = topology
        .entities
        .iter()
        .filter(|entity| entity.kind == EntityKind::Function)
        .map(|entity| (entity.name.as_str(), &entity.span))
        .collect();
    for (function, span) in functions {
        assigning.function(function, span);
    }
    assigning.done
}

struct Assigning<'a> {
    topology: &'a Topology,
    context: &'a Context,
    set: &'a TemplateSet,
    sources: &'a Sources,
    fixed: Option<&'a FixedRoles>,
    done: Assignment,
}

impl Assigning<'_> {
    fn kind(&mut self, kind: RoleKind) {
        let namespace = &self.topology.name.value;
        let bearer = if self.set.of_kind(namespace, kind).is_some() {
            let owner = RoleOwner {
                namespace: namespace.clone(),
                function: None,
            };
            match RoleId::own(kind, owner, &self.context.sandbox) {
                Ok(id) if self.is_free(&id.name, &self.topology.name.span.clone()) => Bearer::Role(id),
                Ok(_) => return,
                Err(error) => return self.invalid(error, &self.topology.name.span.clone()),
            }
        } else if let Some(names) = self.fixed.and_then(|fixed| fixed.get(&kind)) {
            Bearer::Provided(names.clone())
        } else {
            Bearer::Role(RoleId::base(kind, &self.context.sandbox))
        };
        self.done.kinds.insert(kind, bearer);
    }

    fn function(&mut self, function: &str, span: &Span) {
        let said = self.topology.roles.get(function).cloned().unwrap_or_default();
        if let Some(text) = &said.provided {
            if let Some(name) = self.role_name(text) {
                self.kept_by_others(&name, &text.span);
                self.done
                    .functions
                    .insert(function.to_owned(), Bearer::Provided(vec![name]));
            }
            return;
        }
        let template = match &said.file {
            Some(file) => match self.set.role(self.sources, &files(&file.value)) {
                Ok(template) => Some(template),
                Err(findings) => return self.done.diagnostics.extend(findings),
            },
            None => None,
        };
        let of_team = self.set.of_function(&self.topology.name.value, function);
        if template.is_none() && of_team.is_none() {
            self.unused_name(&said);
            return;
        }
        let Some(id) = self.own(function, &said, span) else {
            return;
        };
        if let Some(template) = template {
            self.done.files.insert(id.clone(), template);
        }
        self.done.functions.insert(function.to_owned(), Bearer::Role(id));
    }

    /// The role of a function's own, under the name that it has or that is chosen for it.
    fn own(&mut self, function: &str, said: &FunctionRole, span: &Span) -> Option<RoleId> {
        let owner = RoleOwner {
            namespace: self.topology.name.value.clone(),
            function: Some(function.to_owned()),
        };
        let id = match RoleId::own(RoleKind::Function, owner, &self.context.sandbox) {
            Ok(id) => id,
            Err(error) => {
                self.invalid(error, span);
                return None;
            }
        };
        let Some(chosen) = &said.name else {
            return self.is_free(&id.name, span).then_some(id);
        };
        let name = self.role_name(chosen)?;
        if !self.is_free(&name, &chosen.span) {
            return None;
        }
        let is_policy = namespace_policy(&self.topology.name.value)
            .is_some_and(|policy| policy.as_str().eq_ignore_ascii_case(name.as_str()));
        if is_policy || name.as_base().is_some() {
            let message = format!("`{name}` is a name that tcperm gives to others");
            let finding = Diagnostic::error(codes::INVALID_ROLE_NAME, message)
                .help("choose another name for the role")
                .at(chosen.span.clone());
            self.done.diagnostics.push(finding);
            return None;
        }
        if !chosen.value.names_sandbox() {
            let message = format!("every sandbox would have the role `{name}`");
            let help = "name the sandbox in it, `{{sandbox}}`: only one sandbox can have the role, and others are refused it";
            let finding = Diagnostic::warning(codes::SHARED_ROLE_NAME, message).help(help);
            self.done.diagnostics.push(finding.at(chosen.span.clone()));
        }
        Some(id.named(name))
    }

    fn role_name(&mut self, text: &Located<Text>) -> Option<RoleName> {
        match role_name(self.context, &self.topology.name.value, text) {
            Ok(name) => Some(name),
            Err(finding) => {
                self.done.diagnostics.push(finding);
                None
            }
        }
    }

    /// Finds a role of its own that somebody else keeps.
    fn is_free(&mut self, name: &RoleName, span: &Span) -> bool {
        let is_fixed = is_fixed(self.fixed, name);
        if is_fixed {
            let message = format!("`{name}` is a role that somebody else keeps");
            let finding = Diagnostic::error(codes::ROLE_NAME_TAKEN, message);
            let finding = finding.help("a role of its own needs a name of its own: tcperm writes it");
            self.done.diagnostics.push(finding.at(span.clone()));
        }
        !is_fixed
    }

    /// Finds a base role of the sandbox that is named as somebody else's.
    fn kept_by_others(&mut self, name: &RoleName, span: &Span) {
        let of_sandbox = |(_, sandbox): (RoleKind, Sandbox)| sandbox.is_same_for_iam(&self.context.sandbox);
        if name.as_base().is_some_and(of_sandbox) {
            let message = format!(
                "`{name}` is a base role that tcperm makes, and this topology does not write it for the function"
            );
            let help = "it holds what others need, and goes with the last of them: leave `role` out, or name a role that somebody else keeps";
            let finding = Diagnostic::warning(codes::NOT_KEPT_BY_OTHERS, message).help(help);
            self.done.diagnostics.push(finding.at(span.clone()));
        }
    }

    fn unused_name(&mut self, said: &FunctionRole) {
        if let Some(name) = &said.name {
            let message = "`role_name` names a role of the function's own, and it has none".to_owned();
            let help = "give it one with `role_file`, or use `role` for a role that is there already";
            let finding = Diagnostic::warning(codes::UNUSED_ROLE_NAME, message).help(help);
            self.done.diagnostics.push(finding.at(name.span.clone()));
        }
    }

    fn invalid(&mut self, error: InvalidName, span: &Span) {
        let finding = Diagnostic::error(codes::INVALID_ROLE_NAME, error.message).help(error.help);
        self.done.diagnostics.push(finding.at(span.clone()));
    }
}

fn files(ids: &RoleFileIds) -> RoleFiles {
    RoleFiles {
        policy: ids.policy,
        topology: ids.topology,
        trust: ids.trust,
        managed: ids.managed,
    }
}

/// Roles of different entities that would have one name, which IAM compares without case.
#[must_use]
pub fn clashes<'a>(ids: impl Iterator<Item = &'a RoleId>) -> Vec<Diagnostic> {
    let mut by_name: BTreeMap<String, &RoleId> = BTreeMap::new();
    let mut found = Vec::new();
    for id in ids {
        let lower = id.name.as_str().to_ascii_lowercase();
        match by_name.get(&lower) {
            Some(other) if *other != id => {
                let labels = [id.label(), other.label()].map(Option::unwrap_or_default);
                let message = format!(
                    "`{}` would be the role of `{}` and of `{}`",
                    id.name, labels[1], labels[0]
                );
                let help = "give one of them a name of its own with `runtime.role_name`";
                found.push(Diagnostic::error(codes::ROLE_NAME_TAKEN, message).help(help));
            }
            _ => {
                by_name.insert(lower, id);
            }
        }
    }
    found
}
