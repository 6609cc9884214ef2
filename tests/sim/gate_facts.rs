//! Single facts about how much goes to a receiver at a time, and whether anything does.

use std::{sync::Arc, time::Duration};

use lanehook::{
    lane::{Lane, LatencyClass, Load, Next},
    model::{FailureKind, FailureRun, TargetUrl},
    webhook::{Ordering, Status, Webhook},
};

use crate::{
    bench::{Bench, id, of_one_key, owed},
    plan::{START, any_webhook},
    receivers::{failed, succeeded, unanswered},
};

/// Its tenant changes what may have been wrong.
fn mend(webhook: &mut Webhook) {
    webhook.settings.url = TargetUrl::parse("https://mended.example/").unwrap();
}

#[test]
fn beside_a_probe_nothing_goes_when_an_older_request_comes_back() {
    let mut bench = Bench::new(Ordering::None, of_one_key(1..=20), vec![]);
    assert_eq!(bench.sends().len(), 16);
    bench.now = bench.now + Duration::from_secs(1);
    (1..=10).for_each(|number| bench.fails(number));
    bench.now = bench.now + Duration::from_secs(30);
    assert_eq!(bench.sends(), [17]);
    bench.is_unsent(11);
    bench.now = bench.now + Duration::from_secs(2);
    assert!(bench.sends().is_empty());
    bench.finishes(17, succeeded(bench.now));
    assert!(!bench.sends().is_empty());
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
        bench.pending(vec![owed(number, "c", 0)]);
        assert_eq!(bench.sends(), [number]);
        bench.finishes(number, failed(START, 422, FailureKind::Http, None));
    }
    assert_eq!(bench.lane.slot_class().latency, LatencyClass::Quick, "also if they failed");

    let mut bench = Bench::new(Ordering::None, vec![owed(1, "a", 0)], vec![]);
    assert_eq!(bench.sends(), [1]);
    bench.now = START + Duration::from_millis(1500);
    bench.lane.woken();
    bench.pending(vec![owed(2, "b", 0)]);
    assert_eq!(bench.sends(), [2]);
    bench.finishes(2, succeeded(bench.now));
    assert_eq!(bench.lane.slot_class().latency, LatencyClass::Slow, "the first is still under way");

    let failing = FailureRun { consecutive_failures: 1, failing_since: Some(START) };
    assert_eq!(Lane::new(Arc::new(any_webhook(1)), failing).slot_class().latency, LatencyClass::Slow);
}

#[test]
fn what_began_before_a_webhook_was_mended_is_not_held_against_it() {
    let mut bench = Bench::new(Ordering::None, vec![owed(1, "a", 0)], vec![]);
    assert_eq!(bench.sends(), [1]);
    bench.change(|webhook| webhook.settings.disable_after = Some(1));
    // Whatever the clock says meanwhile.
    bench.now = START - Duration::from_secs(3600);
    bench.change(mend);
    bench.lane.woken();
    bench.pending(vec![owed(2, "a", 0)]);
    assert_eq!(bench.sends(), [2]);
    assert!(!bench.disables(1, failed(START, 500, FailureKind::Http, None)), "it began before");
    assert!(bench.disables(2, failed(bench.now, 500, FailureKind::Http, None)));
}

#[test]
fn a_webhook_is_disabled_once_and_gets_nothing_before_that_has_ended() {
    let is_gone = || failed(START, 410, FailureKind::Gone, None);
    let mut bench = Bench::new(Ordering::None, vec![owed(1, "a", 0), owed(2, "b", 0)], vec![]);
    assert_eq!(bench.sends(), [1, 2]);
    assert_eq!([bench.disables(1, is_gone()), bench.disables(2, is_gone())], [true, false], "it is under way");
    bench.lane.woken();
    bench.pending(vec![owed(3, "a", 0)]);
    bench.now = START + Duration::from_secs(3600);
    assert_eq!(bench.next(), Next::Wait(None), "however long that takes");
    bench.lane.disabling_ended(1, None, bench.now);
    assert_eq!(bench.next(), Next::Wait(Some(bench.now + Duration::from_secs(1))), "it could not be done");
    bench.now = bench.now + Duration::from_secs(1);
    assert_eq!(bench.sends(), [3]);
    assert!(bench.disables(3, is_gone()), "it is asked for again");
    bench.lane.woken();
    bench.pending(vec![owed(4, "a", 0)]);
    bench.change(mend);
    bench.lane.disabling_ended(1, None, bench.now);
    assert_eq!(bench.sends(), [4], "who has mended it wants to see it go");
}

