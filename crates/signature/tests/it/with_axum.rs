//! The extractor, in an axum router over TCP.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use axum::{Json, Router};
use http_body::Frame;
use lanehook_signature::layer::VerifyLayer;
use lanehook_signature::{Algorithm, Dialect, Message, Secret, Verified, Verifier};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower::ServiceExt as _;
use tower_http::limit::RequestBodyLimitLayer;

use crate::{NOW, sign};

#[derive(serde::Deserialize)]
struct Alert {
    symbol: String,
}

fn secret() -> Secret {
    Secret::generate_hmac([7; 32])
}

fn router() -> Router {
    let layer = VerifyLayer::new(Verifier::new(Dialect::Standard, &secret()).unwrap()).clock(|| NOW);
    async fn json(Verified(received, Json(alert)): Verified<Json<Alert>>) -> String {
        format!("{} {} {}", received.id.unwrap_or_default(), received.timestamp.unwrap_or_default(), alert.symbol)
    }
    async fn bytes(Verified(_, body): Verified<Bytes>) -> String {
        body.len().to_string()
    }
    let signed = Router::new().route("/json", post(json)).route("/bytes", post(bytes)).layer(layer);
    signed.route("/forgotten", post(bytes))
}

fn request(path: &str, id: &str, body: &str) -> http::Request<axum::body::Body> {
    let message = Message::new(id, NOW, body.as_bytes());
    let mut request = http::Request::post(path).header("content-type", "application/json");
    for (name, value) in sign(&Dialect::Standard, Algorithm::Sha256, &[secret()], &message) {
        request = request.header(name, value);
    }
    request.body(body.to_owned().into()).unwrap()
}

async fn answer(router: &Router, request: http::Request<axum::body::Body>) -> (u16, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_handler_gets_what_was_verified() {
    let router = router();
    let body = r#"{"symbol":"AAPL"}"#;
    assert_eq!(answer(&router, request("/json", "evt_1", body)).await, (200, format!("evt_1 {NOW} AAPL")));
    assert_eq!(answer(&router, request("/json", "evt_1", body)).await, (200, "handled before".to_owned()));
    assert_eq!(answer(&router, request("/bytes", "evt_2", body)).await, (200, "17".to_owned()));
}

#[tokio::test]
async fn a_body_that_is_verified_and_not_understood_may_come_again() {
    let router = router();
    for _ in 0..2 {
        let (status, text) = answer(&router, request("/json", "evt_1", r#"{"symbol":1}"#)).await;
        assert_eq!(status, 422, "{text}");
    }
}

#[tokio::test]
async fn a_route_without_the_layer_lets_nothing_through() {
    let (status, text) = answer(&router(), request("/forgotten", "evt_1", "{}")).await;
    assert_eq!((status, text.as_str()), (500, "the route has no VerifyLayer"));
}

/// Axum's own limit is 2 MB; the layer bounded and read the body before.
#[tokio::test]
async fn a_body_limit_beyond_axums_has_an_effect() {
    async fn with(Verified(_, body): Verified<Bytes>) -> String {
        body.len().to_string()
    }
    async fn without(body: Bytes) -> String {
        body.len().to_string()
    }
    async fn json(Verified(_, Json(texts)): Verified<Json<Vec<String>>>) -> String {
        texts.len().to_string()
    }
    /// As a layer that unpacks does: what was a short body is a long one.
    async fn unpack(request: http::Request<axum::body::Body>) -> http::Request<axum::body::Body> {
        request.map(|_| axum::body::Body::from(vec![b' '; (4 << 20) + 1]))
    }
    let layer = VerifyLayer::new(Verifier::new(Dialect::Standard, &secret()).unwrap()).clock(|| NOW);
    let router = Router::new()
        .route("/with", post(with))
        .route("/without", post(without))
        .route("/json", post(json))
        .route("/within", post(with).layer(DefaultBodyLimit::max(1000)))
        .route("/unpacked", post(with).layer(axum::middleware::map_request(unpack)))
        .layer(layer.body_limit(4 << 20))
        .layer(DefaultBodyLimit::max(1000));
    let long = format!("[{:?}]", "x".repeat((4 << 20) - 4));
    assert_eq!(long.len(), 4 << 20);
    assert_eq!(answer(&router, request("/with", "evt_1", &long)).await, (200, "4194304".to_owned()));
    assert_eq!(answer(&router, request("/without", "evt_2", &long)).await, (200, "4194304".to_owned()));
    assert_eq!(answer(&router, request("/json", "evt_3", &long)).await, (200, "1".to_owned()));
    assert_eq!(answer(&router, request("/within", "evt_4", &long)).await.0, 413, "a limit that a route has itself");
    let longer = format!("{long} ");
    assert_eq!(answer(&router, request("/with", "evt_5", &longer)).await.0, 413, "the layer's own");
    assert_eq!(answer(&router, request("/unpacked", "evt_6", "[]")).await.0, 413, "whatever is made of the body");
}

/// Whoever has a limit around the layer is not told that the connection broke off.
#[tokio::test]
async fn a_limit_around_the_layer_is_answered_413() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let layer = VerifyLayer::new(Verifier::new(Dialect::Standard, &secret()).unwrap()).clock(|| NOW);
    let layer = layer.observe(move |_, outcome| heard.lock().unwrap().push(outcome.to_string()));
    let router =
        Router::new().route("/", post(async || "handled")).layer(layer).layer(RequestBodyLimitLayer::new(1000));
    let body = "x".repeat(1001);
    // As a stream, which announces no length.
    let (head, _) = request("/", "evt_1", &body).into_parts();
    let chunks = body.as_bytes().chunks(100).map(|chunk| Ok(Frame::data(Bytes::copy_from_slice(chunk))));
    let chunks: Vec<Result<_, Infallible>> = chunks.collect();
    let stream = axum::body::Body::new(Chunks(chunks.into_iter()));
    let (status, text) = answer(&router, http::Request::from_parts(head, stream)).await;
    assert_eq!((status, text.as_str()), (413, "the body has more bytes than a limit around the layer lets through"));
    assert_eq!(*told.lock().unwrap(), [text]);
}

struct Chunks(std::vec::IntoIter<Result<Frame<Bytes>, Infallible>>);

impl http_body::Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.next())
    }
}

