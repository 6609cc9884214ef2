//! The text of an API key: made, hashed, hinted at.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use crate::random;

/// A key's text, which opens the API to whoever has it.
pub struct KeyText(String);

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(…)")
    }
}

impl KeyText {
    /// What an API key begins with.
    pub const KEY: &str = "lhk_";
    /// What the cookie of a session begins with.
    pub const SESSION: &str = "lhs_";
    /// What the code of a link begins with.
    pub const LINK: &str = "lhl_";

    /// A new one: this, and 32 random bytes.
    pub fn generate(beginning: &str) -> KeyText {
        KeyText(format!("{beginning}{}", URL_SAFE_NO_PAD.encode(random::bytes::<32>())))
    }

    /// One that was chosen elsewhere.
    pub fn given(text: &str) -> KeyText {
        KeyText(text.to_owned())
    }

    /// What the key is kept as.
    pub fn hash(&self) -> [u8; 32] {
        hash(self.0.as_bytes())
    }

    /// The characters by which people tell keys apart.
    pub fn hint(&self) -> String {
        self.0.chars().take(8).collect()
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// What a page has to send with each change, besides the cookie with this text that the browser sends by itself. Another site's page
/// can make a browser send the cookie; it cannot read this.
pub fn csrf_token(cookie: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::new().chain_update(b"lanehook csrf token\0").chain_update(cookie).finalize())
}

/// What a key with this text is kept as.
pub fn hash(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_random_and_shows_eight_characters() {
        let (one, two) = (KeyText::generate(KeyText::KEY), KeyText::generate(KeyText::KEY));
        assert_ne!(one.expose(), two.expose());
        assert_eq!(one.expose().len(), 4 + 43);
        assert!(one.hint().starts_with("lhk_") && one.hint().len() == 8);
        assert!(!format!("{one:?}").contains(one.expose()));
    }
}
