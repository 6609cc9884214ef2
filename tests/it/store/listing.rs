//! Lists: newest first, filtered, in pages; the same that a search through everything would find.

use std::time::Duration;

use bytes::Bytes;
use lanehook::{
    model::{
        Delivery, DeliveryId, DeliveryStatus, Event, EventKey, EventType, NewEvent, Serial, TenantKey, Timestamp,
        WebhookId, WebhookKey,
    },
    store::{Counted, DeliveryQuery, EventQuery},
};
use proptest::prelude::*;

use super::{
    backend::{Fixture, kept},
    conformance::check,
};
use crate::support::{DEFAULT, HOUR, NOON, SECOND, TESTER, delivered, event, given_up, retried, webhook_of};

pub async fn times_far_away_are_no_bounds(it: Fixture) {
    let owed = it.owe(event("x"), it.webhook("a").await).await;
    let (from, to) = (Some(Timestamp::from_millis(0)), Some(Timestamp::MAX));
    let deliveries = DeliveryQuery { from, to, limit: 9, ..Default::default() };
    assert_eq!(it.deliveries(DEFAULT, deliveries).await.unwrap().len(), 1);
    let events = EventQuery { from, to, limit: 9, ..Default::default() };
    assert_eq!(it.events(DEFAULT, events).await.unwrap().len(), 1);
    let deliveries = DeliveryQuery { from: Some(Timestamp::MAX), limit: 9, ..Default::default() };
    assert_eq!(it.deliveries(DEFAULT, deliveries).await.unwrap(), []);
    assert!(!it.delete_finished(Timestamp::from_millis(0), 9).await.unwrap());
    assert_eq!(it.status(owed.id).await, DeliveryStatus::Pending);
}

pub async fn deliveries_of_a_deleted_webhook_keep_its_name(it: Fixture) {
    let a = it.webhook("a").await;
    let owed = it.owe(event("x"), a).await;
    it.delete_webhook(a, None, TESTER).await.unwrap();
    let it = it.reopen().await;
    assert_eq!(it.shown(owed.id).await.webhook_id.as_str(), "a");
    for statuses in [vec![], vec![DeliveryStatus::Pending]] {
        for id in [None, Some("a")] {
            let webhook = id.and_then(|id| WebhookId::parse(id).ok());
            let query = DeliveryQuery { webhook, statuses: statuses.clone(), limit: 9, ..Default::default() };
            assert_eq!(it.deliveries(DEFAULT, query).await.unwrap().len(), 1, "{statuses:?} {id:?}");
        }
    }
}

pub async fn a_list_tells_the_last_failure_and_how_the_data_begins(it: Fixture) {
    let a = it.webhook("a").await;
    let long = |n: u8| Bytes::from(vec![n; 100_000]);
    let data = [Bytes::from_static(b"{}"), long(b'1'), Bytes::from(vec![b'2'; 4096]), long(b'3'), long(b'4')];
    let events = data.iter().map(|data| NewEvent::new(EventType::parse("x").unwrap(), data.clone())).collect();
    it.publish(events, &[a]).await;
    let owed = it.pending(a, DeliveryId(Serial::FIRST), None, 9).await.unwrap().deliveries;
    it.settle(given_up(&owed[0], NOON)).await;
    it.settle(delivered(&owed[1], NOON)).await;
    let it = it.reopen().await;
    let list = async |query| it.deliveries(DEFAULT, query).await.unwrap();
    let all = list(DeliveryQuery { limit: 9, ..Default::default() }).await;
    let begins: Vec<_> = data.iter().rev().map(|data| data.slice(..data.len().min(Delivery::SHOWN_DATA))).collect();
    assert_eq!(all.iter().map(|delivery| delivery.data.clone()).collect::<Vec<_>>(), begins);
    let messages: Vec<_> = all.iter().map(|delivery| delivery.last_message.is_some()).collect();
    assert_eq!(messages, [false, false, false, false, true]);
    for delivery in all {
        let event = Some(delivery.event.to_string());
        let of_event = list(DeliveryQuery { event, limit: 9, ..Default::default() }).await;
        let alone = it.shown(delivery.id).await;
        assert_eq!((of_event, alone), (vec![delivery.clone()], delivery));
    }
}

