//! `lanehook serve`: the real thing, until SIGTERM or Ctrl-C.

use std::io::IsTerminal;

use anyhow::Context;
use serde_json::{Value, json};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use crate::{
    clock::Clock,
    config::{Config, LogFormat, Settings},
    serve::Server,
    store::sqlite,
};

/// Runs the server until it is told to stop.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let config = settings.load()?;
    prepare_process();
    start_logging(&config)?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let data = config.data.display().to_string();
    let dev = config.dev;
    let public_url = config.public_url.clone();
    let mut server = Server::start(config, Clock::system()).await?;
    tracing::info!(address = %server.address, %data, dev, "lanehook {} is ready", env!("CARGO_PKG_VERSION"));
    if let Some(key) = &server.new_operator_key {
        let here = || format!("http://{}", server.address);
        show_key_once(&public_url.map_or_else(here, |url| url.as_str().to_owned()), key);
    }
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        reason = server.failed() => anyhow::bail!("the server cannot go on: {reason}"),
    }
    tracing::info!("stopping");
    server.stop().await;
    tracing::info!("stopped");
    Ok(())
}

/// Files that this process makes are its owner's only, and it may open as many as the system lets it: each connection
/// is one.
pub(super) fn prepare_process() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        eprintln!("the limit of open files could not be raised: {error}");
    }
}

/// A filter in `tracing`'s syntax. A word that is no level would be the name of a module, and all others be silent.
fn log_filter(text: &str) -> anyhow::Result<EnvFilter> {
    let is_filter =
        |part: &str| part.contains(['=', '[']) || part.trim().is_empty() || part.trim().parse::<LevelFilter>().is_ok();
    let all = format!("{},{text}", sqlite::LOGS);
    let filter = EnvFilter::try_new(all).ok().filter(|_| text.split(',').all(is_filter));
    filter.with_context(|| format!("log: `{text}` is no filter; write a level (info, debug) or lanehook=debug,info"))
}

fn start_logging(config: &Config) -> anyhow::Result<()> {
    let filter = log_filter(&config.log)?;
    let coloured = std::io::stderr().is_terminal();
    let logging = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(coloured);
    match config.log_format {
        LogFormat::Text => logging.with_target(false).init(),
        LogFormat::Json => logging.json().flatten_event(true).init(),
    }
    Ok(())
}

/// On standard output and not in the log: logs are kept and copied.
fn show_key_once(url: &str, key: &str) {
    println!("The operator's API key, shown this once:\n\n    {key}\n");
    println!("Publish a first event:\n");
    let first = json!({"type": "price.alert", "data": {"symbol": "ACME", "price": 187.5}});
    println!("    {}\n", curl_line(url, key, &first));
}

/// A line to paste into a shell that publishes this event, in which there is no apostrophe.
pub(super) fn curl_line(url: &str, key: &str, event: &Value) -> String {
    format!(
        "curl {url}/api/v1/events -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \
         -d '{event}'"
    )
}
