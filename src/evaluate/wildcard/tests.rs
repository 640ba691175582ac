//! How much work it is to match a text: steps are counted, not time.

use proptest::prelude::*;

use super::matching::{Matching, Place};
use super::*;

/// Whether a text is matched, and in how many steps.
fn counted(pattern: &Wildcard, text: &str, unknown: Option<Value<'static>>) -> (bool, usize) {
    let matching = Matching::of(&pattern.pieces, Case::Counts, |_| unknown);
    let mut place = Place::start(&pattern.pieces, text);
    let mut steps = 1;
    loop {
        match matching.go_on(&mut place) {
            Some(holds) => return (holds, steps),
            None => steps += 1,
        }
    }
}

/// Steps never number more than the characters of the text, times those and the pieces of the pattern.
#[track_caller]
fn assert_quadratic(pattern: &Wildcard, text: &str, unknown: Option<Value<'static>>) {
    let (_, steps) = counted(pattern, text, unknown);
    let characters = text.chars().count() + 1;
    let most = 2 * characters * (characters + pattern.pieces.len() + 1);
    assert!(
        steps <= most,
        "{steps} steps, {most} at most: {pattern:?} {text:?}"
    );
}

const ANYTHING: Option<Value<'static>> = Some(Value::Anything);

#[test]
fn many_wildcards_against_a_long_text_take_few_steps() {
    let text = "a".repeat(2_000);
    for pattern in [
        "*a".repeat(60) + "b",
        "a*".repeat(60) + "b",
        "*".repeat(500) + "b",
        "*?".repeat(60) + "b",
    ] {
        for pattern in [
            Wildcard::text(&pattern, Variables::Stand),
            Wildcard::resource(&pattern, Variables::Stand),
        ] {
            let (holds, steps) = counted(&pattern, &text, None);
            assert!(!holds);
            // Each character is looked at a few times, whatever the number of wildcards.
            assert!(steps < 4 * (text.len() + 1_000), "{steps} steps: {pattern:?}");
        }
    }
}

#[test]
fn wildcards_at_colons_do_not_multiply() {
    let text = "a:".repeat(500);
    for pattern in [
        "*:*a".repeat(60) + ":b",
        "*a*:a*".repeat(60) + "b",
        "*:".repeat(300) + "b",
    ] {
        let pattern = Wildcard::resource(&pattern, Variables::Stand);
        assert!(!counted(&pattern, &text, None).0);
        assert_quadratic(&pattern, &text, None);
    }
}

#[test]
fn variables_of_any_value_do_not_multiply() {
    let text = "a".repeat(1_000);
    for pattern in ["${x:K}a*".repeat(60) + "b", "*a${x:K}".repeat(60) + "b"] {
        let pattern = Wildcard::resource(&pattern, Variables::Stand);
        assert!(!counted(&pattern, &text, ANYTHING).0);
        assert_quadratic(&pattern, &text, ANYTHING);
    }
}

proptest! {
    #[test]
    fn no_pattern_takes_more_than_quadratic_steps(
        pattern in r"([*?ab:]|\$\{x:K\}|[*]a|[*]:){0,40}",
        text in "[ab:]{0,80}",
        is_known in any::<bool>(),
    ) {
        let unknown = if is_known { Some(Value::Text("a")) } else { ANYTHING };
        assert_quadratic(&Wildcard::text(&pattern, Variables::Stand), &text, unknown);
        assert_quadratic(&Wildcard::resource(&pattern, Variables::Stand), &text, unknown);
    }
}
