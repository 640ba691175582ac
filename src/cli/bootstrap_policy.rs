use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::model::{AccountId, Arn, Partition, RoleName, Sandbox};
use crate::operator::{Mode, Operator, Task};
use crate::ops::{self, BootstrapRequest};
use crate::settings::{self, Configuration};
use crate::view::View;

use super::ExitStatus;
use super::arguments::{account, given, path, sandbox};
use super::session::CliError;

#[derive(Debug, Args)]
pub(super) struct BootstrapPolicyArgs {
    /// Account the policy is for: twelve digits
    #[arg(long, value_parser = account)]
    account: AccountId,
    /// What the operator does: `create`, `plan`, `apply`, `delete`, `prune`, `list`, `show`, `check`, `adopt`,
    /// `adopt-tc`; may be given several times [default: all but `adopt` and `adopt-tc`]
    #[arg(long = "for", value_name = "VERB", value_parser = task)]
    tasks: Vec<Task>,
    /// How roles come about: `dynamic`, `shared`, `override`, `legacy`; may be given several times
    /// [default: `dynamic`]
    #[arg(long = "mode", value_name = "MODE", value_parser = mode)]
    modes: Vec<Mode>,
    /// The one sandbox whose roles are written [default: any]
    #[arg(short, long, value_parser = sandbox)]
    sandbox: Option<Sandbox>,
    /// Permissions boundary of every role: the ARN or the name of a managed policy [default: that of the
    /// configuration]
    #[arg(long, value_name = "POLICY", value_parser = settings::managed_policy)]
    boundary: Option<String>,
    /// Managed policy that templates attach: its ARN or its name; may be given several times
    #[arg(long = "managed-policy", value_name = "POLICY", value_parser = settings::managed_policy)]
    managed: Vec<String>,
    /// Role with a name of its own: of `runtime.role_name`, or one that somebody else keeps; may be given
    /// several times
    #[arg(long = "role-name", value_name = "NAME", value_parser = role_name)]
    names: Vec<RoleName>,
    /// Role to assume, by ARN or by name; without `--for` the policy allows nothing else
    #[arg(short = 'R', long, value_name = "ROLE")]
    role: Option<RoleToAssume>,
    /// Region: for the partition, and to bound resources of a boundary to it [env: `AWS_REGION`]
    #[arg(long)]
    region: Option<String>,
    /// Configuration: tcperm's in TOML, or tc's in YAML [default: the nearest `tcperm.toml`, and tc's `config.yml`]
    #[arg(long, value_name = "FILE", env = "TC_CONFIG_PATH", value_parser = path())]
    config: Option<PathBuf>,
    /// Print the permissions boundary of sandbox roles instead: the most that one may do
    #[arg(long, conflicts_with_all = ["tasks", "modes", "sandbox", "boundary", "managed", "names", "role"])]
    boundary_policy: bool,
}

pub(super) fn exec(view: View, arguments: BootstrapPolicyArgs) -> Result<ExitStatus, CliError> {
    let request = arguments.request()?;
    view.bootstrap_policy(&ops::bootstrap_policy(&request)?)?;
    Ok(ExitStatus::Ok)
}

impl BootstrapPolicyArgs {
    fn request(self) -> Result<BootstrapRequest, CliError> {
        let region = settings::region(self.region.as_deref(), None)?.value;
        let partition = region.partition();
        if self.boundary_policy {
            return Ok(BootstrapRequest::Boundary {
                partition,
                account: self.account,
                region: self.region.map(|_| region),
            });
        }
        let configuration = settings::configuration(Path::new("."), given(self.config.as_deref()))?;
        let modes = chosen(self.modes, [Mode::Dynamic]);
        Ok(BootstrapRequest::Operator(Operator {
            partition,
            kept: kept(&configuration, &modes),
            tasks: tasks(self.tasks, self.role.as_ref()),
            modes,
            sandbox: self.sandbox,
            boundary: settings::making(None, self.boundary.as_deref(), false, &configuration).boundary,
            managed: self.managed,
            names: self.names.into_iter().collect(),
            assumed: self.role.map(|role| role.arn(partition, &self.account)),
            account: self.account,
        }))
    }
}

/// What the policy is for: as was said, with the role to assume; else all verbs, or that alone.
fn tasks(said: Vec<Task>, role: Option<&RoleToAssume>) -> BTreeSet<Task> {
    match role {
        Some(_) => said.into_iter().chain([Task::Assume]).collect(),
        None => chosen(said, Task::VERBS),
    }
}

fn chosen<T: Ord>(said: Vec<T>, otherwise: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    if said.is_empty() {
        otherwise.into_iter().collect()
    } else {
        said.into_iter().collect()
    }
}

/// The roles that somebody else keeps, as far as the configuration names them.
fn kept(configuration: &Configuration, modes: &BTreeSet<Mode>) -> BTreeSet<RoleName> {
    let is_asked = modes.contains(&Mode::Legacy);
    let names = configuration.legacy_roles.values().filter(|_| is_asked);
    names.cloned().collect()
}

/// A role of the account, or of another.
#[derive(Debug, Clone)]
enum RoleToAssume {
    Arn(Arn),
    Name(RoleName),
}

impl std::str::FromStr for RoleToAssume {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(arn) = Arn::parse(text) {
            let is_plain = !text.contains(['*', '?', '$']);
            let is_role = arn.resource().starts_with("role/") && arn.account().is_some();
            return (is_plain && is_role)
                .then_some(Self::Arn(arn))
                .ok_or_else(|| "write the ARN or the name of a role".to_owned());
        }
        role_name(text).map(Self::Name)
    }
}

impl RoleToAssume {
    fn arn(self, partition: Partition, account: &AccountId) -> Arn {
        match self {
            Self::Arn(arn) => arn,
            Self::Name(name) => Arn::role(partition, account, &name),
        }
    }
}

fn role_name(text: &str) -> Result<RoleName, String> {
    RoleName::parse(text).map_err(|error| format!("{}\n\n  help: {}", error.message, error.help))
}

fn task(text: &str) -> Result<Task, String> {
    let tasks: Vec<Task> = Task::VERBS.into_iter().chain(Task::ADOPTING).collect();
    let names: Vec<&str> = tasks.iter().map(|task| task.name()).collect();
    let found = tasks.iter().copied().find(|task| task.name() == text);
    found.ok_or_else(|| format!("it is one of {}", names.join(", ")))
}

fn mode(text: &str) -> Result<Mode, String> {
    let names = Mode::ALL.map(Mode::name).join(", ");
    let found = Mode::ALL.into_iter().find(|mode| mode.name() == text);
    found.ok_or_else(|| format!("modes are {names}"))
}
