use std::path::{Path, PathBuf};

use clap::Args;

use crate::model::{AccountId, Region};
use crate::ops::{self, Report, RolesOf, Wanted};
use crate::settings;
use crate::view::{View, page};

use super::ExitStatus;
use super::arguments::{AccountArgs, SandboxArgs, TopologyArgs, account, path};
use super::session::{self, CliError, Stopping};

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// File to write the page to, in the place of what is there; `-` for standard output
    #[arg(short, long, value_name = "FILE", value_parser = path())]
    out: PathBuf,
    #[command(flatten)]
    sandbox: SandboxArgs,
    /// The roles as the account holds them, not as the topology needs them
    #[arg(long)]
    live: bool,
    /// Account of the roles that are rendered: twelve digits [default: any]
    #[arg(long = "account", value_name = "ACCOUNT", value_parser = account, conflicts_with = "live")]
    account_id: Option<AccountId>,
    #[command(flatten)]
    account: AccountArgs,
    #[command(flatten)]
    topology: TopologyArgs,
}

impl ReportArgs {
    fn wanted(&self, region: Region) -> Result<Wanted, CliError> {
        let profile = self.account.credentials.profile.as_deref();
        Ok(self.topology.wanted(&self.sandbox, region, profile)?)
    }
}

pub(super) fn exec(view: View, arguments: &ReportArgs) -> Result<ExitStatus, CliError> {
    if arguments.live {
        return session::run(&arguments.account, Stopping::AtOnce, |session| async move {
            let wanted = arguments.wanted(session.region.value.clone())?;
            let holders = ops::live_to_prove(&session.account, &wanted).await?;
            let account = holders.context.account.clone();
            let report = ops::report(&wanted, (RolesOf::Account, Some(account)), holders)?;
            written(view, arguments, &report)
        });
    }
    let region = settings::region(arguments.account.region.as_deref(), None)?.value;
    let wanted = arguments.wanted(region)?;
    let account = arguments.account_id.clone();
    let holders = ops::rendered_holders(&wanted, &account.clone().unwrap_or_else(AccountId::placeholder))?;
    let report = ops::report(&wanted, (RolesOf::Topologies, account), holders)?;
    written(view, arguments, &report)
}

/// Writes the page of a report. What it says of the roles does not change how the program exits.
fn written(view: View, arguments: &ReportArgs, report: &Report) -> Result<ExitStatus, CliError> {
    let page = page(report);
    let file = Some(arguments.out.as_path()).filter(|out| *out != Path::new("-"));
    match file {
        Some(file) => ops::write_report(file, &page)?,
        None => view.page(&page)?,
    }
    view.reported(report, file)?;
    Ok(ExitStatus::Ok)
}
