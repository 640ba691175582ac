//! Lines of a file, or of standard input, one by one.

use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::text::open;
use super::{MAX_BYTES, SourceError};

/// Where lines come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lines {
    /// A file.
    File(PathBuf),
    /// Standard input.
    StandardInput,
}

/// What is met in reading lines.
#[derive(Debug)]
pub enum LineEvent<'a> {
    /// A line with its number, from 1: its text, or why it is none.
    Line(usize, Result<&'a str, String>),
    /// Who writes them may wait for an answer before the next one comes.
    Waiting,
}

impl Lines {
    /// What reads `-` as standard input.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        if path.as_os_str() == "-" {
            return Self::StandardInput;
        }
        Self::File(path.to_owned())
    }

    /// The name shown for it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => super::from_here(path),
            Self::StandardInput => "-".to_owned(),
        }
    }

    /// Reads line by line, until the end or a break. A line may have [`MAX_BYTES`].
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub fn each(&self, see: impl FnMut(LineEvent<'_>) -> ControlFlow<()>) -> Result<(), SourceError> {
        let path = match self {
            Self::File(path) => path.as_path(),
            Self::StandardInput => Path::new("-"),
        };
        let cannot = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => SourceError::Missing {
                path: path.to_owned(),
            },
            _ => SourceError::Read {
                path: path.to_owned(),
                source,
            },
        };
        match self {
            Self::File(path) => through(BufReader::with_capacity(BUFFER, open(path).map_err(cannot)?), see),
            Self::StandardInput => through(BufReader::with_capacity(BUFFER, io::stdin().lock()), see),
        }
        .map_err(cannot)
    }
}

/// How many bytes are read at a time.
const BUFFER: usize = 64 * 1024;

fn through<R: Read>(
    mut reader: BufReader<R>,
    mut see: impl FnMut(LineEvent<'_>) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut line = Vec::new();
    for number in 1.. {
        if !reader.buffer().contains(&b'\n') && see(LineEvent::Waiting).is_break() {
            break;
        }
        let Some(text) = next_line(&mut reader, &mut line)? else {
            break;
        };
        if see(LineEvent::Line(number, text)).is_break() {
            break;
        }
    }
    Ok(())
}

/// The next line without its end, or why it is none; `None` at the end. The bytes are kept in `line`.
pub(super) fn next_line<'l>(
    reader: &mut impl BufRead,
    line: &'l mut Vec<u8>,
) -> io::Result<Option<Result<&'l str, String>>> {
    line.clear();
    let most = MAX_BYTES + 1;
    if reader.take(most).read_until(b'\n', line)? == 0 {
        return Ok(None);
    }
    if line.len() as u64 == most && !line.ends_with(b"\n") {
        reader.skip_until(b'\n')?;
        return Ok(Some(Err(format!("it has more than {MAX_BYTES} bytes"))));
    }
    Ok(Some(match str::from_utf8(line) {
        Ok(text) => Ok(text.trim_end_matches('\n')),
        Err(_) => Err("it is not UTF-8 text".to_owned()),
    }))
}
