//! What people do with replays: count, begin, look, stop.

use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::Serialize;
use utoipa::ToSchema;

use super::{error::ReplayError, under_way::UnderWay, walk::Walk};
use crate::{
    clock::Clock,
    model::{
        Actor, Expected, QuotaKind, RateLimit, Replay, ReplayId, ReplayPlace, ReplayPlan, ReplayState, Serial,
        TenantKey,
    },
    publish::Publisher,
    store::{MOST_RUNNING, NewReplay, ReplaysQuery, Store},
};

/// Up to here the deliveries of a replay are counted, and so many strides are made for that: it takes about as long as a person waits for.
const MOST_EXPECTED: u64 = 100_000;
const MOST_STRIDES: usize = 30;
/// It counts no stride more after this.
const LONGEST_COUNT: Duration = Duration::from_secs(1);
/// Of one of these strides.
const COUNTED_TOGETHER: usize = 5_000;

/// Begins replays, tells how they stand and stops them. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct ReplayService(Arc<Parts>);

/// What replays need.
pub struct Parts {
    /// How many deliveries all replays of a tenant do together in which time.
    pub(super) most: RateLimit,
    pub(super) store: Arc<dyn Store>,
    pub(super) publisher: Publisher,
    pub(super) clock: Clock,
    /// Whether some may be running that are not known to be under way.
    pub(super) may_run: AtomicBool,
    pub(super) under_way: UnderWay,
}

impl Deref for ReplayService {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// With how many deliveries something would be done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Estimate {
    /// As far as they were counted.
    pub expected: Expected,
    /// With how many of those that were looked at it would not be done: see [`Replay::passed_over`].
    pub skipped: u64,
}

/// What a replay waits for that is running and does not go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplayWait {
    /// The tenant is owed half of what it may be. The other half is for what it publishes.
    OwedDeliveries,
}

impl ReplayService {
    /// Over this store; events are matched by `publisher`. `most`: how many deliveries all replays of a tenant do together in which time.
    pub fn new(store: Arc<dyn Store>, publisher: Publisher, clock: Clock, most: RateLimit) -> ReplayService {
        let (may_run, under_way) = (AtomicBool::new(true), UnderWay::default());
        ReplayService(Arc::new(Parts { most, store, publisher, clock, may_run, under_way }))
    }

    /// With how many deliveries a plan would be done now, as far as they are counted. Nothing is done.
    pub async fn count(&self, tenant: TenantKey, plan: &ReplayPlan) -> Result<Estimate, ReplayError> {
        let upto = plan.query.to.map_or(Serial::MAX, |to| Serial::at(to).before());
        let mut place = NewReplay { tenant, plan: plan.clone(), expected: Expected::default() }.place();
        let walk = self.walk(tenant, plan.clone(), upto);
        let (mut count, mut skipped, began) = (0, 0, self.clock.passed());
        for _ in 0..MOST_STRIDES {
            let stride = walk.stride(place, COUNTED_TOGETHER).await?;
            count += stride.targets.len() as u64;
            skipped += stride.skipped;
            if stride.is_last || count >= MOST_EXPECTED {
                let more = !stride.is_last || count > MOST_EXPECTED;
                return Ok(Estimate { expected: Expected { count: count.min(MOST_EXPECTED), more }, skipped });
            }
            place = stride.to;
            if self.clock.passed().saturating_sub(began) > LONGEST_COUNT {
                break;
            }
        }
        Ok(Estimate { expected: Expected { count, more: true }, skipped })
    }

    /// Begins a replay of what is there now.
    ///
    /// # Errors
    /// Its tenant has as many running as it may, or the store cannot.
    pub async fn begin(&self, tenant: TenantKey, plan: ReplayPlan, by: &Actor) -> Result<Replay, ReplayError> {
        // Not to count for nothing.
        if self.store.count_running(tenant).await? >= MOST_RUNNING {
            return Err(ReplayError::TooManyRunning);
        }
        let Estimate { expected, .. } = self.count(tenant, &plan).await?;
        let begun = self.store.begin_replay(NewReplay { tenant, plan, expected }, by).await?;
        let replay = begun.ok_or(ReplayError::TooManyRunning)?;
        self.may_run.store(true, Ordering::Release);
        Ok(replay)
    }

    /// Some of a tenant's, newest first.
    pub async fn list(&self, tenant: TenantKey, query: ReplaysQuery) -> Result<Vec<Replay>, ReplayError> {
        Ok(self.store.replays(tenant, query).await?)
    }

    /// How many of a tenant's are kept.
    pub async fn count_kept(&self, tenant: TenantKey) -> Result<u64, ReplayError> {
        Ok(self.store.count_replays(tenant).await?)
    }

    /// One of a tenant's.
    pub async fn find(&self, tenant: TenantKey, id: ReplayId) -> Result<Option<Replay>, ReplayError> {
        Ok(self.store.find_replay(tenant, id).await?)
    }

    /// Ends one of a tenant's: what it has done stays, and nothing comes after.
    pub async fn stop(&self, tenant: TenantKey, id: ReplayId, by: &Actor) -> Result<Option<Replay>, ReplayError> {
        let stopped = self.store.stop_replay(tenant, id, by).await?;
        if stopped.is_some() {
            self.under_way.end(id);
        }
        Ok(stopped)
    }

    /// What a replay waits for, if it does not go on.
    pub fn waits_for(&self, replay: &Replay) -> Option<ReplayWait> {
        let is_held_up = replay.state == ReplayState::Running && self.room(replay) == 0;
        is_held_up.then_some(ReplayWait::OwedDeliveries)
    }

    /// With how many deliveries it may be done, so that half of what their tenant may be owed is left for others.
    pub(super) fn room(&self, replay: &Replay) -> u64 {
        if !replay.plan.owes_more() {
            return u64::MAX;
        }
        let usage = self.store.usage(replay.tenant);
        let (used, most) = (usage.used.of(QuotaKind::OwedDeliveries), usage.most.of(QuotaKind::OwedDeliveries));
        (most / 2).saturating_sub(used)
    }

    pub(super) fn walk(&self, tenant: TenantKey, plan: ReplayPlan, upto: Serial) -> Walk {
        Walk::new(self.store.clone(), self.publisher.clone(), tenant, plan, upto)
    }

    pub(super) fn walk_of(&self, replay: &Replay) -> (Walk, ReplayPlace) {
        (self.walk(replay.tenant, replay.plan.clone(), replay.upto), replay.place)
    }
}
