//! The texts of a run: each file read once, whatever ways lead to it.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use super::{GIT, MAX_BYTES, SourceError, error};
use crate::diagnostic::{FileId, Sources};
use crate::topology::{Document, Documents};

/// What some editors write before a text, and none shows.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Why a path in a text leads nowhere that starts at the root of the disk.
pub(super) const ABSOLUTE: &str = "an absolute path";

/// A directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Directory {
    /// As messages name it: relative to the directory of the run, which is the empty path.
    pub(super) shown: PathBuf,
    /// Which it is: absolute, without links.
    pub(super) real: PathBuf,
}

impl Directory {
    /// The name of the directory itself.
    pub(super) fn name(&self) -> String {
        let name = self.shown.file_name().or_else(|| self.real.file_name());
        name.unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The directory at a path without links, relative to this one.
    pub(super) fn join(&self, path: impl AsRef<Path>) -> Self {
        Self {
            shown: self.shown.join(&path),
            real: self.real.join(path),
        }
    }
}

/// The texts that were read, and where each of them stands.
pub(super) struct Texts {
    /// The directory of the run, as the user names it.
    root: PathBuf,
    /// The directory of the run.
    pub(super) run: Directory,
    pub(super) sources: Sources,
    pub(super) documents: Documents,
    by_path: HashMap<PathBuf, FileId>,
    /// The texts that are no YAML.
    templates: HashMap<PathBuf, FileId>,
    /// Where each text as YAML stands.
    directories: HashMap<FileId, PathBuf>,
    /// What no text may lead out of: the repository of the run, where it stands in one.
    repository: Option<PathBuf>,
}

impl Texts {
    /// None yet, in a directory.
    pub(super) fn of(root: &Path) -> Result<Self, SourceError> {
        let real = fs::canonicalize(root).map_err(|source| SourceError::Read {
            path: root.to_owned(),
            source,
        })?;
        Ok(Self {
            repository: repository(&real),
            root: root.to_owned(),
            run: Directory {
                shown: PathBuf::new(),
                real,
            },
            sources: Sources::new(),
            documents: Documents::default(),
            by_path: HashMap::new(),
            templates: HashMap::new(),
            directories: HashMap::new(),
        })
    }

    /// A path of the run as the user would name it.
    pub(super) fn place(&self, shown: &Path) -> PathBuf {
        if shown.as_os_str().is_empty() {
            return self.root.clone();
        }
        self.root.join(shown)
    }

    /// The directory that a path leads to, if there is one.
    pub(super) fn directory(&self, base: &Directory, path: &str) -> Option<Directory> {
        let real = fs::canonicalize(base.real.join(path)).ok()?;
        let shown = self.name(&real);
        metadata(&real)
            .is_ok_and(|found| found.is_dir())
            .then_some(Directory { shown, real })
    }

    /// The name of a file or directory in messages: its path from the directory of the run.
    fn name(&self, real: &Path) -> PathBuf {
        relative(&self.run.real, real)
    }

    /// A text of a directory, as YAML.
    pub(super) fn read(&mut self, directory: &Directory, name: &str) -> Result<FileId, SourceError> {
        let path = directory.real.join(name);
        let path = if path.is_symlink() {
            fs::canonicalize(&path).unwrap_or(path)
        } else {
            path
        };
        let shown = directory.shown.join(name);
        self.at(path, &shown)
    }

