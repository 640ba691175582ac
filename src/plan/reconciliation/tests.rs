//! The protocol, model-checked: up to three runs at once on one role, every order of their calls.
//!
//! The runs are [`Reconciliation`]s as they are driven against AWS, and decide as they do there; the
//! account is a model of what IAM does with a role ([`account`]). The search ([`search`]) visits every state
//! that can be reached, each once. A run that is killed is one whose calls do not come any more, so what
//! must hold of killed runs is asked of every state.

mod account;
mod search;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use account::Account;
use search::{Ended, Runs};

use crate::grants::Capability;
use crate::intent::{Document, Share, Shares};
use crate::model::{Context, Namespace, RoleId, RoleKind};
use crate::policy::Policy;

/// The topologies of a run, each with what it needs.
type Topologies = BTreeMap<Namespace, Shares>;

/// How often a run of the model looks at the role. One that gives up earlier than it would is one
/// that was killed.
const ROUNDS_OF_MODEL: u32 = 3;

/// What a run is to do.
#[derive(Clone, PartialEq, Eq)]
enum Task {
    /// `create` of a topology with what it needs, or `delete --namespace`, where it needs nothing.
    Topology(Topologies),
    /// `delete` of the sandbox.
    TakeDown,
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Topology(topologies) = self else {
            return f.write_str("delete");
        };
        for (name, shares) in topologies {
            match shares.get(&id()) {
                None => write!(f, "delete --namespace {name}")?,
                Some(share) => {
                    let capabilities: Vec<String> =
                        share.capabilities.iter().map(Capability::to_string).collect();
                    let queue = if share.exact.is_some() { " and a queue" } else { "" };
                    write!(f, "create {name}: {}{queue}", capabilities.join(" "))?;
                }
            }
        }
        Ok(())
    }
}

fn id() -> RoleId {
    RoleId::base(RoleKind::Function, &Context::example().sandbox)
}

/// A topology that needs some capabilities, and a queue of its own.
fn create(name: &str, capabilities: &[&str], queue: Option<&str>) -> Task {
    let exact = queue.map(|queue| {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Send","Effect":"Allow","Action":"x:Send",
                "Resource":"arn:aws:sqs:eu-west-1:123456789012:{queue}"}}]}}"#
        );
        Policy::parse(&text).unwrap().canonical()
    });
    let share = Share {
        capabilities: capabilities.iter().map(|one| Capability::parse(one)).collect(),
        exact,
        grants: Vec::new(),
        ..Share::default()
    };
    of(name, Shares::from([(id(), share)]))
}

fn leave(name: &str) -> Task {
    of(name, Shares::new())
}

fn of(name: &str, shares: Shares) -> Task {
    Task::Topology(BTreeMap::from([(Namespace::parse(name).unwrap(), shares)]))
}

fn orders() -> Task {
    create("orders", &["function.invoke"], Some("a"))
}

fn billing() -> Task {
    create("billing", &["function.invoke:hyphen"], None)
}

fn web() -> Task {
    create("web", &["state.start"], Some("b"))
}

/// What the topology `orders` becomes: it needs other things.
fn orders_changed() -> Task {
    create("orders", &["state.start"], None)
}

/// Everything that a run can be about.
fn tasks() -> Vec<Task> {
    vec![
        orders(),
        orders_changed(),
        leave("orders"),
        billing(),
        leave("billing"),
        web(),
        Task::TakeDown,
    ]
}

/// The roles that runs can find.
fn beginnings() -> Vec<Vec<Task>> {
    vec![vec![], vec![orders()], vec![orders(), billing()]]
}

/// The topologies that there are when tasks were carried out one after the other.
fn topologies_after(tasks: &[Task]) -> Topologies {
    let mut topologies = Topologies::new();
    for task in tasks {
        match task {
            Task::TakeDown => topologies.clear(),
            Task::Topology(changed) => {
                for (name, shares) in changed {
                    topologies.remove(name);
                    if !shares.is_empty() {
                        topologies.insert(name.clone(), shares.clone());
                    }
                }
            }
        }
    }
    topologies
}

/// All orders of some things.
fn orders_of<T: Clone>(things: &[T]) -> Vec<Vec<T>> {
    if things.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (index, first) in things.iter().enumerate() {
        let mut others = things.to_vec();
        others.remove(index);
        for mut rest in orders_of(&others) {
            rest.insert(0, first.clone());
            all.push(rest);
        }
    }
    all
}

