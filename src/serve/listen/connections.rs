//! Who is connected, and which connection makes way for another.
//!
//! Places are bounded, in all and for each client. When they are taken, one of the connections is closed for a new one whose clients
//! keep the server waiting: it is idle, or its request does not come to an end, or it does not take its answer. Connections over
//! which a request with a good key has come make way after all others, as long as they are no more than half of those that
//! could: else newcomers, who have shown no key yet, would close one another. Of those without a key, one of the client that has
//! most of them makes way, and of equals the one that waits longest: so a client with few keeps them, and has the time that its line
//! takes, while others hold every place and say nothing. Connections whose request is being done are never closed.

mod clients;

use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::sync::Notify;

use self::clients::{ClientIndex, Clients};
use crate::api::network;

/// How many connections there may be at one time.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    /// Of all clients together.
    pub places: usize,
    /// Of one client: an IPv4 address, or the first 64 bits of an IPv6 address, which are one customer's.
    pub per_client: usize,
}

/// Of so many places, one more is kept for those that take the place of a connection that is being closed.
const PLACES_PER_SPARE: usize = 16;

/// The connections there are. Cheap to clone; clones share them.
#[derive(Clone)]
pub struct Connections(Arc<Shared>);

struct Shared {
    limits: ConnectionLimits,
    /// Counts how often a connection began to wait for its client: who has the lowest number waits longest.
    waits: AtomicU64,
    /// For each slot since when its connection waits, by that count; side by side, since all are looked at together.
    since: Box<[AtomicU64]>,
    table: Mutex<Table>,
}

/// Its client waits for the server, or it is closed already: it does not make way.
const STAYS: u64 = u64::MAX;
/// Added to the number of a connection whose client is known: all others make way before it.
const KNOWN: u64 = 1 << 63;

struct Table {
    free: Vec<usize>,
    /// For each slot in use.
    taken: Vec<Option<Taken>>,
    /// Connections that were not asked to make way.
    staying: usize,
    clients: Clients,
}

/// A connection in its slot.
struct Taken {
    /// Whose it is, if that is limited.
    client: Option<ClientIndex>,
    /// No request with a good key has come.
    is_stranger: bool,
    /// How it hears that it is to end.
    closing: Arc<Closing>,
}

/// How a connection hears that it is to make way.
#[derive(Default)]
struct Closing {
    asked: AtomicBool,
    wake: Notify,
}

/// A place for a connection, until it is dropped.
pub struct Place {
    connections: Connections,
    slot: usize,
    closing: Arc<Closing>,
    /// Whether the server works on a request; then whether its client withholds the rest of a body, or refuses to take more of an
    /// answer. Used by the connection's own task only.
    serving: AtomicBool,
    /// Whether a request with a good key has come.
    known: AtomicBool,
    withholding: AtomicBool,
    refusing: AtomicBool,
}

/// There is no place: every connection that could make way has something to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoPlace;

impl Connections {
    /// Without any.
    pub fn new(limits: ConnectionLimits) -> Connections {
        let slots = limits.places + limits.places / PLACES_PER_SPARE + 1;
        Connections(Arc::new(Shared {
            limits,
            waits: AtomicU64::new(0),
            since: (0..slots).map(|_| AtomicU64::new(STAYS)).collect(),
            table: Mutex::new(Table {
                free: (0..slots).rev().collect(),
                taken: (0..slots).map(|_| None).collect(),
                staying: 0,
                clients: Clients::default(),
            }),
        }))
    }

    /// A place for a new connection, which waits for its client. `client`: whose it is; none if that is not known yet, or
    /// not limited.
    ///
    /// # Errors
    /// All places are taken, of this client or of all, and none makes way.
    pub fn enter(&self, client: Option<IpAddr>) -> Result<Place, NoPlace> {
        let client = client.map(network);
        let mut table = self.locked();
        self.make_room_for(&mut table, client)?;
        if table.staying >= self.0.limits.places && !self.close_one(&mut table, None) {
            return Err(NoPlace);
        }
        let slot = table.free.pop().ok_or(NoPlace)?;
        let closing = Arc::<Closing>::default();
        table.taken[slot] = Some(Taken { client: None, is_stranger: true, closing: closing.clone() });
        table.staying += 1;
        table.belongs_to(slot, client);
        self.begins_to_wait(slot, false);
        let [serving, known, withholding, refusing] = [const { AtomicBool::new(false) }; 4];
        Ok(Place { connections: self.clone(), slot, closing, serving, known, withholding, refusing })
    }

    /// Closes a connection that waits for its client, if any does: there is no file left for a new one.
    pub fn make_way(&self) {
        self.close_one(&mut self.locked(), None);
    }

    fn make_room_for(&self, table: &mut Table, client: Option<IpAddr>) -> Result<(), NoPlace> {
        let Some(client) = client else { return Ok(()) };
        let Some(index) = table.clients.index(client) else { return Ok(()) };
        let is_full = table.clients.get(index).connections >= self.0.limits.per_client;
        if is_full && !self.close_one(table, Some(index)) {
            return Err(NoPlace);
        }
        Ok(())
    }

