//! The data folder: the database and, unless it is given otherwise, the master key beside it.

use std::{
    fs,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use super::error::StartError;
use crate::{
    config::Config,
    store::seal::{MasterKey, MasterKeyError},
};

/// A folder with a key that fits what is in it.
pub(super) struct DataFolder {
    /// Where the database is, or will be.
    pub database: PathBuf,
    /// What its secrets are sealed with.
    pub master_key: MasterKey,
}

impl DataFolder {
    /// The folder of the settings, which is made if it is not there. A new key is made only with a new database.
    pub fn open(config: &Config) -> Result<DataFolder, StartError> {
        make_private_folder(&config.data)?;
        let (database, key_file) = (config.data.join("lanehook.db"), config.data.join("master.key"));
        let master_key = match &config.master_key {
            Some(text) => MasterKey::parse(&text.0)?,
            None if database.exists() && !key_file.exists() => {
                return Err(MasterKeyError::Missing { path: key_file.display().to_string() }.into());
            }
            None if key_file.exists() && !is_filled(&database) => {
                return Err(StartError::NoDatabase { key: key_file, database });
            }
            None => MasterKey::load_or_create(&key_file)?,
        };
        Ok(DataFolder { database, master_key })
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
