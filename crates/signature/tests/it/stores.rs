//! What the stores that processes share promise, against a model of it and real servers: one suite for both.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use lanehook_signature::seen::{Begin, InPostgres, InRedis, SeenIds};
use lanehook_signature::{Dialect, MessageKey};
use proptest::prelude::*;
use tokio::runtime::Runtime;

use crate::NOW;
use crate::layer::Receiver;
use crate::layer::replays::{Recorded, under_made_up_ids};
use crate::seen::{KEEP, Step, steps};
use crate::servers::{Postgres, Redis};

/// Seconds after which a claim lapses.
const LEASE: i64 = 60;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn key(text: &str) -> MessageKey {
    MessageKey::of(&[text.as_bytes()])
}

/// Until when a message is remembered and, while it is handled, when the claim lapses and which one it is.
type Model = HashMap<u8, (i64, Option<(i64, usize)>)>;

fn expect(model: &mut Model, n: u8, at: i64, claim: usize) -> &'static str {
    let (keep, claimed) = model.entry(n).or_insert((i64::MIN, None));
    let answer = match claimed {
        Some((lapses, _)) if *lapses >= at => "under way",
        None if *keep >= at => "done",
        _ => "first",
    };
    *keep = (*keep).max(at + KEEP);
    if answer == "first" {
        *claimed = Some((at + LEASE, claim));
    }
    answer
}

fn name<C>(begin: &Begin<C>) -> &'static str {
    match begin {
        Begin::First(_) => "first",
        Begin::UnderWay => "under way",
        Begin::Done => "done",
        _ => "full",
    }
}

/// Takes the steps in turns at two stores over the same server, as two processes would.
async fn does_as_the_model_does<S: SeenIds>(stores: &[Arc<S>; 2], case: &str, steps: Vec<Step>) {
    let (mut model, mut at) = (Model::new(), 0);
    // With the turn at which each was made, and until when its message was to be remembered.
    let mut claims: HashMap<u8, Vec<(usize, i64, S::Claim)>> = HashMap::new();
    for (turn, step) in steps.into_iter().enumerate() {
        let store = &stores[turn % 2];
        let mut oldest = |n: u8| claims.get_mut(&n).filter(|claims| !claims.is_empty()).map(|claims| claims.remove(0));
        match step {
            Step::Wait(seconds) => at += i64::from(seconds) / 4,
            Step::Begin(n) => {
                let begin = store.begin(key(&format!("{case} {n}")), at, at + KEEP).await.map_err(said).unwrap();
                assert_eq!(name(&begin), expect(&mut model, n, at, turn), "{n} at {at}");
                if let Begin::First(claim) = begin {
                    claims.entry(n).or_default().push((turn, at + KEEP, claim));
                }
            }
            // Whoever has it now: it was handled.
            Step::Complete(n) => {
                if let Some((_, keep_until, claim)) = oldest(n) {
                    store.complete(claim).await.map_err(said).unwrap();
                    let state = model.entry(n).or_insert((keep_until, None));
                    *state = (state.0.max(keep_until), None);
                }
            }
            Step::Release(n) => {
                if let Some((of, _, claim)) = oldest(n) {
                    store.release(claim).await.map_err(said).unwrap();
                    if model.get(&n).is_some_and(|(_, claimed)| claimed.is_some_and(|(_, turn)| turn == of)) {
                        model.remove(&n);
                    }
                }
            }
            Step::Drop(n) => drop(oldest(n)),
        }
    }
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Of many that bring one message at the same time, one handles it.
async fn is_one_step<S: SeenIds>(stores: &[Arc<S>; 2]) {
    for round in 0..20 {
        let key = key(&format!("at once {round}"));
        let begin = |n: usize| {
            let store = Arc::clone(&stores[n % 2]);
            tokio::spawn(async move { store.begin(key, NOW, NOW + KEEP).await.map_err(said).unwrap() })
        };
        let asked: Vec<_> = (0..16).map(begin).collect();
        let mut claim = None;
        for begin in asked {
            match begin.await.unwrap() {
                Begin::First(first) => assert!(claim.replace(first).is_none(), "two handle it"),
                other => assert_eq!(name(&other), "under way"),
            }
        }
        stores[1].complete(claim.unwrap()).await.map_err(said).unwrap();
        assert_eq!(name(&begin(0).await.unwrap()), "done");
    }
}

/// Clocks that are out of their mind, and times without an end.
async fn bears_any_time<S: SeenIds>(store: &S) {
    let (least, most) = (i64::MIN, i64::MAX);
    for (now, keep_until) in [(NOW, most), (NOW, least), (0, 0), (least, most), (most, least), (most, most)] {
        let key = key(&format!("{now} {keep_until}"));
        let Begin::First(claim) = store.begin(key, now, keep_until).await.map_err(said).unwrap() else {
            panic!("{now} to {keep_until}");
        };
        store.complete(claim).await.map_err(said).unwrap();
        let expected = if keep_until >= now { "done" } else { "first" };
        assert_eq!(name(&store.begin(key, now, keep_until).await.map_err(said).unwrap()), expected);
    }
}

fn is_a_store<S: SeenIds>(runtime: &Runtime, name: &str, stores: &[Arc<S>; 2]) {
    let cases = std::cell::Cell::new(0);
    proptest!(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() }, |(steps in steps())| {
        cases.set(cases.get() + 1);
        runtime.block_on(does_as_the_model_does(stores, &format!("{name} {}", cases.get()), steps));
    });
    runtime.block_on(is_one_step(stores));
    runtime.block_on(bears_any_time(&*stores[0]));
}

