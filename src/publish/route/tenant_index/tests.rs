//! What entering changes costs, and whom; who enters what is in the index's own tests.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    task::Poll,
};

use bytes::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::{
    clock::Clock,
    model::{Actor, EventType, NewEvent, TargetUrl, TenantId, Timestamp},
    publish::route::{Router, known::Known, matching::Matching},
    store::{Directory, NewWebhook, seal::MasterKey, sqlite::SqliteStore},
    webhook::{Facts, Secrets, WebhookSettings},
    work::Work,
};

const BY: &Actor = &Actor::system("test");

struct Fixture {
    store: Arc<SqliteStore>,
    known: Arc<Known>,
    noisy: TenantKey,
    quiet: TenantKey,
    _folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(Timestamp::from_millis(0));
        let master_key = MasterKey::load_or_create(&folder.path().join("master.key")).unwrap();
        let store = Arc::new(SqliteStore::open(&folder.path().join("test.db"), &master_key, clock.clone()).unwrap());
        let tenant =
            async |id: &str| store.create_tenant(TenantId::parse(id).unwrap(), id.to_owned(), BY).await.unwrap().key;
        let (noisy, quiet) = (tenant("noisy").await, tenant("quiet").await);
        let known = Arc::new(Known::new(store.clone(), clock));
        Fixture { store, known, noisy, quiet, _folder: folder }
    }

    async fn webhook(&self, tenant: TenantKey, filter: Value) -> WebhookKey {
        let mut settings = settings();
        settings.filter = Some(serde_json::from_value(filter).unwrap());
        let new = NewWebhook { tenant, id: None, settings, secrets: Secrets::default(), disabled: None };
        self.store.create_webhook(new, BY).await.unwrap().key
    }

    /// A webhook that asks for this number and a thousand others.
    async fn dear_webhook(&self, tenant: TenantKey, number: i32) -> WebhookKey {
        let others = (1_000..1_999).map(|other| 10_000 * number + other);
        self.webhook(tenant, json!({"data": {"n": {"$in": others.chain([number]).collect::<Vec<_>>()}}})).await
    }

    fn matching(&self, tenant: TenantKey, number: i32) -> Matching {
        let data = Bytes::from(json!({"n": number}).to_string());
        Matching::new(self.known.clone(), tenant, vec![NewEvent::new(EventType::parse("a").unwrap(), data)])
    }

    /// Whom the event goes to, if that can be said without waiting.
    fn matched_in_place(&self, tenant: TenantKey, number: i32) -> Option<Vec<WebhookKey>> {
        match self.matching(tenant, number).go_on(&mut Slice::in_place()) {
            Poll::Ready(routed) => Some(routed.unwrap().remove(0).1),
            Poll::Pending => None,
        }
    }
}

fn settings() -> WebhookSettings {
    WebhookSettings::new(TargetUrl::parse("https://receiver.example/").unwrap())
}

impl TenantIndex {
    fn revision(&self) -> u64 {
        self.entered.read().unwrap().revision()
    }
}

#[tokio::test]
async fn what_a_tenant_has_changed_and_not_entered_costs_others_nothing() {
    let it = Fixture::new().await;
    let quiet = it.webhook(it.quiet, json!({"data": {"n": 1}})).await;
    for _ in 0..50 {
        it.dear_webhook(it.noisy, 1).await;
    }
    assert_eq!(it.matched_in_place(it.quiet, 1), Some(vec![quiet]));
    let noisy = it.known.of(it.noisy);
    assert!(noisy.revision() == 0 && noisy.is_behind(), "nothing of it was entered");
    let new = it.webhook(it.quiet, json!({"data": {"n": 1}})).await;
    // Nor while the other is entering.
    let entering = noisy.entered.write().unwrap();
    assert_eq!(it.matched_in_place(it.quiet, 1), Some(vec![quiet, new]), "it matches the very next event");
    drop(entering);
}

#[tokio::test]
async fn a_tenants_own_event_waits_until_its_changes_are_entered_slice_by_slice() {
    let it = Fixture::new().await;
    let mut webhooks = Vec::new();
    for _ in 0..20 {
        webhooks.push(it.dear_webhook(it.noisy, 7).await);
    }
    let index = it.known.of(it.noisy);
    let mut matching = it.matching(it.noisy, 7);
    assert!(matching.go_on(&mut Slice::in_place()).is_pending());
    assert_eq!(index.revision(), 0, "what is dear is not begun where others wait");
    let mut reached = vec![0];
    let routed = loop {
        match matching.go_on(&mut Slice::turn()) {
            Poll::Ready(routed) => break routed.unwrap(),
            Poll::Pending => reached.push(index.revision()),
        }
        assert!(index.read(&Slice::in_place()).is_some(), "between two slices nobody holds it");
    };
    assert_eq!(routed[0].1, webhooks);
    assert!(reached.len() > 2 && reached.is_sorted_by(|a, b| a < b), "each slice entered some: {reached:?}");
    assert_eq!(it.matched_in_place(it.noisy, 7), Some(webhooks));
}

