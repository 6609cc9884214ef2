//! Single facts about all lanes together.

use std::{ops::RangeInclusive, sync::Arc, time::Duration};

use lanehook::{
    lane::{Action, BatchOutcome, LaneCore, LaneLimits, Load, Loaded, Report, SlotClass},
    model::{
        DeliveryId, EventKey, FailureKind, FailureRun, OrderingKey, Outcome, Owed, RateLimit, RateUnit, Serial,
        TenantKey, Timestamp, WebhookKey,
    },
    store::{Backlog, Pending, Wake},
    webhook::{DisableReason, Ordering, Webhook},
};
use rand::{SeedableRng, rngs::StdRng};

use crate::{
    plan::{START, any_webhook},
    receivers::{failed, succeeded},
};

const KEY: WebhookKey = WebhookKey(Serial::nth(1));

fn core() -> LaneCore {
    LaneCore::new(LaneLimits { cancel_slice: 10, ..LaneLimits::default() })
}

fn hear(core: &mut LaneCore, report: Report, now: Timestamp) {
    core.hear(report, now, &mut StdRng::seed_from_u64(1));
}

fn owes(core: &mut LaneCore, next_retry: Option<Timestamp>) {
    owes_to(core, any_webhook(1), next_retry);
}

fn owes_to(core: &mut LaneCore, webhook: Webhook, next_retry: Option<Timestamp>) {
    let backlog = Backlog { webhook: KEY, failure_run: FailureRun::default(), pending: true, next_retry };
    core.owes(backlog, Some(Arc::new(webhook)));
}

/// The store answers the load that the core asks for now, so that these are owed and no others.
fn loads(core: &mut LaneCore, numbers: RangeInclusive<i64>, now: Timestamp) {
    let action = core.step(now);
    let Some(Action::Load { load: load @ Load::Pending { .. }, .. }) = action else { panic!("it loads: {action:?}") };
    let upto = id(*numbers.end());
    let pending = Pending { deliveries: numbers.map(owed).collect(), more: false, upto };
    hear(core, Report::Loaded { webhook: KEY, load, loaded: Some(Loaded::Pending(pending)) }, now);
}

fn sends(core: &mut LaneCore, number: i64) -> SlotClass {
    let action = core.step(START);
    match action {
        Some(Action::Send { slot, batch, .. }) if batch.owed[0].id == id(number) => slot,
        _ => panic!("{number} may go: {action:?}"),
    }
}

fn comes_back(core: &mut LaneCore, number: i64, slot: SlotClass, outcome: Outcome) {
    let batch = vec![id(number)];
    let outcomes = Some(vec![BatchOutcome { attempt: None, deliveries: batch.clone(), outcome }]);
    hear(core, Report::CameBack { webhook: KEY, slot, batch, outcomes }, START);
}

fn id(number: i64) -> DeliveryId {
    DeliveryId(Serial::nth(number))
}

fn owed(number: i64) -> Owed {
    let event = EventKey(Serial::nth(number));
    Owed {
        id: id(number),
        webhook: KEY,
        event,
        attempts: 0,
        failed: 0,
        last_attempt: None,
        ordering_key: None,
        own_id: false,
    }
}

fn cancels(core: &mut LaneCore, now: Timestamp) -> bool {
    matches!(core.step(now), Some(Action::Cancel { limit: 10, .. }))
}

#[test]
fn what_a_deleted_webhook_is_owed_is_given_up_to_the_end() {
    let mut core = core();
    let cancelled = |count| Report::Cancelled { webhook: KEY, count };
    core.woken(Wake::Pending(KEY), |_| None);
    assert!(cancels(&mut core, START));
    hear(&mut core, cancelled(Some(10)), START);
    assert!(cancels(&mut core, START), "there may be more");
    hear(&mut core, cancelled(None), START);
    assert!(core.step(START).is_none(), "a store that failed is left alone for a moment");
    let again = core.wakes_at().expect("it is tried again");
    assert_eq!(again, START + Duration::from_secs(1));
    assert!(cancels(&mut core, again));
    core.woken(Wake::Pending(KEY), |_| None);
    assert!(core.step(again).is_none(), "one at a time");
    hear(&mut core, cancelled(Some(3)), again);
    assert!(cancels(&mut core, again), "more was owed meanwhile");
    hear(&mut core, cancelled(Some(0)), again);
    assert!(core.step(again).is_none());
    assert_eq!(core.wakes_at(), None);
}

