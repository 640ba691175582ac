//! The files: a directory in, the texts of its topology out; and writing a file whole.
//!
//! A border module: it touches the disk and decides nothing about what a text means. It
//! finds `topology.yml` and the directories beside it that hold a function, reads what
//! [`topology::parse`](crate::topology::parse) will want, and stops at the first thing
//! that cannot be read. It never follows a directory further down, and never reads a file
//! that is larger than [`MAX_BYTES`] or no regular file.

mod error;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use crate::diagnostic::Sources;
use crate::topology::{FunctionDirectory, FunctionForm, Input, Project};

pub use error::SourceError;

/// How many bytes a file may have.
pub const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// What some editors write before a text, and none shows.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The file that makes a directory a topology.
const TOPOLOGY: &str = "topology.yml";

/// Files with which a topology can be meant, and that are not read.
const SIMILAR: [&str; 4] = ["topology.yaml", "topology.lisp", "topology.json", "Topology.yml"];

/// How many sub-directories an error suggests.
const SUGGESTIONS: usize = 5;

/// The specs that make a directory a function's, the one that counts first.
const SPECS: [&str; 2] = ["function.yml", "function.json"];

/// A spec that is read where a marker makes the directory a function's.
const SECOND_SPEC: &str = "function.yaml";

/// The files that make a directory a function's without a spec.
const MARKERS: [&str; 8] = [
    "handler.py",
    "handler.rb",
    "handler.js",
    "handler.clj",
    "handler.janet",
    "main.go",
    "Cargo.toml",
    "main.janet",
];

/// Directories that never hold a function.
const IGNORED: [&str; 10] = [
    ".circleci",
    ".git",
    ".vendor",
    ".venv",
    ".env",
    "node_modules",
    "states",
    "topology",
    "roles",
    "extensions",
];

/// A topology's texts, ready to be parsed.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The texts; shown under names relative to the directory, `packer/function.yml`.
    pub sources: Sources,
    /// Which of them is what.
    pub project: Project,
}

/// Reads the topology of a directory, and the functions in the directories beside it, by name.
///
/// # Errors
/// When there is no topology, or something of it cannot be read: the first that is met.
pub fn load(directory: &Path) -> Result<Loaded, SourceError> {
    check_directory(directory)?;
    let mut sources = Sources::new();
    let path = directory.join(TOPOLOGY);
    let text = match read_text(&path) {
        Err(SourceError::Missing { .. }) => return Err(no_topology(directory)),
        read => read?,
    };
    let main = sources.add(TOPOLOGY, text);
    let mut functions = Vec::new();
    for (name, path) in sub_directories(directory)? {
        functions.extend(function(&mut sources, name, &path)?);
    }
    let project = Project::of(&sources, vec![Input::new(main, functions)]);
    Ok(Loaded { sources, project })
}

/// Writes a file so that it is found whole or as it was before, whatever happens.
///
/// The text is written beside the file, brought to the disk, and then put in its place. A
/// new file is readable by its owner alone; an existing one keeps its permissions, and a
/// symbolic link stays one.
///
/// # Errors
/// When the directory is not there or cannot be written, or the disk is full.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), SourceError> {
    let failed = |source| SourceError::Write {
        path: path.to_owned(),
        source,
    };
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if target.is_dir() {
        return Err(SourceError::NotAFile { path: target });
    }
    let directory = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    if let Ok(before) = metadata(&target) {
        file.as_file()
            .set_permissions(before.permissions())
            .map_err(failed)?;
    }
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&target).map_err(|error| failed(error.error))?;
    sync_directory(directory);
    Ok(())
}

fn check_directory(directory: &Path) -> Result<(), SourceError> {
    let path = || directory.to_owned();
    match metadata(directory) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(SourceError::NotADirectory { path: path() }),
        Err(source) if source.kind() == io::ErrorKind::NotFound => {
            Err(SourceError::NoDirectory { path: path() })
        }
        Err(source) => Err(SourceError::Read { path: path(), source }),
    }
}

fn no_topology(directory: &Path) -> SourceError {
    let similar = SIMILAR.into_iter().find(|name| directory.join(name).is_file());
    let below = sub_directories(directory).unwrap_or_default();
    let below = below
        .into_iter()
        .filter(|(_, path)| path.join(TOPOLOGY).is_file())
        .map(|(name, _)| name);
    SourceError::NoTopology {
        path: directory.to_owned(),
        similar,
        below: below.take(SUGGESTIONS).collect(),
    }
}

