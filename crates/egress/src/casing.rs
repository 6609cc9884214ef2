//! How the names of a request's headers are written. HTTP compares them without case (RFC 9110, 5.1); some receivers, and gateways
//! that hand them on, do not.

use std::cell::Cell;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{Extensions, HeaderName};
use http_body_util::Empty;
use hyper::{Response, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;

/// More names than a request of ours has.
const MOST_NAMES: usize = 100;

/// How some names of headers are written over HTTP/1; all others are written in lower case. Over HTTP/2 all are (RFC 9113, 8.2).
#[derive(Clone, Debug, Default)]
pub struct Casing(Option<Extensions>);

impl Casing {
    /// Of these names, each as it is to be written. What is no name of a header is passed over.
    ///
    /// hyper writes names as they were written in a request that it has read, and lets nobody say how else: so it reads one.
    pub fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Casing {
        let is_name = |name: &&str| HeaderName::from_bytes(name.as_bytes()).is_ok();
        let is_other = |name: &&str| name.bytes().any(|byte| byte.is_ascii_uppercase());
        let lines: Vec<String> = names
            .into_iter()
            .filter(is_name)
            .filter(is_other)
            .take(MOST_NAMES)
            .map(|name| format!("{name}: x\r\n"))
            .collect();
        if lines.is_empty() {
            return Casing::default();
        }
        let head = format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", lines.concat());
        let read = Cell::new(None);
        let service = service_fn(|request: hyper::Request<Incoming>| {
            read.set(Some(request.into_parts().0.extensions));
            std::future::ready(Ok::<_, std::convert::Infallible>(Response::new(Empty::<Bytes>::new())))
        });
        let stream = TokioIo::new(tokio::io::join(head.as_bytes(), tokio::io::sink()));
        let connection = http1::Builder::new()
            .preserve_header_case(true)
            .max_headers(MOST_NAMES + 1)
            .serve_connection(stream, service);
        // All of it is there: nothing waits.
        let _ = connection.now_or_never();
        Casing(read.take())
    }

    /// Bytes of memory that it takes up: hyper's names are parts of what it has read them from.
    pub fn bytes(&self) -> usize {
        const READ: usize = 8 << 10;
        if self.0.is_some() { READ } else { 0 }
    }

    /// Of the request that has these.
    pub(crate) fn write_to(&self, extensions: &mut Extensions) {
        if let Some(casing) = &self.0 {
            extensions.extend(casing.clone());
        }
    }
}
