//! Scripts of strangers, each in a process that can be ended.
//!
//! The engine asks about its deadline only between steps, and some steps never end (`"" + new Array(4294967295)`); and
//! it ends the whole process where it finds itself broken. So scripts run in processes of their own, which hold only a
//! script and what it is given, inherit no environment and are ended when a run takes too long. A script and an input
//! enter through a socket, the result leaves through it. Processes are kept for further runs, up to a number. Nothing
//! survives a crash, or needs to.

mod wire;

use std::{
    io,
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::UnixStream,
    process::{Child, Command},
    sync::Semaphore,
};

use self::wire::{Received, Request};
use crate::{
    error::ScriptError,
    run::{Input, Run, RunLimits, Transformed},
    sandbox,
    script::Script,
};

/// What a run may use of the processor beyond its limit, before its process ends itself: enough to tell of an
/// interruption.
const GRACE: Duration = Duration::from_millis(50);
/// How long a run may take by the clock on the wall, at most, on a machine that has much else to do.
const LONGEST_RUN: Duration = Duration::from_secs(5);
/// How often a process looks whether it should end.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// With this it ends when a run uses too much of the processor.
const TOO_SLOW: i32 = 124;
/// Workers yield to whoever serves and sends.
const NICE: i32 = 10;

/// Runs scripts in processes of their own.
pub struct Workers {
    /// Starts one: a program that calls [`serve`].
    command: Box<dyn Fn() -> Command + Send + Sync>,
    idle: Mutex<Vec<Worker>>,
    /// A permit for each process that there may be.
    slots: Semaphore,
}

/// A process that waits for scripts.
struct Worker {
    /// Ended when dropped.
    process: Child,
    socket: UnixStream,
}

/// How a worker failed.
enum Broken {
    /// The run took too long, or the answer cannot be read.
    Run(ScriptError),
    /// The process had ended before it got the request.
    Gone,
}

impl Workers {
    /// At most `count` processes at a time, which are started when they are needed. They get a socket as their standard
    /// input, and nothing else.
    pub fn new(count: usize, command: impl Fn() -> Command + Send + Sync + 'static) -> Workers {
        let slots = Semaphore::new(count.max(1));
        Workers { command: Box::new(command), idle: Mutex::default(), slots }
    }

    /// [`Script::compile`], in a worker.
    ///
    /// # Errors
    /// The script cannot be compiled, or no worker could be started.
    pub async fn compile(&self, code: &str) -> Result<Script, ScriptError> {
        let script = Script::unchecked(code);
        script.check_length()?;
        let request = Request { code, input: None, limits: RunLimits::default() };
        self.ask(&request).await.made.map(|_| script)
    }

    /// [`Script::run`], in a worker. Waits for a free process first, for as long as that takes.
    ///
    /// Cancel-safe: a run that is given up ends its process.
    pub async fn run(&self, script: &Script, input: Input<'_>, limits: &RunLimits) -> Run {
        let request = Request { code: script.source(), input: Some(input), limits: *limits };
        self.ask(&request).await
    }

    async fn ask(&self, request: &Request<'_>) -> Run {
        let failed = |error, used| Run { made: Err(error), used };
        let unused = |message: String| failed(ScriptError::new(message), Duration::ZERO);
        // Never closed, so this does not fail.
        let Ok(_slot) = self.slots.acquire().await else { return unused("there are no workers for scripts".into()) };
        // A worker that was idle may have ended meanwhile; one that was just started has not.
        if let Some(worker) = self.take() {
            match self.ask_worker(worker, request).await {
                Err(Broken::Gone) => {}
                Err(Broken::Run(error)) => return failed(error, request.limits.time),
                Ok(run) => return run,
            }
        }
        let worker = match self.start() {
            Ok(worker) => worker,
            Err(error) => return unused(format!("no worker for scripts could be started: {error}")),
        };
        match self.ask_worker(worker, request).await {
            Err(Broken::Gone) => unused("the worker for scripts ended before it could run one".into()),
            Err(Broken::Run(error)) => failed(error, request.limits.time),
            Ok(run) => run,
        }
    }

