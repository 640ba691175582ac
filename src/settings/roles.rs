//! How the configuration wants roles to be made: from which templates, within which boundary, or
//! not at all, where somebody else keeps them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::configuration::said;
use super::decode::{Decoder, shown};
use super::{Configuration, SettingsError, is_on};
use crate::intent::{FixedRoles, VARIABLES};
use crate::model::{Arn, RoleKind, RoleName};
use crate::ops::{Making, TeamDirectory};
use crate::topology::{Kind, Node};

impl Decoder<'_> {
    /// The directory of the team's templates; `false` says that none is meant.
    pub(super) fn infra_dir(&mut self, node: &Node) {
        if node.flag() == Some(false) {
            self.part.infra_dir = Some(TeamDirectory::Declined);
        } else if let Some(text) = self.text(node, "`infra_dir`") {
            let path = self.directory.join(text);
            self.part.infra_dir = Some(TeamDirectory::At(path));
        }
    }

    pub(super) fn boundary(&mut self, node: &Node) {
        let Some(text) = self.text(node, "`boundary`") else {
            return;
        };
        match checked_boundary(&text) {
            Ok(()) => self.part.boundary = Some(said(self.sources, &text, &node.span)),
            Err(help) => {
                let message = format!("{} is no permissions boundary", shown(&text));
                self.error(&node.span, message, help);
            }
        }
    }

    /// The team's own variables: text, numbers, `true` or `false`, and lists of text.
    pub(super) fn vars(&mut self, node: &Node) {
        let mut vars = BTreeMap::new();
        for entry in self.any_table(node, "`vars`") {
            let name = &*entry.key.value;
            if VARIABLES.contains(&name) {
                let message = format!("{} is a variable that every template has", shown(name));
                self.error(&entry.key.span, message, "give yours another name");
                continue;
            }
            if !is_variable(name) {
                let message = format!("{} cannot be the name of a variable", shown(name));
                let help = "a variable's name is letters, digits and `_`, and starts with a letter";
                self.error(&entry.key.span, message, help);
                continue;
            }
            if let Some(value) = self.var(&entry.value, name) {
                vars.insert(name.to_owned(), value);
            }
        }
        self.part.vars = Some(vars);
    }

    fn var(&mut self, node: &Node, name: &str) -> Option<Value> {
        if let Some(flag) = node.flag() {
            return Some(Value::from(flag));
        }
        if matches!(node.kind, Kind::Sequence(_)) {
            let texts = self.texts(node, &format!("`{name}`"));
            return Some(texts.into_iter().map(|text| text.value).collect());
        }
        match node.scalar() {
            Some(text) if !node.is_null() => Some(Value::from(text)),
            _ => {
                let message = format!("`{name}` must be text, a number, a flag or a list of text");
                self.error(&node.span, message, "put text in quotes");
                None
            }
        }
    }

    /// The names of the roles that somebody else keeps, by kind.
    pub(super) fn legacy_roles(&mut self, node: &Node) {
        let kinds = RoleKind::ALL.map(RoleKind::name);
        let mut names = BTreeMap::new();
        for entry in self.table(node, "`legacy_roles`", &kinds) {
            let kind = RoleKind::ALL
                .into_iter()
                .find(|kind| kind.name() == &*entry.key.value);
            let text = self.text(&entry.value, "the name of a role");
            let (Some(kind), Some(text)) = (kind, text) else {
                continue;
            };
            match RoleName::parse(&text) {
                Ok(name) => {
                    names.insert(kind, name);
                }
                Err(error) => self.error(&entry.value.span, error.message, error.help),
            }
        }
        self.part.legacy_roles = Some(names);
    }
}

/// The names that fixed roles have where tc is told to use them, by kind, the one that counts first.
const FIXED: [(RoleKind, &[&str]); 5] = [
    (RoleKind::Event, &["tc-base-event-role"]),
    (RoleKind::Function, &["tc-base-lambda-role"]),
    (
        RoleKind::Mutation,
        &["tc-base-mutation-role", "tc-base-appsync-role"],
    ),
    (RoleKind::Route, &["tc-base-route-role", "tc-base-api-role"]),
    (RoleKind::State, &["tc-base-sfn-role"]),
];

/// Where the team's templates are: the flag's directory, or the configuration's.
fn team_directory(flag: Option<&Path>, configuration: &Configuration) -> TeamDirectory {
    match flag {
        Some(directory) => TeamDirectory::At(directory.to_owned()),
        None => configuration.infra_dir.clone(),
    }
}

/// The directory of the team's templates, for what cannot do without.
///
/// # Errors
/// When neither the flag nor the configuration names one.
pub fn infra_dir(flag: Option<&Path>, configuration: &Configuration) -> Result<PathBuf, SettingsError> {
    match team_directory(flag, configuration) {
        TeamDirectory::At(directory) => Ok(directory),
        TeamDirectory::Unsaid | TeamDirectory::Declined => Err(SettingsError::NoInfraDir),
    }
}

/// How roles are made: as flags say, the environment, and the configuration.
#[must_use]
pub fn making(
    directory: Option<&Path>,
    boundary: Option<&str>,
    abac: bool,
    configuration: &Configuration,
) -> Making {
    let configured = configuration
        .boundary
        .as_ref()
        .map(|boundary| boundary.value.as_str());
    Making {
        directory: team_directory(directory, configuration),
        vars: configuration.vars.clone(),
        boundary: boundary.or(configured).map(str::to_owned),
        abac,
        fixed: is_on("TC_LEGACY_ROLES").then(|| fixed(&configuration.legacy_roles)),
    }
}

/// The names of the fixed roles; the configuration's alone for a kind that it names.
fn fixed(configured: &BTreeMap<RoleKind, RoleName>) -> FixedRoles {
    let names = |(kind, names): (RoleKind, &[&str])| {
        let known = names.iter().filter_map(|name| RoleName::parse(name).ok());
        let names = configured
            .get(&kind)
            .map_or_else(|| known.collect(), |name| vec![name.clone()]);
        (kind, names)
    };
    FIXED.into_iter().map(names).collect()
}

/// A text that can be a boundary, from the command line.
///
/// # Errors
/// When it cannot.
pub fn boundary(text: &str) -> Result<String, String> {
    checked_boundary(text).map(|()| text.to_owned())
}

/// A managed policy from the command line, by its ARN or by its name in the account: the ARN.
///
/// # Errors
/// When it is neither.
pub fn managed_policy(text: &str) -> Result<String, String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/{}".contains(c);
    let arn = if text.chars().all(is_name) {
        format!("arn:{{{{partition}}}}:iam::{{{{account}}}}:policy/{text}")
    } else {
        text.to_owned()
    };
    boundary(&arn).map_err(|help| format!("{help}, or its name alone"))
}

/// Whether a text can be a boundary once its variables have values.
///
/// # Errors
/// With the way out.
fn checked_boundary(text: &str) -> Result<(), String> {
    let plain = text
        .replace("{{partition}}", "aws")
        .replace("{{account}}", "123456789012")
        .replace("{{sandbox}}", "dev");
    let is_policy = |arn: &Arn| arn.as_str().contains(":iam::") && arn.as_str().contains(":policy/");
    if Arn::parse(&plain).is_ok_and(|arn| is_policy(&arn)) && !plain.contains(['{', '}', '*', '?', '$']) {
        return Ok(());
    }
    Err("write the ARN of a managed policy, as `arn:{{partition}}:iam::{{account}}:policy/NAME`".to_owned())
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
