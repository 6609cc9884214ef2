//! `lanehook keys`: API keys for whoever owns the data folder, without one: where the first was lost.

use clap::{Args, Subcommand};

use super::{
    folder::FolderArgs,
    say::{note, say},
    serve::prepare_process,
};
use crate::serve::{KeyWish, make_key};

/// API keys.
#[derive(Args)]
pub struct KeysArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a key with every scope and show it once. By the running server, if it is this user's, or while it is stopped
    Create(CreateArgs),
}

#[derive(Args)]
struct CreateArgs {
    /// The name that people see
    #[arg(long, default_value = "command line")]
    name: String,
    /// For this tenant; otherwise the key is an operator's
    #[arg(long)]
    tenant: Option<String>,
    #[command(flatten)]
    folder: FolderArgs,
}

/// Runs the subcommand to its end.
pub async fn run(args: KeysArgs) -> anyhow::Result<()> {
    let Command::Create(CreateArgs { name, tenant, folder }) = args.command;
    let config = folder.load()?;
    prepare_process();
    let key = make_key(&config, KeyWish { name, tenant }).await?;
    note("The new API key, shown this once:");
    Ok(say(key)?)
}
