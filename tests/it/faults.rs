//! What tcperm makes of AWS's faults: each call of a run fails in turn, or the run itself is
//! ended. The account is right again after the next run, whatever happened.

mod credentials;
mod crowd;
mod each_call;
mod ended;
mod foreign;
mod lagging;
mod meeting;
mod slow;
mod soak;
mod union;

use std::collections::BTreeMap;
use std::ops::Deref;

use crate::support::{Call, Change, Outcome, Role, World};

/// A run and what goes before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Run {
    FirstCreate,
    Update,
    Delete,
    /// One of two topologies leaves.
    Leave,
    /// Roles from a team's templates, one of them a function's own, with managed policies and a
    /// boundary.
    Templates,
    /// A saved plan is carried out.
    Apply,
    /// A changed template reaches two sandboxes.
    All,
}

/// The runs that all else is made of.
const RUNS: [Run; 3] = [Run::FirstCreate, Run::Update, Run::Delete];
const EVERY_RUN: [Run; 7] = [
    Run::FirstCreate,
    Run::Update,
    Run::Delete,
    Run::Leave,
    Run::Templates,
    Run::Apply,
    Run::All,
];
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
/// Shares one role with the others, and has a policy of its own in it.
const BESIDE: &str = "name: beside
hyphenated_names: true
functions:
  f: { function: g }
  g: {}
";
const PLAN: &str = "plan -s dev -d shop --out plan.json";
const WITH_TEMPLATES: &str = "shop --infra-dir infra";

/// A run that is due in an account that holds roles of others besides.
struct Stage {
    run: Run,
    world: World,
    foreign: BTreeMap<String, Role>,
}

impl Run {
    /// An account in which the run is due, and nothing else.
    fn world(self) -> World {
        let world = World::aws();
        self.prepare(&world);
        world
    }

    /// An account in which the run is due, among roles of others. The first create finds none: it
    /// has to ask whose account it is.
    fn stage(self) -> Stage {
        let world = World::aws();
        let foreign = match self {
            Self::FirstCreate => BTreeMap::new(),
            // It is about every sandbox there is.
            Self::All => foreign::planted(&world, &[]),
            _ => foreign::planted(&world, &["stage"]),
        };
        self.prepare(&world);
        Stage {
            run: self,
            world,
            foreign,
        }
    }

    fn prepare(self, world: &World) {
        world.topology("shop", BEFORE);
        let create = || world.run("create -s dev -d shop").exits(0);
        match self {
            Self::FirstCreate => {}
            Self::Update => {
                create();
                world.topology("shop", AFTER);
            }
            Self::Delete => {
                create();
                world.change("tc-base-route-dev", Change::Attach("administrator"));
                world.change("tc-base-route-dev", Change::Profile("machines"));
            }
            Self::Leave => {
                create();
                world.topology("leaving", &BESIDE.replace("beside", "leaving"));
                world.run("create -s dev -d leaving").exits(0);
            }
            Self::Templates => {
                managed_policies(world);
                templates(world, "logs:PutLogEvents");
            }
            Self::Apply => {
                world.run(PLAN).exits(0);
            }
            Self::All => {
                managed_policies(world);
                templates(world, "logs:PutLogEvents");
                for sandbox in ["dev", "qa"] {
                    world
                        .run(&format!("create -s {sandbox} -d {WITH_TEMPLATES}"))
                        .exits(0);
                }
                templates(world, "logs:CreateLogStream");
            }
        }
        world.forget();
    }

