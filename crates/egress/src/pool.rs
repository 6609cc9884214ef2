//! Connections that are kept for the next request. One that is idle enters or leaves; nothing survives a crash.
//!
//! An HTTP/1 connection belongs to one request at a time, so the request's own task drives it: no task, no channel
//! between threads and no wake-up of another task per request. While it is idle nobody polls it, and it is looked at
//! when it is taken out: one that the server has closed by then is dropped, before anything was written to it.
//! An HTTP/2 connection is shared by several requests and has a task.

use std::{
    collections::HashMap,
    future::{Future as _, poll_fn},
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Waker},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};

use crate::connect::{Opened, Origin, Stream};

/// Of an answer's head: its bytes. (hyper takes 100 headers at most.)
const LARGEST_HEAD: usize = 64 * 1024;
/// Unread bytes that an HTTP/2 server may have under way, per request and per connection.
const STREAM_WINDOW: u32 = 64 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// Requests on one HTTP/2 connection at a time, if the server allows more.
const MOST_STREAMS: usize = 100;
/// How often idle connections are looked through.
const SWEEP: Duration = Duration::from_secs(10);

/// How many connections are kept, and for how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolLimits {
    /// Idle HTTP/1 connections that are kept for each host and port.
    pub idle_per_host: usize,
    /// Idle HTTP/1 connections that are kept in all; each is an open file.
    pub idle_total: usize,
    /// How long a connection is kept idle.
    pub idle_for: Duration,
}

impl Default for PoolLimits {
    /// 256 for each host and port, 2048 in all, 55 seconds: under the minute after which many servers close theirs.
    fn default() -> PoolLimits {
        PoolLimits { idle_per_host: 256, idle_total: 2048, idle_for: Duration::from_secs(55) }
    }
}

/// All kept connections.
pub(crate) struct Pool {
    limits: PoolLimits,
    peers: Mutex<HashMap<Origin, Arc<Peer>>>,
    idle: AtomicUsize,
    swept: AtomicBool,
    /// Which pool this is.
    id: u64,
}

/// The connections to one origin.
pub(crate) struct Peer {
    pub origin: Origin,
    /// The pool's id.
    pool: u64,
    connections: Mutex<Connections>,
}

#[derive(Default)]
struct Connections {
    /// The last one used is the first one taken: the others can grow old.
    #[expect(clippy::vec_box, reason = "a connection is large, and goes in and out boxed")]
    idle: Vec<Box<Single>>,
    shared: Vec<Arc<Shared>>,
}

/// An HTTP/1 connection.
pub(crate) struct Single {
    pub sender: http1::SendRequest<Full<Bytes>>,
    driver: http1::Connection<TokioIo<Stream>, Full<Bytes>>,
    finished: bool,
    pub remote: SocketAddr,
    since: Instant,
}

/// An HTTP/2 connection.
pub(crate) struct Shared {
    sender: http2::SendRequest<Full<Bytes>>,
    remote: SocketAddr,
    active: AtomicUsize,
    /// How many may be active. A request beyond that would wait inside hyper for another one, perhaps for
    /// somebody else, to end.
    room: Arc<AtomicUsize>,
    retired: AtomicBool,
    since: Mutex<Instant>,
}

/// A request's place on an HTTP/2 connection, until it is dropped.
pub(crate) struct Lease {
    shared: Arc<Shared>,
    answered: bool,
}

/// A connection to send one request on.
pub(crate) enum Connection {
    Single(Box<Single>),
    Shared(Lease),
}

impl Pool {
    pub fn new(limits: PoolLimits) -> Arc<Pool> {
        static POOLS: AtomicU64 = AtomicU64::new(0);
        Arc::new(Pool {
            limits,
            peers: Mutex::default(),
            idle: AtomicUsize::new(0),
            swept: AtomicBool::new(false),
            id: POOLS.fetch_add(1, Ordering::Relaxed),
        })
    }

    /// The connections to this origin. Hold on to it: the look-up is not free.
    pub fn peer(&self, origin: Origin) -> Arc<Peer> {
        let mut peers = locked(&self.peers);
        peers
            .entry(origin)
            .or_insert_with_key(|origin| {
                Arc::new(Peer { origin: origin.clone(), pool: self.id, connections: Mutex::default() })
            })
            .clone()
    }

    /// How many connections are idle.
    pub fn idle(&self) -> usize {
        self.idle.load(Ordering::Relaxed)
    }

    /// Whether the peer is one of this pool.
    pub fn owns(&self, peer: &Peer) -> bool {
        peer.pool == self.id
    }

    /// A connection that is there and, as far as can be told, usable.
    pub fn take(&self, peer: &Peer) -> Option<Connection> {
        loop {
            let mut kept = locked(&peer.connections);
            if let Some(mut single) = kept.idle.pop() {
                drop(kept);
                self.idle.fetch_sub(1, Ordering::Relaxed);
                if single.since.elapsed() < self.limits.idle_for && single.is_ready() {
                    return Some(Connection::Single(single));
                }
                continue;
            }
            kept.shared.retain(|shared| shared.is_open());
            return kept.shared.iter().find_map(Shared::lease).map(Connection::Shared);
        }
    }

