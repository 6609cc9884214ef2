//! The data folder: the database and, unless it is given otherwise, the master key beside it.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::{
    error::StartError,
    key_files::{KeyFiles, KeyFilesError},
};
use crate::{
    config::Config,
    model::Timestamp,
    store::{
        seal::{MasterKey, MasterKeyError},
        sqlite::Original,
    },
};

/// A file that is there from before the key is made until the database is: a start that is killed in between may go on.
const FIRST_START: &str = "first-start";

/// A folder with a key that fits what is in it.
pub(super) struct DataFolder {
    /// Where the database is, or will be.
    pub database: PathBuf,
    /// What its secrets are sealed with.
    pub master_key: MasterKey,
    first_start: PathBuf,
    /// That a rotation was interrupted: the key is the next one, which is to take its place.
    rotated: Option<KeyFiles>,
}

impl DataFolder {
    /// The database's name in the folder.
    pub const DATABASE: &str = "lanehook.db";

    /// The folder of the settings, which is made if it is not there. A new key is made only with a new database. Where that is
    /// refused, no folder stays that was not there.
    pub fn open(config: &Config) -> Result<DataFolder, StartError> {
        // Before anything is made: it may be no key.
        let given = config.master_key.as_ref().map(|text| MasterKey::parse(&text.0)).transpose()?;
        let missing = missing_folders(&config.data);
        let opened = make_private_folder(&config.data).and_then(|()| DataFolder::fill(config, given));
        if opened.is_err() {
            for folder in missing {
                // One with something in it stays.
                let _ = fs::remove_dir(folder);
            }
        }
        opened
    }

    fn fill(config: &Config, given: Option<MasterKey>) -> Result<DataFolder, StartError> {
        let key_files = KeyFiles::of(&config.data);
        let (database, key_file) = (config.data.join(DataFolder::DATABASE), key_files.current());
        let first_start = config.data.join(FIRST_START);
        let (master_key, is_next) = match given {
            Some(key) => (key, false),
            None if database.exists() && !key_file.exists() => {
                return Err(MasterKeyError::Missing { path: key_file.display().to_string() }.into());
            }
            None if key_file.exists() && !is_filled(&database) && !first_start.exists() => {
                return Err(StartError::NoDatabase { key: key_file, database });
            }
            None => {
                if !key_file.exists() {
                    let marked = fs::File::create(&first_start);
                    marked.map_err(|source| StartError::Folder { path: config.data.clone(), source })?;
                }
                match is_filled(&database) {
                    true => key_files.that_opens(&Original::Served(&database)).map_err(StartError::from)?,
                    false => (MasterKey::load_or_create(&key_file)?, false),
                }
            }
        };
        Ok(DataFolder { database, master_key, first_start, rotated: is_next.then_some(key_files) })
    }

    /// The folder of the settings, as it is. A key that is given is taken, whichever opens it otherwise.
    ///
    /// # Errors
    /// There is no database in it, or no key.
    pub fn existing(config: &Config) -> Result<DataFolder, ExistingError> {
        let (database, key_files) = (config.data.join(DataFolder::DATABASE), KeyFiles::of(&config.data));
        if !is_filled(&database) {
            return Err(ExistingError::NoData(config.data.clone()));
        }
        let (master_key, is_next) = match &config.master_key {
            Some(text) => (MasterKey::parse(&text.0)?, false),
            None if !key_files.current().exists() => {
                return Err(MasterKeyError::Missing { path: key_files.current().display().to_string() }.into());
            }
            None => key_files.that_opens(&Original::Served(&database))?,
        };
        let first_start = config.data.join(FIRST_START);
        Ok(DataFolder { database, master_key, first_start, rotated: is_next.then_some(key_files) })
    }

    /// The store is open, which nobody else has: a rotation that was interrupted before its end comes to it.
    pub fn end_rotation(&self, now: Timestamp) -> Result<(), StartError> {
        let Some(files) = &self.rotated else { return Ok(()) };
        let before = files.take_next(now)?;
        tracing::warn!(before = %before.display(), "a rotation of the master key was interrupted, and is at its end now");
        Ok(())
    }

    /// The database is made: from now on one that is missing was lost.
    pub fn has_database(&self) {
        if let Err(error) = fs::remove_file(&self.first_start)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, file = %self.first_start.display(), "the mark of a first start stays");
        }
    }
}

/// Why a folder cannot be worked with.
#[derive(Debug, thiserror::Error)]
pub enum ExistingError {
    /// The folder is none of a server's.
    #[error("{} is no data folder of lanehook: name the server's with --data, or its settings with --config", .0.display())]
    NoData(PathBuf),
    /// There is no key for it.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// Its keys cannot be used.
    #[error(transparent)]
    KeyFiles(#[from] KeyFilesError),
}

/// The folders of this path that are not there, the innermost first.
fn missing_folders(path: &Path) -> Vec<PathBuf> {
    let folders = path.ancestors().filter(|folder| !folder.as_os_str().is_empty());
    folders.take_while(|folder| !folder.exists()).map(Path::to_owned).collect()
}

fn make_private_folder(path: &Path) -> Result<(), StartError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| StartError::Folder { path: path.to_owned(), source })
}

/// Whether there is a file with anything in it.
fn is_filled(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| data.len() > 0)
}
