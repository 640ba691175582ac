//! Reads the Amazon States Language: a definition in, what its states call out.
//!
//! Only what bears on permissions is looked at, at every depth: tasks in `States`, in the
//! branches of a Parallel state and in the processor of a Map state, and what a Map state
//! reads from and writes to. What a call needs stands in the table of
//! [`integrations`](super::integration); a call that has no row there is an error, since a
//! role without what it needs would fail at run time. Whether a definition is sound otherwise
//! is for Step Functions to say. See
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html>.

mod form;
mod parameters;
mod targets;

use super::codes;
use super::decode::Word;
use super::findings::{Findings, shown};
use super::integration::{CALLBACK, Integrations, JOB, Place};
use super::node::{Entry, Node};
use super::spec::{Answer, Mode, Subject, Task};
use super::text::Text;
use crate::diagnostic::Span;
use crate::model::EntityKind;
use parameters::Parameters;
use targets::Call;

/// The types of states.
const TYPES: [&str; 8] = [
    "Task", "Parallel", "Map", "Choice", "Wait", "Pass", "Succeed", "Fail",
];

/// The ARN of an integration begins with it, in some partition.
const INTEGRATION: [&str; 3] = ["states", "", ""];

/// The tasks of a definition, in the order of the text. `own` is the name of the state machine
/// in AWS.
pub(super) fn tasks(
    findings: &mut Findings,
    integrations: &Integrations,
    (own, mode): (&Text, Mode),
    definition: &Node,
) -> Vec<Task> {
    let mut reader = Reader {
        findings,
        integrations,
        own,
        mode: Within::Machine(mode),
        tasks: Vec::new(),
    };
    reader.machine(definition);
    reader.tasks
}

struct Reader<'a> {
    findings: &'a mut Findings,
    integrations: &'a Integrations,
    own: &'a Text,
    mode: Within,
    tasks: Vec<Task>,
}

/// What decides whether a state runs in an Express or a Standard execution.
#[derive(Debug, Clone, Copy)]
enum Within {
    /// The topology's `mode`.
    Machine(Mode),
    /// The `ExecutionType` of a distributed Map state.
    Processor(Mode),
}

/// What a `Resource` is.
enum Resource<'w> {
    /// An integration: what stands after `arn:aws:states:::`.
    Call(&'w str),
    /// The ARN of a function.
    Function,
    /// The ARN of an activity, with its name.
    Activity(&'w str),
    /// Something else.
    Unknown(&'w str),
}

fn resource(text: &str) -> Resource<'_> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, service, region, account, call] if [*service, *region, *account] == INTEGRATION => {
            Resource::Call(call)
        }
        ["arn", _, "lambda", _, _, name] if name.starts_with("function:") => Resource::Function,
        ["arn", _, "states", _, _, name] if name.starts_with("activity:") => {
            Resource::Activity(name.split(':').nth(1).unwrap_or_default())
        }
        _ => Resource::Unknown(text),
    }
}

