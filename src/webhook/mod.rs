//! A webhook: a tenant's standing order. Everything that can be set is in [`WebhookSettings`], and all of it is obeyed.

mod assets;
mod auth;
mod batch;
mod by_platform;
mod counters;
mod credentials;
mod draft;
mod exposed;
mod fields;
mod filter;
mod forms;
pub mod handshake;
mod headers;
mod ignored;
mod input;
mod patch;
mod payload;
mod placeholder;
mod reading;
mod retry;
mod rotation;
mod secret;
mod settings;
mod shown;
mod signing;
mod state;
mod status;
mod terms;
mod unknown;

pub use self::{
    assets::Assets,
    auth::Auth,
    batch::{Batch, Summary},
    counters::Counters,
    credentials::Credentials,
    draft::Draft,
    fields::check_timeout,
    filter::{EventFields, Facts, Filter, MOST_INDEX_KEYS},
    forms::{FilterForm, RetryForm},
    headers::{CustomHeaders, PublicHeaders},
    input::WebhookInput,
    payload::{CloudEventsMode, LONGEST_CODE, Payload, TemplateFormat, TemplateNames},
    retry::{Preset, RetryInput, RetryPlan, RetryPolicy, Waits},
    rotation::{Grace, Rotation, TooManyInGrace},
    secret::{SecretType, doubt_about, own_secret},
    settings::{Ordering, WebhookSettings},
    signing::{DialectSpec, Secrets, Signing, SigningAlgorithm},
    state::Webhook,
    status::{DisableReason, Status},
    terms::{Mismatch, MismatchReason, Terms},
    unknown::ONLY_SHOWN,
};
