//! What is counted of events and deliveries, so that nothing has to be looked through to be shown.
//!
//! A commit says what it counts ([`Counts`]): an event accepted, a delivery owed, tried, ended. That adds up to
//! [`Measures`], kept for each minute, hour and day of a webhook, a tenant and the node ([`Scope`]), as a whole and by event type. The
//! store writes them in the transaction of what they count. What happens is also told to those who watch ([`Live`]). This room is pure: it
//! knows neither a store nor a clock.

mod counted;
mod health;
mod histogram;
mod lately;
mod live;
mod measures;
mod scope;

pub use self::{
    counted::{Cell, Counts},
    health::{Board, Cause, Health, HealthState, InTrouble, OwedSince, Trouble, Vitals, health},
    histogram::Histogram,
    lately::{Lately, Quarter},
    live::{
        AttemptSeen, DeliveryMoved, DeliveryTold, EventTold, Happening, HealthTold, InspectorTold, Live, LiveItem,
        LivePlace, LiveReader, Taken, Told, TooManyReaders, Watched, WebhookChange, WebhookTold, What,
    },
    measures::{Count, Measures, Span, StatusClass, Tries},
    scope::{Bucket, Grain, Scope, Slot},
};

#[cfg(test)]
pub(crate) use self::counted::tests::any_counts;
