//! Rows that a newer program wrote: shown as far as they are known, left as they are, and in nobody's way.

use lanehook::{
    clock::Clock,
    model::{DeliveryStatus, FailureKind, WebhookId},
    store::{DeliveryQuery, StoreError, sqlite::SqliteStore},
};
use rusqlite::Connection;

use super::backend::{Fixture, Sqlite, fresh_master_key};
use crate::support::{DAY, DEFAULT, NOON, TESTER, delivered, event, retried};

fn open() -> (Fixture, Connection) {
    let backend = Sqlite::new();
    let conn = Connection::open(backend.path()).unwrap();
    (Fixture::new(backend), conn)
}

#[tokio::test]
async fn a_failure_of_an_unknown_kind_is_shown_with_its_name_and_its_delivery_goes_on() {
    let (it, conn) = open();
    let a = it.webhook("a").await;
    let owed = it.owe(event("x"), a).await;
    it.settle(retried(&owed, NOON, NOON)).await;
    conn.execute_batch(
        "UPDATE deliveries SET last_failure = 'quota'; UPDATE attempts SET failure = 'quota', message = 'it is used up'",
    )
    .unwrap();
    let (shown, attempts) = it.delivery(DEFAULT, owed.id).await.unwrap().unwrap();
    assert_eq!(shown.last_failure, Some(FailureKind::Unknown));
    let failure = attempts[0].outcome.result.clone().unwrap_err();
    assert_eq!((failure.kind, failure.message.as_str()), (FailureKind::Unknown, "`quota`: it is used up"));
    let listed = it.deliveries(DEFAULT, DeliveryQuery { limit: 10, ..DeliveryQuery::default() }).await.unwrap();
    assert_eq!(listed, [shown]);
    let again = it.waiting(a).await.remove(0);
    it.settle(delivered(&again, NOON)).await;
    let (shown, attempts) = it.delivery(DEFAULT, owed.id).await.unwrap().unwrap();
    assert_eq!((shown.status, attempts.len()), (DeliveryStatus::Delivered, 2));
    let kept: String =
        conn.query_row("SELECT failure FROM attempts ORDER BY id LIMIT 1", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, "quota", "the row keeps its text");
}

#[tokio::test]
async fn a_delivery_in_an_unknown_status_is_listed_and_left_alone() {
    let (it, conn) = open();
    let a = it.webhook("a").await;
    let (held, other) = (it.owe(event("x"), a).await, it.owe(event("x"), a).await);
    conn.execute("UPDATE deliveries SET status = 9 WHERE id = ?1", [i64::from_be_bytes(held.id.0.to_bytes())]).unwrap();
    assert_eq!(it.status(held.id).await, DeliveryStatus::Unknown);
    let listed = async |query: DeliveryQuery| {
        let found = it.deliveries(DEFAULT, DeliveryQuery { limit: 10, ..query }).await.unwrap();
        found.into_iter().map(|delivery| delivery.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(DeliveryQuery::default()).await, [other.id, held.id]);
    assert_eq!(
        listed(DeliveryQuery { webhook: WebhookId::parse("a").ok(), ..DeliveryQuery::default() }).await,
        [other.id, held.id]
    );
    let of_status = |status| DeliveryQuery { statuses: vec![status], ..DeliveryQuery::default() };
    let event = Some(held.event.to_string());
    let of_event = DeliveryQuery { event, ..of_status(DeliveryStatus::Unknown) };
    assert_eq!(listed(of_event).await, [held.id]);
    assert_eq!(listed(of_status(DeliveryStatus::Unknown)).await, [held.id]);
    assert_eq!(listed(of_status(DeliveryStatus::Pending)).await, [other.id]);

    assert_eq!(it.retry(DEFAULT, held.id, TESTER).await.unwrap().unwrap().status, DeliveryStatus::Unknown);
    assert_eq!(it.cancel(DEFAULT, held.id, TESTER).await.unwrap().unwrap().status, DeliveryStatus::Unknown);
    assert_eq!(it.waiting(a).await, [], "no lane loads it");
    it.settle(delivered(&other, NOON)).await;
    // What was under way when the status was written is recorded, and holds up nobody.
    it.settle(retried(&held, NOON, NOON + DAY)).await;
    assert_eq!(it.status(held.id).await, DeliveryStatus::Unknown);
    it.wait(40 * DAY);
    while it.delete_finished(it.clock.now() - DAY, 10).await.unwrap() {}
    assert_eq!(listed(DeliveryQuery::default()).await, [held.id], "what it waits for is not known, so it stays");
    assert_eq!(it.delivery(DEFAULT, held.id).await.unwrap().unwrap().1.len(), 1, "with its attempts");
}

#[tokio::test]
async fn a_folder_of_a_newer_program_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (path, master_key) = (folder.path().join("lanehook.db"), fresh_master_key());
    let open = || SqliteStore::open(&path, &master_key, Clock::manual(NOON));
    drop(open().unwrap());
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch(
        "INSERT INTO refinery_schema_history SELECT 9000, 'later', applied_on, checksum FROM refinery_schema_history
         WHERE version = 1",
    )
    .unwrap();
    let refused = |program: &str| {
        conn.execute("UPDATE meta SET value = ?1 WHERE name = 'program version'", [program]).unwrap();
        match open() {
            Err(StoreError::Corrupt(sentence)) => sentence,
            other => panic!("{:?}", other.err()),
        }
    };
    let sentence = refused("7.0.0");
    assert!(
        sentence.contains("lanehook.db was written by lanehook 7.0.0: its tables are of version 9000"),
        "{sentence}"
    );
    assert!(sentence.contains("Run that version or a later one") && sentence.contains("restore"), "{sentence}");
    assert!(refused(env!("CARGO_PKG_VERSION")).contains("written by a newer lanehook"));
    conn.execute("DELETE FROM refinery_schema_history WHERE version = 9000", []).unwrap();
    open().unwrap();
}
