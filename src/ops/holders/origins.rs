//! Where the statements of a role come from.

use std::collections::BTreeMap;

use super::Origin;
use crate::diagnostic::{FileId, Sources, Span};
use crate::model::PolicyName;
use crate::ops::{ExplainedRole, ExplainedStatement, Purpose};
use crate::policy::{Policy, Statement};
use crate::template::RuleBook;

/// The texts of built-in templates, each added to the texts that places point into when it is first
/// asked for.
pub(super) struct BuiltIn<'a> {
    sources: &'a mut Sources,
    files: BTreeMap<String, FileId>,
}

impl<'a> BuiltIn<'a> {
    pub(super) const fn new(sources: &'a mut Sources) -> Self {
        Self {
            sources,
            files: BTreeMap::new(),
        }
    }

    /// Where the template of a capability has a statement.
    fn place(&mut self, purpose: &Purpose, statement: &Statement) -> Option<Span> {
        let id = &purpose.capability.id;
        let text = RuleBook::text_of_capability(id)?;
        let start = start_of(text, statement.sid.as_deref()?)?;
        let file = *self
            .files
            .entry(id.clone())
            .or_insert_with(|| self.sources.add(purpose.template(), text));
        let end = text
            .get(start..)?
            .find('\n')
            .map_or(text.len(), |line| start + line);
        Some(Span::new(file, start..end))
    }
}

/// Where a template begins the statement whose Sid comes out as this one: what stands before the first
/// expression in it is the same.
fn start_of(text: &str, sid: &str) -> Option<usize> {
    const SID: &str = "\"Sid\": \"";
    let written = text.match_indices(SID).filter_map(|(at, _)| {
        let name = text.get(at + SID.len()..)?.split(['"', '{']).next()?;
        sid.starts_with(name).then_some((name.len(), at))
    });
    let (_, at) = written.max_by_key(|(length, at)| (*length, std::cmp::Reverse(*at)))?;
    text.get(..at)?.rfind('{')
}

/// Where the statements of a document of a role come from, in their order; of an inline policy those
/// that explain it count first.
pub(super) fn of_statements(
    role: &ExplainedRole,
    (name, policy): (Option<&PolicyName>, &Policy),
    built_in: &mut BuiltIn<'_>,
) -> Vec<Origin> {
    let is_here = |one: &&ExplainedStatement| Some(&one.policy) == name;
    let (here, elsewhere): (Vec<&ExplainedStatement>, Vec<_>) = role.statements.iter().partition(is_here);
    let origins = policy.statement.iter().map(|statement| {
        let is_it = |one: &&&ExplainedStatement| one.statement == *statement;
        let mut explained: Vec<&ExplainedStatement> = here.iter().filter(is_it).copied().collect();
        if explained.is_empty() {
            explained = elsewhere.iter().filter(is_it).copied().collect();
        }
        let is_known = !explained.is_empty();
        let origin = origin(&explained, statement, built_in);
        Origin {
            template: origin
                .template
                .or_else(|| role.template.clone().filter(|_| is_known)),
            ..origin
        }
    });
    origins.collect()
}

/// Where a statement comes from, by what explains it.
fn origin(explained: &[&ExplainedStatement], statement: &Statement, built_in: &mut BuiltIn<'_>) -> Origin {
    let mut origin = Origin::default();
    for explained in explained {
        if let Some(purpose) = &explained.purpose {
            if explained.place.is_none() {
                origin.template.get_or_insert_with(|| purpose.template());
                origin.place = origin.place.or_else(|| built_in.place(purpose, statement));
            }
            origin.purposes.push(purpose.clone());
        }
        origin.place = origin.place.or_else(|| explained.place.clone());
        origin.asked_by.extend(explained.asked_by.iter().cloned());
    }
    origin
}
