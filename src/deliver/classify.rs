//! What an attempt came to: a status, or what went wrong, enters; success leaves, or a kind of failure with a sentence
//! for the webhook's owner. Pure; time is passed in.

use http::{HeaderMap, StatusCode};
use lanehook_egress::{Answer, Error, LocalError, Phase, Refusal, Repeated};

use super::{cure, permission, wait};
use crate::{
    model::{Failure, FailureKind, LocalFailure, LocalKind, Span, TargetUrl, Timestamp},
    platform::{FailureAction, Platform},
};

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
            SendError::Target(error) => {
                let cure = match &error {
                    Error::Blocked(refusal) => permission::cure(refusal).unwrap_or_default(),
                    _ => String::new(),
                };
                Failure { kind: kind(&error), message: error.to_string() + &cure, retry_after: None }
            }
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
        (Error::TimedOut { phase: Phase::Head, .. }, Some(answer)) => format!(
            "no complete answer within {timeout}: the response's first line ({}) arrived, but its head did not end",
            answer.status
        ),
        (Error::TimedOut { phase, .. }, _) => format!("no complete answer within {timeout}: {phase}"),
        _ => error.to_string(),
    };
    Failure { kind: kind(error), message, retry_after: None }
}

/// What an answer comes to of which something may be missing: `said` is what it says as far as it has come. Its status counts,
/// whatever became of the rest; where the body would have decided about a success, it is missing.
pub(super) fn in_all(
    status: StatusCode,
    said: Result<(), Failure>,
    incomplete: Option<&Failure>,
) -> Result<(), Failure> {
    match (said, incomplete) {
        (Err(_), Some(incomplete)) if status.is_success() => Err(incomplete.clone()),
        (Err(said), Some(incomplete)) => {
            Err(Failure { message: format!("{}; {}", said.message, incomplete.message), ..said })
        }
        (said, _) => said,
    }
}

/// The sentence about what was odd is a remark of what has succeeded all the same, and a part of the sentence about what has not.
/// `repeated`: see [`lanehook_egress::Exchange::repeated`].
pub(super) fn remarked(
    result: Result<(), Failure>,
    incomplete: Option<Failure>,
    repeated: Option<Repeated>,
) -> (Result<(), Failure>, Option<String>) {
    match result {
        Ok(()) => {
            let incomplete = incomplete.map(|failure| failure.message);
            let remarks: Vec<String> =
                repeated.map(|repeated| repeated.to_string()).into_iter().chain(incomplete).collect();
            (Ok(()), (!remarks.is_empty()).then(|| remarks.join("; ")))
        }
        Err(mut failure) => {
            if let Some(repeated) = repeated {
                failure.message = format!("{}; before that, {repeated}", failure.message);
            }
            (Err(failure), None)
        }
    }
}

/// An answer, by its status and headers.
pub(super) fn answered(
    status: StatusCode,
    headers: &HeaderMap,
    target: &TargetUrl,
    now: Timestamp,
) -> Result<(), Failure> {
    if status.is_success() {
        return Ok(());
    }
    let retry_after = wait::asked_for(status, headers, now);
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
    if let Some(cure) = cure::of(status, headers, target) {
        message.push_str(&cure);
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

#[cfg(test)]
mod tests {
    use http::header;

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
}
