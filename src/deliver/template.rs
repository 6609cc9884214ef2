//! The request for one attempt: webhook and message enter; the exact headers leave, and what of them may be shown.
//! Pure; the time that is signed is passed in.
//!
//! What is the same for every event of a webhook is made once, as a [`RequestTemplate`].

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{
    HeaderName, HeaderValue, Method,
    header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, USER_AGENT},
};
use lanehook_egress::{Casing, Client, Headers, Owner, Request};
use lanehook_signature::{Algorithm, Dialect, Secret, sign};

use super::{classify::SendError, route::Route};
use crate::{
    clock::Clock,
    model::{HeaderLines, Message, REDACTED, Sent, TenantKey, Timestamp, is_sensitive_header},
    webhook::{Auth, Credentials, DialectSpec, Secrets, WebhookSettings},
    work::Cost,
};

const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
const EVENT: HeaderName = HeaderName::from_static("x-webhook-event");
const DELIVERY: HeaderName = HeaderName::from_static("x-webhook-delivery");
const CORRELATION_ID: HeaderName = HeaderName::from_static("x-correlation-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Like GitHub's.
const HUB_NAMES: [&str; 4] =
    ["X-Hub-Signature-256", "X-Hub-Signature-512", "X-Hub-Signature-256-Previous", "X-Hub-Signature-512-Previous"];
/// As ours does.
const PLAIN_NAMES: [&str; 6] = [
    "X-Webhook-Signature",
    "X-Webhook-Signature-Previous",
    "X-Webhook-Event",
    "X-Webhook-Timestamp",
    "X-Webhook-ID",
    "X-Webhook-Delivery",
];
const AGENT: &str = concat!("lanehook/", env!("CARGO_PKG_VERSION"));

/// What it costs to sign a byte once. (SHA-256: 0.6 ns where the processor has it, SHA-512: 1.5 ns.)
const OF_SIGNED_BYTE: Cost = 1;
/// Bytes that the lines of a request's headers mostly have, without those that its webhook adds.
const SHOWN_BYTES: usize = 512;

/// What every request of a webhook has in common.
pub(super) struct RequestTemplate {
    /// Where they go, if the message does not say otherwise.
    pub target: Route,
    /// What is hidden in answers that repeat it.
    pub credentials: Credentials,
    /// Credentials and the webhook's own headers.
    own: Vec<(HeaderName, HeaderValue)>,
    /// How names are written.
    pub casing: Casing,
    written: WrittenNames,
    dialects: Vec<Dialect>,
    algorithm: Algorithm,
    shown_url: String,
    shown_own: HeaderLines,
}

/// A message with the headers that sign it, or why there are none.
pub(super) struct Signed {
    pub message: Message,
    pub at: Timestamp,
    pub headers: Result<Vec<(String, String)>, SendError>,
}

/// A request, ready to be sent.
pub(super) struct SignedRequest {
    /// Where to, if not to the template's target.
    pub target: Option<Route>,
    pub request: Request,
}

impl RequestTemplate {
    /// Works it out from a webhook's settings; with its secrets, so that they are hidden where an answer has them.
    pub fn new(
        tenant: TenantKey,
        settings: &WebhookSettings,
        secrets: &Secrets,
        client: &Client<Clock>,
    ) -> Result<RequestTemplate, SendError> {
        let owner = Owner(tenant.0.cast_unsigned());
        // Where the operator's word has changed since, it is the stronger one.
        let verify = settings.verify_tls || !client.policy().unverified_tls;
        let target = Route::new(&settings.url, owner, verify, client)?;
        let dialects: Vec<Dialect> = settings.signing.dialects.iter().map(DialectSpec::dialect).collect();
        let own = own_headers(settings)?;
        refuse_double_headers(&own, &dialects)?;
        let written = WrittenNames::of(settings, &dialects);
        let shown_own = own.iter().map(|(name, value)| (written.like(name.as_str()), shown(value))).collect();
        Ok(RequestTemplate {
            target,
            credentials: settings.credentials(secrets),
            own,
            casing: Casing::of(written.0.iter().map(|name| &**name)),
            written,
            dialects,
            algorithm: settings.signing.algorithm.into(),
            shown_url: settings.redacted(&settings.url),
            shown_own,
        })
    }

    /// What it costs to sign a message.
    pub fn cost_of_signing(&self, secrets: &Secrets, message: &Message) -> Cost {
        let signatures = self.dialects.len() * (1 + secrets.previous.len());
        OF_SIGNED_BYTE * (signatures * message.body.len()) as Cost
    }

    /// Signs a message as of `now`.
    pub fn signed(&self, secrets: &Secrets, message: Message, now: Timestamp) -> Signed {
        let headers = self.signatures(secrets, now, &message);
        Signed { message, at: now, headers }
    }

    /// The request for a message with these headers that sign it, and what is shown of it.
    pub fn request(
        &self,
        settings: &WebhookSettings,
        message: Message,
        signatures: Vec<(String, String)>,
    ) -> Result<(SignedRequest, Sent), SendError> {
        let (target, shown_url) = match &message.target {
            None => (None, self.shown_url.clone()),
            Some(url) => (Some(self.target.at(url)?), settings.redacted(url)),
        };
        let most = 9 + signatures.len() + message.headers.len() + self.own.len();
        let shown = HeaderLines::with_capacity(SHOWN_BYTES + self.shown_own.as_text().len());
        let mut writer = Writer { headers: Headers::with_capacity(most), shown, written: &self.written };
        let authority = self.target.authority();
        writer.add(HOST, authority.clone(), authority.to_str().unwrap_or_default());
        match message.content_type {
            Cow::Borrowed(kind) => writer.add_static(CONTENT_TYPE, kind),
            Cow::Owned(kind) => writer.add_text(CONTENT_TYPE, kind)?,
        }
        let length = HeaderValue::from(message.body.len());
        writer.add(CONTENT_LENGTH, length.clone(), length.to_str().unwrap_or_default());
        writer.add_static(USER_AGENT, AGENT);
        writer.add_static(ACCEPT_ENCODING, "identity");
        if !self.dialects.contains(&Dialect::Plain) {
            match message.event_type {
                Cow::Borrowed(kind) => writer.add_static(EVENT, kind),
                Cow::Owned(kind) => writer.add_text(EVENT, kind)?,
            }
            writer.add_text(DELIVERY, message.delivery)?;
        }
        if let Some(id) = &message.correlation_id {
            writer.add_text(CORRELATION_ID, id.as_str().to_owned())?;
        }
        if let Some(trace) = &message.traceparent {
            writer.add_text(TRACEPARENT, trace.as_str().to_owned())?;
        }
        for (name, value) in signatures.into_iter().chain(message.headers) {
            writer.add_text(header_name(name)?, value)?;
        }
        writer.headers.extend_from_slice(&self.own);
        writer.shown.extend(&self.shown_own);
        let body = (!message.is_standard).then(|| Sent::kept(message.shown.unwrap_or_else(|| message.body.clone())));
        let method = (message.method != Method::POST).then(|| message.method.to_string());
        let sent = Sent { url: shown_url, headers: writer.shown, method, body };
        let (headers, casing) = (writer.headers, self.casing.clone());
        let request = Request { method: message.method, headers, casing, body: message.body };
        Ok((SignedRequest { target, request }, sent))
    }

    fn signatures(
        &self,
        secrets: &Secrets,
        now: Timestamp,
        message: &Message,
    ) -> Result<Vec<(String, String)>, SendError> {
        let message = lanehook_signature::Message::new(&message.id, now.seconds(), &message.body)
            .event_type(&message.event_type)
            .delivery(&message.delivery);
        let mut in_force = secrets.in_force(now);
        let several: Vec<Secret>;
        let secrets = match (in_force.next(), in_force.next()) {
            (Some(only), None) => std::slice::from_ref(only),
            (Some(newest), Some(older)) => {
                several = [newest, older].into_iter().chain(in_force).cloned().collect();
                &several
            }
            (None, _) => &[],
        };
        let mut headers = Vec::new();
        for dialect in &self.dialects {
            // Checked when saved. Better no request than one that the receiver must take for a forgery.
            if !secrets.is_empty() && !secrets.iter().any(|secret| secret.suits(dialect).is_ok()) {
                let message = "the webhook's secret cannot sign in the dialect it has; change either of them";
                return Err(SendError::Settings(message.into()));
            }
            let signed = sign(dialect, self.algorithm, secrets, &message)
                .map_err(|error| SendError::Settings(format!("the request cannot be signed: {error}")))?;
            if headers.is_empty() { headers = signed } else { headers.extend(signed) }
        }
        Ok(headers)
    }
}

/// Writes each header twice: to be sent, and to be shown.
struct Writer<'a> {
    headers: Headers,
    shown: HeaderLines,
    written: &'a WrittenNames,
}

