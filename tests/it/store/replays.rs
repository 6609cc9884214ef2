//! Replays: steps that are done once, walks that leave nothing out.

use lanehook::{
    model::{
        DeliveryId, DeliveryStatus, Expected, FailureKind, Owed, QuotaKind, Quotas, Replay, ReplayAction, ReplayPlace,
        ReplayPlan, ReplayQuery, ReplayState, ReplayStep, ReplayTargets, Serial, TenantSettings, TypePattern,
        WebhookId, WebhookKey,
    },
    store::{ANSWER_BYTES, NewReplay, Range, ReplaysQuery, StoreError, Wake},
};

use super::backend::{Fixture, kept};
use crate::support::{DAY, DEFAULT, NOON, TESTER, delivered, event, given_up, retried};

fn plan(action: ReplayAction, query: ReplayQuery) -> ReplayPlan {
    ReplayPlan { action, query, rate: None, new_id: false }
}

fn of_failed(action: ReplayAction) -> ReplayPlan {
    plan(action, ReplayQuery { statuses: vec![DeliveryStatus::Failed], ..ReplayQuery::default() })
}

async fn begun(it: &Fixture, plan: ReplayPlan) -> Replay {
    let new = NewReplay { tenant: DEFAULT, plan, expected: Expected { count: 3, more: true } };
    it.begin_replay(new, TESTER).await.unwrap().unwrap()
}

/// The step from where a replay stands, behind these deliveries.
fn step(replay: &Replay, ids: &[DeliveryId], is_last: bool) -> ReplayStep {
    ReplayStep {
        replay: replay.id,
        from: replay.place,
        to: ReplayPlace::after(ids.last().unwrap().0),
        is_last,
        targets: ReplayTargets::Deliveries(ids.to_vec()),
        skipped: 1,
    }
}

async fn failed(it: &Fixture, webhook: WebhookKey, count: usize) -> Vec<DeliveryId> {
    let mut ids = Vec::new();
    for _ in 0..count {
        let owed = it.owe(event("x"), webhook).await;
        it.settle(given_up(&owed, NOON)).await;
        ids.push(owed.id);
    }
    ids
}

async fn pending(it: &Fixture, webhook: WebhookKey) -> Vec<Owed> {
    it.pending(webhook, DeliveryId(Serial::FIRST), None, 99).await.unwrap().deliveries
}

pub async fn a_step_is_done_once_and_survives_a_crash_with_its_place(it: Fixture) {
    let a = it.webhook("a").await;
    let ids = failed(&it, a, 3).await;
    let plan = of_failed(ReplayAction::Replay);
    let replay = begun(&it, plan.clone()).await;
    let (first, last) = ids.split_at(2);
    let first = step(&replay, first, false);
    assert!(it.step_replay(DEFAULT, plan.clone(), first.clone()).await.unwrap());
    assert!(!it.step_replay(DEFAULT, plan.clone(), first.clone()).await.unwrap(), "it stands elsewhere now");

    let it = it.crash();
    assert_eq!(pending(&it, a).await.len(), 2);
    assert!(!it.step_replay(DEFAULT, plan.clone(), first).await.unwrap());
    assert_eq!(it.running_replays().await.unwrap(), [(replay.id, DEFAULT)]);
    let found = it.find_replay(DEFAULT, replay.id).await.unwrap().unwrap();
    assert_eq!((found.id, found.place, found.done, found.skipped), (replay.id, ReplayPlace::after(ids[1].0), 2, 1));
    assert_eq!((&found.plan, found.expected, found.upto), (&plan, replay.expected, replay.upto));
    assert!(it.step_replay(DEFAULT, plan.clone(), step(&found, last, true)).await.unwrap());
    let ended = it.find_replay(DEFAULT, replay.id).await.unwrap().unwrap();
    assert_eq!((ended.state, ended.done, ended.skipped), (ReplayState::Finished, 3, 2));
    assert_eq!(ended.passed_over, 2, "both before they were tried");
    assert_eq!(ended.finished_at, Some(it.clock.now()));
    assert!(it.running_replays().await.unwrap().is_empty());
    let made = pending(&it, a).await;
    let mut repeated = Vec::new();
    for owed in &made {
        let shown = it.shown(owed.id).await;
        assert_eq!(shown.replay, Some(replay.id));
        repeated.push(shown.replay_of.unwrap());
    }
    assert_eq!(repeated, ids);
    // What is not as the query means it any more is left out.
    let again = begun(&it, plan.clone()).await;
    it.retry(DEFAULT, ids[0], TESTER).await.unwrap();
    let gone = DeliveryId(Serial::nth(77));
    assert!(it.step_replay(DEFAULT, plan, step(&again, &[gone, ids[0], ids[1]], true)).await.unwrap());
    let ended = it.find_replay(DEFAULT, again.id).await.unwrap().unwrap();
    assert_eq!((ended.done, ended.skipped, ended.passed_over), (1, 3, 1));
}

