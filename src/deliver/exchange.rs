//! One request and its answer: a drafted request enters, what came back is in [`Seen`] when it leaves.
//!
//! A connection is reused only after a whole answer. A request is sent a second time only if the kept connection it
//! was given to had ended before any byte of it was written; after that, whether it was taken is the receiver's secret,
//! and trying again is a new attempt.

use std::{
    error::Error as _,
    future::{Future, poll_fn},
    io,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body as _, Frame};
use http_body_util::Full;
use hyper::{body::Incoming, client::conn::TrySendError};

use super::{
    classify::Problem,
    connect::Connector,
    pool::{Connection, Peer, Pool, Single},
    request::{Draft, Plan},
    seen::{Phase, Seen, micros},
};

/// Read and dropped after what is kept, so that the connection can be reused. A body that goes on ends it.
const DISCARDED_BODY: usize = 64 * 1024;

/// Sends the request and reads the answer. Dropping the future ends the request, and with it an HTTP/1 connection.
pub(super) async fn exchange(
    connector: &Connector,
    pool: &Arc<Pool>,
    peer: &Peer,
    plan: &Plan,
    draft: Draft,
    seen: &mut Seen,
) -> Result<(), Problem> {
    let (connection, request) = match pool.take(peer) {
        None => {
            let connection = connect(connector, pool, peer, seen).await?;
            let request = plan.request(draft, connection.is_http2());
            (connection, request)
        }
        Some(kept) => {
            let request = plan.request(draft, kept.is_http2());
            match try_once(pool, peer, kept, request, seen).await? {
                None => return Ok(()),
                Some(mut unsent) => {
                    let connection = connect(connector, pool, peer, seen).await?;
                    plan.readdress(&mut unsent, connection.is_http2());
                    (connection, unsent)
                }
            }
        }
    };
    match try_once(pool, peer, connection, request, seen).await? {
        None => Ok(()),
        Some(_) => Err(Problem::Broken(Phase::Waiting, ", as soon as it was made".into())),
    }
}

async fn connect(connector: &Connector, pool: &Arc<Pool>, peer: &Peer, seen: &mut Seen) -> Result<Connection, Problem> {
    let opened = connector.open(&peer.origin, seen).await?;
    pool.start(peer, opened).await.map_err(|error| problem(&error, Phase::Waiting))
}

/// Returns the request if the connection ended before any of it was written.
async fn try_once(
    pool: &Pool,
    peer: &Peer,
    connection: Connection,
    request: Request<Full<Bytes>>,
    seen: &mut Seen,
) -> Result<Option<Request<Full<Bytes>>>, Problem> {
    seen.phase = Phase::Waiting;
    match connection {
        Connection::Single(mut single) => {
            seen.remote = Some(single.remote);
            let mut sending = pin!(single.sender.try_send_request(request));
            let mut body = match driven(&mut single, |cx| sending.as_mut().poll(cx)).await {
                Ok(response) => take_head(response, seen),
                Err(error) => return unsent(error),
            };
            loop {
                let frame = driven(&mut single, |cx| Pin::new(&mut body).poll_frame(cx)).await;
                match take_frame(frame, seen)? {
                    Next::More => {}
                    Next::End => break pool.put_back(peer, single),
                    Next::Enough => break,
                }
            }
        }
        Connection::Shared(mut lease) => {
            seen.remote = Some(lease.remote());
            let mut body = match lease.sender().try_send_request(request).await {
                Ok(response) => take_head(response, seen),
                Err(error) => return unsent(error),
            };
            lease.answered();
            while let Next::More = take_frame(poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await, seen)? {}
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

fn take_head(response: Response<Incoming>, seen: &mut Seen) -> Incoming {
    let (head, body) = response.into_parts();
    seen.timings.first_byte_us = micros(seen.began.elapsed());
    seen.phase = Phase::Body;
    seen.head = Some((head.status, head.headers));
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

fn take_frame(frame: Option<hyper::Result<Frame<Bytes>>>, seen: &mut Seen) -> Result<Next, Problem> {
    let data = match frame {
        None => return Ok(Next::End),
        Some(Err(error)) => return Err(problem(&error, Phase::Body)),
        // Trailers are nothing we keep.
        Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
    };
    seen.keep(&data);
    Ok(if seen.dropped > DISCARDED_BODY { Next::Enough } else { Next::More })
}

fn unsent(mut error: TrySendError<Request<Full<Bytes>>>) -> Result<Option<Request<Full<Bytes>>>, Problem> {
    match error.take_message() {
        Some(request) => Ok(Some(request)),
        None => Err(problem(error.error(), Phase::Waiting)),
    }
}

/// What an error of hyper means to the webhook's owner.
fn problem(error: &hyper::Error, phase: Phase) -> Problem {
    let cause = causes(error).find_map(|cause| cause.downcast_ref::<io::Error>());
    // The decoder of chunked bodies reports what it cannot read as I/O errors of these kinds.
    let malformed = cause.is_some_and(|cause| {
        phase == Phase::Body && matches!(cause.kind(), io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput)
    });
    if error.is_parse_too_large() {
        Problem::Protocol("the answer has more than 64 KiB or 100 lines of headers".into())
    } else if error.is_parse() || malformed {
        Problem::Protocol(format!("the answer is not HTTP as it should be: {error}"))
    } else if let Some(cause) = cause {
        Problem::Broken(phase, format!(" ({})", cause.kind()))
    } else if error.is_incomplete_message() || error.is_closed() || error.is_canceled() || phase == Phase::Body {
        Problem::Broken(phase, String::new())
    } else {
        let detail = causes(error).last().map(ToString::to_string).unwrap_or_default();
        Problem::Protocol(format!("the HTTP exchange failed: {error}: {detail}"))
    }
}

fn causes(error: &hyper::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |&error| error.source())
}
