//! Functions: those declared in the topology, and those found in directories beside it.
//!
//! A function that is declared in the topology takes the place of a directory of the
//! same name; the directory's file is read all the same, so that its faults are found.

use std::collections::HashSet;

use super::{check_name, entity_name, is_empty, named, not_read_yet, reference};
use crate::diagnostic::{Located, Span};
use crate::model::{EntityKind, Namespace};
use crate::topology::codes;
use crate::topology::decode::Word;
use crate::topology::findings::{Findings, shown};
use crate::topology::keys;
use crate::topology::node::{Entry, Node};
use crate::topology::spec::{Function, Reference, Spec};
use crate::topology::{Documents, FunctionDirectory, FunctionForm, Input};

/// Reads the section `functions`.
pub(super) fn read(findings: &mut Findings, node: &Node) -> Vec<Function> {
    named(findings, node, "`functions`")
        .iter()
        .map(|entry| {
            let name = entity_name(findings, EntityKind::Function, &entry.key);
            let mut function = Function::named(name);
            let what = format!("function {}", shown(&entry.key.value));
            for field in findings.body(&entry.value, &what).unwrap_or_default() {
                inline(findings, &mut function, field);
            }
            function
        })
        .collect()
}

/// Adds the functions of the directories that the topology does not declare itself.
pub(super) fn add_directories(
    documents: &Documents,
    directories: &[FunctionDirectory],
    findings: &mut Findings,
    functions: &mut Vec<Function>,
) {
    let declared: HashSet<String> = functions.iter().map(|f| f.name.value.clone()).collect();
    for directory in directories.iter().filter(|directory| directory.uri.is_none()) {
        let function = found(documents, directory, findings);
        if !declared.contains(&function.name.value) {
            functions.push(function);
        }
    }
}

/// A function that stands alone: a topology with its name, and no other part.
pub(super) fn alone(documents: &Documents, input: &Input, findings: &mut Findings) -> Spec {
    let mut spec = Spec::empty();
    add_directories(documents, &input.functions, findings, &mut spec.functions);
    let name = spec.functions.first().map(|function| function.name.clone());
    spec.name = name.and_then(|name| match Namespace::parse(&name.value) {
        Ok(namespace) => Some(Located::new(namespace, name.span)),
        Err(invalid) => {
            let message = format!("{} cannot be the name of a topology", shown(&name.value));
            let help = format!("a function without a topology is one by itself: {}", invalid.help);
            findings.error(codes::INVALID_NAME, &name.span, message, help);
            None
        }
    });
    spec
}

fn inline(findings: &mut Findings, function: &mut Function, field: &Entry) {
    let node = &field.value;
    match &*field.key.value {
        "function" => function
            .targets
            .extend(reference(findings, EntityKind::Function, node, "`function`")),
        "functions" => {
            let words = findings.words(node, "`functions`");
            function.targets.extend(words.into_iter().map(|word| Reference {
                kind: EntityKind::Function,
                word,
            }));
        }
        "event" => function
            .targets
            .extend(reference(findings, EntityKind::Event, node, "`event`")),
        "mutation" => function
            .targets
            .extend(reference(findings, EntityKind::Mutation, node, "`mutation`")),
        "channel" => function
            .targets
            .extend(reference(findings, EntityKind::Channel, node, "`channel`")),
        "state" => function
            .targets
            .extend(reference(findings, EntityKind::State, node, "`state`")),
        "queue" => function.dead_letter = findings.word(node, "`queue`"),
        "fqn" => function.fqn = findings.word(node, "`fqn`"),
        "namespace" => function.namespace = findings.word(node, "`namespace`"),
        "root" => {
            if findings.flag(node, "`root`") {
                function.root = Some(node.span.clone());
            }
        }
        "shared" => {
            if findings.flag(node, "`shared`") {
                not_read_yet(findings, &field.key, "what a shared function does is");
            }
        }
        "uri" => {
            let uri = findings.text(node, "`uri`");
            if uri.is_some_and(|uri| uri.value.starts_with('.')) {
                not_read_yet(findings, &field.key, "the directory of a shared function is");
            }
        }
        "runtime" => runtime(findings, node),
        key if keys::FUNCTION.contains(&key) => {}
        "targets" => {
            let message = "a function in the topology has no key `targets`".to_owned();
            let help = "`targets` belongs in function.yml: write `function:`, `event:`, `state:`, `mutation:` or `channel:` here";
            findings.warning(codes::UNKNOWN_KEY, &field.key.span, message, help);
        }
        key => findings.unknown_key(key, &field.key.span, "a function", keys::FUNCTION),
    }
}