pub async fn a_step_beyond_a_quota_leaves_nothing_behind(it: Fixture) {
    let a = it.webhook("a").await;
    let ids = failed(&it, a, 3).await;
    let quotas = Quotas { owed_deliveries: Some(2), ..Quotas::default() };
    let tenant = it.tenants().get(DEFAULT).unwrap();
    let settings = TenantSettings { quotas, ..TenantSettings::default() };
    it.update_tenant(DEFAULT, tenant.version, "n".into(), settings, TESTER).await.unwrap();
    let before = it.usage(DEFAULT).used;
    for action in [ReplayAction::Replay, ReplayAction::Retry] {
        let plan = of_failed(action);
        let replay = begun(&it, plan.clone()).await;
        let refused = it.step_replay(DEFAULT, plan.clone(), step(&replay, &ids, true)).await;
        let Err(StoreError::Full(reached)) = refused else { panic!("{refused:?}") };
        assert_eq!(reached.kind, QuotaKind::OwedDeliveries);
        assert_eq!(it.find_replay(DEFAULT, replay.id).await.unwrap().unwrap(), replay);
        assert_eq!(it.usage(DEFAULT).used, before);
    }
    let plan = of_failed(ReplayAction::Retry);
    let replay = begun(&it, plan.clone()).await;
    let mut subscription = it.subscribe();
    assert!(it.step_replay(DEFAULT, plan, step(&replay, &ids[..2], true)).await.unwrap());
    assert_eq!(subscription.take().wakes, [Wake::Retry(a)], "through no gate");
    assert_eq!(it.usage(DEFAULT).used.of(QuotaKind::OwedDeliveries), 2);
    let due = it.retrying(a, 9).await.unwrap();
    let due: Vec<_> = due.iter().map(|(at, owed)| (*at, owed.id, owed.failed)).collect();
    assert_eq!(due, [(it.clock.now(), ids[0], 0), (it.clock.now(), ids[1], 0)]);
}

pub async fn what_is_owed_already_is_made_due_beyond_any_quota(it: Fixture) {
    let a = it.webhook("a").await;
    let mut ids = failed(&it, a, 1).await;
    for _ in 0..2 {
        let owed = it.owe(event("x"), a).await;
        it.settle(retried(&owed, NOON, NOON + DAY)).await;
        ids.push(owed.id);
    }
    let quotas = Quotas { owed_deliveries: Some(1), ..Quotas::default() };
    let tenant = it.tenants().get(DEFAULT).unwrap();
    let settings = TenantSettings { quotas, ..TenantSettings::default() };
    it.update_tenant(DEFAULT, tenant.version, "n".into(), settings, TESTER).await.unwrap();
    let statuses = vec![DeliveryStatus::Retrying, DeliveryStatus::Failed];
    let plan = plan(ReplayAction::Retry, ReplayQuery { statuses, ..ReplayQuery::default() });
    let replay = begun(&it, plan.clone()).await;
    let refused = it.step_replay(DEFAULT, plan.clone(), step(&replay, &ids, true)).await;
    assert!(matches!(refused, Err(StoreError::Full(_))), "one of them failed: {refused:?}");
    assert!(it.step_replay(DEFAULT, plan, step(&replay, &ids[1..], true)).await.unwrap());
    let due: Vec<_> = it.retrying(a, 9).await.unwrap().iter().map(|(at, owed)| (*at, owed.id)).collect();
    assert_eq!(due, [(it.clock.now(), ids[1]), (it.clock.now(), ids[2])]);
}

