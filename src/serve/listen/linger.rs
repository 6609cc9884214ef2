//! The end of a connection whose client still sends. If it were closed at once, the system would answer what comes with a reset, and
//! many clients would see that and never the answer. So what comes is read and dropped, so much of it and so long.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::sync::Notify;

use crate::clock::Clock;

/// How long a client has to take its answer and stop.
const SPAN: Duration = Duration::from_secs(10);
/// How much is dropped of what it sends: four times what a request may have, where nothing else is set.
pub const MOST_BYTES: usize = 32 << 20;

/// Whether a connection lingers at its end.
#[derive(Debug, Default)]
pub struct Linger {
    is_body_left: AtomicBool,
    begins: Notify,
}

impl Linger {
    /// Whether some of the last request's body was not read.
    pub fn leaves_body(&self, is_left: bool) {
        self.is_body_left.store(is_left, Ordering::Relaxed);
    }

    /// The server has said all that it says. Whether the client may still be sending.
    pub fn begins(&self) -> bool {
        let is_left = self.is_body_left.load(Ordering::Relaxed);
        if is_left {
            self.begins.notify_one();
        }
        is_left
    }

    /// Returns when the client has been listened to for long enough. Cancel-safe.
    pub async fn is_over(&self, clock: &Clock) {
        self.begins.notified().await;
        clock.sleep(SPAN).await;
    }
}
