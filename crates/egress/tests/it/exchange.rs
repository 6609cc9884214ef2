//! What is sent, what comes back, and which connections it goes over.

use std::io;

use http::{HeaderName, HeaderValue, Method};
use lanehook_egress::{Casing, Headers, Phase, PoolLimits, ProtocolError, Repeated, RequestError};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;

/// More than the buffers of a connection hold.
const FAR_MORE: usize = 32 << 20;

fn headers(pairs: &[(&'static str, &'static str)]) -> Headers {
    let mut headers = Headers::default();
    for (name, value) in pairs {
        headers.push(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers
}

#[tokio::test]
async fn headers_arrive_in_their_order_and_the_body_as_it_is() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench = Bench::dev();
    let target = bench.target(&receiver.url("/in?a=b%20c"));
    let headers = headers(&[("x-b", "1"), ("x-a", "2"), ("x-b", "3")]);
    let (method, casing) = (Method::PUT, Casing::default());
    let request = Request { method, headers, casing, body: Bytes::from_static(BODY) };
    let exchange = bench.client.send(&target, request, &Limits::default()).await;
    is_complete(&exchange);
    let answer = exchange.answer.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body[..], answer.truncated), (200, &b"fine"[..], false));
    assert_eq!((exchange.remote, exchange.reused, exchange.http2), (Some(receiver.address), false, false));
    assert!(exchange.timings.connect > Duration::ZERO && exchange.timings.total >= exchange.timings.first_byte);

    let seen = receiver.last();
    assert_eq!((seen.line.as_str(), &seen.body[..]), ("PUT /in?a=b%20c HTTP/1.1", BODY));
    let names: Vec<&str> = seen.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["host", "x-b", "x-b", "x-a", "content-length"]);
    assert_eq!(seen.header("host"), Some(receiver.address.to_string().as_str()));
}

#[tokio::test]
async fn names_are_written_as_their_owner_writes_them() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench = Bench::dev();
    let target = bench.target(&receiver.url("/"));
    let mut request = Request::post(BODY);
    request.headers =
        headers(&[("x-pt-signature", "1"), ("x-b", "2"), ("webhook-id", "3"), ("content-type", "text/plain")]);
    request.casing = Casing::of(["X-PT-Signature", "X-Not-There", "webhook-id", "no name", "CONTENT-Type"]);
    is_complete(&bench.client.send(&target, request.clone(), &Limits::default()).await);
    let names = |seen: receiver::Seen| seen.headers.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    let written = ["host", "X-PT-Signature", "x-b", "webhook-id", "CONTENT-Type", "content-length"];
    assert_eq!(names(receiver.last()), written);
    // Of each request, also on a connection that had others.
    request.casing = Casing::of((0..150).map(|_| "X-B"));
    is_complete(&bench.client.send(&target, request, &Limits::default()).await);
    let written = ["host", "x-pt-signature", "X-B", "webhook-id", "content-type", "content-length"];
    assert_eq!(names(receiver.last()), written);
}

#[tokio::test]
async fn host_and_length_say_what_is_true_and_framing_cannot_be_set() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench = Bench::dev();
    let target = bench.target(&receiver.url("/"));
    let mut request = Request::post(BODY);
    request.headers = headers(&[("content-length", "1"), ("host", "elsewhere.example"), ("x-a", "1")]);
    is_complete(&bench.client.send(&target, request, &Limits::default()).await);
    let seen = receiver.last();
    assert_eq!(seen.header("host"), Some(receiver.address.to_string().as_str()));
    assert_eq!(seen.header("content-length"), Some(BODY.len().to_string().as_str()));

    for name in ["transfer-encoding", "connection", "te", "trailer", "upgrade"] {
        let mut request = Request::post(BODY);
        request.headers = headers(&[(name, "chunked")]);
        let exchange = bench.client.send(&target, request, &Limits::default()).await;
        assert!(matches!(error(&exchange), Error::Request(RequestError::Framing(_))), "{name}: {exchange:?}");
    }
    assert_eq!(receiver.count(), 1);
}

#[tokio::test]
async fn another_path_shares_the_connections_and_another_origin_is_refused() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench = Bench::dev();
    let target = bench.target(&receiver.url("/one"));
    let other = target.at(&url_of(&receiver.url("/two?x=1"))).unwrap();
    for target in [&target, &other] {
        is_complete(&bench.client.send(target, Request::post(BODY), &Limits::default()).await);
    }
    assert_eq!((receiver.accepts(), receiver.last().line.as_str()), (1, "POST /two?x=1 HTTP/1.1"));
    for elsewhere in ["http://127.0.0.1:1/two", "https://127.0.0.1/", "http://user@127.0.0.1/"] {
        assert!(target.at(&url_of(elsewhere)).is_err(), "{elsewhere}");
    }
}

