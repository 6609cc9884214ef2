//! What lanes ask for, and what they are told of it.

use std::sync::Arc;

use super::{BatchOutcome, Load, OwedBatch, SlotClass};
use crate::{
    model::{DeliveryId, Owed, TenantKey, Timestamp, WebhookKey},
    store::{Pending, Settlement},
    webhook::{DisableReason, Webhook},
};

/// Something to be done for a lane. Each is answered by a [`Report`].
#[derive(Clone, Debug)]
pub enum Action {
    /// Send these in one request. It holds a send slot of this class until [`Report::CameBack`].
    Send { webhook: Arc<Webhook>, slot: SlotClass, batch: OwedBatch },
    /// Get this from the store. What it holds in memory can be answered at once.
    Load { webhook: WebhookKey, load: Load },
    /// Give up so many of what a webhook is owed.
    Cancel { webhook: WebhookKey, limit: usize },
    /// Keep these outcomes, which are one tenant's.
    Record { tenant: TenantKey, settlements: Vec<Settlement> },
    /// Disable this webhook, unless its tenant has changed it since in a way that may have mended it. What led to it is durable.
    Disable { webhook: Arc<Webhook>, reason: DisableReason },
}

/// What came of an action.
#[derive(Debug)]
pub enum Report {
    /// A request, which held this slot; without outcomes if it could not be made for reasons of our own.
    CameBack { webhook: WebhookKey, slot: SlotClass, batch: Vec<DeliveryId>, outcomes: Option<Vec<BatchOutcome>> },
    /// What the store had, or nothing if it could not be read.
    Loaded { webhook: WebhookKey, load: Load, loaded: Option<Loaded> },
    /// How many were given up, or nothing if that failed.
    Cancelled { webhook: WebhookKey, count: Option<usize> },
    /// The outcomes of these are durable.
    Recorded(Vec<(WebhookKey, DeliveryId)>),
    /// The disabling of a webhook has ended that was asked for when it had version `judged`. `off_at`: a version that is
    /// disabled; none if it could not be done, or its tenant has mended it. New settings are heard of as everybody's are.
    Disabled { webhook: WebhookKey, judged: u64, off_at: Option<u64> },
}

/// What the store had for a lane.
#[derive(Debug)]
pub enum Loaded {
    /// The answer to [`Load::Pending`] and [`Load::Key`].
    Pending(Pending),
    /// The answer to [`Load::Retrying`]: soonest first, with the times when they are due.
    Retrying(Vec<(Timestamp, Owed)>),
    /// The answer to [`Load::One`]: the delivery, if it is owed, with the time when it is due if it was attempted before.
    One(Option<(Option<Timestamp>, Owed)>),
}
