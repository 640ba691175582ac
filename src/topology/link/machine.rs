//! The state machine: its tasks in, edges out, and the edges by which those whom it calls
//! answer.

use super::{Links, end};
use crate::diagnostic::Diagnostic;
use crate::model::EntityKind;
use crate::topology::decode::Word;
use crate::topology::findings::shown;
use crate::topology::integration::JOB;
use crate::topology::spec::{Answer, Event, Machine, Mode, Spec, Subject, Task};
use crate::topology::{Binding, Edge, End, Target, Via, codes};

impl Links<'_, '_> {
    /// The state machine of the topology, and what its tasks call.
    pub(super) fn machine(&mut self, spec: &Spec) {
        let Some(machine) = &spec.machine else {
            return;
        };
        let own = self.names.own_machine();
        let word = Word::new(own.name.clone(), machine.span.clone());
        let physical = self.names.own_name();
        self.entity(EntityKind::State, &word, Some(physical));
        let source = end(EntityKind::State, &word);
        for task in &machine.tasks {
            let Some(target) = self.subject(task, &own.binding) else {
                continue;
            };
            self.check_mode(task, machine, &target);
            self.edges.push(Edge {
                source: source.clone(),
                target: target.clone(),
                via: Via::Task,
                span: task.span.clone(),
                integration: task.integration.clone(),
            });
            if task.answer == Answer::Token {
                self.answer(task, &target, spec);
            }
        }
    }

    fn subject(&mut self, task: &Task, of_the_sandbox: &Binding) -> Option<Target> {
        Some(match &task.subject {
            Subject::Entity(EntityKind::State, word) => self.names.state(self.findings, word)?,
            Subject::Entity(EntityKind::Queue, word) => self.names.queue(self.findings, word)?,
            Subject::Entity(EntityKind::Table, word) => self.names.table(self.findings, word)?,
            Subject::Entity(_, word) => self.names.function(self.findings, word)?,
            Subject::AtRunTime(kind, word) => Target {
                kind: *kind,
                name: word.value.clone(),
                binding: of_the_sandbox.clone(),
            },
            Subject::Values(kind, name, values) => Target {
                kind: *kind,
                name: self.entity_name(*kind, name),
                binding: Binding::Values(values.clone()),
            },
            Subject::Unnamed(kind, name) => Target {
                kind: *kind,
                name: name.clone(),
                binding: Binding::Unnamed,
            },
        })
    }

    /// The name of an entity in the topology, where its name in AWS is written.
    fn entity_name(&self, kind: EntityKind, name: &str) -> String {
        if kind == EntityKind::State && *name == self.names.own_name().to_string() {
            self.names.own_machine().name
        } else {
            name.to_owned()
        }
    }

    /// Warns of a state machine that is started in a way that its type does not know.
    fn check_mode(&mut self, task: &Task, own: &Machine, target: &Target) {
        let Subject::Entity(EntityKind::State, _) = task.subject else {
            return;
        };
        let mode = if target.name == self.names.own_machine().name {
            Some(own.mode)
        } else {
            self.names.mode_of(&target.name)
        };
        let (Some(mode), Some(id)) = (mode, &task.integration) else {
            return;
        };
        let is_job = id.contains(JOB);
        let is_call = id.ends_with("startSyncExecution");
        let (what, help) = match mode {
            Mode::Express if is_job => (
                "an Express state machine, which no task can wait for with `.sync`",
                "give its topology `mode: Standard`, or run it with `aws-sdk:sfn:startSyncExecution`",
            ),
            Mode::Standard if is_call => (
                "a Standard state machine, which cannot be run with `startSyncExecution`",
                "give its topology `mode: Express`, or wait for it with `states:startExecution.sync:2`",
            ),
            _ => return,
        };
        let message = format!("{} is {what}", shown(&target.name));
        self.findings
            .warning(codes::WRONG_MODE, &task.span, message, help);
    }

    /// Whoever gets the token of a task answers the state machine.
    fn answer(&mut self, task: &Task, target: &Target, spec: &Spec) {
        let functions: Vec<String> = match &target.kind {
            EntityKind::Function => vec![target.name.clone()],
            EntityKind::Queue => self.consumers(target, spec),
            EntityKind::Event => self.handlers(target, spec),
            _ => Vec::new(),
        };
        if functions.is_empty() {
            let message = format!(
                "the task {} waits for an answer, and no function of this topology is known to give it",
                shown(&task.state)
            );
            let help = "whoever gets the token needs `state.callback`: grant it explicitly, or name a function of the topology in between";
            let note = Diagnostic::note(codes::UNKNOWN_ANSWER, message);
            self.findings.push(note.at(task.span.clone()).help(help));
        }
        for name in functions {
            let Target { kind, name: own, .. } = self.names.own_machine();
            self.edges.push(Edge {
                source: End {
                    kind: EntityKind::Function,
                    name,
                },
                target: Target {
                    kind,
                    name: own,
                    binding: Binding::Named(self.names.own_name()),
                },
                via: Via::Callback,
                span: task.span.clone(),
                integration: None,
            });
        }
    }

    /// The functions of this topology that poll a queue.
    fn consumers(&self, target: &Target, spec: &Spec) -> Vec<String> {
        let Binding::Named(name) = &target.binding else {
            return Vec::new();
        };
        let queues = spec.queues.iter();
        queues
            .filter(|queue| self.names.queue_name(&queue.name.value) == Some(name))
            .filter_map(|queue| self.local(queue.function.as_ref()?))
            .collect()
    }

    /// The functions of this topology that an event goes to.
    fn handlers(&self, target: &Target, spec: &Spec) -> Vec<String> {
        let is_meant = |event: &&Event| event.name.value == target.name;
        let targets = spec
            .events
            .iter()
            .filter(is_meant)
            .flat_map(|event| &event.targets.list);
        targets
            .filter(|target| target.kind == EntityKind::Function)
            .filter_map(|target| self.local(&target.word))
            .collect()
    }

    fn local(&self, word: &Word) -> Option<String> {
        self.names
            .local_function(&word.value)
            .map(|function| function.name)
    }
}
