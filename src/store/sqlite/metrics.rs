//! How the store is doing, for Prometheus.

use std::{
    fmt,
    sync::{Arc, Weak, atomic::Ordering},
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
};

use super::{shared::Shared, store::SqliteStore};
use crate::metrics::Metrics;

impl SqliteStore {
    /// Shows from now on how the store is doing.
    pub fn register(&self, metrics: &Metrics) {
        self.shared.counted.register(metrics);
        self.shared.damage.register(metrics);
        metrics.collect(Waiting(Arc::downgrade(&self.shared)));
    }
}

/// What waits for the writer, looked up when it is asked for, so that queueing counts nothing.
#[derive(Debug)]
struct Waiting(Weak<Shared>);

impl Collector for Waiting {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Some(shared) = self.0.upgrade() else { return Ok(()) };
        let help = "What waits to be written, without records of attempts.";
        let gauge = encoder.encode_descriptor("store_waiting_bytes", help, None, MetricType::Gauge)?;
        ConstGauge::new(shared.intake.waiting_bytes() as u64).encode(gauge)?;
        let help = "Deliveries of large fan-outs that are kept as lists and not written yet.";
        let gauge = encoder.encode_descriptor("store_unfolding_deliveries", help, None, MetricType::Gauge)?;
        ConstGauge::new(shared.unfolding.load(Ordering::Relaxed)).encode(gauge)
    }
}
