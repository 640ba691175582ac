use clap::Args;

use crate::model::AccountId;
use crate::ops;
use crate::settings;
use crate::view::View;

use super::ExitStatus;
use super::arguments::{SandboxArgs, TopologyArgs, account};
use super::session::CliError;

#[derive(Debug, Args)]
pub(super) struct RenderArgs {
    #[command(flatten)]
    sandbox: SandboxArgs,
    #[command(flatten)]
    topology: TopologyArgs,
    /// Account the roles are for: twelve digits
    #[arg(long, value_parser = account)]
    account: AccountId,
    /// Region of the sandbox's resources [env: `AWS_REGION`] [default: us-west-2]
    #[arg(long)]
    region: Option<String>,
    /// Name of the profile, for names that hold `{{env}}`
    #[arg(short = 'e', long)]
    profile: Option<String>,
}

pub(super) fn exec(view: View, arguments: RenderArgs) -> Result<ExitStatus, CliError> {
    let RenderArgs {
        sandbox,
        topology,
        account,
        region,
        profile,
    } = arguments;
    let region = settings::region(region.as_deref(), None)?.value;
    let wanted = topology.wanted(&sandbox, region, profile.as_deref())?;
    let rendered = ops::render(&wanted, &account)?;
    view.render(&rendered)?;
    Ok(ExitStatus::Ok)
}
