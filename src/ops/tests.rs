//! How long a run waits: round trips, counted by a clock that ticks when nobody can go on.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc as Shared;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::future::poll_fn;
use tokio::sync::Semaphore;

use super::*;
use crate::iam::local::LocalAccount;
use crate::iam::{
    AccountSummary, Iam, IamResult, MOST_IN_FLIGHT, NewRole, PolicyVersion, RoleDetail, RoleSummary,
};
use crate::model::{PolicyName, Tags};
use crate::policy::Policy;

impl Wanted {
    /// All roles of the topology in a directory, in the sandbox `dev`.
    pub(super) fn example(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            reach: Reach::Here,
            topology: None,
            sandbox: Sandbox::parse("dev").unwrap(),
            region: Region::parse("eu-west-1").unwrap(),
            profile: None,
            event_bus: "default".to_owned(),
            graphql_apis: std::collections::BTreeMap::new(),
            assets: Assets::default(),
            options: Options::default(),
            configuration: Sources::new(),
            kinds: RoleKind::ALL.to_vec(),
            making: Making::default(),
            accepted: Vec::new(),
        }
    }
}

/// The embedded account, one tick of the clock away, with as many calls in flight as AWS gets.
struct Distant {
    account: LocalAccount,
    in_flight: Semaphore,
    time: Cell<usize>,
    waiting: RefCell<Vec<Waker>>,
}

impl Distant {
    fn new(home: &Path) -> Self {
        Self {
            account: LocalAccount::open(home).unwrap(),
            in_flight: Semaphore::new(MOST_IN_FLIGHT),
            time: Cell::new(0),
            waiting: RefCell::default(),
        }
    }

