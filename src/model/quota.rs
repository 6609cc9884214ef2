//! What a tenant may have, and what it has: one list for everything that is counted.

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use utoipa::ToSchema;

use super::RateLimit;

/// Something of which a tenant may have so much and no more.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum QuotaKind {
    /// API keys, those that have expired included.
    ApiKeys,
    /// Webhooks in any status.
    Webhooks,
    /// Bytes of its webhooks' settings and secrets as they are kept, and half of what these take in memory besides, by a rule:
    /// all of them are in memory, which takes, as measured, 1.5 to 2.5 times as much as this counts.
    WebhookBytes,
    /// Regular expressions in its webhooks' filters.
    Patterns,
    /// Deliveries that are pending or wait for a retry, those of large fan-outs that are still to come included.
    OwedDeliveries,
    /// Bytes of its events that are kept, with the rows of their deliveries ([`kept_bytes`](super::kept_bytes)), and of what it saves by
    /// name.
    EventBytes,
    /// What it saves by name.
    Saved,
}

impl QuotaKind {
    /// All of them, in the order of [`Amounts`].
    pub const ALL: [QuotaKind; 7] = [
        QuotaKind::ApiKeys,
        QuotaKind::Webhooks,
        QuotaKind::WebhookBytes,
        QuotaKind::Patterns,
        QuotaKind::OwedDeliveries,
        QuotaKind::EventBytes,
        QuotaKind::Saved,
    ];

    /// Its name in a tenant's `quotas` and `usage`.
    pub fn as_str(self) -> &'static str {
        match self {
            QuotaKind::ApiKeys => "api_keys",
            QuotaKind::Webhooks => "webhooks",
            QuotaKind::WebhookBytes => "webhook_bytes",
            QuotaKind::Patterns => "patterns",
            QuotaKind::OwedDeliveries => "owed_deliveries",
            QuotaKind::EventBytes => "event_bytes",
            QuotaKind::Saved => "saved",
        }
    }

    /// The setting of the server for tenants that say nothing.
    pub fn setting(self) -> &'static str {
        match self {
            QuotaKind::ApiKeys => "tenant_keys",
            QuotaKind::Webhooks => "tenant_webhooks",
            QuotaKind::WebhookBytes => "tenant_webhook_bytes",
            QuotaKind::Patterns => "tenant_patterns",
            QuotaKind::OwedDeliveries => "tenant_owed_deliveries",
            QuotaKind::EventBytes => "tenant_event_bytes",
            QuotaKind::Saved => "tenant_saved",
        }
    }

    /// What the setting and a tenant's quota can be, from and to.
    pub fn bounds(self) -> (u64, u64) {
        match self {
            QuotaKind::ApiKeys => (1, 100_000),
            QuotaKind::Webhooks => (1, 10_000_000),
            QuotaKind::WebhookBytes => (1 << 20, 1 << 40),
            QuotaKind::Patterns => (0, 1_000_000),
            QuotaKind::OwedDeliveries => (1, 10_000_000_000),
            QuotaKind::EventBytes => (1 << 20, 1 << 50),
            QuotaKind::Saved => (0, 100_000),
        }
    }

    /// What it counts, in the plural.
    fn noun(self) -> &'static str {
        match self {
            QuotaKind::ApiKeys => "API keys",
            QuotaKind::Webhooks => "webhooks",
            QuotaKind::WebhookBytes => "bytes of webhooks' settings",
            QuotaKind::Patterns => "regular expressions in webhooks' filters",
            QuotaKind::OwedDeliveries => "owed deliveries",
            QuotaKind::EventBytes => "bytes of events",
            QuotaKind::Saved => "things saved by name",
        }
    }

    /// What its tenant can do about it.
    fn cure(self) -> &'static str {
        match self {
            QuotaKind::ApiKeys => "revoke one that is not used",
            QuotaKind::Webhooks | QuotaKind::Saved => "delete one that is not needed",
            QuotaKind::WebhookBytes => {
                "shorten lists in filters, templates and scripts, or delete a webhook that is not needed"
            }
            QuotaKind::Patterns => {
                "join patterns with `|`, use `$in`, `$startsWith` or `$contains`, or delete a webhook"
            }
            QuotaKind::OwedDeliveries => {
                "wait until some are delivered, or disable a webhook that does not answer, which cancels what it is owed"
            }
            QuotaKind::EventBytes => {
                "wait until the server's `retention` has deleted the oldest, or publish smaller events, or ask its operator \
                 for a shorter `retention`"
            }
        }
    }
}

