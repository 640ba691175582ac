//! What tcperm makes of AWS's faults: each call of a run fails in turn, or the run itself is
//! ended. The account is right again after the next run, whatever happened.

mod credentials;
mod each_call;
mod ended;
mod meeting;

use std::collections::BTreeMap;

use crate::support::{Call, Role, World};

/// A run and what goes before it.
#[derive(Debug, Clone, Copy)]
enum Run {
    FirstCreate,
    Update,
    Delete,
}

const RUNS: [Run; 3] = [Run::FirstCreate, Run::Update, Run::Delete];
/// Two roles; the update gives one a policy more and both a policy less.
const BEFORE: &str = "name: shop
functions:
  order: { function: pack }
  pack: {}
routes:
  /orders: { method: POST, function: order }
";
const AFTER: &str = "name: shop
functions:
  order: {}
  pack: {}
routes:
  /orders: { method: POST, queue: orders }
queues:
  orders: { function: pack }
";

impl Run {
    /// An account in which the run is due.
    fn world(self) -> World {
        let world = World::aws();
        world.topology("shop", BEFORE);
        match self {
            Self::FirstCreate => {}
            Self::Update => {
                world.run("create -s dev -d shop").exits(0);
                world.topology("shop", AFTER);
            }
            Self::Delete => {
                world.run("create -s dev -d shop").exits(0);
                world.change(
                    "tc-base-route-dev",
                    crate::support::Change::Attach("administrator"),
                );
                world.change("tc-base-route-dev", crate::support::Change::Profile("machines"));
            }
        }
        world.forget();
        world
    }

    const fn arguments(self) -> &'static str {
        match self {
            Self::FirstCreate | Self::Update => "create -s dev -d shop",
            Self::Delete => "delete -s dev",
        }
    }

    /// What the account should hold after it.
    fn intended(self, world: &World) -> BTreeMap<String, Role> {
        match self {
            Self::FirstCreate | Self::Update => world.rendered("shop", "dev"),
            Self::Delete => BTreeMap::new(),
        }
    }

    /// The calls of the run where nothing goes wrong, each with its number among its kind.
    fn calls(self) -> Vec<(String, usize)> {
        let world = self.world();
        world.run(self.arguments()).exits(0);
        assert_eq!(world.roles(), self.intended(&world));
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let numbered = world.proxy().calls().into_iter().map(|call| {
            let nth = seen.entry(call.action.clone()).or_default();
            *nth += 1;
            (call.action, *nth)
        });
        numbered.collect()
    }

    /// The numbers, among all calls, of those that write.
    fn writing_calls(self) -> Vec<usize> {
        let calls = self.calls().into_iter().zip(1..);
        calls
            .filter(|((action, _), _)| writes(action))
            .map(|(_, number)| number)
            .collect()
    }

    /// Runs again, undisturbed, and finds the account as it should be.
    #[track_caller]
    fn finish(self, world: &World, after: &str) {
        world.proxy().clear();
        let finished = world.run(self.arguments());
        assert_eq!(finished.code, 0, "{self:?} after {after}: {finished}");
        assert_eq!(world.roles(), self.intended(world), "{self:?} after {after}");
    }
}

/// Does something for each, a few at a time: most of it is waiting.
fn for_each<T: Sync>(things: &[T], act: impl Fn(&T) + Sync) {
    let chunk = things.len().div_ceil(6).max(1);
    std::thread::scope(|scope| {
        for some in things.chunks(chunk) {
            let act = &act;
            scope.spawn(move || some.iter().for_each(act));
        }
    });
}

/// Whether a call is one that changes something.
fn writes(action: &str) -> bool {
    !["Get", "List"].iter().any(|verb| action.starts_with(verb))
}

/// Whether a call has changed the account.
fn has_written(calls: &[Call]) -> bool {
    calls.iter().any(|call| call.is_write() && call.fault.is_none())
}

#[test]
fn the_runs_make_calls_of_every_kind() {
    let mut actions: Vec<String> = RUNS
        .iter()
        .flat_map(|run| run.calls())
        .map(|(action, _)| action)
        .collect();
    actions.sort();
    actions.dedup();
    let expected = [
        "CreateRole",
        "DeleteRole",
        "DeleteRolePolicy",
        "DetachRolePolicy",
        "GetCallerIdentity",
        "GetRole",
        "GetRolePolicy",
        "ListAttachedRolePolicies",
        "ListInstanceProfilesForRole",
        "ListRolePolicies",
        "ListRoleTags",
        "ListRoles",
        "PutRolePolicy",
        "RemoveRoleFromInstanceProfile",
        "TagRole",
    ];
    assert_eq!(actions, expected);
}
