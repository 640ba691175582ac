//! Declarations in, entities and edges out: every reference is resolved here.
//!
//! Which pairs of kinds an edge can join, and via what, is the left side of the
//! permission matrix; an edge without a row there would be an error later.

mod machine;
mod uses;

use super::decode::Word;
use super::findings::{Findings, shown};
use super::names::{Names, written};
use super::neighbours::Neighbours;
use super::spec::{Event, EventRole, Function, Mutations, Reference, Resolver, Route, Spec, Waits};
use super::text::{Piece, Text, Variable};
use super::{Binding, Edge, End, Entity, Target, Via, codes, reference};
use crate::diagnostic::{Sources, Span};
use crate::model::EntityKind;

/// The entities and edges of a topology, each in the order of places.
pub(super) fn link(
    sources: &Sources,
    spec: &Spec,
    neighbours: &Neighbours<'_>,
    findings: &mut Findings,
) -> (Vec<Entity>, Vec<Edge>) {
    let names = Names::new(sources, spec, neighbours, findings);
    let mut links = Links {
        names,
        findings,
        entities: Vec::new(),
        edges: Vec::new(),
        has_transducer: false,
    };
    for function in &spec.functions {
        links.function(function);
    }
    for event in spec
        .events
        .iter()
        .filter(|event| event.role != EventRole::Documented)
    {
        links.event(event, spec);
    }
    for route in &spec.routes {
        links.route(route, spec);
    }
    links.queues(spec);
    links.mutations(&spec.mutations);
    for channel in &spec.channels {
        let physical = [Piece::Literal(format!("{}-", channel.name.value)), SANDBOX];
        links.entity(
            EntityKind::Channel,
            &channel.name,
            Some(Text::of(physical.into())),
        );
    }
    links.stores(spec);
    links.pools(spec);
    links.pages(spec);
    links.schedules(spec);
    links.machine(spec);
    let Links {
        mut entities,
        mut edges,
        ..
    } = links;
    entities.sort_by_key(|entity| (entity.span.file, entity.span.range.start));
    edges.sort_by_key(|edge| (edge.span.file, edge.span.range.start));
    (entities, edges)
}

const NAMESPACE: Piece = Piece::Variable(Variable::Namespace);
const SANDBOX: Piece = Piece::Variable(Variable::Sandbox);

/// The name of the function that passes results on.
const TRANSDUCER: &str = "transducer";

struct Links<'s, 'f> {
    names: Names<'s>,
    findings: &'f mut Findings,
    entities: Vec<Entity>,
    edges: Vec<Edge>,
    has_transducer: bool,
}

impl Links<'_, '_> {
    fn function(&mut self, function: &Function) {
        let physical = self.names.physical(&function.name.value).cloned();
        self.entity(EntityKind::Function, &function.name, physical);
        let source = end(EntityKind::Function, &function.name);
        let before = self.edges.len();
        for target in &function.targets {
            let found = match target.kind {
                EntityKind::Mutation => self.names.mutation(self.findings, &target.word, Binding::Unnamed),
                EntityKind::Channel => self.names.channel(self.findings, &target.word, Binding::Unnamed),
                _ => self.resolve(target),
            };
            let waits = found
                .clone()
                .filter(|found| found.kind == EntityKind::State && self.names.is_express(found));
            self.edge(&source, found, Via::Destination, &target.word.span);
            self.edge(&source, waits, Via::Sync, &target.word.span);
        }
        if let Some(first) = self.edges.get(before) {
            let span = first.span.clone();
            let transducer = self.transducer(&span);
            self.edge(&source, Some(transducer), Via::Destination, &span);
        }
        if let Some(word) = &function.dead_letter {
            let queue = self.names.queue(self.findings, word);
            self.edge(&source, queue, Via::DeadLetter, &word.span);
        }
        self.uses(function, &source);
    }

    /// The function that every result passes through; an entity as soon as one does.
    fn transducer(&mut self, asked: &Span) -> Target {
        let Target { binding, .. } = self.names.own_machine();
        if !self.has_transducer {
            self.has_transducer = true;
            let separator = match binding {
                Binding::Tagged(separator) => separator.as_str(),
                _ => "_",
            };
            let name = Piece::Literal(format!("{separator}{TRANSDUCER}{separator}"));
            let physical = Text::of(vec![NAMESPACE, name, SANDBOX]);
            let word = Word::new(TRANSDUCER.to_owned(), asked.clone());
            self.entity(EntityKind::Transducer, &word, Some(physical));
        }
        Target {
            kind: EntityKind::Transducer,
            name: TRANSDUCER.to_owned(),
            binding,
        }
    }

    fn event(&mut self, event: &Event, spec: &Spec) {
        let rule = match &event.rule_name {
            Some(name) => reference::text(self.findings, name),
            None => Some(written(&format!(
                "tc-{}-{}-{}",
                Variable::Namespace,
                event.name.value,
                Variable::Sandbox
            ))),
        };
        self.entity(EntityKind::Event, &event.name, rule);
        for producer in &event.producers {
            if let Some(function) = self.names.local_function(&producer.value) {
                let source = End {
                    kind: EntityKind::Function,
                    name: function.name,
                };
                let target = self.names.event(self.findings, &event.name);
                self.edge(&source, target, Via::Producer, &producer.span);
            }
        }
        let source = end(EntityKind::Event, &event.name);
        for target in &event.targets.list {
            let found = self.resolve(target);
            self.edge(&source, found, Via::Rule, &target.word.span);
        }
        if event.targets.are_none() && event.role == EventRole::Consumed {
            self.fall_back(&source, &event.name, Via::Rule, spec);
        }
        if let Some(word) = &event.dead_letter {
            let queue = self.names.queue(self.findings, word);
            self.edge(&source, queue, Via::DeadLetter, &word.span);
        }
    }

