//! The state machine of a topology: `flow`, else `states`, else the chain that
//! `auto: true` makes of its functions.
//!
//! A definition stands there itself, or the path of a file that holds it.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{FileId, Sources};
use crate::model::EntityKind;
use crate::topology::asl;
use crate::topology::codes;
use crate::topology::decode::Word;
use crate::topology::findings::{Findings, shown};
use crate::topology::integration::Integrations;
use crate::topology::node::{Kind, Node};
use crate::topology::spec::{Answer, Function, Machine, Mode, Reference, Spec, Subject, Task};
use crate::topology::{Documents, expand, names};

/// Where definitions come from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Library<'a> {
    pub sources: &'a Sources,
    pub documents: &'a Documents,
    pub integrations: &'a Integrations,
    /// The topology's own file.
    pub main: FileId,
}

/// Reads the state machine, when there is one.
pub(super) fn read(
    library: Library<'_>,
    findings: &mut Findings,
    root: &Node,
    spec: &Spec,
) -> Option<Machine> {
    let auto = root.get("auto").is_some_and(|node| findings.flag(node, "`auto`"));
    let mode = mode(findings, root);
    let functions = &spec.functions;
    let section = |key| root.entry(key).filter(|entry| !entry.value.is_null());
    let (flow, states) = (section("flow"), section("states"));
    if let (Some(_), Some(unused)) = (flow, states) {
        let message = "`states` has no effect: `flow` comes first".to_owned();
        let help = "a topology has one state machine: remove one of the two";
        findings.warning(codes::UNUSED_TARGET, &unused.key.span, message, help);
    }
    match flow.or(states) {
        Some(entry) => {
            let definition = definition(library, findings, &entry.key.value, &entry.value);
            let Some(definition) = definition else {
                findings.mark_incomplete();
                return None;
            };
            let own = names::own_name(spec.separator);
            let tasks = asl::tasks(findings, library.integrations, (&own, mode), &definition);
            let span = entry.value.span.clone();
            Some(Machine { span, mode, tasks })
        }
        None if auto => {
            without_root(findings, root, functions);
            chain(findings, functions, mode)
        }
        None => {
            without_effect(findings, functions);
            None
        }
    }
}

fn mode(findings: &mut Findings, root: &Node) -> Mode {
    let Some(word) = root.get("mode").and_then(|node| findings.text(node, "`mode`")) else {
        return Mode::Express;
    };
    match word.value.as_str() {
        "Express" => Mode::Express,
        "Standard" => Mode::Standard,
        _ => {
            let message = format!("{} is no mode of a state machine", shown(&word.value));
            let help = "write `Express` or `Standard`; it is taken as `Express` here";
            findings.warning(codes::WRONG_MODE, &word.span, message, help);
            Mode::Express
        }
    }
}

/// The map that defines the machine: the value itself, or that of the file it names.
fn definition(library: Library<'_>, findings: &mut Findings, key: &str, node: &Node) -> Option<Node> {
    let what = format!("`{key}`");
    if node.tag.is_some() || !matches!(node.kind, Kind::Scalar(..)) {
        return findings.map(node, &what).map(|_| node.clone());
    }
    let word = findings.word(node, &what)?;
    let reason = match library.documents.resolved(library.main, word.value.trim()) {
        Some(Ok(file)) => {
            let Library {
                sources,
                documents,
                main,
                ..
            } = library;
            let root = expand::file(sources, documents, (main, *file), findings);
            match root {
                Some(root) if !root.is_null() => {
                    let what = format!("the state machine in {}", shown(&word.value));
                    findings.map(&root, &what)?;
                    if root.get("States").is_none() && findings.is_complete() {
                        let message = format!("{what} has no `States`");
                        let help = "is it the right file? nothing is granted for what it does not say";
                        findings.warning(codes::UNKNOWN_STATE, &word.span, message, help);
                    }
                    return Some(root);
                }
                _ => "it is empty",
            }
        }
        Some(Err(reason)) => reason.as_str(),
        None => "it was not read",
    };
    if findings.is_complete() {
        let message = format!(
            "the state machine in {} cannot be read: {reason}",
            shown(&word.value)
        );
        let help = format!(
            "write the path of its file, relative to the topology, or the definition itself under `{key}:`"
        );
        findings.error(codes::MISSING_FILE, &word.span, message, help);
    }
    None
}

