//! The policy for a verb and a mode allows exactly the calls that the verb makes in it.
//!
//! A sandbox lives through all that there is, on moto; each call of each verb is judged by the
//! policy that is printed for that verb alone. Each call is allowed; no action is allowed that
//! is never called; and a write is refused as soon as the role is another one.

mod adopting;

use std::collections::{BTreeMap, BTreeSet};

use tcperm::policy::{Effect, Policy};

use super::{actions, bootstrap};
use crate::support::judge::{Judge, Question, questions};
use crate::support::{Call, Change, FOREIGN_POLICY, FOREIGN_TRUST, World, example};

/// A topology with routes, rules and functions.
const ORDERS: &str = "name: orders
functions:
  place: { function: pack }
  pack: {}
routes:
  /orders: { method: POST, function: place }
events:
  Placed: { producer: shop, function: pack }
queues:
  returns: { function: pack }
";
/// The same topology, with functions alone.
const FEWER: &str = "name: orders\nfunctions:\n  place: { function: pack }\n  pack: {}\n";
/// Another one that shares its roles.
const BILLING: &str = "name: billing
functions:
  bill: {}
events:
  Due: { producer: shop, function: bill }
";
/// A schedule of a function, by which the trust policy of the event role names the topology.
const SCHEDULE: &str = r#"{"daily": {"cron": "0 3 * * ? *", "target": "arn:aws:lambda:{{region}}:{{account}}:function:FUNCTION_{{sandbox}}", "payload": {}}}"#;
const FUNCTION: &str = "tc-base-function-dev";
const ROUTE: &str = "tc-base-route-dev";
/// A role of somebody else with a name as a role of its own has.
const STRANGER: &str = "tc-strangers-pack-dev";

/// What a sandbox is made with, and what the policy is printed with.
#[derive(Default)]
struct Way {
    /// Flags of what makes roles.
    flags: String,
    /// Flags of `bootstrap-policy`.
    bounds: String,
    /// A role of a function's own, if there is one.
    own: Option<&'static str>,
    /// The managed policy that templates attach.
    managed: Option<String>,
    /// The permissions boundary.
    boundary: Option<String>,
}

/// A sandbox, and the calls of each verb.
struct Life<'a> {
    world: &'a World,
    calls: BTreeMap<&'static str, Vec<Call>>,
}

impl Life<'_> {
    /// Runs tcperm and puts its calls to those of a verb.
    #[track_caller]
    fn record(&mut self, verb: &'static str, run: &str) {
        self.world.forget();
        let outcome = self.world.run(run);
        assert!([0, 3, 4].contains(&outcome.code), "{run}\n{outcome}");
        self.calls
            .entry(verb)
            .or_default()
            .extend(self.world.proxy().calls());
    }

    /// Runs tcperm to get somewhere.
    #[track_caller]
    fn run(&self, run: &str) {
        self.world.run(run).exits(0);
    }

    /// Does all to the roles that somebody can do by hand.
    fn drift(&self, way: &Way) {
        for role in [FUNCTION].into_iter().chain(way.own) {
            self.world.change(role, Change::Trust(FOREIGN_TRUST));
            self.world.change(role, Change::PutInline("odd", FOREIGN_POLICY));
            self.world.change(role, Change::Attach("odd"));
            self.world.change(role, Change::DeleteInline(role));
            self.world.change(role, Change::Untag("tcperm:template"));
            self.loosen(way, role);
        }
    }

    /// Takes away what holds a role.
    fn loosen(&self, way: &Way, role: &str) {
        let moto = self.world.proxy().moto();
        let role = ("RoleName", role);
        if let Some(arn) = &way.managed {
            moto.call("DetachRolePolicy", &[role, ("PolicyArn", arn)]);
        }
        if way.boundary.is_some() {
            moto.call("DeleteRolePermissionsBoundary", &[role]);
        }
    }
}

