//! The audit trail: what a change leaves, and what of a trail that somebody has laid hands on is found out.

use std::time::Duration;

use lanehook::{
    model::{
        Actor, ApiKeyId, AuditId, Serial, TenantSettings,
        audit::{AuditAction, AuditDraft, AuditEntry, AuditLine, hash, hex},
    },
    store::{
        AuditQuery,
        seal::{MasterKey, Sealer},
        sqlite::check_audit,
    },
    webhook::Webhook,
};
use rusqlite::Connection;

use super::{
    access::{api_key, id},
    backend::{Fixture, Sqlite},
};
use crate::support::{DAY, DEFAULT, event, webhook};

/// Oldest first.
async fn lines(it: &Fixture) -> Vec<AuditLine> {
    let query = AuditQuery { limit: 1_000, oldest: true, ..AuditQuery::default() };
    let mut lines = it.audit_lines(query).await.unwrap();
    lines.reverse();
    lines
}

fn entries(lines: &[AuditLine]) -> Vec<AuditEntry> {
    lines.iter().map(|line| line.entry().unwrap()).collect()
}

pub async fn a_change_leaves_a_line_with_the_hash_of_the_one_before(it: Fixture) {
    let by = &Actor::key(ApiKeyId(Serial::nth(77))).at("192.0.2.7".parse().ok());
    let acme = it.create_tenant(id("acme"), "Acme".into(), by).await.unwrap();
    it.update_tenant(acme.key, 1, "Acme Ltd.".into(), TenantSettings::default(), by).await.unwrap();
    let made = it.create_webhook(webhook("a"), by).await.unwrap();
    let mut changed = Webhook::clone(&made);
    changed.settings.starred = true;
    it.update_webhook(changed, 1, by).await.unwrap();
    it.delete_webhook(made.key, Some(2), by).await.unwrap();
    it.delete_tenant(acme.key, None, by).await.unwrap();

    let lines = lines(&it).await;
    let told = entries(&lines);
    let what: Vec<(&str, &str)> = told.iter().map(|line| (line.action.as_str(), line.subject.id.as_str())).collect();
    let expected = [
        ("tenant.created", "acme"),
        ("tenant.changed", "acme"),
        ("webhook.created", "a"),
        ("webhook.changed", "a"),
        ("webhook.deleted", "a"),
        ("tenant.deleted", "acme"),
    ];
    assert_eq!(what, expected);
    let sides =
        |line: &AuditEntry| [&line.before, &line.after].map(|side| side.as_ref().map(|side| side.get().to_owned()));
    let json = |text: &str| Some(text.to_owned());
    assert_eq!(sides(&told[1]), [json(r#"{"name":"Acme"}"#), json(r#"{"name":"Acme Ltd."}"#)]);
    assert_eq!(sides(&told[3]), [json(r#"{"starred":false}"#), json(r#"{"starred":true}"#)]);
    assert!(sides(&told[4])[0].as_ref().is_some_and(|before| before.contains("receiver.example")), "{told:?}");
    assert!(told.iter().all(|line| line.actor.id == by_text(by) && line.address == by.address), "{told:?}");
    assert_eq!(told[0].previous, "0".repeat(64));
    for pair in lines.windows(2) {
        assert_eq!(pair[1].entry().unwrap().previous, hex(&hash(&pair[0].text)));
    }
}

fn by_text(by: &Actor) -> Option<String> {
    by.to_string().split(' ').next().map(str::to_owned)
}

pub async fn a_line_goes_with_its_change_through_a_crash_and_without_it_is_none(it: Fixture) {
    let by = &Actor::system("test");
    let made = it.create_webhook(webhook("a"), by).await.unwrap();
    it.create_webhook(webhook("a"), by).await.unwrap_err();
    it.delete_webhook(made.key, Some(7), by).await.unwrap_err();
    let it = it.crash();
    let told = entries(&lines(&it).await);
    assert_eq!(told.iter().map(|line| line.action.as_str()).collect::<Vec<_>>(), ["webhook.created"]);
    assert!(it.webhooks().get(made.key).is_some());
}

pub async fn publishing_leaves_no_line(it: Fixture) {
    let a = it.webhook("a").await;
    let before = lines(&it).await.len();
    for _ in 0..3 {
        it.owe(event("x"), a).await;
    }
    assert_eq!(lines(&it).await.len(), before);
}

pub async fn lines_are_found_by_what_they_tell(it: Fixture) {
    let (one, other) = (ApiKeyId(Serial::nth(77)), ApiKeyId(Serial::nth(78)));
    let acme = it.create_tenant(id("acme"), "Acme".into(), &Actor::key(one)).await.unwrap();
    let a = it.create_webhook(webhook("a"), &Actor::key(other)).await.unwrap();
    it.clock.advance(Duration::from_secs(60));
    let minute = it.clock.now();
    let draft = AuditDraft::new(AuditAction::WebhookSecretRead, "a", Some(DEFAULT)).of_webhook(a.key);
    it.tell(draft, &Actor::key(one)).await.unwrap();
    let key = it.create_api_key(api_key(1), &Actor::key(other)).await.unwrap();

    let all = AuditQuery { limit: 10, ..AuditQuery::default() };
    let found = async |query: AuditQuery| {
        let counted = it.count_audit_lines(query.clone()).await.unwrap();
        let lines = it.audit_lines(query).await.unwrap();
        assert_eq!((counted.count as usize, counted.is_capped), (lines.len(), false));
        entries(&lines).into_iter().map(|line| line.action).collect::<Vec<_>>()
    };
    let (made, read, keyed) = ("webhook.created", "webhook.secret_read", "api_key.created");
    assert_eq!(found(all.clone()).await, [keyed, read, made, "tenant.created"]);
    assert_eq!(found(AuditQuery { tenant: Some(DEFAULT), ..all.clone() }).await, [read, made]);
    assert_eq!(found(AuditQuery { tenant: Some(acme.key), ..all.clone() }).await, ["tenant.created"]);
    assert_eq!(found(AuditQuery { webhook: Some(a.key), ..all.clone() }).await, [read, made]);
    assert_eq!(found(AuditQuery { subject: Some(key.id.to_string()), ..all.clone() }).await, [keyed]);
    assert_eq!(found(AuditQuery { actor: Some(one.to_string()), ..all.clone() }).await, [read, "tenant.created"]);
    let actions = vec![AuditAction::WebhookCreated, AuditAction::ApiKeyCreated];
    assert_eq!(found(AuditQuery { actions, ..all.clone() }).await, [keyed, made]);
    assert_eq!(found(AuditQuery { from: Some(minute), ..all.clone() }).await, [keyed, read]);
    assert_eq!(found(AuditQuery { to: Some(minute), ..all.clone() }).await, [made, "tenant.created"]);
    let (tenant, subject) = (Some(acme.key), Some("a".to_owned()));
    assert_eq!(found(AuditQuery { tenant, subject, ..all }).await, Vec::<String>::new());
}

/// A store with a trail of six lines, and a second connection to its file.
async fn with_trail() -> (Fixture, Connection) {
    let backend = Sqlite::new();
    let path = backend.path();
    let it = Fixture::new(backend);
    for name in ["a", "b", "c", "d", "e", "f"] {
        it.create_webhook(webhook(name), &Actor::system("test")).await.unwrap();
        it.clock.advance(DAY);
    }
    (it, Connection::open(&path).unwrap())
}

/// What the check says after somebody has laid hands on the file.
async fn after(tampering: impl FnOnce(&Connection, &Key)) -> Vec<String> {
    let (it, conn) = with_trail().await;
    let untouched = check_audit(&conn, &it.master_key).unwrap();
    assert_eq!((untouched.lines, untouched.flaws), (6, Vec::new()));
    conn.execute_batch("CREATE TEMP TABLE ids AS SELECT row_number() OVER (ORDER BY id) AS n, id FROM audit").unwrap();
    tampering(&conn, &Key::of(&conn, &it.master_key));
    check_audit(&conn, &it.master_key).unwrap().flaws.iter().map(ToString::to_string).collect()
}

async fn after_sql(tampering: &str) -> Vec<String> {
    after(|conn, _| conn.execute_batch(tampering).unwrap()).await
}

/// The id of the line with this number, in a statement.
fn nth(number: u8) -> String {
    format!("(SELECT id FROM ids WHERE n = {number})")
}

/// Of somebody who has the master key, too, and so can write lines that open.
struct Key(Sealer);

impl Key {
    fn of(conn: &Connection, master_key: &MasterKey) -> Key {
        let find = "SELECT value FROM meta WHERE name = 'data key'";
        let wrapped: Vec<u8> = conn.query_row(find, [], |row| row.get(0)).unwrap();
        Key(master_key.open_data_key(&wrapped).unwrap())
    }

    fn place(id: i64) -> String {
        format!("audit {}", AuditId(Serial::nth(id)))
    }

    fn read(&self, conn: &Connection, number: u8) -> (i64, String) {
        let find = format!("SELECT id, line FROM audit WHERE id = {}", nth(number));
        let (id, line): (i64, Vec<u8>) = conn.query_row(&find, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        (id, String::from_utf8(self.0.open(&Key::place(id), &line).unwrap().to_vec()).unwrap())
    }

    fn write(&self, conn: &Connection, id: i64, text: &str) {
        let line = self.0.seal(&Key::place(id), text.as_bytes());
        conn.execute("UPDATE audit SET line = ?2 WHERE id = ?1", rusqlite::params![id, line]).unwrap();
    }
}

#[tokio::test]
async fn a_chain_breaks_when_a_line_is_altered() {
    let by_key = |number: u8| {
        after(move |conn, key| {
            let (id, text) = key.read(conn, number);
            key.write(conn, id, &text.replace("receiver.example", "other.example"));
        })
    };
    let (of_one, of_last) = (by_key(3).await, by_key(6).await);
    assert!(of_one.len() == 1 && of_one[0].contains("altered"), "{of_one:?}");
    assert!(of_last.len() == 1 && of_last[0].contains("altered"), "{of_last:?}");
    let without_key = after_sql(&format!("UPDATE audit SET line = zeroblob(100) WHERE id = {}", nth(3))).await;
    assert!(without_key.len() == 1 && without_key[0].contains("does not open"), "{without_key:?}");
    let column = after_sql(&format!("UPDATE audit SET action = 'webhook.deleted' WHERE id = {}", nth(3))).await;
    assert!(column.len() == 1 && column[0].contains("columns"), "{column:?}");
}

#[tokio::test]
async fn a_chain_breaks_when_a_line_is_removed_wherever_it_was() {
    for number in [1, 3, 6] {
        let flaws = after_sql(&format!("DELETE FROM audit WHERE id = {}", nth(number))).await;
        assert!(flaws.iter().any(|flaw| flaw.contains("removed")), "{number}: {flaws:?}");
    }
    let all = after_sql("DELETE FROM audit").await;
    assert_eq!(all.len(), 2, "{all:?}");
    let with_its_head = after_sql("DELETE FROM audit_chains").await;
    assert!(with_its_head[0].contains("no chain"), "{with_its_head:?}");
}

#[tokio::test]
async fn a_chain_breaks_when_lines_change_places_or_one_is_put_in() {
    let by_key = after(|conn, key| {
        let ((two, second), (three, third)) = (key.read(conn, 2), key.read(conn, 3));
        key.write(conn, two, &third);
        key.write(conn, three, &second);
    });
    let by_key = by_key.await;
    assert!(by_key.len() >= 3 && by_key.iter().any(|flaw| flaw.contains("put elsewhere")), "{by_key:?}");
    let swap = format!(
        "CREATE TEMP TABLE was AS SELECT * FROM audit;
         UPDATE audit SET line = (SELECT line FROM was WHERE id = {three}) WHERE id = {two};
         UPDATE audit SET line = (SELECT line FROM was WHERE id = {two}) WHERE id = {three};",
        two = nth(2),
        three = nth(3)
    );
    let without_key = after_sql(&swap).await;
    assert!(without_key.len() == 2 && without_key[0].contains("does not open"), "{without_key:?}");
    let put_in =
        "INSERT INTO audit SELECT id + 1, tenant, webhook, actor, behind, action, subject, line FROM audit LIMIT 1";
    let flaws = after_sql(put_in).await;
    assert!(flaws.iter().any(|flaw| flaw.contains("put in")), "{flaws:?}");
}

#[tokio::test]
async fn retention_cuts_the_old_end_and_the_chain_holds_on_to_it() {
    let (it, conn) = with_trail().await;
    let before = it.clock.now() - 3 * DAY - DAY / 2;
    assert!(it.delete_audit_lines(before, 2).await.unwrap(), "there is more");
    assert!(!it.delete_audit_lines(before, 2).await.unwrap());
    let report = check_audit(&conn, &it.master_key).unwrap();
    assert_eq!((report.lines, report.flaws), (3, Vec::new()));
    it.create_webhook(webhook("g"), &Actor::system("test")).await.unwrap();
    assert_eq!(check_audit(&conn, &it.master_key).unwrap().flaws, []);
    conn.execute_batch("DELETE FROM audit WHERE id = (SELECT min(id) FROM audit)").unwrap();
    assert!(!check_audit(&conn, &it.master_key).unwrap().flaws.is_empty(), "that was not retention");
    assert!(!it.delete_audit_lines(it.clock.now() + DAY, 100).await.unwrap());
    let (_, after) = (it.create_webhook(webhook("h"), &Actor::system("test")).await.unwrap(), lines(&it).await);
    assert_eq!(after.len(), 1, "all others were cut");
}
