//! Answers over HTTP/2 that libraries do not like, and servers that take nothing over it.

use lanehook_egress::Repeated;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{
    http2::{LARGE, connected, takes_over_http1},
    http2_server::{Http2Server, Settings},
    *,
};

#[tokio::test]
async fn an_answer_in_the_smallest_of_frames_is_as_good_as_any() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    let (target, mut frames) = connected(&server, &bench, Owner(1)).await;
    for _ in 0..3 {
        let (exchange, ()) = tokio::join!(bench.post(&target, BODY), async {
            let stream = frames.next_whole().await.unwrap();
            frames.answer_in_parts(stream, std::iter::repeat_n(&b"7"[..], 1000)).await;
        });
        is_complete(&exchange);
        assert_eq!(exchange.answer.unwrap().body, [b'7'; 1000]);
    }
}

#[tokio::test]
async fn answers_with_an_empty_frame_each_cost_no_request() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    let target = bench.target(&server.url());
    let mut connections = 0;
    let serving = async {
        loop {
            let mut frames = server.accept().await;
            connections += 1;
            tokio::spawn(async move {
                while let Some(stream) = frames.next_whole().await {
                    frames.answer_in_parts(stream, [&b""[..], b"7"].into_iter()).await;
                }
            });
        }
    };
    let sending = async {
        for _ in 0..210 {
            is_complete(&bench.post(&target, BODY).await);
        }
    };
    tokio::select! {
        () = sending => {}
        () = serving => unreachable!("it serves for ever"),
    }
    assert!((3..=10).contains(&connections), "{connections}");
}

#[tokio::test]
async fn a_server_that_takes_no_requests_over_http2_gets_them_over_http1() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    let target = bench.target(&server.url());
    let mut sending = std::pin::pin!(bench.post(&target, vec![b'7'; LARGE]));
    let none = Settings { most_streams: Some(0), window: Some(0) };
    let mut frames = tokio::select! {
        exchange = &mut sending => panic!("{exchange:?}"),
        frames = async {
            let mut frames = server.accept_with(none).await;
            frames.ping().await;
            frames
        } => frames,
    };
    let over_http1 = async {
        settle().await;
        bench.clock.advance(Duration::from_millis(250));
        let mut session = server.session().await;
        assert_eq!(session.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
        let mut read = 0;
        while read < LARGE {
            read += session.read(&mut [0; 4096]).await.unwrap();
        }
        session.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        session
    };
    let (exchange, _session) = tokio::join!(&mut sending, over_http1);
    is_complete(&exchange);
    assert_eq!(exchange.repeated, None, "the server has seen no more than the head of it");
    while frames.next_request().await.is_some() {}
}

#[tokio::test]
async fn a_server_whose_answers_over_http2_cannot_be_read_is_asked_over_http1() {
    let server = Http2Server::start().await;
    for (name, value) in [("connection", "keep-alive"), ("transfer-encoding", "chunked"), ("Keep-Alive", "timeout=5")] {
        let bench = server.bench();
        let target = bench.target(&server.url());
        let mut sending = std::pin::pin!(bench.post(&target, BODY));
        let serving = async {
            let mut frames = server.accept().await;
            let stream = frames.next_whole().await.unwrap();
            frames.answer_with(stream, name, value).await;
            let mut session = server.session().await;
            takes_over_http1(&mut session, "").await;
            session
        };
        let mut session = tokio::select! {
            exchange = &mut sending => panic!("{name}: {exchange:?}"),
            session = serving => session,
        };
        let exchange = sending.await;
        is_complete(&exchange);
        assert_eq!(exchange.repeated, Some(Repeated::Unreadable), "{name}");
        let (exchange, _) = tokio::join!(bench.post(&target, BODY), takes_over_http1(&mut session, ""));
        is_complete(&exchange);
        assert_eq!(exchange.repeated, None, "{name}");
    }
}
