//! A connection of HTTP/1. It belongs to one request at a time, so the request's own task drives it: no task, no channel
//! between threads and no wake-up of another task per request. While it is idle nobody polls it, and it is looked at when it is
//! taken out: one that the server has closed by then is dropped, before anything was written to it.

use std::{
    future::{Future as _, poll_fn},
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Instant,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use crate::{
    progress::LARGEST_HEAD,
    stream::{Stream, Wire},
};

/// An HTTP/1 connection.
pub(crate) struct Single {
    pub sender: http1::SendRequest<Full<Bytes>>,
    pub wire: Arc<Wire>,
    pub remote: SocketAddr,
    driver: http1::Connection<TokioIo<Stream>, Full<Bytes>>,
    finished: bool,
    pub(super) since: Instant,
}

impl Single {
    pub(super) async fn start(
        io: TokioIo<Stream>,
        wire: Arc<Wire>,
        remote: SocketAddr,
    ) -> Result<Single, hyper::Error> {
        let (sender, driver) = http1::Builder::new().max_buf_size(LARGEST_HEAD).handshake(io).await?;
        Ok(Single { sender, wire, remote, driver, finished: false, since: Instant::now() })
    }

    /// Moves bytes in both directions, as far as possible now.
    pub fn drive(&mut self, cx: &mut Context<'_>) {
        if !self.finished {
            // Its error is handed to the request as well.
            self.finished = Pin::new(&mut self.driver).poll(cx).is_ready();
        }
    }

    /// Returns when the server has taken the whole request, or the connection has ended.
    pub async fn taken(&mut self) {
        poll_fn(|cx| {
            self.drive(cx);
            if self.finished || self.sender.is_ready() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Whether it is between two requests and open, after taking in what the server did meanwhile.
    pub(super) fn is_ready(&mut self) -> bool {
        self.drive(&mut Context::from_waker(Waker::noop()));
        !self.finished && self.sender.is_ready()
    }
}
