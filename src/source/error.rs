//! The faults of files, each with its path, a stable code and the way out.

use std::io;
use std::path::{Path, PathBuf};

use super::{MAX_BYTES, MAX_DEPTH, Reach};

/// What can go wrong with files; every one names the path and the way out.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The directory is not there.
    #[error("there is no directory `{}`", shown(path))]
    NoDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// A file stands where a directory was asked for.
    #[error("`{}` is not a directory", shown(path))]
    NotADirectory {
        /// The file.
        path: PathBuf,
    },
    /// The directory holds no `topology.yml`.
    #[error("there is no `topology.yml` {} `{}`", reach.preposition(), shown(path))]
    NoTopology {
        /// The directory.
        path: PathBuf,
        /// Where it was looked for.
        reach: Reach,
        /// A file in it that is likely meant, such as `topology.yaml`.
        similar: Option<&'static str>,
        /// Directories below it that hold a topology, by their paths from it.
        below: Vec<PathBuf>,
        /// The directory above it that holds the topology it belongs to.
        above: Option<PathBuf>,
    },
    /// The directory holds no role files.
    #[error("there are no role files in `{}`", shown(path))]
    NoTemplates {
        /// The directory.
        path: PathBuf,
    },
    /// The directory holds no permission tests.
    #[error("there are no permission tests in or below `{}`", shown(path))]
    NoTests {
        /// The directory.
        path: PathBuf,
    },
    /// Files that were to be created are there.
    #[error("{}", there(paths))]
    Exists {
        /// The files, at least one.
        paths: Vec<PathBuf>,
    },
    /// A link leads to where nothing is read.
    #[error("`{}` leads out of the repository, and nothing is read there", shown(path))]
    Outside {
        /// The link.
        path: PathBuf,
    },
    /// A directory lies too deep to be looked at.
    #[error(
        "`{}` lies more than {MAX_DEPTH} directories deep, and topologies are looked for no deeper",
        shown(path)
    )]
    TooDeep {
        /// The directory.
        path: PathBuf,
    },
    /// A file is not there.
    #[error("there is no file `{}`", shown(path))]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A directory, a pipe or a device stands where a file was asked for.
    #[error("`{}` is not a regular file", shown(path))]
    NotAFile {
        /// What stands there.
        path: PathBuf,
    },
    /// A file is larger than any topology.
    #[error(
        "`{}` has {bytes} bytes, more than the {MAX_BYTES} that are read",
        shown(path)
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// A file does not hold UTF-8 text.
    #[error(
        "`{}` is not UTF-8 text: a byte on line {line} belongs to no character",
        shown(path)
    )]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line of the first byte that is no text, from 1.
        line: usize,
    },
    /// The system refuses to read a file or a directory.
    #[error("`{}` cannot be read: {}", shown(path), reason(source))]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The system refuses to write a file.
    #[error("`{}` cannot be written: {}", shown(path), reason(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl SourceError {
    /// The file or directory that is to blame.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::NoDirectory { path }
            | Self::NotADirectory { path }
            | Self::NoTopology { path, .. }
            | Self::NoTemplates { path }
            | Self::NoTests { path }
            | Self::Outside { path }
            | Self::TooDeep { path }
            | Self::Missing { path }
            | Self::NotAFile { path }
            | Self::TooLarge { path, .. }
            | Self::NotText { path, .. }
            | Self::Read { path, .. }
            | Self::Write { path, .. } => path,
            Self::Exists { paths } => paths.first().map_or(Path::new(""), PathBuf::as_path),
        }
    }

    /// What is wrong with the file, as a part of a sentence that names it.
    pub(super) fn brief(&self) -> String {
        match self {
            Self::Missing { .. } => "there is no such file".to_owned(),
            Self::NotAFile { .. } => "it is not a regular file".to_owned(),
            Self::TooLarge { bytes, .. } => {
                format!("it has {bytes} bytes, more than the {MAX_BYTES} that are read")
            }
            Self::NotText { line, .. } => {
                format!("it is not UTF-8 text: a byte on line {line} belongs to no character")
            }
            Self::Read { source, .. } => brief(source),
            other => other.to_string(),
        }
    }

    /// A stable name for what is wrong.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoDirectory { .. } => "no-directory",
            Self::NotADirectory { .. } => "not-a-directory",
            Self::NoTopology { .. } => "no-topology",
            Self::NoTemplates { .. } => "no-templates",
            Self::NoTests { .. } => "no-tests",
            Self::Outside { .. } => "outside-repository",
            Self::Exists { .. } => "file-exists",
            Self::TooDeep { .. } => "directory-too-deep",
            Self::Missing { .. } => "no-file",
            Self::NotAFile { .. } => "not-a-file",
            Self::TooLarge { .. } => "file-too-large",
            Self::NotText { .. } => "not-text",
            Self::Read { .. } => "cannot-read",
            Self::Write { .. } => "cannot-write",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::NoTopology {
                path,
                similar,
                below,
                above,
                ..
            } => where_to_look(path, *similar, below, above.as_deref()),
            Self::TooDeep { .. } => {
                "name a directory further down with `-d`, or leave it out: `.tcignore` names directories to leave out"
                    .to_owned()
            }
            Self::NoTemplates { .. } => {
                "name the directory that holds `base/roles/function.json` and the like, or the one above it".to_owned()
            }
            Self::NoTests { .. } => {
                "they stand in `permissions.yml`, or in files that end in `.permissions.yml`; `tcperm test --init` writes some".to_owned()
            }
            Self::Outside { .. } => "put a copy of the file there, or move what it leads to".to_owned(),
            Self::Exists { paths } if paths.len() == 1 => "`--force` replaces it".to_owned(),
            Self::Exists { .. } => {
                "`--force` replaces them; `-c KIND` writes the files of one kind of role alone".to_owned()
            }
            Self::NoDirectory { .. } => "check the spelling of the path".to_owned(),
            Self::Missing { .. } => "check the spelling of the path, or create the file".to_owned(),
            Self::NotADirectory { .. } => {
                "name the directory that holds `topology.yml`, not a file".to_owned()
            }
            Self::NotAFile { .. } => "put a regular file there, or remove it".to_owned(),
            Self::TooLarge { .. } => {
                "a file as large is likely another one than was meant; else split it into several".to_owned()
            }
            Self::NotText { .. } => "save the file as UTF-8".to_owned(),
            Self::Read { source, .. } => read_help(source).to_owned(),
            Self::Write { source, .. } => write_help(source).to_owned(),
        }
    }
}

