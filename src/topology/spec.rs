//! What a topology says, section by section, before its references are resolved.
//!
//! Made by [`sections`](super::sections) and [`asl`](super::asl), used up by
//! [`link`](super::link). Everything here stands for a value in a file.

use std::collections::BTreeMap;

use super::Separator;
use super::decode::Word;
use super::role::FunctionRole;
use super::text::Text;
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
    pub stores: Vec<Store>,
    pub pools: Vec<Word>,
    pub triggers: Vec<Trigger>,
    pub pages: Vec<Word>,
    pub schedules: Vec<Schedule>,
    /// Whether the topology says that its state machine is an Express one.
    pub is_express: bool,
    pub machine: Option<Machine>,
    /// The roles that functions have instead of the base role, by their names.
    pub roles: BTreeMap<String, FunctionRole>,
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
            stores: Vec::new(),
            pools: Vec::new(),
            triggers: Vec::new(),
            pages: Vec::new(),
            schedules: Vec::new(),
            is_express: false,
            machine: None,
            roles: BTreeMap::new(),
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
#[derive(Debug, Clone)]
pub(super) struct Function {
    pub name: Word,
    pub fqn: Option<Word>,
    pub namespace: Option<Word>,
    /// The value of `root: true`.
    pub root: Option<Span>,
    pub targets: Vec<Reference>,
    pub dead_letter: Option<Word>,
    /// The stores that it uses, by their names.
    pub stores: Vec<Word>,
    pub runtime: Runtime,
    /// The directory that says the rest of what it does.
    pub directory: Directory,
}

/// Where the rest of what a function does is said.
#[derive(Debug, Clone)]
pub(super) enum Directory {
    /// Nowhere, but for what a directory of its name says of `runtime`.
    None,
    /// In the directory of its name (`shared: true`).
    OfItsName,
    /// In the directory that `uri` names.
    Named(Word),
}

/// What the way in which a function runs asks for.
#[derive(Debug, Clone, Default)]
pub(super) struct Runtime {
    /// The value that puts it into the team's own network.
    pub network: Option<Span>,
    /// The buckets that it mounts.
    pub buckets: Vec<Word>,
    /// A role that somebody else keeps.
    pub role: Option<Word>,
    /// The path of the file that its own role is made from.
    pub role_file: Option<Word>,
    /// The name of its own role.
    pub role_name: Option<Word>,
}

impl Runtime {
    /// Adds what another place says of how the same function runs.
    pub(super) fn extend(&mut self, other: &Self) {
        self.network = self.network.take().or_else(|| other.network.clone());
        self.buckets.extend(other.buckets.iter().cloned());
        self.role = self.role.take().or_else(|| other.role.clone());
        self.role_file = self.role_file.take().or_else(|| other.role_file.clone());
        self.role_name = self.role_name.take().or_else(|| other.role_name.clone());
    }
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
            stores: Vec::new(),
            runtime: Runtime::default(),
            directory: Directory::None,
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

/// A place where functions keep what they know.
#[derive(Debug)]
pub(super) struct Store {
    pub name: Word,
    pub holds: Holds,
    pub uses: Uses,
}

/// What a store holds, and where.
#[derive(Debug)]
pub(super) enum Holds {
    /// Objects in a bucket.
    Objects { bucket: Word, part: Part },
    /// Items in a table; without a name the store's own is the table's.
    Items { table: Option<Word> },
    /// What it holds, or where, cannot be read and has been reported.
    Unknown,
}

/// The part of a bucket that a store is.
#[derive(Debug)]
pub(super) enum Part {
    All,
    /// What begins so.
    Prefix(Word),
    /// One object.
    Key(Word),
}

/// What is done with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Uses {
    Read,
    Write,
    Both,
}

/// What a user pool calls when something happens in it.
#[derive(Debug)]
pub(super) struct Trigger {
    pub name: Word,
    pub function: Option<Word>,
}

/// A schedule.
#[derive(Debug)]
pub(super) struct Schedule {
    pub name: Word,
    pub target: Option<Word>,
    /// What the payload says of the event's source, when the target is an event bus.
    pub source: Option<Word>,
    /// What it says of the detail type.
    pub detail_type: Option<Word>,
}

/// The state machine.
#[derive(Debug)]
pub(super) struct Machine {
    pub span: Span,
    pub mode: Mode,
    pub tasks: Vec<Task>,
}

/// The type of a state machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Short, and run within the call that starts it if that waits: tc's default.
    Express,
    /// Long, and able to wait for others.
    Standard,
}

/// What a state calls.
#[derive(Debug)]
pub(super) struct Task {
    /// The name of the state.
    pub state: String,
    /// The id of the row and target in the table of integrations; none in a chain of functions.
    pub integration: Option<String>,
    pub subject: Subject,
    /// The value that asks for it.
    pub span: Span,
    pub answer: Answer,
}

/// Whom a state calls.
#[derive(Debug)]
pub(super) enum Subject {
    /// An entity of the language, by the value that names it.
    Entity(EntityKind, Word),
    /// One that is computed, among those that the sandbox's tag keeps apart.
    AtRunTime(EntityKind, Word),
    /// What these values name; with a name to show.
    Values(EntityKind, String, BTreeMap<String, Text>),
    /// What no role statement can name, or need name; with a name to show.
    Unnamed(EntityKind, String),
}

/// Whether a task waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It does not, or AWS answers.
    None,
    /// Whoever it calls answers with its token.
    Token,
}
