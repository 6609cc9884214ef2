//! The platforms there are, and what a webhook that names one may and may not say.

use lanehook::platform::Platform;
use serde_json::{Value, json};

use crate::{app::TestApp, server::TestServer};

const SLACK: &str = "https://hooks.slack.com/services/T00000000/B00000000/abcdefghijklmnopqrstuvwx";
const BOT: &str = "123456789:AbCdEfGhIjKlMnOpQrStUvWxYz012345678";

#[tokio::test]
async fn platforms_are_listed_with_all_that_a_form_needs() {
    let app = TestApp::start().await;
    let first = app.get("/platforms?limit=20").await.expect(200);
    let rest = app.get(&format!("/platforms?limit=20&cursor={}", first.text("/next_cursor"))).await.expect(200);
    let ids: Vec<String> = [first.each("/id"), rest.each("/id")].concat();
    let known: Vec<String> = Platform::all().iter().map(|platform| platform.id.to_string()).collect();
    assert_eq!(ids, known);
    for page in [&first, &rest] {
        for platform in page.at("/data").as_array().unwrap() {
            assert!(!platform["setup"].as_array().unwrap().is_empty(), "{platform}");
            assert!(platform["documentation"].as_str().unwrap().starts_with("https://"), "{platform}");
            assert!(platform["url"]["example"].as_str().unwrap().starts_with("https://"), "{platform}");
        }
    }
    assert_eq!(app.get("/platforms?category=push").await.expect(200).each("/id"), ["gotify", "ntfy", "pushover"]);
    app.get("/platforms?category=pigeons").await.problem(400, "invalid_parameter");
    assert!(app.get("/platforms?event_type=price_alert").await.expect(200).each("/id").contains(&"slack".into()));

    let telegram = app.get("/platforms/telegram").await.expect(200);
    assert_eq!((telegram.text("/name"), telegram.at("/url/optional")), ("Telegram".into(), &json!(true)));
    assert_eq!(telegram.at("/rate_limit"), &json!({"limit": 20, "per": "minute"}));
    let fields = telegram.at("/fields").as_array().unwrap();
    let secret: Vec<&str> =
        fields.iter().filter(|field| field["secret"] == true).map(|field| field["id"].as_str().unwrap()).collect();
    assert_eq!(secret, ["bot_token"]);
    assert_eq!(app.get("/platforms/matrix").await.text("/method"), "PUT");
    assert_eq!(app.get("/platforms/pigeons").await.problem(404, "unknown_platform").status, 404);
    let key = app.tenant("acme").await;
    app.call_as(&key, "GET", "/platforms").send().await.expect(200);
}

