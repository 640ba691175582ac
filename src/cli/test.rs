use std::path::PathBuf;

use clap::Args;

use crate::model::{AccountId, Region, RoleKind, Sandbox};
use crate::ops::{self, Holders, LiveRoles, OpError, PermissionTests, Wanted};
use crate::settings;
use crate::source::Existing;
use crate::view::{self, View};

use super::ExitStatus;
use super::arguments::{AccountArgs, SandboxArgs, TopologyArgs, account, path, sandbox};
use super::session::{self, CliError, Session, Stopping};

/// The file that `--init` writes where none is named.
const FILE: &str = "permissions.yml";

#[derive(Debug, Args)]
pub(super) struct TestArgs {
    /// Files of permission tests, or directories of such: `permissions.yml`, `….permissions.yml`
    /// [default: the directory of the topology]
    #[arg(value_name = "FILES", conflicts_with = "init")]
    files: Vec<PathBuf>,
    /// Write the tests that follow from the topology, for every sandbox [default: `permissions.yml`
    /// in the directory of the topology]
    #[arg(long, value_name = "FILE", num_args = 0..=1, value_parser = path(), conflicts_with_all = ["live", "junit"])]
    #[expect(clippy::option_option, reason = "a flag whose value may be left out")]
    init: Option<Option<PathBuf>>,
    /// Replace the file that is there
    #[arg(long, requires = "init")]
    force: bool,
    /// Test the roles in the account instead
    #[arg(long)]
    live: bool,
    /// Sandbox, e.g. `dev`, `qa-7`
    #[arg(short, long, env = "TC_SANDBOX", value_parser = sandbox, required_unless_present = "init")]
    sandbox: Option<Sandbox>,
    /// Account the roles are for, where it is not asked: twelve digits
    #[arg(
        long = "account", value_name = "ACCOUNT", value_parser = account,
        required_unless_present_any = ["live", "init"], conflicts_with = "live"
    )]
    account_id: Option<AccountId>,
    /// Write the results as JUnit XML as well, in the place of what is there
    #[arg(long, value_name = "FILE", value_parser = path())]
    junit: Option<PathBuf>,
    #[command(flatten)]
    topology: TopologyArgs,
    #[command(flatten)]
    account: AccountArgs,
}

impl TestArgs {
    /// Whether a file is written.
    pub(super) fn writes(&self) -> bool {
        self.init.is_some() || self.junit.is_some()
    }
}

pub(super) fn exec(view: View, arguments: &TestArgs) -> Result<ExitStatus, CliError> {
    if let Some(file) = &arguments.init {
        let file = file.clone().unwrap_or_else(|| arguments.topology.dir.join(FILE));
        let existing = if arguments.force {
            Existing::Replaced
        } else {
            Existing::Kept
        };
        let initialized = ops::init_tests(&arguments.wanted(&arguments.region()?)?, &file, existing)?;
        view.initialized_tests(&initialized)?;
        return Ok(ExitStatus::Ok);
    }
    let tests = arguments.tests()?;
    let holders = if arguments.live {
        session::run(&arguments.account, Stopping::AtOnce, |session| async move {
            arguments.live(&session).await
        })?
    } else {
        let account = arguments
            .account_id
            .clone()
            .unwrap_or_else(AccountId::placeholder);
        ops::rendered_holders(&arguments.wanted(&arguments.region()?)?, &account)?
    };
    let tested = ops::run_tests(holders, tests)?;
    if let Some(file) = &arguments.junit {
        ops::write_test_report(file, &view::junit(&tested))?;
    }
    view.tested(&tested)?;
    Ok(if tested.failed() == 0 {
        ExitStatus::Ok
    } else {
        ExitStatus::No
    })
}

impl TestArgs {
    /// The tests of the files that are named, or of the topology's directory.
    fn tests(&self) -> Result<PermissionTests, OpError> {
        if self.files.is_empty() {
            return ops::read_tests(std::slice::from_ref(&self.topology.dir));
        }
        ops::read_tests(&self.files)
    }

    fn region(&self) -> Result<Region, CliError> {
        Ok(settings::region(self.account.region.as_deref(), None)?.value)
    }

    /// The sandbox, which tests that are to be written do not depend on.
    fn sandbox(&self) -> Sandbox {
        self.sandbox.clone().unwrap_or_else(Sandbox::placeholder)
    }

    fn wanted(&self, region: &Region) -> Result<Wanted, OpError> {
        let sandbox = SandboxArgs {
            sandbox: self.sandbox(),
            entity: None,
        };
        let profile = self.account.credentials.profile.as_deref();
        self.topology.wanted(&sandbox, region.clone(), profile)
    }

    /// The roles of the account, explained by the topologies where there are any.
    async fn live(&self, session: &Session) -> Result<Holders, CliError> {
        let region = &session.region.value;
        let wanted = self.wanted(region)?;
        let sandbox = self.sandbox();
        let of = LiveRoles {
            sandbox: &sandbox,
            kinds: &RoleKind::ALL,
            region,
            wanted: Some(&wanted),
        };
        Ok(ops::live_holders_explained(&session.account, of).await?)
    }
}
