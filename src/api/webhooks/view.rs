//! A webhook as the API shows it: every setting, no credential.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::health::HealthView;
use crate::{
    model::{FieldError, RateLimit, Span, Timestamp, TypePattern, WebhookId},
    observe::Health,
    platform::PlatformId,
    webhook::{
        Assets, Auth, Batch, Counters, DisableReason, Filter, Ordering, Payload, RetryPlan, RetryPolicy, Signing,
        Status, Webhook, WebhookSettings,
    },
};

/// A webhook. Credentials are shown as `[redacted]`.
#[derive(Serialize, ToSchema)]
#[schema(as = Webhook)]
pub struct WebhookView {
    /// The caller's own id, or a generated one.
    #[schema(example = "wh_06f3n1qk2v0g0")]
    id: WebhookId,
    /// For people.
    name: String,
    /// For people.
    description: String,
    /// Where requests go. Where a platform has credentials in its URLs, they are shown as `…`.
    #[schema(example = "https://example.com/hook")]
    url: String,
    /// The preset for a known receiver.
    platform: Option<PlatformId>,
    /// What was filled in for the platform.
    fields: BTreeMap<String, String>,
    /// Which events; `*` means all.
    event_types: Vec<TypePattern>,
    /// Only events for which this holds.
    #[schema(value_type = Option<crate::webhook::FilterForm>)]
    filter: Option<Filter>,
    /// Only events about these.
    assets: Option<Assets>,
    /// What a request's body is; null: the platform's, or `standard`.
    payload: Option<Payload>,
    /// Many events in one request.
    batch: Option<Batch>,
    /// Extra request headers, with the values of those in `public_headers`.
    headers: BTreeMap<String, String>,
    /// Which of `headers` are shown with their values.
    public_headers: Vec<String>,
    /// How requests authenticate.
    auth: Auth,
    /// How requests are signed.
    signing: Signing,
    /// How often it may be sent to.
    rate_limit: Option<RateLimit>,
    /// Requests in flight at one time, at most.
    max_concurrency: u32,
    /// What is kept in order.
    ordering: Ordering,
    /// For the whole request.
    #[schema(example = "10s")]
    timeout: Span,
    /// When to try again after a failed attempt.
    #[schema(value_type = crate::webhook::RetryForm)]
    retry: RetryPolicy,
    /// What `retry` comes to: how many attempts, and how long between them.
    retry_plan: RetryPlan,
    /// Disable it after this many failed attempts in a row.
    disable_after: Option<u32>,
    /// Whether it is tried once an hour while it is disabled for failing.
    self_heal: bool,
    /// Whether it is delivered to, held, or off.
    status: Status,
    /// Why it is disabled, while it is.
    status_reason: Option<DisableReason>,
    /// Whether the receiver's certificate is checked.
    verify_tls: bool,
    /// The tenant's own notes.
    metadata: BTreeMap<String, String>,
    /// For whoever looks after it.
    note: String,
    /// Whether it is marked as one to look at first.
    starred: bool,
    /// Whether requests are signed.
    has_secret: bool,
    /// What receivers verify with, if it signs with Ed25519.
    public_key: Option<String>,
    /// The secret, in the answer that makes the webhook and nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// How its receiver does.
    health: HealthView,
    /// What happened so far.
    counters: CountersView,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// Grows with every change.
    version: u64,
    /// What was kept as it was sent and is hardly meant, in the answer that keeps it: a pattern that matches no known event
    /// type, a filter's number as text, a secret that can be guessed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<FieldError>,
}

/// What happened to a webhook's deliveries so far.
#[derive(Serialize, ToSchema)]
#[schema(as = WebhookCounters)]
pub struct CountersView {
    /// Deliveries that the receiver has.
    delivered: u64,
    /// Deliveries given up.
    failed: u64,
    /// Failed attempts since the last success.
    consecutive_failures: u32,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_attempt_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_success_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_failure_at: Option<Timestamp>,
}

impl CountersView {
    pub fn of(counters: &Counters) -> CountersView {
        CountersView {
            delivered: counters.delivered,
            failed: counters.failed,
            consecutive_failures: counters.consecutive_failures,
            last_attempt_at: counters.last_attempt_at,
            last_success_at: counters.last_success_at,
            last_failure_at: counters.last_failure_at,
        }
    }
}

