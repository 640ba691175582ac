//! How far a run has come, and what a call makes of it.
//!
//! Accounts, and how far runs have come, are numbered: what a run in one state does with an account in
//! another is found out once, by the code that runs in production, and looked up from then on, whoever
//! else is at the role.

use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::ptr;
use std::rc::Rc;

use super::super::{Call, Progress, Reconciliation, Stage};
use super::account::Account;
use super::tasks::{Task, id};
use crate::intent::{Document, RoleSpec};
use crate::plan::reading::Reading;
use crate::plan::{Business, Intention, Operation, Purpose, Step};
use crate::policy::Policy;

/// An account, by its number.
pub(super) type AccountId = u32;
/// How far a run has come, by its number, which also says what it is about.
pub(super) type RunId = u32;

/// A run that came to its end.
pub(super) const DONE: RunId = 0;
/// A run that was killed, or that something stood in the way of, and that said so.
pub(super) const STOPPED: RunId = 1;

/// How the calls of a run are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Calls {
    /// One after the other, those that may be made at once in any order.
    Single,
    /// Those that may be made at once as one step.
    Waves,
}

/// How far a run has come.
#[derive(Clone)]
enum Run {
    Done,
    Stopped,
    /// It has not listed the roles yet.
    Listing(&'static Task),
    /// It waits for the answers to its calls.
    Calling(&'static Task, Rc<Reconciliation<'static>>),
    /// It was killed while this call was on its way.
    Late(Operation),
}

/// What tells a run from all that go on otherwise.
#[derive(PartialEq, Eq, Hash)]
enum RunKey {
    Done,
    Stopped,
    Listing(*const Task),
    Reading {
        task: *const Task,
        is_begun: bool,
        is_whole: bool,
        reading: Reading,
    },
    /// What was planned, and what is known of the role.
    Verifying(Option<RoleSpec>, Reading),
    /// Which operations are still to come. When it looks again, it has begun, or finds what was
    /// planned.
    Writing(*const Task, Vec<u32>, Option<RoleSpec>),
    Late(u32),
}

/// What a run does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing more.
    Nothing,
    /// It reads.
    Reads,
    /// It writes. When it is killed while that call is on its way, it becomes the other.
    Writes(RunId),
    /// It is killed already, and its last call arrives.
    Late,
}

/// What has been numbered.
struct Numbered<T> {
    numbers: HashMap<T, u32>,
}

/// A hasher for small numbers.
#[derive(Default, Clone, Copy)]
pub(super) struct Mixer(u64);

pub(super) type Mixed = BuildHasherDefault<Mixer>;

/// Which step is decided on, by the task, whether the run has begun, and what it observed.
type Decisions = HashMap<(*const Task, bool, Option<Rc<RoleSpec>>), Option<Rc<Step>>>;

/// What a run and the account can be after a call.
type Successors = Rc<[(RunId, AccountId)]>;

/// All that was found out about runs.
pub(super) struct Runs {
    tasks: Vec<&'static Task>,
    accounts: Vec<Account>,
    account_numbers: Numbered<Account>,
    allowed: Vec<Option<Rc<BTreeSet<u32>>>>,
    texts: Numbered<String>,
    stages: Vec<Run>,
    nexts: Vec<Next>,
    run_numbers: Numbered<RunKey>,
    decisions: Decisions,
    operations: Numbered<Operation>,
    calls: HashMap<(RunId, AccountId, bool), Successors, Mixed>,
    ends: HashMap<(RunId, AccountId), (RunId, AccountId), Mixed>,
}

impl Runs {
    pub(super) fn new() -> Self {
        let mut runs = Self {
            tasks: Vec::new(),
            accounts: Vec::new(),
            account_numbers: Numbered::default(),
            allowed: Vec::new(),
            texts: Numbered::default(),
            stages: Vec::new(),
            nexts: Vec::new(),
            run_numbers: Numbered::default(),
            decisions: HashMap::new(),
            operations: Numbered::default(),
            calls: HashMap::default(),
            ends: HashMap::default(),
        };
        assert_eq!(runs.number_of(Run::Done), DONE);
        assert_eq!(runs.number_of(Run::Stopped), STOPPED);
        runs
    }

    /// A run that is about to begin.
    pub(super) fn begin(&mut self, task: &Task) -> RunId {
        let known = self.tasks.iter().find(|known| **known == task).copied();
        let task = known.unwrap_or_else(|| {
            // There are few tasks, and what borrows from them lives as long as the test.
            let task: &'static Task = Box::leak(Box::new(task.clone()));
            self.tasks.push(task);
            task
        });
        self.number_of(Run::Listing(task))
    }

