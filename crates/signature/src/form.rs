//! What the dialects differ in, as data: a dialect enters, a row of this table leaves. Signing and verifying go by the row and
//! know no dialect.

use std::borrow::Cow;

use crate::dialect::{Algorithm, Dialect};
use crate::mac::Hash;

/// A dialect's row.
#[derive(Clone, Copy)]
pub(crate) struct Form<'d> {
    /// The header with the signature. In lower case, but for a chosen one.
    pub(crate) header: &'d str,
    /// The header with the signatures under older secrets, where they do not stand beside the newest.
    pub(crate) previous: Option<&'static str>,
    pub(crate) written: Written,
    pub(crate) hash: Hash,
    pub(crate) key: KeyForm,
    /// What stands in headers of its own, in the order in which it is sent.
    pub(crate) beside: &'static [(Beside, &'static str)],
    /// What is signed before the body.
    pub(crate) before: [Part<'d>; 4],
    /// What of the body is signed.
    pub(crate) covers: Covers,
    /// The URL as it is set, where one is signed: of which a request's query can differ.
    #[cfg_attr(
        not(any(feature = "http", feature = "twilio")),
        allow(dead_code, reason = "without these nothing has a query")
    )]
    pub(crate) set_url: &'d str,
}

/// How signatures are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// `v1,<base64> v1a,<base64>`: HMAC and Ed25519.
    Versions,
    /// `<scheme><hex>`, with commas between.
    Scheme(&'static str),
    /// `t=<seconds>,v1=<hex>,v1=<hex>`.
    Pairs,
    /// Base64 of one HMAC.
    Base64,
    /// Hex of one Ed25519 signature.
    #[cfg(feature = "ed25519")]
    Ed25519Hex,
}

/// What a secret is as a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyForm {
    /// The bytes that its text encodes, or an Ed25519 key.
    Decoded,
    /// The bytes of its text.
    Text,
    /// An Ed25519 key.
    #[cfg(feature = "ed25519")]
    Ed25519,
}

/// What a header beside the signature holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    Id,
    Time,
    Event,
    Delivery,
}

/// A part of what is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'d> {
    None,
    Id,
    Time,
    Text(&'d str),
    Url,
}

/// What of the body is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Covers {
    Bytes,
    /// The fields of the form that it is; or nothing, where the URL has its SHA-256.
    #[cfg(feature = "twilio")]
    Fields,
}

pub(crate) const CONTENT_TYPE: &str = "content-type";
pub(crate) const SHA1_HEADER: &str = "x-hub-signature";
const HUB: [(&str, &str); 2] =
    [("x-hub-signature-256", "x-hub-signature-256-previous"), ("x-hub-signature-512", "x-hub-signature-512-previous")];
const PLAIN: &[(Beside, &str)] = &[
    (Beside::Event, "x-webhook-event"),
    (Beside::Time, "x-webhook-timestamp"),
    (Beside::Id, "x-webhook-id"),
    (Beside::Delivery, "x-webhook-delivery"),
];

/// Headers by which a request can be told to be in another dialect than was asked for.
pub(crate) const SIGNATURE_HEADERS: [&str; 11] = [
    "webhook-signature",
    "svix-signature",
    "x-hub-signature-256",
    "x-hub-signature-512",
    "x-webhook-signature",
    "stripe-signature",
    "x-slack-signature",
    "x-shopify-hmac-sha256",
    "x-signature-ed25519",
    "x-square-hmacsha256-signature",
    "x-twilio-signature",
];

