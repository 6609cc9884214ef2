//! The layer between a sender and a handler: who gets through, who is answered what, and what is remembered.

mod found;
mod nested;
#[cfg(feature = "twilio")]
mod recut;
mod refused;
pub(crate) mod replays;
mod shares;
mod unknown;
#[cfg(all(feature = "redis", feature = "postgres"))]
mod unreachable;

use std::convert::Infallible;
use std::sync::atomic::{AtomicI64, AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use lanehook_signature::layer::{Always, FindVerifier, Outcome, VerifiedBody, VerifyLayer};
use lanehook_signature::seen::SeenIds;
use lanehook_signature::{Algorithm, Dialect, Message, Received, Secret, Verifier};
use tower::{Layer as _, Service, ServiceExt as _};

use crate::{Headers, NOW, sign};

/// A receiver with a clock and a handler that do as the test says.
#[derive(Clone)]
pub(crate) struct Receiver {
    now: Arc<AtomicI64>,
    status: Arc<AtomicU16>,
    handled: Arc<AtomicUsize>,
    last: Arc<Mutex<Option<(Received, Bytes)>>>,
    problems: Arc<Mutex<Vec<String>>>,
}

impl Receiver {
    pub(crate) fn new() -> Receiver {
        Receiver {
            now: Arc::new(AtomicI64::new(NOW)),
            status: Arc::new(AtomicU16::new(204)),
            handled: Arc::default(),
            last: Arc::default(),
            problems: Arc::default(),
        }
    }

    fn handled(&self) -> usize {
        self.handled.load(Ordering::Relaxed)
    }

    fn answer_with(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    fn wait(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    fn problems(&self) -> Vec<String> {
        std::mem::take(&mut self.problems.lock().unwrap())
    }

    pub(crate) fn layer(&self, dialect: Dialect) -> VerifyLayer {
        let (now, problems) = (Arc::clone(&self.now), Arc::clone(&self.problems));
        VerifyLayer::new(Verifier::new(dialect, &secret()).unwrap()).clock(move || now.load(Ordering::Relaxed)).observe(
            move |_, outcome| {
                if let Outcome::Problem(problem) = outcome {
                    problems.lock().unwrap().push(problem.to_string());
                }
            },
        )
    }

    /// Its handler inside the layer.
    fn service<I: SeenIds, V: FindVerifier>(&self, layer: &VerifyLayer<I, V>) -> Handler<I, V> {
        let (receiver, handled) = (self.clone(), Arc::clone(&self.handled));
        layer.layer(tower::util::BoxCloneService::new(tower::service_fn(move |request: Request<VerifiedBody>| {
            let (receiver, handled) = (receiver.clone(), Arc::clone(&handled));
            async move {
                handled.fetch_add(1, Ordering::Relaxed);
                let received = request.extensions().get::<Received>().unwrap().clone();
                let body = request.into_body().collect().await.unwrap().to_bytes();
                *receiver.last.lock().unwrap() = Some((received, body));
                let mut response = Response::new(Full::new(Bytes::from_static(b"the handler's")));
                *response.status_mut() = StatusCode::from_u16(receiver.status.load(Ordering::Relaxed)).unwrap();
                Ok(response)
            }
        })))
    }
}

type Inner = tower::util::BoxCloneService<Request<VerifiedBody>, Response<Full<Bytes>>, Infallible>;
type Handler<I, V = Always> = lanehook_signature::layer::VerifyService<Inner, I, V>;

fn secret() -> Secret {
    Secret::generate_hmac([7; 32])
}

/// A message with this id and body, signed at this time.
fn signed(dialect: &Dialect, id: &str, timestamp: i64, body: &str) -> Headers {
    let message = Message::new(id, timestamp, body.as_bytes()).event_type("price.alert").delivery("dlv_1");
    sign(dialect, Algorithm::Sha256, &[secret()], &message)
}

fn request(headers: &[(String, String)], body: &str) -> Request<Full<Bytes>> {
    let mut request = Request::post("/").body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).unwrap();
    for (name, value) in headers {
        request.headers_mut().append(name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
    }
    request
}

/// Sends it; the status and the text that come back.
async fn send<I: SeenIds, V: FindVerifier>(handler: &Handler<I, V>, request: Request<Full<Bytes>>) -> (u16, String) {
    let response = handler.clone().oneshot(request).await.unwrap();
    let retry_after = response.headers().get("retry-after").is_some();
    assert_eq!(retry_after, response.status() == StatusCode::SERVICE_UNAVAILABLE);
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn deliver<I: SeenIds>(handler: &Handler<I>, headers: &[(String, String)], body: &str) -> u16 {
    send(handler, request(headers, body)).await.0
}

#[tokio::test]
async fn a_signed_message_reaches_the_handler_whole() {
    let receiver = Receiver::new();
    let handler = receiver.service(&receiver.layer(Dialect::Standard));
    let answer = send(&handler, request(&signed(&Dialect::Standard, "evt_1", NOW - 3, "{}"), "{}")).await;
    assert_eq!(answer, (204, "the handler's".to_owned()));
    let (received, body) = receiver.last.lock().unwrap().clone().unwrap();
    assert_eq!((received.id.as_deref(), received.timestamp), (Some("evt_1"), Some(NOW - 3)));
    assert_eq!(body, "{}");
    assert_eq!(receiver.problems(), [""; 0]);
}

#[tokio::test]
async fn what_a_message_says_of_itself_depends_on_its_dialect() {
    let timestamped = crate::timestamped("X-PT-Signature", "");
    for (dialect, id, timestamp) in [
        (Dialect::Standard, Some("evt_1"), Some(NOW)),
        (Dialect::Plain, Some("evt_1"), Some(NOW)),
        (Dialect::Hub, None, None),
        (timestamped, None, Some(NOW)),
    ] {
        let receiver = Receiver::new();
        let handler = receiver.service(&receiver.layer(dialect.clone()));
        assert_eq!(deliver(&handler, &signed(&dialect, "evt_1", NOW, "{}"), "{}").await, 204);
        let (received, _) = receiver.last.lock().unwrap().clone().unwrap();
        assert_eq!((received.id.as_deref(), received.timestamp), (id, timestamp));
    }
}

/// The service that was asked whether it is ready is the one that is called.
#[tokio::test]
async fn the_handler_is_called_only_when_it_was_ready() {
    #[derive(Default)]
    struct Picky {
        ready: bool,
    }
    impl Clone for Picky {
        fn clone(&self) -> Picky {
            Picky::default()
        }
    }
    impl Service<Request<VerifiedBody>> for Picky {
        type Response = Response<Full<Bytes>>;
        type Error = Infallible;
        type Future = std::future::Ready<Result<Self::Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
            self.ready = true;
            std::task::Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<VerifiedBody>) -> Self::Future {
            assert!(std::mem::take(&mut self.ready));
            std::future::ready(Ok(Response::new(Full::default())))
        }
    }
    let receiver = Receiver::new();
    let mut handler = receiver.layer(Dialect::Hub).layer(Picky::default());
    for body in ["1", "2"] {
        let request = request(&signed(&Dialect::Hub, "", NOW, body), body);
        let ready = std::future::poll_fn(|context| Service::<Request<Full<Bytes>>>::poll_ready(&mut handler, context));
        ready.await.unwrap();
        assert_eq!(handler.call(request).await.unwrap().status(), 200);
    }
}