/// Lets a sandbox live through all that there is.
fn lived<'a>(world: &'a World, way: &Way) -> Life<'a> {
    let mut life = Life {
        world,
        calls: BTreeMap::new(),
    };
    world.topology("orders", ORDERS);
    world.topology("billing", BILLING);
    for (topology, function) in [("orders", "orders_pack"), ("billing", "billing_bill")] {
        let file = format!("{topology}/infrastructure/tc/schedules.json");
        world
            .tcperm()
            .write(&file, &SCHEDULE.replace("FUNCTION", function));
    }
    // No request: who asks `can` reads all roles before the first one.
    world.tcperm().write("requests.jsonl", "");
    let flags = &way.flags;
    let create = |topology: &str| format!("create -s dev -d {topology} {flags}");
    life.record("plan", &format!("plan -s dev -d orders --out first.json {flags}"));
    life.record("apply", "apply first.json");
    life.run("delete -s dev --yes");
    life.near_a_quota(flags);
    life.record("create", &create("orders"));
    life.record("create", &create("billing"));
    life.record("create", &format!("{} --ttl 7d", create("billing")));
    life.record("create", &format!("{} --ttl none", create("billing")));
    life.record("check", &format!("check --live -s dev orders {}", infra(flags)));

    life.drift(way);
    life.record("plan", &format!("plan -s dev -d orders {flags}"));
    life.record("list", "list");
    life.record("list", &format!("list --drift {flags}"));
    life.record("list", "list --quota");
    life.record("show", "show -s dev");
    life.record(
        "can",
        &format!(
            "can --live -s dev --batch requests.jsonl -d orders {}",
            infra(flags)
        ),
    );
    life.record("check", &format!("check --live -s dev orders {}", infra(flags)));
    life.record("create", &create("orders"));
    life.drift(way);
    life.record("create", &format!("create --all {flags}"));
    life.drift(way);
    life.run(&format!("plan -s dev -d orders --out orders.json {flags}"));
    life.record("apply", "apply orders.json");

    // What a topology needs no more goes, and with it the role that nobody needs.
    life.drift_of_route("older-servers");
    world.topology("orders", FEWER);
    life.record("plan", &format!("plan -s dev -d orders {flags}"));
    life.run(&format!("plan -s dev -d orders --out fewer.json {flags}"));
    life.record("apply", "apply fewer.json");
    world.topology("orders", ORDERS);
    life.run(&create("orders"));
    world.change(ROUTE, Change::Profile("servers"));
    world.topology("orders", FEWER);
    life.record("create", &create("orders"));
    assert!(!world.role_names().contains(&ROUTE.to_owned()));

    world.topology("orders", ORDERS);
    life.run(&create("orders"));
    world.change(ROUTE, Change::Profile("more"));
    life.drift(way);
    life.record(
        "delete",
        &format!("delete -s dev --namespace orders --yes {flags}"),
    );
    life.run(&create("orders"));
    life.drift(way);
    world.change(ROUTE, Change::Profile("others"));
    if let Some(own) = way.own {
        world.forget_description(own);
    }
    life.record("delete", "delete -s dev --yes");
    life.record("delete", "delete -s dev --yes");

    life.run(&create("orders"));
    life.drift(way);
    life.drift_of_route("oldest-servers");
    for role in world.role_names() {
        world.change(&role, Change::Tag("tcperm:ttl", "2024-02-29"));
    }
    if let Some(own) = way.own {
        world.forget_description(own);
    }
    // By its name it could be one that has lost its description: its tags are read.
    world.make_role(STRANGER, &[]);
    life.record("prune", "prune --dry-run");
    life.record("prune", "prune --yes");
    assert_eq!(world.role_names(), [STRANGER]);
    life
}

impl Life<'_> {
    /// Makes a trust policy that comes near its limit: the account is asked for its quotas then. Nearly as
    /// many roles as an account may have do the same, and would take moto long.
    fn near_a_quota(&mut self, flags: &str) {
        for number in 0..12 {
            let name = format!("one-of-the-topologies-with-a-long-name-and-a-schedule-{number:02}");
            let topology = format!("name: {name}\nfunctions:\n  pack: {{}}\n");
            self.world.topology(&format!("many/{name}"), &topology);
            let file = format!("many/{name}/infrastructure/tc/schedules.json");
            let schedule = SCHEDULE.replace("FUNCTION", &format!("{name}_pack"));
            self.world.tcperm().write(&file, &schedule);
        }
        let many = format!("-r -s dev -d many {flags}");
        self.record("plan", &format!("plan {many} --out many.json"));
        self.record("apply", "apply many.json");
        self.run("delete -s dev --yes");
        self.record("create", &format!("create {many}"));
        self.run("delete -s dev --yes");
    }

    fn drift_of_route(&self, profile: &str) {
        self.world.change(ROUTE, Change::Profile(profile));
        self.world.change(ROUTE, Change::PutInline("odd", FOREIGN_POLICY));
        self.world.change(ROUTE, Change::Attach("odd"));
    }
}

/// Those of the flags that `check` takes.
fn infra(flags: &str) -> &str {
    flags.split(" --boundary").next().unwrap()
}

