//! How long things took, in buckets that can be added up: of minutes to an hour, of webhooks to a tenant.
//!
//! A bucket ends at 2^¼ times its beginning, so what is read from one is at most 9.1 % beside the truth. All histograms have the
//! same buckets, from 1 µs to centuries; only those with something in them are kept.

use crate::varint::{Reader, Writer};

/// Buckets of one doubling.
const OF_DOUBLING: u32 = 4;
/// 2^¼, 2^½ and 2^¾, times 2^63.
const STEPS: [u64; 3] = [10_968_499_650_544_839_023, 13_043_817_825_332_782_212, 15_511_800_964_685_064_948];

/// Counts of times, by their length.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Histogram {
    /// Buckets and counts, by bucket; no count is zero.
    buckets: Vec<(u8, u64)>,
}

impl Histogram {
    /// Counts one that took so many microseconds.
    pub fn add(&mut self, micros: u64) {
        self.add_to(bucket(micros), 1);
    }

    /// Counts all of another one, too.
    pub fn merge(&mut self, other: &Histogram) {
        other.buckets.iter().for_each(|&(bucket, count)| self.add_to(bucket, count));
    }

    fn add_to(&mut self, bucket: u8, count: u64) {
        match self.buckets.binary_search_by_key(&bucket, |&(bucket, _)| bucket) {
            Ok(place) => self.buckets[place].1 = self.buckets[place].1.saturating_add(count),
            Err(place) => self.buckets.insert(place, (bucket, count)),
        }
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.buckets.is_empty()
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.buckets.iter().fold(0, |sum, &(_, count)| sum.saturating_add(count))
    }

    /// The microseconds within which this share of them was done, from 0 to 1; `None` if there are none.
    pub fn quantile(&self, share: f64) -> Option<u64> {
        let wanted = ((self.count() as f64 * share.clamp(0.0, 1.0)).ceil() as u64).max(1);
        let mut counted = 0;
        let found = self.buckets.iter().find(|&&(_, count)| {
            counted = count.saturating_add(counted);
            counted >= wanted
        });
        found.map(|&(bucket, _)| middle(bucket))
    }

    /// As it is stored.
    pub fn write(&self, out: &mut Writer) {
        out.unsigned(self.buckets.len() as u64);
        let mut before = 0;
        for &(bucket, count) in &self.buckets {
            out.unsigned(u64::from(bucket - before));
            out.unsigned(count);
            before = bucket;
        }
    }

    /// What was stored; `None` if it is damaged.
    pub fn read(input: &mut Reader<'_>) -> Option<Histogram> {
        let count = input.count()?;
        let (mut buckets, mut before) = (Vec::with_capacity(count), 0u8);
        for _ in 0..count {
            before = before.checked_add(u8::try_from(input.unsigned()?).ok()?)?;
            buckets.push((before, input.unsigned()?));
        }
        let is_ordered = buckets.windows(2).all(|pair| pair[0].0 < pair[1].0);
        (is_ordered && buckets.iter().all(|&(_, count)| count > 0)).then_some(Histogram { buckets })
    }
}

/// The bucket of so many microseconds; 0 is in the first.
fn bucket(micros: u64) -> u8 {
    let micros = micros.max(1);
    let doublings = micros.ilog2();
    let scaled = micros << (63 - doublings);
    let steps = STEPS.iter().filter(|&&step| scaled >= step).count() as u32;
    (OF_DOUBLING * doublings + steps) as u8
}

/// What stands for all in a bucket: the geometric middle of its ends.
fn middle(bucket: u8) -> u64 {
    ((f64::from(bucket) + 0.5) / f64::from(OF_DOUBLING)).exp2().round() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(micros: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        micros.iter().for_each(|&micros| histogram.add(micros));
        histogram
    }

    #[test]
    fn a_quantile_is_the_time_within_which_so_many_were_done() {
        let histogram = of(&(1..=1000).map(|n| n * 1000).collect::<Vec<_>>());
        for (share, exact) in [(0.0, 1_000), (0.5, 500_000), (0.95, 950_000), (0.99, 990_000), (1.0, 1_000_000)] {
            let read = histogram.quantile(share).unwrap() as f64;
            assert!((read / f64::from(exact) - 1.0).abs() < 0.1, "{share}: {read}");
        }
        assert_eq!((of(&[]).quantile(0.5), of(&[0]).quantile(1.0)), (None, Some(1)));
        assert_eq!(bucket(u64::MAX), 255);
    }

    proptest! {
        #[test]
        fn what_is_read_from_it_is_at_most_a_tenth_beside_the_truth(micros in 2u64..1 << 50) {
            let read = of(&[micros]).quantile(0.5).unwrap();
            // Below some microseconds the middle is rounded to whole ones.
            prop_assert!(read.abs_diff(micros) as f64 <= micros as f64 / 10.0 + 0.5, "{micros}: {read}");
        }

        #[test]
        fn parts_add_up_and_are_stored(
            one in prop::collection::vec(any::<u64>(), 0..50), other in prop::collection::vec(0u64..100_000, 0..50),
        ) {
            let mut merged = of(&one);
            merged.merge(&of(&other));
            prop_assert_eq!(&merged, &of(&[&one[..], &other].concat()));
            let mut out = Writer::default();
            merged.write(&mut out);
            let mut input = Reader::new(&out.bytes);
            prop_assert_eq!(Histogram::read(&mut input), Some(merged));
            prop_assert!(input.is_at_end());
        }
    }
}
