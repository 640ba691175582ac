//! Patterns against all short texts over a small alphabet.

use proptest::prelude::*;

use super::*;

/// Every text of at most so many characters.
pub(super) fn texts(longest: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut last = all.clone();
    for _ in 0..longest {
        last = last
            .iter()
            .flat_map(|text| ["a", "b", ":", "c"].map(|c| format!("{text}{c}")))
            .collect();
        all.extend(last.clone());
    }
    all
}

/// Whether a pattern matches a text, where wildcards stand for any characters.
pub(super) fn wide(pattern: &str, text: &str) -> bool {
    matches(pattern, text, |_, _| true)
}

/// Whether it does where only a `*` at the end of a segment stands for colons.
pub(super) fn narrow(pattern: &str, text: &str) -> bool {
    matches(pattern, text, |wildcard, next| {
        wildcard == '*' && matches!(next, None | Some(':'))
    })
}

fn matches(pattern: &str, text: &str, stands_for_colons: fn(char, Option<char>) -> bool) -> bool {
    let mut rest = pattern.chars();
    let Some(first) = rest.next() else {
        return text.is_empty();
    };
    let colons = stands_for_colons(first, rest.clone().next());
    let rest = rest.as_str();
    let mut behind = text.chars();
    let taken = behind.next().filter(|c| match first {
        '*' | '?' => colons || *c != ':',
        first => *c == first,
    });
    let behind = behind.as_str();
    match first {
        '*' => {
            matches(rest, text, stands_for_colons)
                || taken.is_some() && matches(pattern, behind, stands_for_colons)
        }
        _ => taken.is_some() && matches(rest, behind, stands_for_colons),
    }
}

fn short() -> impl Strategy<Value = String> {
    "[ab:*?]{0,3}"
}

proptest! {
    #[test]
    fn a_pattern_includes_another_when_it_matches_all_its_texts(one in short(), other in short()) {
        let texts = texts(6);
        let all = |matches: fn(&str, &str) -> bool| {
            texts.iter().all(|text| !matches(&other, text) || matches(&one, text))
        };
        prop_assert_eq!(Pattern::text(&one).includes(&Pattern::text(&other)), all(wide));
        prop_assert_eq!(Pattern::resource(&one).includes(&Pattern::resource(&other)), all(narrow));
    }

    #[test]
    fn patterns_include_another_together_when_one_of_them_matches_each_of_its_texts(
        several in prop::collection::vec(short(), 0..3),
        other in short(),
    ) {
        let patterns: Vec<Pattern> = several.iter().map(|text| Pattern::resource(text)).collect();
        let other_pattern = Pattern::resource(&other);
        let rest = Words::default().matched_by([&other_pattern]).not_matched_by(&patterns);
        let each = texts(6).iter().all(|text| {
            !narrow(&other, text) || several.iter().any(|pattern| narrow(pattern, text))
        });
        prop_assert_eq!(rest.shortest() == Found::Nothing, each);
    }

    #[test]
    fn patterns_overlap_when_a_text_is_matched_by_both(one in short(), other in short()) {
        let texts = texts(6);
        let some = |matches: fn(&str, &str) -> bool| {
            texts.iter().any(|text| matches(&one, text) && matches(&other, text))
        };
        prop_assert_eq!(Pattern::text(&one).overlaps(&Pattern::text(&other)), some(wide));
        prop_assert_eq!(Pattern::resource(&one).overlaps(&Pattern::resource(&other)), some(narrow));
    }

    #[test]
    fn any_text_is_a_pattern_that_includes_itself(text in "(\\PC|[$\\{\\}*?:]){0,20}") {
        for read in [Pattern::text, Pattern::literal, Pattern::action, Pattern::resource] {
            prop_assert!(read(&text).includes(&read(&text)));
        }
        prop_assert!(Pattern::text("*").includes(&Pattern::resource(&text)));
    }
}

#[test]
fn wildcards_of_an_arn_stay_in_their_segment_but_at_its_end() {
    let includes = |one: &str, other: &str| Pattern::resource(one).includes(&Pattern::resource(other));
    assert!(includes("arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y"));
    assert!(includes(
        "arn:aws:logs:r:1:log-group:*",
        "arn:aws:logs:r:1:log-group:/aws/f:*"
    ));
    assert!(includes("*", "arn:aws:logs:r:1:log-group:/aws/f:*"));
    assert!(!includes("arn:aws:x:r:1:a*z", "arn:aws:x:r:1:a:z"));
    assert!(Pattern::text("arn:aws:x:r:1:a*z").overlaps(&Pattern::text("arn:aws:x:r:1:a:z")));
    assert!(!includes("arn:aws:x:r:1:a?", "arn:aws:x:r:1:a:"));
}

#[test]
fn actions_are_compared_without_case_and_resources_with() {
    assert!(Pattern::action("STO:get*").includes(&Pattern::action("sto:GetObject")));
    assert!(!Pattern::resource("arn:X").overlaps(&Pattern::resource("arn:x")));
}

#[test]
fn a_variable_is_included_by_what_is_written_alike_and_by_what_takes_anything() {
    let mine = Pattern::resource("arn:x/${aws:username}");
    assert!(mine.includes(&mine.clone()));
    assert!(Pattern::resource("arn:x/*").includes(&mine));
    assert!(!mine.includes(&Pattern::resource("arn:x/a")));
    assert!(!mine.includes(&Pattern::resource("arn:x/${aws:userid}")));
    assert!(mine.overlaps(&Pattern::resource("arn:x/a")));
    assert!(!mine.overlaps(&Pattern::resource("arn:y/a")));
    let star = Pattern::text("a${*}");
    assert!(star.includes(&Pattern::literal("a*")));
    assert!(Pattern::text("a${").overlaps(&Pattern::literal("a${")));
}

/// A comparison that would take too long is answered, and not as included.
#[test]
fn a_comparison_beyond_bounds_is_answered_with_no() {
    let one = format!("*a{}", "?".repeat(40));
    let other = format!("*b*{}", "?".repeat(41));
    assert!(!Pattern::text(&one).includes(&Pattern::text(&other)));
    let stars = |letter: &str| Pattern::text(&format!("{}*", format!("*{letter}").repeat(2000)));
    assert!(stars("a").overlaps(&stars("b")));
    let ending = |letter: &str| Pattern::text(&format!("*{letter}").repeat(2000));
    assert!(!ending("a").overlaps(&ending("b")));
    let end = format!("{}*", "a*".repeat(50));
    assert!(Pattern::text(&end).includes(&Pattern::text(&end.replace('*', "b*"))));
}
