//! Whatever happens to deliveries, tests of webhooks among them, and wherever the store crashes: what was counted is what the rows
//! say.

use std::time::Duration;

use lanehook::{
    model::{DeliveryId, DeliveryStatus, FailureKind, Owed, QuotaKind, Serial, WebhookId, WebhookKey},
    observe::{Bucket, Count, Grain, Scope},
    store::{DeliveryQuery, EventQuery, SeriesQuery, Settlement, Types},
};
use proptest::prelude::*;

use super::{backend::Fixture, conformance::check, tested::tested};
use crate::support::{DEFAULT, SECOND, TESTER, delivered, event, failure, given_up, no_connection, retried, skipped};

const MINUTE: Duration = Duration::from_secs(60);
const MANY: usize = 10_000;
const IDS: [&str; 3] = ["a", "b", "c"];

#[derive(Clone, Copy, Debug)]
enum Ending {
    Delivered,
    GivenUp,
    Retried,
    Unreachable,
    Skipped,
}

#[derive(Clone, Debug)]
enum Step {
    Publish {
        events: usize,
        webhooks: Vec<usize>,
    },
    /// Of the oldest that a webhook is owed, if it is owed any.
    Settle {
        webhook: usize,
        ending: Ending,
    },
    Cancel {
        webhook: usize,
    },
    CancelOwed {
        webhook: usize,
        limit: usize,
    },
    Test {
        webhook: usize,
        fails: bool,
    },
    /// The newest delivery of a webhook.
    Replay {
        webhook: usize,
    },
    Wait {
        minutes: u32,
    },
    SumUp,
    Crash,
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    let webhook = 0_usize..3;
    let ending = prop_oneof![
        3 => Just(Ending::Delivered),
        1 => Just(Ending::GivenUp),
        2 => Just(Ending::Retried),
        1 => Just(Ending::Unreachable),
        1 => Just(Ending::Skipped),
    ];
    prop_oneof![
        5 => (1_usize..4, prop::sample::subsequence(vec![0, 1, 2], 0..=3))
            .prop_map(|(events, webhooks)| Step::Publish { events, webhooks }),
        8 => (webhook.clone(), ending).prop_map(|(webhook, ending)| Step::Settle { webhook, ending }),
        1 => webhook.clone().prop_map(|webhook| Step::Cancel { webhook }),
        1 => (webhook.clone(), 1_usize..4).prop_map(|(webhook, limit)| Step::CancelOwed { webhook, limit }),
        2 => (webhook.clone(), any::<bool>()).prop_map(|(webhook, fails)| Step::Test { webhook, fails }),
        1 => webhook.prop_map(|webhook| Step::Replay { webhook }),
        2 => (1_u32..90).prop_map(|minutes| Step::Wait { minutes }),
        2 => Just(Step::SumUp),
        2 => Just(Step::Crash),
        1 => Just(Step::Reopen),
    ]
}

/// A webhook's deliveries, but for tests.
fn of(webhook: usize) -> DeliveryQuery {
    let id = WebhookId::parse(IDS[webhook]).unwrap();
    DeliveryQuery { webhook: Some(id), test: Some(false), limit: MANY, ..DeliveryQuery::default() }
}

async fn oldest_owed(it: &Fixture, webhook: WebhookKey) -> Option<Owed> {
    let pending = it.pending(webhook, DeliveryId(Serial::FIRST), None, 1).await.unwrap().deliveries;
    pending.into_iter().chain(it.waiting(webhook).await).min_by_key(|owed| owed.id)
}

fn settlement(owed: &Owed, ending: Ending, it: &Fixture) -> Settlement {
    let now = it.clock.now();
    match ending {
        Ending::Delivered => delivered(owed, now),
        Ending::GivenUp => given_up(owed, now),
        Ending::Retried => retried(owed, now, now + SECOND),
        Ending::Unreachable => Settlement { outcome: no_connection(now), ..retried(owed, now, now + MINUTE) },
        Ending::Skipped => skipped(owed, now),
    }
}

async fn take(it: Fixture, webhooks: &[WebhookKey], step: Step) -> Fixture {
    match step {
        Step::Publish { events, webhooks: to } => {
            let to: Vec<_> = to.into_iter().map(|n| webhooks[n]).collect();
            it.publish((0..events).map(|n| event(&format!("t{n}"))).collect(), &to).await;
        }
        Step::Settle { webhook, ending } => {
            if let Some(owed) = oldest_owed(&it, webhooks[webhook]).await {
                it.settle(settlement(&owed, ending, &it)).await;
            }
        }
        Step::Cancel { webhook } => {
            if let Some(owed) = oldest_owed(&it, webhooks[webhook]).await {
                it.cancel(DEFAULT, owed.id, TESTER).await.unwrap();
            }
        }
        Step::CancelOwed { webhook, limit } => {
            it.cancel_owed(webhooks[webhook], limit).await.unwrap();
        }
        Step::Test { webhook, fails } => {
            let mut test = tested(&it, webhooks[webhook], None).await;
            if fails {
                test.outcome = failure(it.clock.now());
            }
            it.keep_test(test, TESTER).await.unwrap().unwrap();
        }
        Step::Replay { webhook } => {
            let of = DeliveryQuery { limit: 1, ..of(webhook) };
            if let Some(newest) = it.deliveries(DEFAULT, of).await.unwrap().first() {
                // One that is owed is repeated by nothing.
                it.replay(DEFAULT, newest.id, false, TESTER).await.unwrap();
            }
        }
        Step::Wait { minutes } => it.wait(minutes * MINUTE),
        Step::SumUp => it.sum_up().await.unwrap(),
        Step::Crash => return it.crash(),
        Step::Reopen => return it.reopen().await,
    }
    it
}

