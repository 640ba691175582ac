//! The evaluator beside one of another make, the crate `iam-rs`: random policies, random requests.
//!
//! Where the two differ, the parts of the policy are asked alone, and each part on which they differ
//! must be explained by an entry of [`table::TABLE`]. What no entry explains fails the test, and so does
//! an entry that explains nothing.

mod clause;
mod parts;
mod questions;
mod table;
mod theirs;

use std::collections::BTreeMap;

use crate::support::Dice;
use parts::Part;
use questions::Question;
use table::{Entry, TABLE};

/// What came of many questions.
#[derive(Debug, Default)]
struct Tally {
    agreements: u64,
    disagreements: u64,
    /// How many parts each entry has explained, by its rule.
    explained: BTreeMap<&'static str, u64>,
    unexplained: Vec<String>,
}

/// How many disagreements that nothing explains are shown.
const SHOWN: usize = 5;

fn ask(questions: u64, seed: u64) -> Tally {
    let mut dice = Dice::new(seed);
    let mut tally = Tally::default();
    for _ in 0..questions {
        let question = Question::random(&mut dice);
        let (ours, theirs) = (question.ours(), question.theirs());
        if Ok(ours) == theirs {
            tally.agreements += 1;
            continue;
        }
        tally.disagreements += 1;
        let parts: Vec<Part> = Part::all(&question)
            .into_iter()
            .filter(Part::is_disputed)
            .collect();
        let explained: Vec<Option<&Entry>> = parts.iter().map(table::entry).collect();
        if parts.is_empty() || explained.iter().any(Option::is_none) {
            let unexplained = parts.iter().filter(|part| table::entry(part).is_none());
            let unexplained: Vec<_> = unexplained
                .map(|part| (&part.what, part.ours, &part.theirs, &part.question.asked))
                .collect();
            tally
                .unexplained
                .push(format!("{ours:?} {theirs:?}\n{unexplained:#?}"));
            assert!(
                tally.unexplained.len() < SHOWN,
                "{}",
                tally.unexplained.join("\n\n")
            );
        }
        for entry in explained.into_iter().flatten() {
            *tally.explained.entry(entry.rule).or_default() += 1;
        }
    }
    assert!(tally.unexplained.is_empty(), "{}", tally.unexplained.join("\n\n"));
    tally
}

#[track_caller]
fn assert_each_entry_explains_something(tally: &Tally) {
    let idle: Vec<&str> = TABLE
        .iter()
        .map(|entry| entry.rule)
        .filter(|rule| !tally.explained.contains_key(rule))
        .collect();
    assert!(idle.is_empty(), "explain nothing: {idle:#?}\n{tally:#?}");
    assert!(tally.agreements > tally.disagreements, "{tally:#?}");
}

#[test]
fn every_disagreement_with_another_evaluator_is_explained() {
    assert_each_entry_explains_something(&ask(4_000, 1));
}

#[test]
#[ignore = "soak"]
fn every_disagreement_with_another_evaluator_is_explained_of_very_many() {
    let tally = ask(100_000, 2);
    assert_each_entry_explains_something(&tally);
    println!("{tally:#?}");
}

/// The guide shows the table as it is.
#[test]
fn the_guide_shows_every_disagreement() {
    let chapter = include_str!("../../docs/src/evaluation.md");
    let rows: Vec<String> = TABLE.iter().map(Entry::row).collect();
    let table = rows.join("\n");
    assert!(
        chapter.contains(&table),
        "docs/src/evaluation.md lacks the table:\n{table}"
    );
}
