use std::collections::BTreeMap;

use super::condition::{is_excluded, unmet};
use super::held::{Held, Wish};
use crate::policy::{Action, Condition, Effect, Policy, Resource, Scalar, Statement, Values};

/// What is needed and not allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The needed statement, with the actions and resources that lack alone.
    pub statement: Statement,
    /// Its Sid.
    pub sid: Option<String>,
    /// Its actions, in the order written.
    pub actions: Vec<String>,
    /// Its resources, in the order written.
    pub resources: Vec<String>,
    /// Why they lack: the same for all of them.
    pub why: Why,
}

/// Why something that is needed is not allowed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// No statement allows it, or not all of it.
    NotAllowed,
    /// A statement denies it, or part of it.
    Denied {
        /// The Sid of that statement.
        sid: Option<String>,
    },
    /// Whether it is allowed depends on what is not known of the request.
    Conditional {
        /// The Sid of the statement that asks for more.
        sid: Option<String>,
        /// What it asks for beyond what is known, as JSON.
        condition: String,
    },
    /// It cannot be told: the resource of a statement holds a policy variable; several statements
    /// allow parts of a pattern of actions; what is needed is said by `NotAction` or `NotResource`.
    Unknown,
}

/// What the policies of a role must allow and do not.
///
/// `needed` are identity policies; the condition of a statement says what is known of the requests
/// that it is needed for. A needed statement is covered when each of its actions is allowed on each
/// of its resources, under conditions that follow from what is known, and none is denied.
///
/// Statements that deny in `needed` ask for nothing. Where one stands in `held` as well, word for
/// word in canonical form, it is wanted, and takes nothing away that is missed.
#[must_use]
pub fn missing(needed: &[&Policy], held: &[&Policy]) -> Vec<Missing> {
    let wanted: Vec<Statement> = needed
        .iter()
        .flat_map(|policy| policy.canonical().statement)
        .filter(|statement| statement.effect == Effect::Deny)
        .collect();
    let is_wanted = |denying: &Held<'_>| {
        let canonical = Policy::of(vec![denying.statement.clone()]).canonical();
        canonical.statement.iter().all(|one| wanted.contains(one))
    };
    let mut denying = Held::all(held, Effect::Deny);
    denying.retain(|statement| !is_wanted(statement));
    let role = Role {
        allowing: Held::all(held, Effect::Allow),
        denying,
    };
    let statements = needed.iter().flat_map(|policy| &policy.statement);
    statements
        .filter(|statement| statement.effect == Effect::Allow)
        .flat_map(|statement| role.missing(statement))
        .collect()
}

struct Role<'a> {
    allowing: Vec<Held<'a>>,
    denying: Vec<Held<'a>>,
}

impl Role<'_> {
    fn missing(&self, needed: &Statement) -> Vec<Missing> {
        let (Action::In(actions), Some(Resource::In(resources))) = (&needed.action, &needed.resource) else {
            return vec![Missing::all(needed, Why::Unknown)];
        };
        // By reason and resources, so that no pair is reported that does not lack.
        let mut lacking: BTreeMap<(Why, Vec<&str>), Vec<&str>> = BTreeMap::new();
        for action in actions.iter() {
            let mut by_reason: BTreeMap<Why, Vec<&str>> = BTreeMap::new();
            for resource in resources.iter() {
                if let Some(why) = self.lacks(&Wish::of(action, resource), &needed.condition) {
                    by_reason.entry(why).or_default().push(resource);
                }
            }
            for lack in by_reason {
                lacking.entry(lack).or_default().push(action);
            }
        }
        lacking
            .into_iter()
            .map(|((why, resources), actions)| Missing::part(needed, &actions, &resources, why))
            .collect()
    }

    /// Why a wish is not fulfilled, if it is not.
    fn lacks(&self, wish: &Wish, known: &Condition) -> Option<Why> {
        match self.denies(wish, known) {
            Some(denied @ Why::Denied { .. }) => Some(denied),
            other => self.does_not_allow(wish, known).or(other),
        }
    }

    fn denies(&self, wish: &Wish, known: &Condition) -> Option<Why> {
        let denying = self.denying.iter();
        let reasons = denying
            .filter(|deny| deny.overlaps(wish) && !is_excluded(known, &deny.statement.condition))
            .map(|deny| {
                let open = unmet(known, &deny.statement.condition);
                let sid = deny.statement.sid.clone();
                if !open.is_empty() {
                    conditional(sid, &open)
                } else if deny.surely_overlaps(wish) {
                    Why::Denied { sid }
                } else {
                    Why::Unknown
                }
            });
        // `Denied` weighs most, then what is known of a condition.
        reasons.min_by_key(|why| match why {
            Why::Denied { .. } => 0,
            Why::Conditional { .. } => 1,
            Why::NotAllowed | Why::Unknown => 2,
        })
    }

    fn does_not_allow(&self, wish: &Wish, known: &Condition) -> Option<Why> {
        let (unconditional, conditional_ones): (Vec<&Held<'_>>, Vec<&Held<'_>>) = self
            .allowing
            .iter()
            .partition(|allow| unmet(known, &allow.statement.condition).is_empty());
        if unconditional.iter().any(|allow| allow.includes(wish)) {
            return None;
        }
        let of_action = unconditional.iter().filter(|allow| allow.has_action(wish));
        let together: Vec<_> = of_action.flat_map(|allow| allow.resources()).collect();
        if wish.is_for_resources_of(&together) {
            return None;
        }
        if let Some(allow) = conditional_ones.iter().find(|allow| allow.includes(wish)) {
            let open = unmet(known, &allow.statement.condition);
            return Some(conditional(allow.statement.sid.clone(), &open));
        }
        let partly: Vec<_> = self
            .allowing
            .iter()
            .filter(|allow| allow.overlaps(wish))
            .collect();
        let cannot_be_told =
            partly.iter().any(|allow| allow.has_variables()) || (wish.has_open_action() && partly.len() > 1);
        Some(if cannot_be_told {
            Why::Unknown
        } else {
            Why::NotAllowed
        })
    }
}

fn conditional(sid: Option<String>, open: &Condition) -> Why {
    Why::Conditional {
        sid,
        condition: serde_json::to_string(open).unwrap_or_default(),
    }
}

impl Missing {
    fn all(needed: &Statement, why: Why) -> Self {
        let texts = |values: &Values| values.iter().map(str::to_owned).collect();
        Self {
            statement: needed.clone(),
            sid: needed.sid.clone(),
            actions: texts(needed.action.values()),
            resources: needed
                .resource
                .iter()
                .map(Resource::values)
                .flat_map(texts)
                .collect(),
            why,
        }
    }

    fn part(needed: &Statement, actions: &[&str], resources: &[&str], why: Why) -> Self {
        let part = Statement {
            action: Action::In(values(actions)),
            resource: Some(Resource::In(values(resources))),
            ..needed.clone()
        };
        Self::all(&part, why)
    }
}

fn values(texts: &[&str]) -> Values {
    let scalar = |text: &&str| Scalar::Text((*text).to_owned());
    match texts {
        [one] => Values::One(scalar(one)),
        many => Values::Many(many.iter().map(scalar).collect()),
    }
}
