//! Every state that some runs at once can reach.

use std::collections::HashSet;

use super::runs::{AccountId, Calls, DONE, Mixed, Next, RunId, Runs, STOPPED};

/// What happens beside the calls of the runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct World {
    /// How their calls are made.
    pub(super) calls: Calls,
    /// Whether a run may be killed while a write is on its way, which is carried out at any time
    /// afterwards, or never.
    pub(super) writes_come_late: bool,
    /// Whether a call that reads may be answered by the account as it was before the last write.
    pub(super) reads_are_stale: bool,
}

impl World {
    /// One call after the other, each answered truly.
    pub(super) const EXACT: Self = Self {
        calls: Calls::Single,
        writes_come_late: false,
        reads_are_stale: false,
    };

    /// The same, with those that may be made at once as one step.
    pub(super) const OF_WAVES: Self = Self {
        calls: Calls::Waves,
        ..Self::EXACT
    };
}

/// What was found.
#[derive(Default)]
pub(super) struct Found {
    /// How many states there are.
    pub(super) states: usize,
    /// The accounts of all of them.
    pub(super) accounts: HashSet<AccountId, Mixed>,
    /// Those in which all runs have come to their end.
    pub(super) ends: HashSet<AccountId, Mixed>,
    /// The accounts with a write that is still on its way to them.
    pub(super) late: HashSet<(AccountId, RunId), Mixed>,
}

/// Up to three runs and an account. Which run is which says how far it has come: their order does not
/// matter.
#[derive(Clone, Copy)]
struct State {
    account: AccountId,
    /// As it was before the last write, where that matters.
    before: AccountId,
    runs: [RunId; 3],
}

impl State {
    /// The same as one number: 24 bits for each of the five.
    fn packed(self) -> u128 {
        let [a, b, c] = self.runs;
        let numbers = [self.account, self.before, a, b, c];
        numbers.into_iter().fold(0, |packed, number| {
            assert!(number < 1 << 24, "too many accounts or runs to number");
            packed << 24 | u128::from(number)
        })
    }

    /// When a run has become another.
    fn with(self, index: usize, run: RunId) -> Self {
        let mut runs = self.runs;
        runs[index] = run;
        runs.sort_unstable();
        Self { runs, ..self }
    }
}

/// Visits every state that runs can reach which are about to begin.
pub(super) fn explore(runs: &mut Runs, world: World, account: AccountId, begun: &[RunId]) -> Found {
    let mut initial = [DONE; 3];
    initial[..begun.len()].copy_from_slice(begun);
    initial.sort_unstable();
    let mut to_visit = Vec::new();
    let mut seen: HashSet<u128, Mixed> = HashSet::default();
    let mut found = Found::default();
    let mut next = vec![State {
        account,
        before: if world.reads_are_stale { account } else { 0 },
        runs: initial,
    }];
    loop {
        to_visit.extend(next.drain(..).filter(|state| seen.insert(state.packed())));
        let Some(state) = to_visit.pop() else {
            break;
        };
        found.accounts.insert(state.account);
        if state.runs == [DONE; 3] {
            found.ends.insert(state.account);
        }
        for (index, run) in state.runs.into_iter().enumerate() {
            if runs.next(run) == Next::Late {
                found.late.insert((state.account, run));
            }
            if run != DONE && run != STOPPED {
                lead(runs, world, (state, index), &mut next);
            }
        }
    }
    found.states = seen.len();
    found
}

/// The states to which one run leads.
fn lead(runs: &mut Runs, world: World, (state, index): (State, usize), next: &mut Vec<State>) {
    let run = state.runs[index];
    for (after, account) in runs.call(run, state.account, world.calls).iter().copied() {
        let mut state = state.with(index, after);
        if account != state.account {
            state.before = if world.reads_are_stale { state.account } else { 0 };
            state.account = account;
        }
        next.push(state);
    }
    let comes = runs.next(run);
    if world.reads_are_stale && comes == Next::Reads {
        let answered = runs.call(run, state.before, world.calls);
        next.extend(answered.iter().map(|(after, _)| state.with(index, *after)));
    }
    if world.writes_come_late
        && let Next::Writes(killed) = comes
    {
        next.push(state.with(index, killed));
    }
}