impl WebhookView {
    /// Of this webhook, without its secret.
    pub fn of(webhook: &Webhook, counters: Counters, health: Health) -> WebhookView {
        let settings = webhook.settings.clone();
        WebhookView {
            id: webhook.id.clone(),
            url: settings.shown_url(),
            fields: settings.shown_fields(),
            headers: settings.shown_headers(),
            public_headers: public_headers(&settings),
            name: settings.name,
            description: settings.description,
            platform: settings.platform,
            event_types: settings.event_types,
            filter: settings.filter,
            assets: settings.assets,
            payload: settings.payload,
            batch: settings.batch,
            auth: settings.auth.shown(),
            signing: settings.signing,
            rate_limit: settings.rate_limit,
            max_concurrency: settings.max_concurrency,
            ordering: settings.ordering,
            timeout: settings.timeout,
            retry_plan: settings.retry.plan(),
            retry: settings.retry,
            disable_after: settings.disable_after,
            self_heal: settings.self_heal,
            status: settings.status,
            status_reason: webhook.disabled,
            verify_tls: settings.verify_tls,
            metadata: settings.metadata,
            note: settings.note,
            starred: settings.starred,
            has_secret: webhook.secrets.current.is_some(),
            public_key: webhook.secrets.current.as_ref().and_then(|secret| secret.public_key()),
            secret: None,
            health: HealthView::of(webhook, health),
            counters: CountersView::of(&counters),
            created_at: webhook.created_at,
            updated_at: webhook.updated_at,
            version: webhook.version,
            warnings: Vec::new(),
        }
    }

    /// With what is doubtful about it.
    pub fn warning(self, warnings: Vec<FieldError>) -> WebhookView {
        WebhookView { warnings, ..self }
    }

    /// Of a webhook just made, with its secret.
    pub fn of_new(webhook: &Webhook) -> WebhookView {
        let secret = webhook.secrets.current.as_ref().map(|secret| secret.expose().to_owned());
        WebhookView { secret, ..WebhookView::of(webhook, Counters::default(), Health::Healthy) }
    }
}

fn public_headers(settings: &WebhookSettings) -> Vec<String> {
    settings.public_headers.names().filter_map(|name| settings.headers.written(name)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        model::{REDACTED, Serial, TenantKey, WebhookKey, read_json},
        webhook::{ONLY_SHOWN, Secrets},
    };
    use lanehook_signature::Secret;

    fn webhook(settings: &str, secret: &str) -> Webhook {
        Webhook {
            key: WebhookKey(Serial::nth(1)),
            tenant: TenantKey(1),
            id: WebhookId::parse("w").unwrap(),
            settings: read_json(settings.as_bytes()).unwrap(),
            secrets: Secrets { current: Some(Secret::parse(secret).unwrap()), previous: Vec::new() },
            disabled: None,
            status_since: None,
            version: 1,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        }
    }

    #[test]
    fn what_is_shown_is_a_setting_or_known_to_be_none() {
        let webhook = webhook(r#"{"url":"https://a.example/"}"#, "any secret");
        let settings = serde_json::to_value(&webhook.settings).unwrap();
        let shown = WebhookView::of_new(&webhook).warning(vec![FieldError::at("/url", "x")]);
        let shown = serde_json::to_value(shown).unwrap();
        let members = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let mut beside = members(&shown);
        beside.retain(|name| settings.get(name).is_none() && !["id", "secret"].contains(&name.as_str()));
        let mut known = ONLY_SHOWN.to_vec();
        known.sort_unstable();
        assert_eq!(beside, known, "who sends it back is told so");
    }

    #[test]
    fn headers_are_shown_as_they_were_written() {
        let settings =
            r#"{"url":"https://a.example/","headers":{"X-Team":"blue","x-Any":"1"},"public_headers":["x-TEAM"]}"#;
        let view = WebhookView::of(&webhook(settings, "any secret"), Counters::default(), Health::Healthy);
        let shown = serde_json::to_value(view).unwrap();
        assert_eq!(shown["headers"], serde_json::json!({"X-Team": "blue", "x-Any": REDACTED}));
        assert_eq!(shown["public_headers"], serde_json::json!(["X-Team"]));
    }

    #[test]
    fn no_credential_shows_in_a_view() {
        for auth in [
            r#"{"type":"bearer","token":"hunter2"}"#,
            r#"{"type":"basic","username":"u","password":"hunter2"}"#,
            r#"{"type":"header","name":"x-key","value":"hunter2"}"#,
        ] {
            let settings = format!(
                r#"{{"url":"https://a.example/","auth":{auth},"public_headers":["X-Team"],
                    "headers":{{"X-Api-Key":"hunter2","x-any":"hunter2","x-team":"blue"}}}}"#
            );
            let webhook = webhook(&settings, "hunter2 is the secret");
            let shown =
                serde_json::to_string(&WebhookView::of(&webhook, Counters::default(), Health::Healthy)).unwrap();
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains(r#""has_secret":true"#) && shown.contains("blue"), "{shown}");
            let new = serde_json::to_string(&WebhookView::of_new(&webhook)).unwrap();
            assert!(new.contains(r#""secret":"hunter2 is the secret""#), "{new}");
        }
    }
}
