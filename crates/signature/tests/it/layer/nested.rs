//! The layer twice around one handler: around a route, and around all of them.

use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, Request, Response};
use http_body_util::{BodyExt as _, Full};
use lanehook_signature::layer::{Answer, VerifiedBody, VerifyLayer, VerifyService};
use lanehook_signature::seen::{Begin, Claim, InMemory, SeenIds};
use lanehook_signature::{Dialect, MessageKey};
use tower::{Layer as _, ServiceExt as _};

use super::{Inner, Receiver, deliver, request, signed};
use crate::NOW;

const STANDARD: Dialect = Dialect::Standard;

/// Its handler inside both.
fn nested<I: SeenIds, J: SeenIds>(
    receiver: &Receiver,
    outer: &VerifyLayer<I>,
    inner: &VerifyLayer<J>,
) -> VerifyService<Inner, I> {
    let inner = receiver.service(inner);
    outer.layer(tower::util::BoxCloneService::new(tower::service_fn(move |request: Request<VerifiedBody>| {
        let inner = inner.clone();
        async move {
            let answer: Response<Answer<Full<Bytes>>> = inner.oneshot(request).await?;
            let (head, body) = answer.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            Ok::<_, Infallible>(Response::from_parts(head, Full::new(body)))
        }
    })))
}

/// The inner one finds that what it asks for was claimed for it.
#[tokio::test]
async fn with_one_store_it_is_as_good_as_once() {
    for dialect in [STANDARD, Dialect::Plain] {
        let (receiver, memory) = (Receiver::new(), InMemory::default());
        let shared = Arc::new(memory.clone());
        let layer = || receiver.layer(dialect.clone());
        let twice = [
            nested(&receiver, &layer().seen(memory.clone()), &layer().seen(memory.clone())),
            nested(&receiver, &layer().seen(memory.clone()), &layer().seen(Arc::clone(&shared))),
            nested(&receiver, &layer().seen(memory.clone()), &layer().seen(Arc::new(Arc::clone(&shared)))),
        ];
        for (n, handler) in twice.iter().enumerate() {
            let headers = signed(&dialect, &format!("evt_{n}"), NOW, "{}");
            for status in [204, 200] {
                assert_eq!(deliver(handler, &headers, "{}").await, status, "{dialect:?} {n}");
            }
        }
        assert_eq!((receiver.handled(), receiver.problems()), (3, vec![]));
    }
}

/// What the inner one is set to holds, though it finds all claimed for it.
#[tokio::test]
async fn with_one_store_each_is_as_strict_as_it_is_set() {
    for dialect in [STANDARD, Dialect::Plain] {
        for longer_inside in [false, true] {
            let (receiver, memory) = (Receiver::new(), InMemory::default());
            let layer = |is_longer| {
                let layer = receiver.layer(dialect.clone()).seen(memory.clone());
                if is_longer { layer.remember_for(Duration::from_secs(24 * 3600)) } else { layer }
            };
            let handler = nested(&receiver, &layer(!longer_inside), &layer(longer_inside));
            let send = async |time| deliver(&handler, &signed(&dialect, "evt_1", NOW + time, "{}"), "{}").await;
            assert_eq!(send(0).await, 204);
            receiver.wait(3600);
            assert_eq!(send(3600).await, 200, "{dialect:?} {longer_inside}");
        }
    }
    let most = |most| NonZeroUsize::new(most).unwrap();
    for (outer, inner, handled) in [(16, 2, 2), (2, 16, 2), (3, 3, 3), (4, 3, 3), (1, 16, 1), (16, 1, 1)] {
        let (receiver, memory) = (Receiver::new(), InMemory::default());
        let layer = |number| receiver.layer(Dialect::Plain).most_ids(most(number)).seen(memory.clone());
        let handler = nested(&receiver, &layer(outer), &layer(inner));
        for n in 0..40 {
            let headers = signed(&Dialect::Plain, &format!("evt_{n}"), NOW, "{}");
            let status = deliver(&handler, &headers, "{}").await;
            assert_eq!(status == 204, n < handled, "{outer} {inner} {n}: {status}");
        }
        assert_eq!(receiver.handled(), handled);
    }
}