#[test]
fn a_webhook_that_was_disabled_goes_on_once_its_lane_knows_that_it_was_enabled_again() {
    let is_gone = || failed(START, 410, FailureKind::Gone, None);
    // Whether the lane hears first of the end, or of the settings that came after it.
    for hears_first in [true, false] {
        let mut bench = Bench::new(Ordering::None, vec![owed(1, "a", 0)], vec![]);
        assert_eq!(bench.sends(), [1]);
        assert!(bench.disables(1, is_gone()));
        bench.lane.woken();
        bench.pending(vec![owed(2, "a", 0)]);
        if hears_first {
            bench.lane.disabling_ended(1, Some(2), bench.now);
            assert_eq!(bench.next(), Next::Wait(None), "it hears of its new settings soon");
        }
        // Version 2 was off, and nobody told the lane of it.
        bench.change(|webhook| webhook.version = 3);
        if !hears_first {
            assert_eq!(bench.next(), Next::Wait(None));
            bench.lane.disabling_ended(1, Some(2), bench.now);
        }
        assert_eq!(bench.sends(), [2], "{hears_first}");
    }
}

#[test]
fn the_end_of_an_old_disabling_is_none_of_a_newer_one() {
    let is_gone = || failed(START, 410, FailureKind::Gone, None);
    let mut bench = Bench::new(Ordering::None, vec![owed(1, "a", 0)], vec![]);
    assert_eq!(bench.sends(), [1]);
    assert!(bench.disables(1, is_gone()));
    bench.change(|webhook| {
        mend(webhook);
        webhook.version = 2;
    });
    bench.lane.woken();
    bench.pending(vec![owed(2, "a", 0)]);
    assert_eq!(bench.sends(), [2]);
    assert!(bench.disables(2, is_gone()), "what it was mended to is no better");
    bench.lane.woken();
    bench.pending(vec![owed(3, "a", 0)]);
    bench.lane.disabling_ended(1, None, bench.now);
    assert_eq!(bench.next(), Next::Wait(None), "the newer one is under way");
    bench.lane.disabling_ended(2, None, bench.now);
    assert_eq!(bench.next(), Next::Wait(Some(START + Duration::from_secs(1))));
}

#[test]
fn a_receiver_in_trouble_gets_half_as_many_at_a_time() {
    let mut bench = Bench::new(Ordering::None, of_one_key(1..=20), vec![]);
    assert_eq!(bench.sends().len(), 16);
    bench.fails(1);
    (2..=16).for_each(|number| bench.finishes(number, failed(START, 422, FailureKind::Http, None)));
    bench.lane.woken();
    bench.pending(of_one_key(21..=60));
    assert_eq!(bench.sends().len(), 8);
}

#[test]
fn a_receiver_that_speaks_something_else_opens_the_breaker_and_one_that_refuses_does_not() {
    for (status, opens) in [(101, true), (500, true), (599, true), (600, true), (300, false), (404, false)] {
        let mut bench = Bench::new(Ordering::None, of_one_key(1..=10), vec![]);
        assert_eq!(bench.sends().len(), 10);
        (1..=10).for_each(|number| bench.finishes(number, failed(START, status, FailureKind::Http, None)));
        bench.lane.woken();
        bench.pending(of_one_key(11..=12));
        assert_eq!(bench.sends().is_empty(), opens, "{status}");
    }
}

#[test]
fn what_no_payload_can_be_made_of_opens_the_breaker_and_what_is_skipped_does_not() {
    for (kind, opens) in [(FailureKind::Render, true), (FailureKind::Skipped, false)] {
        let mut bench = Bench::new(Ordering::None, of_one_key(1..=10), vec![]);
        assert_eq!(bench.sends().len(), 10);
        (1..=10).for_each(|number| bench.finishes(number, unanswered(START, kind)));
        bench.lane.woken();
        bench.pending(of_one_key(11..=12));
        assert_eq!(bench.sends().is_empty(), opens, "{kind:?}");
        bench.change(mend);
        assert_eq!(bench.sends().len(), if opens { 2 } else { 0 }, "who mends the template sees it go");
    }
}

