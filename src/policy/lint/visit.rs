use std::ops::Range;

use super::facts::Facts;
use super::operator::Operator;
use super::{LintOptions, Subject};
use crate::policy::catalogue::{Action as Known, Catalogue};
use crate::policy::{
    Action, Effect, EntryPlace, Principal, Principals, Read, Statement, StatementPlaces, Values, ValuesPlaces,
};

/// A document with all that the lints ask of it.
pub(super) struct Visit<'a> {
    pub(super) read: &'a Read,
    pub(super) subject: Subject<'a>,
    pub(super) catalogue: &'a Catalogue,
    pub(super) options: LintOptions<'a>,
    pub(super) facts: &'static Facts,
    pub(super) statements: Vec<Visited<'a>>,
}

/// A statement with its places.
pub(super) struct Visited<'a> {
    pub(super) statement: &'a Statement,
    pub(super) places: &'a StatementPlaces,
    /// The patterns of `Action` or `NotAction`.
    pub(super) actions: Vec<Named<'a>>,
}

/// A pattern of actions.
pub(super) struct Named<'a> {
    pub(super) text: &'a str,
    pub(super) range: &'a Range<usize>,
    /// What it matches; nothing for `*`, which matches all.
    pub(super) known: Vec<&'a Known>,
}

/// A condition on one key.
pub(super) struct Asked<'a> {
    /// The operator as written, and taken apart where it is known.
    pub(super) operator: &'a str,
    pub(super) parsed: Option<Operator>,
    pub(super) key: &'a str,
    pub(super) values: &'a Values,
    pub(super) operator_place: &'a EntryPlace,
    pub(super) places: &'a ValuesPlaces,
}

impl<'a> Visit<'a> {
    pub(super) fn of(
        read: &'a Read,
        subject: Subject<'a>,
        catalogue: &'a Catalogue,
        options: &LintOptions<'a>,
    ) -> Self {
        let statements = read.policy.statement.iter().zip(&read.places.statements);
        let statements = statements.map(|(statement, places)| Visited::of(statement, places, catalogue));
        Self {
            read,
            subject,
            catalogue,
            options: *options,
            facts: Facts::built_in(),
            statements: statements.collect(),
        }
    }

    /// The statements that allow something to whoever the policy is attached to.
    pub(super) fn granting(&self) -> impl Iterator<Item = &Visited<'a>> {
        let bounds = self.subject == Subject::Boundary;
        let statements = self.statements.iter();
        statements.filter(move |visited| !bounds && visited.allows())
    }
}

impl<'a> Visited<'a> {
    fn of(statement: &'a Statement, places: &'a StatementPlaces, catalogue: &'a Catalogue) -> Self {
        let texts = statement.action.values().iter().zip(&places.action.each);
        let actions = texts.map(|(text, range)| Named {
            text,
            range,
            known: if text == "*" {
                Vec::new()
            } else {
                catalogue.actions_matching(text).collect()
            },
        });
        Self {
            statement,
            places,
            actions: actions.collect(),
        }
    }

    pub(super) fn allows(&self) -> bool {
        self.statement.effect == Effect::Allow
    }

    /// The patterns of `Action`; none of `NotAction`.
    pub(super) fn named(&self) -> &[Named<'a>] {
        match self.statement.action {
            Action::In(_) => &self.actions,
            Action::NotIn(_) => &[],
        }
    }

    /// The resources, whichever way they count.
    pub(super) fn resources(&self) -> impl Iterator<Item = (&'a str, &'a Range<usize>)> {
        let texts = self
            .statement
            .resource
            .iter()
            .flat_map(|resource| resource.values().iter());
        let places = self.places.resource.iter().flat_map(|places| &places.each);
        texts.zip(places)
    }

    /// The principals by type, with the place of each; not those of `NotPrincipal`.
    pub(super) fn principals(&self) -> Vec<(&'a str, &'a str, &'a Range<usize>)> {
        let (Some(Principal::In(who)), Some(places)) = (&self.statement.principal, &self.places.principal)
        else {
            return Vec::new();
        };
        match who {
            Principals::Anyone => vec![("AWS", "*", &places.entry.value)],
            Principals::Typed(types) => {
                let types = types.iter().zip(places.entries.values());
                let each = types.flat_map(|((kind, who), places)| {
                    let each = who.iter().zip(&places.each);
                    each.map(move |(who, place)| (kind.as_str(), who, place))
                });
                each.collect()
            }
        }
    }

    /// The conditions, by key.
    pub(super) fn asked(&self) -> impl Iterator<Item = Asked<'a>> {
        let operators = self.statement.condition.iter();
        let places = self
            .places
            .condition
            .iter()
            .flat_map(|places| places.entries.values());
        operators
            .zip(places)
            .flat_map(|((operator, keys), operator_places)| {
                let parsed = Operator::parse(operator);
                let keys = keys.iter().zip(operator_places.entries.values());
                keys.map(move |((key, values), places)| Asked {
                    operator,
                    parsed,
                    key,
                    values,
                    operator_place: &operator_places.entry,
                    places,
                })
            })
    }

    /// Whether a condition holds only of requests that carry this key.
    pub(super) fn demands(&self, key: &str) -> bool {
        self.asked()
            .any(|asked| asked.key.eq_ignore_ascii_case(key) && asked.parsed.is_some_and(Operator::needs_key))
    }
}

impl Named<'_> {
    /// Whether the pattern matches an action.
    pub(super) fn covers(&self, full_name: &str) -> bool {
        self.text == "*"
            || self
                .known
                .iter()
                .any(|known| known.full_name().eq_ignore_ascii_case(full_name))
    }
}
