//! What a team says in its configuration, checked and settled.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::decode::Decoder;
use super::{Origin, Settled, tree};
use crate::diagnostic::{self, Diagnostic, Sources, Span};
use crate::grants::{Matrix, Options};
use crate::model::{Namespace, RoleKind, RoleName};
use crate::ops::{Acceptance, Findings, OpError, TeamDirectory};
use crate::source::{self, ConfigurationForm};

/// What the configuration says.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    /// Its texts, which the places in `options` point into.
    pub sources: Sources,
    /// What deriving grants needs of it.
    pub options: Options,
    /// The ids of GraphQL APIs.
    pub graphql_apis: BTreeMap<Namespace, Settled<String>>,
    /// The event bus.
    pub event_bus: Option<Settled<String>>,
    /// The asset bucket.
    pub asset_bucket: Option<Settled<String>>,
    /// The directory of the team's templates.
    pub infra_dir: TeamDirectory,
    /// The permissions boundary of every role: an ARN, in which variables may stand.
    pub boundary: Option<Settled<String>>,
    /// The variables that the team's templates may use besides.
    pub vars: BTreeMap<String, Value>,
    /// The names of the roles that somebody else keeps, by kind.
    pub legacy_roles: BTreeMap<RoleKind, RoleName>,
    /// What is accepted although it reaches beyond a sandbox.
    pub accepted: Vec<Acceptance>,
}

/// What one file says; `None` for what it does not speak of.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) tagged: Option<std::collections::BTreeSet<String>>,
    pub(super) grants: Option<Vec<crate::grants::ExplicitGrant>>,
    pub(super) graphql_apis: BTreeMap<Namespace, Settled<String>>,
    pub(super) event_bus: Option<Settled<String>>,
    pub(super) asset_bucket: Option<Settled<String>>,
    pub(super) infra_dir: Option<TeamDirectory>,
    pub(super) boundary: Option<Settled<String>>,
    pub(super) vars: Option<BTreeMap<String, Value>>,
    pub(super) legacy_roles: Option<BTreeMap<RoleKind, RoleName>>,
    pub(super) accepted: Option<Vec<Acceptance>>,
}

/// Reads the configuration of a topology's directory; `named` is the file that the user names.
///
/// # Errors
/// When a file cannot be read, or holds what it should not: with everything that is wrong.
pub fn configuration(directory: &Path, named: Option<&Path>) -> Result<Configuration, OpError> {
    let mut sources = Sources::new();
    let mut found = Vec::new();
    let mut parts = Vec::new();
    let matrix = Matrix::built_in()?;
    for read in source::configuration(directory, named)? {
        let file = sources.add(read.name, read.text);
        let tree = match read.form {
            ConfigurationForm::Toml => tree::toml(&sources, file, &mut found),
            ConfigurationForm::Yaml => tree::yaml(&sources, file, &mut found),
        };
        let Some(tree) = tree else {
            continue;
        };
        let mut decoder = Decoder::new(&sources, &read.directory, matrix);
        match read.form {
            ConfigurationForm::Toml => decoder.own(&tree),
            ConfigurationForm::Yaml => decoder.of_tc(&tree),
        }
        let (part, faults) = decoder.finish();
        parts.push(part);
        found.extend(faults);
    }
    if found.iter().any(Diagnostic::is_error) {
        diagnostic::sort(&mut found);
        return Err(OpError::Findings(Box::new(Findings {
            sources,
            diagnostics: found,
        })));
    }
    Ok(settled(sources, parts))
}

/// Puts the files together: what stands first wins, key by key.
fn settled(sources: Sources, parts: Vec<Part>) -> Configuration {
    let mut whole = Part::default();
    for part in parts {
        whole.tagged = whole.tagged.or(part.tagged);
        whole.grants = whole.grants.or(part.grants);
        whole.event_bus = whole.event_bus.or(part.event_bus);
        whole.asset_bucket = whole.asset_bucket.or(part.asset_bucket);
        whole.infra_dir = whole.infra_dir.or(part.infra_dir);
        whole.boundary = whole.boundary.or(part.boundary);
        whole.vars = whole.vars.or(part.vars);
        whole.legacy_roles = whole.legacy_roles.or(part.legacy_roles);
        whole.accepted = whole.accepted.or(part.accepted);
        for (namespace, id) in part.graphql_apis {
            whole.graphql_apis.entry(namespace).or_insert(id);
        }
    }
    Configuration {
        sources,
        options: Options {
            tagged: whole.tagged.unwrap_or_default(),
            grants: whole.grants.unwrap_or_default(),
        },
        graphql_apis: whole.graphql_apis,
        event_bus: whole.event_bus,
        asset_bucket: whole.asset_bucket,
        infra_dir: whole.infra_dir.unwrap_or_default(),
        boundary: whole.boundary,
        vars: whole.vars.unwrap_or_default(),
        legacy_roles: whole.legacy_roles.unwrap_or_default(),
        accepted: whole.accepted.unwrap_or_default(),
    }
}

/// A value that a file says.
pub(super) fn said(sources: &Sources, value: &str, span: &Span) -> Settled<String> {
    Settled {
        value: value.to_owned(),
        origin: Origin::File(sources.label(span)),
    }
}
