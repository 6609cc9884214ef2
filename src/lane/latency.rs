//! Who takes long, and who is known not to: the latency class of a lane, or of a webhook's scripts, by its history.

/// After so many quick ones in a row, who was slow is slow no more.
const QUICK_AGAIN: u8 = 16;

/// How long someone's last requests, or runs of a script, took.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LatencyClass {
    /// There was none yet.
    New,
    /// None of the last 16 took long.
    Quick,
    /// One of the last 16 took long.
    Slow,
}

impl LatencyClass {
    /// All of them, in the order of their discriminants.
    pub const ALL: [LatencyClass; 3] = [LatencyClass::New, LatencyClass::Quick, LatencyClass::Slow];
}

/// What is remembered of someone's requests or runs to tell their class. By default that there was none yet.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct LatencyHistory {
    /// How many quick ones are to come until it is slow no more; none if there was nothing yet.
    quick_to_come: Option<u8>,
}

impl LatencyHistory {
    /// Of someone who was slow just now.
    pub const SLOW: LatencyHistory = LatencyHistory { quick_to_come: Some(QUICK_AGAIN) };

    /// The class that it shows.
    pub fn class(self) -> LatencyClass {
        match self.quick_to_come {
            None => LatencyClass::New,
            Some(0) => LatencyClass::Quick,
            Some(_) => LatencyClass::Slow,
        }
    }

    /// The history after one more, which took long or did not.
    pub fn after(self, took_long: bool) -> LatencyHistory {
        match took_long {
            true => LatencyHistory::SLOW,
            false => LatencyHistory { quick_to_come: Some(self.quick_to_come.unwrap_or_default().saturating_sub(1)) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_slow_is_slow_until_enough_quick_ones_came_in_a_row() {
        let mut history = LatencyHistory::default();
        assert_eq!(history.class(), LatencyClass::New);
        history = history.after(false);
        assert_eq!(history.class(), LatencyClass::Quick);
        for _ in 0..2 {
            history = history.after(true);
            for _ in 1..QUICK_AGAIN {
                history = history.after(false);
                assert_eq!(history.class(), LatencyClass::Slow, "who is slow every other time is slow");
            }
        }
        assert_eq!(history.after(false).class(), LatencyClass::Quick);
    }
}
