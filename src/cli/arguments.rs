use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgGroup, ArgMatches, Args, Command};

use crate::model::{AccountId, Expiry, InvalidName, Namespace, Period, Region, RoleKind, Sandbox};
use crate::ops::{
    AllRequest, CreateRequest, Doer, Gate, Journal, Keeper, Making, OpError, Protection, Surroundings, Wanted,
};
use crate::plan::{Adoption, Lifetime};
use crate::settings::{self, Configuration};
use crate::source::Reach;

use super::session::Session;

/// As whom.
#[derive(Debug, Args)]
pub(super) struct CredentialArgs {
    /// AWS profile; without it the SDK's usual chain (`AWS_PROFILE`, keys in the environment, …)
    #[arg(short = 'e', long)]
    pub(super) profile: Option<String>,
    /// The embedded account instead of AWS: no credentials, no network
    #[arg(long, conflicts_with_all = ["profile", "role"])]
    pub(super) local: bool,
    /// Role to assume, by ARN or by name [env: `TC_ASSUME_ROLE`]
    #[arg(short = 'R', long)]
    pub(super) role: Option<String>,
}

/// Which account, and where in it.
#[derive(Debug, Args)]
pub(super) struct AccountArgs {
    #[command(flatten)]
    pub(super) credentials: CredentialArgs,
    /// Region of the sandbox's resources [env: `AWS_REGION`] [default: the profile's, or us-west-2]
    #[arg(long)]
    pub(super) region: Option<String>,
}

/// Where it is recorded what a run changes.
#[derive(Debug, Args)]
pub(super) struct JournalArgs {
    /// Journal of what runs change; `off` for none [default: `journal.jsonl` in the state directory]
    #[arg(long, value_name = "FILE", env = "TCPERM_JOURNAL", value_parser = path())]
    journal: Option<PathBuf>,
}

impl JournalArgs {
    /// The journal that is named, or the usual one.
    pub(super) fn journal(&self) -> Journal {
        settings::journal(given(self.journal.as_deref()))
    }

    /// Begins to keep the journal for a run.
    ///
    /// # Errors
    /// When it is named and cannot be written.
    pub(super) fn keep(
        &self,
        verb: &'static str,
        session: &Session,
        credentials: &CredentialArgs,
    ) -> Result<Keeper, OpError> {
        let is_aws = !credentials.local;
        let doer = Doer {
            verb,
            region: session.region.value.clone(),
            profile: settings::profile_name(credentials.profile.as_deref()).filter(|_| is_aws),
            role: settings::assumed_role(credentials.role.as_deref()).filter(|_| is_aws),
        };
        self.journal().keep(doer, &session.interrupt)
    }
}

/// Which sandbox.
#[derive(Debug, Args)]
pub(super) struct SandboxArgs {
    /// Sandbox, e.g. `dev`, `qa-7`
    #[arg(short, long, env = "TC_SANDBOX", value_parser = sandbox)]
    pub(super) sandbox: Sandbox,
    /// Only the role of this kind of entity
    #[arg(short = 'c', long = "entity", value_parser = role_kind)]
    pub(super) entity: Option<RoleKind>,
}

impl SandboxArgs {
    /// Any sandbox, and every kind of role, for what depends on neither.
    pub(super) fn placeholder() -> Self {
        Self {
            sandbox: Sandbox::placeholder(),
            entity: None,
        }
    }

    pub(super) fn kinds(&self) -> Vec<RoleKind> {
        kinds(self.entity)
    }
}

/// The kinds of role that a run is about.
fn kinds(only: Option<RoleKind>) -> Vec<RoleKind> {
    only.map_or_else(|| RoleKind::ALL.to_vec(), |kind| vec![kind])
}

/// Which topology.
#[derive(Debug, Args)]
pub(super) struct TopologyArgs {
    /// Directory of the topology
    #[arg(short, long, env = "TC_DIR", default_value = ".")]
    pub(super) dir: PathBuf,
    /// All topologies in and below the directory
    #[arg(short, long)]
    pub(super) recursive: bool,
    /// Only this topology, by name; the others are read for what it says of them
    #[arg(short = 'T', long, value_name = "NAME", value_parser = namespace)]
    pub(super) topology: Option<Namespace>,
    /// Id of a topology's GraphQL API, for events that call its mutations
    #[arg(long = "graphql-api", value_name = "NAMESPACE=API_ID", value_parser = graphql_api)]
    pub(super) graphql_apis: Vec<(Namespace, String)>,
    #[command(flatten)]
    pub(super) templates: TemplateArgs,
}

