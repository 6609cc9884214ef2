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
        Some(written) => self::written(webhook, "the script", written),
        None => Err(cannot(NOT_RUN)),
    }
}

/// Why there is nothing of a script that nobody ran.
pub(super) const NOT_RUN: &str = "the script was not run";

/// What a script that is called so has written.
pub(super) fn written(
    webhook: &Webhook,
    script: &str,
    written: &Result<Transformed, ScriptError>,
) -> Result<Bytes, Failure> {
    match written {
        Ok(Transformed::Json(payload)) => Ok(payload.clone()),
        Ok(Transformed::Null) => {
            let message = format!("{script} returned null: there is nothing to send");
            Err(Failure { kind: FailureKind::Skipped, message, retry_after: None })
        }
        Err(error) => Err(without_credentials(webhook, format!("{script}: {error}"))),
    }
}
