//! Which data folder a subcommand works on.

use std::path::PathBuf;

use clap::Args;

use crate::config::{Config, Settings};

/// The folder, or the settings that name it.
#[derive(Args)]
pub(super) struct FolderArgs {
    /// The server's data folder [default: ./lanehook-data]
    #[arg(long, env = "LANEHOOK_DATA", value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// The server's settings
    #[arg(long, env = "LANEHOOK_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

impl FolderArgs {
    /// The settings.
    pub fn load(self) -> anyhow::Result<Config> {
        let FolderArgs { data, config } = self;
        Ok(Settings { data, config, ..Settings::default() }.load()?)
    }
}
