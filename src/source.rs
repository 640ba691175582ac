//! The files: a directory in, the texts of its topologies out; and writing a file whole.
//!
//! A border module: it touches the disk and decides nothing about what a text means. It
//! finds each `topology.yml`, the directories that hold its functions, and the files that it
//! names by a path, and stops at the first thing that cannot be read; a path in a text that
//! leads nowhere is reported with its place when the text is
//! [`parse`](crate::topology::parse)d. Each directory is listed once and each file read once.
//! No file is read that is larger than [`MAX_BYTES`] or no regular file.

mod baseline;
mod checkable;
mod configuration;
mod create;
mod error;
mod functions;
mod ignored;
mod infra;
mod journal;
mod lines;
mod listing;
mod macros;
mod permissions;
mod roles;
mod templates;
#[cfg(test)]
mod tests;
mod text;
mod topologies;
mod unused;

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use crate::diagnostic::{FileId, Sources};
use crate::topology::Project;

use self::text::{metadata, open};
use self::topologies::Loader;

pub use baseline::{baseline, baseline_path};
pub use checkable::{Checkable, checkable, directory_of, from_here, in_repository, path_from};
pub use configuration::{ConfigurationFile, ConfigurationForm, configuration};
pub use create::{Existing, create_files};
pub use error::SourceError;
pub use journal::{Moment, append_line, each_line, moment, prepare_journal};
pub use lines::{LineEvent, Lines};
pub use permissions::permission_tests;
pub use roles::is_there;
pub use templates::{TemplateFiles, set_directory, templates};
pub use unused::unused_templates;

/// How many bytes a file may have.
pub const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// How many directories deep topologies are looked for.
pub const MAX_DEPTH: usize = 64;

/// How many files a topology may bring in by macros.
pub const MAX_BROUGHT_IN: usize = 1000;

/// The file that makes a directory a topology.
const TOPOLOGY: &str = "topology.yml";

/// What stands in the root of a repository.
const GIT: &str = ".git";

/// The file that names directories to leave out.
const IGNORE_FILE: &str = ".tcignore";

/// Files with which a topology can be meant, and that are not read.
const SIMILAR: [&str; 4] = ["topology.yaml", "topology.lisp", "topology.json", "Topology.yml"];

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

/// Where topologies are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// In the directory itself; below it as well if its topology says so.
    Here,
    /// In the directory, and in all below it.
    Below,
    /// Below the directory if it holds no topology itself.
    HereElseBelow,
}

impl Reach {
    const fn preposition(self) -> &'static str {
        match self {
            Self::Here => "in",
            Self::Below | Self::HereElseBelow => "in or below",
        }
    }
}

/// The texts of topologies, ready to be parsed.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The texts; shown under names relative to the directory, `packer/function.yml`.
    pub sources: Sources,
    /// Which of them is what.
    pub project: Project,
    /// The texts of each topology, in the order of the project.
    pub files: Vec<BTreeSet<FileId>>,
    /// Where topologies were looked for: [`Reach::Here`] or [`Reach::Below`].
    pub reach: Reach,
}

/// Reads the topologies of a directory, the first one its own, the others by their paths; each
/// with its functions by name. A function without a topology is a topology of its own.
///
/// # Errors
/// When there is no topology, or something of one cannot be read: the first that is met.
pub fn load(directory: &Path, reach: Reach) -> Result<Loaded, SourceError> {
    check_directory(directory)?;
    Loader::of(directory)?.load(reach)
}

/// Reads a file that the user names, not in the course of reading topologies.
///
/// # Errors
/// When it is not there, no regular file, too large or no text.
pub fn read(path: &Path) -> Result<String, SourceError> {
    text::read_text(path, || path.to_owned())
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
    put_in_place(path, bytes, (Readers::Owner, Existing::Replaced))
}

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Readers {
    /// Its owner alone.
    Owner,
    /// All whom the system lets read a new file.
    Usual,
}

fn put_in_place(
    path: &Path,
    bytes: &[u8],
    (readers, existing): (Readers, Existing),
) -> Result<(), SourceError> {
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
    let mut file = beside(directory, readers).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    if let Ok(before) = metadata(&target) {
        file.as_file()
            .set_permissions(before.permissions())
            .map_err(failed)?;
    }
    file.as_file().sync_all().map_err(failed)?;
    let put = match existing {
        Existing::Kept => file.persist_noclobber(&target),
        Existing::Replaced => file.persist(&target),
    };
    put.map_err(|error| failed(error.error))?;
    sync_directory(directory);
    Ok(())
}

/// A new file in a directory, under a name of no matter.
fn beside(directory: &Path, readers: Readers) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    if readers == Readers::Usual {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    #[cfg(not(unix))]
    let _ = readers;
    builder.tempfile_in(directory)
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

/// Brings a directory's new entry to the disk, where the system lets directories be opened.
fn sync_directory(directory: &Path) {
    if let Ok(directory) = open(directory) {
        let _ = directory.sync_all();
    }
}
