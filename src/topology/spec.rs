//! What a topology says, section by section, before its references are resolved.
//!
//! Made by [`sections`](super::sections) and [`asl`](super::asl), used up by
//! [`link`](super::link). Everything here stands for a value in a file.

use super::Separator;
use super::decode::Word;
use crate::diagnostic::{Located, Span};
use crate::model::{EntityKind, Namespace};

/// A topology as declared.
#[derive(Debug)]
pub(super) struct Spec {
    pub name: Option<Located<Namespace>>,
    pub separator: Separator,
    pub functions: Vec<Function>,
    pub events: Vec<Event>,
    pub routes: Vec<Route>,
    pub queues: Vec<Queue>,
    pub mutations: Mutations,
    pub channels: Vec<Channel>,
    pub machine: Option<Machine>,
}

impl Spec {
    /// A topology of which nothing is known yet.
    pub(super) fn empty() -> Self {
        Self {
            name: None,
            separator: Separator::Underscore,
            functions: Vec::new(),
            events: Vec::new(),
            routes: Vec::new(),
            queues: Vec::new(),
            mutations: Mutations::default(),
            channels: Vec::new(),
            machine: None,
        }
    }
}

/// A value that names another entity.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    /// The kind of what it names, which its key says.
    pub kind: EntityKind,
    /// The value.
    pub word: Word,
}

/// Whom an entity calls, as far as that can be read.
#[derive(Debug, Default)]
pub(super) struct Targets {
    /// Those that count.
    pub list: Vec<Reference>,
    /// Something that was written is missing from the list, and has been reported.
    pub lost: bool,
}

impl Targets {
    /// Whether nothing was written.
    pub(super) fn are_none(&self) -> bool {
        self.list.is_empty() && !self.lost
    }
}

/// A function, declared in the topology or found in a directory.
#[derive(Debug)]
pub(super) struct Function {
    pub name: Word,
    pub fqn: Option<Word>,
    pub namespace: Option<Word>,
    /// The value of `root: true`.
    pub root: Option<Span>,
    pub targets: Vec<Reference>,
    pub dead_letter: Option<Word>,
}

impl Function {
    /// A function of which nothing but its name is known.
    pub(super) fn named(name: Word) -> Self {
        Self {
            name,
            fqn: None,
            namespace: None,
            root: None,
            targets: Vec::new(),
            dead_letter: None,
        }
    }
}

/// An event and the rule that matches it.
#[derive(Debug)]
pub(super) struct Event {
    pub name: Word,
    pub producers: Vec<Word>,
    pub targets: Targets,
    pub dead_letter: Option<Word>,
    pub rule_name: Option<Word>,
    pub role: EventRole,
}

/// What a topology has to do with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EventRole {
    /// It has a rule for it.
    Consumed,
    /// It only puts it (`produces`, the old form).
    Produced,
    /// It only mentions it.
    Documented,
}

/// A route of an HTTP API.
#[derive(Debug)]
pub(super) struct Route {
    pub name: Word,
    /// At most one; none is the topology's own state machine.
    pub targets: Targets,
    pub authorizer: Option<Word>,
    pub waits: Waits,
}

/// Whether a route waits for the state machine it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waits {
    Yes,
    No,
}

/// A queue.
#[derive(Debug)]
pub(super) struct Queue {
    pub name: Word,
    pub function: Option<Word>,
    /// Its name in AWS, when that is not its key.
    pub physical: Option<Word>,
}

/// The GraphQL API.
#[derive(Debug, Default)]
pub(super) struct Mutations {
    pub authorizer: Option<Word>,
    pub resolvers: Vec<Resolver>,
}

/// A field of the GraphQL API.
#[derive(Debug)]
pub(super) struct Resolver {
    pub name: Word,
    /// At most one.
    pub targets: Targets,
}

/// A channel.
#[derive(Debug)]
pub(super) struct Channel {
    pub name: Word,
}

/// The state machine.
#[derive(Debug)]
pub(super) struct Machine {
    pub span: Span,
    pub tasks: Vec<Task>,
}

/// A task that calls a function.
#[derive(Debug)]
pub(super) struct Task {
    /// The value that names the function.
    pub function: Word,
    pub picked: Picked,
}

/// When the function of a task is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Picked {
    /// It is named.
    Beforehand,
    /// It is computed from the input.
    AtRunTime,
}
