//! Notices as events, each with a sentence for people.

use bytes::Bytes;
use serde_json::{Value, json};

use super::incident::Step;
use crate::{
    model::{ApiKey, EventType, IdempotencyKey, NewEvent, QuotaKind, TenantId, Timestamp},
    store::{About, Happened, HappenedKind, Incident, KeyTold, TenantUsage},
    webhook::Webhook,
};

/// The types, as [`EventType`] has them.
const WEBHOOK_FAILING: &str = "lanehook.webhook.failing";
const WEBHOOK_DISABLED: &str = "lanehook.webhook.disabled";
const WEBHOOK_RECOVERED: &str = "lanehook.webhook.recovered";
const DELIVERY_FAILED: &str = "lanehook.delivery.failed";
const QUOTA_NEAR: &str = "lanehook.quota.near";
const QUOTA_REACHED: &str = "lanehook.quota.reached";
const KEY_EXPIRING: &str = "lanehook.key.expiring";
const KEY_EXPIRED: &str = "lanehook.key.expired";
const KEY_CREATED: &str = "lanehook.key.created";
const KEY_REVOKED: &str = "lanehook.key.revoked";
const SYSTEM_TROUBLE: &str = "lanehook.system.trouble";
const SYSTEM_RECOVERED: &str = "lanehook.system.recovered";

/// The trouble that is told by all means but mail.
const OF_MAIL: &str = "job/mail";

/// Characters of a message.
const LONGEST_MESSAGE: usize = 1_000;
/// Bytes of a notice's data. What is in it has limits that make it smaller; should one not hold, the message alone is told.
const LARGEST: usize = 16 << 10;

/// Every type of a notice.
pub const NOTICE_TYPES: [&str; 12] = [
    WEBHOOK_FAILING,
    WEBHOOK_DISABLED,
    WEBHOOK_RECOVERED,
    DELIVERY_FAILED,
    QUOTA_NEAR,
    QUOTA_REACHED,
    KEY_EXPIRING,
    KEY_EXPIRED,
    KEY_CREATED,
    KEY_REVOKED,
    SYSTEM_TROUBLE,
    SYSTEM_RECOVERED,
];

/// Something to tell.
#[derive(Clone, Debug)]
pub(super) struct Notice {
    pub event: NewEvent,
    /// The same in a sentence.
    pub line: String,
    /// Whether it is mailed where mail is sent.
    pub is_mailed: bool,
}

impl Notice {
    /// `id`: what follows from what it tells of, so that it is told once. Its public id does not: another event could have it, and receivers
    /// that know that already would drop the notice.
    fn new(name: &str, id: &str, message: String, mut data: Value) -> Notice {
        let message: String = message.chars().take(LONGEST_MESSAGE).collect();
        data["message"] = message.as_str().into();
        if data.to_string().len() > LARGEST {
            data = json!({ "message": message });
        }
        let event = NewEvent {
            idempotency_key: Some(IdempotencyKey::kept(id)),
            ..NewEvent::new(EventType::kept(name), Bytes::from(data.to_string()))
        };
        Notice { event, line: message, is_mailed: true }
    }
}

/// What tells of this step, if it is one that is told.
pub(super) fn of_incident(step: Step, incident: &Incident, webhook: &Webhook) -> Option<Notice> {
    let (name, state, reason) = match step {
        Step::TellFailing(trouble) => (WEBHOOK_FAILING, "failing", Some(trouble.cause.to_string())),
        Step::TellDisabled(reason) => (WEBHOOK_DISABLED, "disabled", Some(reason.in_words().to_owned())),
        Step::TellRecovered => (WEBHOOK_RECOVERED, "recovered", None),
        Step::Open(_) | Step::Forget => return None,
    };
    let called = called(webhook);
    let message = match (&reason, state) {
        (None, _) => format!("{called} has recovered"),
        (Some(reason), "disabled") => format!("{called} was disabled: {reason}"),
        (Some(reason), _) => format!("{called} is failing: {reason}"),
    };
    let data = json!({
        "webhook": webhook.id,
        "name": webhook.settings.name,
        "url": webhook.settings.redacted(&webhook.settings.url),
        "state": state,
        "since": incident.since,
        "reason": reason,
    });
    let id = format!("{state}-{}-{}", incident.webhook, incident.since.millis());
    Some(Notice::new(name, &id, message, data))
}

/// A webhook of a tenant's, as its operator hears of it.
pub(super) fn of_tenant(tenant: &TenantId, webhook: &Webhook, incident: &Incident, reason: &str) -> Value {
    json!({ "tenant": tenant, "webhook": webhook.id, "since": incident.since, "reason": reason })
}

/// What the operator hears of tenants' webhooks that began to fail: how many, and the first of them.
pub(super) fn summary(count: usize, first: &[Value], now: Timestamp) -> Notice {
    let message = match count {
        1 => "a webhook of a tenant began to fail".to_owned(),
        count => format!("{count} webhooks of tenants began to fail"),
    };
    let data = json!({ "state": "failing", "count": count, "webhooks": first });
    Notice::new(WEBHOOK_FAILING, &format!("failing-of-tenants-{}", now.millis()), message, data)
}

