//! What one webhook asks of an event.

use crate::webhook::{Assets, Filter, Webhook};

/// What a webhook asks of an event besides its type.
pub fn condition(webhook: &Webhook) -> Option<Filter> {
    let assets = webhook.settings.assets.as_ref().and_then(Assets::filter);
    Filter::all(assets.into_iter().chain(webhook.settings.filter.clone()))
}
