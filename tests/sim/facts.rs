//! Single facts about a lane, each the short form of something that a world once got wrong.

use std::{sync::Arc, time::Duration};

use lanehook::{
    lane::{BatchOutcome, Lane, LatencyClass, Load, Next, OwedBatch},
    model::{
        Cohesion, DeliveryId, EventKey, FailureKind, Health, Ordering, OrderingKey, Outcome, Owed, Serial, Status,
        TargetUrl, Timestamp, Webhook,
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
    DeliveryId(Serial::nth(number))
}

fn owed(number: i64, key: &str, attempts: u32) -> Owed {
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
    }
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
        self.lane.next(self.now, None)
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
        while let Next::Send(batch) = self.next() {
            sent.extend(batch.owed.iter().map(|owed| i64::from_be_bytes(owed.id.0.to_bytes())));
        }
        sent
    }

    fn finishes(&mut self, number: i64, outcome: Outcome) {
        let part = BatchOutcome { deliveries: vec![id(number)], outcome };
        assert_eq!(self.lane.finished(&[id(number)], vec![part], self.now, &mut self.rng).len(), 1);
    }

    fn fails(&mut self, number: i64) {
        self.finishes(number, failed(START, 500, FailureKind::Http, None));
    }

    /// Whether this outcome disables the webhook.
    fn disables(&mut self, number: i64, outcome: Outcome) -> bool {
        let outcomes = vec![BatchOutcome { deliveries: vec![id(number)], outcome }];
        let followed = self.lane.finished(&[id(number)], outcomes, self.now, &mut self.rng);
        followed.iter().any(|one| one.disable.is_some())
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

#[test]
fn a_retry_noted_while_retries_are_loaded_is_not_forgotten() {
    let mut bench = Bench::new(Ordering::None, vec![owed(1, "a", 0)], vec![]);
    assert_eq!(bench.sends(), [1]);
    bench.fails(1);
    bench.lane.retries_at(bench.now);
    assert!(matches!(bench.next(), Next::Load(Load::Retrying { .. })));
    // The answer is from before the outcome was recorded.
    bench.lane.recorded(id(1));
    bench.lane.loaded_retrying(vec![], true, bench.now);
    assert!(matches!(bench.next(), Next::Wait(Some(_))));
}

#[test]
fn a_delivery_made_due_while_the_backlog_is_given_up_is_given_up_too() {
    let mut bench = Bench::new(Ordering::None, vec![], vec![]);
    bench.change(|webhook| webhook.settings.status = Status::Disabled);
    assert_eq!(bench.next(), Next::Cancel);
    bench.lane.retries_at(bench.now);
    bench.lane.cancelled(false);
    assert_eq!(bench.next(), Next::Cancel);
}

#[test]
fn after_a_restart_other_keys_do_not_wait_for_the_first_retry() {
    let mut webhook = any_webhook(1);
    webhook.settings.ordering = Ordering::Key;
    let mut lane = Lane::new(Arc::new(webhook), Health::default());
    let tomorrow = START + Duration::from_secs(86_400);
    lane.retries_at(tomorrow);
    assert!(matches!(lane.next(START, None), Next::Load(Load::Retrying { .. })));
    lane.loaded_retrying(vec![(tomorrow, owed(1, "a", 1))], true, START);
    let Next::Load(Load::Fresh { .. }) = lane.next(START, None) else { panic!("it knows what waits") };
    lane.loaded_fresh(Fresh { deliveries: vec![owed(2, "a", 0), owed(3, "b", 0)], more: false, upto: id(3) });
    let batch = OwedBatch { owed: vec![owed(3, "b", 0)], cohesion: Cohesion::InOrder };
    assert_eq!(lane.next(START, None), Next::Send(batch));
}

#[test]
fn an_answer_older_than_what_was_recorded_meanwhile_is_not_believed() {
    let mut bench = Bench::new(Ordering::None, vec![], vec![(START, owed(1, "a", 1))]);
    assert_eq!(bench.sends(), [1]);
    bench.lane.retries_at(bench.now);
    assert!(matches!(bench.next(), Next::Load(Load::Retrying { .. })));
    bench.finishes(1, succeeded(bench.now));
    bench.lane.recorded(id(1));
    bench.lane.loaded_retrying(vec![(START, owed(1, "a", 1))], true, bench.now);
    assert!(bench.sends().is_empty());
}

#[test]
fn an_answer_older_than_a_cancellation_is_not_believed() {
    let mut bench = Bench::new(Ordering::None, vec![], vec![]);
    bench.lane.woken();
    assert!(matches!(bench.next(), Next::Load(Load::Fresh { .. })));
    bench.lane.forget(id(1));
    bench.lane.loaded_fresh(Fresh { deliveries: vec![owed(1, "a", 0)], more: false, upto: id(1) });
    assert!(bench.sends().is_empty());
}

#[test]
fn a_delivery_given_up_in_flight_holds_its_key_no_longer_than_its_request_takes() {
    for give_up in [(|bench: &mut Bench| bench.lane.forget(id(1))) as fn(&mut Bench), |bench| {
        bench.change(|webhook| webhook.settings.status = Status::Disabled);
        bench.change(|webhook| webhook.settings.status = Status::Active);
    }] {
        let mut bench = Bench::new(Ordering::Strict, vec![owed(1, "a", 0), owed(2, "a", 0)], vec![]);
        assert_eq!(bench.sends(), [1]);
        give_up(&mut bench);
        if let Next::Load(Load::Retrying { .. }) = bench.next() {
            bench.lane.loaded_retrying(vec![], true, bench.now);
            bench.fresh(vec![owed(2, "a", 0)]);
        }
        assert!(bench.sends().is_empty());
        bench.fails(1);
        bench.lane.recorded(id(1));
        assert_eq!(bench.sends(), [2]);
    }
}

#[test]
fn a_key_that_fails_with_a_long_queue_does_not_hold_other_keys() {
    let of_one_key = |from: i64| (from..from + 256).map(|number| owed(number, "a", 0)).collect::<Vec<_>>();
    let mut bench = Bench::new(Ordering::Key, of_one_key(1), vec![]);
    assert_eq!(bench.sends(), [1]);
    bench.fails(1);
    for from in [257, 513] {
        bench.lane.woken();
        bench.fresh(of_one_key(from));
        assert!(bench.sends().is_empty());
    }
    bench.lane.woken();
    bench.fresh(vec![owed(1000, "b", 0)]);
    assert_eq!(bench.sends(), [1000]);
    assert!(bench.lane.held() <= 256);
}

#[test]
fn beside_a_probe_nothing_goes_when_an_older_request_comes_back() {
    let mut bench = Bench::new(Ordering::None, (1..=20).map(|number| owed(number, "a", 0)).collect(), vec![]);
    assert_eq!(bench.sends().len(), 16);
    bench.now = bench.now + Duration::from_secs(1);
    (1..=10).for_each(|number| bench.fails(number));
    bench.now = bench.now + Duration::from_secs(30);
    assert_eq!(bench.sends(), [17]);
    bench.lane.unsent(&[id(11)], bench.now);
    bench.now = bench.now + Duration::from_secs(2);
    assert!(bench.sends().is_empty());
    bench.finishes(17, succeeded(bench.now));
    assert!(!bench.sends().is_empty());
}

#[test]
fn a_dead_letter_made_due_before_its_end_was_heard_of_is_sent() {
    let mut bench = Bench::new(Ordering::None, vec![owed(1, "a", 0)], vec![]);
    assert_eq!(bench.sends(), [1]);
    bench.finishes(1, succeeded(bench.now));
    bench.lane.retried();
    assert!(matches!(bench.next(), Next::Load(Load::Retrying { .. })));
    bench.lane.loaded_retrying(vec![(bench.now, owed(1, "a", 1))], true, bench.now);
    assert!(bench.lane.recorded(id(1)));
    assert!(matches!(bench.next(), Next::Load(Load::Retrying { .. })));
    bench.lane.loaded_retrying(vec![(bench.now, owed(1, "a", 1))], true, bench.now);
    assert_eq!(bench.sends(), [1]);
}

#[test]
fn a_backlog_is_given_up_after_what_has_ended_is_recorded() {
    let mut bench = Bench::new(Ordering::None, vec![owed(1, "a", 0), owed(2, "a", 0)], vec![]);
    assert_eq!(bench.sends(), [1, 2]);
    bench.finishes(1, failed(START, 410, FailureKind::Gone, None));
    bench.change(|webhook| webhook.settings.status = Status::Disabled);
    assert_eq!(bench.next(), Next::Wait(None));
    assert!(bench.lane.recorded(id(1)));
    assert_eq!(bench.next(), Next::Cancel);
}

#[test]
fn nothing_fresh_overtakes_a_retry_because_another_retry_came_between() {
    let soon = START + Duration::from_secs(60);
    let by_hand = (START, owed(1, "a", 1));
    let failing = (soon, owed(2, "a", 1));
    let mut bench = Bench::new(Ordering::Strict, vec![owed(3, "a", 0)], vec![by_hand, failing.clone()]);
    assert_eq!(bench.sends(), [1]);
    bench.finishes(1, succeeded(bench.now));
    assert!(matches!(bench.next(), Next::Load(Load::Retrying { .. })));
    bench.lane.loaded_retrying(vec![failing], true, bench.now);
    assert!(bench.sends().is_empty());
}

#[test]
fn only_where_order_is_kept_do_deliveries_of_a_batch_depend_on_one_another() {
    for (ordering, untried, tried) in [
        (Ordering::None, Cohesion::Loose, Cohesion::Loose),
        (Ordering::Key, Cohesion::InOrder, Cohesion::Whole),
        (Ordering::Strict, Cohesion::InOrder, Cohesion::Whole),
    ] {
        let mut bench = Bench::new(ordering, vec![owed(3, "b", 0)], vec![(START, owed(1, "a", 1))]);
        let Next::Send(again) = bench.next() else { panic!("it is due") };
        bench.finishes(1, succeeded(bench.now));
        let Next::Send(first) = bench.next() else { panic!("nothing is before it") };
        assert_eq!((again.cohesion, first.cohesion), (tried, untried), "{ordering:?}");
    }
}

#[test]
fn a_lane_is_slow_if_one_of_its_last_requests_took_long_or_it_failed_before_a_restart() {
    let mut bench = Bench::new(Ordering::None, vec![owed(1, "a", 0), owed(2, "b", 0)], vec![]);
    assert_eq!(bench.sends(), [1, 2]);
    assert_eq!(bench.lane.slot_class().latency, LatencyClass::New, "nothing is known of it");
    bench.now = START + Duration::from_millis(1001);
    bench.finishes(1, succeeded(START));
    assert_eq!(bench.lane.slot_class().latency, LatencyClass::Slow, "also if it was answered well");
    bench.now = START;
    bench.finishes(2, succeeded(START));
    for number in 3..18 {
        assert_eq!(bench.lane.slot_class().latency, LatencyClass::Slow, "one that hangs every other time is slow");
        bench.lane.woken();
        bench.fresh(vec![owed(number, "c", 0)]);
        assert_eq!(bench.sends(), [number]);
        bench.finishes(number, failed(START, 422, FailureKind::Http, None));
    }
    assert_eq!(bench.lane.slot_class().latency, LatencyClass::Quick, "also if they failed");

    let mut bench = Bench::new(Ordering::None, vec![owed(1, "a", 0)], vec![]);
    assert_eq!(bench.sends(), [1]);
    bench.now = START + Duration::from_millis(1500);
    bench.lane.woken();
    bench.fresh(vec![owed(2, "b", 0)]);
    assert_eq!(bench.sends(), [2]);
    bench.finishes(2, succeeded(bench.now));
    assert_eq!(bench.lane.slot_class().latency, LatencyClass::Slow, "the first is still under way");

    let failing = Health { consecutive_failures: 1, failing_since: Some(START) };
    assert_eq!(Lane::new(Arc::new(any_webhook(1)), failing).slot_class().latency, LatencyClass::Slow);
}

#[test]
fn what_began_before_a_webhook_was_mended_is_not_held_against_it() {
    let mut bench = Bench::new(Ordering::None, vec![owed(1, "a", 0), owed(2, "a", 0)], vec![]);
    assert_eq!(bench.sends(), [1, 2]);
    bench.change(|webhook| webhook.settings.disable_after = Some(1));
    bench.now = START + Duration::from_secs(1);
    let mended_at = bench.now;
    bench.change(|webhook| {
        webhook.settings.url = TargetUrl::parse("https://mended.example/").unwrap();
        webhook.updated_at = mended_at;
    });
    assert!(!bench.disables(1, failed(START, 500, FailureKind::Http, None)), "it began before");
    assert!(bench.disables(2, failed(mended_at, 500, FailureKind::Http, None)));
}

#[test]
fn a_webhook_that_is_being_disabled_gets_nothing_for_a_moment() {
    let mut bench = Bench::new(Ordering::None, vec![owed(1, "a", 0)], vec![]);
    assert_eq!(bench.sends(), [1]);
    assert!(bench.disables(1, failed(START, 410, FailureKind::Gone, None)));
    bench.lane.woken();
    bench.fresh(vec![owed(2, "a", 0)]);
    assert_eq!(bench.next(), Next::Wait(Some(START + Duration::from_secs(1))));
}

#[test]
fn a_receiver_in_trouble_gets_half_as_many_at_a_time() {
    let mut bench = Bench::new(Ordering::None, (1..=20).map(|number| owed(number, "a", 0)).collect(), vec![]);
    assert_eq!(bench.sends().len(), 16);
    bench.fails(1);
    (2..=16).for_each(|number| bench.finishes(number, failed(START, 422, FailureKind::Http, None)));
    bench.lane.woken();
    bench.fresh((21..=60).map(|number| owed(number, "a", 0)).collect());
    assert_eq!(bench.sends().len(), 8);
}
