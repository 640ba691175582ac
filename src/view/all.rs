use std::collections::BTreeMap;
use std::fmt::Write as _;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::change::{self, Help};
use super::style::{FAINT, REMOVED, STRONG, sign, styled};
use super::{Format, Place, View, err, report, table};
use crate::model::{RoleKind, Sandbox};
use crate::ops::{FanOut, Findings, Follower, Status, StepOutcome, Touched};
use crate::plan::{Action, Plan, Step};

/// How many names a list spells out.
const LISTED: usize = 12;

/// Follows a run over sandboxes on stderr: findings, and a bar until it is dropped, which must be
/// before the outcome is shown. Where no bar can be shown, a line for each sandbox that is changed.
#[derive(Debug)]
pub struct Following {
    view: View,
    bar: ProgressBar,
}

impl Following {
    pub(super) fn new(view: View) -> Self {
        let target = if view.shows_bars() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:20} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        Self { view, bar }
    }
}

impl Follower for Following {
    fn findings(&self, findings: &Findings) {
        self.bar.suspend(|| err(&report::findings(findings)));
    }

    fn counted(&self, sandboxes: usize) {
        self.bar.set_length(sandboxes as u64);
    }

    fn begins(&self, sandbox: &Sandbox) {
        self.bar.set_message(sandbox.to_string());
        self.bar.tick();
    }

    fn changed(&self, sandbox: &Touched<StepOutcome>) {
        if self.bar.is_hidden() && self.view.format == Format::Human {
            err(&line(sandbox));
        }
    }

    fn ended(&self) {
        self.bar.inc(1);
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// `dev: 3 updated`.
fn line(sandbox: &Touched<StepOutcome>) -> String {
    let parts = match &sandbox.failure {
        Some(failure) => vec![report::harmless(&failure.message)],
        None => done(&sandbox.steps.iter()),
    };
    format!("{}: {}\n", styled(STRONG, &sandbox.sandbox), parts.join(" · "))
}

/// What was done, and how many roles failed, were in the way or were not begun.
fn done<'a>(steps: &(impl Iterator<Item = &'a StepOutcome> + Clone)) -> Vec<String> {
    let actions = steps.clone().filter(|step| step.status == Status::Done);
    let counts = change::counts(
        actions.map(|step| step.step.action),
        ["created", "updated", "deleted"],
    );
    let of = |wanted: fn(&StepOutcome) -> bool| steps.clone().filter(|step| wanted(step)).count();
    let failed = of(|step| matches!(step.status, Status::Failed | Status::Stale));
    let left = of(|step| step.status == Status::Left);
    let obstructed = of(|step| step.step.obstacle.is_some() && step.status != Status::Left);
    let skipped = of(|step| step.status == Status::Skipped && step.step.obstacle.is_none());
    let numbers = [
        (failed, "failed"),
        (left, "left alone"),
        (obstructed, "in the way"),
        (skipped, "not begun"),
    ];
    let numbers = numbers.into_iter().filter(|(number, _)| *number > 0);
    let counted = (!counts.is_empty()).then_some(counts).into_iter();
    counted
        .chain(numbers.map(|(number, words)| format!("{number} {words}")))
        .collect()
}

/// What would happen in each sandbox. A change that is the same in another sandbox, but for its name,
/// is shown once, in the first.
pub(super) fn plan(outcome: &FanOut<Step>) -> String {
    let mut text = String::new();
    let mut shown: BTreeMap<(RoleKind, String), &Sandbox> = BTreeMap::new();
    for touched in &outcome.sandboxes {
        let sandbox = &touched.sandbox;
        let _ = writeln!(text, "sandbox {}", styled(STRONG, sandbox));
        for step in &touched.steps {
            let whole = change::steps(
                &Plan {
                    steps: vec![step.clone()],
                },
                Help::Here,
            );
            let key = (step.id.kind, without(&whole, sandbox.as_str()));
            if let Some(first) = shown.get(&key).filter(|_| step.action != Action::None) {
                let as_in = styled(FAINT, format!("as in {first}"));
                let role = styled(STRONG, &step.role);
                let _ = writeln!(text, "  {} {role}  {as_in}", sign(step.action));
            } else {
                shown.insert(key, sandbox);
                text.push_str(&whole);
            }
        }
        if let Some(failure) = &touched.failure {
            let message = report::harmless(&failure.message);
            let _ = writeln!(text, "  {} {message}", styled(REMOVED, "!"));
        }
    }
    text
}

/// A text without a name where it stands alone, or as a part between signs.
fn without(text: &str, name: &str) -> String {
    let is_inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut rest = text;
    let mut left = String::new();
    while let Some((before, after)) = rest.split_once(name) {
        let is_part = is_inside(before.chars().next_back()) || is_inside(after.chars().next());
        left.push_str(before);
        left.push_str(if is_part { name } else { "\0" });
        rest = after;
    }
    left + rest
}

