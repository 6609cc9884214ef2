//! Damage that shows while the store is open: files that were deleted or replaced, and reads of what makes no sense.
//!
//! A file that is deleted stays usable for who has it open, so a server would go on acknowledging what no restart finds. So the
//! files' names are compared with what was opened, by a job and before readiness is answered; while they differ, nothing is
//! taken in. A read that finds the database malformed is remembered until a restart: the next read may look at another page.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use prometheus_client::metrics::counter::Counter;

use super::file::log_of;
use crate::{
    metrics::Metrics,
    store::{Result, StoreError},
};

/// Which file it is, whatever its name: its device and its number there.
type Identity = (u64, u64);

/// What is known of the files' state.
#[derive(Debug)]
pub(super) struct Damage {
    files: Vec<Opened>,
    /// Whether a file was gone when they were looked at last.
    gone: AtomicBool,
    /// Whether the store is being closed, which deletes the log in order.
    closing: AtomicBool,
    malformed: Mutex<Option<String>>,
    malformed_reads: Counter,
}

/// A file that is open.
#[derive(Debug)]
struct Opened {
    path: PathBuf,
    identity: Identity,
}

impl Damage {
    /// The database at this path and its log, which are open.
    pub fn watch(database: &Path) -> io::Result<Damage> {
        let opened = |path: PathBuf| -> io::Result<Opened> { Ok(Opened { identity: identity(&path)?, path }) };
        Ok(Damage {
            files: vec![opened(database.to_owned())?, opened(log_of(database))?],
            gone: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            malformed: Mutex::default(),
            malformed_reads: Counter::default(),
        })
    }

    /// Where the database is.
    pub fn database(&self) -> &Path {
        &self.files[0].path
    }

    /// Adds what it counts to what is shown.
    pub fn register(&self, metrics: &Metrics) {
        let help = "Reads and writes that found the database malformed";
        metrics.register("store_malformed", help, self.malformed_reads.clone());
    }

    /// Looks at the files. Says what is wrong with them or with what was read, and the way back.
    pub fn look(&self) -> std::result::Result<(), String> {
        if let Some(file) = self.gone() {
            return Err(format!("{}: {GONE}", name(&file.path)));
        }
        match &*self.malformed.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(sentence) => Err(sentence.clone()),
            None => Ok(()),
        }
    }

    /// Looks whether the files are those that were opened.
    pub fn look_at_files(&self) -> Result<()> {
        match self.gone() {
            Some(_) => Err(StoreError::Gone(GONE.to_owned())),
            None => Ok(()),
        }
    }

    /// A file that is another one now, or none; a system call each.
    fn gone(&self) -> Option<&Opened> {
        let watched = if self.closing.load(Ordering::Relaxed) { &[] } else { &self.files[..] };
        let gone = watched.iter().find(|file| identity(&file.path).ok() != Some(file.identity));
        let was_gone = self.gone.swap(gone.is_some(), Ordering::Relaxed);
        if let Some(file) = gone.filter(|_| !was_gone) {
            tracing::error!("{}: {GONE}", file.path.display());
        }
        gone
    }

    /// From now on the files may go.
    pub fn closing(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    /// Whether anything may be taken in: not while a file was seen to be gone.
    pub fn refuses(&self) -> Result<()> {
        match self.gone.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(StoreError::Gone(GONE.to_owned())),
        }
    }

    /// Takes note if a verb met damage.
    pub fn note<T>(&self, result: &Result<T>) {
        let Err(StoreError::Malformed(reason)) = result else { return };
        self.malformed_reads.inc();
        let mut malformed = self.malformed.lock().unwrap_or_else(PoisonError::into_inner);
        if malformed.is_none() {
            let path = &self.files[0].path;
            tracing::error!("{}: {MALFORMED} ({reason})", path.display());
            *malformed = Some(format!("{}: {MALFORMED} ({reason})", name(path)));
        }
    }
}

const GONE: &str = "it was deleted or replaced while lanehook has it open, so nothing that is accepted now would be found \
     after a restart, and events are refused; stop lanehook, restore the data folder from a copy, and start it again";

const MALFORMED: &str = "a part of it cannot be read: it is damaged; stop lanehook and restore the data folder from a copy, or \
     save what can be read with `sqlite3 lanehook.db .recover`";

fn identity(path: &Path) -> io::Result<Identity> {
    fs::metadata(path).map(|data| (data.dev(), data.ino()))
}

/// Without the folder: readiness is told to everyone.
fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
