//! What waits for the writer: jobs that someone awaits, and settlements that can wait a moment.
//!
//! The writer takes everything that is there at once: that is the group of a group commit.

use std::{
    sync::{Condvar, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use super::job::{Group, Job, Settled};
use crate::store::{Result, StoreError};

/// Acknowledgements cannot wait, settlements can: while nothing else needs a commit, they gather this long.
const PATIENCE: Duration = Duration::from_millis(20);
/// …and join a commit that happens anyway only once they are this old, so that they come in larger groups.
const RIPE: Duration = Duration::from_millis(15);
/// A writer whose last group had this many jobs is under load, and leaves the next group this long to grow: a commit
/// costs about the same for few as for many, and all of them wait for a processor anyway.
const LOADED: usize = 8;
const GATHER: Duration = Duration::from_micros(300);
const MOST_SETTLEMENTS: usize = 1024;
const MOST_BYTES: usize = 64 << 20;

#[derive(Default)]
pub(super) struct Intake {
    queue: Mutex<Queue>,
    filled: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: Vec<Job>,
    job_bytes: usize,
    settlements: Vec<Settled>,
    oldest_settlement: Option<Instant>,
    closed: bool,
}

impl Intake {
    /// Queues a job that holds about `bytes` of memory.
    pub fn push(&self, job: Job, bytes: usize) -> Result<()> {
        let mut queue = self.lock();
        if queue.closed {
            return Err(StoreError::Closed);
        }
        if queue.job_bytes > 0 && queue.job_bytes + bytes > MOST_BYTES {
            return Err(StoreError::Busy);
        }
        queue.job_bytes += bytes;
        queue.jobs.push(job);
        let first = queue.jobs.len() == 1;
        drop(queue);
        if first {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Queues settlements; how many there can be is bounded by the sends in flight.
    pub fn settle(&self, settled: Settled) {
        let mut queue = self.lock();
        if queue.closed {
            return; // `done` is dropped, which tells the caller.
        }
        let first = queue.oldest_settlement.is_none();
        queue.oldest_settlement.get_or_insert_with(Instant::now);
        queue.settlements.push(settled);
        let full = queue.settlements.len() >= MOST_SETTLEMENTS;
        drop(queue);
        if first || full {
            self.filled.notify_one();
        }
    }

    /// About how much memory the jobs hold that were not taken yet.
    pub fn waiting_bytes(&self) -> usize {
        self.lock().job_bytes
    }

    /// Puts back settlements that could not be committed.
    pub fn put_back(&self, settled: Vec<Settled>) {
        if settled.is_empty() {
            return;
        }
        let mut queue = self.lock();
        queue.oldest_settlement = Some(Instant::now());
        queue.settlements.splice(0..0, settled);
    }

    /// Nothing more is taken in; what is queued is still given out.
    pub fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_one();
    }

    /// There is nobody any more who takes: whoever waits is told so by a channel that closes.
    pub fn abandon(&self) {
        let mut queue = self.lock();
        queue.closed = true;
        let (jobs, settlements) = (std::mem::take(&mut queue.jobs), std::mem::take(&mut queue.settlements));
        drop(queue);
        drop((jobs, settlements));
    }

    /// Waits for the next group. `last_group`: how many jobs the one before had.
    pub fn take(&self, last_group: usize) -> Group {
        if last_group >= LOADED {
            std::thread::sleep(GATHER);
        }
        let mut queue = self.lock();
        loop {
            let age = queue.oldest_settlement.map(|since| since.elapsed());
            let ripe = queue.settlements.len() >= MOST_SETTLEMENTS || age.is_some_and(|age| age >= RIPE);
            let due = queue.settlements.len() >= MOST_SETTLEMENTS || age.is_some_and(|age| age >= PATIENCE);
            if !queue.jobs.is_empty() || due || queue.closed {
                queue.job_bytes = 0;
                let mut group = Group { jobs: std::mem::take(&mut queue.jobs), last: queue.closed, ..Group::default() };
                if ripe || queue.closed {
                    group.settled = std::mem::take(&mut queue.settlements);
                    queue.oldest_settlement = None;
                }
                return group;
            }
            let patience = age.map(|age| PATIENCE.saturating_sub(age));
            queue = match patience {
                None => self.filled.wait(queue).unwrap_or_else(|poisoned| poisoned.into_inner()),
                Some(left) => self.filled.wait_timeout(queue, left).map_or_else(|p| p.into_inner().0, |(q, _)| q),
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Pushes and takes only: no state in between that a panic could leave.
        self.queue.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
