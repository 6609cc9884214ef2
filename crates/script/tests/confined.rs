//! What a worker's process cannot do, tried for real: this program is its own worker, and its own attacker.
//!
//! A program without cargo's harness, since a worker has one thread only.

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
mod attempts;

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    linux::main()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        fs::{self, File},
        io::{self, Read as _, Write as _},
        os::{fd::OwnedFd, unix::net::UnixStream},
        process::{Child, Command, Stdio},
    };

    use lanehook_script::{Barrier, confine};

    use crate::attempts::attempts;

    const TESTS: [(&str, fn()); 4] = [
        ("every_way_out_is_refused", every_way_out_is_refused),
        ("the_same_succeeds_without_confinement", the_same_succeeds_without_confinement),
        ("a_worker_is_confined_before_its_first_script", a_worker_is_confined_before_its_first_script),
        ("a_worker_ends_when_nobody_listens_any_more", a_worker_ends_when_nobody_listens_any_more),
    ];

    pub fn main() -> io::Result<()> {
        let asked = std::env::args().nth(1);
        match asked.as_deref() {
            Some("worker") => return lanehook_script::serve(),
            Some("attack") => return attack(true),
            Some("attack-free") => return attack(false),
            _ => {}
        }
        for (name, test) in TESTS {
            if asked.as_ref().is_none_or(|asked| asked.starts_with('-') || name.contains(asked.as_str())) {
                test();
                println!("test {name} ... ok");
            }
        }
        Ok(())
    }

    /// As the service starts its workers, with something open that should not be inherited.
    fn start(role: &str) -> (Child, UnixStream) {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let leaked = File::open("/etc/passwd").unwrap();
        rustix::io::fcntl_setfd(&leaked, rustix::io::FdFlags::empty()).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(role).env_clear().env("TZ", "UTC").current_dir("/");
        command.stdin(Stdio::from(OwnedFd::from(theirs))).stdout(Stdio::null()).stderr(Stdio::null());
        (command.spawn().unwrap(), ours)
    }

    fn attack(confined: bool) -> io::Result<()> {
        let attempts = attempts();
        if confined {
            let _ = confine();
        }
        let say = |text: String| rustix::io::write(rustix::stdio::stdin(), text.as_bytes());
        for (name, attempt) in attempts {
            say(format!("{} {name}\n", if attempt() { "done" } else { "refused" }))?;
        }
        say("end\n".into())?;
        Ok(())
    }

    /// What the attacker did not get done, and what it did.
    fn attacked(role: &str) -> (Vec<String>, Vec<String>) {
        let (mut child, mut socket) = start(role);
        let mut report = String::new();
        socket.read_to_string(&mut report).unwrap();
        child.wait().unwrap();
        assert!(report.ends_with("end\n"), "it was ended before it could try everything: {report}");
        let of = |kind: &str| report.lines().filter_map(|line| line.strip_prefix(kind)).map(str::to_owned).collect();
        (of("refused "), of("done "))
    }

    fn every_way_out_is_refused() {
        let (refused, done) = attacked("attack");
        assert_eq!(done, [""; 0]);
        assert_eq!(refused.len(), attempts().len());
    }

    /// So the attempts are such that can succeed.
    fn the_same_succeeds_without_confinement() {
        let (refused, _) = attacked("attack-free");
        // What containers and hardened kernels forbid to everybody.
        let others = ["the parent's memory", "a trace of the parent", "namespaces", "a ring of requests"];
        let unexpected: Vec<_> = refused.iter().filter(|name| !others.contains(&name.as_str())).collect();
        assert!(unexpected.is_empty(), "{unexpected:?}");
    }

    fn a_worker_is_confined_before_its_first_script() {
        let (mut child, mut socket) = start("worker");
        // The greeting: it is ready, and takes scripts from now on.
        let mut missing = [0];
        socket.read_exact(&mut missing).unwrap();
        let lacks = |barrier: Barrier| missing[0] & (1 << barrier as u8) != 0;
        let of = |what: &str| format!("/proc/{}/{what}", child.id());
        let status = fs::read_to_string(of("status")).unwrap();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.map(|value| value.trim().to_owned()).unwrap_or_else(|| panic!("no {name} in {status}"))
        };
        assert_eq!([field("Seccomp"), field("NoNewPrivs"), field("Threads")], ["2", "1", "1"]);
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert_eq!(field(set), "0000000000000000", "{set}");
        }
        assert!(!field("Uid").split_whitespace().any(|id| id == "0"), "never the superuser: {status}");
        let limits = fs::read_to_string(of("limits")).unwrap();
        for (name, most) in [
            ("Max core file size", "0"),
            ("Max open files", "0"),
            ("Max processes", "0"),
            ("Max file size", "0"),
            ("Max cpu time", "60"),
        ] {
            let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
            assert_eq!(line[name.len()..].split_whitespace().next(), Some(most), "{line}");
        }
        assert!(!lacks(Barrier::SystemCalls) && !lacks(Barrier::Privileges) && !lacks(Barrier::Limits));
        if !lacks(Barrier::Namespaces) {
            assert_eq!(field("CapBnd"), "0000000000000000");
        }
        if rustix::process::geteuid().is_root() {
            // Whoever is not may not look any more.
            assert_eq!(fs::read(of("environ")).unwrap(), b"TZ=UTC\0");
            let open = fs::read_dir(of("fd")).unwrap().map(|entry| fs::read_link(entry.unwrap().path()).unwrap());
            let mut open: Vec<String> = open.map(|path| path.to_str().unwrap().to_owned()).collect();
            open.sort();
            assert_eq!(open.len(), 3, "{open:?}");
            assert!(open[..2].iter().all(|path| path == "/dev/null") && open[2].starts_with("socket:"), "{open:?}");
            let apart = |space: &&str| {
                let [theirs, ours] = [of(&format!("ns/{space}")), format!("/proc/self/ns/{space}")];
                fs::read_link(theirs).unwrap() != fs::read_link(ours).unwrap()
            };
            let all = ["user", "net", "ipc", "mnt", "uts"].iter().all(apart);
            assert_eq!(all, !lacks(Barrier::Namespaces), "it says what is so");
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }

    fn a_worker_ends_when_nobody_listens_any_more() {
        let (mut child, mut socket) = start("worker");
        socket.read_exact(&mut [0]).unwrap();
        drop(socket);
        assert!(child.wait().unwrap().success());
        // Also one that is told nonsense.
        let (mut child, mut socket) = start("worker");
        socket.write_all(&[0xff; 56]).unwrap();
        assert!(!child.wait().unwrap().success());
    }
}
