//! Who takes long, and who is known not to.

/// So many quick ones in a row, and who was slow is slow no more.
const AMENDS: u8 = 16;

/// How long someone's last requests, or runs, took.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Pace {
    /// There was none yet.
    New,
    /// Not long.
    Quick,
    /// One of the last 16 for long.
    Slow,
}

impl Pace {
    /// All of them, in the order of their discriminants.
    pub const ALL: [Pace; 3] = [Pace::New, Pace::Quick, Pace::Slow];
}

/// What is remembered of someone to tell the pace. By default that there was nothing yet.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Record {
    /// How many quick ones are to come until it is slow no more; none if there was nothing yet.
    amends: Option<u8>,
}

impl Record {
    /// Of someone who was slow just now.
    pub const SLOW: Record = Record { amends: Some(AMENDS) };

    /// What it shows.
    pub fn pace(self) -> Pace {
        match self.amends {
            None => Pace::New,
            Some(0) => Pace::Quick,
            Some(_) => Pace::Slow,
        }
    }

    /// The record after one more, which took long or did not.
    pub fn after(self, took_long: bool) -> Record {
        match took_long {
            true => Record::SLOW,
            false => Record { amends: Some(self.amends.unwrap_or_default().saturating_sub(1)) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amends_are_made_in_a_row() {
        let mut record = Record::default();
        assert_eq!(record.pace(), Pace::New);
        record = record.after(false);
        assert_eq!(record.pace(), Pace::Quick);
        for _ in 0..2 {
            record = record.after(true);
            for _ in 1..AMENDS {
                record = record.after(false);
                assert_eq!(record.pace(), Pace::Slow, "who is slow every other time is slow");
            }
        }
        assert_eq!(record.after(false).pace(), Pace::Quick);
    }
}
