use crate::ops::{self, Protection};
use crate::settings;
use crate::view::{Asking, View};

use super::ExitStatus;
use super::arguments::ChangeArgs;
use super::session::{self, CliError, Stopping};

pub(super) fn exec(view: View, arguments: &ChangeArgs) -> Result<ExitStatus, CliError> {
    session::run(&arguments.account, Stopping::AfterTheCall, |session| async move {
        let protection = protection("TC_FORCE_DEPLOY");
        if let Some(request) = arguments.all(&session.region.value, protection)? {
            let follower = view.follower();
            let outcome = ops::create_all(&session.account, &request, &follower, &session.interrupt).await?;
            drop(follower);
            view.change_all(&session.place, &outcome)?;
            return Ok(ExitStatus::of_all(&outcome));
        }
        let request = arguments.request(session.region.value.clone(), protection)?;
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
