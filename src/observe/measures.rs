//! What is counted. Sums of minutes are the hour's, sums of webhooks the tenant's: any two can be added. Of what is the most in a minute, the
//! most in the hour is the most of these.

use std::time::Duration;

use super::histogram::Histogram;
use crate::{
    model::{FailureKind, Timings},
    varint::{Reader, Writer},
};

/// What is counted by adding up. The order is that of the stored form: new ones are appended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Count {
    /// Events accepted: of tenants and the node only.
    Events,
    /// Bytes of their data.
    EventBytes,
    /// Deliveries that came to be owed.
    Deliveries,
    /// Tries of deliveries. A request that carries several is a try of each.
    Attempts,
    /// Deliveries that ended so. One that is retried by hand can end again.
    Delivered,
    Failed,
    Cancelled,
    /// Requests sent: also none for an attempt, or several.
    Requests,
    /// Deliveries tried for the first time, and those of them that were delivered by that.
    FirstTries,
    FirstSuccesses,
}

impl Count {
    pub const ALL: [Count; COUNTS] = [
        Count::Events,
        Count::EventBytes,
        Count::Deliveries,
        Count::Attempts,
        Count::Delivered,
        Count::Failed,
        Count::Cancelled,
        Count::Requests,
        Count::FirstTries,
        Count::FirstSuccesses,
    ];
}

/// What is kept as a histogram of microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Span {
    /// From accepted to delivered.
    Waited,
    /// The phases of a request. What did not happen (a kept connection has no look-up) is not counted.
    Dns,
    Connect,
    Tls,
    FirstByte,
    Total,
}

/// Tries by how they came out.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Tries {
    pub succeeded: u64,
    /// The receiver asked to wait.
    pub throttled: u64,
    /// Failed otherwise.
    pub failed: u64,
}

impl Tries {
    /// All of them.
    pub fn all(self) -> u64 {
        self.succeeded + self.throttled + self.failed
    }

    /// So many more.
    pub fn add(&mut self, other: Tries) {
        self.succeeded = self.succeeded.saturating_add(other.succeeded);
        self.throttled = self.throttled.saturating_add(other.throttled);
        self.failed = self.failed.saturating_add(other.failed);
    }
}

const COUNTS: usize = Count::FirstSuccesses as usize + 1;
/// Those that the first form had. The others stand behind all else, where it had nothing.
const FIRST_COUNTS: usize = Count::Requests as usize + 1;
const SPANS: usize = Span::Total as usize + 1;

/// The hundreds of an answer's status; `None` where there was no answer.
pub type StatusClass = Option<u8>;

/// Everything that is counted of one slot.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Measures {
    counts: [u64; COUNTS],
    /// Tries that failed, by the place of their kind among [`FailureKind::KNOWN`].
    failures: Vec<(u8, u64)>,
    /// Tries by the hundreds of the answer's status; those without one under 0.
    classes: Vec<(u8, u64)>,
    spans: [Histogram; SPANS],
    /// How long the oldest that is owed had been so, in milliseconds, each time somebody looked: the longest. 0: nothing was owed.
    oldest_owed: u64,
}

impl Measures {
    pub fn count(&self, what: Count) -> u64 {
        self.counts[what as usize]
    }

    pub fn span(&self, what: Span) -> &Histogram {
        &self.spans[what as usize]
    }

    /// So many more.
    pub fn add(&mut self, what: Count, count: u64) {
        let sum = &mut self.counts[what as usize];
        *sum = sum.saturating_add(count);
    }

    /// Something took so many microseconds.
    pub fn took(&mut self, what: Span, micros: u64) {
        self.spans[what as usize].add(micros);
    }

    /// One try of a delivery.
    pub fn tried(&mut self, failure: Option<FailureKind>, status: Option<u16>) {
        self.add(Count::Attempts, 1);
        add(&mut self.classes, status.map_or(0, |status| (status / 100).min(9) as u8), 1);
        let code = failure.and_then(|kind| FailureKind::KNOWN.iter().position(|&known| known == kind));
        if let Some(code) = code {
            add(&mut self.failures, code as u8, 1);
        }
    }

    /// It was a delivery's first try.
    pub fn tried_first(&mut self, has_succeeded: bool) {
        self.add(Count::FirstTries, 1);
        self.add(Count::FirstSuccesses, u64::from(has_succeeded));
    }

