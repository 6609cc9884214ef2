//! How the store is doing, for Prometheus.

use std::{
    fmt,
    sync::{Arc, Weak, atomic::Ordering},
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

use super::{shared::Shared, store::SqliteStore, usage::Summary};
use crate::{metrics::Metrics, model::QuotaKind};

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
        ConstGauge::new(shared.unfolding.load(Ordering::Relaxed)).encode(gauge)?;
        let help = "Readers of what happens (GET /live).";
        let gauge = encoder.encode_descriptor("live_readers", help, None, MetricType::Gauge)?;
        ConstGauge::new(shared.live.readers() as u64).encode(gauge)?;
        let log = shared.wal.report();
        let help = "Bytes in the write-ahead log. It is begun anew when it has more than 64 MiB and nobody reads.";
        let gauge = encoder.encode_descriptor("store_log_bytes", help, None, MetricType::Gauge)?;
        ConstGauge::new(log.bytes).encode(gauge)?;
        let help =
            "1 while the write-ahead log is too long and cannot be begun anew. /readyz says who keeps it from that.";
        let gauge = encoder.encode_descriptor("store_log_held", help, None, MetricType::Gauge)?;
        ConstGauge::new(u64::from(log.held.is_some())).encode(gauge)?;
        if let Some(free) = shared.disk.free_bytes() {
            let help = "Bytes that are free on the disk of the data folder. With less than `min_free_disk` all events are refused, with less than four times as much those of tenants that keep more than others.";
            let gauge = encoder.encode_descriptor("store_disk_free_bytes", help, None, MetricType::Gauge)?;
            ConstGauge::new(free).encode(gauge)?;
        }
        let Summary { used, near, refusals } = shared.usage.summary(&shared.views.tenants);
        let help = "Deliveries that are owed: pending, or waiting for a retry, of all tenants.";
        let gauge = encoder.encode_descriptor("deliveries_owed", help, None, MetricType::Gauge)?;
        ConstGauge::new(used.of(QuotaKind::OwedDeliveries)).encode(gauge)?;
        let help = "What all tenants together have of what has a quota.";
        let gauges = encoder.encode_descriptor("quota_used", help, None, MetricType::Gauge)?;
        of_each_kind(gauges, |kind, encoder| ConstGauge::new(used.of(kind)).encode(encoder))?;
        let help = "Tenants that have at least 80 % of their quota. The log names each when it comes so far.";
        let gauges = encoder.encode_descriptor("quota_near_tenants", help, None, MetricType::Gauge)?;
        of_each_kind(gauges, |kind, encoder| ConstGauge::new(near.of(kind)).encode(encoder))?;
        let help = "Requests that were refused because a tenant has as much as its quota allows.";
        let counters = encoder.encode_descriptor("quota_refusals", help, None, MetricType::Counter)?;
        of_each_kind(counters, |kind, encoder| ConstCounter::new(refusals.of(kind)).encode(encoder))
    }
}

/// One with each kind of quota as its label.
fn of_each_kind(
    mut metric: MetricEncoder<'_>,
    one: impl Fn(QuotaKind, MetricEncoder<'_>) -> fmt::Result,
) -> fmt::Result {
    QuotaKind::ALL.into_iter().try_for_each(|kind| one(kind, metric.encode_family(&[("quota", kind.as_str())])?))
}
