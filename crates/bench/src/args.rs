//! What is asked for on the command line.

use std::{path::PathBuf, time::Duration};

use clap::{ValueEnum, builder::RangedU64ValueParser};

use crate::wire;

/// What to measure, and how long.
#[derive(clap::Args, Clone, Debug)]
pub struct BenchArgs {
    /// The lanehook to measure [default: the one beside this program]
    #[arg(long, value_name = "PROGRAM")]
    pub server: Option<PathBuf>,
    /// Which scenarios, separated by commas [default: all]
    #[arg(long, value_enum, value_delimiter = ',')]
    pub scenario: Vec<Scenario>,
    /// How long each measurement takes, after a second of warm-up
    #[arg(long, default_value = "10s", value_parser = duration)]
    pub duration: Duration,
    /// Connections of batch-100, and requests that may be unanswered at one time in latency-300 and isolation
    #[arg(long, default_value_t = 64, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    pub connections: usize,
    /// Bytes of an event's data
    #[arg(long, default_value_t = 1024, value_parser = RangedU64ValueParser::<usize>::new().range(wire::SMALLEST as u64..=262_144))]
    pub payload: usize,
    /// Owed deliveries in the scenario backlog
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1000..=100_000_000))]
    pub backlog: u64,
    /// The database of the servers started: sqlite or postgres://… [default: sqlite]
    #[arg(long)]
    pub database: Option<String>,
    /// Where to keep the servers' data meanwhile: a folder on the disk to measure [default: the system's temporary one]
    #[arg(long)]
    pub scratch: Option<PathBuf>,
    /// Load a server that runs already, on this machine, instead of starting one
    #[arg(long, requires = "key")]
    pub url: Option<String>,
    /// The operator's key of that server
    #[arg(long, env = "LANEHOOK_OPERATOR_KEY", hide_env_values = true)]
    pub key: Option<String>,
    /// Measure the ceiling only
    #[arg(long)]
    pub ceiling_only: bool,
    /// Write JSON to standard output
    #[arg(long)]
    pub json: bool,
}

/// A kind of work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Scenario {
    /// Publish to delivered, one event a request, 64 connections, as fast as it goes
    #[value(name = "throughput-64")]
    Throughput64,
    /// The same with 256 connections
    #[value(name = "throughput-256")]
    Throughput256,
    /// The same with 100 events a request
    #[value(name = "batch-100")]
    Batch100,
    /// The same to a webhook that takes 100 events a request
    #[value(name = "batches")]
    Batches,
    /// Publish to received at 300 events/s, open-loop
    #[value(name = "latency-300")]
    Latency300,
    /// A healthy webhook beside one that hangs
    #[value(name = "isolation")]
    Isolation,
    /// A million owed deliveries: memory, and restart to first send
    #[value(name = "backlog")]
    Backlog,
    /// throughput-64 again, and beside 100 readers of what happens
    #[value(name = "live-100")]
    Live100,
}

fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration =
        text.parse().map_err(|_| format!("`{text}` is not a length of time; write it like 10s or 2m"))?;
    let bounds = Duration::from_secs(1)..=Duration::from_secs(600);
    let span = Duration::try_from(span).ok().filter(|span| bounds.contains(span));
    span.ok_or_else(|| "a measurement takes 1s to 10m".into())
}
