//! Answers that do not come whole, and requests that go twice.

use super::*;
use crate::{model::Span, platform::PlatformId};

#[tokio::test]
async fn a_head_that_is_no_success_counts_whatever_becomes_of_the_body() {
    for (head, kind, wait) in [
        ("429 Too Many Requests\r\nretry-after: 3600", FailureKind::Throttled, Some(3600)),
        ("503 Service Unavailable\r\nretry-after: 7", FailureKind::Throttled, Some(7)),
        ("410 Gone", FailureKind::Gone, None),
        ("500 Internal Server Error", FailureKind::Http, None),
    ] {
        let outcome = answered(format!("HTTP/1.1 {head}\r\ncontent-length: 10\r\n\r\nfour"), Then::Close).await;
        let failed = outcome.result.unwrap_err();
        assert_eq!((failed.kind, failed.retry_after), (kind, wait.map(Duration::from_secs)), "{head}");
        let message = failed.message;
        assert!(
            message.starts_with(&format!("the receiver answered {}", &head[..3])) && message.contains("middle"),
            "{message}"
        );
        assert!(outcome.answer.unwrap().truncated);
    }
}

/// What comes of a receiver that says this and then nothing more.
async fn stalls(response: &str, platform: Option<&str>) -> Outcome {
    let receiver = Receiver::start(response, Then::Hang).await;
    let bench = Bench::dev();
    let mut webhook = webhook(&receiver.url("/"));
    webhook.settings.timeout = Span::seconds(300);
    webhook.settings.platform = platform.map(|id| PlatformId::parse(id).unwrap());
    let (outcome, ()) = tokio::join!(bench.send(webhook), async {
        receiver.answered().await;
        settle().await;
        bench.clock.advance(Duration::from_millis(299_999));
        settle().await;
        bench.clock.advance(Duration::from_millis(1));
    });
    outcome
}

#[tokio::test]
async fn a_timeout_is_told_in_the_webhooks_words() {
    let outcome = stalls("", None).await;
    let message = "no complete answer within 5m: connected, but no response head arrived";
    assert_eq!((failure(&outcome), &outcome.answer), ((FailureKind::Timeout, message), &None));
}

#[tokio::test]
async fn what_a_receiver_has_accepted_is_delivered_whatever_becomes_of_the_rest_of_its_answer() {
    let broken = "the connection broke off in the middle of the answer's body (unexpected end of file)";
    for (response, remark) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfour", broken),
        ("HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab", broken),
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            "the answer is not HTTP as it should be: Invalid chunk size line: missing size digit",
        ),
        ("HTTP/1.1 204 No Content\r\nx-a: b", "the connection broke off in the middle of the answer's head"),
        ("HTTP/1.1 200 OK\r\nx-a: \0\r\n\r\n", "the answer is not HTTP as it should be: invalid HTTP header parsed"),
    ] {
        let outcome = answered(response, Then::Close).await;
        assert_eq!((&outcome.result, outcome.remark.as_deref()), (&Ok(()), Some(remark)), "{response:?}");
        assert!(outcome.answer.unwrap().truncated);
    }
    let complete = answered(OK, Then::Close).await;
    assert_eq!((complete.result, complete.remark), (Ok(()), None));

    for (response, remark) in [
        (
            "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nfour",
            "no complete answer within 5m: the response head (200 OK) arrived, but the body did not end",
        ),
        (
            "HTTP/1.1 200 OK\r\ncontent-len",
            "no complete answer within 5m: the response's first line (200 OK) arrived, but its head did not end",
        ),
    ] {
        let outcome = stalls(response, None).await;
        assert_eq!((&outcome.result, outcome.remark.as_deref()), (&Ok(()), Some(remark)), "{response:?}");
    }
}

#[tokio::test]
async fn where_the_body_decides_and_has_not_come_it_is_a_failure() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";
    let outcome = stalls(&format!("{head}{{\"ok\":"), Some("telegram")).await;
    let message = "no complete answer within 5m: the response head (200 OK) arrived, but the body did not end";
    assert_eq!((failure(&outcome), outcome.remark.as_deref()), ((FailureKind::Timeout, message), None));
    // What has come of it may be enough, and some platforms look at the status only.
    for (body, platform) in [("{\"ok\":true,", "telegram"), ("", "discord")] {
        let outcome = stalls(&format!("{head}{body}"), Some(platform)).await;
        assert_eq!((outcome.result, outcome.remark.as_deref()), (Ok(()), Some(message)), "{platform}");
    }
}

#[tokio::test]
async fn that_a_request_went_twice_is_told() {
    let twice = "the kept connection ended before an answer came, so the request was sent again over a new one: the receiver may \
                 have it twice";
    let receiver = Receiver::start_with([OK.into(), Vec::new()], Then::Close).await;
    let bench = Bench::dev();
    assert_eq!(bench.send(webhook(&receiver.url("/"))).await.remark, None);
    let outcome = bench.send(webhook(&receiver.url("/"))).await;
    assert_eq!((outcome.result, outcome.remark.as_deref()), (Ok(()), Some(twice)));

    let failed = b"HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n".to_vec();
    let receiver = Receiver::start_with([failed, Vec::new()], Then::Close).await;
    bench.send(webhook(&receiver.url("/"))).await;
    let outcome = bench.send(webhook(&receiver.url("/"))).await;
    let message = format!("the receiver answered 500 Internal Server Error; before that, {twice}");
    assert_eq!((failure(&outcome), &outcome.remark), ((FailureKind::Http, message.as_str()), &None));
}