#[tokio::test]
async fn a_target_of_another_client_is_refused() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let target = Bench::dev().target(&receiver.url("/"));
    let strict = Bench::new(Config::default()).client;
    for exchange in [
        strict.send(&target, Request::get(), &Limits::default()).await,
        strict.connect(&target, &Limits::default()).await,
    ] {
        assert!(matches!(error(&exchange), Error::Request(RequestError::ForeignTarget)), "{exchange:?}");
    }
    assert_eq!(receiver.accepts(), 0);
}

#[tokio::test]
async fn connecting_sends_nothing() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench = Bench::dev();
    let target = bench.target(&receiver.url("/"));
    let exchange = bench.client.connect(&target, &Limits::default()).await;
    assert!(exchange.error.is_none() && exchange.answer.is_none(), "{exchange:?}");
    assert_eq!((exchange.remote, receiver.count()), (Some(receiver.address), 0));
}

#[tokio::test]
async fn many_requests_share_one_connection() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench = Bench::dev();
    for turn in 0..50 {
        let exchange = bench.send(&receiver.url("/")).await;
        is_complete(&exchange);
        assert_eq!((exchange.remote, exchange.reused), (Some(receiver.address), turn > 0));
        assert_eq!(exchange.timings.connect.is_zero(), turn > 0, "{:?}", exchange.timings);
    }
    assert_eq!((receiver.accepts(), receiver.count()), (1, 50));
}

#[tokio::test]
async fn a_connection_that_is_the_wrong_one_is_used_no_more() {
    let misdirected = "HTTP/1.1 421 Misdirected Request\r\ncontent-length: 0\r\n\r\n";
    let receiver = Receiver::start(misdirected, Then::KeepOpen).await;
    let bench = Bench::dev();
    for _ in 0..3 {
        let exchange = bench.send(&receiver.url("/")).await;
        assert_eq!(exchange.answer.unwrap().status.as_u16(), 421);
    }
    assert_eq!((receiver.accepts(), receiver.count()), (3, 3));
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_replaced() {
    let receiver = Receiver::start(OK, Then::Close).await;
    let bench = Bench::dev();
    for _ in 0..3 {
        is_complete(&bench.send(&receiver.url("/")).await);
        settle().await;
    }
    assert_eq!((receiver.accepts(), receiver.count()), (3, 3));
}

#[tokio::test]
async fn a_kept_connection_that_ends_before_an_answer_is_replaced_by_a_new_one() {
    // The first answer keeps the connection open; the second request on it is taken, as when it is on its way while the server closes.
    let receiver = Receiver::start_with([OK.into(), Vec::new()], Then::Close).await;
    let bench = Bench::dev();
    let first = bench.send(&receiver.url("/")).await;
    let second = bench.send(&receiver.url("/")).await;
    [&first, &second].into_iter().for_each(is_complete);
    assert_eq!((first.repeated, second.repeated, second.reused), (None, Some(Repeated::KeptEnded), false));
    assert_eq!((first.requests, second.requests), (1, 2));
    assert_eq!((receiver.accepts(), receiver.count()), (2, 3));
}

#[tokio::test]
async fn a_request_that_may_have_been_taken_is_not_sent_again_on_a_new_connection_or_after_a_part_of_an_answer() {
    let receiver = Receiver::start("", Then::Close).await;
    let exchange = Bench::dev().send(&receiver.url("/")).await;
    assert_eq!((error(&exchange).phase(), exchange.repeated), (Some(Phase::Waiting), None));
    assert_eq!((receiver.accepts(), receiver.count()), (1, 1));

    let receiver = Receiver::start_with([OK, "HTTP/1.1 50"].map(Vec::from), Then::Close).await;
    let bench = Bench::dev();
    is_complete(&bench.send(&receiver.url("/")).await);
    let exchange = bench.send(&receiver.url("/")).await;
    assert_eq!((error(&exchange).phase(), exchange.repeated), (Some(Phase::Waiting), None));
    assert_eq!((receiver.accepts(), receiver.count()), (1, 2));
}

#[tokio::test]
async fn a_connection_that_the_server_does_not_keep_is_not_used_again() {
    for (header, connections) in [("timeout=0", 2), ("timeout=60", 1), ("max=5", 1)] {
        let response = format!("HTTP/1.1 200 OK\r\nkeep-alive: {header}\r\ncontent-length: 0\r\n\r\n");
        let receiver = Receiver::start(response, Then::KeepOpen).await;
        let bench = Bench::dev();
        for _ in 0..2 {
            is_complete(&bench.send(&receiver.url("/")).await);
        }
        assert_eq!(receiver.accepts(), connections, "{header}");
    }
}

/// Sends more than a connection holds to a server that answers with this status as soon as it has read the head; tells how much of
/// it the server could read after that.
async fn read_after_answering(status: &str) -> usize {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let bench = Bench::dev();
    let reading = async {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut read = Vec::new();
        while !read.windows(4).any(|four| four == b"\r\n\r\n") {
            socket.read_buf(&mut read).await.unwrap();
        }
        socket.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes()).await.unwrap();
        settle().await;
        let mut length = read.len();
        while length < FAR_MORE {
            match socket.read(&mut vec![0; 1 << 20]).await {
                Ok(0) | Err(_) => break,
                Ok(more) => length += more,
            }
        }
        length
    };
    let (exchange, length) = tokio::join!(bench.send_body(&url, vec![b'7'; FAR_MORE].into()), reading);
    is_complete(&exchange);
    length
}

