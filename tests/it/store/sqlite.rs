//! What only SQLite can be asked: a file that another connection tampers with, so that writing fails.

use std::path::PathBuf;

use lanehook::{
    clock::Clock,
    model::{DeliveryId, DeliveryStatus, HeaderLines, Sent, Serial, TenantId},
    observe::{Bucket, Count, Grain, Scope},
    store::{
        Append, Events, Lifecycle, Queue, SeriesQuery, Settlement, StoreError, Types, Webhooks, sqlite::SqliteStore,
        stored,
    },
    upkeep::{Inspection, Job as _},
};
use rusqlite::Connection;

use super::backend::{Fixture, Sqlite, fresh_master_key};
use crate::support::{DAY, DEFAULT, EventExt, HOUR, NOON, TESTER, delivered, event, given_up, retried, webhook};

/// A store, and a second connection to its file.
fn open() -> (Fixture, Connection, PathBuf) {
    let backend = Sqlite::new();
    let path = backend.path();
    let it = Fixture::new(backend);
    let conn = Connection::open(&path).unwrap();
    (it, conn, path)
}

/// Makes each insertion into `table` that fulfils `condition` end the transaction, as a full or failing disk may.
fn break_inserts(conn: &Connection, table: &str, condition: &str) {
    conn.execute_batch(&format!(
        "CREATE TRIGGER broken BEFORE INSERT ON {table} WHEN {condition}
         BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END"
    ))
    .unwrap();
}

fn mend(conn: &Connection) {
    conn.execute_batch("DROP TRIGGER broken").unwrap();
}

#[tokio::test]
async fn what_is_shown_of_a_request_is_sealed_for_its_attempt() {
    let (it, conn, _) = open();
    let a = it.webhook("a").await;
    let (first, second) = (it.owe(event("x"), a).await, it.owe(event("x"), a).await);
    it.settle(delivered(&first, NOON)).await;
    it.settle(delivered(&second, NOON)).await;
    let sent = async |id| it.delivery(DEFAULT, id).await.unwrap().unwrap().1.remove(0).outcome.sent;
    let shown = sent(first.id).await;
    let first_header = shown.headers.iter().next().unwrap();
    assert_eq!((shown.url.as_str(), first_header.1), ("https://receiver.example/hook", "evt_1"));
    let rows: Vec<(i64, String, Vec<u8>)> = conn
        .prepare("SELECT id, url || sent_headers, sealed FROM attempts ORDER BY id")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for (_, open, sealed) in &rows {
        assert_eq!(open, "");
        assert!(!sealed.windows(8).any(|part| part == b"receiver" || part == b"webhook-"));
    }
    let put = |id: i64, sealed: Option<&[u8]>| {
        conn.execute("UPDATE attempts SET sealed = ?2 WHERE id = ?1", rusqlite::params![id, sealed]).unwrap();
    };
    put(rows[0].0, Some(&rows[1].2));
    assert_eq!(sent(first.id).await, Sent::default(), "what does not open hides itself, and not its delivery");
    // As it was kept before.
    put(rows[0].0, None);
    let before =
        "UPDATE attempts SET url = 'https://before.example/', sent_headers = 'x-a: 1' || char(10) WHERE id = ?1";
    conn.execute(before, [rows[0].0]).unwrap();
    let shown = sent(first.id).await;
    assert_eq!(
        (shown.url.as_str(), shown.headers),
        ("https://before.example/", HeaderLines::from_iter([("x-a", "1")]))
    );
}

#[tokio::test]
async fn who_is_told_ok_is_kept_and_who_is_told_an_error_is_not() {
    let (it, conn, _) = open();
    let a = it.webhook("a").await;
    break_inserts(&conn, "deliveries", "NEW.ordering_key = 'poison'");
    let names: Vec<String> = (0..200).map(|n| format!("e{n}")).collect();
    let appends = names.iter().enumerate().map(|(n, name)| {
        let event = event("x").id(name);
        let event = if n % 40 == 7 { event.ordered_by("poison") } else { event };
        it.append(Append { tenant: DEFAULT, events: vec![(event, vec![a])] })
    });
    let answers = futures_util::future::join_all(appends).await;
    let mut kept = 0;
    for (name, answer) in names.iter().zip(&answers) {
        let found = it.find_event(DEFAULT, name).await.unwrap();
        assert_eq!(found.is_some(), answer.is_ok(), "{name}: {answer:?}");
        assert!(!matches!(answer, Err(error) if !matches!(error, StoreError::Unavailable(_))));
        kept += usize::from(answer.is_ok());
    }
    let pending = it.pending(a, DeliveryId(Serial::FIRST), None, 1000).await.unwrap();
    assert_eq!(pending.deliveries.len(), kept);
    mend(&conn);
    it.publish(vec![event("x").id("e7").ordered_by("poison")], &[a]).await;
    let pending = it.pending(a, DeliveryId(Serial::FIRST), None, 1000).await.unwrap();
    assert_eq!(pending.deliveries.len(), kept + 1);
    // What was refused is not in memory either.
    let ids: Vec<DeliveryId> = pending.deliveries.iter().map(|owed| owed.id).collect();
    let before = DeliveryId(ids[0].0.before());
    let in_memory = it.recent_pending(a, before, 1000).expect("so few are all in memory");
    assert_eq!(in_memory.deliveries, pending.deliveries);
}

