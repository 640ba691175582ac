//! Writes files that a user is to edit.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::roles::is_there;
use super::{Readers, SourceError, put_in_place};

/// What becomes of files that are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// They stay, and nothing is written.
    Kept,
    /// Others take their place.
    Replaced,
}

/// Writes files with the directories that they stand in, each file whole or not at all.
///
/// # Errors
/// When files are there that are to be kept, before anything is written; when something cannot be
/// written.
pub fn create_files(files: &BTreeMap<PathBuf, &str>, existing: Existing) -> Result<(), SourceError> {
    if existing == Existing::Kept {
        let there = files.keys().filter(|path| is_there(path));
        let paths: Vec<PathBuf> = there.cloned().collect();
        if !paths.is_empty() {
            return Err(SourceError::Exists { paths });
        }
    }
    for (path, text) in files {
        create_directory(path.parent().unwrap_or(Path::new(".")))?;
        put_in_place(path, text.as_bytes(), (Readers::Usual, existing))?;
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "this module is the border to the disk")]
fn create_directory(directory: &Path) -> Result<(), SourceError> {
    fs::create_dir_all(directory).map_err(|source| SourceError::Write {
        path: directory.to_owned(),
        source,
    })
}
