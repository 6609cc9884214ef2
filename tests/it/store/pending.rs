//! What was never attempted, from memory and from disk: each delivery once, in order, whichever of them answers.

use lanehook::{
    model::{DeliveryId, Owed, Serial, WebhookKey},
    store::{Pending, Store},
};
use proptest::prelude::*;

use super::{
    backend::{Fixture, kept},
    conformance::check,
    fan_out::come,
};
use crate::support::{DEFAULT, EventExt, TESTER, delivered, event, ordering_key};

const START: DeliveryId = DeliveryId(Serial::FIRST);

fn ids(deliveries: &[Owed]) -> Vec<DeliveryId> {
    deliveries.iter().map(|owed| owed.id).collect()
}

/// As a lane reads: from memory if that knows, else from disk.
async fn read(store: &dyn Store, webhook: WebhookKey, after: DeliveryId, limit: usize) -> Pending {
    match store.recent_pending(webhook, after, limit) {
        Some(pending) => pending,
        None => store.pending(webhook, after, None, limit).await.unwrap(),
    }
}

pub async fn memory_continues_where_disk_ended(it: Fixture) {
    let a = it.webhook("a").await;
    let first = it.owe(event("x").ordered_by("k"), a).await;
    let it = it.reopen().await;
    assert_eq!(it.recent_pending(a, START, 10), None, "nothing is in memory after a restart");
    let from_disk = it.pending(a, START, None, 10).await.unwrap();
    assert_eq!((ids(&from_disk.deliveries), from_disk.more), (vec![first.id], false));
    assert!(from_disk.upto >= first.id);

    let second = it.owe(event("x"), a).await;
    let page = read(&*it.store, a, from_disk.upto, 10).await;
    assert_eq!((&page.deliveries[..], page.more), (&[second.clone()][..], false));
    let third = it.owe(event("x"), a).await;
    let from_memory = it.recent_pending(a, page.upto, 10).expect("memory has caught up");
    assert_eq!(from_memory, Pending { deliveries: vec![third.clone()], more: false, upto: third.id });
    assert_eq!(it.recent_pending(a, START, 10), None, "memory knows that it does not know the first");
    let again = it.pending(a, START, None, 10).await.unwrap();
    assert_eq!(again.deliveries, [first, second, third], "a read takes nothing away");
}

pub async fn a_limit_leaves_more_behind(it: Fixture) {
    let a = it.webhook("a").await;
    it.publish((0..5).map(|_| event("x")).collect(), &[a]).await;
    let all = ids(&it.pending(a, START, None, 5).await.unwrap().deliveries);
    for limit in 1..5 {
        let page = it.pending(a, START, None, limit).await.unwrap();
        assert_eq!((ids(&page.deliveries), page.more, page.upto), (all[..limit].to_vec(), true, all[limit - 1]));
    }
    assert!(!it.pending(a, START, None, 5).await.unwrap().more);
}

pub async fn pending_is_read_by_ordering_key(it: Fixture) {
    let (a, b) = (it.webhook("a").await, it.webhook("b").await);
    let mut keyed = Vec::new();
    for n in 0..12 {
        let plain = event("x");
        let owed = match n % 3 {
            0 => it.owe(plain, a).await,
            1 => it.owe(plain.ordered_by("AAPL"), a).await,
            _ => it.owe(plain.ordered_by("MSFT"), a).await,
        };
        keyed.extend((n % 3 == 1).then_some(owed));
    }
    it.owe(event("x").ordered_by("AAPL"), b).await;
    let read = async |after, limit| it.pending(a, after, Some(ordering_key("AAPL")), limit).await.unwrap();
    let first = read(START, 3).await;
    assert_eq!((&first.deliveries[..], first.more), (&keyed[..3], true));
    let rest = read(first.upto, 3).await;
    assert_eq!((&rest.deliveries[..], rest.more), (&keyed[3..], false));
    assert!(it.pending(a, START, Some(ordering_key("none")), 3).await.unwrap().deliveries.is_empty());
    // The next of a key is what follows one that is settled.
    it.settle(delivered(&keyed[0], it.clock.now())).await;
    assert_eq!(read(START, 1).await.deliveries, keyed[1..2]);
}

pub async fn a_tail_longer_than_memory_is_read_from_disk_without_a_gap(it: Fixture) {
    let a = it.webhook("a").await;
    let mut expected = Vec::new();
    for _ in 0..5 {
        let answers = it.publish((0..700).map(|_| event("x")).collect(), &[a]).await;
        for answer in &answers {
            expected.extend(it.owed_by(kept(answer)).await);
        }
    }
    assert_eq!(it.recent_pending(a, START, 10), None, "the tail does not fit");
    let mut cursor = START;
    let mut seen = Vec::new();
    for limit in [1, 1000, 333, 5000] {
        let page = read(&*it.store, a, cursor, limit).await;
        cursor = page.upto;
        seen.extend(ids(&page.deliveries));
    }
    assert_eq!(seen, expected);
    let last = it.owe(event("x"), a).await;
    let page = it.recent_pending(a, cursor, 10).expect("memory has caught up");
    assert_eq!(page.deliveries, [last]);
}

