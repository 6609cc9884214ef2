//! Defects: what a panic in a job costs, and what one of the writer itself does. And what everybody waits for.

mod jobs;
mod notices;
mod orphans;
mod replays;
mod written;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::FutureExt as _;
use rusqlite::Connection;
use tokio::{sync::broadcast, task::JoinHandle, time::timeout};

use super::{
    Reserve, SqliteStore,
    access::{delete_slice, slice_size},
    checkpoint::Lengths,
    error::unavailable,
    file,
    gap::Waits,
    job::in_one,
    job_queues::JobSize,
    read,
    told::Told,
    transaction::Tx,
    version,
};
use crate::{
    clock::Clock,
    model::{
        Actor, ApiKeyId, CallerId, DeliveryId, DeliveryStatus, EventKey, EventType, FailureRun, NewEvent, Outcome,
        Owed, QuotaKind, Sent, Serial, TenantId, TenantKey, TenantSettings, Timestamp, Timings, Who,
    },
    store::{
        Accepted, Append, Broadcast, Commits, DeliveryQuery, Directory, Events, Lifecycle, NewWebhook, Queue, Result,
        Settlement, StoreError, TenantCopy, Verdict, Webhooks, seal::MasterKey, stored,
    },
    webhook::{Secrets, Webhook},
};

/// How long to wait for another thread before the test has failed.
const PATIENCE: Duration = Duration::from_secs(60);

const SMALL: JobSize = JobSize { tenant: TenantKey::ALL, rows: 1, bytes: 1 };

/// Whoever asks over the API.
fn somebodys_key() -> Actor {
    Actor::key(ApiKeyId(Serial::nth(1)))
}

fn open() -> (SqliteStore, tempfile::TempDir) {
    open_with(Lengths::USUAL)
}

fn open_with(lengths: Lengths) -> (SqliteStore, tempfile::TempDir) {
    open_at(Clock::manual(Timestamp::from_millis(1_800_000_000_000)), lengths)
}

fn open_at(clock: Clock, lengths: Lengths) -> (SqliteStore, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let master_key = MasterKey::load_or_create(&folder.path().join("master.key")).unwrap();
    let path = folder.path().join("lanehook.db");
    let store = SqliteStore::open_with(stored::VERSION, &path, &master_key, clock, lengths).unwrap();
    (store, folder)
}

/// Waits until everything that is queued in this line is done.
async fn barrier(store: &SqliteStore) {
    store.write(SMALL, |_| Ok(())).await.unwrap();
}

/// Leaves a row behind half-way, and panics.
fn defect(tx: &mut Tx<'_>) -> Result<()> {
    tx.conn.execute("INSERT INTO meta VALUES ('half', 'done')", []).map_err(unavailable)?;
    panic!("a test's own panic");
}

async fn is_half_done(store: &SqliteStore) -> bool {
    let find = "SELECT 1 FROM meta WHERE name = 'half'";
    store.read(TenantKey::ALL, move |conn| conn.prepare(find)?.exists([])).await.unwrap()
}

#[tokio::test]
async fn a_job_that_panics_fails_alone_and_leaves_nothing_behind() {
    let (store, _folder) = open();
    for _ in 0..5 {
        let (before, panicked, after) = tokio::join!(store.ping(), store.write(SMALL, defect), store.ping());
        assert!(matches!(panicked, Err(StoreError::Panicked)), "{panicked:?}");
        assert!(before.is_ok() && after.is_ok(), "{before:?} {after:?}");
    }
    assert!(!is_half_done(&store).await);
}

#[tokio::test]
async fn a_panic_without_a_savepoint_costs_its_group_and_nothing_later() {
    let (store, _folder) = open();
    let panicked = store.queue(SMALL, |tx| tx.whole(defect)).await;
    assert!(matches!(panicked, Err(StoreError::Panicked)), "{panicked:?}");
    assert!(!is_half_done(&store).await);
    barrier(&store).await;
}

