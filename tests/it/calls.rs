//! How many calls a run makes: a rate limit that all of an account's tools share is spent.

use serde_json::Value;

use crate::support::{Change, World, example, examples};

/// What a run says it called, which is what the proxy saw.
#[track_caller]
fn calls(world: &World, run: &str) -> (usize, Value) {
    world.forget();
    let document = world.json(run).exits(0).json();
    let seen = world.traces();
    assert_eq!(document["calls"], seen.len(), "{run}: {seen:#?}");
    (seen.len(), document)
}

#[test]
fn create_makes_at_most_one_and_five_calls_a_role_and_the_second_none_that_writes() {
    for name in examples() {
        for with_others in [false, true] {
            let world = World::aws();
            if with_others {
                world.make_role("somebody-elses", &[]);
                world.make_role("tc-base-function-other", &[("sandbox", "dev")]);
                world.make_role("tc-base-route-my-dev", &[]);
            }
            let run = format!("create -s dev -d {}", example(&name));
            let (first, document) = calls(&world, &run);
            let roles = document["roles"].as_array().unwrap().len();
            let most = 1 + 5 * roles;
            assert!(first <= most, "{name}: {first} calls for {roles} roles");
            let (second, _) = calls(&world, &run);
            assert!(second <= most, "{name}: {second} calls for {roles} roles");
            assert_eq!(world.writes(), Vec::<String>::new(), "{name}");
        }
    }
}

#[test]
fn a_plan_reads_what_a_second_create_reads() {
    let world = World::aws();
    let orders = example("orders");
    world.run(&format!("create -s dev -d {orders}")).exits(0);
    let (create, _) = calls(&world, &format!("create -s dev -d {orders}"));
    let (plan, _) = calls(&world, &format!("plan -s dev -d {orders}"));
    assert_eq!(plan, create);
    assert_eq!(world.writes(), Vec::<String>::new());
}

/// Reading: 1 for the listing, 4 a role. Writing: 1 a role and 1 for each policy in it.
#[test]
fn delete_makes_one_call_five_a_role_and_one_a_policy() {
    for name in examples() {
        let world = World::aws();
        world
            .run(&format!("create -s dev -d {}", example(&name)))
            .exits(0);
        let roles = world.roles();
        let policies: usize = roles.values().map(|role| role.inline.len()).sum();
        let (delete, _) = calls(&world, "delete -s dev");
        assert_eq!(delete, 1 + 5 * roles.len() + policies, "{name}");
        let (again, _) = calls(&world, "delete -s dev");
        assert_eq!(again, 2, "the listing, and whose account it is");
    }
}

#[test]
fn list_makes_one_call_and_one_a_role_of_a_sandbox() {
    let world = World::aws();
    world
        .run(&format!("create -s dev -d {}", example("orders")))
        .exits(0);
    world.make_role("somebody-elses", &[]);
    world.forget();
    world.run("list").exits(0);
    assert_eq!(world.traces().len(), 1 + 4);
    world.forget();
    world.run("show -s dev -c route").exits(0);
    assert_eq!(
        world.traces().len(),
        1 + 4,
        "listing, role, both kinds of policies, one document"
    );
}

/// IAM's rates are not published: more at once would be throttled sooner. What holds them back is
/// tested where it stands, in `iam::aws`.
#[test]
fn at_most_ten_calls_are_in_flight() {
    for name in ["graphql", "media", "storefront"] {
        let world = World::aws();
        for run in [
            &format!("create -s dev -d {}", example(name)),
            &format!("create -s dev -d {}", example(name)),
            "show -s dev",
            "delete -s dev",
        ] {
            world.run(run).exits(0);
        }
        let most = world.proxy().most_at_once();
        assert!((2..=10).contains(&most), "{name}: {most} at once");
    }
}

/// 1 for the listing, 3 a role, 1 for each inline policy, 2 for each managed policy, read once.
#[test]
fn check_live_reads_each_role_and_each_policy_once() {
    let world = World::aws();
    let orders = example("orders");
    world.run(&format!("create -s dev -d {orders}")).exits(0);
    for role in ["tc-base-route-dev", "tc-base-state-dev"] {
        world.change(role, Change::Attach("of-both"));
    }
    let roles = world.roles();
    let inline: usize = roles.values().map(|role| role.inline.len()).sum();
    world.forget();
    world.run(&format!("check --live -s dev {orders}")).exits(0);
    assert_eq!(world.traces().len(), 1 + 3 * roles.len() + inline + 2);
    assert_eq!(world.writes(), Vec::<String>::new());
}
