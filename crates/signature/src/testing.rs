//! Signed requests for tests of receivers: a body enters, the request that a sender would make of it leaves.
//!
//! ```
//! use lanehook_signature::{Dialect, Secret, Verifier, testing::Sender};
//!
//! let secret = Secret::parse("the webhook's secret")?;
//! let request: http::Request<Vec<u8>> = Sender::new(Dialect::GitHub, &secret)?.request("/webhooks", r#"{"zen":"Keep it logically awesome."}"#);
//!
//! let verifier = Verifier::new(Dialect::GitHub, &secret)?;
//! assert!(verifier.verify_http(request.headers(), request.body()).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::borrow::Cow;

use http::{HeaderName, HeaderValue, Request, header};

use crate::dialect::{Algorithm, Dialect};
use crate::secret::Secret;
use crate::setup::SetupError;
use crate::sign::{Message, sign};
use crate::verify::over_http::system_time;

/// Somebody who signs in one dialect.
#[derive(Debug, Clone)]
pub struct Sender {
    dialect: Dialect,
    algorithm: Algorithm,
    secret: Secret,
    id: String,
    event_type: String,
    time: Option<i64>,
}

impl Sender {
    /// A sender with this secret; in the dialects that are signed with Ed25519, with a signing key.
    ///
    /// # Errors
    /// If the secret does not suit the dialect, or no request can be signed in it as it is set.
    pub fn new(dialect: Dialect, secret: &Secret) -> Result<Sender, SetupError> {
        dialect.check()?;
        secret.suits(&dialect)?;
        let (secret, algorithm) = (secret.clone(), Algorithm::default());
        let (id, event_type) = ("msg_1".to_owned(), "test.event".to_owned());
        Ok(Sender { dialect, algorithm, secret, id, event_type, time: None })
    }

    /// Sets the hash, where the dialect leaves it open.
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: Algorithm) -> Sender {
        self.algorithm = algorithm;
        self
    }

    /// Sets the messages' id; unset, it is `msg_1`. Two requests with the same id are a message and its retry.
    ///
    /// # Panics
    /// [`request`](Sender::request) does, if the dialect cannot sign it.
    #[must_use]
    pub fn id(mut self, id: &str) -> Sender {
        id.clone_into(&mut self.id);
        self
    }

    /// Sets the event's type, where the dialect sends it.
    #[must_use]
    pub fn event_type(mut self, event_type: &str) -> Sender {
        event_type.clone_into(&mut self.event_type);
        self
    }

    /// Signs at this time, in Unix seconds, and not now: for requests that are too old, or a receiver with its own clock.
    #[must_use]
    pub fn at(mut self, time: i64) -> Sender {
        self.time = Some(time);
        self
    }

    /// A POST with this body, signed: as JSON if it begins with `{` or `[`, or else as a form. The URI is only where it goes: what is signed of a
    /// URL is what the dialect is set up with.
    ///
    /// As Twilio does, `twilio` adds the hash of JSON to the query of both. `VerifyLayer` and `Verifier::verify_request` look there;
    /// `verify_http` does not.
    ///
    /// # Panics
    /// If the URI is none, or the dialect cannot sign id, type, time or body.
    #[must_use]
    pub fn request<B: From<Vec<u8>>>(&self, uri: &str, body: impl AsRef<[u8]>) -> Request<B> {
        let body = body.as_ref();
        let is_json = matches!(body.first(), Some(b'{' | b'['));
        let (dialect, uri) = self.sent_to(uri, body, is_json);
        let timestamp = self.time.unwrap_or_else(system_time);
        let message = Message::new(&self.id, timestamp, body).event_type(&self.event_type).delivery(&self.id);
        let secrets = std::slice::from_ref(&self.secret);
        let headers = sign(&dialect, self.algorithm, secrets, &message).expect("the message can be signed");
        let mut request = Request::new(B::from(body.to_vec()));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = uri.parse().expect("a URI");
        let kind = if is_json { "application/json" } else { FORM };
        request.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        for (name, value) in headers {
            let name = HeaderName::try_from(name).expect("the name of a header");
            request.headers_mut().insert(name, HeaderValue::try_from(value).expect("a header's value"));
        }
        request
    }

    /// The dialect as it is set for this request, and where the request goes.
    fn sent_to<'s>(&'s self, uri: &'s str, body: &[u8], is_json: bool) -> (Cow<'s, Dialect>, Cow<'s, str>) {
        #[cfg(feature = "twilio")]
        if is_json && let Dialect::Twilio { url } = &self.dialect {
            let url = crate::twilio::with_hash(url, body);
            return (Cow::Owned(Dialect::Twilio { url }), Cow::Owned(crate::twilio::with_hash(uri, body)));
        }
        let _ = (body, is_json);
        (Cow::Borrowed(&self.dialect), Cow::Borrowed(uri))
    }
}

const FORM: &str = "application/x-www-form-urlencoded";
