use clap::Args;

use crate::model::AccountId;
use crate::ops::{self, Question};
use crate::view::View;

use super::ExitStatus;
use super::arguments::account;
use super::render::OfflineArgs;
use super::session::CliError;

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// Only this role, by its name or by its kind: `tc-base-function-dev`, `function`
    role: Option<String>,
    /// Only the statements with this Sid
    statement: Option<String>,
    #[command(flatten)]
    offline: OfflineArgs,
    /// Account the roles are for, where names hold `{{account}}`: twelve digits
    #[arg(long, value_parser = account)]
    account: Option<AccountId>,
}

pub(super) fn exec(view: View, arguments: ExplainArgs) -> Result<ExitStatus, CliError> {
    let wanted = arguments.offline.wanted()?;
    let question = Question {
        account: arguments.account,
        role: arguments.role,
        statement: arguments.statement,
    };
    view.explain(&ops::explain(&wanted, &question)?)?;
    Ok(ExitStatus::Ok)
}
