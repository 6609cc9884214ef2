//! `lanehook-bench`: lanehook's numbers on this machine, beside those of a server that does the least possible.
//!
//! Generator and receiver run in this process, the server that is measured in a child process, so that what it costs can be
//! told exactly. Every scenario measures the ceiling (the [pass-through](passthrough)) in the same run with the same
//! load. In the order of a run:
//!
//! - [`lab`]: sets a subject up and takes it down; [`subject`]: its process and API; [`usage`]: what it costs
//! - [`throughput`], [`latency`], [`backlog`]: the scenarios
//! - [`load`]: the closed loop; [`pace`]: the open loop; [`receiver`]: the other end; [`wire`]: the bytes between
//! - [`stats`] and [`report`]: what came out
//!
//! All traffic stays on the loopback interface. A run in which an acknowledged event does not arrive, or arrives twice,
//! ends with an error: its numbers mean nothing.

mod backlog;
mod lab;
mod latency;
mod load;
mod pace;
mod passthrough;
mod receiver;
mod report;
mod stats;
mod subject;
mod throughput;
mod usage;
mod wire;

use std::{path::PathBuf, time::Duration};

use anyhow::{bail, ensure};
use clap::{Parser, Subcommand, ValueEnum, builder::RangedU64ValueParser};

use self::{
    lab::Lab,
    report::{Aim, Report, ScenarioReport},
    throughput::Load,
};
/// The allocator of the server, so that the pass-through is not slower for want of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measure this machine: lanehook's numbers beside those of a server that keeps nothing.
#[derive(Parser)]
#[command(name = "lanehook-bench", version, about, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    args: BenchArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Be the ceiling: the server that answers 202, forwards and keeps nothing
    #[command(hide = true)]
    Passthrough(passthrough::PassthroughArgs),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.command {
        Some(Command::Passthrough(args)) => passthrough::passthrough(args).await,
        None => run(cli.args).await,
    }
}

/// What to measure, and how long.
#[derive(clap::Args, Clone, Debug)]
struct BenchArgs {
    /// The lanehook to measure [default: the one beside this program]
    #[arg(long, value_name = "PROGRAM")]
    server: Option<PathBuf>,
    /// Which scenarios, separated by commas [default: all]
    #[arg(long, value_enum, value_delimiter = ',')]
    scenario: Vec<Scenario>,
    /// How long each measurement takes, after a second of warm-up
    #[arg(long, default_value = "10s", value_parser = duration)]
    duration: Duration,
    /// Connections of batch-100, and requests that may be unanswered at one time in latency-300 and isolation
    #[arg(long, default_value_t = 64, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    connections: usize,
    /// Bytes of an event's data
    #[arg(long, default_value_t = 1024, value_parser = RangedU64ValueParser::<usize>::new().range(wire::SMALLEST as u64..=262_144))]
    payload: usize,
    /// Owed deliveries in the scenario backlog
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1000..=100_000_000))]
    backlog: u64,
    /// The database of the servers started: sqlite or postgres://… [default: sqlite]
    #[arg(long)]
    database: Option<String>,
    /// Where to keep the servers' data meanwhile: a folder on the disk to measure [default: the system's temporary one]
    #[arg(long)]
    scratch: Option<PathBuf>,
    /// Load a server that runs already, on this machine, instead of starting one
    #[arg(long, requires = "key")]
    url: Option<String>,
    /// The operator's key of that server
    #[arg(long, env = "LANEHOOK_OPERATOR_KEY", hide_env_values = true)]
    key: Option<String>,
    /// Measure the ceiling only
    #[arg(long)]
    ceiling_only: bool,
    /// Write JSON to standard output
    #[arg(long)]
    json: bool,
}

/// A kind of work.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Scenario {
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
}

impl Scenario {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    fn has_ceiling(self) -> bool {
        matches!(self, Scenario::Throughput64 | Scenario::Throughput256 | Scenario::Latency300)
    }

    async fn run(self, lab: &Lab) -> anyhow::Result<ScenarioReport> {
        let sqlite = lab.args.database.as_deref().is_none_or(|database| database.starts_with("sqlite"));
        let on_sqlite = |aim| sqlite.then_some(aim);
        let load = |connections, batch| Load { connections, batch, delivered_together: None };
        match self {
            Scenario::Throughput64 => {
                let aim = Aim::RatioAtLeast(if sqlite { 0.48 } else { 0.2 });
                throughput::run(lab, load(64, 1), Some(aim)).await
            }
            Scenario::Throughput256 => throughput::run(lab, load(256, 1), on_sqlite(Aim::RatioAtLeast(0.6))).await,
            Scenario::Batch100 => {
                throughput::run(lab, load(lab.args.connections, 100), on_sqlite(Aim::AtLeast(20_000.0))).await
            }
            Scenario::Batches => {
                let together = Load { delivered_together: Some(100), ..load(lab.args.connections, 100) };
                throughput::run(lab, together, None).await
            }
            Scenario::Latency300 => latency::run(lab, 300).await,
            Scenario::Isolation => latency::isolation(lab).await,
            Scenario::Backlog => backlog::run(lab).await,
        }
    }
}

/// Runs the scenarios and prints what they found. Progress goes to standard error.
///
/// # Errors
/// When a scenario could not run, or lost or doubled an event. A missed aim is no error.
async fn run(args: BenchArgs) -> anyhow::Result<()> {
    let mut scenarios =
        if args.scenario.is_empty() { Scenario::value_variants().to_vec() } else { args.scenario.clone() };
    if args.ceiling_only {
        scenarios.retain(|scenario| scenario.has_ceiling());
        ensure!(!scenarios.is_empty(), "these scenarios have no ceiling to measure");
    }
    let lab = Lab::new(args).await?;
    let mut report = Report {
        version: env!("CARGO_PKG_VERSION"),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        duration_seconds: lab.args.duration.as_secs_f64(),
        payload_bytes: lab.args.payload,
        database: database_kind(&lab.args),
        file_system: lab.keeps_data().then(|| lab.file_system()).flatten(),
        scenarios: Vec::new(),
    };
    for scenario in scenarios {
        eprintln!("{} …", scenario.name());
        // One that fails does not keep the others from running.
        let found = scenario.run(&lab).await;
        let failed = |error| ScenarioReport { problems: vec![format!("{error:#}")], ..ScenarioReport::default() };
        report.scenarios.push(ScenarioReport { name: scenario.name(), ..found.unwrap_or_else(failed) });
    }
    if lab.args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.text());
    }
    let problems = report.problems();
    if !problems.is_empty() {
        bail!("these numbers mean nothing:\n- {}", problems.join("\n- "));
    }
    Ok(())
}

/// Which kind of database it was; its URL may hold a password.
fn database_kind(args: &BenchArgs) -> String {
    let kind = match (&args.url, &args.database) {
        (Some(_), _) => "of a running server",
        (None, Some(database)) => database.split(':').next().unwrap_or_default(),
        (None, None) => "sqlite",
    };
    kind.to_owned()
}

fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration =
        text.parse().map_err(|_| format!("`{text}` is not a length of time; write it like 10s or 2m"))?;
    let bounds = Duration::from_secs(1)..=Duration::from_secs(600);
    let span = Duration::try_from(span).ok().filter(|span| bounds.contains(span));
    span.ok_or_else(|| "a measurement takes 1s to 10m".into())
}
