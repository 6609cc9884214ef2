//! Time, passed in: the system's in production, one that is moved by hand in tests.
//!
//! Everything that waits, waits through a [`Clock`], so a test can let a day of retries pass in a moment
//! while real sockets do real work.

use std::{
    sync::{Arc, LazyLock},
    time::{Duration, Instant},
};

use tokio::sync::watch;

use crate::model::Timestamp;

/// Tells the time and waits for it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System,
    Manual(Arc<watch::Sender<Hands>>),
}

/// A clock that is moved by hand.
#[derive(Clone, Copy, Debug)]
struct Hands {
    /// What it shows.
    shown: Timestamp,
    /// How much time has passed: what it shows can be set, this only grows.
    passed: Duration,
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Clock {
        Clock(Kind::System)
    }

    /// A clock that stands still until [`Clock::advance`].
    pub fn manual(start: Timestamp) -> Clock {
        Clock(Kind::Manual(Arc::new(watch::Sender::new(Hands { shown: start, passed: Duration::ZERO }))))
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::System => Timestamp::from_millis(jiff::Timestamp::now().as_millisecond()),
            Kind::Manual(hands) => hands.borrow().shown,
        }
    }

    /// How much time has passed since some moment: it only grows, whatever the clock is set to.
    pub fn passed(&self) -> Duration {
        static SOME_MOMENT: LazyLock<Instant> = LazyLock::new(Instant::now);
        match &self.0 {
            Kind::System => SOME_MOMENT.elapsed(),
            Kind::Manual(hands) => hands.borrow().passed,
        }
    }

    /// Moves a manual clock on and wakes whoever waited for that time.
    ///
    /// # Panics
    /// On the system's clock.
    pub fn advance(&self, by: Duration) {
        match &self.0 {
            Kind::System => panic!("the system's clock cannot be moved"),
            Kind::Manual(hands) => hands.send_modify(|hands| {
                hands.shown = hands.shown + by;
                hands.passed += by;
            }),
        }
    }

    /// Sets a manual clock, as a person or NTP sets the machine's: no time passes by it, so nobody wakes.
    ///
    /// # Panics
    /// On the system's clock.
    pub fn set(&self, time: Timestamp) {
        match &self.0 {
            Kind::System => panic!("the system's clock cannot be set"),
            Kind::Manual(hands) => hands.send_modify(|hands| hands.shown = time),
        }
    }

    /// Returns when as much time has passed as it is now until `deadline`, at once if it is past. If the clock is set meanwhile,
    /// that may be another time by then. Cancel-safe.
    pub async fn sleep_until(&self, deadline: Timestamp) {
        match &self.0 {
            Kind::System => tokio::time::sleep(deadline.since(self.now())).await,
            Kind::Manual(hands) => {
                let mut hands = hands.subscribe();
                let end = {
                    let now = hands.borrow_and_update();
                    now.passed + deadline.since(now.shown)
                };
                // The sender lives in `self`, so the wait cannot end with an error while we hold it.
                let _ = hands.wait_for(|now| now.passed >= end).await;
            }
        }
    }

    /// Returns after `span`. Cancel-safe.
    pub async fn sleep(&self, span: Duration) {
        self.sleep_until(self.now() + span).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_its_sleepers() {
        let clock = Clock::manual(Timestamp::from_millis(1_000));
        let deadline = clock.now() + Duration::from_secs(3600);
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep_until(deadline).await }
        });
        // Whether the sleeper falls asleep before or after the move, its time is reached.
        clock.advance(Duration::from_secs(3600));
        sleeper.await.unwrap();
    }

    #[tokio::test]
    async fn who_sleeps_while_the_clock_is_set_sleeps_as_long() {
        let clock = Clock::manual(Timestamp::from_millis(10_000));
        let mut sleeper = std::pin::pin!(clock.sleep(Duration::from_secs(5)));
        assert!(futures_util::poll!(&mut sleeper).is_pending());
        clock.set(Timestamp::from_millis(1_000));
        clock.advance(Duration::from_secs(4));
        assert!(futures_util::poll!(&mut sleeper).is_pending());
        clock.advance(Duration::from_secs(1));
        assert!(futures_util::poll!(&mut sleeper).is_ready());
        assert_eq!(clock.now(), Timestamp::from_millis(6_000));
        assert_eq!(clock.passed(), Duration::from_secs(5));
    }
}
