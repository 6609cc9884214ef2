//! Why a server did not answer: an error of the HTTP client enters, a sentence with the cure leaves, and whether trying again may
//! help.

use std::{error::Error, io};

use lanehook_egress::TlsError;

/// There was no answer.
#[derive(Debug, thiserror::Error)]
#[error("no answer from {url}: {why}")]
pub struct NoAnswer {
    url: String,
    why: String,
    /// Whether it may be otherwise a moment later.
    pub may_pass: bool,
}

impl NoAnswer {
    /// By the error of a request to this URL.
    pub fn of(url: &str, error: &reqwest::Error) -> NoAnswer {
        let (why, may_pass) = why(url, error);
        NoAnswer { url: url.to_owned(), why, may_pass }
    }
}

fn why(url: &str, error: &reqwest::Error) -> (String, bool) {
    if let Some(why) = causes(error).find_map(|cause| TlsError::of(cause.downcast_ref::<io::Error>()?)) {
        return (no_session(url, why), false);
    }
    if causes(error).any(|cause| cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse)) {
        return (format!("what answers there does not speak HTTP; if it speaks TLS, write {}", other(url)), false);
    }
    if error.is_timeout() {
        let what = if error.is_connect() { "it cannot be connected to in time" } else { "it took too long" };
        return (format!("{what}; something on the way may hold it up, or the server be busy"), true);
    }
    if causes(error).any(|cause| cause.to_string() == "dns error") {
        return ("the name in it leads to no address; is it spelled right?".into(), true);
    }
    let kind = causes(error).find_map(|cause| Some(cause.downcast_ref::<io::Error>()?.kind()));
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => {
            ("nothing listens there; is the server running, and is this its address and port?".into(), true)
        }
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe) => {
            ("the connection ended before an answer came; the server may have stopped".into(), true)
        }
        _ => (causes(error).last().map_or_else(|| error.to_string(), ToString::to_string), true),
    }
}

fn no_session(url: &str, why: TlsError) -> String {
    const TRUST: &str =
        "name the file with its authority's certificate, in PEM form, with --ca-cert FILE or LANEHOOK_CA_CERT";
    match why {
        TlsError::UnknownIssuer => {
            format!("its certificate is not trusted: it is signed by nobody known here; {TRUST}")
        }
        TlsError::Certificate(why) => format!("its certificate is not trusted: {why}; {TRUST}"),
        TlsError::OtherName | TlsError::NoName => {
            "its certificate is for another name; call it by one that the certificate is for".into()
        }
        TlsError::Expired => "its certificate has expired; the server needs a new one".into(),
        TlsError::NotYetValid => "its certificate is not valid yet; is the clock right, here and there?".into(),
        TlsError::NotTls => format!("it does not speak TLS there; write {}", other(url)),
        TlsError::ClientCertificate(alert) => {
            format!("it wants a certificate of who calls ({alert}), and there is none")
        }
        TlsError::Alert(why) | TlsError::NoProtocol(why) => format!("there is no TLS session with it: {why}"),
        TlsError::Other(why) => format!("there is no TLS session with it: {why}"),
        _ => "there is no TLS session with it: it hung up".into(),
    }
}

/// The same address with the other scheme.
fn other(url: &str) -> String {
    let origin = |rest: &str| rest.split('/').next().unwrap_or_default().to_owned();
    match url.split_once("://") {
        Some(("https", rest)) => format!("http://{}", origin(rest)),
        Some((_, rest)) => format!("https://{}", origin(rest)),
        None => url.to_owned(),
    }
}

/// The error and what it comes from. What an I/O error carries is a cause of its own.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let cause = |error: &&'a (dyn Error + 'static)| -> Option<&'a (dyn Error + 'static)> {
        let error: &'a (dyn Error + 'static) = *error;
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(carried) => Some(carried),
            None => error.source(),
        }
    };
    std::iter::successors(Some(error), cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Finds no name's address, ever.
    struct NeverFound;

    impl reqwest::dns::Resolve for NeverFound {
        fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test]
    async fn what_takes_too_long_may_pass_and_is_told_apart() {
        let ask = async |client: reqwest::ClientBuilder, url: &str| {
            let client = client.no_proxy().build().unwrap();
            let error = client.get(url).send().await.unwrap_err();
            let told = NoAnswer::of(url, &error);
            assert!(told.may_pass, "{told}");
            told.to_string()
        };
        let soon = std::time::Duration::from_millis(1);
        // It takes connections, as the system does for it, and nothing else.
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", silent.local_addr().unwrap());
        let said = ask(reqwest::Client::builder().timeout(soon), &url).await;
        assert!(said.starts_with(&format!("no answer from {url}: it took too long; something on the way")), "{said}");
        let client = reqwest::Client::builder().connect_timeout(soon).dns_resolver(std::sync::Arc::new(NeverFound));
        let said = ask(client, "http://a.example/").await;
        assert!(said.contains("it cannot be connected to in time; something on the way"), "{said}");
    }

    #[test]
    fn the_other_scheme_keeps_the_address() {
        assert_eq!(other("https://a.example:8420/api/v1/events"), "http://a.example:8420");
        assert_eq!(other("http://[::1]:8420"), "https://[::1]:8420");
    }
}
