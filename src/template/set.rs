//! The templates of a team: which there are, and what they render to.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use super::fault::shown;
use super::layout::{self, Entry, Place, Slot};
use super::partials::{CAPABILITY, Library, Script};
use super::rendered::{self, Given, RenderedDocument};
use super::{RuleBook, TemplateError, codes};
use crate::diagnostic::{self, Diagnostic, FileId, Located, Sources, Span};
use crate::model::{Arn, Namespace, RoleKind};

/// The files of one role, among the texts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoleFiles {
    /// What it may do.
    pub policy: FileId,
    /// What it may do for one topology, rendered once for each.
    pub topology: Option<FileId>,
    /// Who may assume it, in place of the built-in trust policy.
    pub trust: Option<FileId>,
    /// The managed policies that are attached to it.
    pub managed: Option<FileId>,
}

/// A file of a role that renders to a policy document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// What it may do.
    Policy,
    /// What it may do for one topology.
    Topology,
    /// Who may assume it.
    Trust,
}

/// The template of a role, read and checked.
#[derive(Debug, Clone)]
pub struct RoleTemplate {
    /// The path of the policy's file, as shown.
    pub path: String,
    /// 16 hex digits that change with any of its files, and with any partial that they reach; line
    /// ends do not count.
    pub digest: String,
    /// Its files, in the order of [`Slot::ALL`].
    files: [Option<RoleFile>; 4],
}

#[derive(Debug, Clone)]
struct RoleFile {
    path: String,
    file: FileId,
    script: Arc<Script>,
}

impl RoleTemplate {
    /// Whether the role has a file of its own for a part.
    #[must_use]
    pub fn has(&self, part: Part) -> bool {
        self.file(part.slot()).is_some()
    }

    /// The file of a part, among the texts of the run.
    #[must_use]
    pub fn source(&self, part: Part) -> Option<FileId> {
        self.file(part.slot()).map(|file| file.file)
    }

    fn file(&self, slot: Slot) -> Option<&RoleFile> {
        let index = Slot::ALL.iter().position(|known| *known == slot)?;
        self.files.get(index)?.as_ref()
    }
}

impl Part {
    pub(super) const fn slot(self) -> Slot {
        match self {
            Self::Policy => Slot::Policy,
            Self::Topology => Slot::Topology,
            Self::Trust => Slot::Trust,
        }
    }
}

/// The templates of a team, read and checked, with the team's own variables.
#[derive(Debug, Clone)]
pub struct TemplateSet {
    roles: BTreeMap<Place, RoleTemplate>,
    library: Library,
    vars: Map<String, Value>,
}

impl TemplateSet {
    /// Reads a set. `files` are the paths from the set's directory, with `/`, and their texts;
    /// `vars` are the team's variables: texts, numbers, booleans and lists of texts.
    ///
    /// What is found wrong is returned beside it, in the order of places. A role with an error in
    /// one of its own files is not in the set.
    #[must_use]
    pub fn read(
        rules: &'static RuleBook,
        sources: &Sources,
        files: &BTreeMap<String, FileId>,
        vars: &BTreeMap<String, Value>,
    ) -> (Self, Vec<Diagnostic>) {
        let mut set = Self {
            roles: BTreeMap::new(),
            library: rules.library().clone(),
            vars: vars.clone().into_iter().collect(),
        };
        let mut findings = Vec::new();
        let mut named: BTreeMap<Place, BTreeMap<Slot, FileId>> = BTreeMap::new();
        for (path, file) in files {
            match layout::entry(path) {
                Ok(Entry::Role(place, slot)) => {
                    named.entry(place).or_default().insert(slot, *file);
                }
                Ok(Entry::Partial(name)) => findings.extend(set.add(sources, &name, *file)),
                Err(odd) => {
                    let found = if odd.is_meant {
                        Diagnostic::warning
                    } else {
                        Diagnostic::note
                    };
                    findings.push(
                        found(codes::UNUSED_TEMPLATE, odd.message)
                            .help(odd.help)
                            .at(Span::new(*file, 0..0)),
                    );
                }
            }
        }
        findings.extend(set.library.check());
        for (place, files) in named {
            match role_files(&place, &files) {
                Ok(files) => match set.role(sources, &files) {
                    Ok(role) => drop(set.roles.insert(place, role)),
                    Err(found) => findings.extend(found),
                },
                Err(found) => findings.extend(found),
            }
        }
        diagnostic::sort(&mut findings);
        (set, findings)
    }

    fn add(&mut self, sources: &Sources, name: &str, file: FileId) -> Option<Diagnostic> {
        let at = Span::new(file, 0..0);
        if name.starts_with(CAPABILITY) {
            let message = format!("the name {} is one of the built-in partials", shown(name));
            let finding = Diagnostic::error(codes::UNKNOWN_PARTIAL, message);
            return Some(
                finding
                    .help("move the file to another directory below `partials`")
                    .at(at),
            );
        }
        let script = match Script::read(Some(file), sources.text(file)) {
            Ok(script) => script,
            Err(finding) => return Some(finding),
        };
        if self.library.add(name, script) {
            return None;
        }
        let message = format!("there are two partials {}", shown(name));
        let finding = Diagnostic::error(codes::UNKNOWN_PARTIAL, message);
        Some(
            finding
                .help("partials are told apart without their endings: rename one of the files")
                .at(at),
        )
    }

    /// The template of a base role, in every sandbox.
    #[must_use]
    pub fn base(&self, kind: RoleKind) -> Option<&RoleTemplate> {
        self.roles.get(&Place::Base(kind))
    }

