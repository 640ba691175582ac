//! Each call of a first create, an update and a delete fails in turn.

use super::{RUNS, Run, Stage, for_each, has_written, writes};
use crate::support::{Fault, Outcome};

/// Which calls of a run meet the fault in turn.
#[derive(Debug, Clone, Copy)]
enum Which {
    Every,
    Writes,
    FirstOfItsKind,
    FirstWriteOfItsKind,
}

impl Which {
    fn of(self, run: Run) -> Vec<(String, usize)> {
        let mut calls = Stage::calls(run);
        calls.retain(|(action, nth)| match self {
            Self::Every => true,
            Self::Writes => writes(action),
            Self::FirstOfItsKind => *nth == 1,
            Self::FirstWriteOfItsKind => writes(action) && *nth == 1,
        });
        calls
    }
}

/// A run whose nth call of an action meets a fault.
fn disturbed(run: Run, action: &str, nth: usize, fault: Fault) -> (Stage, Outcome) {
    let stage = run.stage();
    stage.proxy().fail(action, nth, fault);
    let outcome = stage.json(run.arguments());
    (stage, outcome)
}

/// The run fails, says which call on which role and what to do, and the next one finishes.
fn fails_and_is_finished(which: Which, fault: Fault, said: &str, help: &str) {
    for run in RUNS {
        fails_in(run, which, fault, (said, help));
    }
}

fn fails_in(run: Run, which: Which, fault: Fault, (said, help): (&str, &str)) {
    for_each(&which.of(run), |(action, nth)| {
        let (stage, outcome) = disturbed(run, action, *nth, fault);
        let calls = stage.proxy().calls();
        let case = format!("{run:?}, {action} {nth}: {outcome}\n{calls:#?}");
        let failed = calls.iter().find(|call| call.fault.is_some()).expect(&case);
        let code = if has_written(&calls) { 5 } else { 1 };
        assert_eq!(outcome.code, code, "{case}");
        let role = failed.role.as_ref().map(|role| format!(" on `{role}`"));
        let sentence = format!("{action}{} {said}", role.unwrap_or_default());
        assert!(outcome.stderr.contains(&sentence), "{sentence}\n{case}");
        assert!(outcome.stderr.contains(&format!("help: {help}")), "{case}");
        assert!(outcome.stdout.contains(&sentence), "{case}");
        stage.finish(&case);
    });
}

/// The run tries again by itself and ends well.
fn passes(which: Which, fault: Fault) {
    for run in RUNS {
        let mut calls = which.of(run);
        // Asked a second time, IAM says that there is no such entity, and moto fails.
        let asks_again = [Fault::CutAfter, Fault::CutWithin].contains(&fault);
        calls.retain(|(action, _)| !asks_again || action != "RemoveRoleFromInstanceProfile");
        for_each(&calls, |(action, nth)| {
            let (stage, outcome) = disturbed(run, action, *nth, fault);
            let case = format!("{fault:?}, {action} {nth}: {outcome}");
            assert_eq!(outcome.code, 0, "{run:?}, {case}");
            stage.is_as_intended(&case);
        });
    }
}

#[test]
fn access_denied_names_the_call_and_the_role_and_the_next_run_finishes() {
    denied(Which::FirstOfItsKind);
}

#[test]
#[ignore = "soak"]
fn access_denied_at_any_call_names_it_and_the_next_run_finishes() {
    denied(Which::Every);
}