#[test]
fn a_webhook_is_disabled_once_the_reason_is_durable() {
    let mut core = core();
    owes(&mut core, None);
    loads(&mut core, 5..=5, START);
    let slot = sends(&mut core, 5);
    assert_eq!((core.in_flight(), core.is_at_rest()), (1, false));
    comes_back(&mut core, 5, slot, failed(START, 410, FailureKind::Gone, None));
    assert!(matches!(core.step(START), Some(Action::Record { settlements, .. }) if settlements.len() == 1));
    assert!(core.step(START).is_none());
    assert_eq!((core.in_flight(), core.unrecorded()), (0, 1));
    hear(&mut core, Report::Recorded(vec![(KEY, id(5))]), START);
    let disabled = core.step(START);
    let Some(Action::Disable { webhook, reason: DisableReason::Gone }) = disabled else { panic!("{disabled:?}") };
    assert_eq!((webhook.key, core.is_at_rest()), (KEY, false), "who stops waits for it");
    hear(&mut core, Report::Disabled { webhook: KEY, judged: webhook.version, off_at: Some(2) }, START);
    assert!(core.is_at_rest());
}

#[test]
fn once_stopping_nothing_is_begun() {
    let mut core = core();
    owes(&mut core, Some(START + Duration::from_secs(5)));
    core.stop();
    assert!(core.step(START).is_none());
    assert_eq!(core.wakes_at(), None);
}

#[test]
fn a_lane_is_asked_until_it_wants_no_more() {
    let mut core = core();
    owes(&mut core, None);
    loads(&mut core, 1..=2, START);
    sends(&mut core, 1);
    sends(&mut core, 2);
    assert!(core.step(START).is_none());
}

#[test]
fn a_lane_looks_for_the_retry_that_it_was_owed_at_the_start() {
    let mut core = core();
    let due = START + Duration::from_secs(5);
    owes(&mut core, Some(due));
    loads(&mut core, 1..=1, START);
    sends(&mut core, 1);
    assert!(core.step(START).is_none());
    assert_eq!(core.wakes_at(), Some(due));
    let action = core.step(due);
    assert!(matches!(action, Some(Action::Load { load: Load::Retrying { .. }, .. })), "{action:?}");
}

#[test]
fn when_too_much_is_not_durable_nothing_is_sent_until_it_is() {
    // A tenant leaves half of it.
    let mut core = LaneCore::new(LaneLimits { unrecorded: 32 << 10, ..LaneLimits::default() });
    let mut webhook = any_webhook(1);
    webhook.settings.max_concurrency = 1;
    owes_to(&mut core, webhook, None);
    loads(&mut core, 1..=6, START);
    for number in 1..=4 {
        let slot = sends(&mut core, number);
        comes_back(&mut core, number, slot, succeeded(START));
    }
    assert!(matches!(core.step(START), Some(Action::Record { settlements, .. }) if settlements.len() == 4));
    assert!(core.step(START).is_none(), "four small ones are not durable yet");
    hear(&mut core, Report::Recorded((1..=4).map(|number| (KEY, id(number))).collect()), START);
    assert_eq!(core.unrecorded_bytes(), 0);
    let slot = sends(&mut core, 5);
    let mut large = succeeded(START);
    large.sent.body = Some(vec![0; 20_000].into());
    comes_back(&mut core, 5, slot, large);
    assert!(matches!(core.step(START), Some(Action::Record { settlements, .. }) if settlements.len() == 1));
    assert!(core.step(START).is_none(), "a large one is as much");
    hear(&mut core, Report::Recorded(vec![(KEY, id(5))]), START);
    sends(&mut core, 6);
}

#[test]
fn as_many_retries_as_were_asked_for_may_not_be_all() {
    for (missing, looks_again) in [(0, true), (1, false)] {
        let mut core = core();
        owes(&mut core, Some(START));
        let Some(Action::Load { load: Load::Retrying { limit }, .. }) = core.step(START) else { panic!("one is due") };
        // As soon as the first of them is sent, the lane has room for others.
        let retries = (1..=limit as i64 - missing).map(|number| (START, owed(number))).collect();
        let (load, loaded) = (Load::Retrying { limit }, Some(Loaded::Retrying(retries)));
        hear(&mut core, Report::Loaded { webhook: KEY, load, loaded }, START);
        sends(&mut core, 1);
        let action = core.step(START);
        let looks = matches!(action, Some(Action::Load { load: Load::Retrying { .. }, .. }));
        assert_eq!(looks, looks_again, "{action:?}");
    }
}