#[tokio::test]
async fn settings_that_the_platform_would_not_take_are_refused_with_their_place() {
    let app = TestApp::start().await;
    let pager = |fields: Value| json!({"platform": "pagerduty", "fields": fields});
    let key = "a".repeat(32);
    let matrix = "https://matrix.example.org/_matrix/client/v3/rooms/!abcdefghij:example.org/send/m.room.message";
    let matrix = |more: (&str, Value)| {
        let mut settings = json!({"platform": "matrix", "url": matrix, "fields": {"access_token": "a-long-token"}});
        settings[more.0] = more.1;
        settings
    };
    for (settings, pointer, part) in [
        (json!({"platform": "pigeons", "url": SLACK}), "/platform", "GET /api/v1/platforms"),
        (json!({"platform": "No!", "url": SLACK}), "/platform", "slack"),
        (json!({"url": SLACK, "fields": {"chat_id": "1"}}), "/fields/chat_id", "set `platform`"),
        (json!({"platform": "slack"}), "/url", "missing field `url`"),
        (json!({"platform": "slack", "url": "https://hooks.slack.com/other/T0"}), "/url", "path is none of Slack"),
        (
            json!({"platform": "googlechat", "url": "https://chat.googleapis.com/v1/spaces/AAA/messages?key=k"}),
            "/url",
            "`token` is missing",
        ),
        (pager(json!({})), "/fields/routing_key", "is needed"),
        (pager(json!({"routing_key": ""})), "/fields/routing_key", "is needed"),
        (pager(json!({"routing_key": "short"})), "/fields/routing_key", "does not look like one"),
        (pager(json!({"routing_key": key, "colour": "red"})), "/fields/colour", "there is no field"),
        (pager(json!({"routing_key": 1})), "/fields/routing_key", "string"),
        (pager(json!({"routing_key": key, "host": "evil.example"})), "/fields/host", "does not look like one"),
        (json!({"platform": "telegram", "fields": {"chat_id": "-100"}}), "/url", "or `fields.bot_token`"),
        (
            json!({"platform": "telegram", "fields": {"chat_id": "-100", "bot_token": "not a token"}}),
            "/fields/bot_token",
            "does not look like one",
        ),
        (json!({"platform": "telegram", "fields": {}}), "/fields/chat_id", "is needed"),
        (matrix(("auth", json!({"type": "bearer", "token": "another"}))), "/auth", "leave `auth` out"),
        (matrix(("auth", json!({"type": "header", "name": "Authorization", "value": "another"}))), "/auth", ""),
        (matrix(("batch", json!({"max_events": 10}))), "/batch", "one message a request"),
        (
            json!({
                "platform": "gotify", "url": "https://gotify.example.com/message",
                "fields": {"token": "AbCdEfGhIjKlMnO"}, "headers": {"X-Gotify-Key": "another"},
            }),
            "/headers/x-gotify-key",
            "from its fields",
        ),
        (
            json!({"platform": "slack", "url": SLACK, "payload": {"type": "template", "template": "{% if %}"}}),
            "/payload/template",
            "",
        ),
    ] {
        app.post("/webhooks", settings.clone()).await.wrong_field(pointer, part);
        app.call("PUT", "/webhooks/w").json(settings).await.wrong_field(pointer, part);
    }
    assert_eq!(app.get("/webhooks").await.at("/data"), &json!([]));
}

#[tokio::test]
async fn outside_of_development_the_host_is_the_platforms() {
    let server = TestServer::start_with(|config| config.dev = false).await;
    let slack = |url: &str| {
        let settings = json!({"platform": "slack", "url": url, "status": "paused"});
        server.post("/webhooks", settings)
    };
    slack("https://hooks.slack.example.com/services/T00/B00/abc").await.wrong_field("/url", "no host of Slack");
    slack("https://hooks.slack.com:8443/services/T00/B00/abc").await.wrong_field("/url", "https on its usual port");
    slack(SLACK).await.expect(201);
    let own = "https://mattermost.example.com/chat/hooks/abcdefghijklmnopqrstuvwxyz";
    let settings = json!({"platform": "mattermost", "url": own, "status": "paused"});
    server.post("/webhooks", settings).await.expect(201);
}

#[tokio::test]
async fn the_url_can_be_left_out_where_the_platform_has_one() {
    let app = TestApp::start().await;
    let key = "a".repeat(32);
    let made =
        app.post("/webhooks", json!({"platform": "pagerduty", "fields": {"routing_key": key}})).await.expect(201);
    assert_eq!(made.text("/url"), "https://events.pagerduty.com/v2/enqueue");
    assert_eq!(made.text("/fields/routing_key"), "[redacted]");
    let fields = json!({"bot_token": BOT, "chat_id": "@news"});
    let made = app.post("/webhooks", json!({"platform": "telegram", "fields": fields})).await.expect(201);
    assert_eq!(made.text("/url"), "https://api.telegram.org/…/sendMessage");
    assert_eq!(made.at("/fields"), &json!({"bot_token": "[redacted]", "chat_id": "@news"}));
}

#[tokio::test]
async fn who_sets_no_rate_is_held_to_the_platforms() {
    let app = TestApp::start().await;
    let put = |id: &str, more: Value| {
        let mut settings = json!({"platform": "slack", "url": SLACK});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.call("PUT", &format!("/webhooks/{id}")).json(settings)
    };
    let rate = json!({"limit": 1, "per": "second"});
    assert_eq!(put("a", json!({})).await.expect(201).at("/rate_limit"), &rate);
    assert_eq!(put("b", json!({"rate_limit": null})).await.expect(201).at("/rate_limit"), &json!(null));
    let own = json!({"limit": 5, "per": "minute"});
    assert_eq!(put("c", json!({"rate_limit": own})).await.expect(201).at("/rate_limit"), &own);
    assert_eq!(put("c", json!({})).await.expect(200).at("/rate_limit"), &rate, "replaced like all settings");
}

