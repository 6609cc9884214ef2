//! The one thread that writes: takes what is queued, runs it in one transaction, commits, answers everyone.

use std::{
    fmt::Display,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, atomic::Ordering},
    thread,
    time::Duration,
};

use rusqlite::Connection;

use super::{
    Shared,
    checkpoint::Checkpointer,
    intake::{Group, Intake},
    record,
};
use crate::{
    clock::Clock,
    model::{Actor, DeliveryId, Event, Owed, Serial, SerialSource, Timestamp, WebhookKey},
    store::{Result, StoreError, Wake, note::Note, views::Changed},
};

/// Something to be done inside the group's transaction. It returns what to do when the commit's result is known.
pub(super) type Job = Box<dyn FnOnce(&mut Tx<'_>) -> Finish + Send>;
/// Tells whoever waits. `Err` if the group could not be committed.
pub(super) type Finish = Box<dyn FnOnce(Result<()>) + Send>;

/// How long to leave a disk alone that just refused.
const RECOVERY: Duration = Duration::from_millis(200);

/// The transaction of a group, and what will be true once it is committed.
pub(super) struct Tx<'a> {
    pub conn: &'a Connection,
    pub now: Timestamp,
    pub serials: &'a mut SerialSource,
    pub effects: Effects,
    /// Who makes the change that is under way, if it is somebody's.
    pub by: Option<Actor>,
    /// The first error that the whole group cannot survive.
    pub broken: Option<StoreError>,
}

/// What a commit makes visible in memory.
#[derive(Default)]
pub(super) struct Effects {
    pub events: Vec<Arc<Event>>,
    pub owed: Vec<Owed>,
    pub woken: Vec<Wake>,
    /// What changed of the things that have views, in order.
    pub changed: Vec<Changed>,
    /// Never attempted until now, and now attempted or cancelled.
    pub no_longer_fresh: Vec<(WebhookKey, DeliveryId)>,
    /// Webhooks of which much was cancelled.
    pub cancelled: Vec<WebhookKey>,
    /// What somebody changed.
    pub notes: Vec<Note>,
}

impl Tx<'_> {
    /// A serial greater than all before it.
    pub fn take_serial(&mut self) -> Serial {
        self.serials.take(self.now)
    }

    /// Runs `f` so that its failure leaves nothing behind, and the rest of the group unharmed.
    pub fn alone<T>(&mut self, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.savepoint("SAVEPOINT alone")?;
        let effects = std::mem::take(&mut self.effects);
        let result = caught(|| f(self));
        let own = std::mem::replace(&mut self.effects, effects);
        match result {
            Ok(value) => {
                self.savepoint("RELEASE alone")?;
                self.effects.join(own);
                Ok(value)
            }
            Err(error) => {
                // After a full or failing disk SQLite may have ended the transaction by itself. Then there is no
                // savepoint to return to, and the group is broken.
                let _ = self.savepoint("ROLLBACK TO alone; RELEASE alone");
                Err(error)
            }
        }
    }

    /// Runs `f`, which makes a change for somebody.
    pub fn made_by<T>(&mut self, by: Actor, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.by = Some(by);
        let result = caught(|| f(self));
        self.by = None;
        result
    }

    /// Something that has a view is changed: noted, and seen by everyone after the commit.
    pub fn changed(&mut self, what: &'static str, subject: impl Display, change: impl Into<Changed>) {
        self.note(what, subject);
        self.effects.changed.push(change.into());
    }

    /// Notes what is changed and by whom.
    pub fn note(&mut self, what: &'static str, subject: impl Display) {
        debug_assert!(self.by.is_some(), "{what}: by whom?");
        self.effects.notes.extend(self.by.as_ref().map(|by| Note::new(by, what, subject)));
    }

    /// Runs `f`, whose failure, half-way, the group cannot survive.
    pub fn whole<T>(&mut self, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let result = caught(|| f(self));
        match &result {
            Ok(_) => {}
            Err(StoreError::Panicked) => {
                let message = "another request of the same moment met a defect".to_owned();
                self.broken = Some(StoreError::Unavailable(message));
            }
            Err(error) => self.broken = Some(error.clone()),
        }
        result
    }

    fn savepoint(&mut self, sql: &str) -> Result<()> {
        self.whole(|tx| tx.conn.execute_batch(sql).map_err(unavailable))
    }
}

impl Effects {
    fn join(&mut self, mut other: Effects) {
        self.events.append(&mut other.events);
        self.owed.append(&mut other.owed);
        self.woken.append(&mut other.woken);
        self.changed.append(&mut other.changed);
        self.no_longer_fresh.append(&mut other.no_longer_fresh);
        self.cancelled.append(&mut other.cancelled);
        self.notes.append(&mut other.notes);
    }
}

/// What `f` returns; a panic in it is an error of whoever asked for it, and not the writer's end.
fn caught<T>(f: impl FnOnce() -> Result<T>) -> Result<T> {
    // Whoever gets the error undoes what was half done: the savepoint or the whole group.
    panic::catch_unwind(AssertUnwindSafe(f)).unwrap_or(Err(StoreError::Panicked))
}

/// Any error of SQLite, as the store's.
pub(super) fn unavailable(error: rusqlite::Error) -> StoreError {
    use rusqlite::{
        Error::{FromSqlConversionFailure, InvalidColumnType},
        ErrorCode::{DatabaseCorrupt, NotADatabase},
    };
    match error.sqlite_error_code() {
        Some(DatabaseCorrupt | NotADatabase) => StoreError::Corrupt(error.to_string()),
        None if matches!(error, FromSqlConversionFailure(..) | InvalidColumnType(..)) => {
            StoreError::Corrupt(error.to_string())
        }
        _ => StoreError::Unavailable(error.to_string()),
    }
}

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
    let mut finishes = Vec::with_capacity(group.jobs.len());
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

impl Shared {
    fn committed(&self, effects: Effects, last: Serial) {
        let deleted: Vec<WebhookKey> = effects.changed.iter().filter_map(Changed::deleted_webhook).collect();
        for changed in effects.changed {
            self.views.apply(changed);
        }
        self.recent.committed(effects.events, effects.owed);
        self.recent.no_longer_fresh(effects.no_longer_fresh);
        deleted.iter().for_each(|key| self.set_aside.forget(*key));
        for key in effects.cancelled.into_iter().chain(deleted) {
            self.recent.forget(key);
        }
        self.recent.wake(effects.woken);
        effects.notes.iter().for_each(Note::log);
        self.committed.store(last.number(), Ordering::Release);
    }
}
