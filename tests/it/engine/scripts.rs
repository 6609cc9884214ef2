//! Templates and scripts that fail, and those that mean harm: they cost their own deliveries, and nobody else's.

use serde_json::{Value, json};

use crate::{
    client::text,
    receiver::{Receiver, Reply, status},
    server::TestServer,
};

fn template(template: &str) -> Value {
    json!({"payload": {"type": "template", "template": template}})
}

fn script(code: &str) -> Value {
    json!({"payload": {"type": "javascript", "code": code}})
}

/// A failed attempt without a request, then a mended webhook that delivers.
async fn check_failure(broken: Value, parts: &[&str], mended: Value) {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let hook = server.webhook(&receiver.url("/"), broken).await;
    let event = server.publish().await;
    let failed = server.delivery_after(&event, 1).await;
    assert_eq!((&failed["last_error"], &failed["last_status"]), (&json!("render"), &json!(null)));
    let attempt = &failed["attempts"][0];
    assert_eq!((&attempt["error"]["kind"], &attempt["request"]["body"]), (&json!("render"), &json!(null)));
    let message = text(&attempt["error"]["message"]);
    assert!(parts.iter().all(|part| message.contains(part)), "{message}");
    server.advance_to(&failed["next_attempt_at"]);
    let failed = server.delivery_after(&event, 2).await;
    assert_eq!(receiver.count(), 0, "nothing was sent");
    server.change(&hook.id, mended).await;
    server.advance_to(&failed["next_attempt_at"]);
    assert_eq!(receiver.received(1).await[0].json(), json!({"n": 1}));
    let delivered = server.delivery_in(&event, "delivered").await;
    assert_eq!((&delivered["last_error"], &delivered["attempt_count"]), (&json!(null), &json!(3)));
}

#[tokio::test]
async fn a_template_that_fails_is_a_failed_attempt_until_it_is_mended() {
    let broken = "{\"a\": 1,\n \"b\": 2,\n \"c\": {{ data.missing }}}";
    check_failure(template(broken), &["template", "line 3", "missing"], template("{\"n\": {{ data.n }}}")).await;
    let no_json = "{\"n\": {{ data.n }}{% if data.n %},{% endif %}}";
    check_failure(template(no_json), &["template", "JSON"], template("{\"n\": {{ data.n }}}")).await;
}

#[tokio::test]
async fn a_script_that_fails_is_a_failed_attempt_until_it_is_mended() {
    let broken = "function transform(event) {\n  const price = event.data.price;\n  return price.last;\n}";
    let mended = "function transform(event) { return event.data }";
    check_failure(script(broken), &["script", "line 3"], script(mended)).await;
    check_failure(script("function transform() { throw new Error('no way') }"), &["no way"], script(mended)).await;
    check_failure(script("function transform() {}"), &["returned nothing"], script(mended)).await;
}

#[tokio::test]
async fn a_render_failure_that_is_never_mended_ends_as_a_dead_letter() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let mut settings = template("{\"a\": {{ data.missing }}}");
    settings["retry"] = json!({"preset": "none"});
    server.webhook(&receiver.url("/"), settings).await;
    let event = server.publish().await;
    assert_eq!(server.delivery_in(&event, "failed").await["last_error"], "render");
    assert_eq!(receiver.count(), 0);
}

#[tokio::test]
async fn what_cannot_be_rendered_opens_the_breaker_and_halves_nothing() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(Reply::Hold).await);
    let mut settings = template("{\"n\": {{ data.price }}}");
    settings["max_concurrency"] = json!(4);
    let hook = server.webhook(&receiver.url("/"), settings).await;
    // As many as open a breaker, and more than would halve what goes at once.
    server.publish_many(10).await;
    for number in 1..=10 {
        server.delivery_after(&format!("e{number}"), 1).await;
    }
    for _ in 0..6 {
        server.publish_event(json!({"type": "test.event", "data": {"price": 1, "n": 2}})).await;
    }
    server.settle().await;
    assert_eq!(receiver.count(), 0, "nothing is tried for a while");
    server.change(&hook.id, template("{\"n\": {{ data.n }}}")).await;
    receiver.holding(4).await;
    server.settle().await;
    assert_eq!((receiver.held(), receiver.count()), (4, 4), "who mends it sees all go");
}

