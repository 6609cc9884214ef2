use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::Duration,
};

use super::*;
use crate::model::TargetUrl;

fn fields(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn platform(id: &str) -> &'static Platform {
    Platform::find(id).unwrap_or_else(|| panic!("{id}"))
}

fn url(text: &str) -> TargetUrl {
    TargetUrl::parse(text).unwrap()
}

#[test]
fn every_file_is_embedded_and_reads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("platforms");
    let files: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".toml").map(str::to_owned))
        .collect();
    let wrong: Vec<String> = embedded::FILES
        .iter()
        .filter_map(|(id, text)| Some(format!("platforms/{id}.toml: {}", Platform::parse(id, text).err()?)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let embedded: Vec<&str> = Platform::all().iter().map(|platform| platform.id.as_str()).collect();
    assert_eq!(files.iter().map(String::as_str).collect::<Vec<_>>(), embedded);
    assert!(embedded.is_sorted());
}

#[test]
fn the_platforms_that_were_promised_are_there() {
    for id in [
        "slack",
        "discord",
        "telegram",
        "teams",
        "mattermost",
        "rocketchat",
        "googlechat",
        "pagerduty",
        "opsgenie",
        "ntfy",
        "pushover",
        "zulip",
        "matrix",
        "datadog",
        "splunk",
        "zapier",
        "make",
        "n8n",
        "ifttt",
        "custom",
    ] {
        platform(id);
    }
}

#[test]
fn a_mistake_in_a_file_is_named() {
    let good = include_str!("../../platforms/telegram.toml");
    let check = |from: &str, to: &str, part: &str| {
        assert!(good.contains(from), "{from}");
        let error = Platform::parse("telegram", &good.replacen(from, to, 1)).unwrap_err();
        assert!(error.contains(part), "{from} -> {to}: {error}");
    };
    check("{bot_token}", "{token}", "{token} is no field");
    check("/bot{bot_token}", "/bot{bot_token", "not closed");
    check("max = 4096", "max = 0", "zero");
    check("at = \"/text\"", "at = \"text\"", "not a pointer");
    check("[\"200-299\"]", "[\"2xx\"]", "200-299");
    check("[\"200-299\"]", "[20]", "no range of statuses");
    check("equals = true", "body = \"ok\"", "one of");
    check("markup = \"html\"", "markup = \"bbcode\"", "bbcode");
    check("#26a5e4", "blue", "not a colour");
    check("pattern = '[0-9]{1,18}'", "pattern = '('", "unclosed group");
    check("/sendMessage\"\ndefault", "/getMe\"\ndefault", "the example");
    check("name = \"Telegram\"", "name = \"Telegram\"\nnmae = 1", "nmae");
    assert!(Platform::parse("Tele gram", good).is_err());
}

#[test]
fn a_url_of_another_place_is_refused_with_an_example() {
    let refused = |id: &str, text: &str| platform(id).check_url(&url(text), false).unwrap_err();
    assert!(refused("slack", "https://hooks.slack.com.evil.example/services/T0/B0/x").contains("no host of Slack"));
    assert!(refused("slack", "http://hooks.slack.com/services/T0/B0/x").contains("https"));
    assert!(refused("slack", "https://hooks.slack.com/services/T0/x").contains("services/T00000000/B00000000/"));
    assert!(refused("discord", "https://discord.com/channels/1/2").contains("this path"));
    assert!(refused("ntfy", "https://ntfy.sh/mytopic").contains("https://ntfy.sh/"));
    assert!(refused("googlechat", "https://chat.googleapis.com/v1/spaces/A/messages?key=k").contains("`token`"));
    assert!(platform("custom").check_url(&url("http://anything.example:99/x?y=z"), false).is_ok());
}

#[test]
fn urls_that_the_platforms_give_are_taken() {
    for (id, text) in [
        ("slack", "https://hooks.slack.com/triggers/T01ABC/123456789/0123456789abcdef"),
        ("discord", "https://discordapp.com/api/v10/webhooks/123/abc_-D?wait=true"),
        ("discord", "https://canary.discord.com/api/webhooks/123/abc?thread_id=5"),
        ("teams", "https://contoso.webhook.office.com/webhookb2/a@b/IncomingWebhook/c/d"),
        (
            "teams",
            "https://default0123.89.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/a/\
             triggers/manual/paths/invoke?api-version=1&sp=x&sv=1.0&sig=y",
        ),
        ("mattermost", "http://chat.example:8065/team/hooks/abc123"),
        ("rocketchat", "https://open.rocket.chat/hooks/64f0/abc"),
        ("zulip", "https://chat.zulip.org/api/v1/messages"),
        ("matrix", "https://matrix.example/_matrix/client/v3/rooms/%21abc:example.org/send/m.room.message"),
        ("splunk", "https://http-inputs-acme.splunkcloud.com/services/collector/event"),
        ("make", "https://hook.us1.make.com/abcdef"),
        ("n8n", "http://127.0.0.1:5678/webhook/orders/new"),
    ] {
        platform(id).check_url(&url(text), false).unwrap();
    }
}

#[test]
fn a_local_stand_in_takes_a_platforms_paths() {
    let at = url("http://127.0.0.1:9000/services/T0/B0/abc");
    assert!(platform("slack").check_url(&at, true).is_ok());
    assert!(platform("slack").check_url(&url("http://127.0.0.1:9000/hook"), true).is_err());
}

#[test]
fn credentials_in_urls_do_not_show() {
    let shown = |id: &str, text: &str| platform(id).redact_url(&url(text));
    assert_eq!(
        shown("slack", "https://hooks.slack.com/services/T0/B0/short"),
        "https://hooks.slack.com/services/T0/B0/…"
    );
    assert_eq!(
        shown("telegram", "https://api.telegram.org/bot1:a/sendMessage"),
        "https://api.telegram.org/…/sendMessage"
    );
    assert_eq!(
        shown("discord", "https://discord.com/api/webhooks/1/ab?wait=true"),
        "https://discord.com/api/webhooks/1/…?wait=…"
    );
    assert_eq!(shown("n8n", "https://n.example/webhook/a/b"), "https://n.example/webhook/…/…");
    assert_eq!(shown("custom", "https://h.example/a/b"), "https://h.example/a/b");
    let teams = shown("teams", "https://contoso.webhook.office.com/webhookb2/a@b/IncomingWebhook/c/d");
    assert_eq!(teams, "https://contoso.webhook.office.com/webhookb2/…/…/…/…");
}

#[test]
fn credentials_in_urls_are_known() {
    let known = |id: &str, text: &str| platform(id).url_credentials(&url(text));
    let token = "x8KkQpLm-_20aBcDeF";
    assert_eq!(known("slack", &format!("https://hooks.slack.com/services/T0/B0/{token}")), [token]);
    let with_query = format!("https://discord.com/api/webhooks/123/{token}?wait=true");
    assert_eq!(known("discord", &with_query), [token, "true"], "what is hidden of a URL is looked for, too");
    assert_eq!(known("mattermost", &format!("https://mm.example/hooks/{token}")), [token]);
    assert_eq!(known("custom", "https://h.example/public/orders"), Vec::<String>::new());
}

#[test]
fn fields_are_checked_by_name_presence_and_form() {
    let wrong = |id: &str, given: &[(&str, &str)]| platform(id).check_fields(&fields(given)).unwrap_err();
    let error = wrong("telegram", &[("chat", "1")]);
    assert_eq!(error.pointer, "/chat");
    assert!(error.message.contains("bot_token, chat_id, topic_id"), "{error:?}");
    assert_eq!(wrong("telegram", &[]).pointer, "/chat_id");
    let error = wrong("telegram", &[("chat_id", "my chat")]);
    assert!(error.message.contains("-1001234567890") && !error.message.contains("my chat"), "{error:?}");
    assert!(platform("telegram").check_fields(&fields(&[("chat_id", "@channel"), ("bot_token", "")])).is_ok());
    let error = wrong("opsgenie", &[("api_key", "k\r\nx-evil: 1")]);
    assert_eq!(error.pointer, "/api_key");
    assert!(wrong("custom", &[("a", "b")]).message.contains("has none"));
    assert_eq!(wrong("pagerduty", &[("routing_key", &"a".repeat(32)), ("host", "evil.example")]).pointer, "/host");
}

#[test]
fn a_fixed_address_is_made_of_the_fields() {
    let made = |id: &str, given: &[(&str, &str)]| platform(id).default_url(&fields(given));
    let token = "123456:AbCdEfGhIjKlMnOpQrStUvWx";
    let telegram = made("telegram", &[("bot_token", token)]);
    assert_eq!(telegram, Some(format!("https://api.telegram.org/bot{token}/sendMessage")));
    assert_eq!(made("telegram", &[]), None);
    assert_eq!(made("pagerduty", &[]).as_deref(), Some("https://events.pagerduty.com/v2/enqueue"));
    assert_eq!(made("pagerduty", &[("host", "evil.example")]), None, "the host is checked");
    let datadog = made("datadog", &[("site", "us5.datadoghq.com")]);
    assert_eq!(datadog.as_deref(), Some("https://http-intake.logs.us5.datadoghq.com/api/v2/logs"));
    assert_eq!(made("slack", &[]), None);
    let ifttt = made("ifttt", &[("event", "a_b"), ("key", "0123456789")]);
    assert_eq!(ifttt.as_deref(), Some("https://maker.ifttt.com/trigger/a_b/with/key/0123456789"));
}

#[test]
fn a_delivery_carries_the_platforms_idempotency_key() {
    let matrix = url("https://m.example/_matrix/client/v3/rooms/!r:m.example/send/m.room.message");
    let sent = platform("matrix").request_url(&matrix, &fields(&[]), "dlv_06f3", None);
    assert_eq!(sent.path(), "/_matrix/client/v3/rooms/!r:m.example/send/m.room.message/dlv_06f3");
    let chat = url("https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t");
    let sent = platform("googlechat").request_url(&chat, &fields(&[]), "dlv_06f3", None);
    assert_eq!(sent.query(), Some("key=k&token=t&requestId=dlv_06f3"));
    let slack = url("https://hooks.slack.com/services/T0/B0/abc");
    assert_eq!(platform("slack").request_url(&slack, &fields(&[]), "dlv_06f3", None).as_str(), slack.as_str());
}

#[test]
fn headers_are_made_of_the_fields() {
    let made = |id: &str, given: &[(&str, &str)]| platform(id).headers(&fields(given), "k");
    let pair = |name: &str, value: &str| vec![(name.to_string(), value.to_string())];
    assert_eq!(made("opsgenie", &[("api_key", "abc")]), pair("authorization", "GenieKey abc"));
    assert_eq!(made("datadog", &[("api_key", "abc")]), pair("dd-api-key", "abc"));
    assert_eq!(made("ntfy", &[("topic", "t")]), [], "without a token there is no header");
    let zulip = made("zulip", &[("bot_email", "bot@z.example"), ("api_key", "abc")]);
    assert_eq!(zulip, pair("authorization", "Basic Ym90QHouZXhhbXBsZTphYmM="));
}

#[test]
fn credentials_are_the_fields_marked_so() {
    let given = fields(&[("token", "t"), ("user", "u"), ("device", "d")]);
    let pushover = platform("pushover");
    assert_eq!(pushover.credentials(&given), ["t", "u"]);
    let zulip = platform("zulip").credentials(&fields(&[("bot_email", "bot@z.example"), ("api_key", "abc")]));
    assert_eq!(zulip, ["abc", "Ym90QHouZXhhbXBsZTphYmM="], "and the login that is made of it");
}

/// `action` is `None` for a success.
#[track_caller]
fn judged(id: &str, status: u16, body: &str, action: Option<FailureAction>, part: &str) {
    match platform(id).success(status, body.as_bytes()) {
        Ok(()) => assert_eq!(action, None, "{id} {status} {body}"),
        Err(refusal) => {
            assert_eq!(Some(refusal.action), action, "{id} {status} {body}: {refusal:?}");
            assert!(refusal.message.contains(part), "{refusal:?}");
        }
    }
}

#[test]
fn success_is_what_the_platform_says_it_is() {
    let (retry, disable, fine) = (Some(FailureAction::Retry), Some(FailureAction::Disable), None);
    let give_up = Some(FailureAction::GiveUp);
    judged("slack", 200, "ok", fine, "");
    judged("slack", 200, "<html>sign in</html>", retry, "Slack answered 200, but did not take the message");
    judged("slack", 400, "invalid_payload", give_up, "Slack answered 400: invalid_payload");
    judged("slack", 403, "action_prohibited", retry, "action_prohibited");
    judged("slack", 404, "no_service", disable, "no_service");
    judged("slack", 404, "channel_not_found", retry, "");
    judged("slack", 410, "channel_is_archived", disable, "");
    judged("discord", 204, "", fine, "");
    judged("discord", 404, r#"{"message": "Unknown Webhook", "code": 10015}"#, disable, "Unknown Webhook");
    judged("discord", 404, r#"{"message": "Unknown Channel", "code": 10003}"#, retry, "Unknown Channel");
    judged("telegram", 200, r#"{"ok":true,"result":{"text":"cut sho"#, fine, "");
    let blocked = r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}"#;
    judged("telegram", 403, blocked, disable, "Telegram answered 403: Forbidden: bot was blocked");
    judged("teams", 202, "", fine, "");
    judged("teams", 200, "1", fine, "");
    let limit = "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429";
    judged("teams", 200, limit, retry, "error 429");
    judged("mattermost", 200, "ok", fine, "");
    judged(
        "mattermost",
        500,
        r#"{"id":"x","message":"Couldn't find\nthe channel"}"#,
        retry,
        "Couldn't find the channel",
    );
    judged("rocketchat", 200, r#"{"success":true}"#, fine, "");
    judged("rocketchat", 400, r#"{"success":false,"error":"invalid-channel"}"#, retry, "invalid-channel");
    judged("discord", 400, r#"{"message": "Invalid Form Body", "code": 50035}"#, give_up, "Invalid Form Body");
    judged("discord", 400, "<html>bad gateway</html>", retry, "");
    let text = r#"{"ok":false,"error_code":400,"description":"Bad Request: can't parse entities: x"}"#;
    judged("telegram", 400, text, give_up, "can't parse entities");
    let chat = r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#;
    judged("telegram", 400, chat, retry, "chat not found");
    let moved = r#"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001234567890}}"#;
    let cure = "supergroup chat; the chat has a new id: set the field `chat_id` to -1001234567890";
    judged("telegram", 400, moved, retry, cure);
    judged("pushover", 400, r#"{"status":0,"errors":["message cannot be blank"]}"#, give_up, "cannot be blank");
    judged("opsgenie", 422, r#"{"message":"Request body is not processable"}"#, give_up, "not processable");
    judged("datadog", 413, "", give_up, "");
    judged("pagerduty", 400, r#"{"status":"invalid event","errors":["too long"]}"#, give_up, "too long");
    judged("pagerduty", 202, r#"{"status":"success"}"#, fine, "");
    judged("pagerduty", 200, "", retry, "");
    judged("pagerduty", 400, r#"{"status":"invalid event","errors":["'summary' is missing"]}"#, give_up, "'summary'");
    judged("pushover", 200, r#"{"status":1,"request":"x"}"#, fine, "");
    judged(
        "pushover",
        400,
        r#"{"user":"invalid","errors":["user identifier is invalid"],"status":0}"#,
        give_up,
        "identifier",
    );
    judged("zulip", 200, r#"{"id":1,"msg":"","result":"success"}"#, fine, "");
    judged("zulip", 400, r#"{"msg":"Invalid API key","result":"error"}"#, retry, "Invalid API key");
    judged("matrix", 200, r#"{"event_id":"$x"}"#, fine, "");
    judged("matrix", 413, r#"{"errcode":"M_TOO_LARGE","error":"too big"}"#, Some(FailureAction::GiveUp), "too big");
    judged("splunk", 200, r#"{"text":"Success","code":0}"#, fine, "");
    judged("splunk", 200, r#"{"text":"No data","code":5}"#, retry, "No data");
    judged("datadog", 202, "{}", fine, "");
    judged("opsgenie", 202, r#"{"result":"Request will be processed"}"#, fine, "");
    judged("ifttt", 401, r#"{"errors":[{"message":"You sent an invalid key."}]}"#, retry, "invalid key");
    judged("make", 410, "There is no scenario listening for this webhook.", disable, "no scenario");
    judged("custom", 410, "", disable, "");
    judged("custom", 201, "whatever", fine, "");
    judged("feishu", 200, r#"{"code":19024,"msg":"Key Words Not Found"}"#, retry, "Key Words");
    judged("webex", 204, "", fine, "");
}

#[test]
fn a_reason_is_one_bounded_line() {
    let body = format!(r#"{{"ok":false,"description":"{}\u0007\n\n{}"}}"#, "x ".repeat(400), "y");
    let refusal = platform("telegram").success(400, body.as_bytes()).unwrap_err();
    assert!(refusal.message.chars().count() < 350 && refusal.message.ends_with('…'));
    assert!(!refusal.message.contains(char::is_control));
    assert_eq!(platform("slack").success(500, b"\xff\xfe").unwrap_err().action, FailureAction::Retry);
}

#[test]
fn a_delay_in_the_body_is_read_in_its_unit() {
    let delay = |id: &str, at: &str, body: &str| platform(id).throttle_delay(429, &url(at), body.as_bytes());
    let millis = |n| Some(Duration::from_millis(n));
    let body = r#"{"message":"You are being rate limited.","retry_after":0.65,"global":false}"#;
    assert_eq!(delay("discord", "https://discord.com/api/v10/webhooks/1/a", body), millis(650));
    assert_eq!(delay("discord", "https://discord.com/api/webhooks/1/a", r#"{"retry_after":650}"#), millis(650));
    let body = r#"{"ok":false,"parameters":{"retry_after":35}}"#;
    assert_eq!(delay("telegram", "https://api.telegram.org/bot1:a/sendMessage", body), millis(35_000));
    assert_eq!(delay("matrix", "https://m.example/", r#"{"retry_after_ms":2000}"#), millis(2000));
    assert_eq!(delay("zulip", "https://z.example/", r#"{"retry-after":28.7}"#), millis(28_700));
    assert_eq!(
        delay("telegram", "https://api.telegram.org/", r#"{"parameters":{"retry_after":1e99}}"#),
        millis(86_400_000)
    );
    for body in ["", "{}", r#"{"retry_after_ms":-1}"#, r#"{"retry_after_ms":"soon"}"#, r#"{"retry_after_ms":null}"#] {
        assert_eq!(delay("matrix", "https://m.example/", body), None, "{body}");
    }
    let not_throttled = platform("telegram").throttle_delay(400, &url("https://h.example/"), body.as_bytes());
    assert_eq!(not_throttled, None);
}
