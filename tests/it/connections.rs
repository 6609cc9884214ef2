//! Who is connected to the API: how many at one time, which connection makes way, and whose it is behind a proxy.

use std::net::Ipv4Addr;

use lanehook::{api::ProxyHeader, config::Config};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use crate::{
    client::GUARD,
    receiver::{Receiver, Reply, status},
    server::{OPERATOR, TestServer},
    support::changes,
};

/// Of the networks that are this machine, one for those who misbehave.
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

async fn server(places: usize, per_client: usize) -> TestServer {
    TestServer::start_with(|config| {
        config.max_connections = places;
        config.max_connections_per_client = per_client;
    })
    .await
}

async fn connect(server: &TestServer, from: Ipv4Addr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    socket.connect(server.base.strip_prefix("http://").unwrap().parse().unwrap()).await.unwrap()
}

/// A connection whose request never comes to an end.
async fn half_open(server: &TestServer, from: Ipv4Addr) -> TcpStream {
    let mut stream = connect(server, from).await;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ").await.unwrap();
    stream
}

/// Sends this and returns the answer's status line and the rest, up to its end.
async fn ask(stream: &mut TcpStream, bytes: &[u8]) -> String {
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    timeout(GUARD, stream.read_to_end(&mut answer)).await.expect("an end").unwrap();
    String::from_utf8(answer).unwrap()
}

async fn ends(stream: &mut TcpStream) {
    // Closed in order or not, nothing comes of it.
    let read = timeout(GUARD, stream.read(&mut [0; 1])).await.expect("an end");
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
}

