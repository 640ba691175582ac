use super::Pattern;
use crate::policy::{Action, Effect, Policy, Resource, Statement, Values};

/// A statement of a role's policies, with its patterns read once.
#[derive(Debug)]
pub(super) struct Held<'a> {
    pub(super) statement: &'a Statement,
    actions: Patterns,
    /// As narrow as AWS's rule can be read: for what is allowed.
    resources: Patterns,
    /// As wide as it can be read: for what is denied.
    wide_resources: Patterns,
}

/// What some patterns match, or what none of them does.
#[derive(Debug)]
struct Patterns {
    patterns: Vec<Pattern>,
    is_exclusion: bool,
}

impl Patterns {
    fn of(values: Option<&Values>, is_exclusion: bool, read: fn(&str) -> Pattern) -> Self {
        Self {
            patterns: values.into_iter().flat_map(Values::iter).map(read).collect(),
            is_exclusion,
        }
    }

    /// Whether all that a pattern matches is in it, whatever the variables are.
    fn include(&self, other: &Pattern) -> bool {
        if self.is_exclusion {
            return !self.patterns.iter().any(|pattern| pattern.overlaps(other));
        }
        Pattern::together_include(&self.patterns.iter().collect::<Vec<_>>(), other)
    }

    /// Whether something that a pattern matches may be in it.
    fn overlap(&self, other: &Pattern) -> bool {
        if self.is_exclusion {
            return !Pattern::together_include(&self.patterns.iter().collect::<Vec<_>>(), other);
        }
        self.patterns.iter().any(|pattern| pattern.overlaps(other))
    }

    /// Whether something that a pattern matches is in it, whatever the variables are.
    fn surely_overlap(&self, other: &Pattern) -> bool {
        if other.has_variables() {
            return self.include(other);
        }
        let known = |pattern: &&Pattern| !pattern.has_variables();
        if self.is_exclusion {
            return self.patterns.iter().all(|pattern| known(&pattern)) && self.overlap(other);
        }
        self.patterns
            .iter()
            .filter(known)
            .any(|pattern| pattern.overlaps(other))
    }

    fn have_variables(&self) -> bool {
        self.patterns.iter().any(Pattern::has_variables)
    }
}

/// An action and a resource that are needed.
#[derive(Debug)]
pub(super) struct Wish {
    action: Pattern,
    resource: Pattern,
    wide_resource: Pattern,
}

impl Wish {
    pub(super) fn of(action: &str, resource: &str) -> Self {
        Self {
            action: Pattern::action(action),
            resource: Pattern::resource(resource),
            wide_resource: Pattern::text(resource),
        }
    }

    /// Whether it is for more than one action.
    pub(super) fn has_open_action(&self) -> bool {
        self.action.is_open()
    }
}

impl<'a> Held<'a> {
    /// The statements of policies with one effect.
    pub(super) fn all(policies: &[&'a Policy], effect: Effect) -> Vec<Self> {
        policies
            .iter()
            .flat_map(|policy| &policy.statement)
            .filter(|statement| statement.effect == effect)
            .map(Self::of)
            .collect()
    }

    fn of(statement: &'a Statement) -> Self {
        let excludes = matches!(statement.action, Action::NotIn(_));
        let elsewhere = matches!(statement.resource, Some(Resource::NotIn(_)));
        let resources = statement.resource.as_ref().map(Resource::values);
        // What is excluded is read the other way round: the wide reading leaves less.
        let [narrow, wide]: [fn(&str) -> Pattern; 2] = if elsewhere {
            [Pattern::text, Pattern::resource]
        } else {
            [Pattern::resource, Pattern::text]
        };
        Self {
            statement,
            actions: Patterns::of(Some(statement.action.values()), excludes, Pattern::action),
            resources: Patterns::of(resources, elsewhere, narrow),
            wide_resources: Patterns::of(resources, elsewhere, wide),
        }
    }

    /// Whether it speaks of every action that is wished for.
    pub(super) fn has_action(&self, wish: &Wish) -> bool {
        self.actions.include(&wish.action)
    }

    /// Whether it speaks of all that is wished for.
    pub(super) fn includes(&self, wish: &Wish) -> bool {
        self.has_action(wish) && self.resources.include(&wish.resource)
    }

    /// The patterns of its resources, where they say what it is for.
    pub(super) fn resources(&self) -> impl Iterator<Item = &Pattern> {
        let named = (!self.resources.is_exclusion).then_some(&self.resources.patterns);
        named.into_iter().flatten()
    }

    /// Whether it may speak of something that is wished for.
    pub(super) fn overlaps(&self, wish: &Wish) -> bool {
        self.actions.overlap(&wish.action) && self.wide_resources.overlap(&wish.wide_resource)
    }

    /// Whether it speaks of something that is wished for, whatever its variables stand for.
    pub(super) fn surely_overlaps(&self, wish: &Wish) -> bool {
        self.actions.surely_overlap(&wish.action) && self.wide_resources.surely_overlap(&wish.wide_resource)
    }

    /// Whether its resources depend on who asks, and when.
    pub(super) fn has_variables(&self) -> bool {
        self.resources.have_variables()
    }
}

impl Wish {
    /// Whether some patterns together match every resource that is wished for.
    pub(super) fn is_for_resources_of(&self, patterns: &[&Pattern]) -> bool {
        Pattern::together_include(patterns, &self.resource)
    }
}
