//! What people change: webhooks, event types, what becomes of a delivery; and how a lane stands. Nothing here knows HTTP.
//!
//! In goes what somebody wants changed and who they are, out comes the thing as it is then, or a [`ManageError`]. A change
//! is read, made and written under the version that was read; when someone else was faster it is made again on what they
//! left, unless the caller named the version it must be ([`Expected`]). What is asked of a change is decided by pure
//! functions of `webhook/` and `catalogue/`; here is what they do not know: what is there, who asks, and the receiver's word.
//! Nothing here survives a crash or needs to: what was answered is in the store.

mod approval;
mod deliveries;
mod error;
mod event_types;
mod expected;
mod lanes;
mod listing;
mod no_probe;
mod overview;
mod sought;
mod testing;
mod walk;
mod webhooks;

pub use self::{
    deliveries::DeliveryService,
    error::ManageError,
    event_types::{ChangedEventType, EventTypeService, Imported, SampleOfType},
    expected::{Expected, Mismatch, version_name},
    lanes::{LaneService, LaneStanding},
    listing::{ListPlace, Listed, WebhookOrder, WebhookQuery},
    no_probe::NoProbe,
    overview::Standing,
    testing::{TestOrder, TestService, Tested, limited},
    webhooks::{Saved, WebhookService},
};