impl Reader<'_> {
    fn machine(&mut self, definition: &Node) {
        let Some(states) = definition.get("States") else {
            return;
        };
        let entries = self.findings.map(states, "`States`").unwrap_or_default();
        check_start(self.findings, definition, entries);
        for entry in entries {
            let what = format!("state {}", shown(&entry.key.value));
            if self.findings.body(&entry.value, &what).is_some() {
                self.state(entry);
            }
        }
    }

    fn state(&mut self, entry: &Entry) {
        let node = &entry.value;
        let state = Word::new(entry.key.value.to_string(), entry.key.span.clone());
        let kind = node.get("Type").and_then(Node::scalar);
        self.check_type(&state, node);
        if kind == Some("Task") || node.get("Resource").is_some() {
            self.task(&state, node);
        }
        if let Some(branches) = node.get("Branches") {
            for branch in self.findings.list(branches, "`Branches`") {
                if self.findings.body(branch, "a branch").is_some() {
                    self.machine(branch);
                }
            }
        }
        for key in ["ItemProcessor", "Iterator"] {
            if let Some(processor) = node.get(key)
                && self.findings.map(processor, &format!("`{key}`")).is_some()
            {
                self.processor(&state, node, processor);
            }
        }
        for (key, place) in [
            ("ItemReader", Place::ItemReader),
            ("ResultWriter", Place::ResultWriter),
        ] {
            if let Some(part) = node.get(key).filter(|part| !part.is_null()) {
                self.beside(&state, part, (key, place));
            }
        }
        if let Some(credentials) = node.get("Credentials").filter(|part| !part.is_null()) {
            let message = format!(
                "the task {} acts with a role of its own choice",
                shown(&state.value)
            );
            let help = "remove `Credentials`: what another role may do is outside the sandbox, and the role of the state machine has all that its tasks need";
            self.findings
                .error(codes::OUTSIDE_SANDBOX, &credentials.span, message, help);
        }
    }

    fn check_type(&mut self, state: &Word, node: &Node) {
        let Some(word) = node
            .get("Type")
            .and_then(|kind| self.findings.text(kind, "`Type`"))
        else {
            return;
        };
        if TYPES.contains(&word.value.as_str()) {
            return;
        }
        let message = format!(
            "state {} has the type {}, which does not exist",
            shown(&state.value),
            shown(&word.value)
        );
        let help = match self.findings.nearest(&word.value, TYPES) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the types are {}", TYPES.join(", ")),
        };
        self.findings
            .warning(codes::UNKNOWN_STATE, &word.span, message, help);
    }

    /// The processor of a Map state, which is distributed or not.
    fn processor(&mut self, state: &Word, map: &Node, processor: &Node) {
        let config = processor.get("ProcessorConfig");
        let mode = config.and_then(|config| config.get("Mode"));
        let Some(mode) = mode.filter(|mode| mode.scalar() == Some("DISTRIBUTED")) else {
            self.machine(processor);
            return;
        };
        self.in_standard("a distributed Map state", &mode.span);
        self.found(
            state,
            (Place::DistributedMap, "distributed"),
            Parameters::within(map),
            &mode.span,
        );
        let kind = config.and_then(|config| config.get("ExecutionType"));
        let is_express = kind.and_then(Node::scalar) == Some("EXPRESS");
        let inner = if is_express { Mode::Express } else { Mode::Standard };
        let outer = std::mem::replace(&mut self.mode, Within::Processor(inner));
        self.machine(processor);
        self.mode = outer;
    }

    /// What a Map state reads its items with, or writes its results with.
    fn beside(&mut self, state: &Word, part: &Node, (key, place): (&str, Place)) {
        let what = format!("`{key}`");
        if self.findings.map(part, &what).is_none() {
            return;
        }
        let Some(node) = part.get("Resource").filter(|node| !node.is_null()) else {
            return;
        };
        let Some(word) = self.findings.word(node, "`Resource`") else {
            return;
        };
        match resource(&word.value) {
            Resource::Call(call) => self.found(state, (place, call), Parameters::of(part), &word.span),
            _ => self.unknown(place, &word.value, &word),
        }
    }

    fn task(&mut self, state: &Word, node: &Node) {
        let Some(field) = node.get("Resource").filter(|node| !node.is_null()) else {
            if self.findings.is_complete() {
                let message = format!("the task {} has no `Resource`", shown(&state.value));
                let help = "name what it calls: `Resource: arn:aws:states:::lambda:invoke`";
                self.findings
                    .error(codes::UNSUPPORTED_INTEGRATION, &state.span, message, help);
            }
            return;
        };
        let Some(word) = self.findings.word(field, "`Resource`") else {
            return;
        };
        match resource(word.value.trim()) {
            Resource::Call(call) => {
                if let Some(parameters) = Parameters::of(node).checked(self.findings) {
                    self.found(state, (Place::Task, call), parameters, &word.span);
                }
            }
            Resource::Function => {
                let subject = Subject::Entity(EntityKind::Function, word.clone());
                self.direct(state, (Place::Function, "lambda:function"), subject, &word.span);
            }
            Resource::Activity(name) => {
                self.in_standard("an activity", &word.span);
                let subject = Subject::Unnamed(EntityKind::Service, name.to_owned());
                self.direct(state, (Place::Activity, "states:activity"), subject, &word.span);
            }
            Resource::Unknown(text) => self.unknown(Place::Task, text, &word),
        }
    }

    /// A call: its targets are those of its row.
    fn found(
        &mut self,
        state: &Word,
        (place, resource): (Place, &str),
        parameters: Parameters<'_>,
        span: &Span,
    ) {
        let integrations = self.integrations;
        let Some((row, pattern)) = integrations.find(place, resource) else {
            let word = Word::new(resource.to_owned(), span.clone());
            self.unknown(place, resource, &word);
            return;
        };
        if pattern == CALLBACK || pattern.starts_with(JOB) {
            self.in_standard(&format!("`{pattern}`"), span);
        }
        let call = Call {
            state,
            resource,
            pattern,
            row,
            span,
        };
        self.call(call, parameters);
    }

    /// A resource that is the target itself.
    fn direct(&mut self, state: &Word, (place, resource): (Place, &str), subject: Subject, span: &Span) {
        let row = self.integrations.find(place, resource);
        let integration = row.and_then(|(row, _)| Some(row.id(resource, row.uses.first()?)));
        self.tasks.push(Task {
            state: state.value.clone(),
            integration,
            subject,
            span: span.clone(),
            answer: Answer::None,
        });
    }

    /// Warns of what no Express execution can do.
    fn in_standard(&mut self, what: &str, span: &Span) {
        let (Within::Machine(mode) | Within::Processor(mode)) = self.mode;
        if mode == Mode::Standard {
            return;
        }
        let help = match self.mode {
            Within::Machine(_) => {
                "add `mode: Standard` to the topology: without it tc makes the state machine an Express one"
            }
            Within::Processor(_) => "write `ExecutionType: STANDARD`",
        };
        let message = format!("{what} is not possible in an Express state machine");
        self.findings.warning(codes::WRONG_MODE, span, message, help);
    }

    fn unknown(&mut self, place: Place, call: &str, word: &Word) {
        let known = self.integrations.calls(place);
        let near = self.findings.nearest(call, known.iter().map(String::as_str));
        let stem = call.split('.').next().unwrap_or(call);
        let of_stem: Vec<String> = known
            .iter()
            .filter(|known| known.split('.').next() == Some(stem))
            .map(|known| format!("`{known}`"))
            .collect();
        let help = if !of_stem.is_empty() {
            format!("known here: {}", of_stem.join(", "))
        } else if let Some(near) = near {
            format!("did you mean `{near}`?")
        } else {
            "let a function that a task calls (`lambda:invoke`) do this".to_owned()
        };
        let message = format!("what {} needs is not known", shown(call));
        self.findings
            .error(codes::UNSUPPORTED_INTEGRATION, &word.span, message, help);
    }
}

fn check_start(findings: &mut Findings, definition: &Node, states: &[Entry]) {
    let Some(start) = definition
        .get("StartAt")
        .and_then(|node| findings.text(node, "`StartAt`"))
    else {
        return;
    };
    if !findings.is_complete() || states.iter().any(|entry| *entry.key.value == *start.value) {
        return;
    }
    let help = match findings.nearest(&start.value, states.iter().map(|entry| &*entry.key.value)) {
        Some(near) => format!("did you mean {}?", shown(near)),
        None => "start at one of the keys of `States`".to_owned(),
    };
    let message = format!("there is no state {} to start at", shown(&start.value));
    findings.warning(codes::UNKNOWN_STATE, &start.span, message, help);
}
