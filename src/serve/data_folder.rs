//! The data folder: the database and, unless it is given otherwise, the master key beside it.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::error::StartError;
use crate::{
    config::Config,
    store::seal::{MasterKey, MasterKeyError},
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
        let (database, key_file) = (config.data.join(DataFolder::DATABASE), config.data.join("master.key"));
        let first_start = config.data.join(FIRST_START);
        let master_key = match given {
            Some(key) => key,
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
                MasterKey::load_or_create(&key_file)?
            }
        };
        Ok(DataFolder { database, master_key, first_start })
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
