//! What a team has accepted of what `check` finds.

use std::path::{Path, PathBuf};

use super::decode::Decoder;
use super::tree;
use crate::diagnostic::{self, Diagnostic, Sources};
use crate::grants::Matrix;
use crate::ops::{Accepted, Baseline, Findings, OpError};
use crate::source;
use crate::topology::Node;

/// The keys of an entry.
const KEYS: [&str; 4] = ["code", "file", "contains", "reason"];

/// Where the baseline of a directory stands, or would; `named` is the file that the user names.
#[must_use]
pub fn baseline_path(directory: &Path, named: Option<&Path>) -> PathBuf {
    named.map_or_else(|| source::baseline_path(directory), Path::to_owned)
}

/// Reads the baseline of a directory; `named` is the file that the user names. One that is not there
/// accepts nothing.
///
/// # Errors
/// When it cannot be read, or holds what it should not: with everything that is wrong.
pub fn baseline(directory: &Path, named: Option<&Path>) -> Result<Option<Baseline>, OpError> {
    let path = baseline_path(directory, named);
    let Some(text) = source::baseline(&path)? else {
        return Ok(None);
    };
    let mut sources = Sources::new();
    let file = sources.add(source::from_here(&path), text);
    let mut found = Vec::new();
    let mut accepted = Vec::new();
    if let Some(tree) = tree::toml(&sources, file, &mut found) {
        let mut decoder = Decoder::new(&sources, &path, Matrix::built_in()?);
        accepted = decoder.accepted(&tree);
        found.extend(decoder.finish().1);
    }
    if found.iter().any(Diagnostic::is_error) {
        diagnostic::sort(&mut found);
        return Err(OpError::Findings(Box::new(Findings {
            sources,
            diagnostics: found,
        })));
    }
    Ok(Some(Baseline {
        path,
        sources,
        accepted,
    }))
}

impl Decoder<'_> {
    fn accepted(&mut self, root: &Node) -> Vec<Accepted> {
        let mut accepted = Vec::new();
        for entry in self.table(root, "the file", &["accepted"]) {
            for item in self.list(&entry.value, "`accepted`", "write each as `[[accepted]]`") {
                accepted.extend(self.entry(item));
            }
        }
        accepted
    }

    fn entry(&mut self, node: &Node) -> Option<Accepted> {
        let mut values = KEYS.map(|_| None);
        for entry in self.table(node, "an entry", &KEYS) {
            let name = &*entry.key.value;
            let value = self.text(&entry.value, &format!("`{name}`"));
            for (slot, key) in values.iter_mut().zip(KEYS) {
                if key == name {
                    slot.clone_from(&value);
                }
            }
        }
        let [code, file, contains, reason] = values;
        let reason = reason.filter(|reason| !reason.trim().is_empty());
        if code.is_none() || reason.is_none() {
            let missing = if code.is_none() { "code" } else { "reason" };
            self.error(
                &node.span,
                format!("the entry has no `{missing}`"),
                "say what is accepted, `code`, and why, `reason`",
            );
        }
        Some(Accepted {
            code: code?,
            file,
            contains,
            reason: reason?,
            span: node.span.clone(),
        })
    }
}
