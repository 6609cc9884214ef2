//! The sender against real receivers on TCP. Time is moved by hand; nothing here sleeps.

mod beside;
mod bounded;
mod incomplete;
mod inspected;
#[allow(dead_code, reason = "the client's own tests use the rest of it")]
#[path = "../../crates/egress/tests/it/receiver.rs"]
mod receiver;
mod withheld;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use lanehook_egress::{Policy, Resolver};
use lanehook_signature::{Dialect, Secret, Verifier};

use self::receiver::{Receiver, Then, settle};
use super::*;
use crate::{
    inspect::Inspectors,
    model::{
        DeliveryId, EventKey, FailureKind, HeaderLines, REDACTED, Serial, TargetUrl, TenantKey, WebhookId, WebhookKey,
    },
    webhook::{Auth, DialectSpec, Secrets},
};

const BODY: &[u8] = br#"{"id":"evt_1","data":{"price":181.50}}"#;
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine";
const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn webhook(url: &str) -> Webhook {
    Webhook {
        key: WebhookKey(Serial::nth(5)),
        tenant: TenantKey(1),
        id: WebhookId::parse("prices").unwrap(),
        settings: WebhookSettings::new(TargetUrl::parse(url).unwrap()),
        secrets: Secrets { current: Some(Secret::parse(SECRET).unwrap()), previous: Vec::new() },
        disabled: None,
        status_since: None,
        version: 1,
        created_at: START,
        updated_at: START,
    }
}

fn message() -> Message {
    Message {
        id: EventKey(Serial::nth(77)).to_string(),
        event_type: "price.alert".into(),
        delivery: DeliveryId(Serial::nth(99)).to_string(),
        body: Bytes::from_static(BODY),
        content_type: "application/json".into(),
        method: http::Method::POST,
        target: None,
        headers: Vec::new(),
        correlation_id: None,
        traceparent: None,
        is_standard: true,
        shown: None,
    }
}

/// A sender for receivers on this machine.
struct Bench {
    sender: Sender,
    clock: Clock,
    work: Work,
    inspectors: Inspectors,
}

impl Bench {
    fn new(config: Config) -> Bench {
        let clock = Clock::manual(START);
        // One thread: held by a test, it does nothing for anybody.
        let work = Work::on(1).unwrap();
        let inspectors = Inspectors::new(clock.clone(), 1 << 20);
        let sender = Sender::new(config, clock.clone(), work.clone(), inspectors.clone()).unwrap();
        Bench { sender, clock, work, inspectors }
    }

    fn dev() -> Bench {
        Bench::new(Config { policy: Policy::development(), ..Config::default() })
    }

    fn strict(resolver: Resolver) -> Bench {
        Bench::new(Config { resolver, ..Config::default() })
    }

    async fn send(&self, webhook: Webhook) -> Outcome {
        self.sender.send(&Arc::new(webhook), message()).await.expect("nothing is short here")
    }
}

fn failure(outcome: &Outcome) -> (FailureKind, &str) {
    let failure = outcome.result.as_ref().unwrap_err();
    (failure.kind, &failure.message)
}

/// Sends once to a receiver that answers like this.
async fn answered(response: impl Into<Vec<u8>>, then: Then) -> Outcome {
    let receiver = Receiver::start(response, then).await;
    Bench::dev().send(webhook(&receiver.url("/in"))).await
}

#[tokio::test]
async fn the_receiver_sees_what_the_outcome_shows() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let outcome = Bench::dev().send(webhook(&receiver.url("/in?a=b%20c"))).await;
    assert_eq!(outcome.result, Ok(()));
    let answer = outcome.answer.unwrap();
    assert_eq!((answer.status, &answer.body[..], answer.truncated), (200, &b"fine"[..], false));
    assert_eq!(outcome.remote, Some(receiver.address));

    let request = receiver.last();
    assert_eq!(request.line, "POST /in?a=b%20c HTTP/1.1");
    assert_eq!(request.body, BODY);
    assert_eq!(
        request.headers.iter().map(|(name, value)| (name, value)).collect::<HeaderLines>(),
        outcome.sent.headers
    );
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("accept-encoding"), Some("identity"));
    assert_eq!(request.header("x-webhook-event"), Some("price.alert"));
    assert_eq!(request.header("x-webhook-delivery"), Some(DeliveryId(Serial::nth(99)).to_string().as_str()));
    assert_eq!(request.header("user-agent"), Some(concat!("lanehook/", env!("CARGO_PKG_VERSION"))));
    let verifier = Verifier::new(Dialect::Standard, &Secret::parse(SECRET).unwrap()).unwrap();
    verifier.verify(|name| request.header(name), &request.body, START.seconds()).unwrap();
}

