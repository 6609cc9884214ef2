//! `lanehook-bench`: lanehook's numbers on this machine, beside those of a server that does the least possible.
//!
//! Generator and receiver run in this process, the server that is measured in a child process, so that what it costs can be
//! told exactly. Every scenario measures the ceiling (the [pass-through](passthrough)) in the same run with the same
//! load. In the order of a run:
//!
//! - [`lab`]: sets a subject up and takes it down; [`subject`]: its process and API; [`usage`]: what it costs
//! - [`throughput`], [`latency`], [`backlog`], [`live`]: the scenarios
//! - [`hostile`]: what one tenant's key can do to everybody else
//! - [`load`]: the closed loop; [`pace`]: the open loop; [`receiver`]: the other end; [`wire`]: the bytes between
//! - [`stats`] and [`report`]: what came out
//!
//! All traffic stays on the loopback interface. A run in which an acknowledged event does not arrive, or arrives twice,
//! ends with an error: its numbers mean nothing.

mod args;
mod backlog;
mod hostile;
mod lab;
mod latency;
mod live;
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

use anyhow::{bail, ensure};
use clap::{Parser, Subcommand, ValueEnum};

use self::{
    args::{BenchArgs, Scenario},
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
    /// Attack a server with a tenant's key, and see what a neighbour notices
    Hostile(hostile::HostileArgs),
    /// Be the ceiling: the server that answers 202, forwards and keeps nothing
    #[command(hide = true)]
    Passthrough(passthrough::PassthroughArgs),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    match cli.command {
        Some(Command::Hostile(args)) => hostile::run(args).await,
        Some(Command::Passthrough(args)) => passthrough::passthrough(args).await,
        None => run(cli.args).await,
    }
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
            Scenario::Live100 => live::run(lab).await,
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
