//! One body of all events of a batch, written by its template or its script. They stand or fall together.
//!
//! A template writes it in place. A script may run for long, so it is run elsewhere: what it is given leaves as [`Gathered`], and
//! what it has returned enters by [`Gathered::written`].

use std::{mem, task::Poll};

use bytes::Bytes;
use lanehook_script::{Script, ScriptError, Transformed};
use serde_json::{Value, value::RawValue};

use super::{Parts, Progress, Rendered, Step};
use crate::{
    budget::{Exhausted, Room},
    model::{DeliveryId, Failure, Message, Timestamp},
    render::{
        content::{Content, JSON, read},
        envelope,
        failure::{NoPayload, cannot},
        made::Made,
        names::SummaryNames,
        platform, scripted,
    },
    webhook::{Summary, Webhook},
    work::{Cost, Slice},
};

/// Reading a byte of the events, and handing it on.
const OF_BYTE: Cost = 20;

/// A batch whose script is to write its message.
#[derive(Debug)]
pub struct Gathered {
    /// The script.
    pub script: Script,
    /// What the script is given: JSON. Its room is held.
    pub input: String,
    /// The time that is now for the script: it follows from the batch, so that each attempt makes the same of it.
    pub now: Timestamp,
    /// What is kept of the batch.
    pub made: Made,
    carried: Vec<DeliveryId>,
    rejected: Vec<(DeliveryId, Failure)>,
}

impl Gathered {
    /// The message that the script has written, or why there is none. `made` holds what the script has returned.
    ///
    /// # Errors
    /// There is no room for it; there may be later.
    pub fn written(
        mut self,
        webhook: &Webhook,
        written: &Result<Transformed, ScriptError>,
        room: &mut Room,
    ) -> Result<Rendered, Exhausted> {
        let content = scripted::written(webhook, "the batch's script", written);
        let content = content.and_then(|body| match webhook.settings.platform.is_some() {
            true => fitted(webhook, &self.carried, read(&body)?),
            false => Ok(Content::of(body, JSON)),
        });
        if let Ok(Transformed::Json(body)) = written {
            self.made.forget(body.len());
        }
        rendered(content, self.carried, self.rejected, &mut self.made, room)
    }
}

impl Progress {
    /// One body of all events that were gathered, or what its script is to write it of.
    pub(super) fn summarised(
        &mut self,
        summary: Summary<'_>,
        parts: &Parts<'_>,
        room: &mut Room,
        slice: &mut Slice,
    ) -> Poll<Result<Step, Exhausted>> {
        let bytes: usize = self.payloads.iter().map(Bytes::len).sum();
        if !slice.affords(OF_BYTE * bytes as Cost) {
            return Poll::Pending;
        }
        let content = match summary {
            Summary::Script(code) => return Poll::Ready(self.gathered(code, parts, room)),
            Summary::Template(source) => match of_template(source, parts, &self.carried, &self.payloads, slice) {
                Err(NoPayload::NotNow) => return Poll::Pending,
                Err(NoPayload::Failed(failure)) => Err(failure),
                Ok(content) => Ok(content),
            },
        };
        let (carried, rejected) = (mem::take(&mut self.carried), mem::take(&mut self.rejected));
        Poll::Ready(rendered(content, carried, rejected, self.made(parts), room).map(Step::Done))
    }

    /// What the batch's script is given. It takes the place of the events that were gathered.
    fn gathered(&mut self, code: &str, parts: &Parts<'_>, room: &mut Room) -> Result<Step, Exhausted> {
        let (carried, rejected) = (mem::take(&mut self.carried), mem::take(&mut self.rejected));
        let payloads = mem::take(&mut self.payloads);
        let input = of_script(parts.webhook, &carried, &payloads);
        let mut made = self.made.take().unwrap_or_else(|| Made::of(parts.batch));
        payloads.iter().for_each(|payload| made.forget(payload.len()));
        let failure = match input {
            Err(failure) => failure,
            Ok(input) => match made.keep(input.len(), room) {
                Err(none) => none.ever()?,
                Ok(()) => {
                    let (script, now) = (Script::unchecked(code), accepted_at(parts.webhook, &carried));
                    return Ok(Step::ForScript(Gathered { script, input, now, made, carried, rejected }));
                }
            },
        };
        Ok(Step::Done(all_rejected(&failure, carried, rejected)))
    }
}

