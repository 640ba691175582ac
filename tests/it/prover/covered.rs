//! What lacks of random needs, against the evaluator and against what compares two roles.

use tcperm::evaluate::RequestContext;
use tcperm::policy::{Effect, Policy, Statement};
use tcperm::prove::{Answer, compare, missing};

use super::random::{allows, policy, request};
use super::subject;
use crate::support::Dice;

/// How many random requests are held against what is covered.
const REQUESTS: usize = 60;

/// The statements of a policy that allow, each alone.
fn needs(of: &Policy) -> impl Iterator<Item = Policy> {
    let allowing = |statement: &&Statement| statement.effect == Effect::Allow;
    of.statement.iter().filter(allowing).map(|statement| Policy {
        statement: vec![statement.clone()],
        ..of.clone()
    })
}

/// Holds what lacks of random needs against what it says; how many are covered, and how many lack.
fn check(seed: u64, pairs: usize) -> [usize; 2] {
    let mut dice = Dice::new(seed);
    let mut counts = [0, 0];
    let known = RequestContext::open();
    for _ in 0..pairs {
        let (needed, held) = (policy(&mut dice, 4), policy(&mut dice, 4));
        for needed in needs(&needed) {
            let lacking = missing(&[&needed], &[&held]);
            let of = format!("{}\n{}\n{lacking:#?}", needed.to_json(), held.to_json());
            counts[usize::from(!lacking.is_empty())] += 1;
            let (needed, held) = (subject(&needed), subject(&held));
            let proved = compare(&needed, &held).only_first == Answer::Proved;
            assert_eq!(lacking.is_empty(), proved, "{of}");
            let (is_needed, is_allowed) = (allows(&needed), allows(&held));
            for _ in 0..REQUESTS {
                let request = request(&mut dice, &known);
                assert!(
                    !lacking.is_empty() || !is_needed(&request) || is_allowed(&request),
                    "{of}\n{request:#?}"
                );
            }
        }
    }
    counts
}

#[test]
fn what_lacks_nothing_is_allowed_in_every_random_request_and_by_comparison() {
    let [covered, lacking] = check(3, 300);
    assert!(covered * 20 > lacking, "{covered} covered, {lacking} lack");
}
