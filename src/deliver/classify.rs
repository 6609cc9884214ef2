//! What an attempt came to: a status, or what went wrong, enters; success leaves, or a kind of failure with a sentence
//! for the webhook's owner. Pure; time is passed in.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use jiff::{civil::DateTime, tz::TimeZone};
use lanehook_egress::{Answer, Error, LocalError, Phase, Refusal};

use crate::{
    model::{Failure, FailureKind, LocalFailure, LocalKind, Span, TargetUrl, Timestamp},
    platform::{FailureAction, Platform},
};

/// The longest wait that is read from `Retry-After`.
const LONGEST_WAIT: Duration = Duration::from_secs(366 * 86_400);

/// Why no request can be made.
#[derive(Debug)]
pub(super) enum SendError {
    /// Not from the webhook's settings, for this reason.
    Settings(String),
    /// Not to this URL.
    Target(Error),
}

impl SendError {
    /// As it is recorded.
    pub fn failure(self) -> Failure {
        match self {
            SendError::Settings(message) => Failure { kind: FailureKind::Settings, message, retry_after: None },
            SendError::Target(error) => Failure { kind: kind(&error), message: error.to_string(), retry_after: None },
        }
    }
}

fn kind(error: &Error) -> FailureKind {
    match error {
        Error::Request(_) => FailureKind::Settings,
        // What a name leads to inside is nobody's business, so the kind is that of a name without an address.
        Error::Blocked(Refusal::Resolved { .. }) | Error::Resolve { .. } => FailureKind::Dns,
        Error::Blocked(_) => FailureKind::Blocked,
        Error::Connect { .. } | Error::Broken { .. } | Error::EndedAtOnce => FailureKind::Connection,
        Error::Tls { .. } => FailureKind::Tls,
        Error::TimedOut { .. } => FailureKind::Timeout,
        Error::Protocol(_) | Error::Http2 { .. } => FailureKind::Protocol,
        // It is taken out before; who looks at a URL only never gets so far.
        Error::Local(_) => FailureKind::Connection,
    }
}

/// What this machine was short of.
pub(super) fn local(error: &LocalError) -> LocalFailure {
    let kind = match error {
        LocalError::NoTurn => LocalKind::LookupTurn,
        LocalError::Files => LocalKind::Files,
        LocalError::Memory => LocalKind::Memory,
        LocalError::Ports => LocalKind::Ports,
        LocalError::NameServers(_) => LocalKind::NameServers,
    };
    LocalFailure { kind, detail: error.to_string() }
}

/// An attempt without a complete answer; what had arrived of it, and the webhook's timeout.
pub(super) fn unanswered(error: &Error, answer: Option<&Answer>, timeout: Span) -> Failure {
    let message = match (error, answer) {
        (Error::TimedOut { phase: Phase::Body, .. }, Some(answer)) => format!(
            "no complete answer within {timeout}: the response head ({}) arrived, but the body did not end",
            answer.status
        ),
        (Error::TimedOut { phase, .. }, _) => format!("no complete answer within {timeout}: {phase}"),
        _ => error.to_string(),
    };
    Failure { kind: kind(error), message, retry_after: None }
}

/// A complete answer.
pub(super) fn answered(
    status: StatusCode,
    headers: &HeaderMap,
    target: &TargetUrl,
    now: Timestamp,
) -> Result<(), Failure> {
    if status.is_success() {
        return Ok(());
    }
    // Whoever says several, a proxy beside its server perhaps, is ready only after the longest.
    let waits = headers.get_all(header::RETRY_AFTER).iter();
    let retry_after = waits.filter_map(|value| retry_after(value.to_str().ok()?, now)).max();
    let kind = match status {
        StatusCode::TOO_MANY_REQUESTS => FailureKind::Throttled,
        StatusCode::SERVICE_UNAVAILABLE if retry_after.is_some() => FailureKind::Throttled,
        StatusCode::GONE => FailureKind::Gone,
        _ => FailureKind::Http,
    };
    let mut message = match status.canonical_reason() {
        Some(reason) => format!("the receiver answered {} {reason}", status.as_u16()),
        None => format!("the receiver answered {}", status.as_u16()),
    };
    if status == StatusCode::GONE {
        message.push_str(": it wants nothing more");
    }
    if status.is_redirection() && headers.contains_key(header::LOCATION) {
        message.push_str("; redirects are not followed");
        if let Some(host) = redirect_host(headers, target) {
            message.push_str(&format!(" (this one leads to {host})"));
        }
        message.push_str(", so the webhook needs the final URL");
    }
    Err(Failure { kind, message, retry_after })
}

