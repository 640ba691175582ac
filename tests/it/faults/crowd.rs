//! Many processes at once on one sandbox.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Output;

use super::foreign;
use super::union::{Union, statements};
use crate::support::{Fault, Role, World};

/// A topology of a crowd, each a little other than its neighbours.
fn topology(world: &World, number: usize) -> String {
    let name = format!("t{number:02}");
    let rest = match number % 5 {
        0 => "functions:\n  f: { function: g }\n  g: {}\n",
        1 => "functions:\n  f: {}\nqueues:\n  q: { function: f }\n",
        2 => "functions:\n  f: {}\nroutes:\n  /x: { method: GET, function: f }\n",
        3 => "functions:\n  f: {}\nstates:\n  StartAt: Done\n  States:\n    Done: { Type: Succeed }\n",
        _ => "hyphenated_names: true\nfunctions:\n  f: { function: g }\n  g: {}\n",
    };
    world.topology(&name, &format!("name: {name}\n{rest}"))
}

fn topologies(world: &World, numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| topology(world, number)).collect()
}

fn create(name: &String) -> String {
    format!("create -s dev -d {name}")
}

fn leave(name: &String) -> String {
    format!("delete -s dev --namespace {name}")
}

/// Runs in processes of their own, all at the same time. Each ends well, or says truly that it did
/// not come to its end and what to do. How many of them did not.
#[track_caller]
pub fn at_once(world: &World, runs: &[String]) -> usize {
    let start = |run: &String| {
        let invocation = world.tcperm().args(run.split_whitespace());
        invocation.command().spawn().unwrap()
    };
    let processes: Vec<_> = runs.iter().map(start).collect();
    let ended = processes
        .into_iter()
        .map(|process| process.wait_with_output().unwrap());
    let ended: Vec<(&String, Output)> = runs.iter().zip(ended).collect();
    let gave_up = ended.iter().filter(|(run, output)| !ended_well(run, output));
    gave_up.count()
}

/// Answers come late, and in another order than the calls.
fn slow_down(world: &World, runs: &[String]) {
    let late = [Fault::Slow(5), Fault::Slow(15), Fault::Slow(40)];
    world.proxy().fail_at_random(runs.len() as u64, 60, &late);
}

#[track_caller]
fn ended_well(run: &str, output: &Output) -> bool {
    let said = String::from_utf8_lossy(&output.stderr);
    match output.status.code() {
        Some(0) => true,
        Some(1 | 5) => {
            assert!(
                said.contains("error: ") && said.contains("help: "),
                "{run}: {said}"
            );
            false
        }
        other => panic!("{run}: {other:?}: {said}"),
    }
}

/// Each run once more, unless all have ended well; then none of them writes anything.
#[track_caller]
fn settle(world: &World, runs: &[String], gave_up: usize) {
    world.proxy().clear();
    for run in runs.iter().filter(|_| gave_up > 0) {
        world.run(run).exits(0);
    }
    world.forget();
    assert_eq!(at_once(world, runs), 0);
    assert_eq!(world.writes(), Vec::<String>::new());
}

/// The roles of the sandbox hold the statements of these topologies, all of them and no others.
#[track_caller]
pub fn is_union(world: &World, topologies: &[String], foreign: &BTreeMap<String, Role>, case: &str) {
    let alone: Vec<_> = topologies
        .iter()
        .map(|name| world.rendered(name, "dev"))
        .collect();
    let mut roles = world.roles();
    for (name, role) in foreign {
        assert_eq!(
            roles.remove(name).as_ref(),
            Some(role),
            "{name} is not as it was, {case}"
        );
    }
    let names: BTreeSet<&String> = alone.iter().flat_map(BTreeMap::keys).collect();
    assert_eq!(roles.keys().collect::<BTreeSet<_>>(), names, "{case}");
    for (name, role) in &roles {
        let needed: Vec<&Role> = alone.iter().filter_map(|roles| roles.get(name)).collect();
        let keys = |role: &Role| role.inline.keys().cloned().collect::<BTreeSet<_>>();
        let policies: BTreeSet<String> = needed.iter().flat_map(|role| keys(role)).collect();
        assert_eq!(keys(role), policies, "{name}, {case}");
        for (policy, document) in &role.inline {
            let of = |role: &&Role| role.inline.get(policy).map(statements).unwrap_or_default();
            let needed: BTreeSet<String> = needed.iter().flat_map(of).map(|s| s.to_string()).collect();
            let held: BTreeSet<String> = statements(document).iter().map(ToString::to_string).collect();
            assert_eq!(held, needed, "{policy} of {name}, {case}");
        }
        for (key, value) in needed.iter().flat_map(|role| &role.tags) {
            assert_eq!(role.tags.get(key), Some(value), "{key} of {name}, {case}");
        }
        let records = role.tags.keys().filter(|key| key.starts_with("tcperm:ns:"));
        assert_eq!(records.count(), needed.len(), "{name}, {case}: {:?}", role.tags);
    }
}

