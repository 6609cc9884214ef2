//! Which IP addresses are publicly reachable: an address enters, leaves what it is if it is not. Pure.
//!
//! The tables follow the IANA special-purpose registries for [IPv4] and [IPv6] (RFC 6890), on the strict side: ranges
//! that are global but serve protocols rather than web servers are refused too.
//!
//! [IPv4]: https://www.iana.org/assignments/iana-ipv4-special-registry
//! [IPv6]: https://www.iana.org/assignments/iana-ipv6-special-registry

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// First address, prefix length, what it is.
type V4Range = (Ipv4Addr, u32, &'static str);
type V6Range = (Ipv6Addr, u32, &'static str);

const fn v4(a: u8, b: u8, c: u8, d: u8) -> Ipv4Addr {
    Ipv4Addr::new(a, b, c, d)
}

const fn v6(a: u16, b: u16, c: u16) -> Ipv6Addr {
    Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)
}

const FORBIDDEN_V4: [V4Range; 18] = [
    (v4(0, 0, 0, 0), 8, "an address of this host (RFC 791)"),
    (v4(10, 0, 0, 0), 8, "a private address (RFC 1918)"),
    (v4(100, 64, 0, 0), 10, "an address inside a provider's network (RFC 6598)"),
    (v4(127, 0, 0, 0), 8, "a loopback address (RFC 1122)"),
    (v4(168, 63, 129, 16), 32, "an address of the hosting platform"),
    (v4(169, 254, 0, 0), 16, "a link-local address (RFC 3927)"),
    (v4(172, 16, 0, 0), 12, "a private address (RFC 1918)"),
    (v4(192, 0, 0, 0), 24, "an address for protocols (RFC 6890)"),
    (v4(192, 0, 2, 0), 24, "an address for documentation (RFC 5737)"),
    (v4(192, 88, 99, 0), 24, "a 6to4 relay address (RFC 7526)"),
    (v4(192, 168, 0, 0), 16, "a private address (RFC 1918)"),
    (v4(198, 18, 0, 0), 15, "an address for benchmarks (RFC 2544)"),
    (v4(198, 51, 100, 0), 24, "an address for documentation (RFC 5737)"),
    (v4(203, 0, 113, 0), 24, "an address for documentation (RFC 5737)"),
    (v4(192, 31, 196, 0), 24, "an address for protocols (RFC 7535)"),
    (v4(192, 52, 193, 0), 24, "an address for protocols (RFC 7450)"),
    (v4(224, 0, 0, 0), 4, "a multicast address (RFC 5771)"),
    (v4(240, 0, 0, 0), 4, "a reserved address (RFC 1112)"),
];

/// Names for what lies outside 2000::/3, and exceptions inside it. What is in neither is refused without a name.
const FORBIDDEN_V6: [V6Range; 15] = [
    (Ipv6Addr::UNSPECIFIED, 128, "the unspecified address (RFC 4291)"),
    (Ipv6Addr::LOCALHOST, 128, "a loopback address (RFC 4291)"),
    (Ipv6Addr::UNSPECIFIED, 96, "an IPv4-compatible address (RFC 4291)"),
    (Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96, "an IPv4-translated address (RFC 2765)"),
    (v6(0x64, 0xff9b, 0), 96, "a NAT64 address (RFC 6052)"),
    (v6(0x64, 0xff9b, 1), 48, "a NAT64 address (RFC 8215)"),
    (v6(0x2001, 0, 0), 32, "a Teredo address (RFC 4380)"),
    (v6(0x2001, 0, 0), 23, "an address for protocols (RFC 2928)"),
    (v6(0x2001, 0xdb8, 0), 32, "an address for documentation (RFC 3849)"),
    (v6(0x2002, 0, 0), 16, "a 6to4 address (RFC 3056)"),
    (v6(0x3fff, 0, 0), 20, "an address for documentation (RFC 9637)"),
    (v6(0xfc00, 0, 0), 7, "a private address (RFC 4193)"),
    (v6(0xfe80, 0, 0), 10, "a link-local address (RFC 4291)"),
    (v6(0xfec0, 0, 0), 10, "a site-local address (RFC 3879)"),
    (v6(0xff00, 0, 0), 8, "a multicast address (RFC 4291)"),
];

const GLOBAL_UNICAST: (Ipv6Addr, u32) = (v6(0x2000, 0, 0), 3);

/// What the address is, if it is not publicly reachable. IPv4-mapped addresses are judged as the IPv4 they are.
pub(crate) fn forbidden(address: IpAddr) -> Option<&'static str> {
    match address.to_canonical() {
        IpAddr::V4(address) => forbidden_v4(address),
        IpAddr::V6(address) => forbidden_v6(address),
    }
}

fn forbidden_v4(address: Ipv4Addr) -> Option<&'static str> {
    let within = |&&(first, length, _): &&V4Range| (address.to_bits() ^ first.to_bits()) >> (32 - length) == 0;
    FORBIDDEN_V4.iter().find(within).map(|&(.., what)| what)
}

