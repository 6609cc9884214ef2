//! The extractor, in an axum router over TCP.

use axum::body::Bytes;
use axum::routing::post;
use axum::{Json, Router};
use lanehook_signature::layer::VerifyLayer;
use lanehook_signature::{Algorithm, Dialect, Message, Secret, Verified, Verifier};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower::ServiceExt as _;

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

fn request(path: &str, id: &str, body: &'static str) -> http::Request<axum::body::Body> {
    let message = Message::new(id, NOW, body.as_bytes());
    let mut request = http::Request::post(path).header("content-type", "application/json");
    for (name, value) in sign(&Dialect::Standard, Algorithm::Sha256, &[secret()], &message) {
        request = request.header(name, value);
    }
    request.body(body.into()).unwrap()
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
