//! Who is connected, and which connection makes way for another.
//!
//! Places are bounded, in all and for each client. When they are taken, the connection whose client has kept the server
//! waiting longest is closed for a new one: it is idle, or its request does not come to an end, or it does not take its
//! answer. Connections over which a request with a good key has come make way after all others, as long as they are no more than
//! half of those that could: else newcomers, who have shown no key yet, would close one another. Those whose request is being
//! done are never closed. So whoever has something to say is served, also while others hold every place and say nothing.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::sync::Notify;

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
    /// For each slot in use: whose connection it is, if that is limited, and how it hears that it is to end.
    taken: Vec<Option<(Option<IpAddr>, Arc<Closing>)>>,
    /// Connections that were not asked to make way.
    staying: usize,
    /// The same for each client; none with none is in here.
    by_client: HashMap<IpAddr, usize>,
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
                by_client: HashMap::new(),
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
        if table.staying >= self.0.limits.places && !self.close_longest_waiting(&mut table, |_| true) {
            return Err(NoPlace);
        }
        let slot = table.free.pop().ok_or(NoPlace)?;
        let closing = Arc::<Closing>::default();
        table.taken[slot] = Some((None, closing.clone()));
        table.staying += 1;
        table.belongs_to(slot, client);
        self.begins_to_wait(slot, false);
        let [serving, known, withholding, refusing] = [const { AtomicBool::new(false) }; 4];
        Ok(Place { connections: self.clone(), slot, closing, serving, known, withholding, refusing })
    }

    /// Closes the connection that waits longest for its client, if any does: there is no file left for a new one.
    pub fn make_way(&self) {
        self.close_longest_waiting(&mut self.locked(), |_| true);
    }

    fn make_room_for(&self, table: &mut Table, client: Option<IpAddr>) -> Result<(), NoPlace> {
        let Some(client) = client else { return Ok(()) };
        let has = table.by_client.get(&client).copied().unwrap_or_default();
        if has >= self.0.limits.per_client && !self.close_longest_waiting(table, |owner| owner == Some(client)) {
            return Err(NoPlace);
        }
        Ok(())
    }

    /// Asks the one of these connections to end that waits longest. Whether there was one.
    fn close_longest_waiting(&self, table: &mut Table, of: impl Fn(Option<IpAddr>) -> bool) -> bool {
        let since = self.0.since.iter().map(|since| since.load(Ordering::Relaxed)).enumerate();
        let waiting = since.filter(|&(slot, since)| since != STAYS && table.owner(slot).is_some_and(&of));
        let (mut known, mut all) = (0, 0);
        let (mut first, mut first_of_strangers) = ((u64::MAX, 0), (u64::MAX, 0));
        for (slot, since) in waiting {
            (known, all) = (known + usize::from(since & KNOWN != 0), all + 1);
            first = first.min((since & !KNOWN, slot));
            first_of_strangers = first_of_strangers.min((since, slot));
        }
        if all == 0 {
            return false;
        }
        let (_, slot) = if known > all / 2 { first } else { first_of_strangers };
        self.0.since[slot].store(STAYS, Ordering::Relaxed);
        table.stays_no_more(slot);
        if let Some((_, closing)) = &table.taken[slot] {
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
    /// Whose connection is in this slot; nothing if it is free or was asked to end.
    fn owner(&self, slot: usize) -> Option<Option<IpAddr>> {
        let (owner, closing) = self.taken[slot].as_ref()?;
        (!closing.asked.load(Ordering::Relaxed)).then_some(*owner)
    }

    fn belongs_to(&mut self, slot: usize, client: Option<IpAddr>) {
        if let (Some((owner, _)), Some(client)) = (&mut self.taken[slot], client) {
            *owner = Some(client);
            *self.by_client.entry(client).or_default() += 1;
        }
    }

    /// A connection ends or was asked to, and is counted no more.
    fn stays_no_more(&mut self, slot: usize) {
        let Some(owner) = self.owner(slot) else { return };
        self.staying -= 1;
        if let Some(client) = owner
            && let Some(count) = self.by_client.get_mut(&client)
        {
            *count -= 1;
            if *count == 0 {
                self.by_client.remove(&client);
            }
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
        if table.owner(self.slot).is_none() {
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
        self.known.store(true, Ordering::Relaxed);
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

/// What stands for a client.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

#[cfg(test)]
mod tests;
