//! The laboratory: the threads of generator and receiver, the scratch folder, and how a subject is set up and taken
//! down again.

use std::{
    net::SocketAddr,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use clap::{Args as _, FromArgMatches as _};
use tempfile::TempDir;
use tokio::{runtime::Handle, sync::oneshot};

use crate::{
    args::BenchArgs,
    load::Ledger,
    receiver::{Arrivals, Receiver},
    report::Cost,
    subject::{Api, Kind, Process, lanehook_beside, passthrough_arguments, serve_arguments, this_program},
    usage::{self, Usage},
};

/// Load before the part that is measured: connections open, caches fill, lanes widen.
pub const WARM_UP: Duration = Duration::from_secs(1);

/// How long no delivery may arrive before the rest is called lost.
const STALLED: Duration = Duration::from_secs(15);

const LEAST_PRIORITY: i32 = 19;

/// Where scenarios run.
pub struct Lab {
    pub args: BenchArgs,
    pub load: OwnThread,
    pub receive: OwnThread,
    /// Where attacks come from. They are another machine's work, so this thread gives way to all that is measured.
    pub attack: OwnThread,
    scratch: TempDir,
    key: String,
    running: Option<SocketAddr>,
}

impl Lab {
    /// Prepares threads and folder.
    pub async fn new(args: BenchArgs) -> anyhow::Result<Lab> {
        let scratch = match &args.scratch {
            Some(folder) => TempDir::with_prefix_in("lanehook-bench-", folder),
            None => TempDir::with_prefix("lanehook-bench-"),
        };
        let running = match &args.url {
            Some(url) => Some(loopback(url).await?),
            None => None,
        };
        let key = args.key.clone().filter(|_| running.is_some()).map_or_else(random_key, Ok)?;
        Ok(Lab {
            load: OwnThread::start("bench-load", 0)?,
            receive: OwnThread::start("bench-receive", 0)?,
            attack: OwnThread::start("bench-attack", LEAST_PRIORITY)?,
            scratch: scratch.context("no folder for the server's data")?,
            args,
            key,
            running,
        })
    }

    /// The same for a server of this program, with nothing else that can be asked for.
    pub async fn of_server(server: Option<PathBuf>) -> anyhow::Result<Lab> {
        let usual = BenchArgs::augment_args(clap::Command::new("lab")).get_matches_from(["lab"]);
        Lab::new(BenchArgs { server, ..BenchArgs::from_arg_matches(&usual)? }).await
    }

    /// The file system below the server's data, if it starts here.
    pub fn file_system(&self) -> Option<String> {
        usage::file_system(self.scratch.path())
    }

    /// A new folder for a server's data.
    pub fn new_folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = TempDir::with_prefix_in(format!("{name}-"), self.scratch.path())?.keep();
        Ok(folder)
    }

    /// Starts `lanehook serve` on this folder.
    pub async fn serve(&self, data: &std::path::Path) -> anyhow::Result<Process> {
        ensure!(self.running.is_none(), "this needs to start the server itself; leave out --url");
        let program = self.args.server.clone().map_or_else(lanehook_beside, Ok)?;
        let arguments = serve_arguments(data, self.args.database.as_deref());
        Process::start(&program, &arguments, &self.key, self.scratch.path().join("serve.log")).await
    }

    /// Lanehook's API at this address.
    pub fn api(&self, addr: SocketAddr) -> anyhow::Result<Api> {
        Api::new(addr, &self.key)
    }

    /// The operator's key of every server here.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether the data is in a folder of ours: then its size can be told, and nothing needs to be tidied up.
    pub fn keeps_data(&self) -> bool {
        self.running.is_none() && self.args.database.as_deref().is_none_or(|database| database.starts_with("sqlite"))
    }

    /// Starts a subject that delivers each of these event types to its receiver. The pass-through knows one only.
    pub async fn start(&self, kind: Kind, wanted: &[(&str, &Receiver)]) -> anyhow::Result<Subject> {
        self.start_batching(kind, wanted, None).await
    }

    /// The same with webhooks that take so many events in one request.
    pub async fn start_batching(
        &self,
        kind: Kind,
        wanted: &[(&str, &Receiver)],
        batch: Option<usize>,
    ) -> anyhow::Result<Subject> {
        if kind == Kind::Passthrough {
            let [(_, receiver)] = wanted else { bail!("the pass-through has one receiver") };
            let log = self.scratch.path().join("passthrough.log");
            let process =
                Process::start(&this_program()?, &passthrough_arguments(&receiver.url()), &self.key, log).await?;
            return Ok(Subject { addr: process.addr, process: Some(process), data: None, tidy: None });
        }
        let (addr, process, data) = match self.running {
            Some(addr) => (addr, None, None),
            None => {
                let data = self.new_folder("data")?;
                let process = self.serve(&data).await?;
                (process.addr, Some(process), self.keeps_data().then_some(data))
            }
        };
        let api = self.api(addr)?;
        let mut webhooks = Vec::new();
        for (event_type, receiver) in wanted {
            webhooks.push(api.create_webhook(&receiver.url(), event_type, batch).await?);
        }
        let tidy = (!self.keeps_data()).then_some((api, webhooks));
        Ok(Subject { addr, process, data, tidy })
    }
}