/// Everything that these topologies need.
fn union(world: &World, topologies: &[String]) -> Union {
    let alone: Vec<_> = topologies
        .iter()
        .map(|name| world.rendered(name, "dev"))
        .collect();
    Union::of(&alone)
}

/// Different topologies are created at the same time.
fn different(many: usize) {
    let world = World::aws();
    let foreign = foreign::planted(&world, &["stage"]);
    let all = topologies(&world, 0..many);
    world.forget();
    let runs: Vec<String> = all.iter().map(create).collect();
    slow_down(&world, &runs);
    let gave_up = at_once(&world, &runs);
    union(&world, &all).holds(&world.proxy().calls(), "different topologies at once");
    settle(&world, &runs, gave_up);
    is_union(&world, &all, &foreign, "in the end");
}

/// One topology is created by many at the same time.
fn the_same(many: usize) {
    let world = World::aws();
    let name = topology(&world, 2);
    let runs = vec![create(&name); many];
    slow_down(&world, &runs);
    let gave_up = at_once(&world, &runs);
    union(&world, std::slice::from_ref(&name)).holds(&world.proxy().calls(), "one topology at once");
    settle(&world, &runs, gave_up);
    assert_eq!(world.roles(), world.rendered(&name, "dev"));
}

/// Half of the topologies leave while the others come.
fn coming_and_leaving(many: usize) {
    let world = World::aws();
    let foreign = foreign::planted(&world, &["stage"]);
    let all = topologies(&world, 0..many);
    let (leaving, coming) = all.split_at(many / 2);
    for name in leaving {
        world.run(&create(name)).exits(0);
    }
    world.forget();
    let runs: Vec<String> = leaving
        .iter()
        .map(leave)
        .chain(coming.iter().map(create))
        .collect();
    slow_down(&world, &runs);
    let gave_up = at_once(&world, &runs);
    union(&world, &all).holds(&world.proxy().calls(), "coming and leaving");
    settle(&world, &runs, gave_up);
    is_union(&world, coming, &foreign, "in the end");
}

/// Topologies come while the whole sandbox is deleted: which of them stay, only the order tells. The
/// next create of each makes them whole.
fn coming_and_teardown(many: usize) {
    let world = World::aws();
    let foreign = foreign::planted(&world, &["stage"]);
    let all = topologies(&world, 0..many);
    let creates: Vec<String> = all.iter().map(create).collect();
    world.run(&creates[0]).exits(0);
    world.forget();
    let mut runs = creates.clone();
    runs.insert(many / 2, "delete -s dev".to_owned());
    slow_down(&world, &runs);
    at_once(&world, &runs);
    union(&world, &all).holds(&world.proxy().calls(), "coming and a teardown");
    settle(&world, &creates, many);
    is_union(&world, &all, &foreign, "in the end");
    world.run("delete -s dev").exits(0);
    assert_eq!(world.roles(), foreign);
}

#[test]
fn six_creates_at_once_end_with_the_union_and_never_grant_more() {
    different(6);
}

#[test]
fn six_creates_of_one_topology_at_once_end_with_one_set_of_roles() {
    the_same(6);
}

#[test]
fn three_that_come_and_three_that_leave_at_once_end_with_those_that_come() {
    coming_and_leaving(6);
}

#[test]
fn what_a_teardown_leaves_of_creates_at_the_same_time_is_made_whole_by_the_next_ones() {
    coming_and_teardown(4);
}

#[test]
#[ignore = "soak"]
fn twenty_at_once_end_with_the_union_and_never_grant_more() {
    different(20);
    the_same(20);
    coming_and_leaving(20);
    coming_and_teardown(20);
}
