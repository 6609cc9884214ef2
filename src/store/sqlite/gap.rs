//! A gap between reads: a moment at which nobody reads, so that the write-ahead log can be begun anew.
//!
//! SQLite begins the log anew only when nobody reads from it, and where reads overlap without a pause there is no such moment. So
//! whoever needs one makes it: no read begins meanwhile, and those that do not end within a moment are interrupted, and run once
//! more behind the gap.

use std::{
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Between the reads of all connections of one store.
#[derive(Debug, Default)]
pub(super) struct Gap {
    state: Mutex<State>,
    changed: Condvar,
    interrupts: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    wanted: bool,
    reading: usize,
}

/// How long to wait for those that read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    /// Before they are interrupted.
    pub grace: Duration,
    /// And then, for those that do not notice.
    pub patience: Duration,
}

/// Reads that did not end in time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct StillReading(pub usize);

/// That somebody reads, until this is dropped.
pub(super) struct Reading<'a>(&'a Gap);

impl Gap {
    /// Waits until there is no gap, and reads.
    pub fn read(&self) -> Reading<'_> {
        let closed = |state: &mut State| state.wanted;
        let mut state = self.changed.wait_while(self.locked(), closed).unwrap_or_else(PoisonError::into_inner);
        state.reading += 1;
        Reading(self)
    }

    /// Whether those that read are to stop and read again later.
    pub fn interrupts(&self) -> bool {
        self.interrupts.load(Ordering::Relaxed)
    }

    /// Runs `f` while nobody reads.
    ///
    /// # Errors
    /// Some went on reading; `f` was not run.
    pub fn hold<T>(&self, waits: Waits, f: impl FnOnce() -> T) -> Result<T, StillReading> {
        self.locked().wanted = true;
        let _end = End(self);
        if self.wait_for_readers(waits.grace) > 0 {
            self.interrupts.store(true, Ordering::Relaxed);
        }
        match self.wait_for_readers(waits.patience) {
            0 => Ok(f()),
            reading => Err(StillReading(reading)),
        }
    }

    /// How many read after this long, if nobody does not come first.
    fn wait_for_readers(&self, longest: Duration) -> usize {
        let waited = self.changed.wait_timeout_while(self.locked(), longest, |state| state.reading > 0);
        waited.unwrap_or_else(PoisonError::into_inner).0.reading
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        // Single numbers: no state in between that a panic could leave.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.locked().reading -= 1;
        self.0.changed.notify_all();
    }
}

/// However a gap ends, reads go on.
struct End<'a>(&'a Gap);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut state = self.0.locked();
        self.0.interrupts.store(false, Ordering::Relaxed);
        state.wanted = false;
        drop(state);
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, thread};

    use super::*;

    const PATIENT: Waits = Waits { grace: Duration::ZERO, patience: Duration::from_secs(60) };
    const HASTY: Waits = Waits { grace: Duration::ZERO, patience: Duration::ZERO };

    #[test]
    fn nobody_reads_in_a_gap_and_who_comes_meanwhile_reads_behind_it() {
        let gap = Gap::default();
        let reading = gap.read();
        let (said, heard) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(|| gap.hold(PATIENT, || said.send("gap").unwrap()).unwrap());
            while !gap.interrupts() {
                thread::yield_now();
            }
            scope.spawn(|| {
                let _reading = gap.read();
                said.send("read").unwrap();
            });
            drop(reading);
        });
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), ["gap", "read"]);
        assert!(!gap.interrupts());
    }

    #[test]
    fn a_gap_is_given_up_if_somebody_goes_on_reading() {
        let gap = Gap::default();
        let (one, two) = (gap.read(), gap.read());
        assert_eq!(gap.hold(HASTY, || ()), Err(StillReading(2)));
        assert!(!gap.interrupts());
        drop((one, two, gap.read()));
        assert_eq!(gap.hold(HASTY, || ()), Ok(()));
    }
}
