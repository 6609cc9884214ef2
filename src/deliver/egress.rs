//! Where requests may go: the operator's policy. A URL or an address enters; leaves yes, or why not. Pure.
//!
//! [`EgressPolicy::check_url`] is for people: it refuses early what could never work. What guards is
//! [`EgressPolicy::check_address`], asked for every address each time a connection is made, because a name can
//! resolve to something else by then.

use std::net::IpAddr;

use ipnet::IpNet;
use url::Host;

use super::address;
use crate::model::TargetUrl;

/// Where requests may go. The default is strict: https, to publicly reachable addresses.
#[derive(Clone, Debug, Default)]
pub struct EgressPolicy {
    /// Ranges that may be sent to although they are not publicly reachable.
    pub allow: Vec<IpNet>,
    /// Ranges that may never be sent to, whatever `allow` and `dev` say.
    pub deny: Vec<IpNet>,
    /// For development: http, port 80 and loopback addresses are possible.
    pub dev: bool,
    /// Whether webhooks may turn off the check of the receiver's certificate.
    pub allow_unverified_tls: bool,
}

/// Why an address is not sent to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Refused {
    /// The operator excludes it.
    Denied,
    /// It is this.
    NotPublic(&'static str),
}

/// Ports from 1024 on that no webhook receiver listens on: those browsers refuse (WHATWG Fetch, "port blocking"), and
/// databases, caches, queues and control planes that could mistake a POST for a command.
const REFUSED_PORTS: [u16; 44] = [
    1433, 1434, 1521, 1719, 1720, 1723, 2049, 2181, 2375, 2376, 2377, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 5060,
    5061, 5432, 5672, 5900, 5984, 6000, 6379, 6380, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 9092, 9300,
    10080, 10250, 11211, 27017, 27018, 27019,
];

impl EgressPolicy {
    /// What can be said of a URL before its name is resolved. Ask when a webhook is saved; sending asks too.
    ///
    /// # Errors
    /// A sentence that names the host and says what to do.
    pub fn check_url(&self, url: &TargetUrl) -> Result<(), String> {
        let url = url.url();
        let Some(host) = url.host() else { return Err("the URL has no host".into()) };
        if url.scheme() != "https" && !self.dev {
            return Err(format!("http://{host} is not encrypted; use https://{host}"));
        }
        match &host {
            Host::Ipv4(address) => self.check_address((*address).into()),
            Host::Ipv6(address) => self.check_address((*address).into()),
            Host::Domain(name) => self.check_name(name),
        }
        .map_err(|reason| format!("{host} cannot be sent to: {reason}; use a publicly reachable host"))?;
        self.check_port(url.port_or_known_default().unwrap_or(0))
            .map_err(|reason| format!("{reason} on {host}; use 443, or a port from 1024 on"))
    }

    /// Whether a connection may be made to this address, now. `deny` wins over `allow`, and `allow` over the rule that
    /// only publicly reachable addresses are sent to. An address that embeds an IPv4 address needs that to be possible
    /// too, so allowing the NAT64 range opens no private address behind it.
    ///
    /// # Errors
    /// A part of a sentence: `10.0.0.1 is a private address (RFC 1918), not a publicly reachable one`.
    pub fn check_address(&self, address: IpAddr) -> Result<(), String> {
        let address = address.to_canonical();
        self.judge(address).map_err(|refused| match refused {
            Refused::Denied => format!("{address} is an address that this system does not send to"),
            Refused::NotPublic(what) => format!("{address} is {what}, not a publicly reachable one"),
        })
    }

    /// [`EgressPolicy::check_address`] without the words.
    pub(super) fn judge(&self, address: IpAddr) -> Result<(), Refused> {
        let address = address.to_canonical();
        let embedded = match address {
            IpAddr::V4(_) => None,
            IpAddr::V6(address) if address.is_loopback() => None,
            IpAddr::V6(address) => address::embedded_v4(address).map(IpAddr::V4),
        };
        let lists = |ranges: &[IpNet], address: &IpAddr| ranges.iter().any(|range| range.contains(address));
        if lists(&self.deny, &address) || embedded.is_some_and(|embedded| lists(&self.deny, &embedded)) {
            return Err(Refused::Denied);
        }
        if lists(&self.allow, &address) {
            return embedded.map_or(Ok(()), |embedded| self.judge(embedded));
        }
        if self.dev && address.is_loopback() {
            return Ok(());
        }
        address::forbidden(address).map_or(Ok(()), |what| Err(Refused::NotPublic(what)))
    }

