//! Time, passed in: the system's in production, one that is moved by hand in tests.
//!
//! Everything that waits, waits through a [`Clock`], so a test can let a day of retries pass in a moment
//! while real sockets do real work.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use crate::model::Timestamp;

/// Tells the time and waits for it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System,
    Manual(Arc<watch::Sender<Timestamp>>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Clock {
        Clock(Kind::System)
    }

    /// A clock that stands still until [`Clock::advance`].
    pub fn manual(start: Timestamp) -> Clock {
        Clock(Kind::Manual(Arc::new(watch::Sender::new(start))))
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::System => Timestamp::from_millis(jiff::Timestamp::now().as_millisecond()),
            Kind::Manual(time) => *time.borrow(),
        }
    }

    /// Moves a manual clock on and wakes whoever waited for that time.
    ///
    /// # Panics
    /// On the system's clock.
    pub fn advance(&self, by: Duration) {
        match &self.0 {
            Kind::System => panic!("the system's clock cannot be moved"),
            Kind::Manual(time) => time.send_modify(|now| *now = *now + by),
        }
    }

    /// Returns at `deadline`, at once if it is past. Cancel-safe.
    pub async fn sleep_until(&self, deadline: Timestamp) {
        match &self.0 {
            Kind::System => tokio::time::sleep(deadline.since(self.now())).await,
            Kind::Manual(time) => {
                // The sender lives in `self`, so the wait cannot end with an error while we hold it.
                let _ = time.subscribe().wait_for(|now| *now >= deadline).await;
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
}
