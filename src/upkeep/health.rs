//! Finds out how every webhook does, every few seconds: a lane that stands still tells nobody by itself.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;

use super::Job;
use crate::{
    access::Access,
    clock::Clock,
    lane::{LaneDesk, NoAnswer},
    model::{Thresholds, Timestamp, WebhookKey},
    observe::{Board, Happening, Health, HealthTold, InTrouble, Quarter, Vitals, What, health},
    store::{Result as StoreResult, Store},
};

/// Lanes that are asked about at once, and webhooks whose tries are looked through at once: others wait for some 100 µs.
const SLICE: usize = 64;

/// How often it looks since when webhooks are owed something.
const LOOKS_AT_OWED: Duration = Duration::from_secs(15);

/// Finds out how every webhook does.
pub struct HealthWatch {
    desk: LaneDesk,
    store: Arc<dyn Store>,
    access: Access,
    board: Board,
    clock: Clock,
    looked_at_owed: Option<Timestamp>,
}

impl HealthWatch {
    /// How often.
    pub const EVERY: Duration = Duration::from_secs(5);

    /// Of the lanes behind this desk; what it finds is on this board.
    pub fn new(desk: LaneDesk, store: Arc<dyn Store>, access: Access, board: Board, clock: Clock) -> HealthWatch {
        HealthWatch { desk, store, access, board, clock, looked_at_owed: None }
    }

    /// Since when each webhook is owed something: a look at the first rows of each.
    async fn look_at_owed(&mut self, now: Timestamp) -> StoreResult<()> {
        // A clock that was set back looks a little sooner.
        if self.looked_at_owed.is_none_or(|at| at > now || now.since(at) >= LOOKS_AT_OWED) {
            self.board.replace_owed(self.store.owed_since().await?.into_iter().collect());
            self.looked_at_owed = Some(now);
        }
        Ok(())
    }

    /// Tells those who watch which webhooks do better or worse than before.
    fn tell(&self, before: &InTrouble, now: Timestamp) {
        let live = self.store.live();
        let Some(watched) = live.watched() else { return };
        let changed = self.board.in_trouble().since(before).into_iter();
        let happened = changed.filter_map(|(key, health)| {
            let webhook = self.store.webhooks().get(key).filter(|webhook| watched.has(webhook.tenant))?;
            let told = HealthTold {
                key,
                id: webhook.id.clone(),
                status: webhook.settings.status,
                disabled: webhook.disabled,
                status_since: webhook.status_since,
                health,
            };
            Some((None, Happening { tenant: webhook.tenant, at: now, what: What::Health(told) }))
        });
        live.tell(self.clock.passed(), happened.collect());
    }

    /// What a webhook's tenant calls failing.
    fn thresholds(&self, webhook: WebhookKey) -> Thresholds {
        self.access.thresholds_of(self.store.webhooks().get(webhook).map(|webhook| webhook.tenant))
    }

    /// What the lanes tell that have anything to tell.
    async fn vitals(&self) -> Result<BTreeMap<WebhookKey, Vitals>, NoAnswer> {
        let mut vitals = BTreeMap::new();
        for some in self.desk.webhooks().await?.chunks(SLICE) {
            let told = self.desk.vitals(some.to_vec()).await?;
            vitals.extend(told.into_iter().filter(|(_, vitals)| *vitals != Vitals::default()));
        }
        Ok(vitals)
    }
}

#[async_trait]
impl Job for HealthWatch {
    async fn run(&mut self, now: Timestamp) -> Result<String, String> {
        // Where the lanes have too much to do to be asked, what they told before is better than nothing. They are asked again soon.
        let vitals = self.vitals().await.ok();
        let (mut quarters, mut after) = (BTreeMap::new(), None);
        loop {
            let some = self.store.quarters(after, SLICE, now);
            after = some.last().map(|(webhook, _)| *webhook);
            let is_last = some.len() < SLICE;
            quarters.extend(some);
            if is_last {
                break;
            }
            tokio::task::yield_now().await;
        }
        let said = match vitals {
            Some(vitals) => {
                self.board.replace_due(vitals.values().filter_map(|vitals| vitals.oldest_due).min());
                let before = self.board.in_trouble();
                let count = self.board.replace(found(vitals, &quarters, |webhook| self.thresholds(webhook), now));
                self.tell(&before, now);
                format!("found {count} webhooks in trouble")
            }
            None => "the lanes had too much to do to be asked: what was found before is shown".to_owned(),
        };
        self.look_at_owed(now).await.map_err(|error| error.to_string())?;
        Ok(said)
    }
}

/// How those do of which there is anything to tell.
fn found(
    mut vitals: BTreeMap<WebhookKey, Vitals>,
    quarters: &BTreeMap<WebhookKey, Quarter>,
    thresholds: impl Fn(WebhookKey) -> Thresholds,
    now: Timestamp,
) -> BTreeMap<WebhookKey, Health> {
    // Of most webhooks all goes well, whatever their tenants call failing: those are not looked up.
    let judged = |webhook, vitals: Option<Vitals>, quarter: &Quarter| {
        let may_fail = quarter.tries.failed > 0 || vitals.is_some_and(|vitals| vitals.oldest_due.is_some());
        let thresholds = if may_fail { thresholds(webhook) } else { Thresholds::default() };
        (webhook, health(vitals.as_ref(), quarter, &thresholds, now))
    };
    let judge = |(&webhook, quarter): (&WebhookKey, &Quarter)| judged(webhook, vitals.remove(&webhook), quarter);
    let mut found: BTreeMap<WebhookKey, Health> = quarters.iter().map(judge).collect();
    // Nothing of theirs was tried lately.
    found.extend(vitals.iter().map(|(&webhook, &vitals)| judged(webhook, Some(vitals), &Quarter::default())));
    found
}
