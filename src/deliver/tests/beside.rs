//! What takes long is done beside the threads that serve everybody: here one, which is held.

use std::sync::mpsc;

use tokio::task::yield_now;

use super::*;

/// Holds the thread of the work until the answer is dropped.
async fn hold(work: &Work) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (began, begun) = tokio::sync::oneshot::channel();
    let job = move || {
        let _ = began.send(());
        let _ = released.recv();
    };
    let work = work.clone();
    tokio::spawn(async move { work.run_once(TenantKey(9), Slice::UNKNOWN, job).await });
    begun.await.unwrap();
    release
}

/// Sends, and returns what came of it, after it was seen to wait for the thread.
async fn sends_beside(bench: &Bench, webhook: Webhook, message: Message) -> Outcome {
    let held = hold(&bench.work).await;
    let webhook = Arc::new(webhook);
    let mut sending = Box::pin(bench.sender.send(&webhook, message));
    let waits = async {
        while bench.work.waiting() == 0 {
            yield_now().await;
        }
    };
    tokio::select! {
        _ = &mut sending => panic!("it was done in place"),
        () = waits => {}
    }
    drop(held);
    sending.await.expect("nothing is short here")
}

#[tokio::test]
async fn a_long_body_is_signed_beside() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench = Bench::dev();
    let body = Bytes::from(vec![b'7'; 1 << 20]);
    let outcome = sends_beside(&bench, webhook(&receiver.url("/")), Message { body: body.clone(), ..message() }).await;
    assert_eq!(outcome.result, Ok(()));
    let (request, verifier) = (receiver.last(), Verifier::new(Dialect::Standard, &Secret::parse(SECRET).unwrap()));
    assert!(request.body == body);
    verifier.unwrap().verify(|name| request.header(name), &request.body, START.seconds()).unwrap();
}

#[tokio::test]
async fn a_long_answer_is_searched_beside_for_credentials() {
    let credential = SECRET.strip_prefix("whsec_").unwrap();
    let body = format!("{}{credential}", "x".repeat(15_000));
    let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let receiver = Receiver::start(response, Then::KeepOpen).await;
    let outcome = sends_beside(&Bench::dev(), webhook(&receiver.url("/")), message()).await;
    assert_eq!(outcome.result, Ok(()));
    let shown = String::from_utf8(outcome.answer.unwrap().body.to_vec()).unwrap();
    assert!(shown.ends_with(REDACTED) && !shown.contains(credential), "{}", &shown[14_990..]);
}

#[tokio::test]
async fn what_is_short_waits_for_no_thread() {
    let receiver = Receiver::start(OK, Then::KeepOpen).await;
    let bench = Bench::dev();
    let _held = hold(&bench.work).await;
    assert_eq!(bench.send(webhook(&receiver.url("/"))).await.result, Ok(()));
}
