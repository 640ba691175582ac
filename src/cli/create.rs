use crate::ops::{self, Protection};
use crate::settings;
use crate::view::{Asking, View};

use super::ExitStatus;
use super::arguments::ChangeArgs;
use super::session::{self, CliError, Stopping};

pub(super) fn exec(view: View, arguments: &ChangeArgs) -> Result<ExitStatus, CliError> {
    session::run(&arguments.account, Stopping::AfterTheCall, |session| async move {
        let request = arguments.request(session.region.value.clone(), protection("TC_FORCE_DEPLOY"))?;
        let watcher = view.watcher(&session.place, &request.wanted.sandbox, Asking::Never);
        let outcome = ops::create(&session.account, &request, &watcher, &session.interrupt).await?;
        drop(watcher);
        view.change(&session.place, &outcome)?;
        Ok(ExitStatus::of_change(&outcome))
    })
}

pub(super) fn protection(variable: &str) -> Protection {
    if settings::is_on(variable) {
        Protection::Lifted
    } else {
        Protection::Kept
    }
}
