//! The nouns: ids, time, tenant, event, delivery, attempt, actor. Values that are valid once constructed; no I/O, no clock.

mod access;
mod actor;
pub mod audit;
mod delivery;
mod event;
mod event_metadata;
mod event_type;
pub(crate) mod field_error;
mod header_lines;
mod id;
mod inspector_id;
mod json;
mod local_failure;
mod mail_address;
mod message;
mod nearest;
mod nulls;
mod quota;
mod rate;
mod redaction;
mod replay;
mod report;
mod retention;
mod saved;
pub mod schema;
mod session;
mod severity;
mod strict;
mod target;
mod tenant;
mod theme;
mod thresholds;
mod time;
mod wait;
mod webhook_id;
pub(crate) mod words;

pub use access::{ApiKey, Scope, Tenant, TenantId};
pub use actor::{Actor, Who};
pub use delivery::{
    Answer, Attempt, CancelReason, Cohesion, Delivery, DeliveryStatus, DueBatch, DueDelivery, Failure, FailureKind,
    FailureRun, Outcome, Owed, Sent, Timings,
};
pub use event::{
    BodyHash, CallerId, CorrelationId, Event, IdempotencyKey, NewEvent, OrderingKey, ROW_BYTES, TraceParent, kept_bytes,
};
pub use event_metadata::{EventMetadata, EventSource};
pub use event_type::{EventType, TypePattern};
pub use field_error::FieldError;
pub use header_lines::HeaderLines;
pub use id::{
    ApiKeyId, AttemptId, AuditId, DeliveryId, EventKey, IdMap, IdSet, ReplayId, Serial, SerialSource, SessionId,
    TenantKey, WebhookKey,
};
pub use inspector_id::InspectorId;
pub use json::{read_json, read_json_fully};
pub use local_failure::{LocalFailure, LocalKind};
pub use mail_address::MailAddress;
pub use message::Message;
pub use nearest::nearest;
pub use quota::{Amounts, QuotaKind, QuotaReached, Quotas};
pub use rate::{RateLimit, RateUnit};
pub use redaction::{REDACTED, is_sensitive_header};
pub use replay::{
    Expected, Replay, ReplayAction, ReplayPlace, ReplayPlan, ReplayQuery, ReplayState, ReplayStep, ReplayTargets,
};
pub use report::{Dimension, Granularity, SavedReport};
pub use retention::RetentionSettings;
pub use saved::{Saved, SavedEvent, SavedKind, SavedName, SavedWhat};
pub use session::{Portal, Session};
pub use severity::Severity;
pub use target::TargetUrl;
pub use tenant::{Enrichment, TenantSettings, Validation};
pub use theme::{Accent, Logo, Theme, ThemeMode};
pub use thresholds::{NoticeSettings, Thresholds};
pub use time::{Span, Timestamp};
pub use wait::{Wait, WaitReason, WaitingDelivery};
pub use webhook_id::WebhookId;
