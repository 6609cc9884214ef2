//! The one thread that writes: takes what is queued, runs it in one transaction, commits, answers everyone.

use std::{
    sync::{Arc, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;

use super::{
    checkpoint::Checkpointer,
    error::unavailable,
    intake::Intake,
    job::Group,
    record,
    shared::Shared,
    transaction::{Effects, Tx},
};
use crate::{
    clock::Clock,
    model::{SerialSource, Timestamp},
};

/// How long to leave a disk alone that just refused.
const RECOVERY: Duration = Duration::from_millis(200);

/// Starts the thread. It ends after [`super::intake::Intake::close`], when everything queued is committed.
pub(super) fn start(
    mut conn: Connection,
    shared: Arc<Shared>,
    checkpointer: Checkpointer,
    clock: Clock,
    mut serials: SerialSource,
) -> std::io::Result<thread::JoinHandle<()>> {
    thread::Builder::new().name("lanehook-writer".into()).spawn(move || {
        let _end = End(&shared.intake);
        let _guard = shared.failure.guard("writer");
        let mut jobs = 0;
        loop {
            let group = shared.intake.take(jobs);
            jobs = group.jobs.len();
            let last = group.last;
            let kept_waiting = commit_group(&mut conn, &shared, &checkpointer, clock.now(), &mut serials, group);
            if last {
                break;
            }
            if kept_waiting {
                thread::sleep(RECOVERY);
            }
        }
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

/// Commits a group and answers. Returns whether settlements have to wait because the disk refused.
fn commit_group(
    conn: &mut Connection,
    shared: &Shared,
    checkpointer: &Checkpointer,
    now: Timestamp,
    serials: &mut SerialSource,
    group: Group,
) -> bool {
    checkpointer.restart_if_asked(conn);
    let (began, jobs) = (Instant::now(), group.jobs.len());
    let mut finishes = Vec::with_capacity(jobs);
    let outcome = match conn.execute_batch("BEGIN IMMEDIATE").map_err(unavailable) {
        Err(error) => {
            // Nothing can be run. The jobs are dropped below, by which their callers know.
            Err((error, group.jobs))
        }
        Ok(()) => {
            let mut tx = Tx { conn, now, serials, effects: Effects::default(), by: None, broken: None };
            for job in group.jobs {
                finishes.push(job(&mut tx));
            }
            record::settle_all(&mut tx, &group.settled);
            let result = match tx.broken.take() {
                Some(error) => Err(error),
                None => conn.execute_batch("COMMIT").map_err(unavailable),
            };
            result.map(|()| tx.effects).map_err(|error| (error, Vec::new()))
        }
    };
    match outcome {
        Ok(effects) => {
            let settlements = group.settled.iter().map(|settled| settled.settlements.len()).sum();
            shared.counted.committed(jobs, settlements, began.elapsed());
            shared.committed(effects, serials.last());
            for finish in finishes {
                finish(Ok(()));
            }
            for settled in group.settled {
                // A caller that went away needs no answer.
                let _ = settled.done.send(());
            }
            shared.recent.announce();
            shared.writable.store(true, Ordering::Relaxed);
            false
        }
        Err((error, unstarted)) => {
            shared.counted.failed();
            let _ = conn.execute_batch("ROLLBACK"); // no transaction any more: fine
            if shared.writable.swap(false, Ordering::Relaxed) {
                tracing::error!(%error, "the store cannot write; events are refused until it can");
            }
            drop(unstarted); // never run: their callers see the channel closed on which they wait for an answer
            for finish in finishes {
                finish(Err(error.clone()));
            }
            let waiting = !group.settled.is_empty();
            shared.intake.put_back(group.settled);
            waiting
        }
    }
}
