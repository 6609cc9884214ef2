//! What is owed: who is told, what a lane finds, and what people do to it.

use lanehook::{
    model::{CancelReason, DeliveryId, DeliveryStatus, FailureRun, Owed, Serial, Timestamp},
    store::{Backlog, Hints, OwedSummary, Subscription, Wake},
    webhook::Status,
};
use tokio::time::timeout;

use super::backend::Fixture;
use crate::{
    client::GUARD,
    support::{DEFAULT, EventExt, HOUR, NOON, SECOND, TESTER, delivered, event, given_up, retried, skipped, webhook},
};

const START: DeliveryId = DeliveryId(Serial::FIRST);

fn ids(deliveries: &[Owed]) -> Vec<DeliveryId> {
    deliveries.iter().map(|owed| owed.id).collect()
}

pub async fn an_append_wakes_its_webhooks_once(it: Fixture) {
    let (a, b, _) = (it.webhook("a").await, it.webhook("b").await, it.webhook("c").await);
    let mut subscription = it.subscribe();
    it.publish((0..10).map(|_| event("x")).collect(), &[a, b]).await;
    it.publish(vec![event("x")], &[a]).await;
    assert_eq!(subscription.take().wakes, [Wake::Pending(a), Wake::Pending(b)]);
    assert_eq!(subscription.take(), Hints::default());
    it.publish(vec![event("x")], &[a]).await;
    assert_eq!(subscription.take().wakes, [Wake::Pending(a)], "also when the last ones were not read yet");
}

/// Waits until the subscriber is told of a commit. The store tells after it has answered, so it may be one before the
/// last; what it can see is there before the answer.
async fn told(subscription: &mut Subscription) {
    timeout(GUARD, subscription.changed()).await.expect("a subscriber is told of every commit");
}

pub async fn every_subscriber_is_told_of_everything(it: Fixture) {
    let a = it.webhook("a").await;
    let owed = it.owe(event("x"), a).await;
    it.settle(given_up(&owed, NOON)).await;
    let mut all = [it.subscribe(), it.subscribe()];
    assert_eq!(all.each_mut().map(Subscription::take), [Hints::default(), Hints::default()], "to be read, not told");

    let hints = async |all: &mut [Subscription; 2]| -> Vec<Wake> {
        for subscription in &mut *all {
            told(subscription).await;
        }
        let [one, other] = all.each_mut().map(Subscription::take);
        assert_eq!(one, other);
        assert!(!one.missed);
        one.wakes
    };
    it.publish(vec![event("x")], &[a]).await;
    assert_eq!(hints(&mut all).await, [Wake::Pending(a)]);
    it.retry(DEFAULT, owed.id, TESTER).await.unwrap();
    assert_eq!(hints(&mut all).await, [Wake::ByHand(a, owed.id)]);
    it.cancel(DEFAULT, owed.id, TESTER).await.unwrap();
    assert_eq!(hints(&mut all).await, [Wake::Cancelled(a, owed.id)]);

    // Views have no hints: who follows one is woken and looks.
    let b = it.webhook("b").await;
    assert_eq!(hints(&mut all).await, []);
    it.delete_webhook(b, None, TESTER).await.unwrap();
    assert_eq!(hints(&mut all).await, []);

    // One that is slow misses nothing, and neither does one that comes later or is quicker.
    let [quick, slow] = &mut all;
    it.publish(vec![event("x")], &[a]).await;
    assert_eq!(quick.take().wakes, [Wake::Pending(a)]);
    let mut late = it.subscribe();
    it.publish(vec![event("x")], &[a]).await;
    assert_eq!((quick.take().wakes, late.take().wakes), (vec![Wake::Pending(a)], vec![Wake::Pending(a)]));
    assert!(slow.take().wakes.contains(&Wake::Pending(a)));
}

