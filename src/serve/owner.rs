//! The owner's door: a socket in the data folder, by which whoever owns that folder orders an API key of the running server, or another
//! master key. While none runs, it is done in the store itself. So a key that was lost can be replaced without a key.

use std::{
    fs, io,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{UnixListener, UnixStream},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{
    data_folder::DataFolder,
    error::StartError,
    rotation::{GivenKeys, Rotated, RotationError, rotate},
};
use crate::{
    access::{Access, AccessError, AccessLimits},
    clock::Clock,
    config::Config,
    store::{Keeping, Lifecycle as _, sqlite::SqliteStore},
};

/// The socket's name in the data folder.
const SOCKET: &str = "owner.sock";
/// The most bytes of an order or its answer.
const MOST_BYTES: u64 = 16 << 10;
/// How long an order, or its answer, may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to leave accepting alone when that fails, such as for want of a file.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(100);

/// The key that is wished: with every scope that it can have.
#[derive(Serialize, Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub struct KeyWish {
    /// The name that people see.
    pub name: String,
    /// Whose it is to be; an operator's, if nothing is said.
    pub tenant: Option<String>,
}

/// What can be ordered.
#[derive(Serialize, Deserialize)]
pub(super) enum Order {
    #[serde(rename = "key")]
    Key(KeyWish),
    #[serde(rename = "rotate")]
    Rotate(Option<GivenKeys>),
}

/// What the door answers.
#[derive(Serialize, Deserialize)]
pub(super) enum Answer {
    #[serde(rename = "key")]
    Made(String),
    #[serde(rename = "rotated")]
    Rotated(Rotated),
    #[serde(rename = "error")]
    Refused(String),
}

impl Answer {
    /// Why it is not what was ordered.
    fn refusal(self) -> OwnerError {
        OwnerError::Refused(match self {
            Answer::Refused(why) => why,
            Answer::Made(_) | Answer::Rotated(_) => "it answered something else than it was asked".to_owned(),
        })
    }
}

