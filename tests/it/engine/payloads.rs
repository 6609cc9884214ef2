//! What a receiver gets, byte by byte, in every format.

use lanehook_signature::{Algorithm, Dialect};
use serde_json::{Value, json};

use super::signing::{case, verifies};
use crate::{
    client::text,
    receiver::{Received, Receiver, status},
    server::TestServer,
    verifiers,
};

const DATA: &str = r#"{ "price": 187.50 ,"note":"a & \"b\"","é":[1,null,{"x y":true}]}"#;
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The event that all of these tests publish.
fn event() -> String {
    let rest = r#""id":"first","type":"price.alert","timestamp":"2026-01-31T13:00:00+01:00""#;
    format!(r#"{{{rest},"correlation_id":"trade-7","traceparent":"{TRACE}","data":{DATA}}}"#)
}

/// What a webhook with these settings gets of it; the signature, and what is shown of it later, are checked.
pub async fn sent(server: &TestServer, receiver: &Receiver, settings: Value) -> (Received, String) {
    let hook = server.webhook(&receiver.url("/"), settings).await;
    let count = receiver.count();
    server.publish_text(&event(), &[]).await;
    let request = receiver.received(count + 1).await.remove(count);
    let now = server.clock.now().seconds();
    assert!(verifies(&request, Dialect::Standard, Algorithm::Sha256, &hook.secret, now), "signed as it is sent");
    assert_eq!(request.id(), "first");
    assert_eq!((request.header("x-correlation-id"), request.header("traceparent")), ("trade-7", TRACE));
    let shown = server.delivery_in("first", "delivered").await;
    assert_eq!(shown["attempts"][0]["request"]["body"]["content"], request.text(), "shown as it was sent");
    (request, hook.secret)
}

async fn check(payload: Value, content_type: &str, body: &str) {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let (request, _) = sent(&server, &receiver, json!({"payload": payload})).await;
    assert_eq!((request.header("content-type"), request.text()), (content_type, body), "{payload}");
}

#[tokio::test]
async fn the_standard_payload_is_an_envelope_around_the_data_as_it_was_published() {
    let body = format!(r#"{{"id":"first","type":"price.alert","timestamp":"2026-01-31T12:00:00.000Z","data":{DATA}}}"#);
    check(json!(null), "application/json", &body).await;
    check(json!({"type": "standard"}), "application/json", &body).await;
}

#[tokio::test]
async fn the_payload_data_is_the_data_and_nothing_else() {
    check(json!({"type": "data"}), "application/json", DATA).await;
}

#[tokio::test]
async fn the_plain_payload_holds_a_signature_over_itself() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let (request, secret) = sent(&server, &receiver, json!({"payload": {"type": "plain"}})).await;
    let front =
        format!(r#"{{"id":"first","event":"price.alert","timestamp":"2026-01-31T12:00:00.000Z","data":{DATA},"#);
    let signature = text(&request.json()["signature"]);
    assert_eq!(request.text(), format!(r#"{front}"signature":"{signature}"}}"#));
    verifiers::python(&case("plain", &request, &secret)).await.unwrap();
    verifiers::python(&case("plain", &request, "another secret")).await.unwrap_err();
}

#[tokio::test]
async fn the_plain_payload_is_signed_with_the_new_secret_after_a_rotation_and_with_none_by_nothing() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), json!({"payload": {"type": "plain"}})).await;
    let rotated = server.post(&format!("/webhooks/{}/secret/rotate", hook.id), json!({"grace": "1h"})).await;
    let new = text(&rotated.expect(200).json["secret"]);
    server.publish().await;
    let request = receiver.received(1).await.remove(0);
    verifiers::python(&case("plain", &request, &new)).await.unwrap();
    verifiers::python(&case("plain", &request, &hook.secret)).await.unwrap_err();
    server.change(&hook.id, json!({"secret": null})).await;
    server.publish().await;
    let request = receiver.received(2).await.remove(1);
    assert!(request.text().ends_with(r#","signature":null}"#), "{}", request.text());
}

#[tokio::test]
async fn a_structured_cloudevent_is_one_document() {
    let body = |source: &str| {
        format!(
            r#"{{"specversion":"1.0","id":"first","source":"{source}","type":"price.alert","time":"2026-01-31T12:00:00.000Z","correlationid":"trade-7","traceparent":"{TRACE}","datacontenttype":"application/json","data":{DATA}}}"#
        )
    };
    let kind = "application/cloudevents+json; charset=utf-8";
    check(json!({"type": "cloudevents"}), kind, &body("/lanehook")).await;
    let own = json!({"type": "cloudevents", "mode": "structured", "source": "https://shop.example/prices"});
    check(own, kind, &body("https://shop.example/prices")).await;
}

#[tokio::test]
async fn a_binary_cloudevent_has_its_attributes_in_headers_and_the_data_as_its_body() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let payload = json!({"type": "cloudevents", "mode": "binary", "source": "/prices?unit=%20\"x\""});
    let (request, _) = sent(&server, &receiver, json!({"payload": payload})).await;
    assert_eq!((request.header("content-type"), request.text()), ("application/json", DATA));
    let headers: Vec<(&str, &str)> =
        request.headers.iter().filter_map(|(name, value)| Some((name.strip_prefix("ce-")?, value.as_str()))).collect();
    let expected = [
        ("specversion", "1.0"),
        ("id", "first"),
        ("source", "/prices?unit=%2520%22x%22"),
        ("type", "price.alert"),
        ("time", "2026-01-31T12:00:00.000Z"),
        ("correlationid", "trade-7"),
        ("traceparent", TRACE),
    ];
    assert_eq!(headers, expected);
}

#[tokio::test]
async fn a_third_party_library_reads_cloudevents_in_both_modes() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    for mode in ["structured", "binary"] {
        let settings = json!({"payload": {"type": "cloudevents", "mode": mode, "source": "/a%20b"}});
        let hook = server.webhook(&receiver.url("/"), settings).await;
        let count = receiver.count();
        let event = event().replace("\"first\"", &format!("\"of:{mode}\""));
        server.publish_text(&event, &[]).await;
        let mut case = case("cloudevents", &receiver.received(count + 1).await[count], "");
        case["attributes"] = json!({
            "specversion": "1.0", "id": format!("of:{mode}"), "source": "/a%20b", "type": "price.alert",
            "time": "2026-01-31 12:00:00+00:00", "correlationid": "trade-7", "traceparent": TRACE,
            "datacontenttype": "application/json",
        });
        case["data"] = serde_json::from_str(DATA).unwrap();
        verifiers::python(&case).await.unwrap();
        case["attributes"]["id"] = json!("another");
        verifiers::python(&case).await.unwrap_err();
        server.delete(&format!("/webhooks/{}", hook.id)).await;
    }
}

#[tokio::test]
async fn source_and_metadata_are_cloudevents_own_and_can_be_asked_for() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let cloud = |mode: &str| json!({"payload": {"type": "cloudevents", "mode": mode}, "filter": {"metadata": {"tenant_id": 17}}});
    server.webhook(&receiver.url("/structured"), cloud("structured")).await;
    server.webhook(&receiver.url("/binary"), cloud("binary")).await;
    let template = json!({"type": "template", "template": r#"{"from": {{ source }}, "region": {{ metadata.region }}, "v": {{ version | default(1) }}}"#});
    server.webhook(&receiver.url("/template"), json!({"payload": template, "filter": {"source": "/billing"}})).await;
    server.webhook(&receiver.url("/standard"), json!({"filter": {"version": 3}})).await;
    let metadata = json!({"region": "Zürich", "tenant_id": 17, "ratio": 1.5, "canary": true, "type": "hidden"});
    let event =
        json!({"id": "e1", "type": "a.b", "data": {"n": 1}, "version": 3, "source": "/billing", "metadata": metadata});
    server.publish_event(event.clone()).await;
    let all = receiver.received(4).await;
    let to = |path: &str| all.iter().find(|request| request.path == path).unwrap();
    let structured = to("/structured").json();
    for (name, value) in [
        ("source", json!("/billing")),
        ("dataversion", json!("3")),
        ("region", json!("Zürich")),
        ("tenantid", json!(17)),
        ("ratio", json!("1.5")),
        ("canary", json!(true)),
        ("type", json!("a.b")),
    ] {
        assert_eq!(structured[name], value, "{name}: {structured}");
    }
    let binary = to("/binary");
    assert_eq!((binary.header("ce-region"), binary.header("ce-tenantid")), ("Z%C3%BCrich", "17"));
    let attributes = json!({
        "specversion": "1.0", "id": "e1", "source": "/billing", "type": "a.b", "time": "2026-01-31 12:00:00+00:00",
        "dataversion": "3", "region": "Zürich", "tenantid": "17", "ratio": "1.5", "canary": "true",
        "datacontenttype": "application/json",
    });
    let mut read = case("cloudevents", binary, "");
    (read["attributes"], read["data"]) = (attributes, json!({"n": 1}));
    verifiers::python(&read).await.unwrap();
    assert_eq!(to("/template").json(), json!({"from": "/billing", "region": "Zürich", "v": 3}));
    let standard = to("/standard").text();
    assert!(standard.ends_with(r#""version":3,"data":{"n":1}}"#), "{standard}");
    let kept = server.get("/events/e1").await;
    assert_eq!((&kept["source"], &kept["metadata"]), (&event["source"], &event["metadata"]));

    // The same id with other metadata is another event.
    let mut other = event.clone();
    server.post("/events", event).await.expect(202);
    other["metadata"]["region"] = json!("Basel");
    server.post("/events", other).await.expect(409);
    let wrong = json!({"type": "a.b", "data": 1, "metadata": {"deep": {"er": 1}}});
    assert_eq!(server.post("/events", wrong).await.expect(400).json["errors"][0]["pointer"], "/metadata/deep");
}

#[tokio::test]
async fn a_form_holds_the_event_as_pairs() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let (request, _) = sent(&server, &receiver, json!({"payload": {"type": "form"}})).await;
    assert_eq!(request.header("content-type"), "application/x-www-form-urlencoded");
    let expected = "id=first&type=price.alert&timestamp=2026-01-31T12%3A00%3A00.000Z&data%5Bnote%5D=a+%26+%22b%22\
                    &data%5Bprice%5D=187.5&data%5B%C3%A9%5D%5B0%5D=1&data%5B%C3%A9%5D%5B1%5D=\
                    &data%5B%C3%A9%5D%5B2%5D%5Bx+y%5D=true";
    assert_eq!(request.text(), expected);
}

#[tokio::test]
async fn a_template_makes_json_forms_and_texts() {
    let template = |template: &str, format: &str| json!({"type": "template", "template": template, "format": format});
    let json = r#"{"text": "{{ data.note }} at {{ data.price|money }}", "price": {{ data.price }}, "id": "{{ id }}"}"#;
    let expected = r#"{"text": "a & \"b\" at $187.50", "price": 187.5, "id": "first"}"#;
    check(json!({"type": "template", "template": json}), "application/json", expected).await;
    let form = r#"{"message": "{{ data.note }}", "items": {{ data["é"] }}}"#;
    let expected = "items%5B0%5D=1&items%5B1%5D=&items%5B2%5D%5Bx+y%5D=true&message=a+%26+%22b%22";
    check(template(form, "form"), "application/x-www-form-urlencoded", expected).await;
    let plain = "{{ type }} of {{ timestamp }}:\n{{ data.note }} ({{ correlation_id }})";
    let expected = "price.alert of 2026-01-31T12:00:00.000Z:\na & \"b\" (trade-7)";
    check(template(plain, "text"), "text/plain; charset=utf-8", expected).await;
    let mut csv = template("{{ id }};{{ data.price }}", "text");
    csv["content_type"] = json!("text/csv");
    check(csv, "text/csv", "first;187.5").await;
}

#[tokio::test]
async fn a_template_can_name_its_webhook() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let template = r#"["{{ webhook.name }}", "{{ webhook.metadata.channel }}", "{{ webhook.id }}"]"#;
    let settings = json!({"name": "Prices", "metadata": {"channel": "#ops"}, "payload": {"type": "template", "template": template}});
    let hook = server.webhook(&receiver.url("/"), settings).await;
    server.publish().await;
    assert_eq!(receiver.received(1).await[0].json(), json!(["Prices", "#ops", hook.id]));
}

#[tokio::test]
async fn a_script_makes_the_payload() {
    let code = r#"function transform(event) {
        return { b: event.data.note, a: [event.id, event.type, event.timestamp, event.correlation_id], n: event.data.price * 2 };
    }"#;
    let expected = r#"{"b":"a & \"b\"","a":["first","price.alert","2026-01-31T12:00:00.000Z","trade-7"],"n":375}"#;
    check(json!({"type": "javascript", "code": code}), "application/json", expected).await;
}

#[tokio::test]
async fn an_event_for_which_a_script_returns_null_is_recorded_as_skipped() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let code = "const transform = (event) => event.data.n > 1 ? event.data : null";
    let hook = server.webhook(&receiver.url("/"), json!({"payload": {"type": "javascript", "code": code}})).await;
    server.publish_many(2).await;
    assert_eq!(receiver.received(1).await[0].text(), r#"{"n":2}"#);
    let skipped = server.delivery_in("e1", "cancelled").await;
    assert_eq!((&skipped["last_error"], &skipped["next_attempt_at"]), (&json!("skipped"), &json!(null)));
    assert!(text(&skipped["attempts"][0]["error"]["message"]).contains("null"), "{skipped}");
    server.delivery_in("e2", "delivered").await;
    let webhook = server.get(&format!("/webhooks/{}", hook.id)).await;
    let counters = &webhook["counters"];
    assert_eq!((&counters["delivered"], &counters["failed"]), (&json!(1), &json!(0)));
    assert_eq!((&counters["consecutive_failures"], &counters["last_failure_at"]), (&json!(0), &json!(null)));
    assert_eq!(receiver.count(), 1);
}

#[tokio::test]
async fn a_trace_in_the_headers_of_a_request_goes_on_and_that_of_an_event_goes_before_it() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    server.webhook(&receiver.url("/"), json!({})).await;
    let other = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let headers = [("traceparent", other)];
    server.publish_text(r#"{"id":"a","type":"x","data":1}"#, &headers).await;
    let request = receiver.received(1).await.remove(0);
    assert_eq!((request.header("traceparent"), request.find("x-correlation-id")), (other, None));
    server.publish_text(&event(), &headers).await;
    assert_eq!(receiver.received(2).await[1].header("traceparent"), TRACE);
    server.publish_text(r#"{"id":"b","type":"x","data":1}"#, &[("traceparent", "nonsense")]).await;
    assert_eq!(receiver.received(3).await[2].find("traceparent"), None, "a broken one is nobody's fault but its own");
}

#[tokio::test]
async fn third_party_libraries_verify_a_templates_payload() {
    let (server, receiver) = (TestServer::start_now().await, Receiver::start().await);
    let dialects = json!([{"type": "standard"}, {"type": "timestamped", "header": "Stripe-Signature", "separator": "."}, {"type": "hub"}]);
    let template = "{ \"text\": \"{{ data.note }} – {{ type }} 🚀\",\n \"data\": {{ data }} }\n";
    let settings = json!({"signing": {"dialects": dialects}, "payload": {"type": "template", "template": template}});
    let hook = server.webhook(&receiver.url("/"), settings).await;
    server.publish_text(&event(), &[]).await;
    let request = receiver.received(1).await.remove(0);
    for check in ["standardwebhooks", "stripe"] {
        verifiers::python(&case(check, &request, &hook.secret)).await.unwrap();
    }
    for check in ["standardwebhooks", "octokit"] {
        verifiers::node(&case(check, &request, &hook.secret)).await.unwrap();
    }
    let mut altered = case("standardwebhooks", &request, &hook.secret);
    altered["body"] = json!(text(&altered["body"]).replace("price.alert", "price.alerT"));
    verifiers::python(&altered).await.unwrap_err();
}

#[tokio::test]
async fn a_changed_payload_is_sent_at_the_next_attempt_and_the_old_ones_stay_as_they_were_sent() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let hook = server.webhook(&receiver.url("/"), json!({})).await;
    let id = server.publish().await;
    for payload in [json!({"type": "data"}), json!({"type": "form"}), json!(null)] {
        let failed = server.delivery_after(&id, receiver.count() as u64).await;
        server.change(&hook.id, json!({"payload": payload})).await;
        let count = receiver.count();
        server.advance_to(&failed["next_attempt_at"]);
        receiver.received(count + 1).await;
    }
    let shown = server.delivery_after(&id, 4).await;
    let all = receiver.all();
    assert_eq!((all[1].text(), all[2].header("content-type")), (r#"{"n":1}"#, "application/x-www-form-urlencoded"));
    assert_eq!(all[0].body, all[3].body);
    for (attempt, request) in shown["attempts"].as_array().unwrap().iter().zip(&all) {
        assert_eq!(attempt["request"]["body"]["content"], request.text());
    }
}

#[tokio::test]
async fn messages_for_people_use_what_the_catalogue_knows() {
    let server = TestServer::start().await;
    let version = |version: u32, title: &str| {
        let properties = json!({"price": {"x-currency": "EUR"}, "load": {"title": title, "x-unit": "MW"}});
        json!({"version": version, "schema": {"type": "object", "properties": properties}, "example": {"price": 1, "load": 1}})
    };
    let versions = [version(1, "Load then"), version(2, "Load now")];
    server
        .post(
            "/event-types",
            json!({"event_types": [{"name": "power.price", "description": "d", "group": "g", "versions": versions}]}),
        )
        .await
        .expect(200);
    let draft =
        json!({"platform": "slack", "url": "https://hooks.slack.com/services/T000/B000/XXXXXXXXXXXXXXXXXXXXXXXX"});
    let shown = async |event: Value| {
        let rendered = server.post("/render", json!({"webhook": draft, "event": event})).await.expect(200);
        rendered.text("/request/body/content")
    };
    let data = json!({"symbol": "DE", "price": 81.5, "load": 61200});
    let newest = shown(json!({"event_type": "power.price", "data": data})).await;
    assert!(newest.contains("DE €81.50") && newest.contains("Load now") && newest.contains("61,200 MW"), "{newest}");
    let unknown = shown(json!({"event_type": "power.load", "data": data})).await;
    assert!(unknown.contains("DE 81.5") && !unknown.contains("Load now") && !unknown.contains("MW"), "{unknown}");
}
