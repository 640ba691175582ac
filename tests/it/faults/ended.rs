//! Runs that are ended from outside while a call is on its way.

use std::process::Child;

use super::{RUNS, Run, for_each};
use crate::support::World;

/// Starts a run that has just sent its nth call, which has not arrived.
fn started(run: Run, nth: usize) -> (World, Child) {
    let world = run.world();
    world.proxy().hold(nth);
    let process = spawned(&world, run.arguments());
    world.proxy().wait_until_held();
    (world, process)
}

fn spawned(world: &World, arguments: &str) -> Child {
    let invocation = world.tcperm().args(arguments.split_whitespace());
    invocation.command().spawn().unwrap()
}

#[cfg(unix)]
fn interrupt(process: &Child) {
    let interrupt = format!("kill -INT {}", process.id());
    let sent = std::process::Command::new("sh").args(["-c", &interrupt]).output();
    drop(sent.unwrap());
}

#[test]
fn a_run_that_is_killed_at_any_write_is_finished_by_the_next_one() {
    for run in RUNS {
        for_each(&run.writing_calls(), |nth| {
            let (world, mut process) = started(run, *nth);
            process.kill().unwrap();
            process.wait().unwrap();
            world.proxy().release();
            run.finish(&world, &format!("kill at call {nth}"));
        });
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_stops_after_its_call_and_is_finished_by_the_next_one() {
    for run in RUNS {
        let mut calls = run.writing_calls();
        // After the last one there may be nothing left to stop.
        calls.pop();
        for_each(&calls, |nth| {
            let (world, process) = started(run, *nth);
            interrupt(&process);
            world.proxy().release();
            let output = process.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(130), "{run:?} at {nth}: {said}");
            assert!(
                said.contains("run it again to finish"),
                "{run:?} at {nth}: {said}"
            );
            run.finish(&world, &format!("SIGINT at call {nth}"));
        });
    }
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
    Run::FirstCreate.finish(&world, "a second SIGINT");
}