#[tokio::test]
async fn what_a_server_accepts_before_it_has_read_it_is_written_to_its_end() {
    assert!(read_after_answering("202 Accepted").await >= FAR_MORE);
    assert!(read_after_answering("413 Too Large").await < FAR_MORE, "what it refuses is not");
}

#[tokio::test]
async fn a_connection_that_was_idle_for_too_long_is_not_used() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let pool = PoolLimits { idle_for: Duration::ZERO, ..PoolLimits::default() };
    let bench = Bench::new(Config { policy: Policy::development(), pool, ..Config::default() });
    for _ in 0..3 {
        is_complete(&bench.send(&receiver.url("/")).await);
    }
    assert_eq!(receiver.accepts(), 3);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Receiver::start(OK, Then::KeepOpen).await;
    let location = format!("HTTP/1.1 307 x\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", elsewhere.url("/t"));
    let exchange = answered(location, Then::KeepOpen).await;
    assert_eq!(exchange.answer.unwrap().status.as_u16(), 307);
    assert_eq!(elsewhere.accepts(), 0);
}

#[tokio::test]
async fn what_is_not_http_is_a_protocol_error() {
    let megabyte = format!("x-padding: {}\r\n", "y".repeat(8000)).repeat(125);
    for response in [
        "SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\r\n{megabyte}\r\n"),
    ] {
        let shown = response[..40.min(response.len())].to_owned();
        let exchange = answered(response, Then::Hang).await;
        assert!(matches!(error(&exchange), Error::Protocol(_)), "{shown}: {exchange:?}");
    }
}

#[tokio::test]
async fn a_line_that_is_no_header_is_left_out_and_the_rest_counts() {
    let many = "x-padding: y\r\n".repeat(900);
    for lines in [
        "x-a : 1\r\n",
        "x-a\t: 1\r\n",
        " x-a: 1\r\n",
        "x-a: 1\r\n folded\r\n",
        "x-a:\r\n\tfolded\r\n",
        "no colon\r\n",
        ": no name\r\n",
        "(x-a): 1\r\n",
        "x a: 1\r\n",
        "x-\u{e9}: 1\r\n",
        "x-a: \u{1}\r\n",
        "x-a: 1\n",
        "\"x\": 1\r\n",
        &many,
    ] {
        let response =
            format!("HTTP/1.1 429 Slow\r\nx-first: 1\r\n{lines}retry-after: 7\r\ncontent-length: 4\r\n\r\nfine");
        let receiver = Receiver::start(response, Then::KeepOpen).await;
        let bench = Bench::dev();
        for _ in 0..2 {
            let exchange = bench.send(&receiver.url("/")).await;
            is_complete(&exchange);
            let answer = exchange.answer.unwrap();
            assert_eq!((answer.status.as_u16(), &answer.body[..]), (429, &b"fine"[..]), "{lines:?}");
            assert_eq!(answer.headers["retry-after"], "7", "{lines:?}");
        }
        assert_eq!(receiver.accepts(), 1, "{lines:?}");
    }
}

