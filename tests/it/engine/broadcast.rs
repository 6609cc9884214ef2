//! An event for all tenants: each gets a copy of its own, and sees nothing of the others'.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    app::{Answer, Limits, TestApp},
    client::{Client, eventually, text},
    process::Process,
    receiver::Receiver,
    server::TestServer,
};

const TENANTS: [&str; 3] = ["acme", "bolt", "corp"];

async fn tenants(client: &Client) {
    for tenant in TENANTS {
        client.post("/tenants", json!({"id": tenant})).await.expect(201);
    }
}

async fn broadcast(client: &Client, event: Value) -> Answer {
    client.of_tenant("*").post("/events", event).await
}

fn news(id: &str) -> Value {
    json!({"id": id, "type": "news.alert", "data": {"symbol": "AAPL"}})
}

/// Ids of a tenant's list.
async fn ids(client: &Client, list: &str) -> Vec<String> {
    client.get(list).await["data"].as_array().unwrap().iter().map(|item| text(&item["id"])).collect()
}

#[tokio::test]
async fn every_tenants_matching_webhooks_get_it_and_each_tenant_sees_its_own() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    tenants(&server).await;
    let hook = async |tenant: &str, path: &str, settings: Value| {
        server.of_tenant(tenant).webhook(&receiver.url(path), settings).await
    };
    hook("acme", "/acme/1", json!({"event_types": ["news.*"]})).await;
    hook("acme", "/acme/2", json!({"filter": {"data": {"symbol": "AAPL"}}})).await;
    hook("acme", "/acme/no", json!({"filter": {"data": {"symbol": "MSFT"}}})).await;
    hook("bolt", "/bolt/1", json!({})).await;
    hook("bolt", "/bolt/off", json!({"status": "disabled"})).await;
    hook("corp", "/corp/no", json!({"event_types": ["price.*"]})).await;
    hook("default", "/default/1", json!({})).await;
    let receipt = broadcast(&server, news("n1")).await.expect(202);
    assert_eq!((receipt.text("/id"), receipt.at("/deliveries")), ("n1".into(), &json!(4)));
    assert_eq!(receipt.at("/duplicate"), &json!(false));
    receiver.received(4).await;
    server.settle().await;
    let mut paths: Vec<String> = receiver.all().into_iter().map(|request| request.path).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["/acme/1", "/acme/2", "/bolt/1", "/default/1"]);
    for request in receiver.all() {
        assert_eq!((request.id(), &request.json()["data"]["symbol"]), ("n1", &json!("AAPL")));
    }

    let mut seen = Vec::new();
    for (tenant, count) in [("acme", 2), ("bolt", 1), ("corp", 0), ("default", 1)] {
        let client = server.of_tenant(tenant);
        client.idle().await;
        let events = if count == 0 { vec![] } else { vec!["n1".to_owned()] };
        assert_eq!(ids(&client, "/events").await, events, "{tenant}");
        let deliveries = client.deliveries("status=delivered").await;
        assert_eq!(deliveries.len(), count, "{tenant}");
        if count > 0 {
            let of_event = client.get("/events/n1/deliveries").await;
            assert_eq!(of_event["data"].as_array().unwrap().len(), count, "{tenant}");
        }
        seen.extend(deliveries.into_iter().map(|delivery| (tenant, text(&delivery["id"]))));
    }
    for (of, delivery) in &seen {
        for tenant in ["acme", "bolt", "corp", "default"] {
            let path = format!("/deliveries/{delivery}");
            let answer = server.of_tenant(tenant).try_call(Method::GET, &path, None).await.unwrap();
            assert_eq!(answer.status, if tenant == *of { 200 } else { 404 }, "{delivery} of {of} for {tenant}");
        }
    }
}

#[tokio::test]
async fn the_same_event_again_is_a_duplicate_and_another_under_its_id_is_refused() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    tenants(&server).await;
    for tenant in ["acme", "bolt"] {
        server.of_tenant(tenant).webhook(&receiver.url("/"), json!({})).await;
    }
    let first = broadcast(&server, news("n1")).await.expect(202).json;
    // Whoever came meanwhile did not get the first one, and does not get it now.
    server.of_tenant("corp").webhook(&receiver.url("/late"), json!({})).await;
    let again = broadcast(&server, news("n1")).await.expect(202).json;
    assert_eq!((&again["duplicate"], &again["deliveries"]), (&json!(true), &json!(2)));
    assert_eq!((&again["id"], &again["timestamp"]), (&first["id"], &first["timestamp"]));
    let mut other = news("n1");
    other["data"]["symbol"] = json!("MSFT");
    let clash = broadcast(&server, other).await.problem(409, "event_conflict");
    assert_eq!(clash.text("/errors/0/pointer"), "/id");
    for tenant in TENANTS {
        server.of_tenant(tenant).idle().await;
    }
    assert_eq!(receiver.count(), 2);
    assert_eq!(ids(&server.of_tenant("corp"), "/events").await, Vec::<String>::new());

    server.advance(crate::support::DAY + crate::support::SECOND);
    let later = broadcast(&server, news("n1")).await.expect(202);
    assert_eq!((later.at("/duplicate"), later.at("/deliveries")), (&json!(false), &json!(3)), "a day later it is new");
}

