//! The nouns: tenant, event, webhook, delivery, attempt. Values that are valid once constructed; no I/O, no clock.

mod access;
mod catalogue;
mod credentials;
mod delivery;
mod event;
mod event_type;
mod filter;
mod headers;
mod id;
mod invalid;
mod message;
mod payload;
pub mod platform;
mod retry;
mod severity;
mod target;
mod tenant;
mod time;
mod webhook;

pub use access::{ApiKey, RateLimit, RateUnit, Scope, Tenant, TenantId};
pub use catalogue::{
    Breakage, EntryStatus, EventTypeEntry, EventTypeInput, Impact, Pack, SchemaVersion, SchemaVersionInput, Validator,
    compatibility, from_openapi, packs, sample,
};
pub use credentials::{Credentials, REDACTED};
pub use delivery::{
    Answer, Attempt, Delivery, DeliveryStatus, Failure, FailureKind, Health, Outcome, Owed, Sent, Timings,
};
pub use event::{BodyHash, CallerId, CorrelationId, Event, NewEvent, OrderingKey, TraceParent};
pub use event_type::{EventType, TypePattern};
#[cfg(test)]
pub(crate) use filter::samples;
pub use filter::{Assets, Clue, Clues, Facts, Field, Filter, Number, Scalar, Sign};
pub use headers::{CustomHeaders, is_sensitive_header};
pub use id::{ApiKeyId, AttemptId, DeliveryId, EventKey, Serial, SerialSource, TenantKey, WebhookKey};
pub use invalid::{FieldError, read_json};
pub use message::Message;
pub use payload::{Batch, CloudEventsMode, LONGEST_CODE, Payload, TemplateFormat};
pub use platform::{Platform, PlatformId};
pub use retry::{RetryInput, RetryPolicy};
pub use severity::Severity;
pub use target::TargetUrl;
pub use tenant::{Enrichment, TenantSettings, Validation};
pub use time::{Span, Timestamp};
pub use webhook::{
    Auth, Counters, DialectSpec, DisableReason, Ordering, Secrets, Signing, SigningAlgorithm, Status, Webhook,
    WebhookId, WebhookSettings,
};
