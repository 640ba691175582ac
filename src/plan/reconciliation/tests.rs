//! The protocol, model-checked: up to three runs at once on one role, every order of their calls.
//!
//! The runs are [`Reconciliation`](super::Reconciliation)s as they are driven against AWS, and decide as they
//! do there ([`runs`]); the account is a model of what IAM does with a role ([`account`]). The search
//! ([`search`]) visits every state that can be reached, each once. A run that is killed is one whose calls
//! do not come any more, so what must hold of killed runs is asked of every state.

mod account;
mod runs;
mod search;
mod tasks;

use std::collections::{BTreeSet, HashMap};

use account::Account;
use runs::{AccountId, Calls, DONE, RunId, Runs};
use search::{Found, World, explore};
use tasks::{
    Task, Topologies, adopting, beginnings, billing, choices, id, leave, nightly, orders, orders_changed,
    orders_of, saved, tasks, topologies_after, web,
};

/// A role as it is found, and what runs at once are to do.
#[derive(Clone, Copy)]
struct Case<'c> {
    /// What was there before all.
    role: &'c Account,
    /// What was carried out before.
    beginning: &'c [Task],
    tasks: &'c [Task],
}

const GUIDE: &str = include_str!("../../../docs/src/concurrency.md");

/// Checks what runs at once come to.
struct Checks {
    runs: Runs,
    landings: HashMap<(AccountId, RunId, RunId), BTreeSet<AccountId>>,
    states: usize,
}

impl Checks {
    fn new() -> Self {
        Self {
            runs: Runs::new(),
            landings: HashMap::new(),
            states: 0,
        }
    }

    /// Checks every state that some runs at once can reach from a beginning.
    fn check(&mut self, case: Case<'_>, calls: Calls) {
        let world = World {
            calls,
            ..World::EXACT
        };
        let found = self.explore(case, world);
        self.as_if_one_by_one(&found, case);
        self.always(&found, case);
    }

    /// Checks what holds even where runs do not end as if they had come one after the other.
    fn always(&mut self, found: &Found, case: Case<'_>) {
        self.never_more_than_the_union(found, case);
        self.who_stays_keeps(found, case);
        self.repaired_by_the_next_runs(found, case);
    }

    /// How many states were visited stands in the guide.
    fn are_told(&self) {
        let digits = self.states.to_string();
        let groups = digits.as_bytes().rchunks(3).rev();
        let groups: Vec<String> = groups
            .map(|group| String::from_utf8_lossy(group).into_owned())
            .collect();
        let cell = format!("| {} |", groups.join(","));
        assert!(GUIDE.contains(&cell), "the guide says another number than {cell}");
    }

    fn explore(&mut self, case: Case<'_>, world: World) -> Found {
        let role = self.runs.account(case.role.clone());
        let beginning = self.one_by_one(role, case.beginning);
        let begun: Vec<RunId> = case.tasks.iter().map(|task| self.runs.begin(task)).collect();
        let found = explore(&mut self.runs, world, beginning, &begun);
        self.states += found.states;
        found
    }

    /// Whatever the order and whoever is killed, nobody grants more than what somebody asked for.
    fn never_more_than_the_union(&mut self, found: &Found, case: Case<'_>) {
        let role = self.runs.account(case.role.clone());
        let mut union = self.runs.allowed(role).as_ref().clone();
        for task in case.beginning.iter().chain(case.tasks) {
            if let Some(topologies) = task.topologies() {
                let ideal = self.ideal(topologies);
                union.extend(self.runs.allowed(ideal).iter().copied());
            }
        }
        for account in &found.accounts {
            let allowed = self.runs.allowed(*account);
            let account = self.runs.account_of(*account);
            assert!(allowed.is_subset(&union), "{case:?}\nreaches {account:?}");
        }
    }

    /// When all have come to their end, the role is what it would be if they had come one after the
    /// other, in some order; and each of these orders is found. One that did not come to its end says so.
    fn as_if_one_by_one(&mut self, found: &Found, case: Case<'_>) {
        let ideals = self.ideals(case);
        for account in &found.ends {
            let end = self.runs.account_of(*account);
            assert!(ideals.contains(account), "{case:?}\nends as {end:?}");
        }
        for ideal in &ideals {
            assert!(
                found.ends.contains(ideal),
                "{case:?}\nwas not searched to its ends"
            );
        }
    }