    /// Makes the calls of a run that come next: what it and the account can be afterwards.
    pub(super) fn call(&mut self, run: RunId, account: AccountId, calls: Calls) -> Successors {
        let key = (run, account, calls == Calls::Waves);
        if let Some(known) = self.calls.get(&key) {
            return known.clone();
        }
        let after: Vec<(Run, Account)> = self.called(run, account, calls);
        let after = after.into_iter().map(|(run, account)| {
            let run = self.number_of(run);
            (run, self.account(account))
        });
        let after: Rc<[_]> = after.collect();
        self.calls.insert(key, after.clone());
        after
    }

    /// What a run comes to that nobody else meets.
    pub(super) fn finish(&mut self, run: RunId, account: AccountId) -> (RunId, AccountId) {
        let mut at = (run, account);
        let mut passed = Vec::new();
        while at.0 != DONE && at.0 != STOPPED {
            if let Some(end) = self.ends.get(&at) {
                at = *end;
                break;
            }
            assert!(!passed.contains(&at), "a run alone comes to no end");
            passed.push(at);
            at = self.call(at.0, at.1, Calls::Waves)[0];
        }
        self.ends.extend(passed.into_iter().map(|before| (before, at)));
        at
    }

    /// What a run does next.
    pub(super) fn next(&self, run: RunId) -> Next {
        self.nexts[run as usize]
    }

    pub(super) fn account(&mut self, account: Account) -> AccountId {
        let (number, is_new) = self.account_numbers.number(account.clone());
        if is_new {
            self.accounts.push(account);
            self.allowed.push(None);
        }
        number
    }

    /// The account of this number.
    pub(super) fn account_of(&self, number: AccountId) -> &Account {
        &self.accounts[number as usize]
    }

    /// What the role of an account may do, and who may assume it.
    pub(super) fn allowed(&mut self, account: AccountId) -> Rc<BTreeSet<u32>> {
        if let Some(known) = &self.allowed[account as usize] {
            return known.clone();
        }
        let texts = allowed(&self.accounts[account as usize]);
        let numbers = texts.into_iter().map(|text| self.texts.number(text).0);
        let allowed: Rc<BTreeSet<u32>> = Rc::new(numbers.collect());
        self.allowed[account as usize] = Some(allowed.clone());
        allowed
    }

    fn called(&mut self, run: RunId, account: AccountId, calls: Calls) -> Vec<(Run, Account)> {
        let account = self.account_of(account).clone();
        match self.stages[run as usize].clone() {
            Run::Done | Run::Stopped => Vec::new(),
            Run::Listing(task) => vec![(self.listed(task, &account), account)],
            Run::Late(operation) => {
                let mut account = account;
                account.call(&id().name, &Call::Perform(operation));
                vec![(Run::Stopped, account)]
            }
            Run::Calling(task, machine) => {
                let pending = machine.calls();
                let groups: Vec<&[Call]> = match calls {
                    Calls::Single => pending.chunks(1).collect(),
                    Calls::Waves => vec![pending.as_slice()],
                };
                let answered = |group: &[Call]| {
                    let (mut machine, mut account) = (machine.as_ref().clone(), account.clone());
                    for call in group {
                        let answer = account.call(machine.name(), call);
                        machine.answer(call, answer);
                    }
                    (self.advanced(task, machine), account)
                };
                groups.into_iter().map(answered).collect()
            }
        }
    }

    /// Lists the roles and begins with the one that is there, or is to be.
    fn listed(&mut self, task: &'static Task, account: &Account) -> Run {
        let purpose = task.purpose();
        match account.role() {
            Some(role) => self.advanced(task, Reconciliation::with(purpose, id(), role.name.clone())),
            None if task.creates() => self.advanced(task, Reconciliation::without(purpose, id())),
            None => Run::Done,
        }
    }

