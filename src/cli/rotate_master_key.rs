//! `lanehook rotate-master-key`: another key for what is sealed.

use std::path::PathBuf;

use clap::Args;

use super::{
    folder::FolderArgs,
    say::{note, say},
    serve::prepare_process,
};
use crate::serve::rotate_master_key;

/// Which key.
#[derive(Args)]
pub struct RotateArgs {
    /// A file with the next key, where the key is given as LANEHOOK_MASTER_KEY
    #[arg(long, value_name = "FILE")]
    new_key: Option<PathBuf>,
    #[command(flatten)]
    folder: FolderArgs,
}

/// Runs it to its end. Ended before, it can be run again.
pub async fn run(args: RotateArgs) -> anyhow::Result<()> {
    let RotateArgs { new_key, folder } = args;
    let config = folder.load()?;
    prepare_process();
    let rotated = rotate_master_key(&config, new_key.as_deref()).await?;
    match &rotated.before {
        Some(before) => {
            say(format_args!("The master key in {} is another one now.", config.data.display()))?;
            note(format_args!(
                "The one before is {}. Backups from before are opened by it: keep it with them, and delete both when they are too old.",
                before.display()
            ));
        }
        None if rotated.was_done => say("The database is opened by the new master key already.")?,
        None => say("The database is opened by the new master key now. Start the server with it from now on.")?,
    }
    if rotated.is_in_log {
        note(
            "What the key before opens is still in the write-ahead log, since something reads from it, like a backup. It goes when the log is \
             begun anew; a restart of the server empties it.",
        );
    }
    Ok(())
}