#[tokio::test]
async fn strangers_who_hold_every_place_and_say_nothing_keep_nobody_out() {
    let server = server(16, 16).await;
    let mut first = half_open(&server, STRANGER).await;
    let mut others = Vec::new();
    for _ in 0..40 {
        others.push(half_open(&server, STRANGER).await);
    }
    ends(&mut first).await;
    let mut fresh = connect(&server, STRANGER).await;
    let answer = ask(&mut fresh, b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    server.publish().await;
}

#[tokio::test]
async fn who_asks_whether_to_go_on_with_a_body_and_does_not_makes_way() {
    let server = server(16, 16).await;
    let mut strangers = Vec::new();
    for _ in 0..17 {
        let mut stream = connect(&server, STRANGER).await;
        let head = format!(
            "POST /api/v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {OPERATOR}\r\n\
             Content-Type: application/json\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut go_on = *b"HTTP/1.1 100 Continue\r\n\r\n";
        timeout(GUARD, stream.read_exact(&mut go_on)).await.expect("an answer").unwrap();
        assert!(go_on.starts_with(b"HTTP/1.1 100"));
        strangers.push(stream);
    }
    ends(&mut strangers[0]).await;
    server.publish().await;
}

#[tokio::test]
async fn a_kept_connection_of_somebody_with_a_key_stays_while_strangers_come_and_go() {
    let server = server(16, 16).await;
    let mut kept = connect(&server, Ipv4Addr::LOCALHOST).await;
    let request = |more: &str| {
        format!("GET /api/v1/webhooks HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {OPERATOR}\r\n{more}\r\n")
    };
    kept.write_all(request("").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"}") {
        timeout(GUARD, kept.read_buf(&mut answer)).await.expect("an answer").unwrap();
    }
    let mut strangers = Vec::new();
    for _ in 0..40 {
        strangers.push(half_open(&server, STRANGER).await);
    }
    ends(&mut strangers[0]).await;
    let answer = ask(&mut kept, request("Connection: close\r\n").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "its client has waited longest, and it is there: {answer}");
}

#[tokio::test]
async fn one_address_has_a_part_of_the_places() {
    let server = server(64, 4).await;
    let mut own = half_open(&server, Ipv4Addr::LOCALHOST).await;
    let mut strangers = Vec::new();
    for _ in 0..70 {
        strangers.push(half_open(&server, STRANGER).await);
    }
    ends(&mut strangers[0]).await;
    let rest = b"x\r\nConnection: close\r\n\r\n";
    assert!(ask(&mut own, rest).await.starts_with("HTTP/1.1 200"), "it did not have to make way");
    assert!(ask(strangers.last_mut().unwrap(), rest).await.starts_with("HTTP/1.1 200"), "nor the newest");
}

#[tokio::test]
async fn a_request_that_is_being_done_does_not_make_way() {
    let server = server(16, 16).await;
    let receiver = Receiver::that(Reply::Hold).await;
    let hook = server.webhook(&receiver.url("/"), json!({})).await;
    let mut busy = connect(&server, STRANGER).await;
    let head = format!(
        "POST /api/v1/webhooks/{}/test HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {OPERATOR}\r\n\
         Content-Length: 0\r\nConnection: close\r\n\r\n",
        hook.id
    );
    busy.write_all(head.as_bytes()).await.unwrap();
    receiver.holding(1).await;
    let mut strangers = Vec::new();
    for _ in 0..40 {
        strangers.push(half_open(&server, STRANGER).await);
    }
    ends(&mut strangers[0]).await;
    receiver.answer_held(status(200)).await;
    let answer = ask(&mut busy, b"").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(r#""delivered":true"#), "{answer}");
}

#[tokio::test]
async fn who_has_no_key_is_answered_before_any_body() {
    let server = server(16, 16).await;
    let mut stream = connect(&server, STRANGER).await;
    let head =
        b"POST /api/v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 8000000\r\n\r\n";
    let answer = ask(&mut stream, head).await;
    assert!(answer.starts_with("HTTP/1.1 401"), "and hung up on: {answer}");
}

/// Sends a head that is answered before any body is read, and reads the answer to its end.
async fn answered_before_its_body(server: &TestServer, head: &str) -> TcpStream {
    let mut stream = connect(server, STRANGER).await;
    let head = format!("POST /api/v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n{head}\r\n");
    let answer = ask(&mut stream, head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    stream
}

#[tokio::test]
async fn who_still_sends_when_it_is_answered_is_not_cut_off() {
    let server = server(16, 16).await;
    let key = format!("Authorization: Bearer {OPERATOR}\r\n");
    for head in [
        "Content-Length: 20000000\r\n".to_owned(),
        "Transfer-Encoding: chunked\r\n".to_owned(),
        format!("{key}Content-Length: 900000000\r\n"),
    ] {
        let mut stream = answered_before_its_body(&server, &head).await;
        // Far more than the systems hold between the two.
        timeout(GUARD, stream.write_all(&vec![b'7'; 20_000_000])).await.expect("it is taken").expect("and not refused");
    }
}

#[tokio::test]
async fn who_sends_for_ever_after_its_answer_is_cut_off() {
    let server = server(16, 16).await;
    let head = "Content-Length: 900000000\r\n";
    let mut much = answered_before_its_body(&server, head).await;
    timeout(GUARD, much.write_all(&vec![b'7'; 64 << 20])).await.expect("an end").unwrap_err();

    let mut long = answered_before_its_body(&server, head).await;
    let drips = async {
        while long.write_all(b"7").await.is_ok() {
            server.clock.advance(std::time::Duration::from_secs(10));
            tokio::task::yield_now().await;
        }
    };
    timeout(GUARD, drips).await.expect("an end");
}

#[tokio::test]
async fn a_request_names_one_host() {
    let server = server(16, 16).await;
    for (version, hosts, status) in [
        ("1.1", "", 400),
        ("1.1", "Host: a\r\nHost: b\r\n", 400),
        ("1.1", "Host: a\r\nhost: a\r\n", 400),
        ("1.0", "Host: a\r\nHost: b\r\n", 400),
        ("1.1", "Host: a\r\n", 200),
        ("1.0", "", 200),
    ] {
        let mut stream = connect(&server, STRANGER).await;
        let request = format!("GET /healthz HTTP/{version}\r\n{hosts}Connection: close\r\n\r\n");
        let answer = ask(&mut stream, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/{version} {status} ")), "{hosts:?}: {answer}");
        assert_eq!(answer.contains("the header `Host`"), status == 400, "{answer}");
    }
}

async fn behind_a_proxy(header: ProxyHeader) -> TestServer {
    changes::listen();
    TestServer::start_with(|config: &mut Config| {
        config.trusted_proxies = vec!["127.0.0.2/32".parse().unwrap()];
        config.proxy_header = header;
    })
    .await
}

/// Makes a tenant over a new connection, with these words before the request and this header in it; from which address
/// the change is said to come.
async fn address_told(server: &TestServer, from: Ipv4Addr, before: &str, header: &str, tenant: &str) -> Option<String> {
    let mut stream = connect(server, from).await;
    let body = json!({ "id": tenant }).to_string();
    let request = format!(
        "{before}POST /api/v1/tenants HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {OPERATOR}\r\n{header}\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    if !ask(&mut stream, request.as_bytes()).await.starts_with("HTTP/1.1 201") {
        return None;
    }
    let made = changes::made_by("key_").into_iter().find(|line| line.subject == tenant).unwrap();
    Some(made.by.split_once(" from ").unwrap().1.to_owned())
}

#[tokio::test]
async fn a_trusted_proxy_says_in_a_header_who_is_calling() {
    let server = behind_a_proxy(ProxyHeader::XForwardedFor).await;
    let header = "X-Forwarded-For: 198.51.100.9, 192.0.2.7\r\n";
    let told = address_told(&server, STRANGER, "", header, "by-proxy").await;
    assert_eq!(told.as_deref(), Some("192.0.2.7"));
    let told = address_told(&server, Ipv4Addr::LOCALHOST, "", header, "by-stranger").await;
    assert_eq!(told.as_deref(), Some("127.0.0.1"), "nobody else is believed");
}

#[tokio::test]
async fn a_trusted_proxy_says_in_the_proxy_protocol_who_is_calling() {
    let server = behind_a_proxy(ProxyHeader::ProxyProtocol).await;
    let line = "PROXY TCP4 192.0.2.7 127.0.0.1 4711 8420\r\n";
    let told = address_told(&server, STRANGER, line, "", "by-line").await;
    assert_eq!(told.as_deref(), Some("192.0.2.7"));
    let told = address_told(&server, Ipv4Addr::LOCALHOST, "", "", "without").await;
    assert_eq!(told.as_deref(), Some("127.0.0.1"), "others speak plain HTTP");
    assert_eq!(address_told(&server, Ipv4Addr::LOCALHOST, line, "", "not-believed").await, None);
    let mut silent = connect(&server, STRANGER).await;
    silent.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    ends(&mut silent).await;
}

#[tokio::test]
async fn clients_behind_a_proxy_are_counted_one_by_one() {
    let server = TestServer::start_with(|config| {
        config.max_connections_per_client = 2;
        config.trusted_proxies = vec!["127.0.0.2/32".parse().unwrap()];
        config.proxy_header = ProxyHeader::ProxyProtocol;
    })
    .await;
    let announced = async |client: &str| {
        let mut stream = connect(&server, STRANGER).await;
        let line = format!("PROXY TCP4 {client} 127.0.0.1 4711 8420\r\nGET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ");
        stream.write_all(line.as_bytes()).await.unwrap();
        stream
    };
    let mut other = announced("192.0.2.8").await;
    let mut same = Vec::new();
    for _ in 0..3 {
        same.push(announced("192.0.2.7").await);
    }
    ends(&mut same[0]).await;
    assert!(ask(&mut other, b"x\r\nConnection: close\r\n\r\n").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn the_description_names_where_the_api_is_reached() {
    let server = TestServer::start_with(|config| {
        config.public_url = Some("https://hooks.example.com/lanehook".parse().unwrap());
    })
    .await;
    let document = server.get("/openapi.json").await;
    assert_eq!(document["servers"], json!([{"url": "https://hooks.example.com/lanehook"}]));
}
