//! `lanehook check`: each kind of damage that it claims to find is planted in a real folder and found, and what it says that it mends is
//! mended.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use lanehook::{
    clock::Clock,
    store::{
        seal::MasterKey,
        sqlite::{Checked, Original, SqliteStore, check, repair},
    },
};
use reqwest::Method;
use rusqlite::Connection;
use serde_json::json;

use crate::{
    client::Client,
    process::{Process, lanehook, run},
    receiver::{Receiver, status},
    server::TestServer,
    support::NOON,
};

/// A data folder in which there is something of everything.
struct Folder(tempfile::TempDir);

impl Folder {
    async fn with_everything() -> Folder {
        let folder = tempfile::tempdir().unwrap();
        let receiver = Receiver::start().await;
        let server = TestServer::start().await;
        server.webhook_named("well", &receiver.url("/well"), json!({})).await;
        let retry = json!({"schedule": ["5s", "5s"]});
        receiver.usually(status(200));
        let event = server.publish().await;
        server.delivery_in(&event, "delivered").await;
        server.delete("/webhooks/well").await;
        receiver.usually(status(500));
        server.webhook_named("ill", &receiver.url("/ill"), json!({"retry": retry})).await;
        let failing = server.publish_event(json!({"type": "test.event", "metadata": {"a": 1}, "data": {"n": 2}})).await;
        server.delivery_after(&failing, 1).await;
        for attempts in [2, 3] {
            server.advance(Duration::from_secs(7));
            let tried = |delivery: &serde_json::Value| delivery["attempt_count"].as_u64() >= Some(attempts);
            server.delivery_when(&failing, "tried again", tried).await;
        }
        let failed = server.delivery_in(&failing, "failed").await["id"].as_str().unwrap().to_owned();
        receiver.usually(status(200));
        server.post(&format!("/deliveries/{failed}/replay"), json!({})).await.expect(202);
        server.idle().await;
        server.change("ill", json!({"status": "paused"})).await;
        server.publish_many(5).await;
        let put = async |path: &str, body| {
            server.try_call(Method::PUT, path, Some(&body)).await.unwrap().expect(201);
        };
        put("/saved-events/one", json!({"type": "test.event", "data": {}})).await;
        put("/reports/week", json!({"granularity": "day", "last": "7d"})).await;
        put("/event-types/test.event", json!({"versions": [{"version": 1, "schema": {}}]})).await;
        // So that some of the statistics are in the sums, and some are not.
        server.advance(Duration::from_secs(120));
        server.settle().await;
        server.publish().await;
        let target = folder.path().to_owned();
        server
            .restart_after(|config| {
                for file in ["lanehook.db", "master.key"] {
                    fs::copy(config.data.join(file), target.join(file)).unwrap();
                }
            })
            .await;
        Folder(folder)
    }

    fn copy(&self) -> Folder {
        let copy = tempfile::tempdir().unwrap();
        for file in ["lanehook.db", "master.key"] {
            fs::copy(self.0.path().join(file), copy.path().join(file)).unwrap();
        }
        Folder(copy)
    }

    fn database(&self) -> PathBuf {
        self.0.path().join("lanehook.db")
    }

    fn key(&self) -> MasterKey {
        MasterKey::load(&self.0.path().join("master.key")).unwrap()
    }

