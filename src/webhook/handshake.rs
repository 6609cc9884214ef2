//! Asking a receiver of CloudEvents for permission before a webhook is saved ([CloudEvents "HTTP 1.1 Web Hooks" 1.0],
//! section 4), where the webhook asks for that: when to ask, and what the answer permits. Pure.
//!
//! [CloudEvents "HTTP 1.1 Web Hooks" 1.0]: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md

use super::{payload::Payload, settings::WebhookSettings};
use crate::model::{Message, Outcome, RateLimit, RateUnit};

/// The origin in whose name the receiver has to be asked before these settings are kept; `None`: it has not to be. It is
/// asked again when the rate is changed, since how much was granted is kept nowhere else.
pub fn needed(new: &WebhookSettings, old: Option<&WebhookSettings>) -> Option<String> {
    let Some(Payload::CloudEvents { handshake: true, source, .. }) = &new.payload else { return None };
    let asked =
        |old: &WebhookSettings| (&old.url, &old.payload, old.rate_limit) == (&new.url, &new.payload, new.rate_limit);
    (!old.is_some_and(asked)).then(|| origin(source.as_deref()))
}

/// The request by which the receiver is asked in the name of this origin.
pub fn request(origin: &str) -> Message {
    Message {
        id: "handshake".into(),
        event_type: "webhook.handshake".into(),
        delivery: "handshake".into(),
        body: bytes::Bytes::new(),
        content_type: "application/cloudevents+json".into(),
        method: http::Method::OPTIONS,
        target: None,
        headers: vec![("webhook-request-origin".into(), origin.to_owned())],
        correlation_id: None,
        traceparent: None,
        is_standard: false,
        shown: None,
    }
}

/// Keeps the settings to the rate that the receiver's answer grants.
///
/// # Errors
/// It does not permit, or not in words that can be read.
pub fn keep_to_granted(settings: &mut WebhookSettings, outcome: &Outcome, origin: &str) -> Result<(), String> {
    if let Some(limit) = granted(outcome, origin)? {
        let rate = RateLimit { limit, per: RateUnit::Minute };
        let slower = |own: &RateLimit| u64::from(own.limit) * 60_000 <= u64::from(limit) * own.per.millis();
        settings.rate_limit = Some(settings.rate_limit.filter(slower).unwrap_or(rate));
    }
    Ok(())
}

/// Who sends: the host of the attribute `source`, if it has one.
fn origin(source: Option<&str>) -> String {
    let host = source.and_then(|source| url::Url::parse(source).ok()?.host_str().map(str::to_owned));
    host.unwrap_or_else(|| "lanehook".into())
}

/// Requests a minute that are permitted; `None`: any number.
fn granted(outcome: &Outcome, origin: &str) -> Result<Option<u32>, String> {
    if let Err(failure) = &outcome.result {
        return Err(format!("the receiver was asked with OPTIONS, and {}", failure.message));
    }
    let headers = outcome.answer.as_ref().map(|answer| &answer.headers);
    let header = |name: &str| headers?.iter().find(|(own, _)| *own == name).map(|(_, value)| value.trim());
    match header("webhook-allowed-origin") {
        Some(allowed) if allowed == "*" || allowed.eq_ignore_ascii_case(origin) => {}
        Some(_) => return Err(format!("the receiver's `WebHook-Allowed-Origin` does not permit `{origin}`")),
        None => {
            return Err("the receiver answered OPTIONS without `WebHook-Allowed-Origin`, so it does not permit".into());
        }
    }
    match header("webhook-allowed-rate") {
        None | Some("*") => Ok(None),
        Some(rate) => match rate.parse() {
            Ok(0u32) | Err(_) => {
                Err("the receiver's `WebHook-Allowed-Rate` is neither a number of requests nor `*`".into())
            }
            Ok(rate) => Ok(Some(u32::min(rate, RateLimit::MOST))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Answer, Failure, FailureKind, Sent, Timestamp, Timings, read_json};

    fn settings(json: &str) -> WebhookSettings {
        read_json(json.as_bytes()).unwrap()
    }

    const ASKING: &str = r#"{"url":"https://a.example/","payload":{"type":"cloudevents","handshake":true,"source":"https://me.example/x"}}"#;

    #[test]
    fn it_is_asked_once_and_again_when_what_was_granted_may_not_hold() {
        let new = settings(ASKING);
        assert_eq!(needed(&new, None).as_deref(), Some("me.example"));
        assert_eq!(needed(&new, Some(&new)), None);
        let faster = WebhookSettings { rate_limit: Some(RateLimit { limit: 5, per: RateUnit::Second }), ..new.clone() };
        assert!(needed(&faster, Some(&new)).is_some());
        assert_eq!(needed(&settings(r#"{"url":"https://a.example/"}"#), None), None);
    }

    fn answered(headers: &[(&str, &str)]) -> Outcome {
        let headers = headers.iter().copied().collect();
        Outcome {
            started_at: Timestamp::default(),
            sent: Sent::default(),
            answer: Some(Answer { status: 200, headers, ..Answer::default() }),
            remote: None,
            is_connected: true,
            requests: 1,
            timings: Timings::default(),
            result: Ok(()),
            remark: None,
        }
    }

    #[test]
    fn a_receiver_permits_by_naming_who_asks_or_everyone() {
        let permits = |headers: &[(&str, &str)]| {
            keep_to_granted(&mut settings(ASKING), &answered(headers), "me.example").map_err(drop)
        };
        assert_eq!(permits(&[("webhook-allowed-origin", "*")]), Ok(()));
        assert_eq!(permits(&[("webhook-allowed-origin", " ME.example ")]), Ok(()));
        assert_eq!(permits(&[("webhook-allowed-origin", "other.example")]), Err(()));
        assert_eq!(permits(&[("webhook-allowed-rate", "60")]), Err(()));
        let failed = Failure { kind: FailureKind::Http, message: "it answered 404".into(), retry_after: None };
        let failed = Outcome { result: Err(failed), ..answered(&[("webhook-allowed-origin", "*")]) };
        assert!(keep_to_granted(&mut settings(ASKING), &failed, "me.example").is_err());
    }

    #[test]
    fn a_granted_rate_holds_unless_the_own_one_is_slower() {
        let kept = |own: Option<RateLimit>, rate: &str| {
            let mut settings = WebhookSettings { rate_limit: own, ..settings(ASKING) };
            let outcome = answered(&[("webhook-allowed-origin", "*"), ("webhook-allowed-rate", rate)]);
            keep_to_granted(&mut settings, &outcome, "me.example").map(|()| settings.rate_limit)
        };
        let (slow, fast) =
            (RateLimit { limit: 1, per: RateUnit::Minute }, RateLimit { limit: 9, per: RateUnit::Second });
        assert_eq!(kept(None, "*"), Ok(None));
        assert_eq!(kept(None, "60"), Ok(Some(RateLimit { limit: 60, per: RateUnit::Minute })));
        assert_eq!(kept(Some(slow), "60"), Ok(Some(slow)));
        assert_eq!(kept(Some(fast), "60"), Ok(Some(RateLimit { limit: 60, per: RateUnit::Minute })));
        assert!(kept(None, "0").is_err());
    }
}
