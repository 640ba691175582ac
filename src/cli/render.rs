use clap::Args;

use crate::model::AccountId;
use crate::ops::{self, Wanted};
use crate::settings;
use crate::view::View;

use super::ExitStatus;
use super::arguments::{SandboxArgs, TopologyArgs, account};
use super::session::CliError;

#[derive(Debug, Args)]
pub(super) struct RenderArgs {
    #[command(flatten)]
    offline: OfflineArgs,
    /// Account the roles are for: twelve digits
    #[arg(long, value_parser = account)]
    account: AccountId,
}

/// What is asked for where no account is reached.
#[derive(Debug, Args)]
pub(super) struct OfflineArgs {
    #[command(flatten)]
    sandbox: SandboxArgs,
    #[command(flatten)]
    topology: TopologyArgs,
    /// Region of the sandbox's resources [env: `AWS_REGION`] [default: us-west-2]
    #[arg(long)]
    region: Option<String>,
    /// Name of the profile, for names that hold `{{env}}`
    #[arg(short = 'e', long)]
    profile: Option<String>,
}

impl OfflineArgs {
    /// What these flags ask for.
    pub(super) fn wanted(&self) -> Result<Wanted, CliError> {
        let region = settings::region(self.region.as_deref(), None)?.value;
        let profile = self.profile.as_deref();
        Ok(self.topology.wanted(&self.sandbox, region, profile)?)
    }
}

pub(super) fn exec(view: View, arguments: RenderArgs) -> Result<ExitStatus, CliError> {
    let RenderArgs { offline, account } = arguments;
    let rendered = ops::render(&offline.wanted()?, &account)?;
    view.render(&rendered)?;
    Ok(ExitStatus::Ok)
}
