//! Whether a dialect, as it is set, can be verified in at all.

use crate::dialect::Dialect;

/// Why a dialect cannot be verified in, as it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The secret or the public key is not one for this dialect.
    #[error(transparent)]
    Secret(#[from] crate::SecretError),
    /// No request has a header of that name.
    #[error("the name of the signature's header can be no header's name")]
    HeaderName,
    /// Square and Twilio sign the URL.
    #[error("the URL must be the one that is set at the sender, with http:// or https://, and visible ASCII")]
    Url,
}

impl Dialect {
    /// Whether requests in it can exist.
    pub(crate) fn check(&self) -> Result<(), SetupError> {
        let visible = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        match self {
            Dialect::Timestamped { header, .. } if !is_token(header) => Err(SetupError::HeaderName),
            Dialect::Square { url } if !is_url(url) || !visible(url) => Err(SetupError::Url),
            #[cfg(feature = "twilio")]
            Dialect::Twilio { url } if !is_url(url) || !visible(url) => Err(SetupError::Url),
            _ => Ok(()),
        }
    }
}

fn is_url(text: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
}

/// RFC 9110, section 5.6.2.
pub(crate) fn is_token(name: &str) -> bool {
    let of_a_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(of_a_token)
}
