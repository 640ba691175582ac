use std::fmt::Write as _;

use super::all::{self, Following, sandboxes};
use super::watcher::asked;
use super::{Asking, Format, Place, View, change, err, report, table};
use crate::model::{Identity, Sandbox};
use crate::ops::{Approval, Doomed, Findings, Follower, Pruned, Pruner, StepOutcome, Touched};
use crate::plan::Step;

/// Follows the pruning of sandboxes on stderr, and asks before it.
#[derive(Debug)]
pub struct Pruning<'a> {
    view: View,
    place: &'a Place,
    asking: Asking,
    following: Following,
}

impl<'a> Pruning<'a> {
    pub(super) fn new(view: View, place: &'a Place, asking: Asking) -> Self {
        Self {
            view,
            place,
            asking,
            following: Following::new(view),
        }
    }
}

impl Follower for Pruning<'_> {
    fn findings(&self, findings: &Findings) {
        // Before the bar: it would be drawn around them.
        err(&report::findings(findings));
    }

    fn counted(&self, sandboxes: usize) {
        self.following.counted(sandboxes);
    }

    fn begins(&self, sandbox: &Sandbox) {
        self.following.begins(sandbox);
    }

    fn changed(&self, sandbox: &Touched<StepOutcome>) {
        self.following.changed(sandbox);
    }

    fn ended(&self) {
        self.following.ended();
    }
}

impl Pruner for Pruning<'_> {
    fn approve(&self, identity: &Identity, doomed: &[Doomed]) -> Approval {
        let asks = self.asking == Asking::OnTerminal;
        if asks || self.view.format == Format::Human {
            let rows = doomed
                .iter()
                .map(|one| row(&one.sandbox, one.roles, &one.reasons));
            err(&format_args!("{}\n{}", self.place.name(identity), listed(rows)));
        }
        if !asks {
            return Approval::Given;
        }
        if self.view.can_ask() {
            let number = sandboxes(doomed.len());
            err(&format_args!("all roles of {number} will be deleted\n"));
            return Approval::Asked(asked());
        }
        let help = "`--yes` deletes without a question, `--dry-run` only lists";
        err(&report::error(
            "there is nobody to ask before the deletion",
            Some(help),
        ));
        Approval::Withheld
    }
}

fn row(sandbox: &Sandbox, roles: usize, reasons: &[String]) -> [String; 3] {
    let why = report::harmless(&reasons.join("; "));
    [sandbox.to_string(), roles.to_string(), why]
}

fn listed(rows: impl Iterator<Item = [String; 3]>) -> String {
    table::table(["SANDBOX", "ROLES", "WHY"], rows)
}

/// The sandboxes that would go.
pub(super) fn plan(outcome: &Pruned<Step>) -> String {
    let row = |one: &Touched<Step>| {
        let roles = one.steps.iter().filter(|step| step.obstacle.is_none()).count();
        let reasons = outcome.reasons.get(&one.sandbox);
        row(&one.sandbox, roles, reasons.map_or(&[], Vec::as_slice))
    };
    let mut rows = outcome.fan.sandboxes.iter().map(row).peekable();
    if rows.peek().is_none() {
        return String::new();
    }
    listed(rows)
}

/// What fails, and what stays although something speaks for its going.
pub(super) fn left<T>(outcome: &Pruned<T>) -> String {
    let mut text = all::failed(&outcome.fan);
    for sandbox in &outcome.fan.protected {
        let _ = writeln!(
            text,
            "skipped: the sandbox `{sandbox}` is protected, and is never pruned"
        );
    }
    for (sandbox, why) in &outcome.kept {
        let _ = writeln!(text, "kept: the sandbox `{sandbox}` {}", report::harmless(why));
    }
    text
}

/// The roles that would be left.
pub(super) fn obstructed(outcome: &Pruned<Step>) -> String {
    let steps = outcome.fan.steps();
    let left = steps.filter_map(|step| Some((step, step.obstacle.as_ref()?)));
    left.map(|(step, obstacle)| change::left_alone(&format!("`{}` {obstacle}", step.role)))
        .collect()
}