#[tokio::test]
async fn receivers_that_keep_alerts_get_them_in_order() {
    let app = TestApp::start().await;
    let ordering = |settings: Value| app.call("PUT", "/webhooks/w").json(settings);
    let slack = json!({"platform": "slack", "url": SLACK});
    let mut alerting = json!({"platform": "pagerduty", "fields": {"routing_key": "a".repeat(32)}});
    assert_eq!(ordering(slack.clone()).await.expect(201).text("/ordering"), "none");
    assert_eq!(ordering(alerting.clone()).await.expect(200).text("/ordering"), "key");
    let patch = |body: Value| app.call("PATCH", "/webhooks/w").json(body);
    assert_eq!(patch(json!({"name": "n"})).await.expect(200).text("/ordering"), "key");
    let mut other = slack.clone();
    other["fields"] = json!(null);
    assert_eq!(patch(other).await.expect(200).text("/ordering"), "none", "it was the platform's");
    alerting["ordering"] = json!("none");
    assert_eq!(ordering(alerting).await.expect(200).text("/ordering"), "none", "said is said");
}

#[tokio::test]
async fn a_url_that_was_made_of_fields_is_made_of_the_new_ones() {
    let app = TestApp::start().await;
    let genie = json!({"platform": "opsgenie", "fields": {"api_key": "01234567-89ab-cdef-0123-456789abcdef"}});
    let made = app.call("PUT", "/webhooks/w").json(genie.clone()).await.expect(201);
    assert_eq!(made.text("/url"), "https://api.opsgenie.com/v2/alerts");
    let patch = |body: Value| app.call("PATCH", "/webhooks/w").json(body);
    let eu = "https://api.eu.opsgenie.com/v2/alerts";
    assert_eq!(patch(json!({"fields": {"host": "api.eu.opsgenie.com"}})).await.expect(200).text("/url"), eu);
    assert_eq!(patch(json!({"name": "n"})).await.expect(200).text("/url"), eu);
    let back = patch(json!({"fields": {"host": null}})).await.expect(200);
    assert_eq!(back.text("/url"), "https://api.opsgenie.com/v2/alerts");
    assert_eq!(back.text("/fields/api_key"), "[redacted]", "and the key stays");
    patch(json!({"url": eu})).await.expect(200);
    assert_eq!(
        patch(json!({"fields": {"api_key": "b".repeat(36)}})).await.expect(200).text("/url"),
        eu,
        "given is given"
    );
    patch(json!({"fields": {"host": "evil.example"}})).await.wrong_field("/fields/host", "does not look like one");
    patch(json!({"fields": {"api_key": null}})).await.wrong_field("/fields/api_key", "is needed");
}

#[tokio::test]
async fn what_is_shown_in_place_of_a_credential_is_not_taken_for_it() {
    let app = TestApp::start().await;
    let slack = app.post("/webhooks", json!({"platform": "slack", "url": SLACK})).await.expect(201);
    let shown = slack.text("/url");
    assert_eq!(shown, "https://hooks.slack.com/services/T00000000/B00000000/…");
    let path = format!("/webhooks/{}", slack.text("/id"));
    app.call("PATCH", &path).json(json!({"url": shown})).await.wrong_field("/url", "send the whole URL");
    let redacted = json!({"platform": "pagerduty", "fields": {"routing_key": "[redacted]"}});
    app.post("/webhooks", redacted).await.wrong_field("/fields/routing_key", "placeholder");
    app.call("PATCH", &path).json(json!({"name": "kept", "url": SLACK})).await.expect(200);
}

