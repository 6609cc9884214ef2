//! Where the log's lines go: through a bounded queue to a thread that writes them.
//!
//! A log that nobody reads, a pipe that is closed, a disk that is full: none of them may stop or end the server. So nobody
//! waits for a line to be written, and a line that has no room or cannot be written is lost and counted. The first line
//! after that says how many. Lines that wait at a crash are lost with it.

use std::{
    collections::VecDeque,
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use prometheus_client::metrics::counter::Counter;

/// Bytes of lines that wait: some ten thousand of them.
const MOST_BYTES: usize = 4 << 20;
/// A stream that others made non-blocking is asked again after this.
const FULL_PAUSE: Duration = Duration::from_millis(10);

/// The log is the process's, and so is this.
static LOST: LazyLock<Counter> = LazyLock::new(Counter::default);

/// How many lines were lost.
pub fn lost_lines() -> Counter {
    LOST.clone()
}

/// Takes lines, a call of `write` each. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct LogWriter(Arc<Inner>);

struct Inner {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    lost: Counter,
}

#[derive(Default)]
struct Waiting {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
    /// The thread is at a line that it has taken.
    writing: bool,
}

impl LogWriter {
    /// Writes to standard error.
    ///
    /// # Errors
    /// There can be no thread for it.
    pub fn stderr() -> io::Result<LogWriter> {
        use std::os::fd::AsFd as _;
        // A descriptor of its own: the library's has a lock, which whoever wants to say something would wait for.
        let stderr = io::stderr().as_fd().try_clone_to_owned()?;
        LogWriter::start(std::fs::File::from(stderr), lost_lines())
    }

    fn start(out: impl Write + Send + 'static, lost: Counter) -> io::Result<LogWriter> {
        let shared = Arc::new(Inner { waiting: Mutex::default(), changed: Condvar::new(), lost });
        let writes = shared.clone();
        thread::Builder::new().name("log".into()).spawn(move || writes.write_all(out))?;
        Ok(LogWriter(shared))
    }

    /// Waits until everything is written, but no longer than this.
    pub fn flush_within(&self, most: Duration) {
        let waiting = self.0.lock();
        // Whether they were or not: there is nothing more to be done.
        let _ = self.0.changed.wait_timeout_while(waiting, most, |waiting| waiting.writing || waiting.bytes > 0);
    }
}

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut waiting = self.0.lock();
        if waiting.bytes + line.len() > MOST_BYTES {
            self.0.lost.inc();
        } else {
            waiting.bytes += line.len();
            waiting.lines.push_back(line.to_vec());
            self.0.changed.notify_all();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Inner {
    /// The thread's work, for as long as the process lives.
    fn write_all(&self, mut out: impl Write) {
        let mut told = self.lost.get();
        loop {
            let line = self.next();
            // Without this thread nobody would hear of anything. A panic costs its line, and is the next one to be written.
            let written = catch_unwind(AssertUnwindSafe(|| write_line(&mut out, &line)));
            match written.unwrap_or_else(|_| Err(io::ErrorKind::Other.into())) {
                Err(_) => {
                    self.lost.inc();
                }
                Ok(()) if self.lost.get() > told => {
                    let lost = self.lost.get();
                    tracing::warn!(lines = lost - told, "lines of the log were lost: it could not be written");
                    told = lost;
                }
                Ok(()) => {}
            }
        }
    }

    fn next(&self) -> Vec<u8> {
        let mut waiting = self.lock();
        waiting.writing = false;
        loop {
            if let Some(line) = waiting.lines.pop_front() {
                waiting.bytes -= line.len();
                waiting.writing = true;
                return line;
            }
            self.changed.notify_all();
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All of it, however long the reader takes.
fn write_line(out: &mut impl Write, mut line: &[u8]) -> io::Result<()> {
    while !line.is_empty() {
        match out.write(line) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => line = &line[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(FULL_PAUSE),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    const GUARD: Duration = Duration::from_secs(60);

    /// Panics instead of writing.
    const DEFECT: io::ErrorKind = io::ErrorKind::Unsupported;

    /// Takes each line only when the test says what comes of it, and tells of it.
    struct Disk {
        verdicts: mpsc::Receiver<io::Result<()>>,
        written: mpsc::Sender<Vec<u8>>,
    }

    impl Write for Disk {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let verdict = self.verdicts.recv().unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()));
            assert!(!verdict.as_ref().is_err_and(|error| error.kind() == DEFECT), "a test's own panic");
            verdict?;
            self.written.send(line.to_vec()).unwrap();
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn disk() -> (LogWriter, Counter, mpsc::Sender<io::Result<()>>, mpsc::Receiver<Vec<u8>>) {
        let (say, verdicts) = mpsc::channel();
        let (written, read) = mpsc::channel();
        let lost = Counter::default();
        (LogWriter::start(Disk { verdicts, written }, lost.clone()).unwrap(), lost, say, read)
    }

    #[test]
    fn lines_that_cannot_be_written_or_meet_a_defect_are_counted_and_the_others_are_written() {
        let (mut log, lost, say, read) = disk();
        for (line, verdict) in [
            ("one\n", Ok(())),
            ("two\n", Err(io::ErrorKind::StorageFull.into())),
            ("three\n", Err(io::ErrorKind::BrokenPipe.into())),
            ("four\n", Ok(())),
            ("five\n", Err(DEFECT.into())),
            ("six\n", Ok(())),
        ] {
            log.write_all(line.as_bytes()).unwrap();
            say.send(verdict).unwrap();
        }
        log.flush_within(GUARD);
        let written: Vec<Vec<u8>> = read.try_iter().collect();
        assert_eq!((lost.get(), written.concat()), (3, b"one\nfour\nsix\n".to_vec()));
    }

    #[test]
    fn nobody_waits_for_a_log_that_is_not_read() {
        let (mut log, lost, say, read) = disk();
        let line = vec![b'x'; 1023];
        // One may be with the writer already.
        let fit = MOST_BYTES / line.len() + 1;
        for _ in 0..fit + 5 {
            log.write_all(&line).unwrap();
        }
        assert!((5..=6).contains(&lost.get()), "{}", lost.get());
        log.flush_within(Duration::ZERO);
        // When it is read again, everything that waited is there.
        let kept = fit + 5 - lost.get() as usize;
        (0..kept).for_each(|_| say.send(Ok(())).unwrap());
        log.flush_within(GUARD);
        assert_eq!(read.try_iter().count(), kept);
    }
}
