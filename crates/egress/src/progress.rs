//! How far a request has come. It outlives the exchange that fills it, so that a timeout can tell how far things had
//! come and hand out the part of the answer that is there.

use std::{
    fmt,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU16, Ordering},
    },
    time::{Duration, Instant},
};

use http::{HeaderMap, StatusCode};

/// Bytes of an answer's headers: names, values, and four for each line.
pub(crate) const LARGEST_HEAD: usize = 64 * 1024;
/// Lines of them over HTTP/1.
pub(crate) const MOST_HEADERS: usize = 1000;

/// Where a request is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Phase {
    /// Other look-ups are waited for, until it is this one's turn.
    Queued,
    /// The host's name is looked up.
    Resolving,
    /// A TCP connection is made.
    Connecting,
    /// The TLS handshake is under way.
    Handshake,
    /// The request is written, but the other side does not take all of it.
    Sending,
    /// The request is written and the answer waited for.
    Waiting,
    /// The answer's first line is there and the rest of its head waited for.
    Head,
    /// The answer's body is read.
    Body,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Queued => "the look-up of its name did not get its turn",
            Phase::Resolving => "the name was not resolved",
            Phase::Connecting => "no TCP connection came about",
            Phase::Handshake => "connected, but the TLS handshake did not end",
            Phase::Sending => "connected, but the receiver did not take the request's body",
            Phase::Waiting => "connected, but no response head arrived",
            Phase::Head => "the response's first line arrived, but its head did not end",
            Phase::Body => "the response head arrived, but the body did not end",
        })
    }
}

/// Why a request was written a second time that the server may have processed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Repeated {
    /// A kept connection ended before anything of an answer came.
    KeptEnded,
    /// What came over HTTP/2 could not be read.
    Unreadable,
}

impl fmt::Display for Repeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Repeated::KeptEnded => {
                "the kept connection ended before an answer came, so the request was sent again over a new one: the receiver \
                 may have it twice"
            }
            Repeated::Unreadable => {
                "the answer over HTTP/2 had what is not permitted there, a header `connection` perhaps, so the request was \
                 sent again over HTTP/1.1: the receiver may have it twice"
            }
        })
    }
}

/// How long the phases took. One that did not happen is zero: a kept connection has no DNS, TCP and TLS.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Timings {
    /// Name resolution.
    pub dns: Duration,
    /// TCP, whether a connection came about or not.
    pub connect: Duration,
    /// TLS handshake.
    pub tls: Duration,
    /// From the start to the answer's head.
    pub first_byte: Duration,
    /// From the start to the end, whatever the end was.
    pub total: Duration,
}

/// What was answered, as far as it arrived.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// All headers that could be read, together at most 64 KiB; none, if the head as a whole could not.
    pub headers: HeaderMap,
    /// The body as it came, not decompressed, up to [`Limits::body`](crate::Limits::body) bytes.
    pub body: Vec<u8>,
    /// Whether the body went on after that.
    pub truncated: bool,
}

/// A request so far.
pub(crate) struct Progress {
    pub began: Instant,
    pub phase: Phase,
    /// When that phase was entered; of those that tell how long they took so far when the time is over.
    entered: Instant,
    pub timings: Timings,
    pub remote: Option<SocketAddr>,
    pub reused: bool,
    pub http2: bool,
    /// How many times the request was written, wholly or in part.
    pub requests: u32,
    /// Whether the request was written twice: see [`Exchange::repeated`](crate::Exchange::repeated).
    pub repeated: Option<Repeated>,
    /// Whether some of the request waits for the other side to take it.
    pub untaken: Option<Arc<AtomicBool>>,
    /// What the answer's first line has said, over HTTP/1; zero is nothing.
    pub first_line: Option<Arc<AtomicU16>>,
    pub answer: Option<Answer>,
    /// The whole answer has come.
    pub is_answered: bool,
    /// Bytes of the body beyond what is kept.
    pub dropped: usize,
    /// Parts of the body that came.
    pub frames: usize,
}

impl Progress {
    /// Nothing yet.
    pub fn new() -> Progress {
        Progress {
            began: Instant::now(),
            phase: Phase::Resolving,
            entered: Instant::now(),
            timings: Timings::default(),
            remote: None,
            reused: false,
            http2: false,
            requests: 0,
            repeated: None,
            untaken: None,
            first_line: None,
            answer: None,
            is_answered: false,
            dropped: 0,
            frames: 0,
        }
    }

    /// The name is looked up, or the connection or the session made, from now on.
    pub fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.entered = Instant::now();
    }

    /// Whatever it is doing has come to an end: that is how long it took, whether anything came of it or not.
    pub fn leave(&mut self) {
        match self.phase {
            Phase::Resolving => self.timings.dns = self.entered.elapsed(),
            Phase::Connecting => self.timings.connect = self.entered.elapsed(),
            Phase::Handshake => self.timings.tls = self.entered.elapsed(),
            _ => {}
        }
    }

    /// How far it has come now.
    pub fn phase(&self) -> Phase {
        match self.phase {
            Phase::Waiting if self.status().is_some() => Phase::Head,
            Phase::Waiting if self.untaken.as_ref().is_some_and(|untaken| untaken.load(Ordering::Relaxed)) => {
                Phase::Sending
            }
            phase => phase,
        }
    }

    /// What the answer's first line has said, whatever became of the rest of its head.
    fn status(&self) -> Option<StatusCode> {
        let status = self.first_line.as_ref()?.load(Ordering::Relaxed);
        StatusCode::from_u16(status).ok()
    }

    /// Where the answer is waited for: [`Phase::Waiting`], or [`Phase::Head`].
    pub fn waiting(&self) -> Phase {
        if self.status().is_some() { Phase::Head } else { Phase::Waiting }
    }

    /// What has come of the answer until it failed.
    pub fn answer_so_far(&mut self) -> Option<Answer> {
        let of_first_line = |status| Answer { status, headers: HeaderMap::new(), body: Vec::new(), truncated: true };
        self.answer.take().or_else(|| self.status().map(of_first_line))
    }

    /// Takes in the answer's head.
    pub fn begin_answer(&mut self, status: StatusCode, headers: HeaderMap) {
        self.timings.first_byte = self.began.elapsed();
        self.phase = Phase::Body;
        self.answer = Some(Answer { status, headers, body: Vec::new(), truncated: false });
    }

    /// Takes in a part of the body; what goes beyond `most` bytes is dropped and counted.
    pub fn keep(&mut self, part: &[u8], most: usize) {
        let Some(answer) = &mut self.answer else { return };
        let fits = part.len().min(most.saturating_sub(answer.body.len()));
        answer.body.extend_from_slice(&part[..fits]);
        answer.truncated |= fits < part.len();
        self.dropped += part.len() - fits;
        self.frames += 1;
    }

    /// Whether the other side has said that it takes the request.
    pub fn is_accepted(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.status.is_success())
    }

    /// No more of the body is read.
    pub fn leave_the_rest(&mut self) {
        if let Some(answer) = &mut self.answer {
            answer.truncated = true;
        }
    }
}
