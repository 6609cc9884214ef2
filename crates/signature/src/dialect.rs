//! The dialects: who signs, under which headers, over what. No keys here.
//!
//! | dialect | signature header | over | an old request sent again |
//! |---|---|---|---|
//! | [`Standard`](Dialect::Standard) | `webhook-signature: v1,<base64>` or `v1a,<base64>` | id, time, body | refused |
//! | [`Svix`](Dialect::Svix) | `svix-signature`, written likewise | id, time, body | refused |
//! | [`Hub`](Dialect::Hub), [`GitHub`](Dialect::GitHub) | `x-hub-signature-256: sha256=<hex>` | body | accepted |
//! | [`Plain`](Dialect::Plain) | `x-webhook-signature: sha256=<hex>` | body | accepted |
//! | [`Timestamped`](Dialect::Timestamped) | a chosen one: `t=<seconds>,v1=<hex>` | time, body | refused |
//! | [`Stripe`](Dialect::Stripe) | `stripe-signature: t=<seconds>,v1=<hex>` | time, body | refused |
//! | [`Slack`](Dialect::Slack) | `x-slack-signature: v0=<hex>` | time, body | refused |
//! | [`Shopify`](Dialect::Shopify) | `x-shopify-hmac-sha256: <base64>` | body | accepted |
//! | `Discord` (feature `ed25519`) | `x-signature-ed25519: <hex>` | time, body | refused |
//! | [`Square`](Dialect::Square) | `x-square-hmacsha256-signature: <base64>` | URL, body | accepted |
//! | `Twilio` (feature `twilio`) | `x-twilio-signature: <base64>`, HMAC-SHA-1 | URL, form fields | accepted |
//!
//! Each signed text can be read in one way only, but for Twilio's; the [guide](crate::guide) says what that asks of ids and
//! times.

/// The hash under HMAC in [`Hub`](Dialect::Hub), [`Plain`](Dialect::Plain) and [`Timestamped`](Dialect::Timestamped). The other
/// dialects have theirs, whatever is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Algorithm {
    /// HMAC-SHA-256.
    #[default]
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

/// How a webhook is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dialect {
    /// [Standard Webhooks]: `webhook-id`, `webhook-timestamp` and `webhook-signature`, which signs
    /// `<id>.<timestamp>.<body>`: `v1,<base64>` with HMAC-SHA-256, `v1a,<base64>` with Ed25519. Several signatures,
    /// one space between them, while a secret is being rotated.
    ///
    /// [Standard Webhooks]: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme
    Standard,
    /// After WebSub's `X-Hub-Signature`: `X-Hub-Signature-256: sha256=<hex>` over the body; with SHA-512,
    /// `X-Hub-Signature-512: sha512=<hex>`. GitHub's verifiers take the first; to receive from GitHub, choose
    /// [`GitHub`](Dialect::GitHub).
    ///
    /// Verifiers compare this header as a whole, so it holds one signature, under the newest secret. While a secret is
    /// being rotated, a header of the same name and `-previous` holds those under the older ones, with commas between.
    Hub,
    /// `X-Webhook-Signature: sha256=<hex>` (or `sha512=`) over the body, beside `X-Webhook-Event`,
    /// `X-Webhook-Timestamp` (Unix seconds), `X-Webhook-ID` and `X-Webhook-Delivery`, which are sent without a secret
    /// too. These four are not signed: a receiver must not trust them more than the connection. Rotation as in
    /// [`Hub`](Dialect::Hub), with `X-Webhook-Signature-Previous`.
    Plain,
    /// `<header>: t=<unix seconds>,v1=<hex>`, which signs timestamp, separator and body. Several `v1=` while a secret is
    /// being rotated.
    Timestamped {
        /// The header's name, in any case: `X-PT-Signature`.
        header: String,
        /// What stands between timestamp and body: `.` as Stripe has it, nothing for `X-PT-Signature`. Where it
        /// does not end the timestamp, that has ten digits.
        separator: String,
    },
    /// [Svix], and who sends through it (Clerk, Resend, …): as [`Standard`](Dialect::Standard), with the headers `svix-id`,
    /// `svix-timestamp` and `svix-signature`.
    ///
    /// [Svix]: https://docs.svix.com/receiving/verifying-payloads/how-manual
    Svix,
    /// [GitHub]: `X-Hub-Signature-256` over the body. `X-GitHub-Delivery` is the id; it is not signed. Nor is `X-GitHub-Event`:
    /// whoever recorded a request can send it again as an event of another kind, so ask the body what it is, too.
    ///
    /// [GitHub]: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    GitHub,
    /// [Stripe]: `Stripe-Signature: t=<unix seconds>,v1=<hex>` over `<time>.<body>`. The key is the endpoint's secret as it
    /// stands there, `whsec_` included.
    ///
    /// [Stripe]: https://docs.stripe.com/webhooks#verify-manually
    Stripe,
    /// [Slack]: `X-Slack-Signature: v0=<hex>` over `v0:<X-Slack-Request-Timestamp>:<body>`, under the signing secret.
    ///
    /// [Slack]: https://docs.slack.dev/authentication/verifying-requests-from-slack/
    Slack,
    /// [Shopify]: `X-Shopify-Hmac-Sha256: <base64>` over the body, under the app's client secret. `X-Shopify-Webhook-Id` is
    /// the id; it is not signed, and neither is `X-Shopify-Topic`.
    ///
    /// [Shopify]: https://shopify.dev/docs/apps/build/webhooks/subscribe/https
    Shopify,
    /// [Discord]: `X-Signature-Ed25519: <hex>` over `<X-Signature-Timestamp><body>`, to be verified with the application's
    /// public key.
    ///
    /// [Discord]: https://discord.com/developers/docs/interactions/overview#setting-up-an-endpoint
    #[cfg(feature = "ed25519")]
    Discord,
    /// [Square]: `x-square-hmacsha256-signature: <base64>` over URL and body, under the subscription's signature key.
    ///
    /// Where anything reads the query, verify with it, by `VerifyLayer` or `Verifier::verify_request`.
    ///
    /// [Square]: https://developer.squareup.com/docs/webhooks/step3validate
    Square {
        /// The notification URL, exactly as it is set at Square, whatever a proxy makes of it.
        url: String,
    },
    /// [Twilio]: `X-Twilio-Signature: <base64>`, HMAC-SHA-1 under the account's auth token over the URL and the form's fields,
    /// or over a URL that has the body's SHA-256 in it.
    ///
    /// Twilio writes names and values together with nothing between, so whoever records a request can send it again with other
    /// borders between them, whatever fields you expect, and neither is there a time in it. Such a request has the
    /// [key](crate::MessageKey) of the first one, so it is passed over for as long as keys are remembered; the [guide](crate::guide)
    /// says what else helps. A body that is no form counts by its hash, right behind this URL and nowhere else.
    ///
    /// [Twilio]: https://www.twilio.com/docs/usage/security#validating-requests
    #[cfg(feature = "twilio")]
    Twilio {
        /// The URL as it is set at Twilio, with its query. What Twilio adds to that belongs to it: give it with
        /// [`accept_at`](crate::Verifier::accept_at), as the layer and `Verifier::verify_request` do by themselves.
        url: String,
    },
}

impl Dialect {
    /// The URL that it signs, as it is set.
    #[must_use]
    pub(crate) fn url(&self) -> &str {
        match self {
            Dialect::Square { url } => url,
            #[cfg(feature = "twilio")]
            Dialect::Twilio { url } => url,
            _ => "",
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
}