#[tokio::test]
async fn nobody_waits_in_place_for_a_change_to_be_entered() {
    let it = Fixture::new().await;
    let webhook = it.webhook(it.quiet, json!({"data": {"n": 1}})).await;
    let index = it.known.of(it.quiet);
    let entering = index.entered.write().unwrap();
    assert_eq!(it.matched_in_place(it.quiet, 1), None, "and it does not hang");
    drop(entering);
    assert_eq!(it.matched_in_place(it.quiet, 1), Some(vec![webhook]));
}

#[tokio::test]
async fn what_one_tenant_deletes_changes_no_other_index_and_its_own_finds_all_that_is_gone() {
    let it = Fixture::new().await;
    let quiet = it.webhook(it.quiet, json!({"data": {"n": 1}})).await;
    let mut webhooks = Vec::new();
    for _ in 0..300 {
        webhooks.push(it.webhook(it.noisy, json!({"data": {"n": 1}})).await);
    }
    let (noisy, others) = (it.known.of(it.noisy), it.known.of(it.quiet));
    for index in [&noisy, &others] {
        while !index.catch_up(index.committed(), &mut Slice::turn()) {}
    }
    let before = others.revision();
    let left = webhooks.split_off(295);
    for webhook in webhooks {
        it.store.delete_webhook(webhook, None, BY).await.unwrap();
    }
    assert!(!others.is_behind() && others.revision() == before);
    assert_eq!(it.matched_in_place(it.quiet, 1), Some(vec![quiet]));

    assert_eq!(
        it.store.webhooks().changes_of(it.noisy),
        105,
        "five are there, and a hundred that are gone are remembered"
    );
    let mut pieces = 0;
    while !noisy.catch_up(noisy.committed(), &mut Slice::of_one_piece()) {
        pieces += 1;
        assert!(pieces < 1_000);
    }
    assert_eq!(it.matched_in_place(it.noisy, 1), Some(left));
}

#[tokio::test]
async fn what_is_deleted_while_the_index_is_gone_through_does_not_stay_in_it() {
    let it = Fixture::new().await;
    let mut webhooks = Vec::new();
    for _ in 0..300 {
        webhooks.push(it.webhook(it.noisy, json!({"data": {"n": 1}})).await);
    }
    let index = it.known.of(it.noisy);
    while !index.catch_up(index.committed(), &mut Slice::turn()) {}
    let delete = async |webhooks: &[WebhookKey]| {
        for &webhook in webhooks {
            it.store.delete_webhook(webhook, None, BY).await.unwrap();
        }
    };
    // More than are remembered, so the index is gone through; 161 are looked at, the last of them is still there.
    delete(&webhooks[..160]).await;
    for _ in 0..161 {
        assert!(!index.catch_up(index.committed(), &mut Slice::of_one_piece()));
    }
    assert_eq!(index.entered.read().unwrap().webhooks.len(), 140, "all that was gone when it began");
    // The last one is gone, too, and that is forgotten before the index is gone through to its end.
    delete(&webhooks[160..281]).await;
    while !index.catch_up(index.committed(), &mut Slice::of_one_piece()) {}
    assert_eq!(it.matched_in_place(it.noisy, 1).as_deref(), Some(&webhooks[281..]));
    delete(&webhooks[281..]).await;
    while !index.catch_up(index.committed(), &mut Slice::turn()) {}
    assert!(index.is_needless());
}

#[tokio::test]
async fn all_is_entered_by_the_way_and_what_nobody_has_is_forgotten() {
    let it = Fixture::new().await;
    let router = Router { known: it.known.clone(), work: Work::on(1).unwrap() };
    let (dear, cheap) = (it.dear_webhook(it.noisy, 1).await, it.webhook(it.quiet, json!({"data": {"n": 1}})).await);
    assert_eq!(router.enter_all().await, 2);
    assert_eq!(it.matched_in_place(it.noisy, 1), Some(vec![dear]));
    for webhook in [dear, cheap] {
        it.store.delete_webhook(webhook, None, BY).await.unwrap();
    }
    assert_eq!((router.enter_all().await, it.known.count()), (2, 0));
    let again = it.webhook(it.quiet, json!({"data": {"n": 1}})).await;
    // What is still to be entered needs its index: whoever is entering it would do so in vain.
    let index = it.known.of(it.quiet);
    it.known.forget_needless();
    assert!(Arc::ptr_eq(&index, &it.known.of(it.quiet)));
    assert_eq!(it.matched_in_place(it.quiet, 1), Some(vec![again]));
}

