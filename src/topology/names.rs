//! The declared entities by their names, and what a reference leads to.
//!
//! The rule of the sandbox: a tagged kind (function, state machine) is reached by a name
//! of this topology, or by one that ends in `{{sandbox}}`; everything else is outside and
//! an error. A queue or table is reached by its exact name. What is not declared is a
//! warning; it is granted where the sandbox's tag or an exact name keeps it apart, and
//! not where it would be a guess (an event, whose source is unknown).

mod schedules;
mod stores;

use std::collections::{HashMap, HashSet};

use super::codes;
use super::decode::Word;
use super::findings::{Findings, shown};
use super::neighbours::Neighbours;
use super::reference::{self, Form, Name};
use super::spec::{Event, EventRole, Function, Mode, Queue, Spec, Store};
use super::text::{Piece, Text, Variable};
use super::{Binding, Separator, Target};
use crate::diagnostic::Sources;
use crate::model::EntityKind;

/// What an event says of its source when no producer is named.
const DEFAULT_SOURCE: &str = "default";

/// The declared entities by their names.
#[derive(Debug)]
pub(super) struct Names<'s> {
    namespace: Option<&'s str>,
    separator: Separator,
    functions: HashMap<&'s str, Physical>,
    /// The functions by their names in AWS, with the namespace filled in.
    deployed: HashMap<String, &'s str>,
    events: HashMap<&'s str, &'s Event>,
    queues: HashMap<&'s str, Text>,
    deployed_queues: HashSet<Text>,
    resolvers: HashSet<&'s str>,
    channels: HashSet<&'s str>,
    stores: HashMap<&'s str, &'s Store>,
    /// The tables that stores are.
    tables: HashSet<Text>,
    has_machine: bool,
    is_express: bool,
    neighbours: &'s Neighbours<'s>,
}

/// A function's name in AWS.
#[derive(Debug, Clone)]
pub(super) struct Physical {
    pub text: Text,
    /// What stands before the sandbox in it.
    pub separator: Separator,
}

impl<'s> Names<'s> {
    /// The names of a topology; reports functions that AWS could not tell apart.
    pub(super) fn new(
        sources: &Sources,
        spec: &'s Spec,
        neighbours: &'s Neighbours<'s>,
        findings: &mut Findings,
    ) -> Self {
        let mut names = Self {
            namespace: spec.name.as_ref().map(|name| name.value.as_str()),
            separator: spec.separator,
            functions: HashMap::new(),
            deployed: HashMap::new(),
            events: spec.events.iter().map(|e| (e.name.value.as_str(), e)).collect(),
            queues: HashMap::new(),
            deployed_queues: HashSet::new(),
            resolvers: spec
                .mutations
                .resolvers
                .iter()
                .map(|r| r.name.value.as_str())
                .collect(),
            channels: spec.channels.iter().map(|c| c.name.value.as_str()).collect(),
            stores: spec.stores.iter().map(|s| (s.name.value.as_str(), s)).collect(),
            tables: stores::tables(findings, spec),
            has_machine: spec.machine.is_some(),
            is_express: spec.is_express,
            neighbours,
        };
        let mut first: HashMap<String, &Function> = HashMap::new();
        for function in &spec.functions {
            let physical = physical(findings, function, spec.separator);
            let deployed = names.with_namespace(&physical.text.to_string());
            if let Some(first) = first.get(&deployed) {
                duplicate(findings, sources, first, function, &deployed);
            }
            first.entry(deployed.clone()).or_insert(function);
            names.deployed.entry(deployed).or_insert(&function.name.value);
            names.functions.insert(&function.name.value, physical);
        }
        for queue in &spec.queues {
            let name = queue_name(findings, queue);
            names.deployed_queues.insert(name.clone());
            names.queues.insert(&queue.name.value, name);
        }
        names
    }

