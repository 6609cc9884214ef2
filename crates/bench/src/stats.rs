//! Pure arithmetic: percentiles of samples, and the fixed times of an open loop.

use std::time::{Duration, Instant};

use serde::Serialize;

/// The distribution of some latencies, in milliseconds.
#[derive(Clone, Copy, PartialEq, Debug, Serialize)]
pub struct Latency {
    pub samples: usize,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
}

impl Latency {
    /// Of all the samples; `None` of none.
    pub fn of(mut samples: Vec<Duration>) -> Option<Latency> {
        samples.sort_unstable();
        let at = |share| percentile(&samples, share).map(|sample| sample.as_secs_f64() * 1e3);
        Some(Latency {
            samples: samples.len(),
            p50: at(0.5)?,
            p90: at(0.9)?,
            p99: at(0.99)?,
            p999: at(0.999)?,
            max: at(1.0)?,
        })
    }
}

/// The smallest sample that `share` of all samples do not exceed (nearest rank). `sorted` is in ascending order.
pub fn percentile(sorted: &[Duration], share: f64) -> Option<Duration> {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// Times that are fixed before the first request is sent.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    start: Instant,
    per_second: u32,
}

impl Schedule {
    /// `per_second` times in every second from `start` on.
    pub fn new(start: Instant, per_second: u32) -> Schedule {
        Schedule { start, per_second }
    }

    /// The time of the `index`th request.
    pub fn due(&self, index: u64) -> Instant {
        let rate = u64::from(self.per_second);
        let part = (index % rate) * 1_000_000_000 / rate;
        self.start + Duration::from_secs(index / rate) + Duration::from_nanos(part)
    }

    /// How many times fall into `span`.
    pub fn within(&self, span: Duration) -> u64 {
        (span.as_secs_f64() * f64::from(self.per_second)).round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(values: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        values.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn percentiles_are_samples_that_were_seen() {
        let latency = Latency::of(millis((1..=1000).rev())).unwrap();
        assert_eq!((latency.p50, latency.p90, latency.p99, latency.p999), (500.0, 900.0, 990.0, 999.0));
        assert_eq!((latency.max, latency.samples), (1000.0, 1000));
    }

    #[test]
    fn of_few_samples_the_high_percentiles_are_the_largest() {
        let latency = Latency::of(millis([3, 1])).unwrap();
        assert_eq!((latency.p50, latency.p90, latency.p99), (1.0, 3.0, 3.0));
        assert_eq!(Latency::of(Vec::new()), None);
    }

    #[test]
    fn a_schedule_does_not_drift() {
        let start = Instant::now();
        let schedule = Schedule::new(start, 300);
        assert_eq!(schedule.due(0), start);
        assert_eq!(schedule.due(1), start + Duration::from_nanos(3_333_333));
        assert_eq!(schedule.due(300 * 3600), start + Duration::from_secs(3600));
        assert_eq!(schedule.within(Duration::from_millis(1500)), 450);
    }
}
