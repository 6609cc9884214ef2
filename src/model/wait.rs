//! What a delivery that is owed waits for.

use serde::Serialize;
use utoipa::ToSchema;

use super::{DeliveryId, OrderingKey, Timestamp, WebhookKey};

/// What an owed delivery waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// Its own next attempt, by the webhook's retry schedule.
    Time,
    /// The webhook's rate limit.
    Rate,
    /// Another delivery that comes before it, since the webhook keeps order.
    Order,
    /// The webhook's breaker, which is open since requests failed in a row; or the probe that is under way.
    Breaker,
    /// The receiver asked to be left alone (429, or 503 with `Retry-After`).
    Pause,
    /// A request that is under way: as many are as the webhook or the server may have at one time.
    Slot,
    /// More deliveries that go in the same request.
    Batch,
    /// The server: it could not read or send it a moment ago, and tries again.
    Machine,
    /// Somebody: the webhook is paused.
    WebhookPaused,
    /// Its end: the webhook is disabled or deleted, and what it was owed is being cancelled.
    WebhookDisabled,
    /// The store: it is being read, or what came of the last attempt is being written.
    Store,
    /// Its turn: others of the webhook, or other webhooks, come first. Mostly that takes milliseconds.
    Turn,
    /// The receiver's answer: its request is under way.
    Answer,
    /// The lanes had too much to do to say it in time. Ask again.
    Unknown,
}

/// What an owed delivery waits for, and until when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wait {
    /// For what.
    pub reason: WaitReason,
    /// Until when at the least, if that is known.
    pub until: Option<Timestamp>,
    /// The delivery that comes before it, if it waits for that.
    pub behind: Option<DeliveryId>,
}

impl Wait {
    /// For this, nobody knows until when.
    pub const fn of(reason: WaitReason) -> Wait {
        Wait { reason, until: None, behind: None }
    }

    /// For this, until then.
    pub const fn until(reason: WaitReason, until: Timestamp) -> Wait {
        Wait { reason, until: Some(until), behind: None }
    }

    /// For another delivery.
    pub const fn behind(other: DeliveryId) -> Wait {
        Wait { reason: WaitReason::Order, until: None, behind: Some(other) }
    }

    /// When the delivery can go at the earliest, never before `now`; none if that hangs on something without a time. `due`: when
    /// its own next attempt is due.
    pub fn earliest(&self, due: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
        let any_moment =
            matches!(self.reason, WaitReason::Turn | WaitReason::Slot | WaitReason::Store | WaitReason::Unknown);
        let own = due.filter(|&due| due > now).or(any_moment.then_some(now));
        self.until.or(own).map(|at| at.max(now))
    }
}

/// An owed delivery of which is asked what it waits for.
#[derive(Clone, PartialEq, Debug)]
pub struct WaitingDelivery {
    /// The delivery.
    pub id: DeliveryId,
    /// Whose lane it is in.
    pub webhook: WebhookKey,
    /// Attempts made so far.
    pub attempts: u32,
    /// When it is due, if it waits for a retry.
    pub due: Option<Timestamp>,
    /// The event's ordering key.
    pub ordering_key: Option<OrderingKey>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_time_is_never_in_the_past() {
        let at = Timestamp::from_millis;
        let now = at(1_000);
        for (wait, due, earliest) in [
            (Wait::until(WaitReason::Breaker, at(5_000)), Some(at(10)), Some(at(5_000))),
            (Wait::until(WaitReason::Rate, at(900)), None, Some(now)),
            (Wait::of(WaitReason::Turn), Some(at(10)), Some(now)),
            (Wait::of(WaitReason::Turn), None, Some(now)),
            (Wait::of(WaitReason::Unknown), Some(at(2_000)), Some(at(2_000))),
            (Wait::of(WaitReason::WebhookPaused), Some(at(10)), None),
            (Wait::of(WaitReason::WebhookPaused), Some(at(2_000)), Some(at(2_000))),
            (Wait::of(WaitReason::Answer), None, None),
        ] {
            assert_eq!(wait.earliest(due, now), earliest, "{wait:?}, due {due:?}");
        }
    }
}
