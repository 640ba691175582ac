use std::fmt::Write as _;

use super::report;
use crate::diagnostic::Severity;
use crate::ops::{Checked, LookedAt};

/// What was found, each with the line it speaks of.
pub(super) fn findings(checked: &Checked) -> String {
    report::findings(&checked.findings)
}

/// How much was found, and where.
pub(super) fn summary(checked: &Checked) -> String {
    let counts = [
        (checked.count(Severity::Error), "error"),
        (checked.count(Severity::Warning), "warning"),
        (checked.count(Severity::Note), "note"),
    ];
    let found = counts.iter().filter(|(count, _)| *count > 0);
    let found: Vec<String> = found.map(|(count, word)| number(*count, word)).collect();
    let mut text = if found.is_empty() {
        "nothing found".to_owned()
    } else {
        format!("{} found", found.join(", "))
    };
    let looked_at = looked_at(checked.looked_at);
    if !looked_at.is_empty() {
        let _ = write!(text, " in {looked_at}");
    }
    if !checked.accepted.is_empty() {
        let _ = write!(text, "; {} accepted", checked.accepted.len());
    }
    text + "\n"
}

/// That a baseline was written.
pub(super) fn accepted(path: &str, count: usize) -> String {
    let count = number(count, "finding");
    format!("{count} accepted in {}\n", report::harmless(path))
}

fn looked_at(looked_at: LookedAt) -> String {
    let LookedAt {
        topologies,
        templates,
        policies,
    } = looked_at;
    let mut parts = Vec::new();
    match topologies {
        0 => {}
        1 => parts.push("1 topology".to_owned()),
        count => parts.push(format!("{count} topologies")),
    }
    if templates > 0 {
        parts.push(number(templates, "role template"));
    }
    match policies {
        0 => {}
        1 => parts.push("1 policy".to_owned()),
        count => parts.push(format!("{count} policies")),
    }
    parts.join(", ")
}

fn number(count: usize, word: &str) -> String {
    match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    }
}