#[tokio::test]
async fn a_broadcast_without_id_gets_one_and_can_be_repeated_by_its_idempotency_key() {
    let app = TestApp::start().await;
    app.tenant("acme").await;
    let settings = json!({"url": "https://example.com/"});
    app.call("POST", "/webhooks").header("tenant", "acme").json(settings).await.expect(201);
    let event = json!({"type": "news", "data": 1});
    let send = |key: &str| {
        app.call("POST", "/events").header("tenant", "*").header("idempotency-key", key).json(event.clone())
    };
    let first = send("k1").await.expect(202);
    assert!(first.text("/id").starts_with("all_"), "{}", first.raw);
    let again = send("k1").await.expect(202);
    assert_eq!((again.text("/id"), again.at("/duplicate")), (first.text("/id"), &json!(true)));
    assert_eq!(again.at("/deliveries"), &json!(1));
    assert_ne!(send("k2").await.expect(202).text("/id"), first.text("/id"));
    let kept = app.call("GET", &format!("/events/{}", first.text("/id"))).header("tenant", "acme").send().await;
    kept.expect(200);
}

#[tokio::test]
async fn an_id_that_a_tenant_has_used_is_not_given_to_another_event() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    tenants(&server).await;
    for tenant in ["acme", "bolt"] {
        server.of_tenant(tenant).webhook(&receiver.url(&format!("/{tenant}")), json!({})).await;
    }
    let acme = server.of_tenant("acme");
    acme.publish_event(json!({"id": "n1", "type": "own.alert", "data": 1})).await;
    receiver.received(1).await;
    let receipt = broadcast(&server, news("n1")).await.expect(202);
    assert_eq!((receipt.text("/id"), receipt.at("/deliveries")), ("n1".into(), &json!(2)));
    let sent = receiver.received(3).await;
    let ids_at = |path: &str| -> Vec<String> {
        sent.iter().filter(|request| request.path == path).map(|request| request.id().to_owned()).collect()
    };
    assert_eq!(ids_at("/bolt"), ["n1"]);
    let at_acme = ids_at("/acme");
    assert!(at_acme[0] == "n1" && at_acme[1].starts_with("evt_"), "two events, two ids: {at_acme:?}");
    assert_eq!(acme.get("/events/n1").await["type"], "own.alert");
    assert_eq!(acme.get(&format!("/events/{}", at_acme[1])).await["type"], "news.alert");

    // And what came to a tenant is not taken for an event of its own.
    let bolt = server.of_tenant("bolt");
    let again = bolt.post("/events", json!({"id": "n1", "type": "own.alert", "data": 1})).await;
    again.problem(409, "event_conflict");
    assert_eq!(bolt.post("/events", news("n1")).await.expect(202).at("/duplicate"), &json!(true));
}

#[tokio::test]
async fn only_operators_publish_to_all_and_one_event_at_a_time() {
    let app = TestApp::start().await;
    let acme = app.tenant("acme").await;
    let event = json!({"type": "a", "data": 1});
    app.call_as(&acme, "POST", "/events").header("tenant", "*").json(event.clone()).await.problem(403, "operator_only");
    let several = json!({"events": [event]});
    app.call("POST", "/events").header("tenant", "*").json(several).await.wrong_field("/events", "one event at a time");
    let reader = app.key(json!({"name": "r", "tenant": null, "scopes": ["events:read"]})).await;
    let refused = app.call_as(&reader, "POST", "/events").header("tenant", "*").json(event.clone()).await;
    assert_eq!(refused.status, 403, "{}", refused.raw);
    for (method, path) in
        [("GET", "/events"), ("GET", "/deliveries"), ("GET", "/webhooks"), ("POST", "/webhooks"), ("POST", "/render")]
    {
        app.call(method, path).header("tenant", "*").json(json!({})).await.problem(400, "one_tenant_only");
    }
    let nobody = app.call("POST", "/events").header("tenant", "*").json(event).await.expect(202);
    assert_eq!(nobody.at("/deliveries"), &json!(0), "nobody wants it, and that is no error");
}

