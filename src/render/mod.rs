//! What a webhook receives: events enter, a [`Message`] with the exact bytes leaves.
//!
//! Pure, and the same bytes every time, so nothing needs to survive a crash: a body is rendered anew for each attempt, from
//! the settings as they are then. Events that the webhook's script skips, that are collapsed, or of which no payload can
//! be made, are rejected, each with its reason; they never keep the others from being sent.
//!
//! - [`envelope`]: the bodies that follow from an event by themselves
//! - [`payload`]: one event's payload, by the webhook's settings
//! - [`cloudevents`], [`form`], [`script`]: ways to make one; templates are a [module of their own](crate::template)
//! - [`platform`]: as a platform takes it, with a [`mod@card`] of what people want to know, within its [`limits`]
//! - [`batch`]: several payloads in one message

mod batch;
pub mod card;
mod check;
mod cloudevents;
pub mod envelope;
mod form;
pub mod limits;
mod payload;
mod platform;
pub mod script;

use std::{collections::HashMap, sync::Arc};

pub use card::card;

use self::script::{ScriptError, Transformed};

use crate::model::{
    DeliveryId, DueBatch, DueDelivery, Event, Failure, FailureKind, FieldError, Message, Webhook, WebhookSettings,
};

/// What a webhook's script has made of events.
pub type Scripted = HashMap<DeliveryId, Result<Transformed, ScriptError>>;

/// What became of the events that were to be sent. Those that are named nowhere in it found no room in the message.
#[derive(Debug, Default)]
pub struct Rendered {
    /// One request's worth, and the deliveries that it carries, in order.
    pub message: Option<(Message, Vec<DeliveryId>)>,
    /// Deliveries that it does not carry, and why.
    pub rejected: Vec<(DeliveryId, Failure)>,
}

/// Makes messages. Holds what is compiled once; cheap to clone.
#[derive(Clone, Default)]
pub struct Renderer {
    compiled: Arc<payload::Compiled>,
}

impl Renderer {
    /// Whether payloads can be made as these settings say. `any_host`: a platform's receiver may be anywhere.
    ///
    /// # Errors
    /// The first setting that cannot be obeyed, and how to mend it.
    pub fn check(&self, settings: &WebhookSettings, any_host: bool) -> Result<(), FieldError> {
        check::check(&self.compiled, settings, any_host)
    }

    /// What the webhook's script gets of an event: JSON.
    ///
    /// # Errors
    /// The event's data cannot be read.
    pub fn script_input(webhook: &Webhook, event: &Event) -> Result<String, Failure> {
        payload::script_input(webhook, event)
    }

    /// Whether a message of these may have room for one more. An estimate by the events' own data, which most payloads
    /// hold whole: what is made of them decides.
    pub fn has_room(webhook: &Webhook, gathered: &[DueDelivery]) -> bool {
        batch::has_room(webhook, gathered)
    }

    /// The next message for a webhook out of these deliveries, of which there is one unless it takes batches. `scripted`:
    /// what the webhook's script has made of each, if it has one.
    pub fn render(&self, webhook: &Webhook, batch: &DueBatch, scripted: &Scripted) -> Rendered {
        match (&webhook.settings.batch, batch.deliveries.as_slice()) {
            (Some(settings), _) => batch::render(&self.compiled, webhook, settings, batch, scripted),
            (None, [DueDelivery { id, event }, ..]) => {
                match payload::render(&self.compiled, webhook, *id, event, scripted) {
                    Ok(made) => Rendered { message: Some((made.message(*id, event), vec![*id])), rejected: vec![] },
                    Err(failure) => Rendered { message: None, rejected: vec![(*id, failure)] },
                }
            }
            (None, []) => Rendered::default(),
        }
    }
}

/// A payload that could not be made, in words.
fn cannot(message: impl Into<String>) -> Failure {
    Failure { kind: FailureKind::Render, message: message.into(), retry_after: None }
}
