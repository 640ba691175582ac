//! The command line: flags → request → operation → view.
//!
//! One file a verb. Each turns its flags and the settings into a request, runs the
//! operation, shows the outcome and says how to exit. Nothing is decided here.

mod apply;
mod arguments;
mod bootstrap_policy;
mod can;
mod check;
mod create;
mod delete;
mod diff;
mod exit;
mod explain;
mod graph;
mod history;
mod init;
mod list;
mod plan;
mod prove;
mod prune;
mod render;
mod report;
mod session;
mod show;
mod test;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::settings;
use crate::view::{self, Effect, Format, Terminal, View};

pub use exit::ExitStatus;

/// Where the options of every verb stand in its help: behind its own.
const LAST: usize = 900;

/// Least-privilege, tag-isolated IAM roles for sandboxes of serverless topologies
#[derive(Debug, Parser)]
#[command(name = "tcperm", version, max_term_width = 100, arg_required_else_help = true)]
#[command(
    after_help = "Exit codes: 0 ok, 1 failed, 2 bad usage, 3 the answer is no, 4 changes pending, 5 partly applied, 130 interrupted."
)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// How to print the result
    #[arg(long, global = true, value_enum, default_value_t = Format::Human, display_order = LAST)]
    format: Format,
    /// Say more on stderr; twice for the AWS SDK's own log
    #[arg(short, long, global = true, action = clap::ArgAction::Count, display_order = LAST)]
    verbose: u8,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Bring the sandbox's roles to what the topology needs (creates, updates, repairs drift)
    #[command(visible_alias = "update")]
    Create(create::CreateArgs),
    /// Show what `create` would do
    Plan(plan::PlanArgs),
    /// Carry out a plan that `plan --out` saved, exactly as it stands
    Apply(apply::ApplyArgs),
    /// Take a sandbox down, or one topology's share out of it
    Delete(delete::DeleteArgs),
    /// Take the sandboxes down that are past their time, or that serve no topology any more
    Prune(prune::PruneArgs),
    /// List the sandboxes of an account and their roles
    List(list::ListArgs),
    /// Show the roles of a sandbox as the account holds them
    Show(show::ShowArgs),
    /// Show which runs changed what, from the journal, offline
    History(history::HistoryArgs),
    /// Render the roles that a topology needs, offline
    Render(render::RenderArgs),
    /// Say why each role holds what it holds, and which edges need nothing on a role, offline
    Explain(explain::ExplainArgs),
    /// Draw the topology, with what permits each edge, offline
    Graph(graph::GraphArgs),
    /// Check topologies, role templates and policy documents, offline
    Check(check::CheckArgs),
    /// Say whether a role may do something, and which statements decide
    Can(Box<can::CanArgs>),
    /// Run permission tests over the roles that a topology needs, offline, or over the account's
    Test(test::TestArgs),
    /// Prove that no role of a sandbox reaches outside it, or show the request that does, offline
    Prove(prove::ProveArgs),
    /// Compare what two policies, plans or sets of roles allow: is the second broader than the first?
    Diff(diff::DiffArgs),
    /// Write a page for a security reviewer: the picture, the roles, the proof, offline
    Report(report::ReportArgs),
    /// Write the built-in templates out, for a team to edit and keep
    Init(init::InitArgs),
    /// Print the least IAM policy that tcperm itself needs, or the boundary of sandbox roles, offline
    BootstrapPolicy(bootstrap_policy::BootstrapPolicyArgs),
}

impl Verb {
    /// Whether the verb, with its flags, writes when all goes well.
    fn effect(&self) -> Effect {
        let writes = match self {
            Self::Create(_)
            | Self::Apply(_)
            | Self::Delete(_)
            | Self::Prune(_)
            | Self::Report(_)
            | Self::Init(_) => true,
            Self::Plan(plan) => plan.writes(),
            Self::Test(test) => test.writes(),
            Self::List(_)
            | Self::Show(_)
            | Self::History(_)
            | Self::Render(_)
            | Self::Explain(_)
            | Self::Graph(_)
            | Self::Check(_)
            | Self::Can(_)
            | Self::Prove(_)
            | Self::Diff(_)
            | Self::BootstrapPolicy(_) => false,
        };
        if writes { Effect::Writes } else { Effect::Reads }
    }
}

/// The command line, where it is right.
fn parsed() -> Result<Cli, clap::Error> {
    let mut command = Cli::command();
    let matches = command.clone().try_get_matches()?;
    command.build();
    arguments::check_all(&mut command, &matches)?;
    arguments::check_live(&mut command, &matches)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Runs the program: reads the command line, does what it says, and gives the exit code.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match parsed() {
        Ok(cli) => cli,
        Err(error) if error.kind() == ErrorKind::DisplayVersion && asks_for_more() => {
            view::version();
            return ExitStatus::Ok.into();
        }
        Err(error) => {
            // A broken pipe is all that can go wrong here, and nobody is left to be told.
            let _ = error.print();
            return if error.use_stderr() {
                ExitStatus::Usage
            } else {
                ExitStatus::Ok
            }
            .into();
        }
    };
    if cli.format == Format::Sarif && !matches!(cli.verb, Verb::Check(_)) {
        let message = "`--format sarif` is for `check` alone";
        let _ = Cli::command().error(ErrorKind::ArgumentConflict, message).print();
        return ExitStatus::Usage.into();
    }
    session::start_log(cli.verbose);
    let terminal = if settings::is_unattended() {
        Terminal::Unattended
    } else if settings::is_dumb() {
        Terminal::Dumb
    } else {
        Terminal::Full
    };
    let view = View::new(cli.format, terminal, cli.verb.effect());
    let status = match cli.verb {
        Verb::Create(arguments) => create::exec(view, &arguments),
        Verb::Plan(arguments) => plan::exec(view, &arguments),
        Verb::Apply(arguments) => apply::exec(view, arguments),
        Verb::Delete(arguments) => delete::exec(view, arguments),
        Verb::Prune(arguments) => prune::exec(view, &arguments),
        Verb::List(arguments) => list::exec(view, &arguments),
        Verb::Show(arguments) => show::exec(view, arguments),
        Verb::History(arguments) => history::exec(view, arguments),
        Verb::Render(arguments) => render::exec(view, arguments),
        Verb::Explain(arguments) => explain::exec(view, arguments),
        Verb::Graph(arguments) => graph::exec(view, &arguments),
        Verb::Check(arguments) => check::exec(view, &arguments),
        Verb::Can(arguments) => can::exec(view, &arguments),
        Verb::Test(arguments) => test::exec(view, &arguments),
        Verb::Prove(arguments) => prove::exec(view, &arguments),
        Verb::Diff(arguments) => diff::exec(view, &arguments),
        Verb::Report(arguments) => report::exec(view, &arguments),
        Verb::Init(arguments) => init::exec(view, &arguments),
        Verb::BootstrapPolicy(arguments) => bootstrap_policy::exec(view, arguments),
    };
    status.unwrap_or_else(|error| error.shown(view)).into()
}

/// Whether the command line asks for more than the version itself: `--version --verbose`.
fn asks_for_more() -> bool {
    let is_short = |word: &str| word.starts_with('-') && !word.starts_with("--") && word.contains('v');
    let mut words = std::env::args_os().skip(1);
    words.any(|word| word == "--verbose" || word.to_str().is_some_and(is_short))
}
