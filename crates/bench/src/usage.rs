//! What a process costs, read from `/proc`: exact for a child that does nothing but the work measured.

use std::{fs, path::Path, time::Duration};

use anyhow::Context as _;

/// A process at one moment.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Usage {
    /// Time on a processor so far, in user and kernel mode, of all threads.
    pub cpu: Duration,
    /// Resident bytes now.
    pub resident: u64,
    /// Resident bytes at most so far.
    pub peak: u64,
}

impl Usage {
    /// Of the process with this id.
    pub fn of(pid: u32) -> anyhow::Result<Usage> {
        let read = |name: &str| {
            let path = format!("/proc/{pid}/{name}");
            fs::read_to_string(&path).with_context(|| format!("cannot read {path}; is the server still there?"))
        };
        let ticks = cpu_ticks(&read("stat")?).context("/proc/…/stat is not as proc(5) says")?;
        let cpu = Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64);
        let status = read("status")?;
        Ok(Usage { cpu, resident: bytes(&status, "VmRSS:"), peak: bytes(&status, "VmHWM:") })
    }
}

/// `utime` and `stime`, fields 14 and 15 of proc_pid_stat(5). Field 2 is a name that may contain anything, so counting
/// begins behind its closing bracket.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// A field of proc_pid_status(5), which gives kB.
fn bytes(status: &str, field: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes = line.and_then(|rest| rest.split_ascii_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

/// Time all processors together have worked so far, for anyone.
pub fn machine() -> Option<Duration> {
    let ticks = busy_ticks(&fs::read_to_string("/proc/stat").ok()?)?;
    Some(Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64))
}

/// `user`, `nice`, `system` and `steal` of proc_stat(5). Interrupts are left out: on loopback they are the network's work
/// for the processes measured, but charged to none of them.
fn busy_ticks(stat: &str) -> Option<u64> {
    let fields: Vec<u64> =
        stat.lines().next()?.split_ascii_whitespace().skip(1).map_while(|t| t.parse().ok()).collect();
    let [user, nice, system, _idle, _iowait, _irq, _softirq, steal, ..] = fields[..] else { return None };
    Some(user + nice + system + steal)
}

/// Bytes of all files under `folder`.
pub fn disk(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => disk(&entry.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}

/// The kind of file system `folder` is on, from proc_pid_mounts(5): on `tmpfs` a sync costs nothing.
pub fn file_system(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
    kind_of_mount(&mounts, &folder).map(str::to_owned)
}

fn kind_of_mount<'a>(mounts: &'a str, folder: &Path) -> Option<&'a str> {
    let parsed = mounts.lines().filter_map(|line| {
        let mut fields = line.split(' ').skip(1);
        Some((Path::new(fields.next()?), fields.next()?))
    });
    // The last of the deepest: a later mount covers an earlier one.
    let over = parsed.filter(|(point, _)| folder.starts_with(point));
    over.max_by_key(|(point, _)| point.components().count()).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_an_odd_name() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 1 0 0 0 250 50 0 0 20 0 4 0 100 1000 10 18446744073709551615";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(cpu_ticks("garbage"), None);
    }

    #[test]
    fn waiting_and_interrupts_are_nobodys_work() {
        assert_eq!(busy_ticks("cpu  1 2 4 1000 2000 8 16 32 0 0\ncpu0 1 2 4 1000 2000 8 16 32 0 0\n"), Some(39));
        assert_eq!(busy_ticks("garbage"), None);
    }

    #[test]
    fn memory_is_in_bytes() {
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!((bytes(status, "VmRSS:"), bytes(status, "VmHWM:")), (1 << 20, 2 << 20));
        assert_eq!(bytes(status, "VmSwap:"), 0);
    }

    #[test]
    fn the_deepest_mount_decides() {
        let mounts = "/dev/vda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n";
        assert_eq!(kind_of_mount(mounts, Path::new("/tmp/x")), Some("tmpfs"));
        assert_eq!(kind_of_mount(mounts, Path::new("/tmpx")), Some("ext4"));
    }

    #[test]
    fn this_process_has_a_size() {
        let usage = Usage::of(std::process::id()).unwrap();
        assert!(usage.resident > 0 && usage.peak >= usage.resident);
    }
}
