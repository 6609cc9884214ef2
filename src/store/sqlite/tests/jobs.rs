//! What waits for the writer, and how long one goes on.

use std::{sync::mpsc, task::Poll};

use super::*;

/// Has the writer begin a group, and wait until all others are queued.
fn hold(store: &SqliteStore) -> mpsc::Sender<()> {
    let (begin, begun) = mpsc::channel();
    let job = in_one(move |_| {
        let _ = begun.recv();
        |_| {}
    });
    store.shared.intake.push(job, SMALL).unwrap();
    begin
}

#[tokio::test]
async fn a_group_ends_when_its_time_is_over_and_the_next_job_is_in_the_next() {
    let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
    let (store, _folder) = open_at(clock.clone(), Lengths::USUAL);
    let log = Arc::new(Mutex::new(String::new()));
    let begin = hold(&store);
    for name in ["a", "b", "c", "d", "e"] {
        let (log, clock) = (log.clone(), clock.clone());
        let job = in_one(move |_| {
            clock.advance(Duration::from_micros(500));
            log.lock().unwrap().push_str(name);
            move |committed: Result<()>| {
                committed.unwrap();
                log.lock().unwrap().push_str(&name.to_uppercase());
            }
        });
        store.shared.intake.push(job, SMALL).unwrap();
    }
    begin.send(()).unwrap();
    barrier(&store).await;
    assert_eq!(*log.lock().unwrap(), "abABcdCDeE");
}

#[tokio::test]
async fn a_job_that_takes_long_goes_on_in_the_next_group_behind_others_and_before_its_tenants() {
    let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
    let (store, _folder) = open_at(clock.clone(), Lengths::USUAL);
    let log = Arc::new(Mutex::new(String::new()));
    let begin = hold(&store);
    let size = |tenant| JobSize::small(TenantKey(tenant));
    let (parts, of_log) = (Arc::new(Mutex::new(0)), log.clone());
    let long = store.queue_parts(size(7), move |_, quantum| {
        let mut parts = parts.lock().unwrap();
        while *parts < 5 {
            clock.advance(Duration::from_micros(500));
            *parts += 1;
            of_log.lock().unwrap().push('L');
            if quantum.is_over() && *parts < 5 {
                of_log.lock().unwrap().push('|');
                return Poll::Pending;
            }
        }
        Poll::Ready(Ok(()))
    });
    let note = |name: &'static str| {
        let log = log.clone();
        move |_: &mut Tx<'_>| {
            log.lock().unwrap().push_str(name);
            Ok(())
        }
    };
    let (behind, other) = (store.queue(size(7), note("b")), store.queue(size(8), note("o")));
    let begin = async { begin.send(()).unwrap() };
    let (long, behind, other, ()) = tokio::join!(long, behind, other, begin);
    long.unwrap();
    behind.unwrap();
    other.unwrap();
    assert_eq!(*log.lock().unwrap(), "LL|oLL|Lb");
}

#[tokio::test]
async fn a_job_that_has_begun_hears_of_a_group_that_could_not_be_committed() {
    let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
    let (store, _folder) = open_at(clock.clone(), Lengths::USUAL);
    let mut parts = 0;
    let failed = store.queue_parts::<()>(SMALL, move |tx, _| {
        parts += 1;
        clock.advance(Duration::from_secs(1));
        if parts == 2 {
            tx.broken = Some(StoreError::Unavailable("a test's own".into()));
        }
        Poll::Pending
    });
    let failed = timeout(PATIENCE, failed).await.expect("it is told");
    assert!(matches!(&failed, Err(StoreError::Unavailable(why)) if why == "a test's own"), "{failed:?}");
    barrier(&store).await;
}

#[tokio::test]
async fn whether_the_store_takes_anything_is_asked_beside_all_work() {
    let (store, _folder) = open();
    let ((go, gone), begin) = (mpsc::channel(), hold(&store));
    let mut gone = Some(gone);
    for number in 0..50 {
        // Each is as much as a group has. One waits for the answer to be there.
        let waits = (number == 10).then(|| gone.take()).flatten();
        let job = in_one(move |_| {
            if let Some(gone) = &waits {
                let _ = gone.recv();
            }
            |_| {}
        });
        store.shared.intake.push(job, JobSize { rows: 500, ..SMALL }).unwrap();
    }
    let mut ping = store.ping();
    assert!((&mut ping).now_or_never().is_none(), "it is queued");
    begin.send(()).unwrap();
    timeout(PATIENCE, ping).await.expect("it waits behind no work").unwrap();
    go.send(()).unwrap();
    barrier(&store).await;
}

#[tokio::test]
async fn what_a_deleted_webhook_is_owed_is_given_up_in_its_tenants_turns() {
    let (store, folder) = open();
    let again = || {
        let master_key = MasterKey::load_or_create(&folder.path().join("master.key")).unwrap();
        let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
        SqliteStore::open(&folder.path().join("lanehook.db"), &master_key, clock).unwrap()
    };
    let system = Actor::system("test");
    let tenant = store.create_tenant(TenantId::parse("acme").unwrap(), "Acme".into(), &system).await.unwrap().key;
    let settings = serde_json::from_value(serde_json::json!({"url": "https://receiver.example/"})).unwrap();
    let new = NewWebhook { tenant, id: None, settings, secrets: Secrets::default(), disabled: None };
    let webhook = store.create_webhook(new, &system).await.unwrap().key;
    let event = NewEvent::new(EventType::parse("x").unwrap(), Bytes::from_static(b"1"));
    store.append(Append { tenant, events: vec![(event, vec![webhook])] }).await.unwrap();
    store.delete_webhook(webhook, None, &system).await.unwrap();
    assert_eq!(store.tenant_of(webhook), tenant);
    store.close().await;
    drop(store);
    let store = again();
    assert_eq!(store.tenant_of(webhook), tenant, "after a restart, too");
    store.delete_tenant(tenant, None, &system).await.unwrap();
    assert_eq!(store.tenant_of(webhook), tenant, "and when the tenant is gone");
    assert_eq!(store.cancel_owed(webhook, 9).await.unwrap(), 1);
    assert_ne!(store.tenant_of(webhook), TenantKey::ALL, "the operator waits in that line");
}
