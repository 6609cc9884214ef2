//! Look-ups of names, shared: a name and an owner enter, addresses leave. Nothing survives a crash.
//!
//! What was found out is remembered for as long as it holds, within bounds, failures too. Who asks for a name that is being
//! looked up joins in. Anything else waits for its turn ([`Turns`]): names that are never answered keep only their own owner
//! waiting, and once that is known of them only one another.

mod turns;

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};

use self::turns::{Asker, Turn, Turns};
use crate::{
    clock::Clock,
    local::LocalError,
    lock::locked,
    owner::Owner,
    resolve::{Resolution, ResolveError, Resolver},
    stats::LookupCounts,
};

/// Names that are remembered.
const MOST_REMEMBERED: usize = 8192;
/// Addresses of a name that are looked at; an answer may have thousands.
const MOST_ADDRESSES: usize = 64;
/// Names that are known to be slow.
const MOST_SLOW: usize = 8192;
/// A look-up that takes longer is slow, whether it comes to an end or is given up.
const LONG: Duration = Duration::from_secs(1);
/// The longest time that addresses are remembered, whatever their TTL.
const LONGEST_VALID: Duration = Duration::from_secs(300);
/// The longest time that a failure is.
const LONGEST_FAILURE: Duration = Duration::from_secs(30);

/// What is known of a name.
pub(crate) type Addresses = Result<Arc<[IpAddr]>, ResolveError>;
type Running = BoxFuture<'static, Addresses>;

/// Looks names up.
pub(crate) struct Lookups<C> {
    resolver: Resolver,
    clock: C,
    turns: Turns,
    names: Arc<Mutex<Names>>,
    pub counts: Arc<LookupCounts>,
}

#[derive(Default)]
struct Names {
    remembered: HashMap<Arc<str>, Remembered>,
    /// Ended when nobody waits for it any more.
    running: HashMap<Arc<str>, WeakShared<Running>>,
    /// The last look-up took long.
    slow: HashSet<Arc<str>>,
}

struct Remembered {
    addresses: Addresses,
    from: Duration,
    until: Duration,
}

/// What a request brings to the look-up of its name.
pub(crate) struct Asking {
    /// Whose request it is.
    pub owner: Owner,
    /// How long it waits for its turn.
    pub patience: Duration,
    /// How long it has waited, in microseconds.
    waited: AtomicU64,
}

/// How far a name is from being known.
enum Known {
    Answered(Addresses),
    Running(Shared<Running>),
    No,
}

impl Asking {
    /// Has not waited yet.
    pub fn new(owner: Owner, patience: Duration) -> Asking {
        Asking { owner, patience, waited: AtomicU64::new(0) }
    }

    /// How long it has waited for turns.
    pub fn waited(&self) -> Duration {
        Duration::from_micros(self.waited.load(Ordering::Relaxed))
    }
}

impl<C: Clock> Lookups<C> {
    /// With this resolver, so many names at one time.
    pub fn new(resolver: Resolver, clock: C, at_a_time: usize) -> Lookups<C> {
        let (turns, names, counts) = (Turns::new(at_a_time), Arc::default(), Arc::default());
        Lookups { resolver, clock, turns, names, counts }
    }

    /// How many look-ups wait for their turn.
    pub fn waiting(&self) -> usize {
        self.turns.waiting()
    }

    /// All addresses of a name, at least one; `begins` is called when the wait for a turn, if any, is over. Dropping the
    /// future ends the look-up, if nobody else waits for it.
    pub async fn addresses(&self, name: &str, asking: &Asking, begins: impl FnOnce()) -> Addresses {
        self.counts.asked();
        match self.known(name) {
            Known::Answered(addresses) => {
                self.counts.answered_from_memory();
                return addresses;
            }
            Known::Running(running) => {
                begins();
                return running.await;
            }
            Known::No => {}
        }
        let turn = self.turn(name, asking).await?;
        begins();
        let running = self.join_or_start(name, turn);
        running.await
    }

