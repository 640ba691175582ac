use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::model::{EntityKind, RoleKind};
use crate::template::{RuleBook, TemplateError};
use crate::topology::{Integrations, Via};

/// The permission matrix: which edge needs which capability, on which role.
#[derive(Debug, Clone, Deserialize)]
pub struct Matrix {
    /// What an entity needs although no edge says so.
    pub always: Vec<EntityRule>,
    /// What an edge needs.
    pub edges: Vec<EdgeRule>,
    /// What a role is given when the configuration asks for it.
    pub opt_in: Vec<OptInRule>,
    /// The capabilities, by id.
    pub capabilities: BTreeMap<String, CapabilityRule>,
    /// Who may assume the roles.
    pub trust: BTreeMap<RoleKind, TrustRule>,
    /// What the states of state machines call, and what that needs.
    #[serde(skip)]
    pub integrations: Integrations,
}

/// Who may assume a role.
#[derive(Debug, Clone, Deserialize)]
pub struct TrustRule {
    /// Why.
    pub reason: String,
    /// The AWS page that says so.
    pub doc: String,
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
    /// The kind of entity that acts, where it is neither of the ends: `transducer`.
    pub by: Option<EntityKind>,
    /// What it needs; nothing when no role statement is needed.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// In short, what admits the edge where no role statement does: `resource policy`.
    pub instead: Option<String>,
    /// The event bus, where tc takes a fixed one.
    pub bus: Option<String>,
    /// Why, or why not.
    pub reason: String,
    /// The AWS page that says so.
    pub doc: String,
}

/// What a role is given when the configuration asks for it.
#[derive(Debug, Clone, Deserialize)]
pub struct OptInRule {
    /// The role.
    pub role: RoleKind,
    /// What it is given.
    pub capability: String,
    /// When it is needed, and why no edge asks for it.
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
    /// For exact capabilities: the values that the ARN of a target can do without, by name.
    #[serde(default)]
    pub optional: Vec<String>,
    /// For exact capabilities: the values that stand in the condition, by the names that the
    /// template has for them.
    #[serde(default)]
    pub limits: Vec<String>,
    /// For exact capabilities that name more than one thing: what a target is made of, in the order
    /// in which the configuration writes it, with `/` between. By default `name` alone.
    #[serde(default)]
    parts: Vec<String>,
    /// For exact capabilities: the part of a target that must hold the sandbox, where a name alone
    /// would reach more than the sandbox is trusted with.
    pub of_sandbox: Option<String>,
    /// For exact capabilities: whether the last part may hold `/`.
    #[serde(default)]
    pub is_path: bool,
    /// For exact capabilities: the characters that names of this kind may hold in AWS besides those of
    /// every name. None of them is a pattern.
    #[serde(default)]
    pub also: String,
    /// For exact capabilities: the kind whose tags count, if the team tags it.
    pub taggable: Option<String>,
    /// In which way it can reach beyond the sandbox, where AWS or tc leaves no choice.
    pub exception: Option<String>,
}

/// How a capability's statements single their targets out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    /// By the trust policy: it has no statement of its own.
    Trust,
}

impl Scope {
    /// Whether the statements depend on the form of the sandbox's names.
    #[must_use]
    pub const fn has_names(self) -> bool {
        matches!(self, Self::Tagged | Self::Pattern)
    }
}

impl CapabilityRule {
    /// What a target is made of.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        if self.parts.is_empty() {
            vec!["name".to_owned()]
        } else {
            self.parts.clone()
        }
    }

    /// For capabilities on a kind whose tags can count: the part of a target that is the name of what
    /// bears the tag. It is `name`, or else the first.
    #[must_use]
    pub fn name_part(&self) -> Option<String> {
        self.taggable.as_ref()?;
        let parts = self.parts();
        let named = parts.iter().find(|part| *part == "name");
        named.or(parts.first()).cloned()
    }
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
        let failed = |template: &str, error: &serde_json::Error| TemplateError {
            template: template.to_owned(),
            message: error.to_string(),
            findings: Vec::new(),
        };
        let mut matrix: Self =
            serde_json::from_str(RuleBook::matrix()).map_err(|error| failed("matrix", &error))?;
        matrix.integrations =
            serde_json::from_str(RuleBook::integrations()).map_err(|error| failed("asl", &error))?;
        Ok(matrix)
    }

    /// Whether a capability is offered for a role.
    #[must_use]
    pub fn offers(&self, role: RoleKind, capability: &str) -> bool {
        self.offered(role, capability).is_some()
    }

    /// What the configuration may ask for on a role.
    #[must_use]
    pub fn offered(&self, role: RoleKind, capability: &str) -> Option<&OptInRule> {
        self.opt_in
            .iter()
            .find(|rule| rule.role == role && rule.capability == capability)
    }

    /// The capabilities that the role of a kind can hold, by any rule.
    #[must_use]
    pub fn of_role(&self, kind: RoleKind) -> BTreeSet<&str> {
        let always = self.always.iter().filter(|rule| rule.role == kind);
        let edges = self.edges.iter().filter(|rule| rule.role == Some(kind));
        let opt_in = self.opt_in.iter().filter(|rule| rule.role == kind);
        let of_tasks = self.integrations.capabilities();
        always
            .map(|rule| rule.capability.as_str())
            .chain(edges.flat_map(|rule| rule.capabilities.iter().map(String::as_str)))
            .chain(opt_in.map(|rule| rule.capability.as_str()))
            .chain(of_tasks.filter(|_| kind == RoleKind::State))
            .collect()
    }

    /// The kinds that a team may tag itself.
    #[must_use]
    pub fn taggable(&self) -> BTreeSet<&str> {
        let rules = self.capabilities.values();
        rules.filter_map(|rule| rule.taggable.as_deref()).collect()
    }

    /// The rule for an edge.
    #[must_use]
    pub fn edge(&self, source: EntityKind, target: EntityKind, via: Via) -> Option<&EdgeRule> {
        self.edges
            .iter()
            .find(|rule| (rule.source, rule.target, rule.via) == (source, target, via))
    }
}
