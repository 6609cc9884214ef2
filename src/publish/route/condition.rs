//! What one webhook asks of an event.

use crate::{
    model::Event,
    webhook::{Assets, Facts, Filter, Webhook},
};

/// Whether a webhook asks for an event, by type and filter, whatever its status.
pub fn asks_for(webhook: &Webhook, event: &Event) -> bool {
    let facts = Facts::of_event(event);
    webhook.settings.asks_for_type(&event.event_type) && condition(webhook).is_none_or(|filter| filter.matches(&facts))
}

/// What a webhook asks of an event besides its type.
pub fn condition(webhook: &Webhook) -> Option<Filter> {
    let assets = webhook.settings.assets.as_ref().and_then(Assets::filter);
    Filter::all(assets.into_iter().chain(webhook.settings.filter.clone()))
}
