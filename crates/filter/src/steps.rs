//! What deciding a filter costs, counted as it goes: in steps of about a nanosecond.

/// What may still be done.
pub(crate) struct Steps {
    left: u64,
}

impl Steps {
    pub fn new(most: u64) -> Steps {
        Steps { left: most }
    }

    /// Takes some off; `None` if there are not so many.
    pub fn take(&mut self, count: u64) -> Option<()> {
        self.left = self.left.checked_sub(count)?;
        Some(())
    }

    pub fn left(&self) -> u64 {
        self.left
    }
}

/// Of looking at one value.
pub(crate) const OF_VALUE: u64 = 3;
/// Of looking a member up.
pub(crate) const OF_MEMBER: u64 = 6;
/// Of looking for a text in a text, for each byte of that.
pub(crate) const OF_SEARCHED_BYTE: u64 = 2;

/// Of comparing with a text so long: a processor compares some bytes at a time.
pub(crate) fn of_text(bytes: usize) -> u64 {
    (bytes / 16) as u64
}
