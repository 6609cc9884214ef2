//! What happens to events and deliveries is counted, once, for the minute, the webhook, the tenant and the node.

use lanehook::{
    model::{EventType, FailureKind, TenantKey, Timestamp},
    observe::{Bucket, Count, Grain, Measures, Scope, Span},
    store::{SeriesQuery, Settlement, SumPlace, Types},
};

use super::backend::Fixture;
use crate::support::{DAY, DEFAULT, HOUR, NOON, TESTER, delivered, event, given_up, retried, skipped};

const MINUTE: std::time::Duration = std::time::Duration::from_secs(60);

/// The sums of a scope: when, of which type, and what.
async fn series(it: &Fixture, scope: Scope, types: Types, grain: Grain) -> Vec<(Timestamp, Option<String>, Measures)> {
    let (from, to) = (Bucket(0), Bucket(i64::MAX));
    let query =
        SeriesQuery { scopes: vec![scope], tenant: Some(DEFAULT), types, grain, is_whole: false, from, to, limit: 100 };
    let points = it.store.series(DEFAULT, query).await.unwrap().unwrap();
    let event_type = |event_type: Option<EventType>| event_type.map(|it| it.as_str().to_owned());
    points.into_iter().map(|point| (point.at.begins(), event_type(point.event_type), point.measures)).collect()
}

/// The only sum of all types over the day.
async fn day(it: &Fixture, scope: Scope) -> Measures {
    let mut days = series(it, scope, Types::Together, Grain::Day).await;
    assert_eq!(days.len(), 1, "{days:?}");
    days.remove(0).2
}

fn counts<const N: usize>(measures: &Measures, what: [Count; N]) -> [u64; N] {
    what.map(|what| measures.count(what))
}

pub async fn what_happens_is_counted_when_it_happens_and_for_whom(it: Fixture) {
    let (a, b) = (it.webhook("a").await, it.webhook("b").await);
    let first = it.owe(event("one"), a).await;
    it.publish(vec![event("two")], &[a, b]).await;
    let second = it.pending(a, first.id, None, 9).await.unwrap().deliveries.remove(0);
    it.wait(MINUTE);
    it.settle(delivered(&first, NOON + MINUTE)).await;
    it.settle(retried(&second, NOON + MINUTE, NOON + HOUR)).await;
    it.wait(HOUR);
    let second = it.waiting(a).await.remove(0);
    it.settle(given_up(&second, NOON + MINUTE + HOUR)).await;

    let accepted = [Count::Events, Count::Deliveries, Count::Attempts];
    let ended = [Count::Delivered, Count::Failed, Count::Cancelled];
    let check = async |it: &Fixture| {
        let of_a = series(it, Scope::Webhook(a), Types::Together, Grain::Minute).await;
        let (at, what): (Vec<_>, Vec<_>) =
            of_a.iter().map(|(at, _, it)| (*at, (counts(it, accepted), counts(it, ended)))).unzip();
        assert_eq!(at, [NOON, NOON + MINUTE, NOON + MINUTE + HOUR]);
        assert_eq!(what, [([0, 2, 0], [0; 3]), ([0, 0, 2], [1, 0, 0]), ([0, 0, 1], [0, 1, 0])]);
        let second_minute = &of_a[1].2;
        assert_eq!(second_minute.failures().collect::<Vec<_>>(), [(FailureKind::Throttled, 1)]);
        assert_eq!(second_minute.classes().collect::<Vec<_>>(), [(Some(2), 1), (Some(5), 1)]);
        let waited = second_minute.span(Span::Waited);
        let about_a_minute = waited.quantile(0.5).unwrap() as f64 / 60e6;
        assert!(waited.count() == 1 && (0.9..1.1).contains(&about_a_minute), "{waited:?}");

        let hours = series(it, Scope::Tenant(DEFAULT), Types::Together, Grain::Hour).await;
        let hours: Vec<_> = hours.iter().map(|(at, _, it)| (*at, counts(it, accepted), counts(it, ended))).collect();
        assert_eq!(hours, [(NOON, [2, 3, 2], [1, 0, 0]), (NOON + HOUR, [0, 0, 1], [0, 1, 0])]);
        let of_two = series(it, Scope::Tenant(DEFAULT), Types::One(EventType::parse("two").unwrap()), Grain::Day).await;
        assert_eq!(of_two.len(), 1);
        assert_eq!((of_two[0].1.as_deref(), counts(&of_two[0].2, accepted)), (Some("two"), [1, 2, 2]));
        let each: Vec<_> = series(it, Scope::Webhook(a), Types::Each, Grain::Day).await;
        assert_eq!(
            each.iter().map(|(_, of, it)| (of.as_deref().unwrap(), it.count(Count::Attempts))).collect::<Vec<_>>(),
            [("one", 1), ("two", 2)]
        );
        assert_eq!(counts(&day(it, Scope::Node).await, accepted), [2, 3, 3]);
        assert_eq!(counts(&day(it, Scope::Webhook(b)).await, accepted), [0, 1, 0]);
    };
    check(&it).await;
    let it = it.crash();
    check(&it).await;
    it.sum_up().await.unwrap();
    check(&it).await;
    it.sum_up().await.unwrap();
    check(&it).await;
    let it = it.reopen().await;
    check(&it).await;
}

