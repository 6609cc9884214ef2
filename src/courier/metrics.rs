//! What is counted of requests to receivers.

use std::{fmt, time::Duration};

use lanehook_egress::Stats;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _},
    metrics::{
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::ConstGauge,
        histogram::Histogram,
    },
};

use crate::{
    deliver::Sender,
    metrics::{Metrics, SECONDS},
    model::{FailureKind, LocalKind, Outcome},
};

/// The courier's counters. Cheap to clone; all clones are one.
#[derive(Clone, Debug)]
pub(super) struct CourierMetrics {
    attempts: Family<Ended, Counter>,
    seconds: Histogram,
    local: Family<Short, Counter>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Ended {
    outcome: &'static str,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug, EncodeLabelSet)]
struct Short {
    kind: &'static str,
}

impl CourierMetrics {
    /// Each is there from the start: of one that appears with a number, nobody can tell that it has grown.
    pub fn new() -> CourierMetrics {
        let (attempts, local) = (Family::<Ended, Counter>::default(), Family::<Short, Counter>::default());
        for outcome in FailureKind::KNOWN.map(FailureKind::as_str).into_iter().chain(["delivered"]) {
            drop(attempts.get_or_create(&Ended { outcome }));
        }
        for kind in LocalKind::ALL {
            drop(local.get_or_create(&Short { kind: kind.as_str() }));
        }
        CourierMetrics { attempts, seconds: Histogram::new(SECONDS), local }
    }

    pub fn register(&self, metrics: &Metrics, sender: &Sender) {
        metrics.register(
            "attempts",
            "Requests to receivers, and deliveries of which none could be made, by what came of them",
            self.attempts.clone(),
        );
        metrics.register("attempt_seconds", "How long requests to receivers took", self.seconds.clone());
        let help = "Requests that this machine could not make; they are made later and are no attempts";
        metrics.register("local_failures", help, self.local.clone());
        metrics.collect(EgressStats(sender.clone()));
    }

    /// Counts an outcome. One of which nothing was sent took no time.
    pub fn ended(&self, outcome: &Outcome) {
        let ended = outcome.result.as_ref().map_or_else(|failure| failure.kind.as_str(), |()| "delivered");
        self.attempts.get_or_create(&Ended { outcome: ended }).inc();
        if outcome.timings.total_us > 0 {
            self.seconds.observe(Duration::from_micros(outcome.timings.total_us.into()).as_secs_f64());
        }
    }

    pub fn local_failure(&self, kind: LocalKind) {
        self.local.get_or_create(&Short { kind: kind.as_str() }).inc();
    }
}

/// Looked up when it is asked for.
struct EgressStats(Sender);

impl fmt::Debug for EgressStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EgressStats")
    }
}

impl Collector for EgressStats {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let stats: Stats = self.0.stats();
        let mut gauge = |name: &str, help: &str, value: usize| {
            let gauge = ConstGauge::new(value as i64);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)
        };
        gauge("lookups_running", "Names that are being looked up.", stats.lookups_running)?;
        gauge("lookups_waiting", "Look-ups of names that wait for their turn.", stats.lookups_waiting)?;
        gauge("connections_open", "Connections to receivers that are open.", stats.connections_open)?;
        gauge("connections_idle", "Of these, those that are kept for a next request.", stats.connections_idle)?;
        let mut counter = |name: &str, help: &str, value: u64| {
            let counter = ConstCounter::new(value);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)
        };
        counter("lookups", "Names that were asked for.", stats.lookups)?;
        counter("lookups_remembered", "Of these, those that were answered from memory.", stats.lookups_remembered)?;
        counter(
            "connections_refused",
            "Addresses that were not connected to since they are not permitted.",
            stats.refused,
        )?;
        let failed = Family::<Short, Counter>::default();
        for (kind, count) in [
            ("no_address", stats.lookups_no_address),
            ("no_answer", stats.lookups_no_answer),
            ("failed", stats.lookups_failed),
            ("local", stats.lookups_local),
        ] {
            failed.get_or_create(&Short { kind }).inc_by(count);
        }
        let help = "Look-ups of names that failed, by why.";
        failed.encode(encoder.encode_descriptor("lookups_failed", help, None, failed.metric_type())?)
    }
}
