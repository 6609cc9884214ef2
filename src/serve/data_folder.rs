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

    /// The folder of the settings, which is made if it is not there. A new key is made only with a new database.
    pub fn open(config: &Config) -> Result<DataFolder, StartError> {
        make_private_folder(&config.data)?;
        let (database, key_file) = (config.data.join(DataFolder::DATABASE), config.data.join("master.key"));
        let first_start = config.data.join(FIRST_START);
        let master_key = match &config.master_key {
            Some(text) => MasterKey::parse(&text.0)?,
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
