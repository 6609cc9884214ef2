//! A connection of HTTP/1. It belongs to one request at a time, so the request's own task drives it: no task, no channel
//! between threads and no wake-up of another task per request. While it is idle nobody polls it, and it is looked at when it is
//! taken out: one that the server has closed by then is dropped, before anything was written to it.

use std::{
    future::{Future as _, poll_fn},
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;

use crate::{
    progress::{LARGEST_HEAD, MOST_HEADERS},
    stream::{Stream, Wire},
};

/// An HTTP/1 connection.
pub(crate) struct Single {
    pub sender: http1::SendRequest<Full<Bytes>>,
    pub wire: Arc<Wire>,
    pub remote: SocketAddr,
    driver: http1::Connection<TokioIo<Stream>, Full<Bytes>>,
    finished: bool,
    since: Instant,
    /// How long the server keeps it idle, if it says so.
    kept_for: Option<Duration>,
}

impl Single {
    pub(super) async fn start(
        io: TokioIo<Stream>,
        wire: Arc<Wire>,
        remote: SocketAddr,
    ) -> Result<Single, hyper::Error> {
        let (sender, driver) = http1::Builder::new()
            .max_buf_size(LARGEST_HEAD)
            .max_headers(MOST_HEADERS)
            // What is no header is left out; the rest of the answer counts.
            .ignore_invalid_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .handshake(io)
            .await?;
        Ok(Single { sender, wire, remote, driver, finished: false, since: Instant::now(), kept_for: None })
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

    /// What the server says in an answer of how long it keeps the connection.
    pub fn heed(&mut self, headers: &HeaderMap) {
        self.kept_for = kept_for(headers);
    }

    /// It is idle from now on.
    pub(super) fn rests(&mut self) {
        self.since = Instant::now();
    }

    /// Whether it is idle for too long, for us or for the server.
    pub(super) fn is_old(&self, longest: Duration) -> bool {
        self.since.elapsed() >= self.kept_for.map_or(longest, |kept| kept.min(longest))
    }

    /// Whether it is between two requests and open, after taking in what the server did meanwhile.
    pub(super) fn is_ready(&mut self) -> bool {
        self.drive(&mut Context::from_waker(Waker::noop()));
        !self.finished && self.sender.is_ready()
    }
}

/// For how long a connection can be used after an answer with these headers (`Keep-Alive: timeout=5, max=100`). A request takes its
/// time to arrive: so it is a second less, or half of it.
fn kept_for(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all("keep-alive").iter().filter_map(|value| value.to_str().ok());
    let parameters = values.flat_map(|value| value.split(',')).filter_map(|parameter| parameter.split_once('='));
    let timeouts = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("timeout"));
    let seconds = timeouts.filter_map(|(_, value)| value.trim().trim_matches('"').parse::<u32>().ok()).min()?;
    let timeout = Duration::from_secs(seconds.into());
    Some(timeout - Duration::from_secs(1).min(timeout / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_given_up_before_the_server_does() {
        let kept = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("keep-alive", value.parse().unwrap());
            }
            kept_for(&headers).map(|kept| kept.as_millis())
        };
        assert_eq!(kept(&["timeout=5"]), Some(4000));
        assert_eq!(kept(&["max=100, Timeout = \"1\""]), Some(500));
        assert_eq!(kept(&["timeout=60", "timeout=3,max=2"]), Some(2000));
        assert_eq!(kept(&["timeout=0"]), Some(0));
        for none in [&[][..], &["300"], &["timeout"], &["timeout=-1"], &["timeout=soon"], &["max=5"]] {
            assert_eq!(kept(none), None, "{none:?}");
        }
    }
}
