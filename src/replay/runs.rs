//! Running replays: one task each, found in the store, so that a restart or a defect only puts them off.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    time::Duration,
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{error::ReplayError, pace::Pace, service::ReplayService, walk::Walk};
use crate::{
    model::{IdMap, Replay, ReplayId, ReplayPlace, ReplayState, ReplayStep, TenantKey},
    store::StoreError,
};

/// Deliveries of one stride: everybody's publications wait for its transaction.
const STRIDE: u64 = 50;
/// What was in its way may be gone then.
const HELD_UP: Duration = Duration::from_secs(1);

/// The replays that are under way. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct ReplayRuns {
    service: ReplayService,
    stop: CancellationToken,
    tasks: TaskTracker,
    /// How fast each tenant's go together.
    tenants: Arc<Mutex<IdMap<TenantKey, Pace>>>,
}

impl ReplayRuns {
    /// None yet. They end at `stop`, and go on after the next start.
    pub fn new(service: ReplayService, stop: CancellationToken) -> ReplayRuns {
        ReplayRuns { service, stop, tasks: TaskTracker::new(), tenants: Arc::default() }
    }

    /// Sets those under way that should be and are not, and ends those that should not be: of a replay that was stopped, also by
    /// another process, or of which the tenant is gone. How many have a task then.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn set_under_way(&self) -> Result<usize, StoreError> {
        let under_way = &self.service.under_way;
        if !self.service.may_run.swap(false, Ordering::AcqRel) && under_way.count() == 0 {
            return Ok(0);
        }
        let running = self.service.store.running_replays().await.inspect_err(|_| {
            self.service.may_run.store(true, Ordering::Release);
        })?;
        under_way.end_all_but(&running.iter().map(|(id, _)| *id).collect());
        // Of tenants with none running, nothing is to be known.
        let having_some: BTreeSet<TenantKey> = running.iter().map(|(_, tenant)| *tenant).collect();
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner).retain(|tenant, _| having_some.contains(tenant));
        for (id, tenant) in running {
            if let Some(ended) = under_way.begin(id) {
                let task = Task { runs: self.clone(), id };
                self.tasks.spawn(async move {
                    let Task { runs, .. } = &task;
                    let to_its_end = async {
                        if let Some(replay) = runs.found(tenant, id, &ended).await {
                            runs.run(replay, &ended).await;
                        }
                    };
                    runs.stop.run_until_cancelled(to_its_end).await;
                });
            }
        }
        Ok(under_way.count())
    }

    /// Returns when none is under way any more, after `stop`.
    pub async fn stopped(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// The replay of a task, read in its tenant's turn; none, if it is not running or cannot be read.
    async fn found(&self, tenant: TenantKey, id: ReplayId, ended: &CancellationToken) -> Option<Replay> {
        loop {
            match self.service.find(tenant, id).await {
                Ok(found) => return found.filter(|replay| replay.state == ReplayState::Running),
                Err(error) => {
                    tracing::debug!(replay = %id, %error, "a replay cannot be read now");
                    ended.run_until_cancelled(self.service.clock.sleep(HELD_UP)).await?;
                }
            }
        }
    }

    /// To its end, or until somebody stops it: then `ended` says so, since it may be asleep until its next delivery is due, for as
    /// long as a day.
    async fn run(&self, replay: Replay, ended: &CancellationToken) {
        let (walk, mut place) = self.service.walk_of(&replay);
        let clock = &self.service.clock;
        let mut pace = replay.plan.rate.map(|rate| Pace::new(rate, clock.passed()));
        while !ended.is_cancelled() {
            let due = pace.as_mut().map_or(STRIDE, |pace| pace.room(clock.passed()));
            let room = self.service.room(&replay);
            if due == 0 || room == 0 {
                let next = pace.as_ref().filter(|_| due == 0).map(Pace::next);
                ended.run_until_cancelled(self.sleep_until(next.unwrap_or(clock.passed() + HELD_UP))).await;
                continue;
            }
            let part = match self.part(replay.tenant, due.min(room).min(STRIDE)) {
                Ok(part) => part,
                Err(next) => {
                    ended.run_until_cancelled(self.sleep_until(next)).await;
                    continue;
                }
            };
            let taken = self.stride(&walk, &replay, place, part as usize).await;
            let used = taken.as_ref().map_or(0, |taken| taken.used);
            self.give_back(replay.tenant, part.saturating_sub(used));
            match taken {
                Ok(Taken { goes_on: Some(to), .. }) => {
                    place = to;
                    pace.iter_mut().for_each(|pace| pace.did(used));
                }
                Ok(Taken { goes_on: None, .. }) => return,
                Err(error) => {
                    // The log has it already where something is wrong; a quota or others' turns only take time.
                    tracing::debug!(replay = %replay.id, %error, "a replay is held up");
                    ended.run_until_cancelled(clock.sleep(HELD_UP)).await;
                }
            }
        }
    }

    /// So many at most, of what all replays of a tenant may do now; or when there is some.
    fn part(&self, tenant: TenantKey, wanted: u64) -> Result<u64, Duration> {
        let now = self.service.clock.passed();
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let pace = tenants.entry(tenant).or_insert_with(|| Pace::new(self.service.most, now));
        let part = pace.room(now).min(wanted);
        pace.did(part);
        if part == 0 { Err(pace.next()) } else { Ok(part) }
    }

    /// So much of a part was not used.
    fn give_back(&self, tenant: TenantKey, rest: u64) {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        tenants.entry(tenant).and_modify(|pace| pace.did_not(rest));
    }

    /// In whole milliseconds, and never too short.
    async fn sleep_until(&self, passed: Duration) {
        let clock = &self.service.clock;
        clock.sleep(passed.saturating_sub(clock.passed()) + Duration::from_millis(1)).await;
    }

    /// Takes one stride.
    async fn stride(
        &self,
        walk: &Walk,
        replay: &Replay,
        from: ReplayPlace,
        limit: usize,
    ) -> Result<Taken, ReplayError> {
        let stride = walk.stride(from, limit).await?;
        let (used, to) = (stride.targets.len() as u64, stride.to);
        let step = ReplayStep {
            replay: replay.id,
            from,
            to,
            is_last: stride.is_last,
            targets: stride.targets,
            skipped: stride.skipped,
        };
        let is_done = self.service.store.step_replay(replay.tenant, replay.plan.clone(), step).await?;
        if is_done && stride.is_last {
            tracing::info!(replay = %replay.id, "a replay has come to its end");
        }
        Ok(Taken { used: if is_done { used } else { 0 }, goes_on: (is_done && !stride.is_last).then_some(to) })
    }
}

/// A stride that was taken.
struct Taken {
    /// With so many deliveries, which its tenant pays also for the last stride: what another replay may do meanwhile is less by them.
    used: u64,
    /// Where the next begins; none after the last, and where the replay was stopped.
    goes_on: Option<ReplayPlace>,
}

/// That a replay is under way, until this is dropped: also by a panic.
struct Task {
    runs: ReplayRuns,
    id: ReplayId,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.runs.service.under_way.forget(self.id);
        // One that ended by a defect is found again.
        self.runs.service.may_run.store(true, Ordering::Release);
    }
}
