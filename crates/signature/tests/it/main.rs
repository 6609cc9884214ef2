//! The crate as its two users see it: a sender that signs and a receiver that verifies.

mod apps;
mod diagnosis;
mod examples;
mod hostile;
#[cfg(feature = "tower")]
mod layer;
mod official;
mod oracle;
mod readme;
mod rotation;
mod round_trip;
mod secrets;
mod seen;
mod senders;
#[cfg(all(feature = "tower", feature = "redis", feature = "postgres"))]
mod servers;
mod shifted;
#[cfg(all(feature = "tower", feature = "redis", feature = "postgres"))]
mod stores;
#[cfg(all(feature = "twilio", feature = "http"))]
mod twilio;
mod vectors;
#[cfg(feature = "axum")]
mod with_axum;

use lanehook_signature::{Algorithm, Dialect, Message, Secret, Verifier, VerifyError};
use proptest::prelude::*;

type Headers = Vec<(String, String)>;

const NOW: i64 = 1_700_000_000;

/// A way of signing, with a secret that suits it.
#[derive(Debug, Clone)]
struct Scheme {
    dialect: Dialect,
    algorithm: Algorithm,
    secret: Secret,
}

impl Scheme {
    fn sign(&self, message: &Message<'_>) -> Headers {
        sign(&self.dialect, self.algorithm, std::slice::from_ref(&self.secret), message)
    }

    fn verifier(&self) -> Verifier {
        Verifier::new(self.dialect.clone(), &self.secret).unwrap().with_algorithm(self.algorithm)
    }
}

/// What a sender with an id and a time in order sends.
fn sign(dialect: &Dialect, algorithm: Algorithm, secrets: &[Secret], message: &Message<'_>) -> Headers {
    lanehook_signature::sign(dialect, algorithm, secrets, message).unwrap()
}

fn message(body: &[u8]) -> Message<'_> {
    Message::new("evt_1", NOW, body).event_type("price.alert").delivery("dlv_1")
}

/// The same at another time.
fn at(timestamp: i64, mut message: Message<'_>) -> Message<'_> {
    message.timestamp = timestamp;
    message
}

fn header<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}

fn verify(verifier: &Verifier, headers: &[(String, String)], body: &[u8]) -> Result<(), VerifyError> {
    verifier.verify(|name| header(headers, name), body, NOW)
}

fn timestamped(name: &str, separator: &str) -> Dialect {
    Dialect::Timestamped { header: name.to_owned(), separator: separator.to_owned() }
}

/// Those that a shared secret signs, and whose every byte of the body counts.
fn dialects() -> impl Strategy<Value = Dialect> {
    prop_oneof![
        Just(Dialect::Standard),
        Just(Dialect::Hub),
        Just(Dialect::Plain),
        Just(timestamped("X-PT-Signature", "")),
        Just(timestamped("Stripe-Signature", ".")),
        Just(Dialect::Svix),
        Just(Dialect::GitHub),
        Just(Dialect::Stripe),
        Just(Dialect::Slack),
        Just(Dialect::Shopify),
        Just(square()),
    ]
}

fn square() -> Dialect {
    Dialect::Square { url: "https://example.com/webhooks/square".to_owned() }
}

/// Headers that the dialects send and do not sign.
const UNSIGNED: [&str; 8] = [
    "x-webhook-event",
    "x-webhook-timestamp",
    "x-webhook-id",
    "x-webhook-delivery",
    "x-github-event",
    "x-github-delivery",
    "x-shopify-topic",
    "x-shopify-webhook-id",
];

fn algorithms() -> impl Strategy<Value = Algorithm> {
    prop_oneof![Just(Algorithm::Sha256), Just(Algorithm::Sha512)]
}

fn secrets_for(dialect: &Dialect) -> BoxedStrategy<Secret> {
    let generated = any::<[u8; 32]>().prop_map(Secret::generate_hmac);
    if *dialect == Dialect::Discord {
        any::<[u8; 32]>().prop_map(Secret::generate_ed25519).boxed()
    } else if [Dialect::Standard, Dialect::Svix].contains(dialect) {
        prop_oneof![generated, any::<[u8; 32]>().prop_map(Secret::generate_ed25519)].boxed()
    } else {
        prop_oneof![generated, texts().prop_map(|text| Secret::parse(&text).unwrap())].boxed()
    }
}

/// Of which somebody sees something, and not only quotes.
fn texts() -> impl Strategy<Value = String> {
    "\\PC{1,80}".prop_filter("nothing but what stands around a text", |text| text.chars().any(char::is_alphanumeric))
}

fn schemes() -> impl Strategy<Value = Scheme> {
    let dialects = prop_oneof![9 => dialects(), 1 => Just(Dialect::Discord)];
    (dialects, algorithms()).prop_flat_map(|(dialect, algorithm)| {
        secrets_for(&dialect).prop_map(move |secret| Scheme { dialect: dialect.clone(), algorithm, secret })
    })
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(any::<u8>(), 0..600)
}
