//! What deciding a filter costs, counted as it goes: in steps of about a nanosecond.

/// Who has patterns in the room for them: a number that the filter's user chooses, such as a tenant's.
pub type Owner = u64;

/// What may still be done.
pub(crate) struct Steps {
    left: u64,
    owner: Owner,
}

impl Steps {
    /// `owner`: whose room compiled patterns take.
    pub fn new(most: u64, owner: Owner) -> Steps {
        Steps { left: most, owner }
    }

    /// Takes some off; `None` if there are not so many.
    pub fn take(&mut self, count: u64) -> Option<()> {
        self.left = self.left.checked_sub(count)?;
        Some(())
    }

    pub fn left(&self) -> u64 {
        self.left
    }

    pub fn owner(&self) -> Owner {
        self.owner
    }
}

/// Of compiling a pattern that is not compiled at the moment.
pub(crate) const OF_COMPILING: u64 = 1_000_000;
/// Of looking at one value.
pub(crate) const OF_VALUE: u64 = 3;
/// Of reading a text as a number, or of seeing that it is none.
pub(crate) const OF_NUMBER_IN_TEXT: u64 = 20;
/// Of looking a member up.
pub(crate) const OF_MEMBER: u64 = 6;
/// Of looking for a text in a text, for each byte of that.
pub(crate) const OF_SEARCHED_BYTE: u64 = 2;

/// Of comparing with a text so long: a processor compares some bytes at a time.
pub(crate) fn of_text(bytes: usize) -> u64 {
    (bytes / 16) as u64
}
