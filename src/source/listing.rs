//! What directories hold: each is listed once, and nothing in it is asked for one by one.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use walkdir::{DirEntry, WalkDir};

use super::ignored;
use super::text::{Directory, Texts, metadata};
use super::{IGNORE_FILE, MARKERS, MAX_DEPTH, SECOND_SPEC, SIMILAR, SPECS, SourceError, TOPOLOGY};

/// How many directories deep an error looks for what was meant.
const NEARBY: usize = 3;

/// What a directory holds, by name: all directories and links, and the files that mean something
/// here.
#[derive(Debug, Default)]
pub(super) struct Listing(Vec<(OsString, Kind)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Directory,
    File,
    Link,
    Other,
}

impl Kind {
    fn of(found: FileType) -> Self {
        if found.is_dir() {
            Self::Directory
        } else if found.is_file() {
            Self::File
        } else if found.is_symlink() {
            Self::Link
        } else {
            Self::Other
        }
    }
}

impl Listing {
    /// Whether something of that name stands in it, of whatever kind.
    pub(super) fn has(&self, name: &str) -> bool {
        self.kind(name).is_some()
    }

    /// The first of some names that is a file's in `directory`.
    pub(super) fn file<'n>(&self, directory: &Directory, names: &[&'n str]) -> Option<&'n str> {
        let is_file = |name: &&&str| match self.kind(name) {
            Some(Kind::File) => true,
            Some(Kind::Link) => metadata(&directory.real.join(name)).is_ok_and(|found| found.is_file()),
            _ => false,
        };
        names.iter().find(is_file).copied()
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, kind)| *kind)
    }

    fn add(&mut self, entry: &DirEntry) {
        let kind = Kind::of(entry.file_type());
        if kind == Kind::Directory || kind == Kind::Link || is_known(entry.file_name()) {
            self.0.push((entry.file_name().to_owned(), kind));
        }
    }
}

/// The directories that were listed.
#[derive(Debug, Default)]
pub(super) struct Listings(HashMap<PathBuf, Rc<Listing>>);

impl Listings {
    /// What a directory holds.
    pub(super) fn of(&mut self, texts: &Texts, directory: &Directory) -> Result<Rc<Listing>, SourceError> {
        if let Some(known) = self.0.get(&directory.real) {
            return Ok(Rc::clone(known));
        }
        let mut listing = Listing::default();
        let walk = WalkDir::new(&directory.real).min_depth(1).max_depth(1);
        for entry in walk.sort_by_file_name() {
            listing.add(&entry.map_err(|error| failed(texts, directory, error))?);
        }
        let listing = Rc::new(listing);
        self.0.insert(directory.real.clone(), Rc::clone(&listing));
        Ok(listing)
    }

    /// The directories right below one, by name; a link counts as what it leads to.
    pub(super) fn below(
        &mut self,
        texts: &Texts,
        directory: &Directory,
    ) -> Result<Vec<Directory>, SourceError> {
        let listing = self.of(texts, directory)?;
        let mut found = Vec::new();
        for (name, kind) in &listing.0 {
            let mut below = directory.join(name);
            match kind {
                Kind::Directory => found.push(below),
                Kind::Link => match linked(&below.real) {
                    Ok(Some(real)) => {
                        below.real = real;
                        found.push(below);
                    }
                    Ok(None) => {}
                    Err(source) => {
                        let path = texts.place(&below.shown);
                        return Err(SourceError::Read { path, source });
                    }
                },
                Kind::File | Kind::Other => {}
            }
        }
        Ok(found)
    }

    /// The directories below one that hold a topology, however deep; none in those that `skips`
    /// names. Links are not followed.
    pub(super) fn topologies(
        &mut self,
        texts: &Texts,
        from: &Directory,
        skips: impl Fn(&Directory) -> bool,
    ) -> Result<Vec<Directory>, SourceError> {
        let mut found = Vec::new();
        let mut open: Vec<(Directory, Listing)> = vec![(from.clone(), Listing::default())];
        let walk = WalkDir::new(&from.real).min_depth(1).max_depth(MAX_DEPTH + 1);
        let mut walk = walk.sort_by_file_name().into_iter();
        while let Some(entry) = walk.next() {
            let entry = entry.map_err(|error| failed(texts, from, error))?;
            while open.len() > entry.depth() {
                self.close(&mut open);
            }
            let Some((parent, listing)) = open.last_mut() else {
                break;
            };
            listing.add(&entry);
            if entry.file_type().is_dir() {
                let directory = parent.join(entry.file_name());
                if skips(&directory) {
                    walk.skip_current_dir();
                } else if entry.depth() > MAX_DEPTH {
                    let path = texts.place(&directory.shown);
                    return Err(SourceError::TooDeep { path });
                } else {
                    open.push((directory, Listing::default()));
                }
            } else if entry.file_name() == TOPOLOGY {
                found.push(parent.clone());
            }
        }
        while !open.is_empty() {
            self.close(&mut open);
        }
        Ok(found)
    }

    fn close(&mut self, open: &mut Vec<(Directory, Listing)>) {
        if let Some((directory, listing)) = open.pop() {
            self.0.insert(directory.real, Rc::new(listing));
        }
    }
}

/// The directories near below one that hold a topology, by their paths from it.
pub(super) fn nearby(from: &Directory) -> impl Iterator<Item = PathBuf> {
    let walk = WalkDir::new(&from.real).min_depth(1).max_depth(NEARBY + 1);
    let walk = walk.sort_by_file_name().into_iter();
    let own = walk.filter_entry(|entry| !ignored::is_foreign_name(entry.file_name()));
    let real = from.real.clone();
    own.flatten()
        .filter(|entry| entry.file_name() == TOPOLOGY && entry.depth() > 1)
        .filter_map(move |entry| {
            let below = entry.path().parent()?.strip_prefix(&real).ok()?;
            Some(below.to_owned())
        })
}

/// Where a link leads that leads to a directory.
fn linked(path: &Path) -> io::Result<Option<PathBuf>> {
    match metadata(path) {
        Ok(found) if found.is_dir() => fs::canonicalize(path).map(Some),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_known(name: &OsStr) -> bool {
    let is_one = |names: &[&str]| names.iter().any(|known| name == *known);
    name == TOPOLOGY
        || name == IGNORE_FILE
        || name == SECOND_SPEC
        || is_one(&SPECS)
        || is_one(&MARKERS)
        || is_one(&SIMILAR)
}

fn failed(texts: &Texts, from: &Directory, error: walkdir::Error) -> SourceError {
    let below = error.path().and_then(|path| path.strip_prefix(&from.real).ok());
    let shown = below.map_or_else(|| from.shown.clone(), |below| from.shown.join(below));
    let source = error
        .into_io_error()
        .unwrap_or_else(|| io::Error::other("a directory that contains itself"));
    SourceError::Read {
        path: texts.place(&shown),
        source,
    }
}
