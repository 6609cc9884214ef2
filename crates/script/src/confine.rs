//! What keeps a worker's process from everything but its socket.
//!
//! A script that breaks the engine has the process, with whatever that may do. So before the first one the process gives
//! up whatever it does not need, and cannot get it back: it can compute, ask for memory, read and write what is open, and
//! end. Each barrier alone keeps it from files, networks and other processes; which of them hold is told in a
//! [`Confinement`], since kernels differ in what they offer.

mod barrier;
#[cfg(target_os = "linux")]
mod linux;

pub use self::barrier::{Barrier, Confinement};

/// Confines this process, for good. It must have one thread, and nothing open that it needs but the standard streams.
/// [`serve`](crate::serve) does this itself.
///
/// Only Linux has what it takes; elsewhere every barrier is missing.
pub fn confine() -> Confinement {
    #[cfg(target_os = "linux")]
    return Confinement::of(linux::put_up());
    #[cfg(not(target_os = "linux"))]
    return Confinement::NONE;
}
