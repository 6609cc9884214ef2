//! What waits for the writer: jobs that someone awaits, and settlements that can wait a moment.
//!
//! The writer takes what is there at once, as far as it is not too much ([`JobQueues`]): that is the group of a group commit.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard},
    time::{Duration, Instant},
};

use super::{
    job::{Group, Settled, WriteJob},
    job_queues::{GROUP_ROWS, JobQueues, JobSize},
    unfolding::Limits as UnfoldLimits,
};
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
/// Rows of outcomes that one group records at most: as many as deliveries are written until the next one, by the jobs of a group and
/// by a slice of what unfolds. So whoever publishes without end makes no backlog by keeping outcomes waiting.
const GROUP_OUTCOMES: usize = GROUP_ROWS + UnfoldLimits::USUAL.slice;

#[derive(Default)]
pub(super) struct Intake {
    queue: Mutex<Queue>,
    filled: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: JobQueues<WriteJob>,
    settlements: VecDeque<Settled>,
    oldest_settlement: Option<Instant>,
    closed: bool,
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
        queue.settlements.push_back(settled);
        let full = queue.settlements.len() >= MOST_SETTLEMENTS;
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
            queue.settlements.push_front(settled);
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
        queue.closed = true;
        let (jobs, settlements) = (std::mem::take(&mut queue.jobs), std::mem::take(&mut queue.settlements));
        drop(queue);
        drop((jobs, settlements));
    }

    /// Waits for the next group. `last_group`: how many jobs the one before had. `until`: when there is something else to do;
    /// then the group may be empty.
    pub fn take(&self, last_group: usize, until: Option<Instant>) -> Group {
        if last_group >= LOADED {
            std::thread::sleep(GATHER);
        }
        let mut queue = self.lock();
        loop {
            let age = queue.oldest_settlement.map(|since| since.elapsed());
            let ripe = queue.settlements.len() >= MOST_SETTLEMENTS || age.is_some_and(|age| age >= RIPE);
            let due = queue.settlements.len() >= MOST_SETTLEMENTS || age.is_some_and(|age| age >= PATIENCE);
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if !queue.jobs.is_empty() || due || queue.closed || left == Some(Duration::ZERO) {
                return queue.group(ripe);
            }
            let patience = age.map(|age| PATIENCE.saturating_sub(age)).into_iter().chain(left).min();
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

impl Queue {
    /// The next group; with settlements, if they are ripe.
    fn group(&mut self, ripe: bool) -> Group {
        let mut group = Group { jobs: self.jobs.take_group(), ..Group::default() };
        if ripe || self.closed {
            let mut outcomes = 0;
            while let Some(settled) = self.settlements.pop_front_if(|next| {
                outcomes += next.weight();
                group.settled.is_empty() || outcomes <= GROUP_OUTCOMES
            }) {
                group.settled.push(settled);
            }
            // Those that are left are as old, about, and come with the next group.
            self.oldest_settlement = self.oldest_settlement.filter(|_| !self.settlements.is_empty());
        }
        group.closing = self.closed;
        group.last = self.closed && self.jobs.is_empty() && self.settlements.is_empty();
        group
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::{super::job::Record, *};
    use crate::{
        model::{
            DeliveryId, EventKey, FailureRun, Outcome, Owed, Sent, Serial, TenantKey, Timestamp, Timings, WebhookKey,
        },
        store::{Settlement, Verdict},
    };

    /// Outcomes of so many deliveries.
    fn settled(deliveries: i64) -> Settled {
        let owed = |id| Owed {
            id: DeliveryId(Serial::nth(id)),
            webhook: WebhookKey(Serial::nth(1)),
            event: EventKey(Serial::nth(1)),
            attempts: 0,
            failed: 0,
            last_attempt: None,
            ordering_key: None,
        };
        let outcome = Outcome {
            started_at: Timestamp::default(),
            sent: Sent::default(),
            answer: None,
            remote: None,
            timings: Timings::default(),
            result: Ok(()),
        };
        let settlement = Settlement {
            attempt: None,
            owed: (0..deliveries).map(owed).collect(),
            outcome,
            verdict: Verdict::Delivered,
            failure_run: FailureRun::default(),
            judged_at: Timestamp::default(),
        };
        let record = Record { settlement, attempt: Serial::nth(1), head: Vec::new(), remote: None };
        Settled { records: vec![record], done: oneshot::channel().0 }
    }

    #[test]
    fn outcomes_are_recorded_as_many_at_one_time_as_keep_nobody_waiting_and_all_before_the_end() {
        let intake = Intake::default();
        let part = GROUP_OUTCOMES as i64 / 2;
        for deliveries in [part, part, 1, 3000, 1] {
            intake.settle(settled(deliveries));
        }
        intake.push(Box::new(|_| Box::new(|_| {})), JobSize::small(TenantKey::ALL)).unwrap();
        intake.close();
        let groups: Vec<(usize, Vec<usize>, bool)> = (0..4)
            .map(|_| intake.take(0, None))
            .map(|group| (group.jobs.len(), group.settled.iter().map(Settled::weight).collect(), group.last))
            .collect();
        let full = vec![GROUP_OUTCOMES / 2; 2];
        let expected = [(1, full, false), (0, vec![1], false), (0, vec![3000], false), (0, vec![1], true)];
        assert_eq!(groups, expected);
    }

    #[test]
    fn a_group_records_as_many_outcomes_as_deliveries_come_meanwhile() {
        let intake = Intake::default();
        let of_publication = 10;
        for _ in 0..1000 {
            intake.settle(settled(1));
            let size = JobSize { rows: 3 + of_publication, ..JobSize::small(TenantKey::ALL) };
            intake.push(Box::new(|_| Box::new(|_| {})), size).unwrap();
        }
        intake.close();
        let group = intake.take(0, None);
        let (outcomes, deliveries) =
            (group.settled.len(), of_publication * group.jobs.len() + UnfoldLimits::USUAL.slice);
        assert!(outcomes >= deliveries && outcomes < 1000, "{outcomes} outcomes, {deliveries} deliveries");
    }

    #[test]
    fn who_has_something_else_to_do_does_not_wait() {
        let group = Intake::default().take(0, Some(Instant::now()));
        assert!(group.is_empty() && !group.last);
    }
}