/// A complete answer of a platform: `answer` as HTTP has it, which the platform may mean differently. Some say 200 and
/// no, some say how long to wait in the body, and some say that it is for ever.
pub(super) fn judged(
    platform: &Platform,
    status: StatusCode,
    answer: Result<(), Failure>,
    url: &TargetUrl,
    body: &[u8],
) -> Result<(), Failure> {
    let Err(refusal) = platform.success(status.as_u16(), body) else { return Ok(()) };
    let of_http = answer.err();
    let header = of_http.as_ref().and_then(|failure| failure.retry_after);
    let delay = platform.throttle_delay(status.as_u16(), url, body);
    let retry_after = header.max(delay);
    let kind = match refusal.action {
        _ if delay.is_some() => FailureKind::Throttled,
        FailureAction::Disable => FailureKind::Gone,
        FailureAction::GiveUp => FailureKind::Refused,
        FailureAction::Retry => of_http.map_or(FailureKind::Http, |failure| failure.kind),
    };
    Err(Failure { kind, message: refusal.message, retry_after })
}

fn redirect_host(headers: &HeaderMap, target: &TargetUrl) -> Option<String> {
    let location = headers.get(header::LOCATION)?.to_str().ok()?;
    let url = target.url().join(location).ok()?;
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{}://{host}:{port}", url.scheme()),
        None => format!("{}://{host}", url.scheme()),
    })
}

/// `Retry-After` (RFC 9110, 10.2.3): seconds, or a date in one of the three forms of HTTP.
pub(super) fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let wait = if !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit()) {
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        http_date(text)?.since(now)
    };
    Some(wait.min(LONGEST_WAIT))
}

/// RFC 9110, 5.6.7: the form in use, then the two obsolete ones.
fn http_date(text: &str) -> Option<Timestamp> {
    let forms = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let date = forms.iter().find_map(|form| DateTime::strptime(form, text).ok())?;
    Some(Timestamp::from_millis(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn failed(status: u16, headers: &[(header::HeaderName, &str)]) -> Failure {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name.clone(), value.parse().unwrap());
        }
        let headers = map;
        let target = TargetUrl::parse("https://hooks.example.com/in").unwrap();
        let now = Timestamp::parse("1994-11-06T08:49:07Z").unwrap();
        answered(StatusCode::from_u16(status).unwrap(), &headers, &target, now).unwrap_err()
    }

    #[test]
    fn statuses_become_kinds_with_a_sentence() {
        let failure = failed(500, &[]);
        assert_eq!(failure.kind, FailureKind::Http);
        assert_eq!(failure.message, "the receiver answered 500 Internal Server Error");
        assert_eq!(failed(410, &[]).kind, FailureKind::Gone);
        assert_eq!(failed(429, &[]).kind, FailureKind::Throttled);
        assert_eq!(failed(503, &[]).kind, FailureKind::Http);
        assert_eq!(failed(503, &[(header::RETRY_AFTER, "7")]).kind, FailureKind::Throttled);
        assert_eq!(failed(799, &[]).message, "the receiver answered 799");
    }

    #[test]
    fn of_several_waits_the_longest_is_taken_and_what_is_none_is_left_out() {
        let date = "Sun, 06 Nov 1994 08:50:07 GMT";
        for (waits, seconds) in [(["5", "30"], 30), (["30", "5"], 30), ([date, "7"], 60), (["soon", "7"], 7)] {
            let failure = failed(429, &waits.map(|wait| (header::RETRY_AFTER, wait)));
            assert_eq!(failure.retry_after, Some(Duration::from_secs(seconds)), "{waits:?}");
        }
    }

    #[test]
    fn a_redirect_names_where_it_leads_without_its_path() {
        let failure = failed(302, &[(header::LOCATION, "//new.example:8443/t0ken")]);
        assert_eq!(failure.kind, FailureKind::Http);
        assert!(failure.message.contains("not followed"), "{}", failure.message);
        assert!(failure.message.contains("https://new.example:8443)"), "{}", failure.message);
    }

    #[test]
    fn retry_after_is_read_in_all_forms_of_http() {
        let now = Timestamp::parse("1994-11-06T08:49:07Z").unwrap();
        for text in [
            "30",
            " 30 ",
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(retry_after(text, now), Some(Duration::from_secs(30)), "{text}");
        }
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("99999999999999999999999", now), Some(LONGEST_WAIT));
        for text in ["", "-1", "soon", "1.5"] {
            assert_eq!(retry_after(text, now), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_retry_after_is_read_without_panic(text in "\\PC*") {
            let _ = retry_after(&text, Timestamp::from_millis(0));
        }
    }
}
