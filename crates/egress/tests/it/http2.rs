//! What requests that share a connection do to each other, and what a server's refusals mean.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::server::TlsStream;

use super::{
    http2_server::{Code, Frames, Http2Server, Settings},
    *,
};

/// More than a server takes of a connection before it opens the window.
pub const LARGE: usize = 200_000;

/// A target with a connection on which one request was answered.
pub async fn connected(server: &Http2Server, bench: &Bench, owner: Owner) -> (Target, Frames) {
    let target = bench.client.target(&url_of(&server.url()), owner).unwrap();
    let (exchange, frames) = tokio::join!(bench.post(&target, BODY), async {
        let mut frames = server.accept().await;
        let first = frames.next_whole().await.unwrap();
        frames.answer(first).await;
        frames
    });
    is_complete(&exchange);
    assert!(exchange.http2);
    (target, frames)
}

/// The request goes over a connection of its own and not over this one.
async fn goes_elsewhere(server: &Http2Server, frames: &mut Frames, send: impl Future<Output = Exchange>) {
    let other = async {
        tokio::select! {
            mut other = server.accept() => {
                let stream = other.next_whole().await.unwrap();
                other.answer(stream).await;
                other
            }
            stream = frames.next_request() => panic!("it shares the connection, as request {stream:?}"),
        }
    };
    let (exchange, _other) = tokio::join!(send, other);
    is_complete(&exchange);
}

/// Takes a request and answers it; gives its head.
pub async fn takes_over_http1(session: &mut TlsStream<TcpStream>, header: &str) -> String {
    assert_eq!(session.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let mut read = Vec::new();
    while !read.ends_with(BODY) {
        assert_ne!(session.read_buf(&mut read).await.unwrap(), 0);
    }
    let answer = format!("HTTP/1.1 200 OK\r\n{header}content-length: 0\r\n\r\n");
    session.write_all(answer.as_bytes()).await.unwrap();
    String::from_utf8_lossy(&read).into_owned()
}

#[tokio::test]
async fn many_targets_of_one_owner_at_one_origin_share_connections_of_http1() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    let mut targets = Vec::new();
    for _ in 0..16 {
        targets.push(connected(&server, &bench, Owner(1)).await);
    }
    let target = || bench.client.target(&url_of(&server.url()), Owner(1)).unwrap();
    let (first, second) = (target(), target());
    let (exchange, mut session) = tokio::join!(bench.post(&first, BODY), async {
        let mut session = server.session().await;
        takes_over_http1(&mut session, "").await;
        session
    });
    is_complete(&exchange);
    let answered = takes_over_http1(&mut session, "connection: close\r\n");
    let (exchange, _) = tokio::join!(bench.post(&second, BODY), answered);
    is_complete(&exchange);

    let (target, mut frames) = connected(&server, &bench, Owner(2)).await;
    let (exchange, ()) = tokio::join!(bench.post(&target, BODY), async {
        let stream = frames.next_whole().await.unwrap();
        frames.answer(stream).await;
    });
    is_complete(&exchange);
    // What is gone makes room.
    targets.pop();
    connected(&server, &bench, Owner(1)).await;
}

#[tokio::test]
async fn targets_that_connect_at_one_time_share_connections_of_http1_as_well() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    let target = || bench.client.target(&url_of(&server.url()), Owner(1)).unwrap();
    let targets: Vec<Target> = (0..20).map(|_| target()).collect();
    let sending = futures_util::future::join_all(targets.iter().map(|target| bench.post(target, BODY)));
    let accepting = async {
        let mut sessions = Vec::new();
        for _ in 0..20 {
            sessions.push(server.session().await);
        }
        let speaks_http2 = |session: &&TlsStream<TcpStream>| session.get_ref().1.alpn_protocol() == Some(&b"h2"[..]);
        sessions.iter().filter(speaks_http2).count()
    };
    tokio::select! {
        _ = sending => panic!("nothing was answered"),
        count = accepting => assert_eq!(count, 16),
    }
}

