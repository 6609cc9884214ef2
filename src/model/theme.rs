//! How a tenant's portal looks. Strangers see it, so nothing of it can be more than a colour, an image or a short text.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How a tenant's portal looks.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Theme {
    /// The colour of the main button, the logo's tile and the selected tab; none: lanehook's own.
    pub accent: Option<Accent>,
    /// The image beside the title.
    pub logo: Option<Logo>,
    /// Light, dark, or as the reader's system has it.
    pub mode: ThemeMode,
    /// How round corners are, in pixels; none: as lanehook has them.
    pub radius: Option<u8>,
    /// Whose portal it is, for its readers.
    pub name: String,
}

impl Theme {
    /// The roundest corners.
    pub const LARGEST_RADIUS: u8 = 12;
    /// Characters of the name.
    pub const LONGEST_NAME: usize = 100;
}

/// Light or dark.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThemeMode {
    Light,
    Dark,
    #[default]
    Auto,
}

/// A colour: `#` and six hex digits, of red, green and blue.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Accent(String);

impl Accent {
    /// Checks the form; digits are kept in lower case.
    pub fn parse(text: &str) -> Result<Accent, String> {
        match text.strip_prefix('#') {
            Some(digits) if digits.len() == 6 && digits.bytes().all(|c| c.is_ascii_hexdigit()) => {
                Ok(Accent(text.to_ascii_lowercase()))
            }
            _ => Err("a colour is `#` and six hex digits, like `#2456d6`".into()),
        }
    }

    /// As the store has it, where it was checked when it was taken in.
    pub fn kept(text: &str) -> Accent {
        Accent(text.into())
    }

    /// The colour.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Accent {
    type Error = String;
    fn try_from(text: String) -> Result<Accent, String> {
        Accent::parse(&text)
    }
}

impl From<Accent> for String {
    fn from(accent: Accent) -> String {
        accent.0
    }
}

/// An image as a data URL (RFC 2397): PNG, JPEG or WebP in base64, 64 KiB at most as it is written. Never SVG, which can hold scripts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Logo(String);

/// Whether bytes are an image of some kind.
type IsOne = fn(&[u8]) -> bool;

impl Logo {
    /// Characters of the URL.
    pub const LONGEST: usize = 64 << 10;

    /// Checks that it is such an image, as far as its first bytes tell.
    pub fn parse(text: &str) -> Result<Logo, String> {
        if text.len() > Logo::LONGEST {
            return Err(format!(
                "a logo has at most {} bytes as it is written, this has {}",
                Logo::LONGEST,
                text.len()
            ));
        }
        let kinds: [(&str, IsOne); 3] = [
            ("png", |image| image.starts_with(b"\x89PNG\r\n\x1a\n")),
            ("jpeg", |image| image.starts_with(b"\xff\xd8\xff")),
            ("webp", |image| image.starts_with(b"RIFF") && image.get(8..12) == Some(b"WEBP")),
        ];
        let of_kind = |(kind, is_one): &(&str, IsOne)| {
            let coded = text.strip_prefix("data:image/")?.strip_prefix(kind)?.strip_prefix(";base64,")?;
            Some(STANDARD.decode(coded).is_ok_and(|image| is_one(&image)))
        };
        match kinds.iter().find_map(of_kind) {
            Some(true) => Ok(Logo(text.into())),
            Some(false) => Err("this is no image of the kind that it says, in base64".into()),
            None => Err(
                "a logo is a data URL of a PNG, JPEG or WebP image, like `data:image/png;base64,…`; no SVG, and no \
                     address of another kind"
                    .into(),
            ),
        }
    }

    /// As the store has it, where it was checked when it was taken in.
    pub fn kept(text: &str) -> Logo {
        Logo(text.into())
    }

    /// The URL.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Logo {
    type Error = String;
    fn try_from(text: String) -> Result<Logo, String> {
        Logo::parse(&text)
    }
}

impl From<Logo> for String {
    fn from(logo: Logo) -> String {
        logo.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(kind: &str, image: &[u8]) -> String {
        format!("data:image/{kind};base64,{}", STANDARD.encode(image))
    }

    #[test]
    fn a_logo_is_an_image_of_the_kind_that_it_says() {
        let (png, jpeg, webp) = (b"\x89PNG\r\n\x1a\n....", b"\xff\xd8\xff\xe0....", b"RIFF....WEBPVP8 ");
        for (kind, image) in [("png", &png[..]), ("jpeg", jpeg), ("webp", webp)] {
            assert_eq!(Logo::parse(&url(kind, image)).unwrap().as_str(), url(kind, image));
        }
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
        for wrong in [
            url("svg+xml", svg),
            url("png", svg),
            url("png", jpeg),
            url("jpeg", b""),
            url("gif", b"GIF89a"),
            url("png;charset=x", png),
            url("PNG", png),
            url("png", png).replace(";base64", ""),
            format!("{}\"", url("png", png)),
            format!("{} ", url("png", png)),
            "https://example.com/logo.png".into(),
            "javascript:alert(1)".into(),
            "data:text/html;base64,PHNjcmlwdD4=".into(),
            String::new(),
        ] {
            assert!(Logo::parse(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_logo_is_as_long_as_it_may_be_and_no_longer() {
        let of_length = |length: usize| {
            let start = "data:image/png;base64,".len();
            let image = [b"\x89PNG\r\n\x1a\n", vec![0; (length - start) / 4 * 3 - 8].as_slice()].concat();
            url("png", &image)
        };
        let longest = of_length(Logo::LONGEST);
        assert!(longest.len() <= Logo::LONGEST && longest.len() > Logo::LONGEST - 4);
        assert!(Logo::parse(&longest).is_ok());
        assert!(Logo::parse(&of_length(Logo::LONGEST + 4)).unwrap_err().contains("65536"));
    }

    #[test]
    fn an_accent_is_six_hex_digits() {
        assert_eq!(Accent::parse("#2456D6").unwrap().as_str(), "#2456d6");
        for wrong in ["2456d6", "#2456d", "#2456d67", "#2456dg", "red", "#2456d6;", "", "#é456d"] {
            assert!(Accent::parse(wrong).is_err(), "{wrong}");
        }
    }
}
