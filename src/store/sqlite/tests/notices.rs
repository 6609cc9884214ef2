//! What has happened in a minute, and when that is over.

use std::sync::mpsc;

use super::{super::notices::given_up, *};
use crate::{
    model::WebhookKey,
    store::{Notices as _, ToldChanges},
};

#[tokio::test]
async fn what_is_being_written_at_the_turn_of_a_minute_is_told_with_it() {
    let clock = Clock::manual(Timestamp::from_millis(1_800_000_000_000));
    let (store, _folder) = open_at(clock.clone(), Lengths::USUAL);
    let store = Arc::new(store);
    let tenant = store.tenants().all()[0].key;
    let give_up = move |tx: &mut Tx<'_>, number| {
        let webhook = WebhookKey(Serial::nth(number));
        given_up(tx, tenant, webhook, 1, &[DeliveryId(Serial::nth(100 + number))]).map_err(unavailable)
    };
    store.write(SMALL, move |tx| give_up(tx, 1)).await.unwrap();
    let ((begins, has_begun), (go_on, may_go_on)) = (mpsc::channel(), mpsc::channel::<()>());
    let writes = store.clone();
    let last = tokio::spawn(async move {
        let late = move |tx: &mut Tx<'_>| {
            begins.send(()).unwrap();
            let _ = may_go_on.recv_timeout(PATIENCE);
            give_up(tx, 1)?;
            give_up(tx, 2)
        };
        writes.write(SMALL, late).await
    });
    tokio::task::yield_now().await;
    has_begun.recv_timeout(PATIENCE).unwrap();
    clock.advance(Duration::from_secs(60));
    let look = store.clone();
    let mut looking = Box::pin(async move { look.happened(1_000).await.unwrap() });
    // Who does not wait for the writer can look now.
    for _ in 0..10_000 {
        if looking.as_mut().now_or_never().is_some() {
            panic!("it was looked at what has happened while more of it was being written");
        }
        std::thread::yield_now();
    }
    go_on.send(()).unwrap();
    last.await.unwrap().unwrap();
    let told = looking.await;
    let groups = told.iter().map(|one| one.group).collect();
    store.keep_told(ToldChanges { happened: groups, ..ToldChanges::default() }).await.unwrap();
    let counts: Vec<u64> = told.iter().map(|one| one.count).collect();
    assert_eq!(counts, [2, 1], "all that happened in the minute was told before it was forgotten");
    assert_eq!(store.happened(1_000).await.unwrap(), []);
}

#[tokio::test]
async fn a_minute_that_a_clock_was_set_back_from_is_told_once_it_is_over() {
    let start = Timestamp::from_millis(1_800_000_000_000);
    let clock = Clock::manual(start);
    let (store, _folder) = open_at(clock.clone(), Lengths::USUAL);
    let tenant = store.tenants().all()[0].key;
    let give_up = async |number| {
        let webhook = WebhookKey(Serial::nth(number));
        store.write(SMALL, move |tx| given_up(tx, tenant, webhook, 1, &[]).map_err(unavailable)).await.unwrap();
    };
    let counts = async || store.happened(1_000).await.unwrap().iter().map(|one| one.count).collect::<Vec<_>>();
    let minutes = |minutes: u64| start + Duration::from_secs(60 * minutes);
    clock.set(minutes(1));
    give_up(1).await;
    // It comes again at once, and more may happen in it.
    clock.set(minutes(0));
    assert_eq!(counts().await, [0_u64; 0]);
    clock.set(minutes(1));
    give_up(1).await;
    assert_eq!(counts().await, [0_u64; 0]);
    clock.set(minutes(2));
    assert_eq!(counts().await, [2]);
    // One that comes again in an hour is not waited for.
    clock.set(minutes(60));
    give_up(2).await;
    clock.set(minutes(2));
    assert_eq!(counts().await, [2, 1]);
}

#[tokio::test]
async fn while_the_disk_is_nearly_full_only_operators_notices_are_kept() {
    let (store, _folder) = open();
    let store = store.with_reserve(Reserve::new(1_000, || Some(10)));
    let operators = store.tenants().all()[0].key;
    let acme =
        store.create_tenant(TenantId::parse("acme").unwrap(), "acme".into(), &somebodys_key()).await.unwrap().key;
    let append = async |tenant| {
        let notice = NewEvent::new(EventType::kept("lanehook.system.trouble"), Bytes::from_static(b"1"));
        store.append(Append { tenant, events: vec![(notice, Vec::new())] }).await
    };
    assert!(matches!(append(acme).await, Err(StoreError::DiskFull(_))));
    append(operators).await.unwrap();
}
