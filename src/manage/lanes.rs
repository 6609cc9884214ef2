//! How lanes stand, what owed deliveries wait for, and probes by hand.

use std::{sync::Arc, time::Duration};

use super::{error::ManageError, no_probe::NoProbe};
use crate::{
    clock::Clock,
    lane::{BreakerState, Lane, LaneDesk, LanePicture, NoAnswer},
    model::{Actor, Delivery, DeliveryId, FailureRun, Owed, Serial, Timestamp, Wait, WaitReason, WaitingDelivery},
    store::{OwedSummary, Queue, Webhooks},
    webhook::{Status, Webhook},
};

/// So many retries and so many untried deliveries are looked at for one that a probe may send.
const CANDIDATES: usize = 32;

/// How lanes stand. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct LaneService {
    desk: LaneDesk,
    queue: Arc<dyn Queue>,
    webhooks: Arc<dyn Webhooks>,
    clock: Clock,
}

/// How a webhook's lane stands, with what it is owed.
#[derive(Clone, PartialEq, Debug)]
pub struct LaneStanding {
    /// What its lane knows.
    pub lane: LanePicture,
    /// What it is owed.
    pub owed: OwedSummary,
    /// How long it takes to send that, about; none if nobody can know.
    pub drains_in: Option<Duration>,
}

impl LaneService {
    /// Of the lanes behind this desk, over these parts of one store.
    pub fn new(desk: LaneDesk, queue: Arc<dyn Queue>, webhooks: Arc<dyn Webhooks>, clock: Clock) -> LaneService {
        LaneService { desk, queue, webhooks, clock }
    }

    /// How a webhook's lane stands.
    pub async fn standing(&self, webhook: &Arc<Webhook>) -> Result<LaneStanding, ManageError> {
        let (picture, owed) = (self.desk.picture(webhook.key).await?, self.queue.owed(webhook.key).await?);
        let mut lane = match picture {
            Some(picture) => picture,
            None => self.at_rest(webhook).await?,
        };
        // A lane looks for what it may be owed.
        let turn = |wait: &Wait| matches!(wait.reason, WaitReason::Turn | WaitReason::Store);
        lane.waits_for = lane.waits_for.filter(|wait| owed.count > 0 || !turn(wait));
        let most = webhook.settings.batch.as_ref().map_or(1, |batch| u64::from(batch.max_events));
        let drains_in = drains_in(&lane, owed.count.div_ceil(most.max(1)));
        Ok(LaneStanding { lane, owed, drains_in })
    }

    /// A lane that is not there does as a new one would.
    async fn at_rest(&self, webhook: &Arc<Webhook>) -> Result<LanePicture, ManageError> {
        let counters = self.webhooks.counters(vec![webhook.key]).await?.into_iter().next().unwrap_or_default();
        let failure_run =
            FailureRun { consecutive_failures: counters.consecutive_failures, failing_since: counters.failing_since };
        Ok(Lane::new(webhook.clone(), failure_run).picture(self.clock.now(), None))
    }

    /// Sends one of the deliveries that a webhook is owed now, past its breaker, its receiver's pause and the delivery's own time:
    /// if the receiver takes it, the others follow. Returns that one.
    pub async fn probe(&self, webhook: &Webhook, by: &Actor) -> Result<Delivery, ManageError> {
        match webhook.settings.status {
            Status::Active => {}
            Status::Paused => return Err(NoProbe::Paused(webhook.id.clone()).into()),
            Status::Disabled => return Err(ManageError::WebhookDisabled(webhook.id.clone())),
        }
        let candidates = self.candidates(webhook).await?;
        let waits = self.desk.waits(candidates.clone()).await;
        let picture = self.desk.picture(webhook.key).await?;
        let now = self.clock.now();
        let next_at = picture.and_then(|picture| picture.rate).map(|rate| rate.next_at).filter(|&at| at > now);
        let probed = choose(webhook, candidates.iter().map(|one| one.id).zip(waits), next_at)?;
        Ok(self.queue.retry(webhook.tenant, probed, by).await?.ok_or(NoProbe::NothingOwed)?)
    }

    /// Among the first of what a webhook is owed there is one that can be sent, if any can: those under way are not many more, and
    /// where order is kept it is the first.
    async fn candidates(&self, webhook: &Webhook) -> Result<Vec<WaitingDelivery>, ManageError> {
        let retrying = self.queue.retrying(webhook.key, CANDIDATES).await?;
        let pending = self.queue.pending(webhook.key, DeliveryId(Serial::FIRST), None, CANDIDATES).await?;
        let retrying = retrying.into_iter().map(|(due, owed)| (Some(due), owed));
        let candidate = |(due, owed): (Option<Timestamp>, Owed)| WaitingDelivery {
            id: owed.id,
            webhook: owed.webhook,
            attempts: owed.attempts,
            due,
            ordering_key: owed.ordering_key,
        };
        Ok(retrying.chain(pending.deliveries.into_iter().map(|owed| (None, owed))).map(candidate).collect())
    }

    /// A test has shown that a webhook's receiver works: its breaker closes and its pause ends. If the lanes have too much to do
    /// for that, their own probe finds out.
    pub async fn receiver_works(&self, webhook: &Webhook) {
        let webhook_id = &webhook.id;
        match self.desk.receiver_works(webhook.key).await {
            Ok(true) => tracing::info!(webhook = %webhook_id, "breaker closed: a test has arrived"),
            Ok(false) => {}
            Err(error) => {
                tracing::debug!(webhook = %webhook_id, %error, "a test has arrived, and its lane was not told")
            }
        }
    }

