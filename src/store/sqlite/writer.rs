//! The one thread that writes: takes what is queued, runs it in one transaction, commits, answers everyone.
//!
//! Everybody waits for what is under way, so all of it is bounded. A row costs about 10 µs; a job writes at most:
//!
//! | job | rows |
//! |---|---|
//! | a publication | its events (1,000), their ids (two each), 250 deliveries or one for each event, lists of the others (one for 250) |
//! | a broadcast | 250 of copies and deliveries; lists of the others (one for 250, or for each tenant with lists of its own) |
//! | after the clock was set back, a slice of what waits for a retry | 2,000 looked at; alone in its transaction |
//! | a slice of what unfolds | 499, and 1 MiB of copies with the one that passes it; alone in its transaction |
//! | outcomes of requests | 125 deliveries or one batch, with their attempts, and for each 8 KiB of these one less; 750 in a group |
//! | what a webhook is owed is cancelled | 1,000: the limit that the lanes give |
//! | what is old is deleted | 500 each of deliveries, attempts, events, ids and deleted webhooks: the limit that retention gives; 8 MiB of events and of attempts; 20,000 looks at batches |
//! | a tenant is deleted | 500 keys and webhooks, with the tenant in the last transaction |
//! | a webhook, tenant, key or event type is kept or deleted; one delivery is retried or cancelled | a few |
//!
//! A group ends with the job that would make it more than 500 rows or 4 MiB ([`job_queues`](super::job_queues)), and
//! tenants take turns in it. So a small publication waits for the group or the slice under way, a slice at most, and its own
//! group.

use std::{
    sync::{Arc, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;

use super::{
    checkpoint::Checkpointer,
    clock::{self, Place},
    error::unavailable,
    intake::Intake,
    job::{Group, WriteJob},
    ledger::Ledger,
    record,
    shared::Shared,
    transaction::{Effects, Limits, Tx},
    unfold::unfold_slice,
    unfolding::Unfolding,
};
use crate::{
    clock::Clock,
    model::{SerialSource, Timestamp},
    store::{CLOCK_AHEAD, Result, StoreError, Wake},
};

/// How long to leave a disk alone that just refused.
const RECOVERY: Duration = Duration::from_millis(200);

/// What the writing thread owns.
pub(super) struct Writer {
    pub conn: Connection,
    pub shared: Arc<Shared>,
    pub checkpointer: Checkpointer,
    pub clock: Clock,
    pub serials: SerialSource,
    pub unfolding: Unfolding,
    pub ledger: Ledger,
}

/// Starts the thread. It ends after [`super::intake::Intake::close`], when everything queued is committed.
pub(super) fn start(mut writer: Writer) -> std::io::Result<thread::JoinHandle<()>> {
    thread::Builder::new().name("lanehook-writer".into()).spawn(move || {
        let shared = writer.shared.clone();
        let _end = End(&shared.intake);
        let _guard = shared.failure.guard("the store's writer");
        writer.run();
    })
}

/// However the thread ends, nobody goes on waiting for it: not for outcomes that the last group could not record, and
/// not for anything if it ends by panic.
struct End<'a>(&'a Intake);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// How a group ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Committed,
    /// The disk refused, or a defect.
    Failed,
    /// The same, and settlements wait for the next group.
    FailedWithSettlements,
}

impl Writer {
    /// Groups and slices of what unfolds in turn, each in a transaction of its own: who publishes waits for one slice at
    /// most.
    fn run(&mut self) {
        let (mut jobs, mut unfold_at, mut last_now) = (0, Instant::now(), self.clock.now());
        let mut to_bring_back = None;
        loop {
            let unfold = (!self.unfolding.is_idle()).then_some(unfold_at);
            let until = if to_bring_back.is_some() { Some(Instant::now()) } else { unfold };
            let group = self.shared.intake.take(jobs, until);
            jobs = group.jobs.len();
            let (closing, last) = (group.closing, group.last);
            let now = self.clock.now();
            if last_now.since(now) > CLOCK_AHEAD {
                tracing::warn!("the clock was set back; what it had put off too far is brought back");
                to_bring_back = Some(Place::START);
            }
            last_now = now;
            if let Some(after) = to_bring_back {
                to_bring_back = self.bring_back(now, after);
            }
            let ended = match group.is_empty() {
                true => Ended::Committed,
                false => self.commit(group),
            };
            if last || closing && ended != Ended::Committed {
                break;
            }
            if ended == Ended::FailedWithSettlements {
                thread::sleep(RECOVERY);
            }
            if !self.unfolding.is_idle() && !closing && unfold_at <= Instant::now() && self.unfold() != Ended::Committed
            {
                unfold_at = Instant::now() + RECOVERY;
            }
        }
    }