#[test]
fn a_breaker_closes_when_the_webhook_is_mended() {
    let mut bench = Bench::new(Ordering::None, of_one_key(1..=10), vec![]);
    assert_eq!(bench.sends().len(), 10);
    bench.now = START + Duration::from_millis(1);
    (1..=10).for_each(|number| bench.fails(number));
    bench.lane.woken();
    bench.pending(of_one_key(11..=12));
    assert!(bench.sends().is_empty(), "its breaker is open");
    bench.change(mend);
    assert_eq!(bench.sends(), [11, 12]);
}

/// Its breaker is open, and 17 to 20 were never tried.
fn open_breaker() -> Bench {
    let mut bench = Bench::new(Ordering::None, of_one_key(1..=20), vec![]);
    assert_eq!(bench.sends().len(), 16);
    bench.now = bench.now + Duration::from_millis(1);
    (1..=16).for_each(|number| bench.fails(number));
    assert!(bench.sends().is_empty(), "its breaker is open");
    bench
}

#[test]
fn what_is_wanted_by_hand_goes_past_an_open_breaker_one_by_one() {
    let mut bench = open_breaker();
    for number in [19, 17] {
        bench.lane.wanted_now(id(number));
    }
    bench.retries(vec![]);
    assert_eq!(bench.sends(), [19]);
    bench.is_unsent(19);
    assert!(bench.sends().is_empty(), "the machine rests");
    bench.now = bench.now + Duration::from_secs(2);
    assert_eq!(bench.sends(), [19], "what did not leave is still wanted");
    bench.fails(19);
    assert_eq!(bench.sends(), [17]);
    bench.finishes(17, succeeded(bench.now));
    assert_eq!(bench.sends(), [18, 20], "the receiver works");
}

#[test]
fn what_is_wanted_by_hand_and_is_not_at_hand_is_asked_for() {
    let mut bench = open_breaker();
    let wanted = |bench: &mut Bench, found| {
        bench.lane.wanted_now(id(99));
        assert_eq!(bench.next(), Next::Load(Load::One(id(99))));
        bench.lane.loaded_one(id(99), found, bench.now);
        bench.retries(vec![]);
        bench.sends()
    };
    let later = bench.now + Duration::from_secs(1);
    assert!(wanted(&mut bench, None).is_empty(), "it is not owed any more");
    assert!(wanted(&mut bench, Some((Some(later), owed(99, "z", 1)))).is_empty(), "it was tried once more meanwhile");
    let now = bench.now;
    assert_eq!(wanted(&mut bench, Some((Some(now), owed(99, "z", 1)))), [99]);
}

#[test]
fn who_is_enabled_again_starts_without_failures() {
    let mut bench = Bench::with(|webhook| webhook.settings.disable_after = Some(2), of_one_key(1..=2), vec![]);
    assert_eq!(bench.sends(), [1, 2]);
    bench.fails(1);
    for status in [Status::Disabled, Status::Active] {
        bench.change(|webhook| webhook.settings.status = status);
    }
    assert!(!bench.disables(2, failed(START, 500, FailureKind::Http, None)), "it is the first");
}

#[test]
fn while_slots_are_short_a_lane_gets_one_and_a_quick_one_as_many_as_it_leaves() {
    let mut bench = Bench::new(Ordering::None, of_one_key(1..=20), vec![]);
    assert_eq!(bench.sends_while(Some(3)), [1], "nothing is known of it");
    bench.finishes(1, succeeded(START));
    assert_eq!(bench.sends_while(Some(3)), [2, 3, 4], "it is known to be quick");
    assert_eq!(bench.sends().len(), 13, "they are not short any more");
}

#[test]
fn where_order_is_kept_one_batch_goes_after_another() {
    let deliveries = || vec![owed(1, "a", 0), owed(2, "b", 0), owed(3, "c", 0)];
    for (ordering, at_once) in [(Ordering::None, vec![1, 2, 3]), (Ordering::Key, vec![1, 2])] {
        let setup = |webhook: &mut Webhook| {
            webhook.settings.ordering = ordering;
            webhook.settings.batch = serde_json::from_str(r#"{"max_events":2,"max_wait":"0s"}"#).unwrap();
        };
        let mut bench = Bench::with(setup, deliveries(), vec![]);
        assert_eq!(bench.sends(), at_once, "{ordering:?}");
    }
}
