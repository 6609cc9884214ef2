//! What stands before the body in a text that is signed: an id, a time. Both sides ask here whether they are ones that
//! can be read in one way only.
//!
//! `standard` signs `<id>.<time>.<body>`. Were a full stop possible in the id, a request whose body begins with
//! `1700000000.` could be sent again with its parts shifted by one: what was the time becomes the end of the id, and what
//! the body began with the time, as late as whoever wrote the body liked. So the first full stop ends the id, and the
//! second the time, which is digits.
//!
//! `timestamped` signs `<time><separator><body>`. If the separator begins with anything but a digit, it ends the time.
//! If there is none, the time has ten digits, as all have from 2001 to 2286; then the body may begin with digits, too.

/// Why a text cannot be signed: receivers could read it in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// `standard`: there is no id.
    #[error("the message's id is empty")]
    EmptyId,
    /// `standard`: the id has a full stop in it, which ends it in what is signed.
    #[error("the message's id has a full stop in it, which separates the parts of what is signed")]
    DottedId,
    /// `standard` and `timestamped`: the time lies before 1970, or does not have ten digits where nothing else says where
    /// it ends.
    #[error(
        "the message's time cannot be signed: it is in seconds since 1970, with ten digits where nothing follows it"
    )]
    Time,
    /// A text that becomes a header's value as it is cannot be one: an id, the event's type, the delivery's id.
    #[error("the message's id or type cannot stand in a header: it is to be visible ASCII, with spaces at most inside")]
    HeaderValue,
    /// `timestamped`: the name of the signature's header can be no header's name.
    #[error("the name of the signature's header can be no header's name")]
    HeaderName,
    /// `twilio`: the body is neither a form with up to 1,000 fields, the values of one name each once and in order, nor what the
    /// URL has the SHA-256 of.
    #[error("the message's body is not what the dialect signs: a form, or what the URL has the hash of")]
    Body,
}

/// An id of the `standard` dialect.
pub(crate) fn check_id(id: &str) -> Result<(), SignError> {
    if id.is_empty() {
        Err(SignError::EmptyId)
    } else if id.contains('.') {
        Err(SignError::DottedId)
    } else {
        Ok(())
    }
}

/// What becomes a header's value. A line end in it would end the header, and spaces around it are cut off on the way.
pub(crate) fn check_value(text: &str) -> Result<(), SignError> {
    let is_visible = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if is_visible && text.trim_matches(' ').len() == text.len() { Ok(()) } else { Err(SignError::HeaderValue) }
}

/// A time, as text, with what follows it.
pub(crate) fn check_time(time: &str, separator: &str) -> Result<(), SignError> {
    let ended = separator.bytes().next().is_some_and(|first| !first.is_ascii_digit());
    let digits = !time.is_empty() && time.bytes().all(|byte| byte.is_ascii_digit());
    if digits && (ended || time.len() == 10) { Ok(()) } else { Err(SignError::Time) }
}
