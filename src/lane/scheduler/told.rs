//! What the log says of lanes: attempts that fail, and breakers that open and close. A receiver that fails a thousand times a
//! second does not fill the log: of each webhook and of all together so much is said in a minute and no more.

use crate::{
    lane::{BatchOutcome, LaneCore},
    model::{FailureKind, IdMap, Timestamp, WebhookKey},
    webhook::Webhook,
};

/// Failed attempts of one webhook that are told of in a minute.
const OF_WEBHOOK: u32 = 5;
/// And of all webhooks together.
const OF_ALL: u32 = 300;

/// What was told of in this minute.
#[derive(Debug, Default)]
pub(super) struct FailureLog {
    minute: i64,
    told: IdMap<WebhookKey, u32>,
    all: u32,
}

/// Whether to tell of something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tell {
    Yes,
    /// And that it is the last in this minute.
    Last,
    No,
}

impl FailureLog {
    /// What came of a request.
    pub fn tell(&mut self, webhook: &Webhook, outcomes: &[BatchOutcome], now: Timestamp) {
        for BatchOutcome { attempt, deliveries, outcome } in outcomes {
            let (Err(failure), Some(delivery)) = (&outcome.result, deliveries.first()) else { continue };
            // These are ends that the webhook's settings ask for.
            if matches!(failure.kind, FailureKind::Skipped | FailureKind::Collapsed) {
                continue;
            }
            let tell = self.of(webhook.key, now);
            let (attempt, status) =
                (attempt.map(tracing::field::display), outcome.answer.as_ref().map(|one| one.status));
            let (webhook, kind, message) = (&webhook.id, failure.kind.as_str(), failure.message.as_str());
            match tell {
                Tell::No => tracing::debug!(%webhook, %delivery, attempt, kind, status, message, "attempt failed"),
                Tell::Yes | Tell::Last => {
                    tracing::info!(%webhook, %delivery, attempt, kind, status, message, "attempt failed");
                }
            }
            if tell == Tell::Last {
                tracing::info!(%webhook, "what else fails of it in this minute is not told of");
            }
        }
    }

    fn of(&mut self, webhook: WebhookKey, now: Timestamp) -> Tell {
        let minute = now.seconds().div_euclid(60);
        if self.minute != minute {
            *self = FailureLog { minute, ..FailureLog::default() };
        }
        if self.all >= OF_ALL {
            return Tell::No;
        }
        let told = self.told.entry(webhook).or_default();
        if *told >= OF_WEBHOOK {
            return Tell::No;
        }
        *told += 1;
        self.all += 1;
        if *told == OF_WEBHOOK { Tell::Last } else { Tell::Yes }
    }
}

/// A lane's breaker, before something is heard that may change it.
pub(super) struct BreakerBefore {
    webhook: WebhookKey,
    was_open: bool,
}

impl BreakerBefore {
    /// As it is now.
    pub fn of(core: &LaneCore, webhook: WebhookKey) -> BreakerBefore {
        BreakerBefore { webhook, was_open: core.lane(webhook).is_some_and(|lane| lane.breaker_open_until().is_some()) }
    }

    /// Tells of it if it has opened since, or closed.
    pub fn tell(self, core: &LaneCore) {
        let Some(lane) = core.lane(self.webhook) else { return };
        let webhook = &lane.webhook().id;
        match (self.was_open, lane.breaker_open_until()) {
            (false, Some(until)) => {
                tracing::warn!(%webhook, %until, "breaker opened: too much in a row went wrong; nothing is sent until a probe succeeds");
            }
            (true, None) => tracing::info!(%webhook, "breaker closed: its probe succeeded"),
            (false, None) | (true, Some(_)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Serial;

    #[test]
    fn of_each_webhook_and_of_all_together_so_much_is_told_in_a_minute() {
        let (mut log, at) = (FailureLog::default(), Timestamp::from_millis);
        let webhook = |number| WebhookKey(Serial::nth(number));
        let of_first: Vec<Tell> = (0..7).map(|_| log.of(webhook(1), at(59_999))).collect();
        assert_eq!(of_first, [Tell::Yes, Tell::Yes, Tell::Yes, Tell::Yes, Tell::Last, Tell::No, Tell::No]);
        assert_eq!(log.of(webhook(2), at(59_999)), Tell::Yes, "another's say");
        let told = (3..1000).filter(|&number| log.of(webhook(number), at(59_999)) != Tell::No).count();
        assert_eq!(told as u32, OF_ALL - OF_WEBHOOK - 1);
        assert_eq!(log.told.len() as u32, OF_ALL - OF_WEBHOOK + 1);
        assert_eq!(log.of(webhook(1), at(60_000)), Tell::Yes, "a minute later");
    }
}