impl Writer<'_> {
    fn add(&mut self, name: HeaderName, value: HeaderValue, shown: &str) {
        self.shown.push(self.written.like(name.as_str()), shown);
        self.headers.push(name, value);
    }

    fn add_static(&mut self, name: HeaderName, value: &'static str) {
        self.add(name, HeaderValue::from_static(value), value);
    }

    fn add_text(&mut self, name: HeaderName, value: String) -> Result<(), SendError> {
        let mut sent = HeaderValue::try_from(value)
            .map_err(|_| SendError::Settings(format!("the header {name} would have a value that HTTP cannot carry")))?;
        let is_secret = !is_known(&name) && is_sensitive_header(name.as_str());
        // HTTP/2 then keeps it out of its compression tables (RFC 7541, 7.1).
        sent.set_sensitive(is_secret);
        // It was text, of any language.
        let shown = if is_secret { REDACTED } else { str::from_utf8(sent.as_bytes()).unwrap_or_default() };
        self.shown.push(self.written.like(name.as_str()), shown);
        self.headers.push(name, sent);
        Ok(())
    }
}

/// The names that nearly every request has: nothing to check or allocate for them.
fn header_name(name: String) -> Result<HeaderName, SendError> {
    match name.as_str() {
        "webhook-id" => Ok(WEBHOOK_ID),
        "webhook-timestamp" => Ok(WEBHOOK_TIMESTAMP),
        "webhook-signature" => Ok(WEBHOOK_SIGNATURE),
        _ => HeaderName::try_from(name)
            .map_err(|_| SendError::Settings("the signature's header has no valid name".into())),
    }
}