    /// A function's name in AWS.
    pub(super) fn physical(&self, function: &str) -> Option<&Text> {
        self.functions.get(function).map(|physical| &physical.text)
    }

    /// A queue's name in AWS.
    pub(super) fn queue_name(&self, queue: &str) -> Option<&Text> {
        self.queues.get(queue)
    }

    /// The topology's state machine.
    pub(super) fn own_machine(&self) -> Target {
        Target {
            kind: EntityKind::State,
            name: self.namespace.unwrap_or_default().to_owned(),
            binding: Binding::Tagged(self.separator),
        }
    }

    /// The function of this topology that a value names, if it does.
    pub(super) fn local_function(&self, written: &str) -> Option<Target> {
        let name = self
            .functions
            .get_key_value(written)
            .map(|(name, _)| *name)
            .or_else(|| self.deployed.get(&self.with_namespace(written)).copied())?;
        let separator = self.functions.get(name)?.separator;
        Some(tagged(EntityKind::Function, name, separator))
    }

    /// The function that a value names.
    pub(super) fn function(&self, findings: &mut Findings, word: &Word) -> Option<Target> {
        // Most references are a function's name and nothing else: no variable, no ARN, no alias.
        if let Some(physical) = self.functions.get(word.value.as_str())
            && !word.value.contains(['{', ':'])
        {
            return Some(tagged(EntityKind::Function, &word.value, physical.separator));
        }
        let name = reference::name(findings, EntityKind::Function, word)?;
        let short = name.form == Form::Arn && self.functions.contains_key(name.printed.as_str());
        if !short && let Some(target) = self.local_function(&name.printed) {
            return Some(target);
        }
        let separator = self.elsewhere(findings, EntityKind::Function, word, &name)?;
        Some(tagged(EntityKind::Function, &name.printed, separator))
    }

    /// The state machine that a value names; nothing is the topology's own.
    pub(super) fn state(&self, findings: &mut Findings, word: &Word) -> Option<Target> {
        let own = self.with_namespace(&self.own_name().to_string());
        let is_namespace = |text: &str| text.is_empty() || Some(text) == self.namespace;
        let written = word.value.trim();
        if !is_namespace(&self.with_namespace(written)) {
            let name = reference::name(findings, EntityKind::State, word)?;
            let printed = self.with_namespace(&name.printed);
            let is_short = name.form == Form::Plain && is_namespace(&printed);
            if let Some(other) = self.neighbours.get(&printed).filter(|_| name.form == Form::Plain) {
                if !other.has_machine {
                    let message = format!("the topology {} has no state machine", shown(&printed));
                    self.undeclared(findings, EntityKind::State, word, message);
                }
                return Some(tagged(EntityKind::State, &printed, other.separator));
            }
            if printed != own && !is_short {
                let separator = self.elsewhere(findings, EntityKind::State, word, &name)?;
                return Some(tagged(EntityKind::State, &name.printed, separator));
            }
        }
        if !self.has_machine {
            let message = "the topology has no state machine".to_owned();
            self.undeclared(findings, EntityKind::State, word, message);
        }
        Some(self.own_machine())
    }

    /// The queue that a value names.
    pub(super) fn queue(&self, findings: &mut Findings, word: &Word) -> Option<Target> {
        let name = reference::name(findings, EntityKind::Queue, word)?;
        let declared = self
            .queues
            .get(name.printed.as_str())
            .filter(|_| name.form == Form::Plain);
        if declared.is_none() && !self.deployed_queues.contains(&name.text) {
            self.not_of_this_topology(findings, EntityKind::Queue, word);
        }
        let text = declared.unwrap_or(&name.text).clone();
        Some(Target {
            kind: EntityKind::Queue,
            name: name.printed,
            binding: Binding::Named(text),
        })
    }

    /// Whether the state machine of a target is said to be an Express one.
    pub(super) fn is_express(&self, machine: &Target) -> bool {
        if Some(machine.name.as_str()) == self.namespace {
            return self.is_express;
        }
        let other = self.neighbours.get(&machine.name);
        other.is_some_and(|other| other.is_express)
    }

