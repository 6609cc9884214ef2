//! The command line: one module per subcommand.

pub mod catalogue;
mod client;
pub mod demo;
pub mod send;
pub mod serve;

use anyhow::bail;
use clap::{Parser, Subcommand};

/// lanehook takes events in, keeps them, and delivers each one, signed, to every webhook that asked for it.
#[derive(Parser)]
#[command(name = "lanehook", version, about, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server
    Serve(Box<crate::config::Settings>),
    /// See it work: a server, receivers and a stream of market alerts, in a temporary folder
    Demo(demo::DemoArgs),
    /// Publish events from the command line or standard input
    Send(send::SendArgs),
    /// Event types in bulk: packs, OpenAPI documents, files
    Catalogue(catalogue::CatalogueArgs),
    /// Says where the benchmark is: it is a program of its own
    #[command(hide = true, disable_help_flag = true)]
    Bench {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    #[command(hide = true)]
    ScriptWorker,
}

impl Cli {
    /// Runs the subcommand to its end.
    pub async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Serve(settings) => serve::run(*settings).await,
            Command::Demo(args) => demo::run(args).await,
            Command::Send(args) => send::run(args).await,
            Command::Catalogue(args) => catalogue::run(args).await,
            Command::Bench { args } => bail!(
                "the benchmark is a program of its own; in the source folder: {}",
                ["cargo run --release -p lanehook-bench --", &args.join(" ")].join(" ").trim_end()
            ),
            // Its own thread is all that it needs, and all that it may block.
            Command::ScriptWorker => Ok(lanehook_script::serve()?),
        }
    }
}
