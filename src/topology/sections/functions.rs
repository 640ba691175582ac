//! Functions: those declared in the topology, and those found in directories beside it.
//!
//! A function that is declared in the topology takes the place of a directory of the same
//! name, of which only `runtime` counts then. A shared function (`shared: true`, or a `uri`
//! that is a path) does what its directory says, besides what stands in the topology.

use std::collections::HashMap;

use super::{check_name, entity_name, named, reference, roles, runtime};
use crate::diagnostic::{Located, Sources, Span};
use crate::model::{EntityKind, Namespace};
use crate::topology::codes;
use crate::topology::decode::Word;
use crate::topology::findings::{Findings, shown};
use crate::topology::keys;
use crate::topology::node::{Entry, Node};
use crate::topology::spec::{Directory, Function, Reference, Spec};
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

/// Adds the functions of the directories that the topology does not declare itself, and what
/// directories say of those that it does.
pub(super) fn add_directories(
    documents: &Documents,
    input: &Input,
    findings: &mut Findings,
    functions: &mut Vec<Function>,
) {
    let mut by_name: HashMap<String, usize> = HashMap::new();
    let mut by_uri: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, function) in functions.iter().enumerate() {
        by_name.insert(function.name.value.clone(), index);
        if let Directory::Named(uri) = &function.directory {
            by_uri.entry(uri.value.clone()).or_default().push(index);
        }
    }
    for directory in &input.functions {
        let found = found(documents, directory, findings);
        let Some(uri) = &directory.uri else {
            match by_name
                .get(&found.name.value)
                .and_then(|index| functions.get_mut(*index))
            {
                Some(declared) => beside(declared, &found),
                None => functions.push(found),
            }
            continue;
        };
        for index in by_uri.remove(uri).unwrap_or_default() {
            if let Some(declared) = functions.get_mut(index) {
                join(declared, &found);
            }
        }
    }
    for function in functions {
        if let Directory::Named(uri) = &function.directory
            && by_uri.contains_key(&uri.value)
        {
            lost(documents, input, findings, uri);
        }
    }
}

/// Adds to a declared function what the directory of its name says of it.
fn beside(function: &mut Function, found: &Function) {
    match function.directory {
        Directory::OfItsName => join(function, found),
        Directory::None => function.runtime.extend(&found.runtime),
        Directory::Named(_) => {}
    }
}

/// Adds to a declared function all that its directory says of it.
fn join(function: &mut Function, found: &Function) {
    function.runtime.extend(&found.runtime);
    function.targets.extend(found.targets.iter().cloned());
    function.stores.extend(found.stores.iter().cloned());
    function.dead_letter = function.dead_letter.take().or_else(|| found.dead_letter.clone());
    function.fqn = function.fqn.take().or_else(|| found.fqn.clone());
    function.namespace = function.namespace.take().or_else(|| found.namespace.clone());
}

/// Reports a directory that a function names and that is not there.
fn lost(documents: &Documents, input: &Input, findings: &mut Findings, uri: &Word) {
    let reason = match documents.resolved(input.main, &uri.value) {
        Some(Ok(_)) => return,
        Some(Err(reason)) => reason,
        None => "it was not read",
    };
    let message = format!("{} leads nowhere: {reason}", shown(&uri.value));
    let help = "a path of `uri` starts at the topology's directory";
    findings.error(codes::MISSING_FILE, &uri.span, message, help);
}

/// A function that stands alone: a topology with its name, and no other part.
pub(super) fn alone(
    sources: &Sources,
    documents: &Documents,
    input: &Input,
    findings: &mut Findings,
) -> Spec {
    let mut spec = Spec::empty();
    add_directories(documents, input, findings, &mut spec.functions);
    spec.roles = roles::read(sources, documents, findings, &spec.functions);
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
        "store" => function.stores.extend(findings.word_or_words(node, "`store`")),
        "shared" => {
            if findings.flag(node, "`shared`") && matches!(function.directory, Directory::None) {
                function.directory = Directory::OfItsName;
            }
        }
        "uri" => {
            let uri = findings.text(node, "`uri`");
            if let Some(uri) = uri.map(trimmed).filter(|uri| uri.value.starts_with('.')) {
                function.directory = Directory::Named(uri);
            }
        }
        "runtime" => runtime::read(findings, node, &mut function.runtime),
        key if keys::FUNCTION.contains(&key) => {}
        "targets" => {
            let message = "a function in the topology has no key `targets`".to_owned();
            let help = "`targets` belongs in function.yml: write `function:`, `event:`, `state:`, `mutation:` or `channel:` here";
            findings.warning(codes::UNKNOWN_KEY, &field.key.span, message, help);
        }
        key => findings.unknown_key(key, &field.key.span, "a function", keys::FUNCTION),
    }
}

fn trimmed(word: Word) -> Word {
    Word::new(word.value.trim().to_owned(), word.span)
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
        "runtime" => runtime::read(findings, node, &mut function.runtime),
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
        "store" => function.stores.push(name),
        "route" | "page" | "schedule" | "trigger" | "pool" => {
            let message = format!(
                "a target of kind {} has no effect: tc calls none from a function",
                shown(&entity.value)
            );
            let help =
                "a function's targets are functions, events, states, mutations, channels, stores and a queue";
            findings.warning(codes::NO_EFFECT, &entity.span, message, help);
        }
        _ => unknown_kind(findings, &entity),
    }
}

fn add(function: &mut Function, kind: EntityKind, word: Word) {
    function.targets.push(Reference { kind, word });
}

fn unknown_kind(findings: &mut Findings, entity: &Word) {
    let known = [
        "Function", "Event", "State", "Mutation", "Channel", "Queue", "Store",
    ];
    let help = match findings.nearest(&entity.value, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known kinds: {}", known.join(", ")),
    };
    let message = format!("{} is no kind of entity", shown(&entity.value));
    findings.error(codes::UNKNOWN_KIND, &entity.span, message, help);
}
