//! Signatures of real deliveries: each dialect and algorithm, secrets of every origin, rotation.

use lanehook_signature::{Algorithm, Dialect, Secret, verify::Verifier};
use serde_json::{Value, json};

use crate::{
    client::{Hook, text},
    receiver::{Received, Receiver},
    server::TestServer,
    support::{HOUR, SECOND},
    verifiers,
};

pub fn verifies(request: &Received, dialect: Dialect, algorithm: Algorithm, secret: &str, now: i64) -> bool {
    let verifier = Verifier::new(dialect, &Secret::parse(secret).unwrap()).unwrap().with_algorithm(algorithm);
    verifier.verify(|name| request.find(name), &request.body, now).is_ok()
}

async fn sent(server: &TestServer, receiver: &Receiver) -> Received {
    let count = receiver.count();
    server.publish().await;
    receiver.received(count + 1).await.remove(count)
}

fn timestamped(header: &str, separator: &str) -> Dialect {
    Dialect::Timestamped { header: header.into(), separator: separator.into() }
}

#[tokio::test]
async fn each_dialect_and_algorithm_signs_what_is_sent() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let now = server.clock.now().seconds();
    for (spec, dialect, header) in [
        (json!({"type": "standard"}), Dialect::Standard, "webhook-signature"),
        (json!({"type": "hub"}), Dialect::Hub, ""),
        (json!({"type": "plain"}), Dialect::Plain, "x-webhook-signature"),
        (
            json!({"type": "timestamped", "header": "X-PT-Signature"}),
            timestamped("X-PT-Signature", ""),
            "x-pt-signature",
        ),
        (
            json!({"type": "timestamped", "header": "Stripe-Signature", "separator": "."}),
            timestamped("Stripe-Signature", "."),
            "stripe-signature",
        ),
    ] {
        for (name, algorithm) in [("sha256", Algorithm::Sha256), ("sha512", Algorithm::Sha512)] {
            let settings = json!({"signing": {"dialects": [spec], "algorithm": name}});
            let hook = server.webhook(&receiver.url("/"), settings).await;
            let request = sent(&server, &receiver).await;
            assert!(verifies(&request, dialect.clone(), algorithm, &hook.secret, now), "{spec} {name}: {request:?}");
            let other = Secret::generate_hmac([9; 32]);
            assert!(!verifies(&request, dialect.clone(), algorithm, other.expose(), now), "{spec} {name}");
            let header = match dialect {
                Dialect::Hub if name == "sha256" => "x-hub-signature-256",
                Dialect::Hub => "x-hub-signature-512",
                _ => header,
            };
            request.header(header);
            let signatures = request.headers.iter().filter(|(name, _)| name.contains("signature")).count();
            assert_eq!(signatures, 1, "no other dialect signs: {:?}", request.headers);
            server.delete(&format!("/webhooks/{}", hook.id)).await;
        }
    }
}

#[tokio::test]
async fn several_dialects_sign_at_once() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let dialects = json!([{"type": "standard"}, {"type": "hub"}, {"type": "plain"}]);
    let hook = server.webhook(&receiver.url("/"), json!({"signing": {"dialects": dialects}})).await;
    let request = sent(&server, &receiver).await;
    for dialect in [Dialect::Standard, Dialect::Hub, Dialect::Plain] {
        assert!(verifies(&request, dialect, Algorithm::Sha256, &hook.secret, server.clock.now().seconds()));
    }
}

#[tokio::test]
async fn the_plain_dialect_names_event_time_id_and_delivery() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({"signing": {"dialects": [{"type": "plain"}]}})).await;
    let request = sent(&server, &receiver).await;
    assert_eq!(request.header("x-webhook-event"), "test.event");
    assert_eq!(request.header("x-webhook-timestamp"), server.clock.now().seconds().to_string());
    let event = text(&request.json()["id"]);
    assert_eq!(request.header("x-webhook-id"), event);
    assert_eq!(request.header("x-webhook-delivery"), text(&server.delivery(&event).await["id"]));
}

