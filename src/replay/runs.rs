//! Running replays: one task each, found in the store, so that a restart or a defect only puts them off.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::Duration,
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    error::ReplayError,
    pace::Pace,
    service::ReplayService,
    walk::{Stride, Walk},
};
use crate::{
    model::{IdMap, Replay, ReplayId, ReplayPlace, ReplayStep, TenantKey},
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
    under_way: Arc<Mutex<BTreeSet<ReplayId>>>,
    /// How fast each tenant's go together.
    tenants: Arc<Mutex<IdMap<TenantKey, Pace>>>,
}

impl ReplayRuns {
    /// None yet. They end at `stop`, and go on after the next start.
    pub fn new(service: ReplayService, stop: CancellationToken) -> ReplayRuns {
        ReplayRuns { service, stop, tasks: TaskTracker::new(), under_way: Arc::default(), tenants: Arc::default() }
    }

    /// Sets those under way that should be and are not. How many are.
    ///
    /// # Errors
    /// The store cannot be read.
    pub async fn set_under_way(&self) -> Result<usize, StoreError> {
        if !self.service.may_run.swap(false, Ordering::AcqRel) && self.locked().is_empty() {
            return Ok(0);
        }
        let running = self.service.store.running_replays().await.inspect_err(|_| {
            self.service.may_run.store(true, Ordering::Release);
        })?;
        // Of tenants with none running, nothing is to be known.
        let has_some = |tenant: &TenantKey| running.iter().any(|replay| replay.tenant == *tenant);
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner).retain(|tenant, _| has_some(tenant));
        for replay in running {
            if self.locked().insert(replay.id) {
                let place = UnderWay { runs: self.clone(), id: replay.id };
                self.tasks.spawn(async move {
                    let UnderWay { runs, .. } = &place;
                    runs.stop.run_until_cancelled(runs.run(replay)).await;
                });
            }
        }
        Ok(self.locked().len())
    }

    /// Returns when none is under way any more, after `stop`.
    pub async fn stopped(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn locked(&self) -> MutexGuard<'_, BTreeSet<ReplayId>> {
        // Single steps: a panic in between leaves nothing half done.
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To its end, or until somebody stops it.
    async fn run(&self, replay: Replay) {
        let (walk, mut place) = self.service.walk_of(&replay);
        let clock = &self.service.clock;
        let mut pace = replay.plan.rate.map(|rate| Pace::new(rate, clock.passed()));
        loop {
            let due = pace.as_mut().map_or(STRIDE, |pace| pace.room(clock.passed()));
            let room = self.service.room(&replay);
            if due == 0 || room == 0 {
                let next = pace.as_ref().filter(|_| due == 0).map(Pace::next);
                self.sleep_until(next.unwrap_or(clock.passed() + HELD_UP)).await;
                continue;
            }
            let part = match self.part(replay.tenant, due.min(room).min(STRIDE)) {
                Ok(part) => part,
                Err(next) => {
                    self.sleep_until(next).await;
                    continue;
                }
            };
            let stride = self.stride(&walk, &replay, place, part as usize).await;
            let done =
                stride.as_ref().map_or(0, |stride| stride.as_ref().map_or(0, |stride| stride.targets.len() as u64));
            self.give_back(replay.tenant, part.saturating_sub(done));
            match stride {
                Ok(Some(Stride { to, .. })) => {
                    place = to;
                    pace.iter_mut().for_each(|pace| pace.did(done));
                }
                Ok(None) => return,
                Err(error) => {
                    // The log has it already where something is wrong; a quota or others' turns only take time.
                    tracing::debug!(replay = %replay.id, %error, "a replay is held up");
                    clock.sleep(HELD_UP).await;
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

    /// One stride, if there is another.
    async fn stride(
        &self,
        walk: &Walk,
        replay: &Replay,
        from: ReplayPlace,
        limit: usize,
    ) -> Result<Option<Stride>, ReplayError> {
        let stride = walk.stride(from, limit).await?;
        let step = ReplayStep {
            replay: replay.id,
            from,
            to: stride.to,
            is_last: stride.is_last,
            targets: stride.targets.clone(),
            skipped: stride.skipped,
        };
        let is_done = self.service.store.step_replay(replay.tenant, replay.plan.clone(), step).await?;
        if is_done && stride.is_last {
            tracing::info!(replay = %replay.id, "a replay has come to its end");
        }
        Ok(Some(stride).filter(|stride| is_done && !stride.is_last))
    }
}

/// That a replay is under way, until this is dropped: also by a panic.
struct UnderWay {
    runs: ReplayRuns,
    id: ReplayId,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.runs.locked().remove(&self.id);
        // One that ended by a defect is found again.
        self.runs.service.may_run.store(true, Ordering::Release);
    }
}
