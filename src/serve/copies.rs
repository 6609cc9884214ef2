//! Backups of a data folder, and the way back.
//!
//! A backup is the database in one file. The master key is not in it, unless that is asked for: then it is a file beside. A restore looks
//! at the backup before it copies anything, and puts the key into the folder before the database: a server that is started in between
//! says that the database is missing, and makes none.

use std::{
    fs, io,
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
};

use super::{
    data_folder::{DataFolder, ExistingError},
    key_files::{KeyFiles, KeyFilesError},
};
use crate::{
    config::Config,
    store::{
        StoreError,
        seal::{MasterKey, MasterKeyError},
        sqlite::{
            Checked, Copy, CopyError, Finding, Original, check, copy, lock_database, opens, rename_to_new,
            sync_folder_of,
        },
    },
};

/// What is to be kept where.
#[derive(Clone, Debug)]
pub struct BackupPlan {
    pub to: PathBuf,
    /// The master key, too, in a file beside.
    pub with_key: bool,
    /// The most bytes a second.
    pub rate: Option<u64>,
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to back up, or no key for it.
    #[error(transparent)]
    Folder(#[from] ExistingError),
    /// It cannot be copied.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key in the folder is not the database's.
    #[error(
        "the master key at hand does not open this database, so a backup with it could not be used; put the right one into the data \
         folder, or give it as LANEHOOK_MASTER_KEY"
    )]
    AnotherKey,
    /// The key cannot be written.
    #[error("{}: {source}", path.display())]
    Key { path: PathBuf, source: io::Error },
}

/// Backs a data folder up, served or not. `progress` is told how many bytes of how many are copied. Returns how many there are.
pub fn back_up(config: &Config, plan: &BackupPlan, progress: impl FnMut(u64, u64)) -> Result<u64, BackupError> {
    let folder = DataFolder::existing(config)?;
    let original = Original::Served(&folder.database);
    let key_file = plan.with_key.then(|| key_beside(&plan.to));
    // A backup that nobody can open is none.
    if !opens(&original, &folder.master_key)? {
        return Err(BackupError::AnotherKey);
    }
    for taken in [Some(&plan.to), key_file.as_ref()].into_iter().flatten() {
        if taken.exists() {
            return Err(CopyError::Exists(taken.clone()).into());
        }
    }
    let bytes = copy(&Copy { from: original, to: &plan.to, rate: plan.rate }, progress)?;
    if let Some(path) = key_file {
        write_key(&path, &folder.master_key)?;
    }
    Ok(bytes)
}

fn write_key(path: &Path, key: &MasterKey) -> Result<(), BackupError> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".partial");
    let aside = PathBuf::from(aside);
    let failed = |source| BackupError::Key { path: path.to_owned(), source };
    MasterKey::write_private(&aside, key.to_text().as_bytes()).map_err(failed)?;
    rename_to_new(&aside, path)?;
    sync_folder_of(path).map_err(failed)
}

/// Where the key of a backup is looked for.
fn key_beside(backup: &Path) -> PathBuf {
    let mut name = backup.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}

/// What is to be restored.
#[derive(Clone, Debug)]
pub struct RestorePlan {
    pub from: PathBuf,
    /// A file with the master key; otherwise that beside the backup, that in the folder, or that of the environment.
    pub key: Option<PathBuf>,
}

/// What a restore came to.
#[derive(Clone, PartialEq, Debug)]
pub struct Restored {
    pub bytes: u64,
    /// What was found in the backup; all of it can be mended.
    pub findings: Vec<Finding>,
    /// Whether a master key was put into the folder.
    pub put_key: bool,
}

/// Why nothing is restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The folder has something in it.
    #[error("{} holds a database already, and nothing is written over it; name an empty folder", .0.display())]
    HasDatabase(PathBuf),
    /// The folder has another key.
    #[error("{} is another master key than that of the backup; move it away, or name another folder", .0.display())]
    HasAnotherKey(PathBuf),
    /// No key is at hand.
    #[error(
        "the backup can be read with its master key only: name the key's file with --key, or give it as LANEHOOK_MASTER_KEY"
    )]
    NoKey,
    /// The backup is damaged: what was found.
    #[error("the backup is damaged, and nothing was restored; `lanehook check` says what is wrong with it")]
    Damaged(Checked),
    /// The folder cannot be made.
    #[error("{}: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    /// A key cannot be used.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// The folder's keys cannot be used.
    #[error(transparent)]
    KeyFiles(#[from] KeyFilesError),
    /// It cannot be copied.
    #[error(transparent)]
    Copy(#[from] CopyError),
    /// The backup cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is told while a restore goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RestoreStep {
    /// This of the backup is looked at.
    Looks(&'static str),
    /// So many bytes of so many are copied.
    Copied(u64, u64),
}

/// Restores a backup into a folder without a database.
pub fn restore(
    config: &Config,
    plan: &RestorePlan,
    mut progress: impl FnMut(RestoreStep),
) -> Result<Restored, RestoreError> {
    let (folder, database) = (&config.data, config.data.join(DataFolder::DATABASE));
    let has_database = || database.exists().then(|| RestoreError::HasDatabase(folder.clone()));
    if let Some(taken) = has_database() {
        return Err(taken);
    }
    let files = KeyFiles::of(folder);
    let key = key_of(config, plan, &files)?;
    let original = Original::Still(&plan.from);
    let checked = check(&original, &key, |what| progress(RestoreStep::Looks(what)))?;
    if !checked.is_fit() {
        return Err(RestoreError::Damaged(checked));
    }
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| RestoreError::Folder { path: folder.clone(), source })?;
    // Nobody begins another one here meanwhile.
    let _lock = lock_database(&database)?;
    if let Some(taken) = has_database() {
        return Err(taken);
    }
    let put_key = config.master_key.is_none() && !files.current().exists();
    if put_key {
        files.put(&key)?;
    }
    let plan = Copy { from: original, to: &database, rate: None };
    let bytes = copy(&plan, |done, all| progress(RestoreStep::Copied(done, all)))?;
    Ok(Restored { bytes, findings: checked.findings, put_key })
}

/// The key of the backup.
fn key_of(config: &Config, plan: &RestorePlan, files: &KeyFiles) -> Result<MasterKey, RestoreError> {
    let key = key_of_backup(config, &plan.from, plan.key.as_deref())?.ok_or(RestoreError::NoKey)?;
    // A server would take that of the folder.
    let there = files.current();
    if config.master_key.is_none() && there.exists() && *MasterKey::load(&there)?.to_text() != *key.to_text() {
        return Err(RestoreError::HasAnotherKey(there));
    }
    Ok(key)
}

/// The key that a backup is opened with: that of a named file, of the environment, beside the backup, or in the data folder.
pub(super) fn key_of_backup(
    config: &Config,
    backup: &Path,
    named: Option<&Path>,
) -> Result<Option<MasterKey>, MasterKeyError> {
    let found = [key_beside(backup), KeyFiles::of(&config.data).current()].into_iter().find(|path| path.exists());
    match (named, &config.master_key, found) {
        (Some(path), ..) => MasterKey::load(path).map(Some),
        (None, Some(text), _) => MasterKey::parse(&text.0).map(Some),
        (None, None, Some(path)) => MasterKey::load(&path).map(Some),
        (None, None, None) => Ok(None),
    }
}
