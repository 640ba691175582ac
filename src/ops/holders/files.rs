//! Policies that stand in files.

use std::path::PathBuf;

use super::{HeldDocument, Origin};
use crate::diagnostic::{Diagnostic, FileId, Sources, Span};
use crate::ops::check::policies::unreadable;
use crate::ops::{Findings, OpError};
use crate::policy::{ReadOptions, read};
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

fn document(sources: &Sources, file: FileId) -> Result<HeldDocument, Vec<Diagnostic>> {
    let place = |range: &std::ops::Range<usize>| Span::new(file, range.clone());
    let document = read(sources.text(file), READING).map_err(|error| unreadable(error, place))?;
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
