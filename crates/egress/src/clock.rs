//! Time, passed in, so that tests can let a timeout pass in a moment while real sockets do real work.

use std::{
    future::Future,
    sync::LazyLock,
    time::{Duration, Instant},
};

/// Tells time and waits. What a request waits for, it waits for through this: its timeout, its turn, and the head start of an
/// address. Only a resolver's own patience is real time.
pub trait Clock: Clone + Send + Sync + 'static {
    /// How long ago a moment was that is always the same one.
    fn now(&self) -> Duration;

    /// Returns after `span`. Must be cancel-safe.
    fn sleep(&self, span: Duration) -> impl Future<Output = ()> + Send;
}

/// Real time, by tokio's timers.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

/// When it was first asked.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        START.elapsed()
    }

    fn sleep(&self, span: Duration) -> impl Future<Output = ()> + Send {
        tokio::time::sleep(span)
    }
}
