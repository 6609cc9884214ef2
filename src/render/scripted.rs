//! What a webhook's script is given of an event, and what its payload is then. Scripts are run before rendering, since they
//! may take long.

use std::collections::HashMap;

use bytes::Bytes;
use lanehook_script::{ScriptError, Transformed};

use super::{
    failure::{cannot, without_credentials},
    names::{Names, data_of},
};
use crate::{
    model::{DeliveryId, Event, Failure, FailureKind},
    webhook::Webhook,
};

/// What a webhook's script has made of events.
pub type Scripted = HashMap<DeliveryId, Result<Transformed, ScriptError>>;

/// What the script gets of an event, as JSON: the names that a template has, but for the card.
pub(super) fn input(webhook: &Webhook, event: &Event) -> Result<String, Failure> {
    let data = data_of(event)?;
    serde_json::to_string(&Names::of(webhook, event, &data)).map_err(|error| cannot(error.to_string()))
}

/// What the script has made of the event.
pub(super) fn payload(webhook: &Webhook, scripted: &Scripted, delivery: DeliveryId) -> Result<Bytes, Failure> {
    match scripted.get(&delivery) {
        Some(Ok(Transformed::Json(payload))) => Ok(payload.clone()),
        Some(Ok(Transformed::Null)) => {
            let message = "the webhook's script returned null: there is nothing to send".into();
            Err(Failure { kind: FailureKind::Skipped, message, retry_after: None })
        }
        Some(Err(error)) => Err(without_credentials(webhook, format!("the script: {error}"))),
        None => Err(cannot("the script was not run")),
    }
}
