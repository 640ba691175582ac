use clap::Args;

use crate::iam::Iam as _;
use crate::ops::{self, AllRequest, FanOut, Keeper, Protection, StepOutcome};
use crate::settings;
use crate::view::{Asking, View};

use super::ExitStatus;
use super::arguments::{ChangeArgs, JournalArgs};
use super::session::{self, CliError, Session, Stopping};

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    change: ChangeArgs,
    #[command(flatten)]
    journal: JournalArgs,
}

pub(super) fn exec(view: View, arguments: &CreateArgs) -> Result<ExitStatus, CliError> {
    let CreateArgs { change, journal } = arguments;
    session::run(&change.account, Stopping::AfterTheCall, |session| async move {
        let protection = protection("TC_FORCE_DEPLOY");
        if let Some(request) = change.all(&session.region.value, protection)? {
            let keeper = journal.keep("create --all", &session, &change.account.credentials)?;
            return all(view, &session, &request, &keeper).await;
        }
        let keeper = journal.keep("create", &session, &change.account.credentials)?;
        let request = change.request(session.region.value.clone(), protection)?;
        let watcher = view.watcher(&session.place, &request.wanted.sandbox, Asking::Never);
        let journaled = keeper.watching(&watcher, &request.wanted.sandbox);
        let outcome = ops::create(&session.account, &request, &journaled, &session.interrupt).await?;
        let status = ExitStatus::of_change(&outcome);
        journaled.end(&outcome, status as u8)?;
        drop(watcher);
        view.change(&session.place, &outcome)?;
        Ok(status)
    })
}

async fn all(
    view: View,
    session: &Session,
    request: &AllRequest,
    keeper: &Keeper,
) -> Result<ExitStatus, CliError> {
    let follower = view.follower();
    let calls = || session.account.calls();
    let journaled = keeper.following(&follower, &calls);
    let outcome = ops::create_all(&session.account, request, &journaled, &session.interrupt).await?;
    drop(follower);
    let status = ExitStatus::of_all(&outcome);
    recorded(view, (keeper, &outcome), status, || {
        Ok(view.change_all(&session.place, &outcome)?)
    })
}

/// Shows what a run over sandboxes came to, unless its journal could not be written and nothing was
/// changed for that.
pub(super) fn recorded(
    view: View,
    (keeper, outcome): (&Keeper, &FanOut<StepOutcome>),
    status: ExitStatus,
    show: impl FnOnce() -> Result<(), CliError>,
) -> Result<ExitStatus, CliError> {
    let refusal = keeper.check().err();
    match refusal {
        Some(error) if !outcome.steps().any(|step| step.written) => Err(CliError::Operation(error)),
        Some(error) => {
            show()?;
            view.error(&error.to_string(), error.help().as_deref());
            Ok(ExitStatus::PartlyApplied)
        }
        None => {
            show()?;
            Ok(status)
        }
    }
}

pub(super) fn protection(variable: &str) -> Protection {
    if settings::is_on(variable) {
        Protection::Lifted
    } else {
        Protection::Kept
    }
}
