//! The sender against receivers that are slow, large or endless.

use super::*;

#[tokio::test]
async fn a_timeout_names_how_far_it_came() {
    for (response, part, status) in [
        ("", "no response head", None),
        ("HTTP/1.1 200 OK\r\ncontent-len", "no response head", None),
        ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfour", "200 OK) arrived, but the body did not end", Some(200)),
    ] {
        let receiver = Receiver::start(response, Then::Hang).await;
        let bench = Bench::dev();
        let (outcome, ()) = tokio::join!(bench.send(webhook(&receiver.url("/"))), async {
            receiver.answered().await;
            settle().await;
            bench.clock.advance(Duration::from_millis(9_999));
            settle().await;
            bench.clock.advance(Duration::from_millis(1));
        });
        let (kind, message) = failure(&outcome);
        assert_eq!(kind, FailureKind::Timeout);
        assert!(message.starts_with("no complete answer within 10s: ") && message.contains(part), "{message}");
        assert_eq!(outcome.answer.map(|answer| answer.status), status);
        assert!(receiver.is_closed_by_sender().await);
    }
}

#[tokio::test]
async fn a_resolver_that_hangs_runs_into_the_deadline() {
    struct Hanging;
    impl Resolve for Hanging {
        fn resolve<'a>(&'a self, _: &'a str) -> futures_util::future::BoxFuture<'a, Result<Vec<IpAddr>, ResolveError>> {
            Box::pin(std::future::pending())
        }
    }
    let bench = Bench::resolving(dev_policy(), Resolver::Custom(Arc::new(Hanging)));
    let (outcome, ()) = tokio::join!(bench.send(webhook("https://hooks.example.com/")), async {
        settle().await;
        bench.clock.advance(Duration::from_secs(10));
    });
    assert_eq!(failure(&outcome), (FailureKind::Timeout, "no complete answer within 10s: the name was not resolved"));
}

#[tokio::test]
async fn a_byte_a_second_is_too_slow() {
    let receiver = Receiver::start("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", Then::Hang).await;
    let bench = Bench::dev();
    let (outcome, ()) = tokio::join!(bench.send(webhook(&receiver.url("/"))), async {
        receiver.answered().await;
        for _ in 0..10 {
            receiver.push(b"x").await;
            settle().await;
            bench.clock.advance(Duration::from_secs(1));
        }
    });
    assert_eq!(failure(&outcome).0, FailureKind::Timeout);
    assert_eq!(outcome.answer.unwrap().body.len(), 10);
}

#[tokio::test]
async fn a_large_body_is_cut_and_an_endless_one_ends_the_connection() {
    // Kept and discarded in full: the connection is reused.
    let sized = |length: usize| format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{}", "z".repeat(length));
    let receiver = Receiver::start(sized(60_000), Then::KeepOpen).await;
    let bench = Bench::dev();
    for _ in 0..3 {
        let outcome = bench.send(webhook(&receiver.url("/"))).await;
        assert_eq!(outcome.result, Ok(()));
        let answer = outcome.answer.unwrap();
        assert_eq!((answer.body.len(), answer.truncated), (16 * 1024, true));
    }
    assert_eq!(receiver.accepts(), 1);
    // Exactly what is kept is not truncated.
    let outcome = answered(sized(16 * 1024), Then::KeepOpen).await;
    assert!(!outcome.answer.unwrap().truncated);
    // Without an end.
    let receiver = Receiver::start("HTTP/1.1 200 OK\r\n\r\n", Then::Endless).await;
    let outcome = bench.send(webhook(&receiver.url("/"))).await;
    assert_eq!(outcome.result, Ok(()));
    let answer = outcome.answer.unwrap();
    assert_eq!((answer.body.len(), answer.truncated), (16 * 1024, true));
    assert!(receiver.is_closed_by_sender().await);
}

#[tokio::test]
async fn a_compressed_body_is_kept_as_it_came() {
    let response = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\x8b\x08".to_vec();
    assert_eq!(answered(response, Then::KeepOpen).await.answer.unwrap().body, &b"\x1f\x8b\x08"[..]);
}

#[tokio::test]
async fn kept_headers_are_bounded() {
    let long = format!("x-long: {}\r\n", "y".repeat(7000)).repeat(4);
    let outcome = answered(format!("HTTP/1.1 204 x\r\n{long}\r\n"), Then::KeepOpen).await;
    assert_eq!(outcome.answer.unwrap().headers.len(), 2);
    let many = "x-many: y\r\n".repeat(90);
    let outcome = answered(format!("HTTP/1.1 204 x\r\n{many}\r\n"), Then::KeepOpen).await;
    assert_eq!(outcome.answer.unwrap().headers.len(), 64);
}

#[tokio::test]
async fn a_large_request_arrives_whole() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let body = Bytes::from(vec![b'7'; 3_000_000]);
    assert_eq!(Bench::dev().send_body(webhook(&receiver.url("/")), body.clone()).await.result, Ok(()));
    assert_eq!(receiver.last().body, body);
}

#[tokio::test]
async fn dropping_the_future_ends_the_request() {
    let receiver = Receiver::start("", Then::Hang).await;
    let bench = Bench::dev();
    tokio::select! {
        _ = bench.send(webhook(&receiver.url("/"))) => panic!("the receiver hangs"),
        () = receiver.answered() => {}
    }
    assert!(receiver.is_closed_by_sender().await);
}