/// A subject under load.
pub struct Subject {
    pub addr: SocketAddr,
    process: Option<Process>,
    data: Option<PathBuf>,
    tidy: Option<(Api, Vec<String>)>,
}

impl Subject {
    /// What it costs so far; unknown of a server that was not started here.
    pub fn usage(&self) -> anyhow::Result<Option<Usage>> {
        self.process.as_ref().map(Process::usage).transpose()
    }

    /// Ends it, and answers how many bytes it leaves on disk.
    pub async fn finish(self) -> anyhow::Result<Option<u64>> {
        if let Some((api, webhooks)) = self.tidy {
            for webhook in webhooks {
                api.delete_webhook(&webhook).await?;
            }
        }
        if let Some(process) = self.process {
            process.stop().await?;
        }
        let Some(data) = self.data else { return Ok(None) };
        let bytes = usage::disk(&data);
        std::fs::remove_dir_all(&data).ok();
        Ok(Some(bytes))
    }
}

/// A meter for what events cost, from its start on.
pub struct Meter {
    server: Option<Usage>,
    generator: Usage,
    machine: Option<Duration>,
    since: Instant,
}

impl Meter {
    /// Starts measuring.
    pub fn start(subject: &Subject) -> anyhow::Result<Meter> {
        let (server, generator) = (subject.usage()?, Usage::of(std::process::id())?);
        Ok(Meter { server, generator, machine: usage::machine(), since: Instant::now() })
    }

    /// What was used since the start, for `events` events. Disk is added by the caller when the server has ended.
    pub fn read(&self, subject: &Subject, events: u64, payload: usize) -> anyhow::Result<Cost> {
        let per_event = |cpu: Duration| cpu.as_secs_f64() * 1e6 / events.max(1) as f64;
        let now = subject.usage()?;
        let generator = Usage::of(std::process::id())?;
        // What was worked, less what was worked here. Of a server that was not started here nothing is known.
        let others =
            now.zip(self.server).zip(usage::machine().zip(self.machine)).map(|((now, before), (all, then))| {
                let ours = (now.cpu - before.cpu) + (generator.cpu - self.generator.cpu);
                (all - then).saturating_sub(ours).as_secs_f64() / self.since.elapsed().as_secs_f64()
            });
        Ok(Cost {
            events,
            payload,
            cpu_us_per_event: now.zip(self.server).map(|(now, before)| per_event(now.cpu - before.cpu)),
            generator_cpu_us_per_event: Some(per_event(generator.cpu - self.generator.cpu)),
            others_cores: others,
            resident_bytes: now.map(|usage| usage.resident),
            peak_resident_bytes: now.map(|usage| usage.peak),
            disk_bytes_per_event: None,
        })
    }
}

/// Waits until everything acknowledged has arrived, or nothing has for a while. Answers how many are missing.
pub async fn drained(ledger: &Ledger, arrivals: &Arrivals) -> u64 {
    let mut seen = arrivals.received();
    let mut moved = Instant::now();
    loop {
        if arrivals.received() >= ledger.events() && ledger.missing(arrivals) == 0 {
            break;
        }
        if arrivals.received() > seen {
            (seen, moved) = (arrivals.received(), Instant::now());
        } else if moved.elapsed() > STALLED {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // A duplicate may follow on the heels of the last delivery.
    tokio::time::sleep(Duration::from_millis(200)).await;
    ledger.missing(arrivals)
}

/// What a finished load shows to be wrong.
pub fn problems(ledger: &Ledger, arrivals: &Arrivals, missing: u64) -> Vec<String> {
    let mut problems = ledger.problems();
    problems.extend(arrivals.problems());
    if missing > 0 {
        problems.push(format!("{missing} events were acknowledged with 202 and never arrived"));
    }
    if ledger.events() == 0 {
        problems.push("no event was acknowledged".into());
    }
    problems
}

/// A current-thread runtime on a thread of its own: tasks on it pay for no synchronisation among workers.
pub struct OwnThread {
    pub handle: Handle,
    _ends_with_this: oneshot::Sender<()>,
}

impl OwnThread {
    /// `niceness`: as nice(2) has it, of this thread alone.
    fn start(name: &str, niceness: i32) -> anyhow::Result<OwnThread> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (_ends_with_this, end) = oneshot::channel::<()>();
        std::thread::Builder::new().name(name.into()).spawn(move || {
            // Where it is refused, attacks weigh more in what is measured.
            let _ = rustix::process::nice(niceness);
            runtime.block_on(end)
        })?;
        Ok(OwnThread { handle, _ends_with_this })
    }
}

/// The address of `http://…`, which has to be on this machine: a benchmark is no load for others.
async fn loopback(url: &str) -> anyhow::Result<SocketAddr> {
    let url = url::Url::parse(url).with_context(|| format!("`{url}` is not a URL"))?;
    ensure!(url.scheme() == "http", "the benchmark speaks plain http only");
    let host = url.host_str().context("a URL with a host is needed")?;
    let port = url.port_or_known_default().context("a URL with a port is needed")?;
    let addr = tokio::net::lookup_host((host, port)).await?.next().context("the host has no address")?;
    ensure!(addr.ip().is_loopback(), "{addr} is another machine; the benchmark loads this one only");
    Ok(addr)
}

fn random_key() -> anyhow::Result<String> {
    let mut random = [0; 24];
    getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}
