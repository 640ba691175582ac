//! Finds the files that hold permission tests.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::SourceError;
use super::checkable::{failed, from_here, walk};
use super::text::metadata;

/// What a file of permission tests is called, or ends in after a dot.
const NAMES: [&str; 3] = ["permissions.yml", "permissions.yaml", "permissions.json"];

/// The files of permission tests that paths lead to, each once: a file is one whatever its name, a
/// directory stands for those below it that are called so. What is hidden, foreign, ignored by git or
/// by the directory's `.tcignore` is left out, and so are links.
///
/// # Errors
/// When a directory cannot be listed, or holds none.
pub fn permission_tests(paths: &[PathBuf]) -> Result<Vec<PathBuf>, SourceError> {
    let (mut found, mut known) = (Vec::new(), BTreeSet::new());
    for path in paths {
        let files = if metadata(path).is_ok_and(|found| found.is_dir()) {
            below(path)?
        } else {
            vec![path.clone()]
        };
        for file in files {
            if known.insert(from_here(&file)) {
                found.push(file);
            }
        }
    }
    Ok(found)
}

/// The files below a directory, in the order of names.
fn below(directory: &Path) -> Result<Vec<PathBuf>, SourceError> {
    let mut files = Vec::new();
    for entry in walk(directory, is_named)? {
        let entry = entry.map_err(|error| failed(directory, error))?;
        if entry.file_type().is_some_and(|found| found.is_file()) {
            files.push(entry.into_path());
        }
    }
    if files.is_empty() {
        return Err(SourceError::NoTests {
            path: directory.to_owned(),
        });
    }
    Ok(files)
}

/// Whether a file is called as one of permission tests.
fn is_named(path: &Path) -> bool {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    let is_it = |known: &&str| {
        let before = name.strip_suffix(*known);
        before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    NAMES.iter().any(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_permission_tests_are_told_by_their_names() {
        for name in ["permissions.yml", "a/orders.permissions.yaml", "permissions.json"] {
            assert!(is_named(Path::new(name)), "{name}");
        }
        for name in [
            "mypermissions.yml",
            "permissions.yml.orig",
            "permissions",
            "topology.yml",
        ] {
            assert!(!is_named(Path::new(name)), "{name}");
        }
    }
}
