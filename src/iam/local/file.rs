//! The file of the embedded account: locked, read, and replaced as a whole.
//!
//! In: a folder, and a change to make. Out: the state, or a fault that names the file. A
//! state is written beside the file, flushed to the disk and renamed over it, so a reader
//! sees the old or the new state and never a part. The file is never repaired or emptied.

#![expect(
    clippy::disallowed_methods,
    reason = "the embedded account is a file; this is the module that touches it"
)]

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::state::State;
use super::{Answer, Refusal};
use crate::iam::Fault;

/// Where an account is kept.
#[derive(Debug)]
pub(super) struct AccountFile {
    home: PathBuf,
    path: PathBuf,
    /// The text that was read or written last, and what it says: a file that has not changed is not
    /// understood anew.
    known: Mutex<Option<(String, Arc<State>)>>,
}

impl AccountFile {
    pub(super) fn of(home: &Path) -> Self {
        Self {
            home: home.to_owned(),
            path: home.join("account.json"),
            known: Mutex::default(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The state as it is now.
    ///
    /// Waits for a writer that is at work. Where the lock file is missing nobody wrote yet,
    /// and where it may not be opened the rename alone makes the reading right.
    pub(super) fn read(&self) -> Answer<Arc<State>> {
        let lock = File::open(self.lock_path()).ok();
        if let Some(lock) = &lock {
            lock.lock_shared()
                .map_err(|e| storage(&self.lock_path(), "cannot be locked", &e))?;
        }
        self.load()
    }

    /// Reads the state, changes it and writes it, alone among all processes.
    pub(super) fn change(&self, change: impl FnOnce(&mut State) -> Answer<()>) -> Answer<()> {
        let _lock = self.lock()?;
        let mut state = Arc::unwrap_or_clone(self.load()?);
        change(&mut state)?;
        let text = self
            .save(&state)
            .map_err(|e| storage(&self.path, "cannot be written", &e))?;
        *self.known() = Some((text, Arc::new(state)));
        Ok(())
    }

    fn lock_path(&self) -> PathBuf {
        self.home.join("account.lock")
    }

    fn lock(&self) -> Answer<File> {
        fs::create_dir_all(&self.home).map_err(|e| storage(&self.home, "cannot be made", &e))?;
        let path = self.lock_path();
        let lock = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|e| storage(&path, "cannot be opened", &e))?;
        lock.lock().map_err(|e| storage(&path, "cannot be locked", &e))?;
        Ok(lock)
    }

    fn load(&self) -> Answer<Arc<State>> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return State::empty().map(Arc::new),
            Err(e) => return Err(storage(&self.path, "cannot be read", &e)),
        };
        let mut known = self.known();
        if let Some((_, state)) = known.as_ref().filter(|(before, _)| *before == text) {
            return Ok(Arc::clone(state));
        }
        let state = State::parse(&text).map(Arc::new).map_err(|why| {
            let shown = self.path.display();
            Refusal::new(Fault::Storage, format!("`{shown}` is not an account: {why}"))
        })?;
        *known = Some((text, Arc::clone(&state)));
        Ok(state)
    }

    /// What is known; a thread that panicked left it whole.
    fn known(&self) -> MutexGuard<'_, Option<(String, Arc<State>)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the state beside the file and puts it in its place.
    ///
    /// The name beside it is always the same: the lock keeps others away, and what a killed
    /// writer left there is written over.
    fn save(&self, state: &State) -> io::Result<String> {
        let mut text = serde_json::to_string_pretty(state)?;
        text.push('\n');
        let beside = self.home.join("account.json.new");
        let mut new = File::create(&beside)?;
        new.write_all(text.as_bytes())?;
        new.sync_all()?;
        fs::rename(&beside, &self.path)?;
        flush_folder(&self.home)?;
        Ok(text)
    }
}

/// Makes a rename last through a power cut; only Unix opens folders as files.
fn flush_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn storage(path: &Path, what: &str, why: &io::Error) -> Refusal {
    Refusal::new(Fault::Storage, format!("`{}` {what}: {why}", path.display()))
}