/// An amount of everything that is counted: what may be had, or what there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Amounts([u64; QuotaKind::ALL.len()]);

impl Amounts {
    /// How much a tenant may have of which nothing else is said.
    ///
    /// - A key takes 300 bytes; 100 are enough to have one for each program and to replace it.
    /// - 100,000 webhooks are what matching and lanes are measured with. With settings of 2 KB they take 200 MB, so their
    ///   bytes are bounded a little above that: a tenant with large templates has fewer. So are 10,000 lists of 500 symbols.
    /// - A pattern takes up to 1 ms to compile for an event when its memory was needed for another, so 1,000 of them make
    ///   an event that asks for all take a second, of the tenant's own time.
    /// - 10,000,000 deliveries are 17 GB on disk at 1 KB each. A webhook that does not answer is disabled after five days;
    ///   it gets there sooner only with 23 events a second.
    /// - 1 TiB of events is what 280 events of 1 KB a second leave in the 30 days of retention. What it takes on disk with indexes
    ///   and attempts is up to twice as much, so most disks are full before: then whoever keeps more than others is refused first
    ///   (`min_free_disk`). Where strangers share a disk, their operator sets less.
    /// - What is saved by name is for people to choose from. It counts in the bytes of events, too.
    pub const DEFAULT: Amounts = Amounts([100, 100_000, 256 << 20, 1_000, 10_000_000, 1 << 40, 1_000]);
    /// No limits.
    pub const UNLIMITED: Amounts = Amounts([u64::MAX; QuotaKind::ALL.len()]);

    /// How much of this.
    pub fn of(&self, kind: QuotaKind) -> u64 {
        self.0[kind as usize]
    }

    /// The same with so much of this.
    pub fn with(mut self, kind: QuotaKind, amount: u64) -> Amounts {
        self.0[kind as usize] = amount;
        self
    }

    /// So much more or less of this, and never less than nothing.
    pub fn add(&mut self, kind: QuotaKind, delta: i64) {
        let amount = &mut self.0[kind as usize];
        *amount = amount.saturating_add_signed(delta);
    }

    /// Whether there is nothing of anything.
    pub fn is_nothing(&self) -> bool {
        self.0.iter().all(|&amount| amount == 0)
    }

    /// Whether `asked` more is possible, of which there is so much, where at most `most` may be.
    ///
    /// # Errors
    /// It is not; who asks for nothing is always served, also where a quota was lowered.
    pub fn allow(&self, most: &Amounts, kind: QuotaKind, asked: u64) -> Result<(), QuotaReached> {
        let (used, most) = (self.of(kind), most.of(kind));
        match asked == 0 || used.saturating_add(asked) <= most {
            true => Ok(()),
            false => Err(QuotaReached { kind, used, asked, most }),
        }
    }
}

/// A tenant has as much of something as it may.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "the tenant has {used} {}, {asked} more {} asked for, and its quota `{}` is {most}: {}, or let the operator raise the \
     quota (PATCH /api/v1/tenants/{{id}} with `quotas.{}`, or the server's setting `{}`)",
    .kind.noun(), if *.asked == 1 { "is" } else { "are" }, .kind.as_str(), .kind.cure(), .kind.as_str(), .kind.setting()
)]
pub struct QuotaReached {
    /// Of what.
    pub kind: QuotaKind,
    /// How much it has.
    pub used: u64,
    /// How much more was asked for.
    pub asked: u64,
    /// How much it may have.
    pub most: u64,
}

/// How much a tenant may ask for. What is null is as the server's settings say. Where a quota is lowered, what is there stays,
/// and nothing is added.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Quotas {
    /// How often all of its API keys together may call (`tenant_rate` of the server).
    #[serde(default)]
    pub rate_limit: Option<RateLimit>,
    /// The most API keys, those that have expired included (`tenant_keys` of the server).
    #[serde(default, deserialize_with = "api_keys")]
    #[schema(minimum = 1, maximum = 100_000)]
    pub api_keys: Option<u64>,
    /// The most webhooks (`tenant_webhooks`).
    #[serde(default, deserialize_with = "webhooks")]
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub webhooks: Option<u64>,
    /// The most bytes of all its webhooks' settings and secrets as they are kept, with half of what they take in memory besides: a
    /// value of a list in a filter counts about 40 bytes and one and a half times its length, a clause of a filter 200 to 600, an
    /// event type 100 (`tenant_webhook_bytes`).
    #[serde(default, deserialize_with = "webhook_bytes")]
    #[schema(minimum = 1_048_576)]
    pub webhook_bytes: Option<u64>,
    /// The most regular expressions in all its webhooks' filters (`tenant_patterns`).
    #[serde(default, deserialize_with = "patterns")]
    #[schema(maximum = 1_000_000)]
    pub patterns: Option<u64>,
    /// The most deliveries that are pending or wait for a retry (`tenant_owed_deliveries`). Publishing is refused (429) where an
    /// event would cause more.
    #[serde(default, deserialize_with = "owed_deliveries")]
    #[schema(minimum = 1)]
    pub owed_deliveries: Option<u64>,
    /// The most bytes of its events that are kept: their data, 256 for each event, and 256 for each of its deliveries
    /// (`tenant_event_bytes`). Publishing is refused (429) where it would be more, until retention has deleted some.
    #[serde(default, deserialize_with = "event_bytes")]
    #[schema(minimum = 1_048_576)]
    pub event_bytes: Option<u64>,
    /// The most events and reports that are saved by name (`tenant_saved`). They count in `event_bytes`, too.
    #[serde(default, deserialize_with = "saved")]
    #[schema(maximum = 100_000)]
    pub saved: Option<u64>,
}

