//! How the jobs are doing, for Prometheus.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

use super::{JobReport, Jobs};

/// Name, help, and where the number is in a report.
type Number<T> = (&'static str, &'static str, fn(&JobReport) -> T);

impl Collector for Jobs {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let reports = self.reports();
        let counters: [Number<u64>; 3] = [
            ("job_runs", "Runs of a periodic job that came to an end.", |report| report.runs),
            ("job_failures", "Runs of a periodic job that failed.", |report| report.failures),
            ("job_panics", "Runs of a periodic job that panicked.", |report| report.panics),
        ];
        for (name, help, count) in counters {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
            for report in &reports {
                ConstCounter::new(count(report)).encode(family.encode_family(&[("job", report.name)])?)?;
            }
        }
        let gauges: [Number<Option<f64>>; 2] = [
            ("job_last_run_timestamp_seconds", "When a periodic job's last run began.", |report| {
                Some(report.last.as_ref()?.started_at.millis() as f64 / 1e3)
            }),
            ("job_last_run_seconds", "How long a periodic job's last run took.", |report| {
                Some(report.last.as_ref()?.took.as_secs_f64())
            }),
        ];
        for (name, help, value) in gauges {
            let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for (report, value) in reports.iter().filter_map(|report| Some((report, value(report)?))) {
                ConstGauge::new(value).encode(family.encode_family(&[("job", report.name)])?)?;
            }
        }
        Ok(())
    }
}