/// How many messages a store has more, by its own tools, after one recorded request came under many ids.
async fn places_taken<S: SeenIds>(store: &Arc<S>, dialect: Dialect, count: impl AsyncFn() -> i64) -> i64 {
    let before = count().await;
    let receiver = Receiver::new();
    let layer = receiver.layer(dialect.clone()).seen(Arc::clone(store));
    let (layer, header, body) = match dialect {
        Dialect::Hub => (layer.id_header(http::HeaderName::from_static("x-id")), "x-id", "[1]"),
        _ => (layer, "x-github-delivery", "[2]"),
    };
    assert_eq!(under_made_up_ids(layer, &receiver, Recorded { dialect, header, body, times: 60, most: 16 }).await, 16);
    count().await - before
}

/// What a store has of a message, by its own tools.
async fn of_redis(url: &str, command: &str, key: MessageKey) -> i64 {
    let client = redis::Client::open(url).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    redis::cmd(command).arg(format!("mine:{key}")).query_async(&mut connection).await.unwrap()
}

#[test]
fn redis_is_a_store_that_processes_share() {
    let Some(server) = Redis::start() else { return };
    let runtime = runtime();
    let stores =
        runtime.block_on(async { [0, 1].map(|_| Arc::new(InRedis::open(&server.url()).unwrap().prefix("mine:"))) });
    is_a_store(&runtime, "redis", &stores);

    runtime.block_on(async {
        let (url, key) = (server.url(), key("how long"));
        let Begin::First(claim) = stores[0].begin(key, NOW, NOW + KEEP).await.unwrap() else { panic!() };
        stores[0].complete(claim).await.unwrap();
        let left = of_redis(&url, "TTL", key).await;
        assert!((KEEP..=KEEP + 60).contains(&left), "it goes by itself, after {left} s");
        // A retry moves the time on; what Redis lost is remembered again by whoever handled it.
        assert_eq!(name(&stores[1].begin(key, NOW + 100, NOW + 100 + KEEP).await.unwrap()), "done");
        let Begin::First(claim) = stores[0].begin(key, NOW + 701, NOW + 701 + KEEP).await.unwrap() else { panic!() };
        assert_eq!(of_redis(&url, "DEL", key).await, 1);
        stores[0].complete(claim).await.unwrap();
        assert!((KEEP..=KEEP + 60).contains(&of_redis(&url, "TTL", key).await));
        assert_eq!(name(&stores[1].begin(key, NOW + 701, NOW + 701 + KEEP).await.unwrap()), "done");

        let client = redis::Client::open(url).unwrap();
        let connection = client.get_multiplexed_async_connection().await.unwrap();
        let count = async || redis::cmd("DBSIZE").query_async(&mut connection.clone()).await.unwrap();
        for dialect in [Dialect::GitHub, Dialect::Hub] {
            assert_eq!(places_taken(&stores[0], dialect, count).await, 32);
        }
    });
}

#[test]
fn postgresql_is_a_store_that_processes_share() {
    let Some(server) = Postgres::start() else { return };
    let runtime = runtime();
    let stores = [0, 1].map(|_| Arc::new(InPostgres::open(&server.database()).unwrap()));
    runtime.block_on(async {
        // As processes that start together make it.
        let made = stores.each_ref().map(|store| {
            let store = Arc::clone(store);
            tokio::spawn(async move { store.create_table().await })
        });
        for made in made {
            made.await.unwrap().unwrap();
        }
        stores[0].create_table().await.unwrap();
    });
    is_a_store(&runtime, "postgresql", &stores);

    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&server.database(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let count = async || client.query_one("SELECT count(*) FROM lanehook_seen", &[]).await.unwrap().get(0);
        // What the steps before left would be cleared away in between.
        client.batch_execute("DELETE FROM lanehook_seen").await.unwrap();
        for dialect in [Dialect::GitHub, Dialect::Hub] {
            assert_eq!(places_taken(&stores[0], dialect, count).await, 32);
        }
    });
}