#[tokio::test]
async fn a_server_that_speaks_http2_only_gets_as_many_connections_as_there_are_targets() {
    let server = Http2Server::that_speaks(&[b"h2"]).await;
    let bench = server.bench();
    let mut targets = Vec::new();
    for _ in 0..16 {
        targets.push(connected(&server, &bench, Owner(1)).await);
    }
    let target = bench.client.target(&url_of(&server.url()), Owner(1)).unwrap();
    let (exchange, _frames) = tokio::join!(bench.post(&target, BODY), async {
        assert!(server.try_session().await.is_err(), "it was offered HTTP/1.1");
        let mut frames = server.accept().await;
        let first = frames.next_whole().await.unwrap();
        frames.answer(first).await;
        frames
    });
    is_complete(&exchange);
    // Next time that is known.
    connected(&server, &bench, Owner(1)).await;
}

#[tokio::test]
async fn a_body_that_is_not_read_keeps_no_other_target_waiting() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    let (stuck, mut frames) = connected(&server, &bench, Owner(1)).await;
    let mut sending = std::pin::pin!(bench.post(&stuck, vec![b'7'; LARGE]));
    tokio::select! {
        exchange = &mut sending => panic!("{exchange:?}"),
        stream = frames.next_request() => assert!(stream.is_some()),
    }
    for owner in [Owner(2), Owner(1)] {
        let other = bench.client.target(&url_of(&server.url()), owner).unwrap();
        goes_elsewhere(&server, &mut frames, bench.post(&other, BODY)).await;
    }
}

#[tokio::test]
async fn what_a_server_accepts_before_it_has_read_it_is_written_to_its_end() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    let target = bench.target(&server.url());
    let mut sending = std::pin::pin!(bench.post(&target, vec![b'7'; LARGE]));
    let reading = async {
        let mut frames = server.accept().await;
        let stream = frames.next_request().await.unwrap();
        frames.answer(stream).await;
        frames.open_window(stream, LARGE as u32).await;
        assert_eq!(frames.next_whole().await, Some(stream));
        frames
    };
    let (exchange, mut frames) = tokio::join!(&mut sending, reading);
    is_complete(&exchange);
    // And the connection is as good as new.
    let (exchange, ()) = tokio::join!(bench.post(&target, BODY), async {
        let stream = frames.next_whole().await.unwrap();
        frames.answer(stream).await;
    });
    is_complete(&exchange);
}

#[tokio::test]
async fn what_a_server_accepts_and_does_not_read_ends_with_the_timeout_and_with_its_answer() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    let target = bench.target(&server.url());
    let mut sending = std::pin::pin!(bench.post(&target, vec![b'7'; LARGE]));
    let _frames = tokio::select! {
        exchange = &mut sending => panic!("{exchange:?}"),
        frames = async {
            let mut frames = server.accept().await;
            let stream = frames.next_request().await.unwrap();
            frames.answer(stream).await;
            frames.ping().await;
            frames
        } => frames,
    };
    tokio::select! {
        exchange = &mut sending => panic!("{exchange:?}"),
        () = settle() => {}
    }
    bench.clock.advance(Limits::default().timeout);
    is_complete(&sending.await);
}

#[tokio::test]
async fn a_connection_on_which_a_body_is_stuck_takes_no_more_requests() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    let (target, mut frames) = connected(&server, &bench, Owner(1)).await;
    let mut stuck = std::pin::pin!(bench.post(&target, vec![b'7'; LARGE]));
    tokio::select! {
        exchange = &mut stuck => panic!("{exchange:?}"),
        stream = frames.next_request() => assert!(stream.is_some()),
    }
    // For a moment it may be on its way.
    let mut small = std::pin::pin!(bench.post(&target, BODY));
    tokio::select! {
        exchange = &mut small => panic!("{exchange:?}"),
        stream = frames.next_request() => assert!(stream.is_some()),
    }
    bench.clock.advance(Duration::from_millis(250));
    goes_elsewhere(&server, &mut frames, bench.post(&target, BODY)).await;
}

#[tokio::test]
async fn a_connection_that_there_is_no_room_to_keep_is_closed_at_once() {
    let server = Http2Server::start().await;
    // An owner keeps no more than are left: one of two.
    let bench = server.bench_that_keeps(PoolLimits { idle_total: 2, ..PoolLimits::default() });
    let (kept, mut frames) = connected(&server, &bench, Owner(1)).await;
    let mut others = Vec::new();
    for _ in 0..5 {
        others.push(connected(&server, &bench, Owner(1)).await);
    }
    settle().await;
    assert_eq!((bench.client.stats().connections_open, bench.client.stats().connections_idle), (1, 1));
    for (_target, frames) in &mut others {
        assert_eq!(frames.next_request().await, None, "the server sees its end");
    }
    let (again, ()) = tokio::join!(bench.post(&kept, BODY), async {
        let stream = frames.next_whole().await.expect("the kept one is open");
        frames.answer(stream).await;
    });
    is_complete(&again);
}

