use std::collections::{BTreeSet, HashMap};

use super::decision::{Decision, Determining, Layer, StatementId, Verdict};
use super::near::{NearMiss, near_miss};
use super::prepared::Prepared;
use super::principal::Caller;
use super::request::Request;
use super::tally::{Asked, Guard, Part, Present, Tally};
use crate::policy::{Effect, Policy};

/// The policies that decide over the requests of a principal.
#[derive(Debug, Clone, Default)]
pub struct PolicySet<'a> {
    /// Policies of the principal, inline and managed.
    pub identity: Vec<&'a Policy>,
    /// The principal's permissions boundary, where it has one.
    pub boundary: Option<&'a Policy>,
    /// The policies passed for the session, where any were passed.
    pub session: Option<Vec<&'a Policy>>,
    /// The policy of the resource, where it has one.
    pub resource: Option<&'a Policy>,
}

/// Policies, prepared for many decisions.
#[derive(Debug, Clone)]
pub struct Authorizer {
    statements: Vec<Prepared>,
    /// The statements that name each of their actions, by action in small letters.
    by_action: HashMap<Box<str>, Vec<usize>>,
    /// The other statements.
    of_patterns: Vec<usize>,
    present: Present,
}

impl Authorizer {
    /// Prepares policies.
    #[must_use]
    pub fn new(policies: &PolicySet<'_>) -> Self {
        let session = policies.session.iter().flatten().copied();
        let mut authorizer = Self {
            statements: Vec::new(),
            by_action: HashMap::new(),
            of_patterns: Vec::new(),
            present: Present {
                boundary: policies.boundary.is_some(),
                session: policies.session.is_some(),
                resource: policies.resource.map(guard),
            },
        };
        authorizer.add(Layer::Identity, policies.identity.iter().copied());
        authorizer.add(Layer::Boundary, policies.boundary);
        authorizer.add(Layer::Session, session);
        authorizer.add(Layer::Resource, policies.resource);
        authorizer
    }

