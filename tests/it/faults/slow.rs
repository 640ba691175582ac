//! Answers that come late, or in another order than the calls.

use super::{RUNS, Run, Stage, for_each, writes};
use crate::support::Fault;

#[test]
fn a_run_whose_answers_come_in_any_order_ends_right() {
    for_each(&RUNS, |run| {
        let stage = run.stage();
        let late = [Fault::Slow(0), Fault::Slow(15), Fault::Slow(40)];
        stage.proxy().fail_at_random(1, 100, &late);
        stage.run(run.arguments()).exits(0);
        stage.is_as_intended("slow answers");
    });
}

/// The second call, a read of one role, is answered when all reads of the other one have been.
#[test]
fn a_role_whose_answer_comes_long_after_those_of_the_others_is_written_all_the_same() {
    let run = Run::Update;
    let stage = run.stage();
    stage.proxy().hold_answer(2);
    let process = stage.tcperm().args(run.arguments().split(' ')).command().spawn();
    stage.proxy().wait_until_held();
    // The listing, and the other role with its policies.
    stage.proxy().wait_until_answered(5);
    stage.proxy().release();
    let output = process.unwrap().wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    stage.is_as_intended("a late answer");
}

/// The first write is not answered before the SDK's patience ends, which is half a minute. It is
/// made again, and the first one, which IAM has carried out or does so when all is over, does no harm.
#[test]
#[ignore = "soak"]
fn a_write_that_is_not_answered_in_half_a_minute_is_made_again() {
    let cases: Vec<(Run, bool)> = RUNS
        .iter()
        .flat_map(|run| [(*run, true), (*run, false)])
        .collect();
    for_each(&cases, |(run, is_carried_out)| {
        let calls = Stage::calls(*run);
        let first = calls.iter().position(|(action, _)| writes(action)).unwrap() + 1;
        let stage = run.stage();
        if *is_carried_out {
            stage.proxy().hold_answer(first);
        } else {
            stage.proxy().hold(first);
        }
        let outcome = stage.run(run.arguments());
        let case = format!("an unanswered call, carried out before the next one: {is_carried_out}");
        assert_eq!(outcome.code, 0, "{run:?}, {case}: {outcome}");
        stage.proxy().release();
        stage.proxy().wait_until_answered(stage.proxy().calls().len());
        stage.finish(&case);
    });
}
