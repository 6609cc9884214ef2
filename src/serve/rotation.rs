//! Another master key: by the running server, or in the store itself while none runs.
//!
//! The data key, under which everything is sealed, stays and is wrapped anew: one row. Each step can be the last before a crash, and
//! doing it again goes on from there ([`KeyFiles`]).

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{
    data_folder::ExistingError,
    key_files::{KeyFiles, KeyFilesError},
};
use crate::{
    config::{Config, Hidden},
    model::Timestamp,
    store::{
        Keeping, StoreError,
        seal::{MasterKey, MasterKeyError},
    },
};

/// The keys, where they are not in the data folder.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GivenKeys {
    current: String,
    next: String,
}

impl GivenKeys {
    /// The key of the environment, if it is there, and that of a file; otherwise both are in the data folder.
    pub fn of(config: &Config, next: Option<&Path>) -> Result<Option<GivenKeys>, RotationError> {
        match (&config.master_key, next) {
            (Some(Hidden(current)), Some(next)) => {
                MasterKey::parse(current)?;
                let next = MasterKey::load(next)?.to_text().to_string();
                Ok(Some(GivenKeys { current: current.clone(), next }))
            }
            (Some(_), None) => Err(RotationError::NoNextKey),
            (None, Some(_)) => Err(RotationError::KeyInFolder),
            (None, None) => Ok(None),
        }
    }
}

/// What a rotation came to.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Rotated {
    /// Where the key before is kept now, if it was in the data folder.
    pub before: Option<PathBuf>,
    /// Whether the key was the new one already.
    pub was_done: bool,
    /// Whether the log still has what the key before opens, since something reads from it; it goes when that ends.
    pub is_in_log: bool,
}

/// Why the key stays.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// Nothing that could be rotated.
    #[error(transparent)]
    Folder(#[from] ExistingError),
    /// A key is none.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// Its files cannot be used.
    #[error(transparent)]
    KeyFiles(#[from] KeyFilesError),
    /// Neither key opens the store, or it cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key is not in the data folder, and no other is named.
    #[error(
        "the master key is given as LANEHOOK_MASTER_KEY, so name a file with the next one: `openssl rand -base64 32 > FILE`, then \
         --new-key FILE; from then on start with that"
    )]
    NoNextKey,
    /// The key is in the data folder, where the next one is made.
    #[error(
        "--new-key is for a master key that is given as LANEHOOK_MASTER_KEY; this one is in the data folder, where another is made"
    )]
    KeyInFolder,
}

/// Rotates the key of a store that is open.
pub(super) async fn rotate(
    folder: &Path,
    store: &dyn Keeping,
    given: Option<GivenKeys>,
    now: Timestamp,
) -> Result<Rotated, RotationError> {
    let files = given.is_none().then(|| KeyFiles::of(folder));
    let (current, next) = match (&given, &files) {
        (Some(GivenKeys { current, next }), _) => (MasterKey::parse(current)?, MasterKey::parse(next)?),
        (None, Some(files)) => files.for_rotation()?,
        (None, None) => return Err(RotationError::NoNextKey),
    };
    let was_done = !store.rewrap(current, next).await?;
    let before = files.map(|files| files.take_next(now)).transpose()?;
    let is_in_log = !store.empty_log().await?;
    tracing::info!("the master key is another one now");
    Ok(Rotated { before, was_done, is_in_log })
}
