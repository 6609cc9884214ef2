//! Requests to receivers that are no deliveries have places of their own, shared between tenants.

use serde_json::{Value, json};

use crate::{
    app::{Answer, Call, TestApp},
    receiver::{Receiver, Reply, status},
};

/// Of 32 places, the first tenant leaves as many as it takes.
const SHARE: usize = 16;

fn test(app: &TestApp, key: &str) -> Call {
    app.call_as(key, "POST", "/webhooks/w/test")
}

async fn put(app: &TestApp, key: &str, receiver: &Receiver) {
    app.call_as(key, "PUT", "/webhooks/w").json(json!({"url": receiver.url("/")})).await.expect(201);
}

fn with_handshake(receiver: &Receiver) -> Value {
    let payload = json!({"type": "cloudevents", "source": "https://shop.example/prices", "handshake": true});
    json!({"url": receiver.url("/"), "payload": payload})
}

#[tokio::test]
async fn a_tenant_whose_receivers_hang_leaves_places_for_the_tests_of_others() {
    let app = TestApp::start().await;
    let (hanging, quick) = (Receiver::that(Reply::Hold).await, Receiver::start().await);
    let (one, other) = (app.tenant("one").await, app.tenant("other").await);
    put(&app, &one, &hanging).await;
    put(&app, &other, &quick).await;
    let tests: Vec<tokio::task::JoinHandle<Answer>> =
        (0..SHARE).map(|_| tokio::spawn(test(&app, &one).send())).collect();
    hanging.holding(SHARE).await;

    let refused = test(&app, &one).send().await.problem(429, "too_many_requests");
    assert_eq!(refused.header("retry-after"), "1");
    let connecting = test(&app, &one).json(json!({"connect_only": true})).await;
    connecting.problem(429, "too_many_requests");
    let asking = app.call_as(&one, "POST", "/webhooks").json(with_handshake(&quick)).await;
    asking.problem(429, "too_many_requests");
    let tested = test(&app, &other).send().await.expect(200);
    assert_eq!(tested.at("/delivered"), &json!(true));
    assert_eq!((hanging.held(), quick.count()), (SHARE, 1));

    for _ in 0..SHARE {
        hanging.answer_held(status(200)).await;
    }
    for test in tests {
        assert_eq!(test.await.unwrap().expect(200).at("/delivered"), &json!(true));
    }
    hanging.usually(status(200));
    test(&app, &one).send().await.expect(200);
}
