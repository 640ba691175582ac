use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Checked, codes};
use crate::diagnostic::{Diagnostic, Severity, Sources, Span};
use crate::ops::live::codes::{PERMISSION_MISSING, PERMISSION_UNCLEAR, POLICY_UNREAD};
use crate::ops::{Findings, OpError};
use crate::source;

/// What is found in an account, and nothing else is there.
const LIVE: [&str; 3] = [PERMISSION_MISSING, PERMISSION_UNCLEAR, POLICY_UNREAD];

/// What a team has accepted of what is found.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    /// The file.
    pub path: PathBuf,
    /// Its text, which the places of entries point into.
    pub sources: Sources,
    /// Its entries, in the order of the file.
    pub accepted: Vec<Accepted>,
}

/// Findings that are accepted, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Their code.
    pub code: String,
    /// Their file, by its path from the directory of the baseline; `None` where they have none.
    pub file: Option<String>,
    /// What stands in their messages.
    pub contains: Option<String>,
    /// Why they are accepted.
    pub reason: String,
    /// Where the entry stands.
    pub span: Span,
}

impl Baseline {
    /// Findings without those that are accepted, and these with the reason. An entry that accepts
    /// nothing, of a file in one of the paths and of a kind that was looked for, is a finding of its own.
    pub(super) fn applied(
        &self,
        findings: Findings,
        (paths, is_live): (&[&Path], bool),
    ) -> (Findings, Vec<(Diagnostic, String)>) {
        let Findings {
            mut sources,
            diagnostics,
        } = findings;
        let files: Vec<Option<String>> = self.accepted.iter().map(|entry| self.file(entry)).collect();
        let mut used = BTreeSet::new();
        let (mut left, mut accepted) = (Vec::new(), Vec::new());
        for finding in diagnostics {
            let file = finding.span.as_ref().map(|span| sources.name(span.file));
            let entries = self.accepted.iter().zip(&files).enumerate();
            let matching: Vec<_> = entries
                .filter(|(_, (entry, of))| of.as_deref() == file && entry.accepts(&finding))
                .map(|(index, (entry, _))| (index, entry))
                .collect();
            used.extend(matching.iter().map(|(index, _)| *index));
            match matching.first() {
                Some((_, entry)) => accepted.push((finding, entry.reason.clone())),
                None => left.push(finding),
            }
        }
        let shift = sources.append(self.renamed());
        for (index, (entry, file)) in self.accepted.iter().zip(&files).enumerate() {
            let is_looked_at = file.as_deref().is_none_or(|file| is_below(file, paths));
            let is_looked_for = is_live == LIVE.contains(&entry.code.as_str());
            if is_looked_at && is_looked_for && !used.contains(&index) {
                left.push(entry.unused().at(shift.of(&entry.span)));
            }
        }
        let diagnostics = left;
        (Findings { sources, diagnostics }, accepted)
    }

    /// The file of an entry, by its path from the working directory.
    fn file(&self, entry: &Accepted) -> Option<String> {
        let directory = source::directory_of(&self.path);
        let file = entry.file.as_deref()?;
        Some(source::from_here(&directory.join(file)))
    }

    /// Its text under the name that all texts of a check have.
    fn renamed(&self) -> Sources {
        let mut sources = Sources::new();
        for file in self.sources.files() {
            sources.add(source::from_here(&self.path), self.sources.text(file));
        }
        sources
    }
}

impl Accepted {
    fn accepts(&self, finding: &Diagnostic) -> bool {
        let contains = self.contains.as_deref();
        finding.code == self.code && contains.is_none_or(|text| finding.message.contains(text))
    }

    fn unused(&self) -> Diagnostic {
        let code = self.code.escape_debug();
        let message = match &self.file {
            Some(file) => format!(
                "nothing in `{}` is `{code}` as accepted here",
                file.escape_debug()
            ),
            None => format!("nothing without a file is `{code}` as accepted here"),
        };
        Diagnostic::warning(codes::UNUSED_BASELINE, message)
            .help("remove the entry: what it accepted is no longer found")
    }
}

/// Whether a file lies at or below one of some paths.
fn is_below(file: &str, paths: &[&Path]) -> bool {
    paths.iter().any(|path| {
        let path = source::from_here(path);
        let is_elsewhere = path.is_empty() && Path::new(file).starts_with("..");
        Path::new(file).starts_with(&path) && !is_elsewhere
    })
}

/// Adds entries to the baseline at a path that accept all errors and warnings of a check, and says
/// how many.
///
/// # Errors
/// When the file cannot be read or written.
pub fn accept(checked: &Checked, path: &Path, reason: &str) -> Result<usize, OpError> {
    let entries = entries(checked, path, reason);
    if entries.is_empty() {
        return Ok(0);
    }
    let before = source::baseline(path)?.unwrap_or_default();
    let before = before.trim_end();
    let space = if before.is_empty() { "" } else { "\n\n" };
    let text = format!("{before}{space}{}", entries.join("\n"));
    source::write_atomically(path, text.as_bytes())?;
    Ok(entries.len())
}

/// Entries that accept all errors and warnings of a check, each as TOML.
fn entries(checked: &Checked, path: &Path, reason: &str) -> Vec<String> {
    let directory = source::directory_of(path);
    let Findings { sources, diagnostics } = &checked.findings;
    let mut known = BTreeSet::new();
    let mut entries = Vec::new();
    let found = diagnostics
        .iter()
        .filter(|finding| finding.severity != Severity::Note && finding.code != codes::UNUSED_BASELINE);
    for finding in found {
        let mut text = String::new();
        let file = finding
            .span
            .as_ref()
            .map(|span| source::path_from(&directory, Path::new(sources.name(span.file))));
        if !known.insert((finding.code, file.clone(), finding.message.as_str())) {
            continue;
        }
        let _ = write!(text, "[[accepted]]\ncode = {}\n", quoted(finding.code));
        if let Some(file) = file {
            let _ = writeln!(text, "file = {}", quoted(&file));
        }
        let (message, reason) = (quoted(&finding.message), quoted(reason));
        let _ = write!(text, "contains = {message}\nreason = {reason}\n");
        entries.push(text);
    }
    entries
}

/// A text in quotes, as TOML and JSON both read it.
fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
