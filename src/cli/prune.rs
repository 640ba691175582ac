use std::path::PathBuf;

use clap::Args;

use crate::iam::Iam as _;
use crate::model::Period;
use crate::ops::{self, Follower, PruneRequest};
use crate::settings;
use crate::view::{Asking, View};

use super::ExitStatus;
use super::arguments::{AccountArgs, JournalArgs, given, path, period};
use super::create::recorded;
use super::session::{self, CliError, Stopping};

#[derive(Debug, Args)]
pub(super) struct PruneArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    account: AccountArgs,
    /// Configuration: tcperm's in TOML, or tc's in YAML [default: the nearest `tcperm.toml`, and tc's `config.yml`]
    #[arg(long, value_name = "FILE", env = "TC_CONFIG_PATH", value_parser = path())]
    config: Option<PathBuf>,
    /// Show what would go, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    journal: JournalArgs,
}

/// Which sandboxes.
#[derive(Debug, Args)]
struct SelectionArgs {
    /// Sandboxes that outlive what `create --ttl` said; this alone without another selection
    #[arg(long)]
    expired: bool,
    /// Sandboxes in which nothing was created, or used, within this time: `12h`, `14d`, `2w`
    #[arg(long, value_name = "TIME", value_parser = period)]
    older_than: Option<Period>,
    /// Sandboxes whose topologies are all gone from the directory
    #[arg(long)]
    orphans: bool,
    /// Directory in and below which topologies are looked for, for `--orphans`
    #[arg(short, long, env = "TC_DIR", default_value = ".")]
    dir: PathBuf,
}

impl PruneArgs {
    fn request(&self) -> Result<PruneRequest, CliError> {
        let selection = &self.selection;
        let configuration = settings::configuration(&selection.dir, given(self.config.as_deref()))?;
        Ok(PruneRequest {
            now: settings::now(),
            expired: selection.expired || !(selection.orphans || selection.older_than.is_some()),
            older_than: selection.older_than,
            orphans_of: selection.orphans.then(|| selection.dir.clone()),
            making: settings::making(None, None, false, &configuration),
        })
    }
}

pub(super) fn exec(view: View, arguments: &PruneArgs) -> Result<ExitStatus, CliError> {
    let asking = if arguments.yes {
        Asking::Never
    } else {
        Asking::OnTerminal
    };
    let stopping = if arguments.dry_run {
        Stopping::AtOnce
    } else {
        Stopping::AfterTheCall
    };
    session::run(&arguments.account, stopping, |session| async move {
        let request = arguments.request()?;
        let pruner = view.pruner(&session.place, asking);
        if arguments.dry_run {
            let outcome = ops::plan_prune(&session.account, &request, &pruner).await?;
            drop(pruner);
            view.plan_prune(&session.place, &outcome)?;
            let has_failed = outcome.fan.has_failures();
            return Ok(if has_failed {
                ExitStatus::Failed
            } else {
                ExitStatus::Ok
            });
        }
        let keeper = arguments
            .journal
            .keep("prune", &session, &arguments.account.credentials)?;
        let calls = || session.account.calls();
        let journaled = keeper.following(&pruner, &calls);
        let following: (&dyn Follower, _) = (&journaled, &session.interrupt);
        let outcome = ops::prune(&session.account, &request, &pruner, following).await?;
        drop(pruner);
        let status = ExitStatus::of_all(&outcome.fan);
        recorded(view, (&keeper, &outcome.fan), status, || {
            Ok(view.prune(&session.place, &outcome)?)
        })
    })
}
