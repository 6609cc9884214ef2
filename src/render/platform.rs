//! A payload as a platform takes it: made to fit its limits, in its format, at its address, with its headers. What is
//! particular about a platform is in its file; here is what all of them have in common.

use bytes::Bytes;
use serde_json::Value;

use super::{
    cannot, form, limits,
    payload::{JSON, Made, object},
};
use crate::model::{
    Credentials, DeliveryId, Failure, Platform, TargetUrl, WebhookSettings,
    platform::{PayloadFormat, SendMethod},
};

/// The payload, within what the platform takes, in its format.
///
/// # Errors
/// It cannot be made to fit: better not sent than refused for ever.
pub(super) fn fitted(platform: &Platform, mut payload: Value) -> Result<Made, Failure> {
    let too_much = |reason: String| cannot(format!("{} would not take this: {reason}", platform.name));
    limits::apply(&platform.limits, &mut payload).map_err(too_much)?;
    match platform.payload_format {
        PayloadFormat::Json => {
            let text = serde_json::to_vec(&payload).map_err(|error| cannot(error.to_string()))?;
            Ok(Made::of(text.into(), JSON))
        }
        PayloadFormat::Form => Ok(Made::of(form::of_object(&object(payload)?)?, form::URL_ENCODED)),
    }
}

/// Adds what goes around the payload. The delivery's id is the idempotency key: the same each time it is sent.
pub(super) fn dress(
    platform: &Platform,
    settings: &WebhookSettings,
    delivery: DeliveryId,
    mut made: Made,
) -> Result<Made, Failure> {
    let key = delivery.to_string();
    let url = platform.request_url(&settings.url, &settings.fields, &key);
    if url != *settings.url.url() {
        made.target = Some(TargetUrl::parse(url.as_str()).map_err(cannot)?);
    }
    made.method = match platform.method {
        SendMethod::Post => http::Method::POST,
        SendMethod::Put => http::Method::PUT,
    };
    let headers = platform.headers(&settings.fields, &key);
    made.headers.extend(headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)));
    let credentials = Credentials::new(platform.credentials(&settings.fields).iter().map(String::as_str));
    made.shown = std::str::from_utf8(&made.body).ok().and_then(|body| credentials.hidden(body)).map(Bytes::from);
    made.is_standard &= made.shown.is_none();
    Ok(made)
}
