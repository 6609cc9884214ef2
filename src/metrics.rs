//! What is measured, for Prometheus: a registry to which each part adds what it counts.
//!
//! A part owns its counters and counts in place; at the start it is asked to register them here ([`Metrics::register`]).
//! Out comes the text that `/metrics` answers ([OpenMetrics 1.0], or Prometheus' own). Labels are bounded: names of routes, kinds, jobs,
//! classes of status; never a tenant, a webhook or a text from outside. Nothing here survives a restart: Prometheus
//! knows what a counter that begins anew means.
//!
//! [OpenMetrics 1.0]: https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md

use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::{
    collector::Collector,
    encoding::{prometheus_text, text},
    metrics::info::Info,
    registry::{Metric, Registry},
};

/// How the text is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus' text format 0.0.4, which older readers know.
    Prometheus,
}

impl Format {
    /// The media type of the text.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Format::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// Seconds from 0.1 ms to about 100 s, four buckets to each power of ten: for whatever a request or a commit takes.
pub const SECONDS: [f64; 25] = [
    0.0001, 0.00018, 0.00032, 0.00056, 0.001, 0.0018, 0.0032, 0.0056, 0.01, 0.018, 0.032, 0.056, 0.1, 0.18, 0.32, 0.56,
    1.0, 1.8, 3.2, 5.6, 10.0, 18.0, 32.0, 56.0, 100.0,
];

/// Everything that is measured. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Mutex<Registry>>);

impl Default for Metrics {
    fn default() -> Metrics {
        let mut registry = Registry::with_prefix("lanehook");
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program that runs", build);
        Metrics(Arc::new(Mutex::new(registry)))
    }
}

impl Metrics {
    /// Adds a metric. `name` is without the prefix `lanehook_` and, for a counter, without `_total`; a unit ends it
    /// (`_seconds`, `_bytes`). `help` is a sentence without its full stop.
    pub fn register(&self, name: &str, help: &str, metric: impl Metric) {
        self.locked(|registry| registry.register(name, help, metric));
    }

    /// Adds what is looked up at the moment it is asked for. Its `help` texts are sentences with their full stops.
    pub fn collect(&self, collector: impl Collector + 'static) {
        self.locked(|registry| registry.register_collector(Box::new(collector)));
    }

    /// Everything, as text.
    pub fn text(&self, format: Format) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = self.locked(|registry| match format {
            Format::OpenMetrics => text::encode(&mut text, registry),
            Format::Prometheus => prometheus_text::encode(&mut text, registry),
        });
        text
    }

    fn locked<T>(&self, work: impl FnOnce(&mut Registry) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::metrics::counter::Counter;

    use super::*;

    #[test]
    fn what_is_registered_is_shown_with_its_prefix() {
        let (metrics, events): (Metrics, Counter) = (Metrics::default(), Counter::default());
        metrics.register("events", "Events that were accepted", events.clone());
        events.inc_by(3);
        let text = metrics.text(Format::OpenMetrics);
        assert!(text.contains("# TYPE lanehook_events counter\nlanehook_events_total 3\n"), "{text}");
        assert!(text.contains("lanehook_build_info{version="), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
        let text = metrics.text(Format::Prometheus);
        assert!(text.contains("# TYPE lanehook_events_total counter\nlanehook_events_total 3\n"), "{text}");
        assert!(!text.contains("# EOF"), "{text}");
    }

    #[test]
    fn buckets_grow() {
        assert!(SECONDS.is_sorted());
    }
}