/// A hundred are looked at, of those made before the end of the page.
pub async fn deliveries_of_many_webhooks_that_had_one_id_are_found(it: Fixture) {
    let mut all = Vec::new();
    for _ in 0..120 {
        let key = it.webhook("a").await;
        all.push(it.owe(event("x"), key).await.id);
        it.delete_webhook(key, None, TESTER).await.unwrap();
    }
    all.reverse();
    let it = it.reopen().await;
    let page = async |before: Option<DeliveryId>, limit| {
        let query = DeliveryQuery { webhook: WebhookId::parse("a").ok(), before, limit, ..Default::default() };
        let found = it.deliveries(DEFAULT, query).await.unwrap();
        found.into_iter().map(|delivery| delivery.id).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 250).await, all[..100]);
    assert_eq!(page(None, 50).await, all[..50]);
    assert_eq!(page(Some(all[49]), 50).await, all[50..100]);
    assert_eq!(page(Some(all[99]), 50).await, all[100..]);
    let back = async |after: Option<DeliveryId>, limit| {
        let webhook = WebhookId::parse("a").ok();
        let query = DeliveryQuery { webhook, after, limit, oldest: true, ..Default::default() };
        let found = it.deliveries(DEFAULT, query).await.unwrap();
        found.into_iter().map(|delivery| delivery.id).collect::<Vec<_>>()
    };
    assert_eq!(back(None, 50).await, all[70..]);
    assert_eq!(back(Some(all[100]), 50).await, all[50..100]);
    assert_eq!(back(Some(all[50]), 99).await, all[..50]);
}

pub async fn events_are_listed_by_type_and_time(it: Fixture) {
    let acme = it.tenant("acme").await;
    let mut all: Vec<EventKey> = Vec::new();
    for n in 0..12 {
        let tenant = if n % 4 == 3 { acme } else { DEFAULT };
        let event = event(if n % 3 == 0 { "a" } else { "a.b" });
        all.push(kept(&it.publish_for(tenant, vec![event], &[]).await[0]));
        it.wait(SECOND);
    }
    let list = async |tenant, query: EventQuery| -> Vec<usize> {
        let events: Vec<Event> = it.events(tenant, query).await.unwrap();
        events.iter().map(|event| all.iter().position(|key| *key == event.key).unwrap()).collect()
    };
    let query = EventQuery { limit: 100, ..Default::default() };
    assert_eq!(list(DEFAULT, query.clone()).await, [10, 9, 8, 6, 5, 4, 2, 1, 0]);
    assert_eq!(list(acme, query.clone()).await, [11, 7, 3]);
    let of_type = EventQuery { event_types: vec![EventType::parse("a").unwrap()], ..query.clone() };
    assert_eq!(list(DEFAULT, of_type.clone()).await, [9, 6, 0]);
    let types = ["a", "b", "a.b"].map(|name| EventType::parse(name).unwrap()).to_vec();
    let of_types = EventQuery { event_types: types, ..query.clone() };
    assert_eq!(list(DEFAULT, of_types.clone()).await, [10, 9, 8, 6, 5, 4, 2, 1, 0]);
    let counted = async |tenant, query| {
        let Counted { count, is_capped } = it.count_events(tenant, query).await.unwrap();
        assert!(!is_capped);
        count
    };
    assert_eq!((counted(DEFAULT, of_types).await, counted(DEFAULT, of_type.clone()).await), (9, 3));
    assert_eq!((counted(acme, query.clone()).await, counted(acme, of_type.clone()).await), (3, 1));
    let between = EventQuery { from: Some(NOON + 2 * SECOND), to: Some(NOON + 9 * SECOND), ..query };
    assert_eq!(counted(DEFAULT, between.clone()).await, 5);
    let back = EventQuery { after: Some(all[2]), limit: 2, oldest: true, ..between.clone() };
    assert_eq!(list(DEFAULT, back).await, [5, 4], "the nearest to where they begin, newest first");
    let last = EventQuery { limit: 2, oldest: true, ..between.clone() };
    assert_eq!(list(DEFAULT, last).await, [4, 2]);
    assert_eq!(list(DEFAULT, between.clone()).await, [8, 6, 5, 4, 2], "from is in, to is out");
    let page = EventQuery { before: Some(all[6]), limit: 2, ..between };
    assert_eq!(list(DEFAULT, page).await, [5, 4]);
    assert_eq!(list(DEFAULT, EventQuery { before: Some(all[9]), ..of_type }).await, [6, 0]);
}

