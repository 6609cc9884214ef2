//! What the stores that several processes share have in common: claims that lapse, errors, and how long is waited.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::received::MessageKey;

/// How long a store may take for what is asked for one message before it is handled, and once more after it. A sender waits ten
/// seconds at least, and is to hear of it.
const PATIENCE: Duration = Duration::from_secs(5);

tokio::task_local! {
    /// When the patience with this message ends, whatever number of steps it takes.
    static ENDS_AT: Instant;
}

/// Seconds after which a claim lapses that nobody completed or released, unless another time is chosen.
pub(super) const LEASE: i64 = 60;

/// Why a store that processes share did not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// What was asked for one message took more than five seconds. Whether it did what it was asked for is not known: if it did, the message is under way
    /// until its claim lapses.
    #[error("it took more than {} seconds", PATIENCE.as_secs())]
    Late,
    /// It could not be reached, or refused. In its words, or its client's.
    #[error("{0}")]
    Failed(String),
}

impl StoreError {
    /// An error with its causes, in one line.
    pub(super) fn of(error: &dyn Error) -> StoreError {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let words = error.to_string();
            // Some clients repeat a cause in the words of what it caused.
            if !text.contains(&words) {
                text.push_str(": ");
                text.push_str(&words);
            }
            cause = error.source();
        }
        StoreError::Failed(text)
    }
}

/// The right to handle a message that is remembered in a store that processes share.
///
/// Dropped, it frees its message when it lapses, since a process that ended can tell the store nothing.
#[must_use = "a claim that is dropped frees its message only when it lapses"]
pub struct Lease {
    pub(super) key: MessageKey,
    /// Whose it is: it may have lapsed and be another's by now.
    pub(super) token: [u8; 16],
    pub(super) keep_until: i64,
    pub(super) lapses_at: i64,
    /// How long its message was to be remembered when it was made.
    #[cfg(feature = "redis")]
    pub(super) keep_for: i64,
}

impl Lease {
    /// A claim that lapses these many seconds from now.
    pub(super) fn new(key: MessageKey, now: i64, keep_until: i64, seconds: i64) -> Result<Lease, StoreError> {
        let mut token = [0; 16];
        getrandom::fill(&mut token).map_err(|error| StoreError::of(&error))?;
        Ok(Lease {
            key,
            token,
            keep_until,
            lapses_at: now.saturating_add(seconds),
            #[cfg(feature = "redis")]
            keep_for: keep_until.saturating_sub(now),
        })
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").field("key", &self.key).field("lapses_at", &self.lapses_at).finish_non_exhaustive()
    }
}

/// Whole seconds, at least one.
pub(super) fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX).max(1)
}

/// All steps for one message, with one patience.
pub(super) async fn for_one_message<T>(steps: impl Future<Output = T>) -> T {
    ENDS_AT.scope(Instant::now() + PATIENCE, steps).await
}

/// A store's answer, if it comes in time. If there is none left, it is asked all the same, and not waited for: to be let go of a claim.
pub(super) async fn in_time<T, E: Error>(answer: impl Future<Output = Result<T, E>>) -> Result<T, StoreError> {
    let ends_at = ENDS_AT.try_with(|ends_at| *ends_at).unwrap_or_else(|_| Instant::now() + PATIENCE);
    match tokio::time::timeout_at(ends_at, answer).await {
        Ok(answer) => answer.map_err(|error| StoreError::of(&error)),
        Err(_) => Err(StoreError::Late),
    }
}
