//! A connection of HTTP/2, which serves several requests of one target and has tasks. Its socket is open for as long as a
//! request uses it or there is room to keep it, and no longer, whatever the server reads or leaves: an open file is either
//! a request's or a kept connection's.

use std::{
    future::{Future, poll_fn},
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::Request as HttpRequest;
use http_body_util::Full;
use hyper::{client::conn::http2, rt::Executor};
use hyper_util::rt::TokioIo;
use tokio::{sync::Notify, task::AbortHandle};

use super::{place::Http2Place, room::Room};
use crate::{
    lock::locked,
    progress::LARGEST_HEAD,
    stream::{Stream, Wire},
};

/// Unread bytes that a server may have under way, per request and per connection.
const STREAM_WINDOW: u32 = 64 * 1024;
/// Of the second, h2 makes half a budget for what small frames of bodies cost while nobody has read them yet, 256 bytes less their own
/// each; a connection that goes beyond is ended. So 4,096 of them are permitted.
const CONNECTION_WINDOW: u32 = 2 * 1024 * 1024;
/// Empty frames of bodies that a connection may bring in all its time: so many, less one, h2 permits, and then ends it.
const MOST_EMPTY_FRAMES: usize = 100;
/// Requests on one connection at a time, if the server allows more.
const MOST_STREAMS: usize = 100;
/// How often it is looked whether a server takes requests at all that it keeps waiting.
pub(crate) const KEPT_OUT_LOOK: Duration = Duration::from_millis(250);
/// Until the server has said how many requests it takes at a time, it gets one: it may refuse the others.
const FIRST_STREAMS: usize = 1;
/// A server that has not taken a request's body for this long gets no more requests on that connection. It takes the
/// bodies of all by one window (RFC 9113, 5.2), so they would wait for the one that it does not read.
const LONG_BODY: Duration = Duration::from_millis(250);

type Driver = http2::Connection<TokioIo<Stream>, Full<Bytes>, Tasks>;

/// An HTTP/2 connection.
pub(crate) struct Shared {
    sender: http2::SendRequest<Full<Bytes>>,
    wire: Arc<Wire>,
    remote: SocketAddr,
    /// Its task polls it, and drops it when it ends.
    driver: Arc<Mutex<Option<Driver>>>,
    tasks: Tasks,
    state: Mutex<State>,
    room: Arc<Room>,
    /// Given back when the connection is gone.
    _place: Http2Place,
}

struct State {
    active: usize,
    /// Takes no more requests.
    is_retired: bool,
    /// It is idle, and counted as such.
    is_kept: bool,
    /// When the last request ended.
    since: Instant,
    /// Bodies that may not have been written in full, with the time by which they were begun.
    bodies: Vec<(Duration, Arc<AtomicBool>)>,
    /// Empty frames of bodies that have come.
    empty_frames: usize,
}

/// A request's place on an HTTP/2 connection, until it is dropped.
pub(crate) struct Lease {
    shared: Arc<Shared>,
    is_answered: bool,
    /// The server has not taken the whole body.
    untaken: Arc<AtomicBool>,
    /// It has now, or never will.
    taken: Arc<Notify>,
}

impl Shared {
    /// Speaks HTTP/2; the lease is for a first request.
    pub(super) async fn start(
        io: TokioIo<Stream>,
        wire: Arc<Wire>,
        remote: SocketAddr,
        room: Arc<Room>,
        place: Http2Place,
    ) -> Result<(Arc<Shared>, Lease), hyper::Error> {
        let tasks = Tasks::default();
        let (sender, driver) = http2::Builder::new(tasks.clone())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .initial_max_send_streams(FIRST_STREAMS)
            .max_header_list_size(LARGEST_HEAD as u32)
            .handshake(io)
            .await?;
        let driver = Arc::new(Mutex::new(Some(driver)));
        tokio::spawn(drive(Driven(driver.clone())));
        let state = Mutex::new(State {
            active: 1,
            is_retired: false,
            is_kept: false,
            since: Instant::now(),
            bodies: Vec::new(),
            empty_frames: 0,
        });
        let shared = Arc::new(Shared { sender, wire, remote, driver, tasks, state, room, _place: place });
        Ok((shared.clone(), Lease::new(shared)))
    }

    pub(super) fn is_open(&self) -> bool {
        !locked(&self.state).is_retired && !self.sender.is_closed()
    }

    pub(super) fn has_room(&self) -> bool {
        locked(&self.state).active < self.most_streams()
    }

    /// How many requests may be active. One beyond that would wait inside hyper for another to end.
    fn most_streams(&self) -> usize {
        let driver = locked(&self.driver);
        driver.as_ref().map_or(0, |driver| driver.current_max_send_streams().min(MOST_STREAMS))
    }

    pub(super) fn lease(self: &Arc<Self>, now: Duration) -> Option<Lease> {
        let most = self.most_streams();
        let mut state = locked(&self.state);
        state.bodies.retain(|(_, untaken)| untaken.load(Ordering::Relaxed));
        let is_stuck = state.bodies.iter().any(|&(begun, _)| now.saturating_sub(begun) >= LONG_BODY);
        // Whose answers have an empty frame each mostly goes on like that.
        let may_end = state.empty_frames > 0 && state.empty_frames + state.active >= MOST_EMPTY_FRAMES;
        if state.is_retired || state.active >= most || is_stuck || may_end {
            return None;
        }
        state.active += 1;
        if std::mem::take(&mut state.is_kept) {
            self.room.give_back();
        }
        Some(Lease::new(self.clone()))
    }

    pub(super) fn is_idle_for(&self, span: Duration) -> bool {
        let state = locked(&self.state);
        state.active == 0 && state.since.elapsed() >= span
    }
}

/// Runs what hyper has to be run, and knows which of the tasks has the socket: the first one, which is the connection.
#[derive(Clone, Default)]
struct Tasks(Arc<OnceLock<AbortHandle>>);

impl Tasks {
    /// Closes the socket. Without that, a connection ends when it has written what is due, and a server that does not read
    /// would keep it open.
    fn end(&self) {
        if let Some(connection) = self.0.get() {
            connection.abort();
        }
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Tasks {
    fn execute(&self, task: F) {
        let task = tokio::spawn(task);
        self.0.get_or_init(|| task.abort_handle());
    }
}

/// Ends when the connection does, or when its last sender is dropped. Its error reaches the requests on it.
async fn drive(driven: Driven) {
    poll_fn(|cx| match &mut *locked(&driven.0) {
        Some(driver) => Pin::new(driver).poll(cx).map(drop),
        None => Poll::Ready(()),
    })
    .await;
}

/// What a connection's task drives. However the task ends, requests that wait there do not wait for ever.
struct Driven(Arc<Mutex<Option<Driver>>>);

impl Drop for Driven {
    fn drop(&mut self) {
        let driver = locked(&self.0).take();
        drop(driver);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if locked(&self.state).is_kept {
            self.room.give_back();
        }
        self.tasks.end();
    }
}

impl Lease {
    fn new(shared: Arc<Shared>) -> Lease {
        Lease { shared, is_answered: false, untaken: Arc::default(), taken: Arc::default() }
    }

    pub fn sender(&self) -> http2::SendRequest<Full<Bytes>> {
        self.shared.sender.clone()
    }

    pub fn wire(&self) -> &Arc<Wire> {
        &self.shared.wire
    }

    pub fn remote(&self) -> SocketAddr {
        self.shared.remote
    }

    /// The same request, of whose body it will be known when the server has taken it: [`Lease::untaken`].
    pub fn watch(&self, request: HttpRequest<Full<Bytes>>, now: Duration) -> HttpRequest<Full<Bytes>> {
        self.untaken.store(true, Ordering::Relaxed);
        locked(&self.shared.state).bodies.push((now, self.untaken.clone()));
        request.map(|body| {
            let bytes = body.into_inner().unwrap_or_default();
            let (untaken, taken) = (self.untaken.clone(), self.taken.clone());
            Full::new(Bytes::from_owner(Watched { bytes, untaken, taken }))
        })
    }

    /// Whether some of the body waits for the server to take it.
    pub fn untaken(&self) -> &Arc<AtomicBool> {
        &self.untaken
    }

    /// Returns when the server has taken the whole request, or nothing more of it is written.
    pub async fn taken(&self) {
        while self.untaken.load(Ordering::Acquire) {
            self.taken.notified().await;
        }
    }

    /// Whether the request waits since the server takes none at all now (RFC 9113, 5.1.2): of one that has been sent, the server has
    /// not taken the body.
    pub fn is_kept_out(&self) -> bool {
        let takes_none =
            locked(&self.shared.driver).as_ref().is_some_and(|driver| driver.current_max_send_streams() == 0);
        takes_none && self.untaken.load(Ordering::Relaxed)
    }

    /// A frame of a body came that was empty.
    pub fn empty_frame(&self) {
        let mut state = locked(&self.shared.state);
        state.empty_frames += 1;
        state.is_retired |= state.empty_frames >= MOST_EMPTY_FRAMES / 2;
    }

    /// Requests to come go over another connection.
    pub fn retires(&self) {
        locked(&self.shared.state).is_retired = true;
    }

    /// The connection is alive: an answer came over it.
    pub fn answered(&mut self) {
        self.is_answered = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Shared { state, room, .. } = &*self.shared;
        let mut state = locked(state);
        // It may be dead without having told, about to end, or stuck; requests to come go over another.
        state.is_retired |= !self.is_answered || self.untaken.load(Ordering::Relaxed);
        state.since = Instant::now();
        state.active -= 1;
        if state.active == 0 && !state.is_retired {
            state.is_kept = room.take();
            state.is_retired = !state.is_kept;
        }
        let is_over = state.active == 0 && state.is_retired;
        drop(state);
        if is_over {
            self.shared.tasks.end();
        }
    }
}

/// A body, which whoever writes it drops when it is written.
struct Watched {
    bytes: Bytes,
    untaken: Arc<AtomicBool>,
    taken: Arc<Notify>,
}

impl AsRef<[u8]> for Watched {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.untaken.store(false, Ordering::Release);
        self.taken.notify_one();
    }
}
