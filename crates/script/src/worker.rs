//! Scripts of strangers, each owner's in processes of their own that can be ended.
//!
//! The engine asks about its deadline only between steps, and some steps never end (`"" + new Array(4294967295)`); it
//! ends the whole process where it finds itself broken; and it is written in C. So scripts run in processes of their own,
//! which hold only a script and what it is given, may do nothing but compute ([`confine`](crate::confine())), are never
//! shared by two owners ([`pool`]) and are ended when a run takes too long. A script and an input enter through a socket,
//! the result leaves through it. Nothing survives a crash, or needs to.

mod pool;
mod serve;
mod wire;

use std::{
    io,
    os::unix::process::ExitStatusExt as _,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{net::UnixStream, process::Command, sync::Semaphore};

use self::{
    pool::{Pool, Worker},
    wire::Request,
};
use crate::{
    confine::Confinement,
    error::ScriptError,
    run::{Input, MAX_INPUT, Run, RunLimits},
    script::Script,
};

pub use self::{pool::Owner, serve::serve};

/// How long a run may take by the clock on the wall, at most, on a machine that has much else to do. A process that is
/// started has as long to be ready.
const LONGEST_RUN: Duration = Duration::from_secs(5);

/// Runs scripts in processes of their own.
pub struct Workers {
    processes: Arc<Processes>,
    /// A permit for each process that may be at work.
    slots: Semaphore,
}

/// Starts processes and keeps them.
struct Processes {
    /// Starts one: a program that calls [`serve`].
    command: Box<dyn Fn() -> Command + Send + Sync>,
    pool: Pool,
    /// As the last one that got ready told.
    confinement: Mutex<Option<Confinement>>,
}

/// How a worker failed.
enum Broken {
    /// The run took too long, or the answer cannot be read.
    Run(ScriptError),
    /// The process had ended before it got the request.
    Gone,
}

impl Workers {
    /// At most `count` processes at work at a time. Twice as many are kept for the owners whose scripts they have run, and
    /// a quarter as many that have run none. They are started when they are needed, with a socket as their standard input
    /// and nothing else.
    pub fn new(count: usize, command: impl Fn() -> Command + Send + Sync + 'static) -> Workers {
        let count = count.max(1);
        let pool = Pool::new(2 * count, count.div_ceil(4));
        let processes = Processes { command: Box::new(command), pool, confinement: Mutex::default() };
        Workers { processes: Arc::new(processes), slots: Semaphore::new(count) }
    }

    /// [`Script::compile`], in a worker.
    ///
    /// # Errors
    /// The script cannot be compiled, or no worker could be started.
    pub async fn compile(&self, owner: Owner, code: &str) -> Result<Script, ScriptError> {
        let script = Script::unchecked(code);
        script.check_length()?;
        let request = Request { code, input: None, limits: RunLimits::default() };
        self.ask(owner, &request).await.made.map(|_| script)
    }

    /// [`Script::run`], in a worker that has run scripts of this owner only, on an input of at most [`MAX_INPUT`] bytes. Waits until
    /// fewer than the most are at work, for as long as that takes.
    ///
    /// Cancel-safe: a run that is given up ends its process.
    pub async fn run(&self, owner: Owner, script: &Script, input: Input<'_>, limits: &RunLimits) -> Run {
        let length = input.json.len();
        if length > MAX_INPUT {
            let message = format!("the script's input has {length} bytes, and its limit is {MAX_INPUT}");
            return Run { made: Err(ScriptError::new(message)), used: Duration::ZERO };
        }
        let request = Request { code: script.source(), input: Some(input), limits: *limits };
        self.ask(owner, &request).await
    }

    /// Starts a worker, keeps it for later, and returns behind which barriers it is.
    ///
    /// # Errors
    /// No worker can be started.
    pub async fn start_one(&self) -> Result<Confinement, ScriptError> {
        let mut worker = self.processes.start().map_err(|error| no_worker(&error))?;
        match self.processes.greeted(&mut worker).await {
            Ok(confinement) => {
                self.processes.pool.add_unused(worker);
                Ok(confinement)
            }
            Err(error) => Err(no_worker(&error)),
        }
    }

    /// Behind which barriers workers are, once one was started.
    pub fn confinement(&self) -> Option<Confinement> {
        *self.processes.confinement.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, owner: Owner, request: &Request<'_>) -> Run {
        let failed = |error, used| Run { made: Err(error), used };
        let unused = |error| failed(error, Duration::ZERO);
        // Never closed, so this does not fail.
        let Ok(_slot) = self.slots.acquire().await else {
            return unused(ScriptError::no_worker("there are no workers for scripts"));
        };
        // A worker that was idle may have ended meanwhile; one that was just started has not.
        loop {
            let kept = self.processes.pool.take(owner);
            let was_kept = kept.is_some();
            let worker = match kept.map_or_else(|| self.processes.start(), Ok) {
                Ok(worker) => worker,
                Err(error) => return unused(no_worker(&error)),
            };
            if worker.used.is_zero() {
                self.replace_unused();
            }
            match self.ask_worker(owner, worker, request).await {
                Err(Broken::Gone) if was_kept => {}
                Err(Broken::Gone) => {
                    return unused(ScriptError::no_worker("the worker for scripts ended before it could run one"));
                }
                Err(Broken::Run(error)) => return failed(error, request.limits.time),
                Ok(run) => return run,
            }
        }
    }

    /// While it works, the worker belongs to this future alone; it goes back only if all went well.
    async fn ask_worker(&self, owner: Owner, mut worker: Worker, request: &Request<'_>) -> Result<Run, Broken> {
        if !worker.greeted {
            self.processes.greeted(&mut worker).await.map_err(|_| Broken::Gone)?;
        }
        let most = request.limits.time.saturating_add(LONGEST_RUN);
        let talk = async {
            wire::send(&mut worker.socket, request).await.map_err(|_| Broken::Gone)?;
            wire::answer(&mut worker.socket, request.limits.output).await.map_err(|error| broken_off(&error))
        };
        let done = match tokio::time::timeout(most, talk).await {
            Ok(Err(Broken::Run(error))) => {
                // It says by its end why it ended.
                let status = worker.ended(LONGEST_RUN).await;
                let was_too_slow = status.and_then(|status| status.signal()) == Some(libc::SIGPROF);
                return Err(Broken::Run(if was_too_slow { too_slow(&request.limits) } else { error }));
            }
            Ok(done) => done?,
            Err(_) => return Err(Broken::Run(too_slow(&request.limits))),
        };
        worker.used = worker.used.saturating_add(done.used);
        self.processes.pool.give_back(owner, worker);
        Ok(done)
    }

    /// Starts a process for the next owner who has none, beside whatever happens.
    fn replace_unused(&self) {
        let processes = Arc::clone(&self.processes);
        if processes.pool.lacks_unused() {
            tokio::spawn(async move {
                // Whoever needs one tries again, and tells of it.
                if let Ok(worker) = processes.start() {
                    processes.pool.add_unused(worker);
                }
            });
        }
    }
}

impl Processes {
    fn start(&self) -> io::Result<Worker> {
        let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut command = (self.command)();
        command.env_clear().env("TZ", "UTC").current_dir("/").kill_on_drop(true);
        command.stdin(Stdio::from(std::os::fd::OwnedFd::from(theirs))).stdout(Stdio::null()).stderr(Stdio::null());
        let (process, socket) = (command.spawn()?, UnixStream::from_std(ours)?);
        Ok(Worker { process, socket, greeted: false, used: Duration::ZERO })
    }

    /// Waits until the worker is ready.
    async fn greeted(&self, worker: &mut Worker) -> io::Result<Confinement> {
        let greeting = tokio::time::timeout(LONGEST_RUN, wire::greeting(&mut worker.socket));
        let confinement = greeting.await.map_err(|_| io::ErrorKind::TimedOut)??;
        worker.greeted = true;
        *self.confinement.lock().unwrap_or_else(PoisonError::into_inner) = Some(confinement);
        Ok(confinement)
    }
}

fn no_worker(error: &io::Error) -> ScriptError {
    ScriptError::no_worker(format!("no worker for scripts could be started: {error}"))
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

#[cfg(test)]
mod tests;
