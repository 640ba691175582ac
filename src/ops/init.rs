use std::collections::BTreeMap;
use std::path::PathBuf;

use super::OpError;
use crate::intent::built_in_set;
use crate::model::RoleKind;
use crate::source::{self, Existing};
use crate::template::RuleBook;

/// The file that says what the others are.
const INTRODUCTION: &str = "README.md";

/// What `init` is asked for.
#[derive(Debug, Clone)]
pub struct InitRequest {
    /// The directory of the set, or the one that holds it as `tc`.
    pub directory: PathBuf,
    /// The kinds of role whose templates are written.
    pub kinds: Vec<RoleKind>,
    /// What becomes of templates that are there already.
    pub existing: Existing,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Initialized {
    /// The directory of the set.
    pub directory: PathBuf,
    /// The files, sorted.
    pub files: Vec<PathBuf>,
}

/// Writes the built-in templates out as a set that a team can edit. A text that introduces them is
/// written where there is none.
///
/// # Errors
/// When templates are there that are to be kept, before anything is written; when a file cannot be
/// written.
pub fn init(request: &InitRequest) -> Result<Initialized, OpError> {
    let directory = source::set_directory(&request.directory);
    let directory = match directory.strip_prefix(".") {
        Ok(rest) if rest.components().next().is_some() => rest.to_owned(),
        _ => directory,
    };
    let set = built_in_set(request.kinds.iter().copied())?;
    let mut files: BTreeMap<PathBuf, &str> = set
        .iter()
        .map(|(path, text)| (directory.join(path), text.as_str()))
        .collect();
    let introduction = directory.join(INTRODUCTION);
    if !source::is_there(&introduction) {
        files.insert(introduction, RuleBook::introduction());
    }
    source::create_files(&files, request.existing)?;
    Ok(Initialized {
        directory,
        files: files.into_keys().collect(),
    })
}
