//! What a worker's process does: confines itself, then runs what comes through its socket, until that is closed.

use std::{
    io::{self, Read, Write},
    time::Duration,
};

use super::wire::{self, Received};
use crate::{
    confine::confine,
    run::{Input, Run, RunLimits, Transformed},
    sandbox,
};

/// What a run may use of the processor beyond its limit, before its process is ended: enough to tell of an interruption.
const GRACE: Duration = Duration::from_millis(50);
/// Workers yield to whoever serves and sends.
const NICE: i32 = 10;
/// Looks at the local time and makes an error: both load what is loaded once.
const WARM_UP: &str = "function transform() { return `${new Date(0).getHours()} ${new Error('x').stack}` }";

/// Takes scripts from the socket that is this process's standard input and answers there, until it is closed. The process
/// must have one thread: it is confined for good before the first script.
///
/// # Errors
/// The socket broke, or what came through it is no request.
pub fn serve() -> io::Result<()> {
    // Better at the usual priority than not at all.
    let _ = rustix::process::nice(NICE);
    // What the engine and the C library load once, they load while they may.
    let _ = sandbox::run(WARM_UP, &Input { json: "null", now: 0 }, &RunLimits::default());
    let confinement = confine();
    wire::greet(&mut Socket, confinement)?;
    while let Some(Received { code, json, now, limits }) = wire::receive(&mut Socket)? {
        let before = processor_time();
        set_alarm(limits.time.saturating_add(GRACE))?;
        let made = match json {
            Some(json) => sandbox::run(&code, &Input { json: &json, now }, &limits),
            None => sandbox::check(&code, &limits).map(|()| Transformed::Null),
        };
        set_alarm(Duration::ZERO)?;
        let used = processor_time().saturating_sub(before);
        wire::reply(&mut Socket, &Run { made, used })?;
    }
    Ok(())
}

/// Standard input, in both directions, with the two calls that a confined process may make.
struct Socket;

impl Read for Socket {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(rustix::stdio::stdin(), into)?)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(rustix::stdio::stdin(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Ends this process by SIGPROF once it has used so much more of the processor; never, if that is zero. It ends also within
/// a step of the engine that never ends.
fn set_alarm(after: Duration) -> io::Result<()> {
    let time = libc::timeval {
        // Of any width there is: no run is given years.
        tv_sec: after.as_secs().min(u64::from(u32::MAX) / 4) as _,
        tv_usec: after.subsec_micros() as _,
    };
    let once = libc::itimerval { it_interval: libc::timeval { tv_sec: 0, tv_usec: 0 }, it_value: time };
    // SAFETY: the timer is read only, and what it was is not asked for.
    match unsafe { libc::setitimer(libc::ITIMER_PROF, &raw const once, std::ptr::null_mut()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// What this process has used of the processor.
fn processor_time() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(used.tv_sec.unsigned_abs(), u32::try_from(used.tv_nsec).unwrap_or_default())
}
