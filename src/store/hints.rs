//! What to look at after a commit. All subscribers share one short log of hints, in which each has its place. A webhook that
//! everybody has ahead of them is not named again, so that a thousand events for it are one hint. The log is bounded: who is
//! so far behind that its place is gone is told that it has missed some, and looks at everything.

use std::collections::{HashMap, VecDeque};

use super::Wake;

/// The hints that are kept for who is slowest.
const MOST_HINTS: usize = 1 << 18;

/// What to look at.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Hints {
    /// In the order of what happened; once for several events of one webhook.
    pub wakes: Vec<Wake>,
    /// There was more, which is not known any more: look at everything.
    pub missed: bool,
}

/// A hint's place in the log. They grow; the first is 1.
pub(super) type Place = u64;

/// The log of hints, and how far each subscriber has read.
#[derive(Debug)]
pub(super) struct HintLog {
    hints: VecDeque<Wake>,
    /// The place of the first of `hints`.
    first: Place,
    /// For each subscriber the place of what it reads next.
    next: HashMap<u64, Place>,
    /// At least where the one who has read most reads next: hints from here on are ahead of everybody.
    ahead_of_all: Place,
    last_id: u64,
    most: usize,
}

impl Default for HintLog {
    fn default() -> HintLog {
        HintLog::of(MOST_HINTS)
    }
}

impl HintLog {
    fn of(most: usize) -> HintLog {
        HintLog { hints: VecDeque::new(), first: 1, next: HashMap::new(), ahead_of_all: 1, last_id: 0, most }
    }

    fn end(&self) -> Place {
        self.first + self.hints.len() as u64
    }

    /// A new subscriber, who hears what is told from now on.
    pub fn enter(&mut self) -> u64 {
        self.last_id += 1;
        self.ahead_of_all = self.end();
        self.next.insert(self.last_id, self.ahead_of_all);
        self.last_id
    }

    /// It hears nothing more.
    pub fn leave(&mut self, id: u64) {
        self.next.remove(&id);
        self.drop_what_everybody_has();
    }

    /// Whether every subscriber has yet to read what is at this place. 0: nobody was told.
    pub fn is_ahead_of_all(&self, place: Place) -> bool {
        place >= self.ahead_of_all && place >= self.first
    }

    /// Tells everybody, and says at which place.
    pub fn tell(&mut self, wake: Wake) -> Place {
        let place = self.end();
        if self.next.is_empty() {
            self.first += 1; // told to nobody
            return place;
        }
        self.hints.push_back(wake);
        if self.hints.len() > self.most {
            self.hints.pop_front();
            self.first += 1;
        }
        place
    }

    /// What this one has not read yet.
    pub fn take(&mut self, id: u64) -> Hints {
        let (first, end) = (self.first, self.end());
        let Some(next) = self.next.get_mut(&id) else { return Hints::default() };
        let from = std::mem::replace(next, end);
        let unread = from.max(first) - first;
        let wakes = self.hints.range(unread as usize..).copied().collect();
        self.ahead_of_all = end;
        self.drop_what_everybody_has();
        Hints { wakes, missed: from < first }
    }

    fn drop_what_everybody_has(&mut self) {
        let slowest = self.next.values().copied().min().unwrap_or(self.end());
        let read = slowest.saturating_sub(self.first) as usize;
        self.hints.drain(..read);
        self.first += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::model::{Serial, WebhookKey};

    fn key(number: i64) -> WebhookKey {
        WebhookKey(Serial::nth(number))
    }

    fn wake(number: i64) -> Wake {
        Wake::Pending(key(number))
    }

    #[test]
    fn who_is_too_far_behind_is_told_that_it_missed_some() {
        let mut log = HintLog::of(3);
        let (slow, quick) = (log.enter(), log.enter());
        for number in 1..=3 {
            log.tell(wake(number));
        }
        assert_eq!(log.take(quick), Hints { wakes: vec![wake(1), wake(2), wake(3)], missed: false });
        for number in 4..=5 {
            log.tell(wake(number));
        }
        assert_eq!(log.take(slow), Hints { wakes: vec![wake(3), wake(4), wake(5)], missed: true });
        assert_eq!(log.take(quick), Hints { wakes: vec![wake(4), wake(5)], missed: false });
        assert_eq!((log.take(slow), log.hints.len()), (Hints::default(), 0));
    }

    #[test]
    fn nothing_is_kept_for_nobody_nor_for_one_who_left() {
        let mut log = HintLog::of(10);
        log.tell(wake(1));
        assert_eq!(log.hints.len(), 0);
        let (one, other) = (log.enter(), log.enter());
        log.tell(wake(2));
        assert_eq!(log.take(one).wakes, [wake(2)], "and not what was told before");
        assert_eq!(log.hints.len(), 1);
        log.leave(other);
        assert_eq!(log.hints.len(), 0);
    }

    #[derive(Clone, Debug)]
    enum Step {
        /// A webhook is owed something.
        Owe(i64),
        Enter,
        Take(usize),
        Leave(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => (1i64..5).prop_map(Step::Owe),
            1 => Just(Step::Enter),
            4 => (0usize..4).prop_map(Step::Take),
            1 => (0usize..4).prop_map(Step::Leave),
        ]
    }

    proptest! {
        /// Told only where not everybody has it ahead, each subscriber nevertheless hears of each webhook that is owed
        /// something after it looked last, or that it has missed some; and no more than that.
        #[test]
        fn each_hears_of_everything_once(steps in prop::collection::vec(step(), 0..80), most in 1usize..8) {
            let mut log = HintLog::of(most);
            let mut told: BTreeMap<i64, Place> = BTreeMap::new();
            let mut subscribers: Vec<(u64, BTreeSet<i64>)> = Vec::new();
            for step in steps {
                match step {
                    Step::Owe(number) => {
                        let last = told.get(&number).copied().unwrap_or_default();
                        if !log.is_ahead_of_all(last) {
                            told.insert(number, log.tell(wake(number)));
                        }
                        for (_, owed) in &mut subscribers {
                            owed.insert(number);
                        }
                    }
                    Step::Enter => subscribers.push((log.enter(), BTreeSet::new())),
                    Step::Take(place) if place < subscribers.len() => {
                        let (id, owed) = &mut subscribers[place];
                        let hints = log.take(*id);
                        let heard: BTreeSet<i64> = (1..5).filter(|number| hints.wakes.contains(&wake(*number))).collect();
                        prop_assert!(hints.missed || heard == *owed, "{heard:?} of {owed:?}");
                        prop_assert!(heard.is_subset(owed));
                        owed.clear();
                    }
                    Step::Leave(place) if place < subscribers.len() => log.leave(subscribers.remove(place).0),
                    Step::Take(_) | Step::Leave(_) => {}
                }
                prop_assert!(log.hints.len() <= most);
            }
        }
    }
}
