//! Each call of a first create, an update and a delete fails in turn.

use super::{RUNS, Run, for_each, has_written, writes};
use crate::support::{Fault, Outcome, World};

/// Which calls of a run meet the fault in turn.
#[derive(Debug, Clone, Copy)]
enum Which {
    Every,
    Writes,
    FirstOfItsKind,
}

impl Which {
    fn of(self, run: Run) -> Vec<(String, usize)> {
        let mut calls = run.calls();
        calls.retain(|(action, nth)| match self {
            Self::Every => true,
            Self::Writes => writes(action),
            Self::FirstOfItsKind => *nth == 1,
        });
        calls
    }
}

/// A run whose nth call of an action meets a fault.
fn disturbed(run: Run, action: &str, nth: usize, fault: Fault) -> (World, Outcome) {
    let world = run.world();
    world.proxy().fail(action, nth, fault);
    let outcome = world.json(run.arguments());
    (world, outcome)
}

/// The run fails, says which call on which role and what to do, and the next one finishes.
fn fails_and_is_finished(which: Which, fault: Fault, said: &str, help: &str) {
    for run in RUNS {
        for_each(&which.of(run), |(action, nth)| {
            let (world, outcome) = disturbed(run, action, *nth, fault);
            let calls = world.proxy().calls();
            let case = format!("{run:?}, {action} {nth}: {outcome}\n{calls:#?}");
            let failed = calls.iter().find(|call| call.fault.is_some()).expect(&case);
            let code = if has_written(&calls) { 5 } else { 1 };
            assert_eq!(outcome.code, code, "{case}");
            let role = failed.role.as_ref().map(|role| format!(" on `{role}`"));
            let sentence = format!("{action}{} {said}", role.unwrap_or_default());
            assert!(outcome.stderr.contains(&sentence), "{sentence}\n{case}");
            assert!(outcome.stderr.contains(&format!("help: {help}")), "{case}");
            assert!(outcome.stdout.contains(&sentence), "{case}");
            run.finish(&world, &case);
        });
    }
}

/// The run tries again by itself and ends well.
fn passes(which: Which, fault: Fault) {
    for run in RUNS {
        let mut calls = which.of(run);
        // Asked a second time, IAM says that there is no such entity, and moto fails.
        calls.retain(|(action, _)| fault != Fault::CutAfter || action != "RemoveRoleFromInstanceProfile");
        for_each(&calls, |(action, nth)| {
            let (world, outcome) = disturbed(run, action, *nth, fault);
            let case = format!("{run:?}, {action} {nth}: {outcome}");
            assert_eq!(outcome.code, 0, "{case}");
            assert_eq!(world.roles(), run.intended(&world), "{case}");
        });
    }
}

#[test]
fn access_denied_names_the_call_and_the_role_and_the_next_run_finishes() {
    fails_and_is_finished(
        Which::Every,
        Fault::AccessDenied,
        "was denied",
        "ask for this permission",
    );
}

#[test]
fn an_expired_token_says_to_sign_in_and_the_next_run_finishes() {
    let said = "was refused: the credentials have expired";
    fails_and_is_finished(Which::FirstOfItsKind, Fault::ExpiredToken, said, "sign in again");
}

#[test]
fn a_connection_that_breaks_before_the_call_is_tried_again() {
    passes(Which::FirstOfItsKind, Fault::CutBefore);
}

#[test]
fn a_connection_that_breaks_after_the_call_is_tried_again() {
    passes(Which::Writes, Fault::CutAfter);
}

#[test]
fn a_failure_of_iam_that_passes_is_tried_again() {
    passes(Which::FirstOfItsKind, Fault::InternalError);
}

#[test]
fn throttling_that_passes_is_waited_out() {
    let world = Run::FirstCreate.world();
    world.proxy().fail("CreateRole", 1, Fault::Throttle);
    world.run(Run::FirstCreate.arguments()).exits(0);
    assert_eq!(world.roles(), Run::FirstCreate.intended(&world));
}

#[test]
fn a_failure_of_iam_that_lasts_ends_the_run_with_its_name() {
    let run = Run::FirstCreate;
    let world = run.world();
    world.proxy().fail_always("PutRolePolicy", Fault::InternalError);
    let outcome = world.json(run.arguments()).exits(5);
    assert!(outcome.stderr.contains("PutRolePolicy on `tc-base-"), "{outcome}");
    assert!(outcome.stderr.contains("ServiceFailure"), "{outcome}");
    run.finish(&world, "a failure that lasts");
}