/// The machine that calls each function marked as a root, the functions it names, and so on.
fn chain(findings: &mut Findings, functions: &[Function], mode: Mode) -> Option<Machine> {
    let roots: Vec<&Function> = functions.iter().filter(|f| f.root.is_some()).collect();
    let span = roots.first()?.root.clone()?;
    let mut walk = Walk {
        by_name: functions.iter().map(|f| (f.name.value.as_str(), f)).collect(),
        seen: HashSet::new(),
        tasks: Vec::new(),
    };
    for root in roots {
        let Some(span) = &root.root else {
            continue;
        };
        walk.task(Word::new(root.name.value.clone(), span.clone()));
        walk.from(findings, root);
    }
    let tasks = walk.tasks;
    Some(Machine { span, mode, tasks })
}

struct Walk<'f> {
    by_name: HashMap<&'f str, &'f Function>,
    seen: HashSet<&'f str>,
    tasks: Vec<Task>,
}

impl<'f> Walk<'f> {
    fn task(&mut self, function: Word) {
        self.tasks.push(Task {
            state: function.value.clone(),
            integration: None,
            span: function.span.clone(),
            subject: Subject::Entity(EntityKind::Function, function),
            answer: Answer::None,
        });
    }

    /// Goes along the chains that begin at a function, each function once; reports those that
    /// come back to where they have been.
    fn from(&mut self, findings: &mut Findings, root: &'f Function) {
        if !self.seen.insert(&root.name.value) {
            return;
        }
        let mut path = vec![(root, targets(root))];
        while let Some((_, left)) = path.last_mut() {
            let Some(target) = left.pop() else {
                path.pop();
                continue;
            };
            self.task(target.word.clone());
            let Some(next) = self.by_name.get(target.word.value.as_str()).copied() else {
                continue;
            };
            if let Some(start) = path.iter().position(|(on, _)| on.name.value == next.name.value) {
                let circle = path.iter().skip(start).map(|(on, _)| on.name.value.as_str());
                let names: Vec<String> = circle.chain([next.name.value.as_str()]).map(shown).collect();
                let message = format!("the chain of functions runs in a circle: {}", names.join(" → "));
                let help = "a chain has an end: remove one of these targets, or write the state machine out under `states`";
                findings.warning(codes::CIRCULAR_CHAIN, &target.word.span, message, help);
            } else if self.seen.insert(&next.name.value) {
                path.push((next, targets(next)));
            }
        }
    }
}

/// The functions that a function names, the last one first.
fn targets(function: &Function) -> Vec<&Reference> {
    let targets = function.targets.iter();
    targets
        .filter(|target| target.kind == EntityKind::Function)
        .rev()
        .collect()
}

fn without_root(findings: &mut Findings, root: &Node, functions: &[Function]) {
    let Some(auto) = root.get("auto").filter(|_| findings.is_complete()) else {
        return;
    };
    if functions.iter().all(|function| function.root.is_none()) {
        let message = "`auto` has no effect without a function that begins the chain".to_owned();
        let help = "add `root: true` to the first function";
        findings.warning(codes::NO_TARGET, &auto.span, message, help);
    }
}

fn without_effect(findings: &mut Findings, functions: &[Function]) {
    for span in functions.iter().filter_map(|f| f.root.as_ref()) {
        let message = "`root` has no effect without `auto: true`".to_owned();
        let help = "add `auto: true` to the topology to make a state machine of its functions";
        findings.warning(codes::NO_TARGET, span, message, help);
    }
}
