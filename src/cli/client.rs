//! The API, as the subcommands call it: one client with the server's address, the key and the tenant.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use lanehook_egress::trusting;
use reqwest::{Method, Response, header::LOCATION, redirect::Policy};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};
use serde_json::Value;
use url::Url;

use super::no_answer::NoAnswer;

/// Where a server listens if nothing else is said.
pub const SERVER: &str = "http://127.0.0.1:8420";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which server to call.
#[derive(Args)]
pub struct ServerArgs {
    /// The server
    #[arg(long, env = "LANEHOOK_URL", default_value = SERVER)]
    url: String,
    /// A PEM file with the certificate of the server's authority, or the server's own, where the system does not know it; trusted
    /// beside the system's
    #[arg(long, env = "LANEHOOK_CA_CERT", value_name = "FILE")]
    ca_cert: Option<PathBuf>,
}

impl ServerArgs {
    /// A client of it, with this key.
    pub fn client(&self, key: String) -> anyhow::Result<Client> {
        Client::new(&self.url, key, self.ca_cert.as_deref())
    }
}

/// Calls one server with one key.
pub struct Client {
    http: reqwest::Client,
    base: String,
    key: String,
    tenant: Option<String>,
}

impl Client {
    /// Of the server at `url`, for the key's own tenant. The certificates of `ca_cert` are trusted beside the system's. A proxy of the
    /// environment is not asked: the key is for the server only.
    pub fn new(url: &str, key: String, ca_cert: Option<&Path>) -> anyhow::Result<Client> {
        check_url(url)?;
        let tls = trusting(ca_cert.map(certificates).transpose()?.unwrap_or_default());
        let tls = tls.context("--ca-cert: its certificates cannot be used")?;
        // One that is followed makes a GET of a POST, or goes without the key: what was to be done would not be.
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE);
        let http = http.tls_backend_preconfigured(tls);
        let http = http.build().context("no client for HTTP can be made")?;
        let base = format!("{}/api/v1", url.trim_end_matches('/'));
        Ok(Client { http, base, key, tenant: None })
    }

    /// The same for this tenant, which takes an operator's key.
    pub fn for_tenant(self, tenant: Option<String>) -> Client {
        Client { tenant, ..self }
    }

    /// The key it calls with.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Sends a JSON text and returns the answer, whatever its status but one that leads elsewhere. `headers` are added.
    ///
    /// # Errors
    /// [`NoAnswer`], or one that comes again however often it is tried: [`NeverSent`], [`Elsewhere`].
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: String,
        headers: &[(&str, &str)],
    ) -> anyhow::Result<Response> {
        let url = format!("{}{path}", self.base);
        let mut request = self.http.request(method, &url).bearer_auth(&self.key);
        request = request.header("Content-Type", "application/json").body(body);
        let tenant = self.tenant.as_deref().map(|tenant| ("Tenant", tenant));
        for (name, value) in headers.iter().copied().chain(tenant) {
            request = request.header(name, value);
        }
        // Such as a key with a line break: it is no header's value.
        let request = request.build().map_err(NeverSent)?;
        let response = self.http.execute(request).await.map_err(|error| NoAnswer::of(&url, &error))?;
        if response.status().is_redirection() {
            let to = response.headers().get(LOCATION).and_then(|to| to.to_str().ok()).unwrap_or_default();
            return Err(Elsewhere::of(&self.base, &url, to).into());
        }
        Ok(response)
    }

    /// Sends JSON and returns the JSON of the answer.
    ///
    /// # Errors
    /// There was no answer, or it was a refusal; then in the server's words.
    pub async fn call(&self, method: Method, path: &str, body: &Value) -> anyhow::Result<Value> {
        let what = format!("{method} /api/v1{path}");
        let response = self.send(method, path, body.to_string(), &[]).await?;
        let status = response.status();
        let text =
            response.text().await.with_context(|| format!("{what} was answered {status} and then broken off"))?;
        if !status.is_success() {
            bail!("{what} was refused ({status}): {}", explain(&text, &[]));
        }
        serde_json::from_str(&text).ok().ok_or_else(|| no_lanehook(&format!("{what} was answered {status}")))
    }
}

/// A request that cannot be made of what was given.
#[derive(Debug, thiserror::Error)]
#[error("the request cannot be made; are --key and --tenant spelled right? {0}")]
pub struct NeverSent(reqwest::Error);

/// What answers leads elsewhere.
#[derive(Debug, thiserror::Error)]
#[error("{url} leads to {to}; is that the server? Then give --url {server}")]
pub struct Elsewhere {
    url: String,
    to: String,
    server: String,
}

