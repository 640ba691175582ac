//! Finds what can be checked: sets of role templates, and policy documents.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use ignore::{DirEntry, Walk, WalkBuilder};

use super::ignored::{Ignored, is_foreign_name};
use super::text::{metadata, open, relative, repository};
use super::{IGNORE_FILE, MAX_BYTES, MAX_DEPTH, Reach, SourceError, TOPOLOGY};
use crate::template::Place;

/// What the top level of a policy document holds.
const STATEMENT: &[u8] = b"Statement";

/// What there is to check at a path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checkable {
    /// The directory in which topologies are looked for, and how far.
    pub topologies: Option<(PathBuf, Reach)>,
    /// The directories of sets of role templates.
    pub sets: BTreeSet<PathBuf>,
    /// The one file of a set that it is about; all of each set without it.
    pub template: Option<PathBuf>,
    /// The policy documents.
    pub policies: BTreeSet<PathBuf>,
}

/// What there is to check in a directory and below it, or in a file.
///
/// A directory: topologies, sets of role templates, and each `*.json` that names a `Statement` at
/// its top level. What is hidden, foreign, ignored by git or by the directory's `.tcignore` is left
/// out, and so are links. A file: a topology, a role template, or else a policy document.
///
/// # Errors
/// When there is nothing at the path, or a directory cannot be listed.
pub fn checkable(path: &Path) -> Result<Checkable, SourceError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound if !path.is_symlink() => SourceError::Missing {
            path: path.to_owned(),
        },
        _ => SourceError::Read {
            path: path.to_owned(),
            source,
        },
    };
    if metadata(path).map_err(failed)?.is_dir() {
        below(path)
    } else {
        Ok(of_file(path))
    }
}

/// The directory that a path stands in, or is.
#[must_use]
pub fn directory_of(path: &Path) -> PathBuf {
    if metadata(path).is_ok_and(|found| found.is_dir()) {
        return path.to_owned();
    }
    or_here(path.parent().unwrap_or(path))
}

/// The path of a file from the working directory, with `/` and without links.
#[must_use]
pub fn from_here(path: &Path) -> String {
    path_from(Path::new("."), path)
}

/// The path of a file from a directory, with `/` and without links.
#[must_use]
pub fn path_from(directory: &Path, path: &Path) -> String {
    with_slashes(&relative(&real(directory), &real(path)))
}

/// The path of a file from the root of its repository; from the working directory where it stands
/// in none.
#[must_use]
pub fn in_repository(path: &Path) -> String {
    let real = real(path);
    let root = repository(&real);
    let below = root.and_then(|root| real.strip_prefix(root).ok());
    below.map_or_else(|| from_here(path), with_slashes)
}

/// Where a path leads: absolute, and without links as far as something is there.
fn real(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for ancestor in absolute.ancestors() {
        if let Ok(real) = fs::canonicalize(ancestor) {
            let rest = absolute.strip_prefix(ancestor).unwrap_or(Path::new(""));
            return real.components().chain(rest.components()).collect();
        }
    }
    absolute
}

fn with_slashes(path: &Path) -> String {
    let parts = path.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/").replace("//", "/")
}

fn of_file(path: &Path) -> Checkable {
    let mut found = Checkable::default();
    if path.file_name().is_some_and(|name| name == TOPOLOGY) {
        found.topologies = Some((directory_of(path), Reach::Here));
        return found;
    }
    match set_of(path).filter(|set| is_set(set)) {
        Some(set) => {
            found.sets.insert(set);
            found.template = Some(path.to_owned());
        }
        None => {
            found.policies.insert(path.to_owned());
        }
    }
    found
}

/// The directory of the set that a file belongs to by its path.
fn set_of(path: &Path) -> Option<PathBuf> {
    let directories: Vec<&Path> = path.ancestors().skip(1).collect();
    let is_named = |path: &&Path, name: &str| path.file_name().is_some_and(|found| found == name);
    let set = match directories.as_slice() {
        [roles, _, set, ..] if is_named(roles, Place::ROLES) => set,
        _ => {
            let partials = directories
                .iter()
                .position(|path| is_named(path, Place::PARTIALS))?;
            directories.get(partials + 1)?
        }
    };
    Some(or_here(set))
}

/// Whether a directory holds a set of role templates.
fn is_set(directory: &Path) -> bool {
    metadata(&directory.join(Place::BASE).join(Place::ROLES)).is_ok_and(|found| found.is_dir())
}

/// A directory, where the empty path is the working directory.
fn or_here(directory: &Path) -> PathBuf {
    if directory.as_os_str().is_empty() {
        return PathBuf::from(".");
    }
    directory.to_owned()
}

