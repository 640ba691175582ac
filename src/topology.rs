//! Reads a topology: text in, entities and edges out, each with its place in the file.
//!
//! Pure: the texts have been read by [`source`](crate::source) and stand in
//! [`Sources`]; nothing here opens a file. Reading is total: whatever the text, the
//! answer is a [`Reading`], with every fault that could be found in one pass.
//!
//! The language is that of tc, the topology composer: YAML with `{{variables}}`.
//! What a key means is decided here; what an edge *permits* is not: that is data, in
//! `templates/`, applied by [`grants`](crate::grants).

mod asl;
mod codes;
mod decode;
mod findings;
mod keys;
mod link;
mod names;
mod node;
mod reference;
mod sections;
mod spec;
mod text;
mod yaml;

use crate::diagnostic::{self, Diagnostic, FileId, Located, Sources, Span};
use crate::model::{EntityKind, Namespace};

use findings::Findings;

pub use codes::{CODES, Code};
pub use text::{InvalidText, Piece, Text, Variable};

/// What is to be read: texts among some [`Sources`].
#[derive(Debug, Clone)]
pub struct Input {
    /// The text of `topology.yml`.
    pub main: FileId,
    /// The directories beside it that hold a function, in the order of names.
    pub functions: Vec<FunctionDirectory>,
}

/// A directory that holds a function.
#[derive(Debug, Clone)]
pub struct FunctionDirectory {
    /// The directory's name: the function's name unless its spec says otherwise.
    pub name: String,
    /// The spec, or the file that marks the directory as a function's (then its text is empty).
    pub file: FileId,
    /// Which of the two `file` is.
    pub form: FunctionForm,
}

/// How a directory was found to hold a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionForm {
    /// By a `function.yml` or `function.json`.
    Spec,
    /// By a handler file such as `handler.py`.
    Marker,
}

/// What reading gives: the topology, unless a fault makes it meaningless, and all findings.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The topology; `None` when there is an error among the findings.
    pub topology: Option<Topology>,
    /// Every finding, in the order of places.
    pub diagnostics: Vec<Diagnostic>,
}

/// Entities and what they do to each other.
#[derive(Debug, Clone)]
pub struct Topology {
    /// The topology's name, which is its namespace.
    pub name: Located<Namespace>,
    /// What there is, in the order of places; without entities that are `doc_only`.
    pub entities: Vec<Entity>,
    /// Who does what to whom, in the order of places.
    pub edges: Vec<Edge>,
}

/// Something that is deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Its kind.
    pub kind: EntityKind,
    /// Its name in the topology.
    pub name: String,
    /// Its name in AWS, where tc gives it one that is known beforehand.
    pub physical: Option<Text>,
    /// Where it is declared.
    pub span: Span,
}

/// One entity's use of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Who uses.
    pub source: End,
    /// Who is used.
    pub target: Target,
    /// In which way.
    pub via: Via,
    /// The value that asks for it, e.g. the `intake` of `function: intake`.
    pub span: Span,
}

/// The using end of an edge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct End {
    /// Its kind.
    pub kind: EntityKind,
    /// Its name in the topology.
    pub name: String,
}

/// The used end of an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its kind.
    pub kind: EntityKind,
    /// Its name, as the topology has it.
    pub name: String,
    /// How a policy can single it out.
    pub binding: Binding,
}

/// How a policy can single a target out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// By the sandbox tag it carries, together with the form of its name.
    Tagged(Separator),
    /// By an exact name: a queue's, a table's. A function that polls a queue ([`Via::Poll`])
    /// is bound by the name of that queue, since its own role names the queue.
    Named(Text),
    /// By what an event on the bus says of itself.
    Event {
        /// The event's sources (`producer`), sorted.
        sources: Vec<String>,
        /// The event's detail type: its name.
        detail_type: String,
    },
    /// By a field of the topology's GraphQL API.
    Field(String),
    /// By the API destination that bears the namespace's name.
    Destination,
    /// Not at all: no role statement ever names it.
    Unnamed,
}

/// What stands between the parts of a physical name, `orders_packer_dev` or `orders-packer-dev`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Separator {
    /// `_`, tc's default.
    Underscore,
    /// `-`, with `hyphenated_names: true`.
    Hyphen,
}

impl Separator {
    /// The character itself.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Underscore => "_",
            Self::Hyphen => "-",
        }
    }
}

/// In which way an edge uses its target: the third column of the permission matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// A function's result goes to the target through its on-success destination.
    Destination,
    /// A function is named as the producer of an event.
    Producer,
    /// A function's or a rule's failures go to a queue.
    DeadLetter,
    /// A queue's messages are polled with the consumer's role: the source is the queue, the
    /// target the function, bound by the queue's name.
    Poll,
    /// A rule has the target.
    Rule,
    /// A route's integration calls the target and waits, or hands over and returns.
    Integration,
    /// A route starts a state machine and returns at once.
    Async,
    /// A route runs an Express state machine and waits for its result.
    Sync,
    /// A function decides who may call a route or an API.
    Authorizer,
    /// A resolver of a GraphQL field has the target as its data source.
    Resolver,
    /// A task of a state machine calls the target.
    Task,
}

/// Reads a topology.
#[must_use]
pub fn parse(sources: &Sources, input: &Input) -> Reading {
    let mut findings = Findings::new();
    let spec = sections::read(sources, input.main, &input.functions, &mut findings);
    let (entities, edges) = link::link(sources, &spec, &mut findings);
    let mut diagnostics = findings.into_list();
    diagnostic::sort(&mut diagnostics);
    let is_sound = !diagnostics.iter().any(Diagnostic::is_error);
    let topology = spec.name.filter(|_| is_sound).map(|name| Topology {
        name,
        entities,
        edges,
    });
    Reading {
        topology,
        diagnostics,
    }
}

#[cfg(test)]
mod tests;