fn is_known(name: &HeaderName) -> bool {
    [WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE, EVENT, DELIVERY, CORRELATION_ID, TRACEPARENT].contains(name)
}

/// Credentials, then the webhook's own headers. Those that are not to be shown are marked as sensitive; HTTP/2 then keeps
/// them out of its compression tables (RFC 7541, 7.1).
fn own_headers(settings: &WebhookSettings) -> Result<Vec<(HeaderName, HeaderValue)>, SendError> {
    let invalid =
        |name: &str| SendError::Settings(format!("the header `{name}` has a name or value that HTTP cannot carry"));
    let read = |name: &str, value: &str| match (HeaderName::try_from(name), HeaderValue::from_str(value)) {
        (Ok(name), Ok(value)) => Ok((name, value)),
        _ => Err(invalid(name)),
    };
    let auth = match &settings.auth {
        Auth::None => None,
        Auth::Bearer { token } => Some((AUTHORIZATION.as_str(), format!("Bearer {token}"))),
        Auth::Basic { username, password } => {
            let pair = STANDARD.encode(format!("{username}:{password}"));
            Some((AUTHORIZATION.as_str(), format!("Basic {pair}")))
        }
        Auth::Header { name, value } => Some((name.as_str(), value.clone())),
    };
    let mut headers = Vec::new();
    if let Some((name, value)) = auth {
        let (name, mut value) = read(name, &value)?;
        value.set_sensitive(true);
        headers.push((name, value));
    }
    for (name, value) in settings.headers.iter() {
        let (name, mut value) = read(name, value)?;
        value.set_sensitive(!settings.public_headers.has(name.as_str()));
        headers.push((name, value));
    }
    Ok(headers)
}

/// Names that are not in lower case, as they are written over HTTP/1: a webhook's own as they were set, those of a signing dialect as
/// its documentation has them.
struct WrittenNames(Vec<Box<str>>);

impl WrittenNames {
    fn of(settings: &WebhookSettings, dialects: &[Dialect]) -> WrittenNames {
        let mut names: Vec<&str> = settings.headers.as_written().map(|(name, _)| name).collect();
        if let Auth::Header { name, .. } = &settings.auth {
            names.push(name);
        }
        for dialect in dialects {
            match dialect {
                Dialect::Hub => names.extend(HUB_NAMES),
                Dialect::Plain => names.extend(PLAIN_NAMES),
                Dialect::Timestamped { header, .. } => names.push(header),
                // Lower case, as Standard Webhooks has them; no webhook is set up with the dialects of other senders.
                _ => {}
            }
        }
        names.retain(|name| name.bytes().any(|byte| byte.is_ascii_uppercase()));
        WrittenNames(names.into_iter().map(Into::into).collect())
    }

    /// The name as it is written.
    fn like<'n>(&'n self, name: &'n str) -> &'n str {
        self.0.iter().find(|written| written.eq_ignore_ascii_case(name)).map_or(name, |written| written)
    }
}

/// One value would hide the other, and which of them is not for us to guess.
fn refuse_double_headers(own: &[(HeaderName, HeaderValue)], dialects: &[Dialect]) -> Result<(), SendError> {
    let signature = |dialect: &Dialect| match dialect {
        Dialect::Timestamped { header, .. } => Some(header.to_ascii_lowercase()),
        _ => None,
    };
    let mut names: Vec<String> = own.iter().map(|(name, _)| name.as_str().to_owned()).collect();
    names.extend(dialects.iter().filter_map(signature));
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(SendError::Settings(format!(
            "the header `{}` is set twice, by `headers`, `auth` or `signing`; remove one of them",
            pair[0]
        ))),
        None => Ok(()),
    }
}

fn shown(value: &HeaderValue) -> String {
    if value.is_sensitive() { REDACTED.into() } else { value.to_str().unwrap_or_default().to_owned() }
}
