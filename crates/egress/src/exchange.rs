//! One request and its answer: a request enters, what came back is in [`Progress`] when it leaves.
//!
//! A server may answer before it has read the request. What it has accepted is written to its end, or it would have a part of it
//! and take that for the whole. A connection is reused only after a whole answer. A request is sent again only if it has certainly
//! not been processed ([`Unprocessed`]); after that, whether it was taken is the other side's secret, and trying again is for the caller to decide.

use std::{
    future::{Future, poll_fn},
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
    failure::{Unprocessed, failure},
    lookups::Asking,
    pool::{Connection, Peer, Pool, Single},
    progress::{LARGEST_HEAD, Phase, Progress},
    request::{Limits, Request, addressed, readdress},
    stream::{MOST_BESIDES, Wire},
    target::Target,
    tls::Offer,
};

/// How often a request is sent again that was not processed.
const MOST_REPEATS: usize = 2;

/// How many bytes may come over HTTP/1 before the answer is there: the largest head, what is read with it, and some of the kind 1xx.
const MOST_BEFORE_HEAD: usize = 3 * LARGEST_HEAD;

/// Parts of an answer's body that are read. Each costs some work, however small it is.
const MOST_FRAMES: usize = 4096;

type Outgoing = HttpRequest<Full<Bytes>>;

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
    let peer = &target.peer;
    let kept = pool.take(peer, &connector.clock);
    progress.reused = kept.is_some();
    let mut connection = match kept {
        Some(kept) => kept,
        None => connect(connector, pool, peer, asking, progress).await?,
    };
    let mut request = addressed(request, target, connection.is_http2())?;
    let mut repeats = 0;
    loop {
        let Some((unsent, why)) = try_once(connector, pool, peer, connection, request, limits, progress).await? else {
            return Ok(());
        };
        if repeats == MOST_REPEATS || (why == Unprocessed::Ended && !progress.reused) {
            return Err(why.into());
        }
        repeats += 1;
        if why == Unprocessed::Http1Required {
            peer.requires_http1();
        }
        // What ended one connection may have ended others that are kept: the last time, it is a new one.
        let kept = if repeats < MOST_REPEATS { pool.take(peer, &connector.clock) } else { None };
        progress.reused = kept.is_some();
        connection = match kept {
            Some(kept) => kept,
            None => connect(connector, pool, peer, asking, progress).await?,
        };
        request = unsent;
        readdress(&mut request, target, connection.is_http2());
    }
}

/// Resolving, connecting and the TLS handshake hold many kilobytes. Most requests find a kept connection: so this is put aside
/// when it is needed, instead of making each request's future as large.
async fn connect<C: Clock>(
    connector: &Connector<C>,
    pool: &Arc<Pool>,
    peer: &Arc<Peer>,
    asking: &Asking,
    progress: &mut Progress,
) -> Result<Connection, Error> {
    let connecting = async {
        progress.untaken = None;
        let offer = if peer.may_speak_http2() { Offer::Both } else { Offer::Http1 };
        let opened = connector.open(peer.origin(), offer, asking, progress).await?;
        pool.start(peer, opened).await.map_err(|error| failure(&error, Phase::Waiting))
    };
    Box::pin(connecting).await
}

/// Returns the request if it was not processed.
async fn try_once<C: Clock>(
    connector: &Connector<C>,
    pool: &Pool,
    peer: &Peer,
    connection: Connection,
    request: Outgoing,
    limits: &Limits,
    progress: &mut Progress,
) -> Result<Option<(Outgoing, Unprocessed)>, Error> {
    progress.phase = Phase::Waiting;
    match connection {
        Connection::Single(mut single) => {
            progress.remote = Some(single.remote);
            progress.untaken = Some(single.wire.untaken.clone());
            single.wire.permit(MOST_BEFORE_HEAD);
            let mut sending = pin!(single.sender.try_send_request(request));
            let mut body = match driven(&mut single, |cx| sending.as_mut().poll(cx)).await {
                Ok(response) => take_head(response, progress)?,
                Err(error) => return unanswered(error, None, &single.wire, peer, progress),
            };
            loop {
                single.wire.permit(MOST_BESIDES);
                let frame = driven(&mut single, |cx| Pin::new(&mut body).poll_frame(cx)).await;
                match take_frame(frame, limits, progress)? {
                    Next::More => {}
                    Next::Enough => break,
                    Next::End => {
                        if progress.is_accepted() {
                            single.taken().await;
                        }
                        break pool.put_back(peer, single);
                    }
                }
            }
        }
        Connection::Shared(mut lease) => {
            progress.remote = Some(lease.remote());
            progress.untaken = Some(lease.untaken().clone());
            let copy = request.clone();
            let request = lease.watch(request, connector.clock.now());
            lease.wire().permit(MOST_BESIDES);
            let mut body = match lease.sender().try_send_request(request).await {
                Ok(response) => take_head(response, progress)?,
                Err(error) => return unanswered(error, Some(copy), lease.wire(), peer, progress),
            };
            drop(copy);
            lease.answered();
            loop {
                lease.wire().permit(MOST_BESIDES);
                let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
                match take_frame(frame, limits, progress)? {
                    Next::More => {}
                    Next::Enough => break,
                    Next::End => {
                        if progress.is_accepted() {
                            lease.taken().await;
                        }
                        break;
                    }
                }
            }
        }
    }
    Ok(None)
}

/// What it means that there is no answer. `copy`: of a request over HTTP/2.
fn unanswered(
    mut error: TrySendError<Outgoing>,
    copy: Option<Outgoing>,
    wire: &Wire,
    peer: &Peer,
    progress: &Progress,
) -> Result<Option<(Outgoing, Unprocessed)>, Error> {
    if let Some(alert) = wire.alert().filter(|_| !progress.reused) {
        return Err(Error::Tls { host: peer.origin().host.to_string(), error: alert.clone() });
    }
    let unsent = error.take_message().map(|request| (request, Unprocessed::Ended));
    let unprocessed = match copy {
        None => unsent,
        Some(copy) => unsent.map(|(_, why)| why).or(Unprocessed::of_http2(error.error())).map(|why| (copy, why)),
    };
    match unprocessed {
        Some(unprocessed) => Ok(Some(unprocessed)),
        None => Err(failure(error.error(), Phase::Waiting)),
    }
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

fn take_head(response: Response<Incoming>, progress: &mut Progress) -> Result<Incoming, Error> {
    let (head, body) = response.into_parts();
    // hyper looks at what it has read only after it has read more, so its limit is not one.
    let length: usize = head.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if length > LARGEST_HEAD {
        return Err(Error::Protocol(ProtocolError::HeadTooLarge));
    }
    progress.begin_answer(head.status, head.headers);
    Ok(body)
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
        None => {
            progress.is_answered = true;
            return Ok(Next::End);
        }
        Some(Err(error)) => return Err(failure(&error, Phase::Body)),
        // Trailers are nothing we keep.
        Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
    };
    progress.keep(&data, limits.body);
    let enough = progress.dropped > limits.dropped_body || progress.frames >= MOST_FRAMES;
    if enough {
        progress.leave_the_rest();
        return Ok(Next::Enough);
    }
    Ok(Next::More)
}
