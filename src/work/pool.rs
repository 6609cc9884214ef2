//! The threads that do the work, one slice at a time.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::Poll,
    thread,
    time::Duration,
};

use rustix::time::{ClockId, clock_gettime};

use super::slice::Slice;
use crate::{failure::Failure, model::TenantKey, turns::Turns};

/// Goes on as far as a slice allows; it keeps what it has got so far.
pub(super) type Act = Box<dyn FnMut(&mut Slice) -> Poll<()> + Send>;

/// Something to do in slices.
pub(super) struct Job {
    pub act: Act,
    /// Whether it is done for somebody else than the tenant.
    pub for_others: bool,
}

/// Others on this machine are served before these threads: a quarter of a processor's time is theirs when all are busy.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// What the threads and those who give them work share.
pub(super) struct Pool {
    state: Mutex<State>,
    news: Condvar,
    failure: Failure,
}

struct State {
    turns: Turns<Job>,
    closed: bool,
}

impl Pool {
    /// Starts so many threads, which end with [`close`](Pool::close).
    pub fn start(threads: usize) -> io::Result<Arc<Pool>> {
        let state = State { turns: Turns::new(threads), closed: false };
        let pool = Arc::new(Pool { state: Mutex::new(state), news: Condvar::new(), failure: Failure::default() });
        for _ in 0..threads {
            let own = pool.clone();
            let started = thread::Builder::new().name("lanehook-work".into()).spawn(move || own.work());
            if let Err(error) = started {
                pool.close();
                return Err(error);
            }
        }
        Ok(pool)
    }

    /// Puts a job in its tenant's line.
    pub fn push(&self, tenant: TenantKey, job: Job) {
        let turns = &mut self.locked().turns;
        match job.for_others {
            true => turns.push_for_others(tenant, job),
            false => turns.push(tenant, job),
        }
        self.news.notify_one();
    }

    /// How many jobs wait.
    pub fn waiting(&self) -> usize {
        self.locked().turns.waiting()
    }

    /// Lets the threads end when they have done the slice at hand.
    pub fn close(&self) {
        self.locked().closed = true;
        self.news.notify_all();
    }

    /// Returns when a thread has ended by a panic, see [`Failure::happened`].
    pub async fn failed(&self) -> String {
        self.failure.happened().await
    }

    fn work(&self) {
        // Its tenant's work would wait for ever, and with the last thread everybody's.
        let _guard = self.failure.guard("a thread for long work");
        give_way();
        let mut state = self.locked();
        while !state.closed {
            let Some((tenant, mut job)) = state.turns.take() else {
                state = self.news.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(state);
            let began = thread_time();
            // A job tells its caller of a panic itself; this is for what may panic in the telling, or when it is dropped.
            let done = catch_unwind(AssertUnwindSafe(|| (job.act)(&mut Slice::turn()))).unwrap_or(Poll::Ready(()));
            let rest = match done {
                Poll::Pending => Some(job),
                Poll::Ready(()) => {
                    let _ = catch_unwind(AssertUnwindSafe(|| drop(job)));
                    None
                }
            };
            let used = thread_time().saturating_sub(began);
            state = self.locked();
            match rest {
                Some(job) if job.for_others => state.turns.ended_for_others(tenant, used, job),
                rest => state.turns.ended(tenant, used, rest),
            }
            // Whose tenant had too many threads may go now.
            self.news.notify_one();
        }
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The processor's time that this thread has used.
fn thread_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap_or_default()
}

/// How many threads there are: with a lower priority as many as processors, otherwise one less.
pub(super) fn usual_threads() -> usize {
    let processors = thread::available_parallelism().map_or(1, |count| count.get());
    // With one thread only, tenants would wait for the longest piece of another.
    if cfg!(target_os = "linux") { processors.max(2) } else { processors.saturating_sub(1).max(2) }
}

/// Has this thread go behind those that serve everybody, from now on. On Linux a thread has a priority of its own.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::warn!(%error, "long work has the same priority as everything else");
    }
}
