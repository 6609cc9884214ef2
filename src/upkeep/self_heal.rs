//! Webhooks that were disabled for failing and asked to heal by themselves: one probe an hour, and when it arrives the
//! webhook is active again. When the last probe was is not kept: after a restart, a webhook that was disabled over an hour ago
//! is probed at the first look.
//!
//! Tenants take turns ([`Turns`]), and one has no more probes under way than it leaves places for others: a thousand webhooks of
//! which none answers put off nobody else's.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use futures_util::{StreamExt, stream::FuturesUnordered};

use super::Job;
use crate::{
    clock::Clock,
    courier::{HttpCourier, NotSent},
    model::{Actor, DeliveryId, DueBatch, Span, TenantKey, Timestamp, WebhookKey},
    publish::sample,
    store::{Changes, WebhookChange, Webhooks},
    turns::Turns,
    webhook::{DisableReason, Status, Webhook},
};

/// Between two probes of one webhook, and after it was disabled.
const BETWEEN_PROBES: Duration = Duration::from_secs(3600);
const PROBES_AT_A_TIME: usize = 8;
/// A receiver that needs longer for an answer is not well yet.
const LONGEST_PROBE: Span = Span::seconds(10);
/// Who makes a webhook active again.
const SELF_HEAL: Actor = Actor::system("self_heal");

/// Sends single probes. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Healing {
    store: Arc<dyn Webhooks>,
    courier: HttpCourier,
    clock: Clock,
}

impl Healing {
    /// Sends probes with `courier`.
    pub fn new(store: Arc<dyn Webhooks>, courier: HttpCourier, clock: Clock) -> Healing {
        Healing { store, courier, clock }
    }

    /// Probes a webhook that was disabled for failing, whether it asked to heal by itself or not, because somebody wants it now. None
    /// if it was not disabled for failing; otherwise whether the probe arrived, and the webhook is active again.
    ///
    /// # Errors
    /// Nothing was sent, by no fault of the receiver.
    pub async fn probe(&self, webhook: WebhookKey, by: &Actor) -> Result<Option<bool>, NotSent> {
        if !self.store.webhooks().get(webhook).is_some_and(|webhook| was_failing(&webhook)) {
            return Ok(None);
        }
        probe(&*self.store, &self.courier, webhook, self.clock.now(), was_failing, by).await.map(Some)
    }
}

/// Probes webhooks that were disabled for failing and asked for it, and makes those that answer active again.
pub struct SelfHeal {
    store: Arc<dyn Webhooks>,
    courier: HttpCourier,
    clock: Clock,
    /// Which webhooks are to be probed, and when next; none while one waits for its turn.
    probes: HashMap<WebhookKey, Option<Timestamp>>,
    /// Those that are due.
    turns: Turns<WebhookKey>,
    /// Up to which change of the webhooks `probes` is true.
    revision: u64,
}

impl SelfHeal {
    /// How often it looks whether a probe is due.
    pub const EVERY: Duration = Duration::from_secs(60);

    /// Sends probes with `courier`.
    pub fn new(store: Arc<dyn Webhooks>, courier: HttpCourier, clock: Clock) -> SelfHeal {
        SelfHeal { store, courier, clock, probes: HashMap::new(), turns: Turns::new(PROBES_AT_A_TIME), revision: 0 }
    }

    /// Takes in which webhooks were disabled, healed or deleted since the last look.
    fn follow_changes(&mut self, now: Timestamp) {
        let view = self.store.webhooks();
        let Changes { revision, more_is_gone, changes } = view.changed_since(self.revision);
        self.revision = revision;
        if more_is_gone {
            // Those that are there are probed when they would have been: one tenant's deletions hasten no probe of another's.
            self.probes.retain(|&key, _| view.get(key).is_some());
        }
        for change in changes {
            match change {
                WebhookChange::Saved(webhook) if wants_healing(&webhook) => {
                    self.probes.insert(webhook.key, Some(webhook.updated_at.min(now) + BETWEEN_PROBES));
                }
                WebhookChange::Saved(webhook) => drop(self.probes.remove(&webhook.key)),
                WebhookChange::Deleted(key) => drop(self.probes.remove(&key)),
            }
        }
    }