pub async fn subscribers_that_wait_are_woken(it: Fixture) {
    let a = it.webhook("a").await;
    let heard = async |mut subscription: Subscription| {
        loop {
            told(&mut subscription).await;
            let hints = subscription.take();
            if hints != Hints::default() {
                return hints.wakes;
            }
        }
    };
    let webhooks = [a];
    let publish = it.publish(vec![event("x")], &webhooks);
    let (one, other, _) = tokio::join!(heard(it.subscribe()), heard(it.subscribe()), publish);
    assert_eq!((one, other), (vec![Wake::Pending(a)], vec![Wake::Pending(a)]));
}

pub async fn backlogs_tell_after_a_restart_who_owes_what(it: Fixture) {
    let pending = it.webhook("pending").await;
    let retrying = it.webhook("retrying").await;
    let both = it.webhook("both").await;
    let done = it.webhook("done").await;
    let deleted = it.webhook("deleted").await;
    it.webhook("never").await;
    it.owe(event("x"), pending).await;
    for (webhook, minutes) in [(retrying, 9), (retrying, 5), (both, 7)] {
        let owed = it.owe(event("x"), webhook).await;
        it.settle(retried(&owed, NOON, NOON + minutes * 60 * SECOND)).await;
    }
    it.owe(event("x"), both).await;
    for webhook in [done, done] {
        let owed = it.owe(event("x"), webhook).await;
        it.settle(delivered(&owed, NOON)).await;
    }
    it.owe(event("x"), deleted).await;
    it.delete_webhook(deleted, None, TESTER).await.unwrap();

    let due = |minutes: u32| Some(NOON + minutes * 60 * SECOND);
    let (well, ill) = (FailureRun::default(), FailureRun { consecutive_failures: 1, failing_since: Some(NOON) });
    let mut expected = vec![
        Backlog { webhook: pending, failure_run: well, pending: true, next_retry: None },
        Backlog { webhook: retrying, failure_run: ill, pending: false, next_retry: due(5) },
        Backlog { webhook: both, failure_run: ill, pending: true, next_retry: due(7) },
        Backlog { webhook: deleted, failure_run: well, pending: true, next_retry: None },
    ];
    expected.sort_by_key(|backlog| backlog.webhook);
    for it in [it.reopen().await.crash()] {
        let mut backlog = it.backlogs().await.unwrap();
        backlog.sort_by_key(|backlog| backlog.webhook);
        assert_eq!(backlog, expected);
    }
}

pub async fn retries_come_by_due_time(it: Fixture) {
    let (a, b) = (it.webhook("a").await, it.webhook("b").await);
    let mut due = Vec::new();
    for seconds in [30, 10, 20, 10] {
        let owed = it.owe(event("x"), a).await;
        it.settle(retried(&owed, NOON, NOON + seconds * SECOND)).await;
        due.push((NOON + seconds * SECOND, owed.id));
    }
    it.owe(event("x"), a).await;
    let other = it.owe(event("x"), b).await;
    it.settle(retried(&other, NOON, NOON)).await;
    due.sort();
    let it = it.reopen().await;
    let found = it.retrying(a, 100).await.unwrap();
    assert_eq!(found.iter().map(|(at, owed)| (*at, owed.id)).collect::<Vec<_>>(), due, "due or not");
    assert!(found.iter().all(|(_, owed)| (owed.attempts, owed.failed, owed.webhook) == (1, 1, a)));
    assert_eq!(it.retrying(a, 2).await.unwrap(), found[..2]);
}

