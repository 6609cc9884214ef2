//! `lanehook restore`: a backup becomes a data folder.

use std::path::PathBuf;

use clap::Args;
use indicatif::HumanBytes;

use super::{
    backup::{bar, shown},
    check::print,
    folder::FolderArgs,
    say::{note, say},
    serve::prepare_process,
};
use crate::serve::{RestoreError, RestorePlan, RestoreStep, restore};

/// What is restored where.
#[derive(Args)]
pub struct RestoreArgs {
    /// The backup
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// A file with its master key [default: FILE.key, or the one in the data folder]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    folder: FolderArgs,
}

/// Runs it to its end.
pub fn run(args: RestoreArgs) -> anyhow::Result<()> {
    let RestoreArgs { from, key, folder } = args;
    let config = folder.load()?;
    prepare_process();
    let bar = bar()?;
    note("Looking at the backup before anything is copied.");
    let restored = restore(&config, &RestorePlan { from, key }, |step| match step {
        RestoreStep::Looks(what) => bar.set_message(what),
        RestoreStep::Copied(done, all) => shown(&bar, done, all),
    });
    bar.finish_and_clear();
    let restored = restored.inspect_err(|error| {
        if let RestoreError::Damaged(checked) = error {
            // What keeps it from being restored is said before it is refused.
            let _ = print(checked);
        }
    })?;
    say(format_args!("{} restored to {}", HumanBytes(restored.bytes), config.data.display()))?;
    if !restored.findings.is_empty() {
        let data = config.data.display();
        note(format_args!(
            "Not everything in it is as it must be, and all of that can be mended: lanehook check --repair --data {data}"
        ));
    }
    note(
        "What was delivered after the backup was made is owed again, and is sent again under the same webhook-id, so that receivers can \
         tell.",
    );
    Ok(())
}
