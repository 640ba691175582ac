use clap::Args;

use crate::model::Sandbox;
use crate::ops::{self, HistoryRequest};
use crate::view::View;

use super::ExitStatus;
use super::arguments::{JournalArgs, sandbox};
use super::session::CliError;

#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// Only the runs in this sandbox [default: all]
    #[arg(short, long, value_parser = sandbox)]
    sandbox: Option<Sandbox>,
    /// Only so many runs, the newest [default: all]
    #[arg(short = 'n', long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    journal: JournalArgs,
}

pub(super) fn exec(view: View, arguments: HistoryArgs) -> Result<ExitStatus, CliError> {
    let request = HistoryRequest {
        journal: arguments.journal.journal(),
        sandbox: arguments.sandbox,
        limit: arguments.limit,
    };
    view.history(&ops::history(&request)?)?;
    Ok(ExitStatus::Ok)
}
