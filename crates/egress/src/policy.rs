//! Where requests may go. A URL or an address enters; leaves yes, or why not. Pure.
//!
//! [`Policy::check_url`] is for people: it refuses early what could never work. What guards is
//! [`Policy::check_address`], asked for every address each time a connection is made, because a name can resolve to
//! something else by then.

use std::{fmt, net::IpAddr};

use ipnet::IpNet;
use url::{Host, Url};

use crate::address;

/// Where requests may go. The default is strict: https, to publicly reachable addresses, certificates checked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Policy {
    /// Ranges that may be sent to although they are not publicly reachable.
    pub allow: Vec<IpNet>,
    /// Ranges that may never be sent to, whatever the other fields say.
    pub deny: Vec<IpNet>,
    /// Whether http, and with it port 80, is possible.
    pub http: bool,
    /// Whether loopback addresses, and the name `localhost`, are possible.
    pub loopback: bool,
    /// Whether a target may be made that takes any certificate.
    pub unverified_tls: bool,
}

/// Why a URL or an address is not sent to. `Display` says what to do instead.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Refusal {
    /// The scheme is neither https nor http.
    Scheme(String),
    /// There is no host in it.
    NoHost,
    /// There is a user name or a password in it, which would leak into logs.
    Credentials,
    /// It is http, with this host, which can be sent to.
    Unencrypted(String),
    /// The host's name is none (`a..b`).
    NoName(String),
    /// The host's name means this machine or this network (RFC 6761, RFC 6762, RFC 8375, `.internal` by ICANN).
    PrivateName(String),
    /// The host is written as an address.
    Host {
        /// As the URL has it.
        host: String,
        /// Which address that is.
        address: IpAddr,
        /// Why not.
        reason: AddressRefusal,
    },
    /// The port is one of another protocol.
    Port {
        /// As the URL has it.
        host: String,
        /// Which port.
        port: u16,
    },
    /// The name has this address, perhaps beside others.
    Resolved {
        /// The host's name.
        name: String,
        /// Which address.
        address: IpAddr,
        /// Why not.
        reason: AddressRefusal,
    },
    /// The address that a connection would go to, or was found to have gone to.
    Address {
        /// Which address.
        address: IpAddr,
        /// Why not.
        reason: AddressRefusal,
    },
    /// Certificates are always checked.
    UnverifiedTls,
}

/// The sentence for a name that leads to no address that may be sent to. Whether it has none, or which, is left open: a name
/// may be known inside only.
pub(crate) struct NotReachable<'n>(pub &'n str);

/// Why an address is not sent to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AddressRefusal {
    /// [`Policy::deny`] has it.
    Denied,
    /// It is not publicly reachable, but this: `a private address (RFC 1918)`.
    NotPublic(&'static str),
    /// It is one of this machine's own, which a firewall between them would not guard.
    Own,
}

/// Ports from 1024 on that no HTTP server for strangers listens on: those browsers refuse (WHATWG Fetch, "port blocking"), and
/// databases, caches, queues and control planes that could mistake a POST for a command.
const REFUSED_PORTS: [u16; 44] = [
    1433, 1434, 1521, 1719, 1720, 1723, 2049, 2181, 2375, 2376, 2377, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 5060,
    5061, 5432, 5672, 5900, 5984, 6000, 6379, 6380, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 9092, 9300,
    10080, 10250, 11211, 27017, 27018, 27019,
];

impl Policy {
    /// For development: http and loopback are possible, too.
    pub fn development() -> Policy {
        Policy { http: true, loopback: true, ..Policy::default() }
    }

