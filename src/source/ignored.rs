//! Which directories are left out: by their names everywhere, and by a `.tcignore`.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use super::listing::Listing;
use super::text::{Directory, Texts};
use super::{IGNORE_FILE, SourceError};

/// Directories that are nobody's own work, and that nothing is looked for in.
pub(super) const FOREIGN: [&str; 6] = [".circleci", ".git", ".vendor", ".venv", ".env", "node_modules"];

/// Directories that never hold a function, but can hold a topology.
pub(super) const NO_FUNCTION: [&str; 4] = ["states", "topology", "roles", "extensions"];

/// Whether nothing is looked for in a directory of this name.
pub(super) fn is_foreign(directory: &Directory) -> bool {
    is_foreign_name(directory.name().as_ref())
}

/// Whether nothing is looked for in a directory of a name.
pub(super) fn is_foreign_name(name: &OsStr) -> bool {
    FOREIGN.iter().any(|foreign| name == *foreign)
}

/// Whether a directory of this name never is a function's.
pub(super) fn is_no_function(directory: &Directory) -> bool {
    is_foreign(directory) || NO_FUNCTION.contains(&directory.name().as_str())
}

/// The directories that a `.tcignore` leaves out.
#[derive(Debug, Default)]
pub(super) struct Ignored {
    /// The directory that holds the file.
    base: PathBuf,
    /// The ends of paths below it.
    ends: Vec<PathBuf>,
}

impl Ignored {
    /// What the `.tcignore` of a directory says, if there is one.
    pub(super) fn of(texts: &Texts, directory: &Directory, listing: &Listing) -> Result<Self, SourceError> {
        if !listing.has(IGNORE_FILE) {
            return Ok(Self::default());
        }
        let text = texts.plain(directory, IGNORE_FILE)?;
        Ok(Self {
            base: directory.shown.clone(),
            ..Self::reading(&text)
        })
    }

    /// What a text says.
    pub(super) fn reading(text: &str) -> Self {
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        let ends = lines.map(plain).filter(|end| !end.as_os_str().is_empty());
        Self {
            base: PathBuf::new(),
            ends: ends.collect(),
        }
    }

    /// Whether a directory is left out.
    pub(super) fn has(&self, directory: &Directory) -> bool {
        let below = directory.shown.strip_prefix(&self.base);
        self.names(below.unwrap_or(&directory.shown))
    }

    /// Whether a path from the file's directory is left out.
    pub(super) fn names(&self, path: &Path) -> bool {
        self.ends.iter().any(|end| path.ends_with(end))
    }
}

/// A path without a leading or trailing slash, and without `.`.
pub(super) fn plain(path: &str) -> PathBuf {
    let of_a_path = |part: &Component<'_>| matches!(part, Component::Normal(_) | Component::ParentDir);
    Path::new(path).components().filter(of_a_path).collect()
}
