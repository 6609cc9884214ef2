//! Our own resolver: asks the name servers of a file like /etc/resolv.conf, and takes nothing else from that file. Names
//! are absolute: search domains would turn a stranger's `hooks` into `hooks.corp.example`.
//!
//! The file is looked at again while the program runs, since networks change. [Hickory] speaks the protocol; what it
//! answers is remembered by whoever asked, not here.
//!
//! [Hickory]: https://docs.rs/hickory-resolver

use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use hickory_resolver::{
    Hosts, TokioResolver,
    config::{LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    system_conf::parse_resolv_conf,
};
use tokio::time::timeout;

use super::resolution::{Resolution, ResolveError};
use crate::local::LocalError;

/// The name servers that the system uses.
pub(super) const RESOLV_CONF: &str = "/etc/resolv.conf";
/// How long a name server may take; then it, or another one, is asked once more.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long all of that may take. Whoever asks may give up sooner.
const LONGEST: Duration = Duration::from_secs(5);
/// How often it is looked whether the file has changed.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Queries under way over one TCP connection to a name server.
const QUERIES_AT_A_TIME: usize = 1024;
/// An answer that holds for less is remembered for this long all the same: who asks for a name a thousand times a second
/// need not send a thousand queries.
const SHORTEST_VALID: Duration = Duration::from_secs(1);
/// A name without addresses, where the answer does not say how long that holds.
const ABSENT_FOR: Duration = Duration::from_secs(10);
/// A name server that failed or said nothing may do better soon.
const FAILED_FOR: Duration = Duration::from_secs(10);

/// Asks name servers.
pub(super) struct Builtin {
    servers: PathBuf,
    hosts: Option<Arc<Hosts>>,
    current: Mutex<Current>,
}

/// What was made of the file.
struct Current {
    resolver: TokioResolver,
    changed_at: Option<SystemTime>,
    looked_at: Instant,
}

impl Builtin {
    /// Asks the servers that this file names; `hosts`: after looking into /etc/hosts as it is now.
    pub fn new(servers: &Path, hosts: bool) -> Result<Builtin, ResolveError> {
        let unreadable = |error: io::Error| ResolveError::Failed(format!("/etc/hosts: {error}"));
        let hosts = hosts.then(Hosts::from_system).transpose().map_err(unreadable)?.map(Arc::new);
        let (changed_at, looked_at) = (changed_at(servers), Instant::now());
        let resolver = resolver(name_servers(servers)?, hosts.as_ref())?;
        let current = Mutex::new(Current { resolver, changed_at, looked_at });
        Ok(Builtin { servers: servers.to_owned(), hosts, current })
    }

    /// Asks these servers, whatever any file says.
    pub fn of(servers: Vec<NameServerConfig>) -> Result<Builtin, ResolveError> {
        let current = Current { resolver: resolver(servers, None)?, changed_at: None, looked_at: Instant::now() };
        Ok(Builtin { servers: PathBuf::new(), hosts: None, current: Mutex::new(current) })
    }

    /// All addresses of a name.
    pub async fn resolve(&self, name: &str) -> Resolution {
        let absolute = format!("{}.", name.strip_suffix('.').unwrap_or(name));
        let resolver = self.current();
        match timeout(LONGEST, resolver.lookup_ip(absolute.as_str())).await {
            Ok(Ok(found)) => Resolution {
                result: Ok(found.iter().collect()),
                valid_for: found.valid_until().saturating_duration_since(Instant::now()).max(SHORTEST_VALID),
            },
            Ok(Err(error)) => failure(&error),
            Err(_) => Resolution { result: Err(ResolveError::NoAnswer), valid_for: FAILED_FOR },
        }
    }

    /// With the servers that the file names now. One that cannot be read any more changes nothing.
    fn current(&self) -> TokioResolver {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.looked_at.elapsed() >= LOOK_EVERY {
            current.looked_at = Instant::now();
            let changed_at = changed_at(&self.servers);
            if changed_at.is_some() && changed_at != current.changed_at {
                current.changed_at = changed_at;
                match name_servers(&self.servers).and_then(|servers| resolver(servers, self.hosts.as_ref())) {
                    Ok(resolver) => current.resolver = resolver,
                    Err(error) => tracing::warn!(%error, "the name servers stay those from before"),
                }
            }
        }
        current.resolver.clone()
    }
}

fn changed_at(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|seen| seen.modified()).ok()
}

/// The servers that a file names. Without a file there is one on this machine, as the C library has it, too.
fn name_servers(file: &Path) -> Result<Vec<NameServerConfig>, ResolveError> {
    let failed = |reason: String| ResolveError::Failed(format!("{}: {reason}", file.display()));
    let text = match fs::read(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(vec![NameServerConfig::udp_and_tcp(IpAddr::V4(Ipv4Addr::LOCALHOST))]);
        }
        Err(error) => return Err(failed(error.to_string())),
    };
    let (config, _) = parse_resolv_conf(text).map_err(|error| failed(error.to_string()))?;
    Ok(config.name_servers().to_vec())
}

