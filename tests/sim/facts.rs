//! Single facts about a lane's backlog and its order, each the short form of something that a world once got wrong.

use std::{sync::Arc, time::Duration};

use lanehook::{
    lane::{Lane, LatencyClass, Load, Next, OwedBatch, WINDOW},
    model::{Cohesion, FailureKind, FailureRun, RateLimit, RateUnit},
    store::Pending,
    webhook::{Ordering, Status, Webhook},
};

use crate::{
    bench::{Bench, id, of_one_key, owed},
    plan::{START, any_webhook},
    receivers::{failed, succeeded},
};

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
    let mut lane = Lane::new(Arc::new(webhook), FailureRun::default());
    let tomorrow = START + Duration::from_secs(86_400);
    lane.retries_at(tomorrow);
    assert!(matches!(lane.next(START, None, usize::MAX), Next::Load(Load::Retrying { .. })));
    lane.loaded_retrying(vec![(tomorrow, owed(1, "a", 1))], true, START);
    let Next::Load(Load::Pending { .. }) = lane.next(START, None, usize::MAX) else { panic!("it knows what waits") };
    lane.loaded_pending(Pending { deliveries: vec![owed(2, "a", 0), owed(3, "b", 0)], more: false, upto: id(3) });
    let batch = OwedBatch { owed: vec![owed(3, "b", 0)], cohesion: Cohesion::InOrder };
    assert_eq!(lane.next(START, None, usize::MAX), Next::Send(batch));
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
    assert!(matches!(bench.next(), Next::Load(Load::Pending { .. })));
    bench.lane.forget(id(1));
    bench.lane.loaded_pending(Pending { deliveries: vec![owed(1, "a", 0)], more: false, upto: id(1) });
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
            bench.pending(vec![owed(2, "a", 0)]);
        }
        assert!(bench.sends().is_empty());
        bench.fails(1);
        bench.lane.recorded(id(1));
        assert_eq!(bench.sends(), [2]);
    }
}