/// The policy that is printed for verbs.
fn policy(world: &World, verbs: &str, bounds: &str) -> Policy {
    let verbs: Vec<String> = verbs.split(' ').map(|verb| format!("--for {verb}")).collect();
    let arguments = format!("{} {bounds}", verbs.join(" "));
    let outcome = bootstrap(world.tcperm(), &world.account(), &arguments).exits(0);
    Policy::parse(&outcome.stdout).unwrap()
}

/// Each verb's policy allows each of its calls, and no action besides.
#[track_caller]
fn exact(world: &World, calls: &BTreeMap<&'static str, Vec<Call>>, bounds: &str) {
    for (verb, calls) in calls {
        let policy = policy(world, verb, bounds);
        let judge = Judge::of(&policy.to_json());
        let asked: Vec<(&Call, Question)> = calls.iter().flat_map(|call| asked(world, call)).collect();
        for (call, question) in &asked {
            let shown = policy.to_pretty_json();
            assert!(judge.allows(question), "{verb}: {call}: {question:#?}\n{shown}");
        }
        let made: BTreeSet<String> = asked.into_iter().map(|(_, question)| question.action).collect();
        assert_eq!(actions(&policy, Effect::Allow), made, "{verb} {bounds}");
    }
}

fn asked<'c>(world: &World, call: &'c Call) -> Vec<(&'c Call, Question)> {
    let questions = questions(&world.account(), call);
    questions.into_iter().map(|question| (call, question)).collect()
}

/// A question as it would be about something else.
fn moved(question: &Question, change: impl FnOnce(&mut Question)) -> Question {
    let mut moved = question.clone();
    change(&mut moved);
    moved
}

/// Sets a condition key, if the request has it.
fn set(question: &mut Question, key: &str, value: &str) {
    if let Some(known) = question.context.get_mut(key) {
        value.clone_into(known);
    }
}

/// Each write of the verbs is refused where the role is none of tcperm's, by its name or its tags.
#[track_caller]
fn bounded(world: &World, calls: &BTreeMap<&'static str, Vec<Call>>, bounds: &str) {
    let verbs: Vec<&str> = calls.keys().copied().collect();
    let judge = Judge::of(&policy(world, &verbs.join(" "), bounds).to_json());
    let mut seen = BTreeSet::new();
    let writes = calls.values().flatten().filter(|call| call.is_write());
    for (call, question) in writes.flat_map(|call| asked(world, call)) {
        let refuses = |what: &str, moved: &Question| {
            assert_ne!(*moved, question, "{call}: {what}: nothing is changed");
            assert!(!judge.allows(moved), "{call}: {what}: {moved:#?}");
        };
        let account = world.account();
        let elsewhere = moved(&question, |one| {
            one.resource = one.resource.replace(&account, "999999999999");
        });
        refuses("another account", &elsewhere);
        if question.resource.contains(":policy/") {
            let other = moved(&question, |one| {
                one.resource = one.resource.replace("policy/", "policy/their-");
            });
            refuses("another policy", &other);
        }
        if call.role.is_none() || call.action == "RemoveRoleFromInstanceProfile" {
            continue;
        }
        seen.insert(question.action.clone());
        let other = moved(&question, |one| {
            one.resource = one.resource.replace("role/", "role/their-");
        });
        refuses("another name", &other);
        // A role that is being made has its tags from the request, one that is there has its own.
        let is_born = call.action == "CreateRole";
        let kind = if is_born { "Request" } else { "Resource" };
        let key = format!("aws:{kind}Tag/deployer");
        refuses(
            "another deployer",
            &moved(&question, |one| set(one, &key, "somebody")),
        );
        refuses(
            "no deployer",
            &moved(&question, |one| drop(one.context.remove(&key))),
        );
        if bounds.contains("--sandbox") {
            let key = format!("aws:{kind}Tag/sandbox");
            refuses("another sandbox", &moved(&question, |one| set(one, &key, "prod")));
        }
        if !question.tag_keys.is_empty() {
            let more = moved(&question, |one| one.tag_keys.extend(["owner".to_owned()]));
            refuses("a tag of others", &more);
        }
        let gives = ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"];
        let holds = ["iam:PutRolePermissionsBoundary", "iam:UpdateAssumeRolePolicy"];
        if bounds.contains("--boundary") && gives.iter().chain(&holds).any(|one| question.action == **one) {
            let key = "iam:PermissionsBoundary";
            refuses(
                "another boundary",
                &moved(&question, |one| set(one, key, "arn:aws:iam::aws:policy/Any")),
            );
            refuses(
                "no boundary",
                &moved(&question, |one| drop(one.context.remove(key))),
            );
        }
        if question.action == "iam:AttachRolePolicy" {
            let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
            let other = moved(&question, |one| set(one, "iam:PolicyARN", administrator));
            refuses("another managed policy", &other);
        }
    }
    assert!(seen.len() >= 8, "{seen:?}");
}