    /// Names that mean this machine or this network (RFC 6761, RFC 6762, RFC 8375, .internal by ICANN). Where the
    /// operator has opened ranges they may be meant, and what they resolve to decides.
    fn check_name(&self, name: &str) -> Result<(), String> {
        let name = name.strip_suffix('.').unwrap_or(name);
        if name.is_empty() || name.split('.').any(str::is_empty) {
            return Err("this is not a host's name".into());
        }
        let under = |domain: &str| name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        let local = under("localhost") && !self.dev;
        if self.allow.is_empty() && (local || ["local", "internal", "localdomain", "home.arpa"].into_iter().any(under))
        {
            return Err("this is a name inside a private network".into());
        }
        Ok(())
    }

    fn check_port(&self, port: u16) -> Result<(), String> {
        match port {
            443 => Ok(()),
            80 if self.dev => Ok(()),
            1024.. if REFUSED_PORTS.binary_search(&port).is_err() => Ok(()),
            _ => Err(format!("port {port} is not one for webhooks")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(policy: &EgressPolicy, url: &str) -> Result<(), String> {
        policy.check_url(&TargetUrl::parse(url)?)
    }

    fn net(text: &str) -> Vec<IpNet> {
        vec![text.parse().unwrap()]
    }

    #[test]
    fn every_forbidden_url_is_refused_when_saved() {
        let list = include_str!("../../tests/data/forbidden-urls.txt");
        let urls: Vec<&str> = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
        assert!(urls.len() > 30);
        for url in urls {
            assert!(check(&EgressPolicy::default(), url).is_err(), "{url}");
        }
    }

    #[test]
    fn public_https_urls_are_taken() {
        for url in
            ["https://example.com/", "https://example.com.:8443/x", "https://1.1.1.1/", "https://[2606:4700::1]/"]
        {
            assert_eq!(check(&EgressPolicy::default(), url), Ok(()), "{url}");
        }
    }

    #[test]
    fn a_refusal_names_the_host_and_the_fix() {
        let policy = EgressPolicy::default();
        let error = check(&policy, "http://shop.example/x").unwrap_err();
        assert!(error.contains("https://shop.example"), "{error}");
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
            assert!(check(&EgressPolicy::default(), url).is_err(), "{url}");
        }
        assert!(REFUSED_PORTS.is_sorted());
    }

    #[test]
    fn dev_opens_http_and_loopback_and_nothing_else() {
        let dev = EgressPolicy { dev: true, ..EgressPolicy::default() };
        for url in ["http://127.0.0.1:8080/", "http://localhost:8080/", "http://[::1]:9000/", "http://example.com/"] {
            assert_eq!(check(&dev, url), Ok(()), "{url}");
        }
        for url in ["http://10.0.0.1/", "http://169.254.169.254/", "http://x.internal/", "http://0.0.0.0:8080/"] {
            assert!(check(&dev, url).is_err(), "{url}");
        }
    }

    #[test]
    fn deny_wins_over_allow_and_dev() {
        let policy = EgressPolicy {
            allow: net("10.0.0.0/8"),
            deny: vec!["10.9.0.0/16".parse().unwrap(), "127.0.0.0/8".parse().unwrap(), "8.8.8.0/24".parse().unwrap()],
            dev: true,
            ..EgressPolicy::default()
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
        let policy = EgressPolicy { allow: net("64:ff9b::/96"), ..EgressPolicy::default() };
        assert_eq!(policy.check_address("64:ff9b::101:101".parse().unwrap()), Ok(()));
        assert!(policy.check_address("64:ff9b::a9fe:a9fe".parse().unwrap()).is_err());
    }

    #[test]
    fn where_a_range_is_open_private_names_are_decided_by_their_address() {
        let policy = EgressPolicy { allow: net("10.0.0.0/8"), ..EgressPolicy::default() };
        assert_eq!(check(&policy, "https://hooks.svc.internal/"), Ok(()));
    }
}
