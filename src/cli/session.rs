use std::future::Future;
use std::io;
use std::pin::pin;

use futures_util::future::{Either, select};

#[cfg(not(feature = "aws"))]
use crate::iam::Fault;
use crate::iam::local::LocalAccount;
use crate::iam::{Account, IamError};
use crate::model::Region;
use crate::ops::{Interrupt, OpError};
use crate::settings::{self, SettingsError, Settled};
use crate::view::{Place, View};

use super::ExitStatus;
use super::arguments::AccountArgs;

/// What every verb that reaches an account works with.
pub(super) struct Session {
    pub(super) account: Account,
    pub(super) region: Settled<Region>,
    pub(super) interrupt: Interrupt,
    pub(super) place: Place,
}

/// Why a verb did not come to its outcome.
pub(super) enum CliError {
    Operation(OpError),
    Settings(SettingsError),
    /// The flags do not say enough.
    Usage {
        message: String,
        help: String,
    },
    Runtime(io::Error),
    Output(io::Error),
    Interrupted,
}

/// What Ctrl-C does to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopping {
    /// It ends the run: nothing is lost.
    AtOnce,
    /// It lets the call in flight come to its end and shows what was done; a second one ends
    /// the run at once.
    AfterTheCall,
}

impl From<OpError> for CliError {
    fn from(error: OpError) -> Self {
        Self::Operation(error)
    }
}

impl From<IamError> for CliError {
    fn from(error: IamError) -> Self {
        Self::Operation(OpError::Iam(error))
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<SettingsError> for CliError {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error)
    }
}

impl CliError {
    /// Shows the error and says how to exit.
    pub(super) fn shown(&self, view: View) -> ExitStatus {
        match self {
            Self::Operation(OpError::Findings(findings)) => view.refusal(findings),
            Self::Operation(error) => view.error(&error.to_string(), error.help().as_deref()),
            Self::Settings(error) => view.error(&error.to_string(), Some(&error.help())),
            Self::Usage { message, help } => view.error(message, Some(help)),
            Self::Runtime(error) => view.error(&format!("the program cannot start: {error}"), None),
            Self::Output(error) => view.error(&format!("the result cannot be written: {error}"), None),
            Self::Interrupted => view.error("interrupted", Some("run it again to finish")),
        }
        match self {
            Self::Settings(_) | Self::Usage { .. } => ExitStatus::Usage,
            Self::Operation(OpError::Gate(_)) => ExitStatus::No,
            Self::Operation(_) | Self::Runtime(_) | Self::Output(_) => ExitStatus::Failed,
            Self::Interrupted => ExitStatus::Interrupted,
        }
    }
}

/// Runs a verb to its end on this thread, or until Ctrl-C ends it.
pub(super) fn run<F, T>(
    arguments: &AccountArgs,
    stopping: Stopping,
    verb: impl FnOnce(Session) -> F,
) -> Result<T, CliError>
where
    F: Future<Output = Result<T, CliError>>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(CliError::Runtime)?;
    runtime.block_on(async {
        let interrupt = Interrupt::default();
        let asked = interrupt.clone();
        let run = pin!(async { verb(open(arguments, interrupt).await?).await });
        let interrupted = pin!(interrupted(stopping, &asked));
        match select(run, interrupted).await {
            Either::Left((outcome, _)) => outcome,
            Either::Right(_) => Err(CliError::Interrupted),
        }
    })
}

/// Comes to its end when the run is to end at once.
async fn interrupted(stopping: Stopping, asked: &Interrupt) {
    let signals = match stopping {
        Stopping::AtOnce => 1,
        Stopping::AfterTheCall => 2,
    };
    for _ in 0..signals {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a handler the signal ends the process by itself.
            return std::future::pending().await;
        }
        asked.stop();
    }
}

async fn open(arguments: &AccountArgs, interrupt: Interrupt) -> Result<Session, CliError> {
    if arguments.credentials.local {
        let account = LocalAccount::open(&settings::home()?)?;
        let place = Place::Embedded(account.path().to_owned());
        return Ok(Session {
            account: Account::Local(account),
            region: settings::region(arguments.region.as_deref(), None)?,
            interrupt,
            place,
        });
    }
    open_aws(arguments, interrupt).await
}

#[cfg(feature = "aws")]
async fn open_aws(arguments: &AccountArgs, interrupt: Interrupt) -> Result<Session, CliError> {
    use crate::iam::aws::{AwsAccount, AwsOptions};

    let named = arguments
        .region
        .as_deref()
        .map(|_| settings::region(arguments.region.as_deref(), None))
        .transpose()?;
    let options = AwsOptions {
        profile: arguments.credentials.profile.clone(),
        region: named.map(|region| region.value),
        assume_role: settings::assumed_role(arguments.credentials.role.as_deref()),
    };
    let account = AwsAccount::connect(&options).await?;
    let region = settings::region(arguments.region.as_deref(), account.region().as_deref())?;
    Ok(Session {
        account: Account::Aws(Box::new(account)),
        region,
        interrupt,
        place: Place::Aws,
    })
}

#[cfg(not(feature = "aws"))]
#[expect(
    clippy::unused_async,
    reason = "one signature with the build that has the SDK"
)]
async fn open_aws(_: &AccountArgs, _: Interrupt) -> Result<Session, CliError> {
    let detail = "this build knows the embedded account only: use `--local`";
    Err(IamError::new("connect", None, Fault::Other, detail).into())
}

/// Starts the log on stderr: nothing, tcperm's own, or the SDK's as well.
pub(super) fn start_log(verbose: u8) {
    let level = match verbose {
        0 if settings::is_on("TC_TRACE") => "tcperm=debug",
        0 => return,
        1 => "tcperm=debug",
        _ => "debug",
    };
    // A second start is all that can fail, and the first one's log is as good.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(level)
        .with_writer(io::stderr)
        .try_init();
}
