//! The system's resolver, with whatever is set up there: split DNS, multicast DNS, directories.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, ToSocketAddrs as _, UdpSocket},
    time::Duration,
};

use super::resolution::{Resolution, ResolveError};
use crate::local::LocalError;

/// It does not say for how long its answers hold, and may keep them itself.
const VALID_FOR: Duration = Duration::from_secs(5);

/// Looks a name up in a thread of its own, which holds `turn` for as long as that takes, also when nobody waits for it any
/// more: nothing can end it. `relative`: /etc/hosts and search domains count, too.
pub(super) async fn resolve(name: &str, relative: bool, turn: impl Send + 'static) -> Resolution {
    // The dot at the end keeps search domains out, and with them /etc/hosts.
    let bare = name.strip_suffix('.').unwrap_or(name);
    let name = if relative { bare.to_owned() } else { format!("{bare}.") };
    let lookup = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let found = (name.as_str(), 0).to_socket_addrs();
        found.map(|found| found.map(|address| address.ip()).collect::<Vec<IpAddr>>()).map_err(why)
    });
    let result = lookup.await.unwrap_or_else(|error| Err(ResolveError::Failed(error.to_string())));
    let valid_for = if matches!(result, Err(ResolveError::Local(_))) { Duration::ZERO } else { VALID_FOR };
    Resolution { result, valid_for }
}

/// The standard library hands on the text of getaddrinfo and not its code, and getaddrinfo hides that it could open no
/// socket. Whether one can be opened is asked here.
fn why(error: io::Error) -> ResolveError {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0));
    match socket.err().and_then(|error| LocalError::of(&error)) {
        Some(local) => local.into(),
        None => why_not_found(&error.to_string()),
    }
}

/// A name that does not exist is told like one that has no address for the caller, or it could be asked which names exist inside.
fn why_not_found(text: &str) -> ResolveError {
    // EAI_AGAIN, as glibc and musl say it: no name server has answered.
    let nobody_answered = ["Temporary failure", "Try again"].iter().any(|said| text.contains(said));
    if nobody_answered { ResolveError::NoAnswer } else { ResolveError::NoAddress }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_does_not_exist_reads_like_one_without_an_address() {
        let why = |said: &str| why_not_found(&format!("failed to lookup address information: {said}"));
        for absent in ["Name or service not known", "Name does not resolve", "No address associated with hostname"] {
            assert!(matches!(why(absent), ResolveError::NoAddress), "{absent}");
        }
        for silent in ["Temporary failure in name resolution", "Try again"] {
            assert!(matches!(why(silent), ResolveError::NoAnswer), "{silent}");
        }
    }
}
