//! How much may be done before others have their turn. Pure.

/// What work costs: nanoseconds of one processor, as far as they can be told beforehand.
pub type Cost = u64;

/// What a task of the server's runtime may take on in place: about as long as a thread takes to be woken.
const IN_PLACE: Cost = 100_000;
/// What a thread of the pool does for one tenant before another has its turn.
const TURN: Cost = 5_000_000;

/// What may be done now. Work goes piece by piece: it asks before each, and says what it took.
#[derive(Debug)]
pub struct Slice {
    left: Cost,
    spent: Cost,
    /// Whether a piece that was begun may cost more than is left.
    generous: bool,
}

impl Slice {
    /// The cost of a piece of which nobody knows beforehand how long it takes.
    pub const UNKNOWN: Cost = Cost::MAX;

    /// On a thread that others wait for: a piece is begun only if it is certain to be short.
    pub fn in_place() -> Slice {
        Slice { left: IN_PLACE, spent: 0, generous: false }
    }

    /// On a thread that is made for it: each turn does one piece at least, however long.
    pub fn turn() -> Slice {
        Slice::turn_of(TURN)
    }

    fn turn_of(left: Cost) -> Slice {
        Slice { left, spent: 0, generous: true }
    }

    /// Whether the next piece has to wait for the next slice. Asked between pieces: one that was begun goes to its end.
    pub fn is_over(&self) -> bool {
        self.left == 0
    }

    /// What a piece, or a part of it, may cost.
    pub fn allows(&self) -> Cost {
        if self.generous { Cost::MAX } else { self.left }
    }

    /// Whether this thread may wait for another one that does a piece. One that others wait for does not.
    pub fn may_wait(&self) -> bool {
        self.generous
    }

    /// Takes off what a piece has cost.
    pub fn spend(&mut self, cost: Cost) {
        self.left = self.left.saturating_sub(cost);
        self.spent = self.spent.saturating_add(cost);
    }

    /// What was taken off so far.
    pub fn spent(&self) -> Cost {
        self.spent
    }

    /// Whether a piece, or a part of it, that costs so much may be begun. If so, that is taken off.
    pub fn affords(&mut self, cost: Cost) -> bool {
        let allowed = cost <= self.allows();
        if allowed {
            self.spend(cost);
        }
        allowed
    }
}

#[cfg(test)]
impl Slice {
    /// One with room for so much, and for no piece that costs more.
    pub fn strict(left: Cost) -> Slice {
        Slice { left, spent: 0, generous: false }
    }

    /// A turn in which one piece is done.
    pub fn of_one_piece() -> Slice {
        Slice::turn_of(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_place_only_what_is_short_is_begun() {
        let mut slice = Slice::in_place();
        assert!(!slice.affords(IN_PLACE + 1), "not even as the first");
        assert!(slice.affords(IN_PLACE - 1) && !slice.affords(2) && slice.affords(1));
        assert_eq!(slice.allows(), 0);
    }

    #[test]
    fn a_turn_does_one_piece_however_long_and_ends_when_its_time_is_used_up() {
        let mut slice = Slice::turn();
        assert!(!slice.is_over() && slice.affords(TURN), "or it would never be done");
        assert!(slice.affords(TURN) && slice.allows() == Cost::MAX, "each part of what was begun goes to its end");
        assert!(slice.is_over());
    }
}
