//! What is shown of the lanes: how one stands, and what deliveries wait for.

use super::LaneCore;
use crate::{
    lane::{Lane, LanePicture},
    model::{Timestamp, Wait, WaitReason, WaitingDelivery, WebhookKey},
    observe::Vitals,
};

impl LaneCore {
    /// How a webhook's lane stands, if it has one.
    pub fn picture(&self, webhook: WebhookKey, now: Timestamp) -> Option<LanePicture> {
        let lane = self.lanes.get(webhook)?;
        let picture = lane.picture(now, self.scarce(lane));
        Some(LanePicture { waits_for: picture.waits_for.map(|wait| self.beyond_lane(lane, wait)), ..picture })
    }

    /// What a webhook's lane tells of its health, if it has one.
    pub fn vitals(&self, webhook: WebhookKey, now: Timestamp) -> Option<Vitals> {
        let lane = self.lanes.get(webhook)?;
        Some(lane.vitals(now, self.scarce(lane)))
    }

    /// What a delivery waits for that the store lists as owed.
    pub fn wait_of(&self, one: &WaitingDelivery, now: Timestamp) -> Wait {
        // Without a lane, its webhook gets one as soon as it is heard of.
        let Some(lane) = self.lanes.get(one.webhook) else { return Wait::of(WaitReason::Turn) };
        self.beyond_lane(lane, lane.wait_of(one, now, self.scarce(lane)))
    }

    fn scarce(&self, lane: &Lane) -> Option<usize> {
        self.slots.scarce_for(lane.slot_class())
    }

    /// Where the lane would let it go, there may be no slot for it, or no room to keep what comes of it. One that found slots short
    /// is asked again when a request of its own has come back.
    fn beyond_lane(&self, lane: &Lane, wait: Wait) -> Wait {
        let class = lane.slot_class();
        let is_asked = self.ready_queue.contains(lane.webhook().key) || lane.in_flight() == 0;
        match wait.reason {
            WaitReason::Turn if self.slots.left_for(class) == 0 || !is_asked => Wait::of(WaitReason::Slot),
            WaitReason::Turn if !self.unrecorded.has_room_for(class.tenant) => Wait::of(WaitReason::Store),
            _ => wait,
        }
    }
}
