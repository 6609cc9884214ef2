//! What the writer's thread and the verbs share.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    counted::Counted, damage::Damage, early_ids::EarlyIds, forms::Forms, intake::Intake, ledger::Ledger,
    orphans::Orphans, replay_rows::UnreadableReplays, reserve::Disk, set_aside::SetAsides, tally::Unsummed,
    transaction::Effects, usage::Usage, wal::Wal,
};
use crate::{
    clock::Clock,
    failure::Failure,
    model::{Serial, WebhookKey},
    observe::Live,
    store::{
        note::Note,
        recent::Recent,
        views::{Changed, Views},
    },
};

/// The state of one open store, of which there is one for all its threads and handles.
pub(super) struct Shared {
    pub damage: Arc<Damage>,
    pub intake: Intake,
    pub recent: Arc<Recent>,
    pub live: Live,
    pub views: Views,
    pub set_aside: SetAsides,
    pub unreadable_replays: UnreadableReplays,
    pub orphans: Orphans,
    pub usage: Usage,
    pub failure: Failure,
    pub forms: Forms,
    pub attempt_ids: EarlyIds,
    pub webhook_keys: EarlyIds,
    pub counted: Counted,
    pub unsummed: Unsummed,
    pub wal: Wal,
    pub disk: Disk,
    /// The last serial that is durable.
    pub committed: AtomicI64,
    /// How many deliveries are listed and not unfolded, as last committed.
    pub unfolding: AtomicU64,
    /// Whether the last commit succeeded, so that a change of that is logged once.
    pub writable: AtomicBool,
    /// Of reads that fail.
    pub unreadable: Seldom,
}

/// Something that is told of once a minute, however often it happens.
pub(super) struct Seldom {
    clock: Clock,
    told: Mutex<Option<Duration>>,
}

impl Seldom {
    const PAUSE: Duration = Duration::from_secs(60);

    pub fn new(clock: Clock) -> Seldom {
        Seldom { clock, told: Mutex::default() }
    }

    /// It happens now: whether it is to be told.
    pub fn happens(&self) -> bool {
        let (now, mut told) = (self.clock.passed(), self.told.lock().unwrap_or_else(PoisonError::into_inner));
        let is_told = told.is_none_or(|told| now >= told + Seldom::PAUSE);
        if is_told {
            *told = Some(now);
        }
        is_told
    }
}

impl Shared {
    /// Makes visible what a commit has made durable, in the order that readers of it rely on. `unfolding`: how many
    /// deliveries are listed and not unfolded now; `ledger`: what tenants have, with what is new of that.
    pub fn committed(&self, effects: Effects, last: Serial, unfolding: u64, ledger: &mut Ledger) {
        let deleted: Vec<WebhookKey> = effects.changed.iter().filter_map(Changed::deleted_webhook).collect();
        // Before the views forget whose they were.
        self.orphans.follow(ledger);
        for changed in effects.changed {
            self.views.apply(changed);
        }
        self.usage.committed(&self.views.tenants, ledger.committed());
        if !effects.counts.is_empty() {
            self.unsummed.committed(self.unsummed.next_row(), effects.counts);
        }
        self.recent.committed(effects.events, effects.owed);
        self.recent.no_longer_pending(effects.no_longer_pending);
        deleted.iter().for_each(|key| self.set_aside.forget(*key));
        for key in effects.cancelled.into_iter().chain(deleted) {
            self.recent.forget(key);
        }
        self.recent.wake(effects.woken);
        effects.notes.iter().for_each(Note::log);
        self.committed.store(last.number(), Ordering::Release);
        self.unfolding.store(unfolding, Ordering::Release);
    }
}