impl Elsewhere {
    fn of(base: &str, url: &str, to: &str) -> Elsewhere {
        let to = match Url::parse(url).and_then(|url| url.join(to)) {
            Ok(there) if !to.is_empty() => there.to_string(),
            _ => "no address that it names".to_owned(),
        };
        // Without what the server's address is the begin of.
        let rest = url.strip_prefix(base.trim_end_matches("/api/v1")).unwrap_or_default();
        let server = to.strip_suffix(rest).unwrap_or("its address").to_owned();
        Elsewhere { url: url.to_owned(), to, server }
    }
}

/// An answer like nothing that the server gives.
pub fn no_lanehook(answered: &str) -> anyhow::Error {
    anyhow!("{answered} without what lanehook answers; is --url the server, and not a receiver or something before it?")
}

/// The certificates in a file.
fn certificates(file: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let text = std::fs::read(file).with_context(|| format!("--ca-cert: {} cannot be read", file.display()))?;
    match CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>() {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => bail!("--ca-cert: {} holds no certificate in PEM form", file.display()),
    }
}

/// Refuses what is no server's address, before it is tried again and again.
fn check_url(url: &str) -> anyhow::Result<()> {
    match Url::parse(url) {
        Ok(known) if matches!(known.scheme(), "http" | "https") => Ok(()),
        // `localhost:8420` reads as the scheme `localhost`.
        _ if Url::parse(&format!("http://{url}")).is_ok_and(|guess| guess.has_host()) && !url.contains("://") => {
            bail!("--url: `{url}` has no scheme; write http://{url}")
        }
        _ => bail!("--url: `{url}` is no address of a server; write it like {SERVER}"),
    }
}

/// A problem document in words. `lines`: from which line of the input each event of a batch came, where the server names
/// events by their place in the batch.
pub fn explain(body: &str, lines: &[u64]) -> String {
    let Ok(problem) = serde_json::from_str::<Value>(body) else { return body.to_owned() };
    let detail = problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or(body);
    let errors = problem["errors"].as_array().into_iter().flatten();
    let errors: Vec<(String, &str)> = errors
        .filter_map(|error| {
            Some((place(error["pointer"].as_str()?, lines), error["message"].as_str().unwrap_or_default()))
        })
        .collect();
    // The sentence for all of it says the first again, but not its line.
    match errors.as_slice() {
        [] => detail.to_owned(),
        [(place, message)] if detail.contains(message) => match place.as_str() {
            "" => (*message).to_owned(),
            place => format!("{place}: {message}"),
        },
        errors => {
            let listed = errors.iter().map(|(place, message)| format!("\n  {place}: {message}"));
            let told = if errors[0].1.is_empty() || !detail.contains(errors[0].1) { detail } else { "" };
            format!("{told}{}", listed.collect::<String>())
        }
    }
}

/// A place in the body, for whoever has the lines.
fn place(pointer: &str, lines: &[u64]) -> String {
    let mut parts = pointer.strip_prefix("/events/").unwrap_or_default().splitn(2, '/');
    match parts.next().and_then(|place| lines.get(place.parse::<usize>().ok()?)) {
        Some(line) => format!("line {line}, {}", parts.next().unwrap_or("the event")),
        None => pointer.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_wrong_is_said_once_with_its_line() {
        let one = |pointer: &str, message: &str| json!({"pointer": pointer, "message": message});
        for (detail, errors, said) in [
            ("/type: is no type", vec![one("/type", "is no type")], "/type: is no type"),
            ("/events/1/type: is no type", vec![one("/events/1/type", "is no type")], "line 7, type: is no type"),
            ("/events/1: is a list", vec![one("/events/1", "is a list")], "line 7, the event: is a list"),
            ("the body: is a list", vec![one("", "is a list")], "is a list"),
            ("the id was used", vec![one("/id", "the id was used")], "/id: the id was used"),
            ("it is full", vec![], "it is full"),
            (
                "the header `Tenant`: is odd",
                vec![json!({"header": "Tenant", "message": "is odd"})],
                "the header `Tenant`: is odd",
            ),
            (
                "/events/0/id: a (and 1 more)",
                vec![one("/events/0/id", "a"), one("/events/1/id", "b")],
                "\n  line 4, id: a\n  line 7, id: b",
            ),
            ("nothing goes", vec![one("/url", "c")], "nothing goes\n  /url: c"),
        ] {
            let problem = json!({"detail": detail, "errors": errors}).to_string();
            assert_eq!(explain(&problem, &[4, 7]), said);
        }
        assert_eq!(explain("Bad gateway", &[]), "Bad gateway");
    }

    #[test]
    fn what_leads_elsewhere_names_the_address_to_give() {
        let (base, url) = ("http://a.example/api/v1", "http://a.example/api/v1/events");
        for (to, server) in [
            ("https://a.example/api/v1/events", "https://a.example"),
            ("/hooks/api/v1/events", "http://a.example/hooks"),
            ("/login", "its address"),
            ("", "its address"),
        ] {
            let said = Elsewhere::of(base, url, to).to_string();
            assert!(said.ends_with(&format!("Then give --url {server}")), "{to}: {said}");
        }
    }
}
