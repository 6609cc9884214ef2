//! What the writer counts: once a commit, never once an event.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use prometheus_client::metrics::{counter::Counter, histogram::Histogram};

use crate::{
    metrics::{Metrics, SECONDS},
    observe,
    store::CommitCounts,
};

/// Jobs and settlements of one commit: powers of two up to what a group can become under load.
const CARRIED: [f64; 12] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0];

/// A commit that takes so long is slow.
const SLOW: Duration = Duration::from_secs(1);

/// Counters of commits, from zero.
#[derive(Debug)]
pub(super) struct Counted {
    commits: Counter,
    failures: Counter,
    jobs: Histogram,
    settlements: Counter,
    seconds: Histogram,
    /// Of the commits, those that took as long as [`SLOW`].
    slow: AtomicU64,
    recent: Mutex<Recent>,
}

/// How long the last commits took: those since so many, and as many before.
#[derive(Default, Debug)]
struct Recent {
    young: observe::Histogram,
    old: observe::Histogram,
}

impl Recent {
    const COMMITS: u64 = 1_000;

    fn add(&mut self, took: Duration) {
        if self.young.count() >= Recent::COMMITS {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    fn all(&self) -> observe::Histogram {
        let mut all = self.young.clone();
        all.merge(&self.old);
        all
    }
}

impl Default for Counted {
    fn default() -> Counted {
        Counted {
            commits: Counter::default(),
            failures: Counter::default(),
            jobs: Histogram::new(CARRIED),
            settlements: Counter::default(),
            seconds: Histogram::new(SECONDS),
            slow: AtomicU64::new(0),
            recent: Mutex::default(),
        }
    }
}

impl Counted {
    /// Adds all of them to what is shown.
    pub fn register(&self, metrics: &Metrics) {
        let help = "Transactions of the store that became durable";
        metrics.register("store_commits", help, self.commits.clone());
        let help = "Transactions of the store that could not be committed";
        metrics.register("store_commit_failures", help, self.failures.clone());
        let help = "Jobs that one commit carried, such as requests to publish or to change something";
        metrics.register("store_commit_jobs", help, self.jobs.clone());
        let help = "Records of attempts that became durable, each of one request to a receiver";
        metrics.register("store_settlements", help, self.settlements.clone());
        let help = "How long transactions of the store took, from their begin to their commit";
        metrics.register("store_commit_seconds", help, self.seconds.clone());
    }

    /// A group of so many jobs and settlements is durable.
    pub fn committed(&self, jobs: usize, settlements: usize, took: Duration) {
        self.commits.inc();
        self.jobs.observe(jobs as f64);
        self.settlements.inc_by(settlements as u64);
        self.seconds.observe(took.as_secs_f64());
        self.slow.fetch_add(u64::from(took >= SLOW), Ordering::Relaxed);
        self.locked().add(took);
    }

    /// How many commits there were.
    pub fn commits(&self) -> CommitCounts {
        CommitCounts { all: self.commits.get(), slow: self.slow.load(Ordering::Relaxed) }
    }

    /// How long the last commits took.
    pub fn recent_commits(&self) -> observe::Histogram {
        self.locked().all()
    }

    fn locked(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A group could not be committed.
    pub fn failed(&self) {
        self.failures.inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_commits_only_the_last_are_told() {
        let mut recent = Recent::default();
        let mut commit = |count: u64, millis| {
            (0..count).for_each(|_| recent.add(Duration::from_millis(millis)));
            let all = recent.all();
            (all.count(), all.quantile(1.0).unwrap() / 1_000)
        };
        // Histograms tell to a tenth.
        let (count, longest) = commit(1, 100);
        assert!(count == 1 && (90..=110).contains(&longest), "{count} {longest}");
        assert_eq!(commit(1_999, 1).0, 2_000);
        let (count, longest) = commit(1, 1);
        assert!(count == 1_001 && longest <= 1, "the first is told no more: {count} {longest}");
    }
}
