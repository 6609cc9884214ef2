//! Connections that are kept for the next request. One that is idle enters or leaves; nothing survives a crash.
//!
//! No connection serves two owners: what one of them makes a receiver do to a connection, nobody else is to notice. An
//! HTTP/1 connection ([`Single`]) serves one request at a time, so an owner's targets share those to an origin. An HTTP/2
//! connection ([`Shared`]) serves several, and a receiver that leaves the body of one unread keeps the others waiting: so it
//! belongs to one target, and ends with it.

mod place;
mod room;
mod shared;
mod single;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use hyper_util::rt::TokioIo;

use self::{
    place::Http2Place,
    room::Room,
    shared::{Lease, Shared},
};
pub(crate) use self::{shared::KEPT_OUT_LOOK, single::Single};
use crate::{
    clock::Clock,
    connect::{Opened, Origin},
    lock::locked,
    owner::Owner,
};

/// HTTP/2 connections of one owner to one origin; those beyond speak HTTP/1.1, and are for all of the owner's targets there.
const MOST_SHARED: usize = 16;

/// How often idle connections are looked through.
const SWEEP: Duration = Duration::from_secs(10);

/// How many connections are kept, and for how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PoolLimits {
    /// Idle HTTP/1 connections that are kept for each owner, host and port.
    pub idle_per_host: usize,
    /// Idle connections that are kept in all; each is an open file. An owner keeps no more of them than are left.
    pub idle_total: usize,
    /// How long a connection is kept idle.
    pub idle_for: Duration,
}

impl Default for PoolLimits {
    /// 256 for each owner, host and port, 2048 in all, 55 seconds: under the minute after which many servers close theirs.
    fn default() -> PoolLimits {
        PoolLimits { idle_per_host: 256, idle_total: 2048, idle_for: Duration::from_secs(55) }
    }
}

/// All kept connections.
pub(crate) struct Pool {
    limits: PoolLimits,
    keepers: Mutex<Keepers>,
    /// Targets that may have HTTP/2 connections.
    peers: Mutex<Vec<Weak<Peer>>>,
    idle: Arc<AtomicUsize>,
    swept: AtomicBool,
    /// Which pool this is.
    id: u64,
}

#[derive(Default)]
struct Keepers {
    of_origin: HashMap<(Origin, Owner), Arc<Keeper>>,
    rooms: HashMap<Owner, Arc<Room>>,
}

/// What an owner keeps of connections to one origin, for all of its targets there.
struct Keeper {
    origin: Origin,
    /// The last one used is the first one taken: the others can grow old.
    #[expect(clippy::vec_box, reason = "a connection is large, and goes in and out boxed")]
    idle: Mutex<Vec<Box<Single>>>,
    room: Arc<Room>,
    /// How many connections of HTTP/2 are open or being made.
    shared: Arc<AtomicUsize>,
    /// The server has said that it takes requests over HTTP/1.1 only.
    http1_only: AtomicBool,
    /// It does not speak HTTP/1.1.
    http2_only: AtomicBool,
}

/// The connections of one target.
pub(crate) struct Peer {
    keeper: Arc<Keeper>,
    /// The pool's id.
    pool: u64,
    sharing: Mutex<Sharing>,
}

