//! Verifiers that are found for each request, URLs that are signed, and what an observer hears.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::request::Parts;
use lanehook_signature::layer::{FindVerifier, Found, Outcome, VerifyLayer};
use lanehook_signature::seen::InMemory;
use lanehook_signature::{Algorithm, Dialect, Message, MessageKey, Secret, Verifier};
use sha2::Sha256;

use super::{Receiver, deliver, request, secret, send, signed};
use crate::NOW;

/// Whose requests go to `/<tenant>`.
#[derive(Default)]
struct Tenants(RwLock<HashMap<String, Arc<Verifier>>>);

impl Tenants {
    fn set(&self, tenant: &str, secret: &str) {
        let verifier = Verifier::from_text(Dialect::Standard, secret).unwrap();
        self.0.write().unwrap().insert(tenant.to_owned(), Arc::new(verifier));
    }
}

/// Shared with the test, so that it can change while the layer is in use.
struct Shared(Arc<Tenants>);

impl FindVerifier for Shared {
    type Error = &'static str;

    async fn find(&self, request: &Parts) -> Result<Option<Found>, &'static str> {
        let tenant = &request.uri.path()[1..];
        if tenant == "broken" {
            return Err("the database of tenants is away");
        }
        let verifier = self.0.0.read().unwrap().get(tenant).cloned();
        Ok(verifier.map(|verifier| Found::new(verifier).namespace(tenant)))
    }
}

const OTHER: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[tokio::test]
async fn each_request_is_judged_by_its_tenants_verifier() {
    let (receiver, tenants) = (Receiver::new(), Arc::new(Tenants::default()));
    tenants.set("a", secret().expose());
    tenants.set("b", OTHER);
    let problems = Arc::clone(&receiver.problems);
    let layer = VerifyLayer::with(Shared(Arc::clone(&tenants))).clock(|| NOW).observe(move |_, outcome| {
        if let Outcome::Problem(problem) = outcome {
            problems.lock().unwrap().push(problem.to_string());
        }
    });
    let handler = receiver.service(&layer);
    let to = |tenant: &str, id: &str| {
        let mut request = request(&signed(&Dialect::Standard, id, NOW, "{}"), "{}");
        *request.uri_mut() = format!("/{tenant}").parse().unwrap();
        request
    };
    assert_eq!(send(&handler, to("a", "evt_1")).await.0, 204);
    assert_eq!(send(&handler, to("b", "evt_1")).await.0, 401, "it is signed with another tenant's secret");
    assert_eq!(receiver.problems().len(), 1);

    // The same answer for nobody as for a signature that does not fit; and one that makes the sender come again.
    assert_eq!(send(&handler, to("c", "evt_1")).await, (401, "the request was not accepted".to_owned()));
    assert_eq!(receiver.problems(), ["there is no verifier for the request"]);
    assert_eq!(send(&handler, to("broken", "evt_1")).await, (503, "come again".to_owned()));
    assert_eq!(receiver.problems(), ["the verifier could not be found: the database of tenants is away"]);

    // Rotated while the layer is in use; the message of that id to the other tenant is another message.
    tenants.set("b", secret().expose());
    assert_eq!(send(&handler, to("b", "evt_1")).await, (204, "the handler's".to_owned()));
    assert_eq!(send(&handler, to("b", "evt_1")).await, (200, "handled before".to_owned()));
    assert_eq!(receiver.handled(), 2);
    tenants.set("a", OTHER);
    assert_eq!(send(&handler, to("a", "evt_2")).await.0, 401, "the old secret is gone");
}

#[tokio::test]
async fn an_observer_hears_of_every_request_with_its_head() {
    let receiver = Receiver::new();
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let into = Arc::clone(&heard);
    let layer = receiver.layer(Dialect::Standard).observe(move |head, outcome| {
        let what = match outcome {
            Outcome::New(received) => format!("new {:?}", received.id),
            Outcome::HandledBefore(received) => format!("again {:?}", received.id),
            Outcome::Problem(problem) => problem.to_string(),
            _ => unreachable!(),
        };
        into.lock().unwrap().push(format!("{} {} {what}", head.method, head.uri));
    });
    let handler = receiver.service(&layer);
    let headers = signed(&Dialect::Standard, "evt_1", NOW, "{}");
    assert_eq!(deliver(&handler, &headers, "{}").await, 204);
    assert_eq!(deliver(&handler, &headers, "{}").await, 200);
    assert_eq!(deliver(&handler, &[], "{}").await, 401);
    assert_eq!(
        *heard.lock().unwrap(),
        ["POST / new Some(\"evt_1\")", "POST / again Some(\"evt_1\")", "POST / the header webhook-id is missing"]
    );
}