/// The directories right below one, by name; without those that never hold a function.
fn sub_directories(directory: &Path) -> Result<Vec<(String, PathBuf)>, SourceError> {
    let failed = |path: &Path, source| SourceError::Read {
        path: path.to_owned(),
        source,
    };
    let mut found = Vec::new();
    for entry in read_dir(directory).map_err(|source| failed(directory, source))? {
        let entry = entry.map_err(|source| failed(directory, source))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if IGNORED.contains(&name.as_str()) {
            continue;
        }
        let path = entry.path();
        match metadata(&path) {
            Ok(metadata) if metadata.is_dir() => found.push((name, path)),
            Ok(_) => {}
            Err(source) if source.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(failed(&path, source)),
        }
    }
    found.sort();
    Ok(found)
}

fn function(
    sources: &mut Sources,
    name: String,
    directory: &Path,
) -> Result<Option<FunctionDirectory>, SourceError> {
    for spec in SPECS {
        if let Some(text) = read_optional(&directory.join(spec))? {
            return Ok(Some(found(sources, name, spec, text)));
        }
    }
    let Some(marker) = MARKERS
        .into_iter()
        .find(|marker| directory.join(marker).is_file())
    else {
        return Ok(None);
    };
    if let Some(text) = read_optional(&directory.join(SECOND_SPEC))? {
        return Ok(Some(found(sources, name, SECOND_SPEC, text)));
    }
    let file = sources.add(format!("{name}/{marker}"), "");
    let form = FunctionForm::Marker;
    Ok(Some(FunctionDirectory {
        name,
        uri: None,
        file,
        form,
    }))
}

fn found(sources: &mut Sources, name: String, spec: &str, text: String) -> FunctionDirectory {
    let file = sources.add(format!("{name}/{spec}"), text);
    let form = FunctionForm::Spec;
    FunctionDirectory {
        name,
        uri: None,
        file,
        form,
    }
}

/// The text of a file, if there is one.
fn read_optional(path: &Path) -> Result<Option<String>, SourceError> {
    match read_text(path) {
        Ok(text) => Ok(Some(text)),
        Err(SourceError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The text of a file; a link that leads nowhere is no missing file.
fn read_text(path: &Path) -> Result<String, SourceError> {
    let path_of = || path.to_owned();
    let failed = |source| SourceError::Read {
        path: path_of(),
        source,
    };
    let found = match metadata(path) {
        Err(source) if source.kind() == io::ErrorKind::NotFound && !path.is_symlink() => {
            return Err(SourceError::Missing { path: path_of() });
        }
        found => found.map_err(failed)?,
    };
    if !found.is_file() {
        return Err(SourceError::NotAFile { path: path_of() });
    }
    let too_large = |bytes| SourceError::TooLarge {
        path: path_of(),
        bytes,
    };
    if found.len() > MAX_BYTES {
        return Err(too_large(found.len()));
    }
    let mut bytes = Vec::new();
    let file = open(path).map_err(failed)?;
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if length > MAX_BYTES {
        return Err(too_large(length));
    }
    if bytes.starts_with(BYTE_ORDER_MARK) {
        bytes.drain(..BYTE_ORDER_MARK.len());
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        SourceError::NotText {
            path: path_of(),
            line: before.filter(|byte| **byte == b'\n').count() + 1,
        }
    })
}

#[expect(clippy::disallowed_methods, reason = "this module is the border to the disk")]
fn metadata(path: &Path) -> io::Result<fs::Metadata> {
    fs::metadata(path)
}

#[expect(clippy::disallowed_methods, reason = "this module is the border to the disk")]
fn read_dir(path: &Path) -> io::Result<fs::ReadDir> {
    fs::read_dir(path)
}

#[expect(clippy::disallowed_methods, reason = "this module is the border to the disk")]
fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Brings a directory's new entry to the disk, where the system lets directories be opened.
fn sync_directory(directory: &Path) {
    if let Ok(directory) = open(directory) {
        let _ = directory.sync_all();
    }
}
