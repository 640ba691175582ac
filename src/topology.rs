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
mod document;
mod expand;
mod findings;
mod integration;
mod keys;
mod link;
mod names;
mod neighbours;
mod node;
mod reach;
mod reference;
mod role;
mod sections;
mod spec;
mod text;
mod variables;
mod yaml;

use std::collections::BTreeMap;

use crate::diagnostic::{self, Diagnostic, FileId, Located, Sources, Span};
use crate::model::{EntityKind, Namespace};

use findings::Findings;
use neighbours::Neighbours;

pub use codes::CODES;
pub(crate) use codes::{INVALID_NAME, OUTSIDE_SANDBOX};
pub use document::{Document, Documents, Macro, Mention, Outline};
pub use integration::{Integration, Integrations, Need, Needed, Place, Use, With};
pub use node::{Entry, Kind, Node, Style};
pub use role::{FunctionRole, RoleFileIds};
pub use text::{InvalidText, Piece, Text, Variable};

/// What is to be read: the texts of one topology or of many, among some [`Sources`].
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// The texts as YAML, and which text a path in another one leads to.
    pub documents: Documents,
    /// The topologies.
    pub topologies: Vec<Input>,
}

impl Project {
    /// A project of topologies whose texts are all among `sources`, and name no other by a path.
    #[must_use]
    pub fn of(sources: &Sources, topologies: Vec<Input>) -> Self {
        let mut documents = Documents::default();
        for file in sources.files() {
            documents.insert(file, Document::parse(sources, file));
        }
        Self {
            documents,
            topologies,
        }
    }
}

/// The texts of one topology.
#[derive(Debug, Clone)]
pub struct Input {
    /// The text of `topology.yml`; of the function's own file where there is no topology, which
    /// makes the function a topology of its own.
    pub main: FileId,
    /// The directories that hold a function, in the order of names; the function itself where
    /// there is no topology.
    pub functions: Vec<FunctionDirectory>,
    /// The text of `schedules.json`.
    pub schedules: Option<FileId>,
    /// Whether there is a `topology.yml`.
    pub form: Form,
}

impl Input {
    /// A `topology.yml` with the functions beside it.
    #[must_use]
    pub const fn new(main: FileId, functions: Vec<FunctionDirectory>) -> Self {
        Self {
            main,
            functions,
            schedules: None,
            form: Form::Topology,
        }
    }
}

/// What a topology is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A `topology.yml`.
    Topology,
    /// A function that stands alone.
    Function,
}

/// A directory that holds a function.
#[derive(Debug, Clone)]
pub struct FunctionDirectory {
    /// The directory's name: the function's name unless its spec says otherwise.
    pub name: String,
    /// The path by which a declared function names the directory (`uri: ../shared/packer`); `None`
    /// for a directory that makes a function by being there.
    pub uri: Option<String>,
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

/// What reading gives: the topologies, unless a fault makes them meaningless, and all findings.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The topologies, in the order of the project; none when there is an error among the findings.
    pub topologies: Vec<Topology>,
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
    /// The roles that functions have instead of the base role, by the names of the functions; only
    /// of those that say something of it.
    pub roles: BTreeMap<String, FunctionRole>,
}

impl Topology {
    /// A name in AWS with the namespace filled in, by which other topologies know it:
    /// `orders_packer_{{sandbox}}` of `{{namespace}}_packer_{{sandbox}}`.
    #[must_use]
    pub fn placed(&self, name: &str) -> String {
        let namespace = Variable::Namespace.to_string();
        name.replace(&namespace, self.name.value.as_str())
    }
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
    /// The integration of a task, by its id in `templates/asl.json`: what the edge needs stands
    /// there instead of in the matrix.
    pub integration: Option<String>,
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
        sources: Vec<Text>,
        /// The event's detail type: its name.
        detail_type: Text,
    },
    /// By a field of the topology's GraphQL API.
    Field(String),
    /// By the API destination that bears the namespace's name.
    Destination,
    /// By what a task says of it: values by the names that the capability's template has for them.
    Values(BTreeMap<String, Text>),
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
    /// A schedule has the target.
    Schedule,
    /// A function reads from a store.
    Read,
    /// A function writes to a store.
    Write,
    /// A function runs in the team's own network.
    Network,
    /// A user pool calls a function when something happens in it.
    Trigger,
    /// A function that a task waits for answers the state machine.
    Callback,
}

/// Reads a project: every topology in it, each resolved with the others in view. What the states
/// of state machines can call stands in `integrations`.
#[must_use]
pub fn parse(sources: &Sources, project: &Project, integrations: &Integrations) -> Reading {
    let mut findings = Findings::new();
    let specs: Vec<_> = project
        .topologies
        .iter()
        .map(|input| sections::read(sources, &project.documents, integrations, input, &mut findings))
        .collect();
    let neighbours = Neighbours::of(sources, &specs, &mut findings);
    let linked: Vec<_> = specs
        .iter()
        .map(|spec| link::link(sources, spec, &neighbours, &mut findings))
        .collect();
    reach::unreachable(&specs, &linked, &mut findings);
    let mut diagnostics = findings.into_list(sources);
    diagnostic::sort(&mut diagnostics);
    let is_sound = !diagnostics.iter().any(Diagnostic::is_error);
    let topologies = specs.into_iter().zip(linked).filter(|_| is_sound);
    let topologies = topologies
        .filter_map(|(spec, (entities, edges))| {
            let name = spec.name?;
            Some(Topology {
                name,
                entities,
                edges,
                roles: spec.roles,
            })
        })
        .collect();
    Reading {
        topologies,
        diagnostics,
    }
}

#[cfg(test)]
mod tests;