/// What a log shows of each request: words, and an id in which nobody can hide a line of their own.
#[tokio::test]
async fn an_outcome_is_told_in_words() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&told);
    let layer = VerifyLayer::new(Verifier::new(Dialect::Standard, &secret()).unwrap()).clock(|| NOW);
    let layer = layer
        .id_from(|_, body| (body.len() > 2).then(|| "a\nb".to_owned()))
        .observe(move |_, outcome| heard.lock().unwrap().push(outcome.to_string()));
    let router = Router::new().route("/", post(async || "handled")).layer(layer);
    for (id, body) in [("evt_1", "{}"), ("evt_1", "{}"), ("evt_2", "{ }")] {
        assert_eq!(answer(&router, request("/", id, body)).await.0, 200);
    }
    let mut altered = request("/", "evt_3", "{}");
    altered.headers_mut().remove("webhook-id");
    assert_eq!(answer(&router, altered).await.0, 401);
    let words = ["new: \"evt_1\"", "handled before: \"evt_1\"", r#"new: "a\nb""#, "the header webhook-id is missing"];
    assert_eq!(*told.lock().unwrap(), words);
}

#[tokio::test]
async fn it_serves_over_tcp() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move { axum::serve(listener, router()).await });
    let exchange = |headers: String, body: &'static str| async move {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = format!("POST /bytes HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    };
    let message = Message::new("evt_1", NOW, b"{}");
    let signed: String = sign(&Dialect::Standard, Algorithm::Sha256, &[secret()], &message)
        .into_iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let chunked = exchange(format!("{signed}transfer-encoding: chunked\r\n"), "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n").await;
    assert!(chunked.starts_with("HTTP/1.1 200") && chunked.ends_with("\r\n\r\n2"), "{chunked}");
    let unsigned = exchange("content-length: 2\r\n".to_owned(), "{}").await;
    assert!(unsigned.starts_with("HTTP/1.1 401"), "{unsigned}");
    let long = exchange(format!("{signed}content-length: 9999999\r\n"), "").await;
    assert!(long.starts_with("HTTP/1.1 413"), "{long}");
    server.abort();
}