    const fn arguments(self) -> &'static str {
        match self {
            Self::FirstCreate | Self::Update => "create -s dev -d shop",
            Self::Delete => "delete -s dev",
            Self::Leave => "delete -s dev --namespace leaving",
            Self::Templates => "create -s dev -d shop --infra-dir infra",
            Self::Apply => "apply plan.json",
            Self::All => "create --all --infra-dir infra",
        }
    }

    /// What the account should hold after it.
    fn intended(self, world: &World) -> BTreeMap<String, Role> {
        match self {
            Self::Delete => BTreeMap::new(),
            Self::FirstCreate | Self::Update | Self::Leave | Self::Apply => world.rendered("shop", "dev"),
            Self::Templates => world.rendered(WITH_TEMPLATES, "dev"),
            Self::All => {
                let mut roles = world.rendered(WITH_TEMPLATES, "dev");
                roles.extend(world.rendered(WITH_TEMPLATES, "qa"));
                roles
            }
        }
    }

    /// The calls of the run where nothing goes wrong, each with its number among its kind.
    fn calls(self) -> Vec<(String, usize)> {
        let world = self.world();
        world.run(self.arguments()).exits(0);
        assert_eq!(world.roles(), self.intended(&world));
        number(&world)
    }

    /// Runs again, undisturbed, and finds the account as it should be.
    #[track_caller]
    fn finish(self, world: &World, after: &str) {
        world.proxy().clear();
        let finished = self.again(world);
        assert_eq!(finished.code, 0, "{self:?} after {after}: {finished}");
        assert_eq!(world.roles(), self.intended(world), "{self:?} after {after}");
    }

    /// The run once more. A saved plan that was carried out in part is made anew.
    fn again(self, world: &World) -> Outcome {
        let finished = world.run(self.arguments());
        let is_outdated = finished.code == 1 && finished.stderr.contains("make a new plan");
        if self == Self::Apply && is_outdated {
            world.run(PLAN).exits(0);
            return world.run(self.arguments());
        }
        finished
    }
}

impl Stage {
    /// The calls of the run where nothing goes wrong, each with its number among its kind.
    fn calls(run: Run) -> Vec<(String, usize)> {
        let stage = run.stage();
        stage.run(run.arguments()).exits(0);
        stage.is_as_intended("a run without faults");
        number(&stage)
    }

    /// Runs again, undisturbed; the account is as it should be, and what is others' as it was.
    #[track_caller]
    fn finish(&self, after: &str) {
        self.proxy().clear();
        let finished = self.run.again(self);
        assert_eq!(finished.code, 0, "{:?} after {after}: {finished}", self.run);
        self.is_as_intended(after);
    }

    #[track_caller]
    fn is_as_intended(&self, after: &str) {
        let mut roles = self.roles();
        for (name, role) in &self.foreign {
            assert_eq!(
                roles.remove(name).as_ref(),
                Some(role),
                "{name}: {:?} after {after}",
                self.run
            );
        }
        assert_eq!(roles, self.run.intended(self), "{:?} after {after}", self.run);
        let limit = format!("policy/{LIMIT}<");
        for role in roles
            .keys()
            .filter(|_| [Run::Templates, Run::All].contains(&self.run))
        {
            let answer = self.proxy().moto().call("GetRole", &[("RoleName", role)]);
            assert!(
                answer.contains(&limit),
                "{role} has no boundary, {:?} after {after}",
                self.run
            );
        }
    }
}

impl Deref for Stage {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

const LIMIT: &str = "limit";

/// The managed policies that the templates name.
fn managed_policies(world: &World) {
    for name in ["helper", LIMIT] {
        world.make_managed_policy(name);
    }
}

/// A team's templates: for the base role of functions, and for the role of `order` alone, to which
/// a managed policy is attached; and a boundary for all.
fn templates(world: &World, action: &str) {
    let statement = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"Logs","Effect":"Allow","Action":"{action}","Resource":"arn:{{{{partition}}}}:logs:{{{{region}}}}:{{{{account}}}}:log-group:{{{{sandbox}}}}*"}}]}}"#
    );
    let helper = format!("[\"arn:aws:iam::{}:policy/helper\"]", world.account());
    let write = |path: &str, text: &str| world.tcperm().write(path, text);
    write("infra/base/roles/function.json", &statement);
    write("infra/shop/roles/order.json", &statement);
    write("infra/shop/roles/order.managed.json", &helper);
    let boundary = format!("boundary = \"arn:{{{{partition}}}}:iam::{{{{account}}}}:policy/{LIMIT}\"\n");
    write("tcperm.toml", &boundary);
    write("shop/tcperm.toml", &boundary);
}

/// The calls of a run, each with its number among its kind.
fn number(world: &World) -> Vec<(String, usize)> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let numbered = world.proxy().calls().into_iter().map(|call| {
        let nth = seen.entry(call.action.clone()).or_default();
        *nth += 1;
        (call.action, *nth)
    });
    numbered.collect()
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

/// Whether a call has changed the account, or may have.
fn has_written(calls: &[Call]) -> bool {
    let may_have = |call: &Call| call.fault.is_none_or(|fault| !fault.is_refusal());
    calls.iter().any(|call| call.is_write() && may_have(call))
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
