//! Sign webhooks, and verify them, in every common dialect.
//!
#![cfg_attr(
    feature = "axum",
    doc = concat!(
        "With axum:\n\n```no_run\n",
        include_str!("../examples/receive_axum.rs"),
        "```\n\n",
        "For many tenants, or secrets that change while the program runs, [`VerifyLayer::with`] asks for a verifier with each\n",
        "request:\n\n",
        "```no_run\n",
        include_str!("../examples/receive_tenants.rs"),
        "```\n"
    )
)]
//!
//! Below that are pure functions: no clock, no randomness, no I/O; time and random bytes are handed in. In goes a [`Message`] (id,
//! time and the exact bytes of the body), out come the headers to send with it; the receiver's [`Verifier`] takes the headers and the
//! bytes and says yes, or why not. With `Verifier::verify_http` (feature `http`) it takes a `HeaderMap` and the system's clock;
//! [`Verifier::accept`] takes any headers, those of `http` 0.2 too.
//!
//! - [`secret`]: the signing secret, parsed once, redacted and zeroized
//! - [`dialect`]: which headers carry the signature, and what it covers
//! - [`mod@sign`]: what the sender does
//! - [`verify`]: what the receiver does
//! - [`seen`]: how the receiver handles a message once, however often it comes
//! - [`guide`]: what to know for being safe
//!
//! # Features
//!
//! - `ed25519`, on unless turned off: `v1a` in `standard` and `svix`, and the dialect `discord`
//! - `http`: `Verifier::verify_http`, with a `HeaderMap` and the system's clock
//! - `tower`: `layer::VerifyLayer`, which reads a bounded body, verifies it, and passes over what was handled before
//! - `axum`: `Verified`, the extractor that belongs to it
//! - `redis`, `postgres`: `seen::InRedis` and `seen::InPostgres`, which remember messages for several processes
//! - `twilio`: the dialect `twilio`, which needs SHA-1
//! - `testing`: `testing::Sender`, which signs requests for the tests of a receiver
//!
//! ```
//! use lanehook_signature::{Algorithm, Dialect, Message, Secret, Verifier, sign};
//!
//! let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
//! let body = br#"{"symbol":"AAPL","price":181.5}"#;
//! let message = Message::new("evt_1", 1_700_000_000, body);
//! let headers = sign(&Dialect::Standard, Algorithm::Sha256, std::slice::from_ref(&secret), &message)?;
//!
//! let verifier = Verifier::new(Dialect::Standard, &secret)?;
//! let header = |name: &str| headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
//! assert_eq!(verifier.verify(header, body, 1_700_000_002), Ok(()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod secret;

pub mod dialect;

/// The dialects as rows of one table.
mod form;

/// What Twilio signs of a form.
#[cfg(feature = "twilio")]
mod twilio;

/// HMAC and its text forms, shared by both sides.
mod mac;

/// Whether a dialect can be verified in, as it is set.
mod setup;

/// Ids and times that can be read in one way only.
mod signed_text;

pub mod sign;

pub mod verify;

/// What a verified request says of itself.
mod received;

pub mod seen;

#[doc = include_str!("guide.md")]
pub mod guide {}

#[cfg(feature = "tower")]
pub mod layer;

#[cfg(feature = "testing")]
pub mod testing;

/// The axum extractor.
#[cfg(feature = "axum")]
mod extract;

#[cfg(feature = "axum")]
pub use extract::{Verified, VerifiedRejection};
#[cfg(feature = "tower")]
pub use layer::VerifyLayer;

pub use dialect::{Algorithm, Dialect};
pub use received::{MessageKey, Received};
pub use secret::{Secret, SecretError};
pub use seen::{InMemory, SeenIds};
pub use setup::SetupError;
pub use sign::{Message, sign};
pub use signed_text::SignError;
pub use verify::{Alteration, Otherwise, Verifier, VerifyError};

/// The README's examples, run as doc tests.
#[cfg(all(doctest, feature = "axum", feature = "testing"))]
#[doc = include_str!("../README.md")]
struct Readme;