/// From what roles are made.
#[derive(Debug, Clone, Args)]
pub(super) struct TemplateArgs {
    /// Configuration: tcperm's in TOML, or tc's in YAML [default: the nearest `tcperm.toml`, and tc's `config.yml`]
    #[arg(long, value_name = "FILE", env = "TC_CONFIG_PATH", value_parser = path())]
    pub(super) config: Option<PathBuf>,
    /// Directory of the team's role templates: the one that holds `base/roles`, or its parent
    #[arg(long, value_name = "DIR", env = "TC_INFRA_DIR", value_parser = path())]
    pub(super) infra_dir: Option<PathBuf>,
    /// Permissions boundary of every role: the ARN of a managed policy
    #[arg(long, value_name = "ARN", value_parser = settings::boundary)]
    pub(super) boundary: Option<String>,
    /// Add the sandbox's tag condition to each statement of the team's templates that can bear it
    #[arg(long)]
    pub(super) abac: bool,
}

impl TemplateArgs {
    /// What the configuration of a directory says.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn configuration(&self, directory: &Path) -> Result<Configuration, OpError> {
        settings::configuration(directory, given(self.config.as_deref()))
    }

    /// How roles are made where no topology is read, in a region.
    ///
    /// # Errors
    /// When the configuration of the working directory cannot be read.
    pub(super) fn surroundings(
        &self,
        region: Region,
        credentials: &CredentialArgs,
    ) -> Result<Surroundings, OpError> {
        let configuration = self.configuration(Path::new("."))?;
        Ok(Surroundings {
            region,
            profile: settings::profile_name(credentials.profile.as_deref()),
            assets: settings::assets(&configuration),
            making: self.making(&configuration),
        })
    }

    /// How roles are made, with what the configuration says.
    pub(super) fn making(&self, configuration: &Configuration) -> Making {
        settings::making(
            given(self.infra_dir.as_deref()),
            self.boundary.as_deref(),
            self.abac,
            configuration,
        )
    }
}

/// Reads a path, which may be empty: a variable of the environment that is, says nothing.
pub(super) fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// A path that was given and is not empty.
pub(super) fn given(path: Option<&Path>) -> Option<&Path> {
    path.filter(|path| !path.as_os_str().is_empty())
}

/// What `create` and `plan` are asked for.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whose").args(["sandbox", "all"]).required(true).multiple(true))]
pub(super) struct ChangeArgs {
    /// Sandbox, e.g. `dev`, `qa-7`
    #[arg(short, long, env = "TC_SANDBOX", value_parser = sandbox)]
    sandbox: Option<Sandbox>,
    /// Only the role of this kind of entity
    #[arg(short = 'c', long = "entity", value_parser = role_kind)]
    entity: Option<RoleKind>,
    /// Every sandbox of the account, as far as templates tell: no topology is read
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    pub(super) account: AccountArgs,
    #[command(flatten)]
    topology: TopologyArgs,
    /// Take over roles of the right name that do not carry tcperm's tags
    #[arg(long)]
    adopt: bool,
    /// Take over base roles that an old tc made, and delete their managed policies
    #[arg(long, conflicts_with = "adopt")]
    adopt_tc: bool,
    /// How long the sandbox is meant to live from now on, e.g. `12h`, `7d`, `2w`; `none` for no end
    #[arg(long, value_name = "TIME", value_parser = ttl, conflicts_with = "entity")]
    ttl: Option<Ttl>,
    #[command(flatten)]
    gate: GateArgs,
}

/// Which plans are refused for what they do to a role.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct GateArgs {
    /// Refuse a plan that widens what a role may do, or of which that cannot be told: exit 3
    #[arg(long, value_enum)]
    gate: Option<Refused>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Refused {
    /// A role that is there may do more afterwards
    NoBroader,
}

