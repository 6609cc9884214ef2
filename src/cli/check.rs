//! `lanehook check`: what is wrong in a data folder or a backup, and what that means.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use indicatif::{HumanBytes, HumanCount, ProgressBar};

use super::{
    folder::FolderArgs,
    say::{Unheard, note, say},
    serve::prepare_process,
};
use crate::{
    serve::{check_database, repair_database},
    store::sqlite::Checked,
};

/// What is looked at.
#[derive(Args)]
pub struct CheckArgs {
    /// A backup, instead of the data folder
    #[arg(value_name = "FILE", conflicts_with = "repair")]
    backup: Option<PathBuf>,
    /// A file with the backup's master key [default: FILE.key, or the one in the data folder]
    #[arg(long, value_name = "FILE", requires = "backup")]
    key: Option<PathBuf>,
    /// Mend what can be. The server must be stopped; make a backup first
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    folder: FolderArgs,
}

/// Runs it to its end, which is a failure if anything is wrong.
pub fn run(args: CheckArgs) -> anyhow::Result<()> {
    let CheckArgs { backup, key, repair, folder } = args;
    let config = folder.load()?;
    prepare_process();
    let progress = ProgressBar::new_spinner();
    let looks = |what: &'static str| {
        progress.set_message(what);
        progress.tick();
    };
    let checked = match repair {
        true => {
            let (before, after) = repair_database(&config, looks)?;
            let mended =
                before.findings.iter().filter(|found| !after.findings.iter().any(|left| left.what == found.what));
            for finding in mended {
                say(format_args!("mended: {} {}", HumanCount(finding.count), finding.what))?;
            }
            after
        }
        false => check_database(&config, backup.as_deref(), key.as_deref(), looks)?,
    };
    progress.finish_and_clear();
    print(&checked)?;
    match checked.findings.len() {
        0 => Ok(()),
        1 => bail!("one thing is not as it must be"),
        count => bail!("{count} things are not as they must be"),
    }
}

/// Says what was found.
pub(super) fn print(checked: &Checked) -> Result<(), Unheard> {
    for size in &checked.sizes {
        let of_indexes = match size.of_indexes {
            0 => String::new(),
            bytes => format!(", {} of that in indexes", HumanBytes(bytes)),
        };
        say(format_args!("{:>12}  {}{of_indexes}", HumanBytes(size.bytes).to_string(), size.name))?;
    }
    for finding in &checked.findings {
        let examples = finding.examples.join(", ");
        say(format_args!("\nwrong: {} {} ({examples})", HumanCount(finding.count), finding.what))?;
        say(format_args!("  {}", finding.meaning))?;
        if finding.can_be_mended {
            say("  `lanehook check --repair` mends it while the server is stopped.")?;
        }
    }
    if let Some(left_out) = &checked.left_out {
        note(format_args!("Not looked at: {left_out}."));
    }
    if checked.findings.is_empty() {
        say("All is as it must be.")?;
    }
    Ok(())
}
