//! Finds role templates that are there and that nobody says are to be used.

use std::path::{Path, PathBuf};

use super::GIT;
use super::error::shown;
use super::text::metadata;

/// Where a repository keeps role templates for tc.
const TEMPLATES: &str = "infrastructure/tc";

/// The role templates of the repository that a directory is in, as a path from that directory.
#[must_use]
pub fn unused_templates(directory: &Path) -> Option<String> {
    let absolute = directory.canonicalize().ok()?;
    for (levels, ancestor) in absolute.ancestors().enumerate() {
        if metadata(&ancestor.join(GIT)).is_ok() {
            let roles = ancestor.join(TEMPLATES).join("base/roles");
            let is_there = metadata(&roles).is_ok_and(|found| found.is_dir());
            return is_there.then(|| shown(&above(directory, levels, ancestor).join(TEMPLATES)));
        }
    }
    None
}

/// A directory some levels above another, as a user would name it.
fn above(directory: &Path, levels: usize, real: &Path) -> PathBuf {
    let named = directory.ancestors().nth(levels).unwrap_or(directory);
    let named = if named == Path::new("") {
        Path::new(".")
    } else {
        named
    };
    if named.canonicalize().is_ok_and(|named| named == real) {
        return named.to_owned();
    }
    directory.join("../".repeat(levels))
}
