//! The same message again: a retry after a lost answer, or a replay of a recorded request.

use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, Response};
use http_body_util::Full;
use lanehook_signature::layer::VerifyLayer;
use lanehook_signature::seen::{Begin, Claim, InMemory, SeenIds, Unguarded, WhenFull};
use lanehook_signature::{Dialect, MessageKey};
use tokio::sync::Notify;
use tower::{Layer as _, ServiceExt as _};

use super::{Receiver, deliver, request, send, signed};
use crate::{NOW, timestamped};

const STANDARD: Dialect = Dialect::Standard;

#[tokio::test]
async fn a_handled_message_is_answered_and_not_handled_again() {
    let receiver = Receiver::new();
    let handler = receiver.service(&receiver.layer(STANDARD));
    assert_eq!(deliver(&handler, &signed(&STANDARD, "evt_1", NOW, "{}"), "{}").await, 204);

    // The replay of the request, and the retry, which is signed anew.
    let replayed = send(&handler, request(&signed(&STANDARD, "evt_1", NOW, "{}"), "{}")).await;
    assert_eq!(replayed, (200, "handled before".to_owned()));
    receiver.wait(30);
    assert_eq!(deliver(&handler, &signed(&STANDARD, "evt_1", NOW + 30, "{}"), "{}").await, 200);
    assert_eq!(receiver.handled(), 1);
    assert_eq!(receiver.problems(), [""; 0]);

    assert_eq!(deliver(&handler, &signed(&STANDARD, "evt_2", NOW, "{}"), "{}").await, 204);
    assert_eq!(receiver.handled(), 2);
}

#[tokio::test]
async fn a_replay_is_not_handled_for_as_long_as_it_is_accepted() {
    for (seconds, status) in [(0, 200), (300, 200), (301, 200), (600, 200), (601, 401)] {
        let receiver = Receiver::new();
        let handler = receiver.service(&receiver.layer(STANDARD));
        // Signed by a clock that is five minutes ahead, so that it is accepted for ten minutes.
        let headers = signed(&STANDARD, "evt_1", NOW + 300, "{}");
        assert_eq!(deliver(&handler, &headers, "{}").await, 204);
        receiver.wait(seconds);
        assert_eq!(deliver(&handler, &headers, "{}").await, status);
        assert_eq!(receiver.handled(), 1);
    }
}

#[tokio::test]
async fn a_message_is_remembered_for_as_long_as_is_asked() {
    for (hours, statuses) in [(None, [204, 204]), (Some(24), [204, 200]), (Some(0), [204, 204])] {
        let receiver = Receiver::new();
        let mut layer = receiver.layer(STANDARD);
        if let Some(hours) = hours {
            layer = layer.remember_for(Duration::from_secs(hours * 3600));
        }
        let handler = receiver.service(&layer);
        let first = deliver(&handler, &signed(&STANDARD, "evt_1", NOW, "{}"), "{}").await;
        // Never shorter than it can be replayed.
        receiver.wait(300);
        assert_eq!(deliver(&handler, &signed(&STANDARD, "evt_1", NOW, "{}"), "{}").await, 200);
        receiver.wait(3600);
        let retried = deliver(&handler, &signed(&STANDARD, "evt_1", NOW + 3900, "{}"), "{}").await;
        assert_eq!([first, retried], statuses);
    }
}

#[tokio::test]
async fn a_message_that_was_not_handled_is_handled_when_it_comes_again() {
    for status in [500, 503, 429, 409, 404, 302] {
        let receiver = Receiver::new();
        let handler = receiver.service(&receiver.layer(STANDARD));
        let headers = signed(&STANDARD, "evt_1", NOW, "{}");
        receiver.answer_with(status);
        let answer = handler.clone().oneshot(request(&headers, "{}")).await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
        receiver.answer_with(200);
        assert_eq!(deliver(&handler, &headers, "{}").await, 200);
        assert_eq!(receiver.handled(), 2);
    }
}

/// A handler that waits until it is told to go on, and then answers or panics.
fn waiting(
    layer: &VerifyLayer,
    entered: &Arc<Notify>,
    go_on: &Arc<Notify>,
    panics: bool,
) -> impl tower::Service<
    http::Request<Full<Bytes>>,
    Response = Response<lanehook_signature::layer::Answer<Full<Bytes>>>,
    Error = std::convert::Infallible,
    Future: Send + 'static,
