//! Whatever is published in whatever sizes, and wherever it crashes: each webhook gets its events once and in order.

mod parts;

use std::{collections::BTreeMap, task::Poll, time::Duration};

use bytes::Bytes;
use proptest::prelude::*;
use rusqlite::Connection;

use super::*;
use crate::{
    clock::Clock,
    model::{
        ApiKey, CallerId, EventType, NewEvent, QuotaKind, SerialSource, Session, Tenant, TenantKey, Timestamp,
        WebhookKey,
    },
    store::{
        Accepted, Append, Broadcast, Difference, Routed, StoreError, TenantCopy, View,
        seal::Sealer,
        sqlite::{
            append::Appending,
            broadcast::broadcast,
            forms::Forms,
            ledger::Ledger,
            promised::Promised,
            refusal::{Kept, Refusal},
            reserve::Disk,
            transaction::{Effects, Limits as QuotaLimits},
            unfolding::{Limits, Unfolding},
            usage::Usage,
            version,
        },
        stored,
    },
    webhook::Webhook,
};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);
const TENANTS: i64 = 3;
const WEBHOOKS: i64 = 7;

/// The tables, and a writer that does what it is told.
struct Bench {
    conn: Connection,
    serials: SerialSource,
    unfolding: Unfolding,
    ledger: Ledger,
    usage: Usage,
    tenants: View<Tenant>,
    webhooks: View<Webhook>,
    api_keys: View<ApiKey>,
    sessions: View<Session>,
    promised: Promised,
    recent: Recent,
    /// The texts that each webhook is to get, in order.
    expected: BTreeMap<WebhookKey, Vec<String>>,
    published: usize,
}

fn webhooks(tenant: i64) -> impl Iterator<Item = WebhookKey> {
    (1..=WEBHOOKS).map(move |number| WebhookKey(Serial::from_number(tenant << 32 | number)))
}

/// Keeps a batch in one transaction.
fn append(tx: &mut Tx<'_>, tenant: TenantKey, events: Routed) -> Kept<Vec<Accepted>> {
    let clock = Clock::manual(NOW);
    let quantum = Quantum::begin(&clock, Duration::ZERO, &|| false);
    match Appending::new(Append { tenant, events }).go_on(tx, &quantum).unwrap() {
        Poll::Ready(kept) => kept,
        Poll::Pending => panic!("it has time"),
    }
}

impl Bench {
    fn new(limits: Limits) -> Bench {
        let mut conn = Connection::open_in_memory().unwrap();
        version::migrations().run(&mut conn).unwrap();
        let (serials, unfolding) = (SerialSource::default(), Unfolding::new(limits));
        let (recent, expected) = (Recent::default(), BTreeMap::new());
        let (ledger, usage, tenants, webhooks) =
            (Ledger::default(), Usage::default(), View::default(), View::default());
        Bench {
            conn,
            serials,
            unfolding,
            ledger,
            usage,
            tenants,
            webhooks,
            api_keys: View::default(),
            sessions: View::default(),
            promised: Promised::default(),
            recent,
            expected,
            published: 0,
        }
    }

