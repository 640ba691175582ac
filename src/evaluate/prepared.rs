//! A statement, prepared to be looked at many times.

use std::collections::BTreeSet;

use super::clause::Clause;
use super::decision::StatementId;
use super::principal::{Caller, Named};
use super::request::Request;
use super::truth::Truth;
use super::wildcard::{Case, Variables, Wildcard};
use crate::policy::{Action, Effect, Policy, Principal, Resource, Statement, Values};

/// A statement, prepared.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    pub(super) id: StatementId,
    pub(super) effect: Effect,
    principal: Option<Principal>,
    actions: Patterns,
    /// `None` where it is for whatever its policy is attached to.
    resources: Option<Patterns>,
    /// The resources, as written.
    pub(super) written: Vec<String>,
    pub(super) clauses: Vec<Clause>,
}

/// What some patterns match, or what none of them does.
#[derive(Debug, Clone)]
struct Patterns {
    patterns: Vec<Wildcard>,
    is_exclusion: bool,
}

impl Patterns {
    fn of(values: &Values, is_exclusion: bool, read: impl Fn(&str) -> Wildcard) -> Self {
        Self {
            patterns: values.iter().map(read).collect(),
            is_exclusion,
        }
    }

    fn truth(&self, one: impl Fn(&Wildcard) -> Truth) -> Truth {
        let any = Truth::any(self.patterns.iter().map(one));
        if self.is_exclusion { any.not() } else { any }
    }
}

impl Prepared {
    pub(super) fn of(id: StatementId, statement: &Statement, policy: &Policy) -> Self {
        let variables = Variables::of(policy.version.as_deref());
        let excludes = matches!(statement.action, Action::NotIn(_));
        let resources = statement.resource.as_ref();
        Self {
            id,
            effect: statement.effect,
            principal: statement.principal.clone(),
            actions: Patterns::of(statement.action.values(), excludes, Wildcard::action),
            resources: resources.map(|resource| {
                let excludes = matches!(resource, Resource::NotIn(_));
                Patterns::of(resource.values(), excludes, |text| {
                    Wildcard::resource(text, variables)
                })
            }),
            written: resources
                .into_iter()
                .flat_map(|resource| resource.values().iter().map(str::to_owned))
                .collect(),
            clauses: statement
                .condition
                .iter()
                .flat_map(|(operator, keys)| {
                    keys.iter()
                        .map(move |(key, values)| Clause::of(operator, key, values, variables))
                })
                .collect(),
        }
    }

    /// The actions that it is for, in small letters, where it names each of them.
    pub(super) fn exact_actions(&self) -> Option<Vec<&str>> {
        if self.actions.is_exclusion {
            return None;
        }
        self.actions.patterns.iter().map(Wildcard::only_text).collect()
    }

    /// Whether it is for an action, in small letters.
    pub(super) fn has_action(&self, action: &str) -> bool {
        self.actions.truth(|pattern| pattern.is_match(action).into()) == Truth::Yes
    }

    /// What it does for a caller that its policy may name; `None` where it speaks of others.
    pub(super) fn named(&self, caller: &Caller<'_>) -> Option<Named> {
        caller.named_in(self.principal.as_ref()?, self.effect)
    }

    /// Whether it is for the resource.
    pub(super) fn has_resource(&self, request: &Request) -> Truth {
        let matches = |pattern: &Wildcard| pattern.matches(&request.resource, Case::Counts, &request.context);
        self.resources
            .as_ref()
            .map_or(Truth::Yes, |resources| resources.truth(matches))
    }

    /// Whether it is for the resource, and its conditions hold. The action is looked at before.
    pub(super) fn holds(&self, request: &Request) -> Truth {
        let resource = self.has_resource(request);
        if resource == Truth::No || self.clauses.is_empty() {
            return resource;
        }
        let clauses = self.clauses.iter().map(|clause| clause.holds(&request.context));
        resource.and(Truth::all(clauses))
    }

    /// Adds the keys that nobody knows and on which it depends.
    pub(super) fn unknown_keys(&self, request: &Request, keys: &mut BTreeSet<String>) {
        if self.has_resource(request).is_open()
            && let Some(resources) = &self.resources
        {
            let is_open = |pattern: &&Wildcard| {
                pattern
                    .matches(&request.resource, Case::Counts, &request.context)
                    .is_open()
            };
            for pattern in resources.patterns.iter().filter(is_open) {
                pattern.unknown_keys(&request.context, keys);
            }
        }
        for clause in &self.clauses {
            clause.unknown_keys(&request.context, keys);
        }
    }
}
