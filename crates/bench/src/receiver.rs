//! The receiver: a webhook's other end. In come deliveries, out goes `200`; what stays is when each event arrived.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use bytes::{Buf as _, BytesMut};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    runtime::Handle,
    task::{JoinHandle, JoinSet},
};

use crate::wire;

/// When each event arrived first, by its number, and what arrived that should not have.
#[derive(Debug)]
pub struct Arrivals {
    epoch: Instant,
    /// Nanoseconds from `epoch`, plus one; zero has not arrived.
    at: Box<[AtomicU64]>,
    /// The hash of each event's webhook-id (of its own id in a batch); zero while unknown.
    ids: Box<[AtomicU64]>,
    received: AtomicU64,
    duplicates: AtomicU64,
    unsigned: AtomicU64,
    unreadable: AtomicU64,
}

impl Arrivals {
    /// For events numbered below `capacity`: 16 bytes for each.
    pub fn new(capacity: u64) -> Arc<Arrivals> {
        let zero = AtomicU64::default;
        let zeros = || std::iter::repeat_with(zero).take(capacity as usize).collect();
        let (received, duplicates, unsigned, unreadable) = (zero(), zero(), zero(), zero());
        Arc::new(Arrivals {
            epoch: Instant::now(),
            at: zeros(),
            ids: zeros(),
            received,
            duplicates,
            unsigned,
            unreadable,
        })
    }

    /// How many events it has room for.
    pub fn capacity(&self) -> u64 {
        self.at.len() as u64
    }

    /// When this event arrived first.
    pub fn at(&self, number: u64) -> Option<Instant> {
        match self.at.get(number as usize)?.load(Relaxed) {
            0 => None,
            nanos => Some(self.epoch + Duration::from_nanos(nanos - 1)),
        }
    }

    /// When each event that arrived did so, by number.
    pub fn all(&self) -> impl Iterator<Item = Instant> + '_ {
        (0..self.capacity()).filter_map(|number| self.at(number))
    }

    /// Distinct events so far.
    pub fn received(&self) -> u64 {
        self.received.load(Relaxed)
    }

    /// Everything that should not have happened, in words.
    pub fn problems(&self) -> Vec<String> {
        let counts = [
            (self.duplicates.load(Relaxed), "deliveries arrived twice"),
            (self.unsigned.load(Relaxed), "deliveries had no Standard Webhooks signature"),
            (self.unreadable.load(Relaxed), "requests to the receiver were not deliveries of this run"),
            (self.shared_ids(), "events shared their webhook-id with another"),
        ];
        let happened = counts.into_iter().filter(|(count, _)| *count > 0);
        happened.map(|(count, words)| format!("{count} {words}")).collect()
    }

    /// A receiver that deduplicates by webhook-id would take these for one.
    fn shared_ids(&self) -> u64 {
        let mut ids: Vec<u64> = self.ids.iter().map(|id| id.load(Relaxed)).filter(|id| *id != 0).collect();
        ids.sort_unstable();
        ids.windows(2).filter(|pair| pair[0] == pair[1]).count() as u64
    }

    fn record(&self, wire::Carried { number, id }: wire::Carried) {
        let Some(index) = number.filter(|number| *number < self.capacity()) else {
            self.unreadable.fetch_add(1, Relaxed);
            return;
        };
        match id {
            Some(id) => self.ids[index as usize].store(id, Relaxed),
            None => drop(self.unsigned.fetch_add(1, Relaxed)),
        }
        let now = self.epoch.elapsed().as_nanos() as u64 + 1;
        match self.at[index as usize].compare_exchange(0, now, Relaxed, Relaxed) {
            Ok(_) => self.received.fetch_add(1, Relaxed),
            Err(_) => self.duplicates.fetch_add(1, Relaxed),
        };
    }
}

/// How a receiver behaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Manner {
    /// Answers at once.
    Answers,
    /// Takes every request and never answers.
    Hangs,
}

/// A receiver that runs until it is dropped.
pub struct Receiver {
    /// Where it listens.
    pub addr: SocketAddr,
    /// What it received.
    pub arrivals: Arc<Arrivals>,
    accepting: JoinHandle<()>,
}

impl Receiver {
    /// Listens on a free loopback port, working on the given runtime.
    pub fn start(on: &Handle, manner: Manner, capacity: u64) -> anyhow::Result<Receiver> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no port for the receiver")?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let arrivals = Arrivals::new(capacity);
        let seen = arrivals.clone();
        let accepting = on.spawn(async move {
            if let Err(error) = accept(listener, manner, seen).await {
                eprintln!("the receiver ended: {error}");
            }
        });
        Ok(Receiver { addr, arrivals, accepting })
    }

    /// The URL to give to a webhook.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.addr)
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: std::net::TcpListener, manner: Manner, arrivals: Arc<Arrivals>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    // Connections end with this set, so with the receiver.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                stream.set_nodelay(true)?;
                connections.spawn(connection(stream, manner, arrivals.clone()));
            }
            // A sender may close a connection at any time; that is no event here.
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(mut stream: TcpStream, manner: Manner, arrivals: Arc<Arrivals>) -> io::Result<()> {
    let mut inbox = BytesMut::with_capacity(16 * 1024);
    loop {
        inbox.reserve(4 * 1024);
        if stream.read_buf(&mut inbox).await? == 0 {
            return Ok(());
        }
        if manner == Manner::Hangs {
            inbox.clear();
            continue;
        }
        loop {
            match wire::delivery(&inbox) {
                Ok(None) => break,
                Ok(Some(delivery)) => {
                    delivery.events.iter().for_each(|event| arrivals.record(*event));
                    inbox.advance(delivery.length);
                    stream.write_all(wire::OK).await?;
                }
                Err(problem) => {
                    arrivals.unreadable.fetch_add(1, Relaxed);
                    return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(number: Option<u64>) -> wire::Carried {
        wire::Carried { number, id: number.map(|number| number + 1) }
    }

    #[test]
    fn an_event_that_arrives_twice_is_one_event_and_one_duplicate() {
        let arrivals = Arrivals::new(3);
        arrivals.record(carried(Some(2)));
        let first = arrivals.at(2);
        arrivals.record(carried(Some(2)));
        assert_eq!((arrivals.received(), arrivals.at(2), arrivals.all().count()), (1, first, 1));
        assert_eq!(arrivals.problems(), ["1 deliveries arrived twice"]);
    }

    #[test]
    fn two_events_under_one_webhook_id_are_a_problem() {
        let arrivals = Arrivals::new(3);
        arrivals.record(carried(Some(0)));
        arrivals.record(wire::Carried { number: Some(1), ..carried(Some(0)) });
        assert_eq!(arrivals.problems(), ["1 events shared their webhook-id with another"]);
    }

    #[test]
    fn what_is_not_of_this_run_is_a_problem() {
        let arrivals = Arrivals::new(3);
        arrivals.record(carried(Some(3)));
        arrivals.record(carried(None));
        assert_eq!(arrivals.received(), 0);
        assert_eq!(arrivals.problems().len(), 1);
    }
}