/// Each is told that the message is handled, and each says so later.
#[tokio::test]
async fn with_two_stores_each_is_asked() {
    for dialect in [STANDARD, Dialect::Plain] {
        let (receiver, stores) = (Receiver::new(), [(); 2].map(|()| InMemory::default()));
        let layer = |store: &InMemory| receiver.layer(dialect.clone()).seen(store.clone());
        let headers = signed(&dialect, "evt_1", NOW, "{}");
        let handler = nested(&receiver, &layer(&stores[0]), &layer(&stores[1]));
        receiver.answer_with(500);
        assert_eq!(deliver(&handler, &headers, "{}").await, 500);
        assert!(stores.iter().all(InMemory::is_empty));
        receiver.answer_with(204);
        assert_eq!(deliver(&handler, &headers, "{}").await, 204);
        // The one forgets, as memory does at a restart; then the other.
        for (outer, inner) in [(&InMemory::default(), &stores[1]), (&stores[0], &InMemory::default())] {
            let handler = nested(&receiver, &layer(outer), &layer(inner));
            assert_eq!(deliver(&handler, &headers, "{}").await, 200, "{dialect:?}");
        }
        assert_eq!((receiver.handled(), receiver.problems()), (2, vec![]));
    }
}

/// The inner layer knows a message by a header, and finds the place of its content taken: by this request.
#[tokio::test]
async fn layers_that_know_a_message_by_different_things_do_not_stand_in_each_others_way() {
    let by_header = |layer: VerifyLayer| layer.id_header(HeaderName::from_static("x-delivery"));
    for (outer_by_header, inner_by_header) in [(false, true), (true, false)] {
        let (receiver, memory) = (Receiver::new(), InMemory::default());
        let layer = |is_by_header| {
            let layer = receiver.layer(Dialect::Stripe);
            if is_by_header { by_header(layer) } else { layer }.seen(memory.clone())
        };
        let handler = nested(&receiver, &layer(outer_by_header), &layer(inner_by_header));
        let mut headers = signed(&Dialect::Stripe, "", NOW, "{}");
        headers.push(("x-delivery".to_owned(), "1".to_owned()));
        assert_eq!([deliver(&handler, &headers, "{}").await, deliver(&handler, &headers, "{}").await], [204, 200]);
        assert_eq!(receiver.handled(), 1);
    }
}

/// One store by two values that nobody can tell to be one, as two connections to one server are.
struct Connection(InMemory);

impl SeenIds for Connection {
    type Claim = Claim;
    type Error = Infallible;

    async fn begin(&self, key: MessageKey, now: i64, keep_until: i64) -> Result<Begin<Claim>, Infallible> {
        self.0.begin(key, now, keep_until).await
    }

    async fn complete(&self, claim: Claim) -> Result<(), Infallible> {
        self.0.complete(claim).await
    }

    async fn release(&self, claim: Claim) -> Result<(), Infallible> {
        self.0.release(claim).await
    }
}

#[tokio::test]
async fn one_store_that_is_taken_for_two_is_told_to_the_observer() {
    let (receiver, memory) = (Receiver::new(), InMemory::default());
    let layer = |store| receiver.layer(STANDARD).seen(store);
    let headers = signed(&STANDARD, "evt_1", NOW, "{}");
    let handler = nested(&receiver, &layer(Connection(memory.clone())), &layer(Connection(memory.clone())));
    let answer = super::send(&handler, request(&headers, "{}")).await;
    assert_eq!(answer, (503, "the same message is being handled; come again".to_owned()));
    let problems = receiver.problems();
    assert!(problems.len() == 1 && problems[0].contains("give them one value of it"), "{problems:?}");
    assert!(memory.is_empty());

    let shared = Arc::new(Connection(memory));
    let layer = || receiver.layer(STANDARD).seen(Arc::clone(&shared));
    assert_eq!(deliver(&nested(&receiver, &layer(), &layer()), &headers, "{}").await, 204);
}
