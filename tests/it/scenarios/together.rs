//! Runs at the same time: real processes on one account.

use std::thread;

use super::BILLING;
use crate::support::{World, example, text};

on_both_accounts!(
    two_creates_at_the_same_time_end_with_the_union,
    five_creates_at_the_same_time_end_with_the_union,
    the_same_create_twice_at_the_same_time_ends_with_one_set_of_roles,
    deletes_of_one_sandbox_at_the_same_time_both_end_well,
);

/// Starts runs at the same time; all must end well.
fn at_once(world: &World, runs: &[String]) {
    thread::scope(|scope| {
        let started: Vec<_> = runs
            .iter()
            .map(|run| scope.spawn(move || world.json(run)))
            .collect();
        for run in started {
            run.join().unwrap().exits(0);
        }
    });
}

/// Nothing is left to do for any of the topologies, and each has its tag on each of its roles.
fn is_union(world: &World, directories: &[String]) {
    for directory in directories {
        let roles = world.roles();
        for (name, alone) in world.rendered(directory, "dev") {
            let role = &roles[&name];
            for (key, value) in &alone.tags {
                assert_eq!(role.tags.get(key), Some(value), "{name}");
            }
            for (policy, document) in &alone.inline {
                let now = role.inline[policy]["Statement"].as_array().unwrap();
                for statement in document["Statement"].as_array().unwrap() {
                    assert!(now.contains(statement), "{name} lacks {statement}");
                }
            }
        }
        world.forget();
        world.run(&format!("create -s dev -d {directory}")).exits(0);
        assert_eq!(world.writes(), Vec::<String>::new(), "{directory}");
    }
}

fn two_creates_at_the_same_time_end_with_the_union(world: &World) {
    let pairs = [["orders", "worker"], ["pipeline", "graphql"], ["hello", "media"]];
    for pair in pairs {
        let world = world.another();
        let directories = pair.map(example);
        at_once(
            &world,
            &directories.clone().map(|d| format!("create -s dev -d {d}")),
        );
        is_union(&world, &directories);
    }
}

fn five_creates_at_the_same_time_end_with_the_union(world: &World) {
    let billing = world.topology("billing", BILLING);
    let mut directories = ["hello", "orders", "worker", "rest-api"].map(example).to_vec();
    directories.push(billing);
    let runs: Vec<String> = directories
        .iter()
        .map(|d| format!("create -s dev -d {d}"))
        .collect();
    at_once(world, &runs);
    is_union(world, &directories);
}

fn the_same_create_twice_at_the_same_time_ends_with_one_set_of_roles(world: &World) {
    let orders = example("orders");
    let run = format!("create -s dev -d {orders}");
    at_once(world, &[run.clone(), run]);
    assert_eq!(world.roles(), world.rendered(&orders, "dev"));
}

fn deletes_of_one_sandbox_at_the_same_time_both_end_well(world: &World) {
    let orders = example("orders");
    world.run(&format!("create -s dev -d {orders}")).exits(0);
    at_once(world, &["delete -s dev".to_owned(), "delete -s dev".to_owned()]);
    assert_eq!(world.role_names(), Vec::<String>::new());
    let listed = world.json("list").exits(0).json();
    assert_eq!(listed["sandboxes"], serde_json::json!([]));
    assert_eq!(text(&listed["account"]), world.account());
}