pub async fn a_retry_by_hand_makes_each_status_due(it: Fixture) {
    let a = it.webhook("a").await;
    let retry = async |owed: &Owed| it.retry(DEFAULT, owed.id, TESTER).await.unwrap().unwrap();

    let pending = it.owe(event("x"), a).await;
    assert_eq!(retry(&pending).await.status, DeliveryStatus::Pending, "it is due already");
    assert_eq!(ids(&it.pending(a, START, None, 9).await.unwrap().deliveries), [pending.id]);
    it.settle(delivered(&pending, NOON)).await;

    let waiting = it.owe(event("x"), a).await;
    it.settle(retried(&waiting, NOON, NOON + HOUR)).await;
    let failed = it.owe(event("x"), a).await;
    it.settle(given_up(&failed, NOON)).await;
    let cancelled = it.owe(event("x"), a).await;
    it.cancel(DEFAULT, cancelled.id, TESTER).await.unwrap();
    it.wait(60 * SECOND);
    for owed in [&waiting, &failed, &cancelled] {
        let mut subscription = it.subscribe();
        let shown = retry(owed).await;
        assert_eq!((shown.status, shown.next_attempt_at), (DeliveryStatus::Retrying, Some(it.clock.now())));
        assert_eq!((shown.finished_at, shown.cancel_reason), (None, None));
        assert_eq!(subscription.take().wakes, [Wake::ByHand(a, owed.id)]);
    }
    let mut subscription = it.subscribe();
    let shown = retry(&pending).await;
    assert_eq!((shown.status, shown.finished_at), (DeliveryStatus::Delivered, Some(NOON)), "it stays delivered");
    assert_eq!(subscription.take().wakes, []);
    let it = it.reopen().await;
    let found = it.retrying(a, 9).await.unwrap();
    let steps: Vec<_> = found.iter().map(|(_, owed)| (owed.id, owed.attempts, owed.failed)).collect();
    // A schedule that was finished begins anew; the one under way goes on.
    assert_eq!(steps, [(waiting.id, 1, 1), (failed.id, 1, 0), (cancelled.id, 0, 0)]);
    // It runs its course like any other.
    it.settle(delivered(&found[1].1, it.clock.now())).await;
    let (shown, attempts) = it.delivery(DEFAULT, failed.id).await.unwrap().unwrap();
    assert_eq!((shown.status, shown.attempts), (DeliveryStatus::Delivered, 2));
    assert_eq!(attempts.iter().map(|attempt| attempt.number).collect::<Vec<_>>(), [1, 2]);
    let unknown = DeliveryId(Serial::nth(77));
    assert_eq!(it.retry(DEFAULT, unknown, TESTER).await.unwrap(), None);
}

pub async fn a_replay_is_a_delivery_of_its_own(it: Fixture) {
    let (a, gone) = (it.webhook("a").await, it.webhook("gone").await);
    let done = it.owe(event("x").ordered_by("k"), a).await;
    it.settle(delivered(&done, NOON)).await;
    let failed = it.owe(event("x"), a).await;
    it.settle(given_up(&failed, NOON)).await;
    let (owed, lost) = (it.owe(event("x"), a).await, it.owe(event("x"), gone).await);
    it.settle(delivered(&lost, NOON)).await;
    it.delete_webhook(gone, None, TESTER).await.unwrap();
    let before = [it.shown(done.id).await, it.shown(failed.id).await];

    let mut subscription = it.subscribe();
    let replay = async |id| it.replay(DEFAULT, id, false, TESTER).await.unwrap();
    let of_failed = replay(failed.id).await.unwrap();
    assert_eq!(subscription.take().wakes, [Wake::Pending(a)]);
    let of_done = it.replay(DEFAULT, done.id, true, TESTER).await.unwrap().unwrap();
    for id in [owed.id, lost.id, DeliveryId(Serial::nth(77))] {
        assert_eq!(replay(id).await, None);
    }
    assert_eq!((of_failed.own_id, of_done.own_id), (false, true));
    assert_eq!((of_failed.replay_of, of_done.replay_of), (Some(failed.id), Some(done.id)));
    assert_eq!((of_done.status, of_done.attempts, of_done.event), (DeliveryStatus::Pending, 0, done.event));
    assert_eq!([it.shown(done.id).await, it.shown(failed.id).await], before, "what is repeated stays as it is");
    let pending = it.pending(a, START, None, 9).await.unwrap().deliveries;
    assert_eq!(ids(&pending), [owed.id, of_failed.id, of_done.id], "behind what is owed");
    assert_eq!(pending[2].ordering_key, done.ordering_key);
    assert_eq!(pending.iter().map(|owed| owed.own_id).collect::<Vec<_>>(), [false, false, true]);

    it.settle(given_up(&pending[2], NOON)).await;
    let it = it.reopen().await;
    assert_eq!(it.status(of_done.id).await, DeliveryStatus::Failed);
    assert_eq!(it.status(done.id).await, DeliveryStatus::Delivered);
    let (again, attempts) = it.delivery(DEFAULT, of_done.id).await.unwrap().unwrap();
    assert_eq!((again.replay_of, attempts.len()), (Some(done.id), 1));
    let acme = it.tenant("acme").await;
    assert_eq!(it.replay(acme, done.id, false, TESTER).await.unwrap(), None, "it is another's");
}

