//! What was committed, told to those who watch.
//!
//! Whoever commits tells what happened ([`Live::tell`]); readers take it in their own time ([`LiveReader`]). In between is a short
//! log for each tenant that somebody watches or has just watched, in which each reader has its place: so a reader that is slow
//! holds nothing, and one that comes back within minutes goes on where it was. Nothing is gathered for tenants that nobody
//! watches. All logs together are bounded; what drops out of one is counted, by that tenant's own count, so that no reader learns how
//! much happens to others.
//!
//! Nothing here survives a restart. A place ([`LivePlace`]) tells its log from all others, and up to which serial things were told:
//! from there on the store can be asked.

mod happening;
mod place;
mod reader;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;

pub use self::{
    happening::{
        AttemptSeen, DeliveryMoved, DeliveryTold, EventTold, Happening, HealthTold, InspectorTold, Told, WebhookChange,
        WebhookTold, What,
    },
    place::LivePlace,
    reader::{LiveItem, LiveReader, Taken},
};
use crate::{
    budget::fair_part,
    model::{Serial, TenantKey},
};

/// Things that all logs together hold, of about 700 bytes with how they are shown.
const MOST_HELD: usize = 1 << 16;
/// Readers of all tenants together. Of what is left a tenant takes no more than it leaves.
const MOST_READERS: usize = 256;
/// How long things are gathered for readers that have gone and may come back.
const LINGERS: Duration = Duration::from_secs(300);
/// How often it is looked for logs that nobody comes back to.
const SWEEPS: Duration = Duration::from_secs(10);

/// Who watches, and what they have yet to be told. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct Live(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Whether there is any log, for those who have nothing to gather otherwise.
    is_watched: AtomicBool,
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    held: usize,
    readers: usize,
}

#[derive(Debug)]
struct State {
    /// By whose it is; that of all tenants under [`TenantKey::ALL`].
    logs: BTreeMap<TenantKey, Log>,
    held: usize,
    readers: usize,
    /// No other log has this name.
    next_name: u64,
    next_sweep: Duration,
    is_closed: bool,
}

/// What happened lately to one tenant, or to all.
#[derive(Debug)]
struct Log {
    name: u64,
    /// In order.
    entries: VecDeque<Entry>,
    /// The number of the first of them.
    first: u64,
    /// All that was made up to here is told, but for what was being written when the log began.
    upto: Serial,
    readers: usize,
    /// Since when it is known that nobody reads it.
    unread_since: Option<Duration>,
    wake: watch::Sender<()>,
}

#[derive(Clone, Debug)]
struct Entry {
    upto: Serial,
    told: Arc<Told>,
}

/// Whose things are to be told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Watched(BTreeSet<TenantKey>);

impl Watched {
    /// Whether this tenant's are.
    pub fn has(&self, tenant: TenantKey) -> bool {
        self.0.contains(&tenant) || self.0.contains(&TenantKey::ALL)
    }
}

/// There are as many readers as may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("there are as many readers as may be")]
pub struct TooManyReaders {
    /// Whether they are the tenant's own.
    pub of_tenant: bool,
}

impl Live {
    /// Nobody watches yet. `name`: by chance, so that no log is called like one of before a restart.
    pub fn new(name: u64) -> Live {
        Live::of(name, Limits { held: MOST_HELD, readers: MOST_READERS })
    }

    fn of(name: u64, limits: Limits) -> Live {
        let state = State {
            logs: BTreeMap::new(),
            held: 0,
            readers: 0,
            next_name: name.max(1),
            next_sweep: Duration::ZERO,
            is_closed: false,
        };
        Live(Arc::new(Inner { is_watched: AtomicBool::new(false), limits, state: Mutex::new(state) }))
    }

    /// Whose things are to be told, if anybody's are. Asked after a commit: who begins to watch later finds it in the store.
    pub fn watched(&self) -> Option<Watched> {
        self.0.is_watched.load(Ordering::SeqCst).then(|| Watched(self.locked().logs.keys().copied().collect()))
    }