#[tokio::test]
async fn an_own_secret_signs_and_no_secret_signs_nothing() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let now = server.clock.now().seconds();
    let own = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let hook = server.webhook(&receiver.url("/"), json!({"secret": own})).await;
    let request = sent(&server, &receiver).await;
    assert!(verifies(&request, Dialect::Standard, Algorithm::Sha256, own, now));
    server.delete(&format!("/webhooks/{}", hook.id)).await;

    // Any text will do where the dialect takes any.
    let settings = json!({"secret": "just a password", "signing": {"dialects": [{"type": "hub"}]}});
    let hook = server.webhook(&receiver.url("/"), settings).await;
    let request = sent(&server, &receiver).await;
    assert!(verifies(&request, Dialect::Hub, Algorithm::Sha256, "just a password", now));
    server.delete(&format!("/webhooks/{}", hook.id)).await;

    for settings in [json!({"secret": null}), json!({"signing": {"dialects": []}})] {
        let hook = server.webhook(&receiver.url("/"), settings).await;
        let request = sent(&server, &receiver).await;
        assert!(!request.headers.iter().any(|(name, _)| name.contains("signature")), "{:?}", request.headers);
        server.delete(&format!("/webhooks/{}", hook.id)).await;
    }
}

async fn rotate(server: &TestServer, hook: &Hook, body: Value) -> String {
    text(&server.post(&format!("/webhooks/{}/secret/rotate", hook.id), body).await.expect(200).json["secret"])
}

#[tokio::test]
async fn rotation_signs_with_old_and_new_until_the_grace_time_ends() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    for (spec, dialect) in [
        (json!({"type": "standard"}), Dialect::Standard),
        (json!({"type": "hub"}), Dialect::Hub),
        (json!({"type": "plain"}), Dialect::Plain),
        (json!({"type": "timestamped", "header": "x-pt-signature"}), timestamped("x-pt-signature", "")),
    ] {
        let hook = server.webhook(&receiver.url("/"), json!({"signing": {"dialects": [spec]}})).await;
        let new = rotate(&server, &hook, json!({"grace": "1h"})).await;
        assert_ne!(new, hook.secret);
        for (step, old_verifies) in [(SECOND, true), (HOUR - 2 * SECOND, true), (SECOND, false), (24 * HOUR, false)] {
            server.advance(step);
            let request = sent(&server, &receiver).await;
            let now = server.clock.now().seconds();
            let check = |secret: &str| verifies(&request, dialect.clone(), Algorithm::Sha256, secret, now);
            assert!(check(&new), "{spec}");
            assert_eq!(check(&hook.secret), old_verifies, "{spec} after {step:?}");
        }
        server.delete(&format!("/webhooks/{}", hook.id)).await;
    }
}

#[tokio::test]
async fn rotation_without_grace_ends_the_old_secret_at_once() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({})).await;
    let new = rotate(&server, &hook, json!({"grace": "0s"})).await;
    let request = sent(&server, &receiver).await;
    let now = server.clock.now().seconds();
    assert!(verifies(&request, Dialect::Standard, Algorithm::Sha256, &new, now));
    assert!(!verifies(&request, Dialect::Standard, Algorithm::Sha256, &hook.secret, now));
}

#[tokio::test]
async fn a_second_rotation_leaves_the_first_ones_grace_time_alone() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({})).await;
    let second = rotate(&server, &hook, json!({"grace": "2h"})).await;
    let third = rotate(&server, &hook, json!({"grace": "1h"})).await;
    for (step, expected) in [(SECOND, [true, true, true]), (HOUR, [true, false, true]), (HOUR, [false, false, true])] {
        server.advance(step);
        let request = sent(&server, &receiver).await;
        let now = server.clock.now().seconds();
        let check = |secret: &str| verifies(&request, Dialect::Standard, Algorithm::Sha256, secret, now);
        assert_eq!([check(&hook.secret), check(&second), check(&third)], expected, "{step:?}");
    }
    for _ in 0..3 {
        rotate(&server, &hook, json!({})).await;
    }
    let path = format!("/webhooks/{}/secret/rotate", hook.id);
    let refused = server.post(&path, json!({})).await.expect(409);
    assert_eq!(refused.json["code"], "too_many_secrets");
    server.post(&path, json!({"grace": "0s"})).await.expect(200);
}