#[tokio::test]
async fn a_connection_that_gets_no_more_requests_is_closed_with_its_last_one_whatever_the_server_reads() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    // Of one whose body was not taken, an answer comes, or none.
    for is_answered in [true, false] {
        let (target, mut frames) = connected(&server, &bench, Owner(1)).await;
        let (exchange, ()) = tokio::join!(bench.post(&target, vec![b'7'; LARGE]), async {
            let stream = frames.next_request().await.unwrap();
            if is_answered {
                frames.answer(stream).await;
                settle().await;
            }
            bench.clock.advance(Duration::from_secs(10));
        });
        assert_eq!(exchange.error.is_none(), is_answered, "{exchange:?}");
        settle().await;
        assert_eq!(bench.client.stats().connections_open, 0, "answered: {is_answered}");
    }
}

#[tokio::test]
async fn until_a_server_says_how_many_requests_it_takes_it_gets_one() {
    let server = Http2Server::start().await;
    let (bench, url) = (server.bench(), server.url());
    let target = bench.target(&url);
    let mut first = std::pin::pin!(bench.post(&target, BODY));
    let frames = async {
        let mut frames = server.silent().await;
        frames.next_request().await.unwrap();
        frames
    };
    let mut frames = tokio::select! {
        exchange = &mut first => panic!("{exchange:?}"),
        frames = frames => frames,
    };
    goes_elsewhere(&server, &mut frames, bench.post(&target, BODY)).await;
}

#[tokio::test]
async fn a_server_gets_no_more_requests_at_a_time_than_it_says() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    let target = bench.target(&server.url());
    let few = Settings { most_streams: Some(2), ..Settings::default() };
    let (first, mut frames) = tokio::join!(bench.post(&target, BODY), async {
        let mut frames = server.accept_with(few).await;
        let stream = frames.next_whole().await.unwrap();
        frames.answer(stream).await;
        frames
    });
    is_complete(&first);
    let mut two = std::pin::pin!(futures_util::future::join(bench.post(&target, BODY), bench.post(&target, BODY)));
    for _ in 0..2 {
        tokio::select! {
            exchanges = &mut two => panic!("{exchanges:?}"),
            stream = frames.next_whole() => assert!(stream.is_some()),
        }
    }
    goes_elsewhere(&server, &mut frames, bench.post(&target, BODY)).await;
}

#[tokio::test]
async fn a_server_that_ends_a_connection_gracefully_costs_no_request() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    let (target, mut frames) = connected(&server, &bench, Owner(1)).await;
    // No more connect anew than may speak HTTP/2.
    let sends = futures_util::future::join_all((0..34).map(|_| bench.post(&target, BODY)));
    let serving = async {
        let mut streams = Vec::new();
        while streams.len() < 30 {
            streams.extend(frames.next_whole().await);
        }
        // It goes on with those up to the twentieth, and says so before it is done with them.
        frames.go_away(streams[19], Code::NoError).await;
        for &stream in &streams[..20] {
            frames.answer(stream).await;
        }
        tokio::join!(frames.serve(), server.serve_all());
    };
    tokio::select! {
        exchanges = sends => exchanges.iter().for_each(is_complete),
        () = serving => unreachable!("it serves for ever"),
    }
}

#[tokio::test]
async fn a_refused_request_is_sent_again_at_once_and_not_for_ever() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    for (refusals, is_answered) in [(1, true), (2, true), (3, false)] {
        let target = bench.target(&server.url());
        let serving = async {
            let mut open = Vec::new();
            for turn in 0..3u32 {
                let mut frames = server.accept().await;
                let stream = frames.next_whole().await.unwrap();
                if turn == refusals {
                    frames.answer(stream).await;
                    frames.serve().await;
                    return;
                }
                frames.reset(stream, Code::RefusedStream).await;
                open.push(frames);
            }
            server.accept().await;
            panic!("it is sent a fourth time");
        };
        let exchange = tokio::select! {
            exchange = bench.post(&target, BODY) => exchange,
            () = serving => unreachable!("it serves for as long as the client is there"),
        };
        match is_answered {
            true => is_complete(&exchange),
            false => {
                let message = error(&exchange).to_string();
                assert_eq!(message, "the receiver ended the request (HTTP/2 REFUSED_STREAM)");
            }
        }
        assert_eq!(exchange.requests, if is_answered { refusals + 1 } else { 3 });
    }
}

