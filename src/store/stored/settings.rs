//! The stored form of a webhook's settings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Unreadable,
    parts::{StoredAssets, StoredAuth, StoredBatch, StoredPayload, StoredRate, StoredRetry, StoredSigning},
};
use crate::{
    model::{Span, TargetUrl, TypePattern},
    platform::{Platform, PlatformId},
    webhook::{Assets, CustomHeaders, Filter, Ordering, PublicHeaders, Status, WebhookSettings},
};

/// Each member is there in what this version writes. The defaults are for what was written when there was no such member.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredSettings {
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    url: String,
    #[serde(default)]
    platform: Option<String>,
    #[serde(default)]
    fields: BTreeMap<String, String>,
    #[serde(default)]
    event_types: Vec<String>,
    #[serde(default)]
    filter: Option<Value>,
    #[serde(default)]
    assets: Option<StoredAssets>,
    #[serde(default)]
    payload: Option<StoredPayload>,
    #[serde(default)]
    batch: Option<StoredBatch>,
    /// Names as the tenant wrote them.
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// Only where there are any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    public_headers: Vec<String>,
    #[serde(default)]
    auth: StoredAuth,
    #[serde(default)]
    signing: StoredSigning,
    #[serde(default)]
    rate_limit: Option<StoredRate>,
    #[serde(default = "sixteen")]
    max_concurrency: u32,
    #[serde(default)]
    ordering: Ordering,
    #[serde(default = "ten_seconds")]
    timeout: Span,
    #[serde(default)]
    retry: StoredRetry,
    #[serde(default)]
    disable_after: Option<u32>,
    #[serde(default)]
    self_heal: bool,
    #[serde(default)]
    status: Status,
    #[serde(default = "yes")]
    verify_tls: bool,
    #[serde(default)]
    metadata: BTreeMap<String, String>,
    /// Only where there is one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
    /// Only where it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    starred: bool,
}

fn sixteen() -> u32 {
    16
}

fn ten_seconds() -> Span {
    Span::seconds(10)
}

fn yes() -> bool {
    true
}

impl StoredSettings {
    pub(super) fn of(settings: &WebhookSettings) -> StoredSettings {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        StoredSettings {
            name: settings.name.clone(),
            description: settings.description.clone(),
            url: settings.url.as_str().to_owned(),
            platform: settings.platform.as_ref().map(|id| id.as_str().to_owned()),
            fields: settings.fields.clone(),
            event_types: settings.event_types.iter().map(TypePattern::to_string).collect(),
            filter: settings.filter.as_ref().and_then(|filter| serde_json::from_str(filter.json()?).ok()),
            assets: settings.assets.as_ref().map(StoredAssets::of),
            payload: settings.payload.as_ref().map(StoredPayload::of),
            batch: settings.batch.as_ref().map(StoredBatch::of),
            headers: settings.headers.as_written().map(owned).collect(),
            public_headers: settings.public_headers.names().map(str::to_owned).collect(),
            auth: StoredAuth::of(&settings.auth),
            signing: StoredSigning::of(&settings.signing),
            rate_limit: settings.rate_limit.map(StoredRate::of),
            max_concurrency: settings.max_concurrency,
            ordering: settings.ordering,
            timeout: settings.timeout,
            retry: StoredRetry::of(&settings.retry),
            disable_after: settings.disable_after,
            self_heal: settings.self_heal,
            status: settings.status,
            verify_tls: settings.verify_tls,
            metadata: settings.metadata.clone(),
            note: settings.note.clone(),
            starred: settings.starred,
        }
    }

    pub(super) fn settings(self) -> Result<WebhookSettings, Unreadable> {
        // Without the words of what reads it, which quote: URLs and filters hold tokens and names.
        let wrong = |what: &str| Unreadable::Form(format!("its {what} cannot be used by this version"));
        let filter = self.filter.as_ref().map(Filter::kept).transpose();
        Ok(WebhookSettings {
            name: self.name,
            description: self.description,
            url: TargetUrl::kept(&self.url).map_err(|_| wrong("URL"))?,
            platform: self.platform.map(platform).transpose()?,
            fields: self.fields,
            event_types: event_types(&self.event_types),
            filter: filter.map_err(|_| wrong("filter"))?,
            assets: self.assets.map(|assets| Assets::kept(assets.symbols, assets.sectors)),
            payload: self.payload.map(StoredPayload::payload),
            batch: self.batch.map(StoredBatch::batch),
            headers: CustomHeaders::kept(self.headers).map_err(|_| wrong("headers"))?,
            public_headers: PublicHeaders::kept(self.public_headers),
            auth: self.auth.auth(),
            signing: self.signing.signing(),
            rate_limit: self.rate_limit.map(StoredRate::rate),
            // None at a time would hold its deliveries for ever, and nobody would know why.
            max_concurrency: self.max_concurrency.max(1),
            ordering: self.ordering,
            timeout: self.timeout,
            retry: self.retry.policy().ok_or_else(|| wrong("retry schedule"))?,
            disable_after: self.disable_after,
            self_heal: self.self_heal,
            status: self.status,
            verify_tls: self.verify_tls,
            metadata: self.metadata,
            note: self.note,
            starred: self.starred,
        })
    }
}

/// Nothing said was all types, once.
fn event_types(texts: &[String]) -> Vec<TypePattern> {
    match texts {
        [] => vec![TypePattern::All],
        texts => texts.iter().map(|text| TypePattern::kept(text)).collect(),
    }
}

/// One that this version does not know would be sent to in a form that it does not take.
fn platform(id: String) -> Result<PlatformId, Unreadable> {
    let known = Platform::find(&id).map(|platform| platform.id.clone());
    known.ok_or_else(|| Unreadable::Form(format!("its platform `{}` is not known to this version", id.escape_debug())))
}