    /// What can be said of a URL before its name is resolved. Ask when a URL is taken in; sending asks too.
    ///
    /// # Errors
    /// The first reason why it can never be sent to.
    pub fn check_url(&self, url: &Url) -> Result<(), Refusal> {
        if !matches!(url.scheme(), "https" | "http") {
            return Err(Refusal::Scheme(url.scheme().to_owned()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refusal::Credentials);
        }
        let Some(host) = url.host() else { return Err(Refusal::NoHost) };
        match host {
            Host::Ipv4(address) => self.check_literal(&host, address.into())?,
            Host::Ipv6(address) => self.check_literal(&host, address.into())?,
            Host::Domain(name) => self.check_name(name)?,
        }
        // After the host: with one that is not sent to, https would be no better.
        if url.scheme() == "http" && !self.http {
            return Err(Refusal::Unencrypted(host.to_string()));
        }
        let port = url.port_or_known_default().unwrap_or(0);
        if self.is_port_open(port) { Ok(()) } else { Err(Refusal::Port { host: host.to_string(), port }) }
    }

    /// Whether a connection may be made to this address, now. `deny` wins over `allow`, and `allow` over the rule that
    /// only publicly reachable addresses are sent to. An address that embeds an IPv4 address needs that to be possible
    /// too, so allowing the NAT64 range opens no private address behind it.
    ///
    /// # Errors
    /// What the address is, if it may not.
    pub fn check_address(&self, address: IpAddr) -> Result<(), AddressRefusal> {
        let address = address.to_canonical();
        let embedded = match address {
            IpAddr::V4(_) => None,
            IpAddr::V6(address) if address.is_loopback() => None,
            IpAddr::V6(address) => address::embedded_v4(address).map(IpAddr::V4),
        };
        let lists = |ranges: &[IpNet], address: &IpAddr| ranges.iter().any(|range| range.contains(address));
        if lists(&self.deny, &address) || embedded.is_some_and(|embedded| lists(&self.deny, &embedded)) {
            return Err(AddressRefusal::Denied);
        }
        if lists(&self.allow, &address) {
            return embedded.map_or(Ok(()), |embedded| self.check_address(embedded));
        }
        if self.loopback && address.is_loopback() {
            return Ok(());
        }
        address::forbidden(address).map_or(Ok(()), |what| Err(AddressRefusal::NotPublic(what)))
    }

    /// Whether a connection may be made to this address, which is one of this machine's own: only if `allow` has it, or it is
    /// a loopback address and those are possible.
    ///
    /// # Errors
    /// Otherwise.
    pub fn check_own(&self, address: IpAddr) -> Result<(), AddressRefusal> {
        let address = address.to_canonical();
        let is_open =
            (self.loopback && address.is_loopback()) || self.allow.iter().any(|range| range.contains(&address));
        if is_open { Ok(()) } else { Err(AddressRefusal::Own) }
    }

    /// Whether a target may take any certificate.
    pub(crate) fn check_unverified(&self) -> Result<(), Refusal> {
        if self.unverified_tls { Ok(()) } else { Err(Refusal::UnverifiedTls) }
    }

    fn check_literal(&self, host: &Host<&str>, address: IpAddr) -> Result<(), Refusal> {
        let address = address.to_canonical();
        let refused = |reason| Refusal::Host { host: host.to_string(), address, reason };
        self.check_address(address).map_err(refused)
    }

    /// Where ranges are opened, private names may be meant, and what they resolve to decides.
    fn check_name(&self, host: &str) -> Result<(), Refusal> {
        let name = host.strip_suffix('.').unwrap_or(host);
        if name.is_empty() || name.split('.').any(str::is_empty) {
            return Err(Refusal::NoName(host.to_owned()));
        }
        let under = |domain: &str| name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        let local = under("localhost") && !self.loopback;
        if self.allow.is_empty() && (local || ["local", "internal", "localdomain", "home.arpa"].into_iter().any(under))
        {
            return Err(Refusal::PrivateName(host.to_owned()));
        }
        Ok(())
    }

    fn is_port_open(&self, port: u16) -> bool {
        match port {
            443 => true,
            80 => self.http,
            1024.. => REFUSED_PORTS.binary_search(&port).is_err(),
            _ => false,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let never = |f: &mut fmt::Formatter<'_>, host: &str, reason: &dyn fmt::Display| {
            write!(f, "{host} cannot be sent to: {reason}; use a publicly reachable host")
        };
        match self {
            Refusal::Scheme(scheme) => write!(f, "the scheme `{scheme}` is not possible; use https"),
            Refusal::NoHost => f.write_str("the URL has no host"),
            Refusal::Credentials => f.write_str("a user name or password in the URL would leak into logs"),
            Refusal::Unencrypted(host) => write!(f, "http://{host} is not encrypted; use https://{host}"),
            Refusal::NoName(host) => never(f, host, &"this is not a host's name"),
            Refusal::PrivateName(host) => never(f, host, &"this is a name inside a private network"),
            Refusal::Host { host, address, reason } => never(f, host, &reason.of(*address)),
            Refusal::Port { host, port } => {
                write!(f, "port {port} is not one that is sent to on {host}; use 443, or a port from 1024 on")
            }
            Refusal::Resolved { name, .. } => NotReachable(name).fmt(f),
            Refusal::Address { address, reason } => f.write_str(&reason.of(*address)),
            Refusal::UnverifiedTls => f.write_str("certificates are always checked here"),
        }
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// See [`Error::inside`](crate::Error::inside).
    pub(crate) fn inside(&self) -> Option<String> {
        match self {
            Refusal::Resolved { name, address, reason } => Some(format!("{name}: {}", reason.of(*address))),
            _ => None,
        }
    }
}

impl fmt::Display for NotReachable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} has no publicly reachable address", self.0)
    }
}