#[tokio::test]
async fn names_are_shown_as_they_are_written_on_the_wire() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let mut webhook = webhook(&receiver.url("/"));
    let own = [("X-Team", "blue"), ("x-desk", "rates")];
    webhook.settings.headers = BTreeMap::from(own.map(|(name, value)| (name.into(), value.into()))).try_into().unwrap();
    webhook.settings.signing.dialects = vec![DialectSpec::Hub, DialectSpec::Plain];
    webhook.settings.auth = Auth::Header { name: "X-Own".into(), value: "s3cr3t".into() };
    let outcome = Bench::dev().send(webhook).await;
    let (seen, request) = (outcome.sent.headers.iter().map(|(name, _)| name).collect::<Vec<_>>(), receiver.last());
    assert_eq!(seen, request.headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>());
    for name in ["X-Team", "x-desk", "X-Own", "X-Hub-Signature-256", "X-Webhook-Signature", "content-type"] {
        assert!(seen.contains(&name), "{name}: {seen:?}");
    }
}

#[tokio::test]
async fn every_dialect_signs_the_same_request_and_each_verifies() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let stripe = DialectSpec::Timestamped { header: "stripe-signature".into(), separator: ".".into() };
    let mut webhook = webhook(&receiver.url("/"));
    webhook.settings.signing.dialects = vec![DialectSpec::Standard, DialectSpec::Hub, DialectSpec::Plain, stripe];
    let older = Secret::parse("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
    webhook.secrets.previous = vec![(older, START + Duration::from_secs(60))];
    let dialects: Vec<Dialect> = webhook.settings.signing.dialects.iter().map(DialectSpec::dialect).collect();
    assert_eq!(Bench::dev().send(webhook).await.result, Ok(()));
    let request = receiver.last();
    for dialect in dialects {
        let verifier = Verifier::new(dialect.clone(), &Secret::parse(SECRET).unwrap()).unwrap();
        let verified = verifier.verify(|name| request.header(name), &request.body, START.seconds());
        assert_eq!(verified, Ok(()), "{dialect:?}");
    }
    let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.iter().filter(|name| name.eq_ignore_ascii_case("x-webhook-event")).count(), 1);
}

#[tokio::test]
async fn without_a_secret_the_request_still_names_its_message() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let mut webhook = webhook(&receiver.url("/"));
    webhook.secrets = Secrets::default();
    assert_eq!(Bench::dev().send(webhook).await.result, Ok(()));
    let request = receiver.last();
    assert_eq!(request.header("webhook-id"), Some(EventKey(Serial::nth(77)).to_string().as_str()));
    assert_eq!(request.header("webhook-timestamp"), Some("1800000000"));
    assert_eq!(request.header("webhook-signature"), None);
}

#[tokio::test]
async fn a_secret_that_cannot_sign_the_dialect_sends_nothing() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let mut webhook = webhook(&receiver.url("/"));
    webhook.secrets.current = Some(Secret::parse("short").unwrap());
    let outcome = Bench::dev().send(webhook).await;
    assert_eq!(failure(&outcome).0, FailureKind::Settings);
    assert_eq!(receiver.accepts(), 0);
}

