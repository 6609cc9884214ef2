//! What went wrong, as the caller may know it: RFC 9457 problem documents.
//!
//! With [`refusals`](super::refusals) the only place that turns the domain's errors into HTTP. A [`Problem`] carries two
//! texts: `detail`, written for the caller, and `cause`, which goes to the log with the request's id and nowhere else.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::model::{FieldError, field_error::MOST_ERRORS};

/// Why a request was not done. Becomes a response; the edge adds the request's id and writes the body.
#[derive(Clone, Debug)]
pub struct Problem(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    code: Code,
    detail: Cow<'static, str>,
    errors: Vec<Flaw>,
    retry_after: Option<u64>,
    cause: Option<String>,
}

/// One wrong part of a request.
#[derive(Clone, PartialEq, Debug, Default, Serialize, ToSchema)]
#[schema(as = ProblemPart)]
pub struct Flaw {
    /// JSON pointer (RFC 6901) into the body; empty for the whole body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "/url")]
    pointer: Option<String>,
    /// The query parameter, where it is one that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// The header, where it is one that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<&'static str>,
    /// What is wrong, and how to mend it.
    message: String,
}

/// A problem as it is written (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemView<'a> {
    /// Names the kind of problem; the same for each `code`.
    #[serde(rename = "type")]
    #[schema(example = "urn:lanehook:problem:invalid_body")]
    kind: String,
    /// The kind of problem in words.
    title: &'a str,
    /// The HTTP status.
    status: u16,
    /// The kind of problem for programs. Codes are never renamed.
    #[schema(example = "invalid_body")]
    code: &'a str,
    /// What happened this time, and how to mend it.
    detail: &'a str,
    /// What is wrong with which part of the request.
    #[serde(skip_serializing_if = "<[Flaw]>::is_empty")]
    errors: &'a [Flaw],
    /// The request's id, as in the header `x-request-id`; name it when you ask for help.
    request_id: &'a str,
}

macro_rules! codes {
    ($($variant:ident $status:ident $code:literal $title:literal;)*) => {
        /// The kinds of problems.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Code { $(#[doc = $title] $variant),* }

        impl Code {
            #[cfg(test)]
            const ALL: &[Code] = &[$(Code::$variant),*];

            fn facts(self) -> (StatusCode, &'static str, &'static str) {
                match self { $(Code::$variant => (StatusCode::$status, $code, $title)),* }
            }
        }
    };
}