fn managed_policy(world: &World, name: &str) -> String {
    world.make_managed_policy(name);
    format!("arn:aws:iam::{}:policy/{name}", world.account())
}

/// Lets a sandbox live in a way and judges it.
#[track_caller]
fn judged(world: &World, way: &Way) {
    let life = lived(world, way);
    exact(world, &life.calls, &way.bounds);
    bounded(world, &life.calls, &way.bounds);
}

#[test]
fn in_dynamic_mode_exactly_the_calls_of_each_verb_are_allowed() {
    let world = World::aws();
    judged(&world, &Way::default());
}

#[test]
fn for_one_sandbox_with_a_boundary_exactly_the_calls_of_each_verb_are_allowed() {
    let world = World::aws();
    let boundary = managed_policy(&world, "sandboxes");
    let way = Way {
        flags: format!(" --boundary {boundary}"),
        bounds: "--sandbox dev --boundary sandboxes".to_owned(),
        boundary: Some(boundary),
        ..Way::default()
    };
    judged(&world, &way);
}

#[test]
fn in_shared_mode_exactly_the_calls_of_each_verb_are_allowed() {
    let world = World::aws();
    let managed = managed_policy(&world, "team");
    let boundary = managed_policy(&world, "sandboxes");
    let named = format!("[\"{managed}\"]");
    world
        .tcperm()
        .write("infra/base/roles/function.json", FOREIGN_POLICY);
    world
        .tcperm()
        .write("infra/base/roles/function.managed.json", &named);
    let way = Way {
        flags: format!("--infra-dir infra --boundary {boundary}"),
        bounds: "--mode shared --boundary sandboxes --managed-policy team".to_owned(),
        managed: Some(managed),
        boundary: Some(boundary),
        ..Way::default()
    };
    judged(&world, &way);
}

#[test]
fn with_roles_of_their_own_exactly_the_calls_of_each_verb_are_allowed() {
    let world = World::aws();
    world
        .tcperm()
        .write("infra/orders/roles/pack.json", FOREIGN_POLICY);
    let way = Way {
        flags: "--infra-dir infra".to_owned(),
        bounds: "--mode override".to_owned(),
        own: Some("tc-orders-pack-dev"),
        ..Way::default()
    };
    judged(&world, &way);
}

#[test]
fn a_role_with_a_name_of_its_own_is_written_where_it_is_named() {
    let world = World::aws();
    world.tcperm().write("orders/pack.json", FOREIGN_POLICY);
    let named = "name: orders\nfunctions:\n  pack: { runtime: { role_file: pack.json, role_name: 'packer-{{sandbox}}' } }\n";
    world.topology("orders", named);
    let mut life = Life {
        world: &world,
        calls: BTreeMap::new(),
    };
    life.record("create", "create -s dev -d orders");
    let create = life.calls["create"]
        .iter()
        .find(|call| call.action == "CreateRole")
        .unwrap();
    let allows = |bounds: &str| {
        let judge = Judge::of(&policy(&world, "create", bounds).to_json());
        asked(&world, create)
            .iter()
            .all(|(_, question)| judge.allows(question))
    };
    assert_eq!(create.role.as_deref(), Some("packer-dev"));
    assert!(allows("--mode override --role-name packer-dev"));
    assert!(!allows("--mode override"));
    assert!(!allows("--mode dynamic --role-name packer-dev"));
}

/// `tc-base-*-dev` is the name of a role of the sandbox `my-dev` too.
#[test]
fn a_role_that_is_tagged_for_another_sandbox_cannot_be_tagged_anew() {
    let world = World::aws();
    let mut life = Life {
        world: &world,
        calls: BTreeMap::new(),
    };
    life.record("create", &format!("create -s dev -d {}", example("hello")));
    let judge = Judge::of(&policy(&world, "create", "--sandbox dev").to_json());
    let creations = life.calls["create"]
        .iter()
        .filter(|call| call.action == "CreateRole");
    let asked = creations.flat_map(|call| asked(&world, call));
    let taggings: Vec<Question> = asked
        .map(|(_, question)| question)
        .filter(|question| question.action == "iam:TagRole")
        .collect();
    assert!(!taggings.is_empty());
    for tagging in taggings {
        assert!(judge.allows(&tagging), "{tagging:#?}");
        let there = moved(&tagging, |one| {
            one.resource = one.resource.replace("-dev", "-my-dev");
            one.context
                .insert("aws:ResourceTag/sandbox".to_owned(), "my-dev".to_owned());
        });
        assert!(!judge.allows(&there), "{there:#?}");
    }
}