    /// Puts those that are due at the ends of their tenants' lines.
    fn line_up(&mut self, now: Timestamp) {
        for (&key, next) in &mut self.probes {
            // None is further away, also after the clock was set back.
            *next = next.map(|at| at.min(now + BETWEEN_PROBES));
            if next.is_some_and(|at| at <= now)
                && let Some(webhook) = self.store.webhooks().get(key)
            {
                *next = None;
                self.turns.push(webhook.tenant, key);
            }
        }
    }
}

#[async_trait]
impl Job for SelfHeal {
    /// Begins probes for a minute; those whose turn it was not by then keep their places in their tenants' lines.
    async fn run(&mut self, now: Timestamp) -> Result<String, String> {
        self.follow_changes(now);
        self.line_up(now);
        let (mut under_way, mut sent, mut healed) = (FuturesUnordered::new(), 0, 0);
        loop {
            while self.clock.now() < now + SelfHeal::EVERY
                && let Some((tenant, key)) = self.turns.take()
            {
                under_way.push(timed_probe(self.store.clone(), self.courier.clone(), tenant, key, now));
            }
            let Some(Probed { tenant, key, done, took }) = under_way.next().await else { break };
            self.turns.ended(tenant, took, None);
            let next = self.probes.get_mut(&key).filter(|next| next.is_none());
            // Where nothing was sent, the next look tries again.
            next.into_iter().for_each(|next| *next = Some(if done.is_ok() { now + BETWEEN_PROBES } else { now }));
            sent += usize::from(done.is_ok());
            healed += usize::from(done == Ok(true));
        }
        Ok(format!("sent {sent} probes, made {healed} webhooks active again"))
    }
}

struct Probed {
    tenant: TenantKey,
    key: WebhookKey,
    done: Result<bool, NotSent>,
    took: Duration,
}

async fn timed_probe(
    store: Arc<dyn Webhooks>,
    courier: HttpCourier,
    tenant: TenantKey,
    key: WebhookKey,
    now: Timestamp,
) -> Probed {
    let began = Instant::now();
    let done = probe(&*store, &courier, key, now, wants_healing, &SELF_HEAL).await;
    Probed { tenant, key, done, took: began.elapsed() }
}

fn was_failing(webhook: &Webhook) -> bool {
    let failing = [DisableReason::ConsecutiveFailures, DisableReason::FailingForDays];
    webhook.disabled.is_some_and(|reason| failing.contains(&reason))
}

fn wants_healing(webhook: &Webhook) -> bool {
    webhook.settings.self_heal && was_failing(webhook)
}

/// Sends a sample, if the webhook is one to probe now, and makes it active again if that arrives. Tells whether it did.
async fn probe(
    store: &dyn Webhooks,
    courier: &HttpCourier,
    key: WebhookKey,
    now: Timestamp,
    is_to_probe: fn(&Webhook) -> bool,
    by: &Actor,
) -> Result<bool, NotSent> {
    let Some(webhook) = store.webhooks().get(key).filter(|webhook| is_to_probe(webhook)) else { return Ok(false) };
    let event = Arc::new(sample::probe(&webhook, now, rand::random()));
    let mut quick = Webhook::clone(&webhook);
    quick.settings.timeout = quick.settings.timeout.min(LONGEST_PROBE);
    let probe = DueBatch::single(DeliveryId(event.key.0), event);
    let arrived = courier.try_event(&Arc::new(quick), probe).await?.is_some_and(|outcome| outcome.result.is_ok());
    if !arrived {
        return Ok(false);
    }
    let mut healed = Webhook::clone(&webhook);
    healed.settings.status = Status::Active;
    healed.disabled = None;
    healed.updated_at = now;
    match store.update_webhook(healed, webhook.version, by).await {
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
