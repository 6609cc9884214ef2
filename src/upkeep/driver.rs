//! Runs the jobs, and reports on each.

use std::{panic::AssertUnwindSafe, time::Instant};

use futures_util::FutureExt as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{JobPlan, JobReport, JobResult, JobRun, Jobs};
use crate::{clock::Clock, model::Timestamp};

/// The running jobs. Dropping it ends them.
pub struct Driver {
    jobs: Jobs,
    tasks: JoinSet<()>,
}

impl Driver {
    /// Starts every job. They run until `stop`; `jobs` tells how they are doing.
    pub fn start(plans: Vec<JobPlan>, jobs: Jobs, clock: &Clock, stop: &CancellationToken) -> Driver {
        let mut tasks = JoinSet::new();
        for plan in plans {
            // Now, and not when the task gets its first turn: by then it may be due.
            let first_at = clock.now() + plan.every;
            jobs.planned(&plan, first_at);
            tasks.spawn(drive(plan, first_at, jobs.clone(), clock.clone(), stop.clone()));
        }
        Driver { jobs, tasks }
    }

    /// How they are doing.
    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// Returns when a job's task has ended although the jobs were not stopped, which only a defect of the driver can
    /// cause: then nobody runs that job any more.
    pub async fn ended(&mut self) -> String {
        match self.tasks.join_next().await {
            Some(Err(error)) => format!("a periodic job's task ended: {error}"),
            Some(Ok(())) => "a periodic job's task ended".to_owned(),
            None => std::future::pending().await,
        }
    }

    /// Waits until every task has seen the stop.
    pub async fn stopped(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Runs one job in its time, for the first time at `next_at`, until `stop`.
async fn drive(plan: JobPlan, mut next_at: Timestamp, jobs: Jobs, clock: Clock, stop: CancellationToken) {
    let mut job = (plan.make)();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = clock.sleep_until(next_at) => {}
        }
        let started_at = clock.now();
        jobs.began(plan.name, started_at);
        let began = Instant::now();
        let run = AssertUnwindSafe(job.run(started_at)).catch_unwind();
        let ended = tokio::select! {
            () = stop.cancelled() => return,
            ended = run => ended,
        };
        let result = match ended {
            Ok(Ok(done)) => JobResult::Done(done),
            Ok(Err(problem)) => JobResult::Failed(problem),
            Err(_) => {
                // What the panic left of it cannot be trusted.
                job = (plan.make)();
                JobResult::Panicked
            }
        };
        log(plan.name, &result);
        next_at = clock.now() + plan.every;
        jobs.ended(plan.name, JobRun { started_at, took: began.elapsed(), result }, next_at);
    }
}

fn log(job: &str, result: &JobResult) {
    match result {
        JobResult::Done(done) => tracing::debug!(job, %done, "a periodic job ran"),
        JobResult::Failed(problem) => tracing::warn!(job, %problem, "a periodic job failed; it is tried again"),
        JobResult::Panicked => tracing::error!(job, "a periodic job panicked; it is started again"),
    }
}

impl Jobs {
    fn planned(&self, plan: &JobPlan, next_at: Timestamp) {
        let report = JobReport {
            name: plan.name,
            every: plan.every,
            running_since: None,
            last: None,
            last_failure: None,
            runs: 0,
            failures: 0,
            panics: 0,
            next_at,
        };
        self.lock().insert(plan.name, report);
    }

    fn began(&self, name: &str, now: Timestamp) {
        if let Some(report) = self.lock().get_mut(name) {
            report.running_since = Some(now);
        }
    }

