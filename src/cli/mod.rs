//! The command line: one module per subcommand.

pub mod backup;
pub mod catalogue;
pub mod check;
mod client;
pub mod demo;
mod events;
mod first_steps;
mod folder;
pub mod keys;
pub mod listen;
mod no_answer;
pub mod restore;
pub mod rotate_master_key;
mod say;
pub mod send;
pub mod serve;
mod version;

use std::process::ExitCode;

use anyhow::bail;
use clap::{
    CommandFactory as _, Parser, Subcommand,
    error::{ContextKind, ContextValue},
};

use self::say::Unheard;
use crate::courier::WORKER_COMMAND;

/// What a shell shows of a program that was ended because nobody reads its output any more.
const CLOSED_PIPE: u8 = 128 + 13;

/// lanehook takes events in, keeps them, and delivers each one, signed, to every webhook that asked for it.
#[derive(Parser)]
#[command(name = "lanehook", version = version::VERSION, about, propagate_version = true)]
struct Cli {
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
    /// A receiver for trying things out: shows what arrives, and checks its signature
    ///
    /// Names of headers are shown in small letters, whatever the case in which they came; a delivery's attempts (GET
    /// /api/v1/deliveries/{id}) show them as they were sent.
    Listen(listen::ListenArgs),
    /// API keys, for whoever owns the data folder
    Keys(keys::KeysArgs),
    /// Copy a data folder's database into one file, also while it is served
    Backup(backup::BackupArgs),
    /// Put a backup into an empty data folder
    Restore(restore::RestoreArgs),
    /// Is everything in a data folder, or in a backup, as it must be? Says what is wrong, and mends what can be
    Check(check::CheckArgs),
    /// Give the data folder another master key, also while it is served
    RotateMasterKey(rotate_master_key::RotateArgs),
    /// Event types in bulk: packs, OpenAPI documents, files
    Catalogue(catalogue::CatalogueArgs),
    /// Says where the benchmark is: it is a program of its own
    #[command(hide = true, disable_help_flag = true)]
    Bench {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

/// Runs the program to its end.
pub fn run() -> ExitCode {
    match run_command() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.downcast_ref::<Unheard>().is_some_and(Unheard::is_closed) => CLOSED_PIPE.into(),
        Err(error) => {
            say::last_words(format!("Error: {}", say::sentence(&error)));
            ExitCode::FAILURE
        }
    }
}

fn run_command() -> anyhow::Result<()> {
    // Before anything else: a worker has one thread and no need of a runtime, and is started often.
    if std::env::args_os().nth(1).is_some_and(|command| command == WORKER_COMMAND) {
        return Ok(lanehook_script::serve()?);
    }
    crate::config::check_environment(&Cli::command())?;
    let command = Cli::try_parse().unwrap_or_else(|error| naming_variables(error).exit()).command;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(command.run());
    // Without waiting for what still blocks, like a terminal that is being read.
    runtime.shutdown_background();
    done
}

/// What says that a flag is missing says, too, which variable it may be in.
fn naming_variables(mut error: clap::Error) -> clap::Error {
    // Of other errors this is one text, and not a list.
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else { return error };
    let command = called(Cli::command());
    let variable = |usage: &String| {
        let flag = usage.split_whitespace().next()?.strip_prefix("--")?;
        let argument = command.get_arguments().find(|argument| argument.get_long() == Some(flag))?;
        Some(format!("`--{flag}` can be in the environment instead, as {}", argument.get_env()?.to_str()?).into())
    };
    let tips = missing.iter().filter_map(variable).collect();
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    error
}

/// The subcommand that this process was called with.
fn called(program: clap::Command) -> clap::Command {
    let words = std::env::args().skip(1);
    words.fold(program, |command, word| command.find_subcommand(&word).cloned().unwrap_or(command))
}

impl Command {
    async fn run(self) -> anyhow::Result<()> {
        match self {
            Command::Serve(settings) => serve::run(*settings).await,
            Command::Demo(args) => demo::run(args).await,
            Command::Send(args) => send::run(args).await,
            Command::Listen(args) => listen::run(args).await,
            Command::Keys(args) => keys::run(args).await,
            Command::Backup(args) => backup::run(args),
            Command::Restore(args) => restore::run(args),
            Command::Check(args) => check::run(args),
            Command::RotateMasterKey(args) => rotate_master_key::run(args).await,
            Command::Catalogue(args) => catalogue::run(args).await,
            Command::Bench { args } => bail!(
                "the benchmark is a program of its own; in the source folder: {}",
                ["cargo run --release -p lanehook-bench --", &args.join(" ")].join(" ").trim_end()
            ),
        }
    }
}
