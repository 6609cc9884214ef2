//! That a thread has ended without which the server cannot go on.
//!
//! A task of tokio's tells whoever awaits it of its panic; a thread of its own tells nobody, so each holds a [`Guard`].

use std::thread;

use tokio::sync::watch;

/// Says once that a thread of some room has ended by a panic.
#[derive(Debug)]
pub struct Failure(watch::Sender<Option<String>>);

impl Default for Failure {
    fn default() -> Failure {
        Failure(watch::Sender::new(None))
    }
}

impl Failure {
    /// Waits for it, for ever if all is well.
    pub async fn happened(&self) -> String {
        let mut receiver = self.0.subscribe();
        let sentence = receiver.wait_for(Option::is_some).await.ok().and_then(|sentence| sentence.clone());
        match sentence {
            Some(sentence) => sentence,
            // The sender is `self`, so it cannot be gone.
            None => std::future::pending().await,
        }
    }

    /// To be held by a thread as long as it runs: says so if the thread ends by a panic. `thread`: which, in words.
    pub fn guard(&self, thread: &'static str) -> Guard<'_> {
        Guard { failure: self, thread }
    }
}

/// Held by a thread as long as it runs, see [`Failure::guard`].
#[derive(Debug)]
pub struct Guard<'a> {
    failure: &'a Failure,
    thread: &'static str,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let sentence = format!("{} ended by a panic", self.thread);
            tracing::error!("{sentence}; the server cannot go on");
            self.failure.0.send_replace(Some(sentence));
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_thread_that_ends_by_a_panic_is_told_of_and_one_that_ends_well_is_not() {
        let failure = Failure::default();
        thread::scope(|scope| drop(scope.spawn(|| failure.guard("the clerk")).join()));
        assert_eq!(failure.happened().now_or_never(), None);
        thread::scope(|scope| {
            let ended = scope.spawn(|| {
                let _guard = failure.guard("the writer");
                panic!("a test's own panic");
            });
            assert!(ended.join().is_err());
        });
        assert_eq!(failure.happened().await, "the writer ended by a panic");
        assert_eq!(failure.happened().now_or_never().as_deref(), Some("the writer ended by a panic"));
    }
}