#[test]
fn a_key_that_fails_with_a_long_queue_does_not_hold_other_keys() {
    let mut bench = Bench::new(Ordering::Key, of_one_key(1..=256), vec![]);
    assert_eq!(bench.sends(), [1]);
    bench.fails(1);
    for from in [257, 513] {
        bench.lane.woken();
        bench.pending(of_one_key(from..from + 256));
        assert!(bench.sends().is_empty());
    }
    bench.lane.woken();
    bench.pending(vec![owed(1000, "b", 0)]);
    assert_eq!(bench.sends(), [1000]);
    assert!(bench.lane.held() <= 256);
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
fn nothing_pending_overtakes_a_retry_because_another_retry_came_between() {
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
fn nothing_pending_goes_before_it_is_known_what_waits_for_a_retry_and_that_is_asked_for_as_soon_as_there_is_room() {
    let mut webhook = any_webhook(1);
    webhook.settings.ordering = Ordering::Key;
    let mut lane = Lane::new(Arc::new(webhook), FailureRun::default());
    let tomorrow = START + Duration::from_secs(86_400);
    let waiting = |count: usize| (1..=count as i64).map(|n| (tomorrow, owed(n, &format!("k{n}"), 1))).collect();
    let mut read = 0;
    let looks_at = loop {
        match lane.next(START, None, 0) {
            Next::Load(Load::Retrying { limit }) => {
                assert!(limit > read, "{limit} after {read}");
                // There are more behind it.
                lane.loaded_retrying(waiting(limit), false, START);
                read = limit;
            }
            Next::Wait(Some(until)) => break until,
            other => panic!("it does not know all that waits: {other:?}"),
        }
    };
    assert!((8..=16).contains(&read), "{read}: no more than any lane may know");
    assert!(looks_at <= START + Duration::from_secs(30), "it looks for room, however long the first of them waits");
    let next = lane.next(START, None, usize::MAX);
    assert!(matches!(next, Next::Load(Load::Retrying { limit }) if limit > read), "{next:?}");
    lane.loaded_retrying(waiting(read + 2), true, START);
    assert!(matches!(lane.next(START, None, usize::MAX), Next::Load(Load::Pending { .. })));
}

#[test]
fn retries_that_were_not_loaded_are_looked_for() {
    let mut bench = Bench::new(Ordering::None, vec![], vec![]);
    bench.lane.retries_at(START);
    assert!(matches!(bench.next(), Next::Load(Load::Retrying { .. })));
    bench.lane.loaded_retrying(vec![(START, owed(1, "a", 1))], false, START);
    assert!(matches!(bench.next(), Next::Load(Load::Retrying { .. })), "others are behind it");
}

#[test]
fn what_the_lane_has_in_hand_takes_no_room_from_the_retries_that_it_asks_for() {
    let retrying = (1..=3).map(|number| (START, owed(number, "a", 1))).collect();
    let mut bench = Bench::with(|webhook| webhook.settings.max_concurrency = 2, vec![], retrying);
    assert_eq!(bench.sends(), [1, 2]);
    bench.finishes(1, succeeded(START));
    bench.lane.retries_at(START);
    // One is settling, one in flight and one ready; the store may list them all, before others.
    assert_eq!(bench.next(), Next::Load(Load::Retrying { limit: WINDOW + 3 }));
}

#[test]
fn what_was_not_sent_goes_before_what_was_behind_it() {
    let mut bench = Bench::with(|webhook| webhook.settings.max_concurrency = 1, of_one_key(1..=3), vec![]);
    assert_eq!(bench.sends(), [1]);
    bench.is_unsent(1);
    bench.now = bench.now + Duration::from_millis(1200);
    assert_eq!(bench.sends(), [1]);
}

#[test]
fn nothing_counts_against_a_webhook_that_this_machine_cannot_send_to() {
    let once_an_hour = RateLimit { limit: 1, per: RateUnit::Hour };
    let mut bench = Bench::with(
        |webhook| (webhook.settings.rate_limit, webhook.settings.disable_after) = (Some(once_an_hour), Some(1)),
        vec![owed(1, "a", 0)],
        vec![],
    );
    let mut pauses = Vec::new();
    for _ in 0..40 {
        assert_eq!(bench.sends(), [1], "it is the first attempt still");
        // Also when that took long.
        bench.now = bench.now + Duration::from_secs(10);
        bench.is_unsent(1);
        let Next::Wait(Some(until)) = bench.next() else { panic!("it rests") };
        pauses.push(until.since(bench.now).as_secs_f64());
        bench.now = until;
    }
    assert!((0.8..=1.2).contains(&pauses[0]) && (1.6..=2.4).contains(&pauses[1]), "{pauses:?}");
    assert!(
        pauses[10..].iter().all(|pause| (24.0..=36.0).contains(pause)),
        "it looks again at least so often: {pauses:?}"
    );
    assert!(pauses[10..].iter().any(|pause| (pause - pauses[10]).abs() > 1.0), "lanes do not come again all at once");
    assert_eq!(bench.sends(), [1]);
    assert_eq!(bench.lane.slot_class().latency, LatencyClass::New, "nothing is known of its receiver");
    bench.finishes(1, succeeded(bench.now));
}

#[test]
fn what_waits_for_a_retry_that_is_not_recorded_yet_waits_also_when_the_lane_loads_again() {
    let setup = |webhook: &mut Webhook| {
        webhook.settings.ordering = Ordering::Key;
        webhook.settings.batch = serde_json::from_str(r#"{"max_events":3,"max_wait":"0s"}"#).unwrap();
    };
    let mut bench = Bench::with(setup, vec![owed(1, "a", 0), owed(2, "a", 0), owed(3, "b", 0)], vec![]);
    assert_eq!(bench.sends(), [1, 2, 3]);
    bench.lane.forget(id(3));
    bench.only_the_first_fails(&[1, 2, 3]);
    // Somebody gave up one that was put back, so it loads all anew, and the store has not recorded the failure yet.
    bench.retries(vec![]);
    bench.pending(vec![owed(1, "a", 0), owed(2, "a", 0), owed(4, "b", 0)]);
    bench.now = START + Duration::from_secs(1);
    assert_eq!(bench.sends(), [4]);
}

#[test]
fn what_waits_for_a_retry_that_is_not_recorded_yet_waits_also_when_batches_change() {
    let mut bench = Bench::new(Ordering::Key, vec![owed(1, "a", 0), owed(2, "a", 0), owed(3, "b", 0)], vec![]);
    assert_eq!(bench.sends(), [1, 3]);
    bench.fails(1);
    bench.change(|webhook| {
        webhook.settings.batch = serde_json::from_str(r#"{"max_events":2,"max_wait":"0s"}"#).unwrap()
    });
    bench.retries(vec![]);
    bench.pending(vec![owed(1, "a", 0), owed(2, "a", 0), owed(3, "b", 0), owed(4, "c", 0)]);
    bench.finishes(3, succeeded(START));
    assert_eq!(bench.sends(), [4], "and not the second");
}