#[tokio::test]
async fn ed25519_signs_with_a_key_that_receivers_check_by_its_public_half() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({"secret_type": "ed25519"})).await;
    let request = sent(&server, &receiver).await;
    let verifier = Verifier::from_public_key(&text(&hook.made["public_key"])).unwrap();
    let now = server.clock.now().seconds();
    verifier.verify(|name| request.find(name), &request.body, now).unwrap();
    assert!(request.header("webhook-signature").starts_with("v1a,"));
}

// ── as others verify it ─────────────────────────────────────────────────────────────────────────────────────────────

pub fn case(check: &str, request: &Received, secret: &str) -> Value {
    let headers: serde_json::Map<String, Value> =
        request.headers.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    json!({"check": check, "secret": secret, "headers": headers, "body": request.text()})
}

#[tokio::test]
async fn third_party_libraries_verify_real_deliveries() {
    let (server, receiver) = (TestServer::start_now().await, Receiver::start().await);
    let dialects = json!([
        {"type": "standard"}, {"type": "hub"}, {"type": "timestamped", "header": "Stripe-Signature", "separator": "."},
    ]);
    let hook = server.webhook(&receiver.url("/"), json!({"signing": {"dialects": dialects}})).await;
    let event = json!({"type": "price.alert", "data": {"symbol": "ACME", "price": 187.5, "note": "é € 🚀"}});
    server.publish_event(event).await;
    let request = receiver.received(1).await.remove(0);
    for check in ["standardwebhooks", "stripe"] {
        verifiers::python(&case(check, &request, &hook.secret)).await.unwrap();
        verifiers::python(&case(check, &request, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).await.unwrap_err();
    }
    for check in ["standardwebhooks", "octokit"] {
        verifiers::node(&case(check, &request, &hook.secret)).await.unwrap();
        verifiers::node(&case(check, &request, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).await.unwrap_err();
    }
}

#[tokio::test]
async fn third_party_libraries_verify_with_either_secret_during_a_rotation() {
    let (server, receiver) = (TestServer::start_now().await, Receiver::start().await);
    let dialects =
        json!([{"type": "standard"}, {"type": "timestamped", "header": "Stripe-Signature", "separator": "."}]);
    let hook = server.webhook(&receiver.url("/"), json!({"signing": {"dialects": dialects}})).await;
    let new = rotate(&server, &hook, json!({})).await;
    let request = sent(&server, &receiver).await;
    for secret in [&hook.secret, &new] {
        verifiers::python(&case("standardwebhooks", &request, secret)).await.unwrap();
        verifiers::python(&case("stripe", &request, secret)).await.unwrap();
        verifiers::node(&case("standardwebhooks", &request, secret)).await.unwrap();
    }
}

#[tokio::test]
async fn a_third_party_library_verifies_ed25519() {
    let (server, receiver) = (TestServer::start_now().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({"secret_type": "ed25519"})).await;
    let mut case = case("ed25519", &sent(&server, &receiver).await, "");
    case["public_key"] = hook.made["public_key"].clone();
    verifiers::python(&case).await.unwrap();
    case["body"] = json!(text(&case["body"]).replace("test.event", "test.evenT"));
    verifiers::python(&case).await.unwrap_err();
}

#[tokio::test]
async fn a_third_party_validator_accepts_the_description_of_the_api() {
    let server = TestServer::start().await;
    let document = server.get("/openapi.json").await;
    verifiers::python(&json!({"check": "openapi", "body": document.to_string()})).await.unwrap();
}
