//! What an error of hyper means.

use std::{error::Error as _, io};

use h2::Reason;

use crate::{
    error::{Error, ProtocolError},
    progress::Phase,
};

/// Why a request is sent again that was given to a connection: but for the last two, it has certainly not been processed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Again {
    /// The connection had ended before any of it was written.
    Ended,
    /// The server says so: it refused the request (REFUSED_STREAM), or ended the connection with a GOAWAY that stops
    /// short of it (RFC 9113, 6.8 and 8.7).
    Refused(Reason),
    /// The server takes it over HTTP/1.1 only (RFC 9113, 7, HTTP_1_1_REQUIRED).
    Http1Required,
    /// The server takes no requests over HTTP/2 now, and does not say when it will.
    KeptOut,
    /// What comes over HTTP/2 is nothing that a client may accept (RFC 9113, 8.1.1), so not even a status is known: fields of HTTP/1
    /// perhaps, like `connection`, which the same server rightly has in answers over HTTP/1.
    Unreadable,
    /// It was written to a kept connection, which ended before anything of an answer came. Nearly always the server had closed it,
    /// idle as it was, while the request was on its way.
    KeptEnded,
}

impl Again {
    /// If that is what an error over HTTP/2 means, before any of an answer is there.
    pub fn of_http2(error: &hyper::Error) -> Option<Again> {
        if error.is_user() {
            // The connection ended while the request waited in hyper for another to end.
            return Some(Again::Ended);
        }
        let error = http2(error)?;
        let unreadable = [Reason::PROTOCOL_ERROR, Reason::COMPRESSION_ERROR, Reason::FRAME_SIZE_ERROR];
        if error.is_library() && error.reason().is_some_and(|reason| unreadable.contains(&reason)) {
            return Some(Again::Unreadable);
        }
        let error = Some(error).filter(|error| error.is_remote())?;
        match error.reason()? {
            Reason::HTTP_1_1_REQUIRED => Some(Again::Http1Required),
            Reason::REFUSED_STREAM if error.is_reset() => Some(Again::Refused(Reason::REFUSED_STREAM)),
            // Who has too much to do is not helped by another request at once.
            Reason::ENHANCE_YOUR_CALM => None,
            // Those up to the last one that it names go on, or end with the connection and not by this.
            reason if error.is_go_away() => Some(Again::Refused(reason)),
            _ => None,
        }
    }
}

impl From<Again> for Error {
    fn from(why: Again) -> Error {
        match why {
            Again::Ended => Error::EndedAtOnce,
            Again::KeptOut => Error::Http2 { phase: Phase::Waiting, code: format!("{:?}", Reason::REFUSED_STREAM) },
            Again::Unreadable => {
                Error::Protocol(ProtocolError::Malformed(format!("HTTP/2 {:?}", Reason::PROTOCOL_ERROR)))
            }
            Again::KeptEnded => Error::Broken { phase: Phase::Waiting, cause: None },
            Again::Refused(reason) => ended_by(reason, Phase::Waiting),
            Again::Http1Required => ended_by(Reason::HTTP_1_1_REQUIRED, Phase::Waiting),
        }
    }
}

/// Why there is no complete answer.
pub(crate) fn failure(error: &hyper::Error, phase: Phase) -> Error {
    if let Some((error, reason)) = http2(error).and_then(|error| Some((error, error.reason()?))) {
        return match error.is_remote() {
            true => ended_by(reason, phase),
            false => Error::Protocol(ProtocolError::Malformed(format!("HTTP/2 {reason:?}"))),
        };
    }
    let cause = causes(error).find_map(|cause| cause.downcast_ref::<io::Error>());
    // The decoder of chunked bodies reports what it cannot read as I/O errors of these kinds.
    let malformed = cause.filter(|cause| {
        phase == Phase::Body && matches!(cause.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
    });
    let io = cause.or_else(|| http2(error).and_then(h2::Error::get_io));
    if io.is_some_and(|io| io.kind() == io::ErrorKind::QuotaExceeded) {
        return Error::Protocol(ProtocolError::TooMuch);
    }
    if error.is_parse_too_large() {
        Error::Protocol(ProtocolError::HeadTooLarge)
    } else if error.is_parse() {
        Error::Protocol(ProtocolError::Malformed(error.to_string()))
    } else if let Some(cause) = malformed {
        Error::Protocol(ProtocolError::Malformed(cause.to_string()))
    } else if let Some(cause) = cause {
        Error::Broken { phase, cause: Some(cause.kind()) }
    } else if error.is_incomplete_message() || error.is_closed() || error.is_canceled() || phase == Phase::Body {
        Error::Broken { phase, cause: None }
    } else {
        let detail = causes(error).last().map(ToString::to_string).unwrap_or_default();
        Error::Protocol(ProtocolError::Other(format!("{error}: {detail}")))
    }
}

fn ended_by(reason: Reason, phase: Phase) -> Error {
    Error::Http2 { phase, code: format!("{reason:?}") }
}

fn http2(error: &hyper::Error) -> Option<&h2::Error> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

fn causes(error: &hyper::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}
