//! The shortest text that some patterns match and others do not, against all short texts.

use proptest::prelude::*;

use super::patterns::texts;
use crate::evaluate::{Found, Pattern, Words};

fn pattern() -> impl Strategy<Value = Pattern> {
    let text = "[ab:*?]{0,4}";
    prop_oneof![
        4 => text.prop_map(|text| Pattern::text(&text)),
        2 => text.prop_map(|text| Pattern::resource(&text)),
        1 => text.prop_map(|text| Pattern::literal(&text)),
        1 => "[AbB*?]{0,3}".prop_map(|text| Pattern::text(&text).without_case()),
    ]
}

fn group() -> impl Strategy<Value = (Vec<Pattern>, bool)> {
    (prop::collection::vec(pattern(), 0..3), any::<bool>())
}

proptest! {
    #[test]
    fn the_text_that_is_found_is_a_shortest_one_of_those_that_are_asked_for(
        groups in prop::collection::vec(group(), 1..4),
    ) {
        let words = groups.iter().fold(Words::default(), |words, (patterns, is_wanted)| {
            if *is_wanted { words.matched_by(patterns) } else { words.not_matched_by(patterns) }
        });
        let is_right = |text: &str| {
            let mut groups = groups.iter();
            groups.all(|(patterns, is_wanted)| patterns.iter().any(|one| one.matches(text)) == *is_wanted)
        };
        let texts = texts(5);
        let mut short = texts.iter().filter(|text| is_right(text)).map(|text| text.chars().count());
        match words.shortest() {
            Found::Word(word) => {
                prop_assert!(is_right(&word), "{word}");
                let length = word.chars().count();
                prop_assert!(short.min().is_none_or(|known| length <= known), "{word}");
            }
            Found::Nothing => prop_assert_eq!(short.next(), None),
            Found::TooMuch => prop_assert!(false, "patterns as short as these are told"),
        }
    }
}

#[test]
fn variables_are_any_text_where_they_are_wanted_and_none_where_they_are_not() {
    let (mine, other) = (Pattern::text("${a:b}/x"), Pattern::text("${c:d}/x"));
    let wanted = || Words::default().matched_by([&mine]);
    assert_eq!(wanted().shortest(), Found::Word("/x".to_owned()));
    assert_eq!(wanted().not_matched_by([&mine]).shortest(), Found::Nothing);
    assert_eq!(
        wanted().not_matched_by([&other]).shortest(),
        Found::Word("/x".to_owned())
    );
    let all = Pattern::text("*");
    assert_eq!(wanted().not_matched_by([&all]).shortest(), Found::Nothing);
}