pub async fn a_walk_meets_each_that_is_meant_once_and_in_order(it: Fixture) {
    let (a, b) = (it.webhook("a").await, it.webhook("b").await);
    let mut all = Vec::new();
    for number in 0..60 {
        let webhook = if number % 3 == 0 { b } else { a };
        let name = if number % 4 == 0 { "price.up" } else { "order.filled" };
        let owed = it.owe(event(name), webhook).await;
        match number % 5 {
            0 => it.settle(delivered(&owed, NOON)).await,
            1 | 2 => it.settle(given_up(&owed, NOON)).await,
            3 => drop(it.cancel(DEFAULT, owed.id, TESTER).await.unwrap()),
            _ => {}
        }
        all.push((number, owed.id, webhook, name));
        if number == 39 {
            it.wait(DAY);
        }
    }
    let other = it.tenant("acme").await;
    let statuses = vec![DeliveryStatus::Delivered, DeliveryStatus::Failed, DeliveryStatus::Cancelled];
    let any = ReplayQuery { statuses: statuses.clone(), ..ReplayQuery::default() };
    let ended = |number: i32| number % 5 != 4;
    let later = Serial::at(NOON + DAY);
    type Meant<'a> = Box<dyn Fn(&(i32, DeliveryId, WebhookKey, &str)) -> bool + 'a>;
    let cases: Vec<(ReplayQuery, Serial, Meant<'_>)> = vec![
        (any.clone(), Serial::MAX, Box::new(|one| ended(one.0))),
        (
            ReplayQuery { webhook: Some((b, WebhookId::parse("b").unwrap())), ..any.clone() },
            Serial::MAX,
            Box::new(|one| ended(one.0) && one.2 == b),
        ),
        (
            ReplayQuery { event_types: vec![TypePattern::parse("price.*").unwrap()], ..any.clone() },
            later,
            Box::new(|one| ended(one.0) && one.3 == "price.up" && one.0 < 40),
        ),
        (
            ReplayQuery { failures: vec![FailureKind::Throttled], ..any.clone() },
            Serial::MAX,
            Box::new(|one| matches!(one.0 % 5, 1 | 2)),
        ),
    ];
    for (query, upto, meant) in cases {
        let wanted: Vec<_> = all.iter().filter(|one| meant(one)).map(|one| (one.1, one.2)).collect();
        for (limit, looks) in [(1, 1), (3, 2), (7, 5), (50, 4), (500, 500)] {
            let (mut found, mut after) = (Vec::new(), Serial::FIRST);
            while after < upto {
                let range = Range { after, upto, limit, looks };
                let stride = it.replayable(DEFAULT, query.clone(), range).await.unwrap();
                assert!(stride.deliveries.len() <= limit && stride.upto > after, "{limit} {looks}");
                found.extend(stride.deliveries);
                after = stride.upto;
            }
            assert_eq!(found, wanted, "{limit} {looks} {query:?}");
        }
    }
    let range = Range { after: Serial::FIRST, upto: Serial::MAX, limit: 9, looks: 9 };
    assert!(it.replayable(other, any, range).await.unwrap().deliveries.is_empty());
}

