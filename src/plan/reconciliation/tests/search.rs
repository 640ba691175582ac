//! Every state that some runs at once can reach.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::LazyLock;

use super::super::{Call, Progress, Reconciliation, Stage};
use super::account::Account;
use super::{Task, id};
use crate::intent::{Recipes, RoleSpec};
use crate::model::{Context, RoleKind};
use crate::plan::{Adoption, Business, Intention, Lifetime, Purpose, Regions, Step, Teardown};

/// What was found.
pub(super) struct Found {
    /// How many states there are.
    pub(super) states: usize,
    /// The accounts of all of them.
    pub(super) accounts: HashSet<Account>,
    /// Those in which all runs have ended, with how.
    pub(super) ends: HashSet<(Account, Vec<Ended>)>,
}

/// How a run has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Ended {
    /// It came to its end.
    Done,
    /// The role changed under it again and again, or something stood in its way, and it says so.
    GaveUp,
}

/// A run.
#[derive(Clone)]
enum Run<'a> {
    /// It has not listed the roles yet.
    Listing,
    /// It waits for the answers to these calls, which are on their way.
    Calling(Rc<Reconciliation<'a>>, Vec<Call>),
    Ended(Ended),
}

#[derive(Clone)]
struct State<'a> {
    account: Account,
    runs: Vec<Run<'a>>,
}

static CONTEXT: LazyLock<Context> = LazyLock::new(Context::example);

type Decisions = HashMap<(usize, bool, Option<RoleSpec>), Option<Rc<Step>>>;

/// Some runs, and what they decided already.
pub(super) struct Runs<'a> {
    tasks: &'a [Task],
    rounds: u32,
    decisions: RefCell<Decisions>,
}

/// What runs alone make of accounts.
#[derive(Default)]
pub(super) struct Alone {
    known: HashMap<(Account, String), Account>,
}

impl Alone {
    /// What a run alone makes of an account.
    pub(super) fn run(&mut self, account: &Account, task: &Task) -> Account {
        let key = (account.clone(), format!("{task:?}"));
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let found = Runs::new(std::slice::from_ref(task), 2).explore(account);
        assert_eq!(found.ends.len(), 1, "a run alone has one end");
        let (after, ends) = found.ends.into_iter().next().unwrap();
        assert_eq!(
            ends,
            [Ended::Done],
            "{task:?} alone comes to no end from {account:?}"
        );
        self.known.insert(key, after.clone());
        after
    }
}

impl<'a> Runs<'a> {
    pub(super) fn new(tasks: &'a [Task], rounds: u32) -> Self {
        Self {
            tasks,
            rounds,
            decisions: RefCell::default(),
        }
    }

    /// Visits every state.
    pub(super) fn explore(&self, initial: &Account) -> Found {
        let mut found = Found {
            states: 0,
            accounts: HashSet::new(),
            ends: HashSet::new(),
        };
        let mut seen = HashSet::new();
        let mut to_visit = vec![State {
            account: initial.clone(),
            runs: vec![Run::Listing; self.tasks.len()],
        }];
        while let Some(state) = to_visit.pop() {
            if !seen.insert(state.key()) {
                continue;
            }
            found.accounts.insert(state.account.clone());
            let next = self.next(&state);
            if next.is_empty() {
                let ends = state.runs.iter().map(Run::ended).collect();
                found.ends.insert((state.account, ends));
            }
            to_visit.extend(next);
        }
        found.states = seen.len();
        found
    }

