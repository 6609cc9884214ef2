//! The forms that settings can have, for the API's description, where what reads them is not what describes them.

use std::borrow::Cow;

use serde_json::json;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type, schema::AdditionalProperties},
};

use super::retry::Preset;
use crate::model::schema::RetryWait;

/// When to try again after a failed attempt.
#[derive(ToSchema)]
#[schema(as = RetryPolicy)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes what `RetryInput` reads and writes")]
pub enum RetryForm {
    Preset(RetryPreset),
    Schedule(RetrySchedule),
    Growth(RetryGrowth),
}

/// A schedule with a name: `{"preset": "quick"}`.
#[derive(ToSchema)]
#[schema(title = "Retry preset")]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes what `RetryInput` reads and writes")]
pub struct RetryPreset {
    preset: Preset,
    /// Attempts in all, the first one among them: cuts the waits.
    #[schema(minimum = 1, maximum = 50)]
    attempts: Option<u32>,
    /// By how many per cent a wait is longer or shorter, at random, so that receivers that were down are not met by all retries at
    /// one time.
    #[schema(minimum = 0, maximum = 50, default = 20)]
    jitter: Option<u32>,
}

/// Waits one after another: `{"schedule": ["5s", "1m"]}`.
#[derive(ToSchema)]
#[schema(title = "Retry schedule")]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes what `RetryInput` reads and writes")]
pub struct RetrySchedule {
    /// The wait after each failed attempt; when they are used up, the delivery has failed.
    #[schema(value_type = Vec<RetryWait>, max_items = 49)]
    schedule: (),
    /// Attempts in all, the first one among them: cuts the waits.
    #[schema(minimum = 1, maximum = 50)]
    attempts: Option<u32>,
    /// By how many per cent a wait is longer or shorter, at random, so that receivers that were down are not met by all retries at
    /// one time.
    #[schema(minimum = 0, maximum = 50, default = 20)]
    jitter: Option<u32>,
}

/// Waits that grow: `{"initial": "1s", "factor": 2, "max": "1h", "attempts": 8}`.
#[derive(ToSchema)]
#[schema(title = "Retry growth")]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "describes what `RetryInput` reads and writes")]
pub struct RetryGrowth {
    /// The first wait.
    #[schema(value_type = RetryWait)]
    initial: (),
    /// By what each wait is longer than the one before.
    #[schema(minimum = 1, maximum = 10, default = 2)]
    factor: Option<f64>,
    /// The longest wait.
    #[schema(value_type = Option<RetryWait>, default = "1h")]
    max: (),
    /// Attempts in all, the first one among them.
    #[schema(minimum = 1, maximum = 50, default = 8)]
    attempts: Option<u32>,
    /// By how many per cent a wait is longer or shorter, at random, so that receivers that were down are not met by all retries at
    /// one time.
    #[schema(minimum = 0, maximum = 50, default = 20)]
    jitter: Option<u32>,
}

/// A condition on events, as [`Filter`](super::Filter) reads it.
pub struct FilterForm;

impl PartialSchema for FilterForm {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new()
            .schema_type(Type::Object)
            .additional_properties(Some(AdditionalProperties::FreeForm(true)))
            .examples([json!({"data": {"symbol": {"$in": ["ACME"]}, "price": {"$gte": 180}}})])
            .description(Some(
                "A condition on an event: fields with values or operators (`$gte`, `$in`, `$regex`, …), and `$and`, `$or`, `$not`.",
            ));
        Schema::Object(object.build()).into()
    }
}

impl ToSchema for FilterForm {
    fn name() -> Cow<'static, str> {
        "Filter".into()
    }
}
