//! `lanehook serve`: the real thing, until SIGTERM or Ctrl-C.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    io::IsTerminal,
    time::Duration,
};

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use super::{
    first_steps::{self, Way},
    say::note,
    version::VERSION,
};
use crate::{
    clock::Clock,
    config::{Config, LogFormat, Settings},
    log::LogWriter,
    serve::Server,
    store::sqlite,
};

/// How long the log's last lines may take.
const LAST_LINES: Duration = Duration::from_millis(500);

/// Runs the server until it is told to stop.
pub async fn run(settings: Settings) -> anyhow::Result<()> {
    let config = settings.load()?;
    prepare_process();
    let log = start_logging(&config)?;
    let done = serve(config).await;
    log.flush_within(LAST_LINES);
    done
}

async fn serve(config: Config) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let data = config.data.display().to_string();
    let dev = config.dev;
    let (public_url, tls) = (config.public_url.clone(), config.tls.clone());
    let (key_given, behind_proxy) = (config.operator_key.is_some(), !config.trusted_proxies.is_empty());
    let mut server = Server::start(config, Clock::system()).await?;
    tracing::info!(address = %server.address, %data, dev, "lanehook {} is ready", VERSION);
    if let Some(key) = &server.new_operator_key {
        let way = Way::to(server.address, public_url.as_ref(), tls.as_ref(), behind_proxy);
        let code = server.sign_in_code(key).await;
        first_steps::show_key_once(way, key, code.as_deref().ok(), dev);
    } else if !key_given {
        tracing::info!(
            "the operator's API key is shown once, when it is made, and is kept nowhere; `lanehook keys create --data {data}` makes \
             another"
        );
    }
    if !server.address.ip().is_loopback() && !behind_proxy && tls.is_none() {
        tracing::warn!(
            address = %server.address,
            "the API is open to other machines without TLS, so keys and events can be read on the way; give it a certificate with \
             --tls-cert FILE --tls-key FILE, or put a proxy with TLS before it and name its network in `[proxy] trusted`, or listen \
             at 127.0.0.1"
        );
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
/// is one. Its memory, in which keys are, is nobody else's: not another process's of the same user, nor a core dump's.
pub(super) fn prepare_process() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    if let Err(error) = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) }) {
        note(format_args!("core dumps could not be turned off: {error}"));
    }
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable) {
        note(format_args!("this process's memory could not be closed to others: {error}"));
    }
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        note(format_args!("the limit of open files could not be raised: {error}"));
    }
}

/// A filter in `tracing`'s syntax. A word that is no level would be the name of a module, and all others be silent.
fn log_filter(text: &str) -> anyhow::Result<EnvFilter> {
    let is_filter =
        |part: &str| part.contains(['=', '[']) || part.trim().is_empty() || part.trim().parse::<LevelFilter>().is_ok();
    let all = format!("{},{},{text}", sqlite::LOGS, lanehook_egress::LOGS);
    let filter = EnvFilter::try_new(all).ok().filter(|_| text.split(',').all(is_filter));
    filter.with_context(|| format!("log: `{text}` is no filter; write a level (info, debug) or lanehook=debug,info"))
}

fn start_logging(config: &Config) -> anyhow::Result<LogWriter> {
    let filter = log_filter(&config.log)?;
    let coloured = std::io::stderr().is_terminal();
    let log = LogWriter::stderr()?;
    let lines = log.clone();
    let logging = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(coloured);
    let logging = logging.with_writer(move || lines.clone()).log_internal_errors(false);
    match config.log_format {
        LogFormat::Text => logging.with_target(false).init(),
        LogFormat::Json => logging.json().flatten_event(true).init(),
    }
    // The usual hook would wait for whoever reads standard error.
    std::panic::set_hook(Box::new(|panic| {
        // Empty unless RUST_BACKTRACE asks for it.
        let trace = Backtrace::capture();
        let trace = (trace.status() == BacktraceStatus::Captured).then(|| trace.to_string());
        tracing::error!(trace, "a defect: {panic}");
    }));
    Ok(log)
}

#[cfg(test)]
mod tests {
    #[cfg(target_os = "linux")]
    #[test]
    fn the_memory_of_a_server_is_closed_to_others() {
        use rustix::process::{DumpableBehavior, dumpable_behavior};
        super::prepare_process();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