codes! {
    InvalidBody           BAD_REQUEST            "invalid_body"            "The body is not as it should be";
    InvalidParameter      BAD_REQUEST            "invalid_parameter"       "A parameter is not as it should be";
    InvalidHeader         BAD_REQUEST            "invalid_header"          "A header is not as it should be";
    OneTenantOnly         BAD_REQUEST            "one_tenant_only"         "This is possible for one tenant only";
    InvalidEvent          BAD_REQUEST            "invalid_event"           "The event is not what its type says";
    UnknownPlatform       NOT_FOUND              "unknown_platform"        "There is no such platform";
    Unauthorized          UNAUTHORIZED           "unauthorized"            "A valid API key is needed";
    KeyExpired            UNAUTHORIZED           "key_expired"             "The API key has expired";
    UsedLink              UNAUTHORIZED           "used_link"               "The link was used or is too old";
    CsrfTokenMissing      FORBIDDEN              "csrf_token_missing"      "The page has to send its token";
    MissingScope          FORBIDDEN              "missing_scope"           "The API key does not permit this";
    CredentialsNeeded     FORBIDDEN              "credentials_needed"      "Credentials do not follow this change";
    NotInPortal           FORBIDDEN              "not_in_portal"           "This is not part of the portal";
    OperatorOnly          FORBIDDEN              "operator_only"           "Only an operator's key permits this";
    OtherTenant           FORBIDDEN              "other_tenant"            "The API key belongs to another tenant";
    UnknownTenant         NOT_FOUND              "unknown_tenant"          "There is no such tenant";
    NotFound              NOT_FOUND              "not_found"               "There is no such thing";
    UnknownRoute          NOT_FOUND              "unknown_route"           "There is nothing at this path";
    MethodNotAllowed      METHOD_NOT_ALLOWED     "method_not_allowed"      "This path does not know the method";
    UriTooLong            URI_TOO_LONG           "uri_too_long"            "The URL is too long";
    BodyTimeout           REQUEST_TIMEOUT        "body_timeout"            "The body took too long to arrive";
    EventConflict         CONFLICT               "event_conflict"          "The id belongs to a different event";
    Exists                CONFLICT               "exists"                  "It exists already";
    ChangedMeanwhile      CONFLICT               "changed_meanwhile"       "It was changed at the same time";
    WebhookDeleted        CONFLICT               "webhook_deleted"         "The webhook was deleted";
    WebhookDisabled       CONFLICT               "webhook_disabled"        "The webhook is disabled";
    WebhookSetAside       CONFLICT               "webhook_set_aside"       "The webhook cannot be read by this version";
    AlreadyFinished       CONFLICT               "already_finished"        "The delivery is finished already";
    StillOwed             CONFLICT               "still_owed"              "The delivery is still to be sent";
    Scrubbed              CONFLICT               "scrubbed"                "What the event says was deleted";
    IsTest                CONFLICT               "is_test"                 "The delivery is a test";
    CannotProbe           CONFLICT               "cannot_probe"            "No probe goes now";
    TooManySecrets        CONFLICT               "too_many_secrets"        "Too many secrets are in their grace time";
    QuotaReached          CONFLICT               "quota_reached"           "The tenant has as much of this as it may";
    TooManyReplays        CONFLICT               "too_many_replays"        "Four replays of the tenant are running";
    DefaultTenant         CONFLICT               "default_tenant"          "The default tenant stays";
    VersionMismatch       PRECONDITION_FAILED    "version_mismatch"        "It is not the version you expect";
    BodyTooLarge          PAYLOAD_TOO_LARGE      "body_too_large"          "The body is too large";
    UnsupportedMediaType  UNSUPPORTED_MEDIA_TYPE "unsupported_media_type"  "The body must be JSON";
    TooManyRequests       TOO_MANY_REQUESTS      "too_many_requests"       "Too many requests";
    TooMuchOwed           TOO_MANY_REQUESTS      "too_much_owed"           "The tenant is owed as much as it may be";
    TooMuchKept           TOO_MANY_REQUESTS      "too_much_kept"           "As much is kept of the tenant's as may be";
    DiskFull              INSUFFICIENT_STORAGE   "disk_full"               "The disk is nearly full";
    UnknownTransferCoding NOT_IMPLEMENTED        "unknown_transfer_coding" "The body comes in a way that is not known";
    Internal              INTERNAL_SERVER_ERROR  "internal"                "Something went wrong here";
    CannotSend            SERVICE_UNAVAILABLE    "cannot_send"             "Nothing can be sent now";
    StoreUnavailable      SERVICE_UNAVAILABLE    "store_unavailable"       "The store cannot keep anything now";
    TooManyDeliveries     PAYLOAD_TOO_LARGE      "too_many_deliveries"     "Too many deliveries at one time";
    TooLong               SERVICE_UNAVAILABLE    "too_long"                "It takes too long";
    Busy                  SERVICE_UNAVAILABLE    "busy"                    "Too much to do at the moment";
    ShuttingDown          SERVICE_UNAVAILABLE    "shutting_down"           "The server is shutting down";
}

impl Code {
    /// Those that any request can be answered with, whatever it is for: by the edge, or by what everything stands on.
    pub const OF_ANY_REQUEST: &[Code] = &[
        Code::InvalidParameter,
        Code::InvalidHeader,
        Code::OneTenantOnly,
        Code::Unauthorized,
        Code::KeyExpired,
        Code::CsrfTokenMissing,
        Code::MissingScope,
        Code::NotInPortal,
        Code::OperatorOnly,
        Code::OtherTenant,
        Code::UnknownTenant,
        Code::UriTooLong,
        Code::UnknownTransferCoding,
        Code::TooManyRequests,
        Code::Internal,
        Code::StoreUnavailable,
        Code::Busy,
        Code::ShuttingDown,
    ];
    /// Those that any request with a body can be answered with besides.
    pub const OF_ANY_BODY: &[Code] =
        &[Code::InvalidBody, Code::BodyTimeout, Code::BodyTooLarge, Code::UnsupportedMediaType];