/// What has happened in a minute; `webhook`: the one that it is about, if that is still there.
pub(super) fn of_happened(happened: &Happened, webhook: Option<&Webhook>) -> Notice {
    match happened.group.kind {
        HappenedKind::GivenUp => of_given_up(happened, webhook),
        HappenedKind::KeyMade => of_key_change(happened, KEY_CREATED, "created"),
        HappenedKind::KeyRevoked => of_key_change(happened, KEY_REVOKED, "revoked"),
    }
}

fn of_given_up(Happened { group, about, count }: &Happened, webhook: Option<&Webhook>) -> Notice {
    let (subject, deliveries, message) = match about {
        About::Webhook(key, deliveries) => {
            let called = webhook.map_or_else(|| "a webhook".to_owned(), called);
            let message = match count {
                1 => format!("a delivery to {called} was given up"),
                count => format!("{count} deliveries to {called} were given up"),
            };
            (key.to_string(), deliveries.as_slice(), message)
        }
        About::Key(..) | About::Others => {
            ("others".to_owned(), &[][..], format!("{count} more deliveries were given up, to other webhooks"))
        }
    };
    let data = json!({
        "webhook": webhook.map(|webhook| &webhook.id),
        "name": webhook.map(|webhook| &webhook.settings.name),
        "count": count,
        "deliveries": deliveries.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "minute": group.minute.begins(),
    });
    // A minute can come twice, where a clock is set back: what happens in it then is told, too.
    let which = deliveries.first().map_or_else(|| count.to_string(), ToString::to_string);
    Notice::new(DELIVERY_FAILED, &format!("given-up-{subject}-{}-{which}", group.minute.0), message, data)
}

fn of_key_change(Happened { group, about, count }: &Happened, event_type: &str, verb: &str) -> Notice {
    let (key, message) = match about {
        About::Key(id, key @ KeyTold { name, hint, by }) => {
            (Some((id, key)), format!("the API key `{name}` ({hint}…) was {verb} by {by}"))
        }
        About::Webhook(..) | About::Others => (None, format!("{count} more API keys were {verb}")),
    };
    let subject = key.map_or_else(|| "others".to_owned(), |(id, _)| id.to_string());
    let data = json!({
        "key": key.map(|(id, _)| id.to_string()),
        "name": key.map(|(_, key)| &key.name),
        "hint": key.map(|(_, key)| &key.hint),
        "by": key.map(|(_, key)| &key.by),
        "count": count,
        "minute": group.minute.begins(),
    });
    Notice::new(event_type, &format!("key-{verb}-{subject}-{}-{count}", group.minute.0), message, data)
}

/// A tenant is near a quota, or has reached it.
pub(super) fn of_quota(kind: QuotaKind, usage: &TenantUsage, is_reached: bool, since: Timestamp) -> Notice {
    let (used, most) = (usage.used.of(kind), usage.most.of(kind));
    let (name, what, message) = match is_reached {
        true => (QUOTA_REACHED, "reached", format!("the quota `{}` is reached: {used} of {most}", kind.as_str())),
        false => (QUOTA_NEAR, "near", format!("the quota `{}` is nearly reached: {used} of {most}", kind.as_str())),
    };
    let data = json!({ "quota": kind.as_str(), "used": used, "most": most });
    Notice::new(name, &format!("quota-{what}-{}-{}", kind.as_str(), since.millis()), message, data)
}

/// A key expires soon, or was refused since it has.
pub(super) fn of_key(key: &ApiKey, is_refused: bool, since: Timestamp) -> Notice {
    let (ApiKey { id, name, hint, expires_at, .. }, called) =
        (key, format!("the API key `{}` ({}…)", key.name, key.hint));
    let until = expires_at.map(|at| at.to_string()).unwrap_or_default();
    let (event_type, what, message) = match is_refused {
        false => (KEY_EXPIRING, "expiring", format!("{called} expires at {until}")),
        true => (KEY_EXPIRED, "expired", format!("{called} has expired at {until}, and is still used: it is refused")),
    };
    let data = json!({ "key": id.to_string(), "name": name, "hint": hint, "expires_at": expires_at });
    Notice::new(event_type, &format!("key-{what}-{id}-{}", since.millis()), message, data)
}

/// The server itself has a trouble, for a reason, or has it no more.
pub(super) fn of_system(kind: &str, reason: Option<&str>, since: Timestamp) -> Notice {
    let (name, what, message) = match reason {
        Some(reason) => (SYSTEM_TROUBLE, "trouble", format!("trouble ({kind}): {reason}")),
        None => (SYSTEM_RECOVERED, "recovered", format!("the trouble ({kind}) is over")),
    };
    let data = json!({ "kind": kind, "reason": reason, "since": since });
    let id = format!("system-{what}-{}-{}", kind.replace('/', "-"), since.millis());
    // That mail cannot be sent would make more of it.
    Notice { is_mailed: kind != OF_MAIL, ..Notice::new(name, &id, message, data) }
}

