//! The address of a mailbox.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `name@example.com`: what RFC 5321 (4.1.2) writes without quotes, in ASCII, at a host with a name. So nothing in it can end a header
/// or a command, or name a second mailbox.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, max_length = 254, example = "on-call@example.com")]
pub struct MailAddress(String);

impl MailAddress {
    /// The part before the `@`, and the host behind it.
    pub fn parts(&self) -> (&str, &str) {
        self.0.split_once('@').unwrap_or_default()
    }

    /// As it was read before.
    pub fn kept(text: &str) -> MailAddress {
        MailAddress(text.to_owned())
    }
}

impl FromStr for MailAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<MailAddress, String> {
        let is_address = |text: &str| {
            let (mailbox, host) = text.split_once('@')?;
            let in_atom = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&c);
            let atoms = mailbox.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(in_atom));
            let in_label = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
            let is_label = |label: &str| {
                let ends = !label.starts_with('-') && !label.ends_with('-');
                (1..=63).contains(&label.len()) && ends && label.bytes().all(in_label)
            };
            (text.len() <= 254 && mailbox.len() <= 64 && atoms && host.split('.').all(is_label)).then_some(())
        };
        match is_address(text) {
            Some(()) => Ok(MailAddress(text.to_owned())),
            None => Err("is no address of a mailbox; write it like name@example.com, without a name before it".into()),
        }
    }
}

impl TryFrom<String> for MailAddress {
    type Error = String;
    fn try_from(text: String) -> Result<MailAddress, String> {
        text.parse()
    }
}

impl From<MailAddress> for String {
    fn from(address: MailAddress) -> String {
        address.0
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_mailbox_and_nothing_else() {
        for good in ["a@b", "on-call@example.com", "first.last+tag@mail.example.co.uk", "o'neil@x-y.example"] {
            assert_eq!(good.parse::<MailAddress>().unwrap().to_string(), good);
        }
        let long = format!("{}@example.com", "a".repeat(65));
        for bad in [
            "",
            "a",
            "@b",
            "a@",
            "a@b@c",
            "a b@c",
            "a@b c",
            "a@b\r\nBcc: d@e",
            "a\n@b",
            "<a@b>",
            "A <a@b>",
            "a@b,c@d",
            "a@b;c@d",
            "\"a\"@b",
            "a..b@c",
            ".a@b",
            "a@-b",
            "a@b-",
            "a@.b",
            "a@[127.0.0.1]",
            "ä@b",
            "a@ä",
            "a@b\0",
            &long,
        ] {
            assert!(bad.parse::<MailAddress>().is_err(), "{bad:?}");
        }
    }
}
