//! Several payloads in one message: each made by itself, then put into one body, in order, as long as there is room; or one body
//! written of all events, by a [`summary`].

mod summary;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    mem,
    task::{Poll, ready},
};

use bytes::Bytes;
use sha2::{Digest, Sha256};

pub use self::summary::Gathered;
use super::{
    cloudevents,
    content::{Content, JSON},
    envelope,
    failure::NoPayload,
    made::{Made, NoRoom},
    payload,
    scripted::Scripted,
    templates::Templates,
};
use crate::{
    budget::{Exhausted, Room},
    exact,
    model::{Cohesion, DeliveryId, DueBatch, DueDelivery, Event, Failure, FailureKind, Message},
    webhook::{Batch, Payload, Webhook},
    work::{Cost, Slice},
};

/// What became of the events of a batch. Those that are named nowhere in it found no room in the message, and wait for the next.
#[derive(Debug, Default)]
pub struct Rendered {
    /// One request's worth, and the deliveries that it carries, in order.
    pub message: Option<(Message, Vec<DeliveryId>)>,
    /// Deliveries that it does not carry, and why.
    pub rejected: Vec<(DeliveryId, Failure)>,
}

/// How far rendering comes by itself.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "it is handed on once, and nearly always a message")]
pub enum Step {
    /// To its end.
    Done(Rendered),
    /// To what the batch's script writes the message of.
    ForScript(Gathered),
}

/// `{"id":"bat_…","type":"batch","timestamp":"…","events":}` and a little more.
const FRAME: usize = 128;
/// A batch takes no more events once making their payloads has cost so much; the others go in the next.
const LONGEST: Cost = 250_000_000;
/// Reading a byte of data for the key to collapse by.
const OF_KEY_BYTE: Cost = 20;

/// Whether a body may have room for one more event, beside some whose data has so many bytes.
pub(super) fn has_room(webhook: &Webhook, gathered_bytes: usize) -> bool {
    webhook.settings.batch.as_ref().is_none_or(|settings| gathered_bytes < settings.max_bytes as usize)
}

/// What a batch is rendered from.
pub(super) struct Parts<'a> {
    pub templates: &'a Templates,
    pub webhook: &'a Webhook,
    pub settings: &'a Batch,
    pub batch: &'a DueBatch,
    pub scripted: &'a Scripted,
}

impl Parts<'_> {
    fn make(&self, place: usize, slice: &mut Slice) -> Result<Content, NoPayload> {
        let DueDelivery { id, event } = &self.batch.deliveries[place];
        if let Some(summary) = self.settings.summary() {
            return payload::one_of_many(self.templates, summary, event, slice);
        }
        payload::render(self.templates, self.webhook, *id, event, self.scripted, slice)
    }
}

/// How far a batch is rendered.
#[derive(Default)]
pub(super) struct Progress {
    /// What it has made and keeps; none before it has begun.
    made: Option<Made>,
    /// How many of the events, counted from the newest, are collapsed.
    collapsed: usize,
    /// The keys of which a newer event has a payload, each as its hash: a key can be as long as an event.
    taken: HashSet<[u8; 32]>,
    /// What collapsing has made, by the place in the batch; payloads only as far as one body and the memory have room, others
    /// are made again.
    known: HashMap<usize, Result<Content, Failure>>,
    /// The place of the event that is next.
    place: usize,
    carried: Vec<DeliveryId>,
    payloads: Vec<Bytes>,
    bytes: usize,
    /// Whether a payload is not the standard envelope.
    is_own: bool,
    rejected: Vec<(DeliveryId, Failure)>,
    spent: Cost,
}

/// What follows from the payload of one event.
enum Follows {
    /// The next one.
    More,
    /// The message is complete.
    Full,
    /// Nothing is sent, for this reason.
    Nothing(Failure),
}

impl Progress {
    /// Goes on as far as the slice allows. Takes as many of the events as fit into one body and into memory, oldest first. What
    /// may be left out, the batch's cohesion says.
    ///
    /// # Errors
    /// There is no room for what cannot be left out.
    pub fn go_on(&mut self, parts: &Parts<'_>, room: &mut Room, slice: &mut Slice) -> Poll<Result<Step, Exhausted>> {
        if let Some(key) = parts.settings.collapse.as_deref() {
            ready!(self.collapse(key, parts, room, slice));
        }
        let DueBatch { deliveries, cohesion, .. } = parts.batch;
        while self.place < deliveries.len() {
            let is_costly = self.spent > LONGEST && !self.carried.is_empty();
            let payload = match self.known.remove(&self.place) {
                Some(known) => {
                    if let Ok(content) = &known {
                        self.made(parts).forget(content.bytes());
                    }
                    known
                }
                None if is_costly && *cohesion != Cohesion::Whole => break,
                None if slice.is_over() => return Poll::Pending,
                None => ready!(self.make(self.place, parts, slice)),
            };
            match self.follows(parts, payload, room) {
                Err(exhausted) => return Poll::Ready(Err(exhausted)),
                Ok(Follows::More) => self.place += 1,
                Ok(Follows::Full) => break,
                Ok(Follows::Nothing(failure)) => {
                    let rejected = deliveries.iter().map(|due| (due.id, failure.clone())).collect();
                    return Poll::Ready(Ok(Step::Done(Rendered { message: None, rejected })));
                }
            }
        }
        match parts.settings.summary() {
            Some(summary) if !self.carried.is_empty() => self.summarised(summary, parts, room, slice),
            _ => Poll::Ready(Ok(Step::Done(self.rendered(parts.webhook)))),
        }
    }