/// No names are given, so whose message it is depends on whose secret it is signed with.
#[tokio::test]
async fn no_tenant_uses_up_the_messages_of_another() {
    struct Nameless(Tenants);
    impl FindVerifier for Nameless {
        type Error = std::convert::Infallible;

        async fn find(&self, request: &Parts) -> Result<Option<Found>, Self::Error> {
            Ok(self.0.0.read().unwrap().get(&request.uri.path()[1..]).cloned().map(Found::new))
        }
    }
    let (receiver, tenants) = (Receiver::new(), Tenants::default());
    tenants.set("a", secret().expose());
    tenants.set("b", OTHER);
    let handler = receiver.service(&VerifyLayer::with(Nameless(tenants)).clock(|| NOW));
    let to = |tenant: &str, secret: &Secret| {
        let message = Message::new("invoice_43", NOW, b"{}");
        let headers = crate::sign(&Dialect::Standard, Algorithm::Sha256, std::slice::from_ref(secret), &message);
        let mut request = request(&headers, "{}");
        *request.uri_mut() = format!("/{tenant}").parse().unwrap();
        request
    };
    assert_eq!(send(&handler, to("b", &Secret::parse(OTHER).unwrap())).await.0, 204);
    assert_eq!(send(&handler, to("a", &secret())).await.0, 204, "b has named a message as a will");
    assert_eq!(send(&handler, to("a", &secret())).await.0, 200);
}

/// A store keeps the key, and the handler may. Of a secret that can be guessed, it is not a hash that lists of such secrets have; nor is
/// it a signature of anything.
#[tokio::test]
async fn the_key_of_a_message_tells_no_hash_of_its_secret() {
    struct One(Arc<Verifier>);
    impl FindVerifier for One {
        type Error = std::convert::Infallible;

        async fn find(&self, _: &Parts) -> Result<Option<Found>, Self::Error> {
            Ok(Some(Found::new(Arc::clone(&self.0))))
        }
    }
    let tag = |key: &[u8], parts: &[&[u8]]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes()
    };
    let (receiver, verifier) = (Receiver::new(), Verifier::new(Dialect::Standard, &secret()).unwrap());
    let handler = receiver.service(&VerifyLayer::with(One(Arc::new(verifier))).clock(|| NOW));
    assert_eq!(send(&handler, request(&signed(&Dialect::Standard, "evt_1", NOW, "{}"), "{}")).await.0, 204);
    let (received, _) = receiver.last.lock().unwrap().clone().unwrap();
    let namespace = tag(&[7; 32], &[b"lanehook-signature: the namespace of a secret"]);
    let of_id = MessageKey::of(&[b"standard", b"evt_1"]);
    assert_eq!(received.key, MessageKey::of(&[b"secret's namespace", &namespace, of_id.as_bytes()]));
}

/// Whoever recorded a request with a signature under each key can leave one out.
#[tokio::test]
async fn a_replay_without_one_of_two_signatures_is_one() {
    struct Rotating(Arc<Verifier>);
    impl FindVerifier for Rotating {
        type Error = std::convert::Infallible;

        async fn find(&self, _: &Parts) -> Result<Option<Found>, Self::Error> {
            Ok(Some(Found::new(Arc::clone(&self.0))))
        }
    }
    let old = Secret::parse(OTHER).unwrap();
    let verifier = Verifier::new(Dialect::Standard, &secret()).unwrap().and_secret(&old).unwrap();
    let receiver = Receiver::new();
    let handler = receiver.service(&VerifyLayer::with(Rotating(Arc::new(verifier))).clock(|| NOW));
    let signed_with = |secrets: &[Secret]| {
        crate::sign(&Dialect::Standard, Algorithm::Sha256, secrets, &Message::new("evt_1", NOW, b"{}"))
    };
    for (secrets, status) in [(vec![secret(), old.clone()], 204), (vec![old], 200), (vec![secret()], 200)] {
        assert_eq!(send(&handler, request(&signed_with(&secrets), "{}")).await.0, status);
    }
    assert_eq!(receiver.handled(), 1);
}