    /// Runs `f` in a transaction, which is committed or not.
    fn run<T>(&mut self, commit: bool, f: impl FnOnce(&mut Tx<'_>, &Recent) -> T) -> T {
        self.conn.execute_batch("BEGIN").unwrap();
        let mut tx = Tx {
            conn: &self.conn,
            now: NOW,
            serials: &mut self.serials,
            unfolding: &mut self.unfolding,
            ledger: &mut self.ledger,
            limits: QuotaLimits {
                usage: &self.usage,
                tenants: &self.tenants,
                webhooks: &self.webhooks,
                api_keys: &self.api_keys,
                sessions: &self.sessions,
            },
            promised: &mut self.promised,
            disk: &Disk::with_unused(0),
            forms: &Forms { sealer: Sealer::new(&[7; 32]), reader: stored::VERSION },
            space: None,
            effects: Effects::default(),
            by: None,
            broken: None,
        };
        let result = f(&mut tx, &self.recent);
        let Effects { events, owed, .. } = tx.effects;
        self.conn.execute_batch(if commit { "COMMIT" } else { "ROLLBACK" }).unwrap();
        match commit {
            true => {
                self.recent.committed(events, owed);
                self.ledger.committed().for_each(drop);
            }
            false => {
                self.ledger.take_back(0);
                self.restart();
            }
        }
        result
    }

    /// What a crash leaves.
    fn restart(&mut self) {
        let last = read::last_serial(&self.conn).unwrap();
        self.serials = SerialSource::after(last, 0);
        self.unfolding = Unfolding::load(&self.conn, self.unfolding.limits).unwrap();
        self.recent = Recent::default();
    }

    fn event(&mut self) -> (NewEvent, String) {
        self.published += 1;
        let text = format!("[{},0]", self.published);
        let mut event = NewEvent::new(EventType::parse("x").unwrap(), Bytes::from(text.clone()));
        event.caller_id = Some(CallerId::parse(&format!("e{}", self.published)).unwrap());
        (event, text)
    }

    fn expect(&mut self, webhooks: &[WebhookKey], text: &str) {
        for &webhook in webhooks {
            self.expected.entry(webhook).or_default().push(text.to_owned());
        }
    }

    /// Publishes events of a tenant, each to those of its webhooks whose bit is set.
    fn publish(&mut self, tenant: i64, to: &[u8], commit: bool) {
        let mut events = Vec::new();
        for bits in to {
            let (event, text) = self.event();
            let webhooks: Vec<WebhookKey> =
                webhooks(tenant).enumerate().filter(|(n, _)| bits >> n & 1 == 1).map(|(_, one)| one).collect();
            if commit {
                self.expect(&webhooks, &text);
            }
            events.push((event, webhooks));
        }
        let again = events.clone();
        let tenant = TenantKey(tenant);
        let kept = self.run(commit, |tx, _| append(tx, tenant, events)).unwrap();
        if commit {
            let answers = self.run(true, |tx, _| append(tx, tenant, again)).unwrap();
            for (first, second) in kept.iter().zip(answers) {
                let Accepted::Kept { key, deliveries } = *first else { panic!("{first:?}") };
                assert_eq!(second, Accepted::Duplicate { key, deliveries }, "also meanwhile");
            }
        }
    }

    /// Publishes an event for all tenants; `own`: whose copy has data of its own.
    fn broadcast(&mut self, to: &[u8], own: u8) {
        let (event, text) = self.event();
        let mut copies = Vec::new();
        for (place, bits) in to.iter().enumerate() {
            let tenant = 1 + place as i64;
            let webhooks: Vec<WebhookKey> =
                webhooks(tenant).enumerate().filter(|(n, _)| bits >> n & 1 == 1).map(|(_, one)| one).collect();
            let data = (own >> place & 1 == 1).then(|| text.replace(",0]", &format!(",{tenant}]")));
            self.expect(&webhooks, data.as_ref().unwrap_or(&text));
            if !webhooks.is_empty() {
                let difference = data.map(|data| Difference::between(text.as_bytes(), data.as_bytes()));
                copies.push(TenantCopy { tenant: TenantKey(tenant), difference, webhooks });
            }
        }
        let again = Broadcast { event: event.clone(), is_named: true, copies: Vec::new() };
        let kept = self.run(true, |tx, _| broadcast(tx, Broadcast { event, is_named: true, copies })).unwrap().unwrap();
        let Accepted::Kept { key, deliveries } = kept else { panic!("{kept:?}") };
        let again = self.run(true, |tx, _| broadcast(tx, again)).unwrap().unwrap();
        assert_eq!(again, Accepted::Duplicate { key, deliveries });
    }

    fn slice(&mut self, commit: bool) {
        self.run(commit, |tx, recent| {
            unfold_slice(tx, recent, &Quantum::begin(&Clock::manual(NOW), Duration::ZERO, &|| true), |_| ())
        })
        .unwrap();
    }

    fn all_texts(&self) -> BTreeMap<WebhookKey, Vec<String>> {
        let mut statement = self
            .conn
            .prepare("SELECT d.webhook, e.data, e.tenant = d.tenant FROM deliveries d JOIN events e ON e.key = d.event ORDER BY d.id")
            .unwrap();
        let mut rows = statement.query([]).unwrap();
        let mut texts: BTreeMap<WebhookKey, Vec<String>> = BTreeMap::new();
        while let Some(row) = rows.next().unwrap() {
            assert!(row.get::<_, bool>(2).unwrap(), "a copy is of its webhooks' tenant");
            let webhook = WebhookKey(Serial::from_number(row.get(0).unwrap()));
            texts.entry(webhook).or_default().push(String::from_utf8(row.get(1).unwrap()).unwrap());
        }
        texts
    }

    fn count(&self, sql: &str) -> u64 {
        self.conn.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap().unsigned_abs()
    }

    /// What is there and what is to come is what was acknowledged; what is there came first.
    fn check(&self) {
        let texts = self.all_texts();
        for (webhook, got) in &texts {
            assert!(self.expected[webhook].starts_with(got), "{webhook:?}: {got:?} of {:?}", self.expected[webhook]);
        }
        let listed = self.count("SELECT coalesce(sum(deliveries), 0) FROM fan_outs");
        assert_eq!(listed, self.unfolding.deliveries());
        for tenant in 1..=TENANTS {
            let of_tenant = webhooks(tenant).filter_map(|webhook| self.expected.get(&webhook));
            let owed = self.ledger.of(TenantKey(tenant)).of(QuotaKind::OwedDeliveries);
            assert_eq!(owed, of_tenant.map(Vec::len).sum::<usize>() as u64, "listed or made");
        }
        let made = texts.values().map(Vec::len).sum::<usize>() as u64;
        assert_eq!(made + listed, self.expected.values().map(Vec::len).sum::<usize>() as u64);
    }

    fn unfold_all(&mut self) {
        for _ in 0..10_000 {
            if self.unfolding.is_idle() {
                break;
            }
            self.slice(true);
        }
        let expected: BTreeMap<_, _> = self.expected.iter().filter(|(_, texts)| !texts.is_empty()).collect();
        assert_eq!(self.all_texts().iter().collect::<BTreeMap<_, _>>(), expected);
        assert_eq!(self.count("SELECT count(*) FROM fan_outs"), 0);
        let records = "SELECT count(*) FROM events r WHERE tenant = 0
             AND fan_out <> (SELECT count(*) FROM events c JOIN deliveries d ON d.event = c.key WHERE c.broadcast = r.key)";
        assert_eq!(self.count(records), 0);
        let counts = "SELECT count(*) FROM events e WHERE tenant <> 0
             AND fan_out <> (SELECT count(*) FROM deliveries d WHERE d.event = e.key)";
        assert_eq!(self.count(counts), 0, "an event counts its deliveries");
    }
}

#[derive(Clone, Debug)]
enum Step {
    Publish(i64, Vec<u8>),
    Broadcast(Vec<u8>, u8),
    Slice,
    Crash,
    FailedPublish(i64, Vec<u8>),
    FailedSlice,
}

fn step() -> impl Strategy<Value = Step> {
    let tenant = 1..=TENANTS;
    let to = || prop::collection::vec(any::<u8>(), 1..4);
    prop_oneof![
        6 => (tenant.clone(), to()).prop_map(|(tenant, to)| Step::Publish(tenant, to)),
        3 => (prop::collection::vec(any::<u8>(), TENANTS as usize), any::<u8>()).prop_map(|(to, own)| Step::Broadcast(to, own)),
        8 => Just(Step::Slice),
        1 => Just(Step::Crash),
        1 => (tenant, to()).prop_map(|(tenant, to)| Step::FailedPublish(tenant, to)),
        1 => Just(Step::FailedSlice),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn each_webhook_gets_its_events_once_and_in_order(
        steps in prop::collection::vec(step(), 1..40), at_once in 0usize..12, slice in 1usize..8, list in 1usize..8,
        bytes in 1usize..40,
    ) {
        let mut bench = Bench::new(Limits { at_once, slice, list, bytes });
        for step in steps {
            match step {
                Step::Publish(tenant, to) => bench.publish(tenant, &to, true),
                Step::Broadcast(to, own) => bench.broadcast(&to, own),
                Step::Slice => bench.slice(true),
                Step::Crash => bench.restart(),
                Step::FailedPublish(tenant, to) => bench.publish(tenant, &to, false),
                Step::FailedSlice => bench.slice(false),
            }
            bench.check();
        }
        bench.unfold_all();
    }
}

const FEW: Limits = Limits { at_once: 2, slice: 2, list: 2, bytes: 1 << 20 };

#[test]
fn a_publication_and_a_slice_write_no_more_than_their_share() {
    let mut bench = Bench::new(FEW);
    bench.publish(1, &[0x7f, 0x7f], true);
    assert_eq!(bench.count("SELECT count(*) FROM deliveries"), 2, "of both events together");
    for made in [4, 6, 7, 9] {
        bench.slice(true);
        assert_eq!(bench.count("SELECT count(*) FROM deliveries"), made);
    }
    bench.unfold_all();
    let mut bench = Bench::new(FEW);
    bench.publish(1, &[0b1; 3], true);
    assert_eq!(bench.count("SELECT count(*) FROM deliveries"), 3, "one of each event");
    // A copy is two rows and its deliveries.
    let mut bench = Bench::new(Limits { at_once: 4, slice: 6, ..FEW });
    bench.broadcast(&[1, 1, 1], 0);
    assert_eq!(bench.count("SELECT count(*) FROM deliveries"), 1);
    bench.unfold_all();
}

#[test]
fn an_event_for_others_is_not_behind_a_large_one() {
    let mut bench = Bench::new(FEW);
    bench.publish(1, &[0b11_1110], true);
    bench.publish(1, &[0b00_0001], true);
    bench.publish(2, &[0b00_0001], true);
    let texts = bench.all_texts();
    let first_of = |tenant| webhooks(tenant).next().unwrap();
    assert_eq!((&texts[&first_of(1)], &texts[&first_of(2)]), (&vec!["[2,0]".to_owned()], &vec!["[3,0]".to_owned()]));
    // One whom the large one has not reached yet is.
    bench.publish(1, &[0b10_0000], true);
    let last = webhooks(1).nth(5).unwrap();
    assert!(!bench.all_texts().contains_key(&last));
    bench.unfold_all();
    assert_eq!(bench.all_texts()[&last], ["[1,0]", "[4,0]"]);
}

#[test]
fn a_list_that_cannot_be_read_keeps_nobody_waiting_and_stays_as_it_is() {
    let mut bench = Bench::new(FEW);
    bench.publish(1, &[0b1111], true);
    bench.publish(2, &[0b1111], true);
    bench.publish(3, &[0b1111], true);
    bench.conn.execute("UPDATE fan_outs SET list = x'07' WHERE tenant = 1", []).unwrap();
    // Neither can an event whose time is a word.
    bench.conn.execute("UPDATE events SET timestamp = 'noon' WHERE tenant = 3", []).unwrap();
    bench.restart();
    bench.slice(true);
    bench.slice(true);
    assert!(bench.unfolding.is_idle());
    assert_eq!(bench.count("SELECT count(*) FROM deliveries"), 2 + 4 + 2);
    assert_eq!(bench.count("SELECT count(*) FROM fan_outs"), 2);
    assert_eq!(bench.unfolding.deliveries(), 4, "they are still to come");
    let none_stands = (1..=TENANTS).flat_map(webhooks).all(|webhook| !bench.unfolding.stands(webhook));
    assert!(none_stands, "what they are owed from now on waits for no list");
    let owed = bench.ledger.of(TenantKey(3)).of(QuotaKind::OwedDeliveries);
    assert_eq!(owed, 2, "what does not come takes up no quota");
}

#[test]
fn why_a_list_cannot_be_unfolded_is_told() {
    let mut bench = Bench::new(FEW);
    bench.publish(1, &[0b1111], true);
    bench.conn.execute("UPDATE fan_outs SET list = x'07'", []).unwrap();
    bench.restart();
    let told = std::cell::RefCell::new(Vec::new());
    let note = |error: &StoreError| told.borrow_mut().push(error.to_string());
    bench
        .run(true, |tx, recent| {
            unfold_slice(tx, recent, &Quantum::begin(&Clock::manual(NOW), Duration::ZERO, &|| true), note)
        })
        .unwrap();
    assert_eq!(told.borrow().len(), 1, "{told:?}");
}

#[test]
fn a_slice_ends_when_its_time_is_over() {
    let mut bench = Bench::new(FEW);
    (1..=3).for_each(|tenant| bench.publish(tenant, &[0b1111], true));
    bench.conn.execute("UPDATE fan_outs SET list = x'07'", []).unwrap();
    bench.restart();
    let (clock, told) = (Clock::manual(NOW), std::cell::Cell::new(0));
    let note = |_: &StoreError| {
        told.update(|told| told + 1);
        clock.advance(Duration::from_micros(500));
    };
    let quantum = Quantum::begin(&clock, Duration::ZERO, &|| true);
    bench.run(true, |tx, recent| unfold_slice(tx, recent, &quantum, note)).unwrap();
    assert_eq!(told.get(), 2, "of three lists, at half a millisecond each");
}

#[test]
fn a_slice_that_is_late_ends_in_the_middle_of_a_list_and_what_is_left_of_it_comes_later() {
    let mut bench = Bench::new(Limits { at_once: 0, slice: 7, list: 7, ..FEW });
    bench.publish(1, &[0x7f], true);
    bench.publish(2, &[0x7f], true);
    let made = |bench: &Bench| bench.count("SELECT count(*) FROM deliveries");
    let before = made(&bench);
    let clock = Clock::manual(NOW);
    let late = Quantum::begin(&clock, Duration::ZERO, &|| true);
    clock.advance(Duration::from_secs(1));
    for n in 1..=4 {
        bench.run(true, |tx, recent| unfold_slice(tx, recent, &late, |_| panic!("nothing is damaged"))).unwrap();
        assert_eq!(made(&bench), before + n, "one in each");
        bench.check();
    }
    assert_eq!(
        bench.count("SELECT count(DISTINCT tenant) FROM deliveries"),
        2,
        "tenants take turns in the middle of lists, too"
    );
    assert_eq!(bench.count("SELECT sum(deliveries) FROM fan_outs"), bench.unfolding.deliveries());
    bench.restart();
    bench.unfold_all();
    assert_eq!(made(&bench), 14);
}

#[test]
fn what_there_is_no_room_for_is_refused_and_leaves_nothing() {
    let mut bench = Bench::new(FEW);
    let filler = std::iter::empty();
    bench.unfolding.enter(TenantKey(1), Serial::from_number(1), 2_000_000, filler);
    let (event, _) = bench.event();
    let events = vec![(event, webhooks(1).collect())];
    let refused = bench.run(true, |tx, _| append(tx, TenantKey(1), events)).unwrap_err();
    assert!(matches!(refused, Refusal::NoRoom));
    assert!(matches!(StoreError::from(refused), StoreError::Busy));
    assert_eq!(bench.count("SELECT count(*) FROM events"), 0);
    bench.publish(2, &[0b1], true);
    assert_eq!(bench.count("SELECT count(*) FROM deliveries"), 1, "another tenant has room");
}
