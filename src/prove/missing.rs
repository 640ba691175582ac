//! What policies must allow and do not, and why.

use std::collections::{BTreeMap, BTreeSet};

use super::part::{Part, Questions, Readings};
use super::reading::{Breadth, several};
use crate::evaluate::{RequestContext, Variables};
use crate::policy::{Action, Effect, Policy, Resource, Scalar, Statement, Values};

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
    /// It cannot be told: the resource of a statement holds a policy variable; there are more cases than
    /// are looked at; or what is needed is said by `NotAction` or `NotResource`, and not all of it is
    /// allowed.
    Unknown,
}

/// What the policies of a role must allow and do not.
///
/// `needed` are identity policies; the condition of a statement says what is known of the requests
/// that it is needed for. A needed statement is covered when each of its actions is allowed on each
/// of its resources, under conditions that follow from what is known, and none is denied: however
/// the wildcards in resources are read.
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
    let is_wanted = |denying: &Statement| {
        let canonical = Policy::of(vec![denying.clone()]).canonical();
        !wanted.is_empty() && canonical.statement.iter().all(|one| wanted.contains(one))
    };
    let known = RequestContext::open();
    let read = |breadth| Readings::of(needed, held, is_wanted, &known, breadth);
    let (documented, widest) = (read(Breadth::Documented), read(Breadth::Widest));
    let several: BTreeSet<&str> = several(documented.all());
    let role = Role {
        documented: Questions::of(&documented, &known, &several),
        widest: Questions::of(&widest, &known, &several),
    };
    let parts = documented.needed.iter().zip(&widest.needed);
    let lacking = parts.filter(|(documented, widest)| {
        !role.documented.covers(&documented.reading) || !role.widest.covers(&widest.reading)
    });
    lacking.flat_map(|(part, _)| role.missing(part)).collect()
}

/// The policies of a role, by both readings of the wildcards in resources.
struct Role<'a> {
    documented: Questions<'a>,
    widest: Questions<'a>,
}

impl Role<'_> {
    /// What of a needed statement lacks, of which something does.
    fn missing(&self, part: &Part<'_>) -> Vec<Missing> {
        let needed = part.statement;
        let (Action::In(actions), Some(Resource::In(resources))) = (&needed.action, &needed.resource) else {
            return vec![Missing::all(needed, Why::Unknown)];
        };
        // By reason and resources, so that no pair is reported that does not lack.
        let mut lacking: BTreeMap<(Why, Vec<&str>), Vec<&str>> = BTreeMap::new();
        for action in actions.iter() {
            let mut by_reason: BTreeMap<Why, Vec<&str>> = BTreeMap::new();
            for resource in resources.iter() {
                let wish = narrowed(needed, &[action], &[resource]);
                if let Some(why) = self.lacks(&wish, part.variables) {
                    by_reason.entry(why).or_default().push(resource);
                }
            }
            for lack in by_reason {
                lacking.entry(lack).or_default().push(action);
            }
        }
        lacking
            .into_iter()
            .map(|((why, resources), actions)| Missing::all(&narrowed(needed, &actions, &resources), why))
            .collect()
    }

    /// Why one action on one resource lacks, if it does.
    fn lacks(&self, wish: &Statement, variables: Variables) -> Option<Why> {
        let asked =
            [&self.documented, &self.widest].map(|questions| (questions, questions.reading(wish, variables)));
        let denials = asked.iter().flat_map(|(questions, wish)| questions.denials(wish));
        // `Denied` weighs most, then what is known of a condition.
        let denial = denials.min_by_key(|why| match why {
            Why::Denied { .. } => 0,
            Why::Conditional { .. } => 1,
            Why::NotAllowed | Why::Unknown => 2,
        });
        match denial {
            Some(denied @ Why::Denied { .. }) => Some(denied),
            other => {
                let mut asked = asked.iter();
                let not_allowed = asked.find_map(|(questions, wish)| questions.not_allowed(wish));
                not_allowed.or(other)
            }
        }
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
}

/// A statement for some of its actions and resources alone.
fn narrowed(needed: &Statement, actions: &[&str], resources: &[&str]) -> Statement {
    Statement {
        sid: needed.sid.clone(),
        effect: needed.effect,
        principal: needed.principal.clone(),
        action: Action::In(values(actions)),
        resource: Some(Resource::In(values(resources))),
        condition: needed.condition.clone(),
    }
}

fn values(texts: &[&str]) -> Values {
    let scalar = |text: &&str| Scalar::Text((*text).to_owned());
    match texts {
        [one] => Values::One(scalar(one)),
        many => Values::Many(many.iter().map(scalar).collect()),
    }
}