impl GateArgs {
    pub(super) const fn gate(self) -> Gate {
        match self.gate {
            Some(Refused::NoBroader) => Gate::NoBroader,
            None => Gate::Open,
        }
    }
}

/// How long a sandbox is meant to live.
#[derive(Debug, Clone, Copy)]
enum Ttl {
    For(Period),
    Endless,
}

/// What says of which topologies a run is, and what `--all` has no use for.
const OF_ONE_SANDBOX: [&str; 10] = [
    "sandbox",
    "dir",
    "recursive",
    "topology",
    "graphql_apis",
    "adopt",
    "adopt_tc",
    "ttl",
    "gate",
    "out",
];

/// Refuses flags beside `--all` that speak of one sandbox; variables of the environment do not count.
///
/// # Errors
/// When there is such a flag.
pub(super) fn check_all(command: &mut Command, matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some((verb, given)) = Given::of(command, matches) else {
        return Ok(());
    };
    if !given.has("all") {
        return Ok(());
    }
    let Some(id) = OF_ONE_SANDBOX.into_iter().find(|id| given.has(id)) else {
        return Ok(());
    };
    let flag = verb.get_arguments().find(|flag| flag.get_id() == id);
    let flag = flag.and_then(clap::Arg::get_long).unwrap_or(id).to_owned();
    let message =
        format!("`--all` is about every sandbox and reads no topology: it cannot be used with `--{flag}`");
    Err(verb.error(ErrorKind::ArgumentConflict, message))
}

/// Refuses flags that say which account is reached where none is.
///
/// # Errors
/// When there is such a flag.
pub(super) fn check_live(command: &mut Command, matches: &ArgMatches) -> Result<(), clap::Error> {
    let Some((verb, given)) = Given::of(command, matches) else {
        return Ok(());
    };
    if !given.knows("live") || given.has("live") {
        return Ok(());
    }
    let Some(flag) = ["local", "role"].into_iter().find(|id| given.has(id)) else {
        return Ok(());
    };
    let message = format!("`--{flag}` says which account is reached: it needs `--live`");
    Err(verb.error(ErrorKind::MissingRequiredArgument, message))
}

/// The flags of a verb, and which of them stand on the command line.
///
/// A release build of clap takes any id for one that it knows: the verb itself is asked.
struct Given<'m> {
    known: Vec<String>,
    matches: &'m ArgMatches,
}

impl<'m> Given<'m> {
    /// The verb of a command line, and what is given to it.
    fn of<'c>(command: &'c mut Command, matches: &'m ArgMatches) -> Option<(&'c mut Command, Self)> {
        let (verb, matches) = matches.subcommand()?;
        let verb = command.find_subcommand_mut(verb)?;
        let known = verb.get_arguments().map(|flag| flag.get_id().to_string());
        let known = known.collect();
        Some((verb, Self { known, matches }))
    }

    /// Whether the verb has a flag.
    fn knows(&self, id: &str) -> bool {
        self.known.iter().any(|known| known == id)
    }

    /// Whether a flag stands on the command line; variables of the environment do not count.
    fn has(&self, id: &str) -> bool {
        self.knows(id) && self.matches.value_source(id) == Some(ValueSource::CommandLine)
    }
}

impl ChangeArgs {
    /// What `--all` asks for, in a region; `None` where it is about one sandbox.
    ///
    /// # Errors
    /// When the configuration cannot be read.
    pub(super) fn all(&self, region: &Region, protection: Protection) -> Result<Option<AllRequest>, OpError> {
        if !self.all {
            return Ok(None);
        }
        let templates = &self.topology.templates;
        Ok(Some(AllRequest {
            kinds: kinds(self.entity),
            surroundings: templates.surroundings(region.clone(), &self.account.credentials)?,
            protection,
        }))
    }

    /// The configuration file that is named.
    pub(super) fn config(&self) -> Option<&Path> {
        self.topology.config()
    }

