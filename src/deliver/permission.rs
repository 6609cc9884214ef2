//! What the operator would have to set so that a URL can be sent to: a refusal of the egress client's enters, and the end of a sentence
//! leaves, where there is such a setting. Pure.

use lanehook_egress::{AddressRefusal, Refusal};

const DEV: &str = "for development, start the server with `--dev`, which permits http and this machine's addresses";

/// What helps, from its semicolon on. Ranges that the operator has refused on purpose stay refused.
pub(super) fn cure(refusal: &Refusal) -> Option<String> {
    let cure = match refusal {
        Refusal::Unencrypted(_) => DEV.to_owned(),
        Refusal::PrivateName(name) if is_localhost(name) => DEV.to_owned(),
        Refusal::PrivateName(_) => {
            "the operator can permit the network that it leads to with `--egress-allow`, like `--egress-allow 10.20.0.0/16`"
                .to_owned()
        }
        Refusal::Host { address, reason: AddressRefusal::NotPublic(_), .. } if address.is_loopback() => DEV.to_owned(),
        Refusal::Host { address, reason: AddressRefusal::NotPublic(_), .. } => {
            let bits = if address.is_ipv4() { 32 } else { 128 };
            format!("the operator can permit it with `--egress-allow {address}/{bits}`, or the network that it is in")
        }
        _ => return None,
    };
    Some(format!("; {cure}"))
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

    /// What is advised works.
    #[test]
    fn the_cure_cures() {
        let check = |policy: Policy, url: &str| policy.check_url(&Url::parse(url).unwrap());
        for url in ["http://shop.example/", "http://127.0.0.1:9000/", "https://[::1]/", "http://localhost:9000/"] {
            assert_eq!(check(Policy::development(), url), Ok(()), "{url}");
        }
        for (url, network) in [("https://10.1.2.3/", "10.1.2.3/32"), ("https://[fd00::7]/", "fd00::7/128")] {
            let allow = vec![network.parse().unwrap()];
            assert_eq!(check(Policy { allow, ..Policy::default() }, url), Ok(()), "{url}");
        }
    }
}
