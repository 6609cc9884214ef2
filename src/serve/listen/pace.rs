//! How fast a client takes an answer. What it has not taken stays in memory, so one that takes nothing, or next to nothing, is
//! cut off, as one is that sends a body too slowly.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::Notify;

use crate::clock::Clock;

/// How long a client may take less than it has to. Systems take bytes from a process in portions, and a slow line needs some
/// time for each.
const SPAN: Duration = Duration::from_secs(30);
/// What it has to take within that: 4 KiB a second, as much as of a body has to come.
const LEAST_BYTES: usize = 30 * (4 << 10);

/// The answers of one connection.
#[derive(Debug, Default)]
pub struct Pace {
    taking: Mutex<Option<Taking>>,
    begins: Notify,
}

/// The client does not take as fast as the server gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Taking {
    /// Since it was looked at last.
    bytes: usize,
    /// Whether it was looked at.
    is_known: bool,
}

impl Pace {
    /// Bytes were taken.
    pub fn takes(&self, bytes: usize) {
        if let Some(taking) = &mut *self.locked() {
            taking.bytes += bytes;
        }
    }

    /// No more is taken for now.
    pub fn stalls(&self) {
        let mut taking = self.locked();
        if taking.is_none() {
            *taking = Some(Taking::default());
            self.begins.notify_one();
        }
    }

    /// All that there was to take is taken.
    pub fn is_done(&self) {
        *self.locked() = None;
    }

    /// Returns when the client has taken too little for too long. Cancel-safe.
    pub async fn is_too_slow(&self, clock: &Clock) {
        loop {
            self.begins.notified().await;
            // By elapsed time, whatever the clock is set to meanwhile.
            while self.begins_span() {
                clock.sleep(SPAN).await;
                if self.took_too_little() {
                    return;
                }
            }
        }
    }

    /// Counts from zero. Whether there is anything to take.
    fn begins_span(&self) -> bool {
        let mut taking = self.locked();
        *taking = taking.map(|_| Taking { bytes: 0, is_known: true });
        taking.is_some()
    }

    /// Whether it is still the same that is to be taken, and too little of it was.
    fn took_too_little(&self) -> bool {
        self.locked().is_some_and(|taking| taking.is_known && taking.bytes < LEAST_BYTES)
    }

    fn locked(&self) -> MutexGuard<'_, Option<Taking>> {
        self.taking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::poll;

    use super::*;
    use crate::model::Timestamp;

    fn clock() -> Clock {
        Clock::manual(Timestamp::from_millis(1_800_000_000_000))
    }

    #[tokio::test]
    async fn who_takes_nothing_or_too_little_is_too_slow() {
        for bytes in [0, LEAST_BYTES - 1] {
            let (pace, clock) = (Pace::default(), clock());
            let mut cut = Box::pin(pace.is_too_slow(&clock));
            pace.stalls();
            assert!(poll!(&mut cut).is_pending());
            pace.takes(bytes);
            clock.set(Timestamp::from_millis(0));
            clock.advance(SPAN - Duration::from_millis(1));
            assert!(poll!(&mut cut).is_pending(), "it has all of its time");
            clock.advance(Duration::from_millis(1));
            assert!(poll!(&mut cut).is_ready());
        }
    }

    #[tokio::test]
    async fn who_takes_enough_or_all_goes_on() {
        let (pace, clock) = (Pace::default(), clock());
        let mut cut = Box::pin(pace.is_too_slow(&clock));
        pace.stalls();
        for _ in 0..3 {
            assert!(poll!(&mut cut).is_pending());
            pace.takes(LEAST_BYTES);
            clock.advance(SPAN);
        }
        assert!(poll!(&mut cut).is_pending());
        pace.is_done();
        // The next answer stalls shortly before it is looked at again, and has its own time.
        clock.advance(SPAN - Duration::from_millis(1));
        pace.stalls();
        clock.advance(Duration::from_millis(1));
        assert!(poll!(&mut cut).is_pending());
        clock.advance(SPAN);
        assert!(poll!(&mut cut).is_ready());
    }
}
