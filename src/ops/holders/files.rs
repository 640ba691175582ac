//! Policies that stand in files.

use std::ops::Range;
use std::path::PathBuf;

use super::{HeldDocument, Origin};
use crate::diagnostic::{Diagnostic, FileId, Sources, Span};
use crate::evaluate::Operator;
use crate::ops::check::codes::INVALID_POLICY;
use crate::ops::check::policies::unreadable;
use crate::ops::{Findings, OpError};
use crate::policy::{Policy, Read, ReadOptions, read};
use crate::source;

/// What a file may hold beside JSON.
const READING: ReadOptions = ReadOptions {
    trailing_commas: false,
    comments: true,
};

/// Reads policies from files, each statement with its place, in the order and spelling of the file.
/// The texts are added to those that there are. Comments are passed over.
///
/// # Errors
/// When a file cannot be read, or one holds no policy: all such files are told.
pub fn file_documents(paths: &[PathBuf], sources: &mut Sources) -> Result<Vec<HeldDocument>, OpError> {
    let mut documents = Vec::new();
    let mut found: Vec<Diagnostic> = Vec::new();
    for path in paths {
        let text = source::read(path)?;
        let file = sources.add(source::from_here(path), text);
        match document(sources, file) {
            Ok(document) => documents.push(document),
            Err(findings) => found.extend(findings),
        }
    }
    if found.is_empty() {
        return Ok(documents);
    }
    Err(OpError::Findings(Box::new(Findings {
        sources: sources.clone(),
        diagnostics: found,
    })))
}

/// The condition operators that IAM does not know, each with what to say of it and its place.
fn unknown_operators(document: &Read) -> Vec<(String, Range<usize>)> {
    let conditions = document
        .places
        .statements
        .iter()
        .flat_map(|places| &places.condition);
    let operators = conditions.flat_map(|condition| &condition.entries);
    let unknown = operators.filter(|(name, _)| Operator::parse(name).is_none());
    unknown
        .map(|(name, places)| {
            let message = format!("IAM has no condition operator `{}`", name.escape_debug());
            (message, places.entry.key.clone())
        })
        .collect()
}

/// Reads a policy that stands in a text of its own, as it is written.
///
/// # Errors
/// Why it is none, or none that IAM takes.
pub fn read_policy(text: &str) -> Result<Policy, String> {
    let document = read(text, ReadOptions::default()).map_err(|error| error.message)?;
    match unknown_operators(&document).into_iter().next() {
        Some((message, _)) => Err(message),
        None => Ok(document.policy),
    }
}

fn document(sources: &Sources, file: FileId) -> Result<HeldDocument, Vec<Diagnostic>> {
    let place = |range: &Range<usize>| Span::new(file, range.clone());
    let document = read(sources.text(file), READING).map_err(|error| unreadable(error, place))?;
    let unknown = unknown_operators(&document);
    if !unknown.is_empty() {
        let finding = |(message, range): (String, _)| {
            Diagnostic::error(INVALID_POLICY, message)
                .help("IAM refuses such a document: `tcperm check` tells what is meant")
                .at(place(&range))
        };
        return Err(unknown.into_iter().map(finding).collect());
    }
    let places = document.places.statements.iter();
    let origins = places.map(|of| Origin {
        place: Some(place(&of.statement)),
        ..Origin::default()
    });
    Ok(HeldDocument {
        name: sources.name(file).to_owned(),
        origins: origins.collect(),
        policy: document.policy,
    })
}
