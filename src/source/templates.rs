//! Finds and reads the role files that a team keeps.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::ignored::is_foreign_name;
use super::text::{metadata, read_text, repository};
use super::{MAX_DEPTH, SourceError, check_directory};
use crate::diagnostic::{FileId, Sources};
use crate::template::Place;

/// The directory of the role files, where they stand among others.
const TC: &str = "tc";

/// How the names of the files end that are read.
const ENDINGS: [&str; 2] = ["json", "hbs"];

/// The role files of a team, ready to be read as templates.
#[derive(Debug, Clone)]
pub struct TemplateFiles {
    /// The directory that holds them, as the user would name it.
    pub directory: PathBuf,
    /// The texts, each under the path that the user would type.
    pub sources: Sources,
    /// Which file is which, by its path from the directory, with `/`. A file that is none of these
    /// is named all the same, and not read.
    pub files: BTreeMap<String, FileId>,
}

/// Reads the role files of a directory: those below `<name>/roles` and `partials`.
///
/// The directory is the set itself, or holds it as `tc`.
///
/// # Errors
/// When there is no directory or nothing in it, or a file cannot be read or stands outside of the
/// repository; without a repository, outside of the directory.
pub fn templates(directory: &Path) -> Result<TemplateFiles, SourceError> {
    check_directory(directory)?;
    let directory = set_directory(directory);
    let failed = |source| SourceError::Read {
        path: directory.clone(),
        source,
    };
    let real = fs::canonicalize(&directory).map_err(failed)?;
    let bound = repository(&real).unwrap_or_else(|| real.clone());
    let mut reading = Reading {
        shown: directory,
        real,
        bound,
        sources: Sources::new(),
        files: BTreeMap::new(),
    };
    reading.all()?;
    if reading.files.is_empty() {
        return Err(SourceError::NoTemplates { path: reading.shown });
    }
    Ok(TemplateFiles {
        directory: reading.shown,
        sources: reading.sources,
        files: reading.files,
    })
}

/// The directory of the set, where one is named that is it or holds it as `tc`.
#[must_use]
pub fn set_directory(directory: &Path) -> PathBuf {
    let is_directory = |path: &Path| metadata(path).is_ok_and(|found| found.is_dir());
    let below = directory.join(TC);
    if !is_directory(&directory.join(Place::BASE)) && is_directory(&below) {
        return below;
    }
    directory.to_owned()
}

struct Reading {
    /// The directory of the set, as the user would name it.
    shown: PathBuf,
    /// Which it is: absolute, without links.
    real: PathBuf,
    /// What no file stands outside of.
    bound: PathBuf,
    sources: Sources,
    files: BTreeMap<String, FileId>,
}

impl Reading {
    fn all(&mut self) -> Result<(), SourceError> {
        let walk = WalkDir::new(&self.real)
            .follow_links(true)
            .min_depth(1)
            .max_depth(MAX_DEPTH);
        let mut walk = walk.sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            match entry {
                Ok(entry) if !self.is_looked_at(entry.path(), entry.file_type().is_dir()) => {
                    if entry.file_type().is_dir() {
                        walk.skip_current_dir();
                    }
                }
                Ok(entry) => self.entry(&entry)?,
                Err(error) => self.failure(error)?,
            }
        }
        Ok(())
    }

    /// Whether a file or directory is, or can hold, a role file.
    fn is_looked_at(&self, path: &Path, is_directory: bool) -> bool {
        let Ok(relative) = path.strip_prefix(&self.real) else {
            return false;
        };
        let names = relative
            .components()
            .map(Component::as_os_str)
            .collect::<Vec<_>>();
        let is_hidden = |name: &&std::ffi::OsStr| name.as_encoded_bytes().starts_with(b".");
        if names.iter().any(is_hidden) || names.first().is_some_and(|first| is_foreign_name(first)) {
            return false;
        }
        match &names[..] {
            [first, ..] if *first == Place::PARTIALS => is_directory || names.len() > 1,
            [_] => is_directory,
            [_, roles] => is_directory && *roles == Place::ROLES,
            [_, roles, _] => !is_directory && *roles == Place::ROLES,
            _ => false,
        }
    }

    fn entry(&mut self, entry: &DirEntry) -> Result<(), SourceError> {
        let path = entry.path();
        if entry.path_is_symlink() {
            let real = fs::canonicalize(path).map_err(|source| SourceError::Read {
                path: self.place(path),
                source,
            })?;
            if !real.starts_with(&self.bound) {
                return Err(SourceError::Outside {
                    path: self.place(path),
                });
            }
        }
        if entry.file_type().is_dir() {
            return Ok(());
        }
        let is_read = path
            .extension()
            .is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
        let text = if is_read {
            read_text(path, || self.place(path))?
        } else {
            String::new()
        };
        let shown = self.place(path).to_string_lossy().into_owned();
        let file = self.sources.add(shown.strip_prefix("./").unwrap_or(&shown), text);
        let relative = path.strip_prefix(&self.real).unwrap_or(path);
        let names = relative
            .components()
            .map(|part| part.as_os_str().to_string_lossy());
        self.files.insert(names.collect::<Vec<_>>().join("/"), file);
        Ok(())
    }

    /// What cannot be looked at stops the run only where a role file could stand.
    fn failure(&self, error: walkdir::Error) -> Result<(), SourceError> {
        let path = error.path().map_or_else(|| self.real.clone(), Path::to_owned);
        let could_be = self.is_looked_at(&path, true) || self.is_looked_at(&path, false);
        if path != self.real && !could_be {
            return Ok(());
        }
        let source = error
            .into_io_error()
            .unwrap_or_else(|| io::Error::other("a directory that contains itself"));
        Err(SourceError::Read {
            path: self.place(&path),
            source,
        })
    }

    /// A path as the user would name it.
    fn place(&self, path: &Path) -> PathBuf {
        self.shown.join(path.strip_prefix(&self.real).unwrap_or(path))
    }
}