#[tokio::test]
async fn a_tenant_whose_webhooks_are_all_disabled_is_looked_at_once() {
    let it = Fixture::new().await;
    let router = Router { known: it.known.clone(), work: Work::on(1).unwrap() };
    let key = it.webhook(it.quiet, json!({"data": {"n": 1}})).await;
    let current = it.store.webhooks().get(key).unwrap();
    let mut webhook = Webhook::clone(&current);
    webhook.settings.status = Status::Disabled;
    it.store.update_webhook(webhook, current.version, BY).await.unwrap();
    assert_eq!((router.enter_all().await, router.enter_all().await), (1, 0));
    it.store.delete_webhook(key, None, BY).await.unwrap();
    assert_eq!((router.enter_all().await, it.known.count()), (1, 0));
}

fn webhook_of(number: i64, settings: WebhookSettings) -> Arc<Webhook> {
    Arc::new(Webhook {
        key: WebhookKey(crate::model::Serial::nth(number)),
        tenant: TenantKey(1),
        id: crate::model::WebhookId::parse("w").unwrap(),
        settings,
        secrets: Secrets::default(),
        disabled: None,
        status_since: None,
        version: 1,
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
    })
}

fn matches(entered: &Entered, event_type: &str, data: &str) -> bool {
    let event = NewEvent::new(EventType::parse(event_type).unwrap(), Bytes::copy_from_slice(data.as_bytes()));
    !entered.index.matching(&Facts::of(&event)).is_empty()
}

#[test]
fn only_what_decides_which_events_it_gets_is_entered_anew() {
    let mut entered = Entered::of(TenantKey(1));
    let mut settings = settings();
    // Whether there was something to enter, and whether the index then finds it for three events.
    let mut change = |change: &dyn Fn(&mut WebhookSettings)| {
        change(&mut settings);
        let webhook = webhook_of(1, settings.clone());
        let is_new = !entered.is_the_same(&webhook);
        let price = entered.price(&WebhookChange::Saved(webhook.clone()));
        assert!(is_new || price == OF_CHANGE, "{price}");
        entered.enter(webhook);
        let events = [("b", "{}"), ("a.b", "{}"), ("a.b", r#"{"a":1}"#)];
        (is_new, events.map(|(event_type, data)| matches(&entered, event_type, data)))
    };
    assert_eq!(change(&|_| {}), (true, [true; 3]));
    assert_eq!(change(&|settings| settings.name = "another".into()), (false, [true; 3]));
    assert_eq!(change(&|settings| settings.status = Status::Paused), (false, [true; 3]));
    let types = vec![serde_json::from_str(r#""a.*""#).unwrap()];
    assert_eq!(change(&|settings| settings.event_types = types.clone()), (true, [false, true, true]));
    let filter: crate::webhook::Filter = serde_json::from_str(r#"{"data": {"a": 1}}"#).unwrap();
    assert_eq!(change(&|settings| settings.filter = Some(filter.clone())), (true, [false, false, true]));
    assert_eq!(change(&|settings| settings.status = Status::Disabled), (true, [false; 3]));
    assert_eq!(change(&|settings| settings.status = Status::Active), (true, [false, false, true]));
    assert_eq!(change(&|settings| settings.name = "a third".into()), (false, [false, false, true]));
}

#[test]
fn what_is_entered_halfway_is_not_taken_for_what_it_was_before() {
    let mut entered = Entered::of(TenantKey(1));
    let of_another_type = WebhookSettings { event_types: vec![serde_json::from_str(r#""b""#).unwrap()], ..settings() };
    entered.enter(webhook_of(2, of_another_type));
    entered.enter(webhook_of(1, settings()));
    let mut filtered = settings();
    filtered.filter = Some(serde_json::from_str(r#"{"data": {"a": 1}}"#).unwrap());
    entered.index.has_a_defect(true);
    let entering = catch_unwind(AssertUnwindSafe(|| entered.enter(webhook_of(1, filtered))));
    assert!(entering.is_err());
    entered.index.has_a_defect(false);
    entered.enter(webhook_of(1, settings()));
    assert!(matches(&entered, "a", "{}"), "it is set back, and entered again");
}
