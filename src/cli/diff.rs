use std::path::PathBuf;

use clap::Args;

use crate::model::{AccountId, RoleKind, RoleName, Sandbox};
use crate::ops::{self, DiffRequest, DiffSide, KnownRoles, RolePlace, Wanted};
use crate::prove::Relation;
use crate::settings;
use crate::view::View;

use super::ExitStatus;
use super::arguments::{AccountArgs, SandboxArgs, TopologyArgs, account, role_kind, sandbox};
use super::session::{self, CliError, Stopping};

#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    /// A policy document, a plan that `plan --out` saved, `live` or `rendered` for the roles of the
    /// sandbox, `live:ROLE` or `rendered:ROLE` for one of them
    #[arg(value_name = "A", value_parser = side)]
    first: DiffSide,
    /// Likewise; the answer says what this is beside the first
    #[arg(value_name = "B", value_parser = side)]
    second: DiffSide,
    /// Sandbox of `live` and `rendered` roles, e.g. `dev`, `qa-7`
    #[arg(short, long, env = "TC_SANDBOX", value_parser = sandbox)]
    sandbox: Option<Sandbox>,
    /// Only the role of this kind of entity
    #[arg(short = 'c', long = "entity", value_parser = role_kind)]
    entity: Option<RoleKind>,
    /// Account of `rendered` roles: twelve digits [default: that of `live` ones, or any]
    #[arg(long = "account", value_name = "ACCOUNT", value_parser = account)]
    account_id: Option<AccountId>,
    #[command(flatten)]
    account: AccountArgs,
    #[command(flatten)]
    topology: TopologyArgs,
}

/// Reads a side; a file that is called `live` is `./live`.
fn side(text: &str) -> Result<DiffSide, String> {
    let (place, role) = match text.split_once(':') {
        Some((place, role)) => (place, Some(role)),
        None => (text, None),
    };
    let place = match place {
        "live" => RolePlace::Live,
        "rendered" => RolePlace::Rendered,
        _ => return Ok(DiffSide::File(PathBuf::from(text))),
    };
    let role = role
        .map(RoleName::parse)
        .transpose()
        .map_err(|error| error.message)?;
    Ok(DiffSide::Roles(place, role))
}

impl DiffArgs {
    fn speaks_of(&self, place: RolePlace) -> bool {
        let of = |side: &DiffSide| matches!(side, DiffSide::Roles(of, _) if *of == place);
        of(&self.first) || of(&self.second)
    }

    fn wanted(&self, region: crate::model::Region) -> Result<Wanted, CliError> {
        let sandbox = SandboxArgs {
            // Roles are asked for with their sandbox; what is compared without does not need it.
            sandbox: self.sandbox.clone().unwrap_or_else(Sandbox::placeholder),
            entity: self.entity,
        };
        let profile = self.account.credentials.profile.as_deref();
        Ok(self.topology.wanted(&sandbox, region, profile)?)
    }
}

pub(super) fn exec(view: View, arguments: &DiffArgs) -> Result<ExitStatus, CliError> {
    let needs_sandbox = arguments.speaks_of(RolePlace::Live) || arguments.speaks_of(RolePlace::Rendered);
    if needs_sandbox && arguments.sandbox.is_none() {
        view.error(
            "the roles of which sandbox?",
            Some("name it with `--sandbox NAME`"),
        );
        return Ok(ExitStatus::Usage);
    }
    if arguments.speaks_of(RolePlace::Live) {
        return session::run(&arguments.account, Stopping::AtOnce, |session| async move {
            let wanted = arguments.wanted(session.region.value.clone())?;
            let live = ops::live_or_alone(&session.account, &wanted).await?;
            let account = live.context.account.clone();
            let mut known = KnownRoles {
                live: Some(live),
                rendered: None,
            };
            if arguments.speaks_of(RolePlace::Rendered) {
                known.rendered = Some(ops::rendered_holders(&wanted, &account)?);
            }
            shown(view, arguments, &known)
        });
    }
    let mut known = KnownRoles::default();
    if arguments.speaks_of(RolePlace::Rendered) {
        let region = settings::region(arguments.account.region.as_deref(), None)?.value;
        let account = arguments
            .account_id
            .clone()
            .unwrap_or_else(AccountId::placeholder);
        known.rendered = Some(ops::rendered_holders(&arguments.wanted(region)?, &account)?);
    }
    shown(view, arguments, &known)
}

fn shown(view: View, arguments: &DiffArgs, known: &KnownRoles) -> Result<ExitStatus, CliError> {
    let request = DiffRequest {
        first: arguments.first.clone(),
        second: arguments.second.clone(),
    };
    let diff = ops::diff(&request, known)?;
    view.diff(&diff)?;
    Ok(match diff.relation {
        Relation::Equal | Relation::Narrower => ExitStatus::Ok,
        Relation::Broader | Relation::Incomparable | Relation::Unknown => ExitStatus::No,
    })
}
