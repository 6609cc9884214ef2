//! The stages behind the lanes' door, put together: render, then deliver.
//!
//! In go a webhook and events that may go, out comes what became of each of them. Rendering is quick and happens in place,
//! but for scripts, which may run for long: those have threads of their own, few, and each webhook at most one, so that a
//! script that never ends costs its own webhook's deliveries only.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    clock::Clock,
    deliver::Sender,
    lane::{Courier, Item, Part},
    model::{DeliveryId, Failure, Outcome, Webhook},
    render::{Owed, Rendered, Renderer},
};

/// Renders and delivers. Cheap to clone.
#[derive(Clone)]
pub struct Post {
    /// Makes messages.
    pub renderer: Renderer,
    /// Sends them.
    pub sender: Sender,
    clock: Clock,
}

impl Post {
    /// Out of these.
    pub fn new(renderer: Renderer, sender: Sender, clock: Clock) -> Post {
        Post { renderer, sender, clock }
    }

    /// What is set apart together has one reason: it is recorded together.
    fn apart(&self, webhook: &Webhook, apart: Vec<(DeliveryId, Failure)>) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        for (delivery, failure) in apart {
            match parts.iter_mut().find(|part| part.outcome.result.as_ref().err() == Some(&failure)) {
                Some(part) => part.deliveries.push(delivery),
                None => {
                    let outcome = Outcome::unsent(webhook, self.clock.now(), failure.kind, failure.message);
                    parts.push(Part { deliveries: vec![delivery], outcome });
                }
            }
        }
        parts
    }
}

#[async_trait]
impl Courier for Post {
    async fn deliver(&self, webhook: &Arc<Webhook>, items: Vec<Item>) -> Vec<Part> {
        let again = items.first().is_some_and(|item| item.again);
        let events: Vec<Owed> = items.into_iter().map(|item| (item.delivery, item.event)).collect();
        let Rendered { message, apart } = self.renderer.render(webhook, &events, again);
        let mut parts = self.apart(webhook, apart);
        if let Some((message, deliveries)) = message {
            let outcome = self.sender.send(webhook, message).await;
            parts.push(Part { deliveries, outcome });
        }
        parts
    }
}