/// A lane that has sent its only delivery, and what came of it is recorded.
fn has_sent_one(webhook: Webhook, outcome: Outcome) -> LaneCore {
    let mut core = core();
    owes_to(&mut core, webhook, None);
    loads(&mut core, 5..=5, START);
    let slot = sends(&mut core, 5);
    assert_eq!(core.held(), 1);
    comes_back(&mut core, 5, slot, outcome);
    assert!(matches!(core.step(START), Some(Action::Record { .. })));
    hear(&mut core, Report::Recorded(vec![(KEY, id(5))]), START);
    assert_eq!((core.held(), core.lanes()), (0, 1));
    core
}

/// What the lane does when it has rested for so long.
fn rests(core: &mut LaneCore, minutes: u64) {
    let now = START + Duration::from_secs(60 * minutes);
    while let Some(at) = core.wakes_at().filter(|&at| at <= now) {
        assert!(core.step(at).is_none());
    }
}

#[test]
fn a_lane_that_has_rested_for_ten_minutes_is_dropped_and_another_takes_its_place() {
    let mut core = has_sent_one(any_webhook(1), succeeded(START));
    rests(&mut core, 9);
    assert_eq!(core.lanes(), 1);
    core.woken(Wake::Pending(KEY), |_| panic!("it is still there"));
    let later = START + Duration::from_secs(540);
    // Nothing comes behind the fifth.
    loads(&mut core, RangeInclusive::new(6, 5), later);
    assert!(core.step(later).is_none());
    rests(&mut core, 18);
    assert_eq!(core.lanes(), 1, "it was asked to look in between");
    rests(&mut core, 19);
    assert_eq!((core.lanes(), core.wakes_at()), (0, None));
    core.woken(Wake::Pending(KEY), |_| Some(Arc::new(any_webhook(1))));
    loads(&mut core, 7..=7, START);
    sends(&mut core, 7);
}

