//! What a first start shows: the operator's key, this once, and lines to paste that end with an event seen.

use std::{
    fmt::Display,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
    thread,
};

use rustls::{
    client::verify_server_name,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    server::ParsedCertificate,
};
use serde_json::{Value, json};

use super::{listen, say::say};
use crate::config::{PublicUrl, TlsFiles};

/// How the server is called.
pub struct Way {
    url: String,
    /// The file whose certificate is trusted, for a shell.
    trusted: Option<String>,
    /// Nothing by which it can be called from here is a name of its certificate.
    is_nameless: bool,
}

impl Way {
    /// Without TLS, or where its certificate is known to all.
    pub fn plain(url: String) -> Way {
        Way { url, trusted: None, is_nameless: false }
    }

    /// To the server at this address. Its certificate may be known to nobody, so it is said that it is trusted; a proxy before it
    /// has one of its own.
    pub fn to(address: SocketAddr, public: Option<&PublicUrl>, tls: Option<&TlsFiles>, behind_proxy: bool) -> Way {
        let address = reachable(address);
        let Some(files) = tls else {
            return Way::plain(public.map_or_else(|| format!("http://{address}"), |url| url.as_str().to_owned()));
        };
        let trusted = Some(quoted(&absolute(&files.cert)));
        match public {
            Some(url) if behind_proxy => Way::plain(url.as_str().to_owned()),
            Some(url) => Way { url: url.as_str().to_owned(), trusted, is_nameless: false },
            None => {
                let name = name_of(address, &files.cert);
                let is_nameless = name.is_none();
                Way { url: format!("https://{}", name.unwrap_or_else(|| address.to_string())), trusted, is_nameless }
            }
        }
    }

    /// A line to paste into a shell that publishes this event, in which there is no apostrophe.
    pub fn publishing(&self, key: &str, event: &Value) -> String {
        self.call("/events", key, Some(event))
    }

    /// A link that signs in to the dashboard. The code is behind `#`, so that no server or proxy logs it.
    pub fn signing_in(&self, code: &str) -> String {
        format!("{}/sign-in#{code}", self.url)
    }

    /// A line that calls the API, with a body in which there is no apostrophe.
    fn call(&self, path: &str, key: &str, body: Option<&Value>) -> String {
        let trusting = self.trusted.as_ref().map(|file| format!(" --cacert {file}")).unwrap_or_default();
        let body = body.map(|body| format!(" -H 'Content-Type: application/json' -d '{body}'")).unwrap_or_default();
        format!("curl {}/api/v1{path}{trusting} -H 'Authorization: Bearer {key}'{body}", self.url)
    }
}

/// The address to call from this machine: at all addresses is one of them.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, address.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => (Ipv6Addr::LOCALHOST, address.port()).into(),
        _ => address,
    }
}

/// How this address is called, with its port, so that the certificate is for it.
fn name_of(address: SocketAddr, cert: &Path) -> Option<String> {
    let cert = CertificateDer::from_pem_file(cert).ok()?;
    let cert = ParsedCertificate::try_from(&cert).ok()?;
    let is_named = |name: ServerName<'static>| verify_server_name(&cert, &name).is_ok();
    if is_named(address.ip().into()) {
        return Some(address.to_string());
    }
    let is_local = address.ip().is_loopback() && ServerName::try_from("localhost").is_ok_and(is_named);
    is_local.then(|| format!("localhost:{}", address.port()))
}

fn absolute(file: &Path) -> String {
    std::path::absolute(file).unwrap_or_else(|_| file.to_owned()).display().to_string()
}

/// On standard output and not in the log: logs are kept and copied.
pub fn show_key_once(way: Way, key: &str, code: Option<&str>, dev: bool) {
    let dashboard = code.map(|code| {
        format!("The dashboard. This link signs in once, within 15 minutes:\n\n    {}\n\n", way.signing_in(code))
    });
    let text = format!(
        "The operator's API key, shown this once:\n\n    {key}\n\n{}{}",
        dashboard.unwrap_or_default(),
        first_steps(&way, key, dev)
    );
    // Beside the server, which does not wait for whoever reads it.
    let not_shown = |error: &dyn Display| {
        tracing::error!(
            "the operator's key was not shown: {error}; start again with one of yours in LANEHOOK_OPERATOR_KEY"
        );
    };
    let speaking = thread::Builder::new().spawn(move || {
        if let Err(error) = say(text) {
            not_shown(&error);
        }
    });
    if let Err(error) = speaking {
        not_shown(&error);
    }
}

/// Lines to paste one after another, after which an event was seen to arrive: here, where that is allowed, or as what a webhook is
/// owed.
fn first_steps(way: &Way, key: &str, dev: bool) -> String {
    let event = way.publishing(key, &json!({"type": "price_alert", "data": {"symbol": "ACME", "price": 187.5}}));
    let webhook = |settings: Value| format!("{} -X PUT", way.call("/webhooks/first", key, Some(&settings)));
    let names = match way.is_nameless {
        true => "The certificate is not for the address in these lines: write a name that it is for in its place.\n\n",
        false => "",
    };
    if dev {
        let port = listen::PORT;
        let webhook = webhook(json!({"url": format!("http://127.0.0.1:{port}/")}));
        return format!(
            "{names}See an event arrive. In another terminal, a receiver:\n\n    {} listen --port {port}\n\n\
             Here a webhook for it, and a first event:\n\n    {webhook}\n\n    {event}\n",
            this_program()
        );
    }
    let webhook = webhook(json!({"url": "https://example.com/hook", "status": "paused"}));
    let owed = way.call("/webhooks/first/deliveries", key, None);
    format!(
        "{names}A webhook with your receiver's URL in place of this one (paused: nothing is sent yet), a first event, and what the \
         webhook is owed:\n\n    {webhook}\n\n    {event}\n\n    {owed}\n\n\
         Nothing is sent to receivers on this machine unless the server runs with --dev.\n"
    )
}

/// As it was called, for a shell.
fn this_program() -> String {
    quoted(&std::env::args().next().filter(|name| !name.is_empty()).unwrap_or_else(|| "lanehook".into()))
}

/// One word, for a shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_called_by_what_it_is_called_outside_and_by_what_its_certificate_says() {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["hooks.example.com".into()]).unwrap();
        let files = TlsFiles { cert: folder.path().join("cert.pem"), key: folder.path().join("key.pem") };
        std::fs::write(&files.cert, made.cert.pem()).unwrap();
        let public: PublicUrl = "https://hooks.example.com".parse().unwrap();
        let all = SocketAddr::from(([0, 0, 0, 0], 8420));
        let way = |public: Option<&PublicUrl>, tls: Option<&TlsFiles>, behind_proxy| {
            let way = Way::to(all, public, tls, behind_proxy);
            (way.url.clone(), way.trusted.is_some(), way.is_nameless)
        };
        assert_eq!(way(None, None, false), ("http://127.0.0.1:8420".into(), false, false));
        assert_eq!(way(Some(&public), None, true), ("https://hooks.example.com".into(), false, false));
        assert_eq!(way(Some(&public), Some(&files), false), ("https://hooks.example.com".into(), true, false));
        assert_eq!(way(Some(&public), Some(&files), true), ("https://hooks.example.com".into(), false, false));
        assert_eq!(way(None, Some(&files), false), ("https://127.0.0.1:8420".into(), true, true));
        let said = first_steps(&Way::to(all, None, Some(&files), false), "k", false);
        assert!(said.starts_with("The certificate is not for the address in these lines"), "{said}");
    }
}