/// Why an order is not done.
#[derive(Debug, thiserror::Error)]
pub enum OwnerError {
    /// The folder is none of a server's.
    #[error("{} is no data folder of lanehook: name the server's with --data, or its settings with --config", .0.display())]
    NoData(PathBuf),
    /// The store cannot be opened.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The key cannot be as it is wished.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The master key stays.
    #[error(transparent)]
    Rotation(#[from] RotationError),
    /// The running server says so.
    #[error("{0}")]
    Refused(String),
    /// The running server does not answer.
    #[error("the running server does not answer at {}: {error}", .socket.display())]
    NoAnswer { socket: PathBuf, error: io::Error },
}

/// Makes a key: by the running server, or in the store if none runs. Returns its text.
pub async fn make_key(config: &Config, wish: KeyWish) -> Result<String, OwnerError> {
    match order(&config.data, &Order::Key(wish.clone())).await? {
        Some(Answer::Made(key)) => return Ok(key),
        Some(answer) => return Err(answer.refusal()),
        None => {}
    }
    if !config.data.join(DataFolder::DATABASE).exists() {
        return Err(OwnerError::NoData(config.data.clone()));
    }
    let store = open(&DataFolder::open(config)?)?;
    let made =
        Access::new(store.clone(), AccessLimits::default()).make_owners_key(&wish.name, wish.tenant.as_deref()).await;
    store.close().await;
    Ok(made?.text)
}

/// Rotates the master key: by the running server, or in the store if none runs. `next`: a file with the next one, where the key is given
/// in the environment.
pub async fn rotate_master_key(config: &Config, next: Option<&Path>) -> Result<Rotated, OwnerError> {
    match order(&config.data, &Order::Rotate(GivenKeys::of(config, next)?)).await? {
        Some(Answer::Rotated(rotated)) => return Ok(rotated),
        Some(answer) => return Err(answer.refusal()),
        None => {}
    }
    let store = open(&DataFolder::existing(config).map_err(RotationError::from)?)?;
    let rotated = rotate(&config.data, &*store, GivenKeys::of(config, next)?, Clock::system().now()).await;
    store.close().await;
    Ok(rotated?)
}

fn open(folder: &DataFolder) -> Result<Arc<SqliteStore>, OwnerError> {
    let store = SqliteStore::open(&folder.database, &folder.master_key, Clock::system()).map_err(StartError::from)?;
    Ok(Arc::new(store))
}

/// Has the server of this folder do it; nothing if none runs.
pub(super) async fn order(folder: &Path, order: &Order) -> Result<Option<Answer>, OwnerError> {
    let socket = folder.join(SOCKET);
    let Ok(stream) = UnixStream::connect(&socket).await else { return Ok(None) };
    // The server gives up first, and says so in its log.
    let answer =
        timeout(2 * PATIENCE, ask(stream, order)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    answer.map(Some).map_err(|error| OwnerError::NoAnswer { socket, error })
}

async fn ask(mut stream: UnixStream, order: &Order) -> io::Result<Answer> {
    stream.write_all(&serde_json::to_vec(order)?).await?;
    stream.shutdown().await?;
    let mut answer = Vec::new();
    stream.take(MOST_BYTES).read_to_end(&mut answer).await?;
    Ok(serde_json::from_slice(&answer)?)
}

/// Who does what is ordered.
pub(super) struct Servant {
    pub access: Access,
    pub store: Arc<dyn Keeping>,
    pub folder: PathBuf,
    pub clock: Clock,
}

impl Servant {
    async fn obey(&self, order: Order) -> Answer {
        match order {
            Order::Key(wish) => match self.access.make_owners_key(&wish.name, wish.tenant.as_deref()).await {
                Ok(made) => Answer::Made(made.text),
                Err(error) => Answer::Refused(error.to_string()),
            },
            Order::Rotate(given) => match rotate(&self.folder, &*self.store, given, self.clock.now()).await {
                Ok(rotated) => Answer::Rotated(rotated),
                Err(error) => Answer::Refused(error.to_string()),
            },
        }
    }
}

/// The door, while a server runs. Closed when it is dropped.
pub(super) struct Door {
    listener: UnixListener,
    path: PathBuf,
}

impl Door {
    /// In this folder, which is this server's alone. None if the system has no socket there, as where its path is too long:
    /// a server without a door is one all the same.
    pub fn open(folder: &Path) -> Option<Door> {
        let path = folder.join(SOCKET);
        // Of a server that was killed.
        let _ = fs::remove_file(&path);
        let listener = UnixListener::bind(&path).and_then(|listener| {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
            Ok(listener)
        });
        match listener {
            Ok(listener) => Some(Door { listener, path }),
            Err(error) => {
                let socket = path.display();
                tracing::warn!(%error, %socket, "while this server runs, `lanehook keys create` and `lanehook rotate-master-key` will not work");
                None
            }
        }
    }

    /// Answers one order after another, until it is stopped.
    pub async fn answer(self, servant: Servant, stop: CancellationToken) {
        let serve = async {
            loop {
                match self.listener.accept().await {
                    Ok((stream, _)) if is_owners(&stream) => {
                        let answered = timeout(PATIENCE, answer(stream, &servant)).await;
                        if let Err(error) = answered.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
                            tracing::warn!(%error, "an order of the owner's was not answered; if a key was made for it, nobody has its text: revoke it");
                        }
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, "an order of the owner's could not be accepted");
                        tokio::time::sleep(EXHAUSTED_PAUSE).await;
                    }
                }
            }
        };
        stop.run_until_cancelled(serve).await;
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether this server's user is at the other end, or root: whatever the socket's mode is.
fn is_owners(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == own || peer.uid() == 0)
}

async fn answer(mut stream: UnixStream, servant: &Servant) -> io::Result<()> {
    let mut order = Vec::new();
    (&mut stream).take(MOST_BYTES).read_to_end(&mut order).await?;
    let answer = servant.obey(serde_json::from_slice(&order)?).await;
    stream.write_all(&serde_json::to_vec(&answer)?).await
}