#[tokio::test]
async fn reads_that_fail_are_told_of_once_a_minute() {
    let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
    let (store, _folder) = open_at(clock.clone(), Lengths::USUAL);
    let failing = |_: &Connection| Err::<(), _>(rusqlite::Error::InvalidQuery);
    store.read(TenantKey::ALL, |_| Ok(())).await.unwrap();
    assert!(store.read(TenantKey::ALL, failing).await.is_err());
    assert!(!store.shared.unreadable.happens(), "it was told");
    clock.advance(Duration::from_secs(60));
    assert!(store.shared.unreadable.happens());
}

#[tokio::test]
async fn the_transaction_knows_who_makes_the_change_and_nobody_after_it() {
    let (store, _folder) = open();
    let somebody = Actor::system("somebody");
    let seen = store.change(TenantKey::ALL, &somebody, |tx| Ok(Told::nothing(tx.by.clone()))).await.unwrap();
    assert_eq!(seen.map(|by| by.who), Some(Who::System("somebody")));
    store
        .change(TenantKey::ALL, &somebody, |_| -> Result<Told<()>> { panic!("a test's own panic") })
        .await
        .unwrap_err();
    let (seen, _) = tokio::join!(
        store.write(SMALL, |tx| Ok(tx.by.clone())),
        store.change(TenantKey::ALL, &somebody, |_| Ok(Told::nothing(())))
    );
    assert_eq!(seen.unwrap(), None);
}

#[tokio::test]
async fn a_writer_that_ends_by_a_panic_is_told_of_and_nobody_waits_for_it() {
    let (store, _folder) = open();
    assert!(timeout(Duration::ZERO, store.failed()).await.is_err(), "all is well");
    // A job's own panics are caught; this is one of the writer, after a commit.
    let job = in_one(|_| |_| panic!("a test's own panic"));
    store.shared.intake.push(job, SMALL).unwrap();
    let reason = timeout(PATIENCE, store.failed()).await.expect("it is told");
    assert_eq!(reason, "the store's writer ended by a panic");
    let settlements: Vec<Settlement> = Vec::new();
    timeout(PATIENCE, crate::store::Queue::record(&store, TenantKey::ALL, settlements))
        .await
        .expect("nobody waits for a record");
    let refused = timeout(PATIENCE, store.ping()).await.expect("nobody waits for a commit");
    assert!(matches!(refused, Err(StoreError::Closed | StoreError::Unavailable(_))), "{refused:?}");
    assert_eq!(store.tenants().len(), 1, "what is in memory can still be asked");
    timeout(PATIENCE, store.close()).await.expect("it can be closed");
}