pub async fn what_was_begun_is_found_again_and_stopped_for_good(it: Fixture) {
    let a = it.webhook("a").await;
    let ids = failed(&it, a, 1).await;
    let query = ReplayQuery {
        webhook: Some((a, WebhookId::parse("a").unwrap())),
        statuses: vec![DeliveryStatus::Failed],
        event_types: vec![TypePattern::parse("x").unwrap(), TypePattern::parse("price_*").unwrap()],
        failures: vec![FailureKind::Throttled],
        from: Some(NOON),
        to: Some(NOON + DAY),
    };
    let rate = lanehook::model::RateLimit { limit: 7, per: lanehook::model::RateUnit::Hour };
    let plan = ReplayPlan { rate: Some(rate), new_id: true, ..plan(ReplayAction::Replay, query) };
    let replay = begun(&it, plan.clone()).await;
    assert_eq!(replay.place, ReplayPlace::after(Serial::at(NOON).before()));
    assert!(replay.upto <= replay.id.0, "what comes later is not meant");
    let it = it.reopen().await;
    assert_eq!(it.running_replays().await.unwrap(), [(replay.id, DEFAULT)]);
    let all = ReplaysQuery { limit: 9, ..ReplaysQuery::default() };
    assert_eq!(it.replays(DEFAULT, all).await.unwrap(), std::slice::from_ref(&replay));
    let acme = it.tenant("acme").await;
    assert_eq!(it.replays(acme, all).await.unwrap(), []);
    assert_eq!((it.count_replays(DEFAULT).await.unwrap(), it.count_replays(acme).await.unwrap()), (1, 0));
    assert_eq!(it.find_replay(acme, replay.id).await.unwrap(), None);
    assert_eq!(it.stop_replay(acme, replay.id, TESTER).await.unwrap(), None);
    assert!(!it.step_replay(acme, plan.clone(), step(&replay, &ids, true)).await.unwrap(), "it is not this tenant's");
    let stopped = it.stop_replay(DEFAULT, replay.id, TESTER).await.unwrap().unwrap();
    assert_eq!((stopped.state, stopped.finished_at), (ReplayState::Stopped, Some(it.clock.now())));
    assert!(!it.step_replay(DEFAULT, plan.clone(), step(&replay, &ids, true)).await.unwrap());
    assert!(it.running_replays().await.unwrap().is_empty());
    assert!(pending(&it, a).await.is_empty());
    it.wait(DAY);
    assert_eq!(it.stop_replay(DEFAULT, replay.id, TESTER).await.unwrap().unwrap(), stopped);
    // Four may be running; those that have ended do not count.
    for _ in 0..4 {
        begun(&it, plan.clone()).await;
    }
    let fifth = NewReplay { tenant: DEFAULT, plan: plan.clone(), expected: Expected::default() };
    assert_eq!(it.begin_replay(fifth.clone(), TESTER).await.unwrap(), None);
    let of_another = NewReplay { tenant: acme, ..fifth };
    assert!(it.begin_replay(of_another, TESTER).await.unwrap().is_some());
}

