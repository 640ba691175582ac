//! The state machine of a topology: `flow`, else `states`, else the chain that
//! `auto: true` makes of its functions.

use std::collections::{HashMap, HashSet};

use crate::model::EntityKind;
use crate::topology::asl;
use crate::topology::codes;
use crate::topology::decode::Word;
use crate::topology::findings::{Findings, shown};
use crate::topology::node::{Kind, Node};
use crate::topology::spec::{Function, Machine, Picked, Task};

/// Reads the state machine, when there is one.
pub(super) fn read(findings: &mut Findings, root: &Node, functions: &[Function]) -> Option<Machine> {
    let auto = root.get("auto").is_some_and(|node| findings.flag(node, "`auto`"));
    let section = |key| {
        root.get(key)
            .filter(|node| !node.is_null())
            .map(|node| (key, node))
    };
    match section("flow").or_else(|| section("states")) {
        Some((key, node)) => inline(findings, key, node),
        None if auto => {
            let machine = chain(findings, functions);
            without_root(findings, root, functions);
            machine
        }
        None => {
            without_effect(findings, functions);
            None
        }
    }
}

fn inline(findings: &mut Findings, key: &str, node: &Node) -> Option<Machine> {
    if key == "flow" && node.tag.is_none() && matches!(node.kind, Kind::Scalar(..)) {
        let message = format!(
            "the state machine in {} is not read yet",
            shown(node.scalar().unwrap_or_default())
        );
        let help = "put the definition under `flow:` itself; a machine whose tasks are unknown would get a role without permissions";
        findings.error(codes::NOT_READ_YET, &node.span, message, help);
        return None;
    }
    let span = node.span.clone();
    let Some(_) = findings.map(node, &format!("`{key}`")) else {
        findings.mark_incomplete();
        return None;
    };
    let tasks = asl::tasks(findings, node);
    Some(Machine { span, tasks })
}

/// The machine that calls the root function, the function it names, and so on.
fn chain(findings: &mut Findings, functions: &[Function]) -> Option<Machine> {
    let roots: Vec<&Function> = functions.iter().filter(|f| f.root.is_some()).collect();
    let (Some(root), 1) = (roots.first(), roots.len()) else {
        for root in roots {
            let message = "a chain with more than one root is not read yet".to_owned();
            not_simple(findings, &root.name, message);
        }
        return None;
    };
    let span = root.root.clone()?;
    let by_name: HashMap<&str, &Function> = functions.iter().map(|f| (f.name.value.as_str(), f)).collect();
    let task = |name: &Word, span| Task {
        function: Word::new(name.value.clone(), span),
        picked: Picked::Beforehand,
    };
    let mut tasks = vec![task(&root.name, span.clone())];
    let mut last = *root;
    let mut seen = HashSet::from([&root.name.value]);
    loop {
        let mut next = last.targets.iter().filter(|t| t.kind == EntityKind::Function);
        let Some(target) = next.next() else {
            break;
        };
        let function = by_name.get(target.word.value.as_str());
        let (Some(function), None) = (function, next.next()) else {
            not_simple(
                findings,
                &target.word,
                "a chain that leaves the topology or branches is not read yet".to_owned(),
            );
            break;
        };
        if !seen.insert(&function.name.value) {
            not_simple(
                findings,
                &target.word,
                "a chain of functions that runs in a circle is not read yet".to_owned(),
            );
            break;
        }
        tasks.push(task(&target.word, target.word.span.clone()));
        last = function;
    }
    Some(Machine { span, tasks })
}

fn not_simple(findings: &mut Findings, word: &Word, message: String) {
    let help = "write the state machine out under `states`";
    findings.warning(codes::NOT_READ_YET, &word.span, message, help);
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
