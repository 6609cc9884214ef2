//! Whether the files are as long as they say, before they are opened.
//!
//! SQLite takes a log that ends early for one that was not written further, and a database that ends early for one with
//! pages to be read as needed. Both are so after a crash, and after somebody or a file system cut a file. Two things tell the
//! difference: how many pages the database's header counts that neither it nor its log has, and how many frames of the log were
//! committed, as the index beside it (`-shm`) says, which a killed process leaves.
//! The formats: <https://www.sqlite.org/fileformat2.html> and <https://www.sqlite.org/walformat.html>.

use std::{
    collections::HashSet,
    fs::File,
    io::{self, ErrorKind},
    os::unix::fs::FileExt,
    path::Path,
};

use super::file::{index_of, log_of};
use crate::store::{Result, StoreError};

const LOG_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;

/// Refuses files that were cut.
///
/// # Errors
/// Which is too short, and the way back; or it cannot be read.
pub(super) fn check(database: &Path) -> Result<()> {
    let failed = |error: io::Error| StoreError::Unavailable(format!("{}: {error}", database.display()));
    let log = Log::read(&log_of(database)).map_err(failed)?;
    if let Some(missing) = missing_frames(&index_of(database), &log).map_err(failed)? {
        return Err(StoreError::Corrupt(format!(
            "{log} is cut short: the last {missing} of the pages that were committed to it are missing, and with them events \
             that were acknowledged. Restore it, or the whole data folder, from a copy; to go on without them, delete {index}",
            log = log_of(database).display(),
            index = index_of(database).display(),
        )));
    }
    if let Some(missing) = missing_pages(database, &log).map_err(failed)? {
        return Err(StoreError::Corrupt(format!(
            "{} is cut short: {missing} of the pages that its header counts are missing. Restore the data folder from a copy, \
             or save what can be read with `sqlite3 lanehook.db .recover`",
            database.display(),
        )));
    }
    Ok(())
}

/// A write-ahead log, as far as it is valid.
#[derive(Default)]
struct Log {
    length: u64,
    salt: Option<[u8; 8]>,
    /// The pages that it holds.
    pages: HashSet<u32>,
}

impl Log {
    fn read(path: &Path) -> io::Result<Log> {
        let Some(file) = open(path)? else { return Ok(Log::default()) };
        let mut log = Log { length: file.metadata()?.len(), ..Log::default() };
        let mut header = [0; LOG_HEADER as usize];
        if !read_at(&file, &mut header, 0)? {
            return Ok(log);
        }
        let (page_size, salt) = (number(&header, 8), bytes(&header, 16));
        log.salt = Some(salt);
        let mut frame = [0; FRAME_HEADER as usize];
        let mut place = LOG_HEADER;
        // Frames of an older use of the file, which has another salt, are not part of it.
        while read_at(&file, &mut frame, place)? && bytes(&frame, 8) == salt {
            log.pages.insert(number(&frame, 0));
            place += FRAME_HEADER + u64::from(page_size);
        }
        Ok(log)
    }
}

/// How many frames are missing that a process has committed and not copied into the database. The index is of the native byte
/// order, and is current for a log of the same salt.
fn missing_frames(index: &Path, log: &Log) -> io::Result<Option<u64>> {
    let mut header = [0; 100];
    let there = open(index)?.map(|file| read_at(&file, &mut header, 0)).transpose()?;
    let native = |place: usize| u32::from_ne_bytes(bytes(&header, place));
    let (initialised, committed, copied) = (header[12] != 0, u64::from(native(16)), u64::from(native(96)));
    if there != Some(true)
        || !initialised
        || committed <= copied
        || log.salt.is_some_and(|salt| salt != bytes(&header, 32))
    {
        return Ok(None);
    }
    let page_size = match u16::from_ne_bytes(bytes(&header, 14)) {
        1 => 65_536,
        size => u64::from(size),
    };
    let whole = log.length.saturating_sub(LOG_HEADER) / (FRAME_HEADER + page_size);
    Ok(Some(committed.saturating_sub(whole)).filter(|&missing| missing > 0))
}

/// How many pages are missing that the header of the database counts and the log does not hold: a copy of the log into the
/// database that was interrupted leaves it short, too.
fn missing_pages(database: &Path, log: &Log) -> io::Result<Option<usize>> {
    let Some(file) = open(database)? else { return Ok(None) };
    let mut header = [0; 100];
    if !read_at(&file, &mut header, 0)? {
        return Ok(None);
    }
    let page_size = match u16::from_be_bytes(bytes(&header, 16)) {
        1 => 65_536,
        size => u64::from(size).max(512),
    };
    // The count is valid only if it was written by the last change.
    let counted = if number(&header, 24) == number(&header, 92) { number(&header, 28) } else { 0 };
    let there = u32::try_from(file.metadata()?.len() / page_size).unwrap_or(u32::MAX);
    let missing = (there.saturating_add(1)..=counted).filter(|page| !log.pages.contains(page)).count();
    Ok(Some(missing).filter(|&missing| missing > 0))
}

fn open(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether there was so much.
fn read_at(file: &File, into: &mut [u8], place: u64) -> io::Result<bool> {
    match file.read_exact_at(into, place) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

fn bytes<const N: usize>(from: &[u8], place: usize) -> [u8; N] {
    std::array::from_fn(|at| from.get(place + at).copied().unwrap_or_default())
}

fn number(from: &[u8], place: usize) -> u32 {
    u32::from_be_bytes(bytes(from, place))
}
