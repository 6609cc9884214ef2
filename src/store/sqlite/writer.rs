//! The one thread that writes: takes what is queued, runs it in one transaction, commits, answers everyone.
//!
//! Everybody waits for what is under way, so all of it is bounded: the outcomes of a group, its jobs and a slice of what unfolds
//! each by a [`Quantum`] of time, after which what is left waits for the next turn. What has begun is finished; a job writes at
//! most:
//!
//! | job | rows, of 5 to 20 µs |
//! |---|---|
//! | a publication | as many as its quantum has time for, and then goes on in the next group: an event, its ids (two), 50 deliveries, and lists of the others (one for 500) at least |
//! | a broadcast | 50 of copies and deliveries; lists of the others (one for 100, or for each tenant with lists of its own) |
//! | after the clock was set back, a slice of what waits for a retry | 2,000 looked at; alone in its transaction |
//! | a list that unfolds | 100 and no longer than a quantum, or 1 MiB of copies with the one that passes it |
//! | outcomes of requests that were handed over together | 16 deliveries or one batch, with their attempts, and for each 8 KiB of these one less |
//! | what a webhook is owed is cancelled | 100, of 30 µs and more since they are apart in the file: the limit that the lanes give |
//! | what is old is deleted | 500 each of deliveries, attempts, events, ids and deleted webhooks: the limit that retention gives; 8 MiB of events and of attempts; 20,000 looks at batches |
//! | what was counted is added to the sums | three for each sum, until the quantum is over; 200 that are forgotten |
//! | a tenant is deleted | 500 keys and webhooks, with the tenant in the last transaction |
//! | a webhook, tenant, key or event type is kept or deleted; one delivery is retried or cancelled | a few, the line of the audit trail with them, and one for each 8 KiB of settings, which are made before |
//!
//! A job that would make a group more than 500 rows or 4 MiB waits for the next one ([`job_queues`](super::job_queues)), and
//! tenants take turns. So a small publication waits for the rest of the part under way, a quantum for each of the others, and
//! at most one job for each tenant that is before it.