    /// Lets a run go on as far as it can without another call. It looks again as often as it likes:
    /// one that gives up earlier is one that was killed.
    fn advanced(&mut self, task: &'static Task, mut machine: Reconciliation<'static>) -> Run {
        loop {
            match machine.progress() {
                Progress::Reading | Progress::Carrying(_) => return Run::Calling(task, Rc::new(machine)),
                Progress::Observed(_) => {
                    let step = self.decided(task, &machine);
                    machine.decided(step);
                }
                Progress::Decided(Some(step))
                    if matches!(task, Task::Saved(_)) && step.obstacle.is_none() =>
                {
                    machine = Reconciliation::of(Purpose::AsPlanned, step.clone());
                }
                Progress::Decided(_) => machine.go_on(),
                Progress::Met(..) if matches!(task, Task::Saved(_)) => return Run::Stopped,
                Progress::Met(..) => machine.look_again(),
                Progress::Ended(Some(step)) if step.obstacle.is_some() => return Run::Stopped,
                Progress::Ended(_) => return Run::Done,
            }
        }
    }

    fn decided(&mut self, task: &'static Task, machine: &Reconciliation<'static>) -> Option<Rc<Step>> {
        let Stage::Observed { role, .. } = &machine.stage else {
            return None;
        };
        let key = (ptr::from_ref(task), has_begun(machine), role.clone());
        if let Some(known) = self.decisions.get(&key) {
            return known.clone();
        }
        let step = machine.purpose.decide(&machine.id, role.as_deref(), 0);
        let step = step.unwrap().map(Rc::new);
        self.decisions.insert(key, step.clone());
        step
    }

    fn number_of(&mut self, run: Run) -> RunId {
        let key = match &run {
            Run::Done => RunKey::Done,
            Run::Stopped => RunKey::Stopped,
            Run::Listing(task) => RunKey::Listing(*task),
            Run::Late(operation) => RunKey::Late(self.operations.number(operation.clone()).0),
            Run::Calling(task, machine) => match &machine.stage {
                Stage::Reading { reading, is_whole } => RunKey::Reading {
                    task: *task,
                    is_begun: has_begun(machine),
                    is_whole: *is_whole,
                    reading: reading.clone(),
                },
                Stage::Verifying { step, reading } => RunKey::Verifying(step.after.clone(), reading.clone()),
                Stage::Writing { step, next } => {
                    let operations = step.operations[*next..].iter().cloned();
                    let numbers = operations.map(|operation| self.operations.number(operation).0);
                    let is_planned = matches!(task, Task::Saved(_));
                    let planned = step.after.clone().filter(|_| is_planned);
                    RunKey::Writing(*task, numbers.collect(), planned)
                }
                other => unreachable!("no call comes next in {other:?}"),
            },
        };
        let next = self.next_of(&run);
        let (number, is_new) = self.run_numbers.number(key);
        if is_new {
            self.stages.push(run);
            self.nexts.push(next);
        }
        number
    }

    fn next_of(&mut self, run: &Run) -> Next {
        let machine = match run {
            Run::Done | Run::Stopped => return Next::Nothing,
            Run::Late(_) => return Next::Late,
            Run::Listing(_) => return Next::Reads,
            Run::Calling(_, machine) => machine,
        };
        match &machine.stage {
            Stage::Writing { step, next } if step.operations[*next].is_write() => {
                Next::Writes(self.number_of(Run::Late(step.operations[*next].clone())))
            }
            _ => Next::Reads,
        }
    }
}

fn has_begun(machine: &Reconciliation<'_>) -> bool {
    let begun = |intention: &Intention<'_>| intention.business == Business::Begun;
    matches!(&machine.purpose, Purpose::Serve(intention) if begun(intention))
}

/// What the role of an account may do, statement by statement, and the schedules that may assume it.
fn allowed(account: &Account) -> BTreeSet<String> {
    let documents = account.role().into_iter().flat_map(|role| role.policies.values());
    let policies = documents.filter_map(Document::known);
    let statements = policies.flat_map(|policy| &policy.statement);
    let statements = statements.map(|statement| format!("{statement:?}"));
    let trust = account.role().and_then(|role| role.trust.known());
    let trusted = trust.into_iter().flat_map(Policy::arns);
    statements
        .chain(trusted.map(|arn| format!("assumed by {arn}")))
        .collect()
}

impl<T> Default for Numbered<T> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
        }
    }
}

impl<T: Eq + Hash> Numbered<T> {
    /// The number of a thing, and whether it is the first time that it is seen.
    fn number(&mut self, thing: T) -> (u32, bool) {
        let next = u32::try_from(self.numbers.len()).unwrap();
        let number = *self.numbers.entry(thing).or_insert(next);
        (number, number == next)
    }
}

impl Hasher for Mixer {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.write_u64(u64::from(number));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_u128(&mut self, number: u128) {
        for half in [number & u128::from(u64::MAX), number >> 64] {
            self.write_u64(u64::try_from(half).unwrap_or_default());
        }
    }
}
