//! Troubles of the server itself, asked of those who know: what operators are told of.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use super::{JobReport, JobResult, Jobs};
use crate::{
    model::Timestamp,
    notice::SystemTrouble,
    store::{CLOCK_AHEAD, CommitCounts, Lifecycle},
};

/// Commits are slow if so many of a minute took a second and more, and they are half of all.
const SLOW_COMMITS: u64 = 5;
const WINDOW: Duration = Duration::from_secs(60);

/// Knows which troubles there are.
pub struct Troubles {
    store: Arc<dyn Lifecycle>,
    jobs: Jobs,
    /// How many commits there had been, at each look of the last minute.
    commits: VecDeque<(Timestamp, CommitCounts)>,
}

impl Troubles {
    /// Of this store and these jobs.
    pub fn new(store: Arc<dyn Lifecycle>, jobs: Jobs) -> Troubles {
        Troubles { store, jobs, commits: VecDeque::new() }
    }

    /// Those that there are now, each of a kind.
    pub async fn now(&mut self, now: Timestamp) -> Vec<SystemTrouble> {
        let trouble = |kind: &str, reason: String| SystemTrouble { kind: kind.to_owned(), reason };
        let ahead = self.store.last_serial().time().since(now);
        let clock = (ahead > CLOCK_AHEAD)
            .then(|| format!("the clock was set back: ids tell a time that is {} s ahead of it", ahead.as_secs()));
        let found = [
            ("disk", self.store.disk()),
            ("damage", self.store.inspect().await.err()),
            ("clock", clock),
            ("commits", self.slow_commits(now)),
        ];
        let found = found.into_iter().filter_map(|(kind, reason)| Some(trouble(kind, reason?)));
        let failing = self.jobs.reports().into_iter().filter_map(|report| {
            let reason = failure(&report)?;
            Some(trouble(
                &format!("job/{}", report.name),
                format!("the periodic job `{}` fails: {reason}", report.name),
            ))
        });
        found.chain(failing).collect()
    }

    /// Why commits are slow, if they are.
    fn slow_commits(&mut self, now: Timestamp) -> Option<String> {
        let counts = self.store.commit_counts();
        // Those of a clock that was set back go, too.
        self.commits.retain(|(at, _)| *at <= now && now.since(*at) <= WINDOW);
        self.commits.push_back((now, counts));
        slow(self.commits.front().map_or(counts, |(_, first)| *first), counts)
    }
}

fn slow(before: CommitCounts, now: CommitCounts) -> Option<String> {
    let (all, slow) = (now.all.saturating_sub(before.all), now.slow.saturating_sub(before.slow));
    let is_slow = slow >= SLOW_COMMITS && 2 * slow >= all;
    is_slow.then(|| format!("{slow} of the {all} commits of the last minute took a second and more: look at the disk"))
}

/// What kept a job from its work, the last time.
fn failure(report: &JobReport) -> Option<&str> {
    match &report.last.as_ref()?.result {
        JobResult::Done(_) => None,
        JobResult::Failed(problem) => Some(problem),
        JobResult::Panicked => Some("a defect; the log says where"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_slow_if_half_of_them_are() {
        let counts = |all, slow| CommitCounts { all, slow };
        assert_eq!(slow(counts(100, 3), counts(104, 7)), None, "four tell nothing");
        assert!(slow(counts(100, 3), counts(110, 8)).unwrap().starts_with("5 of the 10 commits"));
        assert_eq!(slow(counts(100, 3), counts(111, 8)), None);
        assert_eq!(slow(counts(100, 50), counts(100, 50)), None, "nothing was committed");
    }
}