const TENANTS: usize = 2;
const WEBHOOKS: [&str; 3] = ["a", "b", "c"];
const TYPES: [&str; 3] = ["a", "a.b", "c"];

/// What happens to the store before it is asked.
#[derive(Clone, Debug)]
enum Step {
    Publish {
        tenant: usize,
        event_type: usize,
        webhooks: Vec<usize>,
        then_wait: u64,
    },
    /// To one of the deliveries so far.
    Act {
        delivery: usize,
        act: Act,
    },
    DeleteWebhook {
        tenant: usize,
        webhook: usize,
        /// Another is made under its id.
        then_again: bool,
    },
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Deliver,
    Fail,
    Postpone,
    Cancel,
    Retry,
}

fn step() -> impl Strategy<Value = Step> {
    let webhooks = prop::sample::subsequence(vec![0, 1, 2], 0..=WEBHOOKS.len());
    let act = prop::sample::select(vec![Act::Deliver, Act::Fail, Act::Postpone, Act::Cancel, Act::Retry]);
    prop_oneof![
        20 => (0..TENANTS, 0..TYPES.len(), webhooks, prop_oneof![Just(0u64), 1u64..4]).prop_map(
            |(tenant, event_type, webhooks, then_wait)| Step::Publish { tenant, event_type, webhooks, then_wait }
        ),
        30 => (0usize..200, act).prop_map(|(delivery, act)| Step::Act { delivery, act }),
        2 => (0..TENANTS, 0..WEBHOOKS.len(), any::<bool>()).prop_map(
            |(tenant, webhook, then_again)| Step::DeleteWebhook { tenant, webhook, then_again }
        ),
    ]
}

use DeliveryStatus::{Cancelled, Delivered, Failed, Pending, Retrying};

const ALL_STATUSES: [DeliveryStatus; 5] = [Pending, Retrying, Delivered, Failed, Cancelled];

/// What is asked; `from` and `to` are places in the history, each followed by a few milliseconds.
#[derive(Clone, Debug)]
struct Question {
    tenant: usize,
    webhook: Option<usize>,
    /// That of one of the deliveries.
    event: Option<usize>,
    event_types: Vec<usize>,
    statuses: Vec<DeliveryStatus>,
    from: Option<u64>,
    to: Option<u64>,
    page: usize,
}

fn question() -> impl Strategy<Value = Question> {
    let webhook = prop::option::of(0..WEBHOOKS.len());
    let event = prop::option::weighted(0.3, 0usize..200);
    let time = || prop::option::weighted(0.3, 0u64..60);
    let types = prop::sample::subsequence(vec![0, 1, 2], 0..=2);
    let statuses = prop::sample::subsequence(ALL_STATUSES.to_vec(), 0..=3);
    (0..TENANTS, webhook, event, types, statuses, (time(), time()), 1usize..6).prop_map(
        |(tenant, webhook, event, event_types, statuses, (from, to), page)| Question {
            tenant,
            webhook,
            event,
            event_types,
            statuses,
            from,
            to,
            page,
        },
    )
}