impl Quotas {
    /// How much of this, where something is said about it.
    pub fn of(&self, kind: QuotaKind) -> Option<u64> {
        match kind {
            QuotaKind::ApiKeys => self.api_keys,
            QuotaKind::Webhooks => self.webhooks,
            QuotaKind::WebhookBytes => self.webhook_bytes,
            QuotaKind::Patterns => self.patterns,
            QuotaKind::OwedDeliveries => self.owed_deliveries,
            QuotaKind::EventBytes => self.event_bytes,
            QuotaKind::Saved => self.saved,
        }
    }

    /// How much of everything, with `default` where nothing is said.
    pub fn or(&self, default: &Amounts) -> Amounts {
        QuotaKind::ALL.into_iter().fold(*default, |most, kind| most.with(kind, self.of(kind).unwrap_or(most.of(kind))))
    }
}

macro_rules! bounded {
    ($($name:ident $kind:ident;)*) => {
        $(fn $name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
            bounded(QuotaKind::$kind, deserializer)
        })*
    };
}

bounded! {
    api_keys ApiKeys;
    webhooks Webhooks;
    webhook_bytes WebhookBytes;
    patterns Patterns;
    owed_deliveries OwedDeliveries;
    event_bytes EventBytes;
    saved Saved;
}

fn bounded<'de, D: Deserializer<'de>>(kind: QuotaKind, deserializer: D) -> Result<Option<u64>, D::Error> {
    let (least, most) = kind.bounds();
    match Option::<u64>::deserialize(deserializer)? {
        Some(amount) if !(least..=most).contains(&amount) => {
            Err(D::Error::custom(format!("is from {least} to {most}, not {amount}")))
        }
        amount => Ok(amount),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_where_a_quota_is_lowered_and_nothing_is_added() {
        let most = Amounts::DEFAULT.with(QuotaKind::Webhooks, 5);
        let check = |used: u64, asked: u64| {
            Amounts::default().with(QuotaKind::Webhooks, used).allow(&most, QuotaKind::Webhooks, asked).is_ok()
        };
        assert!(check(4, 1) && check(0, 5) && check(9, 0));
        assert!(!check(5, 1) && !check(0, 6) && !check(9, 1) && !check(1, u64::MAX));
    }

    #[test]
    fn a_refusal_names_quota_use_limit_and_cure() {
        for kind in QuotaKind::ALL {
            let text = QuotaReached { kind, used: 7, asked: 2, most: 8 }.to_string();
            for part in ["7", "2 more", "is 8", kind.as_str(), kind.setting(), kind.cure()] {
                assert!(text.contains(part), "{part}: {text}");
            }
        }
    }

    #[test]
    fn an_amount_is_added_and_taken_off() {
        let mut amounts = Amounts::default();
        amounts.add(QuotaKind::Patterns, 3);
        amounts.add(QuotaKind::ApiKeys, 1);
        amounts.add(QuotaKind::Patterns, -3);
        assert_eq!((amounts.of(QuotaKind::Patterns), amounts.is_nothing()), (0, false));
        amounts.add(QuotaKind::ApiKeys, -2);
        assert!(amounts.is_nothing());
    }

    #[test]
    fn what_a_tenant_does_not_say_is_as_the_server_says() {
        let own = Quotas { webhooks: Some(3), ..Quotas::default() };
        assert_eq!(own.or(&Amounts::DEFAULT), Amounts::DEFAULT.with(QuotaKind::Webhooks, 3));
    }
}