use std::{
    cell::Cell,
    sync::{Arc, atomic::Ordering},
    task::Poll,
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;

use super::{
    checkpoint::Checkpointer,
    clock::{self, Place},
    error::unavailable,
    intake::Intake,
    job::{Settled, WriteJob},
    job_queues::{GroupSize, JobSize},
    ledger::Ledger,
    live,
    promised::Promised,
    quantum::Quantum,
    record::Recording,
    shared::Shared,
    tally,
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
    pub promised: Promised,
    /// How long the last commit took, without the work before it.
    pub last_commit: Duration,
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

/// How a transaction ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Committed,
    /// The disk refused, or a defect.
    Failed,
}

/// What a transaction carries for others.
#[derive(Default)]
struct Carried {
    /// Jobs that are at their end.
    ended: Vec<WriteJob>,
    /// The job that goes on in the next group.
    going_on: Option<(WriteJob, JobSize)>,
    recording: Recording,
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
            let ready = self.shared.intake.wait(jobs, until);
            let now = self.clock.now();
            if last_now.since(now) > CLOCK_AHEAD {
                tracing::warn!("the clock was set back; what it had put off too far is brought back");
                to_bring_back = Some(Place::START);
            }
            last_now = now;
            if let Some(after) = to_bring_back {
                to_bring_back = self.bring_back(now, after);
            }
            let (ended, carried) = match ready.jobs || ready.outcomes {
                true => self.group(ready.outcomes),
                false => (Ended::Committed, 0),
            };
            jobs = carried;
            if ready.closing && (ended != Ended::Committed || self.shared.intake.is_empty()) {
                break;
            }
            // They are due again at once.
            if ended == Ended::Failed && ready.outcomes {
                thread::sleep(RECOVERY);
            }
            if !self.unfolding.is_idle()
                && !ready.closing
                && unfold_at <= Instant::now()
                && self.unfold() != Ended::Committed
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
        let (shared, clock, last_commit) = (self.shared.clone(), self.clock.clone(), self.last_commit);
        self.transaction(|tx, _| {
            let others_wait = || shared.intake.has_jobs();
            let quantum = Quantum::begin(&clock, last_commit, &others_wait);
            // What failed is tried again.
            let damaged = |error: &StoreError| shared.damage.note(&Err::<(), _>(error.clone()));
            let _ = tx.whole(|tx| unfold_slice(tx, &shared.recent, &quantum, damaged));
        })
    }

    /// Commits a group of what is ready or comes meanwhile, with `outcomes` if they are. Also returns how many jobs it had.
    fn group(&mut self, outcomes: bool) -> (Ended, usize) {
        let (shared, clock, last_commit) = (self.shared.clone(), self.clock.clone(), self.last_commit);
        let mut group = None;
        let ended = self.transaction(|tx, carried| {
            let intake = &shared.intake;
            // Outcomes first, so that jobs which come meanwhile are in time for this commit.
            if outcomes {
                let others_wait = || intake.has_jobs();
                let quantum = Quantum::begin(&clock, last_commit, &others_wait);
                let record = |settled: Settled| {
                    let (tenant, began) = (settled.tenant, clock.passed());
                    carried.recording.add(tx, settled);
                    intake.settled_ended(tenant, clock.passed() - began);
                };
                quantum.fill(|| intake.next_settled(), record);
                carried.recording.tally(tx);
            }
            // All of those that were run wait for the commit. One that goes on makes way for others only, and ends the group: no
            // job of its tenant passes it.
            let (quantum, size) = (Quantum::begin(&clock, last_commit, &|| true), group.insert(GroupSize::default()));
            let goes_on = Cell::new(false);
            let others_wait = || intake.has_jobs();
            let of_one = Quantum::begin(&clock, last_commit, &others_wait);
            let run = |(mut job, size): (WriteJob, JobSize)| {
                let began = clock.passed();
                match job.go_on(tx, &of_one) {
                    Poll::Ready(()) => carried.ended.push(job),
                    Poll::Pending => {
                        goes_on.set(true);
                        carried.going_on = Some((job, size));
                    }
                }
                intake.job_ended(size.tenant, clock.passed() - began);
            };
            quantum.fill(|| if goes_on.get() { None } else { intake.next_job(size) }, run);
        });
        if group.is_none() {
            // Nothing could be run. Who waits for a job that is dropped knows.
            shared.intake.drop_jobs();
        }
        (ended, group.map_or(0, |size| size.jobs))
    }

    /// Does work in a transaction, and answers.
    fn transaction(&mut self, work: impl FnOnce(&mut Tx<'_>, &mut Carried)) -> Ended {
        self.checkpointer.restart_if_asked(&self.conn);
        let (shared, began) = (self.shared.clone(), Instant::now());
        let mut carried = Carried::default();
        let outcome = self.begin().and_then(|mut tx| {
            work(&mut tx, &mut carried);
            // Of a slice, too: the copies of a broadcast are events.
            let _ = tx.whole(|tx| tx.ledger.keep(tx.conn));
            if !tx.effects.counts.is_empty() {
                let row = shared.unsummed.next_row();
                let _ = tx.whole(|tx| tally::write(tx.conn, row, &tx.effects.counts));
            }
            tx.broken.take().map_or(Ok(tx.effects), Err)
        });
        let worked = Instant::now();
        let outcome = outcome.and_then(|effects| {
            self.conn.execute_batch("COMMIT").map_err(unavailable)?;
            Ok(effects)
        });
        let Carried { ended, going_on, recording } = carried;
        match outcome {
            Ok(effects) => {
                self.last_commit = worked.elapsed();
                shared.counted.committed(ended.len(), recording.attempts(), began.elapsed());
                let to_tell = live::gather(&self.conn, &shared, &effects, &self.clock);
                shared.committed(effects, self.serials.last(), self.unfolding.deliveries(), &mut self.ledger);
                to_tell.tell(&shared.live, &self.clock);
                if let Some((job, size)) = going_on {
                    shared.intake.goes_on(job, size);
                }
                ended.into_iter().for_each(|job| job.end(Ok(())));
                for settled in recording.settled {
                    // A caller that went away needs no answer.
                    let _ = settled.done.send(());
                }
                shared.recent.announce();
                shared.writable.store(true, Ordering::Relaxed);
                Ended::Committed
            }
            Err(error) => {
                shared.counted.failed();
                shared.damage.note(&Err::<(), _>(error.clone()));
                let _ = self.conn.execute_batch("ROLLBACK"); // no transaction any more: fine
                self.unfolding.rolled_back();
                self.ledger.take_back(0);
                if shared.writable.swap(false, Ordering::Relaxed) {
                    tracing::error!(%error, "the store cannot write; events are refused until it can");
                }
                let ended = ended.into_iter().chain(going_on.into_iter().map(|(job, _)| job));
                ended.for_each(|job| job.end(Err(error.clone())));
                shared.intake.put_back(recording.settled);
                Ended::Failed
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
            limits: Limits {
                usage: &self.shared.usage,
                tenants: &self.shared.views.tenants,
                webhooks: &self.shared.views.webhooks,
                api_keys: &self.shared.views.api_keys,
                sessions: &self.shared.views.sessions,
            },
            promised: &mut self.promised,
            disk: &self.shared.disk,
            forms: &self.shared.forms,
            space: None,
            effects: Effects::default(),
            by: None,
            broken: None,
        })
    }
}