#[tokio::test]
async fn an_event_waits_for_its_own_tenants_reads_and_a_lane_for_none_of_the_apis() {
    let (store, _folder) = open();
    let (own, other, event) = (store.tenants().all()[0].key, TenantKey(99), EventKey(Serial::nth(1)));
    let settings = serde_json::from_value(serde_json::json!({"url": "https://receiver.example/"})).unwrap();
    let new = NewWebhook { tenant: own, id: None, settings, secrets: Secrets::default(), disabled: None };
    let somebody = Actor::system("somebody");
    let webhook = store.create_webhook(new, &somebody).await.unwrap().key;
    // Of the connections for the API one tenant has all that it may, with as many waiting; of the lanes' nobody's line has.
    let (ends, _) = broadcast::channel::<()>(1);
    let long = || {
        let mut end = ends.subscribe();
        move |_: &Connection| {
            let _ = end.blocking_recv();
            Ok(())
        }
    };
    let of_api = (0..259).map(|_| store.read(own, long()).boxed());
    let of_lanes = (0..8).map(|_| store.read_owed(TenantKey::ALL, long()).boxed());
    let mut held: Vec<_> = of_api.chain(of_lanes).collect();
    assert!(held.iter_mut().all(|read| read.now_or_never().is_none()), "all read or wait");

    let refused = timeout(PATIENCE, store.event(own, event)).await.expect("it is said at once");
    assert!(matches!(refused, Err(StoreError::TooManyReads)), "{refused:?}");
    let passes = timeout(PATIENCE, store.event(other, event)).await.expect("it does not wait for another tenant's");
    assert_eq!(passes.unwrap(), None);
    let passes = timeout(PATIENCE, store.owed_event(webhook, event)).await.expect("a lane waits for its tenant's only");
    assert_eq!(passes.unwrap(), None);
    let webhook = || Webhook::clone(&store.webhooks().get(webhook).unwrap());
    let refused = timeout(PATIENCE, store.update_webhook(webhook(), 1, &somebodys_key())).await.expect("at once");
    assert!(
        matches!(refused, Err(StoreError::TooManyReads)),
        "a change of a person's is a read of theirs: {refused:?}"
    );
    let disabled = timeout(PATIENCE, store.update_webhook(webhook(), 1, &somebody)).await;
    assert_eq!(disabled.expect("the server's own changes wait for none of theirs").unwrap().version, 2);
    let tenant = store.tenants().get(own).unwrap();
    let bounded = store.update_tenant(own, tenant.version, "Bounded".into(), TenantSettings::default(), &somebody);
    let bounded = timeout(PATIENCE, bounded).await.expect("who bounds a tenant does not wait for it");
    assert_eq!(bounded.unwrap().name, "Bounded");
    drop(ends);
}

#[tokio::test]
async fn a_tenant_with_many_webhooks_is_deleted_slice_by_slice_and_goes_last() {
    let (store, _folder) = open();
    let somebody = Actor::system("somebody");
    let tenant = store.create_tenant(TenantId::parse("acme").unwrap(), "Acme".into(), &somebody).await.unwrap().key;
    let insert = "INSERT INTO webhooks (key, tenant, id, sealed, version, updated_at)
         WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 1200)
         SELECT n, ?1, 'w' || n, x'', 1, 0 FROM n";
    let count = async || {
        let sql =
            "SELECT count(*), (SELECT count(*) FROM tenants WHERE id = 'acme') FROM webhooks WHERE deleted_at IS NULL";
        store
            .read(TenantKey::ALL, move |conn| {
                conn.query_row(sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
            })
            .await
            .unwrap()
    };
    store.write(SMALL, move |tx| tx.conn.execute(insert, [tenant.0]).map_err(unavailable)).await.unwrap();
    assert!(matches!(store.delete_tenant(tenant, Some(2), &somebody).await, Err(StoreError::Conflict)));
    assert_eq!(count().await, (1200, 1), "of another version nothing goes");
    let slice = move |tx: &mut Tx<'_>| {
        let before = tx.conn.total_changes();
        let more = delete_slice(tx, tenant, None)?;
        Ok(Told::bookkeeping((more, tx.conn.total_changes() - before)))
    };
    let (more, rows) = store.change(tenant, &somebody, slice).await.unwrap();
    assert!(more && rows >= 500 && rows as usize <= slice_size().rows, "{rows} rows: the writer is told of all");
    assert_eq!(count().await, (700, 1));
    store.delete_tenant(tenant, Some(1), &somebody).await.unwrap();
    assert_eq!(count().await, (0, 0));
}

/// A log that is too long with 64 pages.
const SHORT: Lengths =
    Lengths { copied: 8, long: 16, most: 64, waits: Waits { grace: Duration::ZERO, patience: PATIENCE } };

/// Writes until this is so.
async fn written_until(store: &SqliteStore, is_so: impl Fn(&SqliteStore) -> bool) {
    let page = |tx: &mut Tx<'_>| {
        let insert = "INSERT OR REPLACE INTO meta VALUES ('page', randomblob(20000))";
        tx.conn.execute(insert, []).map_err(unavailable)
    };
    let writing = async {
        while !is_so(store) {
            store.write(SMALL, page).await.unwrap();
        }
    };
    timeout(PATIENCE, writing).await.expect("it comes to be so");
}

