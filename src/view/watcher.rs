use std::io::{self, BufRead as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::oneshot;

use super::change::Help;
use super::{Format, Place, View, change, err, report};
use crate::model::{Identity, Sandbox};
use crate::ops::{Approval, Findings, StepOutcome, Watcher};
use crate::plan::{Plan, Step};

/// Whether a person is asked before anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// Never.
    Never,
    /// When there is a terminal to ask on.
    OnTerminal,
}

/// Follows a run on stderr: findings, the plan, and a bar from the first step until it is dropped,
/// which must be before the outcome is shown.
#[derive(Debug)]
pub struct Watching<'a> {
    view: View,
    place: &'a Place,
    sandbox: &'a Sandbox,
    asking: Asking,
    bar: ProgressBar,
}

impl<'a> Watching<'a> {
    pub(super) fn new(view: View, place: &'a Place, sandbox: &'a Sandbox, asking: Asking) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template("{bar:20} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        Self {
            view,
            place,
            sandbox,
            asking,
            bar,
        }
    }
}

impl Watcher for Watching<'_> {
    fn findings(&self, findings: &Findings) {
        err(&report::findings(findings));
    }

    fn approve(&self, identity: &Identity, plan: &Plan) -> Approval {
        let changes = plan
            .steps
            .iter()
            .filter(|step| !step.operations.is_empty())
            .count();
        let asks = changes > 0 && self.asking == Asking::OnTerminal && self.view.can_ask();
        let has_something_to_say = changes > 0 || plan.obstructed().next().is_some();
        if asks || (self.view.format == Format::Human && has_something_to_say) {
            err(&change::header(self.place, identity, self.sandbox));
            err(&change::steps(plan, Help::Later));
        }
        self.bar.set_length(changes as u64);
        if asks {
            Approval::Asked(asked())
        } else if changes > 0 && self.asking == Asking::OnTerminal && self.view.is_unseen() {
            let help = "show standard error on the terminal, or use `--yes`";
            err(&report::error(
                "the question before a deletion cannot be seen",
                Some(help),
            ));
            Approval::Withheld
        } else {
            Approval::Given
        }
    }

    fn begins(&self, step: &Step) {
        if self.bar.is_hidden() && self.view.shows_bars() {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_message(step.role.to_string());
        self.bar.tick();
    }

    fn ended(&self, outcome: &StepOutcome) {
        if !outcome.step.operations.is_empty() {
            self.bar.inc(1);
        }
    }
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Asks, and waits for the line on a thread of its own, so that Ctrl-C is heard meanwhile.
pub(super) fn asked() -> oneshot::Receiver<bool> {
    err(&format_args!("go on? [y/N] "));
    let (say, answer) = oneshot::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        let is_yes = read.is_ok() && matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes");
        // A run that was stopped does not wait any more.
        let _ = say.send(is_yes);
    });
    answer
}