fn denied(which: Which) {
    fails_and_is_finished(
        which,
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
    for role in ["tc-base-function-dev", "tc-base-route-dev"] {
        let calls = world.proxy().calls();
        let tried = calls
            .iter()
            .filter(|call| call.action == "PutRolePolicy" && call.role.as_deref() == Some(role));
        assert_eq!(tried.count(), 8, "{role}: {calls:#?}");
    }
    run.finish(&world, "a failure that lasts");
}

#[test]
fn an_iam_that_is_not_there_for_a_while_is_tried_again() {
    all_at_once(Which::FirstOfItsKind, Fault::Unavailable);
}

#[test]
fn an_answer_that_breaks_off_is_asked_for_again() {
    all_at_once(Which::FirstOfItsKind, Fault::CutWithin);
}

#[test]
fn a_write_that_met_another_writer_is_tried_again() {
    all_at_once(Which::FirstWriteOfItsKind, Fault::ConcurrentModification);
}

#[test]
fn a_call_that_is_denied_on_one_role_leaves_the_other_to_come_to_its_end() {
    let (stage, outcome) = disturbed(Run::FirstCreate, "PutRolePolicy", 1, Fault::AccessDenied);
    let document = outcome.exits(5).json();
    let steps = document["steps"].as_array().unwrap().iter();
    let mut status: Vec<&str> = steps.map(|step| step["status"].as_str().unwrap()).collect();
    status.sort_unstable();
    assert_eq!(status, ["done", "failed"]);
    stage.finish("a call that was denied");
}

/// What is to be removed and is not there counts as removed: the next run sees that it is there.
#[test]
fn a_role_that_a_part_of_iam_has_not_heard_of_yet_is_looked_at_again() {
    for_each(&[Run::FirstCreate, Run::Update], |run| {
        for (action, nth) in Which::FirstWriteOfItsKind.of(*run) {
            let (stage, outcome) = disturbed(*run, &action, nth, Fault::NotYet);
            let case = format!("NotYet, {action} {nth}: {outcome}");
            assert_eq!(outcome.code, 0, "{run:?}, {case}");
            if action.starts_with("Delete") {
                stage.finish(&case);
            }
            stage.is_as_intended(&case);
        }
    });
}

/// Nothing is known of a call that something else than AWS has answered.
#[test]
fn an_answer_that_is_none_of_aws_is_no_success_and_the_next_run_finishes() {
    let said = ("got no answer from AWS", "check the network");
    for (run, fault) in [(Run::Update, Fault::Empty), (Run::Delete, Fault::Page(200))] {
        fails_in(run, Which::FirstWriteOfItsKind, fault, said);
    }
}

#[test]
#[ignore = "soak"]
fn an_answer_that_is_none_of_aws_is_no_success_at_any_call() {
    let said = "got no answer from AWS";
    for fault in [Fault::Empty, Fault::Page(200), Fault::Page(403), Fault::Page(407)] {
        fails_and_is_finished(Which::Every, fault, said, "check the network");
    }
    for fault in [Fault::Unavailable, Fault::CutWithin, Fault::Page(503)] {
        passes(Which::Every, fault);
    }
    passes(Which::Writes, Fault::ConcurrentModification);
}

#[test]
fn the_page_of_a_proxy_is_named_with_its_address_and_its_status() {
    for status in [200, 403, 407] {
        let stage = Run::Update.stage();
        stage.proxy().fail("ListRoles", 1, Fault::Page(status));
        let outcome = stage.run(Run::Update.arguments()).exits(1);
        let said = format!(
            "ListRoles got no answer from AWS: `{}` answered with status {status}, and not as AWS does",
            stage.proxy().url()
        );
        assert!(outcome.stderr.contains(&said), "{said}\n{outcome}");
        assert!(!outcome.stderr.contains('<'), "{outcome}");
        stage.finish("the page of a proxy");
    }
}

/// The first call of each kind meets the fault, all in one run, which passes.
fn all_at_once(which: Which, fault: Fault) {
    for_each(&RUNS, |run| {
        let stage = run.stage();
        for (action, nth) in which.of(*run) {
            // Asked a second time, IAM says that there is no such entity, and moto fails.
            if action != "RemoveRoleFromInstanceProfile" {
                stage.proxy().fail(&action, nth, fault);
            }
        }
        let outcome = stage.json(run.arguments());
        let case = format!("{fault:?} at every kind of call: {outcome}");
        assert_eq!(outcome.code, 0, "{run:?}, {case}");
        stage.is_as_intended(&case);
    });
}
