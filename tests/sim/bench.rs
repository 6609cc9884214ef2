//! A single lane on a bench: a test tells it what it is owed and what came of it, and sees what goes.

use std::sync::Arc;

use lanehook::{
    lane::{BatchOutcome, Lane, Load, Next},
    model::{DeliveryId, EventKey, FailureKind, FailureRun, OrderingKey, Outcome, Owed, Serial, Timestamp},
    store::Pending,
    webhook::{Ordering, Webhook},
};
use rand::{SeedableRng, rngs::StdRng};

use crate::{
    plan::{START, any_webhook},
    receivers::failed,
};

/// A lane, the time, and chance.
pub struct Bench {
    pub lane: Lane,
    pub now: Timestamp,
    rng: StdRng,
}

pub fn id(number: i64) -> DeliveryId {
    DeliveryId(Serial::nth(number))
}

pub fn owed(number: i64, key: &str, attempts: u32) -> Owed {
    let webhook = any_webhook(1).key;
    let ordering_key = Some(OrderingKey::parse(key).unwrap());
    Owed {
        id: id(number),
        webhook,
        event: EventKey(Serial::nth(number)),
        attempts,
        failed: attempts,
        last_attempt: None,
        ordering_key,
        own_id: false,
    }
}

/// Untried deliveries with these numbers, all of one key.
pub fn of_one_key(numbers: impl IntoIterator<Item = i64>) -> Vec<Owed> {
    numbers.into_iter().map(|number| owed(number, "a", 0)).collect()
}

impl Bench {
    /// A lane to which the store has told everything: it is owed `pending`, and `retrying` at those times.
    pub fn new(ordering: Ordering, pending: Vec<Owed>, retrying: Vec<(Timestamp, Owed)>) -> Bench {
        Bench::with(|webhook| webhook.settings.ordering = ordering, pending, retrying)
    }

    /// A request could not be made for reasons of our own.
    pub fn is_unsent(&mut self, number: i64) {
        self.lane.unsent(&[id(number)], self.now, &mut self.rng);
    }

    /// The same, of a webhook that is set up like this.
    pub fn with(setup: impl FnOnce(&mut Webhook), pending: Vec<Owed>, retrying: Vec<(Timestamp, Owed)>) -> Bench {
        let mut webhook = any_webhook(1);
        setup(&mut webhook);
        let ordering = webhook.settings.ordering;
        let lane = Lane::new(Arc::new(webhook), FailureRun::default());
        let mut bench = Bench { lane, now: START, rng: StdRng::seed_from_u64(1) };
        if ordering != Ordering::None || !retrying.is_empty() {
            bench.lane.retries_at(START);
            bench.retries(retrying);
        }
        bench.pending(pending);
        bench
    }

    pub fn next(&mut self) -> Next {
        self.lane.next(self.now, None, usize::MAX)
    }

    /// Answers the load of pending deliveries that the lane has to ask for now.
    pub fn pending(&mut self, pending: Vec<Owed>) {
        assert!(matches!(self.next(), Next::Load(Load::Pending { .. })));
        let upto = pending.last().map_or(id(0), |last| last.id);
        self.lane.loaded_pending(Pending { deliveries: pending, more: false, upto });
    }

    /// Answers the load of retries that the lane has to ask for now: there are no others.
    pub fn retries(&mut self, retrying: Vec<(Timestamp, Owed)>) {
        assert!(matches!(self.next(), Next::Load(Load::Retrying { .. })));
        self.lane.loaded_retrying(retrying, true, self.now);
    }

    /// Everything that goes now.
    pub fn sends(&mut self) -> Vec<i64> {
        self.sends_while(None)
    }

    /// Everything that goes now, while so many slots are left for it, if they are short.
    pub fn sends_while(&mut self, scarce: Option<usize>) -> Vec<i64> {
        let mut sent = Vec::new();
        while let Next::Send(batch) = self.lane.next(self.now, scarce, usize::MAX) {
            sent.extend(batch.owed.iter().map(|owed| i64::from_be_bytes(owed.id.0.to_bytes())));
        }
        sent
    }

    pub fn finishes(&mut self, number: i64, outcome: Outcome) {
        let part = BatchOutcome { attempt: None, deliveries: vec![id(number)], outcome };
        assert_eq!(self.lane.finished(&[id(number)], vec![part], self.now, &mut self.rng).len(), 1);
    }

    /// A batch comes back of which only the first was sent, and failed.
    pub fn only_the_first_fails(&mut self, batch: &[i64]) {
        let outcome = failed(self.now, 500, FailureKind::Http, None);
        let part = BatchOutcome { attempt: None, deliveries: vec![id(batch[0])], outcome };
        let batch: Vec<DeliveryId> = batch.iter().copied().map(id).collect();
        assert_eq!(self.lane.finished(&batch, vec![part], self.now, &mut self.rng).len(), 1);
    }

    pub fn fails(&mut self, number: i64) {
        self.finishes(number, failed(START, 500, FailureKind::Http, None));
    }

    /// Whether this outcome disables the webhook.
    pub fn disables(&mut self, number: i64, outcome: Outcome) -> bool {
        let outcomes = vec![BatchOutcome { attempt: None, deliveries: vec![id(number)], outcome }];
        let followed = self.lane.finished(&[id(number)], outcomes, self.now, &mut self.rng);
        followed.iter().any(|one| one.disable.is_some())
    }

    pub fn change(&mut self, change: impl FnOnce(&mut Webhook)) {
        let mut webhook = Webhook::clone(self.lane.webhook());
        change(&mut webhook);
        self.lane.changed(Arc::new(webhook));
    }
}