fn where_to_look(path: &Path, similar: Option<&str>, below: &[PathBuf], above: Option<&Path>) -> String {
    if let Some(similar) = similar {
        return format!("`{similar}` is not read: name it `topology.yml`, in YAML");
    }
    if below.is_empty() {
        if let Some(above) = above {
            return format!(
                "there is a topology above it: name that with `-d {}`",
                shown(above)
            );
        }
        return "go to the directory of a topology, or name it with `-d`".to_owned();
    }
    let path = if path == Path::new(".") {
        Path::new("")
    } else {
        path
    };
    let choices: Vec<String> = below
        .iter()
        .map(|below| format!("`-d {}`", shown(&path.join(below))))
        .collect();
    let choices = choices.join(", ");
    format!("there are topologies below it: {choices}; `-r` reads all that there are")
}

/// Which files are there already.
fn there(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().map(|path| format!("`{}`", shown(path))).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb} there already; nothing was written", names.join(", "))
}

/// What the system says of a path that leads nowhere, as a part of a sentence.
pub(super) fn brief(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => reason(error),
    }
}

fn read_help(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::PermissionDenied => "give yourself the permission to read it, or move it away",
        io::ErrorKind::NotFound => "it is a link that leads nowhere: mend it, or remove it",
        _ if is_link_loop(source) => "it is a link that leads back to itself: mend it, or remove it",
        _ => "see whether the disk is in order, and try again",
    }
}

fn write_help(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::NotFound => "create the directory first",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "give yourself the permission to write there, or name another place"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on the disk, and try again",
        _ => "name another place, or see whether the disk is in order",
    }
}

/// Whether the system gave up on following links.
fn is_link_loop(error: &io::Error) -> bool {
    error.to_string().contains("symbolic link")
}

/// A path for a message: without a leading `./`, control characters escaped.
pub(super) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = text
        .strip_prefix("./")
        .filter(|rest| !rest.is_empty())
        .unwrap_or(&text);
    text.chars()
        .map(|c| {
            if c.is_control() {
                c.escape_debug().to_string()
            } else {
                c.to_string()
            }
        })
        .collect()
}

/// The system's reason, as a part of a sentence.
fn reason(source: &io::Error) -> String {
    let text = source.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut chars = text.chars();
    chars
        .next()
        .map(|first| first.to_lowercase().chain(chars).collect())
        .unwrap_or_default()
}
