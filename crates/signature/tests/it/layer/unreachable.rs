//! Stores that go away and come back: no message is lost by it, and none is handled because nobody could be asked.

use std::time::Duration;

use lanehook_signature::Dialect;
use lanehook_signature::seen::{InPostgres, InRedis, SeenIds};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::Instant;

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

/// A Redis that takes this long for each step, and has never seen a message.
async fn slow_redis(listener: UnixListener, time: Duration) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(BufReader::new(stream), time));
    }
}

/// Answers on one connection until it is closed.
async fn answer(mut stream: BufReader<UnixStream>, time: Duration) -> Option<()> {
    loop {
        let mut words = Vec::new();
        for _ in 0..number(&mut stream).await? {
            let mut word = vec![0; number(&mut stream).await? + 2];
            stream.read_exact(&mut word).await.ok()?;
            words.push(word);
        }
        let is_step = words.first()?.starts_with(b"EVAL");
        if is_step {
            tokio::time::sleep(time).await;
        }
        stream.write_all(if is_step { &b"+first\r\n"[..] } else { b"+OK\r\n" }).await.ok()?;
    }
}

/// The number in a line like `*3` or `$12`.
async fn number(stream: &mut BufReader<UnixStream>) -> Option<usize> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    line.get(1..)?.trim_ascii_end().parse().ok()
}

/// It may be slow at each step and never late: what counts is how long the sender waits.
#[tokio::test(start_paused = true)]
async fn a_message_waits_five_seconds_for_its_store_however_many_steps_it_takes() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("redis.sock");
    tokio::spawn(slow_redis(UnixListener::bind(&socket).unwrap(), Duration::from_secs(2)));
    let receiver = Receiver::new();
    let store = InRedis::open(&format!("unix://{}", socket.display())).unwrap();
    // The one asks once, and tells once; the other asks three times.
    for (dialect, status, seconds) in [(Dialect::Standard, 204, 4), (Dialect::Plain, 503, 5)] {
        let handler = receiver.service(&receiver.layer(dialect.clone()).seen(store.clone()));
        let before = Instant::now();
        assert_eq!(deliver(&handler, &signed(&dialect, "evt_1", NOW, "{}"), "{}").await, status, "{dialect:?}");
        assert_eq!(before.elapsed().as_secs(), seconds);
    }
    assert_eq!(receiver.problems(), ["the store of seen messages failed: it took more than 5 seconds"]);
}
