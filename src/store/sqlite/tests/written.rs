//! What a change keeps is made before it is the writer's turn, for which everybody waits.

use std::sync::mpsc;

use serde_json::json;

use super::*;
use crate::{
    catalogue::EventTypeEntry,
    model::TenantSettings,
    store::Catalogue,
    work::{Slice, Work},
};

const BY: &Actor = &Actor::system("somebody");

async fn webhook(store: &SqliteStore, tenant: TenantKey) -> Webhook {
    let settings = serde_json::from_value(json!({"url": "https://receiver.example/"})).unwrap();
    let new = NewWebhook { tenant, id: None, settings, secrets: Secrets::default(), disabled: None };
    Webhook::clone(&*store.create_webhook(new, BY).await.unwrap())
}

fn event_type() -> EventTypeEntry {
    let name = EventType::parse("order.paid").unwrap();
    let document = json!({"name": name.as_str(), "versions": [{"version": 1, "schema": {}}]}).to_string();
    stored::read::<stored::StoredEventType>(document.as_bytes(), stored::VERSION).unwrap()
}

/// Holds whoever runs it until it is let go; the other end hears when it has begun.
fn hold() -> (impl FnOnce() + Send, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let ((begin, begun), (go, gone)) = (mpsc::channel(), mpsc::channel::<()>());
    let hold = move || {
        begin.send(()).unwrap();
        let _ = gone.recv();
    };
    (hold, begun, go)
}

/// Has the one thread of this work do nothing else until it is let go.
fn hold_work(work: &Work, tenant: TenantKey) -> (impl Future<Output = ()>, mpsc::Sender<()>) {
    let (hold, begun, go) = hold();
    (begun_by(begun, work.run_once(tenant, Slice::UNKNOWN, hold)), go)
}

/// Has the writer do nothing else until it is let go.
fn hold_writer(store: &SqliteStore) -> (impl Future<Output = ()>, mpsc::Sender<()>) {
    let (hold, begun, go) = hold();
    let held = store.write(SMALL, move |_| {
        hold();
        Ok(())
    });
    (begun_by(begun, async { held.await.unwrap() }), go)
}

/// What has been handed over, once it has begun.
fn begun_by(begun: mpsc::Receiver<()>, held: impl Future<Output = ()>) -> impl Future<Output = ()> {
    let mut held = Box::pin(held);
    assert!((&mut held).now_or_never().is_none());
    begun.recv().unwrap();
    held
}

