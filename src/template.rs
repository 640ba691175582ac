//! The rule book: which actions, on what, under which condition, as templates.
//!
//! In go the names of a place (account, region, sandbox …), out come statements and trust
//! policies, read back by [`policy`](crate::policy) so that a broken template is an error
//! here and never a broken document in IAM. Rendering is strict: an unknown variable is an
//! error, and values are escaped for JSON, so that no value can change the structure of a
//! document. The texts stand in `templates/` and are embedded; no AWS action is named in
//! code.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Display;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use handlebars::{Handlebars, RenderContext, Renderable as _, Template};
use include_dir::{Dir, include_dir};
use serde_json::{Map, Value, json};

use crate::model::{Context, Namespace, RoleKind};
use crate::policy::{Policy, Statement};

static BUILT_IN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// A template that does not render to what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template `{template}`: {message}")]
pub struct TemplateError {
    /// The template, by its path under `templates/` without `.json`.
    pub template: String,
    /// What is wrong.
    pub message: String,
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

/// The built-in templates. Each is compiled when it is first used: a run needs few of them.
#[derive(Debug)]
pub struct RuleBook {
    engine: Handlebars<'static>,
    /// What is compiled so far, by its text.
    compiled: RwLock<HashMap<String, Arc<Template>>>,
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
        let mut engine = Handlebars::new();
        engine.set_strict_mode(true);
        engine.register_escape_fn(escape_json);
        Ok(Self {
            engine,
            compiled: RwLock::default(),
        })
    }

    /// The permission matrix, as JSON text.
    #[must_use]
    pub fn matrix() -> &'static str {
        BUILT_IN
            .get_file("matrix.json")
            .and_then(include_dir::File::contents_utf8)
            .unwrap_or_default()
    }

    /// The table of integrations, as JSON text.
    #[must_use]
    pub fn integrations() -> &'static str {
        BUILT_IN
            .get_file("asl.json")
            .and_then(include_dir::File::contents_utf8)
            .unwrap_or_default()
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
        let name = format!("capability/{capability}");
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
        let groups: Value = match scheduling {
            Scheduling::Any => Value::Array(Vec::new()),
            Scheduling::Groups(groups) => groups.iter().map(|group| group.as_str()).collect(),
        };
        values.insert("schedule_groups".to_owned(), groups);
        values.insert(
            "any_schedule_group".to_owned(),
            Value::from(*scheduling == Scheduling::Any),
        );
        let text = self.render(&name, &values)?;
        parse(&name, &text)
    }

    /// Renders a line such as the ARN of a kind of target.
    ///
    /// # Errors
    /// When a value is missing.
    pub fn line(&self, template: &str, values: &Map<String, Value>) -> Result<String, TemplateError> {
        self.render_text((template, template), values)
    }

    fn render(&self, name: &str, values: &Map<String, Value>) -> Result<String, TemplateError> {
        let text = BUILT_IN
            .get_file(format!("{name}.json"))
            .and_then(include_dir::File::contents_utf8)
            .ok_or_else(|| failed(name, &"there is no such template"))?;
        self.render_text((name, text), values)
    }

    fn render_text(
        &self,
        (name, text): (&str, &str),
        values: &Map<String, Value>,
    ) -> Result<String, TemplateError> {
        let template = self.compiled(name, text)?;
        let values = handlebars::Context::wraps(values).map_err(|error| failed(name, &error))?;
        template
            .renders(&self.engine, &values, &mut RenderContext::new(None))
            .map_err(|error| failed(name, &error))
    }

    fn compiled(&self, name: &str, text: &str) -> Result<Arc<Template>, TemplateError> {
        let known = self.compiled.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(template) = known.get(text) {
            return Ok(Arc::clone(template));
        }
        drop(known);
        let template = Arc::new(Template::compile(text).map_err(|error| failed(name, &error))?);
        let mut known = self.compiled.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(text.to_owned(), Arc::clone(&template));
        Ok(template)
    }
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
    })
}

fn failed(name: &str, error: &dyn Display) -> TemplateError {
    TemplateError {
        template: name.to_owned(),
        message: error.to_string(),
    }
}

/// A value as it must stand between the quotes of a JSON string.
fn escape_json(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted
        .get(1..quoted.len().saturating_sub(1))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests;
