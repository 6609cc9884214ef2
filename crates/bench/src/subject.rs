//! What is measured: a child process that listens on a loopback port, lanehook or the pass-through, or a lanehook that
//! runs already. And the few calls a benchmark makes to set lanehook up.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::usage::Usage;

/// Requests in flight to one receiver: lanehook's `max_concurrency` and the pass-through's bound alike.
pub const SENDS: u32 = 256;

/// How long a child may take to become ready, and to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A child process that serves HTTP. It is killed if this is dropped.
pub struct Process {
    child: Child,
    pub pid: u32,
    pub addr: SocketAddr,
    log: PathBuf,
    /// When it was started.
    pub started: Instant,
    /// From the start to the first `200` from `/readyz`.
    pub ready_after: Duration,
}

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Passthrough,
    Lanehook,
}

impl Process {
    /// Starts a program with the given arguments, and `--listen`, and waits until it is ready.
    pub async fn start(
        program: &Path,
        arguments: &[String],
        operator_key: &str,
        log: PathBuf,
    ) -> anyhow::Result<Process> {
        let addr = free_port()?;
        let output = std::fs::File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = Command::new(program);
        // Settings of the shell that runs the benchmark are not settings of the server it measures. The master key is
        // an exception: a database that was used before can be read with no other.
        let settings = std::env::vars_os().map(|(name, _)| name);
        for name in
            settings.filter(|name| name.to_string_lossy().starts_with("LANEHOOK_") && name != "LANEHOOK_MASTER_KEY")
        {
            command.env_remove(name);
        }
        command.args(arguments).arg("--listen").arg(addr.to_string()).env("LANEHOOK_OPERATOR_KEY", operator_key);
        command.stdin(Stdio::piped()).stdout(output.try_clone()?).stderr(output).kill_on_drop(true);
        let started = Instant::now();
        let child = command.spawn().with_context(|| format!("cannot start {}", program.display()))?;
        let pid = child.id().context("the server ended at once")?;
        let mut process = Process { child, pid, addr, log, started, ready_after: Duration::ZERO };
        process.wait_ready(&arguments[0]).await?;
        Ok(process)
    }

    async fn wait_ready(&mut self, name: &str) -> anyhow::Result<()> {
        let client = client()?;
        let url = format!("http://{}/readyz", self.addr);
        while self.started.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                bail!("`{name}` ended before it was ready ({status}):\n{}", self.last_words());
            }
            if client.get(&url).send().await.is_ok_and(|answer| answer.status() == 200) {
                self.ready_after = self.started.elapsed();
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        bail!("`{name}` was not ready after {PATIENCE:?}:\n{}", self.last_words())
    }

    /// What it costs so far.
    pub fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of(self.pid)
    }

    /// Ends it with SIGTERM and waits.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        // Not yet waited for, so the id is still this child's.
        if let Some(pid) = self.child.id().and_then(|pid| rustix::process::Pid::from_raw(pid.cast_signed())) {
            rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        }
        let Ok(ended) = tokio::time::timeout(PATIENCE, self.child.wait()).await else {
            self.child.kill().await?;
            bail!("the server did not end within {PATIENCE:?} of SIGTERM and was killed:\n{}", self.last_words());
        };
        let status = ended?;
        ensure!(ended_well(status), "the server ended badly ({status}):\n{}", self.last_words());
        Ok(())
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// The pass-through has no handler for SIGTERM and may end by it.
fn ended_well(status: ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt as _;
    status.success() || status.signal() == Some(rustix::process::Signal::TERM.as_raw())
}

/// A loopback port that was free a moment ago.
fn free_port() -> anyhow::Result<SocketAddr> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?)
}

/// This program, which is the pass-through, too.
pub fn this_program() -> anyhow::Result<PathBuf> {
    std::env::current_exe().context("where is this program?")
}

/// The lanehook that was built beside this program.
///
/// # Errors
/// There is none: how to build it.
pub fn lanehook_beside() -> anyhow::Result<PathBuf> {
    let beside = this_program()?.with_file_name("lanehook");
    ensure!(
        beside.is_file(),
        "there is no lanehook at {}: build it with `cargo build --release`, or name another with --server",
        beside.display()
    );
    Ok(beside)
}

/// A client for the few calls beside a load.
pub fn client() -> anyhow::Result<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?)
}

/// The arguments of `lanehook serve` for a benchmark.
pub fn serve_arguments(data: &Path, database: Option<&str>) -> Vec<String> {
    let mut arguments = vec!["serve".into(), "--dev".into(), "--data".into(), data.display().to_string()];
    arguments.extend(database.into_iter().flat_map(|database| ["--database".into(), database.into()]));
    arguments
}

/// The arguments of the pass-through.
pub fn passthrough_arguments(target: &str) -> Vec<String> {
    vec!["passthrough".into(), "--target".into(), target.into()]
}

/// lanehook's API, as far as a benchmark needs it.
pub struct Api {
    client: reqwest::Client,
    base: String,
    key: String,
}

impl Api {
    /// Of the server at `addr`.
    pub fn new(addr: SocketAddr, key: &str) -> anyhow::Result<Api> {
        Ok(Api { client: client()?, base: format!("http://{addr}/api/v1"), key: key.into() })
    }

    /// Makes a webhook and answers its id.
    /// `batch`: events in one request, if several.
    pub async fn create_webhook(&self, url: &str, event_type: &str, batch: Option<usize>) -> anyhow::Result<String> {
        let batch = batch.map(|most| json!({ "max_events": most, "max_wait": "100ms" }));
        let body = json!({ "url": url, "event_types": [event_type], "max_concurrency": SENDS, "batch": batch });
        let made = self.call(reqwest::Method::POST, "/webhooks", Some(body)).await?;
        made["id"].as_str().map(str::to_owned).with_context(|| format!("POST /webhooks answered no id: {made}"))
    }

    /// Pauses a webhook, or lets it go on.
    pub async fn set_status(&self, id: &str, status: &str) -> anyhow::Result<()> {
        self.call(reqwest::Method::PATCH, &format!("/webhooks/{id}"), Some(json!({ "status": status }))).await.map(drop)
    }

    /// Removes a webhook and what it is owed.
    pub async fn delete_webhook(&self, id: &str) -> anyhow::Result<()> {
        self.call(reqwest::Method::DELETE, &format!("/webhooks/{id}"), None).await.map(drop)
    }

    /// One call, and what it answers.
    ///
    /// # Errors
    /// There is no answer, or none of success.
    pub async fn call(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> anyhow::Result<Value> {
        let what = format!("{method} {path}");
        let mut request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.key);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let answer = request.send().await.with_context(|| format!("{what} got no answer"))?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "{what} was answered {status}: {text}");
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }
}
