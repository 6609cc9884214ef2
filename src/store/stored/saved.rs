//! The stored forms of what tenants save under names.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Form, Unreadable};
use crate::model::{
    Accent, CorrelationId, Dimension, EventMetadata, EventSource, EventType, Granularity, Logo, OrderingKey,
    SavedEvent, SavedReport, Span, Theme, ThemeMode, Timestamp, WebhookId,
};

/// See [`SavedEvent`].
#[derive(Serialize, Deserialize)]
pub struct StoredSavedEvent {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
    r#type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ordering_key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correlation_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// JSON as a text: its bytes stay as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    metadata: Option<String>,
    data: String,
}

impl Form for StoredSavedEvent {
    type Noun = SavedEvent;

    fn of(event: &SavedEvent) -> StoredSavedEvent {
        StoredSavedEvent {
            description: event.description.clone(),
            r#type: event.event_type.as_str().to_owned(),
            version: event.version,
            ordering_key: event.ordering_key.as_ref().map(|key| key.as_str().to_owned()),
            correlation_id: event.correlation_id.as_ref().map(|id| id.as_str().to_owned()),
            source: event.source.as_ref().map(|source| source.as_str().to_owned()),
            metadata: event.metadata.as_ref().map(|metadata| metadata.as_json().to_owned()),
            data: String::from_utf8_lossy(&event.data).into_owned(),
        }
    }

    fn noun(self) -> Result<SavedEvent, Unreadable> {
        // It is sent as it is.
        serde_json::from_str::<&RawValue>(&self.data).map_err(|_| Unreadable::Form("`data` is no JSON".into()))?;
        let metadata = self.metadata.map(|text| EventMetadata::kept(&text)).transpose();
        Ok(SavedEvent {
            description: self.description,
            event_type: EventType::kept(&self.r#type),
            version: self.version,
            ordering_key: self.ordering_key.map(|key| OrderingKey::kept(&key)),
            correlation_id: self.correlation_id.map(|id| CorrelationId::kept(&id)),
            source: self.source.map(|source| EventSource::kept(&source)),
            metadata: metadata.map_err(|_| Unreadable::Form("`metadata` is none that this version knows".into()))?,
            data: self.data.into(),
        })
    }
}

/// See [`SavedReport`].
#[derive(Serialize, Deserialize)]
pub struct StoredReport {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    description: String,
    granularity: Granularity,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last: Option<Span>,
    /// In milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    webhook: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<Dimension>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    whole: bool,
}

impl Form for StoredReport {
    type Noun = SavedReport;

    fn of(report: &SavedReport) -> StoredReport {
        let SavedReport { description, granularity, last, from, to, webhook, event_type, by, whole } = report;
        StoredReport {
            description: description.clone(),
            granularity: *granularity,
            last: *last,
            from: from.map(Timestamp::millis),
            to: to.map(Timestamp::millis),
            webhook: webhook.as_ref().map(ToString::to_string),
            event_type: event_type.as_ref().map(|name| name.as_str().to_owned()),
            by: *by,
            whole: *whole,
        }
    }

    fn noun(self) -> Result<SavedReport, Unreadable> {
        Ok(SavedReport {
            description: self.description,
            granularity: self.granularity,
            last: self.last,
            from: self.from.map(Timestamp::from_millis),
            to: self.to.map(Timestamp::from_millis),
            webhook: self.webhook.map(|id| WebhookId::kept(&id)),
            event_type: self.event_type.map(|name| EventType::kept(&name)),
            by: self.by,
            whole: self.whole,
        })
    }
}

/// See [`Theme`].
#[derive(Serialize, Deserialize)]
pub struct StoredTheme {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accent: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    logo: Option<String>,
    mode: ThemeMode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    radius: Option<u8>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    name: String,
}

impl Form for StoredTheme {
    type Noun = Theme;

    fn of(theme: &Theme) -> StoredTheme {
        StoredTheme {
            accent: theme.accent.as_ref().map(|accent| accent.as_str().to_owned()),
            logo: theme.logo.as_ref().map(|logo| logo.as_str().to_owned()),
            mode: theme.mode,
            radius: theme.radius,
            name: theme.name.clone(),
        }
    }

    fn noun(self) -> Result<Theme, Unreadable> {
        Ok(Theme {
            accent: self.accent.map(|accent| Accent::kept(&accent)),
            logo: self.logo.map(|logo| Logo::kept(&logo)),
            mode: self.mode,
            radius: self.radius.map(|radius| radius.min(Theme::LARGEST_RADIUS)),
            name: self.name,
        })
    }
}