    /// The event that a value names, when it is declared.
    pub(super) fn event(&self, findings: &mut Findings, word: &Word) -> Option<Target> {
        let Some(event) = self.events.get(word.value.as_str()) else {
            self.not_of_this_topology(findings, EntityKind::Event, word);
            return None;
        };
        if event.role == EventRole::Documented {
            let message = format!("event {} is `doc_only`", shown(&word.value));
            let help = "nothing is granted for it: remove `doc_only`, or this reference";
            findings.warning(codes::UNKNOWN_TARGET, &word.span, message, help);
            return None;
        }
        let mut sources: Vec<Text> = event.producers.iter().map(|p| written(&p.value)).collect();
        if sources.is_empty() {
            sources.push(Text::literal(DEFAULT_SOURCE));
        }
        sources.sort();
        sources.dedup();
        let detail_type = written(&word.value);
        Some(Target {
            kind: EntityKind::Event,
            name: word.value.clone(),
            binding: Binding::Event { sources, detail_type },
        })
    }

    /// The mutation that a value names, when it is declared.
    pub(super) fn mutation(&self, findings: &mut Findings, word: &Word, binding: Binding) -> Option<Target> {
        self.declared(findings, EntityKind::Mutation, word, binding)
    }

    /// The channel that a value names, when it is declared.
    pub(super) fn channel(&self, findings: &mut Findings, word: &Word, binding: Binding) -> Option<Target> {
        self.declared(findings, EntityKind::Channel, word, binding)
    }

    /// The name of the topology's state machine in AWS.
    pub(super) fn own_name(&self) -> Text {
        own_name(self.separator)
    }

    /// The type of the state machine of another topology, when it is known.
    pub(super) fn mode_of(&self, topology: &str) -> Option<Mode> {
        let by_name = |name: &str| self.neighbours.get(name).and_then(|other| other.mode);
        let deployed = self.with_namespace(topology);
        by_name(&deployed).or_else(|| {
            let rest = deployed.strip_suffix("{{sandbox}}")?;
            by_name(rest.strip_suffix(['_', '-'])?)
        })
    }

    fn declared(
        &self,
        findings: &mut Findings,
        kind: EntityKind,
        word: &Word,
        binding: Binding,
    ) -> Option<Target> {
        let known = if kind == EntityKind::Channel {
            &self.channels
        } else {
            &self.resolvers
        };
        if !known.contains(word.value.as_str()) {
            self.not_of_this_topology(findings, kind, word);
            return None;
        }
        let name = word.value.clone();
        Some(Target { kind, name, binding })
    }

    /// What stands before the sandbox in a name that is not one of this topology's own;
    /// reports a name outside the sandbox.
    fn elsewhere(
        &self,
        findings: &mut Findings,
        kind: EntityKind,
        word: &Word,
        name: &Name,
    ) -> Option<Separator> {
        if let Some(separator) = separator_before_sandbox(&name.printed) {
            if kind == EntityKind::Function && name.printed.starts_with("{{namespace}}") {
                self.not_of_this_topology(findings, kind, word);
            } else if self.neighbours.lack(&self.with_namespace(&name.printed)) {
                self.not_of_another_topology(findings, kind, word, &name.printed);
            }
            return Some(separator);
        }
        let has_variable = name
            .text
            .pieces()
            .iter()
            .any(|piece| matches!(piece, Piece::Variable(_)));
        let is_elsewhere = self.names_another_sandbox(&name.printed)
            || self.neighbours.have_in_another_sandbox(&name.printed);
        if !has_variable && name.form == Form::Plain && !is_elsewhere {
            self.not_of_this_topology(findings, kind, word);
            return Some(self.separator);
        }
        let message = format!("{} leads out of the sandbox", shown(&word.value));
        let help = format!("end the name with `{}{{{{sandbox}}}}`", self.separator.as_str());
        findings.error(codes::OUTSIDE_SANDBOX, &word.span, message, help);
        None
    }