#[test]
fn a_lane_that_alone_knows_of_failures_or_a_pause_is_kept() {
    let mut once = any_webhook(1);
    once.settings.retry = serde_json::from_str(r#"{"preset":"none"}"#).unwrap();
    let mut failing = has_sent_one(once, failed(START, 500, FailureKind::Http, None));
    rests(&mut failing, 600);
    assert_eq!(failing.lanes(), 1, "its failures in a row, and its breaker");

    let mut hourly = any_webhook(1);
    hourly.settings.rate_limit = Some(RateLimit { limit: 1, per: RateUnit::Hour });
    let mut rated = has_sent_one(hourly, succeeded(START));
    rests(&mut rated, 59);
    assert_eq!(rated.lanes(), 1, "what it has sent in its span");
    rests(&mut rated, 60);
    assert_eq!(rated.lanes(), 0);
}

/// Answers what the core asks for until it asks for nothing: each lane is owed more without end, each delivery of a key of its own,
/// which fails and waits for a retry. Returns the limits of the loads of this webhook.
fn goes_on(core: &mut LaneCore, of: i64) -> Vec<usize> {
    let (mut last, mut limits) = (core.turns() as i64 * 1000, Vec::new());
    for _ in 0..100_000 {
        match core.step(START) {
            None => return limits,
            Some(Action::Load { webhook, load: load @ Load::Pending { .. } }) => {
                let Load::Pending { limit, .. } = load else { unreachable!() };
                limits.extend((webhook == nth(of)).then_some(limit));
                let of_its_own = |number: i64| {
                    let ordering_key = OrderingKey::parse(&format!("k{number}")).ok();
                    Owed { webhook, ordering_key, ..owed(number) }
                };
                let deliveries = (last + 1..=last + limit as i64).map(of_its_own).collect();
                last += limit as i64;
                let loaded = Some(Loaded::Pending(Pending { deliveries, more: true, upto: id(last) }));
                hear(core, Report::Loaded { webhook, load, loaded }, START);
            }
            Some(Action::Load { webhook, load }) => {
                hear(core, Report::Loaded { webhook, load, loaded: Some(Loaded::Retrying(Vec::new())) }, START);
            }
            Some(Action::Send { webhook, slot, batch }) => {
                let deliveries: Vec<DeliveryId> = batch.owed.iter().map(|owed| owed.id).collect();
                let outcome = failed(START, 404, FailureKind::Http, None);
                let outcomes = vec![BatchOutcome { attempt: None, deliveries: deliveries.clone(), outcome }];
                let report =
                    Report::CameBack { webhook: webhook.key, slot, batch: deliveries, outcomes: Some(outcomes) };
                hear(core, report, START);
            }
            Some(Action::Record { settlements, .. }) => {
                let recorded = settlements.iter().flat_map(|settled| &settled.owed).map(|owed| (owed.webhook, owed.id));
                hear(core, Report::Recorded(recorded.collect()), START);
            }
            Some(other) => panic!("{other:?}"),
        }
    }
    panic!("it does not come to rest");
}

fn nth(number: i64) -> WebhookKey {
    WebhookKey(Serial::nth(number))
}

/// These webhooks of a tenant are owed something.
fn owed_in_order(core: &mut LaneCore, tenant: i64, numbers: RangeInclusive<i64>) {
    for number in numbers {
        let mut webhook = any_webhook(number);
        webhook.tenant = TenantKey(tenant);
        webhook.settings.ordering = Ordering::Key;
        let backlog =
            Backlog { webhook: webhook.key, failure_run: FailureRun::default(), pending: true, next_retry: None };
        core.owes(backlog, Some(Arc::new(webhook)));
    }
}

#[test]
fn keys_that_wait_for_retries_have_a_bound_over_all_lanes_and_tenants_leave_as_much_as_they_take() {
    let mut core = LaneCore::new(LaneLimits { held: 4000, ..LaneLimits::default() });
    owed_in_order(&mut core, 1, 1..=10);
    goes_on(&mut core, 1);
    let known = core.known();
    assert!((1900..=2000 + 10 * 40).contains(&known), "{known}: half, and what each lane may know in any case");

    // However many lanes the first has.
    owed_in_order(&mut core, 2, 11..=11);
    let limits = goes_on(&mut core, 11);
    assert!(limits[0] >= 100 && core.known() - known >= 900, "{limits:?}, {} then {}", known, core.known());
    assert!(core.known() <= 4000);
}

#[test]
fn outcomes_are_handed_on_while_there_is_always_more_to_send() {
    let mut core = LaneCore::new(LaneLimits::default());
    for number in 1..=100 {
        let backlog =
            Backlog { webhook: nth(number), failure_run: FailureRun::default(), pending: true, next_retry: None };
        core.owes(backlog, Some(Arc::new(any_webhook(number))));
    }
    let (mut last, mut sent, mut recorded) = (0, 0, 0);
    for round in 0..100 {
        let (mut under_way, mut to_record) = (Vec::new(), Vec::new());
        for _ in 0..32 {
            match core.step(START) {
                Some(Action::Load { webhook, load: load @ Load::Pending { .. } }) => {
                    let Load::Pending { limit, .. } = load else { unreachable!() };
                    let numbers = last + 1..=last + limit as i64;
                    last += limit as i64;
                    let deliveries = numbers.map(|number| Owed { webhook, ..owed(number) }).collect();
                    let loaded = Some(Loaded::Pending(Pending { deliveries, more: true, upto: id(last) }));
                    hear(&mut core, Report::Loaded { webhook, load, loaded }, START);
                }
                Some(Action::Send { webhook, slot, batch }) => under_way.push((webhook.key, slot, batch.owed[0].id)),
                Some(Action::Record { settlements, .. }) => {
                    to_record.extend(settlements.into_iter().flat_map(|one| one.owed));
                }
                other => panic!("there is always more to send: {other:?}"),
            }
        }
        sent += under_way.len();
        for (webhook, slot, id) in under_way {
            let outcomes = Some(vec![BatchOutcome { attempt: None, deliveries: vec![id], outcome: succeeded(START) }]);
            hear(&mut core, Report::CameBack { webhook, slot, batch: vec![id], outcomes }, START);
        }
        recorded += to_record.len();
        let to_record = to_record.into_iter().map(|owed| (owed.webhook, owed.id)).collect();
        hear(&mut core, Report::Recorded(to_record), START);
        assert!(core.unrecorded() <= 3 * 32, "{} outcomes wait in round {round}", core.unrecorded());
    }
    assert!(sent > 2_000 && recorded > 2_000, "{recorded} of {sent} are recorded");
}
