use std::fmt::Write as _;

use super::report::harmless;
use super::{change, table};
use crate::ops::{History, Run};
use crate::plan::Action;

/// The runs, the newest last.
pub(super) fn table(history: &History) -> String {
    if history.runs.is_empty() {
        return String::new();
    }
    let row = |run: &Run| {
        let begun = &run.begun;
        let columns = [
            second(&begun.time),
            &who(run),
            &begun.verb,
            &begun.sandbox,
            &begun.account,
            &what(run),
        ];
        columns.map(one_line)
    };
    table::table(
        ["TIME", "WHO", "VERB", "SANDBOX", "ACCOUNT", "WHAT"],
        history.runs.iter().map(row),
    )
}

/// A text of the journal as a cell shows it.
fn one_line(text: &str) -> String {
    harmless(text).replace(['\n', '\t'], "\u{fffd}")
}

/// `2026-03-01T09:30:00`: a moment without its fraction, and without the zone, which is always UTC.
fn second(time: &str) -> &str {
    time.split(['.', 'Z']).next().unwrap_or_default()
}

/// `jo@build-7 (profile dev, role deploy)`.
fn who(run: &Run) -> String {
    let who = &run.begun.who;
    let system: Vec<&str> = [&who.user, &who.host]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .collect();
    let aws = [("profile", &who.profile), ("role", &who.role)];
    let aws = aws
        .into_iter()
        .filter_map(|(word, name)| Some(format!("{word} {}", name.as_ref()?)));
    let aws: Vec<String> = aws.collect();
    let mut text = system.join("@");
    if !aws.is_empty() {
        let _ = write!(text, " ({})", aws.join(", "));
    }
    text
}

/// `2 created, 1 failed`, or what was to be done in a run that did not end.
fn what(run: &Run) -> String {
    let Some(ended) = &run.ended else {
        let actions = run.begun.steps.iter().map(|step| action(&step.action));
        let planned = change::counts(actions, ["to create", "to update", "to delete"]);
        return format!("not ended · {planned}");
    };
    let done = ended.steps.iter().filter(|step| step.status == "done");
    let done = change::counts(
        done.map(|step| action(&step.action)),
        ["created", "updated", "deleted"],
    );
    let number = |statuses: &[&str]| {
        let of = ended
            .steps
            .iter()
            .filter(|step| statuses.contains(&step.status.as_str()));
        of.count()
    };
    let others = [
        (number(&["failed", "stale"]), "failed"),
        (number(&["skipped"]), "skipped"),
    ];
    let others = others.into_iter().filter(|(number, _)| *number > 0);
    let others = others.map(|(number, word)| format!("{number} {word}"));
    let done = (!done.is_empty()).then_some(done);
    let parts: Vec<String> = done.into_iter().chain(others).collect();
    if parts.is_empty() {
        "nothing".to_owned()
    } else {
        parts.join(", ")
    }
}

fn action(name: &str) -> Action {
    let known = [Action::Create, Action::Update, Action::Delete];
    known
        .into_iter()
        .find(|known| known.name() == name)
        .unwrap_or(Action::None)
}

/// Which journal it is, how many runs, and the lines that tell nothing.
pub(super) fn summary(history: &History) -> String {
    let journal = history.journal.display().to_string();
    let mut text = String::new();
    for (line, why) in &history.unreadable {
        let _ = writeln!(text, "{}:{line}: {}", one_line(&journal), one_line(why));
    }
    let not_ended = history.runs.iter().filter(|run| run.ended.is_none()).count();
    let runs = match history.runs.len() {
        0 => "no runs".to_owned(),
        1 => "1 run".to_owned(),
        number => format!("{number} runs"),
    };
    let mut parts = vec![runs];
    let numbers = [(not_ended, "not ended"), (history.unreadable.len(), "unreadable")];
    for (number, words) in numbers.into_iter().filter(|(number, _)| *number > 0) {
        parts.push(format!("{number} {words}"));
    }
    let _ = writeln!(text, "journal {}\n{}", one_line(&journal), parts.join(" · "));
    text
}