/// What becomes of a change while the writer is held, unless it waits for the writer.
async fn without_the_writer<T: Send + 'static>(
    store: &SqliteStore,
    change: impl Future<Output = Result<T>>,
) -> Result<T> {
    let mut change = Box::pin(change);
    loop {
        if let Some(done) = (&mut change).now_or_never() {
            return done;
        }
        assert_eq!(store.shared.intake.waiting_bytes(), 0, "the writer is given what is not made yet");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_is_there_is_read_and_written_anew_without_the_writer() {
    let (store, _folder) = open();
    let tenant = store.tenants().all()[0].clone();
    let webhook = webhook(&store, tenant.key).await;
    let (settings, other) = (TenantSettings::default(), "another".to_owned());
    store.update_tenant(tenant.key, 1, other.clone(), settings.clone(), BY).await.unwrap();
    store.put_event_type(event_type(), 0, BY).await.unwrap();
    // What cannot be read may not be written over, and who reads it says so.
    let damage =
        "UPDATE webhooks SET sealed = x'00'; UPDATE tenants SET settings = 'x'; UPDATE event_types SET document = 'x';";
    store.write(SMALL, move |tx| tx.conn.execute_batch(damage).map_err(unavailable)).await.unwrap();

    let (held, go) = hold_writer(&store);
    let corrupt = |error: StoreError| assert!(matches!(error, StoreError::Corrupt(_)), "{error:?}");
    corrupt(without_the_writer(&store, store.update_webhook(webhook, 1, BY)).await.unwrap_err());
    corrupt(without_the_writer(&store, store.update_tenant(tenant.key, 2, other, settings, BY)).await.unwrap_err());
    corrupt(without_the_writer(&store, store.put_event_type(event_type(), 1, BY)).await.unwrap_err());
    go.send(()).unwrap();
    held.await;
}

#[tokio::test]
async fn a_change_that_takes_long_to_be_made_waits_for_its_tenants_turn_and_nobody_waits_for_it() {
    let (store, _folder) = open();
    let tenant = store.tenants().all()[0].clone();
    let webhook = webhook(&store, tenant.key).await;
    let work = Work::on(1).unwrap();
    let store = store.with_work(work.clone());
    let (held, go) = hold_work(&work, tenant.key);
    let (settings, secrets) = (webhook.settings.clone(), webhook.secrets.clone());
    let new = NewWebhook { tenant: tenant.key, id: None, settings, secrets, disabled: None };
    let mut changes = Box::pin(async {
        tokio::join!(
            store.create_webhook(new, BY),
            store.update_webhook(webhook, 1, BY),
            store.update_tenant(tenant.key, 1, "another".into(), TenantSettings::default(), BY),
        )
    });
    while work.waiting() < 3 {
        assert!((&mut changes).now_or_never().is_none());
        barrier(&store).await;
    }
    go.send(()).unwrap();
    let (created, changed, tenant) = changes.await;
    assert_eq!((created.unwrap().version, changed.unwrap().version, tenant.unwrap().version), (1, 2, 2));
    held.await;
}

#[tokio::test]
async fn so_many_changes_of_a_tenants_requests_wait_and_the_servers_own_are_not_refused() {
    let (store, _folder) = open();
    let tenant = store.tenants().all()[0].clone();
    let webhook = webhook(&store, tenant.key).await;
    let work = Work::on(1).unwrap();
    let store = store.with_work(work.clone());
    let (held, go) = hold_work(&work, tenant.key);
    // As many as may be asked for.
    let mut asked: Vec<_> = (0..128).map(|_| Box::pin(work.ask_once(tenant.key, Slice::UNKNOWN, || ()))).collect();
    assert!(asked.iter_mut().all(|job| job.now_or_never().is_none()));
    let key = somebodys_key();
    let (settings, secrets) = (webhook.settings.clone(), webhook.secrets.clone());
    let new = NewWebhook { tenant: tenant.key, id: None, settings, secrets, disabled: None };
    let refused = store.create_webhook(new, &key).await.unwrap_err();
    assert!(matches!(refused, StoreError::TooMuchWork(_)), "{refused:?}");
    let refused = store.update_webhook(webhook.clone(), 1, &key).await.unwrap_err();
    assert!(matches!(refused, StoreError::TooMuchWork(_)), "{refused:?}");
    let mut own = Box::pin(store.update_webhook(webhook, 1, BY));
    while work.waiting() < 129 {
        assert!((&mut own).now_or_never().is_none());
        tokio::task::yield_now().await;
    }
    go.send(()).unwrap();
    assert_eq!(own.await.unwrap().version, 2);
    held.await;
}

#[tokio::test]
async fn a_conflict_is_told_when_what_was_faster_can_be_seen() {
    let (store, _folder) = open();
    let tenant = store.tenants().all()[0].clone();
    let webhook = webhook(&store, tenant.key).await;
    // As between a commit and the moment when the views have it.
    let faster = "UPDATE webhooks SET version = 2; UPDATE tenants SET version = 2;";
    store.write(SMALL, move |tx| tx.conn.execute_batch(faster).map_err(unavailable)).await.unwrap();
    let (held, go) = hold_writer(&store);
    let settings = TenantSettings::default();
    let mut changes = Box::pin(async {
        tokio::join!(
            store.update_webhook(webhook, 1, BY),
            store.update_tenant(tenant.key, 1, "another".into(), settings, BY),
        )
    });
    while store.shared.intake.waiting_bytes() < 2 * JobSize::small(tenant.key).bytes {
        assert!((&mut changes).now_or_never().is_none(), "whoever looked again would find the same");
        tokio::task::yield_now().await;
    }
    go.send(()).unwrap();
    let (webhook, tenant) = changes.await;
    assert!(matches!((webhook, tenant), (Err(StoreError::Conflict), Err(StoreError::Conflict))));
    held.await;
}
