//! Work that may take long, and costs its own tenant only: filters, templates, schemas, expressions, all that strangers
//! write and the server evaluates.
//!
//! In goes a job, which is done piece by piece ([`Slice`]), out comes what it made. What is short is done in place, on the
//! task that asked. The rest goes to a few threads of low priority, by turns of the tenants ([`Turns`](crate::turns::Turns)): a slice of some
//! milliseconds each, counted by the processor's time that it took. So a tenant's long work waits behind its own, and the
//! threads that serve everybody are not held. Nothing survives a crash, or needs to: what was asked for is asked for again.

mod metrics;
mod pool;
mod slice;

use std::{
    any::Any,
    collections::HashMap,
    io,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use tokio::sync::oneshot;

use self::pool::{Act, Job, Pool, usual_threads};
pub use self::{
    pool::give_way,
    slice::{Cost, Slice},
};
use crate::model::TenantKey;

/// Jobs of one tenant's requests that may wait or be under way at one time.
const MOST_ASKED: usize = 128;

/// Does what may take long. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Work(Arc<Inner>);

struct Inner {
    pool: Arc<Pool>,
    /// How many jobs of requests each tenant has; nobody who has none.
    asked: Mutex<HashMap<TenantKey, usize>>,
}

/// So many jobs of this tenant's requests wait already that another one is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("too much work of this tenant is waiting")]
pub struct TooMuchWork;

impl Work {
    /// On as many threads as suit this machine.
    ///
    /// # Errors
    /// They cannot be started.
    pub fn start() -> io::Result<Work> {
        Work::on(usual_threads())
    }

    /// On so many threads.
    ///
    /// # Errors
    /// They cannot be started.
    pub fn on(threads: usize) -> io::Result<Work> {
        Ok(Work(Arc::new(Inner { pool: Pool::start(threads)?, asked: Mutex::default() })))
    }

    /// Does a job for a tenant, however many of its jobs wait: for lanes, of which only some go at one time. The job says
    /// what it made once it is done, and is called again until then. If nobody waits for it any more, it is given up.
    ///
    /// # Panics
    /// As the job does.
    pub async fn run<T: Send + 'static>(
        &self,
        tenant: TenantKey,
        job: impl FnMut(&mut Slice) -> Poll<T> + Send + 'static,
    ) -> T {
        self.run_in_line(tenant, false, job).await
    }

    /// The same for somebody else, such as who broadcasts: while jobs of the tenant's own wait as well, each kind takes every
    /// other of its turns, so that neither waits longer by the number of the other's jobs.
    pub async fn run_for_others<T: Send + 'static>(
        &self,
        tenant: TenantKey,
        job: impl FnMut(&mut Slice) -> Poll<T> + Send + 'static,
    ) -> T {
        self.run_in_line(tenant, true, job).await
    }

    async fn run_in_line<T: Send + 'static>(
        &self,
        tenant: TenantKey,
        for_others: bool,
        mut job: impl FnMut(&mut Slice) -> Poll<T> + Send + 'static,
    ) -> T {
        match job(&mut Slice::in_place()) {
            Poll::Ready(done) => done,
            Poll::Pending => self.wait_for(tenant, for_others, job).await,
        }
    }

    /// As [`Work::run`], for a request.
    ///
    /// # Errors
    /// Too many jobs of the tenant's requests are waiting.
    pub async fn ask<T: Send + 'static>(
        &self,
        tenant: TenantKey,
        mut job: impl FnMut(&mut Slice) -> Poll<T> + Send + 'static,
    ) -> Result<T, TooMuchWork> {
        if let Poll::Ready(done) = job(&mut Slice::in_place()) {
            return Ok(done);
        }
        let asked = self.asked_by(tenant)?;
        let job = move |slice: &mut Slice| {
            let _until_it_is_done = &asked;
            job(slice)
        };
        Ok(self.wait_for(tenant, false, job).await)
    }

    /// Does for a request what cannot be parted, and costs about so much.
    ///
    /// # Errors
    /// Too many jobs of the tenant's requests are waiting.
    pub async fn ask_once<T: Send + 'static>(
        &self,
        tenant: TenantKey,
        cost: Cost,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, TooMuchWork> {
        self.ask(tenant, once(cost, work)).await
    }

    /// Does for a lane what cannot be parted, and costs about so much.
    pub async fn run_once<T: Send + 'static>(
        &self,
        tenant: TenantKey,
        cost: Cost,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        self.run(tenant, once(cost, work)).await
    }

    /// Returns when a thread has ended by a panic, with a sentence; never, if all is well. Only a defect can cause it.
    pub async fn failed(&self) -> String {
        self.0.pool.failed().await
    }

    /// How many jobs wait.
    pub fn waiting(&self) -> usize {
        self.0.pool.waiting()
    }

    async fn wait_for<T: Send + 'static>(
        &self,
        tenant: TenantKey,
        for_others: bool,
        work: impl FnMut(&mut Slice) -> Poll<T> + Send + 'static,
    ) -> T {
        let (answer, answered) = oneshot::channel();
        self.0.pool.push(tenant, Job { act: job(work, answer), for_others });
        match answered.await {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => resume_unwind(Box::new("a job ended without an answer")),
        }
    }

    fn asked_by(&self, tenant: TenantKey) -> Result<Asked, TooMuchWork> {
        let mut asked = self.0.asked();
        let count = asked.entry(tenant).or_default();
        if *count >= MOST_ASKED {
            return Err(TooMuchWork);
        }
        *count += 1;
        Ok(Asked(Arc::downgrade(&self.0), tenant))
    }
}

/// A job of one piece.
fn once<T>(cost: Cost, work: impl FnOnce() -> T) -> impl FnMut(&mut Slice) -> Poll<T> {
    let mut work = Some(work);
    move |slice| match slice.affords(cost) {
        true => work.take().map_or(Poll::Pending, |work| Poll::Ready(work())),
        false => Poll::Pending,
    }
}

/// A job for the pool that answers with what it made, or with its panic.
fn job<T: Send + 'static>(
    mut work: impl FnMut(&mut Slice) -> Poll<T> + Send + 'static,
    answer: oneshot::Sender<Result<T, Box<dyn Any + Send>>>,
) -> Act {
    let mut answer = Some(answer);
    Box::new(move |slice| {
        if answer.as_ref().is_none_or(oneshot::Sender::is_closed) {
            return Poll::Ready(());
        }
        let done = match catch_unwind(AssertUnwindSafe(|| work(slice))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(done)) => Ok(done),
            Err(panic) => Err(panic),
        };
        if let Some(answer) = answer.take() {
            // Nobody may be there to hear it.
            let _ = answer.send(done);
        }
        Poll::Ready(())
    })
}

impl Inner {
    fn asked(&self) -> MutexGuard<'_, HashMap<TenantKey, usize>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.pool.close();
    }
}

/// A request's job that waits or is under way. Weak, since the pool holds it with the job.
struct Asked(std::sync::Weak<Inner>, TenantKey);

impl Drop for Asked {
    fn drop(&mut self) {
        let Some(inner) = self.0.upgrade() else { return };
        let mut asked = inner.asked();
        if let Some(count) = asked.get_mut(&self.1) {
            *count -= 1;
            if *count == 0 {
                asked.remove(&self.1);
            }
        }
    }
}

#[cfg(test)]
mod tests;
