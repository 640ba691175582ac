//! From what each role is made: the built-in templates, or one that a team keeps.

use std::collections::BTreeMap;

use super::ownership::{MODE_DYNAMIC, MODE_KEY, MODE_OVERRIDE, MODE_SHARED};
use crate::model::{RoleId, RoleKind, Tags};
use crate::template::{RoleTemplate, RuleBook, TemplateSet};

/// All that roles can be made from.
#[derive(Debug, Clone, Copy)]
pub struct Recipes<'a> {
    /// The built-in templates.
    pub rules: &'a RuleBook,
    /// The team's templates; a set of none where it keeps none.
    pub set: &'a TemplateSet,
    /// The templates that functions name themselves.
    pub files: &'a BTreeMap<RoleId, RoleTemplate>,
    /// The permissions boundary of every role: an ARN, in which variables may stand.
    pub boundary: Option<&'a str>,
    /// Whether statements of the team's templates get the sandbox's tag condition.
    pub abac: bool,
    /// Which of them a role that is there is made from.
    pub choice: Choice,
}

/// Which template a role is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The strongest that is at hand: a role that was made from another becomes a new one.
    Strongest,
    /// That of the kind that its tags record: the run only takes something out, or looks.
    AsRecorded,
}

/// What a role is made from.
#[derive(Debug, Clone, Copy)]
pub enum Recipe<'a> {
    /// The built-in templates.
    BuiltIn,
    /// A template of the team's.
    Template(&'a RoleTemplate),
    /// One that is not at hand.
    Missing,
}

impl<'a> Recipes<'a> {
    /// What a role is made from, that is there with these tags, or is not.
    #[must_use]
    pub fn of(&self, id: &RoleId, tags: Option<&Tags>) -> Recipe<'a> {
        let strongest = self.template(id).map_or(Recipe::BuiltIn, Recipe::Template);
        let recorded = tags.and_then(|tags| tags.get(MODE_KEY));
        match (self.choice, recorded) {
            (Choice::AsRecorded, Some(MODE_DYNAMIC)) => Recipe::BuiltIn,
            (Choice::AsRecorded, Some(MODE_SHARED | MODE_OVERRIDE)) => match strongest {
                Recipe::BuiltIn => Recipe::Missing,
                template => template,
            },
            (Choice::AsRecorded | Choice::Strongest, _) => match strongest {
                // Nobody makes a role of a topology's own from the built-in templates.
                Recipe::BuiltIn if id.owner.is_some() => Recipe::Missing,
                recipe => recipe,
            },
        }
    }

    fn template(&self, id: &RoleId) -> Option<&'a RoleTemplate> {
        let Some(owner) = &id.owner else {
            return self.set.base(id.kind);
        };
        let named = self.files.get(id);
        named.or_else(|| match &owner.function {
            Some(function) => self.set.of_function(&owner.namespace, function),
            None => self.set.of_kind(&owner.namespace, id.kind),
        })
    }
}

impl Recipe<'_> {
    /// How a role came about, as its tag says it.
    #[must_use]
    pub fn mode(&self, id: &RoleId) -> &'static str {
        match self {
            Self::BuiltIn => MODE_DYNAMIC,
            Self::Template(_) | Self::Missing if id.owner.is_some() => MODE_OVERRIDE,
            Self::Template(_) | Self::Missing => MODE_SHARED,
        }
    }
}

/// The kinds of base role that a set has no template for, where it has one for others.
#[must_use]
pub fn without_template(set: &TemplateSet) -> Vec<RoleKind> {
    let (with, without): (Vec<_>, Vec<_>) = RoleKind::ALL
        .into_iter()
        .partition(|kind| set.base(*kind).is_some());
    if with.is_empty() { Vec::new() } else { without }
}

#[cfg(test)]
impl Recipes<'static> {
    /// The built-in templates alone, for tests.
    pub(crate) fn built_in() -> Self {
        let rules = RuleBook::built_in().unwrap();
        let (set, _) = TemplateSet::read(
            rules,
            &crate::diagnostic::Sources::new(),
            &BTreeMap::new(),
            &BTreeMap::new(),
        );
        Self {
            rules,
            set: Box::leak(Box::new(set)),
            files: Box::leak(Box::default()),
            boundary: None,
            abac: false,
            choice: Choice::Strongest,
        }
    }
}