    /// A call: it waits for its turn, then for its answer, which comes with the next tick.
    async fn far<T>(&self, call: impl Future<Output = T>) -> T {
        let _permit = self.in_flight.acquire().await;
        let sent = self.time.get();
        poll_fn(|context| {
            if self.time.get() > sent {
                return Poll::Ready(());
            }
            self.waiting.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await;
        call.await
    }

    /// The time that a run takes in round trips: the longest chain of calls that it waits for.
    fn round_trips<T>(&self, run: impl Future<Output = T>) -> (usize, T) {
        let began = self.time.get();
        let alarm = Shared::new(Alarm::default());
        let waker = Waker::from(Shared::clone(&alarm));
        let mut run = pin!(run);
        loop {
            alarm.0.store(false, Ordering::Relaxed);
            if let Poll::Ready(value) = run.as_mut().poll(&mut Context::from_waker(&waker)) {
                return (self.time.get() - began, value);
            }
            if !alarm.0.load(Ordering::Relaxed) {
                let waiting = self.waiting.take();
                assert!(!waiting.is_empty(), "the run waits for something that is no call");
                self.time.set(self.time.get() + 1);
                waiting.into_iter().for_each(Waker::wake);
            }
        }
    }
}

/// Whether anybody could go on since the last look.
#[derive(Default)]
struct Alarm(AtomicBool);

impl Wake for Alarm {
    fn wake(self: Shared<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Each call, as far away as all others.
macro_rules! far {
    ($($call:ident($($name:ident: $of:ty),*) -> $answer:ty;)*) => {
        impl Iam for Distant {
            $(async fn $call(&self, $($name: $of),*) -> IamResult<$answer> {
                self.far(self.account.$call($($name),*)).await
            })*

            fn calls(&self) -> u64 {
                self.account.calls()
            }
        }
    };
}

far! {
    identity() -> Identity;
    account_summary() -> AccountSummary;
    list_roles() -> Vec<RoleSummary>;
    get_role(role: &RoleName) -> Option<RoleDetail>;
    list_role_tags(role: &RoleName) -> Option<Tags>;
    list_inline_policies(role: &RoleName) -> Option<Vec<PolicyName>>;
    get_inline_policy(role: &RoleName, policy: &PolicyName) -> Option<String>;
    list_managed_policies(role: &RoleName) -> Option<Vec<Arn>>;
    list_instance_profiles(role: &RoleName) -> Option<Vec<String>>;
    managed_policy(policy: &Arn) -> Option<String>;
    policy_uses(policy: &Arn) -> Option<u64>;
    list_policy_versions(policy: &Arn) -> Option<Vec<PolicyVersion>>;
    create_role(role: &NewRole<'_>) -> ();
    update_trust(role: &RoleName, trust: &Policy) -> ();
    tag_role(role: &RoleName, tags: &Tags) -> ();
    untag_role(role: &RoleName, keys: &[String]) -> ();
    put_inline_policy(role: &RoleName, name: &PolicyName, policy: &Policy) -> ();
    delete_inline_policy(role: &RoleName, name: &PolicyName) -> ();
    attach_managed_policy(role: &RoleName, policy: &Arn) -> ();
    detach_managed_policy(role: &RoleName, policy: &Arn) -> ();
    put_boundary(role: &RoleName, policy: &Arn) -> ();
    remove_from_instance_profile(role: &RoleName, profile: &str) -> ();
    delete_policy_version(policy: &Arn, version: &str) -> ();
    delete_policy(policy: &Arn) -> ();
    delete_role(role: &RoleName) -> ();
}

/// Nobody watches.
pub(super) struct Nobody;

impl Watcher for Nobody {
    fn findings(&self, _: &Findings) {}
    fn approve(&self, _: &Identity, _: &Plan) -> Approval {
        Approval::Given
    }
    fn begins(&self, _: &Step) {}
    fn ended(&self, _: &StepOutcome) {}
}

/// Five roles, each with a shared policy and one of the topology's own.
const FIVE_ROLES: &str = "
name: shop
functions: { accept: {}, keep: {} }
queues: { work: { function: keep }, later: {} }
channels: { updates: {} }
events: { Placed: { producer: shop, state: shop, channel: updates } }
routes:
  /items: { method: POST, function: accept }
  /later: { method: POST, queue: later }
mutations:
  resolvers:
    read: { function: keep, input: Item, output: Item, subscribe: false }
    place: { event: Placed, input: Item, output: Item, subscribe: false }
states:
  StartAt: Keep
  States:
    Keep: { Type: Task, Resource: 'arn:aws:states:::lambda:invoke', Parameters: { FunctionName: 'shop_keep_{{sandbox}}' }, Next: Send }
    Send: { Type: Task, Resource: 'arn:aws:states:::sqs:sendMessage', Parameters: { QueueUrl: 'https://sqs.{{region}}.amazonaws.com/{{account}}/later' }, End: true }
";

#[test]
fn the_first_create_of_five_roles_takes_seven_round_trips_and_the_second_four() {
    let folder = tempfile::tempdir().unwrap();
    let account = Distant::new(&folder.path().join("home"));
    let topology = folder.path().join("topology.yml");
    crate::source::write_atomically(&topology, FIVE_ROLES.as_bytes()).unwrap();
    let request = CreateRequest {
        wanted: Wanted::example(folder.path()),
        adoption: Adoption::Refuse,
        protection: Protection::Kept,
        gate: Gate::Open,
        lifetime: crate::plan::Lifetime::AsItIs,
    };
    let interrupt = Interrupt::default();
    let run = || account.round_trips(create(&account, &request, &Nobody, &interrupt));

    let (first, outcome) = run();
    let outcome = outcome.unwrap();
    let policies = |step: &StepOutcome| step.step.after.as_ref().unwrap().policies.len();
    assert_eq!(outcome.steps.iter().map(policies).collect::<Vec<_>>(), [2; 5]);
    assert!(outcome.is_complete());
    assert!(first <= 7, "{first} round trips");

    let (second, outcome) = run();
    assert!(outcome.unwrap().steps.iter().all(|step| !step.written));
    assert!(second <= 4, "{second} round trips");
}