pub async fn replays_are_listed_from_both_ends_and_as_far_as_they_are_one_answer(it: Fixture) {
    let mut ids = Vec::new();
    for _ in 0..6 {
        let replay = begun(&it, of_failed(ReplayAction::Retry)).await;
        it.stop_replay(DEFAULT, replay.id, TESTER).await.unwrap();
        ids.insert(0, replay.id);
    }
    let listed = async |query: ReplaysQuery| -> Vec<_> {
        it.replays(DEFAULT, query).await.unwrap().into_iter().map(|replay| replay.id).collect()
    };
    let first = ReplaysQuery { limit: 2, ..ReplaysQuery::default() };
    assert_eq!(listed(first).await, ids[..2]);
    assert_eq!(listed(ReplaysQuery { before: Some(ids[1]), ..first }).await, ids[2..4]);
    assert_eq!(listed(ReplaysQuery { after: Some(ids[3]), ..first }).await, ids[..2]);
    assert_eq!(listed(ReplaysQuery { after: Some(ids[3]), oldest: true, ..first }).await, ids[1..3]);
    assert_eq!(listed(ReplaysQuery { oldest: true, ..first }).await, ids[4..]);
    // Some have long plans.
    let name = |number| TypePattern::parse(&format!("{:a<100}{number}", "a.")).unwrap();
    let long = ReplayQuery { event_types: (0..15_000).map(name).collect(), ..ReplayQuery::default() };
    assert!(100 * long.event_types.len() < ANSWER_BYTES);
    for _ in 0..4 {
        let replay = begun(&it, plan(ReplayAction::Retry, long.clone())).await;
        it.stop_replay(DEFAULT, replay.id, TESTER).await.unwrap();
    }
    let all = ReplaysQuery { limit: 20, ..ReplaysQuery::default() };
    assert_eq!(listed(all).await.len(), 3, "the third is what is too much");
    assert_eq!(it.count_replays(DEFAULT).await.unwrap(), 10);
}

pub async fn a_tenants_replays_go_with_it(it: Fixture) {
    let acme = it.tenant("acme").await;
    let new = NewReplay { tenant: acme, plan: of_failed(ReplayAction::Retry), expected: Expected::default() };
    let replay = it.begin_replay(new.clone(), TESTER).await.unwrap().unwrap();
    it.delete_tenant(acme, None, TESTER).await.unwrap();
    assert_eq!(it.find_replay(acme, replay.id).await.unwrap(), None);
    assert!(it.running_replays().await.unwrap().is_empty());
    let refused = it.begin_replay(new, TESTER).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
}

pub async fn a_replay_that_rematches_owes_events_to_whom_it_names(it: Fixture) {
    let (a, b) = (it.webhook("a").await, it.webhook("b").await);
    let key = kept(&it.publish(vec![event("x")], &[]).await[0]);
    let bytes = |it: &Fixture| it.usage(DEFAULT).used.of(QuotaKind::EventBytes);
    let before = bytes(&it);
    let plan = ReplayPlan { new_id: true, ..plan(ReplayAction::Rematch, ReplayQuery::default()) };
    let replay = begun(&it, plan.clone()).await;
    let gone = WebhookKey(Serial::nth(77));
    let half = ReplayStep {
        replay: replay.id,
        from: replay.place,
        to: ReplayPlace { within: Some(a), ..replay.place },
        is_last: false,
        targets: ReplayTargets::Owed(vec![(key, vec![a, gone])]),
        skipped: 0,
    };
    assert!(it.step_replay(DEFAULT, plan.clone(), half.clone()).await.unwrap());
    let it = it.crash();
    assert!(!it.step_replay(DEFAULT, plan.clone(), half.clone()).await.unwrap(), "the place within an event counts");
    let other_half = ReplayStep {
        from: half.to,
        to: ReplayPlace::after(key.0),
        is_last: true,
        targets: ReplayTargets::Owed(vec![(key, vec![b])]),
        ..half
    };
    assert!(it.step_replay(DEFAULT, plan, other_half).await.unwrap());
    let ended = it.find_replay(DEFAULT, replay.id).await.unwrap().unwrap();
    assert_eq!((ended.done, ended.skipped, ended.place.within), (2, 1, None));
    for webhook in [a, b] {
        let [owed] = &pending(&it, webhook).await[..] else { panic!("each is owed it once") };
        let shown = it.shown(owed.id).await;
        assert_eq!((shown.event, shown.replay, shown.replay_of, shown.own_id), (key, Some(replay.id), None, true));
        it.settle(delivered(owed, NOON)).await;
    }
    // Their rows count until retention deletes them.
    assert_eq!(bytes(&it), before + 2 * lanehook::model::ROW_BYTES);
    it.wait(2 * DAY);
    while it.delete_finished(it.clock.now(), 100).await.unwrap() {}
    assert_eq!(bytes(&it), 0);
}