/// All ways to choose some things, each as often as one likes, whatever their order.
fn choices<T: Clone>(things: &[T], number: usize) -> Vec<Vec<T>> {
    if number == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (index, first) in things.iter().enumerate() {
        for mut rest in choices(&things[index..], number - 1) {
            rest.insert(0, first.clone());
            all.push(rest);
        }
    }
    all
}

/// The statements of a role's policies, as texts.
fn statements(account: &Account) -> BTreeSet<String> {
    let documents = account.role().into_iter().flat_map(|role| role.policies.values());
    let policies = documents.filter_map(Document::known);
    let statements = policies.flat_map(|policy| &policy.statement);
    statements.map(|statement| format!("{statement:?}")).collect()
}

/// Checks what runs at once come to.
#[derive(Default)]
struct Checks {
    alone: search::Alone,
    states: usize,
}

impl Checks {
    /// Checks every state that some runs at once can reach from a beginning.
    fn check(&mut self, beginning: &[Task], tasks: &[Task]) {
        let found =
            Runs::new(tasks, ROUNDS_OF_MODEL).explore(&self.one_by_one(Account::default(), beginning));
        let case = format!("{beginning:?}, then at once {tasks:?}");
        self.never_more_than_the_union(&found, beginning.iter().chain(tasks), &case);
        self.as_if_one_by_one(&found, (beginning, tasks), &case);
        self.repaired_by_the_next_runs(&found, (beginning, tasks), &case);
        self.states += found.states;
    }

    /// Whatever the order and whoever is killed, nobody grants more than what somebody asked for.
    fn never_more_than_the_union<'t>(
        &mut self,
        found: &search::Found,
        tasks: impl Iterator<Item = &'t Task>,
        case: &str,
    ) {
        let creates = tasks.filter_map(|task| match task {
            Task::Topology(topologies) => Some(topologies),
            Task::TakeDown => None,
        });
        let union: BTreeSet<String> = creates
            .flat_map(|topologies| statements(&self.ideal(topologies)))
            .collect();
        for account in &found.accounts {
            assert!(
                statements(account).is_subset(&union),
                "{case}\nreaches {account:?}"
            );
        }
    }

    /// When all have come to their end, the role is what it would be if they had come one after the
    /// other, in some order. One that did not come to its end says so.
    fn as_if_one_by_one(
        &mut self,
        found: &search::Found,
        (beginning, tasks): (&[Task], &[Task]),
        case: &str,
    ) {
        let orders = orders_of(tasks).into_iter();
        let ideals: Vec<Account> = orders.map(|order| self.ideal_after(beginning, &order)).collect();
        for (account, ends) in &found.ends {
            let is_complete = ends.iter().all(|end| *end == Ended::Done);
            assert!(
                !is_complete || ideals.contains(account),
                "{case}\nends as {account:?}"
            );
        }
    }

    /// From every state, whoever was killed in it: when the same commands are given again, one after
    /// the other, the role is what they ask for.
    fn repaired_by_the_next_runs(
        &mut self,
        found: &search::Found,
        (beginning, tasks): (&[Task], &[Task]),
        case: &str,
    ) {
        for order in orders_of(tasks) {
            let right = self.ideal_after(beginning, &order);
            for account in &found.accounts {
                let repaired = self.one_by_one(account.clone(), &order);
                assert_eq!(repaired, right, "{case}\nfrom {account:?}\nby {order:?}");
            }
        }
    }

    fn one_by_one(&mut self, account: Account, tasks: &[Task]) -> Account {
        tasks
            .iter()
            .fold(account, |account, task| self.alone.run(&account, task))
    }

    /// The role that serves exactly the topologies that there are after some tasks.
    fn ideal_after(&mut self, beginning: &[Task], tasks: &[Task]) -> Account {
        self.ideal(&topologies_after(&[beginning, tasks].concat()))
    }

    /// The role that serves exactly these.
    fn ideal(&mut self, topologies: &Topologies) -> Account {
        self.alone
            .run(&Account::default(), &Task::Topology(topologies.clone()))
    }
}

#[test]
fn two_runs_at_once_end_as_if_one_came_after_the_other() {
    let mut checks = Checks::default();
    for beginning in beginnings() {
        for two in choices(&tasks(), 2) {
            checks.check(&beginning, &two);
        }
    }
}

#[test]
#[ignore = "soak"]
fn three_runs_at_once_end_as_if_one_came_after_the_other() {
    let mut checks = Checks::default();
    for beginning in beginnings() {
        for three in choices(&tasks(), 3) {
            checks.check(&beginning, &three);
        }
    }
}
