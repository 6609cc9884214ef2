//! What waits for the writer: jobs that someone awaits, and settlements that can wait a moment.
//!
//! The writer takes one after another until it is enough for one transaction: that is the group of a group commit.

use std::{
    sync::{Condvar, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use super::{
    job::{Settled, WriteJob},
    job_queues::{GroupSize, JobQueues, JobSize, LEAST},
};
use crate::{
    model::TenantKey,
    store::{Result, StoreError},
    turns::Turns,
};

/// Acknowledgements cannot wait, settlements can: while nothing else needs a commit, they gather this long.
const PATIENCE: Duration = Duration::from_millis(20);
/// Settlements join a commit that happens anyway only once they are this old, so that they come in larger groups.
const RIPE: Duration = Duration::from_millis(15);
/// A writer whose last group had this many jobs is under load, and leaves the next group this long to grow: a commit
/// costs about the same for few as for many, and all of them wait for a processor anyway.
const LOADED: usize = 8;
const GATHER: Duration = Duration::from_micros(300);
const MOST_SETTLEMENTS: usize = 1024;

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ready {
    pub jobs: bool,
    /// Settlements that have waited long enough.
    pub outcomes: bool,
    /// Nothing more is taken in.
    pub closing: bool,
}

#[derive(Default)]
pub(super) struct Intake {
    queue: Mutex<Queue>,
    filled: Condvar,
}

struct Queue {
    jobs: JobQueues<WriteJob>,
    settlements: Turns<Settled>,
    oldest_settlement: Option<Instant>,
    closed: bool,
}

impl Default for Queue {
    fn default() -> Queue {
        Queue { jobs: JobQueues::default(), settlements: Turns::new(1), oldest_settlement: None, closed: false }
    }
}

impl Intake {
    /// Queues a job.
    pub fn push(&self, job: WriteJob, size: JobSize) -> Result<()> {
        let mut queue = self.lock();
        if queue.closed {
            return Err(StoreError::Closed);
        }
        let first = queue.jobs.is_empty();
        if !queue.jobs.push(job, size) {
            return Err(StoreError::Busy);
        }
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
        queue.settlements.push(settled.tenant, settled);
        let full = queue.settlements.waiting() >= MOST_SETTLEMENTS;
        drop(queue);
        if first || full {
            self.filled.notify_one();
        }
    }

    /// About how much memory the jobs hold that were not taken yet.
    pub fn waiting_bytes(&self) -> usize {
        self.lock().jobs.bytes()
    }

    /// Puts back settlements that could not be committed.
    pub fn put_back(&self, settled: Vec<Settled>) {
        if settled.is_empty() {
            return;
        }
        let mut queue = self.lock();
        queue.oldest_settlement = Some(Instant::now());
        for settled in settled.into_iter().rev() {
            queue.settlements.put_back(settled.tenant, settled);
        }
    }

    /// Nothing more is taken in; what is queued is still given out.
    pub fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_one();
    }

    /// There is nobody any more who takes: whoever waits is told so by a channel that closes.
    pub fn abandon(&self) {
        let mut queue = self.lock();
        let waiting = std::mem::replace(&mut *queue, Queue { closed: true, ..Queue::default() });
        drop(queue);
        drop(waiting);
    }

    /// Waits until there is something to do. `last_group`: how many jobs the last group had. `until`: when there is
    /// something else to do.
    pub fn wait(&self, last_group: usize, until: Option<Instant>) -> Ready {
        if last_group >= LOADED {
            std::thread::sleep(GATHER);
        }
        let mut queue = self.lock();
        loop {
            let age = queue.oldest_settlement.map(|since| since.elapsed());
            let ripe = queue.settlements.waiting() >= MOST_SETTLEMENTS || age.is_some_and(|age| age >= RIPE);
            let due = queue.settlements.waiting() >= MOST_SETTLEMENTS || age.is_some_and(|age| age >= PATIENCE);
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if !queue.jobs.is_empty() || due || queue.closed || left == Some(Duration::ZERO) {
                let outcomes = (ripe || queue.closed) && queue.settlements.waiting() > 0;
                return Ready { jobs: !queue.jobs.is_empty(), outcomes, closing: queue.closed };
            }
            let patience = age.map(|age| PATIENCE.saturating_sub(age)).into_iter().chain(left).min();
            queue = match patience {
                None => self.filled.wait(queue).unwrap_or_else(|poisoned| poisoned.into_inner()),
                Some(left) => self.filled.wait_timeout(queue, left).map_or_else(|p| p.into_inner().0, |(q, _)| q),
            };
        }
    }

    /// The next job of a group, also if it came only now. Its tenant is charged when it has [ended](Self::job_ended).
    pub fn next_job(&self, group: &mut GroupSize) -> Option<(WriteJob, JobSize)> {
        self.lock().jobs.next(group)
    }

    /// A tenant's job that was taken took so long.
    pub fn job_ended(&self, tenant: TenantKey, took: Duration) {
        self.lock().jobs.ended(tenant, took);
    }

    /// Puts back a job that goes on in the next group, before the others of its tenant.
    pub fn goes_on(&self, job: WriteJob, size: JobSize) {
        self.lock().jobs.put_back(job, size);
    }

    /// Whether somebody waits for a job.
    pub fn has_jobs(&self) -> bool {
        !self.lock().jobs.is_empty()
    }

    /// Drops all jobs that wait.
    pub fn drop_jobs(&self) {
        let jobs = std::mem::take(&mut self.lock().jobs);
        drop(jobs);
    }

    /// The oldest settlements of the tenant whose turn it is, which is charged when they are [recorded](Self::settled_ended).
    pub fn next_settled(&self) -> Option<Settled> {
        let mut queue = self.lock();
        let (_, settled) = queue.settlements.take()?;
        // Those that are left are as old, about.
        if queue.settlements.waiting() == 0 {
            queue.oldest_settlement = None;
        }
        Some(settled)
    }

    /// To record the settlements that were taken last took so long.
    pub fn settled_ended(&self, tenant: TenantKey, took: Duration) {
        self.lock().settlements.ended(tenant, took.max(LEAST), None);
    }

    /// Whether nothing is queued.
    pub fn is_empty(&self) -> bool {
        let queue = self.lock();
        queue.jobs.is_empty() && queue.settlements.waiting() == 0
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // Pushes and takes only: no state in between that a panic could leave.
        self.queue.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::{super::job::in_one, *};
    use crate::model::TenantKey;

    /// Settlements of a tenant that nobody is told of, and how many there are.
    fn settled(tenant: i64, count: usize) -> Settled {
        Settled { tenant: TenantKey(tenant), records: Vec::with_capacity(count), done: oneshot::channel().0 }
    }

    /// Takes the next settlements, which are recorded in so many milliseconds.
    fn records(intake: &Intake, took: u64) -> Option<Settled> {
        let settled = intake.next_settled()?;
        intake.settled_ended(settled.tenant, Duration::from_millis(took));
        Some(settled)
    }

    fn job() -> WriteJob {
        in_one(|_| |_| {})
    }

    #[test]
    fn outcomes_are_given_out_in_the_order_of_their_handing_over_also_those_that_were_put_back() {
        let intake = Intake::default();
        (1..=4).for_each(|count| intake.settle(settled(1, count)));
        let failed: Vec<Settled> = (0..2).filter_map(|_| records(&intake, 1)).collect();
        intake.put_back(failed);
        intake.close();
        assert_eq!(intake.wait(0, None), Ready { jobs: false, outcomes: true, closing: true });
        let given_out: Vec<usize> =
            std::iter::from_fn(|| records(&intake, 1)).map(|settled| settled.records.capacity()).collect();
        assert_eq!(given_out, [1, 2, 3, 4]);
        assert_eq!(intake.wait(0, None), Ready { jobs: false, outcomes: false, closing: true });
        assert!(intake.is_empty());
    }

    #[test]
    fn outcomes_of_a_tenant_wait_for_none_of_anothers_but_those_under_way() {
        let intake = Intake::default();
        (0..100).for_each(|_| intake.settle(settled(1, 16)));
        assert_eq!(records(&intake, 2).unwrap().tenant, TenantKey(1));
        (1..=3).for_each(|count| intake.settle(settled(2, count)));
        let order: Vec<i64> = (0..6).map(|_| records(&intake, 1).unwrap().tenant.0).collect();
        assert_eq!(order, [2, 2, 1, 2, 1, 1], "whoever has used the writer for the least time is next");
    }

    #[test]
    fn a_job_that_comes_while_a_group_is_at_work_belongs_to_it() {
        let intake = Intake::default();
        let mut group = GroupSize::default();
        for jobs in 1..=3 {
            intake.push(job(), JobSize::small(TenantKey::ALL)).unwrap();
            let (_, size) = intake.next_job(&mut group).unwrap();
            intake.job_ended(size.tenant, Duration::ZERO);
            assert_eq!(group.jobs, jobs);
        }
        assert!(intake.next_job(&mut group).is_none());
    }

    #[test]
    fn a_closed_intake_gives_out_what_is_queued_and_takes_nothing() {
        let intake = Intake::default();
        intake.push(job(), JobSize::small(TenantKey::ALL)).unwrap();
        intake.close();
        assert!(intake.push(job(), JobSize::small(TenantKey::ALL)).is_err());
        assert_eq!(intake.wait(0, None), Ready { jobs: true, outcomes: false, closing: true });
        assert!(!intake.is_empty());
        intake.drop_jobs();
        assert!(intake.is_empty());
    }

    #[test]
    fn who_has_something_else_to_do_does_not_wait() {
        let ready = Intake::default().wait(0, Some(Instant::now()));
        assert_eq!(ready, Ready { jobs: false, outcomes: false, closing: false });
    }
}
