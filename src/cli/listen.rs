//! `lanehook listen`: a receiver for trying things out. It shows what arrives and says whether it is signed as it should be.

use std::{
    collections::HashMap,
    fmt::Write as _,
    net::Ipv4Addr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context as _;
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
};
use clap::Args;
use http::{HeaderMap, Method, StatusCode, Uri};
use lanehook_signature::{
    Algorithm, Dialect, Secret,
    verify::{Verifier, VerifyError},
};
use serde_json::Value;
use tokio::net::TcpListener;

use super::say::Speaker;
use crate::{clock::Clock, model::REDACTED, model::is_sensitive_header};

/// Where it listens if nothing else is said.
pub const PORT: u16 = 9000;
/// The longest body that is taken: a batch of the largest events.
const LONGEST_BODY: usize = 16 << 20;
/// Of a body as much is shown.
const SHOWN_BODY: usize = 16 << 10;
/// Events whose failed attempts are remembered.
const MOST_REMEMBERED: usize = 10_000;

/// Show what arrives.
#[derive(Args)]
pub struct ListenArgs {
    /// The port on this machine; 0 is a free one
    #[arg(long, default_value_t = PORT)]
    port: u16,
    /// The webhook's secret (`whsec_…`, your own) or public key (`whpk_…`): what it did not sign is refused
    #[arg(long, env = "LANEHOOK_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// Answer the first N requests for each event with 503, to see them come again
    #[arg(long, default_value_t = 0, value_name = "N")]
    fail: u32,
}

/// Receives until Ctrl-C.
pub async fn run(args: ListenArgs) -> anyhow::Result<()> {
    let check = args.secret.map(|text| Check::new(&text)).transpose().context("--secret")?;
    let address = (Ipv4Addr::LOCALHOST, args.port);
    let listener = TcpListener::bind(address).await;
    let listener =
        listener.with_context(|| format!("cannot listen at port {}; choose another with --port", args.port))?;
    let speaker = Speaker::start()?;
    speaker.say(format_args!(
        "Listening. Make a webhook with the URL http://{}/ at a server that runs with --dev. Ctrl-C ends it.",
        listener.local_addr()?
    ))?;
    if check.is_none() {
        speaker.say("Signatures are not checked; give the webhook's secret as --secret.")?;
    }
    let desk = Arc::new(Desk { check, fail: args.fail, failed: Mutex::default(), speaker: Mutex::new(speaker) });
    let router = Router::new().fallback(receive).layer(DefaultBodyLimit::max(LONGEST_BODY)).with_state(desk);
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    axum::serve(listener, router).with_graceful_shutdown(stop).await.context("the receiver ended")
}

struct Desk {
    check: Option<Check>,
    fail: u32,
    /// How often each event was answered with 503.
    failed: Mutex<HashMap<String, u32>>,
    speaker: Mutex<Speaker>,
}

async fn receive(
    State(desk): State<Arc<Desk>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let (status, verdict) = desk.judge(&headers, &body, Clock::system().now().seconds());
    let shown = shown(&method, &uri, &headers, &body, &format!("{status}: {verdict}"));
    // Whether somebody reads it is no affair of the sender's.
    let _ = desk.speaker.lock().unwrap_or_else(PoisonError::into_inner).say(shown);
    status
}

impl Desk {
    /// What is answered, and why.
    fn judge(&self, headers: &HeaderMap, body: &[u8], now: i64) -> (StatusCode, String) {
        let verdict = match &self.check {
            None => "not checked".to_owned(),
            Some(check) => match check.verify(headers, body, now) {
                Ok(dialect) => format!("signature verified ({dialect})"),
                Err(why) => return (StatusCode::UNAUTHORIZED, why),
            },
        };
        let id = ["webhook-id", "x-webhook-id"].iter().find_map(|name| headers.get(*name)?.to_str().ok());
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed.len() >= MOST_REMEMBERED {
            failed.clear();
        }
        let times = failed.entry(id.unwrap_or_default().to_owned()).or_default();
        if *times < self.fail {
            *times += 1;
            return (StatusCode::SERVICE_UNAVAILABLE, format!("{verdict}; refused {times} of {} times", self.fail));
        }
        (StatusCode::NO_CONTENT, verdict)
    }
}

/// How signatures are checked: by the headers that come, in each dialect that can be told by them.
struct Check(Vec<(&'static str, &'static str, Verifier)>);

/// Where requests that are signed in the dialect `standard` have their signatures.
const STANDARD: &str = "webhook-signature";

impl Check {
    fn new(text: &str) -> anyhow::Result<Check> {
        if text.starts_with("whpk_") {
            return Ok(Check(vec![(STANDARD, "standard", Verifier::from_public_key(text)?)]));
        }
        let secret = Secret::parse(text)?;
        let known = [
            (STANDARD, "standard", Dialect::Standard, Algorithm::Sha256),
            ("x-hub-signature-256", "hub", Dialect::Hub, Algorithm::Sha256),
            ("x-hub-signature-512", "hub", Dialect::Hub, Algorithm::Sha512),
            ("x-webhook-signature", "plain", Dialect::Plain, Algorithm::Sha256),
            ("x-webhook-signature", "plain", Dialect::Plain, Algorithm::Sha512),
        ];
        let suited = known.into_iter().filter(|(_, _, dialect, _)| secret.suits(dialect).is_ok());
        let checks = suited.map(|(header, name, dialect, algorithm)| {
            Ok((header, name, Verifier::new(dialect, &secret)?.with_algorithm(algorithm)))
        });
        checks.collect::<anyhow::Result<_>>().map(Check)
    }

