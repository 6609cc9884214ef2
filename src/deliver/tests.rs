//! The sender against real receivers on TCP. Time is moved by hand; nothing here sleeps.

mod guard;
mod limits;
mod receiver;
mod tls;

use std::{collections::BTreeMap, net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use lanehook_signature::{Dialect, Secret, Verifier};

use self::receiver::{Receiver, Then, settle};
use super::*;
use crate::model::{
    Auth, DeliveryId, DialectSpec, EventKey, FailureKind, REDACTED, Secrets, Serial, TargetUrl, TenantKey, Timestamp,
    WebhookId,
};

const BODY: &[u8] = br#"{"id":"evt_1","data":{"price":181.50}}"#;
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfine";
const START: Timestamp = Timestamp::from_millis(1_800_000_000_000);

fn webhook(url: &str) -> Webhook {
    Webhook {
        key: WebhookKey(Serial(5)),
        tenant: TenantKey(1),
        id: WebhookId::parse("prices").unwrap(),
        settings: WebhookSettings::new(TargetUrl::parse(url).unwrap()),
        secrets: Secrets { current: Some(Secret::parse(SECRET).unwrap()), previous: Vec::new() },
        disabled: None,
        version: 1,
        created_at: START,
        updated_at: START,
    }
}

fn message(body: Bytes) -> Message {
    Message {
        id: EventKey(Serial(77)).to_string(),
        event_type: "price.alert".into(),
        delivery: DeliveryId(Serial(99)).to_string(),
        body,
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
}

impl Bench {
    fn new(config: SenderConfig) -> Bench {
        let clock = Clock::manual(START);
        Bench { sender: Sender::new(config, clock.clone()).unwrap(), clock }
    }

    fn dev() -> Bench {
        Bench::new(SenderConfig { egress: dev_policy(), ..SenderConfig::default() })
    }

    fn resolving(egress: EgressPolicy, resolver: Resolver) -> Bench {
        Bench::new(SenderConfig { egress, resolver, ..SenderConfig::default() })
    }

    async fn send(&self, webhook: Webhook) -> Outcome {
        self.send_body(webhook, Bytes::from_static(BODY)).await
    }

    async fn send_body(&self, webhook: Webhook, body: Bytes) -> Outcome {
        self.sender.send(&Arc::new(webhook), message(body)).await
    }
}

fn dev_policy() -> EgressPolicy {
    EgressPolicy { dev: true, ..EgressPolicy::default() }
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
    assert_eq!(request.headers, outcome.sent.headers);
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("accept-encoding"), Some("identity"));
    assert_eq!(request.header("x-webhook-event"), Some("price.alert"));
    assert_eq!(request.header("x-webhook-delivery"), Some(DeliveryId(Serial(99)).to_string().as_str()));
    assert_eq!(request.header("user-agent"), Some(concat!("lanehook/", env!("CARGO_PKG_VERSION"))));
    let verifier = Verifier::new(Dialect::Standard, &Secret::parse(SECRET).unwrap()).unwrap();
    verifier.verify(|name| request.header(name), &request.body, START.seconds()).unwrap();
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
    assert_eq!(names.iter().filter(|name| **name == "x-webhook-event").count(), 1);
}

#[tokio::test]
async fn without_a_secret_the_request_still_names_its_message() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let mut webhook = webhook(&receiver.url("/"));
    webhook.secrets = Secrets::default();
    assert_eq!(Bench::dev().send(webhook).await.result, Ok(()));
    let request = receiver.last();
    assert_eq!(request.header("webhook-id"), Some(EventKey(Serial(77)).to_string().as_str()));
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
        let own = [("x-team", "blue"), ("x-api-key", "s3cr3t")].map(|(name, value)| (name.into(), value.into()));
        webhook.settings.headers = BTreeMap::from(own).try_into().unwrap();
        webhook.settings.auth = auth;
        let outcome = bench.send(webhook).await;
        assert_eq!(outcome.result, Ok(()));
        let request = receiver.last();
        assert_eq!(request.header(name), Some(value));
        assert_eq!(request.header("x-api-key"), Some("s3cr3t"));
        let shown: BTreeMap<_, _> = outcome.sent.headers.iter().cloned().collect();
        assert_eq!((shown[name].as_str(), shown["x-api-key"].as_str()), (REDACTED, REDACTED));
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
    let error = bench.sender.check(&webhook.settings).unwrap_err();
    assert!(error.contains("`authorization` is set twice"), "{error}");
    assert_eq!(failure(&bench.send(webhook).await).0, FailureKind::Settings);
}

