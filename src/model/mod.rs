//! The nouns: tenant, event, webhook, delivery, attempt. Values that are valid once constructed; no I/O, no clock.

mod access;
mod delivery;
mod event;
mod event_type;
mod headers;
mod id;
mod invalid;
pub mod platform;
mod retry;
mod target;
mod time;
mod webhook;

pub use access::{ApiKey, RateLimit, RateUnit, Scope, Tenant, TenantId};
pub use delivery::{
    Answer, Attempt, Delivery, DeliveryStatus, Failure, FailureKind, Health, Outcome, Owed, Sent, Timings,
};
pub use event::{BodyHash, CallerId, Event, NewEvent, OrderingKey};
pub use event_type::{EventType, TypePattern};
pub use headers::{CustomHeaders, is_sensitive_header};
pub use id::{ApiKeyId, AttemptId, DeliveryId, EventKey, Serial, SerialSource, TenantKey, WebhookKey};
pub use invalid::{FieldError, read_json};
pub use platform::{Platform, PlatformId};
pub use retry::{RetryInput, RetryPolicy};
pub use target::TargetUrl;
pub use time::{Span, Timestamp};
pub use webhook::{
    Auth, Counters, DialectSpec, DisableReason, Ordering, REDACTED, Secrets, Signing, SigningAlgorithm, Status,
    Webhook, WebhookId, WebhookSettings,
};
