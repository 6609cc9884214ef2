//! What a webhook receives: events enter, a [`Message`](crate::model::Message) with the exact bytes leaves.
//!
//! Pure, and the same bytes every time, so nothing needs to survive a crash: a body is rendered anew for each attempt, from
//! the settings as they are then. Events that the webhook's script skips, that are collapsed, or of which no payload can
//! be made, are rejected, each with its reason; they never keep the others from being sent.
//!
//! - [`envelope`]: the bodies that follow from an event by themselves
//! - [`payload`]: one event's payload, by the webhook's settings
//! - [`cloudevents`], [`form`], [`templates`], [`scripted`]: ways to make one
//! - [`platform`]: as a platform takes it, with a [`mod@card`] of what people want to know, within its [`limits`]
//! - [`batch`]: several payloads in one message
//! - [`made`]: what all of that takes up, which is held before it is kept

mod batch;
pub mod card;
mod check;
mod cloudevents;
mod content;
pub mod envelope;
mod failure;
mod form;
pub mod limits;
mod made;
mod names;
mod payload;
mod platform;
mod scripted;
mod templates;

use std::{sync::Arc, task::Poll};

use lanehook_script::ScriptError;

pub use self::check::check;
use self::{batch::Parts, failure::NoPayload, templates::Templates};
pub use self::{
    batch::{Gathered, Rendered, Step},
    card::{card, summary},
    made::{Made, NoRoom},
    scripted::Scripted,
};
use crate::{
    budget::{Budget, Exhausted, Room},
    catalogue::KnownMeanings,
    model::{DueBatch, DueDelivery, Event, Failure},
    webhook::Webhook,
    work::Slice,
};

/// How far the message of a webhook is made.
#[derive(Default)]
pub struct Progress(batch::Progress);

/// Makes messages. Keeps templates compiled; cheap to clone.
#[derive(Clone, Default)]
pub struct Renderer {
    templates: Arc<Templates>,
}

impl Renderer {
    /// One that knows this of event types.
    pub fn knowing(known: KnownMeanings) -> Renderer {
        Renderer { templates: Arc::new(Templates::knowing(known)) }
    }

    /// What the webhook's script gets of an event: JSON.
    ///
    /// # Errors
    /// The event's data cannot be read.
    pub fn script_input(webhook: &Webhook, event: &Event) -> Result<String, Failure> {
        scripted::input(webhook, event)
    }

    /// Whether a message may have room for one more event, beside some whose data has so many bytes in all. An estimate,
    /// as most payloads hold the data whole: [`Renderer::render`] decides by what it makes of them.
    pub fn has_room(webhook: &Webhook, gathered_bytes: usize) -> bool {
        batch::has_room(webhook, gathered_bytes)
    }

    /// The next message for a webhook out of these deliveries, of which there is one unless it takes batches. `scripted`:
    /// what the webhook's script has made of each, if it has one. However much memory it takes; a script of the batch is not run.
    pub fn render(&self, webhook: &Webhook, batch: &DueBatch, scripted: &Scripted) -> Rendered {
        let (mut progress, mut room) = (Progress::default(), Budget::new(usize::MAX).nothing(webhook.tenant));
        let step = loop {
            let step = self.go_on(webhook, batch, scripted, &mut progress, &mut room, &mut Slice::turn());
            if let Poll::Ready(step) = step {
                break step;
            }
        };
        let rendered = step.and_then(|step| match step {
            Step::Done(rendered) => Ok(rendered),
            Step::ForScript(gathered) => gathered.written(webhook, &Err(not_run()), &mut room),
        });
        rendered.unwrap_or_default()
    }

    /// The same as far as the slice allows; `progress` is how far it has come, and at first the default. `room` is what it
    /// takes up with the events: it grows before anything is kept.
    ///
    /// # Errors
    /// There is no room for the first payload, or for one without which the others are not sent; there may be later.
    pub fn go_on(
        &self,
        webhook: &Webhook,
        batch: &DueBatch,
        scripted: &Scripted,
        progress: &mut Progress,
        room: &mut Room,
        slice: &mut Slice,
    ) -> Poll<Result<Step, Exhausted>> {
        match (&webhook.settings.batch, batch.deliveries.as_slice()) {
            (Some(settings), _) => {
                let parts = Parts { templates: &self.templates, webhook, settings, batch, scripted };
                progress.0.go_on(&parts, room, slice)
            }
            (None, [DueDelivery { id, event }, ..]) => {
                let rejected = match payload::render(&self.templates, webhook, *id, event, scripted, slice) {
                    Ok(content) => match Made::of(batch).keep(content.bytes(), room) {
                        Ok(()) => {
                            let message = Some((content.message(*id, event), vec![*id]));
                            return Poll::Ready(Ok(Step::Done(Rendered { message, rejected: Vec::new() })));
                        }
                        Err(NoRoom::Yet(exhausted)) => return Poll::Ready(Err(exhausted)),
                        Err(NoRoom::Ever(failure)) => failure,
                    },
                    Err(NoPayload::Failed(failure)) => failure,
                    Err(NoPayload::NotNow) => return Poll::Pending,
                };
                Poll::Ready(Ok(Step::Done(Rendered { message: None, rejected: vec![(*id, rejected)] })))
            }
            (None, []) => Poll::Ready(Ok(Step::Done(Rendered::default()))),
        }
    }
}

fn not_run() -> ScriptError {
    ScriptError { line: None, message: scripted::NOT_RUN.into(), no_worker: false }
}
