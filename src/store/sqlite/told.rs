//! That a change is told in the audit trail, as a type: a verb that changes something for somebody returns it, or does not compile.

/// What a change for somebody comes to, with how it is told.
#[must_use]
pub(super) struct Told<T> {
    value: T,
    how: How,
}

/// How a change is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    ByLine,
    Nothing,
    Bookkeeping,
}

impl<T> Told<T> {
    /// Its line was written in this transaction. Only [`Tx::told`](super::transaction::Tx::told), which writes it, says so.
    pub fn by_line(value: T) -> Told<T> {
        Told { value, how: How::ByLine }
    }

    /// Nothing was changed, so there is nothing to tell. The transaction looks whether that is so.
    pub fn nothing(value: T) -> Told<T> {
        Told { value, how: How::Nothing }
    }

    /// What was changed is the server's own bookkeeping, or goes on with what was told before.
    pub fn bookkeeping(value: T) -> Told<T> {
        Told { value, how: How::Bookkeeping }
    }

    /// Whether it says that nothing was changed.
    pub fn is_of_nothing(&self) -> bool {
        self.how == How::Nothing
    }

    /// What it came to.
    pub fn into_value(self) -> T {
        self.value
    }
}