/// What was done to each role that was not as it should be.
pub(super) fn table(outcome: &FanOut<StepOutcome>) -> String {
    let rows = outcome.sandboxes.iter().flat_map(|sandbox| {
        let name = sandbox.sandbox.to_string();
        sandbox.steps.iter().map(move |step| (name.clone(), step))
    });
    let row = |(sandbox, outcome): (String, &StepOutcome)| {
        let step = &outcome.step;
        let done = match outcome.status {
            Status::Done => "done",
            Status::Failed | Status::Stale => "failed",
            Status::Skipped | Status::Left => "skipped",
        };
        [
            sandbox,
            step.role.to_string(),
            step.action.name().to_owned(),
            done.to_owned(),
        ]
    };
    let mut rows = rows.map(row).peekable();
    if rows.peek().is_none() {
        return String::new();
    }
    table::table(["SANDBOX", "ROLE", "ACTION", "STATUS"], rows)
}

/// The sandboxes for which nothing was decided, each with the way out.
pub(super) fn failed<T>(outcome: &FanOut<T>) -> String {
    let text = |touched: &Touched<T>| {
        let failure = touched.failure.as_ref()?;
        let message = format!("sandbox `{}`: {}", touched.sandbox, failure.message);
        Some(report::error(&message, failure.help.as_deref()))
    };
    outcome.sandboxes.iter().filter_map(text).collect()
}

/// The sandboxes for which nothing was decided, and what was passed over, each with the way out.
pub(super) fn failures<T>(outcome: &FanOut<T>) -> String {
    let mut text = failed(outcome);
    for sandbox in &outcome.protected {
        let _ = writeln!(
            text,
            "skipped: the sandbox `{sandbox}` is protected: TC_FORCE_DEPLOY=1 includes it"
        );
    }
    let mut names: Vec<String> = outcome
        .not_at_hand
        .iter()
        .map(|role| format!("`{role}`"))
        .collect();
    let others = names.len().saturating_sub(LISTED);
    names.truncate(LISTED);
    names.extend((others > 0).then(|| format!("{others} more")));
    if !names.is_empty() {
        let _ = writeln!(
            text,
            "left alone, as the templates they are made from are not at hand: {}",
            names.join(", ")
        );
    }
    text
}

/// The roles that did not come to their ends.
pub(super) fn step_failures(outcome: &FanOut<StepOutcome>) -> String {
    change::failures_of(outcome.steps())
}

/// Where it would be done, and what.
pub(super) fn planned(place: &Place, outcome: &FanOut<Step>) -> String {
    let counts = change::counts(
        outcome.steps().map(|step| step.action),
        ["to create", "to update", "to delete"],
    );
    let obstructed = outcome.steps().filter(|step| step.obstacle.is_some()).count();
    let mut parts: Vec<String> = (!counts.is_empty())
        .then(|| format!("plan: {counts}"))
        .into_iter()
        .collect();
    parts.extend((obstructed > 0).then(|| format!("{} in the way", change::roles(obstructed))));
    summary(place, outcome, parts)
}

/// Where it was done, and what.
pub(super) fn changed(place: &Place, outcome: &FanOut<StepOutcome>) -> String {
    let mut text = summary(
        place,
        outcome,
        done(&outcome.sandboxes.iter().flat_map(|s| &s.steps)),
    );
    let is_whole = |step: &StepOutcome| step.status == Status::Done || step.step.obstacle.is_some();
    let is_whole = outcome.steps().all(is_whole) && !outcome.has_failures();
    let is_begun = !outcome.sandboxes.is_empty();
    if is_begun && !is_whole {
        text.push_str("run it again to finish\n");
    }
    text
}

fn summary<T>(place: &Place, outcome: &FanOut<T>, mut parts: Vec<String>) -> String {
    let failed = outcome
        .sandboxes
        .iter()
        .filter(|one| one.failure.is_some())
        .count();
    let touched = outcome.sandboxes.len() - failed;
    if let Some(last) = parts.last_mut() {
        let _ = write!(last, " in {}", sandboxes(touched));
    }
    let numbers = [
        (failed, "failed"),
        (outcome.unchanged, "unchanged"),
        (outcome.protected.len(), "protected"),
        (outcome.not_begun, "not begun"),
    ];
    for (number, words) in numbers.into_iter().filter(|(number, _)| *number > 0) {
        parts.push(format!("{} {words}", sandboxes(number)));
    }
    if parts.is_empty() {
        let is_empty = outcome.not_at_hand.is_empty();
        let nothing = if is_empty {
            "no sandboxes"
        } else {
            "nothing compared"
        };
        parts.push(nothing.to_owned());
    }
    parts.push(change::calls(outcome.calls));
    format!("{}\n{}\n", place.name(&outcome.identity), parts.join(" · "))
}

pub(super) fn sandboxes(number: usize) -> String {
    if number == 1 {
        "1 sandbox".to_owned()
    } else {
        format!("{number} sandboxes")
    }
}