fn forbidden_v6(address: Ipv6Addr) -> Option<&'static str> {
    let named = FORBIDDEN_V6.iter().find(|&&(first, length, _)| within_v6(address, first, length));
    if let Some(&(.., what)) = named {
        return Some(what);
    }
    let (first, length) = GLOBAL_UNICAST;
    if !within_v6(address, first, length) {
        return Some("an address outside the public range 2000::/3");
    }
    // Only ISATAP is left of the forms that embed one.
    embedded_v4(address).and_then(forbidden_v4).map(|_| "an ISATAP address (RFC 5214) of a non-public IPv4 address")
}

fn within_v6(address: Ipv6Addr, first: Ipv6Addr, length: u32) -> bool {
    (address.to_bits() ^ first.to_bits()) >> (128 - length) == 0
}

/// The IPv4 address that packets to this IPv6 address may end up at, by any of the translation and tunnel schemes.
/// (Mapped addresses are IPv4 outright: see [`IpAddr::to_canonical`].)
pub(crate) fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = address.to_bits();
    let at = |shift: u32| Some(Ipv4Addr::from_bits((bits >> shift) as u32));
    let is = |first, length| within_v6(address, first, length);
    let isatap = matches!((bits >> 32) as u32, 0x0000_5efe | 0x0200_5efe);
    if is(v6(0x2002, 0, 0), 16) {
        at(80)
    } else if is(v6(0x2001, 0, 0), 32) {
        // Teredo: the client's address, inverted. (The server's, at bit 64, is no destination.)
        Some(Ipv4Addr::from_bits(!(bits as u32)))
    } else if is(v6(0x64, 0xff9b, 1), 48) {
        // RFC 6052 lays it around bits 64 to 71; of the lengths possible here, /96 is the one in use.
        at(0)
    } else if is(v6(0x64, 0xff9b, 0), 96)
        || is(Ipv6Addr::UNSPECIFIED, 96)
        || is(Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96)
        || isatap
    {
        at(0)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every way to write an IPv4 address into an IPv6 one.
    fn embeddings(v4: Ipv4Addr, noise: u64) -> Vec<Ipv6Addr> {
        let low = u128::from(v4.to_bits());
        let noise = u128::from(noise);
        let public = (0x2a00_u128 << 112) | (noise << 64);
        [
            low,
            (0xffff << 32) | low,
            (0xffff << 48) | low,
            (0x0064_ff9b << 96) | low,
            (0x0064_ff9b_0001 << 80) | ((noise & 0xffff) << 32) | low,
            (0x2002 << 112) | (low << 80) | noise,
            (0x2001_0000 << 96) | (noise << 32) | u128::from(!v4.to_bits()),
            (0x2001_0000 << 96) | (low << 64) | noise,
            public | (0x0000_5efe << 32) | low,
            public | (0x0200_5efe << 32) | low,
        ]
        .map(Ipv6Addr::from_bits)
        .to_vec()
    }

    proptest! {
        #[test]
        fn a_forbidden_v4_is_refused_in_every_form_that_embeds_it(range in 0..FORBIDDEN_V4.len(), host: u32, noise: u64) {
            let (first, length, _) = FORBIDDEN_V4[range];
            let mask = u32::MAX.checked_shr(length).unwrap_or(0);
            let address = Ipv4Addr::from_bits(first.to_bits() | (host & mask));
            prop_assert!(forbidden(address.into()).is_some(), "{}", address);
            for form in embeddings(address, noise) {
                prop_assert!(forbidden(form.into()).is_some(), "{} as {}", address, form);
            }
        }

        #[test]
        fn only_global_unicast_is_reachable_in_v6(bits: u128) {
            let address = Ipv6Addr::from_bits(bits);
            if forbidden(address.into()).is_none() {
                prop_assert_eq!(bits >> 125, 1);
            }
        }
    }

    #[test]
    fn public_addresses_are_reachable() {
        for text in ["1.1.1.1", "8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.1.1", "198.20.0.1", "223.255.255.255"] {
            assert_eq!(forbidden(text.parse().unwrap()), None, "{text}");
        }
        for text in ["2606:4700::1111", "2001:4860:4860::8888", "2a00:1450::1", "::ffff:1.1.1.1"] {
            assert_eq!(forbidden(text.parse().unwrap()), None, "{text}");
        }
    }

    #[test]
    fn the_ends_of_each_range_belong_to_it() {
        for (first, length, what) in FORBIDDEN_V4 {
            let last = Ipv4Addr::from_bits(first.to_bits() | u32::MAX.checked_shr(length).unwrap_or(0));
            assert_eq!(forbidden(first.into()), Some(what));
            assert_eq!(forbidden(last.into()), Some(what));
        }
    }
}
