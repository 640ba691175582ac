use std::path::PathBuf;

use clap::Args;

use crate::ops::{self, CreateRequest, Gate, Making, OpError, SavedPlan, Wanted};
use crate::settings;
use crate::source::Reach;
use crate::view::{Asking, View};

use super::ExitStatus;
use super::arguments::{AccountArgs, CredentialArgs, GateArgs, JournalArgs};
use super::create::protection;
use super::session::{self, CliError, Stopping};

#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    /// The plan, as `plan --out` saved it
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    credentials: CredentialArgs,
    #[command(flatten)]
    journal: JournalArgs,
    #[command(flatten)]
    gate: GateArgs,
}

pub(super) fn exec(view: View, arguments: ApplyArgs) -> Result<ExitStatus, CliError> {
    let saved = ops::read_plan(&arguments.file)?;
    let account = AccountArgs {
        credentials: arguments.credentials,
        region: Some(saved.request().region.to_string()),
    };
    let (account, journal) = (&account, &arguments.journal);
    session::run(account, Stopping::AfterTheCall, |session| async move {
        let keeper = journal.keep("apply", &session, &account.credentials)?;
        let request = request(&saved, arguments.gate.gate())?;
        let watcher = view.watcher(&session.place, &request.wanted.sandbox, Asking::Never);
        let journaled = keeper.watching(&watcher, &request.wanted.sandbox);
        let outcome =
            ops::apply_plan(&session.account, &saved, &request, &journaled, &session.interrupt).await?;
        let status = ExitStatus::of_change(&outcome);
        journaled.end(&outcome, status as u8)?;
        drop(watcher);
        view.change(&session.place, &outcome)?;
        Ok(status)
    })
}

/// The request of a plan: what its own run settled, and the configuration as it stands now.
fn request(saved: &SavedPlan, gate: Gate) -> Result<CreateRequest, OpError> {
    let asked = saved.request().clone();
    let (sandbox, event_bus) = saved.sandbox();
    let configuration = settings::configuration(&asked.directory, asked.configuration.as_deref())?;
    let adoption = asked.adoption();
    // What the configuration says is taken from the configuration: a file that was edited cannot unsay it.
    let configured = configuration
        .boundary
        .as_ref()
        .map(|boundary| boundary.value.clone());
    let making = Making {
        vars: configuration.vars.clone(),
        boundary: asked.making.boundary.or(configured),
        ..asked.making
    };
    Ok(CreateRequest {
        wanted: Wanted {
            directory: asked.directory,
            reach: if asked.recursive {
                Reach::Below
            } else {
                Reach::Here
            },
            topology: asked.topology,
            sandbox: sandbox.clone(),
            region: asked.region,
            profile: asked.profile,
            event_bus: event_bus.to_owned(),
            graphql_apis: asked.graphql_apis,
            assets: asked.assets,
            options: configuration.options,
            configuration: configuration.sources,
            kinds: asked.kinds,
            making,
            accepted: configuration.accepted,
        },
        adoption,
        lifetime: asked.lifetime,
        protection: protection("TC_FORCE_DEPLOY"),
        gate,
    })
}