    /// The request that these flags make, in a region.
    ///
    /// # Errors
    /// When the configuration cannot be read.
    pub(super) fn request(&self, region: Region, protection: Protection) -> Result<CreateRequest, OpError> {
        let sandbox = SandboxArgs {
            // `--all` alone leaves it out, and does not come here.
            sandbox: self.sandbox.clone().unwrap_or_else(Sandbox::placeholder),
            entity: self.entity,
        };
        Ok(CreateRequest {
            wanted: self
                .topology
                .wanted(&sandbox, region, self.account.credentials.profile.as_deref())?,
            adoption: match (self.adopt, self.adopt_tc) {
                (true, _) => Adoption::Adopt,
                (false, true) => Adoption::OfOldTc,
                (false, false) => Adoption::Refuse,
            },
            lifetime: self.ttl.map_or(Lifetime::AsItIs, |ttl| match ttl {
                Ttl::For(period) => Lifetime::Until(Expiry::after(period, settings::now())),
                Ttl::Endless => Lifetime::Endless,
            }),
            protection,
            gate: self.gate.gate(),
        })
    }
}

impl TopologyArgs {
    /// All topologies in a directory, with nothing else said of them.
    pub(super) const fn of(dir: PathBuf, templates: TemplateArgs) -> Self {
        Self {
            dir,
            recursive: false,
            topology: None,
            graphql_apis: Vec::new(),
            templates,
        }
    }

    /// The configuration file that is named; naming none is not naming one.
    fn config(&self) -> Option<&Path> {
        given(self.templates.config.as_deref())
    }

    /// What these flags ask for, in a region.
    ///
    /// # Errors
    /// When the configuration cannot be read.
    pub(super) fn wanted(
        &self,
        sandbox: &SandboxArgs,
        region: Region,
        profile: Option<&str>,
    ) -> Result<Wanted, OpError> {
        let configuration = self.templates.configuration(&self.dir)?;
        let making = self.templates.making(&configuration);
        let configured = configuration.graphql_apis.iter();
        let configured = configured.map(|(namespace, id)| (namespace.clone(), id.value.clone()));
        Ok(Wanted {
            directory: self.dir.clone(),
            reach: if self.recursive { Reach::Below } else { Reach::Here },
            topology: self.topology.clone(),
            kinds: sandbox.kinds(),
            region,
            profile: settings::profile_name(profile),
            event_bus: settings::event_bus(&sandbox.sandbox, &configuration).value,
            graphql_apis: configured.chain(self.graphql_apis.iter().cloned()).collect(),
            assets: settings::assets(&configuration),
            options: configuration.options,
            configuration: configuration.sources,
            sandbox: sandbox.sandbox.clone(),
            making,
            accepted: configuration.accepted,
        })
    }
}

pub(super) fn sandbox(text: &str) -> Result<Sandbox, String> {
    Sandbox::parse(text).map_err(|error| explained(&error))
}

pub(super) fn namespace(text: &str) -> Result<Namespace, String> {
    Namespace::parse(text).map_err(|error| explained(&error))
}

pub(super) fn account(text: &str) -> Result<AccountId, String> {
    AccountId::parse(text).map_err(|error| explained(&error))
}

pub(super) fn role_kind(text: &str) -> Result<RoleKind, String> {
    let names = RoleKind::ALL.map(RoleKind::name).join(", ");
    RoleKind::ALL
        .into_iter()
        .find(|kind| kind.name() == text)
        .ok_or_else(|| format!("kinds with a role are {names}"))
}

fn ttl(text: &str) -> Result<Ttl, String> {
    if text == "none" {
        return Ok(Ttl::Endless);
    }
    period(text).map(Ttl::For)
}

pub(super) fn period(text: &str) -> Result<Period, String> {
    Period::parse(text).map_err(|error| explained(&error))
}

fn graphql_api(text: &str) -> Result<(Namespace, String), String> {
    let (name, id) = text.split_once('=').ok_or("expected NAMESPACE=API_ID")?;
    if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(format!(
            "`{}` is not the id of an API: letters and digits",
            id.escape_debug()
        ));
    }
    Ok((namespace(name)?, id.to_owned()))
}

fn explained(error: &InvalidName) -> String {
    format!("{}\n\n  help: {}", error.message, error.help)
}
