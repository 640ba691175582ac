//! One look for a request that shows what is asked for, by all that is known or assumed.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;

use super::reading::{Breadth, Reader, Reading, several};
use super::region::{Ground, Region};
use super::search::{Outcome, Search};
use super::{Goal, Subject, Witness, witness};
use crate::evaluate::{Authorizer, PolicySet, Request, RequestContext, Variables, Verdict};
use crate::policy::{Effect, Policy, Statement};

/// What an answer depends on where a search came to its bound.
pub(super) const TOO_MANY: &str = "more cases than are looked at";
/// A value that is nobody's.
const ANOTHER: &str = "another";
/// How many values a variable is tried with.
const MOST_VALUES: usize = 4;
/// How many assumptions are tried.
const MOST_ASSUMPTIONS: usize = 16;

/// One look for a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) subject: &'a Subject<'a>,
    pub(super) goal: Goal<'a>,
    pub(super) known: &'a RequestContext,
    pub(super) breadth: Breadth,
}

/// What a look came to. Where there is neither a witness nor a doubt, there is no such request.
#[derive(Debug, Default)]
pub(super) struct Attempted {
    pub(super) witness: Option<Witness>,
    /// What the answer depends on and is not known, in words.
    pub(super) doubts: BTreeSet<String>,
    /// The keys whose values variables stand for, and that are not known.
    pub(super) open: BTreeSet<String>,
    /// Values that those keys are compared with.
    pub(super) named: Vec<(String, String)>,
}

/// All statements that count, read.
struct Readings {
    allows: Vec<Reading>,
    /// Of the boundary; `None` where there is none.
    bounds: Option<Vec<Reading>>,
    denies: Vec<Reading>,
    /// The ways to the goal: statements of which one is matched, with those that are not.
    ways: Vec<Way>,
}

/// A way to the goal.
struct Way {
    matched: Option<Reading>,
    avoided: Vec<Reading>,
}

impl Attempt<'_> {
    pub(super) fn run(&self) -> Attempted {
        let mut reader = Reader::new(self.known, self.breadth);
        let readings = self.read(&mut reader);
        let all = || readings.all();
        let several = several(all());
        let ground = Ground {
            known: self.known,
            several: &several,
            found: RefCell::default(),
        };
        let confirming = Confirming::of(self);
        let mut attempted = Attempted::default();
        for allow in &readings.allows {
            for bound in optional(readings.bounds.as_deref()) {
                for way in &readings.ways {
                    let matched: Vec<&Reading> = [Some(allow), bound, way.matched.as_ref()]
                        .into_iter()
                        .flatten()
                        .collect();
                    let avoided = readings.denies.iter().chain(&way.avoided);
                    // What cannot be read may match or not.
                    let avoided: Vec<&Reading> = avoided.filter(|reading| reading.is_clear).collect();
                    match Search::new(&ground).run(&matched, &avoided) {
                        Outcome::Nothing => {}
                        Outcome::TooMuch => attempted.doubt(TOO_MANY),
                        Outcome::Found(region) => {
                            attempted.witness = self.confirmed(&region, &confirming, &mut attempted);
                        }
                    }
                    if attempted.witness.is_some() {
                        return attempted;
                    }
                }
            }
        }
        if !attempted.doubts.is_empty() {
            attempted.doubts.extend(reader.beyond);
            let clauses = all().flat_map(|reading| &reading.clauses);
            let named =
                clauses.flat_map(|clause| clause.set.kind.words().map(|word| (clause.key.clone(), word)));
            attempted.named = named.filter(|(key, _)| reader.open.contains(key)).collect();
        }
        attempted.open = reader.open;
        attempted
    }

    fn read(&self, reader: &mut Reader<'_>) -> Readings {
        let of = |reader: &mut Reader<'_>, subject: &Subject<'_>, effect| {
            reader.policies(subject.identity.iter().copied(), effect)
        };
        let mut denies = of(reader, self.subject, Effect::Deny);
        denies.extend(reader.policies(self.subject.boundary, Effect::Deny));
        Readings {
            allows: of(reader, self.subject, Effect::Allow),
            bounds: (self.subject.boundary).map(|boundary| reader.policies([boundary], Effect::Allow)),
            denies,
            ways: match self.goal {
                Goal::Outside(meant) => {
                    let avoided = meant
                        .iter()
                        .map(|statement| reader.statement(statement, Variables::Stand));
                    vec![Way {
                        matched: None,
                        avoided: avoided.collect(),
                    }]
                }
                Goal::Within(forbidden) => {
                    let matched = forbidden
                        .iter()
                        .map(|statement| reader.statement(statement, Variables::Stand));
                    matched.map(Way::by).collect()
                }
                Goal::NotOf(other) => {
                    let none = |avoided| Way {
                        matched: None,
                        avoided,
                    };
                    let mut forbidding = of(reader, other, Effect::Deny);
                    let out_of_bounds = other
                        .boundary
                        .map(|boundary| reader.policies([boundary], Effect::Allow));
                    forbidding.extend(reader.policies(other.boundary, Effect::Deny));
                    std::iter::once(none(of(reader, other, Effect::Allow)))
                        .chain(out_of_bounds.map(none))
                        .chain(forbidding.into_iter().map(Way::by))
                        .collect()
                }
            },
        }
    }

    /// The request of a region, where the evaluator says of it what the search does.
    fn confirmed(
        &self,
        region: &Region<'_>,
        confirming: &Confirming<'_>,
        attempted: &mut Attempted,
    ) -> Option<Witness> {
        let Some(request) = witness::request(region, self.known) else {
            attempted.doubt(TOO_MANY);
            return None;
        };
        let witness = confirming.witness(request);
        if witness.is_none() {
            attempted.doubt("a comparison that cannot be reasoned about");
        }
        witness
    }
}

