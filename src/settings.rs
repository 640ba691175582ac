//! Flags, environment, configuration and defaults → settled values, each with its origin.
//!
//! The only module that reads the environment besides the flags' own variables, and the clock. What comes
//! out is checked; nothing later asks the environment again.
#![expect(
    clippy::disallowed_methods,
    reason = "this module reads the environment and the clock, so that no other has to"
)]

mod accept;
mod baseline;
mod configuration;
mod decode;
mod grants;
mod roles;
#[cfg(test)]
mod tests;
mod tree;

use std::fmt;
use std::path::{Path, PathBuf};

use crate::model::{Assets, InvalidName, Region, Sandbox};
use crate::ops::Journal;

pub use baseline::{baseline, baseline_path};
pub use configuration::{Configuration, configuration};
pub use roles::{boundary, infra_dir, making, managed_policy};

/// The codes of what is found in the configuration.
pub mod codes {
    /// The configuration holds what it should not.
    pub const INVALID_CONFIG: &str = "invalid-config";
}

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub origin: Origin,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag.
    Flag(&'static str),
    /// A variable of the environment.
    Variable(&'static str),
    /// A file of the configuration, and the line: `tcperm.toml:12`.
    File(String),
    /// The AWS profile.
    Profile,
    /// The default.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::File(place) => f.write_str(place),
            Self::Profile => f.write_str("the profile"),
            Self::Default => f.write_str("the default"),
        }
    }
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A value breaks its rule.
    #[error("{error} (from {origin})")]
    Invalid {
        /// The rule.
        error: InvalidName,
        /// Where the value comes from.
        origin: Origin,
    },
    /// Nothing says where the team's templates stand.
    #[error("nothing says in which directory the templates are to stand")]
    NoInfraDir,
    /// There is no folder to keep the embedded account in.
    #[error("there is no home directory to keep the embedded account in")]
    NoHome,
}

impl SettingsError {
    /// What the user can do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::Invalid { error, .. } => error.help.clone(),
            Self::NoInfraDir => {
                "name it with `--infra-dir DIR`, TC_INFRA_DIR or `infra_dir` in `tcperm.toml`: `infrastructure/tc` is usual"
                    .to_owned()
            }
            Self::NoHome => "name a folder with TCPERM_HOME".to_owned(),
        }
    }
}

/// The region to render for: flag, `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's, or
/// `us-west-2`, which is also where tc goes when it is told nothing.
///
/// # Errors
/// When the first of these that is there is no region.
pub fn region(flag: Option<&str>, profile_region: Option<&str>) -> Result<Settled<Region>, SettingsError> {
    let candidates = [
        (flag.map(str::to_owned), Origin::Flag("--region")),
        (variable("AWS_REGION"), Origin::Variable("AWS_REGION")),
        (
            variable("AWS_DEFAULT_REGION"),
            Origin::Variable("AWS_DEFAULT_REGION"),
        ),
        (profile_region.map(str::to_owned), Origin::Profile),
    ];
    let found = candidates
        .into_iter()
        .find_map(|(text, origin)| text.map(|text| (text, origin)));
    let (text, origin) = found.unwrap_or_else(|| ("us-west-2".to_owned(), Origin::Default));
    match Region::parse(&text) {
        Ok(value) => Ok(Settled { value, origin }),
        Err(error) => Err(SettingsError::Invalid { error, origin }),
    }
}

/// The profile's name for `{{env}}` and `{{profile}}`: the flag's, or `AWS_PROFILE`.
#[must_use]
pub fn profile_name(flag: Option<&str>) -> Option<String> {
    flag.map(str::to_owned).or_else(|| variable("AWS_PROFILE"))
}

/// The role to assume: the flag's, or `TC_ASSUME_ROLE`.
#[must_use]
pub fn assumed_role(flag: Option<&str>) -> Option<String> {
    flag.map(str::to_owned).or_else(|| variable("TC_ASSUME_ROLE"))
}

/// The event bus: the sandbox's own with `TC_SANDBOXED_EVENTS`, the configuration's, or `default`.
#[must_use]
pub fn event_bus(sandbox: &Sandbox, configuration: &Configuration) -> Settled<String> {
    const VARIABLE: &str = "TC_SANDBOXED_EVENTS";
    if is_on(VARIABLE) {
        return Settled {
            value: format!("tc-{sandbox}"),
            origin: Origin::Variable(VARIABLE),
        };
    }
    let by_default = || Settled {
        value: "default".to_owned(),
        origin: Origin::Default,
    };
    configuration.event_bus.clone().unwrap_or_else(by_default)
}

/// What names may hold besides: `TC_ASSET_BUCKET` or the configuration's asset bucket,
/// `TC_ASSET_ACCOUNT`, `TC_ECR_REPO`.
#[must_use]
pub fn assets(configuration: &Configuration) -> Assets {
    let bucket = configuration.asset_bucket.clone();
    Assets {
        bucket: variable("TC_ASSET_BUCKET").or_else(|| bucket.map(|bucket| bucket.value)),
        account: variable("TC_ASSET_ACCOUNT"),
        repository: variable("TC_ECR_REPO"),
    }
}

/// Whether a switch of the environment is on: set, and neither empty nor `0` nor `false`.
#[must_use]
pub fn is_on(name: &str) -> bool {
    variable(name).is_some_and(|value| !["0", "false"].contains(&value.to_ascii_lowercase().as_str()))
}

/// The folder of the embedded account: `TCPERM_HOME`, or the user's state directory.
///
/// # Errors
/// When there is neither, nor a home directory.
pub fn home() -> Result<PathBuf, SettingsError> {
    let folder = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    folder("TCPERM_HOME")
        .or_else(|| folder("XDG_STATE_HOME").map(|state| state.join("tcperm")))
        .or_else(|| folder("HOME").map(|home| home.join(".local/state/tcperm")))
        .ok_or(SettingsError::NoHome)
}

/// The file of the journal in the folder of the embedded account.
const JOURNAL: &str = "journal.jsonl";

/// What is said in the place of a file where no journal is to be kept.
const NO_JOURNAL: &str = "off";

/// Where the journal is kept: in the file that the flag or the variable names, nowhere with `off`,
/// else beside the embedded account.
#[must_use]
pub fn journal(named: Option<&Path>) -> Journal {
    match named {
        Some(path) if path == Path::new(NO_JOURNAL) => Journal::Off,
        Some(path) => Journal::Named(path.to_owned()),
        None => Journal::Usual(home().ok().map(|home| home.join(JOURNAL))),
    }
}

/// The sandbox that the environment names: `TC_SANDBOX`.
#[must_use]
pub fn sandbox_of_environment() -> Option<String> {
    variable("TC_SANDBOX")
}

/// Whether a program runs us rather than a person: with `CI`.
#[must_use]
pub fn is_unattended() -> bool {
    is_on("CI")
}

/// Whether the terminal shows lines and nothing else: with `TERM=dumb`.
#[must_use]
pub fn is_dumb() -> bool {
    variable("TERM").is_some_and(|term| term == "dumb")
}

/// The time, in seconds since 1970.
#[must_use]
pub fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
