//! The search for a request that some statements match and others do not.
//!
//! Each statement that must not match leaves a choice: another action, another resource, or a condition
//! that fails. The search makes the choices that are left no choice first, and tries the others one by
//! one. Every way through them is tried, so that finding none is a proof.

use super::facts::{Fact, alternatives};
use super::reading::Reading;
use super::region::{Filled, Ground, Region};

/// How many regions are looked at.
const MOST_REGIONS: usize = 20_000;

/// What a search came to.
#[derive(Debug)]
pub(super) enum Outcome<'a> {
    /// A region in which there are requests, as far as it could be told.
    Found(Box<Region<'a>>),
    /// There are none.
    Nothing,
    /// It takes too long to tell.
    TooMuch,
}

/// Alternatives of which one must be true, each a list of facts that are true together.
type Choice<'a> = Vec<Vec<Fact<'a>>>;

/// A search, and how far it may still go.
#[derive(Debug)]
pub(super) struct Search<'a, 'g> {
    pub(super) ground: &'g Ground<'a>,
    left: usize,
}

impl<'a, 'g> Search<'a, 'g> {
    pub(super) const fn new(ground: &'g Ground<'a>) -> Self {
        Self {
            ground,
            left: MOST_REGIONS,
        }
    }

    /// A request that each of some statements matches, and none of others.
    pub(super) fn run(&mut self, matched: &[&'a Reading], avoided: &[&'a Reading]) -> Outcome<'a> {
        let mut region = Region::default();
        let mut choices: Vec<Choice<'a>> = Vec::new();
        for reading in matched {
            let sides = [
                Fact::Action(&reading.actions, true),
                Fact::Resource(&reading.resources, true),
            ];
            for fact in sides {
                if region.add(self.ground, fact) == Filled::Empty {
                    return Outcome::Nothing;
                }
            }
            choices.extend(reading.clauses.iter().map(|clause| alternatives(clause, true)));
        }
        let meets = |reading: &&&'a Reading| {
            let sides = [
                Fact::Action(&reading.actions, true),
                Fact::Resource(&reading.resources, true),
            ];
            let is_apart = |one: &Reading| one.actions.is_plainly_apart(&reading.actions);
            !matched.iter().any(|one| is_apart(one))
                && sides.iter().all(|fact| region.fits(self.ground, &[*fact]))
        };
        let avoided: Vec<Choice<'a>> = avoided
            .iter()
            .filter(meets)
            .map(|reading| ways_past(reading))
            .collect();
        choices.extend(avoided);
        self.solve(region, choices)
    }

    fn solve(&mut self, mut region: Region<'a>, mut choices: Vec<Choice<'a>>) -> Outcome<'a> {
        // What is left no choice, until all that is left is a choice.
        loop {
            let mut is_settled = true;
            let mut open = Vec::new();
            for mut choice in choices {
                choice.retain(|facts| region.fits(self.ground, facts));
                let [only] = choice.as_slice() else {
                    if choice.is_empty() {
                        return Outcome::Nothing;
                    }
                    open.push(choice);
                    continue;
                };
                if self.assume(&mut region, only) == Filled::Empty {
                    return Outcome::Nothing;
                }
                is_settled = false;
            }
            choices = open;
            if is_settled {
                break;
            }
        }
        let Some(next) = (0..choices.len()).min_by_key(|at| choices.get(*at).map_or(0, Vec::len)) else {
            return Outcome::Found(Box::new(region));
        };
        let choice = choices.swap_remove(next);
        let mut is_certain = true;
        for facts in choice {
            if self.left == 0 {
                return Outcome::TooMuch;
            }
            self.left -= 1;
            let mut narrowed = region.clone();
            if self.assume(&mut narrowed, &facts) == Filled::Empty {
                continue;
            }
            match self.solve(narrowed, choices.clone()) {
                Outcome::Nothing => {}
                Outcome::TooMuch => is_certain = false,
                found @ Outcome::Found(_) => return found,
            }
        }
        if is_certain {
            Outcome::Nothing
        } else {
            Outcome::TooMuch
        }
    }

    fn assume(&self, region: &mut Region<'a>, facts: &[Fact<'a>]) -> Filled {
        for fact in facts {
            if region.add(self.ground, *fact) == Filled::Empty {
                return Filled::Empty;
            }
        }
        Filled::Maybe
    }
}

/// The ways in which a statement does not match: what it asks for is not so, in one of its parts. Another
/// action comes last, since there are actions by name alone, and AWS knows few of them.
fn ways_past(reading: &Reading) -> Choice<'_> {
    let resource = vec![Fact::Resource(&reading.resources, false)];
    let action = vec![Fact::Action(&reading.actions, false)];
    let failing = reading
        .clauses
        .iter()
        .flat_map(|clause| alternatives(clause, false));
    std::iter::once(resource).chain(failing).chain([action]).collect()
}
