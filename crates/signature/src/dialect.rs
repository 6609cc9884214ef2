//! The dialects: which headers carry a signature, what it covers, and how it is written. No keys here.
//!
//! | dialect | signature header | over | replay protection |
//! |---|---|---|---|
//! | [`Standard`](Dialect::Standard) | `webhook-signature: v1,<base64>` or `v1a,<base64>` | id, time, body | yes |
//! | [`Hub`](Dialect::Hub) | `x-hub-signature-256: sha256=<hex>` | body | no |
//! | [`Plain`](Dialect::Plain) | `x-webhook-signature: sha256=<hex>` | body | no |
//! | [`Timestamped`](Dialect::Timestamped) | a chosen one: `t=<seconds>,v1=<hex>` | time, body | yes |
//!
//! Each signed text can be read in one way only; the [guide](crate::guide) says what that asks of ids and times.

/// The hash under HMAC. The `standard` dialect is SHA-256 whatever is chosen, by its specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Algorithm {
    /// HMAC-SHA-256.
    #[default]
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

/// How a webhook is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dialect {
    /// [Standard Webhooks]: `webhook-id`, `webhook-timestamp` and `webhook-signature`, which signs
    /// `<id>.<timestamp>.<body>`: `v1,<base64>` with HMAC-SHA-256, `v1a,<base64>` with Ed25519. Several signatures,
    /// one space between them, while a secret is being rotated.
    ///
    /// [Standard Webhooks]: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
    Standard,
    /// As GitHub signs ([Validating webhook deliveries]), after WebSub's `X-Hub-Signature`:
    /// `X-Hub-Signature-256: sha256=<hex>` over the body; with SHA-512, `X-Hub-Signature-512: sha512=<hex>`.
    ///
    /// Verifiers compare this header as a whole, so it holds one signature, under the newest secret. While a secret is
    /// being rotated, a header of the same name and `-previous` holds those under the older ones, with commas between.
    ///
    /// [Validating webhook deliveries]: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    Hub,
    /// `X-Webhook-Signature: sha256=<hex>` (or `sha512=`) over the body, beside `X-Webhook-Event`,
    /// `X-Webhook-Timestamp` (Unix seconds), `X-Webhook-ID` and `X-Webhook-Delivery`, which are sent without a secret
    /// too. These four are not signed: a receiver must not trust them more than the connection. Rotation as in
    /// [`Hub`](Dialect::Hub), with `X-Webhook-Signature-Previous`.
    Plain,
    /// `<header>: t=<unix seconds>,v1=<hex>`, which signs timestamp, separator and body, as Stripe does ([Verify
    /// manually]). Several `v1=` while a secret is being rotated.
    ///
    /// [Verify manually]: https://docs.stripe.com/webhooks#verify-manually
    Timestamped {
        /// The header's name, in any case: `Stripe-Signature`, `X-PT-Signature`.
        header: String,
        /// What stands between timestamp and body: `.` for Stripe's verifiers, nothing for `X-PT-Signature`. Where it
        /// does not end the timestamp, that has ten digits.
        separator: String,
    },
}

/// The headers of the dialects that sign the body alone.
#[derive(Clone, Copy)]
pub(crate) struct BodyHeaders {
    pub(crate) newest: &'static str,
    pub(crate) previous: &'static str,
}

pub(crate) const WEBHOOK_ID: &str = "webhook-id";
pub(crate) const WEBHOOK_TIMESTAMP: &str = "webhook-timestamp";
pub(crate) const WEBHOOK_SIGNATURE: &str = "webhook-signature";

pub(crate) const PLAIN_ID: &str = "x-webhook-id";
pub(crate) const PLAIN_TIMESTAMP: &str = "x-webhook-timestamp";

pub(crate) const PLAIN: BodyHeaders =
    BodyHeaders { newest: "x-webhook-signature", previous: "x-webhook-signature-previous" };

pub(crate) const fn hub(algorithm: Algorithm) -> BodyHeaders {
    match algorithm {
        Algorithm::Sha256 => BodyHeaders { newest: "x-hub-signature-256", previous: "x-hub-signature-256-previous" },
        Algorithm::Sha512 => BodyHeaders { newest: "x-hub-signature-512", previous: "x-hub-signature-512-previous" },
    }
}

impl Dialect {
    /// The headers that a receiver reads.
    #[cfg(feature = "tower")]
    pub(crate) fn header_names(&self, algorithm: Algorithm) -> Vec<&str> {
        match self {
            Dialect::Standard => vec![WEBHOOK_ID, WEBHOOK_TIMESTAMP, WEBHOOK_SIGNATURE],
            Dialect::Hub => vec![hub(algorithm).newest, hub(algorithm).previous],
            Dialect::Plain => vec![PLAIN.newest, PLAIN.previous, PLAIN_ID, PLAIN_TIMESTAMP],
            Dialect::Timestamped { header, .. } => vec![header],
        }
    }
}

impl Algorithm {
    /// What stands before the hex in `hub` and `plain`.
    pub(crate) const fn scheme(self) -> &'static str {
        match self {
            Algorithm::Sha256 => "sha256=",
            Algorithm::Sha512 => "sha512=",
        }
    }

    /// How many hex digits a tag has.
    pub(crate) const fn hex_digits(self) -> usize {
        match self {
            Algorithm::Sha256 => 64,
            Algorithm::Sha512 => 128,
        }
    }
}