    /// The text of a directory, if there is one.
    pub(super) fn read_optional(
        &mut self,
        directory: &Directory,
        name: &str,
    ) -> Result<Option<FileId>, SourceError> {
        match self.read(directory, name) {
            Ok(file) => Ok(Some(file)),
            Err(SourceError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Where a path of a text leads, or why it leads to no file.
    pub(super) fn locate(&self, base: &Path, path: &str) -> Result<PathBuf, String> {
        if Path::new(path).is_absolute() {
            return Err(ABSOLUTE.to_owned());
        }
        let real = fs::canonicalize(base.join(path)).map_err(|error| error::brief(&error))?;
        match &self.repository {
            Some(repository) if !real.starts_with(repository) => {
                Err("it stands outside of the repository".to_owned())
            }
            _ => Ok(real),
        }
    }

    /// The text of a file that was read before.
    pub(super) fn known(&self, real: &Path) -> Option<FileId> {
        self.by_path.get(real).copied()
    }

    /// The text of a file that another text names, or why there is none.
    pub(super) fn open(&mut self, real: &Path) -> Result<FileId, String> {
        let shown = self.name(real);
        self.at(real.to_owned(), &shown).map_err(|error| error.brief())
    }

    /// The text of a template that another text names, which is no YAML, or why there is none.
    pub(super) fn template(&mut self, real: &Path) -> Result<FileId, String> {
        if let Some(file) = self.templates.get(real) {
            return Ok(*file);
        }
        let shown = self.name(real);
        let text = read_text(real, || self.place(&shown)).map_err(|error| error.brief())?;
        let file = self.sources.add(shown.to_string_lossy(), text);
        self.templates.insert(real.to_owned(), file);
        Ok(file)
    }

    /// The directory that a text as YAML stands in.
    pub(super) fn directory_of(&self, file: FileId) -> Option<Directory> {
        let real = self.directories.get(&file)?.clone();
        let shown = self.name(&real);
        Some(Directory { shown, real })
    }

    /// A text that is empty, for a directory without a spec.
    pub(super) fn stand_in(&mut self, shown: &Path) -> FileId {
        self.sources.add(shown.to_string_lossy(), "")
    }

    /// A text that is no YAML.
    pub(super) fn plain(&self, directory: &Directory, name: &str) -> Result<String, SourceError> {
        let shown = directory.shown.join(name);
        read_text(&directory.real.join(name), || self.place(&shown))
    }

    fn at(&mut self, real: PathBuf, shown: &Path) -> Result<FileId, SourceError> {
        if let Some(file) = self.by_path.get(&real) {
            return Ok(*file);
        }
        let text = read_text(&real, || self.place(shown))?;
        let file = self.sources.add(shown.to_string_lossy(), text);
        self.documents.insert(file, Document::parse(&self.sources, file));
        if let Some(directory) = real.parent() {
            self.directories.insert(file, directory.to_owned());
        }
        self.by_path.insert(real, file);
        Ok(file)
    }
}

/// The root of the repository that a path without links stands in, if it stands in one.
pub(super) fn repository(real: &Path) -> Option<PathBuf> {
    let is_repository = |path: &&Path| metadata(&path.join(GIT)).is_ok();
    real.ancestors().find(is_repository).map(Path::to_owned)
}

/// The way from a directory to a path, both absolute and without links.
pub(super) fn relative(from: &Path, to: &Path) -> PathBuf {
    let mut from = from.components().peekable();
    let mut to = to.components().peekable();
    while from.peek().is_some() && from.peek() == to.peek() {
        from.next();
        to.next();
    }
    from.map(|_| Component::ParentDir).chain(to).collect()
}

/// The text of a file; a link that leads nowhere is no missing file.
pub(super) fn read_text(path: &Path, shown: impl Fn() -> PathBuf) -> Result<String, SourceError> {
    let failed = |source| SourceError::Read {
        path: shown(),
        source,
    };
    let found = match metadata(path) {
        Err(source) if source.kind() == io::ErrorKind::NotFound && !path.is_symlink() => {
            return Err(SourceError::Missing { path: shown() });
        }
        found => found.map_err(failed)?,
    };
    if !found.is_file() {
        return Err(SourceError::NotAFile { path: shown() });
    }
    let too_large = |bytes| SourceError::TooLarge { path: shown(), bytes };
    if found.len() > MAX_BYTES {
        return Err(too_large(found.len()));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(found.len()).unwrap_or_default() + 1);
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
            path: shown(),
            line: before.filter(|byte| **byte == b'\n').count() + 1,
        }
    })
}

#[expect(clippy::disallowed_methods, reason = "this module is the border to the disk")]
pub(super) fn metadata(path: &Path) -> io::Result<fs::Metadata> {
    fs::metadata(path)
}

#[expect(clippy::disallowed_methods, reason = "this module is the border to the disk")]
pub(super) fn open(path: &Path) -> io::Result<File> {
    File::open(path)
}
