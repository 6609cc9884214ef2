//! Who does not get through.

use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request};
use http_body::{Body, Frame};
use http_body_util::Full;
use lanehook_signature::Dialect;
use proptest::prelude::*;
use tower::ServiceExt as _;

use super::{Receiver, deliver, request, send, signed};
use crate::{NOW, timestamped};

/// A body that must not be read, or that breaks off.
enum Bad {
    Unread,
    Broken,
}

impl Body for Bad {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        match *self {
            Bad::Unread => panic!("the body is read"),
            Bad::Broken => Poll::Ready(Some(Err(std::io::Error::other("connection reset")))),
        }
    }
}

/// One byte at a time.
struct Trickle(usize);

impl Body for Trickle {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::convert::Infallible>>> {
        match self.0.checked_sub(1) {
            Some(left) => {
                self.0 = left;
                Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"a")))))
            }
            None => Poll::Ready(None),
        }
    }
}

#[tokio::test]
async fn an_unsigned_request_is_answered_401_without_the_reason() {
    let receiver = Receiver::new();
    let handler = receiver.service(&receiver.layer(Dialect::Standard));
    let answer = send(&handler, request(&[], "{}")).await;
    assert_eq!(answer, (401, "the request was not accepted".to_owned()));
    assert_eq!(receiver.problems(), ["the header webhook-id is missing"]);
    assert_eq!(deliver(&handler, &signed(&Dialect::Standard, "evt_1", NOW, "{}"), "{ }").await, 401);
    assert_eq!(
        receiver.problems(),
        ["the body was altered on the way (it was parsed as JSON and written again): verify its bytes as they came, \
          before anything parses them"]
    );
    assert_eq!(receiver.handled(), 0);
}

#[tokio::test]
async fn the_reason_is_told_if_that_is_wanted() {
    let receiver = Receiver::new();
    let handler = receiver.service(&receiver.layer(Dialect::Standard).tell_reason());
    let old = send(&handler, request(&signed(&Dialect::Standard, "evt_1", NOW - 301, "{}"), "{}")).await;
    assert_eq!(old, (401, "the request was signed 301 s ago, which is more than the tolerance allows".to_owned()));
}

#[tokio::test]
async fn the_clock_is_the_one_that_was_handed_in() {
    let receiver = Receiver::new();
    let handler = receiver.service(&receiver.layer(Dialect::Standard));
    receiver.now.store(1_000, Ordering::Relaxed);
    assert_eq!(deliver(&handler, &signed(&Dialect::Standard, "evt_1", NOW, "{}"), "{}").await, 401);
    assert_eq!(deliver(&handler, &signed(&Dialect::Standard, "evt_1", 1_300, "{}"), "{}").await, 204);
}

#[tokio::test]
async fn a_body_may_be_as_long_as_the_cap() {
    let receiver = Receiver::new();
    let handler = receiver.service(&receiver.layer(Dialect::Hub).body_limit(10));
    for (body, status) in [("0123456789", 204), ("0123456789a", 413)] {
        assert_eq!(deliver(&handler, &signed(&Dialect::Hub, "", NOW, body), body).await, status);
    }
    assert_eq!(receiver.problems(), ["the body has more than 10 bytes"]);
}

