//! Time, passed in, so that tests can let a timeout pass in a moment while real sockets do real work.

use std::{future::Future, time::Duration};

/// Waits. What a request waits for, it waits for through this: its timeout, and the head start of an address.
pub trait Clock: Clone + Send + Sync + 'static {
    /// Returns after `span`. Must be cancel-safe.
    fn sleep(&self, span: Duration) -> impl Future<Output = ()> + Send;
}

/// Real time, by tokio's timers.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn sleep(&self, span: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(span)
    }
}
