use clap::Args;

use crate::ops::{self, DriftCheck, ListRequest, QuotaCheck};
use crate::view::View;

use super::ExitStatus;
use super::arguments::{AccountArgs, TemplateArgs};
use super::session::{self, CliError, Stopping};

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    account: AccountArgs,
    #[command(flatten)]
    templates: TemplateArgs,
    /// Compare each role with what its tags say it should be
    #[arg(long)]
    drift: bool,
    /// Show how much of IAM's limits the account and each role use
    #[arg(long)]
    quota: bool,
}

pub(super) fn exec(view: View, arguments: &ListArgs) -> Result<ExitStatus, CliError> {
    session::run(&arguments.account, Stopping::AtOnce, |session| async move {
        let credentials = &arguments.account.credentials;
        let request = ListRequest {
            drift: if arguments.drift {
                DriftCheck::On
            } else {
                DriftCheck::Off
            },
            quota: if arguments.quota {
                QuotaCheck::On
            } else {
                QuotaCheck::Off
            },
            surroundings: arguments
                .templates
                .surroundings(session.region.value.clone(), credentials)?,
        };
        let listing = ops::list(&session.account, &request).await?;
        view.list(&session.place, &listing)?;
        Ok(ExitStatus::Ok)
    })
}
