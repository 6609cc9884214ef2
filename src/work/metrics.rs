//! How much work waits, for Prometheus.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, gauge::ConstGauge},
};

use super::Work;

impl Collector for Work {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Jobs that take long and wait for a thread.";
        let gauge = encoder.encode_descriptor("work_waiting", help, None, MetricType::Gauge)?;
        ConstGauge::new(self.waiting() as i64).encode(gauge)
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").field("waiting", &self.waiting()).finish_non_exhaustive()
    }
}