    /// Takes the payload of the next event in, or rejects it, or leaves it for the next request.
    fn follows(
        &mut self,
        parts: &Parts<'_>,
        payload: Result<Content, Failure>,
        room: &mut Room,
    ) -> Result<Follows, Exhausted> {
        let (cohesion, id) = (parts.batch.cohesion, parts.batch.deliveries[self.place].id);
        let may_end = cohesion != Cohesion::Whole && !self.carried.is_empty();
        let kept = match payload {
            Ok(content) => match self.made(parts).keep(content.bytes(), room) {
                Ok(()) => Ok(content),
                Err(_) if may_end => return Ok(Follows::Full),
                Err(NoRoom::Yet(exhausted)) => return Err(exhausted),
                Err(NoRoom::Ever(failure)) => Err(failure),
            },
            Err(failure) => Err(failure),
        };
        Ok(match kept {
            Err(failure) if failure.kind == FailureKind::Render && cohesion == Cohesion::Whole => {
                Follows::Nothing(failure)
            }
            Err(failure) if failure.kind == FailureKind::Render && cohesion == Cohesion::InOrder => {
                // Those before it go without it now; it opens the next batch, where it is rejected, and those behind it
                // follow.
                if self.carried.is_empty() {
                    self.rejected.push((id, failure));
                }
                Follows::Full
            }
            Err(failure) => {
                self.rejected.push((id, failure));
                Follows::More
            }
            Ok(Content { body, is_standard, .. }) => {
                self.bytes += body.len() + 1;
                if FRAME + self.bytes > parts.settings.max_bytes as usize && may_end {
                    return Ok(Follows::Full);
                }
                self.is_own |= !is_standard;
                self.carried.push(id);
                self.payloads.push(body);
                Follows::More
            }
        })
    }

    fn made(&mut self, parts: &Parts<'_>) -> &mut Made {
        self.made.get_or_insert_with(|| Made::of(parts.batch))
    }

    fn rendered(&mut self, webhook: &Webhook) -> Rendered {
        let (carried, rejected) = (mem::take(&mut self.carried), mem::take(&mut self.rejected));
        let message = carried.last().map(|&last| message(webhook, &carried, last, &self.payloads, !self.is_own));
        Rendered { message: message.map(|message| (message, carried)), rejected }
    }

    fn make(&mut self, place: usize, parts: &Parts<'_>, slice: &mut Slice) -> Poll<Result<Content, Failure>> {
        let before = slice.spent();
        let made = match parts.make(place, slice) {
            Ok(content) => Ok(content),
            Err(NoPayload::Failed(failure)) => Err(failure),
            Err(NoPayload::NotNow) => return Poll::Pending,
        };
        self.spent = self.spent.saturating_add(slice.spent() - before);
        Poll::Ready(made)
    }

    /// Finds what becomes of the events that have the key to collapse by: the newest with a payload is sent in place of
    /// older ones with the same key.
    fn collapse(&mut self, key: &str, parts: &Parts<'_>, room: &mut Room, slice: &mut Slice) -> Poll<()> {
        let deliveries = &parts.batch.deliveries;
        while self.collapsed < deliveries.len() {
            let place = deliveries.len() - 1 - self.collapsed;
            let event = &deliveries[place].event;
            if slice.is_over() || !slice.affords(OF_KEY_BYTE * (event.data.len() as Cost + 16)) {
                return Poll::Pending;
            }
            if let Some(key) = key_of(key, event) {
                let made = if self.taken.contains(&key) {
                    let message = "a newer event of the same key was sent in its place".into();
                    Err(Failure { kind: FailureKind::Collapsed, message, retry_after: None })
                } else {
                    ready!(self.make(place, parts, slice))
                };
                let is_kept = match &made {
                    Ok(content) => {
                        self.taken.insert(key);
                        let most = parts.settings.max_bytes as usize;
                        let (made, bytes) = (self.made(parts), content.bytes());
                        made.bytes() + bytes <= most && made.keep(bytes, room).is_ok()
                    }
                    Err(_) => true,
                };
                if is_kept {
                    self.known.insert(place, made);
                }
            }
            self.collapsed += 1;
        }
        Poll::Ready(())
    }
}

fn message(
    webhook: &Webhook,
    carried: &[DeliveryId],
    last: DeliveryId,
    payloads: &[Bytes],
    is_standard: bool,
) -> Message {
    let id = envelope::batch_id(carried);
    let (body, content_type) = match webhook.settings.payload.as_ref().unwrap_or(&Payload::Standard) {
        Payload::Standard | Payload::Plain => (envelope::batch(&id, last, payloads), JSON),
        Payload::CloudEvents { .. } => (envelope::array(payloads), cloudevents::BATCH),
        _ => (envelope::array(payloads), JSON),
    };
    Message {
        delivery: id.clone(),
        id,
        event_type: "batch".into(),
        body,
        content_type: content_type.into(),
        method: http::Method::POST,
        target: None,
        headers: Vec::new(),
        correlation_id: None,
        traceparent: None,
        // An attempt at a single event is recorded without the batch, so this body could not be made again from what is kept.
        is_standard: is_standard && carried.len() > 1,
        shown: None,
    }
}

/// The hash of what the event has there.
fn key_of(key: &str, event: &Event) -> Option<[u8; 32]> {
    let key = match key {
        "type" => event.event_type.to_string(),
        "ordering_key" => event.ordering_key.as_ref()?.as_str().to_owned(),
        _ => {
            let data = exact::read(&event.data).ok()?;
            let found = key.split('.').skip(1).try_fold(&data, |value, part| value.get(part))?;
            Some(found).filter(|found| !found.is_null())?.to_string()
        }
    };
    Some(Sha256::digest(key).into())
}
