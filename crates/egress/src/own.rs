//! This machine's own addresses. A public one is reachable from here by a way that passes no firewall, so what listens on it
//! for insiders would hear strangers.

use std::{
    fmt, io,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How often the interfaces are asked, at most; they are asked when a connection is made.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Who tells which addresses this machine has.
#[derive(Clone)]
pub struct Interfaces(Arc<dyn Fn() -> io::Result<Vec<IpAddr>> + Send + Sync>);

impl Interfaces {
    /// A function tells.
    pub fn from_fn(look: impl Fn() -> io::Result<Vec<IpAddr>> + Send + Sync + 'static) -> Interfaces {
        Interfaces(Arc::new(look))
    }
}

/// The system's interfaces (getifaddrs).
impl Default for Interfaces {
    fn default() -> Interfaces {
        Interfaces::from_fn(|| Ok(if_addrs::get_if_addrs()?.iter().map(|interface| interface.ip()).collect()))
    }
}

impl fmt::Debug for Interfaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Interfaces")
    }
}

/// The addresses as they were last seen.
pub(crate) struct OwnAddresses {
    interfaces: Interfaces,
    seen: Mutex<Seen>,
}

struct Seen {
    addresses: Arc<[IpAddr]>,
    at: Option<Duration>,
}

impl OwnAddresses {
    pub fn new(interfaces: Interfaces) -> OwnAddresses {
        OwnAddresses { interfaces, seen: Mutex::new(Seen { addresses: Arc::default(), at: None }) }
    }

    /// Those of this moment, or of a few seconds ago. Where the system does not tell, they stay as they were.
    pub fn at(&self, now: Duration) -> Arc<[IpAddr]> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.at.is_none_or(|at| now < at || now - at >= LOOK_EVERY) {
            match (self.interfaces.0)() {
                Ok(addresses) => {
                    seen.addresses = addresses.iter().map(IpAddr::to_canonical).collect();
                    seen.at = Some(now);
                }
                Err(error) => tracing::debug!(%error, "the interfaces' addresses could not be listed"),
            }
        }
        seen.addresses.clone()
    }
}

/// Whether this machine has an address by which it could reach the other one, which is not its own.
pub(crate) fn could_reach(own: &[IpAddr], other: IpAddr) -> bool {
    other.is_loopback()
        || own.iter().any(|own| own.is_ipv4() == other.is_ipv4() && !own.is_loopback() && !is_link_local(own))
}

fn is_link_local(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    #[test]
    fn they_are_looked_at_again_after_a_while_and_stay_where_the_system_does_not_tell() {
        let turn = AtomicU8::new(0);
        let own = OwnAddresses::new(Interfaces::from_fn(move || match turn.fetch_add(1, Ordering::Relaxed) {
            1 => Err(io::ErrorKind::Other.into()),
            turn => Ok(vec![IpAddr::from([192, 0, 2, turn])]),
        }));
        let at = |seconds| own.at(Duration::from_secs(seconds)).to_vec();
        let (first, third) = (vec![IpAddr::from([192, 0, 2, 0])], vec![IpAddr::from([192, 0, 2, 2])]);
        assert_eq!((at(100), at(109)), (first.clone(), first.clone()));
        assert_eq!((at(110), at(110)), (first, third), "a failure is tried again at once");
    }

    #[test]
    fn the_system_tells_of_loopback() {
        let own = OwnAddresses::new(Interfaces::default()).at(Duration::ZERO);
        assert!(own.iter().any(IpAddr::is_loopback), "{own:?}");
    }

    #[test]
    fn who_has_no_address_of_a_family_cannot_reach_it() {
        let own = ["127.0.0.1", "::1", "192.0.2.2", "fe80::1"].map(|text| text.parse().unwrap());
        for (other, reaches) in [("1.1.1.1", true), ("2606:4700::1", false), ("::1", true)] {
            assert_eq!(could_reach(&own, other.parse().unwrap()), reaches, "{other}");
        }
    }
}
