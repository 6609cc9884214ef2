//! What the layer answers itself, and what it tells the receiver's log.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{Either, Full};

use crate::verify::VerifyError;

/// The body of an answer: the handler's, or a few words of the layer's.
pub type Answer<B> = Either<B, Full<Bytes>>;

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
    /// Answered `413`.
    #[error("the body has more than {limit} bytes")]
    TooLong {
        /// The cap.
        limit: usize,
    },
    /// Answered `400`: the body could not be read to its end.
    #[error("the body could not be read: {0}")]
    Unreadable(String),
    /// Answered `503`: the same message is being handled.
    #[error("the same message is being handled; come again")]
    UnderWay,
    /// Answered `503`: there is no place to remember one more message.
    #[error("too many messages to remember; come again")]
    Full,
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
            Problem::Refused(_) => Some(StatusCode::UNAUTHORIZED),
            Problem::TooLong { .. } => Some(StatusCode::PAYLOAD_TOO_LARGE),
            Problem::Unreadable(_) => Some(StatusCode::BAD_REQUEST),
            Problem::UnderWay | Problem::Full | Problem::Store(_) => Some(StatusCode::SERVICE_UNAVAILABLE),
            Problem::NotRemembered(_) | Problem::NotReleased(_) => None,
        }
    }

    /// The answer. What the store or the connection said stays inside.
    pub(super) fn answer<B>(&self, tell_reason: bool) -> Response<Answer<B>> {
        let status = self.status().unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let words = match self {
            Problem::Refused(reason) if tell_reason => reason.to_string(),
            Problem::Refused(_) => "the request was not accepted".to_owned(),
            Problem::Unreadable(_) => "the body could not be read".to_owned(),
            Problem::Store(_) => "come again".to_owned(),
            other => other.to_string(),
        };
        let mut response = words_only(status, words);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        response
    }
}

/// The answer to a message that was handled before.
pub(super) fn handled_before<B>() -> Response<Answer<B>> {
    words_only(StatusCode::OK, "handled before".to_owned())
}

fn words_only<B>(status: StatusCode, words: String) -> Response<Answer<B>> {
    let mut response = Response::new(Either::Right(Full::new(Bytes::from(words))));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
