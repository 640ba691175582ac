use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::model::{EntityKind, RoleKind};
use crate::template::{RuleBook, TemplateError};
use crate::topology::Via;

/// The permission matrix: which edge needs which capability, on which role.
#[derive(Debug, Clone, Deserialize)]
pub struct Matrix {
    /// What an entity needs although no edge says so.
    pub always: Vec<EntityRule>,
    /// What an edge needs.
    pub edges: Vec<EdgeRule>,
    /// The capabilities, by id.
    pub capabilities: BTreeMap<String, CapabilityRule>,
}

/// What an entity needs although no edge says so.
#[derive(Debug, Clone, Deserialize)]
pub struct EntityRule {
    /// The kind of the entity.
    pub entity: EntityKind,
    /// The role that needs it.
    pub role: RoleKind,
    /// What it needs.
    pub capability: String,
    /// Why.
    pub reason: String,
}

/// What an edge needs.
#[derive(Debug, Clone, Deserialize)]
pub struct EdgeRule {
    /// The kind of the using end.
    pub source: EntityKind,
    /// The kind of the used end.
    pub target: EntityKind,
    /// In which way.
    pub via: Via,
    /// The role that needs it; `None` when no role statement is needed.
    pub role: Option<RoleKind>,
    /// What it needs; nothing when no role statement is needed.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// The event bus, where tc takes a fixed one.
    pub bus: Option<String>,
    /// Why, or why not.
    pub reason: String,
    /// The AWS page that says so.
    pub doc: String,
}

/// A capability: what its statements reach.
#[derive(Debug, Clone, Deserialize)]
pub struct CapabilityRule {
    /// How its statements single their targets out.
    pub scope: Scope,
    /// The kind of target, in words.
    pub target: String,
    /// What it lets a role do, in words.
    pub does: String,
    /// For exact capabilities: the ARN of a target.
    pub arn: Option<String>,
    /// For exact capabilities: the values that stand in the condition, by the names that the
    /// template has for them.
    #[serde(default)]
    pub limits: Vec<String>,
    /// In which way it can reach beyond the sandbox, where AWS or tc leaves no choice.
    pub exception: Option<String>,
}

/// How a capability's statements single their targets out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// By the sandbox's name pattern and its tag.
    Tagged,
    /// By the sandbox's name pattern.
    Pattern,
    /// Not at all: AWS has no resource type.
    Account,
    /// By the exact ARN.
    Exact,
}

impl Matrix {
    /// The matrix that is built in; read once.
    ///
    /// # Errors
    /// When it cannot be read: never in a build that passed its tests.
    pub fn built_in() -> Result<&'static Self, TemplateError> {
        static MATRIX: OnceLock<Result<Matrix, TemplateError>> = OnceLock::new();
        MATRIX.get_or_init(Self::read).as_ref().map_err(Clone::clone)
    }

    fn read() -> Result<Self, TemplateError> {
        serde_json::from_str(RuleBook::matrix()).map_err(|error| TemplateError {
            template: "matrix".to_owned(),
            message: error.to_string(),
        })
    }

    /// The rule for an edge.
    #[must_use]
    pub fn edge(&self, source: EntityKind, target: EntityKind, via: Via) -> Option<&EdgeRule> {
        self.edges
            .iter()
            .find(|rule| (rule.source, rule.target, rule.via) == (source, target, via))
    }
}
