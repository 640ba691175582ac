//! Statements as the search reads them: variables resolved, patterns and values prepared.

use std::collections::{BTreeMap, BTreeSet};

use super::values::{Kind, ValueSet};
use crate::evaluate::{
    Comparison, Known, Operator, Pattern, RequestContext, Symbol, Variable, Variables, symbols,
};
use crate::policy::catalogue::Catalogue;
use crate::policy::{Action, Effect, Policy, Resource, Statement, Values};

/// How the kinds of keys with several values begin, in AWS's words.
const SEVERAL: &str = "ArrayOf";

/// A statement, read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) actions: Side,
    pub(super) resources: Side,
    pub(super) clauses: Vec<Clause>,
    /// Whether all of its conditions could be read.
    pub(super) is_clear: bool,
}

/// What a statement says of actions, or of resources.
#[derive(Debug)]
pub(super) struct Side {
    /// Which it is among all that are read.
    pub(super) id: usize,
    pub(super) patterns: Vec<Pattern>,
    /// Whether it is for all that none of them matches.
    pub(super) is_exclusion: bool,
    /// Whether one of them holds a variable whose value is not known.
    pub(super) is_open: bool,
}

impl Side {
    /// Whether it is plain that nothing is spoken of by both.
    pub(super) fn is_plainly_apart(&self, other: &Self) -> bool {
        let is_apart = |one: &Pattern| other.patterns.iter().all(|other| one.is_plainly_apart(other));
        !self.is_exclusion && !other.is_exclusion && self.patterns.iter().all(is_apart)
    }
}

/// One operator on one key.
#[derive(Debug)]
pub(super) struct Clause {
    /// The key in small letters.
    pub(super) key: String,
    pub(super) operator: Operator,
    /// The values of a request that one of the statement's matches; for `Null`, those of the statement.
    pub(super) set: ValueSet,
}

/// Reads statements by what is known of each request.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    known: &'a RequestContext,
    /// The keys whose values are not known and on which statements depend, as variables.
    pub(super) open: BTreeSet<String>,
    /// What it cannot reason about, as a reader of the policy names it.
    pub(super) beyond: BTreeSet<String>,
    breadth: Breadth,
    /// How many sets of texts were read.
    sets: usize,
}

/// How wildcards in resources are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breadth {
    /// As AWS documents them: within a segment of the ARN.
    Documented,
    /// As standing for any characters.
    Widest,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(known: &'a RequestContext, breadth: Breadth) -> Self {
        Self {
            known,
            open: BTreeSet::new(),
            beyond: BTreeSet::new(),
            breadth,
            sets: 0,
        }
    }

    /// The statements of policies that have an effect.
    pub(super) fn policies<'p>(
        &mut self,
        policies: impl IntoIterator<Item = &'p Policy>,
        effect: Effect,
    ) -> Vec<Reading> {
        let mut readings = Vec::new();
        for policy in policies {
            let variables = Variables::of(policy.version.as_deref());
            let statements = policy
                .statement
                .iter()
                .filter(|statement| statement.effect == effect);
            readings.extend(statements.map(|statement| self.statement(statement, variables)));
        }
        readings
    }

    /// A statement, in a version of the language in which variables stand for something, or do not.
    pub(super) fn statement(&mut self, statement: &Statement, variables: Variables) -> Reading {
        let (names, is_exclusion) = match &statement.resource {
            Some(Resource::In(values)) => (Some(values), false),
            Some(Resource::NotIn(values)) => (Some(values), true),
            None => (None, true),
        };
        let pattern = match self.breadth {
            Breadth::Documented => Pattern::resource,
            Breadth::Widest => Pattern::text,
        };
        let texts = names.into_iter().flat_map(Values::iter);
        let resources = texts.filter_map(|text| self.resolved(text, variables));
        let resources: Vec<Pattern> = resources.map(|text| pattern(&text)).collect();
        let clauses = self.clauses(statement, variables);
        let written: usize = statement.condition.values().map(BTreeMap::len).sum();
        Reading {
            is_clear: clauses.len() == written,
            clauses,
            actions: Side {
                id: self.id(),
                patterns: statement.action.values().iter().map(action).collect(),
                is_exclusion: matches!(statement.action, Action::NotIn(_)),
                is_open: false,
            },
            resources: Side {
                id: self.id(),
                is_open: resources.iter().any(Pattern::has_variables),
                patterns: resources,
                is_exclusion,
            },
        }
    }

    fn clauses(&mut self, statement: &Statement, variables: Variables) -> Vec<Clause> {
        let mut clauses = Vec::new();
        for (name, keys) in &statement.condition {
            for (key, values) in keys {
                let Some(operator) = Operator::parse(name) else {
                    self.beyond
                        .insert(format!("the operator `{}`", name.escape_debug()));
                    continue;
                };
                clauses.push(Clause {
                    key: key.to_ascii_lowercase(),
                    set: self.values(operator.comparison, values, variables),
                    operator,
                });
            }
        }
        clauses
    }

    fn values(&mut self, comparison: Comparison, values: &Values, variables: Variables) -> ValueSet {
        let texts = values.iter().filter_map(|text| self.resolved(text, variables));
        let kind = Kind::of(comparison, texts.collect());
        ValueSet { id: self.id(), kind }
    }

    const fn id(&mut self) -> usize {
        self.sets += 1;
        self.sets
    }

    /// A text with the values of its variables, as far as they are known, in their place; `None` where
    /// one has no value, so that nothing matches.
    fn resolved(&mut self, text: &str, variables: Variables) -> Option<String> {
        let mut resolved = String::new();
        for symbol in symbols(text, variables) {
            match symbol {
                Symbol::Plain('$') => resolved.push_str(&escaped("$")),
                Symbol::Plain(c) => resolved.push(c),
                Symbol::Escaped(c) => resolved.push_str(&escaped(c.encode_utf8(&mut [0; 4]))),
                Symbol::Variable(variable) => resolved.push_str(&self.value(variable)?),
                Symbol::Broken => return None,
            }
        }
        Some(resolved)
    }

    /// What stands in the place of a variable: its value, which is no pattern, or itself where that is not
    /// known.
    fn value(&mut self, variable: Variable) -> Option<String> {
        match self.known.get(&variable.key) {
            Known::Values([value]) => Some(escaped(value)),
            Known::Values([_, _, ..]) => None,
            Known::Values([]) | Known::Missing => variable.default.as_deref().map(escaped),
            Known::Nothing => {
                let text = format!("${{{}}}", variable.key);
                self.open.insert(variable.key.into());
                Some(text)
            }
        }
    }
}

/// A pattern of actions, in which there are no variables.
fn action(text: &str) -> Pattern {
    Pattern::action(&text.replace('$', &escaped("$")))
}

/// A text in which nothing is a wildcard or a variable.
pub(super) fn escaped(text: &str) -> String {
    let characters = text.chars().map(|c| match c {
        '*' | '?' | '$' => format!("${{{c}}}"),
        c => c.to_string(),
    });
    characters.collect()
}

/// The keys that can have several values: as AWS says, or as the operators of statements do.
pub(super) fn several<'r>(readings: impl IntoIterator<Item = &'r Reading>) -> BTreeSet<&'r str> {
    let clauses = readings.into_iter().flat_map(|reading| &reading.clauses);
    let can_be = |clause: &&Clause| match Catalogue::built_in().condition_key(&clause.key) {
        Some(known) => known.kind.starts_with(SEVERAL),
        None => clause.operator.quantifier.is_some(),
    };
    clauses.filter(can_be).map(|clause| clause.key.as_str()).collect()
}