#[tokio::test]
async fn where_the_head_cannot_be_read_its_first_line_counts() {
    let many = "x-padding: y\r\n".repeat(1001);
    let megabyte = format!("x-padding: {}\r\n", "y".repeat(8000)).repeat(125);
    for (lines, then) in [
        ("x-a: \0\r\n\r\n", Then::Hang),
        ("x-a: 1\r2\r\n\r\n", Then::Hang),
        ("content-length: 4\r\ncontent-length: 5\r\n\r\nfine", Then::Hang),
        ("content-length: four\r\n\r\nfine", Then::Hang),
        ("content-length: -1\r\n\r\n", Then::Hang),
        (&format!("{many}\r\n"), Then::Hang),
        (&megabyte, Then::Hang),
        ("x-a: 1\r\n", Then::Close),
        ("", Then::Close),
    ] {
        let exchange = answered(format!("HTTP/1.1 503 Busy\r\n{lines}"), then).await;
        let shown = &lines[..40.min(lines.len())];
        let answer = exchange.answer.as_ref().unwrap_or_else(|| panic!("{shown:?}: {exchange:?}"));
        assert_eq!((answer.status.as_u16(), answer.headers.len(), answer.truncated), (503, 0, true), "{shown:?}");
        let phase = if then == Then::Hang { Phase::Waiting } else { Phase::Head };
        assert_eq!(error(&exchange).phase(), Some(phase), "{shown:?}: {exchange:?}");
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_told_with_its_cause() {
    let response = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n";
    let message = error(&answered(response, Then::Hang).await).to_string();
    assert_eq!(message, "the answer is not HTTP as it should be: Invalid chunk size line: missing size digit");
}

#[tokio::test]
async fn the_limit_of_an_answers_headers_is_the_one_that_is_said() {
    // "name: value" and a line's end; eight lines of these are the limit to the byte.
    let head = |last: usize| {
        let lines: String =
            (1..=8).map(|line| format!("x-{line}: {}\r\n", "y".repeat(if line < 8 { 8185 } else { last }))).collect();
        format!("HTTP/1.1 204 x\r\n{lines}\r\n")
    };
    let exchange = answered(head(8185), Then::KeepOpen).await;
    is_complete(&exchange);
    let headers = exchange.answer.unwrap().headers;
    assert_eq!(headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum::<usize>(), 64 * 1024);
    for last in [8186, 8185 + 4096] {
        let exchange = answered(head(last), Then::KeepOpen).await;
        assert!(matches!(error(&exchange), Error::Protocol(ProtocolError::HeadTooLarge)), "{last}: {exchange:?}");
    }
}

#[tokio::test]
async fn owners_share_no_connection_and_the_targets_of_one_do() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench = Bench::dev();
    let target = |owner| bench.client.target(&url_of(&receiver.url("/")), Owner(owner)).unwrap();
    for (owner, connections) in [(1, 1), (1, 1), (2, 2), (1, 2), (2, 2)] {
        is_complete(&bench.post(&target(owner), BODY).await);
        assert_eq!(receiver.accepts(), connections, "owner {owner}");
    }
    assert_eq!(bench.client.stats().connections_idle, 2);
}

#[tokio::test]
async fn a_connection_that_ends_early_is_broken_in_its_phase() {
    for (response, phase) in [
        ("", Phase::Waiting),
        ("HTTP/1.1 20", Phase::Waiting),
        ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfour", Phase::Body),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab", Phase::Body),
    ] {
        let exchange = answered(response, Then::Close).await;
        assert!(matches!(error(&exchange), Error::Broken { .. }), "{response:?}: {exchange:?}");
        assert_eq!(error(&exchange).phase(), Some(phase), "{response:?}");
        assert_eq!(exchange.answer.is_some(), phase == Phase::Body, "what had arrived is there");
    }
}

#[tokio::test]
async fn a_refused_connection_names_the_address() {
    let address = Receiver::nobody().await;
    let exchange = Bench::dev().send(&format!("http://{address}/")).await;
    assert!(
        matches!(error(&exchange), Error::Connect { address: own, error, .. }
            if *own == address && error.kind() == io::ErrorKind::ConnectionRefused),
        "{exchange:?}"
    );
    assert!(exchange.answer.is_none() && exchange.remote.is_none());
}

/// The environment belongs to the process, so this one is run again with proxies set.
#[test]
fn proxies_of_the_environment_are_ignored() {
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "exchange::headers_arrive_in_their_order_and_the_body_as_it_is"]);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        again.env(name, "http://127.0.0.1:9");
    }
    let output = again.env_remove("no_proxy").env_remove("NO_PROXY").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// As Cargo builds examples beside tests.
#[tokio::test]
async fn the_example_shows_what_was_seen() {
    let receiver = Receiver::start(OK, Then::Close).await;
    let tests = std::env::current_exe().unwrap();
    let example = tests.parent().and_then(std::path::Path::parent).unwrap().join("examples/fetch");
    let mut command = tokio::process::Command::new(example);
    let output = command.args(["--dev", &receiver.url("/x")]).output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("200 OK\nfine"), "{output:?}");
    assert_eq!(receiver.last().line, "GET /x HTTP/1.1");
}
