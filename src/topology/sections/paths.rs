//! The paths by which a topology names directories: each that leads nowhere is reported where it
//! stands.
//!
//! [`source`](crate::source) has followed them and says so by
//! [`Documents::resolve`]: an error for a directory that is not there, nothing for one that is. The
//! directories of shared functions are looked at where the functions are read.

use crate::diagnostic::FileId;
use crate::topology::Documents;
use crate::topology::codes;
use crate::topology::findings::{Findings, shown};
use crate::topology::node::{Kind, Node};

/// Reports the paths of a topology that lead nowhere.
pub(super) fn report(documents: &Documents, main: FileId, root: &Node, findings: &mut Findings) {
    let mut paths: Vec<(&Node, &str)> = Vec::new();
    let function_dirs = root.get("function_dirs").into_iter().flat_map(items);
    paths.extend(function_dirs.map(|node| (node, "`function_dirs`")));
    let nodes = root.get("nodes").and_then(|nodes| nodes.get("dirs"));
    paths.extend(
        nodes
            .into_iter()
            .flat_map(items)
            .map(|node| (node, "`nodes.dirs`")),
    );
    for (node, key) in paths {
        if let Some(reason) = reason(documents, main, node) {
            let path = shown(node.scalar().unwrap_or_default());
            let message = format!("{path} leads nowhere: {reason}");
            let help = format!("a path of {key} starts at the topology's directory");
            findings.error(codes::MISSING_FILE, &node.span, message, help);
        }
    }
    let infra = ["infra", "infra-dir", "infra_dir"]
        .into_iter()
        .find_map(|key| root.get(key));
    if let Some((node, reason)) = infra.and_then(|node| Some((node, reason(documents, main, node)?))) {
        let path = shown(node.scalar().unwrap_or_default());
        let message = format!("{path} leads nowhere: {reason}");
        let help = "the path of `infra` starts where tcperm runs (`-d`), else at the topology's directory";
        findings.warning(codes::MISSING_FILE, &node.span, message, help);
    }
}

fn items(node: &Node) -> &[Node] {
    match &node.kind {
        Kind::Sequence(items) => items,
        _ => std::slice::from_ref(node),
    }
}

/// Why the path that a value is leads nowhere.
fn reason<'d>(documents: &'d Documents, main: FileId, node: &Node) -> Option<&'d str> {
    let found = documents.resolved(main, node.scalar()?.trim())?;
    found.as_ref().err().map(String::as_str)
}
