//! A hundred readers of what happens, while events are published and delivered as fast as it goes.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use anyhow::{Context as _, ensure};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    runtime::Handle,
};

use crate::{
    lab::{Lab, Subject, WARM_UP},
    report::{Row, ScenarioReport},
    subject::Kind,
    throughput::{Load, Saturated, saturate},
};

const READERS: usize = 100;
/// What each reads: a message for each event that is delivered.
const QUERY: &str = "kind=delivery&status=delivered";

/// Measures the same load without readers and with them.
pub async fn run(lab: &Lab) -> anyhow::Result<ScenarioReport> {
    let load = Load { connections: 64, batch: 1, delivered_together: None };
    let (alone, ()) = saturate(lab, Kind::Lanehook, load, async |_| Ok(())).await?;
    let begin = async |subject: &Subject| Readers::begin(&lab.receive.handle, subject.addr, lab.key()).await;
    let (beside, readers) = saturate(lab, Kind::Lanehook, load, begin).await?;
    let seconds = (WARM_UP + lab.args.duration).as_secs_f64();
    let told = readers.told();
    let row = |what, unit, value| Row::new(what, unit, None, Some(value));
    let cpu = |run: &Saturated| run.cost.cpu_us_per_event;
    let mut rows = vec![
        row("delivered, nobody reads", "events/s", alone.delivered_per_second),
        row("delivered, 100 read", "events/s", beside.delivered_per_second),
        row("messages to all readers", "messages/s", told.messages as f64 / seconds),
        row("that readers were too slow for", "messages/s", told.missed as f64 / seconds),
    ];
    rows.extend(cpu(&alone).zip(cpu(&beside)).into_iter().flat_map(|(alone, beside)| {
        [row("CPU an event, nobody reads", "us", alone), row("CPU an event, 100 read", "us", beside)]
    }));
    let mut report = ScenarioReport { rows, ..ScenarioReport::default() };
    let problems = alone.problems.into_iter().chain(beside.problems).collect();
    report.take(Kind::Lanehook, Some((beside.cost, problems)));
    Ok(report)
}

/// Readers, until this is dropped.
struct Readers {
    counts: Vec<Arc<Counts>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

#[derive(Default)]
struct Counts {
    messages: AtomicU64,
    missed: AtomicU64,
}

/// What all readers were told.
struct Told {
    messages: u64,
    missed: u64,
}

impl Readers {
    async fn begin(handle: &Handle, addr: SocketAddr, key: &str) -> anyhow::Result<Readers> {
        let mut readers = Readers { counts: Vec::new(), tasks: Vec::new() };
        for _ in 0..READERS {
            let counts = Arc::<Counts>::default();
            let stream = open(addr, key).await?;
            readers.counts.push(counts.clone());
            readers.tasks.push(handle.spawn(read(stream, counts)));
        }
        Ok(readers)
    }

    fn told(&self) -> Told {
        let sum = |count: fn(&Counts) -> &AtomicU64| {
            self.counts.iter().map(|counts| count(counts).load(Ordering::Relaxed)).sum()
        };
        Told { messages: sum(|counts| &counts.messages), missed: sum(|counts| &counts.missed) }
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

async fn open(addr: SocketAddr, key: &str) -> anyhow::Result<TcpStream> {
    let mut stream = TcpStream::connect(addr).await?;
    let head = format!("GET /api/v1/live?{QUERY} HTTP/1.1\r\nhost: {addr}\r\nauthorization: Bearer {key}\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).contains("\nid: ") {
        ensure!(stream.read_buf(&mut answer).await? > 0, "a reader was refused");
    }
    let answer = String::from_utf8_lossy(&answer);
    ensure!(answer.starts_with("HTTP/1.1 200"), "a reader was answered {answer}");
    Ok(stream)
}

/// Counts what comes. A message is what ends by an empty line; how much was missed stands in the first line of data that says it.
async fn read(mut stream: TcpStream, counts: Arc<Counts>) {
    let mut text = Vec::with_capacity(1 << 18);
    while stream.read_buf(&mut text).await.is_ok_and(|read| read > 0) {
        let Some(end) = text.windows(2).rposition(|pair| pair == b"\n\n") else { continue };
        let whole = text.drain(..end + 2).collect::<Vec<u8>>();
        let (messages, missed) = count(&whole).unwrap_or_default();
        counts.messages.fetch_add(messages, Ordering::Relaxed);
        counts.missed.fetch_add(missed, Ordering::Relaxed);
    }
}

/// How many deliveries are told in whole messages, and how many things it says were missed.
fn count(messages: &[u8]) -> anyhow::Result<(u64, u64)> {
    let text = std::str::from_utf8(messages).context("a stream is text")?;
    let told = text.matches("\nevent: delivery\n").count() as u64;
    let missed =
        text.lines().filter_map(|line| line.strip_prefix("data: {\"count\":")?.split(',').next()?.parse::<u64>().ok());
    Ok((told, missed.sum()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_and_what_was_missed_are_counted() {
        let text = "id: 1\nevent: delivery\ndata: {}\n\n: still here\nid: 2\n\nevent: missed\ndata: {\"count\":12,\"since\":null}\n\n";
        assert_eq!(count(text.as_bytes()).unwrap(), (1, 12));
    }
}
