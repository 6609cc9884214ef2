//! The client against servers that are slow, large or endless.

use futures_util::future::BoxFuture;

use super::*;

#[tokio::test]
async fn a_timeout_names_how_far_it_came() {
    for (response, phase, status) in [
        ("", Phase::Waiting, None),
        ("HTTP/1.1 200 OK\r\ncontent-len", Phase::Head, Some(200)),
        ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfour", Phase::Body, Some(200)),
    ] {
        let receiver = Receiver::start(response, Then::Hang).await;
        let bench = Bench::dev();
        let (exchange, ()) = tokio::join!(bench.send(&receiver.url("/")), async {
            receiver.answered().await;
            settle().await;
            bench.clock.advance(Duration::from_millis(9_999));
            settle().await;
            bench.clock.advance(Duration::from_millis(1));
        });
        assert!(matches!(error(&exchange), Error::TimedOut { phase: own, .. } if *own == phase), "{exchange:?}");
        assert!(error(&exchange).to_string().starts_with("no complete answer within 10s: "), "{exchange:?}");
        assert_eq!(exchange.answer.map(|answer| answer.status.as_u16()), status);
        assert!(receiver.is_closed_by_client().await);
    }
}

#[tokio::test]
async fn a_resolver_that_hangs_runs_into_the_deadline() {
    struct Hanging;
    impl Resolve for Hanging {
        fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Resolution> {
            Box::pin(std::future::pending())
        }
    }
    let bench = Bench::resolving(Policy::development(), Resolver::custom(Arc::new(Hanging)));
    let (exchange, ()) = tokio::join!(bench.send("https://hooks.example.com/"), async {
        settle().await;
        bench.clock.advance(Duration::from_secs(10));
    });
    assert_eq!(error(&exchange).to_string(), "no complete answer within 10s: the name was not resolved");
    assert!(exchange.timings.dns > Duration::ZERO, "how long it was tried is told: {:?}", exchange.timings);
}

#[tokio::test]
async fn a_byte_a_second_is_too_slow() {
    let receiver = Receiver::start("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", Then::Hang).await;
    let bench = Bench::dev();
    let (exchange, ()) = tokio::join!(bench.send(&receiver.url("/")), async {
        receiver.answered().await;
        for _ in 0..10 {
            receiver.push(b"x").await;
            settle().await;
            bench.clock.advance(Duration::from_secs(1));
        }
    });
    assert!(matches!(error(&exchange), Error::TimedOut { .. }), "{exchange:?}");
    assert_eq!(exchange.answer.unwrap().body.len(), 10);
}

#[tokio::test]
async fn a_large_body_is_cut_and_an_endless_one_ends_the_connection() {
    // Kept and discarded in full: the connection is reused.
    let sized = |length: usize| format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{}", "z".repeat(length));
    let receiver = Receiver::start(sized(60_000), Then::KeepOpen).await;
    let bench = Bench::dev();
    for _ in 0..3 {
        let exchange = bench.send(&receiver.url("/")).await;
        is_complete(&exchange);
        let answer = exchange.answer.unwrap();
        assert_eq!((answer.body.len(), answer.truncated), (16 * 1024, true));
    }
    assert_eq!(receiver.accepts(), 1);
    // Exactly what is kept is not truncated.
    let exchange = answered(sized(16 * 1024), Then::KeepOpen).await;
    assert!(!exchange.answer.unwrap().truncated);
    // Without an end.
    let receiver = Receiver::start("HTTP/1.1 200 OK\r\n\r\n", Then::Endless).await;
    let exchange = bench.send(&receiver.url("/")).await;
    is_complete(&exchange);
    let answer = exchange.answer.unwrap();
    assert_eq!((answer.body.len(), answer.truncated), (16 * 1024, true));
    assert!(receiver.is_closed_by_client().await);
}

#[tokio::test]
async fn a_compressed_body_is_kept_as_it_came() {
    let response = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\x8b\x08".to_vec();
    assert_eq!(answered(response, Then::KeepOpen).await.answer.unwrap().body, &b"\x1f\x8b\x08"[..]);
}

#[tokio::test]
async fn how_much_is_kept_is_the_callers_choice() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench = Bench::dev();
    let target = bench.target(&receiver.url("/"));
    for (body, kept) in [(0, &b""[..]), (3, b"fin"), (4, b"fine")] {
        let limits = Limits { body, dropped_body: 0, ..Limits::default() };
        let answer = bench.client.send(&target, Request::post(BODY), &limits).await.answer.unwrap();
        assert_eq!((&answer.body[..], answer.truncated), (kept, kept.len() < 4));
    }
}

#[tokio::test]
async fn a_large_request_arrives_whole() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let body = Bytes::from(vec![b'7'; 3_000_000]);
    is_complete(&Bench::dev().send_body(&receiver.url("/"), body.clone()).await);
    assert_eq!(receiver.last().body, body);
}

#[tokio::test]
async fn a_receiver_that_does_not_read_is_told_apart_from_one_that_does_not_answer() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (bench, url) = (Bench::dev(), format!("http://{}/", listener.local_addr().unwrap()));
    // More than the kernel takes for both of them.
    let send = bench.send_body(&url, Bytes::from(vec![b'7'; 64 << 20]));
    let (exchange, _socket) = tokio::join!(send, async {
        let socket = listener.accept().await.unwrap();
        settle().await;
        bench.clock.advance(Duration::from_secs(10));
        socket
    });
    let message = error(&exchange).to_string();
    assert_eq!(message, "no complete answer within 10s: connected, but the receiver did not take the request's body");
}

#[tokio::test]
async fn dropping_the_future_ends_the_request() {
    let receiver = Receiver::start("", Then::Hang).await;
    let bench = Bench::dev();
    tokio::select! {
        _ = bench.send(&receiver.url("/")) => panic!("the receiver hangs"),
        () = receiver.answered() => {}
    }
    assert!(receiver.is_closed_by_client().await);
}

#[tokio::test]
async fn heads_without_end_that_are_no_answer_end_the_request() {
    let with_hints = |count: usize| [b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(count), OK.into()].concat();
    let receiver = Receiver::start(with_hints(20_000), Then::KeepOpen).await;
    let exchange = Bench::dev().send(&receiver.url("/")).await;
    assert!(matches!(error(&exchange), Error::Protocol(ProtocolError::TooMuch)), "{exchange:?}");
    let receiver = Receiver::start(with_hints(100), Then::KeepOpen).await;
    is_complete(&Bench::dev().send(&receiver.url("/")).await);
}

#[tokio::test]
async fn of_a_body_in_the_smallest_of_parts_only_so_many_are_read() {
    let chunks = |count: usize| {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        [head.into(), "1\r\nx\r\n".repeat(count), "0\r\n\r\n".into()].concat()
    };
    let answer = async |count| {
        let receiver = Receiver::start(chunks(count), Then::KeepOpen).await;
        let answer = Bench::dev().send(&receiver.url("/")).await.answer.unwrap();
        (answer.body.len(), answer.truncated)
    };
    assert_eq!(answer(4_000).await, (4_000, false));
    assert_eq!(answer(10_000).await, (4_096, true));
}
