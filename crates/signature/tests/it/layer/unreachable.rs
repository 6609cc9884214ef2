//! Stores that go away and come back: no message is lost by it, and none is handled because nobody could be asked.

use lanehook_signature::Dialect;
use lanehook_signature::seen::{InPostgres, InRedis, SeenIds};

use super::{Receiver, deliver, signed};
use crate::NOW;
use crate::servers::{Postgres, Redis};

/// Delivers one message before its store ends, two while it is away, and all again when it is back.
async fn goes_away<I: SeenIds>(store: I, mut stop_and_start: impl FnMut(&str), remembers: bool) {
    let receiver = Receiver::new();
    let handler = receiver.service(&receiver.layer(Dialect::Standard).seen(store));
    let deliver = async |id: &str| deliver(&handler, &signed(&Dialect::Standard, id, NOW, "{}"), "{}").await;
    assert_eq!(deliver("evt_1").await, 204);
    assert_eq!(deliver("evt_1").await, 200);
    assert_eq!(receiver.problems(), [""; 0]);

    stop_and_start("stop");
    for id in ["evt_1", "evt_2", "evt_2"] {
        assert_eq!(deliver(id).await, 503, "neither seen nor not seen");
    }
    assert_eq!(receiver.handled(), 1);
    let problems = receiver.problems();
    assert!(problems.iter().all(|problem| problem.starts_with("the store of seen messages failed: ")), "{problems:?}");
    assert_eq!(problems.len(), 3);

    stop_and_start("start");
    // The connection may find out only now that it was lost.
    let mut answers = Vec::new();
    while answers.last() != Some(&204) {
        answers.push(deliver("evt_2").await);
        assert!(answers.len() < 50, "{:?}", receiver.problems());
    }
    assert!(answers[..answers.len() - 1].iter().all(|answer| *answer == 503));
    assert_eq!(deliver("evt_2").await, 200);
    assert_eq!(deliver("evt_1").await, if remembers { 200 } else { 204 });
    assert_eq!(receiver.handled(), if remembers { 2 } else { 3 });
}

#[tokio::test]
async fn redis_that_is_away_costs_no_message() {
    let Some(mut server) = Redis::start() else { return };
    let store = InRedis::open(&server.url()).unwrap();
    // It is run here without a file, so it comes back empty.
    let stop_and_start = |what: &str| if what == "stop" { server.stop() } else { server.start_again() };
    goes_away(store, stop_and_start, false).await;
}

#[tokio::test]
async fn postgresql_that_is_away_costs_no_message() {
    let Some(mut server) = Postgres::start() else { return };
    let store = InPostgres::open(&server.database()).unwrap();
    store.create_table().await.unwrap();
    let stop_and_start = |what: &str| if what == "stop" { server.stop() } else { server.start_again() };
    goes_away(store, stop_and_start, true).await;
}
