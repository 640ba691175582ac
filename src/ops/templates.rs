//! The templates that a team keeps: read, compiled, and what is to be said of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Findings, OpError};
use crate::diagnostic::{Diagnostic, Sources};
use crate::intent::{Choice, FixedRoles, Recipes, is_fixed};
use crate::model::{RoleId, RoleName};
use crate::source;
use crate::template::{RoleTemplate, RuleBook, TemplateSet};

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
    pub(super) sources: Sources,
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
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Err(OpError::Findings(Box::new(Findings { sources, diagnostics })));
        }
        Ok(Self {
            rules,
            set,
            sources,
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