#[tokio::test]
async fn a_probe_that_cannot_be_rendered_is_one_that_failed() {
    let (server, receiver) = (TestServer::start().await, Receiver::that(status(500)).await);
    let mut settings = template("{\"n\": {{ data.n }}}");
    settings["max_concurrency"] = json!(1);
    settings["retry"] = json!({"schedule": ["1d"]});
    server.webhook(&receiver.url("/"), settings).await;
    server.publish_many(10).await;
    server.delivery_after("e10", 1).await;
    server.publish_event(json!({"id": "odd", "type": "test.event", "data": {}})).await;
    server.publish_id("next").await;
    server.settle().await;
    assert_eq!(receiver.count(), 10, "the breaker is open");
    receiver.usually(status(200));
    server.advance(36 * crate::support::SECOND);
    assert_eq!(server.delivery_after("odd", 1).await["last_error"], "render");
    server.settle().await;
    assert_eq!(receiver.count(), 10, "it stays open");
    server.advance(72 * crate::support::SECOND);
    receiver.received(11).await;
    server.delivery_in("next", "delivered").await;
}

/// Events for a webhook that means harm and one that means well: the second gets all of them, and each of the first fails
/// by itself, whatever else happens.
async fn check_harm(harm: Value) {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let mut harmful = harm.clone();
    harmful["name"] = json!("harm");
    harmful["retry"] = json!({"preset": "none"});
    let harmful = server.webhook(&receiver.url("/harm"), harmful).await;
    server.webhook(&receiver.url("/template"), template("{\"n\": {{ data.n }}}")).await;
    server.webhook(&receiver.url("/script"), script("function transform(event) { return event.data }")).await;
    server.publish_many(5).await;
    let all = receiver.received(10).await;
    assert!(all.iter().all(|request| request.path != "/harm"), "{harm}");
    let done = |webhook: &Value| webhook["counters"]["failed"] == 5;
    server.webhook_when(&harmful.id, "all of its deliveries to fail", done).await;
    let failed = server.deliveries("status=failed").await;
    assert!(failed.iter().all(|delivery| delivery["last_error"] == "render"), "{failed:?}");
    server.idle().await;
    // It goes on as if nothing had been.
    server.change(&harmful.id, script("function transform() { return 'fine' }")).await;
    server.publish_id("after").await;
    let all = receiver.received(13).await;
    let healed = all[10..].iter().find(|request| request.path == "/harm").unwrap();
    assert_eq!(healed.text(), "\"fine\"");
}

#[tokio::test]
async fn a_script_that_never_ends_costs_its_own_deliveries_only() {
    check_harm(script("function transform() { for (;;) {} }")).await;
    // Within one step of the engine, which asks nobody meanwhile.
    check_harm(script("function transform() { return '' + new Array(4294967295) }")).await;
}

#[tokio::test]
async fn a_script_that_takes_all_memory_or_stack_costs_its_own_deliveries_only() {
    check_harm(script("function transform() { const a = []; for (;;) a.push('x'.repeat(100000) + a.length) }")).await;
    check_harm(script("function transform(e) { return 1 + transform(e) }")).await;
    check_harm(script("function transform() { return 'x'.repeat(2000000) }")).await;
}

#[tokio::test]
async fn a_regex_bomb_costs_its_own_deliveries_only() {
    check_harm(script("function transform() { return /^(a+)+$/.test('a'.repeat(40) + '!') }")).await;
}

#[tokio::test]
async fn a_template_that_never_ends_or_grows_costs_its_own_deliveries_only() {
    for source in [
        "{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}1{% endfor %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(t='x') %}{% for a in range(64) %}{% set ns.t = ns.t ~ ns.t %}{% endfor %}\"{{ ns.t }}\"",
        "[{% for a in range(9999) %}{% for b in range(99) %}\"{{ 'x' * 999 }}\",{% endfor %}{% endfor %}1]",
    ] {
        check_harm(template(source)).await;
    }
}

#[tokio::test]
async fn nothing_of_an_event_is_left_for_the_next_one() {
    let (server, receiver) = (TestServer::start().await, Receiver::start().await);
    let code = r#"function transform(event) {
        const seen = [Object.prototype.leak ?? null, Array.prototype.leak ?? null, typeof globalThis.kept];
        Object.prototype.leak = event.id;
        Array.prototype.leak = event.id;
        globalThis.kept = event.id;
        String.prototype.toString = function () { return 'stolen' };
        return { seen };
    }"#;
    server.webhook(&receiver.url("/one"), script(code)).await;
    server.webhook(&receiver.url("/two"), script(code)).await;
    server.publish_many(8).await;
    for request in receiver.received(16).await {
        assert_eq!(request.text(), r#"{"seen":[null,null,"undefined"]}"#, "{}", request.id());
    }
}