/// In a store that layers share.
#[tokio::test]
async fn the_name_of_a_layer_is_no_name_of_a_tenant() {
    let (receiver, store, tenants) = (Receiver::new(), Arc::new(InMemory::default()), Arc::new(Tenants::default()));
    tenants.set("acme", secret().expose());
    let of_layer = receiver.layer(Dialect::Standard).seen(Arc::clone(&store)).namespace("acme");
    let of_tenant = VerifyLayer::with(Shared(tenants)).clock(|| NOW).seen(store);
    let headers = signed(&Dialect::Standard, "evt_1", NOW, "{}");
    assert_eq!(deliver(&receiver.service(&of_layer), &headers, "{}").await, 204);
    let mut request = request(&headers, "{}");
    *request.uri_mut() = "/acme".parse().unwrap();
    assert_eq!(send(&receiver.service(&of_tenant), request).await.0, 204);
}

/// The sender signs the public URL; what the receiver sees behind a proxy is another one, but for the query.
#[tokio::test]
async fn the_public_url_is_verified_with_the_requests_query() {
    let at = |url: &str| Dialect::Square { url: url.to_owned() };
    let receiver = Receiver::new();
    let handler = receiver.service(&receiver.layer(at("https://example.com/square")));
    let answer = |url: &str, uri: &str| {
        let mut request = request(&signed(&at(url), "", NOW, uri), uri);
        *request.uri_mut() = uri.parse().unwrap();
        let handler = handler.clone();
        async move { send(&handler, request).await.0 }
    };
    assert_eq!(answer("https://example.com/square", "/inside").await, 204);
    assert_eq!(answer("https://example.com/square?shop=1", "/inside?shop=1").await, 204);
    assert_eq!(answer("https://example.com/square?shop=1", "/inside?shop=2").await, 401);
    assert_eq!(answer("https://example.com/square", "/inside?shop=1").await, 401);
    assert_eq!(answer("https://example.com/other", "/inside").await, 401);
}

/// A query that is set at the sender is one that the request has to have, too: a handler may read it there.
#[tokio::test]
async fn a_query_that_is_set_is_the_requests() {
    let at = |url: &str| Dialect::Square { url: url.to_owned() };
    let receiver = Receiver::new();
    let set = at("https://example.com/square?shop=1");
    let handler = receiver.service(&receiver.layer(set.clone()));
    for (uri, status) in
        [("/inside?shop=1", 204), ("/inside?shop=2", 401), ("/inside?shop=1&shop=2", 401), ("/inside", 401)]
    {
        let mut request = request(&signed(&set, "", NOW, uri), uri);
        *request.uri_mut() = uri.parse().unwrap();
        assert_eq!(send(&handler, request).await.0, status, "{uri}");
    }
}

/// Of a query that is not verified, a handler would read whatever somebody who recorded a request wrote there.
#[tokio::test]
async fn what_a_handler_reads_of_a_query_was_verified() {
    let mut dialects = vec![];
    for query in ["", "?tenant=1"] {
        let url = format!("https://example.com/hook{query}");
        dialects.push((Dialect::Square { url: url.clone() }, query));
        #[cfg(feature = "twilio")]
        dialects.push((Dialect::Twilio { url }, query));
    }
    for (set, query) in dialects {
        let receiver = Receiver::new();
        let handler = receiver.service(&receiver.layer(set.clone()));
        let headers = signed(&set, "", NOW, "A=1");
        let answer = async |uri: &str| {
            let mut request = request(&headers, "A=1");
            // What the crate `http` takes for no URI reaches nobody.
            let Ok(uri) = uri.parse() else { return 401 };
            *request.uri_mut() = uri;
            send(&handler, request).await.0
        };
        for other in [
            "?tenant=2",
            "?tenant=2&x={",
            "?tenant=1&x={}",
            "?tenant=2&x=}",
            "?x=%7B",
            "?tenant=1&",
            "?x=[",
            "?x=\"",
            "?|",
        ] {
            assert_eq!(answer(&format!("/hook{other}")).await, 401, "{set:?} {other}");
        }
        if !query.is_empty() {
            assert_eq!(answer("/hook").await, 401, "{set:?}: the query that is set was dropped");
        }
        assert_eq!(receiver.handled(), 0);
        assert_eq!(answer(&format!("/inside{query}")).await, 204, "{set:?}");
    }
}

