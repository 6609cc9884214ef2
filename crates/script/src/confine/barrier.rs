//! The barriers there are, and which of them a process is behind.

use std::fmt;

/// One way in which a process is confined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Barrier {
    /// A seccomp filter: system calls that a run does not need are refused.
    SystemCalls,
    /// Landlock: no file, no network, no signals to others.
    Files,
    /// Namespaces of its own: it sees no network, no mounts and no shared memory of others.
    Namespaces,
    /// No capabilities, no way to get any, and never the superuser.
    Privileges,
    /// Limits of memory, processor, files and processes.
    Limits,
    /// Only the descriptors it was started with on purpose.
    Descriptors,
}

impl Barrier {
    /// All there are.
    pub const ALL: [Barrier; 6] = [
        Barrier::SystemCalls,
        Barrier::Files,
        Barrier::Namespaces,
        Barrier::Privileges,
        Barrier::Limits,
        Barrier::Descriptors,
    ];

    /// For people: which barrier, and by what it is made.
    pub fn name(self) -> &'static str {
        match self {
            Barrier::SystemCalls => "system calls (seccomp)",
            Barrier::Files => "files, networks and signals (Landlock, Linux 6.12 for all of it)",
            Barrier::Namespaces => "namespaces (user, network, mount, IPC, host name)",
            Barrier::Privileges => "privileges (capabilities, no_new_privs)",
            Barrier::Limits => "limits of memory, processor, files and processes",
            Barrier::Descriptors => "inherited descriptors",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Which barriers a process is behind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Confinement {
    /// A bit for each barrier that could not be put up.
    missing: u8,
}

impl Confinement {
    /// Behind none.
    #[cfg(not(target_os = "linux"))]
    pub(super) const NONE: Confinement = Confinement { missing: u8::MAX };

    /// Behind all of them, but for those that fail.
    #[cfg(target_os = "linux")]
    pub(super) fn of<E>(steps: impl IntoIterator<Item = (Barrier, Result<(), E>)>) -> Confinement {
        let failed = steps.into_iter().filter(|(_, step)| step.is_err());
        Confinement { missing: failed.fold(0, |missing, (barrier, _)| missing | barrier.bit()) }
    }

    pub(crate) fn from_byte(missing: u8) -> Confinement {
        Confinement { missing }
    }

    pub(crate) fn to_byte(self) -> u8 {
        self.missing
    }

    /// The barriers that could not be put up on this system.
    pub fn missing(self) -> impl Iterator<Item = Barrier> {
        Barrier::ALL.into_iter().filter(move |barrier| self.missing & barrier.bit() != 0)
    }
}

impl fmt::Debug for Confinement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confinement").field("missing", &self.missing().collect::<Vec<_>>()).finish()
    }
}