impl Dialect {
    /// Its row, with this hash where it can be chosen.
    pub(crate) fn form(&self, algorithm: Algorithm) -> Form<'_> {
        let hash = Hash::from(algorithm);
        let (hub, hub_previous) = HUB[usize::from(algorithm == Algorithm::Sha512)];
        let none = Part::None;
        match self {
            Dialect::Standard => {
                let beside = &[(Beside::Id, "webhook-id"), (Beside::Time, "webhook-timestamp")];
                Form::versions("webhook-signature", beside)
            }
            Dialect::Svix => {
                let beside = &[(Beside::Id, "svix-id"), (Beside::Time, "svix-timestamp")];
                Form::versions("svix-signature", beside)
            }
            Dialect::Hub => {
                let scheme = Written::Scheme(algorithm.scheme());
                Form { previous: Some(hub_previous), hash, ..Form::of(hub, scheme) }
            }
            Dialect::GitHub => {
                let beside = &[(Beside::Event, "x-github-event"), (Beside::Id, "x-github-delivery")];
                Form { beside, ..Form::of(HUB[0].0, Written::Scheme("sha256=")) }
            }
            Dialect::Plain => {
                let (scheme, previous) = (Written::Scheme(algorithm.scheme()), Some("x-webhook-signature-previous"));
                Form { previous, hash, beside: PLAIN, ..Form::of("x-webhook-signature", scheme) }
            }
            Dialect::Timestamped { header, separator } => Form {
                hash,
                before: [Part::Time, Part::Text(separator), none, none],
                ..Form::of(header, Written::Pairs)
            },
            Dialect::Stripe => {
                let before = [Part::Time, Part::Text("."), none, none];
                Form { before, ..Form::of("stripe-signature", Written::Pairs) }
            }
            Dialect::Slack => Form {
                beside: &[(Beside::Time, "x-slack-request-timestamp")],
                before: [Part::Text("v0:"), Part::Time, Part::Text(":"), none],
                ..Form::of("x-slack-signature", Written::Scheme("v0="))
            },
            Dialect::Shopify => {
                let beside = &[(Beside::Event, "x-shopify-topic"), (Beside::Id, "x-shopify-webhook-id")];
                Form { beside, ..Form::of("x-shopify-hmac-sha256", Written::Base64) }
            }
            #[cfg(feature = "ed25519")]
            Dialect::Discord => Form {
                key: KeyForm::Ed25519,
                beside: &[(Beside::Time, "x-signature-timestamp")],
                before: [Part::Time, none, none, none],
                ..Form::of("x-signature-ed25519", Written::Ed25519Hex)
            },
            Dialect::Square { url } => {
                let before = [Part::Url, none, none, none];
                Form { before, set_url: url, ..Form::of("x-square-hmacsha256-signature", Written::Base64) }
            }
            #[cfg(feature = "twilio")]
            Dialect::Twilio { url } => Form {
                set_url: url,
                hash: Hash::Sha1,
                before: [Part::Url, none, none, none],
                covers: Covers::Fields,
                ..Form::of("x-twilio-signature", Written::Base64)
            },
        }
    }
}

impl<'d> Form<'d> {
    /// HMAC-SHA-256 of the body under the secret's text.
    fn of(header: &'d str, written: Written) -> Form<'d> {
        Form {
            header,
            previous: None,
            written,
            hash: Hash::Sha256,
            key: KeyForm::Text,
            beside: &[],
            before: [Part::None; 4],
            covers: Covers::Bytes,
            set_url: "",
        }
    }

    /// As Standard Webhooks has it.
    fn versions(header: &'d str, beside: &'static [(Beside, &'static str)]) -> Form<'d> {
        let before = [Part::Id, Part::Text("."), Part::Time, Part::Text(".")];
        Form { key: KeyForm::Decoded, beside, before, ..Form::of(header, Written::Versions) }
    }

    /// The header that holds this, if one does.
    pub(crate) fn header_of(&self, what: Beside) -> Option<&'static str> {
        self.beside.iter().find(|(held, _)| *held == what).map(|(_, name)| *name)
    }

    /// Whether this is under the signature.
    pub(crate) fn signs(&self, part: Part<'_>) -> bool {
        self.before.contains(&part)
    }

    /// What stands behind the time in what is signed: it must end the time.
    pub(crate) fn after_time(&self) -> &'d str {
        let mut parts = self.before.iter().skip_while(|part| **part != Part::Time).skip(1);
        match parts.next() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// Whether older secrets can sign beside the newest.
    pub(crate) fn several(&self) -> bool {
        matches!(self.written, Written::Versions | Written::Pairs)
    }

    /// The headers that a receiver goes by.
    #[cfg(feature = "http")]
    pub(crate) fn header_names(&self) -> impl Iterator<Item = &'d str> + use<'d> {
        let beside = self.beside.iter().filter(|(held, _)| matches!(held, Beside::Id | Beside::Time));
        let content_type = self.covers_by_content_type().then_some(CONTENT_TYPE);
        let own = [Some(self.header), self.previous, content_type].into_iter().flatten();
        own.chain(beside.map(|(_, name)| *name))
    }

    /// Whether what is signed of a body depends on the kind that the request says it is of.
    pub(crate) fn covers_by_content_type(&self) -> bool {
        self.covers != Covers::Bytes
    }

    /// What of the body is signed in a request to this URL, where its kind matters and is told. `None` if the body is not what
    /// it has to be.
    pub(crate) fn covered<'b>(&self, url: &str, content_type: Option<&str>, body: &'b [u8]) -> Option<Cow<'b, [u8]>> {
        match self.covers {
            Covers::Bytes => {
                let _ = (url, content_type);
                Some(Cow::Borrowed(body))
            }
            #[cfg(feature = "twilio")]
            Covers::Fields => crate::twilio::covered(self.set_url, url, content_type, body).map(Cow::Owned),
        }
    }

    /// What is signed before the body, with this id, time and URL in their places.
    pub(crate) fn prefix<'a>(&self, id: &'a str, time: &'a str, url: &'a str) -> [&'a [u8]; 4]
    where
        'd: 'a,
    {
        self.before.map(|part| match part {
            Part::None => &b""[..],
            Part::Id => id.as_bytes(),
            Part::Time => time.as_bytes(),
            Part::Text(text) => text.as_bytes(),
            Part::Url => url.as_bytes(),
        })
    }
}