/// Most of how a function runs needs no permission; what does is not read yet.
fn runtime(findings: &mut Findings, node: &Node) {
    for key in keys::RUNTIME_NOT_READ_YET {
        let Some(entry) = node.entry(key) else {
            continue;
        };
        if !is_empty(&entry.value) && entry.value.flag() != Some(false) {
            not_read_yet(findings, &entry.key, &format!("what `runtime.{key}` asks for is"));
        }
    }
}

fn found(documents: &Documents, directory: &FunctionDirectory, findings: &mut Findings) -> Function {
    let start = Span::new(directory.file, 0..0);
    let mut function = Function::named(Word::new(directory.name.clone(), start));
    let root = match directory.form {
        FunctionForm::Spec => documents
            .get(directory.file)
            .and_then(|document| document.reported(findings)),
        FunctionForm::Marker => None,
    };
    let fields = root
        .as_ref()
        .and_then(|root| findings.map(root, "a function's file"));
    for field in fields.unwrap_or_default() {
        in_file(findings, &mut function, field);
    }
    check_name(findings, EntityKind::Function, "a function", &function.name);
    function
}

fn in_file(findings: &mut Findings, function: &mut Function, field: &Entry) {
    let node = &field.value;
    match &*field.key.value {
        "name" => {
            if let Some(name) = findings.word(node, "`name`") {
                function.name = name;
            }
        }
        "fqn" => function.fqn = findings.word(node, "`fqn`"),
        "namespace" => function.namespace = findings.word(node, "`namespace`"),
        "targets" => {
            for item in findings.list(node, "`targets`") {
                target(findings, function, item);
            }
        }
        "runtime" => runtime(findings, node),
        key if keys::FUNCTION_FILE.contains(&key) => {}
        key if keys::FUNCTION.contains(&key) => {
            let message = format!("a function's file has no key `{key}`");
            let help =
                "a function's own file names its targets so: `targets: [{entity: Event, name: OrderPlaced}]`";
            findings.warning(codes::UNKNOWN_KEY, &field.key.span, message, help);
        }
        key => findings.unknown_key(key, &field.key.span, "a function's file", keys::FUNCTION_FILE),
    }
}

fn target(findings: &mut Findings, function: &mut Function, item: &Node) {
    let Some(fields) = findings.body(item, "a target") else {
        return;
    };
    for field in fields {
        if !keys::TARGET.contains(&&*field.key.value) {
            findings.unknown_key(&field.key.value, &field.key.span, "a target", keys::TARGET);
        }
    }
    let (Some(entity), Some(name)) = (item.get("entity"), item.get("name")) else {
        let help = "write `{entity: Event, name: OrderPlaced}`";
        let message = "a target needs both `entity` and `name`".to_owned();
        findings.error(codes::WRONG_TYPE, &item.span, message, help);
        return;
    };
    let entity = findings.word(entity, "`entity`");
    let name = findings.word(name, "`name`");
    let (Some(entity), Some(name)) = (entity, name) else {
        return;
    };
    match entity.value.to_ascii_lowercase().as_str() {
        "queue" => function.dead_letter = Some(name),
        "function" => add(function, EntityKind::Function, name),
        "event" => add(function, EntityKind::Event, name),
        "mutation" => add(function, EntityKind::Mutation, name),
        "channel" => add(function, EntityKind::Channel, name),
        "state" => add(function, EntityKind::State, name),
        "route" | "page" | "schedule" | "trigger" | "pool" => {
            let message = format!(
                "a target of kind {} is not read yet, so nothing is granted for it",
                shown(&entity.value)
            );
            let help = "a function's targets are functions, events, states, mutations, channels and a queue";
            findings.warning(codes::NOT_READ_YET, &entity.span, message, help);
        }
        _ => unknown_kind(findings, &entity),
    }
}

fn add(function: &mut Function, kind: EntityKind, word: Word) {
    function.targets.push(Reference { kind, word });
}

fn unknown_kind(findings: &mut Findings, entity: &Word) {
    let known = ["Function", "Event", "State", "Mutation", "Channel", "Queue"];
    let help = match findings.nearest(&entity.value, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known kinds: {}", known.join(", ")),
    };
    let message = format!("{} is no kind of entity", shown(&entity.value));
    findings.error(codes::UNKNOWN_KIND, &entity.span, message, help);
}
