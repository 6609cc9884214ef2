//! How long one part of the writer's work goes on before it is others' turn: the outcomes of a transaction, its jobs, a slice of
//! what unfolds. How many rows that is depends on the rows, the disk and how busy the processors are, so it is measured: an
//! outcome takes 10 µs where one webhook has many, and 50 where each is another's.

use std::time::Duration;

use crate::clock::Clock;

/// Enough that a commit, of some 100 µs where the disk is quick, is a small part of it. With twice as much a neighbour of a tenant that
/// publishes to 20,000 webhooks waited twice as long.
const LEAST: Duration = Duration::from_millis(1);
const MOST: Duration = Duration::from_millis(20);
/// While nobody waits, a part goes on for so many quanta: who comes then still waits for the commit of all of it.
const UNDISTURBED: u32 = 4;

/// The time of one part, which has begun.
pub(super) struct Quantum<'a> {
    clock: &'a Clock,
    others_wait: &'a dyn Fn() -> bool,
    end: Duration,
    latest: Duration,
}

impl<'a> Quantum<'a> {
    /// As long as the last commit took, so that a slow disk takes half of the time and not nearly all; longer while nobody
    /// else waits.
    pub fn begin(clock: &'a Clock, last_commit: Duration, others_wait: &'a dyn Fn() -> bool) -> Quantum<'a> {
        let (now, length) = (clock.passed(), last_commit.clamp(LEAST, MOST));
        Quantum { clock, others_wait, end: now + length, latest: now + UNDISTURBED * length }
    }

    /// Whether what is at work makes way now.
    pub fn is_over(&self) -> bool {
        let now = self.clock.passed();
        now >= self.latest || now >= self.end && (self.others_wait)()
    }

    /// Does one after another of what there is, until it is over, and one at least: a thread that has waited for its processor
    /// since it began may be late already.
    pub fn fill<T>(&self, mut next: impl FnMut() -> Option<T>, mut each: impl FnMut(T)) {
        while let Some(one) = next() {
            each(one);
            if self.is_over() {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    /// How many things fit that take a millisecond each. `come`: before which of them others come.
    fn fitting(last_commit: u64, come: u32) -> u32 {
        let (clock, done) = (Clock::manual(Timestamp::default()), std::cell::Cell::new(0));
        let mut left = 200;
        let next = || {
            left -= 1;
            (left > 0).then_some(())
        };
        let others_wait = || done.get() >= come;
        Quantum::begin(&clock, Duration::from_millis(last_commit), &others_wait).fill(next, |()| {
            clock.advance(Duration::from_millis(1));
            done.set(done.get() + 1);
        });
        assert_eq!(left, 200 - done.get(), "what is left waits");
        done.get()
    }

    #[test]
    fn it_lasts_as_long_as_a_commit_within_bounds() {
        assert_eq!([0, 1, 5, 20, 600].map(|last_commit| fitting(last_commit, 0)), [1, 1, 5, 20, 20]);
    }

    #[test]
    fn one_that_is_late_already_does_one_thing() {
        let clock = Clock::manual(Timestamp::default());
        let (quantum, mut left) = (Quantum::begin(&clock, Duration::ZERO, &|| true), vec![1, 2, 3]);
        clock.advance(Duration::from_secs(1));
        let mut done = Vec::new();
        quantum.fill(|| left.pop(), |one| done.push(one));
        assert_eq!(done, [3]);
    }

    #[test]
    fn it_lasts_longer_until_others_come_but_not_for_ever() {
        assert_eq!([1, 5, 7, 99].map(|come| fitting(2, come)), [2, 5, 7, 8]);
    }
}