impl AddressRefusal {
    /// As a part of a sentence: `10.0.0.1 is a private address (RFC 1918), not a publicly reachable one`.
    fn of(self, address: IpAddr) -> String {
        match self {
            AddressRefusal::Denied => format!("{address} is an address that this system does not send to"),
            AddressRefusal::Own => format!("{address} is an address of this system, not a publicly reachable one"),
            AddressRefusal::NotPublic(what) => format!("{address} is {what}, not a publicly reachable one"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(policy: &Policy, url: &str) -> Result<(), String> {
        let url = Url::parse(url).map_err(|error| error.to_string())?;
        policy.check_url(&url).map_err(|refusal| refusal.to_string())
    }

    fn net(text: &str) -> Vec<IpNet> {
        vec![text.parse().unwrap()]
    }

    #[test]
    fn every_forbidden_url_is_refused() {
        let list = include_str!("../tests/data/forbidden-urls.txt");
        let urls: Vec<&str> = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        assert!(urls.len() > 30);
        // Once it is parsed this is https://nohost/, a name like any other: only who has the text can tell.
        let urls = urls.into_iter().filter(|url| *url != "https:///nohost");
        for url in urls {
            assert!(check(&Policy::default(), url).is_err(), "{url}");
        }
    }

    #[test]
    fn public_https_urls_are_taken() {
        for url in
            ["https://example.com/", "https://example.com.:8443/x", "https://1.1.1.1/", "https://[2606:4700::1]/"]
        {
            assert_eq!(check(&Policy::default(), url), Ok(()), "{url}");
        }
    }

    #[test]
    fn a_refusal_names_the_host_and_the_fix() {
        let policy = Policy::default();
        let error = check(&policy, "http://shop.example/x").unwrap_err();
        assert!(error.contains("https://shop.example"), "{error}");
        for url in ["http://127.0.0.1:9000/x", "http://10.1.2.3/x", "http://localhost/x"] {
            let error = check(&policy, url).unwrap_err();
            assert!(error.contains("cannot be sent to") && !error.contains("https"), "{error}");
        }
        let error = check(&policy, "https://10.1.2.3/x").unwrap_err();
        assert!(error.contains("10.1.2.3") && error.contains("private"), "{error}");
        let error = check(&policy, "https://shop.example:6379/x").unwrap_err();
        assert!(error.contains("6379") && error.contains("443") && error.contains("shop.example"), "{error}");
    }

    #[test]
    fn odd_ports_and_private_names_are_refused() {
        for url in [
            "https://example.com:80/",
            "https://example.com:6667/",
            "https://example.com:27017/",
            "https://printer.local/",
            "https://metadata.google.internal/",
            "https://a.localhost/",
            "https://nas.home.arpa./",
        ] {
            assert!(check(&Policy::default(), url).is_err(), "{url}");
        }
        assert!(REFUSED_PORTS.is_sorted());
    }

    #[test]
    fn dev_opens_http_and_loopback_and_nothing_else() {
        let dev = Policy::development();
        for url in ["http://127.0.0.1:8080/", "http://localhost:8080/", "http://[::1]:9000/", "http://example.com/"] {
            assert_eq!(check(&dev, url), Ok(()), "{url}");
        }
        for url in ["http://10.0.0.1/", "http://169.254.169.254/", "http://x.internal/", "http://0.0.0.0:8080/"] {
            assert!(check(&dev, url).is_err(), "{url}");
        }
    }

    #[test]
    fn an_own_address_is_open_only_where_the_operator_says_so() {
        let dev = Policy { allow: net("192.0.2.0/24"), ..Policy::development() };
        for (address, possible) in [
            ("192.0.2.2", true),
            ("::ffff:192.0.2.2", true),
            ("127.0.0.1", true),
            ("8.8.8.8", false),
            ("2606:4700::1", false),
        ] {
            assert_eq!(dev.check_own(address.parse().unwrap()).is_ok(), possible, "{address}");
        }
        assert_eq!(Policy::default().check_own([127, 0, 0, 1].into()), Err(AddressRefusal::Own));
    }

    #[test]
    fn deny_wins_over_allow_and_dev() {
        let policy = Policy {
            allow: net("10.0.0.0/8"),
            deny: vec!["10.9.0.0/16".parse().unwrap(), "127.0.0.0/8".parse().unwrap(), "8.8.8.0/24".parse().unwrap()],
            ..Policy::development()
        };
        for (address, possible) in [
            ("10.1.1.1", true),
            ("10.9.1.1", false),
            ("::ffff:10.9.1.1", false),
            ("127.0.0.1", false),
            ("8.8.8.8", false),
        ] {
            assert_eq!(policy.check_address(address.parse().unwrap()).is_ok(), possible, "{address}");
        }
    }

    #[test]
    fn allowing_a_translation_range_opens_no_private_address_behind_it() {
        let policy = Policy { allow: net("64:ff9b::/96"), ..Policy::default() };
        assert_eq!(policy.check_address("64:ff9b::101:101".parse().unwrap()), Ok(()));
        assert!(policy.check_address("64:ff9b::a9fe:a9fe".parse().unwrap()).is_err());
    }

    #[test]
    fn where_a_range_is_open_private_names_are_decided_by_their_address() {
        let policy = Policy { allow: net("10.0.0.0/8"), ..Policy::default() };
        assert_eq!(check(&policy, "https://hooks.svc.internal/"), Ok(()));
    }
}