    fn add<'p>(&mut self, layer: Layer, policies: impl IntoIterator<Item = &'p Policy>) {
        for (document, policy) in policies.into_iter().enumerate() {
            for (statement, read) in policy.statement.iter().enumerate() {
                let id = StatementId {
                    layer,
                    document,
                    statement,
                };
                self.add_statement(Prepared::of(id, read, policy));
            }
        }
    }

    fn add_statement(&mut self, statement: Prepared) {
        let index = self.statements.len();
        match statement.exact_actions() {
            None => self.of_patterns.push(index),
            Some(actions) => {
                for action in actions {
                    let of_action = self.by_action.entry(action.into()).or_default();
                    // An action may be listed twice, in letters of different case.
                    if of_action.last() != Some(&index) {
                        of_action.push(index);
                    }
                }
            }
        }
        self.statements.push(statement);
    }

    /// What AWS answers to a request, and why.
    #[must_use]
    pub fn decide(&self, request: &Request) -> Decision {
        self.decide_by(request, Asked::Everyone)
    }

    /// What the principal's own policies say: identity policies, boundary and session policies, whatever
    /// the resource's policy says and in whichever account it is.
    #[must_use]
    pub fn decide_for_principal(&self, request: &Request) -> Decision {
        self.decide_by(request, Asked::Caller)
    }

    fn decide_by(&self, request: &Request, asked: Asked) -> Decision {
        let caller = self.caller(request);
        let mut tally = Tally::new(request, &caller, self.present, asked);
        let mut holding = Vec::new();
        self.each(request, |statement| {
            if let Some(part) = tally.part(statement, &caller) {
                let truth = statement.holds(request);
                tally.count(part, truth);
                if truth.by_absence() {
                    holding.push((part, statement));
                }
            }
        });
        let verdict = tally.verdict();
        let decided = |part| match verdict {
            Verdict::Allowed => tally.allows_by(part),
            Verdict::ExplicitDeny => part == Part::Denial,
            Verdict::ImplicitDeny => false,
        };
        let determining = holding.into_iter().filter(|(part, _)| decided(*part));
        let mut determining: Vec<Determining> = determining
            .map(|(_, statement)| Determining {
                statement: statement.id,
                effect: statement.effect,
            })
            .collect();
        determining.sort_unstable();
        Decision {
            verdict,
            determining,
            missing_context: if tally.is_open() {
                self.missing_context(request, &caller, tally)
            } else {
                BTreeSet::new()
            },
        }
    }

    fn caller<'r>(&self, request: &'r Request) -> Caller<'r> {
        Caller::of(request, self.present.boundary)
    }

    /// What AWS answers, alone: the quickest way to know it.
    #[must_use]
    pub fn verdict(&self, request: &Request) -> Verdict {
        let caller = self.caller(request);
        let mut tally = Tally::new(request, &caller, self.present, Asked::Everyone);
        self.each(request, |statement| {
            if let Some(part) = tally.part(statement, &caller) {
                tally.count(part, statement.holds(request));
            }
        });
        tally.verdict()
    }

    /// For what is not allowed: the statements that come nearest to allowing it, nearest first, each
    /// with what of it does not hold. An allowing statement is near when its action matches, nearer when
    /// its resource does too. Only statements of layers that do not allow the request are named; where
    /// what denies it is all that stands against it, none are.
    #[must_use]
    pub fn near_misses(&self, request: &Request) -> Vec<NearMiss> {
        let caller = self.caller(request);
        let mut tally = Tally::new(request, &caller, self.present, Asked::Everyone);
        let mut allowing = Vec::new();
        self.each(request, |statement| {
            if let Some(part) = tally.part(statement, &caller) {
                tally.count(part, statement.holds(request));
                if statement.effect == Effect::Allow {
                    allowing.push((part, statement));
                }
            }
        });
        if tally.verdict() == Verdict::Allowed {
            return Vec::new();
        }
        let allowing = allowing.into_iter().filter(|(part, _)| tally.lacks(*part));
        let mut near: Vec<NearMiss> = allowing
            .filter_map(|(_, statement)| near_miss(statement, request))
            .collect();
        near.sort_by_key(NearMiss::distance);
        near
    }

    /// The keys that nobody knows and on which the answer depends.
    fn missing_context(&self, request: &Request, caller: &Caller<'_>, tally: Tally) -> BTreeSet<String> {
        let mut keys = BTreeSet::new();
        self.each(request, |statement| {
            let part = tally.part(statement, caller);
            if part.is_some_and(|part| tally.depends_on(part)) && statement.holds(request).is_open() {
                statement.unknown_keys(request, &mut keys);
            }
        });
        keys
    }

    /// Looks at each statement that is for the action of a request.
    fn each<'s>(&'s self, request: &Request, mut look: impl FnMut(&'s Prepared)) {
        with_small_letters(&request.action, |action| {
            let exact = self.by_action.get(action).into_iter().flatten();
            for statement in exact.filter_map(|index| self.statements.get(*index)) {
                look(statement);
            }
            let patterns = self.of_patterns.iter();
            for statement in patterns.filter_map(|index| self.statements.get(*index)) {
                if statement.has_action(action) {
                    look(statement);
                }
            }
        });
    }
}

fn guard(policy: &Policy) -> Guard {
    let is_of_role = policy
        .statement
        .iter()
        .any(|statement| statement.resource.is_none());
    if is_of_role { Guard::Role } else { Guard::Resource }
}

/// How long the name of an action is at most, for it to be written in small letters without an allocation.
const USUAL: usize = 128;

/// Passes a text on in small letters.
fn with_small_letters<T>(text: &str, pass: impl FnOnce(&str) -> T) -> T {
    let mut buffer = [0_u8; USUAL];
    if let Some(part) = buffer.get_mut(..text.len()) {
        part.copy_from_slice(text.as_bytes());
        part.make_ascii_lowercase();
        if let Ok(lower) = std::str::from_utf8(part) {
            return pass(lower);
        }
    }
    pass(&text.to_ascii_lowercase())
}
