//! How much memory filters' patterns take, for Prometheus.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

/// The compiled patterns of the process, looked up when they are asked for.
#[derive(Debug)]
pub struct CompiledPatterns;

impl Collector for CompiledPatterns {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Memory of compiled patterns of filters; 64 MiB at most.";
        let gauge = encoder.encode_descriptor("filter_pattern_bytes", help, None, MetricType::Gauge)?;
        ConstGauge::new(lanehook_filter::compiled_bytes() as u64).encode(gauge)?;
        let help = "Patterns of filters that were compiled because an event asked for them.";
        let counter = encoder.encode_descriptor("filter_patterns_compiled", help, None, MetricType::Counter)?;
        ConstCounter::new(lanehook_filter::compilations()).encode(counter)
    }
}
