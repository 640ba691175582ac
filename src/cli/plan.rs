use std::path::PathBuf;

use clap::Args;

use crate::ops::{self, Protection};
use crate::view::{Asking, View};

use super::ExitStatus;
use super::arguments::ChangeArgs;
use super::session::{self, CliError, Stopping};

#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    change: ChangeArgs,
    /// Exit with 4 when there is something to change
    #[arg(long)]
    detailed_exitcode: bool,
    /// Save the plan here, for `apply`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn exec(view: View, arguments: &PlanArgs) -> Result<ExitStatus, CliError> {
    session::run(
        &arguments.change.account,
        Stopping::AtOnce,
        |session| async move {
            let request = arguments
                .change
                .request(session.region.value.clone(), Protection::Kept)?;
            let watcher = view.watcher(&session.place, &request.wanted.sandbox, Asking::Never);
            let outcome = ops::plan(&session.account, &request, &watcher).await?;
            drop(watcher);
            if let Some(path) = &arguments.out {
                ops::save_plan(path, (&request, arguments.change.config()), &outcome)?;
            }
            view.plan(&session.place, &outcome)?;
            if let Some(path) = &arguments.out {
                view.saved(path);
            }
            let is_obstructed = outcome.plan.obstructed().next().is_some();
            Ok(match (is_obstructed, outcome.plan.has_changes()) {
                (true, _) => ExitStatus::Failed,
                (false, true) if arguments.detailed_exitcode => ExitStatus::ChangesPending,
                _ => ExitStatus::Ok,
            })
        },
    )
}
