//! Failures of this machine, which say nothing about the other side.

use std::io;

use rustix::io::Errno;

/// What this machine was short of. The request has not left, and may be made again as soon as there is enough.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum LocalError {
    /// All places for look-ups that this owner may have were taken for as long as the request could wait.
    #[error("the look-up of its name did not get its turn")]
    NoTurn,
    /// The process, or the machine, can open no more files (EMFILE, ENFILE).
    #[error("no more files can be opened")]
    Files,
    /// The kernel has no memory for it (ENOMEM, ENOBUFS).
    #[error("the kernel has no memory left for it")]
    Memory,
    /// Every local port is in use (EADDRNOTAVAIL), or the kernel had to put it off (EAGAIN).
    #[error("no local port is left")]
    Ports,
    /// No name server can be reached.
    #[error("no name server can be reached: {0}")]
    NameServers(String),
}

impl LocalError {
    /// What this error of a socket says about this machine, if that is what it is about.
    pub fn of(error: &io::Error) -> Option<LocalError> {
        Some(match Errno::from_io_error(error)? {
            Errno::MFILE | Errno::NFILE => LocalError::Files,
            Errno::NOMEM | Errno::NOBUFS => LocalError::Memory,
            Errno::ADDRNOTAVAIL | Errno::AGAIN => LocalError::Ports,
            _ => return None,
        })
    }

    /// One word for it: `files`, `memory`, `ports`, `lookup_turn`, `name_servers`.
    pub fn as_str(&self) -> &'static str {
        match self {
            LocalError::NoTurn => "lookup_turn",
            LocalError::Files => "files",
            LocalError::Memory => "memory",
            LocalError::Ports => "ports",
            LocalError::NameServers(_) => "name_servers",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_this_machine_is_short_of_is_local() {
        let of = |errno: Errno| LocalError::of(&io::Error::from_raw_os_error(errno.raw_os_error()));
        for (errno, local) in [
            (Errno::MFILE, LocalError::Files),
            (Errno::NFILE, LocalError::Files),
            (Errno::NOMEM, LocalError::Memory),
            (Errno::NOBUFS, LocalError::Memory),
            (Errno::ADDRNOTAVAIL, LocalError::Ports),
            (Errno::AGAIN, LocalError::Ports),
        ] {
            assert_eq!(of(errno), Some(local));
        }
        for errno in [Errno::CONNREFUSED, Errno::TIMEDOUT, Errno::HOSTUNREACH, Errno::NETUNREACH, Errno::CONNRESET] {
            assert_eq!(of(errno), None, "{errno}");
        }
        assert_eq!(LocalError::of(&io::Error::other("of nobody")), None);
    }
}