    /// A request that was sent so many times; the phases are those of the last.
    pub fn requested(&mut self, times: u32, timings: &Timings) {
        self.add(Count::Requests, times.into());
        let phases = [
            (Span::Dns, timings.dns_us),
            (Span::Connect, timings.connect_us),
            (Span::Tls, timings.tls_us),
            (Span::FirstByte, timings.first_byte_us),
            (Span::Total, timings.total_us),
        ];
        phases.into_iter().filter(|(_, micros)| *micros > 0).for_each(|(span, micros)| self.took(span, micros.into()));
    }

    /// The oldest that is owed has been so for this time.
    pub fn owed_for(&mut self, time: Duration) {
        // What has been owed for no time is owed all the same.
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
        self.oldest_owed = self.oldest_owed.max(millis);
    }

    /// The longest time for which something had been owed; none if nothing was, or nobody looked.
    pub fn oldest_owed(&self) -> Option<Duration> {
        (self.oldest_owed > 0).then(|| Duration::from_millis(self.oldest_owed))
    }

    /// Tries that failed, by kind.
    pub fn failures(&self) -> impl Iterator<Item = (FailureKind, u64)> + '_ {
        self.failures.iter().filter_map(|&(code, count)| Some((*FailureKind::KNOWN.get(usize::from(code))?, count)))
    }

    /// Tries by the class of their status.
    pub fn classes(&self) -> impl Iterator<Item = (StatusClass, u64)> + '_ {
        self.classes.iter().map(|&(class, count)| ((class > 0).then_some(class), count))
    }

    /// Tries by how they came out.
    pub fn tries(&self) -> Tries {
        let (mut throttled, mut failed) = (0, 0);
        for (kind, count) in self.failures() {
            let sum: &mut u64 = if kind == FailureKind::Throttled { &mut throttled } else { &mut failed };
            *sum = sum.saturating_add(count);
        }
        let succeeded = self.count(Count::Attempts).saturating_sub(throttled).saturating_sub(failed);
        Tries { succeeded, throttled, failed }
    }

    /// Counts all of another slot, too.
    pub fn merge(&mut self, other: &Measures) {
        self.counts.iter_mut().zip(other.counts).for_each(|(own, other)| *own = own.saturating_add(other));
        other.failures.iter().for_each(|&(code, count)| add(&mut self.failures, code, count));
        other.classes.iter().for_each(|&(class, count)| add(&mut self.classes, class, count));
        self.spans.iter_mut().zip(&other.spans).for_each(|(own, other)| own.merge(other));
        self.oldest_owed = self.oldest_owed.max(other.oldest_owed);
    }

    /// As it is stored: which fields are not nothing, then these.
    pub fn write(&self, out: &mut Writer) {
        let (mut fields, mut values) = (Fields::default(), Writer::default());
        let (first, later) = self.counts.split_at(FIRST_COUNTS);
        write_counts(first, &mut fields, &mut values);
        for parts in [&self.failures, &self.classes] {
            if fields.note(!parts.is_empty()) {
                values.unsigned(parts.len() as u64);
                for &(code, count) in parts {
                    values.unsigned(u64::from(code));
                    values.unsigned(count);
                }
            }
        }
        for span in &self.spans {
            if fields.note(!span.is_empty()) {
                span.write(&mut values);
            }
        }
        write_counts(later, &mut fields, &mut values);
        write_counts(&[self.oldest_owed], &mut fields, &mut values);
        out.unsigned(fields.present);
        out.bytes.extend_from_slice(&values.bytes);
    }

    /// What was stored; `None` if it is damaged.
    pub fn read(input: &mut Reader<'_>) -> Option<Measures> {
        let mut measures = Measures::default();
        let mut fields = Fields { present: input.unsigned()?, place: 0 };
        let (first, later) = measures.counts.split_at_mut(FIRST_COUNTS);
        read_counts(first, &mut fields, input)?;
        for parts in [&mut measures.failures, &mut measures.classes] {
            if fields.is_next() {
                for _ in 0..input.count()? {
                    let (code, count) = (u8::try_from(input.unsigned()?).ok()?, input.unsigned()?);
                    add(parts, code, count);
                }
            }
        }
        for span in &mut measures.spans {
            if fields.is_next() {
                *span = Histogram::read(input)?;
            }
        }
        read_counts(later, &mut fields, input)?;
        read_counts(std::slice::from_mut(&mut measures.oldest_owed), &mut fields, input)?;
        // Fields that this form does not have cannot be told apart from damage.
        (fields.present >> fields.place == 0).then_some(measures)
    }
}

/// Which fields of a form are not nothing, a bit for each.
#[derive(Default)]
struct Fields {
    present: u64,
    place: u32,
}

