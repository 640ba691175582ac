use std::fmt::Write as _;

use super::prove::request;
use super::report::harmless;
use super::statement::sentence;
use super::style::{ADDED, CHANGED, REMOVED, STRONG, WARNING, styled};
use crate::ops::{Diff, Half, OnlyIn, PolicyDiff, ProofResult, RoleDiff};
use crate::prove::Relation;

/// How many columns a line takes where it can be broken.
const WIDTH: usize = 80;

/// The relation of each role, with a request for each way in which they differ.
pub(super) fn roles(diff: &Diff) -> String {
    let mut text = String::new();
    let names = diff.roles.iter().filter_map(|role| role.role.as_ref());
    let width = names.map(|name| name.as_str().len()).max().unwrap_or_default();
    for role in &diff.roles {
        self::role(&mut text, role, &diff.sides, width);
    }
    text
}

/// The relation of all, in words.
pub(super) fn summary(diff: &Diff) -> String {
    let [first, second] = diff.sides.each_ref().map(|side| harmless(side));
    let relation = name(diff.relation);
    match diff.relation {
        Relation::Equal => format!("{relation}: {second} allows what {first} allows\n"),
        Relation::Narrower => format!("{relation}: {second} allows less than {first}\n"),
        Relation::Broader => format!("{relation}: {second} allows more than {first}\n"),
        Relation::Incomparable => format!("{relation}: each allows something that the other does not\n"),
        Relation::Unknown => format!("{relation}: it cannot be told how {second} compares with {first}\n"),
    }
}

/// The name of a relation.
pub(super) const fn name(relation: Relation) -> &'static str {
    match relation {
        Relation::Equal => "EQUAL",
        Relation::Narrower => "NARROWER",
        Relation::Broader => "BROADER",
        Relation::Incomparable => "INCOMPARABLE",
        Relation::Unknown => "UNKNOWN",
    }
}

fn role(text: &mut String, role: &RoleDiff, [first, second]: &[String; 2], width: usize) {
    let style = match role.diff.relation {
        Relation::Equal | Relation::Narrower => ADDED,
        Relation::Broader | Relation::Incomparable => REMOVED,
        Relation::Unknown => WARNING,
    };
    let word = styled(style, name(role.diff.relation));
    let only = match role.only_in {
        Some(OnlyIn::First) => format!("  only in {}", harmless(first)),
        Some(OnlyIn::Second) => format!("  only in {}", harmless(second)),
        None => String::new(),
    };
    let _ = match &role.role {
        Some(name) => {
            let name = styled(STRONG, format!("{:<width$}", name.as_str()));
            writeln!(text, "{name}  {word}{only}")
        }
        None => writeln!(text, "{word}"),
    };
    half(text, &role.diff.only_before, first);
    half(text, &role.diff.only_after, second);
}

fn half(text: &mut String, half: &Half, side: &str) {
    if let Some(witness) = &half.witness {
        let verb = match half.result {
            ProofResult::Disproved | ProofResult::Proved => "allows",
            ProofResult::Unknown => "may allow",
        };
        request(text, witness, (&format!("only {} {verb}", harmless(side)), ""), 2);
    }
    for why in &half.why {
        for (number, line) in sentence(&harmless(why), WIDTH - 4).iter().enumerate() {
            let _ = writeln!(text, "{:1$}{line}", "", if number == 0 { 2 } else { 4 });
        }
    }
}

/// One word for a step of a plan in which a role changes, and how many columns it takes.
pub(super) fn verdict(diff: &PolicyDiff) -> (String, usize) {
    let (style, word) = match diff.relation {
        Relation::Equal => (CHANGED, "equal"),
        Relation::Narrower => (ADDED, "narrower"),
        Relation::Broader => (REMOVED, "broader"),
        Relation::Incomparable => (REMOVED, "incomparable"),
        Relation::Unknown => (WARNING, "unknown"),
    };
    (styled(style, word), word.len())
}