    /// Whether a name is that of a function of this topology in a sandbox that is written out.
    fn names_another_sandbox(&self, name: &str) -> bool {
        let separator = self.separator.as_str();
        let Some(rest) = self
            .namespace
            .and_then(|namespace| name.strip_prefix(namespace))
            .and_then(|rest| rest.strip_prefix(separator))
        else {
            return false;
        };
        rest.match_indices(separator)
            .filter_map(|(at, _)| rest.get(..at))
            .any(|function| self.functions.contains_key(function))
    }

    fn not_of_this_topology(&self, findings: &mut Findings, kind: EntityKind, word: &Word) {
        let is_not = match kind {
            EntityKind::State => "is not the state machine".to_owned(),
            _ => format!("is no {kind}"),
        };
        let message = format!("{} {is_not} of this topology", shown(&word.value));
        self.undeclared(findings, kind, word, message);
    }

    fn not_of_another_topology(&self, findings: &mut Findings, kind: EntityKind, word: &Word, name: &str) {
        if !findings.is_complete() {
            return;
        }
        let message = format!("{} is no {kind} of the topologies here", shown(&word.value));
        let help = match self.neighbours.nearest(findings, name) {
            Some(near) => format!("did you mean {}?", shown(near)),
            None => undeclared_help(kind).to_owned(),
        };
        findings.warning(codes::UNKNOWN_TARGET, &word.span, message, help);
    }

    fn undeclared(&self, findings: &mut Findings, kind: EntityKind, word: &Word, message: String) {
        if !findings.is_complete() {
            return;
        }
        let near = match kind {
            EntityKind::Function => self.nearest_function(findings, &word.value),
            EntityKind::Event => nearest_of(findings, word, self.events.keys().copied()),
            EntityKind::Queue => nearest_of(findings, word, self.queues.keys().copied()),
            EntityKind::Mutation => nearest_of(findings, word, self.resolvers.iter().copied()),
            EntityKind::Channel => nearest_of(findings, word, self.channels.iter().copied()),
            EntityKind::State => nearest_of(findings, word, self.neighbours.names()),
            EntityKind::Bucket | EntityKind::Table => nearest_of(findings, word, self.stores.keys().copied()),
            _ => None,
        };
        let help = match near.filter(|near| *near != word.value) {
            Some(near) => format!("did you mean {}?", shown(&near)),
            None => undeclared_help(kind).to_owned(),
        };
        findings.warning(codes::UNKNOWN_TARGET, &word.span, message, help);
    }

    /// The function with the nearest name, in the form in which the name is written.
    fn nearest_function(&self, findings: &mut Findings, written: &str) -> Option<String> {
        let separator = self.separator.as_str();
        let own = written
            .strip_prefix("{{namespace}}")
            .and_then(|rest| rest.strip_prefix(separator))
            .and_then(|rest| rest.strip_suffix("{{sandbox}}"))
            .and_then(|rest| rest.strip_suffix(separator));
        let near = findings.nearest(own.unwrap_or(written), self.functions.keys().copied())?;
        match own {
            Some(_) => self.physical(near).map(Text::to_string),
            None => Some(near.to_owned()),
        }
    }

    fn with_namespace(&self, name: &str) -> String {
        match self.namespace {
            Some(namespace) => name.replace("{{namespace}}", namespace),
            None => name.to_owned(),
        }
    }
}

/// The name of a topology's state machine in AWS.
pub(super) fn own_name(separator: Separator) -> Text {
    Text::of(vec![
        Piece::Variable(Variable::Namespace),
        Piece::Literal(separator.as_str().to_owned()),
        Piece::Variable(Variable::Sandbox),
    ])
}

