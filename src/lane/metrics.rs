//! What is counted of the lanes.

use prometheus_client::metrics::{counter::Counter, gauge::Gauge};

use super::LaneCore;
use crate::metrics::Metrics;

/// The lanes' counters. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct LaneMetrics {
    lanes: Gauge,
    held: Gauge,
    known: Gauge,
    in_flight: Gauge,
    waiting: Gauge,
    unrecorded: Gauge,
    put_off: Counter,
}

impl LaneMetrics {
    /// Counts from zero, and registers itself.
    pub fn new(metrics: &Metrics) -> LaneMetrics {
        let own = LaneMetrics::default();
        metrics.register("lanes", "Webhooks with a lane", own.lanes.clone());
        metrics.register("lane_deliveries_held", "Owed deliveries that lanes hold in memory", own.held.clone());
        let help = "What lanes know of their backlogs: deliveries, and four for each ordering key";
        metrics.register("lane_backlog_known", help, own.known.clone());
        metrics.register("sends_in_flight", "Send slots that are taken", own.in_flight.clone());
        metrics.register("lanes_waiting", "Lanes that wait for their turn or a send slot", own.waiting.clone());
        metrics.register("outcomes_unrecorded", "Outcomes that are not durable yet", own.unrecorded.clone());
        let help = "Batches that were put off since this machine could not read or send them";
        metrics.register("batches_put_off", help, own.put_off.clone());
        own
    }

    /// The lanes as they are.
    pub(super) fn show(&self, core: &LaneCore) {
        self.lanes.set(core.lanes() as i64);
        self.held.set(core.held() as i64);
        self.known.set(core.known() as i64);
        self.in_flight.set(core.in_flight() as i64);
        self.waiting.set(core.waiting() as i64);
        self.unrecorded.set(core.unrecorded() as i64);
    }

    /// A batch comes back for reasons of our own.
    pub(super) fn put_off(&self) {
        self.put_off.inc();
    }
}