#[tokio::test]
async fn a_message_can_be_seen_before_the_webhook_is_made() {
    let app = TestApp::start().await;
    let key = "k".repeat(32);
    let ask = json!({
        "webhook": {"platform": "pagerduty", "fields": {"routing_key": key}},
        "event": {"event_type": "price_alert", "data": {"title": "AAPL rose", "severity": "critical"}},
    });
    let seen = app.post("/render", ask).await.expect(200);
    assert!(!seen.raw.contains(&key), "{}", seen.raw);
    let body: Value = serde_json::from_str(&seen.text("/request/body/content")).unwrap();
    assert_eq!((&body["routing_key"], &body["payload"]["severity"]), (&json!("[redacted]"), &json!("critical")));
    assert_eq!(seen.text("/request/url"), "https://events.pagerduty.com/v2/enqueue");
    // The address of a receiver may not be known yet.
    let ask = json!({"webhook": {"platform": "discord"}, "event": {"event_type": "a"}});
    let seen = app.post("/render", ask).await.expect(200);
    assert!(seen.text("/request/body/content").contains("embeds"), "{}", seen.raw);
    let ask = json!({"webhook": {"platform": "telegram", "fields": {}}});
    app.post("/render", ask).await.wrong_field("/webhook/fields/chat_id", "is needed");
}

#[tokio::test]
async fn another_platform_brings_its_own_rate_unless_the_webhook_had_one_of_its_own() {
    let app = TestApp::start().await;
    let place = "https://discord.com/api/webhooks/1234567890123456789/abcdefghijklmnopqrstuvwxyz0123456789";
    let discord = json!({"platform": "discord", "url": place});
    let (of_slack, of_discord) = (json!({"limit": 1, "per": "second"}), json!({"limit": 30, "per": "minute"}));
    let (own, none) = (json!({"limit": 5, "per": "minute"}), Value::Null);
    for (number, (first, before, after)) in [
        (json!({"platform": "slack", "url": SLACK}), &of_slack, &of_discord),
        (json!({"url": "https://example.com/"}), &none, &of_discord),
        (json!({"platform": "slack", "url": SLACK, "rate_limit": own}), &own, &own),
        (json!({"platform": "slack", "url": SLACK, "rate_limit": null}), &none, &none),
    ]
    .into_iter()
    .enumerate()
    {
        let path = format!("/webhooks/w{number}");
        let patch = |body: Value| app.call("PATCH", &path).json(body);
        assert_eq!(app.call("PUT", &path).json(first.clone()).await.expect(201).at("/rate_limit"), before, "{first}");
        assert_eq!(patch(json!({"name": "n"})).await.expect(200).at("/rate_limit"), before, "{first}");
        assert_eq!(patch(discord.clone()).await.expect(200).at("/rate_limit"), after, "{first}");
        assert_eq!(patch(json!({"rate_limit": null})).await.expect(200).at("/rate_limit"), &none, "{first}");
    }
}

#[tokio::test]
async fn splunk_indexes_an_event_at_its_own_time() {
    let app = TestApp::start().await;
    let webhook = json!({"platform": "splunk", "url": "https://splunk.example:8088/services/collector/event",
        "fields": {"token": "00000000-0000-0000-0000-000000000000"}});
    let shown = app.post("/render", json!({"webhook": webhook})).await.expect(200);
    let body: Value = serde_json::from_str(&shown.text("/request/body/content")).unwrap();
    assert_eq!(body["time"], "1800000000.000", "{body}");
}

#[tokio::test]
async fn a_template_that_makes_a_form_is_made_to_fit_like_one_that_makes_json() {
    let app = TestApp::start().await;
    let template = r#"{"message": {{ data.long }}}"#;
    for format in ["form", "json"] {
        let webhook = json!({
            "platform": "pushover", "fields": {"token": "a".repeat(30), "user": "u".repeat(30)},
            "payload": {"type": "template", "template": template, "format": format},
        });
        let ask = json!({"webhook": webhook, "event": {"data": {"long": "x".repeat(2_000)}}});
        let shown = app.post("/render", ask).await.expect(200);
        let body = shown.text("/request/body/content");
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        let message = &pairs.iter().find(|(name, _)| name == "message").unwrap().1;
        assert_eq!(message.chars().count(), 1024, "{format}");
    }
}
