//! The bytes of a connection, and what they tell that HTTP does not pass on.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

use crate::{error::TlsError, stats::Counted, status_line::StatusLine, tls};

/// How many bytes a connection may bring until something comes of them that is waited for: the head of an answer or a part of its
/// body. What comes besides (heads of the kind 1xx, pings, settings) has to be read, and could come without end.
pub(crate) const MOST_BESIDES: usize = 512 * 1024;

/// A connection, which is counted while it is open.
pub(crate) struct Stream {
    bytes: Bytes,
    wire: Arc<Wire>,
    status: StatusLine,
    _open: Counted,
}

/// The bytes of a connection.
enum Bytes {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// What was seen of a connection's bytes.
pub(crate) struct Wire {
    /// There is something to be written that the other side does not take.
    pub untaken: Arc<AtomicBool>,
    /// How many bytes more may come.
    permitted: AtomicUsize,
    /// Nothing of an answer over HTTP/1 has come since it is waited for.
    awaits: AtomicBool,
    /// What its first line has said; zero is nothing.
    pub status: Arc<AtomicU16>,
    alert: OnceLock<TlsError>,
}

impl Stream {
    pub fn plain(tcp: TcpStream, open: Counted) -> Stream {
        Stream { bytes: Bytes::Plain(tcp), wire: Arc::default(), status: StatusLine::default(), _open: open }
    }

    pub fn tls(session: TlsStream<TcpStream>, open: Counted) -> Stream {
        let bytes = Bytes::Tls(Box::new(session));
        Stream { bytes, wire: Arc::default(), status: StatusLine::default(), _open: open }
    }

    pub fn wire(&self) -> Arc<Wire> {
        self.wire.clone()
    }

    /// These bytes have come.
    fn has_read(&mut self, bytes: &[u8]) -> io::Result<()> {
        if !bytes.is_empty() && self.wire.awaits.load(Ordering::Relaxed) {
            self.wire.awaits.store(false, Ordering::Relaxed);
            self.status = StatusLine::awaited();
        }
        if let Some(status) = self.status.read(bytes) {
            self.wire.status.store(status, Ordering::Relaxed);
        }
        self.wire.brought(bytes.len())
    }

    fn wrote<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        let untaken = &self.wire.untaken;
        if untaken.load(Ordering::Relaxed) != written.is_pending() {
            untaken.store(written.is_pending(), Ordering::Relaxed);
        }
        if let (Poll::Ready(Err(_)), Bytes::Tls(stream)) = (&written, &mut self.bytes) {
            // Whoever refuses a session says why and hangs up. Nobody reads any more after a write that has failed.
            let mut ignored = [0; 256];
            if let Poll::Ready(Err(error)) = Pin::new(stream).poll_read(cx, &mut ReadBuf::new(&mut ignored)) {
                self.wire.note(&error);
            }
        }
        written
    }
}

impl Default for Wire {
    fn default() -> Wire {
        Wire {
            untaken: Arc::default(),
            permitted: AtomicUsize::new(MOST_BESIDES),
            awaits: AtomicBool::new(false),
            status: Arc::default(),
            alert: OnceLock::new(),
        }
    }
}

impl Wire {
    /// Something is waited for, or has come: from now on so many bytes may come until the next.
    pub fn permit(&self, bytes: usize) {
        self.permitted.store(bytes, Ordering::Relaxed);
    }

    /// So many bytes have come.
    fn brought(&self, bytes: usize) -> io::Result<()> {
        match self.permitted.load(Ordering::Relaxed).checked_sub(bytes) {
            Some(left) => {
                self.permitted.store(left, Ordering::Relaxed);
                Ok(())
            }
            None => Err(io::Error::new(io::ErrorKind::QuotaExceeded, "it brings more than an answer may be")),
        }
    }

    /// A request is to be written over HTTP/1, to which an answer comes.
    pub fn awaits_answer(&self) {
        self.status.store(0, Ordering::Relaxed);
        self.awaits.store(true, Ordering::Relaxed);
    }

    /// Whether nothing of that answer has come.
    pub fn is_silent(&self) -> bool {
        self.awaits.load(Ordering::Relaxed)
    }

    /// With which alert the other side has ended a session that was there.
    pub fn alert(&self) -> Option<&TlsError> {
        self.alert.get()
    }

    fn note(&self, error: &io::Error) {
        if let Some(alert) = tls::alert_in_session(error) {
            // The first one is the reason.
            let _ = self.alert.set(alert);
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let read = match &mut this.bytes {
            Bytes::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Bytes::Tls(stream) => {
                let read = Pin::new(stream).poll_read(cx, buffer);
                if let Poll::Ready(Err(error)) = &read {
                    this.wire.note(error);
                }
                read
            }
        };
        match read {
            Poll::Ready(Ok(())) => Poll::Ready(this.has_read(&buffer.filled()[before..])),
            read => read,
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = match &mut this.bytes {
            Bytes::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Bytes::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
        };
        this.wrote(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = match &mut this.bytes {
            Bytes::Plain(stream) => Pin::new(stream).poll_write_vectored(cx, parts),
            Bytes::Tls(stream) => Pin::new(stream).poll_write_vectored(cx, parts),
        };
        this.wrote(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.bytes {
            Bytes::Plain(stream) => stream.is_write_vectored(),
            Bytes::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = match &mut this.bytes {
            Bytes::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Bytes::Tls(stream) => Pin::new(stream).poll_flush(cx),
        };
        this.wrote(cx, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().bytes {
            Bytes::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Bytes::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