pub async fn why_a_delivery_was_cancelled_is_kept(it: Fixture) {
    let (a, b, c) = (it.webhook("a").await, it.webhook("b").await, it.webhook("c").await);
    let by_hand = it.owe(event("x"), a).await;
    it.cancel(DEFAULT, by_hand.id, TESTER).await.unwrap();
    let dropped = it.owe(event("x"), a).await;
    it.settle(skipped(&dropped, NOON)).await;
    let (disabled, deleted) = (it.owe(event("x"), b).await, it.owe(event("x"), c).await);
    it.cancel_owed(b, 9).await.unwrap();
    it.delete_webhook(c, None, TESTER).await.unwrap();
    it.cancel_owed(c, 9).await.unwrap();
    let it = it.reopen().await;
    for (owed, reason) in [
        (&by_hand, CancelReason::ByRequest),
        (&dropped, CancelReason::Skipped),
        (&disabled, CancelReason::WebhookDisabled),
        (&deleted, CancelReason::WebhookDeleted),
    ] {
        assert_eq!(it.shown(owed.id).await.cancel_reason, Some(reason));
    }
    it.retry(DEFAULT, by_hand.id, TESTER).await.unwrap();
    assert_eq!(it.shown(by_hand.id).await.cancel_reason, None, "it is owed again");
}

pub async fn what_a_webhook_is_owed_is_counted_and_found_one_by_one(it: Fixture) {
    let (a, b) = (it.webhook("a").await, it.webhook("b").await);
    assert_eq!(it.owed(a).await.unwrap(), OwedSummary::default());
    let waiting = it.owe(event("x"), a).await;
    it.settle(retried(&waiting, NOON, NOON + HOUR)).await;
    it.wait(SECOND);
    let (pending, done) = (it.owe(event("x"), a).await, it.owe(event("x"), a).await);
    it.settle(delivered(&done, NOON)).await;
    let owed = OwedSummary { count: 2, more: false, oldest: Some(NOON) };
    assert_eq!(it.owed(a).await.unwrap(), owed);
    let of = async |webhook, owed: &Owed| it.owed_one(webhook, owed.id).await.unwrap();
    assert_eq!(of(a, &pending).await, Some((None, pending.clone())));
    let found = of(a, &waiting).await.unwrap();
    assert_eq!((found.0, found.1.id, found.1.attempts), (Some(NOON + HOUR), waiting.id, 1));
    assert_eq!((of(b, &pending).await, of(a, &done).await), (None, None));
}