pub async fn what_is_cancelled_skipped_or_repeated_is_counted(it: Fixture) {
    let a = it.webhook("a").await;
    let first = it.owe(event("one"), a).await;
    it.settle(skipped(&first, NOON)).await;
    let second = it.owe(event("one"), a).await;
    it.cancel(DEFAULT, second.id, TESTER).await.unwrap();
    it.cancel(DEFAULT, second.id, TESTER).await.unwrap();
    it.publish(vec![event("one"), event("two")], &[a]).await;
    assert_eq!(it.cancel_owed(a, 9).await.unwrap(), 2);
    let ended = [Count::Deliveries, Count::Delivered, Count::Failed, Count::Cancelled];
    assert_eq!(counts(&day(&it, Scope::Webhook(a)).await, ended), [4, 0, 0, 4]);
    let of_two = series(&it, Scope::Webhook(a), Types::One(EventType::parse("two").unwrap()), Grain::Day).await;
    assert_eq!(counts(&of_two[0].2, ended), [1, 0, 0, 1]);
    let tried = [Count::Attempts, Count::Requests];
    assert_eq!(counts(&day(&it, Scope::Webhook(a)).await, tried), [0, 0], "what its script skips was not tried");
    assert!(it.replay(DEFAULT, first.id, false, TESTER).await.unwrap().is_some());
    assert_eq!(counts(&day(&it, Scope::Webhook(a)).await, ended), [5, 0, 0, 4]);
}

pub async fn requests_are_counted_as_often_as_they_were_sent(it: Fixture) {
    let a = it.webhook("a").await;
    for (sent, sum) in [(1, 1), (3, 4), (0, 4)] {
        let owed = it.owe(event("one"), a).await;
        let mut settlement = Settlement { attempt: Some(it.begin_attempt()), ..delivered(&owed, NOON) };
        settlement.outcome.requests = sent;
        it.settle(settlement).await;
        assert_eq!(day(&it, Scope::Webhook(a)).await.count(Count::Requests), sum);
    }
    assert_eq!(day(&it, Scope::Webhook(a)).await.count(Count::Attempts), 3);
}

pub async fn what_a_deleted_webhook_is_owed_is_cancelled_in_its_tenants_sums(it: Fixture) {
    let a = it.webhook("a").await;
    it.publish(vec![event("one")], &[a]).await;
    it.delete_webhook(a, None, TESTER).await.unwrap();
    assert_eq!(it.cancel_owed(a, 9).await.unwrap(), 1);
    assert_eq!(day(&it, Scope::Tenant(DEFAULT)).await.count(Count::Cancelled), 1);
}

pub async fn what_is_not_committed_is_not_counted(it: Fixture) {
    let a = it.webhook("a").await;
    let clashing = |data: &'static str| {
        use crate::support::EventExt as _;
        event("one").id("x").data(data)
    };
    it.publish(vec![clashing("1")], &[a]).await;
    it.publish(vec![clashing("1")], &[a]).await;
    it.clash(vec![event("two"), clashing("2")], &[a]).await;
    assert_eq!(counts(&day(&it, Scope::Node).await, [Count::Events, Count::Deliveries]), [1, 1]);
}