    /// What each of these waits for, in the same order; none for those that are not owed. All lanes are asked at once.
    pub async fn waits(&self, deliveries: &[Delivery]) -> Vec<Option<Wait>> {
        let owed = || deliveries.iter().filter(|delivery| delivery.status.is_owed());
        let mut waits = self.desk.waits(owed().map(waiting).collect()).await.into_iter();
        let set_aside = self.webhooks.set_aside();
        let wait = |delivery: &Delivery| {
            let wait = delivery.status.is_owed().then(|| waits.next()).flatten()?;
            if self.webhooks.webhooks().get(delivery.webhook).is_some() {
                return Some(wait);
            }
            // It has no lane: it was deleted, or waits for a version that can read it.
            let is_held = set_aside.iter().any(|one| one.key == delivery.webhook);
            Some(Wait::of(if is_held { WaitReason::Machine } else { WaitReason::WebhookDisabled }))
        };
        deliveries.iter().map(wait).collect()
    }
}

fn waiting(delivery: &Delivery) -> WaitingDelivery {
    WaitingDelivery {
        id: delivery.id,
        webhook: delivery.webhook,
        attempts: delivery.attempts,
        due: delivery.next_attempt_at,
        ordering_key: delivery.ordering_key.clone(),
    }
}

/// The first of these that a probe may send.
fn choose(
    webhook: &Webhook,
    candidates: impl Iterator<Item = (DeliveryId, Wait)>,
    rate_until: Option<Timestamp>,
) -> Result<DeliveryId, ManageError> {
    let mut refusal = NoProbe::NothingOwed;
    for (id, Wait { reason, until, behind }) in candidates {
        refusal = match (reason, behind) {
            (WaitReason::WebhookPaused, _) => NoProbe::Paused(webhook.id.clone()),
            (WaitReason::WebhookDisabled, _) => return Err(ManageError::WebhookDisabled(webhook.id.clone())),
            (WaitReason::Unknown, _) => return Err(NoAnswer.into()),
            // One that is under way tells as much.
            (WaitReason::Answer | WaitReason::Store, _) => NoProbe::UnderWay(id),
            (WaitReason::Breaker, _) if until.is_none() => NoProbe::ProbeUnderWay,
            (WaitReason::Order, Some(before)) => NoProbe::Order { id, before },
            _ => match rate_until {
                Some(until) => NoProbe::Rate(until),
                None => return Ok(id),
            },
        };
        if !matches!(refusal, NoProbe::UnderWay(_) | NoProbe::Order { .. }) {
            break;
        }
    }
    Err(refusal.into())
}

/// How long so many requests take if the receiver answers as it did, as many at a time as now and no faster than the rate limit
/// allows. Nobody knows while it fails, is paused, or has answered nothing yet and has no rate limit.
fn drains_in(lane: &LanePicture, requests: u64) -> Option<Duration> {
    if requests == 0 {
        return Some(Duration::ZERO);
    }
    let is_held = lane.waits_for.is_some_and(|wait| {
        matches!(wait.reason, WaitReason::WebhookPaused | WaitReason::WebhookDisabled | WaitReason::Machine)
    });
    let is_failing = lane.breaker != BreakerState::Closed || lane.failure_run.consecutive_failures > 0;
    if is_held || is_failing || lane.paused_until.is_some() {
        return None;
    }
    let times = |each: Duration, at_once: f64| each.mul_f64(requests as f64 / at_once.max(1.0));
    let by_receiver = lane.usual_request.map(|each| times(each, lane.concurrency_limit as f64));
    let by_rate =
        lane.rate.map(|rate| times(Duration::from_millis(rate.limit.per.millis()), f64::from(rate.limit.limit)));
    by_receiver.max(by_rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        lane::RatePicture,
        model::{RateLimit, RateUnit, Timestamp},
    };

    fn picture() -> LanePicture {
        LanePicture {
            waits_for: None,
            breaker: BreakerState::Closed,
            in_flight: 0,
            concurrency_limit: 4,
            rate: None,
            paused_until: None,
            failure_run: FailureRun::default(),
            usual_request: None,
        }
    }

    #[test]
    fn how_long_a_backlog_takes_follows_from_the_receiver_and_the_rate() {
        let usual = LanePicture { usual_request: Some(Duration::from_millis(200)), ..picture() };
        assert_eq!(drains_in(&usual, 100), Some(Duration::from_secs(5)));
        assert_eq!(drains_in(&picture(), 100), None, "it has answered nothing yet");
        assert_eq!(drains_in(&picture(), 0), Some(Duration::ZERO));
        let limit = RateLimit { limit: 10, per: RateUnit::Minute };
        let rate = Some(RatePicture { limit, left: 0, next_at: Timestamp::default() });
        let limited = LanePicture { rate, ..usual.clone() };
        assert_eq!(drains_in(&limited, 100), Some(Duration::from_secs(600)), "the slower of both");
        let failing = FailureRun { consecutive_failures: 1, failing_since: None };
        assert_eq!(drains_in(&LanePicture { failure_run: failing, ..usual.clone() }, 100), None);
        assert_eq!(drains_in(&LanePicture { breaker: BreakerState::HalfOpen, ..usual }, 100), None);
    }
}
