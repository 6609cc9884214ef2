//! A connection's stream, the bodies of its requests and those of its answers, as far as they tell whose turn it is: the
//! server's or its client's.

use std::{
    io,
    mem::MaybeUninit,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use axum::body::Body as Answer;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};

use super::{
    connections::Place,
    linger::{self, Linger},
    pace::Pace,
};

/// How much of what is not wanted any more is read at one time.
const DROPPED: usize = 16 << 10;

/// A stream. While it takes nothing more, its connection waits for the client.
pub struct Stream<S> {
    inner: S,
    place: Arc<Place>,
    pace: Arc<Pace>,
    linger: Arc<Linger>,
    /// Nothing more is written.
    is_shut: bool,
    /// How much may still come after that, to be dropped.
    left: usize,
}

impl<S> Stream<S> {
    /// Of the connection that has this place.
    pub fn new(inner: S, place: Arc<Place>, pace: Arc<Pace>, linger: Arc<Linger>) -> Stream<S> {
        Stream { inner, place, pace, linger, is_shut: false, left: 0 }
    }

    fn seen(&self, poll: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.place.refuses(poll.is_pending());
        match &poll {
            Poll::Pending => self.pace.stalls(),
            Poll::Ready(Ok(bytes)) => self.pace.takes(*bytes),
            Poll::Ready(Err(_)) => {}
        }
        poll
    }
}

impl<S: Read + Unpin> Read for Stream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl<S: Read + Write + Unpin> Write for Stream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.seen(poll)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.inner).poll_write_vectored(cx, bytes);
        self.seen(poll)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // It is asked for once everything was written. What TLS has taken may not be on its way yet.
        let flushed = Pin::new(&mut self.inner).poll_flush(cx);
        if flushed.is_pending() {
            self.place.refuses(true);
            self.pace.stalls();
            return Poll::Pending;
        }
        self.place.refuses(false);
        self.pace.is_done();
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.is_shut {
            ready!(Pin::new(&mut self.inner).poll_shutdown(cx))?;
            self.is_shut = true;
            self.left = if self.linger.begins() { linger::MOST_BYTES } else { 0 };
        }
        while self.left > 0 {
            let mut bytes = [MaybeUninit::uninit(); DROPPED];
            let mut buffer = ReadBuf::uninit(&mut bytes);
            ready!(Pin::new(&mut self.inner).poll_read(cx, buffer.unfilled()))?;
            self.left = match buffer.filled().len() {
                0 => 0,
                read => self.left.saturating_sub(read),
            };
        }
        Poll::Ready(Ok(()))
    }
}

/// A request's body. While more of it is to come, its connection waits for the client.
pub struct Incoming<B: Body> {
    inner: B,
    place: Arc<Place>,
    linger: Arc<Linger>,
    is_read: bool,
}

impl<B: Body> Incoming<B> {
    /// Of a request on the connection that has this place.
    pub fn new(inner: B, place: Arc<Place>, linger: Arc<Linger>) -> Incoming<B> {
        Incoming { inner, place, linger, is_read: false }
    }
}

impl<B: Body + Unpin> Body for Incoming<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let poll = Pin::new(&mut self.inner).poll_frame(cx);
        self.place.withholds(poll.is_pending());
        self.is_read |= matches!(poll, Poll::Ready(None));
        poll
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Whoever gave up reading waits no more.
impl<B: Body> Drop for Incoming<B> {
    fn drop(&mut self) {
        self.place.withholds(false);
        self.linger.leaves_body(!self.is_read && !self.inner.is_end_stream());
    }
}

/// An answer's body. When it was taken over whole, the next request is the client's turn.
pub struct Served {
    inner: Answer,
    place: Arc<Place>,
}

impl Served {
    /// The body of an answer on the connection that has this place.
    pub fn new(inner: Answer, place: Arc<Place>) -> Served {
        Served { inner, place }
    }
}

impl Body for Served {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.inner).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.place.serves(false);
    }
}