    async fn turn(&self, name: &str, asking: &Asking) -> Result<Turn, ResolveError> {
        let since = self.clock.now();
        let asker = Asker { owner: asking.owner, is_slow: locked(&self.names).slow.contains(name) };
        let turn = tokio::select! {
            biased;
            turn = self.turns.take(asker) => Some(turn),
            () = self.clock.sleep(asking.patience) => None,
        };
        // A clock that was set makes it no longer than it can have been.
        let waited = self.clock.now().saturating_sub(since).min(asking.patience);
        asking.waited.fetch_add(waited.as_micros() as u64, Ordering::Relaxed);
        turn.ok_or_else(|| {
            self.counts.failed(&LocalError::NoTurn.into());
            ResolveError::Local(LocalError::NoTurn)
        })
    }

    fn known(&self, name: &str) -> Known {
        let now = self.clock.now();
        let names = locked(&self.names);
        if let Some(running) = names.running.get(name).and_then(WeakShared::upgrade) {
            return Known::Running(running);
        }
        match names.remembered.get(name) {
            // A clock that was set back makes nothing last longer.
            Some(known) if (known.from..known.until).contains(&now) => Known::Answered(known.addresses.clone()),
            _ => Known::No,
        }
    }

    /// Somebody may have begun the same while this one waited for its turn, and even ended it.
    fn join_or_start(&self, name: &str, turn: Turn) -> Shared<Running> {
        if let Known::Answered(addresses) = self.known(name) {
            return std::future::ready(addresses).boxed().shared();
        }
        let mut names = locked(&self.names);
        if let Some(running) = names.running.get(name).and_then(WeakShared::upgrade) {
            return running;
        }
        let running = self.lookup(name.into(), turn).boxed().shared();
        if let Some(weak) = running.downgrade() {
            names.running.insert(name.into(), weak);
        }
        running
    }

    fn lookup(&self, name: Arc<str>, turn: Turn) -> impl Future<Output = Addresses> + Send + use<C> {
        let (resolver, counts, clock) = (self.resolver.clone(), self.counts.clone(), self.clock.clone());
        let since = clock.now();
        let running = Runs { names: self.names.clone(), name: name.clone(), clock, since };
        async move {
            let under_way = counts.begins();
            let Resolution { result, valid_for } = resolver.resolve(&name, turn).await;
            drop(under_way);
            let addresses: Addresses = result.map(|mut found| {
                found.truncate(MOST_ADDRESSES);
                found.into()
            });
            let longest = match &addresses {
                Ok(_) => LONGEST_VALID,
                Err(error) => {
                    counts.failed(error);
                    LONGEST_FAILURE
                }
            };
            running.remember(&addresses, valid_for.min(longest));
            addresses
        }
    }
}

/// A look-up under way; it is known as such until it is dropped.
struct Runs<C: Clock> {
    names: Arc<Mutex<Names>>,
    name: Arc<str>,
    clock: C,
    since: Duration,
}

impl<C: Clock> Runs<C> {
    fn remember(&self, addresses: &Addresses, valid_for: Duration) {
        let now = self.clock.now();
        let mut names = locked(&self.names);
        if valid_for.is_zero() {
            names.remembered.remove(&self.name);
            return;
        }
        if names.remembered.len() >= MOST_REMEMBERED && !names.remembered.contains_key(&self.name) {
            names.remembered.retain(|_, known| (known.from..known.until).contains(&now));
            if names.remembered.len() >= MOST_REMEMBERED {
                // They are known again after a look-up each.
                names.remembered.clear();
            }
        }
        let known = Remembered { addresses: addresses.clone(), from: now, until: now + valid_for };
        names.remembered.insert(self.name.clone(), known);
    }
}

impl<C: Clock> Drop for Runs<C> {
    fn drop(&mut self) {
        let took_long = self.clock.now().saturating_sub(self.since) >= LONG;
        let mut names = locked(&self.names);
        names.running.remove(&self.name);
        match took_long {
            true => {
                if names.slow.len() >= MOST_SLOW {
                    // They are known again after a look-up each.
                    names.slow.clear();
                }
                names.slow.insert(self.name.clone());
            }
            false => drop(names.slow.remove(&self.name)),
        }
    }
}
