//! The templates that a team keeps: read, compiled, and what is to be said of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Findings, OpError};
use crate::diagnostic::{Diagnostic, Sources, Span};
use crate::intent::{Choice, FixedRoles, Recipes, is_fixed};
use crate::model::{Assets, Context, EntityKind, Identity, Region, RoleId, RoleName, Sandbox};
use crate::source;
use crate::template::{
    Part, Place, RoleTemplate, RuleBook, TemplateError, TemplateSet, codes as template_codes,
};
use crate::topology::Topology;

/// The codes of what is found about the team's templates as a whole.
pub mod codes {
    /// The repository holds templates, and nothing says that they are to be used.
    pub const UNUSED_TEMPLATES: &str = "unused-templates";
    /// The team has templates, and none for a kind of role that is needed.
    pub const NO_TEMPLATE: &str = "no-template";
}

/// How roles are made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "how roles are made")]
pub struct Making {
    /// Where the team's templates are.
    pub directory: TeamDirectory,
    /// The variables that they may use besides.
    pub vars: BTreeMap<String, Value>,
    /// The permissions boundary of every role: an ARN, in which variables may stand.
    pub boundary: Option<String>,
    /// Whether statements of the team's templates get the sandbox's tag condition.
    pub abac: bool,
    /// The roles that stand in the place of base roles, where somebody else keeps them.
    pub fixed: Option<FixedRoles>,
}

impl Making {
    /// Whether a role is one that somebody else keeps in the place of a base role.
    pub(super) fn is_fixed(&self, name: &RoleName) -> bool {
        is_fixed(self.fixed.as_ref(), name)
    }
}

/// How roles are made where no topology is read, and for what place.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The region that a role is taken to be written for, where it names none itself.
    pub region: Region,
    /// The name of the profile, for templates that hold it.
    pub profile: Option<String>,
    /// What else templates may hold.
    pub assets: Assets,
    /// How roles are made.
    pub making: Making,
}

impl Surroundings {
    /// Refuses a region that the account cannot have.
    pub(super) fn check(&self, identity: &Identity) -> Result<(), OpError> {
        check_partition(&self.region, identity)
    }

    /// Where the roles of a sandbox stand.
    pub(super) fn context(&self, identity: &Identity, sandbox: &Sandbox) -> Context {
        Context {
            partition: identity.partition,
            account: identity.account.clone(),
            region: self.region.clone(),
            sandbox: sandbox.clone(),
            profile: self.profile.clone(),
            // Topologies alone name event buses.
            event_bus: String::new(),
            assets: self.assets.clone(),
        }
    }
}

/// Refuses a region of another partition than the account's.
pub(super) fn check_partition(region: &Region, identity: &Identity) -> Result<(), OpError> {
    let region_partition = region.partition();
    if region_partition == identity.partition {
        return Ok(());
    }
    Err(OpError::OtherPartition {
        region: region.clone(),
        region_partition,
        partition: identity.partition,
    })
}

/// Where a team's templates are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeamDirectory {
    /// Nobody says.
    #[default]
    Unsaid,
    /// There are none to be used.
    Declined,
    /// In this directory, or in `tc` below it.
    At(PathBuf),
}

/// Reads the team's templates, after the texts that are there, with what is found in them.
pub(super) fn read(
    making: &Making,
    rules: &'static RuleBook,
    sources: &mut Sources,
) -> Result<(TemplateSet, Vec<Diagnostic>), OpError> {
    let TeamDirectory::At(directory) = &making.directory else {
        return Ok(TemplateSet::read(rules, sources, &BTreeMap::new(), &making.vars));
    };
    let read = source::templates(directory)?;
    let shift = sources.append(read.sources);
    let files = read
        .files
        .into_iter()
        .map(|(path, file)| (path, shift.file(file)));
    Ok(TemplateSet::read(rules, sources, &files.collect(), &making.vars))
}

/// The team's templates by themselves, for what needs no topology.
pub(super) struct Team {
    rules: &'static RuleBook,
    pub(super) set: TemplateSet,
    pub(super) findings: Findings,
    files: BTreeMap<RoleId, RoleTemplate>,
    boundary: Option<String>,
    abac: bool,
}

impl Team {
    /// Reads them.
    pub(super) fn read(making: &Making) -> Result<Self, OpError> {
        let rules = RuleBook::built_in()?;
        let mut sources = Sources::new();
        let (set, diagnostics) = read(making, rules, &mut sources)?;
        let findings = Findings { sources, diagnostics };
        if findings.diagnostics.iter().any(Diagnostic::is_error) {
            return Err(OpError::Findings(Box::new(findings)));
        }
        Ok(Self {
            rules,
            set,
            findings,
            files: BTreeMap::new(),
            boundary: making.boundary.clone(),
            abac: making.abac,
        })
    }

    /// From what the roles that are there are made.
    pub(super) fn recipes(&self) -> Recipes<'_> {
        Recipes {
            rules: self.rules,
            set: &self.set,
            files: &self.files,
            boundary: self.boundary.as_deref(),
            abac: self.abac,
            choice: Choice::AsRecorded,
        }
    }

    /// The same failure, with the texts that a template's findings point into.
    pub(super) fn placed(&self, error: OpError) -> OpError {
        placed(error, &self.findings.sources)
    }
}

/// The same failure: a template's findings with the texts that they point into.
pub(super) fn placed(error: OpError, sources: &Sources) -> OpError {
    match error {
        OpError::Template(error) => failed(error, sources),
        other => other,
    }
}

/// What a template's failure is to the user: its findings, with the texts that they point into.
pub(super) fn failed(error: TemplateError, sources: &Sources) -> OpError {
    if error.findings.is_empty() {
        return OpError::Template(error);
    }
    OpError::Findings(Box::new(Findings {
        sources: sources.clone(),
        diagnostics: error.findings,
    }))
}

/// Says which templates are for functions that their topology does not have.
pub(super) fn of_nobody(set: &TemplateSet, topologies: &[Topology]) -> Vec<Diagnostic> {
    let of_nobody = |(place, template): (&Place, &RoleTemplate)| {
        let Place::Function(namespace, function) = place else {
            return None;
        };
        let topology = topologies
            .iter()
            .find(|topology| topology.name.value == *namespace)?;
        let entities = topology.entities.iter();
        let mut functions = entities.filter(|entity| entity.kind == EntityKind::Function);
        if functions.any(|entity| entity.name == *function) {
            return None;
        }
        let file = template.source(Part::Policy)?;
        let message = format!("`{namespace}` has no function `{}`", function.escape_debug());
        let help = "name the file after a function or a kind of role of the topology, or remove it";
        Some(
            Diagnostic::warning(template_codes::UNUSED_TEMPLATE, message)
                .help(help)
                .at(Span::new(file, 0..0)),
        )
    };
    set.roles().filter_map(of_nobody).collect()
}

/// What to say where templates are there, and nothing says that they are to be used.
pub(super) fn hint(making: &Making, topologies: &Path) -> Option<Diagnostic> {
    if making.directory != TeamDirectory::Unsaid || making.fixed.is_some() {
        return None;
    }
    let there = source::unused_templates(topologies)?;
    let message = format!("`{there}` holds role templates that are not used");
    let help = format!(
        "use them with `--infra-dir {there}`, TC_INFRA_DIR or `infra_dir` in `tcperm.toml`; `infra_dir = false` there says that they are not meant"
    );
    Some(Diagnostic::note(codes::UNUSED_TEMPLATES, message).help(help))
}