    /// The HTTP status.
    pub fn status(self) -> StatusCode {
        self.facts().0
    }
}

impl Problem {
    /// Of this kind, with a sentence for the caller.
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Problem {
        Problem(Box::new(Inner { code, detail: detail.into(), errors: Vec::new(), retry_after: None, cause: None }))
    }

    /// Something is to be done with what an event says, which was deleted.
    pub fn scrubbed() -> Problem {
        let detail =
            "what the event says was deleted (`scrubbed_at`), so that it cannot be sent, tried or saved any more";
        Problem::new(Code::Scrubbed, detail)
    }

    /// There is no such thing among the caller's. The same words whether it belongs to someone else or to nobody.
    pub fn not_found(what: &'static str) -> Problem {
        Problem::new(Code::NotFound, format!("there is no {what} with this id"))
    }

    /// A wrong field of the body.
    pub fn field(pointer: impl Into<String>, message: impl Into<String>) -> Problem {
        FieldError::at(pointer, message).into()
    }

    /// Several wrong fields of the body. Of many, the first are told, and how many others there are.
    pub fn fields(code: Code, errors: Vec<FieldError>) -> Problem {
        let first = errors.first().map(|error| format!("{}: {}", place(&error.pointer), error.message));
        let first = first.unwrap_or_default();
        let detail = match errors.len() {
            0 | 1 => first,
            count => format!("{first} (and {} more)", count - 1),
        };
        let told = errors.into_iter().take(MOST_ERRORS);
        told.fold(Problem::new(code, detail), |problem, FieldError { pointer, message, .. }| {
            problem.with(Flaw { pointer: Some(pointer), message, ..Flaw::default() })
        })
    }

    /// A wrong query or path parameter.
    pub fn parameter(name: impl Into<String>, message: impl Into<String>) -> Problem {
        let (name, message) = (name.into(), message.into());
        let problem = Problem::new(Code::InvalidParameter, format!("the parameter `{name}`: {message}"));
        problem.with(Flaw { parameter: Some(name), message, ..Flaw::default() })
    }

    /// A wrong header.
    pub fn header(name: &'static str, message: impl Into<String>) -> Problem {
        let message = message.into();
        let problem = Problem::new(Code::InvalidHeader, format!("the header `{name}`: {message}"));
        problem.with(Flaw { header: Some(name), message, ..Flaw::default() })
    }

    /// Something that should not happen; `cause` is for the log only.
    pub fn internal(cause: impl ToString) -> Problem {
        let detail = "the request failed for a reason that is ours; the log tells why under the request's id";
        Problem::new(Code::Internal, detail).because(cause)
    }

    /// Adds the part that is wrong.
    pub fn with(mut self, flaw: Flaw) -> Problem {
        self.0.errors.push(flaw);
        self
    }

    /// Adds the place in the body that is meant.
    pub fn pointing_at(self, pointer: impl Into<String>) -> Problem {
        let message = self.0.detail.clone().into_owned();
        self.with(Flaw { pointer: Some(pointer.into()), message, ..Flaw::default() })
    }

    /// The same about a part of the body that is at this pointer.
    pub fn below(mut self, part: &str) -> Problem {
        // The sentence begins with the place of the first.
        if let Some(Flaw { pointer: Some(first), .. }) = self.0.errors.first()
            && let Some(rest) = self.0.detail.strip_prefix(&format!("{}: ", place(first)))
        {
            self.0.detail = format!("{part}{first}: {rest}").into();
        }
        for flaw in &mut self.0.errors {
            if let Some(pointer) = &mut flaw.pointer {
                pointer.insert_str(0, part);
            }
        }
        self
    }

    /// The same where what is wrong were no parameters but members of a body.
    pub fn of_members(self) -> Problem {
        let flaws = self.0.errors.iter();
        let errors = flaws.filter_map(|Flaw { parameter, message, .. }| {
            parameter.as_ref().map(|name| FieldError::at(format!("/{name}"), message.clone()))
        });
        let errors: Vec<FieldError> = errors.collect();
        if errors.is_empty() { self } else { errors.into() }
    }