pub async fn a_cancelled_delivery_is_not_owed(it: Fixture) {
    let a = it.webhook("a").await;
    let cancel = async |owed: &Owed| it.cancel(DEFAULT, owed.id, TESTER).await.unwrap().unwrap();
    let pending = it.owe(event("x"), a).await;
    let waiting = it.owe(event("x"), a).await;
    it.settle(retried(&waiting, NOON, NOON + HOUR)).await;
    let done = it.owe(event("x"), a).await;
    it.settle(delivered(&done, NOON)).await;
    let failed = it.owe(event("x"), a).await;
    it.settle(given_up(&failed, NOON)).await;
    it.wait(SECOND);
    for owed in [&pending, &waiting] {
        let shown = cancel(owed).await;
        assert_eq!((shown.status, shown.finished_at), (DeliveryStatus::Cancelled, Some(it.clock.now())));
        assert_eq!(shown.next_attempt_at, None);
    }
    it.wait(SECOND);
    assert_eq!(cancel(&pending).await.finished_at, Some(NOON + SECOND), "the second time changes nothing");
    assert_eq!(cancel(&done).await.status, DeliveryStatus::Delivered);
    assert_eq!(cancel(&failed).await.status, DeliveryStatus::Failed);
    assert!(it.owes_nothing().await);
    assert_eq!(it.cancel(DEFAULT, DeliveryId(Serial::nth(77)), TESTER).await.unwrap(), None);
    let it = it.crash();
    assert!(it.owes_nothing().await);
}

pub async fn cancelling_what_is_owed_goes_in_slices_oldest_first(it: Fixture) {
    let (a, b) = (it.webhook("a").await, it.webhook("b").await);
    let mut all = Vec::new();
    for n in 0..10 {
        let owed = it.owe(event("x"), a).await;
        if n % 2 == 1 {
            it.settle(retried(&owed, NOON, NOON + HOUR)).await;
        }
        all.push(owed);
    }
    let other = it.owe(event("x"), b).await;
    let done = it.owe(event("x"), a).await;
    it.settle(delivered(&done, NOON)).await;
    for (slice, cancelled) in [(4, 4), (4, 8), (2, 10), (0, 10)] {
        assert_eq!(it.cancel_owed(a, 4).await.unwrap(), slice);
        for (place, owed) in all.iter().enumerate() {
            let status = it.status(owed.id).await;
            assert_eq!(status == DeliveryStatus::Cancelled, place < cancelled, "{place} after {cancelled}: {status:?}");
        }
    }
    assert_eq!(it.status(done.id).await, DeliveryStatus::Delivered);
    assert_eq!(it.status(other.id).await, DeliveryStatus::Pending);
}

pub async fn the_oldest_owed_is_of_an_active_webhook(it: Fixture) {
    assert_eq!(it.oldest_owed().await.unwrap(), None);
    let mut webhooks = Vec::new();
    for status in [Status::Paused, Status::Disabled, Status::Active, Status::Active] {
        let mut new = webhook(&format!("w{}", webhooks.len()));
        new.settings.status = status;
        webhooks.push(it.made(new).await.key);
    }
    let mut accepted: Vec<Timestamp> = Vec::new();
    let mut owed = Vec::new();
    for &webhook in &webhooks {
        accepted.push(it.clock.now());
        owed.push(it.owe(event("x"), webhook).await);
        it.wait(SECOND);
    }
    assert_eq!(it.oldest_owed().await.unwrap(), Some(accepted[2]));
    it.settle(retried(&owed[2], NOON, NOON + HOUR)).await;
    assert_eq!(it.oldest_owed().await.unwrap(), Some(accepted[2]), "one that waits for a retry is owed as well");
    it.settle(delivered(&it.waiting(webhooks[2]).await[0], NOON)).await;
    assert_eq!(it.oldest_owed().await.unwrap(), Some(accepted[3]));
    it.delete_webhook(webhooks[3], None, TESTER).await.unwrap();
    assert_eq!(it.oldest_owed().await.unwrap(), None);
}

pub async fn another_tenants_delivery_does_not_exist(it: Fixture) {
    let acme = it.tenant("acme").await;
    let owed = it.owe(event("x"), it.webhook("a").await).await;
    assert!(it.delivery(acme, owed.id).await.unwrap().is_none());
    assert!(it.retry(acme, owed.id, TESTER).await.unwrap().is_none());
    assert!(it.cancel(acme, owed.id, TESTER).await.unwrap().is_none());
    assert_eq!(it.status(owed.id).await, DeliveryStatus::Pending);
}
