//! Whether webhooks want an event that was kept, and why not, by what they are set to now.
//!
//! It is asked for by a person, of a page of webhooks, so no index is needed; it is priced as matching is, and goes piece by piece.

use std::{sync::Arc, task::Poll, vec};

use super::matching::{OF_FOUND, OF_READ_BYTE, ReadData};
use crate::{
    model::{Event, TenantKey},
    webhook::{Facts, Mismatch, Status, Terms, Webhook},
    work::{Cost, Slice},
};

/// Making a value of a webhook's assets or types ready to be asked for.
const OF_VALUE: Cost = 600;

/// A webhook, and why an event is not for it, if it is not.
#[derive(Debug)]
pub struct Judged {
    /// The webhook.
    pub webhook: Arc<Webhook>,
    /// Why not.
    pub mismatch: Option<Mismatch>,
}

/// How far an event's webhooks are asked.
pub struct Verdicts {
    event: Arc<Event>,
    data: ReadData,
    left: vec::IntoIter<Arc<Webhook>>,
    /// Who is to be asked next.
    open: Option<(Arc<Webhook>, Terms)>,
    judged: Vec<Judged>,
}

impl Verdicts {
    /// Of this event, for these webhooks of its tenant.
    pub fn new(event: Arc<Event>, webhooks: Vec<Arc<Webhook>>) -> Verdicts {
        let judged = Vec::with_capacity(webhooks.len());
        Verdicts { event, data: ReadData::default(), left: webhooks.into_iter(), open: None, judged }
    }

    /// Goes on as far as the slice allows.
    pub fn go_on(&mut self, slice: &mut Slice) -> Poll<Vec<Judged>> {
        loop {
            if let Some((webhook, terms)) = &self.open {
                let Some(judged) = judge(terms, &self.event, &self.data, slice) else { return Poll::Pending };
                self.judged.push(Judged { webhook: webhook.clone(), mismatch: judged.err() });
                self.open = None;
            }
            let Some(webhook) = self.left.as_slice().first() else {
                return Poll::Ready(std::mem::take(&mut self.judged));
            };
            if webhook.settings.status == Status::Disabled {
                self.judged.push(Judged { webhook: webhook.clone(), mismatch: Some(Mismatch::disabled()) });
            } else {
                if slice.is_over() || !slice.affords(OF_VALUE * webhook.settings.matched_values() as Cost) {
                    return Poll::Pending;
                }
                self.open = Some((webhook.clone(), Terms::of(&webhook.settings)));
            }
            self.left.next();
        }
    }
}

/// Why a webhook does not ask for an event, by type, assets and filter, whatever its status and however long that takes.
pub fn mismatch(webhook: &Webhook, event: &Event) -> Option<Mismatch> {
    let judged = Terms::of(&webhook.settings).judge(&Facts::of_event(event), owner(event.tenant), &mut { u64::MAX });
    judged.and_then(Result::err)
}

/// Asks about one event. Nothing, if that takes more than is left of the slice: it is asked anew in the next.
pub(super) fn judge(terms: &Terms, event: &Event, data: &ReadData, slice: &mut Slice) -> Option<Result<(), Mismatch>> {
    let is_to_be_read = terms.read_data() && data.get().is_none();
    let to_read = if is_to_be_read { event.data.len() as Cost } else { 0 };
    if slice.is_over() || !slice.affords(OF_FOUND + OF_READ_BYTE * to_read) {
        return None;
    }
    let allowed = slice.allows();
    let mut left = allowed;
    let judged = terms.judge(&Facts::of_event(event).kept_in(data), owner(event.tenant), &mut left);
    slice.spend(allowed - left);
    judged
}

/// Whose room compiled patterns take.
fn owner(tenant: TenantKey) -> u64 {
    tenant.0.unsigned_abs()
}
