//! `lanehook backup`: the database in one file, also while a server goes on.

use std::path::PathBuf;

use clap::Args;
use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use super::{
    folder::FolderArgs,
    say::{note, say},
    serve::prepare_process,
};
use crate::serve::{BackupPlan, back_up};

const MEGABYTE: u64 = 1_000_000;

/// What is backed up where.
#[derive(Args)]
pub struct BackupArgs {
    /// The file to write. Nothing is written over one that is there
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Write the master key, too, to FILE.key. Who has both can read every secret
    #[arg(long)]
    with_key: bool,
    /// The most megabytes a second, to leave the disk to the server
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    rate: Option<u64>,
    #[command(flatten)]
    folder: FolderArgs,
}

/// Runs it to its end.
pub fn run(args: BackupArgs) -> anyhow::Result<()> {
    let BackupArgs { to, with_key, rate, folder } = args;
    let config = folder.load()?;
    prepare_process();
    let bar = bar()?;
    let plan = BackupPlan { to: to.clone(), with_key, rate: rate.map(|rate| rate * MEGABYTE) };
    let bytes = back_up(&config, &plan, |done, all| shown(&bar, done, all))?;
    bar.finish_and_clear();
    say(format_args!("{} in {}", HumanBytes(bytes), to.display()))?;
    match (with_key, config.master_key.is_some()) {
        (true, _) => note(format_args!(
            "The master key is beside it, in {}.key: who has both can read every secret.",
            to.display()
        )),
        (false, true) => note(
            "The master key is not in it: keep LANEHOOK_MASTER_KEY elsewhere, without it the backup cannot be used.",
        ),
        (false, false) => note(format_args!(
            "The master key is not in it: keep {} elsewhere, without it the backup cannot be used.",
            config.data.join("master.key").display()
        )),
    }
    Ok(())
}

/// How far a copy has come.
pub(super) fn bar() -> anyhow::Result<ProgressBar> {
    let style = "{bar:40} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
    Ok(ProgressBar::new(0).with_style(ProgressStyle::with_template(style)?))
}

/// So much of it is copied.
pub(super) fn shown(bar: &ProgressBar, done: u64, all: u64) {
    bar.set_length(all);
    bar.set_position(done);
}
