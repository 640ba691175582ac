//! Fewer statements that say the same: for a policy that is too large as it is.

use std::collections::BTreeSet;

use super::document::{Action, Policy, Resource, Scalar, Statement, Values};

impl Policy {
    /// The same permissions in fewer statements, in canonical form.
    ///
    /// Statements that differ in their actions alone join these, and those that differ in their
    /// resources alone join those; one whose actions and resources all stand in another goes. That is
    /// repeated until nothing changes. What speaks of all but something is left as it is. A joined
    /// statement has the names of all it is made of, one after the other, or none where one of them
    /// has none. Names are compared as they are written: a pattern swallows nothing.
    ///
    /// Never larger than the canonical form. Idempotent.
    #[must_use]
    pub fn merged(&self) -> Self {
        let mut policy = self.canonical();
        while let Some((joined, [first, second])) = next(&policy.statement) {
            policy.statement.remove(second);
            policy.statement.remove(first);
            policy.statement.push(joined);
        }
        let mut names = BTreeSet::new();
        for statement in &mut policy.statement {
            statement.sid.take_if(|sid| !names.insert(sid.clone()));
        }
        policy.canonical()
    }
}

impl Statement {
    /// Whether it says what another says, word for word, and perhaps more: of the same requests, the
    /// actions and resources of the other are among its own.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        let (Some(mine), Some(theirs)) = (Reach::of(self), Reach::of(other)) else {
            return false;
        };
        is_alike(self, other) && mine.holds(&theirs)
    }
}

/// The first two statements that can be one, and what they are together.
fn next(statements: &[Statement]) -> Option<(Statement, [usize; 2])> {
    let numbered = || statements.iter().enumerate();
    numbered().find_map(|(first, one)| {
        numbered()
            .skip(first + 1)
            .find_map(|(second, other)| Some((joined(one, other)?, [first, second])))
    })
}

/// What two statements say, as one; nothing where that would say more.
fn joined(one: &Statement, other: &Statement) -> Option<Statement> {
    let reach = (Reach::of(one)?, Reach::of(other)?);
    if !is_alike(one, other) {
        return None;
    }
    if reach.0.holds(&reach.1) {
        return Some(one.clone());
    }
    if reach.1.holds(&reach.0) {
        return Some(other.clone());
    }
    let is_whole = reach.0.actions == reach.1.actions || reach.0.resources == reach.1.resources;
    let names = one.sid.as_ref().zip(other.sid.as_ref());
    is_whole.then(|| Statement {
        sid: names.map(|(one, other)| format!("{one}{other}")),
        action: Action::In(values(&reach.0.actions, &reach.1.actions)),
        resource: match (&reach.0.resources, &reach.1.resources) {
            (Some(one), Some(other)) => Some(Resource::In(values(one, other))),
            _ => None,
        },
        ..one.clone()
    })
}

/// Whether two statements do the same to the requests that they match, for the same principals and
/// under the same condition.
fn is_alike(one: &Statement, other: &Statement) -> bool {
    one.effect == other.effect && one.principal == other.principal && one.condition == other.condition
}

/// What a statement names; `None` for the resources of a trust policy.
struct Reach<'s> {
    actions: BTreeSet<&'s str>,
    resources: Option<BTreeSet<&'s str>>,
}

impl<'s> Reach<'s> {
    /// Nothing for a statement that speaks of all but something.
    fn of(statement: &'s Statement) -> Option<Self> {
        let Action::In(actions) = &statement.action else {
            return None;
        };
        let resources = match &statement.resource {
            Some(Resource::In(resources)) => Some(resources.iter().collect()),
            Some(Resource::NotIn(_)) => return None,
            None => None,
        };
        Some(Self {
            actions: actions.iter().collect(),
            resources,
        })
    }

    fn holds(&self, other: &Self) -> bool {
        let of_resources = match (&self.resources, &other.resources) {
            (Some(mine), Some(theirs)) => mine.is_superset(theirs),
            (mine, theirs) => mine == theirs,
        };
        of_resources && self.actions.is_superset(&other.actions)
    }
}

/// All values of two lists, sorted.
fn values(one: &BTreeSet<&str>, other: &BTreeSet<&str>) -> Values {
    let all = one.union(other).map(|text| Scalar::Text((*text).to_owned()));
    Values::Many(all.collect())
}