pub async fn more_sums_than_are_wanted_are_none(it: Fixture) {
    let a = it.webhook("a").await;
    for _ in 0..3 {
        it.publish(vec![event("one")], &[a]).await;
        it.wait(MINUTE);
    }
    let query = |limit| SeriesQuery {
        scopes: vec![Scope::Tenant(DEFAULT)],
        tenant: Some(DEFAULT),
        types: Types::Together,
        grain: Grain::Minute,
        is_whole: false,
        from: Bucket(0),
        to: Bucket(i64::MAX),
        limit,
    };
    for _ in 0..2 {
        for (limit, expected) in [(0, None), (2, None), (3, Some(3))] {
            assert_eq!(it.store.series(DEFAULT, query(limit)).await.unwrap().map(|points| points.len()), expected);
        }
        let whole = SeriesQuery { is_whole: true, ..query(1) };
        let points = it.store.series(DEFAULT, whole).await.unwrap().unwrap();
        assert_eq!(points.iter().map(|point| point.measures.count(Count::Events)).collect::<Vec<_>>(), [3]);
        it.sum_up().await.unwrap();
    }
}

pub async fn sums_are_of_their_owner_alone(it: Fixture) {
    let (other, a) = (it.tenant("other").await, it.webhook("a").await);
    it.publish(vec![event("one")], &[a]).await;
    it.publish_for(other, vec![event("one"), event("one")], &[]).await;
    let events = async |it: &Fixture, tenant: TenantKey| day(it, Scope::Tenant(tenant)).await.count(Count::Events);
    assert_eq!((events(&it, DEFAULT).await, day(&it, Scope::Node).await.count(Count::Events)), (1, 3));
    it.sum_up().await.unwrap();
    assert_eq!((events(&it, DEFAULT).await, events(&it, other).await), (1, 2));
}

pub async fn the_sums_of_who_is_gone_are_forgotten(it: Fixture) {
    let (other, a) = (it.tenant("other").await, it.webhook("a").await);
    it.publish(vec![event("one")], &[a]).await;
    it.publish_for(other, vec![event("one")], &[]).await;
    it.sum_up().await.unwrap();
    it.delete_tenant(other, None, TESTER).await.unwrap();
    let mut place = Some(SumPlace::START);
    while let Some(after) = place {
        place = it.forget_sums(Grain::Minute, Bucket(0), after).await.unwrap();
    }
    assert_eq!(series(&it, Scope::Tenant(other), Types::Together, Grain::Day).await.len(), 0);
    assert_eq!(day(&it, Scope::Tenant(DEFAULT)).await.count(Count::Events), 1);
    assert_eq!(day(&it, Scope::Webhook(a)).await.count(Count::Deliveries), 1);
}

pub async fn old_sums_of_a_grain_are_forgotten_and_those_of_others_stay(it: Fixture) {
    let webhooks = [it.webhook("a").await, it.webhook("b").await];
    for _ in 0..3 {
        it.publish((0..3).map(|n| event(&format!("t{n}"))).collect(), &webhooks).await;
        it.wait(DAY);
    }
    it.sum_up().await.unwrap();
    let mut place = Some(SumPlace::START);
    let before = Grain::Minute.bucket(NOON + 2 * DAY);
    while let Some(after) = place {
        place = it.forget_sums(Grain::Minute, before, after).await.unwrap();
    }
    for scope in [Scope::Node, Scope::Tenant(DEFAULT), Scope::Webhook(webhooks[0]), Scope::Webhook(webhooks[1])] {
        let at =
            |points: Vec<(Timestamp, Option<String>, Measures)>| points.into_iter().map(|it| it.0).collect::<Vec<_>>();
        assert_eq!(at(series(&it, scope, Types::Together, Grain::Minute).await), [NOON + 2 * DAY]);
        assert_eq!(at(series(&it, scope, Types::Together, Grain::Day).await).len(), 3);
    }
}