#[tokio::test]
async fn credentials_are_sent_and_not_shown() {
    let receiver =
        Receiver::start("HTTP/1.1 200 OK\r\nset-cookie: session=s3cr3t\r\ncontent-length: 0\r\n\r\n", Then::KeepOpen)
            .await;
    let auths = [
        (Auth::Bearer { token: "s3cr3t".into() }, "authorization", "Bearer s3cr3t"),
        (Auth::Basic { username: "u".into(), password: "s3cr3t".into() }, "authorization", "Basic dTpzM2NyM3Q="),
        (Auth::Header { name: "x-plain".into(), value: "s3cr3t".into() }, "x-plain", "s3cr3t"),
    ];
    let bench = Bench::dev();
    for (auth, name, value) in auths {
        let mut webhook = webhook(&receiver.url("/in?key=s3cr3t"));
        let own = [("x-team", "blue"), ("x-api-key", "s3cr3t"), ("x-any", "s3cr3t")];
        webhook.settings.headers =
            BTreeMap::from(own.map(|(name, value)| (name.into(), value.into()))).try_into().unwrap();
        webhook.settings.public_headers = vec!["X-Team".to_owned()].try_into().unwrap();
        webhook.settings.auth = auth;
        let outcome = bench.send(webhook).await;
        assert_eq!(outcome.result, Ok(()));
        let request = receiver.last();
        assert_eq!(request.header(name), Some(value));
        assert_eq!(request.header("x-api-key"), Some("s3cr3t"));
        let shown: BTreeMap<_, _> = outcome.sent.headers.iter().collect();
        assert_eq!([name, "x-api-key", "x-any"].map(|name| shown[name]), [REDACTED; 3]);
        assert_eq!(shown["x-team"], "blue");
        assert!(!format!("{outcome:?}").contains("s3cr3t"), "{outcome:?}");
        assert!(!format!("{outcome:?}").contains("dTpzM2NyM3Q="), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_header_that_is_set_twice_is_refused() {
    let mut webhook = webhook("https://hooks.example.com/");
    webhook.settings.headers = BTreeMap::from([("authorization".into(), "x".into())]).try_into().unwrap();
    webhook.settings.auth = Auth::Bearer { token: "t".into() };
    let bench = Bench::dev();
    let error = bench.sender.check(TenantKey(1), &webhook.settings).unwrap_err();
    assert!(error.contains("`authorization` is set twice"), "{error}");
    assert_eq!(failure(&bench.send(webhook).await).0, FailureKind::Settings);
}

#[tokio::test]
async fn changed_settings_count_from_the_next_send_on() {
    let (old, new) = (Receiver::start(OK, Then::KeepOpen).await, Receiver::start(OK, Then::KeepOpen).await);
    let bench = Bench::dev();
    bench.send(webhook(&old.url("/"))).await;
    bench.send(webhook(&new.url("/"))).await;
    assert_eq!((old.count(), new.count()), (1, 1));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Receiver::start(OK, Then::KeepOpen).await;
    let location = format!("HTTP/1.1 307 x\r\nlocation: {}\r\ncontent-length: 0\r\n\r\n", elsewhere.url("/t"));
    let outcome = answered(location, Then::KeepOpen).await;
    let (kind, message) = failure(&outcome);
    assert_eq!(kind, FailureKind::Http);
    assert!(message.contains("not followed") && message.contains("127.0.0.1"), "{message}");
    assert_eq!(elsewhere.accepts(), 0);
}

#[tokio::test]
async fn statuses_become_outcomes() {
    for (head, kind, retry_after) in [
        ("204 No Content\r\n\r\n", None, None),
        ("410 Gone\r\ncontent-length: 0\r\n\r\n", Some(FailureKind::Gone), None),
        ("500 Oops\r\ncontent-length: 0\r\n\r\n", Some(FailureKind::Http), None),
        ("503 Busy\r\ncontent-length: 0\r\n\r\n", Some(FailureKind::Http), None),
        ("503 Busy\r\nretry-after: 9\r\ncontent-length: 0\r\n\r\n", Some(FailureKind::Throttled), Some(9)),
        ("429 Slow\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n", Some(FailureKind::Throttled), Some(30)),
        // 1,800,000,000 is 2027-01-15 08:00:00 UTC.
        (
            "429 Slow\r\nretry-after: Fri, 15 Jan 2027 08:01:00 GMT\r\ncontent-length: 0\r\n\r\n",
            Some(FailureKind::Throttled),
            Some(60),
        ),
    ] {
        let outcome = answered(format!("HTTP/1.1 {head}"), Then::KeepOpen).await;
        let failure = outcome.result.as_ref().err();
        assert_eq!(failure.map(|failure| failure.kind), kind, "{head}");
        assert_eq!(failure.and_then(|failure| failure.retry_after), retry_after.map(Duration::from_secs), "{head}");
    }
}

#[tokio::test]
async fn a_connection_that_ends_early_is_a_connection_failure() {
    for (response, part) in [("", "without an answer"), ("HTTP/1.1 20", "without an answer")] {
        let outcome = answered(response, Then::Close).await;
        let (kind, message) = failure(&outcome);
        assert_eq!(kind, FailureKind::Connection, "{response:?}: {message}");
        assert!(message.contains(part), "{response:?}: {message}");
    }
}

#[tokio::test]
async fn a_refused_connection_names_the_address() {
    let address = Receiver::nobody().await;
    let outcome = Bench::dev().send(webhook(&format!("http://{address}/"))).await;
    assert_eq!(failure(&outcome), (FailureKind::Connection, format!("connection refused by {address}").as_str()));
    assert_eq!((outcome.answer, outcome.remote), (None, None));
}

#[tokio::test]
async fn each_way_to_fail_has_its_kind() {
    for (response, kind) in [("SSH-2.0-OpenSSH_9.2\r\n\r\n", FailureKind::Protocol), ("", FailureKind::Connection)] {
        assert_eq!(failure(&answered(response, Then::Close).await).0, kind, "{response}");
    }
    let bench = Bench::strict(Resolver::from_fn(|name| match name {
        "inside.example.com" => Ok(vec![[10, 0, 0, 1].into()]),
        _ => Ok(Vec::new()),
    }));
    let none = bench.send(webhook("https://hooks.example.com/")).await;
    assert_eq!(failure(&none), (FailureKind::Dns, "hooks.example.com has no publicly reachable address"));
    let inside = bench.send(webhook("https://inside.example.com/")).await;
    let shown = format!("{:?} {:?}", inside.result, inside.remote).replace("inside.", "hooks.");
    assert_eq!(shown, format!("{:?} {:?}", none.result, none.remote), "which names are known inside is not told");
    let literal = bench.send(webhook("https://10.0.0.1/")).await;
    assert_eq!(failure(&literal).0, FailureKind::Blocked);
}

#[tokio::test]
async fn a_webhook_saved_under_dev_is_refused_under_the_strict_policy() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench = Bench::strict(Resolver::system(false));
    let outcome = bench.send(webhook(&receiver.url("/"))).await;
    assert_eq!(failure(&outcome).0, FailureKind::Blocked);
    assert!(outcome.sent.headers.is_empty());
    assert_eq!(receiver.accepts(), 0);
}

#[test]
fn every_forbidden_url_is_refused_when_saved() {
    let bench = Bench::strict(Resolver::system(false));
    let list = include_str!("../../crates/egress/tests/data/forbidden-urls.txt");
    let urls: Vec<&str> = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert!(urls.len() > 30);
    for url in urls {
        let checked =
            TargetUrl::parse(url).and_then(|url| bench.sender.check(TenantKey(1), &WebhookSettings::new(url)));
        assert!(checked.is_err(), "{url}");
    }
}

#[tokio::test]
async fn kept_headers_are_bounded() {
    let long = format!("x-long: {}\r\n", "y".repeat(7000)).repeat(4);
    let outcome = answered(format!("HTTP/1.1 204 x\r\n{long}\r\n"), Then::KeepOpen).await;
    assert_eq!(outcome.answer.unwrap().headers.iter().count(), 2);
    let many = "x-many: y\r\n".repeat(90);
    let outcome = answered(format!("HTTP/1.1 204 x\r\n{many}\r\n"), Then::KeepOpen).await;
    assert_eq!(outcome.answer.unwrap().headers.iter().count(), 64);
}

#[test]
fn certificates_go_unchecked_only_where_the_operator_allows_it() {
    let mut settings = webhook("https://hooks.example.com/").settings;
    settings.verify_tls = false;
    assert!(
        Bench::strict(Resolver::system(false))
            .sender
            .check(TenantKey(1), &settings)
            .unwrap_err()
            .contains("verify_tls")
    );
    let policy = Policy { unverified_tls: true, ..Policy::default() };
    assert_eq!(Bench::new(Config { policy, ..Config::default() }).sender.check(TenantKey(1), &settings), Ok(()));
}

#[tokio::test]
async fn settings_without_a_webhook_are_sent_for_and_nothing_is_kept_of_them() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench = Bench::dev();
    let Webhook { settings, secrets, .. } = webhook(&receiver.url("/in"));
    for _ in 0..2 {
        let outcome = bench.sender.send_unsaved(TenantKey(1), &settings, &secrets, message()).await.unwrap();
        assert_eq!((outcome.result, receiver.last().header("webhook-signature").is_some()), (Ok(()), true));
    }
    assert_eq!(receiver.accepts(), 1, "the connection is kept");
    assert!(bench.sender.0.templates.lock().unwrap().count() == 0);
}
