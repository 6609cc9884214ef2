use clap::{Parser, Subcommand};
use lanehook::cli::bench;

#[derive(Parser)]
#[command(name = "lanehook", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure this machine: lanehook's numbers beside those of a server that keeps nothing.
    Bench(bench::BenchArgs),
    #[command(hide = true)]
    BenchPassthrough(bench::PassthroughArgs),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Bench(args) => bench::run(args).await,
        Command::BenchPassthrough(args) => bench::passthrough(args).await,
    }
}
