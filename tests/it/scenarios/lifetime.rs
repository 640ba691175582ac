//! `create --ttl`: until when a sandbox is meant to live.

use super::{CALLS, ORDERS, step, steps};
use crate::support::{Change, World, example};

on_both_accounts!(
    every_role_of_the_sandbox_says_until_when_it_lives,
    the_same_time_asked_for_again_writes_nothing,
    a_create_that_says_nothing_of_it_leaves_the_end_as_it_is,
    none_takes_the_end_off_every_role_of_the_sandbox,
    a_role_of_another_topology_gets_the_tag_and_nothing_else,
    roles_of_functions_of_other_topologies_follow_the_sandbox,
    a_saved_plan_keeps_the_end_that_it_was_made_with,
    a_role_that_is_not_tcperms_gets_no_end,
);

/// The ends that the roles of an account record.
fn ends(world: &World) -> Vec<Option<String>> {
    let roles = world.roles().into_values();
    roles.map(|role| role.tags.get("tcperm:ttl").cloned()).collect()
}

fn every_role_of_the_sandbox_says_until_when_it_lives(world: &World) {
    let create = format!("create -s dev -d {} --ttl 7d", example("orders"));
    let created = world.json(&create).exits(0).json();
    let ends = ends(world);
    assert_eq!(ends.len(), ORDERS.len());
    let end = ends[0].clone().unwrap();
    assert!(ends.iter().all(|other| other.as_ref() == Some(&end)), "{ends:?}");
    let reason = step(&created, ORDERS[0])["reason"].as_str().unwrap().to_owned();
    assert!(reason.ends_with(&format!("; lives until {end}")), "{reason}");
    let listed = world.run("list").exits(0).stdout;
    assert!(listed.contains("  UNTIL  ") && listed.contains(&end), "{listed}");
    let listed = world.json("list").exits(0).json();
    assert_eq!(listed["sandboxes"][0]["roles"][0]["ttl"], end.as_str());
}

fn the_same_time_asked_for_again_writes_nothing(world: &World) {
    let create = format!("create -s dev -d {} --ttl 1w", example("orders"));
    world.run(&create).exits(0);
    world.forget();
    world.run(&create.replace("1w", "7d")).exits(0);
    assert_eq!(world.writes(), Vec::<String>::new());
    world.run(&create.replace("1w", "8d")).exits(0);
    assert_ne!(world.writes(), Vec::<String>::new());
}

fn a_create_that_says_nothing_of_it_leaves_the_end_as_it_is(world: &World) {
    let create = format!("create -s dev -d {}", example("orders"));
    world.run(&format!("{create} --ttl 12h")).exits(0);
    let before = ends(world);
    assert!(
        before[0].as_ref().is_some_and(|end| end.ends_with(":00Z")),
        "{before:?}"
    );
    world.forget();
    world.run(&create).exits(0);
    assert_eq!(world.writes(), Vec::<String>::new());
    let drift = world.json("list --drift").exits(0).json();
    assert_eq!(drift["sandboxes"][0]["roles"][0]["drift"], serde_json::json!([]));
    assert_eq!(ends(world), before);
}

fn none_takes_the_end_off_every_role_of_the_sandbox(world: &World) {
    world.topology("calls", CALLS);
    let orders = example("orders");
    world.run(&format!("create -s dev -d {orders} --ttl 7d")).exits(0);
    let created = world.json("create -s dev -d calls --ttl none").exits(0).json();
    let reason = &step(&created, "tc-base-route-dev")["reason"];
    assert_eq!(reason, "lives on without an end");
    assert_eq!(ends(world), vec![None; ORDERS.len()]);
}

fn a_role_of_another_topology_gets_the_tag_and_nothing_else(world: &World) {
    world.topology("calls", CALLS);
    world
        .run(&format!("create -s dev -d {}", example("orders")))
        .exits(0);
    world
        .run(&format!("create -s other -d {}", example("orders")))
        .exits(0);
    let route = "tc-base-route-dev";
    world.change(route, Change::Attach("by-hand"));
    let mut expected = world.role(route);
    let planned = world.json("plan -s dev -d calls --ttl 2d").exits(0).json();
    let reason = step(&planned, route)["reason"].as_str().unwrap().to_owned();
    let end = reason.strip_prefix("lives until ").unwrap().to_owned();
    world.run("create -s dev -d calls --ttl 2d").exits(0);
    expected.tags.insert("tcperm:ttl".to_owned(), end);
    assert_eq!(world.role(route), expected);
    let other = world.role("tc-base-route-other");
    assert_eq!(other.tags.get("tcperm:ttl"), None);
    let created = world.json("create -s dev -d calls").exits(0).json();
    assert_eq!(steps(&created), ["tc-base-function-dev none done"]);
}

fn roles_of_functions_of_other_topologies_follow_the_sandbox(world: &World) {
    let own =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}"#;
    world.tcperm().write("infra/shop/roles/f.json", own);
    world.topology("shop", "name: shop\nfunctions:\n  f: {}\n");
    world.topology("calls", CALLS);
    world
        .run("create -s dev -d shop --infra-dir infra --ttl 1d")
        .exits(0);
    assert!(ends(world)[0].is_some());
    world.run("create -s dev -d calls --ttl none").exits(0);
    assert_eq!(world.role_names(), ["tc-base-function-dev", "tc-shop-f-dev"]);
    assert_eq!(ends(world), [None, None]);
}

fn a_saved_plan_keeps_the_end_that_it_was_made_with(world: &World) {
    world.topology("calls", CALLS);
    world
        .run("plan -s dev -d calls --ttl 3d --out plan.json")
        .exits(0);
    world.run("apply plan.json").exits(0);
    assert!(ends(world)[0].is_some());
    world
        .run("plan -s dev -d calls --ttl none --out plan.json")
        .exits(0);
    world.run("apply plan.json").exits(0);
    assert_eq!(ends(world), [None]);
}

fn a_role_that_is_not_tcperms_gets_no_end(world: &World) {
    world.topology("calls", CALLS);
    world.make_role("tc-base-route-dev", &[("sandbox", "dev")]);
    let foreign = world.role("tc-base-route-dev");
    world.run("create -s dev -d calls --ttl 7d").exits(0);
    assert_eq!(world.role("tc-base-route-dev"), foreign);
}

#[test]
fn a_time_that_is_none_and_a_part_of_a_sandbox_are_refused() {
    let world = World::embedded();
    world.topology("calls", CALLS);
    for (ttl, said) in [
        ("7", "is no stretch of time"),
        ("d", "is no stretch of time"),
        ("0h", "is no time at all"),
        ("11000w", "is more than ten years"),
        ("99999999999999999999d", "is too long"),
        ("-1d", ""),
        ("7D", "is no stretch of time"),
    ] {
        let refused = world.run(&format!("create -s dev -d calls --ttl={ttl}")).exits(2);
        assert!(refused.stderr.contains(said), "{refused}");
    }
    world.run("create -s dev -d calls --ttl 7d -c function").exits(2);
    let refused = world.run("create --all --ttl 7d").exits(2);
    assert!(
        refused.stderr.contains("cannot be used with `--ttl`"),
        "{refused}"
    );
}