    /// Asks one of the connections that wait to end: of this client's, or of all. Whether there was one.
    fn close_one(&self, table: &mut Table, of: Option<ClientIndex>) -> bool {
        let since = self.0.since.iter().map(|since| since.load(Ordering::Relaxed)).enumerate();
        let (mut known, mut all) = (0, 0);
        let (mut longest, mut first_of_strangers) = ((u64::MAX, 0), (usize::MAX, u64::MAX, 0));
        for (slot, since) in since.filter(|(_, since)| *since != STAYS) {
            // One that was asked to end can have begun to wait at the same moment.
            let stays = |taken: &&Taken| !taken.closing.asked.load(Ordering::Relaxed);
            let is_wanted = |taken: &&Taken| stays(taken) && (of.is_none() || taken.client == of);
            let Some(taken) = table.taken[slot].as_ref().filter(is_wanted) else { continue };
            all += 1;
            longest = longest.min((since & !KNOWN, slot));
            if since & KNOWN != 0 {
                known += 1;
            } else {
                // Of one whose client is not known yet, or has no limit, there are no others.
                let strangers = taken.client.map_or(1, |client| table.clients.get(client).strangers);
                first_of_strangers = first_of_strangers.min((usize::MAX - strangers, since, slot));
            }
        }
        if all == 0 {
            return false;
        }
        let slot = if known > all / 2 { longest.1 } else { first_of_strangers.2 };
        self.0.since[slot].store(STAYS, Ordering::Relaxed);
        table.stays_no_more(slot);
        if let Some(Taken { closing, .. }) = &table.taken[slot] {
            closing.asked.store(true, Ordering::Relaxed);
            closing.wake.notify_one();
        }
        true
    }

    fn begins_to_wait(&self, slot: usize, known: bool) {
        let number = self.0.waits.fetch_add(1, Ordering::Relaxed);
        self.0.since[slot].store(if known { KNOWN | number } else { number }, Ordering::Relaxed);
    }

    fn locked(&self) -> MutexGuard<'_, Table> {
        self.0.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    /// The connection in this slot, unless there is none or it was asked to end.
    fn staying(&mut self, slot: usize) -> Option<&mut Taken> {
        self.taken[slot].as_mut().filter(|taken| !taken.closing.asked.load(Ordering::Relaxed))
    }

    fn belongs_to(&mut self, slot: usize, client: Option<IpAddr>) {
        if let (Some(taken), Some(client)) = (&mut self.taken[slot], client) {
            taken.client = Some(self.clients.enters(client, taken.is_stranger));
        }
    }

    fn is_known(&mut self, slot: usize) {
        let Some(taken) = self.staying(slot) else { return };
        let was_stranger = std::mem::replace(&mut taken.is_stranger, false);
        if let Some(client) = taken.client.filter(|_| was_stranger) {
            self.clients.is_known(client);
        }
    }

    /// A connection ends or was asked to, and is counted no more.
    fn stays_no_more(&mut self, slot: usize) {
        let Some(taken) = self.staying(slot) else { return };
        let (client, is_stranger) = (taken.client, taken.is_stranger);
        self.staying -= 1;
        if let Some(client) = client {
            self.clients.leaves(client, is_stranger);
        }
    }
}

impl Place {
    /// It is known now whose connection it is.
    ///
    /// # Errors
    /// All places of this client are taken, and none makes way.
    pub fn is_of(&self, client: IpAddr) -> Result<(), NoPlace> {
        let client = Some(network(client));
        let mut table = self.connections.locked();
        if table.staying(self.slot).is_none() {
            return Err(NoPlace);
        }
        self.connections.make_room_for(&mut table, client)?;
        table.belongs_to(self.slot, client);
        Ok(())
    }

    /// A request has come whole, as far as its head goes; or its answer was taken over to be sent.
    pub fn serves(&self, serving: bool) {
        self.serving.store(serving, Ordering::Relaxed);
        self.waits_or_not();
    }

    /// A request has come with a good key.
    pub fn is_known(&self) {
        if !self.known.swap(true, Ordering::Relaxed) {
            self.connections.locked().is_known(self.slot);
        }
    }

    /// Whether more of a body is to come before anything goes on.
    pub fn withholds(&self, withholding: bool) {
        self.now(&self.withholding, withholding);
    }

    /// Whether the client takes no more of an answer.
    pub fn refuses(&self, refusing: bool) {
        self.now(&self.refusing, refusing);
    }

    fn now(&self, flag: &AtomicBool, raised: bool) {
        if flag.swap(raised, Ordering::Relaxed) != raised {
            self.waits_or_not();
        }
    }

    /// Returns when the connection is to be closed for another. Cancel-safe.
    pub async fn makes_way(&self) {
        loop {
            self.closing.wake.notified().await;
            // One whose request came meanwhile answers it first.
            if self.waits() {
                return;
            }
        }
    }

    fn waits(&self) -> bool {
        let is = |flag: &AtomicBool| flag.load(Ordering::Relaxed);
        !is(&self.serving) || is(&self.withholding) || is(&self.refusing)
    }

    fn waits_or_not(&self) {
        if self.closing.asked.load(Ordering::Relaxed) {
            self.closing.wake.notify_one();
        } else if self.waits() {
            self.connections.begins_to_wait(self.slot, self.known.load(Ordering::Relaxed));
        } else {
            self.connections.0.since[self.slot].store(STAYS, Ordering::Relaxed);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut table = self.connections.locked();
        table.stays_no_more(self.slot);
        self.connections.0.since[self.slot].store(STAYS, Ordering::Relaxed);
        table.taken[self.slot] = None;
        table.free.push(self.slot);
    }
}

#[cfg(test)]
mod tests;