    /// The template of the role of a kind that a topology has for itself.
    #[must_use]
    pub fn of_kind(&self, namespace: &Namespace, kind: RoleKind) -> Option<&RoleTemplate> {
        self.roles.get(&Place::Kind(namespace.clone(), kind))
    }

    /// The template of the role that a function of a topology has for itself.
    #[must_use]
    pub fn of_function(&self, namespace: &Namespace, function: &str) -> Option<&RoleTemplate> {
        self.roles
            .get(&Place::Function(namespace.clone(), function.to_owned()))
    }

    /// All templates of roles, each with which role it makes.
    pub fn roles(&self) -> impl Iterator<Item = (&Place, &RoleTemplate)> {
        self.roles.iter()
    }

    /// Reads the template of a role from files named elsewhere; it may use the set's partials.
    ///
    /// # Errors
    /// What is wrong in the files, or in a partial that they reach.
    pub fn role(&self, sources: &Sources, files: &RoleFiles) -> Result<RoleTemplate, Vec<Diagnostic>> {
        let ids = [Some(files.policy), files.topology, files.trust, files.managed];
        let mut findings = Vec::new();
        let mut read = |file: FileId| {
            let script = Script::read(Some(file), sources.text(file))
                .and_then(|script| self.library.check_one(&script).map(|()| script));
            match script {
                Ok(script) => Some(RoleFile {
                    path: sources.name(file).to_owned(),
                    file,
                    script: Arc::new(script),
                }),
                Err(finding) => {
                    findings.push(finding);
                    None
                }
            }
        };
        let files = ids.map(|file| file.and_then(&mut read));
        let path = match &files {
            [Some(policy), ..] if findings.is_empty() => policy.path.clone(),
            _ => return Err(findings),
        };
        let digest = self.digest(&files);
        Ok(RoleTemplate { path, digest, files })
    }

    fn digest(&self, files: &[Option<RoleFile>; 4]) -> String {
        let mut texts: BTreeMap<String, &str> = BTreeMap::new();
        for (slot, file) in Slot::ALL.iter().zip(files) {
            if let Some(RoleFile { script, .. }) = file {
                texts.insert(format!("{slot:?}"), &script.text);
                let reached = self.library.reached(script);
                texts.extend(
                    reached
                        .iter()
                        .map(|(name, script)| (format!("> {name}"), script.text.as_str())),
                );
            }
        }
        let mut hash = Sha256::new();
        for (name, text) in texts {
            let text = text.replace("\r\n", "\n");
            hash.update(format!("{name}\n{}\n", text.len()));
            hash.update(text);
        }
        let mut digits = String::new();
        for byte in hash.finalize().iter().take(8) {
            let _ = write!(digits, "{byte:02x}");
        }
        digits
    }

    /// Renders a part of a role; nothing when the role has no file for it.
    ///
    /// `values` are the values of the run, by name. `absent` are the variables that have no value
    /// here although they have one elsewhere, each with what to do about it.
    ///
    /// # Errors
    /// With findings: when a variable or partial is not there, a value cannot stand where it is
    /// written, or the text is no policy document.
    pub fn document(
        &self,
        template: &RoleTemplate,
        part: Part,
        values: &Map<String, Value>,
        absent: &[(&str, &str)],
    ) -> Result<Option<RenderedDocument>, TemplateError> {
        let render =
            |file: &RoleFile, given: Given<'_>| rendered::document(&file.script, file.whole(), given);
        self.render(template.file(part.slot()), values, absent, render)
    }

    /// Renders the list of managed policies of a role; nothing when the role has no file for it.
    ///
    /// # Errors
    /// As [`document`](Self::document), or when the text is no JSON list of ARNs.
    pub fn managed(
        &self,
        template: &RoleTemplate,
        values: &Map<String, Value>,
        absent: &[(&str, &str)],
    ) -> Result<Option<Vec<Located<Arn>>>, TemplateError> {
        let render = |file: &RoleFile, given: Given<'_>| rendered::arns(&file.script, &file.whole(), given);
        self.render(template.file(Slot::Managed), values, absent, render)
    }

    fn render<T>(
        &self,
        file: Option<&RoleFile>,
        values: &Map<String, Value>,
        absent: &[(&str, &str)],
        render: impl Fn(&RoleFile, Given<'_>) -> Result<T, Vec<Diagnostic>>,
    ) -> Result<Option<T>, TemplateError> {
        let Some(file) = file else {
            return Ok(None);
        };
        let values = rendered::merged(values, &self.vars);
        let given = Given {
            library: &self.library,
            values: &values,
            absent,
        };
        render(file, given).map(Some).map_err(|findings| TemplateError {
            template: file.path.clone(),
            message: rendered::summary(&file.path, &findings),
            findings,
        })
    }
}

impl RoleFile {
    fn whole(&self) -> Span {
        Span::new(self.file, 0..self.script.text.len())
    }
}

/// The files of a role, if its policy is among them.
fn role_files(place: &Place, files: &BTreeMap<Slot, FileId>) -> Result<RoleFiles, Vec<Diagnostic>> {
    let of = |slot: Slot| files.get(&slot).copied();
    if let Some(policy) = of(Slot::Policy) {
        return Ok(RoleFiles {
            policy,
            topology: of(Slot::Topology),
            trust: of(Slot::Trust),
            managed: of(Slot::Managed),
        });
    }
    let alone = |file: &FileId| {
        let expected = shown(&place.to_string());
        Diagnostic::warning(
            codes::UNUSED_TEMPLATE,
            format!("this file belongs to {expected}, which is not there"),
        )
        .help("create that file, or remove this one")
        .at(Span::new(*file, 0..0))
    };
    Err(files.values().map(alone).collect())
}
