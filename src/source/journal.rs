//! The journal's file: lines are put behind the last one, and read one by one.
//!
//! Each line is written in one piece, by one process at a time, so that runs side by side do not
//! mix. A line that a killed process left in the middle is ended before the next one begins, and
//! spoils nothing else. Nothing is ever taken out of the file.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::SourceError;
use super::lines::next_line;
use super::text::{metadata, open};

/// How often it is tried to get the lock of a journal, and how much time lies between: five seconds in
/// all.
const LOOKS: u32 = 250;
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Who runs the program, and when: what a record takes from the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// In UTC.
    pub time: jiff::Timestamp,
    /// The number of the process.
    pub process: u32,
    /// The name of the user, as the system has it.
    pub user: Option<String>,
    /// The name of the machine.
    pub host: Option<String>,
}

/// Who runs the program, and when.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "a journal says when a run was")]
pub fn moment() -> Moment {
    Moment {
        time: jiff::Timestamp::now(),
        process: std::process::id(),
        user: whoami::username().ok(),
        host: whoami::hostname().ok(),
    }
}

/// Makes sure that lines can be put into a journal: makes the file, and its directory, where they
/// are not there.
///
/// # Errors
/// When they cannot be.
pub fn prepare_journal(path: &Path) -> Result<(), SourceError> {
    for_appending(path).map(drop)
}

/// Puts a line at the end of a journal. The file is made where it is not there, for its owner alone,
/// and so is its directory.
///
/// # Errors
/// When it cannot be written.
pub fn append_line(path: &Path, line: &str) -> Result<(), SourceError> {
    let mut file = for_appending(path)?;
    put(&mut file, line).map_err(|source| failed(path, source))
}

fn for_appending(path: &Path) -> Result<File, SourceError> {
    if path.is_dir() {
        return Err(SourceError::NotAFile {
            path: path.to_owned(),
        });
    }
    if let Some(directory) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
        own_directory(directory).map_err(|source| failed(directory, source))?;
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true).read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| failed(path, source))
}

/// Makes a directory, and those above it, for their owner alone.
fn own_directory(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// The lock is the file's own, and goes with it. Where the file system has no locks, one piece at
/// the end of a file is all that keeps lines apart.
fn put(file: &mut File, line: &str) -> io::Result<()> {
    locked(file, LOOKS)?;
    let mut piece = String::with_capacity(line.len() + 2);
    if !ends_a_line(file)? {
        piece.push('\n');
    }
    piece.push_str(line);
    piece.push('\n');
    file.write_all(piece.as_bytes())
}

/// Waits for the others, who hold it for one line each; who holds it longer does not stop the run.
fn locked(file: &File, looks: u32) -> io::Result<()> {
    for _ in 0..looks {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_LOOKS),
        }
    }
    Err(io::Error::new(
        io::ErrorKind::WouldBlock,
        "another process holds its lock",
    ))
}

fn ends_a_line(file: &mut File) -> io::Result<bool> {
    let about = file.metadata()?;
    if !about.is_file() || about.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// Reads a journal line by line, and shows each with its number, from 1: its text, or why it is none.
///
/// What is written meanwhile is not read. A line may have [`MAX_BYTES`](super::MAX_BYTES).
///
/// # Errors
/// When the file is not there, no regular file, or cannot be read.
pub fn each_line(path: &Path, mut see: impl FnMut(usize, Result<&str, String>)) -> Result<(), SourceError> {
    let cannot = |source| SourceError::Read {
        path: path.to_owned(),
        source,
    };
    let about = metadata(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => SourceError::Missing {
            path: path.to_owned(),
        },
        _ => cannot(source),
    })?;
    if !about.is_file() {
        return Err(SourceError::NotAFile {
            path: path.to_owned(),
        });
    }
    let file = open(path).map_err(cannot)?;
    let length = whole_length(&file).map_err(cannot)?;
    let mut reader = BufReader::new(file.take(length));
    let mut line = Vec::new();
    for number in 1.. {
        match next_line(&mut reader, &mut line).map_err(cannot)? {
            Some(text) => see(number, text),
            None => break,
        }
    }
    Ok(())
}

/// How long a file is when nobody is at work on it.
fn whole_length(file: &File) -> io::Result<u64> {
    // Without locks, a line in the middle of being written is told as one that is no record.
    let is_locked = file.lock_shared().is_ok();
    let length = file.metadata()?.len();
    if is_locked {
        file.unlock()?;
    }
    Ok(length)
}

fn failed(path: &Path, source: io::Error) -> SourceError {
    SourceError::Write {
        path: PathBuf::from(path),
        source,
    }
}

#[cfg(test)]
mod tests;