    /// With what helps besides.
    pub fn hinting(mut self, hint: &str) -> Problem {
        self.0.detail = format!("{}; {hint}", self.0.detail).into();
        self
    }

    /// When to try again, in seconds.
    pub fn retry_after(mut self, seconds: u64) -> Problem {
        self.0.retry_after = Some(seconds);
        self
    }

    /// Why, for the log only.
    pub fn because(mut self, cause: impl ToString) -> Problem {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// What kind of problem it is, as the document's `code` has it.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// Whether there is nothing where it was looked for.
    pub fn is_about_nothing(&self) -> bool {
        matches!(self.code(), Code::NotFound | Code::UnknownRoute)
    }

    /// Writes the document into the response that was made of this problem, and the cause into the log.
    pub(crate) fn write(&self, response: &mut Response, request_id: &str) {
        let (status, code, title) = self.0.code.facts();
        let cause = self.0.cause.as_deref().unwrap_or_default();
        match status {
            StatusCode::INTERNAL_SERVER_ERROR => {
                tracing::error!(request_id, code, cause, "a request could not be done");
            }
            // Of what passes by itself there may be thousands a second, and what is behind it has a line of its own.
            _ if status.is_server_error() => tracing::debug!(request_id, code, cause, "a request was put off"),
            _ => {}
        }
        let view = ProblemView {
            kind: format!("urn:lanehook:problem:{code}"),
            title,
            status: status.as_u16(),
            code,
            detail: &self.0.detail,
            errors: &self.0.errors,
            request_id,
        };
        // Plain strings and numbers always serialize.
        *response.body_mut() = serde_json::to_vec(&view).unwrap_or_default().into();
    }
}

/// A place in the body, in a sentence.
fn place(pointer: &str) -> &str {
    if pointer.is_empty() { "the body" } else { pointer }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, ..) = self.0.code.facts();
        let mut response = status.into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"lanehook\""));
        }
        if let Some(seconds) = self.0.retry_after {
            headers.insert(RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Problem {
        vec![error].into()
    }
}

impl From<Vec<FieldError>> for Problem {
    fn from(errors: Vec<FieldError>) -> Problem {
        Problem::fields(Code::InvalidBody, errors)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn written(problem: Problem) -> (Response, String) {
        let mut response = problem.clone().into_response();
        problem.write(&mut response, "req-1");
        let body = std::mem::take(response.body_mut());
        let body = futures_util::FutureExt::now_or_never(axum::body::to_bytes(body, usize::MAX)).unwrap().unwrap();
        (response, String::from_utf8(body.to_vec()).unwrap())
    }

    #[test]
    fn a_field_error_keeps_its_pointer() {
        let (response, body) = written(Problem::field("/url", "use https"));
        assert_eq!(response.headers()[CONTENT_TYPE], "application/problem+json");
        assert_eq!(
            body,
            r#"{"type":"urn:lanehook:problem:invalid_body","title":"The body is not as it should be","status":400,"code":"invalid_body","detail":"/url: use https","errors":[{"pointer":"/url","message":"use https"}],"request_id":"req-1"}"#
        );
    }

    #[test]
    fn what_is_said_of_a_part_is_said_at_its_place() {
        let errors = vec![FieldError::at("/url", "use https"), FieldError::at("", "is a list")];
        let (_, body) = written(Problem::from(errors).below("/webhook"));
        assert!(body.contains(r#""detail":"/webhook/url: use https (and 1 more)""#), "{body}");
        assert!(body.contains(r#""pointer":"/webhook/url""#) && body.contains(r#""pointer":"/webhook""#), "{body}");
        let (_, body) = written(Problem::field("", "is a list").below("/webhook"));
        assert!(body.contains(r#""detail":"/webhook: is a list""#), "{body}");
        let (_, body) = written(Problem::not_found("event").below("/event"));
        assert!(body.contains(r#""detail":"there is no event with this id""#), "{body}");
    }

    #[test]
    fn codes_are_unlike_each_other() {
        let mut codes: Vec<_> = Code::ALL.iter().map(|code| code.facts().1).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Code::ALL.len());
    }
}
