//! Who is calling through a proxy: proxies are trusted to speak for others only if the operator says so.

use std::net::{IpAddr, Ipv6Addr};

use http::{HeaderMap, HeaderName, header::FORWARDED};
use ipnet::IpNet;
use serde::Deserialize;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// How trusted proxies say whose requests they pass on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyHeader {
    /// In the header `X-Forwarded-For`, to which each proxy appends.
    #[default]
    XForwardedFor,
    /// In the header `Forwarded` (RFC 7239).
    Forwarded,
    /// Before the first request of a connection, in the PROXY protocol.
    ProxyProtocol,
    /// Not at all: their own address is all that is known.
    None,
}

/// The proxies in front of the server.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// Where they are. Nobody else is believed.
    pub trusted: Vec<IpNet>,
    /// How they say whose requests they pass on.
    pub header: ProxyHeader,
}

impl Proxies {
    /// Whether a proxy at this address is believed.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.trusted.iter().any(|network| network.contains(&address))
    }

    /// Whether a connection from this address begins with the PROXY protocol.
    pub fn speaks_first(&self, peer: IpAddr) -> bool {
        self.header == ProxyHeader::ProxyProtocol && self.trusts(peer)
    }

    /// Who makes a request that came over a connection of this peer: the nearest hop that is no trusted proxy. Each proxy
    /// appends the address it got the request from, so what is left of that hop was said by a stranger.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let said: Vec<&str> = match self.header {
            _ if !self.trusts(peer) => return peer.to_canonical(),
            ProxyHeader::XForwardedFor => elements(headers, &X_FORWARDED_FOR),
            ProxyHeader::Forwarded => elements(headers, &FORWARDED),
            // The peer is the one that the proxy named, as far as it knew.
            ProxyHeader::ProxyProtocol | ProxyHeader::None => return peer.to_canonical(),
        };
        let hop = |text: &str| match self.header {
            ProxyHeader::Forwarded => forwarded_for(text),
            _ => address(text),
        };
        let mut client = peer;
        for text in said.into_iter().rev() {
            // What is not known, or hidden (`unknown`, `_secret`), ends the chain.
            let (true, Some(before)) = (self.trusts(client), hop(text)) else { break };
            client = before;
        }
        client.to_canonical()
    }
}

/// What stands for a client: its address, or the first 64 bits of an IPv6 address, which are one customer's.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    }
}

/// The elements of a header that is a list, over all of its lines.
fn elements<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Vec<&'h str> {
    // A line that is no text stands for one hop that nobody knows.
    let lines = headers.get_all(name).into_iter().map(|line| line.to_str().unwrap_or("?"));
    lines.flat_map(|line| split(line, ',')).map(str::trim).filter(|text| !text.is_empty()).collect()
}

/// The parts between separators that do not stand in quotes.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        let separates = c == separator && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
        separates
    })
}

/// The `for` of an element of `Forwarded` (RFC 7239, section 4).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let value = split(element, ';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then_some(value.trim())
    })?;
    address(value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(value))
}

/// `192.0.2.7`, `192.0.2.7:4711`, `2001:db8::7`, `[2001:db8::7]` or `[2001:db8::7]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Some((inside, _)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return inside.parse().ok();
    }
    text.rsplit_once(':')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn proxies(header: ProxyHeader) -> Proxies {
        let trusted = vec!["10.0.0.0/8".parse().unwrap(), "2001:db8:ffff::/48".parse().unwrap()];
        Proxies { trusted, header }
    }

    fn client(header: ProxyHeader, peer: &str, name: &'static str, lines: &[&str]) -> String {
        let line = |text: &&str| (HeaderName::from_static(name), HeaderValue::from_str(text).unwrap());
        let mut headers = HeaderMap::new();
        for (name, value) in lines.iter().map(line) {
            headers.append(name, value);
        }
        proxies(header).client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn x_forwarded_for_is_read_from_the_right_past_trusted_proxies() {
        let client = |peer, lines| client(ProxyHeader::XForwardedFor, peer, "x-forwarded-for", lines);
        assert_eq!(client("10.0.0.1", &["192.0.2.7"]), "192.0.2.7");
        assert_eq!(client("10.0.0.1", &["198.51.100.9, 192.0.2.7, 10.9.9.9"]), "192.0.2.7", "the rest is a stranger's");
        assert_eq!(client("10.0.0.1", &["198.51.100.9", "192.0.2.7:4711 ,10.0.0.2"]), "192.0.2.7", "over all lines");
        assert_eq!(client("::ffff:10.0.0.1", &["[2001:db8::7]:4711"]), "2001:db8::7");
        assert_eq!(client("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3", "all of them are ours");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn a_hop_that_cannot_be_read_ends_the_chain() {
        let client = |lines| client(ProxyHeader::XForwardedFor, "10.0.0.1", "x-forwarded-for", lines);
        assert_eq!(client(&["192.0.2.7, unknown"]), "10.0.0.1");
        assert_eq!(client(&["192.0.2.7, <script>, 10.0.0.2"]), "10.0.0.2");
    }

    #[test]
    fn nobody_else_is_believed() {
        let of = |header| client(header, "203.0.113.5", "x-forwarded-for", &["192.0.2.7"]);
        assert_eq!(of(ProxyHeader::XForwardedFor), "203.0.113.5");
        let other = client(ProxyHeader::Forwarded, "10.0.0.1", "x-forwarded-for", &["192.0.2.7"]);
        assert_eq!(other, "10.0.0.1", "nor another header than the one that is set");
        let none = client(ProxyHeader::None, "10.0.0.1", "x-forwarded-for", &["192.0.2.7"]);
        assert_eq!(none, "10.0.0.1");
    }

    #[test]
    fn forwarded_is_read_as_its_rfc_says() {
        let client = |lines| client(ProxyHeader::Forwarded, "10.0.0.1", "forwarded", lines);
        assert_eq!(client(&[r#"For="[2001:db8:cafe::17]:4711";proto=https"#]), "2001:db8:cafe::17");
        assert_eq!(client(&["for=198.51.100.9, for=192.0.2.60;proto=http;by=10.0.0.2, for=10.0.0.2"]), "192.0.2.60");
        assert_eq!(client(&[r#"for=192.0.2.7;host="a,b;for=198.51.100.9""#]), "192.0.2.7", "quotes are kept whole");
        assert_eq!(client(&["for=192.0.2.7, for=_hidden"]), "10.0.0.1");
    }
}
