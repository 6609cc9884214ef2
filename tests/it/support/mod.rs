//! What facts are told with: times, events, webhooks and outcomes with sensible defaults.

pub mod changes;

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use lanehook::{
    model::{
        Actor, Answer, CallerId, EventType, Failure, FailureKind, FailureRun, IdempotencyKey, NewEvent, OrderingKey,
        Outcome, Owed, Sent, TargetUrl, TenantKey, Timestamp, Timings, WebhookId,
    },
    store::{NewWebhook, Settlement, Verdict},
    webhook::{Auth, CustomHeaders, Secrets, WebhookSettings},
};
use lanehook_signature::Secret;

/// When tests begin: 2026-01-31T12:00:00Z.
pub const NOON: Timestamp = Timestamp::from_millis(1_769_860_800_000);
/// The tenant that every store has.
pub const DEFAULT: TenantKey = TenantKey(1);

/// Who makes the changes of tests.
pub const TESTER: &Actor = &Actor::system("test");

pub const SECOND: Duration = Duration::from_secs(1);
pub const HOUR: Duration = Duration::from_secs(3600);
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// An event of this type with a little data and nothing else.
pub fn event(event_type: &str) -> NewEvent {
    NewEvent::new(EventType::parse(event_type).unwrap(), Bytes::from_static(br#"{"price":1.50}"#))
}

/// What can be said about an event besides its type.
pub trait EventExt {
    fn id(self, id: &str) -> Self;
    fn idempotency_key(self, key: &str) -> Self;
    fn ordered_by(self, key: &str) -> Self;
    fn data(self, data: &str) -> Self;
}

impl EventExt for NewEvent {
    fn id(mut self, id: &str) -> NewEvent {
        self.caller_id = Some(caller_id(id));
        self
    }

    fn idempotency_key(mut self, key: &str) -> NewEvent {
        self.idempotency_key = Some(IdempotencyKey::parse(key).unwrap());
        self
    }

    fn ordered_by(mut self, key: &str) -> NewEvent {
        self.ordering_key = Some(ordering_key(key));
        self
    }

    fn data(mut self, data: &str) -> NewEvent {
        self.data = Bytes::copy_from_slice(data.as_bytes());
        self
    }
}

pub fn caller_id(text: &str) -> CallerId {
    CallerId::parse(text).unwrap()
}

pub fn ordering_key(text: &str) -> OrderingKey {
    OrderingKey::parse(text).unwrap()
}

/// A webhook of the default tenant under this id, with the settings' defaults.
pub fn webhook(id: &str) -> NewWebhook {
    webhook_of(DEFAULT, id)
}

pub fn webhook_of(tenant: TenantKey, id: &str) -> NewWebhook {
    NewWebhook {
        tenant,
        id: Some(WebhookId::parse(id).unwrap()),
        settings: settings("https://receiver.example/hook"),
        secrets: Secrets { current: Some(Secret::generate_hmac([7; 32])), previous: Vec::new() },
        disabled: None,
    }
}

pub fn settings(url: &str) -> WebhookSettings {
    WebhookSettings::new(TargetUrl::parse(url).unwrap())
}

/// Settings in which everything that can hold a credential does.
pub fn settings_with_credentials(url: &str, token: &str, header: &str) -> WebhookSettings {
    let headers = BTreeMap::from([("X-Api-Token".to_owned(), header.to_owned())]);
    WebhookSettings {
        auth: Auth::Bearer { token: token.to_owned() },
        headers: CustomHeaders::try_from(headers).unwrap(),
        ..settings(url)
    }
}

/// An attempt that the receiver answered with 200.
pub fn success(at: Timestamp) -> Outcome {
    Outcome {
        started_at: at,
        sent: Sent {
            url: "https://receiver.example/hook".into(),
            headers: [("webhook-id", "evt_1"), ("x-empty", "")].into_iter().collect(),
            method: None,
            body: None,
        },
        answer: Some(Answer {
            status: 200,
            headers: [("content-type", "text/plain; a: b")].into_iter().collect(),
            body: Bytes::from_static(b"thanks"),
            truncated: false,
        }),
        remote: Some("203.0.113.7:443".parse().unwrap()),
        is_connected: true,
        requests: 1,
        timings: Timings { dns_us: 1, connect_us: 2, tls_us: 3, first_byte_us: 4, total_us: 5 },
        result: Ok(()),
        remark: None,
    }
}

/// An attempt that the receiver answered with 503 and a wish to be left alone for 7 s.
pub fn failure(at: Timestamp) -> Outcome {
    let answer = Answer { status: 503, truncated: true, ..success(at).answer.unwrap() };
    let failure = Failure {
        kind: FailureKind::Throttled,
        message: "the receiver asked to wait".into(),
        retry_after: Some(7 * SECOND),
    };
    Outcome { answer: Some(answer), result: Err(failure), ..success(at) }
}

/// An attempt that never reached a receiver.
pub fn no_connection(at: Timestamp) -> Outcome {
    let failure = Failure { kind: FailureKind::Connection, message: "refused".into(), retry_after: None };
    let sent = Sent { body: Some(Bytes::from_static(b"{}")), ..success(at).sent };
    Outcome { answer: None, remote: None, is_connected: false, requests: 0, sent, result: Err(failure), ..success(at) }
}

pub fn delivered(owed: &Owed, at: Timestamp) -> Settlement {
    let failure_run = FailureRun::default();
    Settlement {
        attempt: None,
        owed: vec![owed.clone()],
        outcome: success(at),
        verdict: Verdict::Delivered,
        failure_run,
        judged_at: at,
    }
}

pub fn given_up(owed: &Owed, at: Timestamp) -> Settlement {
    Settlement {
        attempt: None,
        owed: vec![owed.clone()],
        outcome: failure(at),
        verdict: Verdict::Failed,
        failure_run: ill(at),
        judged_at: at,
    }
}

/// The webhook's script says that it is not to be sent.
pub fn skipped(owed: &Owed, at: Timestamp) -> Settlement {
    let failure = Failure { kind: FailureKind::Skipped, message: "not this one".into(), retry_after: None };
    let outcome = Outcome { answer: None, remote: None, result: Err(failure), ..success(at) };
    Settlement { outcome, verdict: Verdict::Dropped, failure_run: FailureRun::default(), ..delivered(owed, at) }
}

pub fn retried(owed: &Owed, at: Timestamp, next: Timestamp) -> Settlement {
    let verdict = Verdict::Retry { at: next, counted: true };
    Settlement {
        attempt: None,
        owed: vec![owed.clone()],
        outcome: failure(at),
        verdict,
        failure_run: ill(at),
        judged_at: at,
    }
}

fn ill(since: Timestamp) -> FailureRun {
    FailureRun { consecutive_failures: 1, failing_since: Some(since) }
}
