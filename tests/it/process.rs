//! lanehook as a process of its own: started, killed, starved of disk, and listened to.

use std::{
    fs::File,
    io::{PipeReader, Write as _},
    path::Path,
    process::{ExitStatus, Stdio},
    sync::{Arc, Mutex},
};

use rustix::process::{Pid, Resource, Rlimit, Signal};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, BufReader},
    process::{Child, Command},
    sync::watch,
    time::timeout,
};

use crate::{
    client::{Client, GUARD},
    server::OPERATOR,
};

/// The binary, with none of the caller's settings.
pub fn lanehook(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lanehook"));
    prepare(&mut command, args);
    command
}

fn prepare(command: &mut Command, args: &[&str]) {
    let meant = |name: &str| name.starts_with("LANEHOOK_") || name.to_lowercase().ends_with("_proxy");
    for (name, _) in std::env::vars().filter(|(name, _)| meant(name)) {
        command.env_remove(name);
    }
    command.args(args).env("NO_COLOR", "1").kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
}

/// `lanehook serve` on this data folder, at a free port, with a log in JSON.
fn serve_command(data: &Path, args: &[&str], env: &[(&str, &str)]) -> Command {
    // SIGXFSZ is ignored, as by anyone who wants to see a full disk as an error and not as a signal.
    let mut command = Command::new("sh");
    let shell = ["-c", "trap '' XFSZ; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_lanehook"), "serve"];
    prepare(&mut command, &shell);
    command.args(["--listen", "127.0.0.1:0", "--log-format", "json", "--data", data.to_str().unwrap()]);
    command.args(args).envs(env.iter().copied());
    command
}

/// A pipe whose reader has gone.
pub fn closed_pipe() -> Stdio {
    let (_, writer) = std::io::pipe().unwrap();
    writer.into()
}

/// A pipe that is full and that nobody reads, and its reader.
pub fn full_pipe() -> (Stdio, PipeReader) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    let flags = rustix::fs::fcntl_getfl(&writer).unwrap();
    rustix::fs::fcntl_setfl(&writer, flags | rustix::fs::OFlags::NONBLOCK).unwrap();
    for size in [4096, 1] {
        while writer.write(&vec![b'\n'; size]).is_ok() {}
    }
    rustix::fs::fcntl_setfl(&writer, flags).unwrap();
    (writer.into(), reader)
}

/// A disk without room.
pub fn full_disk() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

/// A running `lanehook serve`. Killed when it is dropped.
pub struct Process {
    child: Child,
    pub client: Client,
    pub stdout: Lines,
    pub stderr: Lines,
}

/// What a process has said so far.
#[derive(Clone)]
pub struct Lines(Arc<Mutex<watch::Sender<String>>>);

impl Lines {
    pub fn of(stream: impl AsyncRead + Unpin + Send + 'static) -> Lines {
        let said = Arc::new(Mutex::new(watch::Sender::new(String::new())));
        let hears = said.clone();
        tokio::spawn(async move {
            let mut lines = BufReader::new(stream).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                hears.lock().unwrap().send_modify(|text| {
                    text.push_str(&line);
                    text.push('\n');
                });
            }
        });
        Lines(said)
    }

    pub fn text(&self) -> String {
        self.0.lock().unwrap().borrow().clone()
    }

    /// Returns everything said, as soon as it contains this.
    pub async fn containing(&self, part: &str) -> String {
        let mut said = self.0.lock().unwrap().subscribe();
        let waited = timeout(GUARD, said.wait_for(|text| text.contains(part))).await;
        assert!(waited.is_ok_and(|waited| waited.is_ok()), "`{part}` was not said: {}", self.text());
        self.text()
    }
}

impl Process {
    /// On this data folder, in development mode, with the tests' operator key.
    pub async fn serve(data: &Path) -> Process {
        Process::serve_with(data, &["--dev", "--grace", "200ms"], &[("LANEHOOK_OPERATOR_KEY", OPERATOR)]).await
    }