#[tokio::test]
async fn a_request_that_fails_alone_harms_nobody_beside_it() {
    let (it, conn, _) = open();
    let a = it.webhook("a").await;
    conn.execute_batch(
        "CREATE TRIGGER broken BEFORE INSERT ON tenants WHEN NEW.id = 'poison'
         BEGIN SELECT RAISE(ABORT, 'this row only'); END",
    )
    .unwrap();
    let appends = (0..100).map(|_| it.append(Append { tenant: DEFAULT, events: vec![(event("x"), vec![a])] }));
    let poison = (0..10).map(|_| it.create_tenant(TenantId::parse("poison").unwrap(), String::new(), TESTER));
    let (appended, poisoned) =
        tokio::join!(futures_util::future::join_all(appends), futures_util::future::join_all(poison));
    assert!(poisoned.iter().all(|answer| matches!(answer, Err(StoreError::Unavailable(_)))));
    assert!(appended.iter().all(Result::is_ok), "{:?}", appended.iter().find(|answer| answer.is_err()));
    assert_eq!(it.pending(a, DeliveryId(Serial::FIRST), None, 1000).await.unwrap().deliveries.len(), 100);
    assert_eq!(it.tenants().all().len(), 1);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_not_taken_for_a_busy_disk() {
    let (it, conn, _) = open();
    let owed = it.owe(event("x"), it.webhook("a").await).await;
    conn.execute("UPDATE deliveries SET attempts = 'many'", []).unwrap();
    assert!(matches!(it.delivery(DEFAULT, owed.id).await, Err(StoreError::Corrupt(_))));
    assert!(matches!(it.cancel(DEFAULT, owed.id, TESTER).await, Err(StoreError::Corrupt(_))));
    conn.execute("UPDATE deliveries SET attempts = 0", []).unwrap();
    assert_eq!(it.status(owed.id).await, DeliveryStatus::Pending, "what failed left nothing behind");
}

#[tokio::test]
async fn an_outcome_waits_for_the_disk_and_is_recorded_once() {
    let (it, conn, _) = open();
    let a = it.webhook("a").await;
    let owed = [it.owe(event("x"), a).await, it.owe(event("x"), a).await];
    break_inserts(&conn, "attempts", "1");
    let record = it.record(DEFAULT, owed.iter().map(|owed| delivered(owed, NOON)).collect());
    let refused = async {
        // Outcomes that cannot be recorded refuse the acknowledgements of their group, not those of others.
        while it.ping().await.is_ok() {
            tokio::task::yield_now().await;
        }
        assert_eq!(it.status(owed[0].id).await, DeliveryStatus::Pending);
        mend(&conn);
    };
    tokio::join!(record, refused);
    for owed in &owed {
        let (shown, attempts) = it.delivery(DEFAULT, owed.id).await.unwrap().unwrap();
        assert_eq!((shown.status, attempts.len()), (DeliveryStatus::Delivered, 1));
    }
    assert_eq!(it.counters(vec![a]).await.unwrap()[0].delivered, 2);
}

#[tokio::test]
async fn what_a_broken_group_has_done_before_it_broke_is_done_once() {
    let (it, conn, _) = open();
    let webhooks = [it.webhook("a").await, it.webhook("b").await];
    let owed = [it.owe(event("x"), webhooks[0]).await, it.owe(event("x"), webhooks[1]).await];
    // The first can be recorded; then SQLite ends the transaction.
    break_inserts(&conn, "attempts", "(SELECT count(*) FROM attempts) > 0");
    let record = it.record(DEFAULT, owed.iter().map(|owed| delivered(owed, NOON)).collect());
    let refused = async {
        while it.ping().await.is_ok() {
            tokio::task::yield_now().await;
        }
        mend(&conn);
    };
    tokio::join!(record, refused);
    let counters = it.counters(webhooks.to_vec()).await.unwrap();
    assert_eq!(counters.iter().map(|one| one.delivered).collect::<Vec<_>>(), [1, 1]);
    let query = SeriesQuery {
        scopes: vec![Scope::Node],
        tenant: None,
        types: Types::Together,
        grain: Grain::Day,
        is_whole: false,
        from: Bucket(0),
        to: Bucket(i64::MAX),
        limit: 9,
    };
    let sums = it.series(DEFAULT, query).await.unwrap().unwrap();
    assert_eq!(sums.iter().map(|sum| sum.measures.count(Count::Delivered)).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn closing_does_not_wait_for_a_broken_disk() {
    let (it, conn, _) = open();
    let a = it.webhook("a").await;
    let owed = it.owe(event("x"), a).await;
    break_inserts(&conn, "attempts", "1");
    let failing = async {
        while it.ping().await.is_ok() {
            tokio::task::yield_now().await;
        }
        it.close().await;
    };
    tokio::join!(it.settle(delivered(&owed, NOON)), failing);
    mend(&conn);
    let it = it.reopen().await;
    assert_eq!(it.status(owed.id).await, DeliveryStatus::Pending, "it is sent again");
}

#[tokio::test]
async fn retention_forgets_ids_and_gives_pages_back() {
    let (it, conn, path) = open();
    let data = format!("\"{}\"", "x".repeat(4000));
    for batch in 0..20 {
        let events = (0..100).map(|n| event("x").data(&data).id(&format!("{batch}-{n}")));
        it.publish(events.collect(), &[]).await;
    }
    let it = it.reopen().await;
    let size = || std::fs::metadata(&path).unwrap().len();
    let full = size();
    it.wait(2 * DAY);
    let ids = || conn.query_row("SELECT count(*) FROM dedup", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(ids(), 2000);
    let mut slices = 0;
    while it.delete_finished(NOON, 100).await.unwrap() {
        slices += 1;
    }
    assert_eq!((ids(), slices), (0, 20), "ids go although every event stays");
    while it.delete_finished(it.clock.now(), 100).await.unwrap() {}
    drop(conn);
    let _it = it.reopen().await;
    assert!(size() < full / 2, "{} of {full} bytes are left", size());
}

#[tokio::test]
async fn an_attempt_goes_with_the_last_of_its_batch() {
    let (it, conn, _) = open();
    let a = it.webhook("a").await;
    let owed = [it.owe(event("x"), a).await, it.owe(event("x"), a).await];
    it.settle(Settlement { owed: owed.to_vec(), ..given_up(&owed[0], NOON) }).await;
    let attempts = || conn.query_row("SELECT count(*) FROM attempts", [], |row| row.get::<_, i64>(0)).unwrap();
    it.retry(DEFAULT, owed[1].id, TESTER).await.unwrap();
    it.wait(DAY);
    while it.delete_finished(it.clock.now(), 100).await.unwrap() {}
    assert_eq!(attempts(), 1, "one of them is owed again");
    it.cancel(DEFAULT, owed[1].id, TESTER).await.unwrap();
    it.wait(DAY);
    while it.delete_finished(it.clock.now(), 100).await.unwrap() {}
    assert_eq!(attempts(), 0);
}

#[tokio::test]
async fn nothing_is_taken_in_while_the_file_is_not_the_one_that_was_opened() {
    let (it, _, path) = open();
    let a = it.webhook("a").await;
    let mut job = Inspection::new(it.store.clone());
    job.run(NOON).await.unwrap();
    let append = || it.append(Append { tenant: DEFAULT, events: vec![(event("x"), vec![a])] });
    let aside = path.with_extension("aside");
    std::fs::rename(&path, &aside).unwrap();
    std::fs::copy(&aside, &path).unwrap();
    assert!(job.run(NOON).await.unwrap_err().contains("deleted or replaced"));
    assert!(matches!(append().await, Err(StoreError::Gone(_))));
    std::fs::rename(&aside, &path).unwrap();
    job.run(NOON).await.unwrap();
    append().await.unwrap();
}

#[tokio::test]
async fn a_closed_file_has_no_log_beside_it() {
    let (it, conn, path) = open();
    drop(conn);
    it.owe(event("x"), it.webhook("a").await).await;
    it.close().await;
    let log = path.with_extension("db-wal");
    assert!(!log.exists() || std::fs::metadata(log).unwrap().len() == 0);
}

#[tokio::test]
async fn an_attempt_is_of_its_webhook_and_says_whether_a_person_asked_for_it() {
    let (it, conn, _) = open();
    let a = it.webhook("a").await;
    let owed = it.owe(event("x"), a).await;
    it.settle(retried(&owed, NOON, NOON + DAY)).await;
    it.retry(DEFAULT, owed.id, TESTER).await.unwrap();
    for _ in 0..2 {
        let waiting = it.waiting(a).await.remove(0);
        it.settle(retried(&waiting, NOON, NOON + DAY)).await;
    }
    let mut attempts = conn.prepare("SELECT webhook, triggered_by FROM attempts ORDER BY id").unwrap();
    let rows = attempts.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<u8>>(1)?))).unwrap();
    let (webhooks, triggers): (Vec<i64>, Vec<Option<u8>>) = rows.map(Result::unwrap).unzip();
    assert_eq!(webhooks, [i64::from_be_bytes(a.0.to_bytes()); 3]);
    assert_eq!(triggers, [None, Some(1), None], "asked for once, it goes back to its schedule");
}

#[tokio::test]
async fn a_webhook_that_this_version_cannot_read_is_there_for_one_that_can() {
    let folder = tempfile::tempdir().unwrap();
    let (path, master_key, clock) = (folder.path().join("lanehook.db"), fresh_master_key(), Clock::manual(NOON));
    let open_as = |reader| SqliteStore::open_as(reader, &path, &master_key, clock.clone()).unwrap();
    let today = SqliteStore::open(&path, &master_key, clock.clone()).unwrap();
    let made = today.create_webhook(webhook("a"), TESTER).await.unwrap();
    let append = Append { tenant: DEFAULT, events: vec![(event("x"), vec![made.key])] };
    today.append(append).await.unwrap();
    today.close().await;
    drop(today);

    // As if today's version were of the future.
    let older = open_as(0);
    let set_aside = older.set_aside();
    assert_eq!((set_aside.len(), set_aside[0].key, &set_aside[0].id), (1, made.key, &made.id));
    assert!(set_aside[0].reason.contains("newer version"), "{}", set_aside[0].reason);
    assert!(older.webhooks().get(made.key).is_none() && older.backlogs().await.unwrap().is_empty());
    assert_eq!(older.cancel_owed(made.key, 10).await.unwrap(), 0, "what it is owed is not given up");
    older.close().await;
    drop(older);

    let newer = open_as(stored::VERSION);
    assert_eq!(newer.set_aside(), []);
    assert_eq!(newer.webhooks().get(made.key).unwrap().settings, made.settings);
    assert!(newer.backlogs().await.unwrap().iter().any(|backlog| backlog.webhook == made.key && backlog.pending));
}

#[tokio::test]
async fn a_deleted_webhook_is_forgotten_with_the_last_of_its_deliveries() {
    let (it, conn, _) = open();
    let keys = |sql: &str| {
        let mut statement = conn.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, i64>(0)).unwrap();
        rows.map(|key| Serial::nth(key.unwrap())).collect::<Vec<Serial>>()
    };
    let rows =
        || (keys("SELECT key FROM webhooks ORDER BY key"), keys("SELECT webhook FROM counters ORDER BY webhook"));
    let (with_history, owed, active) = (it.webhook("a").await, it.webhook("b").await, it.webhook("c").await);
    let done = it.owe(event("x"), with_history).await;
    it.settle(delivered(&done, NOON)).await;
    it.owe(event("x"), owed).await;
    let without: Vec<_> = [it.webhook("d").await, it.webhook("e").await, it.webhook("f").await].into();
    for key in [with_history, owed].iter().chain(&without) {
        it.delete_webhook(*key, None, TESTER).await.unwrap();
    }
    let prune = async |before| while it.delete_finished(before, 1).await.unwrap() {};
    prune(NOON).await;
    assert_eq!(rows().0.len(), 6, "what is on its way to one just deleted may still come");
    it.wait(HOUR);
    prune(NOON).await;
    assert_eq!(rows(), (vec![with_history.0, owed.0, active.0], vec![with_history.0]));
    assert_eq!(it.shown(done.id).await.webhook_id.as_str(), "a", "its history is told under its name");
    it.wait(DAY);
    prune(NOON + HOUR).await;
    assert_eq!(rows(), (vec![owed.0, active.0], vec![]), "what is owed is not finished");
    while it.cancel_owed(owed, 10).await.unwrap() > 0 {}
    it.wait(DAY);
    prune(it.clock.now()).await;
    assert_eq!(rows(), (vec![active.0], vec![]));
}
