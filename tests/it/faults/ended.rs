//! Runs that are ended from outside while a call is on its way.

use std::process::Child;

use super::{EVERY_RUN, RUNS, Run, Stage, for_each, has_written, writes};
use crate::support::World;
#[cfg(unix)]
use crate::support::interrupt;

/// Starts a run that has just sent its nth call, which has not arrived.
fn started(run: Run, nth: usize) -> (Stage, Child) {
    let stage = run.stage();
    stage.proxy().hold(nth);
    let process = spawned(&stage, run.arguments());
    stage.proxy().wait_until_held();
    (stage, process)
}

fn spawned(world: &World, arguments: &str) -> Child {
    let invocation = world.tcperm().args(arguments.split_whitespace());
    invocation.command().spawn().unwrap()
}

/// Whether a run is ended at a call, by the call's number among its kind.
type At = fn(Run, &str, usize) -> bool;

fn every(_: Run, _: &str, _: usize) -> bool {
    true
}

/// Each write of the runs that all else is made of, each kind of read of an update, and each kind of
/// write of the other runs.
fn telling(run: Run, action: &str, nth: usize) -> bool {
    if writes(action) {
        return RUNS.contains(&run) || nth == 1;
    }
    run == Run::Update && nth == 1
}

/// Each write of the runs that all else is made of.
fn main_writes(run: Run, action: &str, _: usize) -> bool {
    RUNS.contains(&run) && writes(action)
}

/// Each run and the number of each call at which it is ended.
fn cases(at: At) -> Vec<(Run, usize)> {
    let of = |run: &Run| {
        let calls = Stage::calls(*run).into_iter().zip(1..);
        let at = calls.filter(|((action, nth), _)| at(*run, action, *nth));
        at.map(|(_, number)| (*run, number)).collect::<Vec<_>>()
    };
    EVERY_RUN.iter().flat_map(of).collect()
}

/// The run is killed at a call, which IAM carries out all the same, and the next one finishes.
fn kill(at: At) {
    for_each(&cases(at), |(run, nth)| {
        let (stage, mut process) = started(*run, *nth);
        process.kill().unwrap();
        process.wait().unwrap();
        stage.proxy().release();
        let sent = stage.proxy().calls().len();
        stage.proxy().wait_until_answered(sent);
        stage.finish(&format!("kill at call {nth}"));
    });
}

#[test]
fn a_run_that_is_killed_at_any_write_or_kind_of_read_is_finished_by_the_next_one() {
    kill(telling);
}

#[test]
#[ignore = "soak"]
fn a_run_that_is_killed_at_any_call_is_finished_by_the_next_one() {
    kill(every);
}

/// The run is interrupted at a call: it ends after it and says so, and the next one finishes.
#[cfg(unix)]
fn interrupted(at: At) {
    for_each(&cases(at), |(run, nth)| {
        let (stage, process) = started(*run, *nth);
        interrupt(&process);
        stage.proxy().release();
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        let case = format!("SIGINT at call {nth}");
        match output.status.code() {
            Some(130) => {
                // A plan of which nothing was carried out still applies.
                let help = if *run == Run::Apply && has_written(&stage.proxy().calls()) {
                    "make a new plan"
                } else {
                    "run it again"
                };
                assert!(
                    said.contains(&format!("{help} to finish")),
                    "{run:?}, {case}: {said}"
                );
            }
            // There was nothing left to stop.
            Some(0) => stage.is_as_intended(&case),
            other => panic!("{run:?}, {case}: {other:?}: {said}"),
        }
        stage.finish(&case);
    });
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_stops_after_its_call_and_is_finished_by_the_next_one() {
    interrupted(main_writes);
}

#[cfg(unix)]
#[test]
#[ignore = "soak"]
fn a_run_that_is_interrupted_at_any_call_is_finished_by_the_next_one() {
    interrupted(every);
}

#[cfg(unix)]
#[test]
fn a_run_that_only_reads_stops_at_once() {
    for arguments in ["list", "show -s dev", "plan -s dev -d shop"] {
        let world = Run::Delete.world();
        world.topology("shop", super::AFTER);
        world.proxy().hold(2);
        let process = spawned(&world, arguments);
        world.proxy().wait_until_held();
        interrupt(&process);
        // The call is never answered.
        let output = process.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130), "{arguments}");
        world.proxy().release();
    }
}

#[cfg(unix)]
#[test]
fn a_second_interrupt_does_not_wait_for_the_call() {
    let (world, process) = started(Run::FirstCreate, 4);
    interrupt(&process);
    // Two signals that come before the first was seen are one.
    let mut process = process;
    while process.try_wait().unwrap().is_none() {
        interrupt(&process);
        std::thread::yield_now();
    }
    let output = process.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("interrupted"), "{said}");
    world.proxy().release();
    world.finish("a second SIGINT");
}
