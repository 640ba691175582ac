//! The rule book: which actions, on what, under which condition, as templates.
//!
//! In go the names of a place (account, region, sandbox …), out come statements and trust
//! policies, read back by [`policy`](crate::policy) so that a broken template is an error
//! here and never a broken document in IAM. Rendering is strict: an unknown variable is an
//! error, and values are escaped for JSON, so that no value can change the structure of a
//! document. The texts stand in `templates/` and are embedded; no AWS action is named in
//! code.
//!
//! A team can keep templates of its own for whole roles: a [`TemplateSet`]. What they render to is
//! traced byte for byte to the file it comes from.

mod fault;
mod fill;
mod functions;
mod layout;
mod output;
mod partials;
mod provenance;
mod rendered;
mod set;
mod structure;
mod syntax;
mod values;

use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use include_dir::{Dir, include_dir};
use serde_json::{Map, Value, json};

use crate::diagnostic::Diagnostic;
use crate::model::{Context, Namespace, RoleKind};
use crate::policy::{Policy, Statement};

use fill::fill;
use partials::{CAPABILITY, Library, Script};

pub use layout::Place;
pub use rendered::RenderedDocument;
pub use set::{Part, RoleFiles, RoleTemplate, TemplateSet};

/// The codes of what is found in the templates of a team.
pub mod codes {
    /// A partial brings itself in.
    pub const CIRCULAR_PARTIAL: &str = "circular-partial";
    /// What a template renders to is no policy document, or no list of ARNs.
    pub const INVALID_DOCUMENT: &str = "invalid-document";
    /// A template cannot be read, or uses a part of Handlebars that is left out.
    pub const TEMPLATE_SYNTAX: &str = "template-syntax";
    /// A template is larger, nests deeper or takes longer than templates do.
    pub const TEMPLATE_TOO_LARGE: &str = "template-too-large";
    /// A value cannot stand where the template writes it.
    pub const TEMPLATE_VALUE: &str = "template-value";
    /// A helper is not there, or takes other values.
    pub const UNKNOWN_HELPER: &str = "unknown-helper";
    /// A partial is not there, or its name is taken.
    pub const UNKNOWN_PARTIAL: &str = "unknown-partial";
    /// A template uses a variable that is not there.
    pub const UNKNOWN_VARIABLE: &str = "unknown-variable";
    /// A file among the templates is none that is read, or stands without the one it belongs to.
    pub const UNUSED_TEMPLATE: &str = "unused-template";
}

static BUILT_IN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// A template that does not render to what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template `{template}`: {message}")]
pub struct TemplateError {
    /// The template, by its path under `templates/` without `.json`.
    pub template: String,
    /// What is wrong.
    pub message: String,
    /// What is wrong in a template of the team, each with its place; none for one that is built in.
    pub findings: Vec<Diagnostic>,
}

/// Whose schedules run with a role: those of the schedule groups, each named after its topology.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheduling<'n> {
    /// The groups of these topologies.
    Groups(BTreeSet<&'n Namespace>),
    /// Any group of the account in this region.
    Any,
}

impl Scheduling<'_> {
    /// How many groups a trust policy names one by one: twelve of the longest names fit into it.
    pub const GROUPS: usize = 12;
}

/// The built-in templates. Each is read when it is first used: a run needs few of them.
#[derive(Debug, Default)]
pub struct RuleBook {
    /// What is read so far: files by their path under `templates/` without `.json`, lines by themselves.
    scripts: RwLock<HashMap<String, Arc<Script>>>,
    library: OnceLock<Library>,
}