    fn execute(&self, sql: &str) {
        let conn = Connection::open(self.database()).unwrap();
        conn.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    fn check(&self) -> Checked {
        check(&Original::Served(&self.database()), &self.key(), |_| ()).unwrap()
    }

    fn repair(&self) -> (Checked, Checked) {
        repair(&self.database(), &self.key(), NOON, |_| ()).unwrap()
    }
}

fn what(checked: &Checked) -> Vec<&str> {
    checked.findings.iter().map(|finding| finding.what).collect()
}

/// What is planted, what is said of it, and whether it can be mended.
const DAMAGE: &[(&str, &str, bool)] = &[
    ("UPDATE deliveries SET event = 7 WHERE id = (SELECT min(id) FROM deliveries WHERE status = 0)", "owed and whose event is gone", false),
    (
        "DELETE FROM events WHERE key IN (SELECT event FROM deliveries WHERE status = 2);
         UPDATE kept_events SET bytes = (SELECT coalesce(sum(length(data) + coalesce(length(CAST(metadata AS BLOB)), 0) + 256 * (1 + fan_out)), 0)
             FROM events WHERE tenant = kept_events.tenant) + 256 * (SELECT count(*) FROM deliveries d
             WHERE d.tenant = kept_events.tenant AND (coalesce(repeats, replay) IS NOT NULL OR test = 2))
             + (SELECT coalesce(sum(bytes), 0) FROM saved s WHERE s.tenant = kept_events.tenant)",
        "have ended and whose event is gone",
        false,
    ),
    ("UPDATE deliveries SET webhook = 7 WHERE status = 0", "owed to a webhook of which there is no row", true),
    ("UPDATE deliveries SET status = 1, due_at = NULL WHERE status = 0", "wait for a retry without a time", true),
    ("UPDATE deliveries SET finished_at = NULL WHERE status = 2", "have ended without a time", true),
    ("DELETE FROM attempts WHERE number = 3", "whose last attempt is missing", false),
    ("DELETE FROM attempts WHERE number = 2", "whose chain is broken", false),
    ("UPDATE attempts SET previous = NULL WHERE number = 2", "whose chain is broken", false),
    ("INSERT INTO fan_outs VALUES (1, 7, 1, 0, x'0100')", "lists of what is owed whose event is gone", true),
    ("INSERT INTO fan_outs SELECT 1, key, 1, 1, x'01ff' FROM events LIMIT 1", "lists of what is owed that cannot be read", false),
    ("INSERT INTO fan_outs SELECT 1, key, 1, 5, x'0100' FROM events LIMIT 1", "lists of what is owed that are counted wrongly", true),
    ("INSERT INTO counters (webhook, delivered, failed, consecutive_failures) VALUES (7, 1, 1, 0)", "counters without their webhook", true),
    ("UPDATE counters SET failed = 0", "counters are less than their deliveries", true),
    ("DELETE FROM counters", "counters are less than their deliveries", true),
    ("UPDATE kept_events SET bytes = bytes + 1", "bytes of events are counted wrongly", true),
    ("DELETE FROM kept_events", "bytes of events are counted wrongly", true),
    ("UPDATE meta SET value = zeroblob(73) WHERE name = 'data key'", "does not open what is sealed", false),
    ("UPDATE audit SET subject = 'another'", "lines of the audit trail that are not as they were written", false),
    ("DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)", "lines of the audit trail that are not as they were written", false),
    ("UPDATE webhooks SET sealed = zeroblob(90) WHERE deleted_at IS NULL", "webhooks whose settings do not open", false),
    ("UPDATE attempts SET sealed = zeroblob(90)", "attempts whose request does not open", false),
    ("UPDATE tenants SET settings = 'no document' WHERE key = 1", "tenants whose settings cannot be read", false),
    ("UPDATE event_types SET document = 'no document'", "event types that cannot be read", false),
    ("UPDATE saved SET document = 'no document' WHERE kind = 0", "saved events that cannot be read", false),
    ("UPDATE saved SET document = 'no document' WHERE kind = 1", "reports that cannot be read", false),
    (
        "INSERT INTO saved SELECT 1, 2, '', 0, 0, 1, 'no document'; UPDATE kept_events SET bytes = bytes + 1 WHERE tenant = 1",
        "themes of portals that cannot be read",
        false,
    ),
    (
        "INSERT INTO replays (id, tenant, state, plan, place, upto, expected, may_be_more, done, skipped)
         VALUES (1, 1, 0, 'no document', 0, 0, 0, 0, 0, 0)",
        "replays that cannot be read",
        false,
    ),
    ("UPDATE tallies SET counts = x'01ff'", "moments of the statistics that cannot be read", true),
    ("UPDATE rollups SET measures = x'01ff' WHERE grain = 1", "sums of the statistics that cannot be read", true),
    ("DELETE FROM rollups WHERE grain = 2", "sums of the statistics that are less than what they are made of", true),
    ("DELETE FROM rollups WHERE scope = 0", "hours of the statistics that count less than there is", true),
    ("DELETE FROM rollups WHERE scope = 1", "hours of the statistics that count less than there is", true),
];

#[tokio::test]
async fn each_kind_of_damage_is_found_and_what_can_be_mended_is() {
    let folder = Folder::with_everything().await;
    let well = folder.check();
    assert_eq!((what(&well), well.left_out.as_deref()), (vec![], None), "{:?}", well.findings);
    let names: Vec<&str> = well.sizes.iter().map(|size| size.name.as_str()).collect();
    assert!(["events", "deliveries", "attempts"].iter().all(|table| names.contains(table)), "{names:?}");

    for &(sql, said, is_mended) in DAMAGE {
        let folder = folder.copy();
        folder.execute(sql);
        let checked = folder.check();
        let found = checked.findings.iter().find(|finding| finding.what.contains(said));
        let found = found.unwrap_or_else(|| panic!("{sql}: {:?}", checked.findings));
        assert!(found.count > 0 && !found.examples.is_empty() && found.can_be_mended == is_mended, "{sql}: {found:?}");
        let (before, after) = folder.repair();
        assert_eq!(what(&before), what(&checked), "{sql}");
        let is_left = after.findings.iter().any(|finding| finding.what.contains(said));
        assert_eq!(is_left, !is_mended, "{sql}: {:?}", after.findings);
        assert!(after.findings.iter().all(|finding| !finding.can_be_mended), "{sql}: {:?}", after.findings);
        if is_mended {
            SqliteStore::open(&folder.database(), &folder.key(), Clock::manual(NOON)).unwrap();
        }
    }
}

#[tokio::test]
async fn an_index_that_does_not_agree_with_its_rows_is_found_and_made_anew() {
    let folder = Folder::with_everything().await;
    // A row changes while SQLite does not know the index.
    folder.execute(
        "PRAGMA writable_schema = ON;
         CREATE TABLE aside AS SELECT * FROM sqlite_master WHERE name = 'deliveries_by_event';
         DELETE FROM sqlite_master WHERE name = 'deliveries_by_event';",
    );
    folder.execute("UPDATE deliveries SET event = event WHERE id > 0; DELETE FROM deliveries WHERE status = 0");
    folder.execute("PRAGMA writable_schema = ON; INSERT INTO sqlite_master SELECT * FROM aside;");
    folder.execute("DROP TABLE aside");
    let checked = folder.check();
    assert_eq!(checked.findings[0].what, "entries of indexes that do not agree with their rows", "{checked:?}");
    let (_, after) = folder.repair();
    assert!(!what(&after).contains(&"entries of indexes that do not agree with their rows"), "{after:?}");
}

#[tokio::test]
async fn damage_to_the_file_itself_is_found_and_said_to_be_past_mending() {
    let folder = Folder::with_everything().await;
    let conn = Connection::open(folder.database()).unwrap();
    let root = "SELECT rootpage FROM sqlite_master WHERE name = 'deliveries'";
    let root: u64 = conn.query_row(root, [], |row| row.get::<_, i64>(0)).unwrap().unsigned_abs();
    drop(conn);
    let file = File::options().write(true).open(folder.database()).unwrap();
    let pages = file.metadata().unwrap().len() / 8192;
    file.write_all_at(&vec![0xa5; 8192], (root - 1) * 8192).unwrap();
    let checked = folder.check();
    assert_eq!(what(&checked)[0], "places of the file that are damaged");
    assert!(!checked.is_fit() && checked.left_out.is_some());
    file.set_len((pages - 1) * 8192).unwrap();
    let cut = check(&Original::Served(&folder.database()), &folder.key(), |_| ()).unwrap_err().to_string();
    assert!(cut.contains("cut short"), "{cut}");
}

async fn checked(data: &Path, args: &[&str]) -> (bool, String, String) {
    let data = ["check", "--data", data.to_str().unwrap()];
    let (status, out, err) = run(&mut lanehook(&[&data[..], args].concat())).await;
    (status.success(), out, err)
}

#[tokio::test]
async fn the_command_says_what_is_wrong_and_mends_it_only_while_nobody_serves() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::serve(data.path()).await;
    let client: &Client = &process.client;
    client.webhook("http://127.0.0.1:9999/", json!({"status": "paused"})).await;
    client.publish_many(3).await;
    let (is_well, out, err) = checked(data.path(), &[]).await;
    assert!(is_well && out.contains("All is as it must be.") && out.contains("deliveries"), "{out}{err}");
    let (mended, _, err) = checked(data.path(), &["--repair"]).await;
    assert!(!mended && err.contains("another lanehook"), "{err}");
    assert!(process.terminate().await.success());

    let conn = Connection::open(data.path().join("lanehook.db")).unwrap();
    conn.execute_batch("UPDATE deliveries SET status = 1; UPDATE kept_events SET bytes = 1").unwrap();
    drop(conn);
    let (is_well, out, err) = checked(data.path(), &[]).await;
    assert!(!is_well && err.contains("2 things are not as they must be"), "{out}{err}");
    for part in
        ["wrong: 3 deliveries that wait for a retry without a time (dlv_", "never tried again", "--repair` mends it"]
    {
        assert!(out.contains(part), "{part}: {out}");
    }
    let (is_well, out, err) = checked(data.path(), &["--repair"]).await;
    assert!(is_well && out.contains("mended: 3 deliveries that wait for a retry without a time"), "{out}{err}");
    assert!(checked(data.path(), &[]).await.0);
    let process = Process::serve(data.path()).await;
    assert_eq!(process.client.deliveries("status=retrying").await.len(), 3);
    assert!(process.terminate().await.success());

    let (is_well, _, err) = checked(&data.path().join("elsewhere"), &[]).await;
    assert!(!is_well && err.contains("is no data folder"), "{err}");
}