fn called(webhook: &Webhook) -> String {
    match webhook.settings.name.as_str() {
        "" => format!("the webhook {}", webhook.id),
        name => format!("the webhook `{name}` ({})", webhook.id),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::{
        model::{Amounts, ApiKeyId, DeliveryId, Serial, TargetUrl, TenantKey, WebhookId, WebhookKey},
        observe::{Bucket, Cause, Trouble},
        store::{HappenedGroup, Told},
        webhook::{DisableReason, Secrets, WebhookSettings},
    };

    const SINCE: Timestamp = Timestamp::from_millis(1_769_860_800_000);

    fn webhook() -> Webhook {
        Webhook {
            key: WebhookKey(Serial::nth(1)),
            tenant: TenantKey(1),
            id: WebhookId::kept("w"),
            settings: WebhookSettings::new(TargetUrl::parse("https://example.com/").unwrap()),
            secrets: Secrets::default(),
            disabled: None,
            status_since: None,
            version: 1,
            created_at: SINCE,
            updated_at: SINCE,
        }
    }

    /// One of each type.
    fn all() -> Vec<Notice> {
        let (webhook, key) = (webhook(), ApiKeyId(Serial::nth(2)));
        let incident = Incident {
            webhook: webhook.key,
            tenant: webhook.tenant,
            since: SINCE,
            told: Told::Nothing,
            told_at: SINCE,
        };
        let steps = [
            Step::TellFailing(Trouble { since: SINCE, cause: Cause::StandsStill }),
            Step::TellDisabled(DisableReason::Gone),
            Step::TellRecovered,
        ];
        let mut all: Vec<Notice> =
            steps.into_iter().filter_map(|step| of_incident(step, &incident, &webhook)).collect();
        let happened = |kind, about| {
            let group = HappenedGroup { minute: Bucket(SINCE.millis()), tenant: webhook.tenant, kind };
            of_happened(&Happened { group, about, count: 1 }, Some(&webhook))
        };
        let told = KeyTold { name: "n".into(), hint: "lhk_".into(), by: "key_0".into() };
        all.push(happened(HappenedKind::GivenUp, About::Webhook(webhook.key, vec![DeliveryId(Serial::nth(3))])));
        all.push(happened(HappenedKind::KeyMade, About::Key(key, told.clone())));
        all.push(happened(HappenedKind::KeyRevoked, About::Key(key, told)));
        let usage = TenantUsage { used: Amounts::default(), most: Amounts::DEFAULT };
        all.extend([false, true].map(|is_reached| of_quota(QuotaKind::Webhooks, &usage, is_reached, SINCE)));
        let key = ApiKey {
            id: key,
            hash: [0; 32],
            hint: "lhk_".into(),
            name: "n".into(),
            tenant: None,
            scopes: Vec::new(),
            rate_limit: None,
            expires_at: Some(SINCE),
            last_used_at: None,
            created_at: SINCE,
        };
        all.extend([false, true].map(|is_refused| of_key(&key, is_refused, SINCE)));
        all.extend([Some("full"), None].map(|reason| of_system("disk", reason, SINCE)));
        all
    }

    fn members(data: &Value) -> BTreeSet<String> {
        data.as_object().unwrap().keys().cloned().collect()
    }

    /// The first example of each type in the documentation: a JSON text behind a paragraph that begins with the type.
    fn documented() -> BTreeMap<String, Value> {
        let text = include_str!("../../docs/notices.md");
        let (_, examples) = text.split_once("## What they carry").unwrap();
        let mut found = BTreeMap::new();
        let mut last = String::new();
        for (place, part) in examples.split("```").enumerate() {
            match part.strip_prefix("json") {
                Some(example) if place % 2 == 1 => {
                    found.entry(last.clone()).or_insert_with(|| serde_json::from_str(example).unwrap());
                }
                _ => {
                    last = part
                        .trim()
                        .strip_prefix('`')
                        .and_then(|rest| rest.split('`').next())
                        .unwrap_or(&last)
                        .to_owned()
                }
            }
        }
        found
    }

    #[test]
    fn each_type_is_documented_with_an_example_that_has_its_members() {
        let (all, documented) = (all(), documented());
        let types: BTreeSet<&str> = all.iter().map(|notice| notice.event.event_type.as_str()).collect();
        assert_eq!(types, BTreeSet::from(NOTICE_TYPES));
        for notice in &all {
            let name = notice.event.event_type.as_str();
            let data: Value = serde_json::from_slice(&notice.event.data).unwrap();
            let example = documented.get(name).unwrap_or_else(|| panic!("{name} has no example: {documented:?}"));
            assert_eq!(members(example), members(&data), "{name}");
            assert_eq!(data["message"], notice.line.as_str());
        }
    }
}