> + Clone
+ use<> {
    let (entered, go_on) = (Arc::clone(entered), Arc::clone(go_on));
    layer.layer(tower::service_fn(move |_: http::Request<lanehook_signature::layer::VerifiedBody>| {
        let (entered, go_on) = (Arc::clone(&entered), Arc::clone(&go_on));
        async move {
            entered.notify_one();
            go_on.notified().await;
            assert!(!panics, "as the test wants it");
            Ok(Response::new(Full::default()))
        }
    }))
}

#[tokio::test]
async fn a_message_that_is_being_handled_is_asked_to_come_again() {
    let (receiver, entered, go_on) = (Receiver::new(), Arc::new(Notify::new()), Arc::new(Notify::new()));
    let handler = waiting(&receiver.layer(STANDARD), &entered, &go_on, false);
    let headers = signed(&STANDARD, "evt_1", NOW, "{}");
    let first = tokio::spawn(handler.clone().oneshot(request(&headers, "{}")));
    entered.notified().await;

    let second = handler.clone().oneshot(request(&headers, "{}")).await.unwrap();
    assert_eq!(second.status(), 503);
    assert_eq!(second.headers()["retry-after"], "5");
    assert_eq!(receiver.problems(), ["the same message is being handled; come again"]);

    go_on.notify_one();
    assert_eq!(first.await.unwrap().unwrap().status(), 200);
    assert_eq!(handler.oneshot(request(&headers, "{}")).await.unwrap().status(), 200);
    assert_eq!(receiver.problems(), [""; 0]);
}

#[tokio::test]
async fn a_handler_that_is_cut_off_or_panics_lets_the_message_go() {
    for panics in [false, true] {
        let (receiver, entered, go_on) = (Receiver::new(), Arc::new(Notify::new()), Arc::new(Notify::new()));
        let layer = receiver.layer(STANDARD);
        let handler = waiting(&layer, &entered, &go_on, panics);
        let headers = signed(&STANDARD, "evt_1", NOW, "{}");
        let first = tokio::spawn(handler.oneshot(request(&headers, "{}")));
        entered.notified().await;
        if panics {
            go_on.notify_one();
        } else {
            first.abort();
        }
        assert!(first.await.is_err());
        assert_eq!(deliver(&receiver.service(&layer), &headers, "{}").await, 204);
    }
}

#[tokio::test]
async fn with_every_place_taken_new_messages_come_later_or_old_ones_twice() {
    let capacity = NonZeroUsize::new(1).unwrap();
    for (when_full, statuses, handled) in
        [(WhenFull::Refuse, [204, 503, 200], 1), (WhenFull::ForgetOldest, [204, 204, 204], 3)]
    {
        let receiver = Receiver::new();
        let memory = InMemory::new(capacity, when_full);
        let handler = receiver.service(&receiver.layer(STANDARD).seen(memory.clone()));
        for (id, status) in ["evt_1", "evt_2", "evt_1"].into_iter().zip(statuses) {
            assert_eq!(deliver(&handler, &signed(&STANDARD, id, NOW, "{}"), "{}").await, status);
        }
        assert_eq!(receiver.handled(), handled);
        let forgotten = u64::try_from(handled - 1).unwrap();
        assert_eq!(memory.forgotten(), forgotten);
    }
}

