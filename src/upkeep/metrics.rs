//! How the jobs and the webhooks are doing, for Prometheus.

use std::{
    fmt,
    sync::{Arc, Weak},
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

use super::{JobReport, Jobs};
use crate::{
    clock::Clock,
    model::{Timestamp, WebhookKey},
    observe::{Board, Health, HealthState},
    store::Store,
};

/// How webhooks do, and what is owed to them for how long, as it was found out last.
pub struct HealthMetrics {
    board: Board,
    /// Which says what is delivered to. It is not kept open for this.
    store: Weak<dyn Store>,
    clock: Clock,
}

impl HealthMetrics {
    /// What is on this board.
    pub fn new(board: Board, store: &Arc<dyn Store>, clock: Clock) -> HealthMetrics {
        HealthMetrics { board, store: Arc::downgrade(store), clock }
    }

    /// How many webhooks are in this state.
    fn count(&self, state: HealthState) -> u64 {
        let Some(store) = self.store.upgrade() else { return 0 };
        let in_trouble = self.board.in_trouble();
        let is_so = |(key, health): &(WebhookKey, Health)| {
            let webhook = store.webhooks().get(*key);
            webhook.is_some_and(|webhook| HealthState::of(webhook.settings.status, *health) == state)
        };
        in_trouble.iter().filter(is_so).count() as u64
    }
}

impl fmt::Debug for HealthMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HealthMetrics")
    }
}

impl Collector for HealthMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let now = self.clock.now();
        let age = |since: Option<Timestamp>| since.map_or(0.0, |since| now.since(since).as_secs_f64());
        let oldest_owed = self.board.owed_since().values().min().copied();
        for (name, help, seconds) in [
            (
                "oldest_due_seconds",
                "For how long the oldest delivery is due that could go: it waits for requests under way or for its turn, and not for its own time, a rate limit, a batch or the end of a pause. 0 if there is none. Found out every 5 seconds.",
                age(self.board.oldest_due()),
            ),
            (
                "oldest_owed_seconds",
                "How old the oldest delivery is that is owed to a webhook which is neither paused nor disabled. 0 if there is none. Found out every 15 seconds.",
                age(oldest_owed),
            ),
        ] {
            ConstGauge::new(seconds).encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)?;
        }
        let help = "Webhooks that are delivered to and do not do well, by their health. Found out every 5 seconds.";
        let mut family = encoder.encode_descriptor("webhooks_in_trouble", help, None, MetricType::Gauge)?;
        for (name, state) in [("failing", HealthState::Failing), ("degraded", HealthState::Degraded)] {
            ConstGauge::new(self.count(state)).encode(family.encode_family(&[("health", name)])?)?;
        }
        Ok(())
    }
}

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