impl Attempted {
    fn doubt(&mut self, what: &str) {
        self.doubts.insert(what.to_owned());
    }

    /// What is known, and what open keys may be, in turn.
    pub(super) fn assumptions(&self, known: &RequestContext) -> Vec<RequestContext> {
        let mut all = vec![known.clone()];
        for key in &self.open {
            let named = self.named.iter().filter(|(named, _)| named == key);
            let named = named.map(|(_, value)| Some(value.as_str())).take(MOST_VALUES);
            let values: Vec<Option<&str>> = std::iter::once(Some(ANOTHER))
                .chain(named)
                .chain([None])
                .collect();
            all = all
                .iter()
                .flat_map(|context| values.iter().map(|value| with(context, key, *value)))
                .take(MOST_ASSUMPTIONS)
                .collect();
        }
        all
    }
}

fn with(context: &RequestContext, key: &str, value: Option<&str>) -> RequestContext {
    let mut context = context.clone();
    match value {
        Some(value) => context.set(key, value),
        None => context.set_missing(key),
    }
    context
}

impl Readings {
    fn all(&self) -> impl Iterator<Item = &Reading> {
        let ways = self
            .ways
            .iter()
            .flat_map(|way| way.matched.iter().chain(&way.avoided));
        self.allows
            .iter()
            .chain(self.bounds.iter().flatten())
            .chain(&self.denies)
            .chain(ways)
    }
}

impl Way {
    fn by(matched: Reading) -> Self {
        Self {
            matched: Some(matched),
            avoided: Vec::new(),
        }
    }
}

/// Each of some things, or nothing once where there are none to choose from.
fn optional<T>(things: Option<&[T]>) -> Vec<Option<&T>> {
    things.map_or_else(|| vec![None], |things| things.iter().map(Some).collect())
}

/// The evaluator, asked whether a request shows what it should.
struct Confirming<'a> {
    attempt: &'a Attempt<'a>,
    subject: OnceCell<Authorizer>,
    goal: OnceCell<Authorizer>,
}

impl<'a> Confirming<'a> {
    const fn of(attempt: &'a Attempt<'a>) -> Self {
        Self {
            attempt,
            subject: OnceCell::new(),
            goal: OnceCell::new(),
        }
    }

    fn witness(&self, request: Request) -> Option<Witness> {
        let subject = self.subject.get_or_init(|| authorizer(self.attempt.subject));
        let goal = self.goal.get_or_init(|| match self.attempt.goal {
            Goal::Outside(statements) | Goal::Within(statements) => {
                let allowing = statements.iter().map(|statement| Statement {
                    effect: Effect::Allow,
                    ..statement.clone()
                });
                let policy = Policy::of(allowing.collect());
                Authorizer::new(&PolicySet {
                    identity: vec![&policy],
                    ..PolicySet::default()
                })
            }
            Goal::NotOf(other) => authorizer(other),
        });
        let decision = subject.decide_for_principal(&request);
        let is_of_goal = goal.decide_for_principal(&request).verdict == Verdict::Allowed;
        let is_shown = is_of_goal == matches!(self.attempt.goal, Goal::Within(_));
        (decision.verdict == Verdict::Allowed && is_shown).then_some(Witness {
            request,
            allowed_by: decision.determining,
        })
    }
}

fn authorizer(subject: &Subject<'_>) -> Authorizer {
    Authorizer::new(&PolicySet {
        identity: subject.identity.clone(),
        boundary: subject.boundary,
        ..PolicySet::default()
    })
}