/// A store that fails at the step that is named.
struct Broken(&'static str);

impl Broken {
    async fn at<T: Send>(&self, step: &str, value: T) -> Result<T, String> {
        tokio::task::yield_now().await;
        if self.0 == step { Err("no connection to 10.0.0.7".to_owned()) } else { Ok(value) }
    }
}

impl SeenIds for Broken {
    type Claim = ();
    type Error = String;

    async fn begin(&self, _: MessageKey, _: i64, _: i64) -> Result<Begin<()>, String> {
        self.at("begin", Begin::First(())).await
    }

    async fn complete(&self, (): ()) -> Result<(), String> {
        self.at("complete", ()).await
    }

    async fn release(&self, (): ()) -> Result<(), String> {
        self.at("release", ()).await
    }
}

#[tokio::test]
async fn a_store_that_fails_costs_no_message() {
    for (step, handler_says, status, text, problem) in [
        // Nothing was done: come again.
        ("begin", 204, 503, "come again", "the store of seen messages failed: no connection to 10.0.0.7"),
        // It was done: to have it sent again would be worse than a replay that is not recognised.
        (
            "complete",
            204,
            204,
            "the handler's",
            "a message was handled and could not be remembered: no connection to 10.0.0.7",
        ),
        ("release", 500, 500, "the handler's", "a message could not be let go: no connection to 10.0.0.7"),
    ] {
        let receiver = Receiver::new();
        receiver.answer_with(handler_says);
        let handler = receiver.service(&receiver.layer(STANDARD).seen(Broken(step)));
        let answer = send(&handler, request(&signed(&STANDARD, "evt_1", NOW, "{}"), "{}")).await;
        assert_eq!(answer, (status, text.to_owned()), "{step}");
        assert_eq!(receiver.problems(), [problem]);
    }
}

#[tokio::test]
async fn unguarded_handles_every_arrival() {
    let receiver = Receiver::new();
    let handler = receiver.service(&receiver.layer(STANDARD).seen(Unguarded));
    let headers = signed(&STANDARD, "evt_1", NOW, "{}");
    assert_eq!(deliver(&handler, &headers, "{}").await, 204);
    assert_eq!(deliver(&handler, &headers, "{}").await, 204);
}

#[tokio::test]
async fn services_of_one_layer_share_what_was_seen() {
    let receiver = Receiver::new();
    let layer = receiver.layer(STANDARD);
    let headers = signed(&STANDARD, "evt_1", NOW, "{}");
    assert_eq!(deliver(&receiver.service(&layer), &headers, "{}").await, 204);
    assert_eq!(deliver(&receiver.service(&layer.clone()), &headers, "{}").await, 200);
}

#[tokio::test]
async fn layers_that_share_a_store_are_kept_apart_by_namespace() {
    let (receiver, store) = (Receiver::new(), Arc::new(InMemory::default()));
    let layer = |name| receiver.layer(STANDARD).seen(Arc::clone(&store)).namespace(name);
    let headers = signed(&STANDARD, "evt_1", NOW, "{}");
    assert_eq!(deliver(&receiver.service(&layer("orders")), &headers, "{}").await, 204);
    assert_eq!(deliver(&receiver.service(&layer("alerts")), &headers, "{}").await, 204);
    assert_eq!(deliver(&receiver.service(&layer("orders")), &headers, "{}").await, 200);
}

/// Delivers requests one after the other, and says which of them were handled.
async fn handled(layer: impl FnOnce(VerifyLayer) -> VerifyLayer, dialect: &Dialect, sent: &[Sent]) -> Vec<bool> {
    let receiver = Receiver::new();
    let handler = receiver.service(&layer(receiver.layer(dialect.clone())));
    let mut answers = Vec::new();
    for sent in sent {
        let before = receiver.handled();
        let mut headers = signed(dialect, sent.0, NOW + sent.1, sent.2);
        headers.push(("x-github-delivery".to_owned(), sent.0.to_owned()));
        assert!(deliver(&handler, &headers, sent.2).await < 300);
        answers.push(receiver.handled() > before);
    }
    answers
}

/// An id, a time, a body.
type Sent = (&'static str, i64, &'static str);

const FIRST: Sent = ("evt_1", 0, r#"{"id":"evt_1"}"#);
const RETRY: Sent = ("evt_1", 30, r#"{"id":"evt_1"}"#);
const OTHER_ID: Sent = ("evt_2", 0, r#"{"id":"evt_1"}"#);
const OTHER_BODY: Sent = ("evt_1", 0, r#"{"id":"evt_2"}"#);

#[tokio::test]
async fn plain_knows_a_message_by_its_unsigned_id_and_its_body() {
    let sent = [FIRST, RETRY, OTHER_ID, OTHER_BODY];
    // A request replayed under another id is handled, and does not take that id from the message that it belongs to.
    assert_eq!(handled(|layer| layer, &Dialect::Plain, &sent).await, [true, false, true, true]);
}

/// Delivers one recorded request under so many ids in this header; how many were handled.
pub(crate) async fn under_made_up_ids<I: SeenIds>(layer: VerifyLayer<I>, receiver: &Receiver, sent: Recorded) -> usize {
    let handler = receiver.service(&layer);
    let before = receiver.handled();
    for n in 0..sent.times {
        let mut headers = signed(&sent.dialect, "evt", NOW, sent.body);
        headers.retain(|(name, _)| name != sent.header);
        headers.push((sent.header.to_owned(), format!("made_up_{n}")));
        let so_far = receiver.handled();
        let status = deliver(&handler, &headers, sent.body).await;
        let refused = if sent.most == 1 { 200 } else { 503 };
        assert_eq!(status, if receiver.handled() > so_far { 204 } else { refused }, "{n}");
    }
    receiver.handled() - before
}

/// A request that somebody recorded, and what they do with it.
pub(crate) struct Recorded {
    pub(crate) dialect: Dialect,
    pub(crate) header: &'static str,
    pub(crate) body: &'static str,
    pub(crate) times: usize,
    /// Under how many ids the layer takes it.
    pub(crate) most: usize,
}

/// The ids are not signed, so anybody who recorded one request can make them up, until no place is left for honest messages.
#[tokio::test]
async fn one_recorded_request_takes_a_few_places_and_no_more() {
    let capacity = NonZeroUsize::new(40).unwrap();
    for (dialect, header) in [
        (Dialect::Plain, "x-webhook-id"),
        (Dialect::GitHub, "x-github-delivery"),
        (Dialect::Shopify, "x-shopify-webhook-id"),
        (Dialect::Hub, "x-id"),
        (crate::square(), "x-id"),
    ] {
        let (receiver, memory) = (Receiver::new(), InMemory::new(capacity, WhenFull::Refuse));
        let layer = receiver.layer(dialect.clone()).seen(memory.clone());
        let layer = if header == "x-id" { layer.id_header(HeaderName::from_static(header)) } else { layer };
        let sent = |most| Recorded { dialect: dialect.clone(), header, body: "{}", times: 100, most };
        assert_eq!(under_made_up_ids(layer.clone(), &receiver, sent(16)).await, 16, "{dialect:?}");
        assert_eq!(memory.len(), 32);
        let handler = receiver.service(&layer);
        assert_eq!(deliver(&handler, &signed(&dialect, "evt_2", NOW, "[]"), "[]").await, 204, "an honest one");

        let receiver = Receiver::new();
        let layer = layer.most_ids(NonZeroUsize::MIN).seen(InMemory::default());
        assert_eq!(under_made_up_ids(layer, &receiver, sent(1)).await, 1, "{dialect:?}");
    }
}

/// Neither the kind of an event nor the topic is signed: with another one, a recorded request is still the message that it was.
#[tokio::test]
async fn a_replay_as_another_kind_of_event_is_one() {
    for (dialect, header) in [
        (Dialect::GitHub, "x-github-event"),
        (Dialect::Shopify, "x-shopify-topic"),
        (Dialect::Plain, "x-webhook-event"),
    ] {
        let receiver = Receiver::new();
        let handler = receiver.service(&receiver.layer(dialect.clone()));
        let mut headers = signed(&dialect, "evt_1", NOW, "{}");
        assert_eq!(deliver(&handler, &headers, "{}").await, 204);
        headers.iter_mut().find(|(name, _)| name == header).unwrap().1 = "another.kind".to_owned();
        assert_eq!(deliver(&handler, &headers, "{}").await, 200, "{dialect:?}");
    }
}

/// A store that counts what it is asked to begin.
#[derive(Default)]
struct Counting(InMemory, AtomicUsize);

impl SeenIds for Counting {
    type Claim = Claim;
    type Error = Infallible;

    async fn begin(&self, key: MessageKey, now: i64, keep_until: i64) -> Result<Begin<Claim>, Infallible> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.begin(key, now, keep_until).await
    }

    async fn complete(&self, claim: Claim) -> Result<(), Infallible> {
        self.0.complete(claim).await
    }

    async fn release(&self, claim: Claim) -> Result<(), Infallible> {
        self.0.release(claim).await
    }
}

/// With every place taken, an id has to be looked for at all of them. While some are free, honest messages find one soon: were the places
/// asked in order, the last of eight would ask ten times.
#[tokio::test]
async fn a_message_whose_id_is_not_signed_costs_a_few_steps_of_the_store() {
    let (receiver, store) = (Receiver::new(), Arc::new(Counting::default()));
    let handler = receiver.service(&receiver.layer(Dialect::Plain).seen(Arc::clone(&store)));
    let steps = async |id: &str, status: u16| {
        assert_eq!(deliver(&handler, &signed(&Dialect::Plain, id, NOW, "{}"), "{}").await, status);
        store.1.swap(0, Ordering::Relaxed)
    };
    assert_eq!(steps("evt_0", 204).await, 3);
    assert_eq!(steps("evt_0", 200).await, 1);
    let mut first_eight = 3;
    for n in 1..8 {
        first_eight += steps(&format!("evt_{n}"), 204).await;
    }
    assert!(first_eight < 8 * 5, "{first_eight} steps for eight");
    for n in 8..16 {
        steps(&format!("evt_{n}"), 204).await;
    }
    assert_eq!(steps("made_up", 503).await, 17);
}

/// However long honest messages with one body go on, at a pace that is taken, none of them is passed over.
#[tokio::test]
async fn messages_with_one_body_are_handled_for_ever() {
    for minutes in [1, 9] {
        let receiver = Receiver::new();
        let handler = receiver.service(&receiver.layer(Dialect::Plain));
        for n in 0..100 {
            let id = format!("evt_{n}");
            assert_eq!(deliver(&handler, &signed(&Dialect::Plain, &id, NOW, "{}"), "{}").await, 204, "{n}");
            receiver.wait(minutes * 60);
        }
        assert_eq!(receiver.handled(), 100);
    }
}

/// A message that was not handled, since others took all places, is not lost: its sender comes again, until one is free.
#[tokio::test]
async fn what_comes_under_too_many_ids_is_handled_later() {
    let receiver = Receiver::new();
    let handler = receiver.service(&receiver.layer(Dialect::Plain).most_ids(NonZeroUsize::new(2).unwrap()));
    let send = async |id: &str| deliver(&handler, &signed(&Dialect::Plain, id, NOW, "{}"), "{}").await;
    assert_eq!([send("evt_1").await, send("evt_2").await, send("evt_1").await], [204, 204, 200]);
    for _ in 0..10 {
        assert_eq!(send("evt_3").await, 503);
        assert_eq!(receiver.problems(), ["the same content came under more ids than 2; come again"]);
        receiver.wait(60);
    }
    receiver.wait(1);
    assert_eq!([send("evt_3").await, send("evt_3").await], [204, 200]);
}

/// A message that could not be handled gives back the place that it had taken.
#[tokio::test]
async fn a_place_is_given_back_with_its_message() {
    let receiver = Receiver::new();
    let memory = InMemory::default();
    let handler = receiver.service(&receiver.layer(Dialect::Plain).most_ids(NonZeroUsize::MIN).seen(memory.clone()));
    let send = async |id: &str| deliver(&handler, &signed(&Dialect::Plain, id, NOW, "{}"), "{}").await;
    receiver.answer_with(500);
    assert_eq!(send("evt_1").await, 500);
    assert!(memory.is_empty());
    receiver.answer_with(204);
    assert_eq!([send("evt_2").await, send("evt_2").await, send("evt_3").await], [204, 200, 200]);
    assert_eq!(memory.len(), 2, "what counts as handled takes no place");
    receiver.wait(700);
    assert_eq!(send("evt_3").await, 204);
}

/// The header is not signed, so under another one a signed text is a replay; or a second message with the same body in the same second.
/// That one is not lost: it comes again, signed at another time.
#[tokio::test]
async fn where_the_time_is_signed_a_request_is_handled_under_one_header() {
    for dialect in [Dialect::Stripe, Dialect::Slack, timestamped("X-PT-Signature", "")] {
        let receiver = Receiver::new();
        let layer = receiver.layer(dialect.clone()).id_header(HeaderName::from_static("x-delivery"));
        let handler = receiver.service(&layer);
        for (id, time, status) in [
            (Some("1"), 0, 204),
            (Some("1"), 0, 200),
            (Some("2"), 0, 503),
            (None, 0, 200),
            (Some("2"), 5, 204), // the second message of that second comes again
            (Some("2"), 0, 200),
            (Some("1"), 30, 200), // the retry, which is signed anew
            (Some("3"), 31, 204),
            (None, 32, 204),
            (Some("4"), 32, 503),
            (Some("4"), 33, 204),
        ] {
            let mut headers = signed(&dialect, "", NOW + time, "{}");
            headers.extend(id.map(|id| ("x-delivery".to_owned(), id.to_owned())));
            assert_eq!(deliver(&handler, &headers, "{}").await, status, "{dialect:?} {id:?} {time}");
        }
        assert_eq!(receiver.problems(), ["the same content came under more ids than 1; come again"; 2]);
    }
}

/// A retry is signed anew, so what it signs was not seen before: recorded, it would be one more message under another header.
#[tokio::test]
async fn a_retry_that_is_passed_over_is_not_handled_under_another_header() {
    let receiver = Receiver::new();
    let layer = receiver.layer(Dialect::Stripe).id_header(HeaderName::from_static("x-delivery"));
    let sent = |id: &str, time: i64| {
        let mut headers = signed(&Dialect::Stripe, "", NOW + time, "{}");
        headers.extend((!id.is_empty()).then(|| ("x-delivery".to_owned(), id.to_owned())));
        headers
    };
    let handler = receiver.service(&layer);
    for (id, time, status) in
        [("1", 0, 204), ("1", 30, 200), ("2", 30, 503), ("", 30, 200), ("1", 30, 200), ("3", 31, 204), ("1", 60, 200)]
    {
        assert_eq!(deliver(&handler, &sent(id, time), "{}").await, status, "{id} {time}");
    }
    assert_eq!(receiver.handled(), 2);

    // As one that comes while its message is being handled; its sender comes again, signed anew.
    let (entered, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let first = tokio::spawn(waiting(&layer, &entered, &go_on, false).oneshot(request(&sent("4", 100), "{}")));
    entered.notified().await;
    for (id, time) in [("4", 101), ("5", 101), ("4", 101)] {
        assert_eq!(deliver(&handler, &sent(id, time), "{}").await, 503);
    }
    first.abort();
    assert!(first.await.is_err());
    for (id, time, status) in [("5", 101, 503), ("4", 102, 204), ("4", 101, 200)] {
        assert_eq!(deliver(&handler, &sent(id, time), "{}").await, status, "{id} {time}");
    }
    assert_eq!(receiver.handled(), 3);
}

#[tokio::test]
async fn hub_knows_a_message_by_its_body_or_by_an_id_that_it_is_told() {
    let sent = [FIRST, RETRY, OTHER_ID, OTHER_BODY];
    assert_eq!(handled(|layer| layer, &Dialect::Hub, &sent).await, [true, false, false, true]);
    let header = |layer: VerifyLayer| layer.id_header(HeaderName::from_static("x-github-delivery"));
    assert_eq!(handled(header, &Dialect::Hub, &sent).await, [true, false, true, true]);
}

#[tokio::test]
async fn standard_keeps_to_its_signed_id() {
    let receiver = Receiver::new();
    let layer = receiver.layer(STANDARD).id_header(HeaderName::from_static("x-github-delivery"));
    let handler = receiver.service(&layer);
    for (delivery, status) in [("1", 204), ("2", 200)] {
        let mut headers = signed(&STANDARD, "evt_1", NOW, "{}");
        headers.push(("x-github-delivery".to_owned(), delivery.to_owned()));
        assert_eq!(deliver(&handler, &headers, "{}").await, status, "a replay under another header is one");
    }
}

#[tokio::test]
async fn timestamped_knows_a_request_and_with_an_id_a_message() {
    let (dialect, sent) = (timestamped("X-PT-Signature", ""), [FIRST, FIRST, RETRY, OTHER_BODY]);
    assert_eq!(handled(|layer| layer, &dialect, &sent).await, [true, false, true, true]);
    let inside = |layer: VerifyLayer| {
        layer.id_from(|_, body| {
            let body: serde_json::Value = serde_json::from_slice(body).ok()?;
            Some(body.get("id")?.as_str()?.to_owned())
        })
    };
    assert_eq!(handled(inside, &dialect, &sent).await, [true, false, false, true]);
    let nowhere = |layer: VerifyLayer| layer.id_from(|_, _| None);
    assert_eq!(handled(nowhere, &dialect, &sent).await, [true, false, true, true]);
}