    /// The clock was set back: of the retries that it has put off too far, the next slice after this place is brought back, and
    /// their lanes look again. Returns where to go on, if there is more.
    fn bring_back(&self, now: Timestamp, after: Place) -> Option<Place> {
        match clock::bring_back(&self.conn, now, after) {
            Ok((webhooks, more)) => {
                self.shared.recent.wake(webhooks.into_iter().map(Wake::Retry));
                self.shared.recent.announce();
                more
            }
            Err(error) => {
                tracing::warn!(%error, "retries that the clock put off too far before it was set back wait until a restart");
                None
            }
        }
    }

    fn unfold(&mut self) -> Ended {
        let shared = self.shared.clone();
        let slice: WriteJob = Box::new(move |tx| {
            // What failed is tried again.
            let damaged = |error: &StoreError| shared.damage.note(&Err::<(), _>(error.clone()));
            let _ = tx.whole(|tx| unfold_slice(tx, &shared.recent, damaged));
            Box::new(|_| {})
        });
        self.commit(Group { jobs: vec![slice], ..Group::default() })
    }

    /// Commits a group and answers.
    fn commit(&mut self, group: Group) -> Ended {
        self.checkpointer.restart_if_asked(&self.conn);
        let shared = self.shared.clone();
        let (began, jobs) = (Instant::now(), group.jobs.len());
        let mut finishes = Vec::with_capacity(jobs);
        let outcome = match self.begin() {
            Err(error) => {
                // Nothing can be run. The jobs are dropped below, by which their callers know.
                Err((error, group.jobs))
            }
            Ok(mut tx) => {
                for job in group.jobs {
                    finishes.push(job(&mut tx));
                }
                record::settle_all(&mut tx, &group.settled);
                let _ = tx.whole(|tx| tx.ledger.keep(tx.conn));
                let result = match tx.broken.take() {
                    Some(error) => Err(error),
                    None => tx.conn.execute_batch("COMMIT").map_err(unavailable),
                };
                result.map(|()| tx.effects).map_err(|error| (error, Vec::new()))
            }
        };
        match outcome {
            Ok(effects) => {
                let settlements = group.settled.iter().map(|settled| settled.records.len()).sum();
                shared.counted.committed(jobs, settlements, began.elapsed());
                shared.committed(effects, self.serials.last(), self.unfolding.deliveries(), self.ledger.committed());
                for finish in finishes {
                    finish(Ok(()));
                }
                for settled in group.settled {
                    // A caller that went away needs no answer.
                    let _ = settled.done.send(());
                }
                shared.recent.announce();
                shared.writable.store(true, Ordering::Relaxed);
                Ended::Committed
            }
            Err((error, unstarted)) => {
                shared.counted.failed();
                shared.damage.note(&Err::<(), _>(error.clone()));
                let _ = self.conn.execute_batch("ROLLBACK"); // no transaction any more: fine
                self.unfolding.rolled_back();
                self.ledger.take_back(0);
                if shared.writable.swap(false, Ordering::Relaxed) {
                    tracing::error!(%error, "the store cannot write; events are refused until it can");
                }
                drop(unstarted); // never run: their callers see the channel closed on which they wait for an answer
                for finish in finishes {
                    finish(Err(error.clone()));
                }
                let waiting = !group.settled.is_empty();
                shared.intake.put_back(group.settled);
                if waiting { Ended::FailedWithSettlements } else { Ended::Failed }
            }
        }
    }

    /// Begins a transaction, in which everything about the store's memory is true.
    fn begin(&mut self) -> Result<Tx<'_>> {
        self.conn.execute_batch("BEGIN IMMEDIATE").map_err(unavailable)?;
        if self.unfolding.is_stale() {
            self.unfolding = Unfolding::load(&self.conn, self.unfolding.limits).map_err(unavailable)?;
        }
        Ok(Tx {
            conn: &self.conn,
            now: self.clock.now(),
            serials: &mut self.serials,
            unfolding: &mut self.unfolding,
            ledger: &mut self.ledger,
            limits: Limits { usage: &self.shared.usage, tenants: &self.shared.views.tenants },
            disk: &self.shared.disk,
            space: None,
            equal_part: None,
            effects: Effects::default(),
            by: None,
            broken: None,
        })
    }
}
