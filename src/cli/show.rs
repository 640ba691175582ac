use clap::Args;

use crate::ops;
use crate::view::View;

use super::ExitStatus;
use super::arguments::{AccountArgs, SandboxArgs};
use super::session::{self, CliError, Stopping};

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    sandbox: SandboxArgs,
    #[command(flatten)]
    account: AccountArgs,
}

pub(super) fn exec(view: View, arguments: ShowArgs) -> Result<ExitStatus, CliError> {
    let ShowArgs { sandbox, account } = arguments;
    session::run(&account, Stopping::AtOnce, |session| async move {
        let shown = ops::show(&session.account, &sandbox.sandbox, &sandbox.kinds()).await?;
        view.show(&session.place, &shown)?;
        Ok(ExitStatus::Ok)
    })
}
