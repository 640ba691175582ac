use std::path::PathBuf;

use clap::Args;

use crate::ops::{self, Protection};
use crate::plan::Action;
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

impl PlanArgs {
    /// Whether a file is written.
    pub(super) fn writes(&self) -> bool {
        self.out.is_some()
    }

    fn status(&self, has_failed: bool, has_changes: bool) -> ExitStatus {
        match (has_failed, has_changes) {
            (true, _) => ExitStatus::Failed,
            (false, true) if self.detailed_exitcode => ExitStatus::ChangesPending,
            _ => ExitStatus::Ok,
        }
    }
}

pub(super) fn exec(view: View, arguments: &PlanArgs) -> Result<ExitStatus, CliError> {
    session::run(
        &arguments.change.account,
        Stopping::AtOnce,
        |session| async move {
            if let Some(request) = arguments.change.all(&session.region.value, Protection::Kept)? {
                let follower = view.follower();
                let outcome = ops::plan_all(&session.account, &request, &follower).await?;
                drop(follower);
                view.plan_all(&session.place, &outcome)?;
                let is_obstructed = outcome.steps().any(|step| step.obstacle.is_some());
                let has_changes = outcome.steps().any(|step| step.action != Action::None);
                return Ok(arguments.status(is_obstructed || outcome.has_failures(), has_changes));
            }
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
            Ok(arguments.status(is_obstructed, outcome.plan.has_changes()))
        },
    )
}
