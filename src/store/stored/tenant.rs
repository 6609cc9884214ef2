//! The stored form of what a tenant has set.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{Form, Unreadable, parts::StoredRate};
use crate::model::{
    Enrichment, MailAddress, NoticeSettings, Quotas, RetentionSettings, Span, TenantSettings, TypePattern, Validation,
};

/// See [`TenantSettings`].
#[derive(Serialize, Deserialize)]
pub struct StoredTenantSettings {
    #[serde(default)]
    validation: Validation,
    #[serde(default)]
    enrichment: Vec<StoredEnrichment>,
    #[serde(default, skip_serializing_if = "StoredQuotas::say_nothing")]
    quotas: StoredQuotas,
    #[serde(default, skip_serializing_if = "StoredNotices::say_nothing")]
    notices: StoredNotices,
    #[serde(default, skip_serializing_if = "StoredRetention::says_nothing")]
    retention: StoredRetention,
}

#[derive(Serialize, Deserialize, Default, PartialEq)]
struct StoredRetention {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    newest_per_webhook: Option<u32>,
}

impl StoredRetention {
    fn says_nothing(&self) -> bool {
        *self == StoredRetention::default()
    }
}

#[derive(Serialize, Deserialize, Default, PartialEq)]
struct StoredNotices {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failing_after: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure_share: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    oldest_due: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quota_near: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_expires: Option<Span>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mail_to: Vec<String>,
}

impl StoredNotices {
    fn of(notices: &NoticeSettings) -> StoredNotices {
        let NoticeSettings { failing_after, failure_share, oldest_due, quota_near, key_expires, ref mail_to } =
            *notices;
        let mail_to = mail_to.iter().map(MailAddress::to_string).collect();
        StoredNotices { failing_after, failure_share, oldest_due, quota_near, key_expires, mail_to }
    }

    fn notices(self) -> NoticeSettings {
        let StoredNotices { failing_after, failure_share, oldest_due, quota_near, key_expires, mail_to } = self;
        let mail_to = mail_to.iter().map(|address| MailAddress::kept(address)).collect();
        NoticeSettings { failing_after, failure_share, oldest_due, quota_near, key_expires, mail_to }
    }

    fn say_nothing(&self) -> bool {
        *self == StoredNotices::default()
    }
}

#[derive(Serialize, Deserialize, Default)]
struct StoredQuotas {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rate_limit: Option<StoredRate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    api_keys: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    webhooks: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    webhook_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    patterns: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owed_deliveries: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event_bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    saved: Option<u64>,
}

impl StoredQuotas {
    fn of(quotas: Quotas) -> StoredQuotas {
        let Quotas { rate_limit, api_keys, webhooks, webhook_bytes, patterns, owed_deliveries, event_bytes, saved } =
            quotas;
        let rate_limit = rate_limit.map(StoredRate::of);
        StoredQuotas { rate_limit, api_keys, webhooks, webhook_bytes, patterns, owed_deliveries, event_bytes, saved }
    }

    fn quotas(self) -> Quotas {
        let StoredQuotas {
            rate_limit,
            api_keys,
            webhooks,
            webhook_bytes,
            patterns,
            owed_deliveries,
            event_bytes,
            saved,
        } = self;
        let rate_limit = rate_limit.map(StoredRate::rate);
        Quotas { rate_limit, api_keys, webhooks, webhook_bytes, patterns, owed_deliveries, event_bytes, saved }
    }

    fn say_nothing(&self) -> bool {
        let StoredQuotas {
            rate_limit,
            api_keys,
            webhooks,
            webhook_bytes,
            patterns,
            owed_deliveries,
            event_bytes,
            saved,
        } = self;
        let amounts = [api_keys, webhooks, webhook_bytes, patterns, owed_deliveries, event_bytes, saved];
        rate_limit.is_none() && amounts.into_iter().all(Option::is_none)
    }
}

#[derive(Serialize, Deserialize)]
struct StoredEnrichment {
    field: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    event_types: Vec<String>,
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    value: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expression: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    overwrite: bool,
}

/// A null that is there is a value, too.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Form for StoredTenantSettings {
    type Noun = TenantSettings;

    fn of(settings: &TenantSettings) -> StoredTenantSettings {
        let enrichment = settings.enrichment.iter().cloned().map(|enrichment| StoredEnrichment {
            field: enrichment.field,
            event_types: enrichment.event_types.iter().map(TypePattern::to_string).collect(),
            value: enrichment.value,
            expression: enrichment.expression,
            overwrite: enrichment.overwrite,
        });
        let RetentionSettings { ended, newest_per_webhook } = settings.retention;
        StoredTenantSettings {
            validation: settings.validation,
            enrichment: enrichment.collect(),
            quotas: StoredQuotas::of(settings.quotas),
            notices: StoredNotices::of(&settings.notices),
            retention: StoredRetention { ended, newest_per_webhook },
        }
    }

    fn noun(self) -> Result<TenantSettings, Unreadable> {
        let enrichment = self.enrichment.into_iter().map(|enrichment| Enrichment {
            field: enrichment.field,
            event_types: enrichment.event_types.iter().map(|text| TypePattern::kept(text)).collect(),
            value: enrichment.value,
            expression: enrichment.expression,
            overwrite: enrichment.overwrite,
        });
        let quotas = self.quotas.quotas();
        let notices = self.notices.notices();
        let StoredRetention { ended, newest_per_webhook } = self.retention;
        let retention = RetentionSettings { ended, newest_per_webhook };
        let (validation, enrichment) = (self.validation, enrichment.collect());
        Ok(TenantSettings { validation, enrichment, quotas, notices, retention })
    }
}