    /// What tasks come to one after the other, in each order.
    fn ideals(&mut self, case: Case<'_>) -> BTreeSet<AccountId> {
        let orders = orders_of(case.tasks).into_iter();
        orders
            .map(|order| self.ideal_after(case.beginning, &order))
            .collect()
    }

    /// Topologies that no run is about keep all they may do, in every state.
    fn who_stays_keeps(&mut self, found: &Found, case: Case<'_>) {
        let mut stay = topologies_after(case.beginning);
        for task in case.tasks {
            match task.topologies() {
                None => stay.clear(),
                Some(changed) => changed.keys().for_each(|name| drop(stay.remove(name))),
            }
        }
        let ideal = self.ideal(&stay);
        let keeps = self.runs.allowed(ideal);
        for account in &found.accounts {
            let allowed = self.runs.allowed(*account);
            let account = self.runs.account_of(*account);
            assert!(keeps.is_subset(&allowed), "{case:?}\nreaches {account:?}");
        }
    }

    /// From every state, whoever was killed in it: when the same commands are given again, one after
    /// the other, the role is what they ask for.
    fn repaired_by_the_next_runs(&mut self, found: &Found, case: Case<'_>) {
        for order in orders_of(case.tasks) {
            let right = self.ideal_after(case.beginning, &order);
            for account in &found.accounts {
                self.is_repaired(*account, (&order, right), case);
            }
        }
    }

    fn is_repaired(&mut self, account: AccountId, (order, right): (&[Task], AccountId), case: Case<'_>) {
        let repaired = self.one_by_one(account, order);
        if repaired != right {
            let [from, to] = [account, repaired].map(|account| self.runs.account_of(account));
            panic!("{case:?}\nfrom {from:?}\nby {order:?}\ncomes to {to:?}");
        }
    }

    /// A write of a killed run that is still on its way when the same commands are given again is
    /// carried out before them, between their calls, after them, or never. When they are given once
    /// more after that, the role is what they ask for. Answers how often that was needed.
    fn repaired_after_late_writes(&mut self, found: &Found, case: Case<'_>) -> usize {
        let mut needed = 0;
        for order in orders_of(case.tasks) {
            let right = self.ideal_after(case.beginning, &order);
            for (account, late) in found.late.iter().copied() {
                for after in self.landed(account, late, &order) {
                    needed += usize::from(after != right);
                    self.is_repaired(after, (&order, right), case);
                }
            }
        }
        needed
    }

    /// The accounts after some tasks one after the other, during or after which a late write landed.
    fn landed(&mut self, account: AccountId, late: RunId, tasks: &[Task]) -> BTreeSet<AccountId> {
        let Some((task, rest)) = tasks.split_first() else {
            return BTreeSet::from([self.runs.finish(late, account).1]);
        };
        let begun = self.runs.begin(task);
        let during = self.landed_during(account, late, begun);
        let mut after: BTreeSet<AccountId> = during
            .into_iter()
            .map(|account| self.one_by_one(account, rest))
            .collect();
        let next = self.runs.finish(begun, account).1;
        after.extend(self.landed(next, late, rest));
        after
    }

    /// The accounts after a run, between two calls of which a late write landed.
    fn landed_during(&mut self, account: AccountId, late: RunId, begun: RunId) -> BTreeSet<AccountId> {
        let key = (account, late, begun);
        if let Some(known) = self.landings.get(&key) {
            return known.clone();
        }
        let mut after = BTreeSet::new();
        let (mut run, mut account) = (begun, account);
        while run != DONE {
            let landed = self.runs.finish(late, account).1;
            after.insert(self.runs.finish(run, landed).1);
            (run, account) = self.runs.call(run, account, Calls::Waves)[0];
        }
        self.landings.insert(key, after.clone());
        after
    }

    fn one_by_one(&mut self, account: AccountId, tasks: &[Task]) -> AccountId {
        tasks.iter().fold(account, |account, task| {
            let begun = self.runs.begin(task);
            self.runs.finish(begun, account).1
        })
    }

    /// The role that serves exactly the topologies that there are after some tasks.
    fn ideal_after(&mut self, beginning: &[Task], tasks: &[Task]) -> AccountId {
        self.ideal(&topologies_after(beginning.iter().chain(tasks)))
    }