    /// Speaks HTTP on a new connection.
    pub async fn start(self: &Arc<Self>, peer: &Peer, opened: Opened) -> Result<Connection, hyper::Error> {
        self.keep_sweeping();
        let Opened { stream, remote, http2 } = opened;
        let io = TokioIo::new(stream);
        if !http2 {
            let (sender, driver) = http1::Builder::new().max_buf_size(LARGEST_HEAD).handshake(io).await?;
            let single = Single { sender, driver, finished: false, remote, since: Instant::now() };
            return Ok(Connection::Single(Box::new(single)));
        }
        let (sender, mut driver) = http2::Builder::new(TokioExecutor::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .max_header_list_size(LARGEST_HEAD as u32)
            .handshake(io)
            .await?;
        let shared = Arc::new(Shared {
            sender,
            remote,
            active: AtomicUsize::new(1),
            room: Arc::new(AtomicUsize::new(MOST_STREAMS)),
            retired: AtomicBool::new(false),
            since: Mutex::new(Instant::now()),
        });
        // Ends when the connection does, or when its last sender is dropped. Its error reaches the requests on it.
        let room = shared.room.clone();
        tokio::spawn(poll_fn(move |cx| {
            let done = Pin::new(&mut driver).poll(cx);
            room.store(driver.current_max_send_streams().clamp(1, MOST_STREAMS), Ordering::Relaxed);
            done
        }));
        let mut kept = locked(&peer.connections);
        // Many requests may have found nothing and connected at the same time; one connection is enough for later.
        if !kept.shared.iter().any(|other| other.is_open() && other.has_room()) {
            kept.shared.push(shared.clone());
        }
        Ok(Connection::Shared(Lease { shared, answered: false }))
    }

    /// Keeps a connection whose request is done, if it can take another.
    pub fn put_back(&self, peer: &Peer, mut single: Box<Single>) {
        if !single.is_ready() || self.idle.load(Ordering::Relaxed) >= self.limits.idle_total {
            return;
        }
        single.since = Instant::now();
        let mut kept = locked(&peer.connections);
        if kept.idle.len() < self.limits.idle_per_host {
            kept.idle.push(single);
            self.idle.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Drops what was idle for too long, and forgets origins that nobody sends to.
    fn sweep(&self) {
        let mut peers = locked(&self.peers);
        peers.retain(|_, peer| {
            let mut kept = locked(&peer.connections);
            let before = kept.idle.len();
            kept.idle.retain_mut(|single| single.since.elapsed() < self.limits.idle_for && single.is_ready());
            self.idle.fetch_sub(before - kept.idle.len(), Ordering::Relaxed);
            kept.shared.retain(|shared| shared.is_open() && !shared.idle_for(self.limits.idle_for));
            Arc::strong_count(peer) > 1 || !kept.idle.is_empty() || !kept.shared.is_empty()
        });
    }

    /// Starts the sweeper with the first connection, or the next one after it has ended by a defect or with its runtime. It ends
    /// with the pool.
    fn keep_sweeping(self: &Arc<Self>) {
        if self.swept.load(Ordering::Relaxed) || self.swept.swap(true, Ordering::Relaxed) {
            return;
        }
        let sweeper = Sweeper(Arc::downgrade(self));
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(SWEEP).await;
                let Some(pool) = sweeper.pool() else { return };
                pool.sweep();
            }
        });
    }
}

/// Whose end is noted, however it comes.
struct Sweeper(Weak<Pool>);

impl Sweeper {
    /// As long as anybody else has it.
    fn pool(&self) -> Option<Arc<Pool>> {
        self.0.upgrade()
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        if let Some(pool) = self.pool() {
            pool.swept.store(false, Ordering::Relaxed);
        }
    }
}

impl Connection {
    pub fn is_http2(&self) -> bool {
        matches!(self, Connection::Shared(_))
    }
}

impl Single {
    /// Moves bytes in both directions, as far as possible now.
    pub fn drive(&mut self, cx: &mut Context<'_>) {
        if !self.finished {
            // Its error is handed to the request as well.
            self.finished = Pin::new(&mut self.driver).poll(cx).is_ready();
        }
    }

    /// Whether it is between two requests and open, after taking in what the server did meanwhile.
    fn is_ready(&mut self) -> bool {
        self.drive(&mut Context::from_waker(Waker::noop()));
        !self.finished && self.sender.is_ready()
    }
}

impl Shared {
    fn is_open(&self) -> bool {
        !self.retired.load(Ordering::Relaxed) && !self.sender.is_closed()
    }

    fn has_room(&self) -> bool {
        self.active.load(Ordering::Relaxed) < self.room.load(Ordering::Relaxed)
    }

    /// Called under the peer's lock, so that two requests do not take the same last place.
    fn lease(self: &Arc<Self>) -> Option<Lease> {
        if !self.has_room() {
            return None;
        }
        self.active.fetch_add(1, Ordering::Relaxed);
        Some(Lease { shared: self.clone(), answered: false })
    }

    fn idle_for(&self, span: Duration) -> bool {
        self.active.load(Ordering::Relaxed) == 0 && locked(&self.since).elapsed() >= span
    }
}

impl Lease {
    pub fn sender(&self) -> http2::SendRequest<Full<Bytes>> {
        self.shared.sender.clone()
    }

    pub fn remote(&self) -> SocketAddr {
        self.shared.remote
    }

    /// The connection is alive: an answer came over it.
    pub fn answered(&mut self) {
        self.answered = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.answered {
            // It may be dead without having told; requests to come go over another.
            self.shared.retired.store(true, Ordering::Relaxed);
        }
        *locked(&self.shared.since) = Instant::now();
        self.shared.active.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Nothing that is guarded here can be left half-changed by a panic.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweeper_that_has_ended_is_followed_by_another() {
        let pool = Pool::new(PoolLimits::default());
        let is_swept_in = |runtime: &tokio::runtime::Runtime| {
            runtime.block_on(async { pool.keep_sweeping() });
            pool.swept.load(Ordering::Relaxed)
        };
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let first = runtime();
        assert!(is_swept_in(&first));
        drop(first);
        assert!(!pool.swept.load(Ordering::Relaxed));
        assert!(is_swept_in(&runtime()));
    }
}
