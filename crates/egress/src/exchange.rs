//! One request and its answer: a request enters, what came back is in [`Progress`] when it leaves.
//!
//! A connection is reused only after a whole answer. A request is sent a second time only if the kept connection it
//! was given to had ended before any byte of it was written; after that, whether it was taken is the other side's
//! secret, and trying again is for the caller to decide.

use std::{
    error::Error as _,
    future::{Future, poll_fn},
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request as HttpRequest, Response};
use http_body::{Body as _, Frame};
use http_body_util::Full;
use hyper::{body::Incoming, client::conn::TrySendError};

use crate::{
    clock::Clock,
    connect::Connector,
    error::{Error, ProtocolError},
    lookups::Asking,
    pool::{Connection, Peer, Pool, Single},
    progress::{Phase, Progress},
    request::{Limits, Request, addressed, readdress},
    target::Target,
};

/// Sends the request and reads the answer. Dropping the future ends the request, and with it an HTTP/1 connection.
pub(crate) async fn exchange<C: Clock>(
    connector: &Connector<C>,
    pool: &Arc<Pool>,
    target: &Target,
    request: Request,
    limits: &Limits,
    asking: &Asking,
    progress: &mut Progress,
) -> Result<(), Error> {
    let peer = &*target.peer;
    let (connection, request) = match pool.take(peer) {
        None => {
            let connection = connect(connector, pool, peer, asking, progress).await?;
            let request = addressed(request, target, connection.is_http2())?;
            (connection, request)
        }
        Some(kept) => {
            let request = addressed(request, target, kept.is_http2())?;
            progress.reused = true;
            match try_once(pool, peer, kept, request, limits, progress).await? {
                None => return Ok(()),
                Some(mut unsent) => {
                    progress.reused = false;
                    let connection = connect(connector, pool, peer, asking, progress).await?;
                    readdress(&mut unsent, target, connection.is_http2());
                    (connection, unsent)
                }
            }
        }
    };
    match try_once(pool, peer, connection, request, limits, progress).await? {
        None => Ok(()),
        Some(_) => Err(Error::EndedAtOnce),
    }
}

/// Resolving, connecting and the TLS handshake hold many kilobytes. Most requests find a kept connection: so this is put aside
/// when it is needed, instead of making each request's future as large.
async fn connect<C: Clock>(
    connector: &Connector<C>,
    pool: &Arc<Pool>,
    peer: &Peer,
    asking: &Asking,
    progress: &mut Progress,
) -> Result<Connection, Error> {
    let connecting = async {
        let opened = connector.open(&peer.origin, asking, progress).await?;
        pool.start(peer, opened).await.map_err(|error| failure(&error, Phase::Waiting))
    };
    Box::pin(connecting).await
}

/// Returns the request if the connection ended before any of it was written.
async fn try_once(
    pool: &Pool,
    peer: &Peer,
    connection: Connection,
    request: HttpRequest<Full<Bytes>>,
    limits: &Limits,
    progress: &mut Progress,
) -> Result<Option<HttpRequest<Full<Bytes>>>, Error> {
    progress.phase = Phase::Waiting;
    match connection {
        Connection::Single(mut single) => {
            progress.remote = Some(single.remote);
            let mut sending = pin!(single.sender.try_send_request(request));
            let mut body = match driven(&mut single, |cx| sending.as_mut().poll(cx)).await {
                Ok(response) => take_head(response, progress),
                Err(error) => return unsent(error),
            };
            loop {
                let frame = driven(&mut single, |cx| Pin::new(&mut body).poll_frame(cx)).await;
                match take_frame(frame, limits, progress)? {
                    Next::More => {}
                    Next::End => break pool.put_back(peer, single),
                    Next::Enough => break,
                }
            }
        }
        Connection::Shared(mut lease) => {
            progress.remote = Some(lease.remote());
            let mut body = match lease.sender().try_send_request(request).await {
                Ok(response) => take_head(response, progress),
                Err(error) => return unsent(error),
            };
            lease.answered();
            loop {
                let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
                match take_frame(frame, limits, progress)? {
                    Next::More => {}
                    Next::End | Next::Enough => break,
                }
            }
        }
    }
    Ok(None)
}

/// Polls what waits for a connection, and the connection.
async fn driven<R>(single: &mut Single, mut poll: impl FnMut(&mut Context<'_>) -> Poll<R>) -> R {
    poll_fn(|cx| {
        if let Poll::Ready(done) = poll(cx) {
            return Poll::Ready(done);
        }
        single.drive(cx);
        poll(cx)
    })
    .await
}

fn take_head(response: Response<Incoming>, progress: &mut Progress) -> Incoming {
    let (head, body) = response.into_parts();
    progress.begin_answer(head.status, head.headers);
    body
}

/// What to do after a part of the body.
enum Next {
    More,
    /// The answer is complete.
    End,
    /// It goes on for too long.
    Enough,
}

fn take_frame(
    frame: Option<hyper::Result<Frame<Bytes>>>,
    limits: &Limits,
    progress: &mut Progress,
) -> Result<Next, Error> {
    let data = match frame {
        None => return Ok(Next::End),
        Some(Err(error)) => return Err(failure(&error, Phase::Body)),
        // Trailers are nothing we keep.
        Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
    };
    progress.keep(&data, limits.body);
    Ok(if progress.dropped > limits.dropped_body { Next::Enough } else { Next::More })
}

fn unsent(mut error: TrySendError<HttpRequest<Full<Bytes>>>) -> Result<Option<HttpRequest<Full<Bytes>>>, Error> {
    match error.take_message() {
        Some(request) => Ok(Some(request)),
        None => Err(failure(error.error(), Phase::Waiting)),
    }
}

/// What an error of hyper means.
fn failure(error: &hyper::Error, phase: Phase) -> Error {
    let cause = causes(error).find_map(|cause| cause.downcast_ref::<io::Error>());
    // The decoder of chunked bodies reports what it cannot read as I/O errors of these kinds.
    let malformed = cause.is_some_and(|cause| {
        phase == Phase::Body && matches!(cause.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
    });
    if error.is_parse_too_large() {
        Error::Protocol(ProtocolError::HeadTooLarge)
    } else if error.is_parse() || malformed {
        Error::Protocol(ProtocolError::Malformed(error.to_string()))
    } else if let Some(cause) = cause {
        Error::Broken { phase, cause: Some(cause.kind()) }
    } else if error.is_incomplete_message() || error.is_closed() || error.is_canceled() || phase == Phase::Body {
        Error::Broken { phase, cause: None }
    } else {
        let detail = causes(error).last().map(ToString::to_string).unwrap_or_default();
        Error::Protocol(ProtocolError::Other(format!("{error}: {detail}")))
    }
}

fn causes(error: &hyper::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}
