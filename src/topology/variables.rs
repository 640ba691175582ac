//! Template variables in all that a topology says, not only in names.
//!
//! tc fills them in everywhere, and one that it does not know becomes nothing, without a
//! word. Left out is what tc keeps apart from the rest: the code of a function, how it is
//! built and tested.

use super::findings::Findings;
use super::node::{Kind, Node};
use super::reference;

/// Keys of a topology whose values tc keeps apart.
const APART: &[&str] = &["hooks", "test", "tests"];

/// Keys of a function, or of a page, whose values tc keeps apart.
const APART_IN_AN_ENTITY: &[&str] = &["build", "code", "test", "tests"];

/// Variables that a function's own part may hold besides.
const OF_A_FUNCTION: &[&str] = &["git_root", "root", "version"];

/// Reports the variables of a topology that do not exist.
pub(super) fn check_topology(findings: &mut Findings, root: &Node) {
    for entry in root.entries() {
        match &*entry.key.value {
            key if APART.contains(&key) => {}
            "functions" | "pages" => {
                let fields = entry
                    .value
                    .entries()
                    .iter()
                    .flat_map(|entity| entity.value.entries());
                let of_entity = fields.flat_map(|field| match &*field.key.value {
                    // An inline function can have its code here too.
                    "runtime" if !field.value.entries().is_empty() => field.value.entries(),
                    _ => std::slice::from_ref(field),
                });
                for field in of_entity.filter(|field| !APART_IN_AN_ENTITY.contains(&&*field.key.value)) {
                    walk(findings, &field.value, OF_A_FUNCTION);
                }
            }
            _ => check(findings, &entry.value),
        }
    }
}

/// Reports the variables of a value, and of all values in it, that do not exist.
pub(super) fn check(findings: &mut Findings, node: &Node) {
    walk(findings, node, &[]);
}

fn walk(findings: &mut Findings, node: &Node, also: &[&str]) {
    match &node.kind {
        Kind::Scalar(text, _) if text.contains('{') => {
            reference::check_variables(findings, text, &node.span, also);
        }
        Kind::Scalar(..) | Kind::Faulty => {}
        Kind::Sequence(items) => items.iter().for_each(|item| walk(findings, item, also)),
        Kind::Mapping(entries) => entries
            .iter()
            .for_each(|entry| walk(findings, &entry.value, also)),
    }
}
