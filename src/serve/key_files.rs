//! The files of the master key in the data folder, and how one key takes the place of another.
//!
//! A rotation writes the next key to a file of its own, has the store wrap its data key by it, and then lets that file take the place of
//! the first. Killed in between, both files are there, and one of them opens the store: a start takes that one, and a rotation that is
//! run again goes on. The key before stays, under the time of its end: backups from before are opened by it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    model::Timestamp,
    store::{
        StoreError,
        seal::{MasterKey, MasterKeyError},
        sqlite::{Original, opens, rename_to_new, sync_folder_of},
    },
};

/// What the name of a key from before begins with.
const UNTIL: &str = "master.key.until-";

/// The files in a folder.
#[derive(Clone, Debug)]
pub(super) struct KeyFiles {
    folder: PathBuf,
}

/// A file of it cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFilesError {
    /// It cannot be read or made, or is no key.
    #[error(transparent)]
    Key(#[from] MasterKeyError),
    /// Which key opens the store cannot be told.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot be given its place.
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
}

impl KeyFiles {
    pub fn of(folder: &Path) -> KeyFiles {
        KeyFiles { folder: folder.to_owned() }
    }

    /// The key that counts.
    pub fn current(&self) -> PathBuf {
        self.folder.join("master.key")
    }

    /// The one that is to take its place.
    pub fn next(&self) -> PathBuf {
        self.folder.join("master.key.next")
    }

    /// The key that opens this database, and whether it is still to take its place. The key that counts, if neither does.
    pub fn that_opens(&self, database: &Original<'_>) -> Result<(MasterKey, bool), KeyFilesError> {
        let current = MasterKey::load(&self.current())?;
        if !self.next().exists() || opens(database, &current)? {
            return Ok((current, false));
        }
        let next = MasterKey::load(&self.next())?;
        match opens(database, &next)? {
            true => Ok((next, true)),
            false => Ok((current, false)),
        }
    }

    /// Both keys, for a rotation: the one that counts, and the next, which is made if it is not there yet.
    pub fn for_rotation(&self) -> Result<(MasterKey, MasterKey), KeyFilesError> {
        Ok((MasterKey::load(&self.current())?, MasterKey::load_or_create(&self.next())?))
    }

    /// The next key, which opens the store by now, takes its place. Returns where the one before is kept.
    pub fn take_next(&self, now: Timestamp) -> Result<PathBuf, KeyFilesError> {
        let at = now.to_string().replace(['-', ':', '.'], "");
        let before = self.folder.join(format!("{UNTIL}{at}"));
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| KeyFilesError::File { path, source }
        };
        let text = zeroize::Zeroizing::new(fs::read(self.current()).map_err(failed(&self.current()))?);
        let before = self.kept(&text).unwrap_or(before);
        MasterKey::write_private(&before, &text).map_err(failed(&before))?;
        fs::rename(self.next(), self.current()).map_err(failed(&self.next()))?;
        sync_folder_of(&self.current()).map_err(failed(&self.folder))?;
        Ok(before)
    }

    /// Where this key is kept already, by a rotation that was killed at that.
    fn kept(&self, text: &[u8]) -> Option<PathBuf> {
        let files = fs::read_dir(&self.folder).ok()?.filter_map(|file| Some(file.ok()?.path()));
        let is_kept = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with(UNTIL) && fs::read(path).is_ok_and(|there| there == text)
        };
        files.into_iter().find(is_kept)
    }

    /// Puts a key into a folder that has none.
    pub fn put(&self, key: &MasterKey) -> Result<(), KeyFilesError> {
        let (path, aside) = (self.current(), self.folder.join("master.key.partial"));
        let failed = |source| KeyFilesError::File { path: path.clone(), source };
        MasterKey::write_private(&aside, key.to_text().as_bytes()).map_err(failed)?;
        rename_to_new(&aside, &path).map_err(|error| failed(io::Error::other(error)))?;
        sync_folder_of(&path).map_err(failed)
    }
}
