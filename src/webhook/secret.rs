//! Secrets that callers bring along or have made.

use lanehook_signature::Secret;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::model::{FieldError, REDACTED};

/// What kind of secret to generate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SecretType {
    /// A shared secret, `whsec_…`.
    #[default]
    Hmac,
    /// A signing key, `whsk_…`, whose public half is for receivers.
    Ed25519,
}

impl SecretType {
    /// A new secret of this kind, made of these bytes.
    pub fn generate(self, random: [u8; 32]) -> Secret {
        match self {
            SecretType::Hmac => Secret::generate_hmac(random),
            SecretType::Ed25519 => Secret::generate_ed25519(random),
        }
    }
}

/// Characters of a shared secret, in each of which there are five or six bits of chance, that nobody guesses.
const SAFE: usize = 24;

/// A caller's own secret: of any length, since a receiver's cannot always be changed.
pub fn own_secret(text: &str) -> Result<Secret, FieldError> {
    let wrong = |message: String| FieldError::at("/secret", message);
    let printable = text.bytes().all(|c| c == b' ' || c.is_ascii_graphic()) && text.trim() == text;
    if !(1..=512).contains(&text.len()) || !printable {
        let message = "a secret is 1 to 512 printable ASCII characters without surrounding spaces; leave it out to have \
                       one generated, or send null for none";
        return Err(wrong(message.into()));
    }
    if text == REDACTED {
        return Err(wrong("this is the placeholder that stands for a credential; send the secret itself".into()));
    }
    Secret::parse(text).map_err(|error| wrong(error.to_string()))
}

/// What is doubtful about a secret. Whoever sees one signed request can try short ones as fast as a processor goes, without asking anybody.
pub fn doubt_about(secret: &Secret) -> Option<FieldError> {
    let is_guessable = secret.public_key().is_none() && secret.expose().len() < SAFE;
    is_guessable.then(|| {
        let message = format!(
            "has fewer than {SAFE} characters: whoever sees a signed request can find a short secret by trying; rotate it to one of \
             {SAFE} random characters or more, or leave it out to have one generated"
        );
        FieldError::at("/secret", message)
    })
}