    /// The states to which one call leads.
    fn next(&self, state: &State<'a>) -> Vec<State<'a>> {
        let mut all = Vec::new();
        for (number, run) in state.runs.iter().enumerate() {
            if matches!(run, Run::Ended(_)) {
                continue;
            }
            let mut next = state.clone();
            let State { account, runs } = &mut next;
            runs[number] = self.called(number, run, account);
            all.push(next);
        }
        all
    }

    /// Makes the first of the calls that a run waits for, and lets it go on as far as it can without
    /// another.
    fn called(&self, number: usize, run: &Run<'a>, account: &mut Account) -> Run<'a> {
        match run {
            Run::Listing => {
                let purpose = self.purpose(number);
                let listed = account.role().map(|role| role.name.clone());
                let machine = match (listed, purpose) {
                    (Some(name), _) => Reconciliation::with(purpose, id(), name),
                    (None, Purpose::Serve(intention))
                        if intention.topologies.values().any(|shares| !shares.is_empty()) =>
                    {
                        Reconciliation::without(purpose, id())
                    }
                    _ => return Run::Ended(Ended::Done),
                };
                self.advanced(number, machine)
            }
            Run::Calling(machine, pending) => {
                let (mut machine, mut pending) = (machine.as_ref().clone(), pending.clone());
                let call = pending.remove(0);
                let answer = account.call(machine.name(), &call);
                machine.answer(&call, answer);
                if pending.is_empty() {
                    self.advanced(number, machine)
                } else {
                    Run::Calling(Rc::new(machine), pending)
                }
            }
            Run::Ended(_) => run.clone(),
        }
    }

    fn advanced(&self, number: usize, mut machine: Reconciliation<'a>) -> Run<'a> {
        loop {
            match machine.progress() {
                Progress::Reading | Progress::Carrying(_) => {
                    let calls = machine.calls();
                    return Run::Calling(Rc::new(machine), calls);
                }
                Progress::Observed(role) => {
                    let key = (number, machine.round() > 0, role.cloned());
                    let known = self.decisions.borrow().get(&key).cloned();
                    let step = known.unwrap_or_else(|| {
                        let step = machine.purpose.decide(&machine.id, role, 0).unwrap().map(Rc::new);
                        self.decisions.borrow_mut().insert(key, step.clone());
                        step
                    });
                    machine.decided(step);
                }
                Progress::Decided(_) => machine.go_on(),
                Progress::Met(..) if machine.round() + 1 >= self.rounds => return Run::Ended(Ended::GaveUp),
                Progress::Met(..) => machine.look_again(),
                Progress::Ended(Some(step)) if step.obstacle.is_some() => return Run::Ended(Ended::GaveUp),
                Progress::Ended(_) => return Run::Ended(Ended::Done),
            }
        }
    }

    fn purpose(&self, number: usize) -> Purpose<'a> {
        match &self.tasks[number] {
            Task::TakeDown => Purpose::TakeDown(Teardown {
                sandbox: &CONTEXT.sandbox,
                adoption: Adoption::Refuse,
                as_listed: None,
            }),
            Task::Topology(topologies) => Purpose::Serve(Intention {
                recipes: Recipes::built_in(),
                context: &CONTEXT,
                topologies,
                kinds: &RoleKind::ALL,
                business: Business::Own,
                adoption: Adoption::Refuse,
                regions: Regions::Ours,
                lifetime: Lifetime::AsItIs,
            }),
        }
    }
}

impl Run<'_> {
    const fn ended(&self) -> Ended {
        match self {
            Self::Ended(end) => *end,
            Self::Listing | Self::Calling(..) => Ended::GaveUp,
        }
    }
}

impl State<'_> {
    /// What tells a state from all others. Steps are told by where they stand in memory: the same
    /// decision is taken once.
    fn key(&self) -> (u64, u64) {
        let mut hashers = (DefaultHasher::new(), DefaultHasher::new());
        1.hash(&mut hashers.1);
        self.hash(&mut hashers.0);
        self.hash(&mut hashers.1);
        (hashers.0.finish(), hashers.1.finish())
    }

    fn hash(&self, hasher: &mut DefaultHasher) {
        self.account.hash(hasher);
        for run in &self.runs {
            match run {
                Run::Listing => 0.hash(hasher),
                Run::Ended(end) => (1, end).hash(hasher),
                Run::Calling(machine, pending) => {
                    (2, machine.round, machine.set_out.is_some()).hash(hasher);
                    match &machine.stage {
                        Stage::Reading { reading, is_whole } => (3, reading, is_whole).hash(hasher),
                        Stage::Writing { step, next } => (4, Rc::as_ptr(step), next).hash(hasher),
                        other => format!("{other:?}{pending:?}").hash(hasher),
                    }
                }
            }
        }
    }
}