pub async fn a_cancelled_delivery_is_not_pending_in_memory_either(it: Fixture) {
    let (a, b) = (it.webhook("a").await, it.webhook("b").await);
    let first = it.owe(event("x"), a).await;
    let second = it.owe(event("x"), a).await;
    it.owe(event("x"), b).await;
    let before = DeliveryId(first.id.0.before());
    it.cancel(DEFAULT, first.id, TESTER).await.unwrap();
    assert_eq!(read(&*it.store, a, before, 10).await.deliveries, [second]);
    assert_eq!(it.cancel_owed(b, 10).await.unwrap(), 1);
    assert!(read(&*it.store, b, before, 10).await.deliveries.is_empty());
    // Due again, it waits with the retries and must not come a second time as pending.
    it.retry(DEFAULT, first.id, TESTER).await.unwrap();
    assert_eq!(ids(&it.waiting(a).await), [first.id]);
    assert!(!ids(&read(&*it.store, a, before, 10).await.deliveries).contains(&first.id));
}

/// What can happen between a store and its lanes.
#[derive(Clone, Debug)]
enum Step {
    /// This many events in one batch, each for these webhooks.
    Publish { events: usize, webhooks: Vec<usize> },
    /// A lane reads on.
    Read { webhook: usize, limit: usize },
    /// The lane looks for one of a key, out of turn, and delivers it.
    DeliverKeyed { webhook: usize },
    /// Someone cancels a delivery that no lane has read.
    Cancel { webhook: usize, place: usize },
    /// A lane loses its place and begins anew.
    StartOver { webhook: usize },
}

const WEBHOOKS: usize = 3;

fn step() -> impl Strategy<Value = Step> {
    let webhook = 0..WEBHOOKS;
    let some = prop::sample::subsequence(vec![0, 1, 2], 0..=WEBHOOKS);
    prop_oneof![
        6 => (1usize..6, some.clone()).prop_map(|(events, webhooks)| Step::Publish { events, webhooks }),
        1 => (900usize..1300, some).prop_map(|(events, webhooks)| Step::Publish { events, webhooks }),
        6 => (webhook.clone(), prop_oneof![0usize..8, Just(2000)])
            .prop_map(|(webhook, limit)| Step::Read { webhook, limit }),
        1 => webhook.clone().prop_map(|webhook| Step::DeliverKeyed { webhook }),
        2 => (webhook.clone(), 0usize..2000).prop_map(|(webhook, place)| Step::Cancel { webhook, place }),
        1 => webhook.prop_map(|webhook| Step::StartOver { webhook }),
    ]
}

/// A lane, and what it should be given.
struct Reader {
    webhook: WebhookKey,
    cursor: DeliveryId,
    /// Pending and after the cursor, in order.
    ahead: Vec<DeliveryId>,
    /// Pending and read.
    behind: Vec<DeliveryId>,
}

impl Reader {
    async fn read(&mut self, store: &dyn Store, limit: usize) {
        let page = read(store, self.webhook, self.cursor, limit).await;
        let count = limit.min(self.ahead.len());
        assert_eq!(ids(&page.deliveries), self.ahead[..count]);
        assert!(page.more || count == self.ahead.len(), "more is said");
        assert!(page.upto >= self.cursor);
        self.cursor = page.upto;
        self.behind.extend(self.ahead.drain(..count));
    }
}

pub fn each_delivery_is_read_once_and_in_order(make: impl Fn() -> Fixture) {
    check(24, prop::collection::vec(step(), 1..30), async |steps| {
        let it = make();
        let mut readers = Vec::new();
        for id in ["a", "b", "c"] {
            let webhook = it.webhook(id).await;
            readers.push(Reader { webhook, cursor: START, ahead: Vec::new(), behind: Vec::new() });
        }
        for step in steps {
            match step {
                Step::Publish { events, webhooks } => {
                    let keys: Vec<WebhookKey> = webhooks.iter().map(|&n| readers[n].webhook).collect();
                    let events = (0..events).map(|n| match n % 2 {
                        0 => event("x"),
                        _ => event("x").ordered_by("k"),
                    });
                    let answers = it.publish(events.collect(), &keys).await;
                    come(&it, &answers.iter().map(kept).collect::<Vec<_>>()).await;
                    for answer in answers {
                        for (&n, id) in webhooks.iter().zip(it.owed_by(kept(&answer)).await) {
                            readers[n].ahead.push(id);
                        }
                    }
                }
                Step::Read { webhook, limit } => readers[webhook].read(&*it.store, limit).await,
                Step::DeliverKeyed { webhook } => {
                    let reader = &mut readers[webhook];
                    let key = Some(ordering_key("k"));
                    let page = it.pending(reader.webhook, reader.cursor, key, 1).await.unwrap();
                    if let Some(owed) = page.deliveries.first() {
                        it.settle(delivered(owed, it.clock.now())).await;
                        reader.ahead.retain(|id| *id != owed.id);
                    }
                }
                Step::Cancel { webhook, place } => {
                    let reader = &mut readers[webhook];
                    if !reader.ahead.is_empty() {
                        let place = place % reader.ahead.len();
                        let id = reader.ahead.remove(place);
                        it.cancel(DEFAULT, id, TESTER).await.unwrap().unwrap();
                    }
                }
                Step::StartOver { webhook } => {
                    let reader = &mut readers[webhook];
                    reader.cursor = START;
                    let ahead = std::mem::take(&mut reader.ahead);
                    reader.ahead = std::mem::take(&mut reader.behind);
                    reader.ahead.extend(ahead);
                }
            }
        }
        for reader in &mut readers {
            reader.read(&*it.store, usize::MAX / 4).await;
            reader.read(&*it.store, 1).await;
            assert!(reader.ahead.is_empty());
        }
    });
}