#[tokio::test]
async fn many_sends_share_one_connection() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench = Bench::dev();
    for attempt in 0..50 {
        let outcome = bench.send(webhook(&receiver.url("/"))).await;
        assert_eq!(outcome.result, Ok(()));
        assert_eq!(outcome.remote, Some(receiver.address));
        assert_eq!(outcome.timings.connect_us > 0, attempt == 0, "{:?}", outcome.timings);
    }
    assert_eq!((receiver.accepts(), receiver.count()), (1, 50));
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
async fn a_kept_connection_that_the_receiver_closed_is_replaced() {
    let receiver = Receiver::start(OK, Then::Close).await;
    let bench = Bench::dev();
    for _ in 0..3 {
        assert_eq!(bench.send(webhook(&receiver.url("/"))).await.result, Ok(()));
        settle().await;
    }
    assert_eq!((receiver.accepts(), receiver.count()), (3, 3));
}

#[tokio::test]
async fn a_request_that_may_have_been_taken_is_not_sent_again() {
    let receiver = Receiver::start_with([OK.into(), Vec::new()], Then::Close).await;
    let outcome = {
        let bench = Bench::dev();
        // The first answer keeps the connection open, the second request on it is taken and not answered.
        assert_eq!(bench.send(webhook(&receiver.url("/"))).await.result, Ok(()));
        bench.send(webhook(&receiver.url("/"))).await
    };
    assert_eq!(failure(&outcome).0, FailureKind::Connection);
    assert_eq!((receiver.accepts(), receiver.count()), (1, 2));
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
async fn what_is_not_http_is_a_protocol_failure() {
    let many = "x-padding: y\r\n".repeat(200);
    let megabyte = format!("x-padding: {}\r\n", "y".repeat(8000)).repeat(125);
    for response in [
        "SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nno colon\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".to_owned(),
        format!("HTTP/1.1 200 OK\r\n{many}\r\n"),
        format!("HTTP/1.1 200 OK\r\n{megabyte}\r\n"),
    ] {
        let shown = response[..40.min(response.len())].to_owned();
        let outcome = answered(response, Then::Hang).await;
        assert_eq!(failure(&outcome).0, FailureKind::Protocol, "{shown}: {:?}", outcome.result);
    }
}

#[tokio::test]
async fn a_connection_that_ends_early_is_a_connection_failure() {
    for (response, part) in [
        ("", "without an answer"),
        ("HTTP/1.1 20", "without an answer"),
        ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfour", "middle"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab", "middle"),
    ] {
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
async fn a_connection_that_was_idle_for_too_long_is_not_used() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench =
        Bench::new(SenderConfig { egress: dev_policy(), pool_idle_for: Duration::ZERO, ..SenderConfig::default() });
    for _ in 0..3 {
        assert_eq!(bench.send(webhook(&receiver.url("/"))).await.result, Ok(()));
    }
    assert_eq!(receiver.accepts(), 3);
}

/// The environment belongs to the process, so this one is run again with proxies set.
#[test]
fn proxies_of_the_environment_are_ignored() {
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "deliver::tests::the_receiver_sees_what_the_outcome_shows"]);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        again.env(name, "http://127.0.0.1:9");
    }
    let output = again.env_remove("no_proxy").env_remove("NO_PROXY").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}
