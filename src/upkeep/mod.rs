//! Everything periodic: one driver runs the jobs, each in its own time, and knows how each is doing.
//!
//! In go jobs ([`Job`]); out come reports ([`JobReport`]) that `/readyz` and `/metrics` show: when a job last ran, how long
//! that took, what it did. A job that panics is made anew and runs again in its next turn, and its report says so.
//! Nothing here survives a crash or needs to: what a job has done is in the store, and what it has not done yet it finds
//! there again.

mod audit;
mod driver;
mod entering;
mod health;
mod inspection;
mod keeping;
mod key_uses;
mod mail;
mod metrics;
mod notices;
mod oldest_owed;
mod replays;
mod retention;
mod self_heal;
mod sessions;
mod sums;
mod troubles;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;

pub use self::{
    audit::AuditRetention,
    driver::Driver,
    entering::Entering,
    health::HealthWatch,
    inspection::Inspection,
    keeping::{Scrubs, TenantsRetention},
    key_uses::KeyUses,
    mail::Mail,
    metrics::HealthMetrics,
    notices::Notices,
    oldest_owed::OldestOwed,
    replays::ReplayStarts,
    retention::Retention,
    self_heal::{Healing, SelfHeal},
    sessions::TidySessions,
    sums::Sums,
    troubles::Troubles,
};
use crate::model::Timestamp;

/// Work that comes back.
#[async_trait]
pub trait Job: Send {
    /// Does what is due. Returns what it did in words, like `deleted 12 deliveries`. It may be dropped at any await: the
    /// server is stopping.
    ///
    /// # Errors
    /// What kept it from its work, in words; it is tried again in its next turn.
    async fn run(&mut self, now: Timestamp) -> Result<String, String>;
}

/// A job's name, how often it runs, and how to make it: at the start, and again after a panic.
pub struct JobPlan {
    name: &'static str,
    every: Duration,
    make: Box<dyn Fn() -> Box<dyn Job> + Send>,
}

impl JobPlan {
    /// A job that runs each `every`, the first time after that.
    pub fn new<J: Job + 'static>(
        name: &'static str,
        every: Duration,
        make: impl Fn() -> J + Send + 'static,
    ) -> JobPlan {
        JobPlan { name, every, make: Box::new(move || Box::new(make())) }
    }
}

/// How the jobs are doing. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Jobs(Arc<Mutex<BTreeMap<&'static str, JobReport>>>);

/// How one job is doing.
#[derive(Clone, PartialEq, Debug)]
pub struct JobReport {
    /// Its name, like `retention`.
    pub name: &'static str,
    /// How often it runs.
    pub every: Duration,
    /// When its present run began, while there is one.
    pub running_since: Option<Timestamp>,
    /// Its last run that came to an end.
    pub last: Option<JobRun>,
    /// The last that failed, by an error or by a panic.
    pub last_failure: Option<JobRun>,
    /// How many runs came to an end.
    pub runs: u64,
    /// How many of them failed, by an error or by a panic.
    pub failures: u64,
    /// How many of them panicked: each is a defect, and the log says where.
    pub panics: u64,
    /// When it is due again.
    pub next_at: Timestamp,
}

/// A run that came to an end.
#[derive(Clone, PartialEq, Debug)]
pub struct JobRun {
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took.
    pub took: Duration,
    /// What it did.
    pub result: JobResult,
}

/// What a run came to, in words.
#[derive(Clone, PartialEq, Debug)]
pub enum JobResult {
    /// This was done.
    Done(String),
    /// This kept it from its work.
    Failed(String),
    /// A defect.
    Panicked,
}

impl Jobs {
    /// Every job, by name.
    pub fn reports(&self) -> Vec<JobReport> {
        self.lock().values().cloned().collect()
    }

    /// Whether no job is running and none was due before `now`.
    pub fn are_idle(&self, now: Timestamp) -> bool {
        self.lock().values().all(|report| report.running_since.is_none() && report.next_at > now)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, JobReport>> {
        // Written in single steps: a panic in between leaves nothing half done.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
