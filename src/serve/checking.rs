//! Whether a data folder or a backup is as it must be.

use std::path::Path;

use super::{
    copies::key_of_backup,
    data_folder::{DataFolder, ExistingError},
};
use crate::{
    clock::Clock,
    config::Config,
    store::{
        StoreError,
        seal::MasterKeyError,
        sqlite::{Checked, Original, check, repair},
    },
};

/// Why it cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// There is nothing to look at, or no key for it.
    #[error(transparent)]
    Folder(#[from] ExistingError),
    /// The key cannot be used.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// No key is at hand.
    #[error(
        "what is sealed in a backup opens with its master key only: name the key's file with --key, or give it as LANEHOOK_MASTER_KEY"
    )]
    NoKey,
    /// It cannot be read, or somebody uses it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Looks at the folder of the settings, served or not, or at a backup, which a key of a file of its own may open.
pub fn check_database(
    config: &Config,
    backup: Option<&Path>,
    key: Option<&Path>,
    progress: impl FnMut(&'static str),
) -> Result<Checked, CheckError> {
    match backup {
        Some(path) => {
            let key = key_of_backup(config, path, key)?.ok_or(CheckError::NoKey)?;
            Ok(check(&Original::Still(path), &key, progress)?)
        }
        None => {
            let folder = DataFolder::existing(config)?;
            Ok(check(&Original::Served(&folder.database), &folder.master_key, progress)?)
        }
    }
}

/// Mends what can be in the folder of the settings, which must not be served. Returns what was found before and what is left.
pub fn repair_database(config: &Config, progress: impl FnMut(&'static str)) -> Result<(Checked, Checked), CheckError> {
    let folder = DataFolder::existing(config)?;
    Ok(repair(&folder.database, &folder.master_key, Clock::system().now(), progress)?)
}
