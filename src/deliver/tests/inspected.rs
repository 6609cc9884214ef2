//! Requests to inspectors, which do not leave the process.

use super::*;
use crate::{
    inspect::{AnsweringInput, Checked, Source, WhichSecret},
    model::{InspectorId, Span},
};

fn id() -> InspectorId {
    InspectorId::of([5; 16])
}

/// Of a webhook that leads to the inspector, whose client may send nowhere.
fn bench(answers: AnsweringInput) -> (Bench, Webhook) {
    let bench = Bench::strict(Resolver::system(false));
    bench.inspectors.make(TenantKey(1), id(), answers).unwrap();
    (bench, webhook(&format!("lanehook://inspect/{}/in?a=b", id())))
}

#[tokio::test]
async fn an_inspector_gets_what_a_receiver_would_and_answers_as_one() {
    let headers = [("x-seen".to_owned(), "yes".to_owned())].into();
    let answers =
        AnsweringInput { status: Some(202), headers: Some(headers), body: Some("fine".into()), ..Default::default() };
    let (bench, webhook) = bench(answers);
    let outcome = bench.send(webhook).await;
    assert_eq!((&outcome.result, outcome.is_connected, outcome.remote, outcome.requests), (&Ok(()), true, None, 1));
    let answer = outcome.answer.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (202, &b"fine"[..]));
    assert!(answer.headers.iter().any(|line| line == ("x-seen", "yes")));
    let got = bench.inspectors.requests(TenantKey(1), id()).unwrap().remove(0);
    assert_eq!((got.method.as_str(), got.path.as_str(), &got.body[..]), ("POST", "/in?a=…", BODY));
    assert_eq!((&got.headers, got.size, got.is_cut), (&outcome.sent.headers, BODY.len(), false));
    let expected = Source::Webhook {
        id: Some(WebhookId::parse("prices").unwrap()),
        delivery: Some(DeliveryId(Serial::nth(99))),
        signature: Checked::Verified(vec![WhichSecret::Current]),
    };
    assert_eq!(got.source, expected);
    assert_eq!(bench.sender.stats().connections_open, 0);
}

#[tokio::test]
async fn what_an_inspector_answers_is_judged_as_a_receivers_answer_is() {
    for (status, kind) in
        [(500, FailureKind::Http), (410, FailureKind::Gone), (429, FailureKind::Throttled), (302, FailureKind::Http)]
    {
        let (bench, webhook) = bench(AnsweringInput { status: Some(status), ..Default::default() });
        assert_eq!(failure(&bench.send(webhook).await).0, kind, "{status}");
    }
}

#[tokio::test]
async fn a_slow_inspector_is_a_timeout_and_a_quick_one_is_not() {
    let delay = |seconds| AnsweringInput { delay: Some(Span::seconds(seconds)), ..Default::default() };
    for (seconds, timeout) in [(2, 3), (3, 3), (4, 3)] {
        let (bench, mut webhook) = bench(delay(seconds));
        webhook.settings.timeout = Span::seconds(timeout);
        let mut sending = Box::pin(bench.send(webhook));
        assert!(futures_util::poll!(&mut sending).is_pending());
        bench.clock.advance(Duration::from_secs(seconds.min(timeout)));
        let outcome = sending.await;
        assert_eq!(outcome.result.is_ok(), seconds <= timeout, "{seconds}");
        assert_eq!(outcome.timings.total_us, 1_000_000 * seconds.min(timeout) as u32);
        if seconds > timeout {
            let said = "no complete answer within 3s: connected, but no response head arrived";
            assert_eq!(failure(&outcome), (FailureKind::Timeout, said));
        }
    }
}

#[tokio::test]
async fn another_tenants_inspector_is_not_there_to_be_sent_to_connected_to_or_saved() {
    let (bench, own) = bench(AnsweringInput::default());
    let other = Webhook { tenant: TenantKey(2), ..own };
    let outcome = bench.sender.connect(TenantKey(2), &other.settings).await.unwrap();
    assert_eq!(failure(&outcome).0, FailureKind::Settings);
    assert!(bench.sender.check(TenantKey(2), &other.settings).unwrap_err().contains("there is no inspector"));
    assert_eq!(bench.sender.check(TenantKey(1), &other.settings), Ok(()));
    let outcome = bench.send(other).await;
    assert!(failure(&outcome).1.starts_with("there is no inspector ins_"), "{outcome:?}");
    assert!(bench.inspectors.requests(TenantKey(1), id()).unwrap().is_empty());
}

#[tokio::test]
async fn an_inspector_keeps_no_credential() {
    let (bench, mut webhook) = bench(AnsweringInput::default());
    webhook.settings.auth = Auth::Bearer { token: "tok-1234567890".into() };
    assert_eq!(bench.send(webhook).await.result, Ok(()));
    let got = bench.inspectors.requests(TenantKey(1), id()).unwrap().remove(0);
    assert!(got.headers.iter().any(|line| line == ("authorization", REDACTED)), "{:?}", got.headers);
}