    fn route(&mut self, route: &Route, spec: &Spec) {
        self.entity(EntityKind::Route, &route.name, None);
        let source = end(EntityKind::Route, &route.name);
        let to_machine = match route.waits {
            Waits::Yes => Via::Sync,
            Waits::No => Via::Async,
        };
        match route.targets.list.first() {
            Some(target) => {
                let via = if target.kind == EntityKind::State {
                    to_machine
                } else {
                    Via::Integration
                };
                let found = self.resolve(target);
                self.edge(&source, found, via, &target.word.span);
            }
            None if route.targets.lost => {}
            None => self.fall_back(&source, &route.name, to_machine, spec),
        }
        if let Some(word) = route.authorizer.as_ref().filter(|word| word.value != "cognito") {
            let written = reference::text(self.findings, word);
            let function = written.and_then(|text| self.names.local_function(&text.to_string()));
            self.edge(&source, function, Via::Authorizer, &word.span);
        }
    }

    fn queues(&mut self, spec: &Spec) {
        for queue in &spec.queues {
            let Some(name) = self.names.queue_name(&queue.name.value).cloned() else {
                continue;
            };
            self.entity(EntityKind::Queue, &queue.name, Some(name.clone()));
            if let Some(word) = &queue.function {
                let consumer = self.names.function(self.findings, word).map(|function| Target {
                    binding: Binding::Named(name),
                    ..function
                });
                self.edge(
                    &end(EntityKind::Queue, &queue.name),
                    consumer,
                    Via::Poll,
                    &word.span,
                );
            }
        }
    }

    fn mutations(&mut self, mutations: &Mutations) {
        for resolver in &mutations.resolvers {
            self.entity(EntityKind::Mutation, &resolver.name, None);
            self.resolver(resolver);
        }
        if let Some(word) = &mutations.authorizer {
            let source = End {
                kind: EntityKind::Mutation,
                name: self.names.own_machine().name,
            };
            let function = self.names.function(self.findings, word);
            self.edge(&source, function, Via::Authorizer, &word.span);
        }
    }

    fn resolver(&mut self, resolver: &Resolver) {
        let Some(target) = resolver.targets.list.first() else {
            if resolver.targets.lost {
                return;
            }
            let message = format!("resolver {} has no target", shown(&resolver.name.value));
            let help = "add `function:`, `event:` or `table:`";
            self.findings
                .warning(codes::NO_TARGET, &resolver.name.span, message, help);
            return;
        };
        let found = self.resolve(target);
        self.edge(
            &end(EntityKind::Mutation, &resolver.name),
            found,
            Via::Resolver,
            &target.word.span,
        );
    }

    fn resolve(&mut self, target: &Reference) -> Option<Target> {
        let word = &target.word;
        match target.kind {
            EntityKind::Function => self.names.function(self.findings, word),
            EntityKind::Event => self.names.event(self.findings, word),
            EntityKind::State => self.names.state(self.findings, word),
            EntityKind::Queue => self.names.queue(self.findings, word),
            EntityKind::Table => self.names.table(self.findings, word),
            EntityKind::Mutation => {
                let binding = Binding::Field(word.value.clone());
                self.names.mutation(self.findings, word, binding)
            }
            EntityKind::Channel => self.names.channel(self.findings, word, Binding::Destination),
            EntityKind::Transducer
            | EntityKind::Route
            | EntityKind::Bucket
            | EntityKind::Schedule
            | EntityKind::Pool
            | EntityKind::Page
            | EntityKind::Service => None,
        }
    }

    /// An edge to the topology's own state machine, for an entity that names no target.
    fn fall_back(&mut self, source: &End, name: &Word, via: Via, spec: &Spec) {
        if spec.machine.is_some() {
            let own = self.names.own_machine();
            self.edge(source, Some(own), via, &name.span);
        } else if self.findings.is_complete() {
            let message = match source.kind {
                EntityKind::Event => format!("nobody handles event {}", shown(&name.value)),
                kind => format!("{kind} {} has no target", shown(&name.value)),
            };
            let help = "add `function:`, or give the topology a state machine; until then it calls nothing";
            self.findings.warning(codes::NO_TARGET, &name.span, message, help);
        }
    }

    fn entity(&mut self, kind: EntityKind, name: &Word, physical: Option<Text>) {
        self.entities.push(Entity {
            kind,
            name: name.value.clone(),
            physical,
            span: name.span.clone(),
        });
    }

    fn edge(&mut self, source: &End, target: Option<Target>, via: Via, span: &Span) {
        self.edges.extend(target.map(|target| Edge {
            source: source.clone(),
            target,
            via,
            span: span.clone(),
            integration: None,
        }));
    }
}

fn end(kind: EntityKind, name: &Word) -> End {
    End {
        kind,
        name: name.value.clone(),
    }
}
