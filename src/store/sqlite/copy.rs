//! Copies of a database: of one moment, also while another process writes to it, and under their own name only once they are whole.
//!
//! The source is read in one transaction, so the copy is what was committed when it began. Meanwhile its log cannot be begun anew and
//! grows. The copy is written as `….partial` and gets its name by a rename, after it is on the disk. A copy that was killed leaves that
//! file; the next one to the same name begins it anew.

use std::{
    fs::{self, File, TryLockError},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::{Connection, backup::Backup, backup::StepResult};

use super::{
    error::unavailable,
    file::{self, PAGE},
};
use crate::store::StoreError;

/// Pages between two looks at the time and two reports: 2 MiB.
const PAGES_AT_ONCE: i32 = 256;
/// How long to wait for a lock of the source's that somebody else holds for a moment.
const PAUSE: Duration = Duration::from_millis(20);

/// What is copied where.
#[derive(Clone, Copy, Debug)]
pub struct Copy<'a> {
    pub from: Original<'a>,
    pub to: &'a Path,
    /// The most bytes a second; as fast as it goes otherwise.
    pub rate: Option<u64>,
}

/// A database that is copied or checked.
#[derive(Clone, Copy, Debug)]
pub enum Original<'a> {
    /// A server's, which may be running: with the log beside it.
    Served(&'a Path),
    /// A file that nobody writes to, like a backup.
    Still(&'a Path),
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Something is there already.
    #[error("{} is there already and is not overwritten; name another", .0.display())]
    Exists(PathBuf),
    /// Another copy is being made.
    #[error("another process is writing {}", .0.display())]
    UnderWay(PathBuf),
    /// The copy cannot be written.
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    /// The source cannot be read, or the copy not written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Original<'_> {
    pub fn path(&self) -> &Path {
        match self {
            Original::Served(path) | Original::Still(path) => path,
        }
    }

    /// A connection that only reads.
    pub(super) fn connect(&self) -> Result<Connection, StoreError> {
        match self {
            Original::Served(path) => file::connect_to_read(path),
            // A copy of the file alone would lack what is in the log.
            Original::Still(path) if fs::metadata(file::log_of(path)).is_ok_and(|log| log.len() > 0) => {
                Err(StoreError::Unavailable(format!(
                    "{} has a write-ahead log beside it, so it is no backup; name its folder with --data",
                    path.display()
                )))
            }
            Original::Still(path) => file::connect_to_still(path),
        }
    }
}

/// Copies, and tells now and then how many bytes of how many are copied. Returns how many there are.
pub fn copy(copy: &Copy<'_>, mut progress: impl FnMut(u64, u64)) -> Result<u64, CopyError> {
    if copy.to.try_exists().map_err(failed(copy.to))? {
        return Err(CopyError::Exists(copy.to.to_owned()));
    }
    let partial = Partial::begin(copy.to)?;
    let source = copy.from.connect()?;
    let bytes = copy_pages(copy, &source, &partial.path, &mut progress)?;
    drop(source);
    partial.becomes(copy.to)?;
    Ok(bytes)
}

fn copy_pages(
    copy: &Copy<'_>,
    source: &Connection,
    partial: &Path,
    progress: &mut impl FnMut(u64, u64),
) -> Result<u64, StoreError> {
    // A transaction of its own, so that all steps read the same moment: otherwise each commit of a server would begin the copy anew.
    source.execute_batch("BEGIN").map_err(unavailable)?;
    source.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(())).map_err(unavailable)?;
    let mut target = Connection::open(partial).map_err(unavailable)?;
    // Until it is whole nobody uses it, and then it is synchronised at once.
    let pragmas = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;";
    target.execute_batch(pragmas).map_err(unavailable)?;
    let pages = Backup::new(source, &mut target).map_err(unavailable)?;
    let began = Instant::now();
    loop {
        let step = pages.step(PAGES_AT_ONCE).map_err(unavailable)?;
        let at = pages.progress();
        let page = PAGE as u64;
        let (all, left) = (page * at.pagecount.unsigned_abs() as u64, page * at.remaining.unsigned_abs() as u64);
        let done = all.saturating_sub(left);
        progress(done, all);
        match step {
            StepResult::Done => return Ok(all),
            StepResult::Busy | StepResult::Locked => std::thread::sleep(PAUSE),
            _ => {
                let due = copy.rate.map(|rate| Duration::from_secs_f64(done as f64 / rate.max(1) as f64));
                std::thread::sleep(due.unwrap_or_default().saturating_sub(began.elapsed()));
            }
        }
    }
}

/// A copy that is not whole. Deleted when it is dropped, if this process lives until then.
struct Partial {
    path: PathBuf,
    /// Locked, so that no second process takes the file for a left one.
    file: File,
    is_whole: bool,
}

impl Partial {
    fn begin(to: &Path) -> Result<Partial, CopyError> {
        let path = partial_of(to);
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(CopyError::UnderWay(path)),
            Err(TryLockError::Error(source)) => return Err(CopyError::File { path, source }),
        }
        // What a killed process has left of another moment.
        file.set_len(0).map_err(failed(&path))?;
        Ok(Partial { path, file, is_whole: false })
    }

    /// Gives it its name, once it is on the disk.
    fn becomes(mut self, to: &Path) -> Result<(), CopyError> {
        self.file.sync_all().map_err(failed(&self.path))?;
        rename_to_new(&self.path, to)?;
        self.is_whole = true;
        sync_folder_of(to).map_err(failed(to))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if !self.is_whole {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Under which name a copy is written until it is whole.
pub fn partial_of(to: &Path) -> PathBuf {
    let mut name = to.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

/// Renames a file to a name that nothing has.
pub fn rename_to_new(from: &Path, to: &Path) -> Result<(), CopyError> {
    use rustix::{
        fs::{CWD, RenameFlags, renameat_with},
        io::Errno,
    };
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::EXIST) => Err(CopyError::Exists(to.to_owned())),
        // File systems that cannot be asked for that.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) if !to.exists() => fs::rename(from, to).map_err(failed(to)),
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => Err(CopyError::Exists(to.to_owned())),
        Err(error) => Err(CopyError::File { path: to.to_owned(), source: error.into() }),
    }
}

/// That a file was renamed, made or deleted in it survives a loss of power.
pub fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Not every file system has that.
        Err(error) if error.kind() == ErrorKind::InvalidInput => Ok(()),
        synced => synced,
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> CopyError + use<> {
    let path = path.to_owned();
    move |source| CopyError::File { path, source }
}