#[derive(Default)]
struct Sharing {
    connections: Vec<Arc<Shared>>,
    /// The sweeper looks at them.
    is_swept: bool,
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
            keepers: Mutex::default(),
            peers: Mutex::default(),
            idle: Arc::default(),
            swept: AtomicBool::new(false),
            id: POOLS.fetch_add(1, Ordering::Relaxed),
        })
    }

    /// The connections of a new target of this owner.
    pub fn peer(&self, origin: Origin, owner: Owner) -> Arc<Peer> {
        let mut keepers = locked(&self.keepers);
        let Keepers { of_origin, rooms } = &mut *keepers;
        let keeper = of_origin.entry((origin, owner)).or_insert_with_key(|(origin, _)| {
            let new = || Arc::new(Room::new(self.idle.clone(), self.limits.idle_total));
            let (origin, room) = (origin.clone(), rooms.entry(owner).or_insert_with(new).clone());
            let (idle, shared, http1_only, http2_only) = Default::default();
            Arc::new(Keeper { origin, idle, room, shared, http1_only, http2_only })
        });
        Arc::new(Peer { keeper: keeper.clone(), pool: self.id, sharing: Mutex::default() })
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
    pub fn take(&self, peer: &Peer, clock: &impl Clock) -> Option<Connection> {
        loop {
            let Some(mut single) = locked(&peer.keeper.idle).pop() else { break };
            peer.keeper.room.give_back();
            if !single.is_old(self.limits.idle_for) && single.is_ready() {
                return Some(Connection::Single(single));
            }
        }
        let mut sharing = locked(&peer.sharing);
        if sharing.connections.is_empty() {
            return None;
        }
        sharing.connections.retain(|shared| shared.is_open());
        let now = clock.now();
        sharing.connections.iter().find_map(|shared| shared.lease(now)).map(Connection::Shared)
    }

    /// Speaks HTTP on a new connection: HTTP/2 only with a place for it.
    pub async fn start(
        self: &Arc<Self>,
        peer: &Arc<Peer>,
        opened: Opened,
        place: Option<Http2Place>,
    ) -> Result<Connection, hyper::Error> {
        self.keep_sweeping();
        let Opened { stream, remote, http2 } = opened;
        let wire = stream.wire();
        let io = TokioIo::new(stream);
        let Some(place) = place.filter(|_| http2) else {
            return Ok(Connection::Single(Box::new(Single::start(io, wire, remote).await?)));
        };
        let (shared, lease) = Shared::start(io, wire, remote, peer.keeper.room.clone(), place).await?;
        let is_new = {
            let mut sharing = locked(&peer.sharing);
            // Many requests may have found nothing and connected at the same time; one connection is enough for later.
            if !sharing.connections.iter().any(|other| other.is_open() && other.has_room()) {
                sharing.connections.push(shared);
            }
            !std::mem::replace(&mut sharing.is_swept, true)
        };
        if is_new {
            locked(&self.peers).push(Arc::downgrade(peer));
        }
        Ok(Connection::Shared(lease))
    }

    /// Keeps a connection whose request is done, if it can take another.
    pub fn put_back(&self, peer: &Peer, mut single: Box<Single>) {
        single.rests();
        if single.is_old(self.limits.idle_for) || !single.is_ready() || !peer.keeper.room.take() {
            return;
        }
        let mut idle = locked(&peer.keeper.idle);
        if idle.len() < self.limits.idle_per_host {
            idle.push(single);
        } else {
            peer.keeper.room.give_back();
        }
    }

    /// Drops what was idle for too long, and forgets origins and owners that nobody sends to or for.
    fn sweep(&self) {
        locked(&self.peers).retain(|peer| peer.upgrade().is_some_and(|peer| peer.sweep(self.limits.idle_for)));
        let mut keepers = locked(&self.keepers);
        keepers.of_origin.retain(|_, keeper| {
            keeper.sweep(self.limits.idle_for);
            Arc::strong_count(keeper) > 1 || !locked(&keeper.idle).is_empty()
        });
        keepers.rooms.retain(|_, room| Arc::strong_count(room) > 1);
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

impl Peer {
    pub fn origin(&self) -> &Origin {
        &self.keeper.origin
    }

    /// From now on, connections to this origin speak HTTP/1.1.
    pub fn requires_http1(&self) {
        self.keeper.http1_only.store(true, Ordering::Relaxed);
    }

    /// HTTP/1.1 alone was offered, and refused: whether HTTP/2 is worth an offer then.
    pub fn lacks_http1(&self) -> bool {
        self.keeper.http2_only.store(true, Ordering::Relaxed);
        !self.keeper.http1_only.load(Ordering::Relaxed)
    }

    /// A place for a connection of HTTP/2, if that may be offered. Where nothing else is spoken, there is no bound.
    pub fn http2_place(&self) -> Option<Http2Place> {
        let Keeper { http1_only, http2_only, shared, .. } = &*self.keeper;
        if http1_only.load(Ordering::Relaxed) {
            return None;
        }
        let most = if http2_only.load(Ordering::Relaxed) { usize::MAX } else { MOST_SHARED };
        // Before connecting: many may do so at one time.
        Http2Place::take(shared, most)
    }

    /// Tells whether any connection is left to be swept.
    fn sweep(&self, longest: Duration) -> bool {
        let mut sharing = locked(&self.sharing);
        sharing.connections.retain(|shared| shared.is_open() && !shared.is_idle_for(longest));
        sharing.is_swept = !sharing.connections.is_empty();
        sharing.is_swept
    }
}

impl Keeper {
    fn sweep(&self, longest: Duration) {
        locked(&self.idle).retain_mut(|single| {
            let stays = !single.is_old(longest) && single.is_ready();
            if !stays {
                self.room.give_back();
            }
            stays
        });
    }
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