/// A delivery as it should be.
#[derive(Clone, Debug)]
struct Row {
    id: DeliveryId,
    event: EventKey,
    tenant: usize,
    webhook: WebhookKey,
    webhook_id: usize,
    event_type: usize,
    status: DeliveryStatus,
    attempts: u32,
}

impl Row {
    fn act(&mut self, act: Act) {
        self.status = match (act, self.status) {
            (Act::Deliver, Pending | Retrying) => Delivered,
            (Act::Fail, Pending | Retrying) => Failed,
            (Act::Postpone, Pending | Retrying) => Retrying,
            (Act::Cancel, Pending | Retrying) => Cancelled,
            (Act::Retry, Retrying | Failed | Cancelled) => Retrying,
            (_, same) => same,
        };
    }
}

/// The store under test beside a list of everything.
struct Model {
    it: Fixture,
    tenants: Vec<TenantKey>,
    webhooks: Vec<Vec<WebhookKey>>,
    rows: Vec<Row>,
}

impl Model {
    async fn new(it: Fixture) -> Model {
        let tenants = vec![DEFAULT, it.tenant("acme").await];
        let mut webhooks = Vec::new();
        for &tenant in &tenants {
            let mut keys = Vec::new();
            for id in WEBHOOKS {
                keys.push(it.made(webhook_of(tenant, id)).await.key);
            }
            webhooks.push(keys);
        }
        Model { it, tenants, webhooks, rows: Vec::new() }
    }

    async fn step(&mut self, step: Step) {
        match step {
            Step::Publish { tenant, event_type, webhooks, then_wait } => {
                let keys: Vec<WebhookKey> = webhooks.iter().map(|&n| self.webhooks[tenant][n]).collect();
                let events = vec![event(TYPES[event_type])];
                let event = kept(&self.it.publish_for(self.tenants[tenant], events, &keys).await[0]);
                let ids = self.it.owed_by(event).await;
                self.rows.extend(webhooks.into_iter().zip(keys).zip(ids).map(|((webhook_id, webhook), id)| Row {
                    id,
                    webhook_id,
                    event,
                    tenant,
                    webhook,
                    event_type,
                    status: DeliveryStatus::Pending,
                    attempts: 0,
                }));
                self.it.wait(Duration::from_millis(then_wait));
            }
            Step::Act { delivery, act } if !self.rows.is_empty() => {
                let place = delivery % self.rows.len();
                self.act(place, act).await;
            }
            Step::Act { .. } => {}
            Step::DeleteWebhook { tenant, webhook, then_again } => {
                // The second time it is gone already.
                let _ = self.it.delete_webhook(self.webhooks[tenant][webhook], None, TESTER).await;
                if then_again {
                    let new = webhook_of(self.tenants[tenant], WEBHOOKS[webhook]);
                    self.webhooks[tenant][webhook] = self.it.made(new).await.key;
                }
            }
        }
    }

    async fn act(&mut self, place: usize, act: Act) {
        let now = self.it.clock.now();
        let row = &mut self.rows[place];
        let tenant = self.tenants[row.tenant];
        let owed = lanehook::model::Owed {
            id: row.id,
            webhook: row.webhook,
            event: row.event,
            attempts: row.attempts,
            failed: 0,
            last_attempt: None,
            ordering_key: None,
            own_id: false,
        };
        let settlement = match act {
            Act::Deliver => delivered(&owed, now),
            Act::Fail => given_up(&owed, now),
            Act::Postpone => retried(&owed, now, now + HOUR),
            Act::Cancel => {
                self.it.cancel(tenant, row.id, TESTER).await.unwrap().unwrap();
                return row.act(act);
            }
            Act::Retry => {
                self.it.retry(tenant, row.id, TESTER).await.unwrap().unwrap();
                return row.act(act);
            }
        };
        if row.status.is_owed() {
            row.attempts += 1;
            row.act(act);
            self.it.settle(settlement).await;
        }
    }

