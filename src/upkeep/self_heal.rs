//! Webhooks that were disabled for failing and asked to heal by themselves: one probe an hour, and when it arrives the
//! webhook is active again. When the last probe was is not kept: after a restart, a webhook that was disabled over an hour ago
//! is probed at the first look.

use std::{collections::HashMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures_util::{StreamExt, stream};

use super::Job;
use crate::{
    courier::{HttpCourier, NotSent},
    model::{Actor, Timestamp, WebhookKey},
    publish::sample,
    store::{WebhookChange, Webhooks},
    webhook::{DisableReason, Status, Webhook},
};

/// Between two probes of one webhook, and after it was disabled.
const BETWEEN_PROBES: Duration = Duration::from_secs(3600);
const PROBES_AT_A_TIME: usize = 8;
/// Who makes a webhook active again.
const SELF_HEAL: Actor = Actor::system("self_heal");

/// Probes webhooks that were disabled for failing and asked for it, and makes those that answer active again.
pub struct SelfHeal {
    store: Arc<dyn Webhooks>,
    courier: HttpCourier,
    /// Which webhooks are to be probed, and when next.
    probes: HashMap<WebhookKey, Timestamp>,
    /// Up to which change of the webhooks `probes` is true.
    revision: u64,
}

impl SelfHeal {
    /// How often it looks whether a probe is due.
    pub const EVERY: Duration = Duration::from_secs(60);

    /// Sends probes with `courier`.
    pub fn new(store: Arc<dyn Webhooks>, courier: HttpCourier) -> SelfHeal {
        SelfHeal { store, courier, probes: HashMap::new(), revision: 0 }
    }

    /// Takes in which webhooks were disabled, healed or deleted since the last look.
    fn follow_changes(&mut self, now: Timestamp) {
        let (revision, changes) = self.store.webhooks().changed_since(self.revision);
        self.revision = revision;
        for change in changes {
            match change {
                WebhookChange::Saved(webhook) if wants_healing(&webhook) => {
                    self.probes.insert(webhook.key, webhook.updated_at.min(now) + BETWEEN_PROBES);
                }
                WebhookChange::Saved(webhook) => drop(self.probes.remove(&webhook.key)),
                WebhookChange::Deleted(key) => drop(self.probes.remove(&key)),
            }
        }
    }
}

#[async_trait]
impl Job for SelfHeal {
    async fn run(&mut self, now: Timestamp) -> Result<String, String> {
        self.follow_changes(now);
        // None is further away, also after the clock was set back.
        self.probes.values_mut().for_each(|at| *at = (*at).min(now + BETWEEN_PROBES));
        let due: Vec<WebhookKey> = self.probes.iter().filter(|&(_, &at)| at <= now).map(|(&key, _)| key).collect();
        for &key in &due {
            self.probes.insert(key, now + BETWEEN_PROBES);
        }
        let (store, courier) = (&*self.store, &self.courier);
        let probes = stream::iter(due).map(|key| async move { (key, probe(store, courier, key, now).await) });
        let done: Vec<(WebhookKey, Result<bool, NotSent>)> = probes.buffer_unordered(PROBES_AT_A_TIME).collect().await;
        let (mut sent, mut healed) = (0, 0);
        for (key, done) in done {
            match done {
                Ok(arrived) => {
                    sent += 1;
                    healed += usize::from(arrived);
                }
                // Nothing was sent; the next look tries again.
                Err(_) => drop(self.probes.insert(key, now)),
            }
        }
        Ok(format!("sent {sent} probes, made {healed} webhooks active again"))
    }
}

fn wants_healing(webhook: &Webhook) -> bool {
    let failing = [DisableReason::ConsecutiveFailures, DisableReason::FailingForDays];
    webhook.settings.self_heal && webhook.disabled.is_some_and(|reason| failing.contains(&reason))
}

/// Sends a sample, if that is possible now, and makes the webhook active again if it arrives. Tells whether it did.
async fn probe(store: &dyn Webhooks, courier: &HttpCourier, key: WebhookKey, now: Timestamp) -> Result<bool, NotSent> {
    let Some(webhook) = store.webhooks().get(key).filter(|webhook| wants_healing(webhook)) else { return Ok(false) };
    let event = Arc::new(sample::probe(&webhook, now, rand::random()));
    let arrived = courier.try_event(&webhook, event).await?.is_some_and(|outcome| outcome.result.is_ok());
    if !arrived {
        return Ok(false);
    }
    let mut healed = Webhook::clone(&webhook);
    healed.settings.status = Status::Active;
    healed.disabled = None;
    match store.update_webhook(healed, webhook.version, &SELF_HEAL).await {
        Ok(webhook) => {
            tracing::info!(webhook = %webhook.id, "a failing webhook answers again and is active");
            Ok(true)
        }
        // Its tenant was faster, or the store cannot write: the next probe tells.
        Err(error) => {
            tracing::warn!(webhook = %webhook.id, %error, "a webhook that answers again was not made active");
            Ok(false)
        }
    }
}