    fn ended(&self, name: &str, run: JobRun, next_at: Timestamp) {
        if let Some(report) = self.lock().get_mut(name) {
            report.runs += 1;
            if !matches!(run.result, JobResult::Done(_)) {
                report.failures += 1;
                report.last_failure = Some(run.clone());
            }
            report.panics += u64::from(run.result == JobResult::Panicked);
            report.running_since = None;
            report.last = Some(run);
            report.next_at = next_at;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        sync::{Arc, Mutex},
        time::Duration,
    };

    use async_trait::async_trait;

    use super::*;
    use crate::upkeep::Job;

    const MINUTE: Duration = Duration::from_secs(60);

    type Run = fn() -> Result<String, String>;

    /// Does in each run what is next in its list.
    struct Scripted(Arc<Mutex<VecDeque<Run>>>);

    #[async_trait]
    impl Job for Scripted {
        async fn run(&mut self, _: Timestamp) -> Result<String, String> {
            let next = self.0.lock().unwrap().pop_front();
            next.expect("it has something left to do")()
        }
    }

    struct Bench {
        clock: Clock,
        driver: Driver,
        stop: CancellationToken,
    }

    fn start(runs: Vec<Run>) -> Bench {
        let (clock, stop) = (Clock::manual(Timestamp::from_millis(0)), CancellationToken::new());
        let runs = Arc::new(Mutex::new(VecDeque::from(runs)));
        let plan = JobPlan::new("scripted", MINUTE, move || Scripted(runs.clone()));
        Bench { driver: Driver::start(vec![plan], Jobs::default(), &clock, &stop), clock, stop }
    }

    impl Bench {
        /// Moves the time on to the next run, and returns how the job is doing after it.
        async fn next_run(&self) -> JobReport {
            let before = self.driver.jobs().reports()[0].runs;
            self.clock.advance(MINUTE);
            loop {
                let report = self.driver.jobs().reports().remove(0);
                if report.runs > before {
                    return report;
                }
                tokio::task::yield_now().await;
            }
        }
    }

    #[tokio::test]
    async fn a_job_reports_what_it_did_and_when() {
        let bench = start(vec![|| Ok("swept the floor".into()), || Err("no broom".into())]);
        assert!(bench.driver.jobs().are_idle(bench.clock.now()), "it is not due yet");
        let report = bench.next_run().await;
        let last = report.last.unwrap();
        assert_eq!(last.started_at, Timestamp::from_millis(60_000));
        assert_eq!(last.result, JobResult::Done("swept the floor".into()));
        assert_eq!((report.runs, report.failures, report.next_at), (1, 0, Timestamp::from_millis(120_000)));
        let report = bench.next_run().await;
        assert_eq!(report.last.unwrap().result, JobResult::Failed("no broom".into()));
        assert_eq!((report.runs, report.failures, report.panics), (2, 1, 0));
    }

    #[tokio::test]
    async fn a_job_that_panics_is_made_anew_and_runs_again() {
        let bench = start(vec![|| panic!("a defect"), || Ok("went on".into())]);
        let report = bench.next_run().await;
        assert_eq!((report.last.unwrap().result, report.panics), (JobResult::Panicked, 1));
        let report = bench.next_run().await;
        assert_eq!(report.last.unwrap().result, JobResult::Done("went on".into()));
        assert_eq!(report.last_failure.unwrap().result, JobResult::Panicked);
        assert_eq!((report.runs, report.failures, report.panics), (2, 1, 1));
    }

    #[tokio::test]
    async fn a_job_that_cannot_be_made_is_told_of() {
        let (clock, stop) = (Clock::manual(Timestamp::from_millis(0)), CancellationToken::new());
        let plan = JobPlan::new("unmade", MINUTE, || -> Scripted { panic!("a test's own panic") });
        let mut driver = Driver::start(vec![plan], Jobs::default(), &clock, &stop);
        let reason = driver.ended().await;
        assert!(reason.starts_with("a periodic job's task ended"), "{reason}");
    }

    #[tokio::test]
    async fn jobs_that_were_stopped_end() {
        let bench = start(vec![]);
        bench.stop.cancel();
        let patience = Duration::from_secs(20);
        tokio::time::timeout(patience, bench.driver.stopped()).await.expect("they have seen the stop");
    }
}