#[tokio::test]
async fn the_cap_is_a_mebibyte_unless_set() {
    let receiver = Receiver::new();
    let handler = receiver.service(&receiver.layer(Dialect::Hub));
    for (length, status) in [(1 << 20, 204), ((1 << 20) + 1, 413)] {
        let body = "a".repeat(length);
        let mut request = Request::post("/").body(Trickle(length)).unwrap();
        for (name, value) in signed(&Dialect::Hub, "", NOW, &body) {
            request.headers_mut().insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        assert_eq!(handler.clone().oneshot(request).await.unwrap().status(), status);
    }
}

#[tokio::test]
async fn no_body_is_read_for_nothing() {
    let receiver = Receiver::new();
    let handler = receiver.service(&receiver.layer(Dialect::Standard));
    let answer = |headers: Vec<(String, String)>, length: Option<&str>| {
        let mut request = Request::post("/").body(Bad::Unread).unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
        }
        if let Some(length) = length {
            request.headers_mut().insert("content-length", length.parse().unwrap());
        }
        let handler = handler.clone();
        async move { handler.oneshot(request).await.unwrap().status().as_u16() }
    };
    assert_eq!(answer(Vec::new(), None).await, 401);
    assert_eq!(answer(signed(&Dialect::Standard, "evt_1", NOW - 1000, "{}"), None).await, 401);
    let fresh = signed(&Dialect::Standard, "evt_1", NOW, "{}");
    assert_eq!(answer(fresh.clone(), Some("1048577")).await, 413);
    assert_eq!(answer(fresh, Some("18446744073709551615")).await, 413);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_answered_400() {
    let receiver = Receiver::new();
    let handler = receiver.service(&receiver.layer(Dialect::Hub));
    let mut request = Request::post("/").body(Bad::Broken).unwrap();
    for (name, value) in signed(&Dialect::Hub, "", NOW, "{}") {
        request.headers_mut().insert(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
    }
    assert_eq!(handler.oneshot(request).await.unwrap().status(), 400);
    assert_eq!(receiver.problems(), ["the body could not be read: connection reset"]);
}

/// A proxy may look at the first of two headers, and a framework at the last.
#[tokio::test]
async fn a_header_that_stands_there_twice_is_refused() {
    for dialect in [Dialect::Standard, Dialect::Hub, Dialect::Plain, timestamped("Stripe-Signature", ".")] {
        let receiver = Receiver::new();
        let handler = receiver.service(&receiver.layer(dialect.clone()));
        let headers = signed(&dialect, "evt_1", NOW, "{}");
        for repeated in &headers {
            let mut twice = request(&headers, "{}");
            let name: HeaderName = repeated.0.parse().unwrap();
            twice.headers_mut().append(&name, repeated.1.parse().unwrap());
            // Nothing of the receiver's depends on these two.
            let unread = ["x-webhook-event", "x-webhook-delivery"].contains(&name.as_str());
            assert_eq!(send(&handler, twice).await.0 == 401, !unread, "{name}");
            if !unread {
                assert_eq!(receiver.problems(), [format!("the header {name} stands there more than once")]);
            }
        }
    }
}

#[tokio::test]
async fn a_header_that_is_no_text_is_not_taken_for_a_missing_one() {
    let receiver = Receiver::new();
    let handler = receiver.service(&receiver.layer(Dialect::Standard));
    let mut request = request(&signed(&Dialect::Standard, "evt_1", NOW, "{}"), "{}");
    request.headers_mut().insert("webhook-id", HeaderValue::from_bytes(b"evt_\xff").unwrap());
    assert_eq!(send(&handler, request).await.0, 401);
    assert_eq!(receiver.problems(), ["the header webhook-id holds bytes that are not visible ASCII"]);
}

/// Whoever recorded a request could send it with another one, have it answered by something else, and use the message up.
#[tokio::test]
async fn a_message_comes_with_the_methods_that_are_set() {
    let receiver = Receiver::new();
    let headers = signed(&Dialect::Standard, "evt_1", NOW, "{}");
    let with = |method: Method| {
        let mut request = request(&headers, "{}");
        *request.method_mut() = method;
        request
    };
    let handler = receiver.service(&receiver.layer(Dialect::Standard));
    for method in [Method::GET, Method::HEAD, Method::OPTIONS, Method::PUT, Method::DELETE] {
        let answer = handler.clone().oneshot(with(method)).await.unwrap();
        assert_eq!((answer.status().as_u16(), &answer.headers()["allow"]), (405, &HeaderValue::from_static("POST")));
        assert_eq!(receiver.problems(), ["a message comes with POST"]);
    }
    assert_eq!(receiver.handled(), 0);
    assert_eq!(send(&handler, with(Method::POST)).await.0, 204, "it was not used up");

    let handler = receiver.service(&receiver.layer(Dialect::Standard).methods([Method::GET, Method::PUT]));
    let answer = handler.clone().oneshot(with(Method::POST)).await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["allow"]), (405, &HeaderValue::from_static("GET, PUT")));
    assert_eq!(send(&handler, with(Method::PUT)).await.0, 204);
}

/// One message of all that have it.
#[tokio::test]
async fn an_id_that_is_empty_is_refused() {
    let receiver = Receiver::new();
    let in_body = |_: &http::HeaderMap, body: &[u8]| Some(body.strip_prefix(b"id=")?.escape_ascii().to_string());
    let handler = receiver.service(&receiver.layer(Dialect::Hub).id_from(in_body));
    for (body, status) in [("id=1", 204), ("id=", 401), ("no id", 204)] {
        assert_eq!(deliver(&handler, &signed(&Dialect::Hub, "", NOW, body), body).await, status, "{body}");
    }
    assert_eq!(receiver.problems(), ["the id that was found in the request is empty"]);

    let handler = receiver.service(&receiver.layer(Dialect::Hub).id_header(HeaderName::from_static("x-id")));
    for (ids, status, problem) in [
        (&["1"][..], 204, None),
        (&[""][..], 401, Some("the header x-id is empty")),
        (&["2", "3"][..], 401, Some("the header x-id stands there more than once")),
        (&[][..], 204, None),
    ] {
        let body = format!("{ids:?}");
        let mut headers = signed(&Dialect::Hub, "", NOW, &body);
        headers.extend(ids.iter().map(|id| ("x-id".to_owned(), (*id).to_owned())));
        assert_eq!(deliver(&handler, &headers, &body).await, status, "{body}");
        assert_eq!(receiver.problems(), problem.into_iter().collect::<Vec<_>>());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Header lines of any bytes, any number of them: nothing panics, and nothing reaches the handler.
    #[test]
    fn made_up_requests_do_not_get_through(
        lines in proptest::collection::vec((0..9_usize, proptest::collection::vec(any::<u8>(), 0..9_000)), 0..24),
        body in ".{0,40}",
        dialect in crate::dialects(),
    ) {
        let names = [
            "webhook-id", "webhook-timestamp", "webhook-signature", "x-hub-signature-256", "x-webhook-signature",
            "x-webhook-signature-previous", "stripe-signature", "x-pt-signature", "content-length",
        ];
        let receiver = Receiver::new();
        let handler = receiver.service(&receiver.layer(dialect));
        let mut request = Request::post("/").body(Full::new(Bytes::from(body))).unwrap();
        for (name, value) in lines {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                request.headers_mut().append(HeaderName::from_static(names[name]), value);
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let status = runtime.block_on(handler.oneshot(request)).unwrap().status();
        prop_assert!(status == 401 || status == 413, "{}", status);
        prop_assert_eq!(receiver.handled(), 0);
    }
}
