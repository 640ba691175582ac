//! Reads the Amazon States Language: a definition in, the functions that its tasks call out.
//!
//! Only what bears on permissions is looked at, at every depth: tasks in `States`, in the
//! branches of a Parallel state and in the processor of a Map state. A state that needs a
//! permission this version cannot derive is an error, since a role without it would fail
//! at run time. Whether a definition is sound otherwise is for Step Functions to say. See
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html>.

use super::codes;
use super::decode::Word;
use super::findings::{Findings, shown};
use super::node::{Entry, Node};
use super::spec::{Picked, Task};
use crate::diagnostic::Diagnostic;

/// How many characters of an expression are kept.
const EXPRESSION: usize = 80;

/// The tasks of a definition, in the order of the text.
pub(super) fn tasks(findings: &mut Findings, definition: &Node) -> Vec<Task> {
    let mut tasks = Vec::new();
    machine(findings, definition, &mut tasks);
    tasks
}

fn machine(findings: &mut Findings, definition: &Node, tasks: &mut Vec<Task>) {
    let Some(states) = definition.get("States") else {
        return;
    };
    let entries = findings.map(states, "`States`").unwrap_or_default();
    check_start(findings, definition, entries);
    for entry in entries {
        let what = format!("state {}", shown(&entry.key.value));
        if findings.body(&entry.value, &what).is_some() {
            state(findings, entry, tasks);
        }
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
        Some(near) => format!("did you mean `{near}`?"),
        None => "start at one of the keys of `States`".to_owned(),
    };
    let message = format!("there is no state {} to start at", shown(&start.value));
    findings.warning(codes::UNKNOWN_STATE, &start.span, message, help);
}

fn state(findings: &mut Findings, entry: &Entry, tasks: &mut Vec<Task>) {
    let node = &entry.value;
    let kind = node.get("Type").and_then(Node::scalar);
    if kind == Some("Task") || node.get("Resource").is_some() {
        task(findings, entry, tasks);
    }
    if let Some(branches) = node.get("Branches") {
        for branch in findings.list(branches, "`Branches`") {
            if findings.body(branch, "a branch").is_some() {
                machine(findings, branch, tasks);
            }
        }
    }
    for key in ["ItemProcessor", "Iterator"] {
        if let Some(processor) = node.get(key)
            && findings.map(processor, &format!("`{key}`")).is_some()
        {
            distributed(findings, processor);
            machine(findings, processor, tasks);
        }
    }
    for key in ["ItemReader", "ResultWriter", "Credentials"] {
        if let Some(part) = node.get(key).filter(|part| !part.is_null()) {
            let message = format!("the permissions that `{key}` needs are not supported yet");
            unsupported(
                findings,
                part,
                message,
                "leave it out: let a function that a task calls do this",
            );
        }
    }
}

fn distributed(findings: &mut Findings, processor: &Node) {
    let mode = processor
        .get("ProcessorConfig")
        .and_then(|config| config.get("Mode"));
    if let Some(mode) = mode.filter(|mode| mode.scalar() == Some("DISTRIBUTED")) {
        let message = "a distributed Map state is not supported yet".to_owned();
        unsupported(findings, mode, message, "use `Mode: INLINE`");
    }
}

fn task(findings: &mut Findings, entry: &Entry, tasks: &mut Vec<Task>) {
    let state = shown(&entry.key.value);
    let Some(resource) = entry.value.get("Resource").filter(|node| !node.is_null()) else {
        if findings.is_complete() {
            let message = format!("the task {state} has no `Resource`");
            let help = "name what it calls: `Resource: arn:aws:states:::lambda:invoke`";
            findings.error(codes::UNSUPPORTED_INTEGRATION, &entry.key.span, message, help);
        }
        return;
    };
    let Some(word) = findings.word(resource, "`Resource`") else {
        return;
    };
    match integration(&word.value) {
        Integration::Function => tasks.push(Task {
            function: word,
            picked: Picked::Beforehand,
        }),
        Integration::Invoke => tasks.extend(invoked(findings, entry)),
        Integration::Other => {
            let message = format!("the integration {} is not supported yet", shown(&word.value));
            let help = "call a function (`arn:aws:states:::lambda:invoke`) that does this";
            unsupported(findings, resource, message, help);
        }
    }
}

enum Integration {
    /// The resource is the function.
    Function,
    /// The function stands among the parameters.
    Invoke,
    Other,
}

fn integration(resource: &str) -> Integration {
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    match parts.as_slice() {
        [
            "arn",
            _,
            "states",
            "",
            "",
            "lambda:invoke" | "lambda:invoke.waitForTaskToken",
        ] => Integration::Invoke,
        ["arn", _, "lambda", _, _, name] if name.starts_with("function:") => Integration::Function,
        _ => Integration::Other,
    }
}

/// The function that an optimised integration calls.
fn invoked(findings: &mut Findings, entry: &Entry) -> Option<Task> {
    let state = shown(&entry.key.value);
    for key in ["Parameters", "Arguments"] {
        let Some(parameters) = entry.value.get(key).filter(|node| !node.is_null()) else {
            continue;
        };
        if let Some(whole) = computed(parameters) {
            return Some(at_run_time(findings, whole, &state));
        }
        findings.map(parameters, &format!("`{key}`"))?;
        if let Some(path) = parameters.get("FunctionName.$") {
            let path = expression(path).or_else(|| findings.word(path, "`FunctionName.$`"))?;
            return Some(at_run_time(findings, path, &state));
        }
        if let Some(name) = parameters.get("FunctionName").filter(|node| !node.is_null()) {
            if let Some(function) = computed(name) {
                return Some(at_run_time(findings, function, &state));
            }
            let function = findings.word(name, "`FunctionName`")?;
            let picked = Picked::Beforehand;
            return Some(Task { function, picked });
        }
    }
    if findings.is_complete() {
        let message = format!("the task {state} does not name its function");
        let help = "add `Parameters: { FunctionName: '{{namespace}}_name_{{sandbox}}' }`";
        findings.error(codes::UNSUPPORTED_INTEGRATION, &entry.key.span, message, help);
    }
    None
}

/// The text of a value that is computed from the input: a path or an expression.
fn computed(node: &Node) -> Option<Word> {
    let text = node.scalar()?.trim();
    let is_path = text.starts_with('$') || text.starts_with("States.");
    let is_expression = text.starts_with("{%") && text.ends_with("%}");
    expression(node).filter(|_| is_path || is_expression)
}

/// A text that is shown and never a name, so however long it is, its beginning will do.
fn expression(node: &Node) -> Option<Word> {
    let text = node
        .scalar()
        .filter(|text| node.tag.is_none() && !text.trim().is_empty())?;
    let beginning = text.chars().take(EXPRESSION).collect();
    Some(Word::new(beginning, node.span.clone()))
}

fn at_run_time(findings: &mut Findings, function: Word, state: &str) -> Task {
    let message = format!("the task {state} picks its function at run time");
    let help = "any function of the sandbox is admitted; name the function to be told of typing errors";
    let note = Diagnostic::note(codes::DYNAMIC_TARGET, message);
    findings.push(note.at(function.span.clone()).help(help));
    let picked = Picked::AtRunTime;
    Task { function, picked }
}

fn unsupported(findings: &mut Findings, node: &Node, message: String, help: &str) {
    findings.error(codes::UNSUPPORTED_INTEGRATION, &node.span, message, help);
}
