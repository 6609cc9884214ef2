//! Finding an event by the id that the API shows.

use lanehook::{
    model::{EventKey, Serial},
    store::EventQuery,
};

use super::backend::{Fixture, kept};
use crate::support::{DAY, DEFAULT, EventExt, event};

async fn find(it: &Fixture, id: &str) -> Option<EventKey> {
    it.find_event(DEFAULT, id).await.unwrap().map(|event| event.key)
}

pub async fn an_event_is_found_by_the_id_that_is_shown(it: Fixture) {
    let answers = it.publish(vec![event("x").id("mine"), event("x"), event("x").idempotency_key("k")], &[]).await;
    let keys: Vec<EventKey> = answers.iter().map(kept).collect();
    assert_eq!(find(&it, "mine").await, Some(keys[0]));
    assert_eq!(find(&it, &keys[1].to_string()).await, Some(keys[1]));
    assert_eq!(find(&it, &keys[2].to_string()).await, Some(keys[2]));
    assert_eq!(find(&it, &keys[0].to_string()).await, None, "it has another name");
    for unknown in ["", "k", "MINE", "mine ", "evt_", "dlv_0000000000000", &EventKey(Serial::nth(1)).to_string()] {
        assert_eq!(find(&it, unknown).await, None, "{unknown}");
    }
    for key in keys {
        let event = it.event(DEFAULT, key).await.unwrap().unwrap();
        assert_eq!(find(&it, &event.public_id()).await, Some(key));
    }
    assert_eq!(it.event(DEFAULT, EventKey(Serial::nth(1))).await.unwrap(), None);
}

pub async fn of_several_with_one_id_the_newest_is_found(it: Fixture) {
    let first = kept(&it.publish(vec![event("x").id("mine")], &[]).await[0]);
    it.wait(2 * DAY);
    let second = kept(&it.publish(vec![event("y").id("mine")], &[]).await[0]);
    assert_eq!(find(&it, "mine").await, Some(second));
    // A name that another event's key happens to spell is still the name of its own.
    let named = kept(&it.publish(vec![event("x").id(&first.to_string())], &[]).await[0]);
    assert_eq!(find(&it, &first.to_string()).await, Some(named));
}

pub async fn another_tenants_event_is_not_found(it: Fixture) {
    let acme = it.tenant("acme").await;
    let key = kept(&it.publish(vec![event("x")], &[]).await[0]);
    it.publish(vec![event("x").id("mine")], &[]).await;
    assert!(it.find_event(acme, "mine").await.unwrap().is_none());
    assert!(it.find_event(acme, &key.to_string()).await.unwrap().is_none());
    let theirs = kept(&it.publish_for(acme, vec![event("y").id("mine")], &[]).await[0]);
    assert_eq!(it.find_event(acme, "mine").await.unwrap().unwrap().key, theirs);
}

pub async fn a_page_of_large_events_ends_with_the_one_that_is_too_much(it: Fixture) {
    let data = format!("\"{}\"", "x".repeat(998));
    it.publish((0..5).map(|_| event("x").data(&data)).collect(), &[]).await;
    let page = async |bytes, limit| {
        let query = EventQuery { bytes, limit, ..Default::default() };
        it.events(DEFAULT, query).await.unwrap().len()
    };
    assert_eq!((page(Some(2000), 9).await, page(Some(1999), 9).await), (3, 2));
    assert_eq!(page(Some(1), 9).await, 2, "one to show, and one that says that there is more");
    assert_eq!((page(Some(1), 1).await, page(Some(5000), 9).await, page(None, 9).await), (1, 5, 5));
}
