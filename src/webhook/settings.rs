//! Everything that can be set of a webhook.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    assets::Assets,
    auth::Auth,
    batch::Batch,
    credentials::Credentials,
    fields::*,
    filter::{Filter, MOST_INDEX_KEYS},
    forms::{FilterForm, RetryForm},
    headers::{CustomHeaders, PublicHeaders, credentials_in},
    payload::Payload,
    retry::RetryPolicy,
    signing::{Secrets, Signing},
    status::Status,
};
use crate::{
    model::{EventType, RateLimit, Span, TargetUrl, TypePattern},
    platform::{Platform, PlatformId},
};

/// In memory: an event type, with its place in the index; a name with its value.
const OF_TYPE: usize = 200;
const OF_ENTRY: usize = 120;

// Its `Debug` tells nothing that may be secret.
/// What a tenant orders. The API's shape, and what the store keeps (sealed).
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// For people; at most 200 characters.
    #[serde(default, deserialize_with = "short_text")]
    #[schema(max_length = 200, pattern = r"^[^\u0000-\u0008\u000B-\u001F\u007F-\u009F]*$", example = "Price alerts")]
    pub name: String,
    /// For people; at most 2,000 characters.
    #[serde(default, deserialize_with = "long_text")]
    #[schema(max_length = 2000, pattern = r"^[^\u0000-\u0008\u000B-\u001F\u007F-\u009F]*$")]
    pub description: String,
    /// Where requests go: https, publicly reachable, without user name or password.
    #[schema(example = "https://example.com/hook")]
    pub url: TargetUrl,
    /// A preset for a known receiver, like `slack`: its payload, limits, address and answers. `GET /platforms` lists them.
    #[serde(default)]
    #[schema(example = "slack")]
    pub platform: Option<PlatformId>,
    /// What the platform asks to be filled in, like a chat's id or a key.
    #[serde(default, deserialize_with = "bounded_fields")]
    pub fields: BTreeMap<String, String>,
    /// Which events: exact names (`price.alert`), how names begin (`price.*`, `price_*`), or `*` for all, which `all` and
    /// nothing said mean, too. Our own notices have to be named: `lanehook.*`.
    #[serde(default = "all_types", deserialize_with = "bounded_patterns")]
    #[schema(min_items = 1, max_items = 200, default = json!(["*"]), example = json!(["price.*"]))]
    pub event_types: Vec<TypePattern>,
    /// Only events for which this holds, like `{"data": {"price": {"$gte": 180}}}`.
    #[serde(default)]
    #[schema(value_type = Option<FilterForm>, example = json!({"data": {"price": {"$gte": 180}}}))]
    pub filter: Option<Filter>,
    /// Only events about these assets: a shorthand for a filter on `data.symbol` and `data.sector`.
    #[serde(default)]
    pub assets: Option<Assets>,
    /// What a request's body is; otherwise the platform's, or `standard`.
    #[serde(default)]
    pub payload: Option<Payload>,
    /// Many events in one request. Null: one by one.
    #[serde(default)]
    pub batch: Option<Batch>,
    /// Extra request headers, at most 32. Their values are credentials, and shown as `[redacted]`, but for those of
    /// `public_headers`.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    pub headers: CustomHeaders,
    /// Names of `headers` whose values are no secret, and so are shown.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 32, example = json!(["X-Team"]))]
    pub public_headers: PublicHeaders,
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
    #[schema(value_type = crate::model::schema::Timeout, default = "10s")]
    pub timeout: Span,
    /// When to try again after a failed attempt.
    #[serde(default)]
    #[schema(value_type = RetryForm)]
    pub retry: RetryPolicy,
    /// Disable it after this many failed attempts in a row: 1 to 10,000. Null: only after 5 days of nothing else.
    #[serde(default, deserialize_with = "disable_after_in_bounds")]
    #[schema(minimum = 1, maximum = 10_000)]
    pub disable_after: Option<u32>,
    /// When it was disabled for failing: try once an hour with a test event, and make it active again when that arrives within 10 s.
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
    /// For whoever looks after it, like whom to call when it fails; at most 2,000 characters.
    #[serde(default, deserialize_with = "long_text")]
    #[schema(
        max_length = 2000,
        pattern = r"^[^\u0000-\u0008\u000B-\u001F\u007F-\u009F]*$",
        example = "Their gateway restarts at 6; call the desk after that."
    )]
    pub note: String,
    /// Whether it is marked as one to look at first.
    #[serde(default)]
    pub starred: bool,
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
            event_types: all_types(),
            filter: None,
            assets: None,
            payload: None,
            batch: None,
            headers: CustomHeaders::default(),
            public_headers: PublicHeaders::default(),
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
            note: String::new(),
            starred: false,
        }
    }

    /// Whether it subscribes to our own notices. Nothing is told of such a webhook: it would be owed that.
    pub fn hears_notices(&self) -> bool {
        self.event_types.iter().any(TypePattern::is_reserved)
    }

    /// How many regular expressions its filter has.
    pub fn patterns(&self) -> u64 {
        self.filter.as_ref().map_or(0, |filter| filter.patterns() as u64)
    }

    /// The bytes that it takes in memory by a rule, with its places in the index of its tenant's webhooks, besides those
    /// that it is written with.
    pub fn footprint(&self) -> usize {
        let entries = self.metadata.len() + self.fields.len() + self.headers.iter().count();
        let filter = self.filter.as_ref().map_or(0, |filter| filter.footprint(MOST_INDEX_KEYS));
        let assets = self.assets.as_ref().map_or(0, Assets::footprint);
        filter + assets + OF_TYPE * self.event_types.len() + OF_ENTRY * entries
    }

    /// How many values and clauses the conditions on its events have: what entering them into an index goes by.
    pub fn matched_values(&self) -> usize {
        let filter = self.filter.as_ref().map_or(0, Filter::values);
        self.event_types.len() + filter + self.assets.as_ref().map_or(0, Assets::values)
    }

    /// Whether it asks for events of this type, whatever its filter.
    pub fn asks_for_type(&self, event_type: &EventType) -> bool {
        self.event_types.iter().any(|pattern| pattern.matches(event_type))
    }

    /// The platform's preset, if it has one.
    pub fn preset(&self) -> Option<&'static Platform> {
        self.platform.as_ref().and_then(|id| Platform::find(id.as_str()))
    }

    /// Its URL for whoever may read webhooks: in full, unless the platform is known to have credentials in it.
    pub fn shown_url(&self) -> String {
        let hidden = self.preset().map(|platform| platform.redact_url(&self.url)).filter(|url| url.contains('…'));
        hidden.unwrap_or_else(|| self.url.as_str().to_owned())
    }

    /// A URL of its requests for logs and records, without what is known or looks like a credential.
    pub fn redacted(&self, url: &TargetUrl) -> String {
        self.preset().map_or_else(|| url.redacted(), |platform| platform.redact_url(url))
    }

    /// Its own headers whose values are credentials, by name: all that are not marked as public.
    pub fn secret_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().filter(|(name, _)| !self.public_headers.has(name))
    }

    /// The credentials that requests carry, and those that they are signed with.
    pub fn credentials(&self, secrets: &Secrets) -> Credentials {
        let mut all = match self.preset() {
            Some(platform) => [platform.url_credentials(&self.url), platform.credentials(&self.fields)].concat(),
            None => self.url.credentials(&[]),
        };
        all.extend(self.secret_headers().flat_map(|(_, value)| credentials_in(value)));
        all.extend(self.auth.credentials());
        all.extend(secrets.texts().map(|text| without_prefix(text).to_owned()));
        Credentials::new(all)
    }

    /// Whether its receiver keeps alerts, and gets those of one key one after another.
    pub fn orders_alerts(&self) -> bool {
        self.ordering == Ordering::Key && self.preset().is_some_and(|platform| platform.alerts.is_some())
    }

    /// Whether what was wrong with the settings before may be mended by these: by what they send and how, or since somebody has
    /// paused, resumed or disabled the webhook.
    pub fn may_mend(&self, before: &WebhookSettings) -> bool {
        self.status != before.status || !self.sends_like(before)
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

impl fmt::Debug for WebhookSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WebhookSettings { url, platform, status, .. } = self;
        let mut shown = f.debug_struct("WebhookSettings");
        shown.field("url", url).field("platform", platform).field("status", status).finish_non_exhaustive()
    }
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

/// A secret without what only says which kind it is: whoever repeats it may leave that out.
fn without_prefix(secret: &str) -> &str {
    ["whsec_", "whsk_"].iter().find_map(|prefix| secret.strip_prefix(prefix)).unwrap_or(secret)
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
