//! Why a request was not accepted, in words for the receiver's log.

/// Why a request was not accepted.
///
/// It names no secret and no expected signature, so it may be logged. What is told to the sender is the receiver's
/// choice; `401` is usual.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A header that the dialect needs is not there.
    #[error("the header {name} is missing")]
    MissingHeader {
        /// The header's name, in lower case.
        name: String,
    },
    /// A header is there, and not in its dialect's form.
    #[error("the header {name} {problem}")]
    MalformedHeader {
        /// The header's name, in lower case.
        name: String,
        /// What is wrong with it, as the rest of a sentence.
        problem: &'static str,
    },
    /// The request was signed longer ago than the tolerance allows: a replay, or a clock that is wrong.
    #[error("the request was signed {seconds} s ago, which is more than the tolerance allows")]
    TooOld {
        /// How far the timestamp is behind the receiver's clock.
        seconds: u64,
    },
    /// The request was signed further in the future than the tolerance allows: one of the clocks is wrong.
    #[error("the request was signed {seconds} s in the future, which is more than the tolerance allows")]
    InFuture {
        /// How far the timestamp is ahead of the receiver's clock.
        seconds: u64,
    },
    /// The headers are in order, and no signature fits: it is another secret, or what was signed is not what arrived.
    #[error("no signature matches: the secret is a different one, or the body is not the bytes that were sent")]
    NoMatch,
}

impl VerifyError {
    pub(super) fn missing(name: &str) -> VerifyError {
        VerifyError::MissingHeader { name: name.to_owned() }
    }

    pub(super) fn malformed(name: &str, problem: &'static str) -> VerifyError {
        VerifyError::MalformedHeader { name: name.to_owned(), problem }
    }
}