#[tokio::test]
async fn a_request_that_may_have_been_processed_is_not_sent_again_and_the_error_is_named() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    let begun = "the receiver ended the request in the middle of the answer's body (HTTP/2 INTERNAL_ERROR)";
    for (is_begun, code, message) in [
        (false, Code::EnhanceYourCalm, "the receiver ended the request (HTTP/2 ENHANCE_YOUR_CALM)"),
        (false, Code::InternalError, "the receiver ended the request (HTTP/2 INTERNAL_ERROR)"),
        (true, Code::InternalError, begun),
    ] {
        let target = bench.target(&server.url());
        let serving = async {
            let mut frames = server.accept().await;
            let stream = frames.next_whole().await.unwrap();
            if is_begun {
                frames.begin_answer(stream).await;
            }
            frames.reset(stream, code).await;
            tokio::join!(frames.serve(), async { panic!("it is sent again: {:?}", server.session().await) });
        };
        let exchange = tokio::select! {
            exchange = bench.post(&target, BODY) => exchange,
            () = serving => unreachable!("it ends by a panic only"),
        };
        assert_eq!(error(&exchange).to_string(), message);
    }
}

#[tokio::test]
async fn who_takes_only_http1_gets_it_from_then_on() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    let over_http1 = async {
        let mut session = server.session().await;
        let head = takes_over_http1(&mut session, "connection: close\r\n").await;
        assert!(head.starts_with("POST /in HTTP/1.1\r\n") && head.contains("host: hooks.example.com:"), "{head}");
        session
    };
    let mut over_http1 = std::pin::pin!(over_http1);
    let target = bench.target(&server.url());
    let (exchange, _session) = tokio::join!(bench.post(&target, BODY), async {
        let mut frames = server.accept().await;
        let stream = frames.next_whole().await.unwrap();
        frames.reset(stream, Code::Http11Required).await;
        over_http1.as_mut().await
    });
    is_complete(&exchange);

    let another = bench.target(&server.url());
    let connecting = async { server.session().await.get_ref().1.alpn_protocol().map(<[u8]>::to_vec) };
    tokio::select! {
        exchange = bench.post(&another, BODY) => panic!("{exchange:?}"),
        protocol = connecting => assert_eq!(protocol.as_deref(), Some(&b"http/1.1"[..])),
    }
}

#[tokio::test]
async fn a_server_that_does_not_take_the_body_is_told_apart_from_one_that_does_not_answer() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    for (window, message) in [
        (Some(0), "no complete answer within 10s: connected, but the receiver did not take the request's body"),
        (None, "no complete answer within 10s: connected, but no response head arrived"),
    ] {
        let target = bench.target(&server.url());
        // The first one may be sent before the server has said anything.
        let empty = bench.post(&target, Bytes::new());
        let (first, mut frames) = tokio::join!(empty, async {
            let mut frames = server.accept_with(Settings { window, ..Settings::default() }).await;
            let stream = frames.next_whole().await.unwrap();
            frames.answer(stream).await;
            frames
        });
        is_complete(&first);
        let (exchange, ()) = tokio::join!(bench.post(&target, BODY), async {
            match window {
                Some(_) => frames.next_request().await,
                None => frames.next_whole().await,
            };
            settle().await;
            bench.clock.advance(Duration::from_secs(10));
        });
        assert_eq!(error(&exchange).to_string(), message);
    }
}

#[tokio::test]
async fn frames_without_end_that_are_no_answer_end_the_connection() {
    let server = Http2Server::start().await;
    let bench = server.bench();
    let (target, mut frames) = connected(&server, &bench, Owner(1)).await;
    let (exchange, ()) = tokio::join!(bench.post(&target, BODY), async {
        frames.next_whole().await.unwrap();
        frames.babble(600).await;
    });
    assert!(matches!(error(&exchange), Error::Protocol(ProtocolError::TooMuch)), "{exchange:?}");
    // A few are nobody's concern.
    let (target, mut frames) = connected(&server, &bench, Owner(2)).await;
    let (exchange, ()) = tokio::join!(bench.post(&target, BODY), async {
        let stream = frames.next_whole().await.unwrap();
        frames.babble(400).await;
        frames.answer(stream).await;
    });
    is_complete(&exchange);
}
