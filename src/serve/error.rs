//! Why a server does not start, in sentences for its operator.

use std::{io, net::SocketAddr, path::PathBuf};

use lanehook_egress::{BuildError, ResolveError};

use super::{files::TooFewFiles, key_files::KeyFilesError, listen::TlsFileError};
use crate::{
    access::AccessError,
    mail::MailerError,
    store::{StoreError, seal::MasterKeyError},
};

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("the data folder {}: {source}", path.display())]
    Folder { path: PathBuf, source: io::Error },
    /// The master key cannot be used.
    #[error(transparent)]
    MasterKey(#[from] MasterKeyError),
    /// Its files are not as they must be.
    #[error(transparent)]
    KeyFiles(#[from] KeyFilesError),
    /// A key is there, and the database that was made with it is not.
    #[error(
        "{} is missing or empty, and the master key beside it says that there was one; restore it from a copy, or, if its data is \
         to be given up, move {} away and start again", database.display(), key.display()
    )]
    NoDatabase { key: PathBuf, database: PathBuf },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Too few files can be open.
    #[error("{0}")]
    Files(#[from] TooFewFiles),
    /// Nobody could call it.
    #[error("the operator's key: {0}")]
    OperatorKey(#[from] AccessError),
    /// The API cannot be served by TLS.
    #[error(transparent)]
    Tls(#[from] TlsFileError),
    /// Requests cannot be sent.
    #[error(transparent)]
    Sender(#[from] BuildError),
    /// Mail cannot be sent.
    #[error(transparent)]
    Mail(#[from] MailerError),
    /// There is nobody to do what takes long.
    #[error("threads for work that takes long: {0}")]
    Threads(io::Error),
    /// Names cannot be resolved.
    #[error("the resolver: {0}")]
    Resolver(#[from] ResolveError),
    /// The address cannot be listened at.
    #[error("cannot listen at {address}: {source}; choose another with {flag}")]
    Listen { address: SocketAddr, flag: &'static str, source: io::Error },
}