    /// Tells what happened, in order: what made a serial with that. `passed`: by the clock that only grows.
    pub fn tell(&self, passed: Duration, happened: Vec<(Option<Serial>, Happening)>) {
        let mut state = self.locked();
        let mut to_wake = BTreeSet::new();
        for (serial, happening) in happened {
            let told = Arc::new(Told::new(happening));
            for whose in [told.happening.tenant, TenantKey::ALL] {
                if state.push(whose, serial, &told, self.0.limits.held) {
                    to_wake.insert(whose);
                }
            }
        }
        to_wake.into_iter().for_each(|whose| state.wake(whose));
        if passed >= state.next_sweep {
            state.next_sweep = passed + SWEEPS;
            state.sweep(passed);
            self.0.is_watched.store(!state.logs.is_empty(), Ordering::SeqCst);
        }
    }

    /// Has every reader look whether it may still read.
    pub fn wake_all(&self) {
        let state = self.locked();
        state.logs.values().for_each(|log| log.wake.send_modify(|()| ()));
    }

    /// Ends all reading.
    pub fn close(&self) {
        self.locked().is_closed = true;
        self.wake_all();
    }

    /// How many read.
    pub fn readers(&self) -> usize {
        self.locked().readers
    }

    /// Reads from now on what happens to a tenant, or to all ([`TenantKey::ALL`]). `upto`: a serial up to which all has been seen that
    /// was committed.
    ///
    /// # Errors
    /// There are too many readers.
    pub fn read(&self, tenant: TenantKey, upto: Serial) -> Result<LiveReader, TooManyReaders> {
        let mut state = self.locked();
        let own = state.logs.get(&tenant).map_or(0, |log| log.readers);
        if fair_part(self.0.limits.readers.saturating_sub(state.readers), own) == 0 {
            return Err(TooManyReaders { of_tenant: own > 0 });
        }
        let name = state.next_name;
        let log = state.logs.entry(tenant).or_insert_with(|| Log::new(name, upto));
        let is_new = log.name == name;
        log.readers += 1;
        log.unread_since = None;
        let reader = LiveReader::new(self.clone(), tenant, log);
        state.next_name = name.wrapping_add(u64::from(is_new));
        state.readers += 1;
        self.0.is_watched.store(true, Ordering::SeqCst);
        Ok(reader)
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Enters something in a log, if there is that, and says so. Where there is no room, its oldest drops out.
    fn push(&mut self, whose: TenantKey, serial: Option<Serial>, told: &Arc<Told>, most: usize) -> bool {
        let Some(log) = self.logs.get_mut(&whose) else { return false };
        log.upto = log.upto.max(serial.unwrap_or(log.upto));
        if fair_part(most.saturating_sub(self.held), log.entries.len()) == 0 {
            log.first += 1;
            match log.entries.pop_front() {
                Some(_) => self.held -= 1,
                None => return true,
            }
        }
        log.entries.push_back(Entry { upto: log.upto, told: told.clone() });
        self.held += 1;
        true
    }

    fn wake(&self, whose: TenantKey) {
        if let Some(log) = self.logs.get(&whose) {
            log.wake.send_modify(|()| ());
        }
    }

    /// Drops the logs to which nobody has come back.
    fn sweep(&mut self, passed: Duration) {
        let held = &mut self.held;
        self.logs.retain(|_, log| {
            if log.readers > 0 {
                return true;
            }
            let since = *log.unread_since.get_or_insert(passed);
            let stays = passed.saturating_sub(since) < LINGERS;
            *held -= if stays { 0 } else { log.entries.len() };
            stays
        });
    }
}

impl Log {
    fn new(name: u64, upto: Serial) -> Log {
        Log {
            name,
            entries: VecDeque::new(),
            first: 0,
            upto,
            readers: 0,
            unread_since: None,
            wake: watch::Sender::new(()),
        }
    }

    fn end(&self) -> u64 {
        self.first + self.entries.len() as u64
    }

    fn place(&self, number: u64, upto: Serial) -> LivePlace {
        LivePlace { log: self.name, number, upto }
    }
}
