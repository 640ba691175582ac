use clap::Args;

use crate::model::Namespace;
use crate::ops::{self, DeleteRequest, Share};
use crate::plan::Adoption;
use crate::view::{Asking, View};

use super::ExitStatus;
use super::arguments::{AccountArgs, JournalArgs, SandboxArgs, TemplateArgs, namespace};
use super::create::protection;
use super::session::{self, CliError, Stopping};

#[derive(Debug, Args)]
pub(super) struct DeleteArgs {
    #[command(flatten)]
    sandbox: SandboxArgs,
    #[command(flatten)]
    account: AccountArgs,
    #[command(flatten)]
    templates: TemplateArgs,
    /// Take base roles down too that an old tc made, with their managed policies
    #[arg(long, conflicts_with = "namespace")]
    adopt_tc: bool,
    /// Only this topology's share of the sandbox's roles
    #[arg(long, value_parser = namespace)]
    namespace: Option<Namespace>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    journal: JournalArgs,
}

pub(super) fn exec(view: View, arguments: DeleteArgs) -> Result<ExitStatus, CliError> {
    let asking = if arguments.yes {
        Asking::Never
    } else {
        Asking::OnTerminal
    };
    let credentials = &arguments.account.credentials;
    session::run(&arguments.account, Stopping::AfterTheCall, |session| async move {
        let keeper = arguments.journal.keep("delete", &session, credentials)?;
        let request = DeleteRequest {
            surroundings: arguments
                .templates
                .surroundings(session.region.value.clone(), credentials)?,
            kinds: arguments.sandbox.kinds(),
            sandbox: arguments.sandbox.sandbox,
            adoption: if arguments.adopt_tc {
                Adoption::OfOldTc
            } else {
                Adoption::Refuse
            },
            share: arguments.namespace.map_or(Share::Whole, Share::Namespace),
            protection: protection("TC_FORCE_DELETE"),
        };
        let watcher = view.watcher(&session.place, &request.sandbox, asking);
        let journaled = keeper.watching(&watcher, &request.sandbox);
        let outcome = ops::delete(&session.account, &request, &journaled, &session.interrupt).await?;
        let status = ExitStatus::of_change(&outcome);
        journaled.end(&outcome, status as u8)?;
        drop(watcher);
        view.change(&session.place, &outcome)?;
        Ok(status)
    })
}
