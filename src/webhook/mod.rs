//! A webhook: a tenant's standing order. Everything that can be set is in [`WebhookSettings`], and all of it is obeyed.

mod assets;
mod credentials;
mod fields;
mod filter;
mod headers;
mod payload;
mod retry;
mod signing;

use std::{collections::BTreeMap, fmt};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use self::fields::*;
pub use self::{
    assets::Assets,
    credentials::Credentials,
    filter::{EventFields, Facts, Filter},
    headers::CustomHeaders,
    payload::{Batch, CloudEventsMode, LONGEST_CODE, Payload, TemplateFormat},
    retry::{Preset, RetryInput, RetryPolicy},
    signing::{DialectSpec, Secrets, Signing, SigningAlgorithm},
};
use crate::{
    model::{
        Failure, FailureKind, Outcome, RateLimit, Sent, Span, TargetUrl, TenantKey, Timestamp, Timings, TypePattern,
        WebhookId, WebhookKey, is_sensitive_header,
    },
    platform::{Platform, PlatformId},
};

/// A webhook as it is now.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its place in the store and the name of its lane.
    pub key: WebhookKey,
    /// Whose it is.
    pub tenant: TenantKey,
    /// Its name in the API.
    pub id: WebhookId,
    /// What the tenant ordered.
    pub settings: WebhookSettings,
    /// What it signs with.
    pub secrets: Secrets,
    /// Why it is disabled, while it is.
    pub disabled: Option<DisableReason>,
    /// Grows with every change; the ETag.
    pub version: u64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl Outcome {
    /// Of an attempt that ended before anything was sent.
    pub fn unsent(webhook: &Webhook, now: Timestamp, kind: FailureKind, message: String) -> Outcome {
        Outcome {
            started_at: now,
            sent: Sent { url: webhook.settings.redacted(&webhook.settings.url), ..Sent::default() },
            answer: None,
            remote: None,
            timings: Timings::default(),
            result: Err(Failure { kind, message, retry_after: None }),
        }
    }
}

/// What a tenant orders. The API's shape, and what the store keeps (sealed).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// For people; at most 200 characters.
    #[serde(default, deserialize_with = "short_text")]
    #[schema(max_length = 200, example = "Price alerts")]
    pub name: String,
    /// For people; at most 2,000 characters.
    #[serde(default, deserialize_with = "long_text")]
    #[schema(max_length = 2000)]
    pub description: String,
    /// Where requests go: https, publicly reachable, without user name or password.
    #[schema(value_type = String, max_length = 2048, example = "https://example.com/hook")]
    pub url: TargetUrl,
    /// A preset for a known receiver, like `slack`: its payload, limits, address and answers. `GET /platforms` lists them.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "slack")]
    pub platform: Option<PlatformId>,
    /// What the platform asks to be filled in, like a chat's id or a key.
    #[serde(default, deserialize_with = "bounded_fields")]
    pub fields: BTreeMap<String, String>,
    /// Which events: exact names (`price.alert`), everything under a prefix (`price.*`), or `*`. Empty means all.
    #[serde(default, deserialize_with = "bounded_patterns")]
    #[schema(value_type = Vec<String>, max_items = 200, example = json!(["price.*"]))]
    pub event_types: Vec<TypePattern>,
    /// Only events for which this holds, like `{"data": {"price": {"$gte": 180}}}`.
    #[serde(default)]
    #[schema(value_type = Option<Object>, example = json!({"data": {"price": {"$gte": 180}}}))]
    pub filter: Option<Filter>,
    /// Only events about these assets: a shorthand for a filter on `data.symbol` and `data.sector`.
    #[serde(default)]
    pub assets: Option<Assets>,
    /// What a request's body is; otherwise the platform's, or `standard`.
    #[serde(default)]
    pub payload: Option<Payload>,
    /// Many events in one request. None: one by one.
    #[serde(default)]
    pub batch: Option<Batch>,
    /// Extra request headers, at most 32.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    pub headers: CustomHeaders,
    /// How requests authenticate.
    #[serde(default)]
    pub auth: Auth,
    /// How requests are signed.
    #[serde(default)]
    pub signing: Signing,
    /// How often it may be sent to; deliveries over it wait. Null means as often as it can take; left out, a platform's own
    /// rate holds.
    #[serde(default)]
    pub rate_limit: Option<RateLimit>,
    /// Requests in flight at one time, at most: 1 to 1,000.
    #[serde(default = "default_concurrency", deserialize_with = "concurrency_in_bounds")]
    #[schema(minimum = 1, maximum = 1000, default = 16)]
    pub max_concurrency: u32,
    /// What is kept in order.
    #[serde(default)]
    pub ordering: Ordering,
    /// For the whole request, to the last byte of the answer: 100ms to 60s.
    #[serde(default = "default_timeout", deserialize_with = "timeout_in_bounds")]
    #[schema(value_type = String, default = "10s")]
    pub timeout: Span,
    /// When to try again after a failed attempt.
    #[serde(default)]
    #[schema(value_type = RetryInput)]
    pub retry: RetryPolicy,
    /// Disable it after this many failed attempts in a row: 1 to 10,000. None: only after 5 days of nothing else.
    #[serde(default, deserialize_with = "disable_after_in_bounds")]
    #[schema(minimum = 1, maximum = 10_000)]
    pub disable_after: Option<u32>,
    /// When it was disabled for failing: try once an hour with a test event, and make it active again when that arrives.
    #[serde(default)]
    pub self_heal: bool,
    /// Whether it is delivered to, held, or off.
    #[serde(default)]
    pub status: Status,
    /// Check the receiver's TLS certificate. Turning it off is possible only where the operator allows it.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub verify_tls: bool,
    /// The tenant's own notes: at most 50 entries, keys to 64 and values to 512 characters.
    #[serde(default, deserialize_with = "bounded_metadata")]
    pub metadata: BTreeMap<String, String>,
}

