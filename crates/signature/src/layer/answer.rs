//! What the layer answers itself, and what it tells the receiver's log.

use std::fmt;

use http::{HeaderValue, Response, StatusCode, header};

use super::body::Answer;
use crate::received::Received;
use crate::verify::VerifyError;

/// What became of a request, for whoever [observes](super::VerifyLayer::observe); in words, for a log.
#[derive(Debug)]
#[non_exhaustive]
pub enum Outcome<'o> {
    /// It is signed, and new: the handler is called next.
    New(&'o Received),
    /// It is signed, and was handled before: it is answered `200`, and the handler does not see it.
    HandledBefore(&'o Received),
    /// It was refused, or what became of it could not be kept.
    Problem(&'o Problem),
}

impl fmt::Display for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::New(received) => write!(f, "new: {}", Named(received)),
            Outcome::HandledBefore(received) => write!(f, "handled before: {}", Named(received)),
            Outcome::Problem(problem) => problem.fmt(f),
        }
    }
}

/// A message by its id, or by its key if it has none. The id is escaped: it may come from a body, with anything in it.
struct Named<'r>(&'r Received);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.id {
            Some(id) => write!(f, "{id:?}"),
            None => self.0.key.fmt(f),
        }
    }
}

/// When the sender should come again, in seconds, if it can be told.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// Why the handler did not see a request, or why a message may be handled once more.
///
/// It names no secret, and may be logged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Answered `401`.
    #[error(transparent)]
    Refused(#[from] VerifyError),
    /// Answered `401`, in the same words: [no verifier](super::FindVerifier) is for this request.
    #[error("there is no verifier for the request")]
    Nobody,
    /// Answered `503`: whose the request is could not be found out, in the words of who was asked.
    #[error("the verifier could not be found: {0}")]
    Lookup(String),
    /// Answered `405`, with these methods in `Allow`: no message comes with another one.
    #[error("a message comes with {allowed}")]
    Method {
        /// With commas between.
        allowed: String,
    },
    /// Answered `413`.
    #[error("the body has more than {limit} bytes")]
    TooLong {
        /// The cap.
        limit: usize,
    },
    /// Answered `413`: a limit that stands around the layer is lower than its own, and was hit.
    #[error("the body has more bytes than a limit around the layer lets through")]
    TooLongBefore,
    /// Answered `400`: the body could not be read to its end.
    #[error("the body could not be read: {0}")]
    Unreadable(String),
    /// Answered `503`: the same message is being handled.
    #[error("the same message is being handled; come again")]
    UnderWay,
    /// Answered `503`: a layer around this one has claimed the message, in what is another store as far as can be told, and this
    /// layer's store says that it is being handled. If the two are one store, no message ever gets through: give both layers one
    /// value of it, as a clone or in an `Arc`, or a [namespace](super::VerifyLayer::namespace) each.
    #[error(
        "a layer around this one has claimed the message, and in this layer's store it is being handled: if both have one store, \
         give them one value of it"
    )]
    ClaimedAround,
    /// Answered `503`: there is no place to remember one more message, or none for one more of this tenant or namespace.
    #[error("too many messages to remember; come again")]
    Full,
    /// Answered `503`: messages with the same signed content were handled under as many unsigned ids as
    /// [are taken](super::VerifyLayer::most_ids) in the time that messages are remembered; where the time of an attempt is signed,
    /// that is one. Somebody replays a recorded request, or the number is too low for honest ones, or two of them have one body
    /// and one second.
    #[error("the same content came under more ids than {most}; come again")]
    TooManyIds {
        /// The cap.
        most: usize,
    },
    /// Answered `503`: the store of seen messages failed, in its words.
    #[error("the store of seen messages failed: {0}")]
    Store(String),
    /// Nothing was refused. A message was handled, the sender was told so, and the store could not be told: should the
    /// message come again, it may be handled once more.
    #[error("a message was handled and could not be remembered: {0}")]
    NotRemembered(String),
    /// Nothing was refused. Handling failed, and the store could not be told to let the message go: a retry is handled
    /// when the store gives it up by itself.
    #[error("a message could not be let go: {0}")]
    NotReleased(String),
}

impl Problem {
    /// The status that it is answered with; the last two kinds are answered by the handler.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Problem::Refused(_) | Problem::Nobody => Some(StatusCode::UNAUTHORIZED),
            Problem::Method { .. } => Some(StatusCode::METHOD_NOT_ALLOWED),
            Problem::TooLong { .. } | Problem::TooLongBefore => Some(StatusCode::PAYLOAD_TOO_LARGE),
            Problem::Unreadable(_) => Some(StatusCode::BAD_REQUEST),
            Problem::UnderWay
            | Problem::ClaimedAround
            | Problem::Full
            | Problem::TooManyIds { .. }
            | Problem::Store(_)
            | Problem::Lookup(_) => Some(StatusCode::SERVICE_UNAVAILABLE),
            Problem::NotRemembered(_) | Problem::NotReleased(_) => None,
        }
    }

    /// The answer. What the store or the connection said stays inside.
    pub(super) fn answer<B>(&self, tell_reason: bool) -> Response<Answer<B>> {
        let status = self.status().unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let words = match self {
            Problem::Refused(reason) if tell_reason => reason.to_string(),
            Problem::Refused(_) | Problem::Nobody => "the request was not accepted".to_owned(),
            Problem::Unreadable(_) => "the body could not be read".to_owned(),
            Problem::Store(_) | Problem::Lookup(_) => "come again".to_owned(),
            Problem::ClaimedAround => Problem::UnderWay.to_string(),
            other => other.to_string(),
        };
        let mut response = words_only(status, words);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        if let Problem::Method { allowed } = self
            && let Ok(allowed) = HeaderValue::try_from(allowed)
        {
            response.headers_mut().insert(header::ALLOW, allowed);
        }
        response
    }
}

/// The answer to a message that was handled before.
pub(super) fn handled_before<B>() -> Response<Answer<B>> {
    words_only(StatusCode::OK, "handled before".to_owned())
}

fn words_only<B>(status: StatusCode, words: String) -> Response<Answer<B>> {
    let mut response = Response::new(Answer::words(words));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
