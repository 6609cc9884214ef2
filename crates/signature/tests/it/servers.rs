//! Redis and PostgreSQL for tests: servers of the test's own, each in a temporary folder, reached by a socket in it and ended
//! with the test. Where a program is not installed, that is said and nothing is started.

use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Said past the test's own output, which nobody sees of a test that passes.
fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what} is not installed; run: make packages");
}

/// Reads until a line has these words, and then whatever comes, so that the server never waits for a reader.
fn wait_for(words: &str, output: impl Read + Send + 'static) {
    let mut lines = BufReader::new(output).lines();
    let mut said = Vec::new();
    for line in lines.by_ref().map_while(Result::ok) {
        if line.contains(words) {
            std::thread::spawn(move || lines.for_each(drop));
            return;
        }
        said.push(line);
    }
    panic!("it ended, and did not say {words:?}:\n{}", said.join("\n"));
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

pub(crate) struct Redis {
    folder: tempfile::TempDir,
    child: Child,
}

impl Redis {
    pub(crate) fn start() -> Option<Redis> {
        let found = Command::new("redis-server").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if !found.is_ok_and(|status| status.success()) {
            skipped("redis-server");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let child = Redis::serve(folder.path());
        Some(Redis { folder, child })
    }

    fn serve(folder: &Path) -> Child {
        let mut command = Command::new("redis-server");
        command
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
            .arg(folder.join("redis.sock"));
        let mut child = command.current_dir(folder).stdout(Stdio::piped()).spawn().unwrap();
        wait_for("eady to accept connections", child.stdout.take().unwrap());
        child
    }

    pub(crate) fn url(&self) -> String {
        format!("unix://{}", self.folder.path().join("redis.sock").display())
    }

    pub(crate) fn stop(&mut self) {
        end(&mut self.child);
    }

    /// It comes back with nothing in it.
    pub(crate) fn start_again(&mut self) {
        self.child = Redis::serve(self.folder.path());
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}

pub(crate) struct Postgres {
    folder: tempfile::TempDir,
    programs: PathBuf,
    child: Child,
}

impl Postgres {
    pub(crate) fn start() -> Option<Postgres> {
        let Some(programs) = programs() else {
            skipped("postgresql");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let (user, group) = not_root();
        chown(folder.path(), Some(user), Some(group)).unwrap();
        let initdb =
            ["--no-sync", "--no-locale", "--encoding=UTF8", "--auth=trust", "--username=lanehook", "-D", "data"];
        let made = as_user(&programs.join("initdb"), folder.path()).args(initdb).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let child = Postgres::serve(&programs, folder.path());
        Some(Postgres { folder, programs, child })
    }

    fn serve(programs: &Path, folder: &Path) -> Child {
        let mut command = as_user(&programs.join("postgres"), folder);
        command.args(["-D", "data", "-c", "listen_addresses=", "-c", "fsync=off", "-k"]).arg(folder);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for("ready to accept connections", child.stderr.take().unwrap());
        child
    }

    pub(crate) fn database(&self) -> String {
        format!("host={} user=lanehook dbname=postgres", self.folder.path().display())
    }

    /// Asked, and not killed: it has memory that others could not give back.
    pub(crate) fn stop(&mut self) {
        let stop = ["stop", "--mode=immediate", "--silent", "-D", "data"];
        let _ = as_user(&self.programs.join("pg_ctl"), self.folder.path()).args(stop).output();
        end(&mut self.child);
    }

    pub(crate) fn start_again(&mut self) {
        self.child = Postgres::serve(&self.programs, self.folder.path());
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Where its programs are: Debian keeps each version's apart, and in no one's path.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = versions.map(|version| version.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    debian.chain(std::env::split_paths(&path)).find(|folder| folder.join("initdb").exists())
}

/// It refuses to run as root, so root runs it as the user that its package made, or as nobody.
fn as_user(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("LC_ALL", "C");
    let (user, group) = not_root();
    if is_root() {
        command.uid(user).gid(group);
    }
    command
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

fn not_root() -> (u32, u32) {
    let me = fs::metadata("/proc/self").unwrap();
    if me.uid() != 0 {
        return (me.uid(), me.gid());
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let numbers = |name: &str| {
        let mut fields =
            users.lines().map(|line| line.split(':')).find(|fields| fields.clone().next() == Some(name))?;
        Some((fields.nth(2)?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    numbers("postgres").or_else(|| numbers("nobody")).unwrap()
}