impl Fields {
    fn note(&mut self, is_there: bool) -> bool {
        self.present |= u64::from(is_there) << self.place;
        self.place += 1;
        is_there
    }

    fn is_next(&mut self) -> bool {
        self.place += 1;
        self.present >> (self.place - 1) & 1 == 1
    }
}

fn write_counts(counts: &[u64], fields: &mut Fields, values: &mut Writer) {
    for &number in counts {
        if fields.note(number > 0) {
            values.unsigned(number);
        }
    }
}

fn read_counts(counts: &mut [u64], fields: &mut Fields, input: &mut Reader<'_>) -> Option<()> {
    for number in counts {
        if fields.is_next() {
            *number = input.unsigned()?;
        }
    }
    Some(())
}

fn add(parts: &mut Vec<(u8, u64)>, code: u8, count: u64) {
    match parts.binary_search_by_key(&code, |&(code, _)| code) {
        Ok(place) => parts[place].1 = parts[place].1.saturating_add(count),
        Err(place) => parts.insert(place, (code, count)),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        Accepted(u64),
        Tried(usize, Option<u16>),
        Requested(u32),
        Ended(u8, u64),
        Owed(u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0..1_000u64).prop_map(Step::Accepted),
            (0..20usize, prop::option::of(100..1000u16)).prop_map(|(kind, status)| Step::Tried(kind, status)),
            any::<u32>().prop_map(Step::Requested),
            (0..3u8, 1..9u64).prop_map(|(how, count)| Step::Ended(how, count)),
            (0..1_000_000u64).prop_map(Step::Owed),
        ];
        prop::collection::vec(step, 0..30)
    }

    fn of(steps: &[Step]) -> Measures {
        let mut measures = Measures::default();
        for step in steps {
            match *step {
                Step::Accepted(bytes) => {
                    measures.add(Count::Events, 1);
                    measures.add(Count::EventBytes, bytes);
                }
                Step::Tried(kind, status) => {
                    let failure = FailureKind::KNOWN.get(kind).copied();
                    measures.tried(failure, status);
                    measures.tried_first(failure.is_none());
                }
                Step::Requested(micros) => {
                    let timings = Timings { dns_us: micros % 7, total_us: micros, ..Timings::default() };
                    measures.requested(1, &timings);
                    measures.took(Span::Waited, u64::from(micros) * 3);
                }
                Step::Ended(how, count) => {
                    measures.add([Count::Delivered, Count::Failed, Count::Cancelled][usize::from(how)], count);
                }
                Step::Owed(millis) => measures.owed_for(Duration::from_millis(millis)),
            }
        }
        measures
    }

    /// Anything that can have been counted.
    pub(crate) fn any_measures() -> impl Strategy<Value = Measures> {
        steps().prop_map(|steps| of(&steps))
    }

    proptest! {
        #[test]
        fn what_is_counted_apart_adds_up(one in steps(), other in steps()) {
            let mut merged = of(&one);
            merged.merge(&of(&other));
            prop_assert_eq!(merged, of(&[one, other].concat()));
        }

        #[test]
        fn what_is_stored_is_read(measures in any_measures(), damage in any::<u8>()) {
            let mut out = Writer::default();
            measures.write(&mut out);
            let mut input = Reader::new(&out.bytes);
            prop_assert_eq!(Measures::read(&mut input), Some(measures));
            prop_assert!(input.is_at_end());
            // Whatever is read instead of damage, nothing panics.
            let place = usize::from(damage) % out.bytes.len();
            out.bytes[place] ^= damage | 1;
            Measures::read(&mut Reader::new(&out.bytes));
        }
    }

    #[test]
    fn what_was_stored_before_more_was_counted_is_read() {
        let mut measures = Measures::default();
        measures.tried(None, Some(204));
        let before = [0x88, 0x04, 1, 1, 2, 1];
        assert_eq!(Measures::read(&mut Reader::new(&before)), Some(measures));
    }

    #[test]
    fn a_try_that_succeeds_is_small() {
        let mut measures = Measures::default();
        measures.tried(None, Some(204));
        measures.requested(1, &Timings { first_byte_us: 900, total_us: 950, ..Timings::default() });
        measures.add(Count::Delivered, 1);
        measures.took(Span::Waited, 1_300);
        let mut out = Writer::default();
        measures.write(&mut out);
        assert!(out.bytes.len() <= 24, "{}", out.bytes.len());
        assert_eq!(measures.classes().collect::<Vec<_>>(), [(Some(2), 1)]);
        assert_eq!(measures.failures().count(), 0);
    }
}