impl WebhookSettings {
    /// The defaults for this URL.
    pub fn new(url: TargetUrl) -> WebhookSettings {
        WebhookSettings {
            name: String::new(),
            description: String::new(),
            url,
            platform: None,
            fields: BTreeMap::new(),
            event_types: Vec::new(),
            filter: None,
            assets: None,
            payload: None,
            batch: None,
            headers: CustomHeaders::default(),
            auth: Auth::None,
            signing: Signing::default(),
            rate_limit: None,
            max_concurrency: default_concurrency(),
            ordering: Ordering::None,
            timeout: default_timeout(),
            retry: RetryPolicy::default(),
            disable_after: None,
            self_heal: false,
            status: Status::Active,
            verify_tls: true,
            metadata: BTreeMap::new(),
        }
    }

    /// The platform's preset, if it has one.
    pub fn preset(&self) -> Option<&'static Platform> {
        self.platform.as_ref().and_then(|id| Platform::find(id.as_str()))
    }

    /// A URL of its requests for logs and records, without what is known or looks like a credential.
    pub fn redacted(&self, url: &TargetUrl) -> String {
        self.preset().map_or_else(|| url.redacted(), |platform| platform.redact_url(url))
    }

    /// The credentials that requests carry.
    pub fn credentials(&self) -> Credentials {
        let mut all = match self.preset() {
            Some(platform) => [platform.url_credentials(&self.url), platform.credentials(&self.fields)].concat(),
            None => self.url.credentials(&[]),
        };
        let headers = self.headers.iter().filter(|(name, _)| is_sensitive_header(name));
        all.extend(headers.flat_map(|(_, value)| credentials_in(value)));
        match &self.auth {
            Auth::None => {}
            Auth::Bearer { token } => all.push(token.clone()),
            Auth::Basic { username, password } => {
                all.extend([password.clone(), BASE64_STANDARD.encode(format!("{username}:{password}"))]);
            }
            Auth::Header { value, .. } => all.extend(credentials_in(value)),
        }
        Credentials::new(all.iter().map(String::as_str))
    }

    /// Whether requests made with these settings and with those are alike, as far as the settings decide.
    pub fn sends_like(&self, other: &WebhookSettings) -> bool {
        let what = (&self.platform, &self.fields, &self.payload, &self.batch)
            == (&other.platform, &other.fields, &other.payload, &other.batch);
        let how = (&self.url, &self.auth, &self.headers, &self.signing)
            == (&other.url, &other.auth, &other.headers, &other.signing);
        what && how && (self.timeout, self.verify_tls) == (other.timeout, other.verify_tls)
    }
}

/// Whether a webhook is delivered to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Delivered to.
    #[default]
    Active,
    /// Deliveries are held, and sent on resume.
    Paused,
    /// Nothing is matched; what was owed is cancelled.
    Disabled,
}

/// Why a webhook is disabled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisableReason {
    /// Through the API.
    ByRequest,
    /// The receiver answered 410.
    Gone,
    /// `disable_after` failed attempts in a row.
    ConsecutiveFailures,
    /// Nothing but failures for 5 days.
    FailingForDays,
}

/// In which order deliveries go out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ordering {
    /// As fast as the receiver takes them.
    #[default]
    None,
    /// Events with the same `ordering_key` one after another; others in parallel.
    Key,
    /// One at a time; one that fails holds all others until it is delivered or given up.
    Strict,
}

/// A header's value, and what in it is secret by itself: behind a scheme (`Bearer …`), in each cookie.
fn credentials_in(value: &str) -> impl Iterator<Item = String> + '_ {
    let behind_scheme = value.split_once(' ').map(|(_, rest)| rest.trim());
    let cookies = value.split("; ").filter_map(|pair| Some(pair.split_once('=')?.1));
    [value].into_iter().chain(behind_scheme).chain(cookies).map(str::to_owned)
}

/// How a request authenticates. `Debug` is redacted.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Auth {
    /// It does not.
    #[default]
    None,
    /// `Authorization: Bearer <token>`
    Bearer {
        #[serde(deserialize_with = "credential")]
        token: String,
    },
    /// `Authorization: Basic …` (RFC 7617)
    Basic {
        #[serde(deserialize_with = "basic_user")]
        username: String,
        #[serde(deserialize_with = "credential")]
        password: String,
    },
    /// A header of the receiver's own.
    Header {
        #[serde(deserialize_with = "auth_header_name")]
        name: String,
        #[serde(deserialize_with = "credential")]
        value: String,
    },
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Auth::None => "none",
            Auth::Bearer { .. } => "bearer [redacted]",
            Auth::Basic { .. } => "basic [redacted]",
            Auth::Header { .. } => "header [redacted]",
        })
    }
}

fn yes() -> bool {
    true
}

fn default_concurrency() -> u32 {
    16
}

fn default_timeout() -> Span {
    Span::seconds(10)
}

/// What happened to a webhook's deliveries so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counters {
    /// Deliveries that the receiver has.
    pub delivered: u64,
    /// Deliveries given up.
    pub failed: u64,
    /// Failed attempts since the last success.
    pub consecutive_failures: u32,
    /// When the run of failures began.
    pub failing_since: Option<Timestamp>,
    /// The last attempt.
    pub last_attempt_at: Option<Timestamp>,
    /// The last attempt that succeeded.
    pub last_success_at: Option<Timestamp>,
    /// The last attempt that failed.
    pub last_failure_at: Option<Timestamp>,
}
