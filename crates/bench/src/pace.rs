//! The open loop: requests leave at fixed times, whatever becomes of those before.
//!
//! A latency counts from the time that was fixed, not from the moment the request left, so a server that stalls is
//! charged for everything it kept waiting (no coordinated omission). Plain blocking threads do this, because the timer
//! of an async runtime is a millisecond coarse, which is more than what is measured here. All threads draw from one
//! counter: at any moment one sleeps until the next time, and the others wait for answers or for later times.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    num::NonZeroU64,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context as _;

use crate::{
    load::{Ledger, PATIENCE},
    stats::Schedule,
    wire::{self, Template},
};

/// Sleeping ends a little late, so it ends early and the rest is spun away.
const SPIN: Duration = Duration::from_micros(80);

/// One steady stream of single events.
#[derive(Clone, Debug)]
pub struct Stream {
    pub addr: SocketAddr,
    pub template: Template,
    pub schedule: Schedule,
    /// The number of its first event.
    pub first: u64,
    pub count: u64,
    /// Requests that can wait for an answer at one time; beyond that, requests leave late.
    pub connections: usize,
}

/// What became of a stream.
#[derive(Debug, Default)]
pub struct Paced {
    pub ledger: Ledger,
    /// How late each request left.
    pub late: Vec<Duration>,
    /// From the fixed time to the answer.
    pub acknowledged: Vec<Duration>,
}

/// Sends the stream to its end. Blocks.
pub fn run(stream: &Stream) -> anyhow::Result<Paced> {
    let sockets = (0..stream.connections).map(|_| connect(stream.addr)).collect::<Result<Vec<_>, _>>()?;
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        let start = |socket| {
            let body = || sender(stream, &next, socket);
            thread::Builder::new().name("bench-pace".into()).stack_size(128 * 1024).spawn_scoped(scope, body)
        };
        let threads =
            sockets.into_iter().map(start).collect::<Result<Vec<_>, _>>().context("no thread for a sender")?;
        let mut all = Paced { ledger: Ledger::new(1), ..Paced::default() };
        for thread in threads {
            let one = thread.join().map_err(|_| anyhow::anyhow!("a sender panicked"))?;
            all.ledger.merge(one.ledger);
            all.late.extend(one.late);
            all.acknowledged.extend(one.acknowledged);
        }
        Ok(all)
    })
}

fn connect(addr: SocketAddr) -> anyhow::Result<TcpStream> {
    let socket = TcpStream::connect_timeout(&addr, PATIENCE).with_context(|| format!("cannot connect to {addr}"))?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(socket)
}

fn sender(stream: &Stream, next: &AtomicU64, mut socket: TcpStream) -> Paced {
    // Linux lets a sleep end up to 50 µs late to save wake-ups. Where it cannot be told not to, requests leave later, which
    // the report shows.
    let _ = rustix::thread::set_current_timer_slack(NonZeroU64::new(1));
    let mut seen = Paced { ledger: Ledger::new(1), ..Paced::default() };
    let mut template = stream.template.clone();
    let mut inbox = Vec::with_capacity(4096);
    loop {
        let index = next.fetch_add(1, Relaxed);
        if index >= stream.count {
            return seen;
        }
        let due = stream.schedule.due(index);
        let number = stream.first + index;
        let request = template.numbered(number);
        wait_until(due);
        seen.late.push(due.elapsed());
        match exchange(&mut socket, request, &mut inbox) {
            Ok(status) => {
                seen.acknowledged.push(due.elapsed());
                seen.ledger.note(number, status);
            }
            Err(error) => {
                seen.ledger.fail(error.to_string());
                match connect(stream.addr) {
                    Ok(fresh) => socket = fresh,
                    Err(_) => return seen,
                }
            }
        }
    }
}

fn wait_until(due: Instant) {
    let now = Instant::now();
    if let Some(coarse) = due.checked_duration_since(now + SPIN) {
        thread::sleep(coarse);
    }
    while Instant::now() < due {
        std::hint::spin_loop();
    }
}

/// Sends one request and reads its answer's status.
fn exchange(socket: &mut TcpStream, request: &[u8], inbox: &mut Vec<u8>) -> anyhow::Result<u16> {
    socket.write_all(request)?;
    inbox.clear();
    let mut piece = [0; 4096];
    loop {
        let read = socket.read(&mut piece)?;
        anyhow::ensure!(read > 0, "the server closed the connection");
        inbox.extend_from_slice(&piece[..read]);
        if let Some(answer) = wire::answer(inbox).map_err(anyhow::Error::msg)? {
            return Ok(answer.status);
        }
    }
}
