//! Single facts about a lane, each the short form of something that a world once got wrong.

use std::{sync::Arc, time::Duration};

use lanehook::{
    lane::{Lane, Load, Next},
    model::{
        DeliveryId, EventKey, FailureKind, Health, Ordering, OrderingKey, Outcome, Owed, Serial, Status, Timestamp,
        Webhook,
    },
    store::Fresh,
};
use rand::{SeedableRng, rngs::StdRng};

use crate::{
    plan::{START, any_webhook},
    receivers::{failed, succeeded},
};

struct Bench {
    lane: Lane,
    now: Timestamp,
    rng: StdRng,
}

fn id(number: i64) -> DeliveryId {
    DeliveryId(Serial(number))
}

fn owed(number: i64, key: &str, attempts: u32) -> Owed {
    let webhook = any_webhook(1).key;
    let ordering_key = Some(OrderingKey::parse(key).unwrap());
    Owed { id: id(number), webhook, event: EventKey(Serial(number)), attempts, failed: attempts, ordering_key }
}

impl Bench {
    /// A lane to which the store has told everything: it is owed `fresh`, and `retrying` at those times.
    fn new(ordering: Ordering, fresh: Vec<Owed>, retrying: Vec<(Timestamp, Owed)>) -> Bench {
        let mut webhook = any_webhook(1);
        webhook.settings.ordering = ordering;
        let lane = Lane::new(Arc::new(webhook), Health::default());
        let mut bench = Bench { lane, now: START, rng: StdRng::seed_from_u64(1) };
        if ordering != Ordering::None || !retrying.is_empty() {
            bench.lane.retries_at(START);
            assert!(matches!(bench.next(), Next::Load(Load::Retrying { .. })));
            bench.lane.loaded_retrying(retrying, true, START);
        }
        bench.fresh(fresh);
        bench
    }

    fn next(&mut self) -> Next {
        self.lane.next(self.now, false)
    }

    /// Answers the load of fresh deliveries that the lane has to ask for now.
    fn fresh(&mut self, fresh: Vec<Owed>) {
        assert!(matches!(self.next(), Next::Load(Load::Fresh { .. })));
        let upto = fresh.last().map_or(id(0), |last| last.id);
        self.lane.loaded_fresh(Fresh { deliveries: fresh, more: false, upto });
    }

    /// Everything that goes now.
    fn sends(&mut self) -> Vec<i64> {
        let mut sent = Vec::new();
        while let Next::Send(owed) = self.next() {
            sent.push(owed.id.0.0);
        }
        sent
    }

    fn finishes(&mut self, number: i64, outcome: Outcome) {
        self.lane.finished(id(number), outcome, self.now, &mut self.rng).unwrap();
    }

    fn fails(&mut self, number: i64) {
        self.finishes(number, failed(self.now, 500, FailureKind::Http, None));
    }

    fn change(&mut self, change: impl FnOnce(&mut Webhook)) {
        let mut webhook = Webhook::clone(self.lane.webhook());
        change(&mut webhook);
        self.lane.changed(Arc::new(webhook));
    }
}

#[test]
fn a_store_that_failed_is_left_alone_for_a_moment() {
    let mut bench = Bench::new(Ordering::None, vec![], vec![]);
    bench.lane.woken();
    let Next::Load(load) = bench.next() else { panic!("it was woken") };
    bench.lane.load_failed(load.clone(), bench.now);
    let Next::Wait(Some(until)) = bench.next() else { panic!("it rests") };
    assert!(until >= bench.now + Duration::from_millis(500));
    bench.now = until;
    assert_eq!(bench.next(), Next::Load(load));
}