    /// While it works, the worker belongs to this future alone; it goes back only if all went well.
    async fn ask_worker(&self, mut worker: Worker, request: &Request<'_>) -> Result<Run, Broken> {
        let most = request.limits.time.saturating_add(LONGEST_RUN);
        let talk = async {
            wire::send(&mut worker.socket, request).await.map_err(|_| Broken::Gone)?;
            wire::answer(&mut worker.socket, request.limits.output).await.map_err(|error| broken_off(&error))
        };
        let done = match tokio::time::timeout(most, talk).await {
            Ok(Err(Broken::Run(error))) => {
                // It says by its end why it ended.
                let status = tokio::time::timeout(LONGEST_RUN, worker.process.wait()).await;
                let was_too_slow =
                    status.is_ok_and(|status| status.is_ok_and(|status| status.code() == Some(TOO_SLOW)));
                return Err(Broken::Run(if was_too_slow { too_slow(&request.limits) } else { error }));
            }
            Ok(done) => done?,
            Err(_) => return Err(Broken::Run(too_slow(&request.limits))),
        };
        self.give_back(worker);
        Ok(done)
    }

    fn take(&self) -> Option<Worker> {
        self.idle.lock().ok()?.pop()
    }

    fn give_back(&self, worker: Worker) {
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(worker);
        }
    }

    fn start(&self) -> io::Result<Worker> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut command = (self.command)();
        command.env_clear().env("TZ", "UTC").current_dir("/").kill_on_drop(true);
        command.stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs))).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Worker { process: command.spawn()?, socket: UnixStream::from_std(ours)? })
    }
}

fn too_slow(limits: &RunLimits) -> ScriptError {
    let millis = limits.time.as_millis();
    ScriptError::new(format!("the script ran longer than {millis} ms, in a single step, and was ended"))
}

fn broken_off(error: &io::Error) -> Broken {
    match error.kind() {
        // It took the script, and ended instead of answering.
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => Broken::Run(ScriptError::new(
            "the script ended its engine; it needs too much, or does what the engine cannot",
        )),
        _ => Broken::Run(ScriptError::new("the worker for scripts gave an answer that is none")),
    }
}

/// What a worker's process does: runs what comes through the socket that is its standard input, until that is closed.
///
/// # Errors
/// The socket broke, or what came through it is no request.
pub fn serve() -> io::Result<()> {
    use std::os::fd::AsFd as _;
    let socket = io::stdin().as_fd().try_clone_to_owned()?;
    let mut socket = std::os::unix::net::UnixStream::from(socket);
    // Better at the usual priority than not at all.
    let _ = rustix::process::nice(NICE);
    let watch = Watch::start();
    while let Some(Received { code, json, now, limits }) = wire::receive(&mut socket)? {
        let before = processor_micros();
        watch.begin(&limits);
        let made = match json {
            Some(json) => sandbox::run(&code, &Input { json: &json, now }, &limits),
            None => sandbox::check(&code, &limits).map(|()| Transformed::Null),
        };
        watch.end();
        let used = Duration::from_micros(processor_micros().saturating_sub(before));
        wire::reply(&mut socket, &Run { made, used })?;
    }
    Ok(())
}

/// Ends this process when a run is in a step that does not end, or when nobody waits for it any more.
#[derive(Clone)]
struct Watch(Arc<AtomicU64>);

impl Watch {
    fn start() -> Watch {
        let watch = Watch(Arc::new(AtomicU64::new(u64::MAX)));
        let (own, parent) = (watch.clone(), rustix::process::getppid());
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(LOOK_EVERY);
                if processor_micros() > own.0.load(Ordering::Relaxed) {
                    std::process::exit(TOO_SLOW);
                }
                if rustix::process::getppid() != parent {
                    std::process::exit(1);
                }
            }
        });
        watch
    }

    fn begin(&self, limits: &RunLimits) {
        let most = limits.time.saturating_add(GRACE).as_micros();
        self.0.store(processor_micros().saturating_add(most as u64), Ordering::Relaxed);
    }

    fn end(&self) {
        self.0.store(u64::MAX, Ordering::Relaxed);
    }
}

/// What this process has used of the processor.
fn processor_micros() -> u64 {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    used.tv_sec.unsigned_abs() * 1_000_000 + used.tv_nsec.unsigned_abs() / 1_000
}

#[cfg(test)]
mod tests;
