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
    /// A header that the dialect needs is not there, and one of another dialect is.
    #[error("the header {name} is missing, but {found} is there: the sender signs in another dialect")]
    OtherDialect {
        /// The missing header's name, in lower case.
        name: String,
        /// The header that another dialect is signed with.
        found: &'static str,
    },
    /// A header is there, and not in its dialect's form.
    #[error("the header {name} {problem}")]
    MalformedHeader {
        /// The header's name, in lower case.
        name: String,
        /// What is wrong with it, as the rest of a sentence.
        problem: &'static str,
    },
    /// `square` and `twilio`: the request's query cannot be the one that is signed, so that whoever reads it would read what
    /// nobody verified.
    #[error("the request's query {problem}")]
    Query {
        /// What is wrong with it, as the rest of a sentence.
        problem: &'static str,
    },
    /// The signatures are in order, and of a kind that this verifier has no key or no setting for.
    #[error("the request is signed with {found}, but this verifier is set up for {expected}")]
    OtherAlgorithm {
        /// The kind of the request's signatures.
        found: &'static str,
        /// The kind that could be verified.
        expected: &'static str,
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
    /// The time that the verifier was given is not in seconds: read as one of the finer units it fits the request's.
    #[error("the receiver's own time is in milliseconds or a finer unit, where Unix seconds are wanted")]
    ClockNotInSeconds,
    /// The body is not the bytes that were sent.
    #[error("the body was altered on the way ({how}): verify its bytes as they came, before anything parses them")]
    AlteredBody {
        /// What proves it.
        how: Alteration,
    },
    /// The sender has this secret, and signs in another way than the dialect asks for.
    #[error("the sender has the secret and signs in another way: {how}")]
    SignedOtherwise {
        /// What it does.
        how: Otherwise,
    },
    /// The receiver was to tell messages apart by an id that it finds in them, and found an empty one.
    #[error("the id that was found in the request is empty")]
    EmptyId,
    /// The headers are in order, and no signature fits: it is another secret, or what was signed is not what arrived.
    #[error("no signature matches: the secret is a different one, or the body is not the bytes that were sent")]
    NoMatch,
}

/// What proves that a body was altered. All but [`Length`](Alteration::Length) are proved by a signature, which fits
/// the body once this is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Alteration {
    /// It fits without the body's last line end.
    #[error("a line end was added to it")]
    NewlineAdded,
    /// It fits with a line end after the body.
    #[error("the line end at its end was cut off")]
    NewlineRemoved,
    /// It fits with `LF` for `CRLF`, or the other way round.
    #[error("its line ends were changed")]
    LineEnds,
    /// It fits the same JSON with other spaces between its tokens, or other escapes in its strings.
    #[error("it was parsed as JSON and written again")]
    JsonRewritten,
    /// It fits what the body is in base64; some gateways hand a body over like that.
    #[error("it was encoded as base64")]
    Base64,
    /// It fits the body with every character as one byte.
    #[error("it was read as Latin-1 and written as UTF-8")]
    Charset,
    /// The header `content-length`, which is not signed, says that another number of bytes was sent.
    #[error("content-length says {sent} bytes, and it has {received}")]
    Length {
        /// Bytes by the header.
        sent: u64,
        /// Bytes in the body.
        received: u64,
    },
}

/// How a sender signs that has the right secret and does not do as the dialect says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Otherwise {
    /// The key is the secret's text, where its decoded bytes are wanted.
    #[error("its key is the text of the secret, where the bytes that the text encodes are wanted")]
    KeyIsText,
    /// The key is the secret's text without `whsec_`.
    #[error("its key is the text of the secret without whsec_")]
    KeyIsTextWithoutPrefix,
    /// The key is the secret's decoded bytes, where its text is wanted.
    #[error("its key is the bytes that the secret's base64 encodes, where the text is wanted")]
    KeyIsDecoded,
    /// `timestamped`: between time and body stands a full stop, or nothing, and the verifier is set to another text.
    #[error("its separator between time and body is {separator:?}")]
    Separator {
        /// The sender's separator.
        separator: &'static str,
    },
    /// The receiver's secret has white space before or after it, and the sender's has none.
    #[error("its key is the secret without the space or line end that the receiver has before or after it")]
    WhiteSpaceHere,
    /// The receiver's secret has quotes, a byte order mark or a no-break space around it, and the sender's has none.
    #[error("its key is the secret without the quotes or the invisible character that the receiver has around it")]
    WrappedHere,
    /// The sender's secret has a line end after it, and the receiver's has none.
    #[error("its key is the secret with a line end after it")]
    WhiteSpaceThere,
    /// `square` and `twilio`: the URL is signed with `https` for `http`, or the other way round.
    #[error("it signs the URL with https for http, or with http for https")]
    UrlScheme,
    /// `square` and `twilio`: the URL is signed with a slash at its end where the receiver has none, or the other way round.
    #[error("it signs the URL with a slash more or less at its end")]
    UrlSlash,
}

impl VerifyError {
    /// The reason as one word, for a metric's label: `missing_header`, `other_dialect`, `malformed_header`, `query`, `empty_id`,
    /// `other_algorithm`, `too_old`, `in_future`, `clock_not_in_seconds`, `altered_body`, `signed_otherwise` or `no_match`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            VerifyError::MissingHeader { .. } => "missing_header",
            VerifyError::OtherDialect { .. } => "other_dialect",
            VerifyError::MalformedHeader { .. } => "malformed_header",
            VerifyError::Query { .. } => "query",
            VerifyError::OtherAlgorithm { .. } => "other_algorithm",
            VerifyError::TooOld { .. } => "too_old",
            VerifyError::InFuture { .. } => "in_future",
            VerifyError::ClockNotInSeconds => "clock_not_in_seconds",
            VerifyError::AlteredBody { .. } => "altered_body",
            VerifyError::SignedOtherwise { .. } => "signed_otherwise",
            VerifyError::EmptyId => "empty_id",
            VerifyError::NoMatch => "no_match",
        }
    }

    pub(crate) fn missing(name: &str) -> VerifyError {
        VerifyError::MissingHeader { name: name.to_owned() }
    }

    pub(crate) fn malformed(name: &str, problem: &'static str) -> VerifyError {
        VerifyError::MalformedHeader { name: name.to_owned(), problem }
    }
}
