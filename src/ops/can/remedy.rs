//! What in a topology would have a role allow an action.

use serde_json::Value;

use crate::grants::Matrix;
use crate::model::{EntityKind, RoleKind};
use crate::template::{RuleBook, TemplateError};

/// A capability whose statements allow an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// Its id.
    pub capability: String,
    /// What it lets a role do, in words.
    pub does: String,
    /// The edges of a topology that ask for it on roles of the kind.
    pub edges: Vec<RemedyEdge>,
}

/// An edge that asks for a capability.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemedyEdge {
    /// The kind of the using end.
    pub source: EntityKind,
    /// The kind of the used end.
    pub target: EntityKind,
}

/// What would have roles of a kind allow an action: capabilities by id, those that edges ask for first.
///
/// # Errors
/// When the matrix is broken: never in a build that passed its tests.
pub(super) fn remedies(kind: RoleKind, action: &str) -> Result<Vec<Remedy>, TemplateError> {
    let matrix = Matrix::built_in()?;
    let named = Value::String(action.to_owned()).to_string().to_ascii_lowercase();
    let mut found = Vec::new();
    for (id, rule) in &matrix.capabilities {
        let text = RuleBook::text_of_capability(id).unwrap_or_default();
        if !text.to_ascii_lowercase().contains(&named) {
            continue;
        }
        let asks = matrix.edges.iter().filter(|edge| {
            edge.role == Some(kind) && edge.capabilities.iter().any(|capability| capability == id)
        });
        let edges = asks.map(|edge| RemedyEdge {
            source: edge.source,
            target: edge.target,
        });
        let mut edges: Vec<RemedyEdge> = edges.collect();
        edges.dedup();
        found.push(Remedy {
            capability: id.clone(),
            does: rule.does.clone(),
            edges,
        });
    }
    found.sort_by_key(|remedy| remedy.edges.is_empty());
    Ok(found)
}
