//! What the operator could set so that a URL can be sent to. A refusal of the egress client enters; the end of its sentence leaves,
//! with the name of the setting, if there is one that would help. Pure.

use std::net::IpAddr;

use lanehook_egress::{AddressRefusal, Refusal};

const DEV: &str = "for development, start the server with `--dev`, which permits http and this machine's addresses";
const NETWORK: &str =
    "the operator can permit the network that it leads to with `--egress-allow`, like `--egress-allow 10.20.0.0/16`";

/// What helps, from its semicolon on. Ranges that the operator has refused on purpose stay refused, and none is advised where no
/// receiver of people's can be: multicast, documentation, the addresses of a cloud's own services.
pub(super) fn cure(refusal: &Refusal) -> Option<String> {
    let cure = match refusal {
        Refusal::Unencrypted(_) => DEV.to_owned(),
        Refusal::PrivateName(name) => if is_localhost(name) { DEV } else { NETWORK }.to_owned(),
        Refusal::Host { address, reason: AddressRefusal::NotPublic(_), .. } if address.is_loopback() => DEV.to_owned(),
        Refusal::Host { address, reason: AddressRefusal::NotPublic(_), .. } if is_of_a_private_network(*address) => {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            format!("the operator can permit it with `--egress-allow {address}/{bits}`, or the network that it is in")
        }
        _ => return None,
    };
    Some(format!("; {cure}"))
}

/// RFC 1918, RFC 6598 and RFC 4193.
fn is_of_a_private_network(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private() || matches!(address.octets(), [100, 64..128, ..]),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use lanehook_egress::Policy;
    use url::Url;

    use super::*;

    #[test]
    fn the_setting_that_would_permit_it_is_named() {
        let cure = |url: &str, policy: &Policy| cure(&policy.check_url(&Url::parse(url).unwrap()).unwrap_err());
        let strict = Policy::default();
        for url in [
            "http://shop.example/",
            "http://127.0.0.1:9000/",
            "https://[::1]/",
            "http://localhost:9000/",
            "https://a.localhost./",
        ] {
            assert!(cure(url, &strict).unwrap().contains("`--dev`"), "{url}");
        }
        for (url, part) in [
            ("https://10.1.2.3/", "`--egress-allow 10.1.2.3/32`"),
            ("http://192.168.7.7:8080/", "`--egress-allow 192.168.7.7/32`"),
            ("https://[fd00::7]/", "`--egress-allow fd00::7/128`"),
            ("https://nas.internal/", "`--egress-allow"),
        ] {
            assert!(cure(url, &strict).unwrap().contains(part), "{url}");
            assert!(cure(url, &Policy::development()).unwrap().contains(part), "{url}");
        }
        let denied = Policy { deny: vec!["10.0.0.0/8".parse().unwrap()], ..Policy::default() };
        for url in ["https://10.1.2.3/", "https://example.com:22/", "https://u:p@example.com/"] {
            assert_eq!(cure(url, &denied), None, "{url}");
        }
    }

    #[test]
    fn nobody_is_advised_to_open_what_no_receiver_is_behind() {
        for url in [
            "https://169.254.169.254/latest/meta-data",
            "https://168.63.129.16/",
            "https://[fe80::1]/",
            "https://0.0.0.0/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://203.0.113.7/",
            "https://[::]/",
            "https://[2001:db8::1]/",
            "https://[64:ff9b::a01:203]/",
        ] {
            let refusal = Policy::default().check_url(&Url::parse(url).unwrap()).unwrap_err();
            assert_eq!(cure(&refusal), None, "{url}");
        }
    }

    /// What is advised works, and is needed.
    #[test]
    fn the_cure_cures() {
        for url in [
            "http://shop.example/",
            "http://127.0.0.1:9000/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "http://localhost:9000/",
            "https://10.1.2.3/",
            "https://[::ffff:10.1.2.3]/",
            "https://100.100.0.1/",
            "https://[fd00::7]/",
            "https://nas.internal/",
        ] {
            let url = Url::parse(url).unwrap();
            let advice = cure(&Policy::default().check_url(&url).unwrap_err()).unwrap();
            let advised = match advice.rsplit_once("--egress-allow ") {
                Some((_, network)) => {
                    let network = network.split('`').next().unwrap().parse().unwrap();
                    Policy { allow: vec![network], ..Policy::default() }
                }
                None => Policy::development(),
            };
            assert_eq!(advised.check_url(&url), Ok(()), "{url}{advice}");
        }
    }
}
