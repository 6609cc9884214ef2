//! Stored forms of what stands inside a webhook's settings. Each mirrors a noun; kinds are told by `type`.

use serde::{Deserialize, Serialize};

use crate::{
    model::{RateLimit, RateUnit, Span},
    webhook::{
        Assets, Auth, Batch, CloudEventsMode, DialectSpec, Payload, Preset, RetryPolicy, Signing, SigningAlgorithm,
        TemplateFormat, TemplateNames, Waits,
    },
};

#[derive(Serialize, Deserialize)]
pub(super) struct StoredAssets {
    #[serde(default)]
    pub symbols: Vec<String>,
    #[serde(default)]
    pub sectors: Vec<String>,
}

impl StoredAssets {
    pub fn of(assets: &Assets) -> StoredAssets {
        StoredAssets { symbols: assets.symbols().to_vec(), sectors: assets.sectors().to_vec() }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum StoredPayload {
    Standard,
    Plain,
    Data,
    #[serde(rename = "cloudevents")]
    CloudEvents {
        #[serde(default)]
        mode: CloudEventsMode,
        #[serde(default)]
        source: Option<String>,
        #[serde(default)]
        handshake: bool,
    },
    Form,
    Template {
        template: String,
        #[serde(default)]
        format: TemplateFormat,
        #[serde(default)]
        content_type: Option<String>,
        #[serde(default, skip_serializing_if = "TemplateNames::is_qualified")]
        names: TemplateNames,
    },
    #[serde(rename = "javascript")]
    JavaScript {
        code: String,
    },
}

impl StoredPayload {
    pub fn of(payload: &Payload) -> StoredPayload {
        match payload.clone() {
            Payload::Standard => StoredPayload::Standard,
            Payload::Plain => StoredPayload::Plain,
            Payload::Data => StoredPayload::Data,
            Payload::CloudEvents { mode, source, handshake } => StoredPayload::CloudEvents { mode, source, handshake },
            Payload::Form => StoredPayload::Form,
            Payload::Template { template, format, content_type, names } => {
                StoredPayload::Template { template, format, content_type, names }
            }
            Payload::JavaScript { code } => StoredPayload::JavaScript { code },
        }
    }

    pub fn payload(self) -> Payload {
        match self {
            StoredPayload::Standard => Payload::Standard,
            StoredPayload::Plain => Payload::Plain,
            StoredPayload::Data => Payload::Data,
            StoredPayload::CloudEvents { mode, source, handshake } => Payload::CloudEvents { mode, source, handshake },
            StoredPayload::Form => Payload::Form,
            StoredPayload::Template { template, format, content_type, names } => {
                Payload::Template { template, format, content_type, names }
            }
            StoredPayload::JavaScript { code } => Payload::JavaScript { code },
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredBatch {
    max_events: u32,
    max_wait: Span,
    max_bytes: u32,
    #[serde(default)]
    collapse: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    template: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    script: Option<String>,
}

impl StoredBatch {
    pub fn of(batch: &Batch) -> StoredBatch {
        let Batch { max_events, max_wait, max_bytes, collapse, template, script } = batch.clone();
        StoredBatch { max_events, max_wait, max_bytes, collapse, template, script }
    }

    pub fn batch(self) -> Batch {
        let StoredBatch { max_events, max_wait, max_bytes, collapse, template, script } = self;
        // The one bound that the lane builds on.
        Batch { max_events: max_events.max(1), max_wait, max_bytes, collapse, template, script }
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum StoredAuth {
    #[default]
    None,
    Bearer {
        token: String,
    },
    Basic {
        username: String,
        password: String,
    },
    Header {
        name: String,
        value: String,
    },
}

impl StoredAuth {
    pub fn of(auth: &Auth) -> StoredAuth {
        match auth.clone() {
            Auth::None => StoredAuth::None,
            Auth::Bearer { token } => StoredAuth::Bearer { token },
            Auth::Basic { username, password } => StoredAuth::Basic { username, password },
            Auth::Header { name, value } => StoredAuth::Header { name, value },
        }
    }

    pub fn auth(self) -> Auth {
        match self {
            StoredAuth::None => Auth::None,
            StoredAuth::Bearer { token } => Auth::Bearer { token },
            StoredAuth::Basic { username, password } => Auth::Basic { username, password },
            StoredAuth::Header { name, value } => Auth::Header { name, value },
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(default)]
pub(super) struct StoredSigning {
    dialects: Vec<StoredDialect>,
    algorithm: SigningAlgorithm,
}

impl Default for StoredSigning {
    fn default() -> StoredSigning {
        StoredSigning::of(&Signing::default())
    }
}

impl StoredSigning {
    pub fn of(signing: &Signing) -> StoredSigning {
        StoredSigning {
            dialects: signing.dialects.iter().map(StoredDialect::of).collect(),
            algorithm: signing.algorithm,
        }
    }

    pub fn signing(self) -> Signing {
        let dialects = self.dialects.into_iter().map(StoredDialect::spec).collect();
        Signing { dialects, algorithm: self.algorithm }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum StoredDialect {
    Standard,
    Hub,
    Plain,
    Timestamped {
        header: String,
        #[serde(default)]
        separator: String,
    },
}

impl StoredDialect {
    fn of(spec: &DialectSpec) -> StoredDialect {
        match spec.clone() {
            DialectSpec::Standard => StoredDialect::Standard,
            DialectSpec::Hub => StoredDialect::Hub,
            DialectSpec::Plain => StoredDialect::Plain,
            DialectSpec::Timestamped { header, separator } => StoredDialect::Timestamped { header, separator },
        }
    }

    fn spec(self) -> DialectSpec {
        match self {
            StoredDialect::Standard => DialectSpec::Standard,
            StoredDialect::Hub => DialectSpec::Hub,
            StoredDialect::Plain => DialectSpec::Plain,
            StoredDialect::Timestamped { header, separator } => DialectSpec::Timestamped { header, separator },
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredRate {
    limit: u32,
    per: RateUnit,
}

impl StoredRate {
    pub fn of(rate: RateLimit) -> StoredRate {
        StoredRate { limit: rate.limit, per: rate.per }
    }

    pub fn rate(self) -> RateLimit {
        // None at all in a time would divide by zero where the time between two is asked for.
        RateLimit { limit: self.limit.max(1), per: self.per }
    }
}

/// The members of its kind only.
#[derive(Serialize, Deserialize)]
pub(super) struct StoredRetry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    preset: Option<Preset>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    schedule: Option<Vec<Span>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    initial: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    factor: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max: Option<Span>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attempts: Option<u32>,
    /// In per cent; only where it is not what it always was.
    #[serde(default = "a_fifth", skip_serializing_if = "is_a_fifth")]
    jitter: u8,
}

fn a_fifth() -> u8 {
    RetryPolicy::JITTER
}

fn is_a_fifth(jitter: &u8) -> bool {
    *jitter == a_fifth()
}

impl Default for StoredRetry {
    fn default() -> StoredRetry {
        StoredRetry::of(&RetryPolicy::default())
    }
}

impl StoredRetry {
    pub fn of(policy: &RetryPolicy) -> StoredRetry {
        let RetryPolicy { waits, attempts, jitter } = policy.clone();
        let rest =
            StoredRetry { preset: None, schedule: None, initial: None, factor: None, max: None, attempts, jitter };
        match waits {
            Waits::Preset(preset) => StoredRetry { preset: Some(preset), ..rest },
            Waits::Schedule(waits) => StoredRetry { schedule: Some(waits), ..rest },
            Waits::Exponential { initial, factor, max } => {
                StoredRetry { initial: Some(initial), factor: Some(factor), max: Some(max), ..rest }
            }
        }
    }

    /// `None` if it has nothing of what makes a schedule.
    pub fn policy(self) -> Option<RetryPolicy> {
        let StoredRetry { preset, schedule, initial, factor, max, attempts, jitter } = self;
        let growing = || {
            // Waits that shrink below nothing are none, and without an end they would go on for ever.
            let factor = factor?.clamp(1.0, 10.0);
            attempts.and(Some(Waits::Exponential { initial: initial?, factor, max: max? }))
        };
        let waits = preset.map(Waits::Preset).or(schedule.map(Waits::Schedule)).or_else(growing)?;
        Some(RetryPolicy { waits, attempts, jitter })
    }
}