/// What rows and sums both tell.
#[derive(Default, PartialEq, Eq, Debug)]
struct Told {
    events: u64,
    deliveries: u64,
    attempts: u64,
    failed_attempts: u64,
    delivered: u64,
    failed: u64,
    cancelled: u64,
}

impl Told {
    fn add(&mut self, other: &Told) {
        self.events += other.events;
        self.deliveries += other.deliveries;
        self.attempts += other.attempts;
        self.failed_attempts += other.failed_attempts;
        self.delivered += other.delivered;
        self.failed += other.failed;
        self.cancelled += other.cancelled;
    }
}

async fn by_sums(it: &Fixture, scope: Scope, grain: Grain, types: Types) -> Told {
    let (from, to) = (Bucket(0), Bucket(i64::MAX));
    let query = SeriesQuery {
        scopes: vec![scope],
        tenant: Some(DEFAULT),
        types,
        grain,
        is_whole: false,
        from,
        to,
        limit: MANY,
    };
    let mut told = Told::default();
    for point in it.series(DEFAULT, query).await.unwrap().unwrap() {
        let count = |what| point.measures.count(what);
        told.add(&Told {
            events: count(Count::Events),
            deliveries: count(Count::Deliveries),
            attempts: count(Count::Attempts),
            failed_attempts: point.measures.failures().map(|(_, count)| count).sum(),
            delivered: count(Count::Delivered),
            failed: count(Count::Failed),
            cancelled: count(Count::Cancelled),
        });
    }
    told
}

/// What the rows of a webhook say, and how many deliveries it is owed by them.
async fn by_rows(it: &Fixture, webhook: usize) -> (Told, u64) {
    let (mut told, mut owed) = (Told::default(), 0);
    for delivery in it.deliveries(DEFAULT, of(webhook)).await.unwrap() {
        told.deliveries += 1;
        match delivery.status {
            DeliveryStatus::Delivered => told.delivered += 1,
            DeliveryStatus::Failed => told.failed += 1,
            DeliveryStatus::Cancelled => told.cancelled += 1,
            DeliveryStatus::Pending | DeliveryStatus::Retrying => owed += 1,
            DeliveryStatus::Unknown => panic!("{delivery:?}"),
        }
        for attempt in it.delivery(DEFAULT, delivery.id).await.unwrap().unwrap().1 {
            let failure = attempt.outcome.result.err().map(|failure| failure.kind);
            if failure != Some(FailureKind::Skipped) {
                told.attempts += 1;
                told.failed_attempts += u64::from(failure.is_some());
            }
        }
    }
    (told, owed)
}

async fn compare(it: &Fixture, webhooks: &[WebhookKey]) {
    let (mut all, mut all_owed) = (Told::default(), 0);
    for (n, &webhook) in webhooks.iter().enumerate() {
        let (told, owed) = by_rows(it, n).await;
        for grain in [Grain::Minute, Grain::Hour, Grain::Day] {
            for types in [Types::Together, Types::Each] {
                assert_eq!(
                    by_sums(it, Scope::Webhook(webhook), grain, types.clone()).await,
                    told,
                    "{webhook:?}, {grain:?}, {types:?}"
                );
            }
        }
        let counters = it.counters(vec![webhook]).await.unwrap().remove(0);
        assert_eq!((counters.delivered, counters.failed), (told.delivered, told.failed));
        assert_eq!(it.owed(webhook).await.unwrap().count, owed);
        (all_owed, _) = (all_owed + owed, all.add(&told));
    }
    let events = it.events(DEFAULT, EventQuery { limit: MANY, ..EventQuery::default() }).await.unwrap();
    all.events = events.iter().filter(|event| !event.test).count() as u64;
    for scope in [Scope::Tenant(DEFAULT), Scope::Node] {
        for grain in [Grain::Minute, Grain::Hour, Grain::Day] {
            assert_eq!(by_sums(it, scope, grain, Types::Together).await, all, "{scope:?}, {grain:?}");
        }
    }
    assert_eq!(it.usage(DEFAULT).used.of(QuotaKind::OwedDeliveries), all_owed);
}

pub fn what_is_counted_is_what_the_rows_say(make: impl Fn() -> Fixture) {
    check(24, prop::collection::vec(step(), 1..50), async |steps| {
        let mut it = make();
        let mut webhooks = Vec::new();
        for id in IDS {
            webhooks.push(it.webhook(id).await);
        }
        for step in steps {
            let looks = matches!(step, Step::SumUp | Step::Crash | Step::Reopen);
            it = take(it, &webhooks, step).await;
            if looks {
                compare(&it, &webhooks).await;
            }
        }
        compare(&it, &webhooks).await;
    });
}