impl RuleBook {
    /// The rule book that is built in.
    ///
    /// # Errors
    /// When it holds no templates: never in a build that passed its tests.
    pub fn built_in() -> Result<&'static Self, TemplateError> {
        static BOOK: OnceLock<Result<RuleBook, TemplateError>> = OnceLock::new();
        BOOK.get_or_init(Self::read).as_ref().map_err(Clone::clone)
    }

    fn read() -> Result<Self, TemplateError> {
        for directory in ["capability", "trust"] {
            BUILT_IN
                .get_dir(directory)
                .ok_or_else(|| failed(directory, &"there are none"))?;
        }
        Ok(Self::default())
    }

    /// The permission matrix, as JSON text.
    #[must_use]
    pub fn matrix() -> &'static str {
        text("matrix.json").unwrap_or_default()
    }

    /// The table of integrations, as JSON text.
    #[must_use]
    pub fn integrations() -> &'static str {
        text("asl.json").unwrap_or_default()
    }

    /// The texts of the statements of all capabilities, as templates of a team bring them in.
    fn library(&self) -> &Library {
        self.library.get_or_init(|| {
            let names = BUILT_IN.get_dir("capability").into_iter().flat_map(Dir::files);
            let names = names.filter_map(|file| file.path().file_stem()?.to_str());
            let names = names.map(|id| format!("{CAPABILITY}{id}"));
            Library::built_in(names.filter_map(|name| {
                let script = self.file(&name).ok()?;
                Some((name, script))
            }))
        })
    }

    /// The text of the statements of a capability, as a template.
    #[must_use]
    pub fn text_of_capability(id: &str) -> Option<&'static str> {
        text(&format!("capability/{id}.json"))
    }

    /// The text of the trust policy of a kind's role, as a template.
    #[must_use]
    pub fn text_of_trust(kind: RoleKind) -> Option<&'static str> {
        text(&format!("trust/{kind}.json"))
    }

    /// What a person reads who is to maintain a set of templates.
    #[must_use]
    pub fn introduction() -> &'static str {
        text("introduction.md").unwrap_or_default()
    }

    /// The statements of a capability, with the values its template asks for.
    ///
    /// # Errors
    /// When there is no such capability, a value is missing, or the result is no statement.
    pub fn statements(
        &self,
        capability: &str,
        values: &Map<String, Value>,
    ) -> Result<Vec<Statement>, TemplateError> {
        let name = format!("{CAPABILITY}{capability}");
        let text = self.render(&name, values)?;
        parse(&name, &format!("{{\"Statement\": [{text}]}}")).map(|policy| policy.statement)
    }

    /// The trust policy of a base role.
    ///
    /// # Errors
    /// When a value is missing or the result is no policy.
    pub fn trust(
        &self,
        kind: RoleKind,
        context: &Context,
        scheduling: &Scheduling<'_>,
    ) -> Result<Policy, TemplateError> {
        let name = format!("trust/{kind}");
        let mut values = place(context);
        values.extend(scheduling.values());
        let text = self.render(&name, &values)?;
        parse(&name, &text)
    }

    /// What tcperm itself may do: a JSON list of statements, each with the verbs and modes it is for.
    ///
    /// # Errors
    /// When a value is missing.
    pub fn operator(&self, values: &Map<String, Value>) -> Result<String, TemplateError> {
        self.render("operator", values)
    }

    /// The most that a role of a sandbox may do: a policy, as JSON text.
    ///
    /// # Errors
    /// When a value is missing.
    pub fn boundary(&self, values: &Map<String, Value>) -> Result<String, TemplateError> {
        self.render("boundary", values)
    }

    /// Renders a line such as the ARN of a kind of target.
    ///
    /// # Errors
    /// When a value is missing.
    pub fn line(&self, template: &str, values: &Map<String, Value>) -> Result<String, TemplateError> {
        let script = self.script(template, || Some(template))?;
        filled(template, &script, values)
    }

    fn render(&self, name: &str, values: &Map<String, Value>) -> Result<String, TemplateError> {
        filled(name, &*self.file(name)?, values)
    }

    /// A file, by its path under `templates/` without `.json`.
    fn file(&self, name: &str) -> Result<Arc<Script>, TemplateError> {
        self.script(name, || text(&format!("{name}.json")))
    }

    fn script<'t>(
        &self,
        name: &str,
        text: impl FnOnce() -> Option<&'t str>,
    ) -> Result<Arc<Script>, TemplateError> {
        let known = self.scripts.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(script) = known.get(name) {
            return Ok(Arc::clone(script));
        }
        drop(known);
        let text = text().ok_or_else(|| failed(name, &"there is no such template"))?;
        let read = Script::read(None, text).map_err(|finding| failed(name, &finding.message))?;
        let script = Arc::new(read);
        let mut known = self.scripts.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(name.to_owned(), Arc::clone(&script));
        Ok(script)
    }
}

/// An embedded text, by its path under `templates/`.
fn text(path: &str) -> Option<&'static str> {
    BUILT_IN.get_file(path).and_then(include_dir::File::contents_utf8)
}

/// A built-in text with values; it brings nothing in.
fn filled(name: &str, script: &Script, values: &Map<String, Value>) -> Result<String, TemplateError> {
    let values = Value::Object(values.clone());
    let output = fill(&Library::default(), script, &values, &[]);
    output
        .map(|output| output.text)
        .map_err(|finding| failed(name, &finding.message))
}

/// The values that every template may use: where the roles are to stand.
#[must_use]
pub fn place(context: &Context) -> Map<String, Value> {
    let values = json!({
        "partition": context.partition.as_str(),
        "account": context.account,
        "region": context.region,
        "sandbox": context.sandbox,
        "tag_key": Context::TAG_KEY,
    });
    match values {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn parse(name: &str, text: &str) -> Result<Policy, TemplateError> {
    Policy::parse(text).map_err(|error| TemplateError {
        template: name.to_owned(),
        message: error.message,
        findings: Vec::new(),
    })
}

fn failed(name: &str, error: &dyn Display) -> TemplateError {
    TemplateError {
        template: name.to_owned(),
        message: error.to_string(),
        findings: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
