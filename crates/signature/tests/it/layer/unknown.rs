//! A stranger finds out which tenants there are by nothing: neither the status and the text of an answer nor how much was read.

use std::collections::HashMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use lanehook_signature::layer::{FindVerifier, Found, VerifyLayer, VerifyService};
use lanehook_signature::seen::InMemory;
use lanehook_signature::{Algorithm, Dialect, Message, Secret, Verifier};
use tower::ServiceExt as _;

use super::{Inner, Receiver, secret};
use crate::{Headers, NOW};

/// Whose requests go to `/<dialect>/<tenant>`; and what somebody there would have.
#[derive(Default)]
struct Tenants {
    known: HashMap<&'static str, Arc<Verifier>>,
    nobodys: HashMap<&'static str, Arc<Verifier>>,
}

impl FindVerifier for Tenants {
    type Error = Infallible;

    async fn find(&self, request: &Parts) -> Result<Option<Found>, Infallible> {
        Ok(self.known.get(request.uri.path()).cloned().map(Found::new))
    }

    fn for_nobody(&self, request: &Parts) -> Option<Arc<Verifier>> {
        let (dialect, _) = request.uri.path()[1..].split_once('/')?;
        self.nobodys.get(dialect).cloned()
    }
}

/// All that a stranger sees.
type Seen = (StatusCode, HeaderMap, Bytes, usize);

struct Layered(VerifyService<Inner, InMemory, Tenants>);

impl Layered {
    fn new(receiver: &Receiver, tenants: Tenants, tell_reason: bool) -> Layered {
        let layer = VerifyLayer::with(tenants).clock(|| NOW).body_limit(100);
        Layered(receiver.service(&if tell_reason { layer.tell_reason() } else { layer }))
    }

    async fn answer(&self, path: &str, headers: &[(String, String)], length: usize) -> Seen {
        let body = Read { left: length, read: Arc::default() };
        let read = Arc::clone(&body.read);
        let mut request = http::Request::post(path).body(body).unwrap();
        for (name, value) in headers {
            request.headers_mut().append(name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap());
        }
        let (head, body) = self.0.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status, head.headers, body, read.load(Ordering::Relaxed))
    }
}

/// A body of so many bytes, each a frame, that counts those which are read.
struct Read {
    left: usize,
    read: Arc<AtomicUsize>,
}

impl http_body::Body for Read {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        let Some(left) = self.left.checked_sub(1) else { return Poll::Ready(None) };
        self.left = left;
        self.read.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from_static(b"a")))))
    }
}

/// Signed over what the body is when it arrives, or with one line end more, which a receiver that has the secret tells.
fn signed(dialect: &Dialect, secret: &Secret, time: i64, end: &str) -> Headers {
    let body = format!("{}{end}", "a".repeat(50));
    let message = Message::new("evt_1", time, body.as_bytes());
    crate::sign(dialect, Algorithm::Sha256, std::slice::from_ref(secret), &message)
}

/// What a stranger sends to find out, in this dialect: what each of these secrets signs, and what is wrong in other ways.
fn attempts(dialect: &Dialect, secrets: &[Secret]) -> Vec<(Headers, usize)> {
    let mut attempts = vec![(vec![], 50)];
    for secret in secrets {
        let headers = signed(dialect, secret, NOW, "");
        let announced = [&headers[..], &[("content-length".to_owned(), "101".to_owned())]].concat();
        attempts.extend([(headers.clone(), 50), (headers.clone(), 51), (headers, 101), (announced, 101)]);
        attempts.push((signed(dialect, secret, NOW, "\n"), 50));
        attempts.push((signed(dialect, secret, NOW - 1000, ""), 50));
    }
    attempts
}

/// Keys that a stranger may think of.
fn guessed() -> Vec<Secret> {
    vec![Secret::generate_hmac([9; 32]), Secret::from_bytes(&[0; 32]).unwrap(), Secret::parse("a stranger's").unwrap()]
}

#[tokio::test]
async fn who_is_unknown_is_answered_as_who_is_known() {
    for tell_reason in [false, true] {
        let verifier = Verifier::new(Dialect::Standard, &secret()).unwrap();
        let known = HashMap::from([("/standard/known", Arc::new(verifier))]);
        let receiver = Receiver::new();
        let layered = Layered::new(&receiver, Tenants { known, ..Tenants::default() }, tell_reason);
        layered.answer("/standard/known", &[], 0).await;
        let mut attempts = attempts(&Dialect::Standard, &guessed());
        attempts.extend(self::attempts(&Dialect::Hub, &guessed()));
        for (headers, length) in attempts {
            let known = layered.answer("/standard/known", &headers, length).await;
            assert_eq!(layered.answer("/standard/unknown", &headers, length).await, known, "{headers:?} {length}");
            assert!([401, 413].contains(&known.0.as_u16()));
        }
        assert_eq!(receiver.handled(), 0);
    }
}

/// One tenant is the stranger: what it signs fits nobody but itself, whichever kind its key is of.
#[tokio::test]
async fn a_tenants_own_key_tells_it_nothing_of_others() {
    for (own, other) in [
        (secret(), Secret::generate_hmac([8; 32])),
        (Secret::generate_ed25519([7; 32]), Secret::generate_ed25519([8; 32])),
    ] {
        let verifier = |secret: &Secret| Arc::new(Verifier::new(Dialect::Standard, secret).unwrap());
        let known = HashMap::from([("/standard/own", verifier(&own)), ("/standard/other", verifier(&other))]);
        let layered = Layered::new(&Receiver::new(), Tenants { known, ..Tenants::default() }, true);
        let altered = signed(&Dialect::Standard, &own, NOW, "\n");
        let told = layered.answer("/standard/own", &altered, 50).await;
        assert!(told.2.starts_with(b"the body was altered"), "the first that is found: {told:?}");
        for (headers, length) in attempts(&Dialect::Standard, &[own]) {
            let known = layered.answer("/standard/other", &headers, length).await;
            assert_eq!(layered.answer("/standard/unknown", &headers, length).await, known, "{headers:?} {length}");
        }
    }
}

/// From the first request on, and with tenants in several dialects.
#[tokio::test]
async fn nobody_is_what_somebody_at_that_address_would_be() {
    let dialects = [("standard", Dialect::Standard), ("github", Dialect::GitHub), ("stripe", Dialect::Stripe)];
    let tenants = || {
        let known = ["/standard/known", "/github/known", "/stripe/known"];
        let verifier = |dialect: &Dialect, n| Verifier::new(dialect.clone(), &Secret::generate_hmac([n; 32])).unwrap();
        Tenants {
            known: dialects
                .iter()
                .zip(known)
                .map(|((_, dialect), path)| (path, Arc::new(verifier(dialect, 7))))
                .collect(),
            nobodys: dialects.iter().map(|(name, dialect)| (*name, Arc::new(verifier(dialect, 1)))).collect(),
        }
    };
    // The secret of the verifier that is named for nobody is no more than any other.
    let secrets = [guessed(), vec![Secret::generate_hmac([1; 32])]].concat();
    for (name, _) in &dialects {
        for (_, dialect) in &dialects {
            for (headers, length) in attempts(dialect, &secrets) {
                let layered = Layered::new(&Receiver::new(), tenants(), true);
                let nobody = layered.answer(&format!("/{name}/unknown"), &headers, length).await;
                let known = layered.answer(&format!("/{name}/known"), &headers, length).await;
                assert_eq!(nobody, known, "{name} {headers:?} {length}");
                assert_eq!(layered.answer(&format!("/{name}/unknown"), &headers, length).await, known);
            }
        }
    }
}