#[test]
fn in_legacy_mode_exactly_the_calls_of_each_verb_are_allowed_and_none_writes() {
    let world = World::aws().env("TC_LEGACY_ROLES", "1");
    world.topology(
        "orders",
        "name: orders\nfunctions:\n  place: { function: pack }\n  pack: {}\n",
    );
    world.make_role("tc-base-lambda-role", &[]);
    let trust = FOREIGN_TRUST.replace(r#"{"AWS":"*"}"#, r#"{"Service":"lambda.amazonaws.com"}"#);
    world.change("tc-base-lambda-role", Change::Trust(&trust));
    world.change("tc-base-lambda-role", Change::PutInline("odd", FOREIGN_POLICY));
    world.change("tc-base-lambda-role", Change::Attach("odd"));
    world.tcperm().write("requests.jsonl", "");
    let mut life = Life {
        world: &world,
        calls: BTreeMap::new(),
    };
    life.record("plan", "plan -s dev -d orders");
    life.record("create", "create -s dev -d orders");
    life.record("check", "check --live -s dev orders");
    exact(&world, &life.calls, "--mode legacy");
    assert!(!life.calls.values().flatten().any(Call::is_write));
    for (verb, run) in [
        ("list", "list"),
        ("show", "show -s dev"),
        ("can", "can --live -s dev --batch requests.jsonl -d orders"),
        ("delete", "delete -s dev --yes"),
        ("prune", "prune --yes"),
    ] {
        life.record(verb, run);
        let judge = Judge::of(&policy(&world, verb, "--mode legacy").to_json());
        let asked: Vec<_> = life.calls[verb]
            .iter()
            .flat_map(|call| asked(&world, call))
            .collect();
        assert!(asked.iter().all(|(_, question)| judge.allows(question)), "{verb}");
    }
}

#[test]
fn assuming_a_role_takes_one_permission_on_that_role() {
    let world = World::aws();
    world.make_role("deploy", &[]);
    let mut life = Life {
        world: &world,
        calls: BTreeMap::new(),
    };
    life.record("list", "list -R deploy");
    let account = world.account();
    let printed = bootstrap(world.tcperm(), &account, "-R deploy").exits(0).stdout;
    let judge = Judge::of(&printed);
    let assuming: Vec<&Call> = life.calls["list"]
        .iter()
        .filter(|call| call.action == "AssumeRole")
        .collect();
    assert!(!assuming.is_empty());
    for (call, question) in assuming.into_iter().flat_map(|call| asked(&world, call)) {
        assert!(judge.allows(&question), "{call}");
        let other = moved(&question, |one| one.resource += "-other");
        assert!(!judge.allows(&other), "{call}");
    }
    let policy = Policy::parse(&printed).unwrap();
    assert_eq!(
        actions(&policy, Effect::Allow),
        BTreeSet::from(["sts:AssumeRole".to_owned()])
    );
}

#[test]
fn the_boundary_itself_cannot_be_edited_nor_taken_away() {
    let world = World::aws();
    let document = policy(&world, "create", "--boundary sandboxes").to_json();
    // Whatever else the operator is allowed.
    let open = document.replacen(
        r#""Statement":["#,
        r#""Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"},"#,
        1,
    );
    let judge = Judge::of(&open);
    let account = world.account();
    let question = |action: &str, resource: &str| Question {
        action: action.to_owned(),
        resource: format!("arn:aws:iam::{account}:{resource}"),
        context: BTreeMap::new(),
        tag_keys: BTreeSet::new(),
    };
    assert!(!judge.allows(&question(
        "iam:DeleteRolePermissionsBoundary",
        "role/tc-base-function-dev"
    )));
    for action in [
        "CreatePolicyVersion",
        "SetDefaultPolicyVersion",
        "DeletePolicyVersion",
        "DeletePolicy",
    ] {
        let action = format!("iam:{action}");
        assert!(!judge.allows(&question(&action, "policy/sandboxes")), "{action}");
        assert!(judge.allows(&question(&action, "policy/another")), "{action}");
    }
}