/// The message of a batch with this body, or all of its events rejected.
fn rendered(
    content: Result<Content, Failure>,
    carried: Vec<DeliveryId>,
    rejected: Vec<(DeliveryId, Failure)>,
    made: &mut Made,
    room: &mut Room,
) -> Result<Rendered, Exhausted> {
    let failure = match content {
        Err(failure) => failure,
        Ok(content) => match made.keep(content.bytes(), room) {
            Err(none) => none.ever()?,
            Ok(()) => {
                let message = Some((in_message(content, envelope::batch_id(&carried)), carried));
                return Ok(Rendered { message, rejected });
            }
        },
    };
    Ok(all_rejected(&failure, carried, rejected))
}

fn all_rejected(failure: &Failure, carried: Vec<DeliveryId>, mut rejected: Vec<(DeliveryId, Failure)>) -> Rendered {
    rejected.extend(carried.into_iter().map(|id| (id, failure.clone())));
    Rendered { message: None, rejected }
}

/// What the batch's template makes of the events.
fn of_template(
    source: &str,
    parts: &Parts<'_>,
    carried: &[DeliveryId],
    events: &[Bytes],
    slice: &mut Slice,
) -> Result<Content, NoPayload> {
    let Parts { templates, webhook, .. } = parts;
    let events = events.iter().map(|event| read(event)).collect::<Result<Vec<_>, _>>()?;
    let id = envelope::batch_id(carried);
    let names = SummaryNames::of(webhook, &id, accepted_at(webhook, carried), events);
    let value = templates.summary(source, webhook, &names, slice)?;
    Ok(fitted(webhook, carried, value)?)
}

/// What the batch's script is given of the events: JSON.
fn of_script(webhook: &Webhook, carried: &[DeliveryId], events: &[Bytes]) -> Result<String, Failure> {
    let broken = |error: serde_json::Error| cannot(error.to_string());
    let events: Result<Vec<&RawValue>, _> = events.iter().map(|event| serde_json::from_slice(event)).collect();
    let id = envelope::batch_id(carried);
    let names = SummaryNames::of(webhook, &id, accepted_at(webhook, carried), events.map_err(broken)?);
    serde_json::to_string(&names).map_err(broken)
}

/// When the last event of a batch was accepted.
fn accepted_at(webhook: &Webhook, carried: &[DeliveryId]) -> Timestamp {
    last_of(webhook, carried).0.time()
}

/// The delivery that stands for a batch, which is never empty.
fn last_of(webhook: &Webhook, carried: &[DeliveryId]) -> DeliveryId {
    carried.last().copied().unwrap_or(DeliveryId(webhook.key.0))
}

/// What was written of a batch, as the webhook's platform takes it.
fn fitted(webhook: &Webhook, carried: &[DeliveryId], value: Value) -> Result<Content, Failure> {
    let Some(preset) = webhook.settings.preset() else {
        let text = serde_json::to_vec(&value).map_err(|error| cannot(error.to_string()))?;
        return Ok(Content::of(text.into(), JSON));
    };
    let content = platform::fit_to_limits(preset, value)?;
    platform::with_platform_request(preset, &webhook.settings, last_of(webhook, carried), None, content)
}

/// The message of a batch that has a body of its own.
fn in_message(content: Content, id: String) -> Message {
    let Content { body, content_type, method, target, headers, shown, .. } = content;
    Message {
        delivery: id.clone(),
        id,
        event_type: "batch".into(),
        body,
        content_type,
        method,
        target,
        headers,
        correlation_id: None,
        traceparent: None,
        is_standard: false,
        shown,
    }
}