fn nearest_of<'a>(
    findings: &mut Findings,
    word: &Word,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    findings.nearest(&word.value, names).map(str::to_owned)
}

fn undeclared_help(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::State => {
            "name this topology, or give it a state machine under `states`; access is granted within the sandbox"
        }
        EntityKind::Queue => "declare it under `queues`; access is granted to the queue of exactly this name",
        EntityKind::Event => {
            "declare it under `events`; nothing is granted for an event whose source is unknown"
        }
        EntityKind::Mutation => "declare it under `mutations`; until then nothing is granted",
        EntityKind::Channel => "declare it under `channels`; until then nothing is granted",
        EntityKind::Bucket => "declare it under `stores`; until then nothing is granted",
        EntityKind::Table => {
            "declare it under `stores` or `tables`; access is granted to the table of exactly this name"
        }
        _ => "declare it under `functions`; access is granted within the sandbox all the same",
    }
}

fn tagged(kind: EntityKind, name: &str, separator: Separator) -> Target {
    Target {
        kind,
        name: name.to_owned(),
        binding: Binding::Tagged(separator),
    }
}

/// What stands before `{{sandbox}}` at the end of a name.
fn separator_before_sandbox(printed: &str) -> Option<Separator> {
    let before = printed.strip_suffix("{{sandbox}}")?;
    [Separator::Underscore, Separator::Hyphen]
        .into_iter()
        .find(|separator| before.ends_with(separator.as_str()))
}

/// A function's name in AWS: `namespace_name_sandbox`, or what its `fqn` says.
fn physical(findings: &mut Findings, function: &Function, separator: Separator) -> Physical {
    let sandbox = |separator: Separator| {
        [
            Piece::Literal(separator.as_str().to_owned()),
            Piece::Variable(Variable::Sandbox),
        ]
    };
    if let Some(name) = own_text(findings, function.fqn.as_ref()) {
        if let Some(separator) = separator_before_sandbox(&name.to_string()) {
            return Physical {
                text: name,
                separator,
            };
        }
        let separator = Separator::Underscore;
        let text = Text::of(name.pieces().iter().cloned().chain(sandbox(separator)).collect());
        return Physical { text, separator };
    }
    let namespace = own_text(findings, function.namespace.as_ref()).map_or_else(
        || vec![Piece::Variable(Variable::Namespace)],
        |text| text.pieces().to_vec(),
    );
    let name = format!("{}{}", separator.as_str(), function.name.value);
    let pieces = namespace
        .into_iter()
        .chain([Piece::Literal(name)])
        .chain(sandbox(separator))
        .collect();
    let text = Text::of(pieces);
    Physical { text, separator }
}

fn own_text(findings: &mut Findings, word: Option<&Word>) -> Option<Text> {
    let name = reference::name(findings, EntityKind::Function, word?)?;
    Some(name.text)
}

fn queue_name(findings: &mut Findings, queue: &Queue) -> Text {
    let given = queue.physical.as_ref();
    given
        .and_then(|word| reference::name(findings, EntityKind::Queue, word))
        .map_or_else(|| written(&queue.name.value), |name| name.text)
}

/// The name of an entity; one with a variable that does not exist was reported where it is read.
pub(super) fn written(name: &str) -> Text {
    Text::parse(name).unwrap_or_else(|_| Text::literal(name))
}

fn duplicate(
    findings: &mut Findings,
    sources: &Sources,
    first: &Function,
    second: &Function,
    deployed: &str,
) {
    let (one, other) = (&first.name.value, &second.name.value);
    let message = if one == other {
        format!("there are two functions {}", shown(one))
    } else {
        format!(
            "functions {} and {} have the same name in AWS, {}",
            shown(one),
            shown(other),
            shown(deployed)
        )
    };
    let help = format!(
        "the first is at {}: rename one of them",
        sources.label(&first.name.span)
    );
    findings.error(codes::DUPLICATE_FUNCTION, &second.name.span, message, help);
}