/// Whoever recorded a request sends the beginning of its body as the end of its URL.
#[tokio::test]
async fn a_body_is_not_cut_off_into_the_url() {
    let set = Dialect::Square { url: "https://example.com/square".to_owned() };
    let (receiver, body) = (Receiver::new(), r#"?shop=1{"id":"evt_1"}"#);
    let handler = receiver.service(&receiver.layer(set.clone()));
    let headers = signed(&set, "", NOW, body);
    let mut cut = request(&headers, r#""id":"evt_1"}"#);
    *cut.uri_mut() = "/inside?shop=1{".parse().unwrap();
    assert_eq!(send(&handler, cut).await.0, 401);
    // What can be cut in two ways is one message, and the same body at another URL is another.
    assert_eq!(deliver(&handler, &headers, body).await, 204);
    let mut cut = request(&headers, r#"{"id":"evt_1"}"#);
    *cut.uri_mut() = "/inside?shop=1".parse().unwrap();
    assert_eq!(send(&handler, cut).await.0, 200);
    let mut elsewhere =
        request(&signed(&Dialect::Square { url: "https://example.com/square?shop=2".to_owned() }, "", NOW, body), body);
    *elsewhere.uri_mut() = "/inside?shop=2".parse().unwrap();
    assert_eq!(send(&handler, elsewhere).await.0, 204);
    assert_eq!(receiver.handled(), 2);
}

/// Twilio adds the hash of a body that is no form to whatever query is set there.
#[cfg(feature = "twilio")]
#[tokio::test]
async fn a_query_that_twilio_adds_to_is_verified() {
    use sha2::Digest as _;

    let (receiver, body) = (Receiver::new(), r#"{"sid":"SM1"}"#);
    let hash: String = sha2::Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    let at = |url: &str| Dialect::Twilio { url: url.to_owned() };
    for (set, query) in [
        ("https://example.com/sms?tenant=1", format!("tenant=1&bodySHA256={hash}")),
        ("https://example.com/sms", format!("bodySHA256={hash}")),
    ] {
        let handler = receiver.service(&receiver.layer(at(set)));
        let headers = signed(&at(&format!("https://example.com/sms?{query}")), "", NOW, body);
        for (uri, body, status) in [
            (format!("/inside?{query}"), body, 204),
            (format!("/inside?{query}"), r#"{"sid":"SM2"}"#, 401),
            (format!("/inside?tenant=2&bodySHA256={hash}"), body, 401),
        ] {
            let mut request = request(&headers, body);
            *request.uri_mut() = uri.parse().unwrap();
            assert_eq!(send(&handler, request).await.0, status, "{set} {uri} {body}");
        }
    }
}

/// A timeout around the layer and one inside it, in one builder: bodies have a default, and all types fit.
#[tokio::test]
async fn it_stands_among_other_layers() {
    let receiver = Receiver::new();
    let timeout = || {
        tower_http::timeout::TimeoutLayer::with_status_code(
            http::StatusCode::REQUEST_TIMEOUT,
            std::time::Duration::from_secs(3600),
        )
    };
    let layers =
        tower::ServiceBuilder::new().layer(timeout()).layer(receiver.layer(Dialect::Standard)).layer(timeout());
    let service =
        layers.service(tower::service_fn(|_: http::Request<lanehook_signature::layer::VerifiedBody>| async {
            Ok::<_, std::convert::Infallible>(http::Response::new(http_body_util::Full::<bytes::Bytes>::default()))
        }));
    let answer = tower::ServiceExt::oneshot(service, request(&signed(&Dialect::Standard, "evt_1", NOW, "{}"), "{}"));
    assert_eq!(answer.await.unwrap().status(), 200);
}