fn resolver(servers: Vec<NameServerConfig>, hosts: Option<&Arc<Hosts>>) -> Result<TokioResolver, ResolveError> {
    let config = ResolverConfig::from_name_servers(servers);
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    let options = builder.options_mut();
    // Both families, so that every address is seen and judged.
    options.ip_strategy = LookupIpStrategy::Ipv6AndIpv4;
    options.use_hosts_file = ResolveHosts::Never;
    options.cache_size = 0;
    options.timeout = PATIENCE;
    options.attempts = 1;
    options.max_active_requests = QUERIES_AT_A_TIME;
    let built = builder.build().map_err(|error: NetError| ResolveError::Failed(error.to_string()));
    built.map(|mut resolver| {
        if let Some(hosts) = hosts {
            resolver.set_hosts(hosts.clone());
        }
        resolver
    })
}

fn failure(error: &NetError) -> Resolution {
    let (error, valid_for) = match error {
        NetError::Dns(DnsError::NoRecordsFound(none)) => {
            let told = none.negative_ttl.map(|seconds| Duration::from_secs(seconds.into()));
            (ResolveError::NoAddress, told.unwrap_or(ABSENT_FOR).max(SHORTEST_VALID))
        }
        NetError::Timeout => (ResolveError::NoAnswer, FAILED_FOR),
        NetError::Io(error) => (unreached(error), Duration::ZERO),
        NetError::Busy | NetError::NoConnections => (LocalError::NameServers(error.to_string()).into(), Duration::ZERO),
        error => (ResolveError::Failed(error.to_string()), FAILED_FOR),
    };
    Resolution { result: Err(error), valid_for }
}

/// A socket to a name server failed: that is between this machine and its servers.
fn unreached(error: &io::Error) -> ResolveError {
    LocalError::of(error).unwrap_or_else(|| LocalError::NameServers(error.to_string())).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_file_only_the_servers_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("resolv.conf");
        fs::write(&file, "search corp.example\nnameserver 192.0.2.53\nnameserver 2001:db8::53\noptions ndots:5\n")
            .unwrap();
        let addresses: Vec<String> = name_servers(&file).unwrap().iter().map(|server| server.ip.to_string()).collect();
        assert_eq!(addresses, ["192.0.2.53", "2001:db8::53"]);
    }

    #[test]
    fn without_a_file_the_server_is_on_this_machine_and_one_without_servers_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("resolv.conf");
        assert_eq!(name_servers(&file).unwrap()[0].ip, IpAddr::from([127, 0, 0, 1]));
        fs::write(&file, "search corp.example\n").unwrap();
        let error = name_servers(&file).unwrap_err().to_string();
        assert!(error.contains("resolv.conf"), "{error}");
    }

    #[tokio::test]
    async fn with_hosts_their_names_need_no_server() {
        let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut server = NameServerConfig::udp(silent.local_addr().unwrap().ip());
        server.connections[0].port = silent.local_addr().unwrap().port();
        let mut hosts = Hosts::default();
        hosts.read_hosts_conf(&b"192.0.2.9 inside.example\n"[..]).unwrap();
        let resolver = resolver(vec![server], Some(&Arc::new(hosts))).unwrap();
        let found = resolver.lookup_ip("inside.example.").await.unwrap();
        assert_eq!(found.iter().collect::<Vec<_>>(), [IpAddr::from([192, 0, 2, 9])]);
    }

    #[tokio::test]
    async fn a_file_that_has_changed_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("resolv.conf");
        fs::write(&file, "nameserver 192.0.2.53\n").unwrap();
        let builtin = Builtin::new(&file, false).unwrap();
        let made_of = |builtin: &Builtin| builtin.current.lock().unwrap().changed_at;
        let before = made_of(&builtin);
        fs::write(&file, "nameserver 192.0.2.54\n").unwrap();
        fs::File::options().write(true).open(&file).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        builtin.current();
        assert_eq!(made_of(&builtin), before, "it is not looked at for every look-up");
        builtin.current.lock().unwrap().looked_at -= LOOK_EVERY;
        builtin.current();
        assert_eq!(made_of(&builtin), Some(SystemTime::UNIX_EPOCH));
        fs::remove_file(&file).unwrap();
        builtin.current.lock().unwrap().looked_at -= LOOK_EVERY;
        builtin.current();
        assert_eq!(made_of(&builtin), Some(SystemTime::UNIX_EPOCH), "a file that is gone changes nothing");
    }

    #[test]
    fn a_server_that_cannot_be_reached_is_this_machines_trouble() {
        let of = |error: io::Error| failure(&NetError::from(error)).result.unwrap_err();
        assert!(matches!(of(io::ErrorKind::ConnectionRefused.into()), ResolveError::Local(LocalError::NameServers(_))));
        let full = io::Error::from_raw_os_error(rustix::io::Errno::MFILE.raw_os_error());
        assert_eq!(of(full), ResolveError::Local(LocalError::Files));
        assert_eq!(failure(&NetError::Timeout).result, Err(ResolveError::NoAnswer));
    }
}
