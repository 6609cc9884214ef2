//! The embedded store: one SQLite file, one thread that writes, a few connections that read.
//!
//! A verb that writes queues a job ([`intake`]); the writer runs everything that is queued in one transaction and
//! answers after the commit ([`writer`]): group commit. Readers have connections of their own and see the last commit.
//! What would be too much for one transaction is kept as lists, which the writer unfolds between two groups ([`unfolding`]).

mod access;
mod append;
mod audit;
mod audit_check;
mod broadcast;
mod catalogue;
mod check;
mod checkpoint;
mod clock;
mod copies;
mod copy;
mod counted;
mod counting;
mod damage;
mod dedup;
mod disk_use;
mod early_ids;
mod error;
mod fan_out;
mod file;
mod forms;
mod gap;
mod groups;
mod history;
mod intake;
mod job;
mod job_queues;
mod keep;
mod keeping;
mod ledger;
mod live;
mod load;
mod mails;
mod metrics;
mod notices;
mod open;
mod orphans;
mod promised;
mod quantum;
mod queue;
mod read;
mod reader_threads;
mod readers;
mod record;
mod refusal;
mod replay;
mod replay_rows;
mod replays;
mod reserve;
mod retention;
mod rows;
mod saved;
mod scrub;
mod search;
mod sessions;
mod set_aside;
mod shared;
mod store;
mod tally;
mod tenants;
mod tested;
#[cfg(test)]
mod tests;
mod told;
mod transaction;
mod unfold;
mod unfolding;
mod usage;
mod version;
mod wal;
mod webhooks;
mod whole;
mod writer;

pub use self::{
    audit_check::{AuditFlaw, AuditReport, check_audit},
    check::{Checked, Finding, Size, check, repair},
    copy::{Copy, CopyError, Original, copy, partial_of, rename_to_new, sync_folder_of},
    file::lock as lock_database,
    forms::opens,
    reserve::Reserve,
    store::SqliteStore,
};

/// What of its logs is of interest: otherwise every start says that there is nothing to migrate.
pub const LOGS: &str = "refinery_core=warn";