/// Reads that never end by themselves, and how many have begun.
fn endless_reads(store: &Arc<SqliteStore>) -> (Vec<JoinHandle<Result<i64>>>, Arc<AtomicUsize>) {
    const ENDLESS: &str =
        "WITH RECURSIVE n (n) AS (SELECT count(*) FROM meta UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n";
    let begun = Arc::<AtomicUsize>::default();
    let read = |tenant| {
        let (store, begun) = (store.clone(), begun.clone());
        let endless = move |conn: &Connection| {
            begun.fetch_add(1, Ordering::Relaxed);
            conn.query_row(ENDLESS, [], |row| row.get(0))
        };
        tokio::spawn(async move { store.read_owed(TenantKey(tenant), endless).await })
    };
    (vec![read(1), read(2)], begun)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_begun_anew_while_somebody_reads_without_a_pause() {
    let (store, _folder) = open_with(SHORT);
    let store = Arc::new(store);
    let (reads, begun) = endless_reads(&store);
    while begun.load(Ordering::Relaxed) < 2 {
        tokio::task::yield_now().await;
    }
    for _ in 0..3 {
        written_until(&store, |store| store.write_ahead_log().bytes > 32 * 8192).await;
        written_until(&store, |store| store.write_ahead_log().bytes < 32 * 8192).await;
    }
    assert!(begun.load(Ordering::Relaxed) >= 2 + 2, "they read again");
    assert!(reads.iter().all(|read| !read.is_finished()), "and nobody is told");
    assert_eq!(store.write_ahead_log().held, None);
    reads.iter().for_each(JoinHandle::abort);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_another_process_keeps_from_being_begun_anew_is_told_of() {
    let (store, folder) = open_with(SHORT);
    let other = Connection::open(folder.path().join("lanehook.db")).unwrap();
    other.execute_batch("BEGIN; SELECT count(*) FROM meta").unwrap();
    written_until(&store, |store| store.write_ahead_log().held.is_some()).await;
    let log = store.write_ahead_log();
    assert!(log.bytes > 64 * 8192 && log.held.is_some_and(|held| held.contains("another process")), "{}", log.bytes);
    timeout(PATIENCE, store.read(TenantKey(1), |_| Ok(()))).await.expect("reads go on").unwrap();

    other.execute_batch("COMMIT").unwrap();
    written_until(&store, |store| store.write_ahead_log().held.is_none()).await;
    assert!(store.write_ahead_log().bytes < log.bytes);
}

fn delivered(owed: Owed) -> Settlement {
    let outcome = Outcome {
        started_at: Timestamp::default(),
        sent: Sent::default(),
        answer: None,
        remote: None,
        is_connected: true,
        requests: 1,
        timings: Timings::default(),
        result: Ok(()),
        remark: None,
    };
    let (verdict, failure_run) = (Verdict::Delivered, FailureRun::default());
    Settlement { attempt: None, owed: vec![owed], outcome, verdict, failure_run, judged_at: Timestamp::default() }
}

#[tokio::test]
async fn while_the_disk_is_nearly_full_nothing_new_is_kept_and_what_was_accepted_is_delivered() {
    let (store, _folder) = open();
    let free = Arc::new(AtomicU64::new(80_000_000));
    let looks = free.clone();
    let store = store.with_reserve(Reserve::new(20_000_000, move || Some(looks.load(Ordering::Relaxed))));
    let tenant = store.tenants().all()[0].key;
    let somebody = Actor::system("somebody");
    let new = || {
        let settings = serde_json::from_value(serde_json::json!({"url": "https://receiver.example/"})).unwrap();
        NewWebhook { tenant, id: None, settings, secrets: Secrets::default(), disabled: None }
    };
    let webhook = store.create_webhook(new(), &somebody).await.unwrap().key;
    let publish = async |id: &str| {
        let mut event = NewEvent::new(EventType::parse("x").unwrap(), Bytes::from_static(b"1"));
        event.caller_id = CallerId::parse(id).ok();
        store.append(Append { tenant, events: vec![(event, vec![webhook])] }).await
    };
    publish("1").await.unwrap();
    assert_eq!(store.disk(), None);

    free.store(1_000, Ordering::Relaxed);
    let refused = publish("2").await.unwrap_err();
    assert!(matches!(&refused, StoreError::DiskFull(why) if why.contains("20000000 are the least")), "{refused:?}");
    let answer = publish("1").await.unwrap();
    assert!(matches!(answer[0], Accepted::Duplicate { .. }), "what is there is answered: {answer:?}");
    let event = NewEvent::new(EventType::parse("x").unwrap(), Bytes::from_static(b"1"));
    let news = store.broadcast(Broadcast { event, is_named: true, copies: Vec::new() }).await;
    assert!(matches!(news, Err(StoreError::DiskFull(_))), "{news:?}");
    let more = store.create_webhook(new(), &somebody).await;
    assert!(matches!(more, Err(StoreError::DiskFull(_))), "settings take room as events do: {more:?}");
    barrier(&store).await;
    assert_eq!(store.inspect().await, Ok(()), "what is kept is there, and small things are kept");
    assert!(store.disk().unwrap().contains("min_free_disk"));
    let owed = store.pending(webhook, DeliveryId(Serial::FIRST), None, 9).await.unwrap().deliveries.remove(0);
    store.record(tenant, vec![delivered(owed)]).await;
    assert_eq!(store.usage(tenant).used.of(QuotaKind::OwedDeliveries), 0, "it is recorded");

    // What the database does not use is room, too, but none for the log.
    let sql = "INSERT INTO meta VALUES ('x', randomblob(20000000)); DELETE FROM meta WHERE name = 'x'";
    store.write(SMALL, |tx| tx.conn.execute_batch(sql).map_err(unavailable)).await.unwrap();
    let refused = publish("2").await.unwrap_err();
    assert!(matches!(&refused, StoreError::DiskFull(why) if why.contains("write-ahead log")), "{refused:?}");
    free.store(20_000_000, Ordering::Relaxed);
    publish("2").await.unwrap();
    free.store(60_000_000, Ordering::Relaxed);
    assert_eq!(store.disk(), None);
}

#[tokio::test]
async fn the_bytes_of_copies_that_unfold_later_are_kept_with_them() {
    let (store, _folder) = open();
    let somebody = Actor::system("somebody");
    let event = NewEvent::new(EventType::parse("x").unwrap(), format!("\"{}\"", "x".repeat(700_000)).into());
    let event = NewEvent { caller_id: CallerId::parse("all").ok(), ..event };
    let mut copies = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let tenant = store.create_tenant(TenantId::parse(name).unwrap(), name.into(), &somebody).await.unwrap().key;
        let settings = serde_json::from_value(serde_json::json!({"url": "https://receiver.example/"})).unwrap();
        let new = NewWebhook { tenant, id: None, settings, secrets: Secrets::default(), disabled: None };
        let webhook = store.create_webhook(new, &somebody).await.unwrap().key;
        copies.push(TenantCopy { tenant, difference: None, webhooks: vec![webhook] });
    }
    let tenants: Vec<TenantKey> = copies.iter().map(|copy| copy.tenant).collect();
    let mut commits = store.subscribe();
    store.broadcast(Broadcast { event, is_named: true, copies }).await.unwrap();
    assert!(store.shared.unfolding.load(Ordering::Acquire) > 0, "some are lists");
    while store.shared.unfolding.load(Ordering::Acquire) > 0 {
        timeout(PATIENCE, commits.changed()).await.expect("the lists unfold");
    }
    for tenant in tenants {
        let sql = "SELECT bytes FROM kept_events WHERE tenant = ?1";
        let kept = store.read(TenantKey::ALL, move |conn| conn.query_row(sql, [tenant.0], |row| row.get::<_, i64>(0)));
        let used = store.usage(tenant).used.of(QuotaKind::EventBytes);
        assert!(used > 700_000 && kept.await.unwrap() == used as i64, "{tenant:?}: {used}");
    }
}

#[tokio::test]
async fn while_the_disk_is_short_who_keeps_more_than_others_keeps_no_more() {
    let (store, _folder) = open();
    let store = store.with_reserve(Reserve::new(1_000, || Some(3_999)));
    let (id, somebody) = (TenantId::parse("other").unwrap(), Actor::system("somebody"));
    let other = store.create_tenant(id, "Other".into(), &somebody).await.unwrap().key;
    let one = store.tenants().find(&TenantId::parse(TenantId::DEFAULT).unwrap()).unwrap().key;
    let publish = async |tenant: TenantKey, bytes: usize| {
        let event = NewEvent::new(EventType::parse("x").unwrap(), format!("\"{}\"", "x".repeat(bytes)).into());
        store.append(Append { tenant, events: vec![(event, Vec::new())] }).await
    };
    let alone = tokio::join!(publish(one, 50), publish(one, 50));
    assert!(matches!(alone, (Ok(_), Ok(_))), "alone, it keeps an equal part, also twice in one group: {alone:?}");
    publish(other, 5_000).await.unwrap();
    let refused = publish(other, 1).await.unwrap_err();
    assert!(matches!(&refused, StoreError::DiskShort(why) if why.contains("more than an equal part")), "{refused:?}");
    publish(one, 1).await.unwrap();
    assert_eq!(store.inspect().await, Ok(()), "others are served");
    assert!(store.disk().unwrap().contains("the disk is short"));
}

#[test]
fn a_page_of_a_tenants_deliveries_costs_the_same_however_many_webhooks_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let mut conn = file::connect(&folder.path().join("a.db")).unwrap();
    version::migrations().run(&mut conn).unwrap();
    // 3,000 deliveries of each tenant: of one webhook, and of one each.
    for (tenant, webhooks) in [(1, 1), (2, 3000)] {
        let sql = format!(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {webhooks})
             INSERT INTO webhooks (key, tenant, id, sealed, version, updated_at)
             SELECT 10000 * {tenant} + n, {tenant}, 'w' || n, x'', 1, 0 FROM n;
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 3000)
             INSERT INTO deliveries (id, webhook, event, tenant, status, attempts, failed)
             SELECT 10000 * {tenant} + n, 10000 * {tenant} + 1 + n % {webhooks}, 1, {tenant}, n % 5, 0, 0 FROM n;"
        );
        conn.execute_batch(&sql).unwrap();
    }
    let event = "INSERT INTO events (key, tenant, type, timestamp, fan_out, data) VALUES (1, 1, 'x', 0, 1, '1')";
    conn.execute_batch(event).unwrap();
    let steps = Arc::<AtomicUsize>::default();
    let count = steps.clone();
    let step = move || {
        count.fetch_add(1, Ordering::Relaxed);
        false
    };
    conn.progress_handler(10, Some(step)).unwrap();
    use DeliveryStatus::{Delivered, Failed, Pending};
    let statuses = [vec![], vec![Pending], vec![Delivered], vec![Failed], vec![Pending, Failed]];
    for (statuses, oldest) in statuses.into_iter().flat_map(|statuses| [(statuses.clone(), false), (statuses, true)]) {
        let cost = |tenant: i64| {
            let before = steps.load(Ordering::Relaxed);
            let statuses = statuses.clone();
            let query = DeliveryQuery { statuses, oldest, limit: 50, ..DeliveryQuery::default() };
            assert_eq!(read::deliveries(&conn, TenantKey(tenant), &query).unwrap().len(), 50);
            steps.load(Ordering::Relaxed) - before
        };
        let (of_one, of_many) = (cost(1), cost(2));
        assert!(of_many <= 2 * of_one, "{statuses:?} {oldest}: {of_many} steps instead of {of_one}");
    }
}
