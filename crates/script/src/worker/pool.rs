//! Which process is for whose scripts.
//!
//! A process that has run a script is its owner's from then on, and never another's: a script that broke the engine finds
//! nothing of others there, and leaves nothing to them. Since starting one takes milliseconds, a few are kept that are ready
//! and have run nothing.

use std::{
    collections::VecDeque,
    process::ExitStatus,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{net::UnixStream, process::Child};

/// What a process may use of the processor in its life, so that its own limit never ends one that is at work.
const LIFE: Duration = Duration::from_secs(30);

/// Whose scripts may share a process. It is only compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Owner(pub i64);

/// A process that waits for scripts. Ended when dropped.
pub struct Worker {
    pub process: Child,
    pub socket: UnixStream,
    /// It has said that it is ready.
    pub greeted: bool,
    /// What its runs have used of the processor.
    pub used: Duration,
}

impl Worker {
    /// How it ended, if it does so soon.
    pub async fn ended(&mut self, within: Duration) -> Option<ExitStatus> {
        tokio::time::timeout(within, self.process.wait()).await.ok()?.ok()
    }
}

/// The processes that do nothing at the moment.
pub struct Pool {
    idle: Mutex<Idle>,
    /// Those kept for their owners, and those kept unused, at most.
    most_owned: usize,
    most_unused: usize,
}

#[derive(Default)]
struct Idle {
    /// The one that has waited longest first.
    owned: VecDeque<(Owner, Worker)>,
    unused: Vec<Worker>,
}

impl Pool {
    pub fn new(most_owned: usize, most_unused: usize) -> Pool {
        Pool { idle: Mutex::default(), most_owned, most_unused }
    }

    /// One that has run this owner's scripts only, or none.
    pub fn take(&self, owner: Owner) -> Option<Worker> {
        let mut idle = self.locked();
        match idle.owned.iter().rposition(|(whose, _)| *whose == owner) {
            Some(place) => idle.owned.remove(place).map(|(_, worker)| worker),
            None => idle.unused.pop(),
        }
    }

    /// Keeps it for its owner. Who has waited longest goes if there are too many.
    pub fn give_back(&self, owner: Owner, worker: Worker) {
        if worker.used >= LIFE {
            return;
        }
        let mut idle = self.locked();
        idle.owned.push_back((owner, worker));
        let surplus = if idle.owned.len() > self.most_owned { idle.owned.pop_front() } else { None };
        drop(idle);
        // Ended outside of the lock.
        drop(surplus);
    }

    /// Keeps one that has run nothing.
    pub fn add_unused(&self, worker: Worker) {
        let mut idle = self.locked();
        if idle.unused.len() < self.most_unused {
            idle.unused.push(worker);
        }
    }

    pub fn lacks_unused(&self) -> bool {
        self.locked().unused.len() < self.most_unused
    }

    fn locked(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
