//! What a store is asked about itself.

use std::{collections::BTreeMap, time::Duration};

use async_trait::async_trait;
use serde::Serialize;
use utoipa::ToSchema;

use super::Result;
use crate::{model::Serial, observe::Histogram};

/// Serials whose time is so much ahead of the clock tell that it was set back. A transaction's serials run ahead of it by
/// milliseconds.
pub const CLOCK_AHEAD: Duration = Duration::from_secs(60);

/// What was written and is not in its place yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WriteAheadLog {
    /// How much.
    pub bytes: u64,
    /// If it is too much: who keeps it from becoming less, in a sentence for the operator.
    pub held: Option<String>,
}

/// A store in numbers.
#[derive(Clone, PartialEq, Debug)]
pub struct StoreFigures {
    /// Of which kind it is.
    pub kind: &'static str,
    pub database_bytes: u64,
    /// Bytes of that which nothing is in: they are used again before it grows.
    pub unused_bytes: u64,
    /// Bytes of the disk that are free, if that is known.
    pub free_bytes: Option<u64>,
    /// Bytes of it by what they are for. Of a large database that is estimated.
    pub by_kind: BTreeMap<DiskKind, u64>,
    /// How long the last commits took: one or two thousand.
    pub commits: Histogram,
}

/// What takes room on the disk.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiskKind {
    /// What was published, and lists of whom it is still owed to.
    Events,
    /// What is or was owed, and replays.
    Deliveries,
    /// What was sent and answered.
    Attempts,
    /// Ids of the last 24 hours, by which what is sent twice is known.
    Ids,
    /// Sums over time.
    Statistics,
    /// Webhooks and their counters.
    Webhooks,
    /// All else.
    Other,
    /// Nothing: used again before the database grows.
    Unused,
}

/// How many commits there were since the store was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CommitCounts {
    pub all: u64,
    /// Those that took a second and more.
    pub slow: u64,
}

/// Whether the store works, and its end.
#[async_trait]
pub trait Lifecycle: Send + Sync + 'static {
    /// Commits something, to see whether it can.
    async fn ping(&self) -> Result<()>;

    /// Looks whether what is kept is still there and can be read, and tells the log if the disk has become short, or is so no more.
    /// Costs next to nothing.
    ///
    /// # Errors
    /// What is wrong, and the way back, in a sentence for the operator.
    async fn inspect(&self) -> std::result::Result<(), String>;

    /// Why not all of what is new is taken, while the disk is short: a sentence for the operator.
    fn disk(&self) -> Option<String>;

    /// How much was written and is not in its place yet.
    fn write_ahead_log(&self) -> WriteAheadLog;

    /// How large it is, and how long commits take.
    async fn figures(&self) -> Result<StoreFigures>;

    /// How many commits there were, and how many of them were slow.
    fn commit_counts(&self) -> CommitCounts;

    /// The last serial that is durable. They only grow, so its time is ahead of the clock if that was set back.
    fn last_serial(&self) -> Serial;

    /// Says why the store cannot go on, when that is so; never, if all is well. Only a defect can cause it: then the
    /// process is to end, since nothing that it takes in can be kept.
    async fn failed(&self) -> String;

    /// Commits what is queued and stops. Verbs called later answer [`StoreError::Closed`](super::StoreError::Closed).
    async fn close(&self);
}