/// As long as messages come, those whose time is over go.
#[test]
fn postgresql_is_cleared_of_what_is_over() {
    let Some(server) = Postgres::start() else { return };
    runtime().block_on(async {
        let store = InPostgres::open(&server.database()).unwrap();
        store.create_table().await.unwrap();
        let handle = async |n: i64, at: i64| {
            let Begin::First(claim) = store.begin(key(&n.to_string()), at, at + KEEP).await.unwrap() else { panic!() };
            // Every second one is cut off.
            if n % 2 == 0 { store.complete(claim).await.unwrap() } else { drop(claim) }
        };
        for n in 0..250 {
            handle(n, NOW).await;
        }
        let (client, connection) = tokio_postgres::connect(&server.database(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let rows = async || client.query_one("SELECT count(*) FROM lanehook_seen", &[]).await.unwrap().get::<_, i64>(0);
        for (at, left) in [(NOW + KEEP + 60, 350), (NOW + KEEP + 61, 200)] {
            for n in 0..100 {
                handle(at * 1000 + n, at).await;
            }
            assert_eq!(rows().await, left, "at {at}");
        }
    });
}

/// A user that may not delete, for one.
#[test]
fn postgresql_that_cannot_be_cleared_remembers_all_the_same() {
    let Some(server) = Postgres::start() else { return };
    runtime().block_on(async {
        let store = InPostgres::open(&server.database()).unwrap();
        store.create_table().await.unwrap();
        let (client, connection) = tokio_postgres::connect(&server.database(), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let refuse = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
                      CREATE TRIGGER refuse BEFORE DELETE ON lanehook_seen FOR EACH ROW EXECUTE FUNCTION refuse()";
        client.batch_execute(refuse).await.unwrap();
        let begin = async |n: i64, at: i64| store.begin(key(&n.to_string()), at, at + KEEP).await;
        for n in 0..100 {
            let Begin::First(claim) = begin(n, NOW).await.unwrap() else { panic!("{n}") };
            store.complete(claim).await.unwrap();
        }
        assert_eq!(name(&begin(100, NOW + KEEP + 61).await.unwrap()), "first", "the message that clears");
        assert_eq!(name(&begin(99, NOW).await.unwrap()), "done");
    });
}

/// A minute is enough for a handler, unless it is said that it is not.
#[test]
fn a_claim_lapses_when_it_is_said_to() {
    let Some(server) = Redis::start() else { return };
    runtime().block_on(async {
        for (lease, seconds) in [(None, LEASE), (Some(Duration::from_secs(7)), 7), (Some(Duration::ZERO), 1)] {
            let mut store = InRedis::open(&server.url()).unwrap();
            if let Some(lease) = lease {
                store = store.lease(lease);
            }
            let key = key(&format!("{seconds}"));
            let ask = async |at: i64| name(&store.begin(key, at, at + KEEP).await.unwrap());
            assert_eq!(
                [ask(NOW).await, ask(NOW + seconds).await, ask(NOW + seconds + 1).await],
                ["first", "under way", "first"]
            );
        }
    });
}

/// Whoever takes the connection and then says nothing.
#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_is_waited_for_five_seconds() {
    let folder = tempfile::tempdir().unwrap();
    let sockets =
        ["redis.sock", ".s.PGSQL.5432"].map(|name| std::os::unix::net::UnixListener::bind(folder.path().join(name)));
    let place = folder.path().display();
    let redis = InRedis::open(&format!("unix://{place}/redis.sock")).unwrap();
    let postgres = InPostgres::open(&format!("host={place} user=lanehook")).unwrap();
    for _ in 0..2 {
        let before = tokio::time::Instant::now();
        assert!(redis.begin(key("1"), NOW, NOW + KEEP).await.is_err());
        assert!(before.elapsed() <= Duration::from_secs(6));
        let error = postgres.begin(key("1"), NOW, NOW + KEEP).await.unwrap_err();
        assert_eq!(error.to_string(), "it took more than 5 seconds");
    }
    drop(sockets);
}

/// Before a server is run, for example, where settings are read.
#[test]
fn without_a_runtime_redis_is_an_error_and_no_panic() {
    let error = InRedis::open("redis://127.0.0.1/").unwrap_err();
    assert!(error.to_string().contains("Tokio"), "{error}");
}

#[tokio::test]
async fn what_is_no_place_of_a_store_is_refused_at_once() {
    assert!(InRedis::open("localhost").is_err());
    assert!(InPostgres::open("port=many").is_err());
}
