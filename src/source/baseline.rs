//! Finds and reads the baseline: what a team has accepted of what is found.

use std::path::{Path, PathBuf};

use super::configuration::OWN;
use super::text::{metadata, read_text};
use super::{GIT, SourceError};

/// The file in which a team keeps what it has accepted.
const BASELINE: &str = "tcperm-baseline.toml";

/// Where the baseline of a directory stands, or would: the nearest, in the directory or above it, up
/// to the root of the repository; else beside the nearest `tcperm.toml`; else in that root, and
/// without a repository in the directory itself.
#[must_use]
pub fn baseline_path(directory: &Path) -> PathBuf {
    let mut beside = None;
    let mut root = None;
    let absolute = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    for ancestor in absolute.ancestors() {
        let path = ancestor.join(BASELINE);
        if metadata(&path).is_ok() || path.is_symlink() {
            return path;
        }
        if beside.is_none() && metadata(&ancestor.join(OWN)).is_ok() {
            beside = Some(path.clone());
        }
        if metadata(&ancestor.join(GIT)).is_ok() {
            root = Some(path);
            break;
        }
    }
    beside.or(root).unwrap_or_else(|| absolute.join(BASELINE))
}

/// Reads a baseline; `None` when there is none.
///
/// # Errors
/// When it cannot be read.
pub fn baseline(path: &Path) -> Result<Option<String>, SourceError> {
    match read_text(path, || path.to_owned()) {
        Ok(text) => Ok(Some(text)),
        Err(SourceError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