    /// The role that serves exactly these.
    fn ideal(&mut self, topologies: &Topologies) -> AccountId {
        let nothing = self.runs.account(Account::default());
        self.one_by_one(nothing, &[Task::Topology(topologies.clone())])
    }
}

impl std::fmt::Debug for Case<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}, then at once {:?}", self.beginning, self.tasks)
    }
}

/// The cases of some runs at once, whatever they find.
fn cases(number: usize) -> Vec<(Vec<Task>, Vec<Task>)> {
    let with = |beginning: Vec<Task>| move |tasks| (beginning.clone(), tasks);
    beginnings()
        .into_iter()
        .flat_map(|beginning| choices(&tasks(), number).into_iter().map(with(beginning)))
        .collect()
}

/// A few of the pairs, for what takes long.
fn some_cases() -> Vec<(Vec<Task>, Vec<Task>)> {
    let some = [
        orders(),
        leave("orders"),
        nightly(),
        leave("nightly"),
        Task::TakeDown,
    ];
    let mut cases = cases(2);
    cases.retain(|(beginning, tasks)| beginning.len() == 2 && tasks.iter().all(|task| some.contains(task)));
    cases
}

/// Calls for each case, in which nobody's role is there before.
fn for_each(cases: &[(Vec<Task>, Vec<Task>)], mut check: impl FnMut(&mut Checks, Case<'_>)) -> Checks {
    let mut checks = Checks::new();
    for (beginning, tasks) in cases {
        let role = &Account::default();
        check(
            &mut checks,
            Case {
                role,
                beginning,
                tasks,
            },
        );
    }
    checks
}

#[test]
fn two_runs_at_once_end_as_if_one_came_after_the_other() {
    for_each(&cases(2), |checks, case| checks.check(case, Calls::Single)).are_told();
}

#[test]
fn three_runs_at_once_end_as_if_one_came_after_the_other() {
    let created = || vec![orders(), billing()];
    let cases = [
        (vec![], vec![orders(), billing(), web()]),
        (vec![orders()], vec![billing(), web(), leave("orders")]),
        (vec![billing()], vec![orders(), leave("orders"), Task::TakeDown]),
        (created(), vec![leave("orders"), leave("billing"), web()]),
        (vec![orders()], vec![leave("orders"), Task::TakeDown, billing()]),
        (created(), vec![orders_changed(), web(), leave("billing")]),
    ];
    for_each(&cases, |checks, case| checks.check(case, Calls::Waves)).are_told();
}

#[test]
#[ignore = "soak"]
fn any_three_runs_at_once_end_as_if_one_came_after_the_other() {
    for_each(&cases(3), |checks, case| {
        if may_miss_each_other(case.tasks) {
            let found = checks.explore(case, World::OF_WAVES);
            checks.always(&found, case);
        } else {
            checks.check(case, Calls::Waves);
        }
    });
}

/// Whether three runs may end as no order of them would. One topology is created by one and taken out
/// by another: the third can take its inline policy for one that was left over, and delete it when the
/// topology has come back. Or two delete a role that nobody needs, and the third joins it: the one deletes
/// the policy that was written, the other the role, which holds nothing now.
fn may_miss_each_other(tasks: &[Task]) -> bool {
    let (creates, leaves): (Vec<&Task>, Vec<&Task>) = tasks.iter().partition(|task| task.creates());
    let wanted: Vec<_> = creates.iter().filter_map(|task| task.topologies()).collect();
    let mut left = leaves
        .iter()
        .filter_map(|task| task.topologies())
        .flat_map(Topologies::keys);
    let is_fought_over = left.any(|name| wanted.iter().any(|topologies| topologies.contains_key(name)));
    is_fought_over || (leaves.len() == 2 && creates.len() == 1)
}

/// What three runs came to that no order of them would, and that the next run of one of them repairs.
fn misses(beginning: &[Task], tasks: &[Task], next: &Task) {
    let role = &Account::default();
    let case = Case {
        role,
        beginning,
        tasks,
    };
    let mut checks = Checks::new();
    let found = checks.explore(case, World::OF_WAVES);
    checks.always(&found, case);
    let ideals = checks.ideals(case);
    let wrong: Vec<AccountId> = found
        .ends
        .iter()
        .copied()
        .filter(|end| !ideals.contains(end))
        .collect();
    assert!(
        !wrong.is_empty(),
        "{case:?} ends as if one came after the other: say so in the guide"
    );
    for account in wrong {
        let repaired = checks.one_by_one(account, std::slice::from_ref(next));
        assert!(ideals.contains(&repaired), "{case:?}");
    }
}

#[test]
fn a_third_run_can_delete_the_policy_of_a_topology_that_two_fight_over_and_its_next_run_repairs_that() {
    misses(&[], &[orders(), leave("orders"), billing()], &orders());
}

#[test]
fn two_runs_can_delete_a_role_that_a_third_has_joined_and_its_next_run_repairs_that() {
    misses(
        &[orders()],
        &[leave("orders"), leave("orders"), billing()],
        &billing(),
    );
    misses(
        &[orders()],
        &[leave("orders"), leave("nightly"), billing()],
        &billing(),
    );
}

#[test]
fn saved_plans_end_as_if_one_came_after_the_other() {
    check_saved_plans(some_cases());
}

#[test]
#[ignore = "soak"]
fn any_saved_plans_end_as_if_one_came_after_the_other() {
    check_saved_plans(cases(2));
}

fn check_saved_plans(cases: Vec<(Vec<Task>, Vec<Task>)>) {
    let by_saved_plans = |(beginning, tasks): (Vec<Task>, Vec<Task>)| {
        let [a, b] = [tasks[0].clone(), tasks[1].clone()];
        let [c, d] = [&a, &b].map(|task| saved(task.clone()));
        [vec![c.clone(), b], vec![a, d.clone()], vec![c, d]].map(|tasks| (beginning.clone(), tasks))
    };
    let cases: Vec<_> = cases.into_iter().flat_map(by_saved_plans).collect();
    for_each(&cases, |checks, case| checks.check(case, Calls::Single));
}

#[test]
fn runs_that_adopt_a_role_at_once_end_as_if_one_came_after_the_other() {
    let role = &Account::of_another(&id().name);
    let adoptions = [orders(), billing(), nightly()].map(adopting);
    let tasks = [adoptions.as_slice(), &[Task::TakeDown]].concat();
    let mut checks = Checks::new();
    for tasks in choices(&tasks, 2).iter().filter(|tasks| tasks[0].creates()) {
        let beginning = &[];
        checks.check(
            Case {
                role,
                beginning,
                tasks,
            },
            Calls::Single,
        );
    }
    checks.are_told();
}

#[test]
fn writes_of_killed_runs_that_come_late_are_repaired_by_the_next_runs() {
    check_late_writes(&some_cases());
}

#[test]
#[ignore = "soak"]
fn any_writes_of_killed_runs_that_come_late_are_repaired_by_the_next_runs() {
    check_late_writes(&cases(2));
}

fn check_late_writes(cases: &[(Vec<Task>, Vec<Task>)]) {
    let mut needed = 0;
    for_each(cases, |checks, case| {
        let writes_come_late = true;
        let world = World {
            writes_come_late,
            ..World::EXACT
        };
        let found = checks.explore(case, world);
        checks.never_more_than_the_union(&found, case);
        checks.repaired_by_the_next_runs(&found, case);
        needed += checks.repaired_after_late_writes(&found, case);
    });
    assert!(needed > 0, "a late write can undo what the next runs did");
}

#[test]
fn what_runs_make_of_stale_answers_is_repaired_by_the_next_runs() {
    check_stale_answers(&some_cases());
}

#[test]
#[ignore = "soak"]
fn whatever_runs_make_of_stale_answers_is_repaired_by_the_next_runs() {
    check_stale_answers(&cases(2));
}

fn check_stale_answers(cases: &[(Vec<Task>, Vec<Task>)]) {
    let mut needed = 0;
    for_each(cases, |checks, case| {
        let reads_are_stale = true;
        let world = World {
            reads_are_stale,
            ..World::EXACT
        };
        let found = checks.explore(case, world);
        checks.never_more_than_the_union(&found, case);
        checks.repaired_by_the_next_runs(&found, case);
        let ideals = checks.ideals(case);
        needed += found.ends.iter().filter(|end| !ideals.contains(end)).count();
    });
    assert!(
        needed > 0,
        "stale answers can lead runs to end as no order of them would"
    );
}
