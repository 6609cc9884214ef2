//! Threads that read, as many as there are connections. They are the store's own, and not those of the runtime: one that reads what a
//! tenant asks for gives way to the threads that serve everybody, and stays so for good.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};

use tokio::sync::oneshot;

use crate::work::give_way;

type Task = Box<dyn FnOnce() + Send>;

/// Threads that end when this is dropped and what they do is done.
pub(super) struct ReaderThreads(mpsc::Sender<Task>);

impl ReaderThreads {
    /// Starts so many. `serve_everybody`: nobody goes before them.
    pub fn start(count: usize, serve_everybody: bool) -> io::Result<ReaderThreads> {
        let (give, take) = mpsc::channel::<Task>();
        let take = Arc::new(Mutex::new(take));
        for _ in 0..count {
            let take = take.clone();
            let work = move || {
                if !serve_everybody {
                    give_way();
                }
                while let Some(task) = next(&take) {
                    // Who waits for it is told by its end, and the log says where it panicked.
                    let _ = catch_unwind(AssertUnwindSafe(task));
                }
            };
            thread::Builder::new().name("lanehook-read".into()).spawn(work)?;
        }
        Ok(ReaderThreads(give))
    }

    /// Does this on one of them. `None`, if it panicked.
    pub async fn run<T: Send + 'static>(&self, task: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let (tell, told) = oneshot::channel();
        let task = Box::new(move || {
            // Who went away needs no answer.
            let _ = tell.send(task());
        });
        // They take tasks as long as this is there.
        let _ = self.0.send(task);
        told.await.ok()
    }
}

/// The next task, once there is one; `None` at the end.
fn next(take: &Mutex<mpsc::Receiver<Task>>) -> Option<Task> {
    take.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_ends_its_task_and_no_thread() {
        let threads = ReaderThreads::start(1, false).unwrap();
        assert_eq!(threads.run(|| -> u8 { panic!("a test's own panic") }).await, None);
        assert_eq!(threads.run(|| 7).await, Some(7));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_a_tenant_asks_for_gives_way_to_what_serves_everybody() {
        let niceness = || rustix::process::nice(0).unwrap();
        let of = async |serve_everybody| {
            let threads = ReaderThreads::start(1, serve_everybody).unwrap();
            threads.run(niceness).await.unwrap()
        };
        assert!(of(false).await > of(true).await);
        assert_eq!(of(true).await, niceness());
    }
}
