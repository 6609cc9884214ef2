//! The closed loop: every connection publishes, waits for the answer, and publishes again, as fast as it goes.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
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
    net::TcpStream,
    runtime::Handle,
    task::JoinSet,
};

use crate::{
    receiver::Arrivals,
    wire::{self, Template},
};

/// How long an answer may take before its connection is given up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What a load generator knows when it is done.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The first number of every request that was answered 202.
    pub accepted: Vec<u64>,
    /// Events per request.
    pub batch: u64,
    /// How many requests were answered otherwise, by status.
    pub refused: BTreeMap<u16, u64>,
    /// Connections that broke, by reason.
    pub errors: BTreeMap<String, u64>,
}

impl Ledger {
    /// An empty ledger for requests of `batch` events.
    pub fn new(batch: u64) -> Ledger {
        Ledger { batch, ..Ledger::default() }
    }

    /// Notes the answer to the request that starts with `first`.
    pub fn note(&mut self, first: u64, status: u16) {
        match status {
            202 => self.accepted.push(first),
            other => *self.refused.entry(other).or_default() += 1,
        }
    }

    /// Notes a broken connection.
    pub fn fail(&mut self, reason: String) {
        *self.errors.entry(reason).or_default() += 1;
    }

    /// Takes another connection's ledger in.
    pub fn merge(&mut self, other: Ledger) {
        self.accepted.extend(other.accepted);
        other.refused.into_iter().for_each(|(status, count)| *self.refused.entry(status).or_default() += count);
        other.errors.into_iter().for_each(|(reason, count)| *self.errors.entry(reason).or_default() += count);
    }

    /// Events acknowledged.
    pub fn events(&self) -> u64 {
        self.accepted.len() as u64 * self.batch
    }

    /// Events acknowledged that have not arrived.
    pub fn missing(&self, arrivals: &Arrivals) -> u64 {
        let events = self.accepted.iter().flat_map(|&first| first..first + self.batch);
        events.filter(|&number| arrivals.at(number).is_none()).count() as u64
    }

    /// What went wrong while publishing, in words.
    pub fn problems(&self) -> Vec<String> {
        let refused = self.refused.iter().map(|(status, count)| format!("{count} publishes were answered {status}"));
        let errors = self.errors.iter().map(|(reason, count)| format!("{count} connections broke: {reason}"));
        refused.chain(errors).collect()
    }
}

/// When a closed loop ends.
#[derive(Clone, Copy, Debug)]
pub struct Until {
    /// No request starts after this.
    pub time: Instant,
    /// No event is numbered this or above.
    pub number: u64,
}

/// Publishes over `connections` keep-alive connections, working on the given runtime.
pub async fn closed_loop(
    on: &Handle,
    addr: SocketAddr,
    template: Template,
    connections: usize,
    until: Until,
) -> anyhow::Result<Ledger> {
    let mut ledger = Ledger::new(template.batch());
    let work = async move {
        let next = Arc::new(AtomicU64::new(0));
        let mut running = JoinSet::new();
        for _ in 0..connections {
            let stream = TcpStream::connect(addr).await.with_context(|| format!("cannot connect to {addr}"))?;
            stream.set_nodelay(true)?;
            running.spawn(connection(stream, template.clone(), next.clone(), until));
        }
        while let Some(ended) = running.join_next().await {
            ledger.merge(ended.context("a connection of the load generator panicked")?);
        }
        anyhow::Ok(ledger)
    };
    on.spawn(work).await.context("the load generator panicked")?
}

async fn connection(stream: TcpStream, template: Template, next: Arc<AtomicU64>, until: Until) -> Ledger {
    let mut ledger = Ledger::new(template.batch());
    if let Err(error) = publish(stream, template, &next, until, &mut ledger).await {
        ledger.fail(error.to_string());
    }
    ledger
}

async fn publish(
    mut stream: TcpStream,
    mut template: Template,
    next: &AtomicU64,
    until: Until,
    ledger: &mut Ledger,
) -> anyhow::Result<()> {
    // One timer for the life of the connection: a timeout per answer would cost as much as the answer.
    let give_up = tokio::time::sleep_until((until.time + PATIENCE).into());
    tokio::pin!(give_up);
    let mut inbox = BytesMut::with_capacity(16 * 1024);
    while Instant::now() < until.time {
        let first = next.fetch_add(template.batch(), Relaxed);
        if first + template.batch() > until.number {
            break;
        }
        stream.write_all(template.numbered(first)).await?;
        let answer = loop {
            if let Some(answer) = wire::answer(&inbox).map_err(anyhow::Error::msg)? {
                break answer;
            }
            inbox.reserve(4 * 1024);
            tokio::select! {
                biased;
                read = stream.read_buf(&mut inbox) => anyhow::ensure!(read? > 0, "the server closed the connection"),
                () = &mut give_up => anyhow::bail!("no answer within {PATIENCE:?} after the end"),
            }
        };
        inbox.advance(answer.length);
        ledger.note(first, answer.status);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_acknowledged_can_be_missing() {
        let arrivals = Arrivals::new(100);
        let mut ledger = Ledger::new(10);
        ledger.note(0, 202);
        ledger.note(10, 503);
        ledger.fail("reset".into());
        assert_eq!((ledger.events(), ledger.missing(&arrivals)), (10, 10));
        assert_eq!(ledger.problems(), ["1 publishes were answered 503", "1 connections broke: reset"]);
    }
}