    pub async fn serve_with(data: &Path, args: &[&str], env: &[(&str, &str)]) -> Process {
        Process::ready(serve_command(data, args, env)).await
    }

    /// With a log that goes elsewhere; where it listens and its key are known from what the first start shows.
    pub async fn serve_with_log(data: &Path, log: impl Into<Stdio>) -> Process {
        let mut child = serve_command(data, &["--dev", "--grace", "200ms"], &[]).stderr(log).spawn().unwrap();
        let stdout = Lines::of(child.stdout.take().unwrap());
        let shown = stdout.containing("-d '{").await;
        let after = |mark: &str| shown.split(mark).nth(1).and_then(|rest| rest.split(['\'', '/']).next()).unwrap();
        let client = Client::new(format!("http://{}", after("curl http://")), after("Bearer "));
        Process { child, client, stdout, stderr: Lines::of(tokio::io::empty()) }
    }

    /// With a standard output that goes elsewhere.
    pub async fn serve_with_output(data: &Path, output: impl Into<Stdio>) -> Process {
        let mut command = serve_command(data, &["--dev", "--grace", "200ms"], &[]);
        command.stdout(output);
        Process::ready(command).await
    }

    /// Where it listens is known from its log.
    async fn ready(mut command: Command) -> Process {
        let mut child = command.spawn().unwrap();
        let stdout = match child.stdout.take() {
            Some(stdout) => Lines::of(stdout),
            None => Lines::of(tokio::io::empty()),
        };
        let stderr = Lines::of(child.stderr.take().unwrap());
        let said = stderr.containing(" is ready\"").await;
        let address = said.split("\"address\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let client = Client::new(format!("http://{address}"), OPERATOR);
        Process { child, client, stdout, stderr }
    }

    pub fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().expect("it runs") as i32).unwrap()
    }

    /// SIGKILL: no chance to do anything.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM, and what it exits with.
    pub async fn terminate(mut self) -> ExitStatus {
        rustix::process::kill_process(self.pid(), Signal::TERM).unwrap();
        let ended = timeout(GUARD, self.child.wait()).await;
        ended.unwrap_or_else(|_| panic!("it does not end: {}", self.stderr.text())).unwrap()
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// No file can grow beyond this: a full disk, as far as the process can tell.
    pub fn limit_files(&self, bytes: u64) {
        let now = rustix::process::prlimit(Some(self.pid()), Resource::Fsize, Rlimit { current: None, maximum: None });
        let maximum = now.unwrap().maximum;
        let limit = Rlimit { current: Some(bytes), maximum };
        rustix::process::prlimit(Some(self.pid()), Resource::Fsize, limit).unwrap();
    }

    /// No further file can be opened. Returns how many could be.
    pub fn limit_open_files(&self) -> Rlimit {
        let pid = self.pid();
        let open = |file: &u64| std::path::Path::new(&format!("/proc/{}/fd/{file}", pid.as_raw_pid())).is_symlink();
        // The process has raised its limit to the hard one, which is this program's, too.
        let maximum = rustix::process::getrlimit(Resource::Nofile).maximum;
        let before = Rlimit { current: maximum, maximum };
        let first_free = (0..).find(|file| !open(file));
        rustix::process::prlimit(Some(pid), Resource::Nofile, Rlimit { current: first_free, maximum }).unwrap();
        before
    }

    /// As many as before can be opened again.
    pub fn unlimit_open_files(&self, before: Rlimit) {
        rustix::process::prlimit(Some(self.pid()), Resource::Nofile, before).unwrap();
    }

    /// The disk has room again.
    pub fn unlimit_files(&self) {
        let limit = Rlimit { current: None, maximum: None };
        rustix::process::prlimit(Some(self.pid()), Resource::Fsize, limit).unwrap();
    }
}

/// Runs it to its end, and returns what it said on both streams.
pub async fn run(command: &mut Command) -> (ExitStatus, String, String) {
    let output = timeout(GUARD, command.output()).await.expect("it ends").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status, text(output.stdout), text(output.stderr))
}
