//! The embedded store: one SQLite file, one thread that writes, a few connections that read.
//!
//! A verb that writes queues a job ([`intake`]); the writer runs everything that is queued in one transaction and
//! answers after the commit ([`writer`]): group commit. Readers have connections of their own and see the last commit.

mod access;
mod append;
mod catalogue;
mod checkpoint;
mod counted;
mod error;
mod file;
mod forms;
mod intake;
mod job;
mod metrics;
mod open;
mod prune;
mod queue;
mod read;
mod readers;
mod record;
mod rows;
mod set_aside;
mod shared;
mod store;
mod tenants;
#[cfg(test)]
mod tests;
mod transaction;
mod version;
mod webhooks;
mod writer;

pub use self::store::SqliteStore;

/// What of its logs is of interest: otherwise every start says that there is nothing to migrate.
pub const LOGS: &str = "refinery_core=warn";