    /// Every status, or any, with this question, and those that it names.
    async fn ask(&self, question: &Question) {
        let each = ALL_STATUSES.iter().map(|&status| vec![status]);
        for statuses in each.chain([vec![], question.statuses.clone()]) {
            let query = DeliveryQuery {
                webhook: question.webhook.and_then(|n| WebhookId::parse(WEBHOOKS[n]).ok()),
                event: self.event_asked_for(question).map(|event| event.to_string()),
                statuses,
                event_types: question.event_types.iter().map(|&n| EventType::parse(TYPES[n]).unwrap()).collect(),
                // There are none.
                test: question.webhook.map(|_| false),
                from: question.from.map(|ms| NOON + Duration::from_millis(ms)),
                to: question.to.map(|ms| NOON + Duration::from_millis(ms)),
                since: None,
                before: None,
                after: None,
                limit: question.page,
                oldest: false,
            };
            let expected: Vec<&Row> =
                self.rows.iter().rev().filter(|row| self.is_asked_for(row, question, &query)).collect();
            let found = self.pages(question.tenant, query.clone()).await;
            let shape = |d: &Delivery| (d.id, d.webhook, d.status, d.attempts, d.event_type.as_str().to_owned());
            let expected = expected
                .into_iter()
                .map(|row| (row.id, row.webhook, row.status, row.attempts, TYPES[row.event_type].to_owned()));
            let expected: Vec<_> = expected.collect();
            assert_eq!(found.iter().map(shape).collect::<Vec<_>>(), expected, "{query:?}");
            let back = self.pages_back(question.tenant, query.clone()).await;
            assert_eq!(back.iter().map(shape).collect::<Vec<_>>(), expected, "{query:?} from the end");
            let counted = self.it.count_deliveries(self.tenants[question.tenant], query.clone()).await.unwrap();
            assert_eq!(counted, Counted { count: expected.len() as u64, is_capped: false }, "{query:?}");
        }
    }

    async fn pages(&self, tenant: usize, mut query: DeliveryQuery) -> Vec<Delivery> {
        let mut found: Vec<Delivery> = Vec::new();
        loop {
            let page = self.it.deliveries(self.tenants[tenant], query.clone()).await.unwrap();
            assert!(page.len() <= query.limit);
            let Some(last) = page.last() else { return found };
            query.before = Some(last.id);
            found.extend(page);
        }
    }

    async fn pages_back(&self, tenant: usize, mut query: DeliveryQuery) -> Vec<Delivery> {
        let mut found: Vec<Delivery> = Vec::new();
        query.oldest = true;
        loop {
            let page = self.it.deliveries(self.tenants[tenant], query.clone()).await.unwrap();
            assert!(page.len() <= query.limit);
            let Some(first) = page.first() else { return found };
            query.after = Some(first.id);
            found.splice(..0, page);
        }
    }

    fn event_asked_for(&self, question: &Question) -> Option<EventKey> {
        question.event.and_then(|place| self.rows.get(place)).map(|row| row.event)
    }

    fn is_asked_for(&self, row: &Row, question: &Question, query: &DeliveryQuery) -> bool {
        let accepted = row.id.0.time();
        row.tenant == question.tenant
            && question.webhook.is_none_or(|webhook| webhook == row.webhook_id)
            && self.event_asked_for(question).is_none_or(|event| event == row.event)
            && (query.statuses.is_empty() || query.statuses.contains(&row.status))
            && (question.event_types.is_empty() || question.event_types.contains(&row.event_type))
            && query.from.is_none_or(|from| accepted >= from)
            && query.to.is_none_or(|to| accepted < to)
    }
}

pub fn lists_are_what_a_naive_search_finds(make: impl Fn() -> Fixture) {
    let inputs = (prop::collection::vec(step(), 1..70), prop::collection::vec(question(), 1..12));
    check(24, inputs, async |(steps, questions)| {
        let mut model = Model::new(make()).await;
        for step in steps {
            model.step(step).await;
        }
        for question in &questions {
            model.ask(question).await;
        }
    });
}