    /// The dialect that it is signed in, or a sentence that says what is wrong.
    fn verify(&self, headers: &HeaderMap, body: &[u8], now: i64) -> Result<&'static str, String> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let mut first: Option<VerifyError> = None;
        for (name, dialect, verifier) in &self.0 {
            if headers.contains_key(*name) {
                match verifier.verify(header, body, now) {
                    Ok(()) => return Ok(dialect),
                    Err(error) => drop(first.get_or_insert(error)),
                }
            }
        }
        let known = |header: &str| self.0.iter().any(|(name, ..)| *name == header);
        Err(match first {
            Some(error) => error.to_string(),
            None if headers.contains_key(STANDARD) && !known(STANDARD) => {
                "it is signed in the dialect `standard`, whose secrets look like whsec_…; give the webhook's secret as the API shows it".into()
            }
            None => "not signed in a dialect that is known here (standard, hub, plain)".into(),
        })
    }
}

/// A request for people. What would do something to a terminal is written out.
fn shown(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8], verdict: &str) -> String {
    let mut text = format!("── {method} {}  {verdict}\n", plain(&uri.to_string()));
    for (name, value) in headers {
        let value = if is_sensitive_header(name.as_str()) {
            REDACTED.into()
        } else {
            String::from_utf8_lossy(value.as_bytes())
        };
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name}: {}", plain(&value));
    }
    let json = serde_json::from_slice::<Value>(body).and_then(|body| serde_json::to_string_pretty(&body));
    let body = json.unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned());
    let end = body.floor_char_boundary(SHOWN_BODY);
    let rest = body.len() - end;
    let _ = write!(text, "\n{}", plain(&body[..end]));
    if rest > 0 {
        let _ = write!(text, "\n… {rest} bytes more");
    }
    text.push('\n');
    text
}

fn plain(text: &str) -> String {
    let shown = |c: char| if c.is_control() && c != '\n' { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use lanehook_signature::{Message, sign};

    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const NOW: i64 = 1_772_359_200;

    fn signed(dialect: Dialect, algorithm: Algorithm, secret: &str) -> HeaderMap {
        let message = Message::new("e1", NOW, b"{}").event_type("price_alert").delivery("dlv_1");
        let secrets = [Secret::parse(secret).unwrap()];
        let headers = sign(&dialect, algorithm, &secrets, &message).unwrap();
        headers
            .into_iter()
            .map(|(name, value)| (name.parse::<http::HeaderName>().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn desk(fail: u32) -> Desk {
        let speaker = Mutex::new(Speaker::start().unwrap());
        Desk { check: Some(Check::new(SECRET).unwrap()), fail, failed: Mutex::default(), speaker }
    }

    #[test]
    fn what_is_signed_in_a_dialect_is_taken_and_all_else_refused() {
        for (dialect, algorithm) in [
            (Dialect::Standard, Algorithm::Sha256),
            (Dialect::Hub, Algorithm::Sha256),
            (Dialect::Hub, Algorithm::Sha512),
            (Dialect::Plain, Algorithm::Sha512),
        ] {
            let (status, verdict) = desk(0).judge(&signed(dialect.clone(), algorithm, SECRET), b"{}", NOW);
            assert!(status == StatusCode::NO_CONTENT && verdict.contains("verified"), "{verdict}");
            let other = signed(dialect.clone(), algorithm, "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY");
            assert_eq!(desk(0).judge(&other, b"{}", NOW).0, StatusCode::UNAUTHORIZED);
            assert_eq!(desk(0).judge(&signed(dialect, algorithm, SECRET), b"{ }", NOW).0, StatusCode::UNAUTHORIZED);
        }
        let (status, why) = desk(0).judge(&HeaderMap::new(), b"{}", NOW);
        assert!(status == StatusCode::UNAUTHORIZED && why.contains("not signed"), "{why}");
        let standard = signed(Dialect::Standard, Algorithm::Sha256, SECRET);
        let why = Check::new("a secret of some other dialect").unwrap().verify(&standard, b"{}", NOW).unwrap_err();
        assert!(why.contains("look like whsec_"), "{why}");
    }

    #[test]
    fn the_first_requests_for_each_event_fail() {
        let (desk, headers) = (desk(2), signed(Dialect::Standard, Algorithm::Sha256, SECRET));
        let statuses = [(); 3].map(|()| desk.judge(&headers, b"{}", NOW).0.as_u16());
        assert_eq!(statuses, [503, 503, 204]);
    }

    #[test]
    fn nothing_that_is_shown_does_something_to_a_terminal() {
        let headers = HeaderMap::from_iter([
            (http::header::AUTHORIZATION, "Bearer hunter2".parse().unwrap()),
            (http::HeaderName::from_static("x-a"), http::HeaderValue::from_bytes(b"\xc2\x9b31m").unwrap()),
        ]);
        let text = shown(&Method::POST, &Uri::from_static("/"), &headers, b"\x1b[2J", "204");
        assert!(text.contains("\\u{1b}[2J") && text.contains("\\u{9b}31m") && !text.contains("hunter2"), "{text}");
        let long = shown(&Method::POST, &Uri::from_static("/"), &headers, "é".repeat(SHOWN_BODY).as_bytes(), "204");
        assert!(long.contains("bytes more") && long.len() < 2 * SHOWN_BODY, "{}", long.len());
    }
}
