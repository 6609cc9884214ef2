//! A payload as a platform takes it: made to fit its limits, in its format, at its address, with its headers. What is
//! particular about a platform is in its file; here is what all of them have in common.

use bytes::Bytes;
use serde_json::Value;

use super::{
    content::{Content, JSON, object},
    failure::cannot,
    form, limits,
};
use crate::{
    model::{DeliveryId, Failure, TargetUrl},
    platform::{PayloadFormat, Platform, SendMethod},
    webhook::{Credentials, WebhookSettings},
};

/// The payload, within what the platform takes, in its format.
///
/// # Errors
/// It cannot be made to fit: better not sent than refused for ever.
pub(super) fn fit_to_limits(platform: &Platform, mut payload: Value) -> Result<Content, Failure> {
    let too_much = |reason: String| cannot(format!("{} would not take this: {reason}", platform.name));
    limits::apply(&platform.limits, &mut payload).map_err(too_much)?;
    match platform.payload_format {
        PayloadFormat::Json => {
            let text = serde_json::to_vec(&payload).map_err(|error| cannot(error.to_string()))?;
            Ok(Content::of(text.into(), JSON))
        }
        PayloadFormat::Form => Ok(Content::of(form::of_object(&object(payload)?)?, form::URL_ENCODED)),
    }
}

/// The payload with the platform's address, method and headers around it. The delivery's id is the idempotency key: the same
/// each time it is sent. `ended`: the key of the alert that it ends by a request of its own.
pub(super) fn with_platform_request(
    platform: &Platform,
    settings: &WebhookSettings,
    delivery: DeliveryId,
    ended: Option<&str>,
    mut content: Content,
) -> Result<Content, Failure> {
    let key = delivery.to_string();
    let url = platform.request_url(&settings.url, &settings.fields, &key, ended);
    if url != *settings.url.url() {
        content.target = Some(TargetUrl::parse(url.as_str()).map_err(cannot)?);
    }
    content.method = match platform.method {
        SendMethod::Post => http::Method::POST,
        SendMethod::Put => http::Method::PUT,
    };
    let headers = platform.headers(&settings.fields, &key);
    content.headers.extend(headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)));
    let credentials = Credentials::new(platform.credentials(&settings.fields));
    content.shown = std::str::from_utf8(&content.body).ok().and_then(|body| credentials.hidden(body)).map(Bytes::from);
    content.is_standard &= content.shown.is_none();
    Ok(content)
}