#[tokio::test]
async fn each_tenants_copy_is_enriched_as_that_tenant_has_it() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    tenants(&server).await;
    let declare = async |tenant: &str, enrichment: Value| {
        let (path, body) = (format!("/tenants/{tenant}"), json!({"enrichment": enrichment}));
        server.try_call(Method::PATCH, &path, Some(&body)).await.unwrap().expect(200);
    };
    declare("acme", json!([{"field": "desk", "value": "acme's"}])).await;
    declare("bolt", json!([{"field": "desk", "expression": "data.symbol ~ ' desk'"}])).await;
    let wants = |desk: &str| json!({"filter": {"data": {"desk": desk}}});
    server.of_tenant("acme").webhook(&receiver.url("/acme"), wants("acme's")).await;
    server.of_tenant("bolt").webhook(&receiver.url("/bolt"), wants("AAPL desk")).await;
    server.of_tenant("bolt").webhook(&receiver.url("/bolt/no"), wants("acme's")).await;
    server
        .of_tenant("corp")
        .webhook(&receiver.url("/corp"), json!({"filter": {"data": {"desk": {"$exists": false}}}}))
        .await;
    assert_eq!(broadcast(&server, news("n1")).await.expect(202).at("/deliveries"), &json!(3));
    let mut got: Vec<String> =
        receiver.received(3).await.iter().map(|it| format!("{} {}", it.path, it.json()["data"]["desk"])).collect();
    got.sort_unstable();
    assert_eq!(got, ["/acme \"acme's\"", "/bolt \"AAPL desk\"", "/corp null"]);
    assert_eq!(server.of_tenant("bolt").get("/events/n1").await["data"]["desk"], "AAPL desk");
    declare("acme", json!([])).await;
    let again = broadcast(&server, news("n1")).await.expect(202);
    assert_eq!((again.at("/duplicate"), again.at("/deliveries")), (&json!(true), &json!(3)));
    server.settle().await;
    assert_eq!(receiver.count(), 3);
}

#[tokio::test]
async fn a_broadcast_is_one_after_a_crash_and_goes_on_where_it_was() {
    let data = tempfile::tempdir().unwrap();
    let process = Process::serve(data.path()).await;
    let receiver = Receiver::that(crate::receiver::status(500)).await;
    tenants(&process.client).await;
    for tenant in TENANTS {
        let client = process.client.of_tenant(tenant);
        client.webhook(&receiver.url(&format!("/{tenant}")), json!({"retry": {"schedule": ["1h"]}})).await;
    }
    assert_eq!(broadcast(&process.client, news("n1")).await.expect(202).at("/deliveries"), &json!(3));
    receiver.received(3).await;
    for tenant in TENANTS {
        process.client.of_tenant(tenant).delivery_after("n1", 1).await;
    }
    process.kill().await;

    let again = Process::serve(data.path()).await;
    receiver.usually(crate::receiver::status(200));
    let duplicate = broadcast(&again.client, news("n1")).await.expect(202);
    assert_eq!((duplicate.at("/duplicate"), duplicate.at("/deliveries")), (&json!(true), &json!(3)));
    for tenant in TENANTS {
        let client = again.client.of_tenant(tenant);
        let delivery = client.delivery("n1").await;
        client.post(&format!("/deliveries/{}/retry", text(&delivery["id"])), json!({})).await.expect(202);
        let what = format!("the delivery of {tenant}");
        eventually(&what, async || {
            let delivery = client.delivery("n1").await;
            if delivery["status"] == "delivered" { Ok(()) } else { Err(delivery.to_string()) }
        })
        .await;
    }
    assert_eq!(receiver.received(6).await.len(), 6);
}

#[tokio::test]
async fn much_data_goes_to_as_many_tenants_as_can_be_written_at_one_time() {
    let limits = Limits { max_event_bytes: 8 << 20, max_body_bytes: 9 << 20, ..Limits::default() };
    let app = TestApp::start_with(limits).await;
    for number in 0..33 {
        let id = format!("t{number}");
        app.post("/tenants", json!({"id": id})).await.expect(201);
        let settings = json!({"url": "https://example.com/"});
        app.call("POST", "/webhooks").header("tenant", &id).json(settings).await.expect(201);
    }
    let send = |data: Value| {
        app.call("POST", "/events").header("tenant", "*").json(json!({"id": "n1", "type": "news", "data": data}))
    };
    // 8 MiB with its quotes: 32 copies are 256 MiB.
    let refused = send(json!("x".repeat((8 << 20) - 2))).await.problem(413, "too_many_deliveries");
    assert!(refused.text("/detail").contains("256 MiB"), "{}", refused.raw);
    let seen = app.call("GET", "/events").header("tenant", "t0").send().await.expect(200);
    assert_eq!(seen.at("/data"), &json!([]), "nothing was kept");
    let kept = send(json!(1)).await.expect(202);
    assert_eq!((kept.at("/deliveries"), kept.at("/duplicate")), (&json!(33), &json!(false)));
}