fn below(directory: &Path) -> Result<Checkable, SourceError> {
    if let Some(set) = set_of(&directory.join(TOPOLOGY)).filter(|set| is_set(set)) {
        return Ok(Checkable {
            sets: BTreeSet::from([set]),
            template: Some(directory.to_owned()),
            ..Checkable::default()
        });
    }
    let mut found = Checkable {
        topologies: Some((directory.to_owned(), Reach::Below)),
        ..Checkable::default()
    };
    let mut candidates = BTreeSet::new();
    let is_json = |path: &Path| path.extension().is_some_and(|ending| ending == "json");
    for entry in walk(directory, is_json)? {
        let entry = entry.map_err(|error| failed(directory, error))?;
        let path = entry.path();
        let is_directory = entry.file_type().is_some_and(|found| found.is_dir());
        if is_directory && path.ends_with(Place::BASE) && path.join(Place::ROLES).is_dir() {
            found.sets.extend(path.parent().map(or_here));
        } else if entry.file_type().is_some_and(|found| found.is_file()) {
            candidates.insert(path.to_owned());
        }
    }
    for path in candidates {
        let is_of_set = set_of(&path).is_some_and(|set| found.sets.contains(&set));
        if !is_of_set && names_statement(&path)? {
            found.policies.insert(path);
        }
    }
    Ok(found)
}

/// The directories below one, and the files that are wanted.
pub(super) fn walk(directory: &Path, is_wanted: fn(&Path) -> bool) -> Result<Walk, SourceError> {
    let ignored = match super::text::read_text(&directory.join(IGNORE_FILE), || directory.join(IGNORE_FILE)) {
        Ok(text) => Ignored::reading(&text),
        Err(SourceError::Missing { .. }) => Ignored::default(),
        Err(error) => return Err(error),
    };
    let root = directory.to_owned();
    let is_looked_at = move |entry: &DirEntry| {
        if entry.depth() == 0 {
            return true;
        }
        let below = entry.path().strip_prefix(&root).unwrap_or(entry.path());
        if entry.file_type().is_some_and(|found| found.is_dir()) {
            return !is_foreign_name(entry.file_name()) && !ignored.names(below);
        }
        is_wanted(entry.path())
    };
    let mut walk = WalkBuilder::new(directory);
    walk.ignore(false)
        .git_global(false)
        .max_depth(Some(MAX_DEPTH))
        .sort_by_file_name(std::cmp::Ord::cmp)
        .filter_entry(is_looked_at);
    Ok(walk.build())
}

/// Whether a file names a `Statement` at its top level, whatever else is wrong with it: each byte of
/// the part that would be read is looked at, and none is kept. The bytes of a text as UTF-16 that
/// are zero do not count.
fn names_statement(path: &Path) -> Result<bool, SourceError> {
    let failed = |source| SourceError::Read {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let file = open(path).map_err(failed)?;
    file.take(MAX_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    bytes.retain(|byte| *byte != 0);
    Ok(has_statement(&bytes))
}

fn has_statement(bytes: &[u8]) -> bool {
    let mut depth = 0_usize;
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let end = end_of_string(rest);
                let (text, after) = rest.split_at(end);
                rest = after.get(1..).unwrap_or_default();
                let next = rest.iter().find(|byte| !byte.is_ascii_whitespace());
                if depth == 1 && text == STATEMENT && next == Some(&b':') {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

/// Where the quote stands that ends a string.
fn end_of_string(bytes: &[u8]) -> usize {
    let mut is_escaped = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at,
            _ => {}
        }
    }
    bytes.len()
}

pub(super) fn failed(directory: &Path, error: ignore::Error) -> SourceError {
    let message = error.to_string();
    let source = error.into_io_error().unwrap_or_else(|| io::Error::other(message));
    SourceError::Read {
        path: directory.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_told_by_the_key_at_its_top() {
        for policy in [
            r#"{"Version": "2012-10-17", "Statement": []}"#,
            "\u{feff}{\"Statement\"\r\n: {",
            r#"{"a": {"b": ["}", "\"]"]}, "Statement": "#,
        ] {
            assert!(has_statement(policy.as_bytes()), "{policy}");
        }
        for other in [
            r#"{"PolicyDocument": {"Statement": []}}"#,
            r#"[{"Statement": []}]"#,
            r#"{"States": {}, "Comment": "\"Statement\": []"}"#,
            r#"{"a": "Statement"}"#,
            r#"{"Statement"#,
            "",
        ] {
            assert!(!has_statement(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn the_set_of_a_template_is_told_by_its_path() {
        let set = |path: &str| set_of(Path::new(path)).map(|set| set.to_string_lossy().into_owned());
        assert_eq!(
            set("infra/tc/base/roles/function.json").as_deref(),
            Some("infra/tc")
        );
        assert_eq!(set("orders/roles/place.trust.json").as_deref(), Some("."));
        assert_eq!(set("infra/partials/a/b.hbs").as_deref(), Some("infra"));
        assert_eq!(set("roles/place.json"), None);
        assert_eq!(set("policies/place.json"), None);
    }
}
