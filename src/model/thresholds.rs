//! From when on something is told: the server's settings, and what a tenant says instead.

use std::{ops::RangeInclusive, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use utoipa::ToSchema;

use super::{MailAddress, Span};

/// The most addresses that a tenant's notices are mailed to.
const MOST_ADDRESSES: usize = 5;

/// From when on something is told. They hold for a webhook's health, too: what notices call failing is shown as failing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Thresholds {
    /// A webhook that is failing is told of when it has been so for this long.
    pub failing_after: Span,
    /// A webhook is failing, too, when so many hundredths of its tries of the last quarter of an hour failed.
    pub failure_share: Option<u8>,
    /// A webhook is failing, too, when something that is due has waited for so long.
    pub oldest_due: Option<Span>,
    /// A tenant is near a quota from so many hundredths of it on.
    pub quota_near: u8,
    /// An API key is told of so long before it expires.
    pub key_expires: Span,
}

impl Thresholds {
    pub const FAILING_AFTER: RangeInclusive<Span> = Span::seconds(0)..=Span::seconds(86_400);
    pub const FAILURE_SHARE: RangeInclusive<u8> = 1..=100;
    /// From a minute on, since after that it is degraded.
    pub const OLDEST_DUE: RangeInclusive<Span> = Span::seconds(60)..=Span::seconds(7 * 86_400);
    pub const QUOTA_NEAR: RangeInclusive<u8> = 50..=99;
    pub const KEY_EXPIRES: RangeInclusive<Span> = Span::seconds(3_600)..=Span::seconds(90 * 86_400);
    /// No two notices of one webhook's beginning and end come within this time, or within `failing_after`, if that is longer.
    pub const LEAST_PAUSE: Duration = Duration::from_secs(60);

    /// How long a webhook does well before it has recovered, and how long after that no other trouble of it is told.
    pub fn pause(&self) -> Duration {
        Thresholds::LEAST_PAUSE.max(self.failing_after.0)
    }
}

impl Default for Thresholds {
    fn default() -> Thresholds {
        Thresholds {
            failing_after: Span::seconds(0),
            failure_share: None,
            oldest_due: None,
            quota_near: 80,
            key_expires: Span::seconds(7 * 86_400),
        }
    }
}

/// When a tenant is told of what happens to it, and where besides its webhooks. What is null is as the server's settings say.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeSettings {
    /// A webhook that is failing is told of when it has been so for this long, at most a day (`notices.failing_after` of the server).
    #[serde(default, deserialize_with = "failing_after")]
    #[schema(value_type = Option<String>, example = "5m")]
    pub failing_after: Option<Span>,
    /// A webhook is failing, too, when so many hundredths of at least ten tries of the last 15 minutes failed
    /// (`notices.failure_share`).
    #[serde(default, deserialize_with = "failure_share")]
    #[schema(minimum = 1, maximum = 100, example = 50)]
    pub failure_share: Option<u8>,
    /// A webhook is failing, too, when something that is due has waited for so long: from `1m` to `7d` (`notices.oldest_due`).
    #[serde(default, deserialize_with = "oldest_due")]
    #[schema(value_type = Option<String>, example = "10m")]
    pub oldest_due: Option<Span>,
    /// `lanehook.quota.near` is told from so many hundredths of a quota on (`notices.quota_near`).
    #[serde(default, deserialize_with = "quota_near")]
    #[schema(minimum = 50, maximum = 99, example = 80)]
    pub quota_near: Option<u8>,
    /// `lanehook.key.expiring` is told so long before: from `1h` to `90d` (`notices.key_expires`).
    #[serde(default, deserialize_with = "key_expires")]
    #[schema(value_type = Option<String>, example = "7d")]
    pub key_expires: Option<Span>,
    /// Where notices are mailed to, if the server sends mail (`smtp.host`).
    #[serde(default, deserialize_with = "mail_to")]
    #[schema(max_items = 5)]
    pub mail_to: Vec<MailAddress>,
}

impl NoticeSettings {
    /// What holds, with `default` where nothing is said.
    pub fn or(&self, default: &Thresholds) -> Thresholds {
        Thresholds {
            failing_after: self.failing_after.unwrap_or(default.failing_after),
            failure_share: self.failure_share.or(default.failure_share),
            oldest_due: self.oldest_due.or(default.oldest_due),
            quota_near: self.quota_near.unwrap_or(default.quota_near),
            key_expires: self.key_expires.unwrap_or(default.key_expires),
        }
    }
}

macro_rules! within {
    ($($name:ident: $kind:ty = $range:ident;)*) => {
        $(fn $name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<$kind>, D::Error> {
            match Option::<$kind>::deserialize(deserializer)? {
                Some(value) if !Thresholds::$range.contains(&value) => {
                    let (least, most) = Thresholds::$range.into_inner();
                    Err(D::Error::custom(format!("is from {least} to {most}, not {value}")))
                }
                value => Ok(value),
            }
        })*
    };
}

within! {
    failing_after: Span = FAILING_AFTER;
    failure_share: u8 = FAILURE_SHARE;
    oldest_due: Span = OLDEST_DUE;
    quota_near: u8 = QUOTA_NEAR;
    key_expires: Span = KEY_EXPIRES;
}

fn mail_to<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<MailAddress>, D::Error> {
    let addresses = Vec::<MailAddress>::deserialize(deserializer)?;
    match addresses.len() {
        0..=MOST_ADDRESSES => Ok(addresses),
        count => Err(D::Error::custom(format!("at most {MOST_ADDRESSES} addresses are possible, these are {count}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::read_json;

    #[test]
    fn what_a_tenant_does_not_say_is_as_the_server_says() {
        let server = Thresholds { failure_share: Some(30), ..Thresholds::default() };
        let own = NoticeSettings { oldest_due: Some(Span::seconds(600)), ..NoticeSettings::default() };
        let expected = Thresholds { oldest_due: Some(Span::seconds(600)), ..server };
        assert_eq!(own.or(&server), expected);
        assert_eq!(NoticeSettings { failure_share: Some(9), ..own }.or(&server).failure_share, Some(9));
    }

    #[test]
    fn no_pause_is_shorter_than_a_minute() {
        let pause =
            |seconds| Thresholds { failing_after: Span::seconds(seconds), ..Thresholds::default() }.pause().as_secs();
        assert_eq!((pause(0), pause(600)), (60, 600));
    }

    #[test]
    fn a_threshold_out_of_bounds_is_refused_with_them() {
        for (json, pointer, part) in [
            (r#"{"failing_after":"2d"}"#, "/failing_after", "from 0s to 1d"),
            (r#"{"failure_share":0}"#, "/failure_share", "from 1 to 100"),
            (r#"{"oldest_due":"59s"}"#, "/oldest_due", "from 1m to 7d"),
            (r#"{"quota_near":100}"#, "/quota_near", "from 50 to 99"),
            (r#"{"key_expires":"1m"}"#, "/key_expires", "from 1h to 90d"),
            (r#"{"mail_to":["a@b.c","a@b.c","a@b.c","a@b.c","a@b.c","a@b.c"]}"#, "/mail_to", "at most 5"),
            (r#"{"mail_to":["a@b.c\nBcc: d@e.f"]}"#, "/mail_to/0", "no address of a mailbox"),
        ] {
            let error = read_json::<NoticeSettings>(json.as_bytes()).unwrap_err();
            assert_eq!(error.pointer, pointer, "{error:?}");
            assert!(error.message.contains(part), "{error:?}");
        }
    }
}
