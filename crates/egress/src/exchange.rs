//! One request and its answer: a request enters, what came back is in [`Progress`] when it leaves.
//!
//! A server may answer before it has read the request. What it has accepted is written to its end, or it would have a part of it
//! and take that for the whole. A connection is reused only after a whole answer. A request is sent again if it has certainly not
//! been processed, or if a kept connection ended before anything of an answer came ([`Again`]); after that, whether it was taken is
//! the other side's secret, and trying again is for the caller to decide.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Request as HttpRequest, Response, StatusCode};
use http_body::{Body as _, Frame};
use http_body_util::Full;
use hyper::body::Incoming;

use crate::{
    clock::Clock,
    connect::Connector,
    error::{Error, ProtocolError, TlsError},
    failure::{Again, failure},
    lookups::Asking,
    pool::{Connection, KEPT_OUT_LOOK, Peer, Pool, Single},
    progress::{LARGEST_HEAD, Phase, Progress, Repeated},
    request::{Limits, Request, addressed},
    stream::{MOST_BESIDES, Wire},
    target::Target,
    tls::Offer,
};

/// How often a request is sent again.
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
    let (mut repeats, mut may_be_kept) = (0, true);
    loop {
        let kept = if may_be_kept { pool.take(peer, &connector.clock) } else { None };
        progress.reused = kept.is_some();
        let connection = match kept {
            Some(kept) => kept,
            None => connect(connector, pool, peer, asking, progress).await?,
        };
        progress.http2 = connection.is_http2();
        let outgoing = addressed(&request, target, progress.http2)?;
        progress.requests += 1;
        let Some(why) = try_once(connector, pool, peer, connection, outgoing, limits, progress).await? else {
            return Ok(());
        };
        if matches!(why, Again::Ended | Again::KeptOut) {
            // The server has taken none of it.
            progress.requests -= 1;
        }
        if repeats == MOST_REPEATS || (why == Again::Ended && !progress.reused) {
            return Err(why.into());
        }
        repeats += 1;
        match why {
            Again::Http1Required | Again::KeptOut => peer.requires_http1(),
            Again::Unreadable => {
                peer.requires_http1();
                progress.repeated = Some(Repeated::Unreadable);
            }
            Again::KeptEnded => progress.repeated = Some(Repeated::KeptEnded),
            Again::Ended | Again::Refused(_) => {}
        }
        // What ended one connection may have ended others that are kept: the last time, it is a new one.
        may_be_kept = repeats < MOST_REPEATS && progress.repeated.is_none();
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
        (progress.untaken, progress.first_line) = (None, None);
        let mut place = peer.http2_place();
        let opened = loop {
            let offer = if place.is_some() { Offer::Both } else { Offer::Http1 };
            match connector.open(peer.origin(), offer, asking, progress).await {
                Err(Error::Tls { error: TlsError::NoProtocol(_), .. }) if place.is_none() && peer.lacks_http1() => {
                    place = peer.http2_place();
                }
                opened => break opened?,
            }
        };
        pool.start(peer, opened, place).await.map_err(|error| failure(&error, Phase::Waiting))
    };
    Box::pin(connecting).await
}

/// Returns why the request is to be sent again, if it is.
async fn try_once<C: Clock>(
    connector: &Connector<C>,
    pool: &Pool,
    peer: &Peer,
    connection: Connection,
    request: Outgoing,
    limits: &Limits,
    progress: &mut Progress,
) -> Result<Option<Again>, Error> {
    progress.phase = Phase::Waiting;
    match connection {
        Connection::Single(mut single) => {
            progress.remote = Some(single.remote);
            progress.untaken = Some(single.wire.untaken.clone());
            progress.first_line = Some(single.wire.status.clone());
            single.wire.permit(MOST_BEFORE_HEAD);
            single.wire.awaits_answer();
            let mut sending = pin!(single.sender.try_send_request(request));
            let mut body = match driven(&mut single, |cx| sending.as_mut().poll(cx)).await {
                Ok(response) => take_head(response, progress)?,
                Err(mut error) => {
                    let unsent = error.take_message().map(|_| Again::Ended);
                    let is_silent = single.wire.is_silent();
                    return unanswered(error.error(), unsent, is_silent, &single.wire, peer, progress);
                }
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
                        if let Some(answer) = &progress.answer {
                            single.heed(&answer.headers);
                        }
                        if is_misdirected(progress) {
                            break;
                        }
                        break pool.put_back(peer, single);
                    }
                }
            }
        }
        Connection::Shared(mut lease) => {
            progress.remote = Some(lease.remote());
            progress.untaken = Some(lease.untaken().clone());
            progress.first_line = None;
            let request = lease.watch(request, connector.clock.now());
            lease.wire().permit(MOST_BESIDES);
            let sent = {
                let mut sender = lease.sender();
                let mut sending = pin!(sender.try_send_request(request));
                loop {
                    tokio::select! {
                        biased;
                        sent = &mut sending => break sent,
                        () = connector.clock.sleep(KEPT_OUT_LOOK) => {
                            if lease.is_kept_out() {
                                return Ok(Some(Again::KeptOut));
                            }
                        }
                    }
                }
            };
            let mut body = match sent {
                Ok(response) => take_head(response, progress)?,
                Err(mut error) => {
                    let unsent = error.take_message().map(|_| Again::Ended);
                    let unsent = unsent.or_else(|| Again::of_http2(error.error()));
                    return unanswered(error.error(), unsent, true, lease.wire(), peer, progress);
                }
            };
            lease.answered();
            loop {
                lease.wire().permit(MOST_BESIDES);
                let frame = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await;
                if frame.as_ref().is_some_and(is_empty) {
                    lease.empty_frame();
                }
                match take_frame(frame, limits, progress)? {
                    Next::More => {}
                    Next::Enough => break,
                    Next::End => {
                        if progress.is_accepted() {
                            lease.taken().await;
                        }
                        if is_misdirected(progress) {
                            lease.retires();
                        }
                        break;
                    }
                }
            }
        }
    }
    Ok(None)
}

/// Whether the server says that requests come over the wrong connection: others go over another one (RFC 9110, 15.5.20).
fn is_misdirected(progress: &Progress) -> bool {
    progress.answer.as_ref().is_some_and(|answer| answer.status == StatusCode::MISDIRECTED_REQUEST)
}

/// What it means that there is no answer. `unsent`: why the request has certainly not been processed, if that is so. `is_silent`:
/// nothing of an answer has come.
fn unanswered(
    error: &hyper::Error,
    unsent: Option<Again>,
    is_silent: bool,
    wire: &Wire,
    peer: &Peer,
    progress: &Progress,
) -> Result<Option<Again>, Error> {
    if let Some(alert) = wire.alert().filter(|_| !progress.reused) {
        return Err(Error::Tls { host: peer.origin().host.to_string(), error: alert.clone() });
    }
    let failure = failure(error, progress.waiting());
    let kept_ended = progress.reused && is_silent && matches!(failure, Error::Broken { .. });
    match unsent.or(kept_ended.then_some(Again::KeptEnded)) {
        Some(why) => Ok(Some(why)),
        None => Err(failure),
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
        progress.begin_answer(head.status, HeaderMap::new());
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

fn is_empty(frame: &hyper::Result<Frame<Bytes>>) -> bool {
    frame.as_ref().is_ok_and(|frame| frame.data_ref().is_some_and(Bytes::is_empty))
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
